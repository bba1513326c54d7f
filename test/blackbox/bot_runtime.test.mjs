// The bot as a running program against the strict double of Telegram: what comes in is acted on once and never lost, what goes out
// keeps Telegram's pace, one of several instances does the work, and a kill leaves at most what was on its way.
import assert from 'node:assert/strict';
import http from 'node:http';
import { startFakeBotApi } from './bot_api_fake.mjs';
import { abreast, forEachEngine, freePort, LEASE_MS, leasesLater, sleep } from './harness.mjs';

abreast(4);

const QUESTION = '/what_is_this';
const ANSWER = /I do not know this command/; // one message for one update

async function until(test, what, withinMs = 60_000) {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const result = await test();
    if (result) return result;
    if (Date.now() > deadline) throw new Error(`waited ${withinMs} ms for ${what}`);
    await sleep(20);
  }
}

/** A fake and whatever serves it; the fake is stopped, and holds what it saw against the rules, after the servers. */
class Bed {
  constructor(bench, fake) {
    Object.assign(this, { bench, fake });
  }

  env(extra = {}) {
    return { TELEGRAM_BOT_TOKEN: this.fake.token, TELEGRAM_API_URL: this.fake.url, ...extra };
  }

  serve({ env = {}, ...options } = {}) {
    return this.bench.serve({ env: this.env(env), ...options });
  }

  /** A server that Telegram reaches by webhook. */
  async hooked({ env = {}, ...options } = {}) {
    const port = await freePort();
    return this.serve({ env: { HABITD_LISTEN: `127.0.0.1:${port}`, HABITD_PUBLIC_URL: `http://127.0.0.1:${port}`, ...env }, ...options });
  }

  serveBy(how, options) {
    return how === 'webhook' ? this.hooked(options) : this.serve(options);
  }

  async metric(server, name) {
    const { text } = await server.request('GET', '/metrics');
    const line = text.split('\n').find((l) => l.startsWith(`${name} `));
    assert.ok(line, `no metric ${name}`);
    return Number(line.slice(name.length + 1));
  }

  count(sql) {
    return this.bench.db.sql(sql).then(([[n]]) => Number(n));
  }
}

function scenario(name, fn, { fake: options = {}, check = true, ...test } = {}) {
  forEachEngine(name, { timeout: 600_000, ...test }, async (bench) => {
    const fake = await startFakeBotApi(options);
    try {
      await fn(new Bed(bench, fake), fake);
      for (const server of (await Promise.allSettled(bench.starting)).map((s) => s.value)) if (server && !server.end) await server.stop();
    } catch (error) {
      await fake.stop({ check: false });
      throw error;
    }
    await fake.stop({ check });
    const token = fake.token.split(':')[1];
    for (const { value: server } of await Promise.allSettled(bench.starting)) assert.ok(!server.stderr.includes(token), 'the token is in the log');
  });
}

for (const how of ['polling', 'webhook']) {
  scenario(`by ${how}: an update that comes five times is acted on once`, async (bed, fake) => {
    const server = await bed.serveBy(how);
    const anna = fake.person({ id: 7, first_name: 'Anna', language_code: 'en' });
    anna.says(QUESTION);
    await anna.sees(ANSWER);
    const update = fake.pushUpdate({ message: { ...anna.says(QUESTION).api } });
    for (let i = 0; i < 4; i++) {
      fake.pushUpdate(update);
      await sleep(i * 50);
    }
    const answers = () => anna.texts().filter((text) => ANSWER.test(text)).length;
    await until(() => answers() === 3, 'the last answer, a second behind the one before');
    await fake.quiet(1500); // no more come
    assert.equal(answers(), 3, anna.screen());
    assert.equal(await bed.metric(server, 'habitd_bot_updates_total{outcome="done"}'), 3);
    assert.equal(await bed.count(`SELECT count(*) FROM inbox WHERE status = 'done' AND body IS NULL`), 3);
    assert.equal(await bed.count(`SELECT count(*) FROM users WHERE telegram_id = 7`), 1);
  });

  scenario(`by ${how}: duplicates in any order, ids that jump, and no update is lost`, async (bed, fake) => {
    await bed.serveBy(how);
    fake.feed.duplicate = true;
    fake.feed.reorder = true;
    const people = Array.from({ length: 20 }, (_, i) => fake.person({ id: 100 + i, first_name: `P${i}`, language_code: 'en' }));
    for (const person of people.slice(0, 10)) person.says(QUESTION);
    await Promise.all(people.slice(0, 10).map((person) => person.sees(ANSWER)));
    await fake.quiet(); // the doubles of the high ids too
    fake.jumpUpdateIds(5);
    for (const person of people.slice(10)) person.says(QUESTION);
    await Promise.all(people.slice(10).map((person) => person.sees(ANSWER)));
    await fake.quiet(500);
    for (const person of people) assert.equal(person.texts().length, 1, person.screen());
    assert.equal(fake.throttled.length, 0);
  });

  scenario(`by ${how}: a restart and a SIGKILL lose nothing`, async (bed, fake) => {
    const people = Array.from({ length: 30 }, (_, i) => fake.person({ id: 100 + i, language_code: 'en' }));
    const port = await freePort();
    const env = { HABITD_LISTEN: `127.0.0.1:${port}`, ...(how === 'webhook' ? { HABITD_PUBLIC_URL: `http://127.0.0.1:${port}` } : {}) };
    const first = await bed.serve({ env });
    for (const person of people.slice(0, 10)) person.says(QUESTION);
    await people[0].sees(ANSWER);
    await first.stop();
    assert.equal(await bed.count('SELECT count(*) FROM leases WHERE expires_at > acquired_at'), 0, 'an orderly end leaves the lease to the next');
    for (const person of people.slice(10, 20)) person.says(QUESTION);
    const second = await bed.serve({ env });
    await people[19].sees(ANSWER);
    for (const person of people.slice(20)) person.says(QUESTION);
    await people[20].sees(ANSWER);
    await second.kill();
    const third = await bed.serve({ env: { ...env, HABITD_NOW: leasesLater() } });
    await Promise.all(people.map((person) => person.sees(ANSWER, { within: LEASE_MS + 10_000 })));
    await fake.quiet(500);
    // What was on its way when it was killed is sent again; nobody else hears anything twice.
    const twice = people.filter((person) => person.texts().length > 1).length;
    const unknown = await bed.metric(third, 'habitd_bot_unknown_total');
    assert.ok(twice <= unknown, `${twice} got it twice, ${unknown} were unknown`);
    assert.equal(await bed.count(`SELECT count(*) FROM outbox WHERE status <> 'sent'`), 0);
  });
}

scenario('buttons that are pressed are answered, by polling and by webhook', async (bed, fake) => {
  const anna = fake.person({ id: 7, first_name: 'Anna', language_code: 'en' });
  for (const how of ['polling', 'webhook']) {
    const server = await bed.serveBy(how);
    anna.says(QUESTION);
    await anna.sees(ANSWER);
    const press = anna.pressesData('nonsense');
    assert.ok((await press.answer()).text.length > 0);
    assert.equal(fake.requests.some((r) => r.method === 'answerCallbackQuery' && r.viaWebhook), how === 'webhook');
    await server.stop();
  }
});

scenario('another program on the token is said in readyz, and the bot comes back by itself', async (bed, fake) => {
  const server = await bed.serve();
  const poll = (timeout) => fetch(`${fake.url}/bot${fake.token}/getUpdates?timeout=${timeout}`).then((r) => r.status, () => 0);
  let stolen = true;
  const thief = (async () => {
    while (stolen) await poll(1);
  })();
  const answer = await until(async () => {
    const r = await server.request('GET', '/readyz');
    return r.status === 503 && r;
  }, 'readyz to complain');
  assert.match(answer.json.checks.bot, /^409 Conflict/);
  assert.equal(answer.json.ready, false);
  assert.ok(await bed.metric(server, 'habitd_bot_conflicts_total') >= 1);
  stolen = false;
  await thief;
  await until(async () => (await server.request('GET', '/readyz')).status === 200, 'readyz to be content again');
  const anna = fake.person({ id: 7, language_code: 'en' });
  anna.says(QUESTION);
  await anna.sees(ANSWER);
});

scenario('switching between polling and webhook keeps what waits', async (bed, fake) => {
  const people = Array.from({ length: 4 }, (_, i) => fake.person({ id: 100 + i, language_code: 'en' }));
  for (const [i, how] of ['polling', 'webhook', 'polling', 'webhook'].entries()) {
    people[i].says(QUESTION);
    const server = await bed.serveBy(how);
    await people[i].sees(ANSWER);
    assert.equal(Boolean(fake.feed.hook), how === 'webhook');
    await server.stop();
  }
  assert.equal(fake.feed.droppedUpdates, 0);
});

scenario('a webhook that is right is left alone; one that somebody changed, or with another secret, is set again', async (bed, fake) => {
  const port = await freePort();
  const env = { HABITD_LISTEN: `127.0.0.1:${port}`, HABITD_PUBLIC_URL: `http://127.0.0.1:${port}` };
  const ready = () => until(() => fake.calls('getWebhookInfo').length > looks, 'a look at the webhook');
  let looks = 0;
  let server = await bed.serve({ env });
  await until(() => fake.calls('setWebhook').length === 1, 'setWebhook');
  assert.equal(fake.calls('setWebhook')[0].params.secret_token.length, 43);
  await server.stop();
  looks = fake.calls('getWebhookInfo').length;
  server = await bed.serve({ env });
  await ready();
  await fake.quiet(300);
  assert.equal(fake.calls('setWebhook').length, 1, 'it was right');
  await server.stop();
  const anna = fake.person({ id: 7, language_code: 'en' });
  server = await bed.serve({ env: { ...env, TELEGRAM_WEBHOOK_SECRET: 'another_secret-1' } });
  anna.says(QUESTION);
  await anna.sees(ANSWER, { within: 60_000 });
  assert.equal(fake.calls('setWebhook').length, 2);
  await server.stop();
  fake.feed.setWebhook({ url: 'https://elsewhere.example/hook' });
  server = await bed.serve({ env });
  anna.says(QUESTION);
  await anna.sees(ANSWER);
});

scenario('only who knows the secret is let in, and nothing of others is stored', async (bed, fake) => {
  const server = await bed.hooked({ env: { TELEGRAM_WEBHOOK_SECRET: 'open_Sesame-1' } });
  const header = 'x-telegram-bot-api-secret-token';
  const body = (id) => ({ update_id: id, message: { message_id: 1, date: 1, chat: { id: 7, type: 'private' }, from: { id: 7, is_bot: false, first_name: 'A' }, text: QUESTION } });
  const post = (json, headers) => server.request('POST', '/webhooks/telegram', { json, headers });
  for (const headers of [{}, { [header]: '' }, { [header]: 'open_Sesame-2' }, { [header]: 'open_Sesame-' }, { authorization: 'Bearer open_Sesame-1' }]) {
    assert.equal((await post(body(1), headers)).status, 401);
  }
  assert.equal(await bed.count('SELECT count(*) FROM inbox'), 0);
  assert.equal(await bed.count('SELECT count(*) FROM users'), 0);
  assert.equal((await post(body(2), { [header]: 'open_Sesame-1' })).status, 200);
  assert.equal(await bed.count('SELECT count(*) FROM inbox'), 1);
  const huge = await server.request('POST', '/webhooks/telegram', { body: Buffer.alloc(2 << 20, 'x'), headers: { [header]: 'open_Sesame-1' } }).catch((e) => e);
  assert.ok(huge.status === 413 || huge.code, 'too large');
  const polling = await bed.bench.serve({});
  assert.equal((await polling.request('POST', '/webhooks/telegram', { json: body(3), headers: { [header]: 'x' } })).status, 404);
}, { fake: { knowsEverybody: true } });

scenario('updates that cannot be read are parked and hinder nobody', async (bed, fake) => {
  await bed.serve();
  const anna = fake.person({ id: 7, language_code: 'en' });
  fake.injectRaw({ update_id: fake.feed.nextId, message: { text: 5, chat: 'nowhere' } });
  fake.injectRaw('{"nothing": true}');
  anna.says(QUESTION);
  await anna.sees(ANSWER);
  await until(() => bed.count(`SELECT count(*) FROM inbox WHERE status <> 'done'`), 'the odd one to be kept');
  await until(() => fake.feed.pending.length === 0, 'all of them to be confirmed'); // by the offset of the next call, not by the commit
});

scenario('one of two instances works; when it is killed the other takes over within the lease', async (bed, fake) => {
  const servers = [await bed.serve(), await bed.serve()];
  const held = () => Promise.all(servers.filter((s) => !s.end).map((s) => bed.metric(s, 'habitd_bot_lease_held')));
  assert.deepEqual((await held()).sort(), [0, 1]);
  const anna = fake.person({ id: 7, language_code: 'en' });
  anna.says(QUESTION);
  await anna.sees(ANSWER);
  const holder = (await held()).indexOf(1);
  const other = servers[1 - holder];
  await servers[holder].kill();
  anna.says(QUESTION);
  await until(async () => (await bed.metric(other, 'habitd_bot_lease_held')) === 1, 'the other to take over', LEASE_MS + 5000);
  await anna.sees(ANSWER);
  assert.equal((await other.request('GET', '/readyz')).status, 200);
  assert.equal(await bed.count("SELECT fence FROM leases WHERE name = 'bot'"), 2);
});

scenario('what reaches an instance without the lease is stored there and acted on by the other', async (bed, fake) => {
  const holder = await bed.serve({ env: { TELEGRAM_WEBHOOK_SECRET: 'shared' } });
  const other = await bed.serve({ env: { TELEGRAM_WEBHOOK_SECRET: 'shared' } });
  assert.equal(await bed.metric(other, 'habitd_bot_lease_held'), 0);
  const anna = fake.person({ id: 7, first_name: 'Anna', language_code: 'en' });
  anna.chat.opened = true;
  const message = { message_id: 900, date: 1, chat: { id: 7, type: 'private', first_name: 'Anna' }, from: { id: 7, is_bot: false, first_name: 'Anna', language_code: 'en' }, text: QUESTION };
  for (let i = 0; i < 5; i++) {
    const r = await other.request('POST', '/webhooks/telegram', { json: { update_id: 77, message }, headers: { 'x-telegram-bot-api-secret-token': 'shared' } });
    assert.equal(r.status, 200);
  }
  await anna.sees(ANSWER, { anywhere: true });
  assert.deepEqual([await bed.metric(holder, 'habitd_bot_lease_held'), await bed.metric(other, 'habitd_bot_lease_held')], [1, 0]); // nobody has taken over
  assert.equal(anna.texts().length, 1);
  assert.equal(await bed.metric(other, 'habitd_bot_updates_total{outcome="pending"}'), 1);
  assert.equal(await bed.metric(holder, 'habitd_bot_updates_total{outcome="done"}'), 0);
  const press = { id: '55', from: message.from, chat_instance: '1', data: 'nonsense', message: { message_id: 1, date: 1, chat: message.chat } };
  const toasts = () => fake.calls('answerCallbackQuery').filter((c) => c.params.callback_query_id === '55' && c.params.text);
  const r = await other.request('POST', '/webhooks/telegram', { json: { update_id: 78, callback_query: press }, headers: { 'x-telegram-bot-api-secret-token': 'shared' } });
  assert.equal(r.status, 200);
  assert.equal(r.text, '');
  await until(() => toasts().length === 1, 'the holder to say what the button did');
});

scenario('a holder that slept past its lease does nothing more', async (bed, fake) => {
  const servers = [await bed.serve()];
  servers.push(await bed.serve());
  servers[0].child.kill('SIGSTOP');
  await until(async () => (await bed.metric(servers[1], 'habitd_bot_lease_held')) === 1, 'the other to take over', LEASE_MS + 5000);
  servers[0].child.kill('SIGCONT');
  await until(async () => (await bed.metric(servers[0], 'habitd_bot_lease_held')) === 0, 'the first to notice');
  const anna = fake.person({ id: 7, language_code: 'en' });
  anna.says(QUESTION);
  await anna.sees(ANSWER, { within: 20_000 });
  await fake.quiet(500);
  assert.equal(anna.texts().length, 1);
});

scenario('retry_after is obeyed, and the message still arrives once', async (bed, fake) => {
  const server = await bed.serve();
  const fault = fake.fault({ method: 'sendMessage', error: 429, retry_after: 2 });
  const anna = fake.person({ id: 7, language_code: 'en' });
  anna.says(QUESTION);
  await anna.sees(ANSWER);
  const [refused, sent] = fake.calls('sendMessage');
  assert.equal(fault.hits, 1);
  assert.ok(sent.at - refused.at >= 2000, `${sent.at - refused.at} ms`);
  assert.equal(await bed.metric(server, 'habitd_bot_rate_limited_total'), 1);
  assert.equal(anna.texts().length, 1);
});

scenario('failures of Telegram are tried again after longer and longer pauses', async (bed, fake) => {
  await bed.serve();
  fake.fault({ method: 'sendMessage', error: 500, times: 2 });
  const anna = fake.person({ id: 7, language_code: 'en' });
  anna.says(QUESTION);
  await anna.sees(ANSWER);
  const [a, b, c] = fake.calls('sendMessage').map((r) => r.at);
  assert.ok(b - a >= 1000, `${b - a} ms`);
  assert.ok(c - b >= 2000, `${c - b} ms`);
  assert.equal(anna.texts().length, 1);
  await until(async () => (await bed.count(`SELECT count(*) FROM outbox WHERE status = 'sent' AND attempts = 3`)) === 1, 'its end');
});

scenario('a message whose answer is lost is counted as unknown and, being fresh, sent again', async (bed, fake) => {
  const server = await bed.serve();
  fake.fault({ method: 'sendMessage', lost: 'cut' });
  const anna = fake.person({ id: 7, language_code: 'en' });
  anna.says(QUESTION);
  await until(() => anna.texts().length === 2, 'the second one');
  await until(async () => (await bed.count(`SELECT count(*) FROM outbox WHERE status = 'sent'`)) === 1, 'its end');
  assert.equal(await bed.metric(server, 'habitd_bot_unknown_total'), 1);
  assert.equal(await bed.metric(server, 'habitd_bot_unknown_resent_total'), 1);
  assert.deepEqual(await bed.bench.db.sql(`SELECT attempts, unknowns FROM outbox`), [['2', '1']]);
});

scenario('a person who blocked the bot is left alone until they come back', async (bed, fake) => {
  const server = await bed.serve();
  const anna = fake.person({ id: 7, language_code: 'en' });
  anna.says(QUESTION);
  await anna.sees(ANSWER);
  anna.chat.blocked = 'bot was blocked by the user';
  anna.says(QUESTION);
  await until(() => bed.count(`SELECT count(*) FROM users WHERE unreachable_at IS NOT NULL`), 'the block to be noted');
  await until(async () => (await bed.metric(server, 'habitd_bot_sends_total{lane="reply",end="blocked"}')) === 1, 'it to be counted, behind the commit');
  anna.unblocks();
  anna.says(QUESTION);
  await anna.sees(ANSWER);
  assert.equal(await bed.count(`SELECT count(*) FROM users WHERE unreachable_at IS NOT NULL`), 0);
});

scenario('what the bot shows of itself can be parsed', async (bed, fake) => {
  const server = await bed.serve();
  const anna = fake.person({ id: 7, language_code: 'en' });
  anna.says(QUESTION);
  await anna.sees(ANSWER);
  const seen = await until(async () => {
    const { text } = await server.request('GET', '/metrics');
    return text.includes('habitd_bot_queued{') && text;
  }, 'what waits to be counted');
  const types = new Map();
  const samples = new Set();
  for (const line of seen.trimEnd().split('\n')) {
    const type = /^# TYPE ([a-z_]+) (counter|gauge|histogram)$/.exec(line);
    if (type) assert.ok(!types.has(type[1]) && types.set(...type.slice(1)), line);
    if (!line.startsWith('habitd_bot_')) continue;
    const sample = /^([a-z_]+)(\{[a-z_]+="[^"\\\n]*"(?:,[a-z_]+="[^"\\\n]*")*\})? (\d+)$/.exec(line);
    assert.ok(sample && types.has(sample[1]) && !samples.has(sample[1] + sample[2]), line);
    samples.add(sample[1] + sample[2]);
  }
  assert.ok(samples.size > 50);
});

scenario('sixty people at once are answered at the pace Telegram allows', async (bed, fake) => {
  await bed.serve();
  const people = Array.from({ length: 60 }, (_, i) => fake.person({ id: 100 + i, language_code: 'en' }));
  const began = performance.now();
  for (const person of people) person.says(QUESTION);
  await Promise.all(people.map((person) => person.sees(ANSWER, { within: 60_000 })));
  const took = performance.now() - began;
  assert.equal(fake.throttled.length, 0);
  assert.ok(took > 2000, `${took} ms`);
});

scenario('an orderly end lets arrive what is on its way, and gives the lease away', async (bed, fake) => {
  const server = await bed.serve();
  fake.fault({ method: 'sendMessage', delayMs: 2000 });
  const anna = fake.person({ id: 7, language_code: 'en' });
  anna.says(QUESTION);
  await until(() => fake.calls('sendMessage').length === 1, 'the message to leave');
  await server.stop();
  assert.equal(anna.texts().length, 1);
  assert.deepEqual(await bed.bench.db.sql(`SELECT status, attempts FROM outbox`), [['sent', '1']]);
  const next = await bed.serve();
  await until(async () => await bed.metric(next, 'habitd_bot_lease_held') === 1, 'the lease, which nobody holds');
  const began = Date.now();
  await next.stop();
  assert.ok(Date.now() - began < 40_000, `an idle bot took ${Date.now() - began} ms to end`);
});

scenario('a SIGKILL leaves what was on its way as unknown, and nothing else', async (bed, fake) => {
  const first = await bed.serve();
  fake.fault({ method: 'sendMessage', lost: 'hang', times: 3 });
  const people = Array.from({ length: 3 }, (_, i) => fake.person({ id: 100 + i, language_code: 'en' }));
  for (const person of people) person.says(QUESTION);
  await until(() => fake.calls('sendMessage').length === 3, 'the messages to leave');
  await first.kill();
  assert.equal(await bed.count(`SELECT count(*) FROM outbox WHERE status = 'sending'`), 3);
  const second = await bed.serve({ env: { HABITD_NOW: leasesLater() } });
  await until(async () => (await bed.count(`SELECT count(*) FROM outbox WHERE status = 'sent' AND unknowns = 1`)) === 3, 'them to be sent again', LEASE_MS + 10_000);
  assert.equal(await bed.metric(second, 'habitd_bot_unknown_total'), 3);
});

scenario('the menu is set in each language once, and a server that lacks methods is served all the same', async (bed, fake) => {
  await bed.serve();
  await until(() => fake.calls('setChatMenuButton').length === 1, 'the menu button');
  const english = fake.person({ id: 1, language_code: 'en' }).commands();
  const russian = fake.person({ id: 2, language_code: 'ru' }).commands();
  const finnish = fake.person({ id: 3, language_code: 'fi' }).commands();
  assert.deepEqual(english, finnish);
  assert.deepEqual(english.map((c) => c.command), russian.map((c) => c.command));
  assert.ok(russian.every((c) => /[а-я]/i.test(c.description)));
  const anna = fake.person({ id: 7, language_code: 'en' });
  anna.says(QUESTION);
  await anna.sees(ANSWER);
  for (const { command } of english) {
    anna.says(`/${command}`);
    await anna.sees((m) => !/I do not know this command/.test(m.text));
  }
});

scenario('the web from the chat: links that sign in once, an operator to the console too, and the menu opens the Mini App', async (bed, fake) => {
  const nina = fake.person({ id: 7, first_name: 'Nina', language_code: 'en' });
  const without = await bed.serve();
  nina.says('/web');
  await nina.sees('no web page yet');
  await without.stop();
  const server = await bed.hooked({ env: { HABITD_ADMIN_IDS: '7' } });
  const links = async (what) => {
    nina.says(what);
    const message = await nina.sees((m) => m.text.includes('Do not pass it on'));
    return message.buttons.flat().map((b) => b.url);
  };
  const [[page, console_], [other]] = [await links('/web'), await links('/start web')];
  assert.notEqual(page, other);
  for (const [url, admin] of [[page, false], [console_, true], [other, false]]) {
    const [, where, code] = /^(http.*\/(?:admin)?)#signin=([\w-]{43})$/.exec(url);
    assert.equal(where, admin ? `${server.url}/admin` : `${server.url}/`);
    const r = await server.request('POST', '/v1/auth/link', { json: { code } });
    assert.equal(r.status, 200, r.text);
    assert.deepEqual([r.json.user.telegram_id, r.json.admin], [7, admin]);
    assert.equal((await server.request('POST', '/v1/auth/link', { json: { code } })).status, 401);
  }
  nina.says('/settings');
  await nina.sees('⚙️');
  await nina.presses('On the web');
  await nina.sees((m) => m.text.includes('Do not pass it on'));
  await until(() => fake.calls('setChatMenuButton').length === 2, 'its menu button'); // set beside the conversation
  await server.stop();
  assert.deepEqual(fake.calls('setChatMenuButton').map((c) => c.params.menu_button.type), ['commands', 'commands']);
  await bed.serve({ env: { HABITD_PUBLIC_URL: 'https://habits.example/' } });
  await until(() => fake.calls('setChatMenuButton').length === 3, 'the menu button');
  assert.deepEqual(fake.calls('setChatMenuButton')[2].params.menu_button,
    { type: 'web_app', text: 'Open', web_app: { url: 'https://habits.example/' } });
});

for (const [how, error] of [['polling', 404], ['polling', 500], ['webhook', 404], ['webhook', 500]]) {
  scenario(`by ${how}: a server that answers ${error} to hardly known methods is enough for a conversation`, async (bed, fake) => {
    const lacking = ['getMe', 'setMyCommands', 'setChatMenuButton', 'getWebhookInfo', ...(how === 'polling' ? ['deleteWebhook'] : [])];
    fake.fault({ method: lacking, error, description: 'Not Found', times: Infinity });
    await bed.serveBy(how);
    const anna = fake.person({ id: 7, language_code: 'en' });
    anna.says(QUESTION);
    await anna.sees(ANSWER);
  });
}

scenario('Telegram away, and back again: nothing is lost, and readyz says so meanwhile', async (bed, fake) => {
  // A door in front of the fake that can be shut.
  let open = true;
  const door = http.createServer((request, response) => {
    if (!open) return request.socket.destroy();
    const to = http.request(`${fake.url}${request.url}`, { method: request.method, headers: request.headers }, (from) => {
      response.writeHead(from.statusCode, from.headers);
      from.pipe(response);
    });
    to.on('error', () => response.destroy());
    response.on('close', () => to.destroy());
    return request.pipe(to);
  });
  await new Promise((resolve) => door.listen(0, '127.0.0.1', resolve));
  const server = await bed.serve({ env: { TELEGRAM_API_URL: `http://127.0.0.1:${door.address().port}` } });
  const anna = fake.person({ id: 7, language_code: 'en' });
  anna.says(QUESTION);
  await anna.sees(ANSWER);
  open = false;
  door.closeAllConnections();
  anna.says(QUESTION);
  await until(async () => (await server.request('GET', '/readyz')).status === 503, 'readyz to complain', 30_000);
  open = true;
  await anna.sees(ANSWER, { within: 30_000 });
  await until(async () => (await server.request('GET', '/readyz')).status === 200, 'readyz to be content');
  await server.stop();
  door.close();
  door.closeAllConnections();
});

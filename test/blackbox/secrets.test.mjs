// A secret is replaced while the program runs: the token is revoked at BotFather, the new one written to habitd.toml, SIGHUP sent, under presses and
// requests. Nothing that was acknowledged is lost, nothing is answered with 5xx. A file that is no good leaves the old secrets in place, and is told once.
import assert from 'node:assert/strict';
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { chmodSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { startFakeBotApi } from './bot_api_fake.mjs';
import { forEachEngine, freePort, sleep } from './harness.mjs';
import { daysBefore, Ledger, LOAD_ENV } from './load.mjs';
import { OPERATOR, until } from './watch_bed.mjs';

const uuid = (id) => Buffer.from(id.replaceAll('-', ''), 'hex').toString('base64url');

/** The program with its secrets in habitd.toml. */
class Bed {
  static async create(bench, webhook) {
    const bed = new Bed();
    bed.bench = bench;
    bed.file = path.join(bench.dir, 'habitd.toml');
    bed.fake = await startFakeBotApi({ limits: false });
    bench.t.after(() => bed.fake.stop({ check: false }));
    bed.fake.chat(OPERATOR, bed.fake.person({ id: OPERATOR, first_name: 'Op' })).opened = true;
    bed.cryptobot = '1:first';
    bed.write();
    const port = await freePort();
    bed.server = await bench.serve({ env: {
      ...LOAD_ENV, HABITD_LOG_LEVEL: 'info', TELEGRAM_API_URL: bed.fake.url, HABITD_ALERT_CHAT_ID: String(OPERATOR),
      ...(webhook ? { HABITD_LISTEN: `127.0.0.1:${port}`, HABITD_PUBLIC_URL: `http://127.0.0.1:${port}` } : {}),
    } });
    return bed;
  }

  /** The file appears whole, as an editor saves it. lines: instead of the secrets as they are. */
  write(lines = [`telegram_bot_token = "${this.fake.token}"`, `cryptobot_token = "${this.cryptobot}"`], mode = 0o600) {
    writeFileSync(`${this.file}.new`, `${lines.join('\n')}\n`);
    chmodSync(`${this.file}.new`, mode);
    renameSync(`${this.file}.new`, this.file);
  }

  /** SIGHUP, and what the program says to it. */
  async hangUp() {
    const seen = this.server.stderr.length;
    this.server.child.kill('SIGHUP');
    const { found } = await until('an answer to SIGHUP', () => /the secrets were (not )?read again.*\n/.exec(this.server.stderr.slice(seen)));
    return found[0];
  }

  /** What the operator was told of secrets. */
  heard() {
    return this.fake.chats.get(OPERATOR).messages.filter((m) => m.byBot && m.text.includes('secrets')).map((m) => m.text.split('\n')[0].split(':')[0]);
  }
}

/** Whether a webhook of Crypto Pay that is signed with a token is taken for one; it says nothing that could be acted on. */
async function believed(server, token) {
  const body = JSON.stringify({ update_id: 1, update_type: 'invoice_paid', request_date: new Date().toISOString(), payload: { invoice_id: 1 } });
  const key = createHash('sha256').update(token).digest();
  const signature = createHmac('sha256', key).update(body).digest('hex');
  const headers = { 'content-type': 'application/json', 'crypto-pay-api-signature': signature };
  const { status } = await server.request('POST', '/webhooks/cryptobot', { body, headers });
  assert.ok([401, 422].includes(status), `answered ${status}`);
  return status === 422;
}

for (const how of ['polling', 'webhook'])
  forEachEngine(`by ${how}: the bot's token is replaced under load`, async (bench) => {
    const bed = await Bed.create(bench, how === 'webhook');
    const { fake, server } = bed;
    const anna = fake.person({ id: 7, first_name: 'Anna', language_code: 'en' });
    anna.says('/start');
    await anna.sees(/🕐/);
    const ledger = new Ledger(bench);
    await ledger.prepare(server);
    const token = await bench.token(7);
    const made = await server.request('POST', '/v1/habits', { token, json: { name: 'Run' } });
    assert.equal(made.status, 201, made.text);
    const hookBefore = fake.feed.hook?.secret;

    // Anna marks a day with each press, and somebody uses the API all the while.
    let going = true, pressed = 0;
    const days = daysBefore(6);
    const pressing = (async () => {
      for (; going || pressed % 2; pressed++) {
        const day = days[Math.floor(pressed / 2) % days.length].replaceAll('-', '');
        anna.pressesData(`d:${uuid(made.json.id)}:${day}:c`);
        await sleep(60);
      }
    })();
    const requests = (async () => {
      for (let i = 0; going; i++) assert.ok(await ledger.put(server, ledger.people[i % ledger.people.length]), 'no request is refused');
    })();
    await until('presses before', async () => pressed > 10);

    const old = fake.token;
    fake.token = `${old.split(':')[0]}:NEW${randomBytes(16).toString('hex')}`; // from here on the old one is refused
    const since = pressed;
    await until('presses between', async () => pressed > since + 5);
    bed.write();
    const t0 = performance.now();
    assert.match(await bed.hangUp(), /replaced=1/);
    anna.says('/help');
    const answered = await until('the bot by the new token', () => anna.chat.messages.some((m) => m.byBot && m.text.includes('/today')));
    if (how === 'webhook') await until('the webhook by the new token', () => fake.feed.hook?.secret !== hookBefore);
    const after = pressed;
    await until('presses after', async () => pressed > after + 10);
    going = false;
    await Promise.all([pressing, requests]);

    await until('that all was acted on', async () => fake.feed.pending.length === 0 && (await bench.db.sql("SELECT 1 FROM inbox WHERE status = 'pending'")).length === 0);
    const marks = await bench.db.sql(`SELECT log_date FROM habit_logs WHERE source = 'bot' AND status = 'done'`);
    assert.equal(marks.length, Math.min(days.length, Math.ceil(pressed / 2)), 'a mark for each day that was pressed');
    const [[came]] = await bench.db.sql("SELECT count(*) FROM inbox WHERE source = 'telegram'");
    assert.equal(Number(came), pressed + 2, 'every update once');
    await ledger.check();
    assert.equal(ledger.refused + ledger.broken, 0);
    assert.equal(server.end, undefined, 'the same process');
    assert.ok(!server.stderr.includes(old) && !server.stderr.includes(fake.token), 'no token in the log');
    bench.t.diagnostic(`${bench.engine}: ${pressed} presses, answered by the new token ${Math.round(performance.now() - t0)} ms after SIGHUP at most, ${answered.ms} ms after it was asked`);
    await server.stop();
  });

forEachEngine('a file that is no good leaves the secrets as they are', async (bench) => {
  const bed = await Bed.create(bench, false);
  const { fake, server } = bed;
  const right = [`telegram_bot_token = "${fake.token}"`];
  assert.equal(await believed(server, '1:first'), true);
  assert.equal(await believed(server, '1:second'), false);

  const bad = [
    ['no secret any more', () => bed.write(right), /CRYPTOBOT_TOKEN is not there any more/],
    ['an empty one', () => bed.write([...right, 'cryptobot_token = ""']), /CRYPTOBOT_TOKEN/],
    ['an empty file', () => bed.write([]), /TELEGRAM_BOT_TOKEN is not there any more/],
    ['no file', () => unlinkSync(bed.file), /cannot open/],
    ['everybody may read it', () => bed.write([...right, 'cryptobot_token = "1:second"'], 0o644), /TELEGRAM_BOT_TOKEN.*everybody may read/],
    ['a word that is no setting', () => bed.write([...right, 'cryptobot_tokn = "1:second"']), /cryptobot_tokn/],
    ['the token of another bot', () => bed.write(['telegram_bot_token = "1:other"', 'cryptobot_token = "1:second"']), /TELEGRAM_BOT_TOKEN is another bot's/],
  ];
  for (const [what, spoil, said] of bad) {
    spoil();
    const line = await bed.hangUp();
    assert.match(line, /not read again/, what);
    assert.match(line, said, what);
    assert.equal(await believed(server, '1:first'), true, what);
    assert.equal(await believed(server, '1:second'), false, what);
  }
  await until('the alert', () => bed.heard().length > 0);

  bed.cryptobot = '1:second';
  bed.write();
  assert.match(await bed.hangUp(), /replaced=1/);
  assert.equal(await believed(server, '1:second'), true);
  assert.equal(await believed(server, '1:first'), true, 'what was on its way is still believed');
  assert.equal(await believed(server, '1:third'), false);
  await until('its end', () => bed.heard().length > 1);
  assert.deepEqual(bed.heard(), ['🟡 The secrets were not read again', '🟢 [RECOVERED] The secrets were not read again']);
  assert.match(await bed.hangUp(), /replaced=0/);
  await server.stop();
});

// What goes wrong in the bot again and again, and must not hinder anybody else.
import assert from 'node:assert/strict';
import { startFakeBotApi } from './bot_api_fake.mjs';
import { forEachEngine, freePort, sleep } from './harness.mjs';

const QUESTION = '/what_is_this';
const ANSWER = /I do not know this command/;
const POISON = 'xyzzy plugh';

async function until(test, what, withinMs = 60_000) {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const result = await test();
    if (result) return result;
    if (Date.now() > deadline) throw new Error(`waited ${withinMs} ms for ${what}`);
    await sleep(20);
  }
}

/** A program that somebody starts again whenever it ended: a minute later each time, when the last one's lease has run out. */
class Guarded {
  constructor(bench, env) {
    Object.assign(this, { bench, env, clock: Date.parse('2026-11-23T12:00:00Z'), ends: 0 });
  }

  async start() {
    this.clock += 60_000;
    this.server = await this.bench.serve({ waitReady: false, env: { ...this.env, HABITD_NOW: new Date(this.clock).toISOString() } });
    this.server.child.ended.then(({ signal }) => {
      if (signal !== 'SIGKILL') return;
      this.ends++;
      this.again = this.start();
    }, () => {});
  }

  async count(sql) {
    const [[n]] = await this.bench.db.sql(sql);
    return Number(n);
  }
}

for (const how of ['polling', 'webhook']) {
  forEachEngine(`by ${how}: an update that ends the program each time is parked, and everybody else is answered`, { timeout: 600_000 }, async (bench) => {
    const fake = await startFakeBotApi();
    bench.t.after(() => fake.stop({ check: false }));
    const port = await freePort();
    const hooked = { HABITD_LISTEN: `127.0.0.1:${port}`, HABITD_PUBLIC_URL: `http://127.0.0.1:${port}` };
    const guarded = new Guarded(bench, { ...fake.env, ...(how === 'webhook' ? hooked : {}), HABITD_FAULT_POISON: POISON });
    await guarded.start();
    const people = Array.from({ length: 6 }, (_, i) => fake.person({ id: 100 + i, language_code: 'en' }));
    people[0].says(QUESTION);
    await people[0].sees(ANSWER);
    for (const [i, person] of people.entries()) {
      if (i === 3) person.says(POISON);
      person.says(QUESTION);
    }
    await until(() => guarded.count(`SELECT count(*) FROM inbox WHERE status = 'parked'`), 'it to be parked', 60_000);
    for (const person of people) await person.sees(ANSWER, { within: 20_000 });
    assert.ok(guarded.ends >= 2 && guarded.ends <= 4, `it ended the program ${guarded.ends} times`);
    assert.deepEqual(await bench.db.sql(`SELECT fingerprint, occurrences FROM admin_alerts`), [['inbox.parked:telegram', '1']]);
    people[3].says(QUESTION); // nothing of it is left in the chat's way
    await people[3].sees(ANSWER);
    await until(() => guarded.count(`SELECT count(*) FROM inbox WHERE status = 'pending'`).then((n) => n === 0), 'nothing to wait');
    await guarded.server.stop();
    const next = await bench.serve({ env: guarded.env }); // an orderly end is no accident: what comes is acted on as it comes
    await until(async () => /^habitd_bot_lease_held 1$/m.test((await next.request('GET', '/metrics')).text), 'the lease');
    people[1].says(QUESTION);
    await people[1].sees(ANSWER);
    const { text } = await next.request('GET', '/metrics');
    assert.match(text, /habitd_bot_updates_total\{outcome="pending"\} 0/);
  });
}

forEachEngine('a message that ends the program each time it is drawn is left alone, and everybody else is answered', { timeout: 600_000 }, async (bench) => {
  const fake = await startFakeBotApi();
  bench.t.after(() => fake.stop({ check: false }));
  const guarded = new Guarded(bench, { ...fake.env, HABITD_FAULT_POISON: POISON });
  await guarded.start();
  const people = Array.from({ length: 6 }, (_, i) => fake.person({ id: 100 + i, language_code: 'en' }));
  const token = await bench.token(103);
  assert.equal((await guarded.server.request('POST', '/v1/habits', { token, json: { name: POISON } })).status, 201);
  people[0].says(QUESTION);
  await people[0].sees(ANSWER);
  people[3].says('/today');
  for (const person of people) if (person !== people[3]) person.says(QUESTION);
  await until(() => guarded.count(`SELECT count(*) FROM outbox WHERE status = 'unknown'`), 'it to be left alone', 90_000);
  for (const person of people) if (person !== people[3]) await person.sees(ANSWER, { within: 20_000 });
  assert.ok(guarded.ends >= 2 && guarded.ends <= 8, `it ended the program ${guarded.ends} times`);
  assert.deepEqual(await bench.db.sql(`SELECT fingerprint, occurrences FROM admin_alerts`), [['outbox.cut_off:today', '1']]);
  people[3].says(QUESTION); // nothing of it is left in the chat's way
  await people[3].sees(ANSWER);
  await guarded.server.stop();
});

forEachEngine('an update without an id is not asked for again and again, and said once', async (bench) => {
  const fake = await startFakeBotApi();
  bench.t.after(() => fake.stop({ check: false }));
  const server = await bench.serve({ env: fake.env });
  const anna = fake.person({ id: 7, language_code: 'en' });
  anna.says(QUESTION);
  await anna.sees(ANSWER);
  const before = fake.calls('getUpdates').length;
  fake.injectRaw('{"nothing": true}');
  await until(async () => (await server.request('GET', '/readyz')).json.checks.bot?.includes('without an id'), 'readyz to say so');
  await fake.quiet(4000).catch(() => {});
  await sleep(4000); // long enough for forty polls
  const polls = fake.calls('getUpdates').length - before;
  assert.ok(polls <= 8, `${polls} polls`);
  anna.says(QUESTION);
  await until(() => anna.texts().filter((text) => ANSWER.test(text)).length === 2, 'an answer behind it');
  await until(async () => (await server.request('GET', '/readyz')).status === 200, 'readyz to be content');
  assert.equal(server.stderr.split('\n').filter((line) => line.includes('without an id') && line.includes('hindered')).length, 1);
  await server.stop();
});

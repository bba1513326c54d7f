// A rush of reminders through two SIGKILLs and a second instance taking over: every one arrives, exactly once but for what was on its way
// at a kill. Meanwhile buttons are answered and a payment's message overtakes. HABITD_LONG=1: a hundred thousand of them. Times and memory
// are only written down: they never decide.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { startFakeBotApi } from './bot_api_fake.mjs';
import { FIRST, seedCrowd } from './crowd.mjs';
import { forEachEngine, LEASE_MS, LONG, sleep } from './harness.mjs';
import { DUE, Rush } from './rush.mjs';

const PEOPLE = LONG ? 100_000 : 2_000;
const RATE = LONG ? 1000 : 400;
const SLOTS = 64; // the sender's, in flight at most
const PRESSERS = 20;
const TELEGRAM_MS = 15; // what a call takes

const percentile = (values, p) => [...values].sort((a, b) => a - b)[Math.max(0, Math.ceil(values.length * p) - 1)];

forEachEngine(`${PEOPLE} reminders of one minute through two kills`, async (bench) => {
  const fake = await startFakeBotApi({ knowsEverybody: true, keepRequests: false, callbackTtlMs: 120_000,
    limits: { overall: Math.round(RATE * 1.3) } });
  bench.t.after(() => fake.stop({ check: false }));
  fake.fault({ method: /^send|^edit/, delayMs: TELEGRAM_MS, times: Infinity });
  await bench.must(['migrate', 'up']);
  await seedCrowd(bench.db, { people: PEOPLE, dueAt: DUE });
  const rush = new Rush(bench, fake, RATE);
  rush.watch();
  const pressers = Array.from({ length: PRESSERS }, (_, i) => PEOPLE - 1 - i);
  for (const u of pressers) fake.chat(FIRST + u);

  const first = await rush.start();
  await rush.holds(first);
  const second = await rush.start();
  await rush.until(1);
  const began = performance.now();
  const pressing = pressers.map((u) => rush.press(u));
  const paid = [await rush.pay(PEOPLE - 100)];
  const overtaken = rush.arrived;
  await rush.until(Math.round(PEOPLE * (0.15 + 0.25 * Math.random())));
  await rush.kill(first, () => rush.holds(second));
  const third = await rush.start();
  await rush.until(Math.round(PEOPLE * (0.55 + 0.25 * Math.random())));
  paid.push(await rush.pay(PEOPLE - 101));
  await rush.kill(second, () => rush.holds(third));
  await rush.until(PEOPLE - PRESSERS); // who pressed Done is not reminded
  const tookMs = performance.now() - began;
  rush.stopped = true;
  const presses = (await Promise.all(pressing)).flat();
  const open = async () => Number((await bench.db.sql("SELECT count(*) FROM outbox WHERE status IN ('queued', 'sending')"))[0][0]);
  for (const deadline = Date.now() + 60_000; await open() > 0;) {
    assert.ok(Date.now() < deadline, 'messages are left');
    await sleep(100);
  }

  // Every delivery came to its end; who was not reminded had answered.
  const statuses = Object.fromEntries(await bench.db.sql("SELECT status, count(*) FROM deliveries WHERE kind = 'reminder' GROUP BY status"));
  const answered = Number(statuses.answered ?? 0);
  assert.deepEqual({ ...statuses, answered: 0 }, { sent: String(PEOPLE - answered), answered: 0 });
  assert.ok(answered <= PRESSERS);
  let twice = 0;
  let missing = 0;
  for (let u = 0; u < PEOPLE; u++) {
    const n = rush.reminded.get(FIRST + u) ?? 0;
    if (n === 0) missing++;
    else if (n > 1) twice += n - 1;
  }
  assert.equal(missing, answered, 'everybody else was reminded');

  // What the kills cut off was in flight, is counted, and is all that came twice.
  const [[cutOff]] = await bench.db.sql('SELECT count(*) FROM outbox WHERE unknowns > 0');
  const shown = await rush.metric(second.end ? third : second, 'habitd_bot_unknown_total');
  assert.ok(Number(cutOff) <= SLOTS * 2, `${cutOff} were cut off by two kills`);
  assert.ok(twice <= Number(cutOff), `${twice} came twice, ${cutOff} were cut off`);
  assert.ok(shown <= SLOTS && shown <= Number(cutOff), `${shown} are shown`);
  assert.equal((await bench.db.sql("SELECT count(*) FROM outbox WHERE status IN ('failed', 'unknown')"))[0][0], '0');

  // Presses: all were answered but those that a kill met half way.
  await fake.quiet(300);
  assert.deepEqual(fake.violations, []);
  assert.deepEqual(rush.lost(presses).map((p) => p.data), [], 'presses without an answer');
  assert.ok(overtaken < PEOPLE / 2, 'the receipt did not wait for the reminders');
  const ms = rush.calm(presses).map((p) => p.answeredAfterMs);
  const peak = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${third.child.pid}/status`, 'utf8'))[1]);
  bench.t.diagnostic(`${bench.engine}: ${PEOPLE} reminders in ${(tookMs / 1000).toFixed(0)} s with two take-overs of up to ${LEASE_MS / 1000} s; `
    + `cut off ${cutOff}, twice ${twice}; ${ms.length} presses p50 ${percentile(ms, 0.5).toFixed(0)} ms, p99 ${percentile(ms, 0.99).toFixed(0)} ms; `
    + `receipts after ${paid.map((n) => n.toFixed(0)).join(', ')} ms; peak memory ${[...rush.kills.map((k) => k.peakMiB), Math.round(peak / 1024)].join(', ')} MiB`);
  await third.stop();
  await fake.stop({ check: false });
});

// Three instances on one PostgreSQL, as behind a balancer: one is killed, one is frozen past its lease and wakes up, then each is replaced by a
// new one, while a crowd is reminded, people press buttons and clients write. Nothing that was acknowledged is lost, no press stays without an
// answer but those that a kill or the freeze met half way, and nobody is reminded twice but for what was on its way then.
import assert from 'node:assert/strict';
import test from 'node:test';
import { startFakeBotApi } from './bot_api_fake.mjs';
import { FIRST, seedCrowd } from './crowd.mjs';
import { Bench, ENGINES, LONG, sleep } from './harness.mjs';
import { Ledger } from './load.mjs';
import { DUE, Rush } from './rush.mjs';

const PEOPLE = LONG ? 20_000 : 1500;
const RATE = LONG ? 400 : 100; // slow enough that reminders are left at every step
const SLOTS = 64; // a sender's, in flight at most
const PRESSERS = 10;

async function killedFrozenReplaced(bench) {
  const fake = await startFakeBotApi({ knowsEverybody: true, keepRequests: false, callbackTtlMs: 300_000, limits: false });
  bench.t.after(() => fake.stop({ check: false }));
  fake.fault({ method: /^send|^edit/, delayMs: 15, times: Infinity });
  await bench.must(['migrate', 'up']);
  await seedCrowd(bench.db, { people: PEOPLE, dueAt: DUE });
  const rush = new Rush(bench, fake, RATE);
  rush.watch();
  const servers = [await rush.start(), await rush.start(), await rush.start()];
  const count = async (sql) => Number((await bench.db.sql(sql))[0][0]);

  /** The instance among some that has the lease; a frozen one answers nobody. */
  async function holderOf(some) {
    for (;;) {
      for (const s of some) if (await rush.metric(s, 'habitd_bot_lease_held') === 1) return s;
      await sleep(50);
    }
  }

  const ledger = new Ledger(bench, Date.parse(DUE));
  await ledger.prepare(servers[0]);
  let turn = 0;
  const awake = () => servers[turn++ % servers.length]; // those behind the balancer
  const load = ledger.start(awake, 6);
  const pressing = Array.from({ length: PRESSERS }, (_, i) => {
    fake.chat(FIRST + PEOPLE - 1 - i);
    return rush.press(PEOPLE - 1 - i);
  });
  const some = () => rush.until(rush.arrived + 100);

  // One dies.
  await some();
  const dead = await holderOf(servers);
  servers.splice(servers.indexOf(dead), 1);
  await rush.kill(dead, () => holderOf(servers));
  await some();

  // One stands still for longer than its lease, and goes on as if nothing had happened.
  const frozen = await holderOf(servers);
  servers.splice(servers.indexOf(frozen), 1);
  const fence = await count("SELECT fence FROM leases WHERE name = 'bot'");
  const cut = { from: performance.now() };
  frozen.child.kill('SIGSTOP');
  await holderOf(servers);
  cut.until = performance.now();
  cut.dead = cut.from + 100;
  rush.kills.push(cut);
  await some();
  frozen.child.kill('SIGCONT');
  assert.ok(await count("SELECT fence FROM leases WHERE name = 'bot'") > fence);
  await some();
  assert.equal(await rush.metric(frozen, 'habitd_bot_lease_held'), 0, 'it knows that it has lost the lease');
  servers.push(frozen);

  // All are replaced, one after the other.
  const olds = [...servers];
  for (const old of olds) {
    servers.push(await rush.start());
    servers.splice(servers.indexOf(old), 1);
    await old.stop();
    await some();
  }
  await rush.until(PEOPLE - PRESSERS);
  rush.stopped = true;
  const presses = (await Promise.all(pressing)).flat();
  await load.stop();
  for (const deadline = Date.now() + 60_000; await count("SELECT count(*) FROM outbox WHERE status IN ('queued', 'sending')") > 0;) {
    assert.ok(Date.now() < deadline, 'messages are left');
    await sleep(100);
  }

  let twice = 0;
  let missing = 0;
  for (let u = 0; u < PEOPLE; u++) {
    const n = rush.reminded.get(FIRST + u) ?? 0;
    if (n === 0) missing++;
    else twice += n - 1;
  }
  const answered = await count("SELECT count(*) FROM deliveries WHERE kind = 'reminder' AND status = 'answered'");
  assert.equal(missing, answered, 'who was not reminded had answered');
  assert.ok(answered <= PRESSERS);
  const cutOff = await count('SELECT count(*) FROM outbox WHERE unknowns > 0');
  assert.ok(cutOff <= SLOTS * 2, `${cutOff} were cut off by a kill and a freeze`);
  assert.ok(twice <= cutOff, `${twice} came twice, ${cutOff} were cut off`);
  assert.deepEqual(rush.lost(presses).map((p) => p.data), [], 'presses without an answer');
  assert.equal(await count("SELECT count(*) FROM inbox WHERE status <> 'done'"), 0, 'updates that nobody acted on');
  assert.deepEqual(fake.violations, []);
  await ledger.retry(servers[0]);
  await ledger.check();
  bench.t.diagnostic(`cut off ${cutOff}, twice ${twice}; ${ledger.acknowledged} writes acknowledged, ${ledger.refused} refused, ${ledger.broken} broken; `
    + `${presses.length} presses; taken over after ${rush.kills.map((k) => Math.round(k.until - k.from)).join(' and ')} ms`);
  for (const server of servers) await server.stop();
  await fake.stop({ check: false });
}

if (ENGINES.includes('postgres')) {
  test('one is killed, one frozen, all are replaced [postgres]', { timeout: LONG ? 1_200_000 : 300_000 }, async (t) => {
    const bench = await Bench.create('postgres', { t });
    try {
      await killedFrozenReplaced(bench);
    } finally {
      await bench.close();
    }
  });
}

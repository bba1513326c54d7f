// Two instances on one PostgreSQL: a person's requests may reach either, also at the same moment.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Bench, ENGINES, sleep } from './harness.mjs';
import { LOAD_ENV, Ledger, daysBefore } from './load.mjs';

async function onTwo(name, env, fn) {
  if (!ENGINES.includes('postgres')) return;
  await test(`${name} [postgres]`, { timeout: 600_000 }, async (t) => {
    const bench = await Bench.create('postgres', { t });
    try {
      const servers = [await bench.serve({ env }), await bench.serve({ env })];
      await fn(bench, servers);
      for (const server of servers) await server.stop();
    } finally {
      await bench.close();
    }
  });
}

const limited = { ...LOAD_ENV, HABITD_LIMIT_TRIAL: '5' };

onTwo('concurrent creates through both stop at the limit', limited, async (bench, servers) => {
  for (let round = 0; round < 10; round++) {
    const token = await bench.token(100 + round, [], { env: limited });
    const answers = await Promise.all(Array.from({ length: 16 },
      (_, i) => servers[i % 2].request('POST', '/v1/habits', { token, json: { name: `h${i}` } })));
    const made = answers.filter((r) => r.status === 201).length;
    const refused = answers.filter((r) => r.status === 403 && r.json.code === 'habit_limit_reached').length;
    assert.deepEqual([made, refused], [5, 11], answers.map((r) => `${r.status} ${r.text}`).join('\n'));
    const list = await servers[round % 2].request('GET', '/v1/habits', { token });
    assert.equal(list.json.items.length, 5);
    assert.equal(new Set(list.json.items.map((h) => h.position)).size, 5, 'each has its own place');
  }
});

onTwo('one Idempotency-Key at both at once has one effect', LOAD_ENV, async (bench, servers) => {
  const token = await bench.token(1, [], { env: LOAD_ENV });
  for (let round = 0; round < 20; round++) {
    const answers = await Promise.all(Array.from({ length: 12 }, (_, i) => servers[i % 2].request('POST', '/v1/habits', {
      token, json: { name: `round ${round}` }, headers: { 'idempotency-key': `key-${round}` },
    })));
    assert.deepEqual([...new Set(answers.map((r) => r.status))], [201], answers.map((r) => r.text).join('\n'));
    assert.equal(new Set(answers.map((r) => r.text)).size, 1, 'everybody gets the first answer');
    assert.equal(answers.filter((r) => r.headers['idempotent-replayed'] !== 'true').length, 1);
  }
  assert.deepEqual(await bench.db.sql('SELECT count(*), count(DISTINCT name) FROM habits'), [['20', '20']]);
});

onTwo('a double tap at both', LOAD_ENV, async (bench, servers) => {
  const token = await bench.token(1, [], { env: LOAD_ENV });
  const { json: habit } = await servers[0].request('POST', '/v1/habits', { token, json: { name: 'Run' } });
  for (const day of daysBefore(25)) {
    const answers = await Promise.all(Array.from({ length: 8 },
      (_, i) => servers[i % 2].request('PUT', `/v1/habits/${habit.id}/logs/${day}`, { token, json: { status: 'declined', preset: 'sick' } })));
    assert.ok(answers.every((r) => r.status === 200 || r.status === 201), answers.map((r) => r.text).join('\n'));
    assert.equal(answers.filter((r) => r.status === 201).length, 1, 'it is new once');
  }
  assert.deepEqual(await bench.db.sql('SELECT count(*) FROM habit_logs'), [['25']]);
  assert.deepEqual(await bench.db.sql('SELECT count(*) FROM habit_decline_notes'), [['25']], 'every note but the last is gone');
  const stats = await Promise.all(servers.map((s) => s.request('GET', `/v1/habits/${habit.id}/stats`, { token })));
  assert.deepEqual(stats[0].json, stats[1].json);
});

onTwo('one person’s marks through both: the latest wins, checkpoints are right', LOAD_ENV, async (bench, servers) => {
  const ledger = new Ledger(bench);
  await ledger.prepare(servers[0]);
  let turn = 0;
  const load = ledger.start(() => servers[turn++ % 2], 24);
  await sleep(4000);
  await load.stop();
  assert.equal(ledger.broken + ledger.refused, 0, 'every request was answered with success');
  await ledger.check();
  await ledger.retry(servers[1]);
  bench.t.diagnostic(`${ledger.acknowledged} acknowledged by two servers`);
});

// PostgreSQL goes away and comes back while habitd serves: requests wait or are answered 503 with Retry-After, nothing acknowledged is
// lost, and the service returns by itself. On a cluster of the test's own, because it is killed.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { Bench, ENGINES, ROOT, run, sleep } from './harness.mjs';
import { LOAD_ENV, Ledger } from './load.mjs';

const CLIENTS = 16;

/** A private cluster: pg('kill'), pg('start'), … */
function cluster() {
  const dir = mkdtempSync(path.join(tmpdir(), 'habitd-outage-'));
  chmodSync(dir, 0o711);
  return async (command) => {
    const { code, stdout, stderr } = await run(path.join(ROOT, 'script/pg'), [command, dir]);
    assert.equal(code, 0, `script/pg ${command}: ${stderr}`);
    if (command === 'remove') rmSync(dir, { recursive: true, force: true });
    return stdout.trim();
  };
}

async function until(what, limitMs, done) {
  const t0 = Date.now();
  while (!(await done())) {
    assert.ok(Date.now() - t0 < limitMs, `${what}: not within ${limitMs} ms`);
    await sleep(20);
  }
  return Date.now() - t0;
}

if (ENGINES.includes('postgres')) {
  test('PostgreSQL goes away [postgres]', { timeout: 600_000 }, async (t) => {
    const pg = cluster();
    const shared = process.env.HABITD_TEST_PG_URL;
    let bench;
    try {
      process.env.HABITD_TEST_PG_URL = await pg('start');
      bench = await Bench.create('postgres', { t });
      await scenario(t, bench, pg);
    } finally {
      await pg('start');
      await bench?.close();
      await pg('remove');
      if (shared === undefined) delete process.env.HABITD_TEST_PG_URL;
      else process.env.HABITD_TEST_PG_URL = shared;
    }
  });
}

async function scenario(t, bench, pg) {
  const server = await bench.serve({ env: LOAD_ENV });
  const ledger = new Ledger(bench);
  await ledger.prepare(server);
  const ready = async () => (await server.request('GET', '/readyz')).status;
  const write = () => ledger.put(server, ledger.people[0]);
  const settle = async () => {
    await ledger.check();
    await ledger.retry(server);
    await ledger.check();
  };

  /** Load, the fault, its end, and how long it took until a write and readyz worked again. */
  const through = async (name, fault, mend) => {
    const load = ledger.start(() => server, CLIENTS);
    const start = ledger.acknowledged;
    await until('load', 30_000, () => ledger.acknowledged > start + 50);
    await fault();
    await mend?.();
    const t0 = Date.now();
    await until(`${name}: writes again`, 30_000, write);
    const wrote = Date.now() - t0;
    await until(`${name}: ready again`, 30_000, async () => (await ready()) === 200);
    t.diagnostic(`${name}: the first write ${wrote} ms, readyz ${Date.now() - t0} ms after PostgreSQL was back`);
    const again = ledger.acknowledged;
    await until('load goes on', 30_000, () => ledger.acknowledged > again + 50);
    await load.stop();
    assert.equal(ledger.broken, 0, 'every request got an answer');
    assert.equal(server.end, undefined, 'the same process serves');
    await settle();
  };

  await t.test('killed and started again after two seconds', async () => {
    await through('kill', async () => {
      await pg('kill');
      const took = await until('readyz says so', 15_000, async () => (await ready()) === 503);
      t.diagnostic(`readyz was 503 after ${took} ms`);
      assert.equal((await server.request('GET', '/healthz')).status, 200);
      const r = await server.request('GET', '/v1/today', { token: ledger.people[0].token });
      assert.equal(r.status, 503, 'a read is refused at once');
      assert.ok(Number(r.headers['retry-after']) > 0);
      assert.equal(r.json.code, 'unavailable');
      await sleep(2000);
    }, () => pg('start'));
  });

  await t.test('crash and recovery at once, three times', async () => {
    for (let i = 1; i <= 3; i++) await through(`crash ${i}`, () => pg('crash'));
  });

  await t.test('an orderly restart', () => through('restart', () => pg('restart')));

  await t.test('every connection ended by the administrator, again and again', async () => {
    const before = ledger.refused;
    let ended = 0;
    await through('pg_terminate_backend', async () => {
      for (let i = 0; i < 20; i++) {
        await sleep(150);
        const rows = await bench.db.sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE datname = current_database() AND application_name = 'habitd'`);
        ended += rows.length;
      }
    });
    assert.ok(ended >= 20, `${ended} connections were ended`);
    t.diagnostic(`${ended} connections ended, ${ledger.refused - before} requests answered 503`);
  });

  await t.test('away for longer than a request waits', async () => {
    await pg('kill');
    const refused = ledger.refused;
    const t0 = Date.now();
    const first = await Promise.all(Array.from({ length: CLIENTS }, write));
    const waited = Date.now() - t0;
    assert.deepEqual(first.filter(Boolean), []);
    assert.equal(ledger.refused - refused, CLIENTS, '503 with Retry-After for each');
    assert.ok(waited < 25_000, `${waited} ms`);
    const t1 = Date.now();
    assert.equal(await write(), undefined);
    assert.ok(Date.now() - t1 < waited / 2, 'and the next one is not kept waiting');
    t.diagnostic(`refused after ${waited} ms, the next after ${Date.now() - t1} ms`);
    await pg('start');
    const took = await until('writes again', 30_000, write);
    await until('ready again', 30_000, async () => (await ready()) === 200);
    t.diagnostic(`the first write ${took} ms after PostgreSQL was back`);
    assert.equal(server.end, undefined);
    await settle();
  });
  await server.stop();
}

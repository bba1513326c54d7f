// A crash at a random moment under load, again and again: what was acknowledged is there after the restart, and a repeated request
// under its Idempotency-Key has had one effect.
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { LONG, forEachEngine, sleep } from './harness.mjs';
import { LOAD_ENV, Ledger } from './load.mjs';

const ROUNDS = LONG ? 100 : 10;
const CLIENTS = 24;

forEachEngine(`SIGKILL under load, ${ROUNDS} times`, async (bench) => {
  let server = await bench.serve({ env: LOAD_ENV });
  const ledger = new Ledger(bench);
  await ledger.prepare(server);
  let retried = 0;
  const restarts = [];
  for (let round = 0; round < ROUNDS; round++) {
    const before = ledger.acknowledged;
    const load = ledger.start(() => server, CLIENTS);
    while (ledger.acknowledged === before) await sleep(5);
    await sleep(randomInt(1200));
    await server.kill();
    await load.stop();
    assert.equal(ledger.refused, 0, 'nothing is refused before the crash');
    const t0 = Date.now();
    server = await bench.serve({ env: LOAD_ENV });
    restarts.push(Date.now() - t0);
    await ledger.check();
    retried += await ledger.retry(server);
    await ledger.check();
  }
  assert.ok(ledger.broken >= ROUNDS, 'requests were under way when the program was killed');
  assert.ok(retried > 0, 'some of them were repeated');
  await server.stop();
  bench.t.diagnostic(`${ledger.acknowledged} acknowledged, ${ledger.broken} cut off, ${retried} repeated; restart ${Math.max(...restarts)} ms at most`);
});

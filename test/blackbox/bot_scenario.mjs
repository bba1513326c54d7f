// A test of conversations on each engine, over bot_bed.mjs: the program is there, and at the end it stops well, the double has seen no
// broken rule, and the log no token.
import assert from 'node:assert/strict';
import { BotBed } from './bot_bed.mjs';
import { forEachEngine } from './harness.mjs';

export const LANGUAGES = ['en', 'ru'];

/** What /v1/me says of a person. */
export async function me(bed, person) {
  return (await (await bed.api(person)).get('/v1/me')).json;
}

/** The number that a query gives. */
export async function count(bed, sql) {
  const [[n]] = await bed.bench.db.sql(sql);
  return Number(n);
}

const NOON = '2026-11-23T12:00:00Z'; // no evening, night or end of a week comes meanwhile
export const LATER = '2026-11-23T12:05:00Z'; // leases have run out

/** fn(bed, fake); env: more settings of the program. It begins at noon, UTC. */
export function botScenario(name, fn, { env = {}, ...options } = {}) {
  forEachEngine(name, { timeout: 180_000, ...options }, async (bench) => {
    const bed = await BotBed.create(bench, { now: NOON, env });
    try {
      await fn(bed, bed.fake);
    } catch (error) {
      await bed.fake.stop({ check: false });
      throw error;
    }
    await bed.close();
    assert.ok(!bed.server.stderr.includes(bed.fake.token.split(':')[1]), 'the token is in the log');
  });
}

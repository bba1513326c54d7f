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

/** fn(bed, fake); env: more settings of the program. */
export function botScenario(name, fn, { env = {}, ...options } = {}) {
  forEachEngine(name, { timeout: 180_000, ...options }, async (bench) => {
    const bed = await BotBed.create(bench, { env });
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

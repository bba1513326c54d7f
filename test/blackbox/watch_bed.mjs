// A program that is watched: a bot, and what the operator's chat and the alert file hold.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { startFakeBotApi } from './bot_api_fake.mjs';
import { sleep } from './harness.mjs';
import { LOAD_ENV } from './load.mjs';

export const OPERATOR = 99;

export async function until(what, condition, withinMs = 60_000) {
  for (const t0 = Date.now(); ;) {
    const found = await condition();
    if (found) return { found, ms: Date.now() - t0 };
    assert.ok(Date.now() - t0 < withinMs, `${what}: not within ${withinMs} ms`);
    await sleep(50);
  }
}

/** A program with a bot, and what the operator's chat holds. start: more of Server.start's options; env may be made of the fake. */
export async function watched(bench, env = {}, start = {}) {
  const fake = await startFakeBotApi({ limits: false });
  bench.t.after(() => fake.stop({ check: false }));
  fake.chat(OPERATOR, fake.person({ id: OPERATOR, first_name: 'Op' })).opened = true;
  const server = await bench.serve({ env: { ...fake.env, ...LOAD_ENV, HABITD_ALERT_CHAT_ID: String(OPERATOR), ...(typeof env === 'function' ? env(fake) : env) }, ...start });
  const heard = () => fake.chats.get(OPERATOR).messages.filter((m) => m.byBot).map((m) => m.text);
  const file = path.join(bench.dir, 'habitd-alerts.log');
  return { fake, server, heard, filed: () => (existsSync(file) ? readFileSync(file, 'utf8') : '') };
}

import { spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import { database, here, median, seed, serve } from './lib.mjs';
import { press } from './press.mjs';
const PEOPLE = 20000, HABITS = 2;
const engine = process.argv[2], rounds = Number(process.argv[3] ?? 3), prof = process.argv[4];
const child = spawn(process.execPath, [path.join(here, 'telegram_stub.mjs')], { stdio: ['ignore', 'pipe', 'inherit'] });
const url = await new Promise((r) => child.stdout.on('data', (t) => r(/http:\S+/.exec(t)[0])));
const port = 18500 + (process.pid % 1000);
const db = database(engine, 'press');
seed(db, { users: PEOPLE, habits: HABITS, days: 10, last: 31 });
const server = await serve(db, port, { TELEGRAM_BOT_TOKEN: '424242:bench-0123456789', TELEGRAM_API_URL: url, TELEGRAM_WEBHOOK_SECRET: 'bench-secret', HABITD_PUBLIC_URL: `http://127.0.0.1:${port}` });
const rates = [];
for (let i = 0; i < rounds; i++) {
  if (prof && i === 1) spawn('perf', ['record', '-a', '-F', '499', '-g', '-o', prof, '--', 'sleep', '5'], { stdio: 'ignore' });
  const m0 = await (await fetch(`${server.url}/metrics`)).text();
  const r = press(`${server.url}/webhooks/telegram`, { people: PEOPLE, habits: HABITS, data: 'd:{habit_b64}:{day8}:c', secret: 'bench-secret' });
  rates.push(r.rate);
  const m1 = await (await fetch(`${server.url}/metrics`)).text();
  const v = (m, n) => [...m.matchAll(new RegExp(`^${n}(?:\\{[^}]*\\})? (\\S+)$`, 'gm'))].reduce((a, x) => a + Number(x[1]), 0);
  console.log(engine, Math.round(r.rate), r.p99.toFixed(1), 'batches', v(m1, 'habitd_lane_batches_total') - v(m0, 'habitd_lane_batches_total'));
}
console.log(engine, 'median', Math.round(median(rates)));
await server.stop(); child.kill(); db.drop?.();

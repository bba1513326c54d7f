// Warnings and errors of the program in the database: they land there beside stderr, are found by their kind, hold no secret, never grow
// beyond their bound, and wait while the database does not answer.
import assert from 'node:assert/strict';
import { forEachEngine, sleep } from './harness.mjs';
import { Api, expectProblem, expectStatus } from './api.mjs';
import { startFakeBotApi } from './bot_api_fake.mjs';

async function until(what, test, withinMs = 60_000) {
  for (const deadline = Date.now() + withinMs; ;) {
    const found = await test();
    if (found) return found;
    assert.ok(Date.now() < deadline, `${what}: not within ${withinMs} ms`);
    await sleep(30);
  }
}

const SECRET = 'not-the-secret-0123456789';

/** A server whose bot is refused by Telegram again and again, and says so. */
async function troubled(bench, env = {}) {
  const fake = await startFakeBotApi();
  bench.t.after(() => fake.stop({ check: false }));
  fake.fault({ method: 'getUpdates', error: 500, times: Infinity });
  const settings = { ...fake.env, HABITD_RATE_IP_PER_MIN: '0', ...env };
  const server = await bench.serve({ env: settings, waitReady: false });
  const admin = await Api.of(server, await bench.token(9001, ['--admin'], { env: settings }));
  return { fake, server, admin, settings };
}

forEachEngine('warnings are stored, found and paged', async (bench) => {
  const { fake, server, admin, settings } = await troubled(bench);
  const first = await until('a warning', async () => expectStatus(await admin.get('/v1/admin/logs?level=warn'), 200).json.items.at(-1));
  assert.match(server.stderr, new RegExp(`warn ${first.message}`));
  assert.match(first.source, /^[a-z_]+\.c$/);
  assert.match(first.fingerprint, /^1:[0-9a-f]{16}$/);
  assert.equal(typeof first.context, 'object');
  const alike = await until('more of the kind', async () => {
    const { items } = (await admin.get(`/v1/admin/logs?fingerprint=${first.fingerprint}&source=${first.source}`)).json;
    return items.length >= 3 && items;
  });
  assert.deepEqual([...new Set(alike.map((l) => l.message))], [first.message]);
  const times = alike.map((l) => Date.parse(l.created_at));
  assert.deepEqual(times, [...times].sort((a, b) => b - a), 'newest first');
  // Page by page it is the same.
  const to = encodeURIComponent(new Date(times[0] + 1).toISOString());
  const whole = (await admin.get(`/v1/admin/logs?to=${to}`)).json.items.map((l) => l.id);
  const paged = [];
  for (let next = ''; next !== null;) {
    const page = expectStatus(await admin.get(`/v1/admin/logs?to=${to}&limit=2${next && `&cursor=${next}`}`), 200).json;
    paged.push(...page.items.map((l) => l.id));
    next = page.next;
  }
  assert.deepEqual(paged, whole);
  assert.equal((await admin.get(`/v1/admin/logs?from=${to}&level=error`)).json.items.length, 0);

  for (const never of ['loud', 'info', 'debug']) expectProblem(await admin.get(`/v1/admin/logs?level=${never}`, { loose: true }), 422, 'invalid', 'level');
  expectProblem(await admin.get('/v1/admin/logs?from=yesterday'), 422, 'invalid', 'from');
  expectProblem(await admin.get('/v1/admin/logs?limit=0'), 422, 'invalid', 'limit');
  const person = await Api.of(server, await bench.token(1001, [], { env: settings }));
  assert.notEqual((await person.get('/v1/admin/logs')).status, 200);

  // What is secret is nowhere.
  await server.request('POST', '/webhooks/telegram', { json: {}, headers: { 'x-telegram-bot-api-secret-token': SECRET } });
  const metrics = (await server.request('GET', '/metrics')).text;
  assert.ok(Number(/^habitd_log_stored_total (\d+)$/m.exec(metrics)[1]) >= 3);
  assert.match(metrics, /^habitd_log_lost_total 0$/m);
  await server.stop();
  const stored = JSON.stringify(await bench.db.sql('SELECT * FROM system_logs'));
  for (const secret of [fake.token, fake.token.split(':')[1], admin.token, SECRET]) assert.ok(!stored.includes(secret));
  assert.deepEqual(await bench.db.sql("SELECT count(*) FROM system_logs WHERE level IN ('debug', 'info')"), [['0']]);
});

forEachEngine('SQLite keeps so many, and the oldest go first', async (bench) => {
  if (bench.engine !== 'sqlite') return; // there days go, as partitions
  await bench.must(['migrate', 'up']);
  await bench.db.sql(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200)
    INSERT INTO system_logs SELECT ${Date.now()} - 3600000 + i, randomblob(16), 'warn', 's', 'f', 'old ' || i, NULL FROM n`);
  const { server } = await troubled(bench, { HABITD_LOG_ROWS: '1000' });
  // A batch deletes twice what it brings, no more: nobody waits for two hundred at once.
  await until('it to come down', async () => Number((await bench.db.sql('SELECT count(*) FROM system_logs'))[0][0]) <= 1195, 60_000);
  const [[old]] = await bench.db.sql("SELECT message FROM system_logs WHERE source = 's' ORDER BY created_at LIMIT 1");
  assert.ok(Number(old.slice(4)) > 5, old);
  await server.stop();
});

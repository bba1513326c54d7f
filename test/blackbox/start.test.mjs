// How `serve` begins: on an empty database, many at once, on a schema that is not its own.
import assert from 'node:assert/strict';
import { forEachEngine } from './harness.mjs';

const WAIT = { timeoutMs: 30_000 };
const refusedServe = (b, args = ['--listen', '127.0.0.1:0']) => b.habitd(['serve', ...args], WAIT);

forEachEngine('serve makes an empty database ready by itself', async (b) => {
  const server = await b.serve();
  assert.match(server.stderr, /empty database migrated/);
  assert.deepEqual(JSON.parse(await b.must(['migrate', 'status', '--json'])).state, 'current');
  await b.must(['migrate', 'verify']);
  const token = await b.token(1);
  const day = new Date().toISOString().slice(0, 10);
  const { json: habit } = await server.request('POST', '/v1/habits', { token, json: { name: 'Run' } });
  assert.equal((await server.request('PUT', `/v1/habits/${habit.id}/logs/${day}`, { token, json: { status: 'done' } })).status, 201);
  await server.stop();
  const again = await b.serve();
  assert.doesNotMatch(again.stderr, /migrated/);
  const { json } = await again.request('GET', '/v1/today', { token });
  assert.deepEqual(json.items.map((i) => [i.name, i.status, i.streak]), [['Run', 'done', 1]]);
  await again.stop();
});

forEachEngine('ten at once on one empty database all come up', async (b) => {
  const servers = await Promise.all(Array.from({ length: 10 }, () => b.serve()));
  const migrated = servers.filter((s) => /empty database migrated/.test(s.stderr));
  assert.ok(migrated.length >= 1);
  const token = await b.token(1);
  const answers = await Promise.all(servers.map((s, i) => s.request('POST', '/v1/habits', { token, json: { name: `h${i}` } })));
  assert.deepEqual(answers.map((r) => r.status), Array(10).fill(201));
  for (const s of servers) assert.equal((await s.request('GET', '/v1/habits', { token })).json.items.length, 10);
  await Promise.all(servers.map((s) => s.stop()));
  await b.must(['migrate', 'verify']);
  assert.deepEqual((await b.db.sql('SELECT version, count(*) FROM schema_migrations GROUP BY version')).map(([, n]) => n).filter((n) => n !== '1'), []);
});

forEachEngine('an older schema is refused with the command that mends it', async (b) => {
  await b.must(['migrate', 'up', '--to', '1']);
  const before = await b.must(['migrate', 'status', '--json']);
  const { code, stdout, stderr } = await refusedServe(b);
  assert.equal(code, 1);
  assert.equal(stdout, '');
  assert.match(stderr, /version 1 .*needs \d+.*`habitd migrate up`/);
  assert.doesNotMatch(stderr, /listening/);
  assert.equal(await b.must(['migrate', 'status', '--json']), before, 'nothing was touched');
  for (const args of [['doctor'], ['token', 'create', '--telegram-id', '1'], ['demo'], ['export', '--user', '1']]) {
    const r = await b.habitd(args);
    assert.equal(r.code, 1, args.join(' '));
    assert.match(r.stderr, /`habitd migrate up`/, args.join(' '));
  }
  await b.must(['migrate', 'up']);
  await (await b.serve()).stop();
});

forEachEngine('a newer and a changed schema are refused', async (b) => {
  await b.must(['migrate', 'up']);
  await b.db.sql('INSERT INTO schema_migrations SELECT 900, name, sha256, applied_at FROM schema_migrations WHERE version = 1');
  const newer = await refusedServe(b);
  assert.equal(newer.code, 1);
  assert.match(newer.stderr, /version 900.*newer/);
  await b.db.sql('DELETE FROM schema_migrations WHERE version = 900');
  await b.db.sql("UPDATE schema_migrations SET sha256 = 'other' WHERE version = 1");
  const changed = await refusedServe(b);
  assert.equal(changed.code, 1);
  assert.match(changed.stderr, /differs from this program's.*`habitd migrate status`/);
});

forEachEngine('serve says why it cannot begin', async (b) => {
  const server = await b.serve();
  const taken = await refusedServe(b, ['--listen', new URL(server.url).host]);
  assert.equal(taken.code, 1);
  assert.match(taken.stderr, new RegExp(`${new URL(server.url).port}.*in use`));
  const url = b.engine === 'sqlite' ? 'sqlite:/nonexistent/habitd.db' : 'postgresql://nobody:geheim@127.0.0.1:1/nothing';
  const nowhere = await refusedServe(b, ['--database-url', url]);
  assert.equal(nowhere.code, 1);
  assert.match(nowhere.stderr, b.engine === 'sqlite' ? /\/nonexistent\/habitd\.db.*No such file/ : /Connection refused/);
  assert.doesNotMatch(nowhere.stderr, /geheim/);
  await server.stop();
});

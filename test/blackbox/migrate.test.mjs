// `habitd migrate` from outside: what it says, its exit codes, and that a database it did not write is left alone.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT, forEachEngine } from './harness.mjs';

const files = readdirSync(path.join(ROOT, 'migrations')).filter((f) => /^\d{4}_.*\.sqlite\.up\.sql$/.test(f)).sort();
const newest = files.length;

forEachEngine('migrate: up, status, verify and down', async (b) => {
  assert.match(await b.must(['migrate', 'status']), /schema version 0 of \d+: empty/);
  if (b.engine === 'sqlite') assert.ok(!existsSync(b.db.file), 'a look makes no file');
  const up = await b.must(['migrate', 'up']);
  assert.equal(up.trim().split('\n').length, newest);
  assert.match(up, /^applied 0001 initial_schema$/m);
  assert.equal(await b.must(['migrate', 'up']), 'nothing to do\n');
  const status = JSON.parse(await b.must(['migrate', 'status', '--json']));
  assert.equal(status.engine, b.engine);
  assert.equal(status.state, 'current');
  assert.equal(status.version, newest);
  assert.equal(status.latest, newest);
  assert.deepEqual(status.migrations.map((m) => [m.version, m.applied, m.changed]), files.map((_, i) => [i + 1, true, false]));
  assert.match(status.migrations[0].applied_at, /^\d{4}-\d\d-\d\dT/);
  await b.must(['migrate', 'verify']);
  await b.must(['migrate', 'down', '--to', '0']);
  assert.equal(JSON.parse(await b.must(['migrate', 'status', '--json'])).state, 'empty');
  await b.must(['migrate', 'up', '--to', '1']);
  assert.equal(JSON.parse(await b.must(['migrate', 'status', '--json'])).state, 'older');
});

forEachEngine('migrate: exit codes', async (b) => {
  for (const args of [[], ['sideways'], ['down'], ['up', '--to', 'x'], ['up', '--to', '99'], ['sql', '1'], ['sql', '0:99'],
    ['stamp'], ['stamp', 'x'], ['new'], ['up', 'extra'], ['up', '--nothing'], ['up', '--wait', 'x']]) {
    assert.equal((await b.habitd(['migrate', ...args])).code, 2, args.join(' '));
  }
  await b.must(['migrate', 'up']);
  await b.db.sql('DROP INDEX users_created_at');
  const drift = await b.habitd(['migrate', 'verify']);
  assert.equal(drift.code, 3);
  assert.match(drift.stdout, /^- index users\.users_created_at/m);
  const [[sha]] = await b.db.sql('SELECT sha256 FROM schema_migrations WHERE version = 1');
  await b.db.sql("UPDATE schema_migrations SET sha256 = 'other' WHERE version = 1");
  for (const args of [['up'], ['verify'], ['status']]) {
    assert.equal((await b.habitd(['migrate', ...args])).code, 4, args.join(' '));
  }
  const serve = await b.habitd(['serve', '--listen', '127.0.0.1:0'], { timeoutMs: 20_000 });
  assert.equal(serve.code, 1);
  await b.must(['migrate', 'stamp', String(newest)]);
  assert.deepEqual(await b.db.sql('SELECT sha256 FROM schema_migrations WHERE version = 1'), [[sha]]);
});

forEachEngine('migrate: a newer database is refused', async (b) => {
  await b.must(['migrate', 'up']);
  await b.db.sql('INSERT INTO schema_migrations SELECT 900, name, sha256, applied_at FROM schema_migrations WHERE version = 1');
  const up = await b.habitd(['migrate', 'up']);
  assert.equal(up.code, 1);
  assert.match(up.stderr, /version 900 .*newer/);
  assert.equal(JSON.parse(await b.must(['migrate', 'status', '--json'])).state, 'newer');
  const serve = await b.habitd(['serve', '--listen', '127.0.0.1:0'], { timeoutMs: 20_000 });
  assert.equal(serve.code, 1);
  assert.match(serve.stderr, /900/);
});

forEachEngine('migrate: down names what it would drop', async (b) => {
  const token = await (await b.must(['migrate', 'up']), b.token(77));
  assert.ok(token.length > 20);
  const down = await b.habitd(['migrate', 'down', '--to', '0']);
  assert.equal(down.code, 1);
  assert.match(down.stderr, /1 row of sessions/);
  assert.deepEqual(await b.db.sql('SELECT count(*) FROM sessions'), [['1']]);
  await b.must(['migrate', 'down', '--to', '0', '--lose-data']);
  await b.must(['migrate', 'up']);
  assert.deepEqual(await b.db.sql('SELECT count(*) FROM sessions'), [['0']]);
});

forEachEngine('migrate: the SQL for an administrator', async (b) => {
  const sql = await b.must(['migrate', 'sql', `0:${newest}`]);
  const [file, args] = b.engine === 'sqlite' ? ['sqlite3', [b.db.file]] : ['psql', [b.db.url, '-qX']];
  const shell = spawn(file, args, { stdio: ['pipe', 'ignore', 'inherit'] });
  shell.stdin.end(sql);
  assert.equal(await new Promise((resolve) => shell.once('close', resolve)), 0);
  assert.equal(JSON.parse(await b.must(['migrate', 'status', '--json'])).state, 'current');
  await b.must(['migrate', 'verify']);
});

forEachEngine('migrate: ten at once', async (b) => {
  const results = await Promise.all(Array.from({ length: 10 }, () => b.habitd(['migrate', 'up'])));
  assert.deepEqual(results.map((r) => r.code), Array(10).fill(0), results.map((r) => r.stderr).join(''));
  assert.equal(results.filter((r) => r.stdout === 'nothing to do\n').length, 9);
  if (b.engine === 'sqlite') assert.ok(!existsSync(`${b.db.file}-migrate.lock`), 'the lock file is gone');
});

forEachEngine('migrate: new wants a source checkout', async (b) => {
  const result = await b.habitd(['migrate', 'new', 'more']);
  assert.equal(result.code, 1);
  assert.match(result.stderr, /source checkout/);
});

forEachEngine('migrate: the history holds what sha256sum says of the files', async (b) => {
  await b.must(['migrate', 'up']);
  const rows = await b.db.sql('SELECT version, name, sha256 FROM schema_migrations ORDER BY version');
  assert.deepEqual(rows, files.map((f, i) => {
    const up = readFileSync(path.join(ROOT, 'migrations', f.replace('.sqlite.', `.${b.engine}.`)));
    return [String(i + 1), /^\d+_(\w+)\./.exec(f)[1], createHash('sha256').update(up).digest('hex')];
  }));
});

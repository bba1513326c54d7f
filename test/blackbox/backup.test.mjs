// Backups of a running SQLite database and what is put back from them, from outside: under load, cut off, damaged, on a full disk.
import assert from 'node:assert/strict';
import { closeSync, copyFileSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { BIN, Bench, ENGINES, forEachEngine, ownMounts, run } from './harness.mjs';
import { LOAD_ENV, Ledger } from './load.mjs';

const sqlite = (name, fn) =>
  test(`${name} [sqlite]`, { timeout: 600_000, skip: !ENGINES.includes('sqlite') }, async (t) => {
    const bench = await Bench.create('sqlite', { t });
    try {
      await fn(bench);
    } finally {
      await bench.close();
    }
  });

const dump = async (file) => {
  const { code, stdout, stderr } = await run('sqlite3', ['-batch', file, '.dump']);
  assert.equal(code, 0, stderr);
  return stdout;
};
const MESSAGES = /^INSERT INTO outbox VALUES.*\n/gm;
const at = (bench, file) => ({ env: { HABITD_DATABASE_URL: `sqlite:${path.join(bench.dir, file)}` } });
const names = (bench) => readdirSync(bench.dir).sort();
const demo = (bench) => bench.must(['demo', '--users', '20', '--days', '200']);

async function refused(bench, args, words, options) {
  const before = names(bench);
  const { code, stdout, stderr } = await bench.habitd(args, options);
  assert.equal(code, 1, stdout + stderr);
  assert.equal(stdout, '');
  assert.match(stderr, words);
  assert.deepEqual(names(bench), before, 'a refusal leaves nothing behind');
}

forEachEngine('backup and restore say where they work', async (bench) => {
  if (bench.engine === 'sqlite') return;
  for (const command of ['backup', 'restore']) {
    const { code, stderr } = await bench.habitd([command, 'f']);
    assert.equal(code, 2);
    assert.match(stderr, /HABITD_DATABASE_URL: .*SQLite.*docs\/operations\.md/);
  }
});

sqlite('a backup under full write load is whole, and restored it is what was backed up', async (bench) => {
  const server = await bench.serve({ env: LOAD_ENV });
  const ledger = new Ledger(bench);
  await ledger.prepare(server);
  await bench.must(['demo', '--users', '20', '--days', '300']);
  const load = ledger.start(() => server, 16);
  const early = ledger.acknowledged;
  const rows = [];
  for (const file of ['one.db', 'two.db', 'three.db']) {
    const floor = ledger.acknowledged;
    const said = await bench.must(['backup', file]);
    assert.match(said, new RegExp(`^${file}: schema version \\d+, \\d+ tables, \\d+ rows, \\d+ bytes, verified\\n$`));
    assert.ok(ledger.acknowledged > floor, 'the load went on meanwhile');
    await bench.must(['doctor'], at(bench, file));
    rows.push(Number(/(\d+) rows/.exec(said)[1]));
  }
  await load.stop();
  assert.ok(ledger.acknowledged > early && rows[2] >= rows[0]);
  await ledger.check();
  assert.equal(statSync(path.join(bench.dir, 'one.db')).mode & 0o777, 0o600);

  // While the server runs nothing takes its place, not by force either.
  await refused(bench, ['restore', 'two.db', '--force'], /habitd\.db is in use by process \d+; stop the server/);
  await server.stop();
  await refused(bench, ['restore', 'two.db'], /habitd\.db exists already; --force/);
  // A reminder of the demo's people may have come due meanwhile: what waits is held, which is the next test's.
  const saved = await dump(path.join(bench.dir, 'two.db'));
  const waiting = (await run('sqlite3', [path.join(bench.dir, 'two.db'), "SELECT count(*) FROM outbox WHERE status IN ('queued', 'sending')"])).stdout.trim();
  assert.match(await bench.must(['restore', 'two.db', '--force']), new RegExp(`${rows[1]} rows, verified\nheld ${waiting} messages`));
  assert.ok(!existsSync(`${bench.db.file}-wal`) && !existsSync(`${bench.db.file}.partial`));
  const restored = await dump(bench.db.file);
  assert.equal(restored.replace(MESSAGES, ''), saved.replace(MESSAGES, ''));
  assert.equal(restored.match(MESSAGES)?.length, saved.match(MESSAGES)?.length);
  await bench.must(['doctor']);
  const again = await bench.serve({ env: LOAD_ENV }); // ready by its own word
  assert.ok(await ledger.put(again, ledger.people[0]), 'a mark');
});

sqlite('what waited to be sent is held after a restore', async (bench) => {
  await demo(bench);
  const now = Date.now();
  const add = (n, status, fence) => bench.db.sql(`INSERT INTO outbox (user_id, id, channel, lane, status, chat_id, method, payload, for_dialog,
    attempts, unknowns, fence, due_at, attempted_at, created_at) VALUES (x'${'00'.repeat(16)}', x'${String(n).padStart(32, '0')}', 'telegram', 1, '${status}', 5,
    'sendMessage', '{}', FALSE, ${fence ?? 0}, 0, ${fence ?? 'NULL'}, ${now}, ${fence ? now : 'NULL'}, ${now})`);
  await bench.db.sql('DELETE FROM outbox; DELETE FROM deliveries');
  for (let i = 1; i <= 3; i++) await add(i, 'queued');
  await add(4, 'sending', 1);
  await bench.must(['backup', 'b.db']);
  assert.match(await bench.must(['restore', 'b.db'], at(bench, 'new.db')), /^held 4 messages and calls until `habitd outbox release`$/m);
  const status = JSON.parse(await bench.must(['outbox', 'status', '--json'], at(bench, 'new.db')));
  assert.equal(status.held, 4);
  assert.equal(status.sending, 0);
  assert.match(await bench.must(['outbox', 'release'], at(bench, 'new.db')), /^queued 4, dropped 0/);
});

sqlite('a backup replaces only what it may', async (bench) => {
  await refused(bench, ['backup', 'b.db'], /habitd\.db/);
  assert.ok(!existsSync(bench.db.file), 'a database that is not there is not made');
  await demo(bench);
  await bench.must(['backup', 'b.db']);
  const first = readFileSync(path.join(bench.dir, 'b.db'));
  await bench.db.sql('UPDATE users SET first_name = first_name');
  await refused(bench, ['backup', 'b.db'], /b\.db exists already; --force replaces it/);
  assert.deepEqual(readFileSync(path.join(bench.dir, 'b.db')), first);
  await bench.must(['backup', 'b.db', '--force']);
  await refused(bench, ['backup', 'no/such/folder/b.db'], /No such file or directory/);
  await refused(bench, ['restore', 'habitd.db', '--force'], /is the database itself/);
  // One writer to a file: who comes second is told so and takes nothing from the first.
  const second = await run('flock', ['c.db.partial', BIN, 'backup', 'c.db'], { cwd: bench.dir, env: { ...process.env, HABITD_DATABASE_URL: bench.db.url } });
  assert.equal(second.code, 1);
  assert.match(second.stderr, /another process is writing c\.db\.partial/);
  await bench.must(['backup', 'c.db']);
  assert.deepEqual(names(bench).filter((f) => f.includes('partial')), []);
});

sqlite('SIGKILL or an error at any moment of a backup leaves no file of that name, and the next run writes it', async (bench) => {
  await demo(bench);
  const whole = await dump(bench.db.file);
  let kills = 0;
  for (let n = 1; ; n++) {
    const { code, signal } = await bench.habitd(['backup', 'b.db'], { env: { HABITD_FAULT: `statement:${n}:kill` } });
    if (code === 0) break;
    assert.equal(signal, 'SIGKILL');
    assert.ok(!existsSync(path.join(bench.dir, 'b.db')), `killed at ${n}`);
    kills++;
    const failed = await bench.habitd(['backup', 'b.db'], { env: { HABITD_FAULT: `statement:${n}:io_error` } });
    assert.equal(failed.code, 1, failed.stderr);
    assert.deepEqual(names(bench).filter((f) => f.startsWith('b.db')), [], `failed at ${n}`);
  }
  assert.ok(kills > 5, `${kills} kills`);
  assert.equal(await dump(path.join(bench.dir, 'b.db')), whole);
  assert.deepEqual(names(bench).filter((f) => f.startsWith('b.db')), ['b.db']);
});

sqlite('SIGKILL at any moment of a restore leaves the old database or the new one', async (bench) => {
  await demo(bench);
  await bench.must(['backup', 'b.db']);
  const old = await dump(bench.db.file);
  await bench.db.sql("DELETE FROM sessions; UPDATE users SET first_name = 'Later'");
  const later = await dump(bench.db.file);
  let kills = 0;
  for (let n = 1; ; n++) {
    const { code, signal } = await bench.habitd(['restore', 'b.db', '--force'], { env: { HABITD_FAULT: `statement:${n}:kill` } });
    if (code === 0) break;
    assert.equal(signal, 'SIGKILL');
    assert.equal(await dump(bench.db.file), later, `killed at ${n}`);
    kills++;
  }
  assert.ok(kills > 5, `${kills} kills`);
  assert.equal(await dump(bench.db.file), old);
  await bench.must(['doctor']);
});

sqlite('a file that is no sound backup is refused with what is wrong, and the database stays', async (bench) => {
  await demo(bench);
  await bench.must(['backup', 'b.db']);
  const before = await dump(bench.db.file);
  const file = (name) => path.join(bench.dir, name);
  const broken = (name, change) => {
    copyFileSync(file('b.db'), file(name));
    change(file(name));
    return name;
  };
  const restore = (name, words) => refused(bench, ['restore', name, '--force'], words);
  await restore('absent.db', /there is no file absent\.db/);
  writeFileSync(file('text.db'), 'These are words and no database. '.repeat(10));
  await restore('text.db', /text\.db is no SQLite database/);
  writeFileSync(file('empty.db'), '');
  await restore('empty.db', /empty\.db is no SQLite database/);
  mkdirSync(file('folder.db'));
  await restore('folder.db', /folder\.db is no file/);
  await restore(broken('cut.db', (f) => truncateSync(f, Math.floor(statSync(f).size / 8192) * 4096)), /cut\.db is cut off: \d+ of \d+ bytes/);
  const [[page]] = await bench.db.sql("SELECT rootpage FROM sqlite_schema WHERE name = 'habits'");
  await restore(broken('damaged.db', (f) => {
    const fd = openSync(f, 'r+');
    writeSync(fd, Buffer.alloc(200, 0xee), 0, 200, (page - 1) * 4096);
    closeSync(fd);
  }), /damaged\.db: .*(damage|malformed)/);
  const sql = async (f, text) => assert.equal((await run('sqlite3', ['-batch', '-bail', f, text])).code, 0);
  copyFileSync(file('b.db'), file('orphan.db'));
  await sql(file('orphan.db'), 'PRAGMA foreign_keys = OFF; DELETE FROM users WHERE telegram_id = (SELECT MIN(telegram_id) FROM users)');
  await restore('orphan.db', /orphan\.db: .*broken reference: \w+ -> users/);
  await sql(file('other.db'), 'CREATE TABLE notes (id INTEGER PRIMARY KEY)');
  await restore('other.db', /other\.db is no database of habitd/);
  copyFileSync(file('b.db'), file('newer.db'));
  await sql(file('newer.db'), "INSERT INTO schema_migrations SELECT version + 1, 'later', sha256, applied_at FROM schema_migrations ORDER BY version DESC LIMIT 1");
  await restore('newer.db', /newer\.db has schema version \d+, newer than this program's/);
  assert.equal(await dump(bench.db.file), before);

  // A backup of a damaged database is no backup.
  copyFileSync(file('damaged.db'), file('live.db'));
  const { code, stderr } = await bench.habitd(['backup', 'bad.db'], at(bench, 'live.db'));
  assert.equal(code, 1);
  assert.match(stderr, /damage|malformed/);
  assert.ok(!existsSync(file('bad.db')) && !existsSync(file('bad.db.partial')));
  // What force is for: the database itself cannot be read any more.
  writeFileSync(bench.db.file, 'gone');
  await bench.must(['restore', 'b.db', '--force']);
  assert.equal(await dump(bench.db.file), before);
});

sqlite('a backup of an older version is migrated before it takes its place', async (bench) => {
  await bench.must(['migrate', 'up', '--to', '1']);
  assert.match(await bench.must(['backup', 'old.db']), /^old\.db: schema version 1, /);
  assert.match(await bench.must(['restore', 'old.db'], at(bench, 'new.db')), /^\S+: schema version 1, .*\nmigrated to schema version [2-9]\d*\nheld 0 /);
  await bench.must(['migrate', 'verify'], at(bench, 'new.db'));
  await bench.must(['doctor'], at(bench, 'new.db'));
});

sqlite('a full disk is said to be full, and leaves nothing', async (bench) => {
  await demo(bench);
  const small = path.join(bench.dir, 'small');
  mkdirSync(small);
  const unshare = ownMounts();
  if (!unshare) return bench.t.skip('a mount namespace needs root, or user namespaces for everybody');
  const { code, stdout, stderr } = await run(unshare[0], [...unshare.slice(1), 'sh', '-c',
    `mount -t tmpfs -o size=256k none ${small} && { ${BIN} backup small/b.db; code=$?; ls ${small}; exit $code; }`],
  { cwd: bench.dir, env: { ...process.env, HABITD_DATABASE_URL: bench.db.url } });
  assert.equal(code, 1, stdout + stderr);
  assert.match(stderr, /^habitd: .*the disk is full/m);
  assert.equal(stdout, '');
});

// The program as somebody at a shell meets it: help, mistakes, exit codes, and what is never printed.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { BIN, ENGINES, ROOT, Bench, forEachEngine, run } from './harness.mjs';
import { Api } from './api.mjs';

const clean = { PATH: process.env.PATH, ASAN_OPTIONS: process.env.ASAN_OPTIONS ?? 'detect_leaks=1' };
const habitd = (args, env = {}) => run(BIN, args, { cwd: '/', env: { ...clean, ...env } });

// Every command, the options its help has to name, and mistakes with a word that the message must hold.
const COMMANDS = {
  adopt: { options: ['--from', '--to', '--on-bad'], mistakes: [[[], '--from'], [['--from', 'a', '--to', 'a'], 'same'], [['--from', 'a', '--on-bad', 'x'], '--on-bad']] },
  serve: { options: ['--database-url', '--listen'], mistakes: [[['now'], 'now'], [['--fast'], '--fast'], [['--listen', '999'], 'HABITD_LISTEN']] },
  migrate: {
    options: ['up', 'down', 'status', 'verify', 'sql', 'stamp', 'new', '--to', '--lose-data', '--json'],
    mistakes: [[[], 'status'], [['sideways'], 'sideways'], [['down'], '--to'], [['up', '--to', 'x'], '--to']],
  },
  doctor: { options: ['--json'], mistakes: [[['--yaml'], '--yaml'], [['all'], 'all']] },
  token: {
    options: ['create', '--telegram-id', '--admin', '--name'],
    mistakes: [[[], 'create'], [['make'], 'create'], [['create'], '--telegram-id'], [['create', '--telegram-id', 'x'], 'x'],
      [['create', '--telegram-id', '-5'], '-5'], [['create', '--telegram-id', '99999999999999999999'], '99999999999999999999'],
      [['create', '--telegram-id', '5', '--root'], '--root'], [['create', '--telegram-id', '5', 'more'], 'more']],
  },
  import: {
    options: ['--user', '--format', '--dry-run', '--restore', 'FILE'],
    mistakes: [[[], '--user'], [['--user', '5'], 'FILE'], [['--user', '5', '--format', 'xml', 'f'], 'xml'], [['--user', '5', 'f', 'g'], 'FILE']],
  },
  export: {
    options: ['--user', '--format', '-o'],
    mistakes: [[[], '--user'], [['--user', '5', '--format', 'xml'], 'xml'], [['--user', 'me'], 'me'], [['--user', '5', 'file'], 'file']],
  },
  demo: {
    options: ['--users', '--days', '--seed'],
    mistakes: [[['--users', '0'], '--users'], [['--days', 'many'], '--days'], [['--seed', '-1'], '--seed'], [['more'], 'more'], [['--days'], '--days']],
  },
  outbox: {
    options: ['status', 'release', '--json', '--drop-before'],
    mistakes: [[[], 'status'], [['send'], 'release'], [['status', '--yaml'], '--yaml'], [['release', '--drop-before', 'today'], 'today'],
      [['release', '--json'], '--json'], [['status', '--drop-before', '2026-01-01T00:00:00Z'], '--drop-before'], [['status', 'more'], 'more']],
  },
  copy: { options: ['--from', '--to'], mistakes: [[[], '--from'], [['--from', 'sqlite:a'], '--to'], [['--from', 'sqlite:a', '--to', 'sqlite:a'], 'same'], [['--fast'], '--fast'], [['--from', 'sqlite:a', '--to', 'sqlite:b', 'c'], 'c']] },
  backup: { options: ['FILE', '--force'], mistakes: [[[], 'file'], [['a', 'b'], 'file'], [['--quick', 'a'], '--quick'], [['--force'], 'file']] },
  restore: { options: ['FILE', '--force'], mistakes: [[[], 'file'], [['a', 'b'], 'file'], [['--quick', 'a'], '--quick']] },
  report: {
    options: ['revenue', '--from', '--to', '--json'],
    mistakes: [[[], 'revenue'], [['money'], 'revenue'], [['revenue', '--yaml'], '--yaml'], [['revenue', '--from', 'today'], 'today'],
      [['revenue', 'more'], 'more'], [['revenue', '--to'], '--to']],
  },
  config: { options: ['environment', 'habitd.toml'], mistakes: [[['--what'], 'config'], [['HABITD_LISTEN'], 'config']] },
  version: { options: ['version'], mistakes: [[['3'], 'version']] },
};

test('help of every command', async () => {
  const general = await habitd(['--help']);
  assert.equal(general.code, 0);
  assert.equal(general.stderr, '');
  const named = [...general.stdout.matchAll(/^ {2}([a-z]+) {2,}\S/gm)].map((m) => m[1]);
  assert.deepEqual(named.sort(), Object.keys(COMMANDS).sort(), 'the list of commands is the one that is tested');
  for (const [name, { options }] of Object.entries(COMMANDS)) {
    for (const args of [[name, '--help'], [name, '-h']]) {
      const { code, stdout, stderr } = await habitd(args);
      assert.equal(code, 0, name);
      assert.equal(stderr, '', name);
      assert.match(stdout, new RegExp(`^usage: habitd ${name}`), name);
      for (const option of options) {
        const explained = option.startsWith('-') ? new RegExp(`^ {2}(-\\w, )?${option}\\b`, 'm') : new RegExp(option);
        assert.match(stdout, explained, `${name} --help does not explain ${option}`);
      }
      for (const line of stdout.split('\n')) assert.ok([...line].length <= 130, `${name}: a line of ${line.length}`);
    }
  }
  // Help needs neither a database nor good settings.
  assert.equal((await habitd(['serve', '--help'], { HABITD_LISTEN: 'nonsense' })).code, 0);
});

test('wrong usage is exit code 2 and says what is wrong', async () => {
  for (const [name, { mistakes }] of Object.entries(COMMANDS)) {
    for (const [args, word] of mistakes) {
      const { code, stdout, stderr } = await habitd([name, ...args], { HABITD_DATABASE_URL: 'sqlite:/nonexistent/habitd.db' });
      const what = `habitd ${name} ${args.join(' ')}`;
      assert.equal(code, 2, `${what}: ${stderr}`);
      assert.equal(stdout, '', what);
      assert.match(stderr, /^habitd/, what);
      assert.ok(stderr.includes(word), `${what} says: ${stderr}`);
    }
  }
  for (const args of [[], ['fly'], ['Serve'], ['']]) {
    const { code, stdout, stderr } = await habitd(args);
    assert.equal(code, 2);
    assert.equal(stdout, '');
    assert.match(stderr, /usage: habitd COMMAND/);
    if (args[0]) assert.ok(stderr.includes(`"${args[0]}"`), stderr);
  }
});

test('bad settings stop every command with the name and what is allowed', async () => {
  for (const [env, words] of [
    [{ HABITD_LOG_LEVEL: 'loud' }, ['HABITD_LOG_LEVEL', 'loud', 'debug']],
    [{ HABITD_LISTEN: '127.0.0.1' }, ['HABITD_LISTEN', 'ADDRESS:PORT']],
    [{ HABITD_LIMIT_FREE: '-1' }, ['HABITD_LIMIT_FREE', '10000']],
    [{ HABITD_DEFAULT_TIMEZONE: 'Mars/Olympus' }, ['HABITD_DEFAULT_TIMEZONE', 'Mars/Olympus']],
    [{ HABITD_DATABASE_URL: 'mysql://x' }, ['HABITD_DATABASE_URL', 'postgresql']],
    [{ HABITD_NO_SUCH: '1', HABITD_TRIAL_DAYS: '366' }, ['HABITD_TRIAL_DAYS', '365']],
  ]) {
    const { code, stderr } = await habitd(['config'], env);
    assert.equal(code, 2, stderr);
    for (const word of words) assert.ok(stderr.includes(word), `${JSON.stringify(env)}: ${stderr}`);
  }
});

test('config shows values and origins, never a secret', async () => {
  const b = await Bench.create('sqlite');
  try {
    writeFileSync(path.join(b.dir, 'habitd.toml'), 'trial_days = 14\nlog_level = "warn"\nyookassa_secret_key = "toml-hidden"\n');
    const env = {
      HABITD_DATABASE_URL: 'postgresql://me:url-hidden@db.example/habits?sslmode=require&password=query-hidden',
      TELEGRAM_BOT_TOKEN: '1234:bot-hidden', TELEGRAM_WEBHOOK_SECRET: 'hook-hidden', CRYPTOBOT_TOKEN: 'crypto-hidden',
      HABITD_HEARTBEAT_URL: 'https://beat.example/beat-hidden', HABITD_LIMIT_FREE: '9',
    };
    const { code, stdout, stderr } = await b.habitd(['config', '--listen', '127.0.0.1:9999', '--limit-free=3'], { env });
    assert.equal(code, 0, stderr);
    assert.ok(!/hidden/.test(stdout + stderr), stdout);
    const lines = new Map(stdout.trimEnd().split('\n').map((line) => [line.split(/\s+/)[0], line]));
    const settings = readFileSync(path.join(ROOT, 'docs/settings.md'), 'utf8');
    for (const [, name] of settings.matchAll(/^\| `([A-Z_]+)`/gm)) assert.ok(lines.has(name) || name === 'HABITD_NOW', `${name} is missing`);
    assert.match(lines.get('HABITD_LISTEN'), /127\.0\.0\.1:9999 +command line$/);
    assert.match(lines.get('HABITD_LIMIT_FREE'), / 3 +command line$/);
    assert.match(lines.get('HABITD_TRIAL_DAYS'), / 14 +.*habitd\.toml/);
    assert.match(lines.get('HABITD_LOG_LEVEL'), / warn +.*habitd\.toml/);
    assert.match(lines.get('HABITD_DATABASE_URL'), /postgresql:\/\/me:\*\*\*\*@db\.example\/habits\?sslmode=require&password=\*\*\*\* +environment$/);
    assert.match(lines.get('TELEGRAM_BOT_TOKEN'), / \*\*\*\* +environment$/);
    assert.match(lines.get('YOOKASSA_SECRET_KEY'), / \*\*\*\* +.*habitd\.toml/);
    assert.match(lines.get('HABITD_CURRENCY'), / RUB +default$/);
    assert.match(lines.get('YOOKASSA_SHOP_ID'), / - +default$/);
    // Nor does an address that cannot be used show its password.
    for (const url of ['postgresql://me:url-hidden@127.0.0.1:1/x', 'postgresql://me:url@hidden/@127.0.0.1:1/x', 'postgres:url-hidden@x']) {
      const failed = await b.habitd(['doctor'], { env: { HABITD_DATABASE_URL: url } });
      assert.ok([1, 2].includes(failed.code), failed.stderr);
      assert.ok(!failed.stderr.includes('hidden'), failed.stderr);
    }
  } finally {
    await b.close();
  }
});

test('version', async () => {
  const { code, stdout } = await habitd(['version']);
  assert.equal(code, 0);
  assert.match(stdout, /^habitd \d+\.\d+\.\d+\nengines: sqlite, postgresql\nschema version: \d+\n$/);
  assert.equal((await habitd(['--version'])).stdout, stdout);
});

forEachEngine('token create prints the token alone, and it is nowhere else', async (b) => {
  const refused = await b.habitd(['doctor']);
  assert.equal(refused.code, 1);
  const { code, stdout, stderr } = await b.habitd(['token', 'create', '--telegram-id', '4711', '--name', 'my laptop'], { env: { HABITD_LOG_LEVEL: 'debug' } });
  assert.equal(code, 0);
  assert.match(stdout, /^hbt_[A-Za-z0-9_-]{64}\n$/);
  const token = stdout.trim();
  assert.ok(!stderr.includes(token.slice(4, 20)) && !stderr.includes(token.slice(-20)), stderr);
  const again = await b.token(4711);
  assert.notEqual(again, token);
  const admin = await b.token(4712, ['--admin']);
  assert.deepEqual(await b.db.sql('SELECT count(*) FROM users'), [['2']]);
  const server = await b.serve();
  for (const one of [token, again, admin]) assert.equal((await server.request('GET', '/v1/me', { token: one })).status, 200);
  const sessions = (await server.request('GET', '/v1/sessions', { token })).json.items;
  assert.deepEqual(sessions.map((s) => s.name).sort(), ['command line', 'my laptop']);
  await server.stop();
  // Only a hash is stored: neither the text nor its secret bytes are in the dump.
  const secret = Buffer.from(token.slice(4), 'base64url').subarray(32);
  const dump = b.engine === 'sqlite'
    ? Buffer.concat(['', '-wal'].map((end) => { try { return readFileSync(b.db.file + end); } catch { return Buffer.alloc(0); } }))
    : Buffer.from((await run('psql', [b.db.url, '-qXAtc', 'SELECT s.*, encode(token_hash, \'hex\') FROM sessions s'])).stdout);
  assert.ok(dump.length > 100);
  for (const piece of [Buffer.from(token), secret, Buffer.from(secret.toString('hex'))]) assert.ok(!dump.includes(piece));
});

forEachEngine('no secret is in the log, at its most talkative', async (b) => {
  await b.must(['migrate', 'up']);
  const token = await b.token(1);
  for (const format of ['text', 'json']) {
    const server = await b.serve({ env: { HABITD_LOG_LEVEL: 'debug', HABITD_LOG_FORMAT: format } });
    const me = await Api.of(server, token);
    const habit = await me.habit({ name: 'private-name', description: 'private-description' });
    await me.mark(habit, '2020-01-01', { note: 'private-note' });
    await me.mark(habit, '2020-01-02', { status: 'declined', preset: 'sick', note: 'private-reason' });
    await me.post('/v1/logs:batch', { logs: [{ habit_id: habit.id, day: '2020-01-03', status: 'done', note: 'private-note' }] });
    await me.post(`/v1/habits/${habit.id}/schedules`, { schedule_type: 'daily', reminder_time: '09:00' });
    await me.patch('/v1/me', { timezone: 'Europe/Berlin' });
    for (const target of ['/v1/me', '/v1/today', '/v1/habits', `/v1/habits/${habit.id}/stats`, '/v1/sessions', '/v1/export?format=json', '/nothing']) await me.get(target);
    await server.request('GET', `/v1/me?token=${token}`, { token });
    await server.request('GET', `/v1/${token}`, { token });
    await server.request('GET', '/v1/me', { token: `${token.slice(0, -1)}x` });
    await server.request('POST', '/v1/habits', { token, body: `{"name": "${token}`, headers: { 'content-type': 'application/json' } });
    await server.request('POST', '/v1/habits', { token, json: { name: 5, [token]: 1 } });
    await server.request('GET', '/v1/me', { headers: { authorization: `Basic ${token}` } });
    await me.del(`/v1/habits/${habit.id}`);
    await server.stop();
    assert.ok(server.stderr.includes('logs:batch'), 'requests are logged');
    for (const piece of [token, token.slice(4, 40), token.slice(-24), 'private-']) assert.ok(!server.stderr.includes(piece), `the log holds ${piece}`);
    if (b.engine === 'postgres') assert.ok(!server.stderr.includes(new URL(b.db.url).password));
  }
});

test('demo is deterministic: the same seed gives the same people on every engine', async () => {
  const env = { HABITD_NOW: '2026-11-23T12:00:00Z' };
  const args = ['demo', '--users', '6', '--days', '60', '--seed', '7'];
  const tables = ['users', 'habits', 'habit_schedules', 'habit_logs', 'habit_decline_notes', 'streaks'];
  const results = [];
  for (const engine of [...ENGINES, ENGINES[0]]) {
    const b = await Bench.create(engine);
    try {
      await b.must(['migrate', 'up'], { env });
      const first = await b.must(args, { env });
      const counts = async () => Promise.all(tables.map(async (t) => [t, (await b.db.sql(`SELECT count(*) FROM ${t}`))[0][0]]));
      const exports = async () => Promise.all([0, 1, 5].map((i) => b.must(['export', '--user', String(900000001 + i), '--format', 'json'], { env })));
      const result = { first, counts: await counts(), exports: await exports() };
      assert.match(first, /^6 people, \d+ habits, \d+ marks/);
      // Again: the people are there already, and nothing changes.
      assert.match(await b.must(args, { env }), /^0 people, 0 habits, 0 marks/);
      assert.deepEqual(await counts(), result.counts);
      assert.deepEqual(await exports(), result.exports);
      assert.equal(JSON.parse(await b.must(['doctor', '--json'], { env })).ok, true);
      results.push(result);
      const other = JSON.parse((await b.must(['export', '--user', '900000001'], { env })));
      assert.ok(other.habits.length > 0 && other.habits.every((h) => h.logs.length > 0 || h.archived_at), 'it looks alive');
    } finally {
      await b.close();
    }
  }
  for (const result of results) assert.deepEqual(result, results[0]);
  const b = await Bench.create('sqlite');
  try {
    await b.must(['migrate', 'up'], { env });
    await b.must([...args.slice(0, -1), '8'], { env });
    assert.notEqual(await b.must(['export', '--user', '900000001'], { env }), results[0].exports[0], 'another seed, other people');
  } finally {
    await b.close();
  }
});

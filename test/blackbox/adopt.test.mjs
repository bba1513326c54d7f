// Moving in from the older bot: its database is made by Alembic and SQLAlchemy (test/older), taken over, looked at through the API, and
// compared; dirty rows refused and quarantined one by one; killed at every few statements.
import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import { Api, expectStatus } from './api.mjs';
import { Bench, Database, ENGINES, ROOT, run } from './harness.mjs';

const MAKE = path.join(ROOT, 'test/older/make.py');
const PYTHON = '/usr/bin/python3'; // Debian's, whose packages these are

/** The older bot's database; found: the rows that cannot be taken over as they are. */
async function older(bench, { revision = '003', args = [] } = {}) {
  const db = await Database.create('postgres');
  bench.more.push(db);
  const { code, stdout, stderr } = await run(PYTHON, [MAKE, db.url, '--revision', revision, ...args]);
  assert.equal(code, 0, stderr);
  db.found = JSON.parse(stdout.split('\n').filter(Boolean).at(-1));
  return db;
}

function forEachTarget(name, fn) {
  for (const engine of ENGINES)
    test(`${name} [${engine}]`, { timeout: 600_000 }, async (t) => {
      const bench = await Bench.create(engine, { t });
      bench.more = [];
      try {
        await fn(bench);
      } finally {
        for (const db of bench.more) await db.drop();
        await bench.close();
      }
    });
}

const adopt = (bench, from, args = [], options = {}) => bench.habitd(['adopt', '--from', from.url, ...args], { timeoutMs: 120_000, ...options });
async function mustAdopt(bench, from, args) {
  const { code, stdout, stderr } = await adopt(bench, from, args);
  assert.equal(code, 0, stderr);
  return { table: stdout.split('\n').filter((line) => / [0-9a-f]{32}$/.test(line)), stdout, stderr };
}
const numbers = (table) => Object.fromEntries(table.map((line) => {
  const [name, there, taken, changed, left] = line.trim().split(/\s+/);
  return [name, { there: Number(there), taken: Number(taken), changed: Number(changed), left: Number(left) }];
}));
const findings = (stderr) => stderr.split('\n').map((line) => /^(\w+) (-?\d+): (left out|changed): (.+)$/.exec(line)).filter(Boolean)
  .map(([, table, id, outcome, text]) => ({ key: `${table} ${id} ${outcome.replace(' ', '_')}`, text }));
const dump = async (db) => {
  const { code, stdout, stderr } = await run('pg_dump', [db.url, '--no-owner', '--restrict-key=x']);
  if (code === 0) return stdout;
  const again = await run('pg_dump', [db.url, '--no-owner']);
  assert.equal(again.code, 0, stderr + again.stderr);
  return again.stdout.replace(/^\\(un)?restrict .*$/gm, '');
};

forEachTarget('everything is taken over, and the older database is as it was', async (bench) => {
  const from = await older(bench);
  const untouched = await dump(from);
  const { table, stdout } = await mustAdopt(bench, from);
  assert.equal(await dump(from), untouched);
  for (const [name, n] of Object.entries(numbers(table))) {
    const [[rows]] = await from.sql(`SELECT count(*) FROM ${name}`);
    assert.deepEqual(n, { there: Number(rows), taken: Number(rows), changed: 0, left: 0 }, name);
  }
  assert.match(stdout, /system_logs +1 rows are of no use/);
  const [[money]] = await from.sql('SELECT (sum(amount) * 100)::bigint FROM balances');
  assert.match(stdout, new RegExp(`all wallets hold ${money} minor units of RUB`));
  await bench.must(['doctor']);
  await bench.must(['migrate', 'verify']);

  const server = await bench.serve();
  const eve = await Api.of(server, await bench.token(1005)); // premium by card, Moscow's zone is 1000's
  const me = expectStatus(await eve.get('/v1/me'), 200).json;
  assert.deepEqual([me.timezone, me.tier, me.first_name, me.language_code], ['Europe/Moscow', 'premium', 'Имя 5', 'ru']);
  const habits = expectStatus(await eve.get('/v1/habits?archived=all'), 200).json.items;
  assert.deepEqual(habits.map((h) => [h.emoji, Boolean(h.archived), h.schedules.map((s) => [s.schedule_type, s.reminder_time, s.days_of_week])]), [
    ['🏃', false, [['daily', '09:00', null]]],
    [null, false, [['weekly', '18:30', [1, 3, 5]]]],
    ['👩‍👩‍👧', true, [['weekly', '07:05', [6, 7]]]],
  ]);
  const [[there]] = await from.sql(`SELECT string_agg(l.log_date || ' ' || l.completed, ',' ORDER BY l.log_date)
    FROM habit_logs l JOIN habits h ON h.id = l.habit_id WHERE h.user_id = 1005 AND h.emoji = '🏃'`);
  const days = there.split(',').map((line) => line.split(' '));
  const logs = expectStatus(await eve.get(`/v1/habits/${habits[0].id}/logs?from=${days[0][0]}&to=${days.at(-1)[0]}&limit=200`), 200).json.items;
  assert.deepEqual(logs.map((l) => [l.day, l.status]), days.map(([day, completed]) => [day, completed === 'true' ? 'done' : 'declined']));
  assert.deepEqual(logs.filter((l) => l.preset || l.note).map((l) => [l.preset, l.note]).slice(0, 2), [['tired', null], [null, 'не смог, <b>½</b>']]);
  const wallet = expectStatus(await eve.get('/v1/balance'), 200).json;
  assert.equal(wallet.amount, 50000);
  const subscription = expectStatus(await eve.get('/v1/subscription'), 200).json;
  assert.equal(subscription.status, 'active');
  const [[ends]] = await from.sql('SELECT (extract(epoch FROM expires_at) * 1000)::bigint FROM subscriptions WHERE user_id = 1005');
  assert.ok(Math.abs(Date.parse(subscription.ends_at) - Number(ends)) < 60_000, `${subscription.ends_at} ${ends}`);
  const bob = await Api.of(server, await bench.token(1002));
  const referral = expectStatus(await bob.get('/v1/referral'), 200).json;
  assert.deepEqual([referral.invited, referral.rewarded, referral.earned.amount], [1, 1, 5000]);
  await server.stop();

  // The operator's figures, and the views beside them.
  const today = new Date().toISOString().slice(0, 10), before = new Date(Date.now() - 200 * 86400e3).toISOString().slice(0, 10);
  const business = JSON.parse(await bench.must(['report', 'business', '--json', '--from', before, '--to', today]));
  const [[paid, rewards]] = await from.sql(`SELECT (SELECT count(*) FROM subscriptions WHERE payment_id IS NOT NULL),
    (SELECT count(*) FROM referrals WHERE reward_paid)`);
  assert.deepEqual(business.mrr, [{ currency: 'RUB', periods: Number(paid), amount: Number(paid) * 29900 }]);
  assert.deepEqual(await bench.db.sql('SELECT currency, periods, amount FROM analytics_mrr'), [['RUB', paid, String(Number(paid) * 29900)]]);
  assert.deepEqual(business.referrals, { invited: 6, rewarded: Number(rewards), taken_back: 0, reward: Number(rewards) * 5000, currency: 'RUB' });
  assert.deepEqual(await bench.db.sql('SELECT SUM(invited), SUM(rewarded), SUM(earned) FROM analytics_referrals'), [['6', rewards, String(Number(rewards) * 5000)]]);

  const again = await mustAdopt(bench, from);
  assert.match(again.stdout, /everybody of --from is here already; nothing was done/);
});

forEachTarget('a database of the first revision, its first names and few of its columns', async (bench) => {
  const from = await older(bench, { revision: '001', args: ['--bare'] });
  const { table } = await mustAdopt(bench, from);
  const n = numbers(table);
  assert.ok(n.decline_notes.there > 0 && n.decline_notes.taken === n.decline_notes.there, JSON.stringify(n));
  assert.deepEqual(n.balance_transactions, { there: 0, taken: 0, changed: 0, left: 0 });
  await bench.must(['doctor']);
  // Nobody kept what made the balances: payments and rewards say it, and an adjustment the rest.
  const [[money]] = await from.sql('SELECT (sum(amount) * 100)::bigint FROM balances');
  assert.deepEqual(await bench.db.sql('SELECT sum(amount) FROM balances'), [[money]]);
  const kinds = await bench.db.sql('SELECT DISTINCT kind FROM balance_transactions ORDER BY kind');
  assert.deepEqual(kinds.flat(), ['adjustment', 'referral_reward', 'refund', 'topup']);
});

forEachTarget('what cannot be taken as it is is told row by row, refused, then quarantined', async (bench) => {
  const from = await older(bench, { args: ['--dirty'] });
  const want = from.found.map((f) => `${f.table} ${f.id} ${f.outcome}`).sort();
  const refused = await adopt(bench, from);
  assert.equal(refused.code, 1, refused.stdout);
  assert.match(refused.stderr, new RegExp(`habitd: ${want.length} rows cannot be taken as they are; nothing was written`));
  assert.deepEqual(findings(refused.stderr).map((f) => f.key).sort(), want);
  assert.deepEqual(await bench.db.sql('SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM quarantine)'), [['0', '0']]);
  await bench.must(['doctor']); // anybody's database again

  const { table, stderr } = await mustAdopt(bench, from, ['--on-bad', 'quarantine']);
  assert.deepEqual(findings(stderr).map((f) => f.key).sort(), want);
  for (const [name, n] of Object.entries(numbers(table))) {
    const [[rows]] = await from.sql(`SELECT count(*) FROM ${name}`);
    assert.equal(n.there, Number(rows), name);
    assert.equal(n.taken + n.left, n.there, name);
    assert.equal(n.left, from.found.filter((f) => f.table === name && f.outcome === 'left_out').length, name);
  }
  const kept = await bench.db.sql('SELECT source_table, source_id, outcome FROM quarantine');
  assert.deepEqual(kept.map((row) => row.join(' ')).sort(), want);
  const row = bench.engine === 'sqlite' ? "json_extract(source_row, '$.timezone')" : "source_row ->> 'timezone'";
  assert.deepEqual(await bench.db.sql(`SELECT ${row} FROM quarantine WHERE source_table = 'users' AND source_id = 5001`), [['Mars/Olympus']]);
  await bench.must(['doctor']);

  const server = await bench.serve();
  const dora = await Api.of(server, await bench.token(5001));
  assert.equal(expectStatus(await dora.get('/v1/me'), 200).json.timezone, 'UTC');
  assert.equal(expectStatus(await dora.get('/v1/balance'), 200).json.amount, 7000);
  expectStatus(await dora.del('/v1/me'), 204);
  assert.deepEqual(await bench.db.sql("SELECT count(*) FROM quarantine WHERE source_table = 'users' AND source_id = 5001"), [['0']]);
  await server.stop();
  await bench.must(['doctor']);
});

forEachTarget('killed at every few statements and run again it ends the same', async (bench) => {
  const from = await older(bench, { args: ['--dirty', '--people', '12'] });
  const args = ['--on-bad', 'quarantine'];
  const whole = await Database.create(bench.engine);
  bench.more.push(whole);
  const expected = (await mustAdopt(bench, from, [...args, '--to', whole.url])).table;
  let kills = 0;
  for (let n = 5; ; n = Math.ceil(n * 1.5)) {
    const point = kills % 3 === 2 ? `commit:${Math.ceil(n / 40)}` : `statement:${n}`;
    const { code, signal, stdout, stderr } = await adopt(bench, from, args, { env: { HABITD_FAULT: `${point}:kill` } });
    if (code === 0) {
      assert.match(stdout, /^[1-9]\d* people were here from a run that was cut off$/m);
      assert.deepEqual(stdout.split('\n').filter((line) => / [0-9a-f]{32}$/.test(line)), expected);
      break;
    }
    assert.equal(signal, 'SIGKILL', stderr);
    kills++;
    const doctor = await bench.habitd(['doctor']);
    if (doctor.code !== 0) assert.match(doctor.stderr, /empty|being filled|migrat/);
  }
  assert.ok(kills >= 6, `${kills} kills`);
  await bench.must(['doctor']);
  const tables = ['users', 'habits', 'habit_logs', 'balance_transactions', 'payments', 'payment_events', 'quarantine', 'directory'];
  for (const name of tables) assert.deepEqual(await bench.db.sql(`SELECT count(*) FROM ${name}`), await whole.sql(`SELECT count(*) FROM ${name}`), name);
});

forEachTarget('refused: what is no such database, a target with people, mistakes', async (bench) => {
  const from = await older(bench);
  const refused = async (args, words, code = 1) => {
    const answer = await bench.habitd(['adopt', ...args]);
    assert.equal(answer.code, code, answer.stdout + answer.stderr);
    assert.match(answer.stderr, words);
  };
  await refused([], /say --from URL/, 2);
  await refused(['--from', from.url, '--on-bad', 'drop'], /--on-bad "drop" is neither refuse nor quarantine/, 2);
  await refused(['--from', 'sqlite:/nowhere.db'], /--from: is no PostgreSQL database/, 2);
  const empty = await Database.create('postgres');
  bench.more.push(empty);
  await refused(['--from', empty.url], /--from: there is no table alembic_version/);
  await from.sql("UPDATE alembic_version SET version_num = '017'");
  await refused(['--from', from.url], /--from: its alembic_version is none of 001, 002 and 003/);
  await from.sql("UPDATE alembic_version SET version_num = '003'");
  await from.sql('ALTER TABLE habit_logs RENAME completed TO finished');
  await refused(['--from', from.url], /--from: the table habit_logs has no column completed/);
  await from.sql('ALTER TABLE habit_logs RENAME finished TO completed');
  await bench.must(['demo', '--users', '1', '--days', '5']);
  await refused(['--from', from.url], /--to holds people already, and not all of --from/);
});

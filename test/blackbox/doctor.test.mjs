// The doctor finds nothing in a sound database, and every one of its checks names the row that was broken behind habitd's back.
import assert from 'node:assert/strict';
import { closeSync, copyFileSync, openSync, writeSync } from 'node:fs';
import { Bench, Database, ENGINES, forEachEngine, run } from './harness.mjs';
import { Api, expectStatus } from './api.mjs';

const DAY_MS = 86_400_000;
const BEGAN = Date.now(); // days are counted from one moment, should midnight pass meanwhile
const day = (ahead) => new Date(BEGAN + ahead * DAY_MS).toISOString().slice(0, 10);
const person = (n) => `(SELECT id FROM users WHERE telegram_id = ${n})`;
const erased = '(SELECT id FROM users WHERE erased_at IS NOT NULL)';

/** Two people with habits and marks, old ones too so that checkpoints have passed them, and one who was erased. */
async function fill(bench) {
  const server = await bench.serve();
  const one = await Api.of(server, await bench.token(1));
  const habit = await one.habit({ name: 'Run', frequency: { count: 1, days: 1 }, schedules: [{ schedule_type: 'daily', reminder_time: '09:00' }] });
  for (let i = 41; i <= 60; i++) expectStatus(await one.mark(habit, day(-i)), 201);
  expectStatus(await one.mark(habit, day(-61), { status: 'declined', preset: 'sick', note: 'flu' }), 201);
  const two = await Api.of(server, await bench.token(2));
  expectStatus(await two.mark(await two.habit(), day(-1)), 201);
  const three = await Api.of(server, await bench.token(3));
  await three.mark(await three.habit(), day(-1));
  expectStatus(await three.del('/v1/me'), 204);
  await server.stop();
  const ids = await bench.db.sql(bench.engine === 'sqlite' ? 'SELECT telegram_id, hex(id) FROM users' : 'SELECT telegram_id, id FROM users');
  return new Map(ids.map(([n, id]) => [n === '' ? 'erased' : Number(n), id.toLowerCase().replace(/-/g, '').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')]));
}

/** A copy of the database to break. */
async function copyOf(bench) {
  const db = await Database.create(bench.engine);
  if (bench.engine === 'sqlite') {
    copyFileSync(bench.db.file, db.file);
  } else {
    for (const sql of [`DROP DATABASE ${db.name}`, `CREATE DATABASE ${db.name} TEMPLATE ${bench.db.name}`]) {
      const { code, stderr } = await run('psql', [db.server, '-qXc', sql]);
      assert.equal(code, 0, stderr);
    }
  }
  const copy = new Bench();
  Object.assign(copy, { engine: bench.engine, db, starting: [] });
  return copy;
}

/**
 * How each check is broken: [check, SQL (or a function of the copy), whose row, words of the violation, other checks that notice too].
 * A later line with the same check is another way to break it.
 */
function faults(engine) {
  const sqlite = engine === 'sqlite';
  const at = (ms) => (sqlite ? String(ms) : `to_timestamp(${ms} / 1000.0)`);
  const uuid = sqlite ? `x'${'ab'.repeat(16)}'` : `'${'ab'.repeat(4)}-abab-abab-abab-${'ab'.repeat(6)}'`;
  const old = at(BEGAN - 3 * DAY_MS);
  const mark = `(user_id, habit_id, log_date, status, source, version, marked_at)`;
  const payment = ({ purpose, plan, status = 'created', paid = 'NULL' }) => `INSERT INTO payments
    (user_id, id, provider, idempotency_key, purpose, plan, amount, currency, save_method, refunded, status, events, checks, paid_at, created_at, updated_at)
    VALUES (${person(1)}, ${uuid}, 'yookassa', 'k', '${purpose}', ${plan ? `'${plan}'` : 'NULL'}, 100, 'RUB', FALSE, 0, '${status}', 0, 0, ${paid}, ${old}, ${old})`;
  return [
    ['directory.telegram', "DELETE FROM directory WHERE key = 'tg:1'", 1, /telegram id 1 /],
    ['directory.telegram', `UPDATE directory SET user_id = ${person(2)} WHERE key = 'tg:1'`, 1, /telegram id 1 /],
    ['directory.referral', `DELETE FROM directory WHERE key LIKE 'ref:%' AND user_id = ${person(2)}`, 2, /referral code/],
    ['users.erased_rows', `INSERT INTO directory (key, user_id, created_at) VALUES ('tg:3', ${erased}, ${old})`, 'erased', /rows in directory/],
    ['users.erased_rows', `INSERT INTO habit_decline_notes (user_id, id, preset, created_at) VALUES (${erased}, ${uuid}, 'sick', ${old})`,
      'erased', /rows in habit_decline_notes/, ['habit_decline_notes.orphan']],
    ['users.erased_names', "UPDATE users SET first_name = 'Anna' WHERE erased_at IS NOT NULL", 'erased', /name/],
    ['habit_logs.future', `INSERT INTO habit_logs ${mark} SELECT user_id, id, '${day(3)}', 'done', 'api', 1, ${old} FROM habits WHERE user_id = ${person(1)}`,
      1, new RegExp(day(3))],
    ['habit_logs.value', `UPDATE habit_logs SET value = 5 WHERE user_id = ${person(1)} AND log_date = '${day(-42)}'`, 1, new RegExp(day(-42))],
    ['habit_logs.reason', `UPDATE habit_logs SET status = 'skipped' WHERE user_id = ${person(1)} AND decline_note_id IS NOT NULL`, 1,
      new RegExp(day(-61)), ['streaks.value']],
    ['habit_decline_notes.orphan', `INSERT INTO habit_decline_notes (user_id, id, preset, created_at) VALUES (${person(2)}, ${uuid}, 'busy', ${old})`,
      2, /decline note/],
    ['streaks.missing', `DELETE FROM streaks WHERE user_id = ${person(2)}`, 2, /habit "Run"/],
    ['habit_schedules.due', `UPDATE habit_schedules SET is_enabled = FALSE WHERE user_id = ${person(1)}`, 1, /habit "Run"/],
    ['habit_schedules.due', `UPDATE habits SET archived_at = ${old} WHERE user_id = ${person(1)}`, 1, /habit "Run"/],
    ['habit_schedules.silent', `UPDATE habit_schedules SET next_due_at = NULL WHERE user_id = ${person(1)}`, 1, /habit "Run"/],
    ['outbox.sending', `INSERT INTO outbox (user_id, id, channel, lane, status, chat_id, method, payload, for_dialog, attempts, unknowns, fence, due_at,
      attempted_at, created_at) VALUES (${person(1)}, ${uuid}, 'telegram', 1, 'sending', 1, 'sendMessage', '{}', FALSE, 1, 0, 7, ${old}, ${old}, ${old})`,
      1, /under fence 7/],
    ['deliveries.queued', `INSERT INTO deliveries (user_id, kind, ref_id, local_date, occasion, status, due_at, created_at)
      VALUES (${person(1)}, 'reminder', ${uuid}, '${day(0)}', 540, 'queued', ${old}, ${old})`, 1, new RegExp(`reminder of ${day(0)}`)],
    ['inbox.pending', `INSERT INTO inbox (source, external_id, body, status, attempts, next_at, received_at)
      VALUES ('telegram', '5', ${sqlite ? "x'7b7d'" : "'{}'"}, 'pending', 1, ${old}, ${old})`, null, /telegram 5 /],
    ['admin_alerts.open', `DROP INDEX admin_alerts_one_open; INSERT INTO admin_alerts (id, fingerprint, severity, status, title, detail, occurrences, first_seen_at,
      last_seen_at, created_at) SELECT id, 'disk.full', 'warning', 'open', 't', 'd', 1, ${old}, ${old}, ${old} FROM users`, null, /"disk.full"/],
    ['daily_stats.recount', `INSERT INTO daily_stats (day, active, done, declined, skipped) VALUES ('2020-05-05', 1, 1, 0, 0)`, null, /2020-05-05/],
    ['broadcasts.counts', `INSERT INTO broadcasts (user_id, id, body, status, people, queued, sent, failed, created_at, updated_at)
      VALUES (${person(1)}, ${uuid}, 'b', 'done', 2, 2, 2, 1, ${old}, ${old})`, 1, /broadcast/],
    ['payments.fold', `INSERT INTO payments (user_id, id, provider, idempotency_key, purpose, amount, currency, save_method, refunded, status, events, checks,
      created_at, updated_at) VALUES (${person(1)}, ${uuid}, 'sandbox', 'k', 'topup', 500, 'RUB', FALSE, 0, 'succeeded', 0, 0, ${old}, ${old})`,
      1, /its events say created/],
    ['balances.sum', `INSERT INTO balances (user_id, currency, amount, seq, updated_at) VALUES (${person(1)}, 'RUB', 500, 0, ${old})`, 1, /balance 500/],
    ['balances.sum', `INSERT INTO balances (user_id, currency, amount, seq, updated_at) VALUES (${person(1)}, 'RUB', 0, 2, ${old})`, 1, /balance 0/],
    ['payments.fold', payment({ purpose: 'topup', plan: null, status: 'failed' }), 1, /is failed with 0 refunded, its events say created/],
    ['subscription_periods.paid', payment({ purpose: 'subscription', plan: 'month', paid: old }), 1, /month has no period/],
    ['subscription_periods.reversed', `${payment({ purpose: 'subscription', plan: 'month' })};
      INSERT INTO subscription_periods (user_id, id, subscription_id, payment_id, plan, months, days, status, bought_at, starts_at, ends_at, revoked_by_admin, created_at, updated_at)
      SELECT user_id, ${uuid}, id, ${uuid}, 'month', 1, 0, 'active', ${old}, ${old}, ${old}, FALSE, ${old}, ${old} FROM subscriptions WHERE user_id = ${person(1)}`,
      1, /period is active, its payment is created/],
    ['referrals.posted', `INSERT INTO referrals (referrer_id, referred_id, status, reward, approved, rewarded_at, created_at, updated_at)
      VALUES (${person(1)}, ${person(2)}, 'rewarded', 500, FALSE, ${old}, ${old}, ${old})`, 1, /rewards of 500 stand, 0 were posted/],
    ['referrals.age', `INSERT INTO referrals (referrer_id, referred_id, status, reward, approved, created_at, updated_at)
      VALUES (${person(2)}, ${person(1)}, 'pending', 0, FALSE, ${old}, ${old})`, 1, /older/],
    ['users.timezone', "UPDATE users SET timezone = 'Mars/Olympus' WHERE telegram_id = 2", 2, /Mars\/Olympus/],
    ['users.timezone', "UPDATE users SET cohort_week = '2020-01-01' WHERE telegram_id = 1", 1, /cohort/],
    ['streaks.value', `UPDATE streaks SET score = 0.123 WHERE user_id = ${person(1)}`, 1, /checkpoint/],
    // A mark that was written past the checkpoint, and one taken away.
    ['streaks.value', `UPDATE habit_logs SET status = 'skipped' WHERE user_id = ${person(1)} AND log_date = '${day(-50)}'`, 1, /checkpoint/],
    ['streaks.value', `DELETE FROM habit_logs WHERE user_id = ${person(1)} AND log_date = '${day(-52)}'`, 1, /checkpoint/],
    ...(sqlite ? [
      ['database.integrity', "DELETE FROM users WHERE telegram_id = 2", null, /broken reference: \w+ -> users/, ['directory.referral', 'streaks.value']],
      ['database.integrity', async (copy) => {
        const [[page]] = await copy.db.sql("SELECT rootpage FROM sqlite_schema WHERE name = 'users_referred_by'");
        const [[size]] = await copy.db.sql('PRAGMA page_size');
        const fd = openSync(copy.db.file, 'r+');
        writeSync(fd, Buffer.alloc(100, 0xee), 0, 100, (page - 1) * size);
        closeSync(fd);
      }, null, /damage/],
    ] : [
      ['database.integrity', `ALTER TABLE sessions DROP CONSTRAINT sessions_user_fk;
        ALTER TABLE sessions ADD CONSTRAINT sessions_user_fk FOREIGN KEY (user_id) REFERENCES users (id) NOT VALID`, null, /not validated: sessions -> sessions_user_fk/],
      ['database.integrity', "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'users_created_at'::regclass", null, /index not valid: users -> users_created_at/],
    ]),
  ];
}

forEachEngine('doctor', async (bench) => {
  const ids = await fill(bench);
  const sound = await bench.habitd(['doctor', '--json']);
  assert.equal(sound.code, 0, sound.stdout + sound.stderr);
  assert.equal(sound.stderr, '');
  const report = JSON.parse(sound.stdout);
  assert.equal(report.ok, true);
  for (const check of report.checks) {
    assert.match(check.name, /^[a-z_]+\.[a-z_]+$/);
    assert.equal(check.ok, true, check.name);
    assert.deepEqual(check.violations, []);
  }
  const text = await bench.must(['doctor']);
  assert.equal(text.trimEnd().split('\n').length, report.checks.length);
  assert.ok(!text.includes('BROKEN'));

  const all = faults(bench.engine);
  assert.deepEqual([...new Set(all.map(([name]) => name))].sort(), report.checks.map((c) => c.name).sort(), 'every check is broken below');
  for (const [name, fault, whose, words, alsoNoticed = []] of all) {
    const copy = await copyOf(bench);
    try {
      if (typeof fault === 'string') await copy.db.sql(fault);
      else await fault(copy);
      const what = `${name} after ${fault}`;
      const { code, stdout, stderr } = await copy.habitd(['doctor', '--json']);
      assert.equal(code, 1, `${what}: ${stderr}`);
      const found = JSON.parse(stdout);
      assert.equal(found.ok, false, what);
      const broken = found.checks.filter((c) => !c.ok).map((c) => c.name);
      assert.ok(broken.includes(name), `${what}: ${broken}`);
      assert.deepEqual(broken.filter((n) => n !== name && !alsoNoticed.includes(n)), [], what);
      const { violations, count } = found.checks.find((c) => c.name === name);
      assert.ok(violations.length >= 1 && count >= violations.length, what);
      assert.match(violations[0], words, what);
      if (whose !== null) assert.ok(violations[0].includes(ids.get(whose)), `${what}: ${violations[0]} is not ${ids.get(whose)}`);
      const plain = await copy.habitd(['doctor']);
      assert.equal(plain.code, 1);
      assert.match(plain.stdout, new RegExp(`^BROKEN ${name.replace('.', '\\.')} .*\n {2,}.*`, 'm'), what);
    } finally {
      await copy.close();
    }
  }
});

if (ENGINES.includes('postgres'))
  forEachEngine('a stop does not wait for the check that the doctor is at', async (bench) => {
    if (bench.engine !== 'postgres') return; // where a check can be made to last
    await bench.must(['migrate', 'up']);
    const table = await bench.holdTable('quarantine');
    const server = await bench.serve({ env: table.env });
    const admin = await Api.of(server, await bench.token(9, ['--admin']));
    expectStatus(await admin.post('/v1/admin/database/doctor'), 202);
    await table.asked();
    await server.stop();
    await table.release();
    assert.ok(!server.stderr.includes('"error"'), server.stderr);
  });

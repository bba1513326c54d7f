// A rush hour: very many reminders due in one minute, two instances, two SIGKILLs in the middle. Every reminder arrives, at most what
// was on its way at a kill arrives twice, and people who press buttons meanwhile hardly notice. HABITD_LONG=1: 100,000 of them.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { startFakeBotApi } from './bot_api_fake.mjs';
import { LONG, forEachEngine, sleep } from './harness.mjs';

const PEOPLE = LONG ? 100_000 : 4000;
const FIRST = 7_000_000_000; // telegram ids
const SLOTS = 64; // what a sender has in flight at most
const LEASE_MS = 10_000;
const MINUTE = 60_000;

/** Fills the database with people whose one habit is due at the same minute. */
async function seed(bench, dueAt) {
  const day = '2026-01-01';
  const time = (ms) => (bench.engine === 'sqlite' ? String(ms) : `'${new Date(ms).toISOString()}'`);
  const minute = Math.floor((dueAt % (24 * 60 * MINUTE)) / MINUTE);
  const created = time(Date.parse(day));
  const id = (kind) => (bench.engine === 'sqlite'
    ? `CAST(printf('${kind}%015d', n) AS BLOB)`
    : `CAST('019a0000-000${kind}-7000-8000-' || lpad(to_hex(n), 12, '0') AS uuid)`);
  const from = bench.engine === 'sqlite'
    ? `(WITH RECURSIVE k (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM k WHERE n < ${PEOPLE - 1}) SELECT n FROM k)`
    : `(SELECT generate_series(0, ${PEOPLE - 1}) AS n) AS k`;
  const statements = [
    `INSERT INTO users (id, telegram_id, first_name, language_code, timezone, day_starts_at, week_starts_on, notifications_enabled, tier,
       referral_code, is_admin, cohort_day, cohort_week, created_at, updated_at)
     SELECT ${id(0)}, ${FIRST} + n, 'Rush', 'en', 'UTC', 0, 1, TRUE, 'premium', 'rush' || n, FALSE, '${day}', '${day}', ${created}, ${created} FROM ${from}`,
    `INSERT INTO habits (user_id, id, name, description, color, kind, target_kind, target_value, unit, frequency_count, frequency_days,
       starts_on, position, created_at, updated_at)
     SELECT ${id(0)}, ${id(1)}, 'Run', '', '#3d9be9', 'yes_no', 'at_least', 0, '', 1, 1, '${day}', 0, ${created}, ${created} FROM ${from}`,
    `INSERT INTO habit_schedules (user_id, id, habit_id, schedule_type, reminder_time, starts_on, is_enabled, next_due_at, created_at, updated_at)
     SELECT ${id(0)}, ${id(2)}, ${id(1)}, 'daily', ${minute}, '${day}', TRUE, ${time(dueAt)}, ${created}, ${created} FROM ${from}`,
  ];
  for (const sql of statements) await bench.db.sql(sql);
}

async function until(test, what, withinMs) {
  const deadline = Date.now() + withinMs;
  while (!(await test())) {
    if (Date.now() > deadline) throw new Error(`waited ${withinMs} ms for ${what}`);
    await sleep(50);
  }
}

async function metric(server, name) {
  const { text } = await server.request('GET', '/metrics');
  return Number(text.split('\n').find((l) => l.startsWith(`${name} `)).split(' ').at(-1));
}

const quantile = (list, q) => [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * q))];

forEachEngine(`${PEOPLE} reminders of one minute through two SIGKILLs`, { timeout: LONG ? 1_800_000 : 240_000 }, async (bench) => {
  const fake = await startFakeBotApi({ knowsEverybody: true, keepRequests: false, limits: false, deadlineMs: 60_000 });
  // At first the pace of Telegram; whoever is started after a kill empties the rest faster, so that the test ends.
  const env = { TELEGRAM_BOT_TOKEN: fake.token, TELEGRAM_API_URL: fake.url, HABITD_LOG_LEVEL: 'warn' };
  const fast = { ...env, TELEGRAM_RATE_PER_S: '1000' };
  const count = async (sql) => Number((await bench.db.sql(sql))[0][0]);
  let going = true;
  const presses = [];
  try {
    await bench.must(['migrate', 'up']);
    const dueAt = Math.ceil((Date.now() + (LONG ? 30_000 : 5000)) / MINUTE) * MINUTE;
    await seed(bench, dueAt);
    const servers = [await bench.serve({ env }), await bench.serve({ env })];
    const holder = async () => {
      for (const s of servers) if (!s.end && (await metric(s, 'habitd_bot_lease_held')) === 1) return s;
      return undefined;
    };

    // Somebody presses buttons all the time.
    const anna = fake.person({ id: 7, first_name: 'Anna', language_code: 'en' });
    anna.chat.opened = true;
    const pressing = (async () => {
      while (going) {
        const press = anna.pressesData('nonsense');
        await press.answer();
        presses.push({ at: press.pressedAt, ms: press.answeredAfterMs });
        await sleep(50);
      }
    })();

    await sleep(Math.max(0, dueAt - Date.now()));
    const due = Date.now();
    await until(async () => (await count('SELECT count(*) FROM deliveries')) === PEOPLE, 'all to be claimed', 60_000);
    const claimedMs = Date.now() - due;
    const rushed = presses.filter((p) => p.at > performance.now() - (Date.now() - due)).map((p) => p.ms);

    // Whoever sends is killed, twice.
    let unknownAtMost = 0;
    for (let kill = 0; kill < 2; kill++) {
      const sent = fake.sent;
      await until(() => fake.sent > sent + 100, 'some to leave', 120_000);
      const victim = await holder();
      await victim.kill();
      unknownAtMost += await count(`SELECT count(*) FROM outbox WHERE status = 'sending'`);
      assert.ok(unknownAtMost <= (kill + 1) * SLOTS, `${unknownAtMost} in flight`);
      await until(holder, 'the other instance to take over', LEASE_MS + 3000);
      servers[servers.indexOf(victim)] = await bench.serve({ env: fast });
    }
    await until(async () => (await count(`SELECT count(*) FROM outbox WHERE status IN ('queued', 'sending') AND lane = 2`)) === 0, 'all to leave', LONG ? 1_200_000 : 150_000);
    going = false;
    await pressing;

    const unknown = await count('SELECT count(*) FROM outbox WHERE unknowns > 0');
    let missing = 0;
    let twice = 0;
    for (let i = 0; i < PEOPLE; i++) {
      const n = fake.chats.get(FIRST + i)?.messages.filter((m) => m.byBot).length ?? 0;
      missing += n === 0;
      twice += n > 1;
    }
    const peak = servers.map((s) => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${s.child.pid}/status`, 'utf8'))[1]) / 1024);
    console.log(JSON.stringify({ engine: bench.engine, people: PEOPLE, claimedMs, unknown, twice, missing, pressP99: quantile(rushed, 0.99), presses: rushed.length, peakMiB: Math.max(...peak) }));
    assert.equal(missing, 0);
    assert.ok(twice <= unknown && unknown <= unknownAtMost, `${twice} twice, ${unknown} unknown, ${unknownAtMost} in flight at the kills`);
    assert.equal(await count(`SELECT count(*) FROM deliveries WHERE status = 'sent'`), PEOPLE);
    assert.ok(claimedMs < 10_000 * (LONG ? 1 : 3), `claimed in ${claimedMs} ms`);
    for (const server of servers) await server.stop();
  } finally {
    going = false;
    await fake.stop({ check: false });
  }
});

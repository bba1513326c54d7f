// A crowd in the database, made behind the program's back: person u (from 0) has the Telegram id FIRST + u, one habit due daily, and a
// daily reminder that is due next at a given moment.
import { run } from './harness.mjs';

export const FIRST = 7_000_000_000;
const JOINED = Date.parse('2026-01-01T00:00:00Z');
const STEP = 5000; // people in one INSERT

/** The id of person u (kind 1), of the habit (2), of the schedule (3): 32 digits. */
export const crowdId = (kind, u) => `019a0000000${kind}70008000${u.toString(16).padStart(12, '0')}`;

/** people: how many; dueAt: an ISO moment on a whole minute, UTC. */
export async function seedCrowd(db, { people, dueAt }) {
  const sqlite = db.engine === 'sqlite';
  const uuid = (digits) => (sqlite ? `x'${digits}'` : `'${digits}'`);
  const time = (ms) => (sqlite ? String(ms) : `'${new Date(ms).toISOString()}'`);
  const due = Date.parse(dueAt);
  const minute = (due / 60_000) % 1440;
  const joined = time(JOINED);
  const parts = ['BEGIN;'];
  const table = (head, row) => {
    for (let u = 0; u < people; u += STEP) {
      const rows = Array.from({ length: Math.min(STEP, people - u) }, (_, i) => row(u + i));
      parts.push(`${head} VALUES ${rows.join(',')};`);
    }
  };
  const [user, habit, schedule] = [1, 2, 3].map((kind) => (u) => uuid(crowdId(kind, u)));
  table(`INSERT INTO users (id, telegram_id, first_name, language_code, timezone, day_starts_at, week_starts_on, notifications_enabled, tier,
    referral_code, is_admin, cohort_day, cohort_week, created_at, updated_at)`,
  (u) => `(${user(u)},${FIRST + u},'P${u}','en','UTC',0,1,TRUE,'premium','crowd${u}',FALSE,'2026-01-01','2025-12-29',${joined},${joined})`);
  table('INSERT INTO directory (key, user_id, created_at)', (u) => `('tg:${FIRST + u}',${user(u)},${joined}),('ref:crowd${u}',${user(u)},${joined})`);
  table(`INSERT INTO habits (user_id, id, name, description, color, kind, target_kind, target_value, unit, frequency_count, frequency_days,
    starts_on, position, created_at, updated_at)`,
  (u) => `(${user(u)},${habit(u)},'Habit ${u}','','#3d9be9','yes_no','at_least',0,'',1,1,'2026-01-01',0,${joined},${joined})`);
  table(`INSERT INTO habit_schedules (user_id, id, habit_id, schedule_type, reminder_time, starts_on, is_enabled, next_due_at, created_at, updated_at)`,
    (u) => `(${user(u)},${schedule(u)},${habit(u)},'daily',${minute},'2026-01-01',TRUE,${time(due)},${joined},${joined})`);
  parts.push('COMMIT;', sqlite ? 'PRAGMA optimize;' : 'ANALYZE;');
  const input = parts.join('\n');
  const options = { input, timeoutMs: 600_000 };
  const done = sqlite
    ? await run('sqlite3', ['-batch', '-bail', db.file], options)
    : await run('psql', [db.url, '-qX', '-v', 'ON_ERROR_STOP=1', '-f', '-'], options);
  if (done.code !== 0) throw new Error(`the crowd could not be made: ${done.stderr.slice(0, 2000)}`);
}

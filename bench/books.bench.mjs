// What grows with the years: the doctor over a million postings and over ten million marks, and the figures of a day that has changed,
// with one million marks in the database and with ten.
import path from 'node:path';
import { count, database, habitd, median, note, programs, quick, query, rounds, row, run, seed, timed } from './lib.mjs';

const PEOPLE = 10000, EACH = quick ? 10 : 100; // postings
const HABITS = 10, SMALL = 10, LARGE = quick ? 20 : 100; // days of marks: 1 and 10 million

const doctor = (db) => timed(habitd, ['doctor', '--json'], { HABITD_DATABASE_URL: db.url });
const sound = (db) => JSON.parse(run(habitd, ['doctor', '--json'], { HABITD_DATABASE_URL: db.url })).checks.every((c) => c.ok);

// Wallets of so many postings each, of one minor unit.
function post(db) {
    const sqlite = db.engine === 'sqlite';
    const [hash, now, key] = sqlite ? ['zeroblob(32)', Date.now(), "'k' || n"] : ["decode(repeat('00', 32), 'hex')", 'CURRENT_TIMESTAMP', "'k' || n"];
    const numbers = sqlite ? `(WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < ${EACH}) SELECT n FROM s)` : `generate_series(1, ${EACH})`;
    const sql = `INSERT INTO balances (user_id, currency, amount, seq, updated_at) SELECT id, 'RUB', ${EACH}, ${EACH}, ${now} FROM users;
INSERT INTO balance_transactions (user_id, seq, kind, amount, balance_after, idempotency_key, body_hash, reason, actor, created_at)
SELECT u.id, n, 'adjustment', 1, n, ${key}, ${hash}, 'bench', 'system', ${now} FROM users u, ${numbers} AS s${sqlite ? '' : ' (n)'};`;
    if (sqlite) run('sqlite3', ['-cmd', '.timeout 10000', db.url.slice('sqlite:'.length), sql]);
    else run('psql', ['-Xq', '-v', 'ON_ERROR_STOP=1', db.url, '-c', sql]);
}

for (const engine of ['sqlite', 'postgres']) {
    const db = database(engine, 'books');
    seed(db, { users: PEOPLE, habits: 1, days: 1, last: 31 });
    post(db);
    const took = Array.from({ length: rounds }, () => doctor(db).seconds);
    const n = Number(query(db, 'SELECT count(*) FROM balance_transactions'));
    const best = engine === 'sqlite' && !quick ? '< 2 s' : '';
    row(`doctor, all checks, ${count(n)} postings, ${engine}`, `${median(took).toFixed(2)} s`, '', '', best, !best || (median(took) < 2 && sound(db)), 'the whole program: start, every check, end');
    db.drop();
}

for (const engine of ['sqlite', 'postgres']) {
    const days = {};
    for (const length of [SMALL, LARGE]) {
        const db = database(engine, `marks-${length}`);
        seed(db, { users: PEOPLE, habits: HABITS, days: length, last: 3 });
        const newest = query(db, 'SELECT MAX(log_date) FROM habit_logs').trim();
        days[length] = Number(run(path.join(programs, 'day_bench'), [db.url, newest, String(rounds)]));
        note(`${engine}: ${count(PEOPLE * HABITS * length)} marks: a day's figures anew in ${days[length].toFixed(0)} ms`);
        if (length === LARGE) {
            const { seconds } = doctor(db);
            row(`doctor, all checks, ${count(PEOPLE * HABITS * length)} marks, ${engine}`, `${seconds.toFixed(1)} s`, '', '', quick ? '' : '< 60 s', quick || seconds < 60, 'one run');
        }
        db.drop();
    }
    row(`a changed day of ${count(PEOPLE * HABITS)} marks counted anew, ${engine}`, `${days[LARGE].toFixed(0)} ms`, `${days[SMALL].toFixed(0)} ms`, (days[LARGE] / days[SMALL]).toFixed(2), '<= 1.5',
        days[LARGE] / days[SMALL] <= 1.5, `with ${count(PEOPLE * HABITS * LARGE)} marks in the database beside ${count(PEOPLE * HABITS * SMALL)}; what upkeep does`);
}

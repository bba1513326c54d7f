// Postings through the real lanes and the real ledger beside the same rows written without them; and one hot wallet.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { count, database, folder, habitd, median, note, programs, query, quick, rounds, row, run, seconds, seed } from './lib.mjs';

const PEOPLE = 10000, HOT_LEAST = 5000, WAITING = 64;
// The same work waits on either side of SQLite; PostgreSQL's two writers take what waits for each.
const SIDES = {
    sqlite: { other: loop, least: 0.7, about: 'bare sqlite3: insert the posting, update its wallet; 64 to a transaction' },
    postgres: { other: pgbench, least: 2, about: 'pgbench -M prepared, 32 clients: begin, update the wallet, insert the posting, commit' },
};

function loop(db) {
    return Number(run(path.join(programs, 'ledger_loop'), [db.url.slice('sqlite:'.length), PEOPLE, seconds, 64].map(String)));
}

function pgbench(db) {
    const script = path.join(folder('pgbench'), 'ledger.sql');
    writeFileSync(script, `\\set u random(0, ${PEOPLE - 1})
\\set a random(1, 100000)
BEGIN;
UPDATE balances SET amount = amount + :a, seq = seq + 1, updated_at = CURRENT_TIMESTAMP
WHERE user_id = CAST('019a0000-0000-7000-8000-' || lpad(to_hex(CAST(:u AS bigint)), 12, '0') AS uuid) RETURNING user_id AS who, seq AS n, amount AS after \\gset
INSERT INTO balance_transactions (user_id, seq, kind, amount, balance_after, idempotency_key, body_hash, actor, created_at)
VALUES (:who, :n, 'topup', :a, :after, 'pgbench:' || CAST(:n AS text), decode('${'ab'.repeat(32)}', 'hex'), 'user', CURRENT_TIMESTAMP);
COMMIT;
`);
    const out = run('pgbench', ['-n', '-M', 'prepared', '-c', '32', '-j', '2', '-T', String(seconds), '-f', script, db.url], { PGOPTIONS: '-c TimeZone=UTC' });
    return Number(out.match(/tps = ([0-9.]+)/)[1]);
}

function ours(db, people) {
    const [rate, p50, p99] = run(path.join(programs, 'ledger_bench'), [db.url, people, WAITING, seconds].map(String)).split(' ').map(Number);
    return { rate, p50, p99 };
}

for (const [engine, { other, least, about }] of Object.entries(SIDES)) {
    const db = database(engine, 'ledger');
    seed(db, { users: PEOPLE, habits: 1, days: 1, last: 31 });
    const now = engine === 'sqlite' ? 0 : "CURRENT_TIMESTAMP";
    run(...(engine === 'sqlite' ? ['sqlite3', [db.url.slice('sqlite:'.length)]] : ['psql', ['-Xq', db.url, '-c']]).map((x, i) => (i === 0 ? x
        : [...x, `INSERT INTO balances (user_id, currency, amount, seq, updated_at) SELECT id, 'RUB', 0, 0, ${now} FROM users`])));
    const posted = [], theirs = [], hot = [];
    for (let i = 0; i < rounds; i++) {
        theirs.push(other(db));
        posted.push(ours(db, PEOPLE));
        hot.push(ours(db, 1));
        note(`${engine}: ${count(posted[i].rate)}/s, p99 ${posted[i].p99.toFixed(1)} ms; other side ${count(theirs[i])}/s; hot ${count(hot[i].rate)}/s, p99 ${hot[i].p99.toFixed(1)} ms`);
    }
    const rate = median(posted.map((o) => o.rate)), otherRate = median(theirs), hotRate = median(hot.map((o) => o.rate));
    row(`postings, ${engine}, ${count(PEOPLE)} people`, `${count(rate)}/s`, `${count(otherRate)}/s`, (rate / otherRate).toFixed(2), `>= ${least}`, rate / otherRate >= least, about);
    row(`postings, ${engine}, one hot wallet`, `${count(hotRate)}/s`, '', '', `>= ${count(HOT_LEAST)}/s`, hotRate >= HOT_LEAST,
        `p99 ${median(hot.map((o) => o.p99)).toFixed(1)} ms; ${count(Number(query(db, 'SELECT max(seq) FROM balances')))} postings in it at the end`);
    const books = JSON.parse(run(habitd, ['doctor', '--json'], { HABITD_DATABASE_URL: db.url })).checks.find((c) => c.name === 'balances.sum');
    row(`  the books afterwards, ${engine}`, books.ok ? 'sound' : 'BROKEN', '', '', 'sound', books.ok, `${count(Number(query(db, 'SELECT count(*) FROM balance_transactions')))} postings`);
    db.drop();
}

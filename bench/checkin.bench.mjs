// Durable check-ins through HTTP beside the same statements without it, and the server's memory under that load.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { count, database, folder, here, lastDays, median, note, programs, quick, rounds, row, run, seconds, seed, serve, wrk } from './lib.mjs';

// The smaller number of people fits the engines' caches, the larger one does not.
const PEOPLE = quick ? [20000] : [20000, 100000], HABITS = 2, SPAN = 14, CONNECTIONS = 64;

// SQLite's other side: one connection, the statements of log_put, 64 to a transaction.
function loop(db, people) {
    return Number(run(path.join(programs, 'checkin_loop'), [db.url, people, HABITS, SPAN, seconds, 64].map(String)));
}

// PostgreSQL's other side: habitd's own upsert, its parameters computed from the person's number.
function pgbenchScript(people) {
    const text = readFileSync(path.join(here, '../src/domain/checkin/checkin.sql'), 'utf8');
    const statement = text.split(/^-- name: /m).find((q) => /^log_upsert\s*$/m.test(q.split('\n')[0])).replace(/^.*\n(--.*\n)*/, '');
    const id = (kind, number) => `CAST('019a0000-000${kind}-7000-8000-' || lpad(to_hex(${number}), 12, '0') AS uuid)`;
    const values = { 1: id(0, 'CAST(:u AS bigint)'), 2: id(1, 'CAST(:u AS bigint) * 16 + :h'), 3: 'CURRENT_DATE - CAST(:d AS integer)', 4: "'done'",
        5: 'NULL', 6: 'NULL', 7: "'api'", 8: 'NULL', 9: 'CURRENT_TIMESTAMP' };
    const sql = statement.replace(/\$(\d)/g, (_, n) => values[n]);
    return `\\set u random(0, ${people - 1})\n\\set h random(0, ${HABITS - 1})\n\\set d random(0, ${SPAN - 1})\n${sql.trim()}\n`;
}

function pgbench(db, people) {
    const script = path.join(folder('pgbench'), 'checkin.sql');
    writeFileSync(script, pgbenchScript(people));
    const out = run('pgbench', ['-n', '-M', 'prepared', '-c', '32', '-j', '2', '-T', String(seconds), '-f', script, db.url], { PGOPTIONS: '-c TimeZone=UTC' });
    return Number(out.match(/tps = ([0-9.]+)/)[1]);
}

async function measure(engine, people, other, about, least) {
    const db = database(engine, 'checkin');
    const tokens = seed(db, { users: people, habits: HABITS, days: 10, last: 31 });
    const server = await serve(db);
    const env = { BENCH_TOKENS: tokens, BENCH_HABITS: String(HABITS), BENCH_DAYS: lastDays(SPAN).join(',') };
    const ours = [], theirs = [];
    const idle = server.residentMiB();
    for (let i = 0; i < rounds; i++) {
        theirs.push(other(db, people));
        ours.push(wrk(server.url, 'checkin.lua', { connections: CONNECTIONS, env }));
        note(`${engine}: ${count(ours[i].rate)}/s, p99 ${ours[i].p99.toFixed(1)} ms, other side ${count(theirs[i])}/s`);
    }
    const peak = server.peakMiB();
    await server.stop();
    const rate = median(ours.map((o) => o.rate)), otherRate = median(theirs), p99 = median(ours.map((o) => o.p99));
    row(`check-ins over HTTP, ${engine}, ${count(people)} people`, `${count(rate)}/s`, `${count(otherRate)}/s`, (rate / otherRate).toFixed(2), `>= ${least}`, rate / otherRate >= least, about);
    row(`  p99, ${CONNECTIONS} connections`, `${p99.toFixed(1)} ms`, '', '', '< 30 ms', p99 < 30, '');
    row('  memory, idle', `${idle.toFixed(1)} MiB`, '', '', '< 20 MiB', idle < 20, `${count(people)} people in the database`);
    row('  memory, highest under that load', `${peak.toFixed(1)} MiB`, '', '', '< 64 MiB', peak < 64, '');
    db.drop();
}

for (const people of PEOPLE) {
    await measure('sqlite', people, loop, 'its SELECT and upsert without HTTP, 64 to a transaction', 0.7);
    await measure('postgres', people, pgbench, 'pgbench -M prepared, 32 clients, the same upsert, one to a transaction', 1.5);
}

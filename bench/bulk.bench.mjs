// Many marks at once: logs:batch over HTTP and `habitd import`.
import path from 'node:path';
import { count, database, folder, habitd, lastDays, median, note, quick, query, rounds, row, run, seconds, seed, serve, timed, wrk } from './lib.mjs';

const LIMIT = { sqlite: 150000, postgres: 40000 };
const MARKS = 1000, HABITS = 2;

// A person's marks replace no others: every round begins behind the people that may have sent theirs.
async function batch(engine) {
    const perRound = Math.ceil((LIMIT[engine] / MARKS) * seconds * 5);
    const db = database(engine, 'batch');
    const tokens = seed(db, { users: perRound * rounds, habits: HABITS, days: 1, last: 600 });
    const server = await serve(db);
    const rates = [];
    for (let i = 0; i < rounds; i++) {
        const before = Number(query(db, 'SELECT count(*) FROM habit_logs'));
        const env = { BENCH_TOKENS: tokens, BENCH_DAYS: lastDays(MARKS / HABITS).reverse().join(','), BENCH_FIRST: String(i * perRound) };
        const load = wrk(server.url, 'batch.lua', { connections: 8, env });
        const written = Number(query(db, 'SELECT count(*) FROM habit_logs')) - before;
        if (written < load.rate * seconds * MARKS * 0.95) throw new Error(`${load.rate * seconds} requests wrote ${written} marks`);
        rates.push(load.rate * MARKS);
        note(`${engine}: logs:batch ${count(rates[i])} marks/s, p99 ${load.p99.toFixed(0)} ms`);
    }
    const peak = server.peakMiB();
    await server.stop();
    db.drop();
    row(`logs:batch, ${engine}`, `${count(median(rates))} marks/s`, '', '', `>= ${count(LIMIT[engine])}`, median(rates) >= LIMIT[engine],
        `1,000 new marks a request, 8 connections; highest memory ${peak.toFixed(0)} MiB`);
}

// One person's whole history, exported from one database and imported into empty ones; the time is the whole command's.
function histories() {
    const db = database('sqlite', 'import');
    seed(db, { users: 1, habits: 16, days: 3650, last: 1 });
    const made = ['json', 'csv'].map((format) => {
        const file = path.join(folder('import'), `history.${format}`);
        run(habitd, ['export', '--user', '7000000000', '--format', format, '-o', file], { HABITD_DATABASE_URL: db.url });
        return { format, file };
    });
    db.drop();
    return made;
}

function importOnce(engine, file) {
    const db = database(engine, 'import');
    const env = { HABITD_DATABASE_URL: db.url, HABITD_LIMIT_TRIAL: '0' };
    run(habitd, ['token', 'create', '--telegram-id', '77'], env);
    const took = timed(habitd, ['import', '--user', '77', file], env).seconds;
    const logs = Number(query(db, 'SELECT count(*) FROM habit_logs'));
    if (logs !== 16 * 3650) throw new Error(`${logs} marks imported`);
    db.drop();
    return logs / took;
}

for (const engine of ['sqlite', 'postgres']) await batch(engine);
for (const { format, file } of histories()) {
    for (const engine of ['sqlite', 'postgres']) {
        const rates = Array.from({ length: quick ? 1 : 5 }, () => importOnce(engine, file));
        row(`import ${format}, ${engine}`, `${count(median(rates))} marks/s`, '', '', `>= ${count(LIMIT[engine])}`, median(rates) >= LIMIT[engine],
            '16 habits with 3,650 days each, from exec to exit');
    }
}

// GET /v1/today and stats with 100,000 marks in the database and with 100 times as many, the same for each person.
import { count, database, median, note, quick, rounds, row, seed, serve, wrk } from './lib.mjs';

const HABITS = 5, DAYS = 200;
const SMALL = 100, LARGE = quick ? 1000 : 10000;

async function open(engine, users) {
    const db = database(engine, 'read');
    const tokens = seed(db, { users, habits: HABITS, days: DAYS, last: 1 });
    const server = await serve(db, 19500 + (process.pid % 400) + (users === SMALL ? 0 : 500));
    return { db, tokens, server };
}

function measure(side, what) {
    const env = { BENCH_TOKENS: side.tokens, BENCH_HABITS: String(HABITS), BENCH_READ: what };
    return wrk(side.server.url, 'read.lua', { connections: 4, env, threads: 1 });
}

for (const engine of ['sqlite', 'postgres']) {
    const small = await open(engine, SMALL), large = await open(engine, LARGE);
    for (const what of ['today', 'stats']) {
        measure(large, what);
        const a = [], b = [];
        for (let i = 0; i < rounds; i++) {
            a.push(measure(small, what));
            b.push(measure(large, what));
            note(`${engine}: ${what} p99 ${a[i].p99.toFixed(2)} ms and ${b[i].p99.toFixed(2)} ms, ${count(a[i].rate)}/s and ${count(b[i].rate)}/s`);
        }
        const p99 = (side) => median(side.map((m) => m.p99));
        row(`${what} p99, ${engine}`, `${p99(b).toFixed(2)} ms`, `${p99(a).toFixed(2)} ms`, (p99(b) / p99(a)).toFixed(2), '<= 1.5', p99(b) / p99(a) <= 1.5,
            `${count(SMALL * HABITS * DAYS)} marks instead of ${count(LARGE * HABITS * DAYS)}; each person ${HABITS} habits with ${DAYS} days; 4 connections`);
    }
    for (const side of [small, large]) {
        await side.server.stop();
        side.db.drop();
    }
}

// Check-ins over HTTP while the program logs a million warnings and errors a minute, beside the same without: in turns on one server of each kind, medians.
import { openSync } from 'node:fs';
import path from 'node:path';
import { count, database, folder, lastDays, median, note, programs, query, quick, rounds, row, seed, serve, wrk } from './lib.mjs';

const PEOPLE = quick ? 5000 : 20000, HABITS = 2, SPAN = 14, CONNECTIONS = 64;
const A_MINUTE = 1_000_000, LIMIT = 0.9, MEMORY_MIB = 64;

for (const engine of ['sqlite', 'postgres']) {
    const db = database(engine, 'log');
    const tokens = seed(db, { users: PEOPLE, habits: HABITS, days: 10, last: 31 });
    const env = { BENCH_TOKENS: tokens, BENCH_HABITS: String(HABITS), BENCH_DAYS: lastDays(SPAN).join(',') };
    const rates = { flood: [], calm: [] };
    let peak = 0, logged = 0, stored = 0, lost = 0;
    for (let i = 0; i < rounds; i++) {
        for (const how of i % 2 ? ['flood', 'calm'] : ['calm', 'flood']) {
            const more = how === 'flood' ? { HABITD_LOG_FLOOD: String(Math.round(A_MINUTE / 60)) } : {};
            const log = openSync(path.join(folder('log'), `${engine}.log`), 'w'); // as a journal would take it
            const server = await serve(db, undefined, more, { program: path.join(programs, 'habitd_flood'), log });
            const began = Date.now();
            rates[how].push(wrk(server.url, 'checkin.lua', { connections: CONNECTIONS, env }).rate);
            if (how === 'flood') {
                const text = await (await fetch(`${server.url}/metrics`)).text();
                const metric = (name) => Number(text.match(new RegExp(`^habitd_log_${name}_total (\\d+)$`, 'm'))[1]);
                peak = Math.max(peak, server.peakMiB());
                logged = (metric('stored') + metric('lost')) / ((Date.now() - began) / 60000);
                stored += metric('stored');
                lost += metric('lost');
            }
            await server.stop();
        }
        note(`${engine}: ${count(rates.flood[i])}/s in the flood, ${count(rates.calm[i])}/s without`);
    }
    const ours = median(rates.flood), other = median(rates.calm), ratio = ours / other;
    row(`check-ins while a million events a minute are logged, ${engine}`, `${count(ours)}/s`, `${count(other)}/s`, ratio.toFixed(2), `>= ${LIMIT}`, ratio >= LIMIT,
        `the same without the flood; ${count(logged)} events a minute, of which ${count(stored)} were stored and ${count(lost)} counted as lost`);
    row('  memory, highest in the flood', `${peak.toFixed(1)} MiB`, '', '', `< ${MEMORY_MIB} MiB`, peak < MEMORY_MIB, `${query(db, 'SELECT count(*) FROM system_logs')} rows in system_logs`);
    db.drop();
}

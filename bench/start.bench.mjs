// How long a server takes to be ready on an existing database, its memory then, and demo data.
import { database, habitd, median, quick, rounds, row, seed, serve, timed } from './lib.mjs';

for (const engine of ['sqlite', 'postgres']) {
    const db = database(engine, 'start');
    seed(db, { users: 1000, habits: 5, days: 20, last: 1 });
    const ready = [], memory = [];
    for (let i = 0; i < rounds; i++) {
        const server = await serve(db);
        ready.push(server.readyMs);
        await new Promise((resolve) => setTimeout(resolve, 500));
        memory.push(server.residentMiB());
        await server.stop();
    }
    db.drop();
    row(`exec to readyz 200, ${engine}`, `${median(ready).toFixed(0)} ms`, '', '', '< 100 ms', median(ready) < 100, '1,000 people, 100,000 marks');
    row(`memory after the start, ${engine}`, `${median(memory).toFixed(1)} MiB`, '', '', '< 20 MiB', median(memory) < 20, '');
}

const times = [];
for (let i = 0; i < (quick ? 1 : 3); i++) {
    const db = database('sqlite', 'demo');
    times.push(timed(habitd, ['demo', '--users', '1000', '--days', '400'], { HABITD_DATABASE_URL: db.url }).seconds);
    db.drop();
}
row('demo --users 1000 --days 400, sqlite', `${median(times).toFixed(1)} s`, '', '', '< 10 s', median(times) < 10, '');

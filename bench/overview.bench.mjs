// The console's first page with a million people: how long the API's answer takes, and how long counting it takes behind the scenes.
import { count, database, habitd, median, note, query, quick, row, run, seed, serve } from './lib.mjs';

const PEOPLE = quick ? 20000 : 1000000, HABITS = 1, DAYS = 10, ASKED = 50, LIMIT_MS = 100;
const REPORTS = ['overview', 'cohorts', 'retention'];

const db = database('postgres', 'overview');
seed(db, { users: PEOPLE, habits: HABITS, days: DAYS, last: 1 });
const token = run(habitd, ['token', 'create', '--telegram-id', '9001', '--admin'], { HABITD_DATABASE_URL: db.url }).trim().split('\n').at(-1);
const server = await serve(db);
const kept = () => query(db, 'SELECT name, took_ms FROM stored_reports ORDER BY name').trim();
while (kept().split('\n').length < (quick ? 1 : REPORTS.length)) await new Promise((done) => setTimeout(done, 500));
note(`counted behind the scenes, ms: ${kept().replaceAll('\n', ', ')}`);
for (const name of REPORTS) {
    const times = [];
    for (let i = 0; i < ASKED; i++) {
        const start = process.hrtime.bigint();
        const answer = await fetch(`${server.url}/v1/admin/analytics/${name}`, { headers: { authorization: `Bearer ${token}` } });
        await answer.text();
        if (answer.status !== 200) throw new Error(`${name}: ${answer.status}`);
        times.push(Number(process.hrtime.bigint() - start) / 1e6);
    }
    const took = Number(query(db, `SELECT COALESCE(MAX(took_ms), 0) FROM stored_reports WHERE name = '${name}'`));
    row(`${name} for the console, ${count(PEOPLE)} people, postgres`, `${median(times).toFixed(1)} ms`, '', '', `< ${LIMIT_MS} ms`, median(times) < LIMIT_MS,
        `${count(PEOPLE * HABITS * DAYS)} marks; counted behind the scenes in ${count(took)} ms, a twentieth of the time at most`);
}
await server.stop();
db.drop();

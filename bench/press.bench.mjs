// Done buttons at the webhook, from the update to the committed answer that waits to be sent, beside the same flow with grammY and pg; and
// what a press and a receipt wait for while a hundred thousand reminders go out.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { count, database, here, median, note, programs, query, quick, rounds, row, run, seed, serve } from './lib.mjs';
import { grammy, press } from './press.mjs';

const PEOPLE = 20000, HABITS = 2, SEEDED_DAYS = 10, SECRET = 'bench-secret', TOKEN = '424242:bench-0123456789';
const DATA = 'd:{habit_b64}:{day8}:c';

// Telegram as another program: {url, arrived(), stop()}.
async function telegram(env = {}) {
    const child = spawn(process.execPath, [path.join(here, 'telegram_stub.mjs')], { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...env } });
    const exited = new Promise((resolve) => child.once('exit', resolve));
    const url = await new Promise((resolve) => child.stdout.on('data', (text) => resolve(/http:\S+/.exec(text)[0])));
    return {
        url,
        arrived: async () => (await fetch(`${url}/arrived`)).json(),
        stop: async () => { child.kill('SIGTERM'); await exited; },
    };
}

function bot(db, stub, env = {}) {
    const port = 18500 + (process.pid % 1000);
    return serve(db, port, { TELEGRAM_BOT_TOKEN: TOKEN, TELEGRAM_API_URL: stub.url, TELEGRAM_WEBHOOK_SECRET: SECRET,
        HABITD_PUBLIC_URL: `http://127.0.0.1:${port}`, ...env });
}

async function presses() {
    const other = await grammy({ people: PEOPLE, habits: HABITS, days: SEEDED_DAYS });
    const stub = await telegram();
    const figures = {};
    for (const engine of ['sqlite', 'postgres']) {
        const db = database(engine, 'press');
        seed(db, { users: PEOPLE, habits: HABITS, days: SEEDED_DAYS, last: 31 });
        const server = await bot(db, stub);
        const ours = [], theirs = [];
        const url = `${server.url}/webhooks/telegram`;
        for (let i = 0; i < rounds; i++) {
            theirs.push(other.press({ secret: SECRET }).rate);
            ours.push(press(url, { people: PEOPLE, habits: HABITS, data: DATA, secret: SECRET }));
            note(`${engine}: ${count(ours[i].rate)}/s, p99 ${ours[i].p99.toFixed(1)} ms, grammY ${count(theirs[i])}/s`);
        }
        const done = Number(query(db, "SELECT count(*) FROM inbox WHERE status = 'done'"));
        const queued = Number(query(db, 'SELECT count(*) FROM outbox'));
        if (queued < done * 0.99) throw new Error(`${done} presses, ${queued} answers`);
        figures[engine] = { rate: median(ours.map((o) => o.rate)), p99: median(ours.map((o) => o.p99)), theirs: median(theirs), peak: server.peakMiB() };
        await server.stop();
        db.drop();
    }
    const theirPeak = other.peakMiB();
    await other.stop();
    await stub.stop();
    for (const [engine, f] of Object.entries(figures)) {
        row(`Done buttons at the webhook, ${engine}`, `${count(f.rate)}/s`, '', '', '>= 10,000/s', f.rate >= 10000, `p99 ${f.p99.toFixed(1)} ms, 100 connections, ${count(PEOPLE)} people`);
    }
    const pg = figures.postgres;
    row('  beside grammY and pg, postgres', `${count(pg.rate)}/s`, `${count(pg.theirs)}/s`, (pg.rate / pg.theirs).toFixed(2), '>= 5', pg.rate / pg.theirs >= 5, 'webhookCallback, pool of 20, prepared statements');
    row('  memory, highest under that load, postgres', `${pg.peak.toFixed(1)} MiB`, `${theirPeak.toFixed(1)} MiB`, (pg.peak / theirPeak).toFixed(2), '<= 0.33', pg.peak / theirPeak <= 1 / 3, 'one process of Node');
    row('  the same, sqlite', `${figures.sqlite.peak.toFixed(1)} MiB`, '', '', '', true, '');
}

// Behind a hundred thousand reminders that wait: presses at the webhook, and receipts until they reach Telegram. How fast the machine is
// decides much of it: figures only.
const WAITING = 100000, RECEIPTS = 10;

function queueReminders(db) {
    const sqlite = db.engine === 'sqlite', now = sqlite ? String(Date.now()) : 'now()';
    query(db, `INSERT INTO outbox (user_id, id, channel, lane, status, chat_id, method, payload, for_dialog, attempts, unknowns, due_at, created_at)
        SELECT u.id, ${sqlite ? 'randomblob(16)' : 'gen_random_uuid()'}, 'telegram', 2, 'queued', u.telegram_id, 'sendMessage', '{"text":"Reminder"}', FALSE, 0, 0,
        ${now}, ${now} FROM users u, (SELECT id FROM users ORDER BY id LIMIT ${WAITING / PEOPLE}) AS times`);
}

// Milliseconds from the row's commit to its arrival; each to a person of its own.
async function receipt(db, stub, n) {
    const sqlite = db.engine === 'sqlite', now = sqlite ? String(Date.now()) : 'now()';
    query(db, `INSERT INTO outbox (user_id, id, channel, lane, status, chat_id, method, payload, for_dialog, attempts, unknowns, due_at, created_at)
        SELECT id, ${sqlite ? 'randomblob(16)' : 'gen_random_uuid()'}, 'telegram', 0, 'queued', telegram_id, 'sendMessage', '{"text":"Paid ${n}"}', FALSE, 0, 0, ${now}, ${now}
        FROM users ORDER BY telegram_id DESC LIMIT 1 OFFSET ${n}`);
    const committed = Date.now();
    for (;;) {
        const seen = await stub.arrived();
        if (seen.n === n) return Math.max(0, seen.receipt - committed);
        if (Date.now() - committed > 30000) throw new Error(`receipt ${n} did not arrive`);
        await new Promise((resolve) => setTimeout(resolve, 5));
    }
}

async function behindReminders(engine) {
    const stub = await telegram({ BENCH_TELEGRAM_MS: '20' });
    const db = database(engine, 'press');
    seed(db, { users: PEOPLE, habits: HABITS, days: SEEDED_DAYS, last: 31 });
    queueReminders(db);
    const server = await bot(db, stub, { TELEGRAM_RATE_PER_S: '1000' });
    const receipts = [];
    for (let n = 0; n < RECEIPTS; n++) receipts.push(await receipt(db, stub, n));
    const pressed = press(`${server.url}/webhooks/telegram`, { people: PEOPLE, habits: HABITS, data: DATA, secret: SECRET, connections: 8 });
    const left = Number(query(db, "SELECT count(*) FROM outbox WHERE lane = 2 AND status = 'queued'"));
    if (left === 0) throw new Error('the reminders were gone before the end');
    const peak = server.peakMiB(), slowest = Math.max(...receipts);
    await server.stop();
    await stub.stop();
    db.drop();
    row(`press behind ${count(WAITING)} reminders, ${engine}`, `${pressed.p99.toFixed(1)} ms`, '', '', '<= 200 ms', pressed.p99 <= 200, `p99 of ${count(pressed.rate)}/s, 8 connections, ${count(left)} reminders left`);
    row('  a receipt meanwhile', `${slowest.toFixed(0)} ms`, '', '', '<= 1 s', slowest <= 1000, `slowest of ${RECEIPTS}, queued by another process`);
    row('  memory, highest', `${peak.toFixed(1)} MiB`, '', '', '<= 128 MiB', peak <= 128, '');
}

await presses();
for (const engine of ['sqlite', 'postgres']) await behindReminders(engine);

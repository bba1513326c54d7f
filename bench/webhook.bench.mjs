// Webhooks of a provider at a fixed rate: how long each waits for its 200. Each pays a person's order of a month.
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import path from 'node:path';
import { count, database, folder, habitd, median, note, query, quick, rounds, row, run, seed, serve } from './lib.mjs';

const PEOPLE = 10000, RATE = 500, SECONDS = quick ? 6 : 20, CONNECTIONS = 32, LIMIT_MS = 10;
const TOKEN = `12345:AA${randomBytes(16).toString('hex')}`;
const secret = createHash('sha256').update(TOKEN).digest();
const hex = (n) => n.toString(16).padStart(12, '0');

const person = (i) => `019a0000-0000-7000-8000-${hex(i % PEOPLE)}`;
const payment = (i) => `019a0000-0005-7000-8000-${hex(i)}`;

// Orders of Crypto Pay that wait to be paid: one for each webhook, of people in turn.
function order(db, from, n) {
    const sqlite = db.engine === 'sqlite';
    const id = (text) => (sqlite ? `x'${text.replaceAll('-', '')}'` : `'${text}'`);
    const [no, now] = sqlite ? ['0', String(Date.now())] : ['FALSE', 'CURRENT_TIMESTAMP'];
    const rows = Array.from({ length: n }, (_, k) => from + k).map((i) =>
        `(${id(person(i))}, ${id(payment(i))}, 'cryptobot', 'bench:${i}', 'subscription', 'month', 3500000, 'USDT', ${no}, 0, 'created', 0, 0, ${now}, ${now})`);
    const file = path.join(folder('webhook'), 'orders.sql');
    writeFileSync(file, `BEGIN; INSERT INTO payments (user_id, id, provider, idempotency_key, purpose, plan, amount, currency, save_method, refunded, status, events, checks,
        created_at, updated_at) VALUES ${rows.join(',\n')}; COMMIT;`);
    if (sqlite) run('sqlite3', ['-cmd', '.timeout 10000', db.url.slice('sqlite:'.length), `.read ${file}`]);
    else run('psql', ['-Xq', '-v', 'ON_ERROR_STOP=1', db.url, '-f', file]);
}

function webhook(i) {
    const made = new Date().toISOString();
    const body = JSON.stringify({ update_id: 1, update_type: 'invoice_paid', request_date: made, payload: {
        invoice_id: i + 1, hash: `IV${hex(i)}`, currency_type: 'crypto', asset: 'USDT', amount: '3.5', pay_url: `https://t.me/CryptoBot?start=IV${hex(i)}`,
        bot_invoice_url: `https://t.me/CryptoBot?start=IV${hex(i)}`, status: 'paid', created_at: made, paid_at: made, paid_anonymously: false,
        payload: `${person(i)}:${payment(i)}` } });
    const signature = createHmac('sha256', secret).update(body).digest('hex');
    return Buffer.from(`POST /webhooks/cryptobot HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\ncrypto-pay-api-signature: ${signature}\r\n`
        + `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}

// Sends them at RATE, each over a connection that is free; resolves with every one's milliseconds from the moment it was due.
function send(url, hooks) {
    const { port } = new URL(url);
    const times = [];
    const start = process.hrtime.bigint();
    const now = () => Number(process.hrtime.bigint() - start) / 1e6;
    return new Promise((resolve, reject) => {
        const free = [], all = [];
        let next = 0;
        const tick = () => {
            while (next < hooks.length && free.length > 0 && now() >= next * 1000 / RATE) {
                const socket = free.shift(); // each in turn: one that rests for long is closed by the server
                socket.due = next * 1000 / RATE;
                socket.write(hooks[next++]);
            }
        };
        const timer = setInterval(tick, 1);
        for (let c = 0; c < CONNECTIONS; c++) {
            const socket = createConnection({ port, host: '127.0.0.1', noDelay: true });
            all.push(socket);
            free.push(socket);
            socket.on('error', reject);
            socket.on('close', () => times.length < hooks.length && reject(new Error('the server closed a connection')));
            socket.on('data', (data) => {
                if (!data.toString('latin1').startsWith('HTTP/1.1 200')) return reject(new Error(data.toString()));
                times.push(now() - socket.due);
                free.push(socket);
                if (times.length < hooks.length) return undefined;
                clearInterval(timer);
                for (const s of all) s.destroy();
                return resolve(times);
            });
        }
    });
}

for (const engine of ['sqlite', 'postgres']) {
    const db = database(engine, 'webhook');
    seed(db, { users: PEOPLE, habits: 1, days: 1, last: 31 });
    const server = await serve(db, undefined, { CRYPTOBOT_TOKEN: TOKEN, CRYPTOBOT_API_URL: 'http://127.0.0.1:1/api' });
    const p99 = [], p50 = [], worst = [];
    const n = RATE * SECONDS;
    for (let i = 0; i < rounds; i++) {
        order(db, i * n, n);
        const hooks = Array.from({ length: n }, (_, k) => webhook(i * n + k));
        const times = (await send(server.url, hooks)).sort((a, b) => a - b);
        p50.push(median(times));
        p99.push(times[Math.floor(times.length * 0.99)]);
        worst.push(times.at(-1));
        note(`${engine}: p50 ${p50[i].toFixed(1)} ms, p99 ${p99[i].toFixed(1)} ms, worst ${worst[i].toFixed(1)} ms; ${query(db, "SELECT count(*) FROM inbox WHERE status = 'pending'")} wait to be acted on`);
    }
    for (let waits = 1; waits > 0; await new Promise((done) => setTimeout(done, 200)))
        waits = Number(query(db, "SELECT count(*) FROM inbox WHERE status = 'pending'"));
    await server.stop();
    const paid = Number(query(db, "SELECT count(*) FROM payments p JOIN subscription_periods s ON s.user_id = p.user_id AND s.payment_id = p.id WHERE p.status = 'succeeded'"));
    const checks = JSON.parse(run(habitd, ['doctor', '--json'], { HABITD_DATABASE_URL: db.url })).checks.filter((c) => !c.ok);
    row(`webhooks acknowledged at ${RATE}/s, p99, ${engine}`, `${median(p99).toFixed(1)} ms`, '', '', `< ${LIMIT_MS} ms`, median(p99) < LIMIT_MS,
        `signed by Crypto Pay, each pays an order; p50 ${median(p50).toFixed(1)} ms, worst ${Math.max(...worst).toFixed(0)} ms`);
    row(`  what they paid for, ${engine}`, `${count(paid)} months`, `${count(n * rounds)} told`, '', 'equal', paid === n * rounds && checks.length === 0,
        checks.length ? `BROKEN: ${checks.map((c) => c.name).join(', ')}` : 'the books are sound afterwards');
    db.drop();
}

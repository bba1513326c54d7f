// The other side of the button presses: the same flow as habitd's Done button, written with grammY and pg as one would for production.
//
//   grammy_press.mjs seed URL USERS HABITS DAYS     makes the tables in an empty PostgreSQL database and fills them
//   grammy_press.mjs serve URL PORT SECRET          takes webhook updates on 127.0.0.1:PORT (0: any); prints "listening on ADDRESS"
//
// For every press, in one transaction that is committed before the 200: the update id is noted, so that a repeated delivery does nothing;
// the person is found by the telegram id and the habit among the person's own; the day's mark is written; the streak is counted from
// the latest marks; the pop-up and the changed message are queued for sending. Callback data: "d:HABIT:DAY". People, habits and their ids
// are those of bench/people.h, so that bench/press.lua speaks to both sides.
import http from 'node:http';
import { Bot, webhookCallback } from 'grammy';
import pg from 'pg';

const FIRST_TELEGRAM_ID = 7000000000; // bench/seed.c
const SEEN_DAYS = 400; // marks that a streak is counted from

const SCHEMA = `
CREATE TABLE users (id uuid PRIMARY KEY, telegram_id bigint NOT NULL UNIQUE, first_name text NOT NULL, timezone text NOT NULL);
CREATE TABLE habits (id uuid PRIMARY KEY, user_id uuid NOT NULL REFERENCES users, name text NOT NULL);
CREATE TABLE habit_logs (habit_id uuid NOT NULL REFERENCES habits, day date NOT NULL, status text NOT NULL, marked_at timestamptz NOT NULL,
    PRIMARY KEY (habit_id, day));
CREATE TABLE inbox (update_id bigint PRIMARY KEY, received_at timestamptz NOT NULL);
CREATE TABLE outbox (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, chat_id bigint NOT NULL, method text NOT NULL, payload jsonb NOT NULL,
    created_at timestamptz NOT NULL);`;

const person = "CAST('019a0000-0000-7000-8000-' || lpad(to_hex(u), 12, '0') AS uuid)";
const habit = "CAST('019a0000-0001-7000-8000-' || lpad(to_hex(u * 16 + h), 12, '0') AS uuid)";

async function seed(url, users, habits, days) {
    const client = new pg.Client(url);
    await client.connect();
    await client.query(SCHEMA);
    const people = `generate_series(0::bigint, ${users - 1}) AS u`;
    const theirs = `${people}, generate_series(0, ${habits - 1}) AS h`;
    await client.query(`INSERT INTO users SELECT ${person}, ${FIRST_TELEGRAM_ID} + u, 'Bench', 'UTC' FROM ${people}`);
    await client.query(`INSERT INTO habits SELECT ${habit}, ${person}, 'Habit ' || h FROM ${theirs}`);
    await client.query(`INSERT INTO habit_logs SELECT ${habit}, CURRENT_DATE - d, 'done', now() FROM ${theirs}, generate_series(1, ${days}) AS d`);
    await client.query('VACUUM ANALYZE');
    await client.query('CHECKPOINT');
    await client.end();
}

// Named statements are prepared once per connection.
const prepared = (name, text) => (client, values) => client.query({ name, text, values });
const noteUpdate = prepared('note', 'INSERT INTO inbox (update_id, received_at) VALUES ($1, now()) ON CONFLICT DO NOTHING');
const findHabit = prepared('find', 'SELECT h.name FROM users u JOIN habits h ON h.user_id = u.id WHERE u.telegram_id = $1 AND h.id = $2');
const mark = prepared('mark', `INSERT INTO habit_logs (habit_id, day, status, marked_at) VALUES ($1, $2, 'done', now())
    ON CONFLICT (habit_id, day) DO UPDATE SET status = excluded.status, marked_at = excluded.marked_at`);
const latest = prepared('latest', `SELECT day - CURRENT_DATE AS ago FROM habit_logs WHERE habit_id = $1 AND status = 'done' AND day <= CURRENT_DATE
    ORDER BY day DESC LIMIT ${SEEN_DAYS}`);
const queue = prepared('queue', `INSERT INTO outbox (chat_id, method, payload, created_at)
    VALUES ($1, 'answerCallbackQuery', $2, now()), ($1, 'editMessageText', $3, now())`);
const queueAnswer = prepared('answer', "INSERT INTO outbox (chat_id, method, payload, created_at) VALUES ($1, 'answerCallbackQuery', $2, now())");

// Consecutive days up to today, or up to yesterday while today is open. Rows are newest first.
function streakOf(rows) {
    let expected = rows.length > 0 && rows[0].ago === 0 ? 0 : -1;
    let length = 0;
    for (const { ago } of rows) {
        if (ago !== expected) break;
        length++;
        expected--;
    }
    return length;
}

async function done(client, ctx) {
    const { update_id: updateId, callback_query: query } = ctx.update;
    const [, habitId, day] = ctx.match;
    const noted = await noteUpdate(client, [updateId]);
    if (noted.rowCount === 0) return;
    const found = await findHabit(client, [query.from.id, habitId]);
    if (found.rowCount === 0) {
        await queueAnswer(client, [query.from.id, JSON.stringify({ callback_query_id: query.id, text: 'Not found' })]);
        return;
    }
    await mark(client, [habitId, day]);
    const streak = streakOf((await latest(client, [habitId])).rows);
    const { name } = found.rows[0];
    const edited = {
        chat_id: query.message.chat.id, message_id: query.message.message_id, parse_mode: 'HTML',
        text: `✅ <b>${name.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')}</b>\n${day}: done, ${streak} days in a row`,
        reply_markup: { inline_keyboard: [[{ text: '↩️ Undo', callback_data: `u:${habitId}:${day}` }]] },
    };
    await queue(client, [query.from.id, JSON.stringify({ callback_query_id: query.id, text: `Done! ${streak} in a row` }), JSON.stringify(edited)]);
}

async function inTransaction(pool, fn) {
    const client = await pool.connect();
    try {
        await client.query('BEGIN');
        await fn(client);
        await client.query('COMMIT');
        client.release();
    } catch (error) {
        await client.query('ROLLBACK').catch(() => {});
        client.release(error);
        throw error;
    }
}

async function serve(url, port, secret) {
    pg.types.setTypeParser(pg.types.builtins.DATE, (text) => text);
    const pool = new pg.Pool({ connectionString: url, max: 20 });
    const bot = new Bot('424242:bench', {
        botInfo: { id: 424242, is_bot: true, first_name: 'Bench', username: 'bench_bot', can_join_groups: true,
            can_read_all_group_messages: false, supports_inline_queries: false },
    });
    bot.callbackQuery(/^d:([0-9a-f-]{36}):(\d{4}-\d{2}-\d{2})$/, (ctx) => inTransaction(pool, (client) => done(client, ctx)));
    const server = http.createServer(webhookCallback(bot, 'http', { secretToken: secret }));
    server.keepAliveTimeout = 60_000;
    server.listen(port, '127.0.0.1', () => process.stdout.write(`listening on http://127.0.0.1:${server.address().port}\n`));
    process.on('SIGTERM', () => {
        server.closeAllConnections();
        server.close(() => pool.end().then(() => process.exit(0)));
    });
}

const [command, url, ...rest] = process.argv.slice(2);
if (command === 'seed') await seed(url, ...rest.map(Number));
else if (command === 'serve') await serve(url, Number(rest[0]), rest[1]);
else {
    process.stderr.write('usage: grammy_press.mjs seed URL USERS HABITS DAYS | serve URL PORT SECRET\n');
    process.exit(2);
}

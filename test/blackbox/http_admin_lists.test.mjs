// Operators' lists of everybody's subscriptions, referrals and broadcasts: page by page, of one state, refused when asked wrongly.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { forEachEngine } from './harness.mjs';
import { Api, expectProblem, expectStatus } from './api.mjs';

const env = { HABITD_NOW: '2026-11-23T12:00:00Z', HABITD_SANDBOX_PAYMENTS: 'instant' };
const now = Date.parse('2026-11-23T11:00:00Z');

forEachEngine('lists for operators', async (bench) => {
  const sqlite = bench.engine === 'sqlite';
  const id = (uuid) => (sqlite ? `x'${uuid.replaceAll('-', '')}'` : `'${uuid}'`);
  const at = (ms) => (sqlite ? String(ms) : `to_timestamp(${ms / 1000})`);
  const server = await bench.serve({ env });
  const admin = await Api.of(server, await bench.token(9001, ['--admin'], { env }));
  const people = [];
  for (let n = 0; n < 5; n++) {
    const api = await Api.of(server, await bench.token(1001 + n, [], { env }));
    people.push({ api, id: expectStatus(await admin.get(`/v1/admin/users?telegram_id=${1001 + n}`), 200).json.items[0].id });
  }

  async function all(target, limit) {
    const rows = [];
    let pages = 0;
    for (let cursor = ''; cursor !== null; pages++) {
      const page = expectStatus(await admin.get(`${target}${target.includes('?') ? '&' : '?'}limit=${limit}${cursor && `&cursor=${cursor}`}`), 200).json;
      assert.ok(page.items.length <= limit);
      rows.push(...page.items);
      cursor = page.next;
    }
    return { rows, pages };
  }

  await bench.t.test('subscriptions, the last to end first', async () => {
    expectStatus(await admin.post(`/v1/admin/users/${people[0].id}/grant`, { days: 100, reason: 'a gift' }), 201);
    const { rows, pages } = await all('/v1/admin/subscriptions', 2);
    assert.equal(pages, 3);
    assert.equal(new Set(rows.map((r) => r.user_id)).size, people.length + 1, 'and the operator’s own');
    assert.equal(rows[0].user_id, people[0].id);
    assert.equal(rows[0].status, 'active');
    const ends = rows.map((r) => Date.parse(r.ends_at)); // not as text: "…:00.001Z" stands before "…:00Z" there
    assert.deepEqual(ends, [...ends].sort((a, b) => b - a));
    const trials = expectStatus(await admin.get('/v1/admin/subscriptions?status=trialing'), 200).json.items;
    assert.deepEqual(trials.map((r) => r.id), rows.slice(1).map((r) => r.id));
    assert.deepEqual(expectStatus(await admin.get('/v1/admin/subscriptions?status=past_due'), 200).json, { items: [], next: null });
  });

  await bench.t.test('referrals of every state, newest first', async () => {
    const states = ['pending', 'held', 'rejected', 'held'];
    for (const [i, status] of states.entries())
      await bench.db.sql(`INSERT INTO referrals (referrer_id, referred_id, status, reward, reasons, approved, created_at, updated_at)
        VALUES (${id(people[0].id)}, ${id(people[i + 1].id)}, '${status}', 0, ${status === 'pending' ? 'NULL' : "'same_payer'"}, ${sqlite ? '0' : 'false'}, ${at(now)}, ${at(now)})`);
    const { rows, pages } = await all('/v1/admin/referrals', 3);
    assert.equal(pages, 2);
    assert.deepEqual(rows.map((r) => r.referred_id), people.slice(1).map((p) => p.id).sort().reverse(), 'of one moment by id');
    const held = await all('/v1/admin/referrals?status=held', 1);
    assert.deepEqual(held.rows, rows.filter((r) => r.status === 'held'));
    assert.equal(held.rows.length, 2);
    assert.equal((await admin.get('/v1/admin/referrals?status=pending')).json.items.length, 1);
  });

  await bench.t.test('broadcasts with what became of them', async () => {
    for (let i = 0; i < 3; i++)
      await bench.db.sql(`INSERT INTO broadcasts (user_id, id, body, status, people, queued, sent, failed, created_at, updated_at)
        VALUES (${id(people[0].id)}, ${id(randomUUID())}, 'Hello <b>${i}</b>', '${['draft', 'running', 'done'][i]}', 7, 6, 5, ${i}, ${at(now + i)}, ${at(now + i)})`);
    const { rows, pages } = await all('/v1/admin/broadcasts', 2);
    assert.equal(pages, 2);
    assert.deepEqual(rows.map((r) => [r.body, r.status, r.failed]), [['Hello <b>2</b>', 'done', 2], ['Hello <b>1</b>', 'running', 1], ['Hello <b>0</b>', 'draft', 0]]);
    assert.deepEqual([rows[0].people, rows[0].queued, rows[0].sent, rows[0].user_id], [7, 6, 5, people[0].id]);
  });

  await bench.t.test('the database: its size, its migrations, its partitions', async () => {
    const d = expectStatus(await admin.get('/v1/admin/database'), 200).json;
    assert.equal(d.engine, bench.engine);
    assert.equal(d.schema, 'current');
    const [[bytes]] = await bench.db.sql(sqlite ? 'SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()' : 'SELECT pg_database_size(current_database())');
    assert.ok(d.bytes > 100_000 && Math.abs(d.bytes - Number(bytes)) < Number(bytes) / 4, `${d.bytes} beside ${bytes}`);
    assert.deepEqual(d.migrations.map((m) => [m.version, m.state]), (await bench.db.sql('SELECT version FROM schema_migrations ORDER BY version')).map(([v]) => [Number(v), 'applied']));
    assert.equal(d.partitions_ahead, true);
    if (sqlite) return assert.deepEqual(d.partitions, []);
    assert.ok(d.partitions.some((p) => p.table === 'habit_logs' && p.name === 'habit_logs_2026' && p.bytes > 0));
    assert.ok(d.partitions.some((p) => p.table === 'system_logs'));
  });

  await bench.t.test('the doctor is sent for, finds what is broken, and the last result stays', async () => {
    const doctor = async () => expectStatus(await admin.get('/v1/admin/database'), 200).json.doctor;
    const over = async (before) => {
      for (const deadline = Date.now() + 20_000; ; ) {
        const d = await doctor();
        if (!d.running && d.at !== before) return d;
        assert.ok(Date.now() < deadline, 'it is over');
        await new Promise((done) => setTimeout(done, 20));
      }
    };
    assert.deepEqual(await doctor(), { running: false, user_id: null, at: null, found: null });
    await bench.db.sql('UPDATE broadcasts SET sent = 0, failed = 0; DELETE FROM referrals'); // what the tests before put there
    expectStatus(await admin.post('/v1/admin/database/doctor'), 202);
    const sound = await over(null);
    assert.deepEqual(sound.found, { ok: true, checks: sound.found.checks, broken: [], error: null });
    assert.ok(sound.found.checks >= 20);
    const [row] = expectStatus(await admin.get('/v1/admin/audit?operation=doctor.run'), 200).json.items;
    assert.deepEqual([row.user_id, row.detail, row.created_at], [sound.user_id, sound.found, sound.at]);
    await bench.db.sql(`UPDATE broadcasts SET sent = queued + 1`);
    const [one, two] = await Promise.all([admin.post('/v1/admin/database/doctor'), admin.post('/v1/admin/database/doctor')]);
    assert.ok([one, two].some((r) => r.status === 202) && [one, two].every((r) => r.status === 202 || r.json.code === 'doctor_runs'));
    const broken = await over(sound.at);
    assert.equal(broken.found.ok, false);
    assert.deepEqual(broken.found.broken.map((b) => [b.name, b.count, b.rows.length]), [['broadcasts.counts', 3, 3]]);
    await bench.db.sql('UPDATE broadcasts SET sent = 0');
  });

  await bench.t.test('what waits, since when, and what went wrong', async () => {
    const before = expectStatus(await admin.get('/v1/admin/queues'), 200).json;
    assert.deepEqual(before.queues.map((q) => q.queue), ['arrivals', 'payments', 'replies', 'reminders', 'broadcasts']);
    const waiting = Object.fromEntries(before.queues.map((q) => [q.queue, q.waiting]));
    const add = (lane, status, ms) => bench.db.sql(`INSERT INTO outbox (user_id, id, channel, lane, status, chat_id, method, payload, for_dialog, attempts, unknowns, due_at, created_at, done_at)
      VALUES (${id(people[0].id)}, ${id(randomUUID())}, 'telegram', ${lane}, '${status}', 7, 'sendMessage', '{}', ${sqlite ? '0' : 'false'}, 0, 0, ${at(ms)}, ${at(ms)}, ${status === 'failed' ? at(ms) : 'NULL'})`);
    await add(2, 'queued', now + 1);
    await add(2, 'queued', now);
    await add(1, 'failed', now);
    const after = expectStatus(await admin.get('/v1/admin/queues'), 200).json;
    assert.deepEqual(after.queues.find((q) => q.queue === 'reminders'), { queue: 'reminders', waiting: waiting.reminders + 2, oldest_at: '2026-11-23T11:00:00Z' });
    assert.equal(after.queues.find((q) => q.queue === 'replies').waiting, waiting.replies);
    assert.equal(after.failed, before.failed + 1);
  });

  await bench.t.test('what is asked wrongly is refused by its name', async () => {
    for (const list of ['subscriptions', 'referrals', 'broadcasts']) {
      for (const [query, field] of [['limit=0', 'limit'], ['limit=201', 'limit'], ['cursor=x', 'cursor'], ['status=odd', 'status']])
        expectProblem(await admin.get(`/v1/admin/${list}?${query}`, { loose: true }), 422, 'invalid', field);
    }
    const { next } = (await admin.get('/v1/admin/subscriptions?limit=1')).json;
    expectProblem(await admin.get(`/v1/admin/referrals?cursor=${next}`), 422, 'invalid', 'cursor');
  });
});

// The rows behind the queues' figures: what waits to be sent and to be acted on, row by row, as many as each figure says.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { forEachEngine } from './harness.mjs';
import { Api, expectProblem, expectStatus } from './api.mjs';

const env = { HABITD_NOW: '2026-11-23T12:00:00Z' };
const now = Date.parse('2026-11-23T11:00:00Z');
const OVER = ['sent', 'failed', 'unknown', 'dropped'];

forEachEngine('the rows that wait', async (bench) => {
  const sqlite = bench.engine === 'sqlite';
  const id = (uuid) => (sqlite ? `x'${uuid.replaceAll('-', '')}'` : `'${uuid}'`);
  const at = (ms) => (sqlite ? String(ms) : `to_timestamp(${ms / 1000})`);
  const bytes = (text) => (sqlite ? `x'${Buffer.from(text).toString('hex')}'` : `'\\x${Buffer.from(text).toString('hex')}'`);
  const server = await bench.serve({ env });
  const admin = await Api.of(server, await bench.token(9001, ['--admin'], { env }));
  const other = await Api.of(server, await bench.token(1001, [], { env }));
  const me = expectStatus(await other.get('/v1/me'), 200).json.id;

  const send = ({ lane = 1, status = 'queued', channel = 'telegram', due = now, view = null, user = me, unknowns = 0 }) =>
    bench.db.sql(`INSERT INTO outbox (user_id, id, channel, lane, status, chat_id, method, payload, view, args, for_dialog, attempts, unknowns, fence, due_at, created_at, attempted_at, done_at, error)
      VALUES (${id(user)}, ${id(randomUUID())}, '${channel}', ${lane}, '${status}', ${channel === 'telegram' ? 7 : 0}, ${view ? 'NULL' : `'sendMessage'`}, '{"text":"my secret"}', ${view ? `'${view}'` : 'NULL'}, NULL, ${sqlite ? '0' : 'false'},
        ${unknowns}, ${unknowns}, ${status === 'sending' ? 3 : 'NULL'}, ${at(due)}, ${at(now - 5)}, ${status === 'sending' ? at(now) : 'NULL'}, ${OVER.includes(status) ? at(now) : 'NULL'}, ${status === 'failed' ? `'Bad Request: chat not found'` : 'NULL'})`);
  const receive = (source, external, { status = 'pending', chat = null, ms = now, error = null } = {}) =>
    bench.db.sql(`INSERT INTO inbox (source, external_id, chat_id, body, status, attempts, next_at, error, received_at, processed_at)
      VALUES ('${source}', '${external}', ${chat ?? 'NULL'}, ${status === 'done' ? 'NULL' : bytes('{"text":"my secret"}')}, '${status}', ${error ? 5 : 0}, ${status === 'pending' ? at(ms) : 'NULL'}, ${error ? `'${error}'` : 'NULL'}, ${at(ms)}, ${status === 'pending' ? 'NULL' : at(ms + 1)})`);

  async function all(target, limit = 200) {
    const rows = [];
    for (let cursor = ''; cursor !== null; ) {
      const answer = expectStatus(await admin.get(`${target}${target.includes('?') ? '&' : '?'}limit=${limit}${cursor && `&cursor=${cursor}`}`), 200);
      assert.ok(!answer.text.includes('my secret'), 'what a message says is nobody else’s');
      assert.ok(answer.json.items.length <= limit);
      assert.ok(answer.json.next === null || answer.json.items.length === limit, 'a page that is not the last is full');
      rows.push(...answer.json.items);
      cursor = answer.json.next;
    }
    return rows;
  }

  for (let n = 0; n < 5; n++) await send({ lane: 2, view: 'reminder', due: now + (n % 2) }); // some at the same moment
  for (const channel of ['telegram', 'stars', 'yookassa', 'yookassa', 'files']) await send({ lane: 0, channel, due: now + 10 });
  await send({ lane: 3, due: now + 20 });
  for (const status of ['held', 'held', 'sending', 'failed', 'failed', 'failed', 'sent', 'dropped']) await send({ status });
  await send({ status: 'unknown', unknowns: 5 });
  await send({ lane: 0, channel: 'yookassa', unknowns: 1, due: now + 30 }); // cut off once, waits again
  await send({ lane: 1, user: '00000000-0000-0000-0000-000000000000', due: now - 1 });
  for (let n = 0; n < 5; n++) await receive('telegram', String(100 + n), { chat: 7, ms: now + (n % 2) });
  const long = `payment.succeeded:${'x'.repeat(64)}`;
  await receive('yookassa', long);
  await receive('yookassa', 'refund.succeeded:1', { status: 'parked', error: 'no such payment' });
  await receive('telegram', '99', { status: 'done' });

  await bench.t.test('each figure has as many rows', async () => {
    const q = expectStatus(await admin.get('/v1/admin/queues'), 200).json;
    for (const { queue, waiting, oldest_at } of q.queues) {
      const rows = queue === 'arrivals' ? await all('/v1/admin/inbox?status=pending&sort=received_at', 2) : await all(`/v1/admin/outbox?status=queued&lane=${queue}&sort=due_at`, 2);
      assert.equal(rows.length, waiting, queue);
      assert.ok(waiting > 0, queue);
      assert.equal(rows[0].received_at ?? rows[0].due_at, oldest_at, 'the oldest comes first');
    }
    for (const status of ['held', 'sending', 'failed', 'unknown']) {
      assert.equal((await all(`/v1/admin/outbox?status=${status}`, 2)).length, q[status], status);
      assert.ok(q[status] > 0, status);
    }
    assert.equal((await all('/v1/admin/inbox?status=parked')).length, q.parked);
    assert.equal((await all('/v1/admin/outbox')).length, q.queues.slice(1).reduce((n, x) => n + x.waiting, 0) + q.held + q.sending + q.failed + q.unknown);
    assert.equal((await all('/v1/admin/inbox')).length, q.queues[0].waiting + q.parked);
  });

  await bench.t.test('in both orders, page by page, each row once', async () => {
    for (const [list, column, key] of [['outbox', 'due_at', 'id'], ['inbox', 'received_at', 'external_id']]) {
      const whole = await all(`/v1/admin/${list}?sort=${column}`);
      const times = whole.map((r) => Date.parse(r[column]));
      assert.deepEqual(times, [...times].sort((a, b) => a - b));
      assert.equal(new Set(whole.map((r) => r[key])).size, whole.length);
      for (const limit of [1, 3]) {
        assert.deepEqual(await all(`/v1/admin/${list}?sort=${column}`, limit), whole);
        assert.deepEqual(await all(`/v1/admin/${list}?sort=-${column}`, limit), [...whole].reverse());
      }
      assert.deepEqual(await all(`/v1/admin/${list}`), [...whole].reverse(), 'the newest first when nothing is said');
    }
  });

  await bench.t.test('what an operator needs to know of a row', async () => {
    const [failed] = await all('/v1/admin/outbox?status=failed');
    assert.deepEqual({ ...failed, id: '' }, { id: '', user_id: me, channel: 'telegram', lane: 'replies', status: 'failed', kind: 'sendMessage', chat_id: 7, attempts: 0, unknowns: 0,
      error: 'Bad Request: chat not found', created_at: '2026-11-23T10:59:59.995Z', due_at: '2026-11-23T11:00:00Z', expires_at: null, attempted_at: null, done_at: '2026-11-23T11:00:00Z' });
    const [call] = await all('/v1/admin/outbox?channel=stars');
    assert.deepEqual([call.chat_id, call.lane], [null, 'payments']);
    assert.deepEqual((await all('/v1/admin/outbox?lane=replies&status=queued')).map((r) => r.user_id), [null], 'the operator’s chat');
    assert.deepEqual(await all('/v1/admin/inbox?status=parked'), [{ source: 'yookassa', external_id: 'refund.succeeded:1', status: 'parked', begun: false, chat_id: null, bytes: 20, attempts: 5,
      error: 'no such payment', received_at: '2026-11-23T11:00:00Z', next_at: null, processed_at: '2026-11-23T11:00:00.001Z' }]);
    assert.deepEqual((await all('/v1/admin/inbox?source=yookassa&status=pending')).map((r) => r.external_id), [long]);
  });

  await bench.t.test('by lane, state, kind, channel and person', async () => {
    assert.equal((await all('/v1/admin/outbox?kind=reminder')).length, 5);
    assert.equal((await all('/v1/admin/outbox?kind=reminder&lane=payments')).length, 0);
    assert.equal((await all('/v1/admin/outbox?channel=yookassa', 1)).length, 3);
    assert.equal((await all('/v1/admin/outbox?channel=yookassa&status=held')).length, 0);
    const [[mine]] = await bench.db.sql(`SELECT count(*) FROM outbox WHERE user_id = ${id(me)}`);
    assert.equal((await all(`/v1/admin/outbox?user_id=${me}`, 4)).length, Number(mine), 'of one person those that are over too');
    assert.deepEqual((await all(`/v1/admin/outbox?user_id=${me}&status=sent`)).map((r) => r.status), ['sent']);
    assert.deepEqual(await all(`/v1/admin/outbox?user_id=${randomUUID()}`), []);
  });

  await bench.t.test('what is asked wrongly is refused by its name, and whoever is no operator sees nothing', async () => {
    for (const list of ['outbox', 'inbox']) {
      for (const [query, field] of [['limit=0', 'limit'], ['limit=201', 'limit'], ['cursor=x', 'cursor'], ['status=odd', 'status'], ['sort=status', 'sort'], ['odd=1', 'odd']])
        expectProblem(await admin.get(`/v1/admin/${list}?${query}`, { loose: true }), 422, 'invalid', field);
      const { next } = (await admin.get(`/v1/admin/${list}?limit=1`)).json;
      expectProblem(await admin.get(`/v1/admin/${list}?limit=1&sort=${list === 'outbox' ? 'due_at' : 'received_at'}&cursor=${next}`), 422, 'invalid', 'cursor');
      expectProblem(await admin.get(`/v1/admin/${list === 'outbox' ? 'inbox' : 'outbox'}?cursor=${next}`), 422, 'invalid', 'cursor');
      assert.equal((await other.get(`/v1/admin/${list}`)).status, 404);
    }
    expectProblem(await admin.get('/v1/admin/outbox?lane=odd', { loose: true }), 422, 'invalid', 'lane');
    expectProblem(await admin.get('/v1/admin/outbox?status=sent'), 422, 'invalid', 'status');
  });
});

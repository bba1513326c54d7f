// Idempotency-Key: a repeated POST gives the first answer and does nothing twice.
import assert from 'node:assert/strict';
import { forEachEngine } from './harness.mjs';
import { Api, expectProblem, expectStatus } from './api.mjs';

const env = { HABITD_NOW: '2026-11-23T12:00:00Z', HABITD_LIMIT_TRIAL: '0' };
const withKey = (key) => ({ headers: { 'idempotency-key': key } });

forEachEngine('idempotency keys', async (bench) => {
  const server = await bench.serve({ env });
  const me = await Api.of(server, await bench.token(1001, [], { env }));
  const other = await Api.of(server, await bench.token(1002, [], { env }));
  const count = async (api) => (await api.get('/v1/habits?archived=all')).json.items.length;

  await bench.t.test('the same key and body: the first answer again, byte by byte', async () => {
    const first = expectStatus(await me.post('/v1/habits', { name: 'Run' }, withKey('k1')), 201);
    const again = expectStatus(await me.post('/v1/habits', { name: 'Run' }, withKey('k1')), 201);
    assert.equal(again.text, first.text);
    assert.equal(again.headers.location, first.headers.location);
    assert.equal(again.headers['content-type'], first.headers['content-type']);
    assert.equal(first.headers['idempotent-replayed'], undefined);
    assert.equal(again.headers['idempotent-replayed'], 'true');
    assert.equal(await count(me), 1);
    // Still so when the habit is another one meanwhile, and after a restart.
    await me.patch(`/v1/habits/${first.json.id}`, { name: 'Walk' });
    const next = await bench.serve({ env });
    assert.equal((await (await Api.of(next, me.token)).post('/v1/habits', { name: 'Run' }, withKey('k1'))).text, first.text);
    await next.stop();
  });

  await bench.t.test('the same key for anything else is 409', async () => {
    const { json } = await me.post('/v1/habits', { name: 'a' }, withKey('k2'));
    for (const r of [
      await me.post('/v1/habits', { name: 'b' }, withKey('k2')),
      await me.post(`/v1/habits/${json.id}/schedules`, { schedule_type: 'daily' }, withKey('k2')),
      await me.post(`/v1/habits/${json.id}/restore`, undefined, withKey('k2')),
      await me.post('/v1/logs:batch', { logs: [] }, withKey('k2')),
    ]) expectProblem(r, 409, 'idempotency_key_reused');
    assert.equal((await me.get(`/v1/habits/${json.id}`)).json.schedules.length, 0);
  });

  await bench.t.test('keys are a person’s own', async () => {
    const before = await count(other);
    expectStatus(await other.post('/v1/habits', { name: 'Other' }, withKey('k1')), 201);
    assert.equal(await count(other), before + 1);
  });

  await bench.t.test('the same key many times at once makes one habit', async () => {
    const before = await count(me);
    const answers = await Promise.all(Array.from({ length: 20 }, () => me.post('/v1/habits', { name: 'Once' }, withKey('k3'))));
    assert.equal(new Set(answers.map((r) => r.text)).size, 1);
    assert.ok(answers.every((r) => r.status === 201));
    assert.equal(await count(me), before + 1);
  });

  await bench.t.test('a refused request leaves the key free', async () => {
    expectProblem(await me.post('/v1/habits', { name: '' }, withKey('k4')), 422, 'invalid', 'name');
    expectStatus(await me.post('/v1/habits', { name: 'ok' }, withKey('k4')), 201);
  });

  await bench.t.test('a batch is repeated with all its results', async () => {
    const habit = await me.habit();
    const body = { logs: [{ habit_id: habit.id, day: '2026-11-23', status: 'done' }, { habit_id: habit.id, day: '2026-11-24', status: 'done' }] };
    const first = expectStatus(await me.post('/v1/logs:batch', body, withKey('k5')), 200);
    assert.deepEqual(first.json.results.map((r) => r.status), [201, 422]);
    await me.del(`/v1/habits/${habit.id}/logs/2026-11-23`);
    assert.equal((await me.post('/v1/logs:batch', body, withKey('k5'))).text, first.text);
    assert.equal((await me.get(`/v1/habits/${habit.id}/logs`)).json.items.length, 0);
  });

  await bench.t.test('a key is 1 to 255 visible ASCII characters', async () => {
    for (const key of ['', 'a b', 'x'.repeat(256), 'tab\tx', ['a', 'b']]) {
      expectProblem(await me.post('/v1/habits', { name: 'x' }, withKey(key)), 422, 'invalid', 'Idempotency-Key');
    }
    expectStatus(await me.post('/v1/habits', { name: 'x' }, withKey('x'.repeat(255))), 201);
    // Other methods are idempotent as they are.
    const habit = await me.habit();
    expectStatus(await me.mark(habit, '2026-11-23'), 201);
    expectStatus(await me.put(`/v1/habits/${habit.id}/logs/2026-11-23`, { status: 'skipped' }, withKey('k1')), 200);
  });
});

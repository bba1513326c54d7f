// Habits and their schedules.
import assert from 'node:assert/strict';
import { forEachEngine } from './harness.mjs';
import { Api, expectProblem, expectStatus } from './api.mjs';

const env = { HABITD_NOW: '2026-11-23T12:00:00Z', HABITD_LIMIT_TRIAL: '3' };
const nobody = '0192f0c1-2b7e-7c3d-9a51-3f6c2b1d0e4f';

forEachEngine('habits over HTTP', async (bench) => {
  const unlimited = { ...env, HABITD_LIMIT_TRIAL: '0' };
  const server = await bench.serve({ env: unlimited });
  const person = async (id) => Api.of(server, await bench.token(id, [], { env }));
  const me = await person(1001);
  const other = await person(1002);

  await bench.t.test('a name is enough: daily, yes/no, from today', async () => {
    const r = expectStatus(await me.post('/v1/habits', { name: '  Meditate  ' }), 201);
    assert.equal(r.headers.location, `/v1/habits/${r.json.id}`);
    assert.deepEqual({ ...r.json, id: 0, created_at: 0 }, {
      id: 0, name: 'Meditate', description: '', emoji: null, color: '#4c8bf5', kind: 'yes_no', target_value: null, target_kind: 'at_least',
      unit: '', frequency: { count: 1, days: 1 }, starts_on: '2026-11-23', position: r.json.position, archived: false, paused: false,
      schedules: [], created_at: 0 });
    assert.deepEqual((await me.get(r.headers.location)).json, r.json);
  });

  await bench.t.test('every field is kept as it was sent', async () => {
    const sent = { name: 'Бег 🏃', description: 'two\nlines', emoji: '👨‍👩‍👧‍👦', color: '#AbCdEf', kind: 'measurable', target_value: 2.5,
      target_kind: 'at_most', unit: 'km', frequency: { count: 3, days: 7 }, starts_on: '2020-02-29', archived: true, paused: true };
    const habit = await me.habit(sent);
    for (const [field, value] of Object.entries(sent)) assert.deepEqual(habit[field], value, field);
  });

  await bench.t.test('numbers keep three decimals exactly', async () => {
    for (const value of [0.001, 0.1, 1.005, 2.675, 123456789.123, 999999999.999, 1e9, 0, 7]) {
      const habit = await me.habit({ kind: 'measurable', target_value: value });
      assert.equal(habit.target_value, value);
      assert.equal((await me.get(`/v1/habits/${habit.id}`)).json.target_value, value);
      await me.del(`/v1/habits/${habit.id}`);
    }
  });

  await bench.t.test('a name has a hundred characters as people count them', async () => {
    for (const character of ['я', '👨‍👩‍👧‍👦', '👩🏻‍❤️‍💋‍👨🏻', 'á', 'נ']) {
      const name = character.repeat(100);
      assert.equal((await me.habit({ name })).name, name);
      expectProblem(await me.post('/v1/habits', { name: name + character }), 422, 'invalid', 'name');
    }
  });

  await bench.t.test('every field is checked and named', async () => {
    for (const [field, values] of Object.entries({
      name: [undefined, null, '', '   ', 5, 'a\u0000b', 'line\nbreak', 'x'.repeat(101), '\u200b\u2060', '\u3164', '👨‍👩‍👧‍👦'.repeat(101)],
      description: [5, 'x'.repeat(4097), 'bell\u0007'],
      emoji: ['ab', 5, '👍👍'],
      color: ['red', '#12345', '#12345g', null, 5],
      kind: ['both', null, 1],
      target_value: [-1, 0.0001, '5', 1e13, true],
      target_kind: ['exactly', null],
      unit: ['x'.repeat(21), 5],
      frequency: ['daily', 5, [1]],
      'frequency.count': [{ days: 7 }, { count: 0, days: 7 }, { count: 8, days: 7 }, { count: 1.5, days: 7 }, { count: '1', days: 7 }],
      'frequency.days': [{ count: 1 }, { count: 1, days: 367 }],
      'frequency.weeks': [{ count: 1, days: 7, weeks: 1 }],
      starts_on: ['1999-12-31', '2026-02-30', '2026-2-3', 5, null],
      position: [-1, 1.5, '1', null],
      archived: ['true', 1, null],
      paused: ['true', 0, null],
      schedules: [{}, 'daily'],
      'schedules[0].schedule_type': [[{}], [{ schedule_type: 'hourly' }]],
      'schedules[1].at': [[{ schedule_type: 'daily' }, { schedule_type: 'daily', at: '10:00' }]],
      id: [nobody],
      created_at: ['2026-11-23T12:00:00Z'],
      user_id: [nobody],
    })) {
      for (const value of values) {
        const body = { name: 'x', kind: 'measurable', target_value: 1, [field.split(/[.[]/)[0]]: value };
        const r = await me.post('/v1/habits', body);
        if (typeof value === 'string' && value.includes('\u0000')) expectStatus(r, 400);
        else expectProblem(r, 422, 'invalid', field);
      }
    }
    expectProblem(await me.post('/v1/habits', { name: 'x', kind: 'measurable' }), 422, 'invalid', 'target_value');
    expectProblem(await me.post('/v1/habits', { name: 'x', target_value: 5 }), 422, 'invalid', 'target_value');
    expectProblem(await me.post('/v1/habits', { name: 'x', schedules: Array(25).fill({ schedule_type: 'daily' }) }), 422, 'invalid', 'schedules');
  });

  await bench.t.test('a patch merges; null clears what may be empty', async () => {
    const habit = await me.habit({ description: 'd', emoji: '🏃', kind: 'measurable', target_value: 5, unit: 'km', frequency: { count: 3, days: 7 } });
    const path = `/v1/habits/${habit.id}`;
    const after = expectStatus(await me.patch(path, { name: 'Walk', emoji: null, description: null, frequency: null }), 200).json;
    assert.deepEqual(after, { ...habit, name: 'Walk', emoji: null, description: '', frequency: null });
    assert.deepEqual((await me.patch(path, {})).json, after);
    expectProblem(await me.patch(path, { target_value: null }), 422, 'invalid', 'target_value');
    assert.equal((await me.patch(path, { kind: 'yes_no', target_value: null })).json.target_value, null);
    for (const [field, value] of [['name', null], ['color', null], ['schedules', []], ['id', nobody], ['archived', 'no'], ['position', -1]]) {
      expectProblem(await me.patch(path, { [field]: value }), 422, 'invalid', field);
    }
  });

  await bench.t.test('the kind is fixed once a day is marked', async () => {
    const habit = await me.habit();
    expectProblem(await me.patch(`/v1/habits/${habit.id}`, { kind: 'measurable' }), 422, 'invalid', 'target_value');
    expectStatus(await me.patch(`/v1/habits/${habit.id}`, { kind: 'measurable', target_value: 2 }), 200);
    expectStatus(await me.mark(habit, '2026-11-23', { value: 2 }), 201);
    expectProblem(await me.patch(`/v1/habits/${habit.id}`, { kind: 'yes_no', target_value: null }), 422, 'invalid', 'kind');
  });

  await bench.t.test('lists: by position, by archived, in pages whose cursors are checked', async () => {
    const p = await person(1003);
    const names = ['a', 'b', 'c', 'd', 'e'];
    const made = [];
    for (const name of names) made.push(await p.habit({ name }));
    await p.patch(`/v1/habits/${made[1].id}`, { archived: true });
    const list = async (query) => (await p.get(`/v1/habits${query}`)).json;
    assert.deepEqual((await list('')).items.map((h) => h.name), ['a', 'c', 'd', 'e']);
    assert.deepEqual((await list('?archived=true')).items.map((h) => h.name), ['b']);
    assert.deepEqual((await list('?archived=all')).items.map((h) => h.name), names);
    await p.patch(`/v1/habits/${made[4].id}`, { position: 0 });
    const order = (await list('?archived=all')).items.map((h) => h.name);
    assert.deepEqual(order, ['e', 'a', 'b', 'c', 'd']);
    const paged = [];
    for (let cursor = ''; cursor !== null;) {
      const page = await list(`?archived=all&limit=2${cursor && `&cursor=${cursor}`}`);
      assert.ok(page.items.length <= 2);
      paged.push(...page.items.map((h) => h.name));
      cursor = page.next;
    }
    assert.deepEqual(paged, order);
    const { next } = await list('?limit=1');
    for (const cursor of ['x', `${next}A`, next.slice(1), '', 'AAAA', '%00']) {
      const r = await p.get(`/v1/habits?cursor=${cursor}`);
      if (cursor === '%00') expectStatus(r, 400);
      else expectProblem(r, 422, 'invalid', 'cursor');
    }
    for (const limit of ['0', '201', 'x', '-1', '1.5', '']) expectProblem(await p.get(`/v1/habits?limit=${limit}`), 422, 'invalid', 'limit');
    expectProblem(await p.get('/v1/habits?archived=maybe'), 422, 'invalid', 'archived');
    expectProblem(await p.get('/v1/habits?page=2'), 422, 'invalid', 'page');
    expectProblem(await p.get('/v1/habits?limit=1&limit=2'), 422, 'invalid', 'limit');
  });

  await bench.t.test('deleted at once, brought back whole', async () => {
    const habit = await me.habit({ schedules: [{ schedule_type: 'daily' }] });
    const path = `/v1/habits/${habit.id}`;
    await me.mark(habit, '2026-11-23');
    expectStatus(await me.del(path), 204);
    for (const r of [await me.get(path), await me.del(path), await me.patch(path, { name: 'x' }), await me.get(`${path}/stats`),
      await me.mark(habit, '2026-11-23')]) expectProblem(r, 404, 'habit_not_found');
    assert.ok(!(await me.get('/v1/habits?archived=all')).json.items.some((h) => h.id === habit.id));
    assert.deepEqual(expectStatus(await me.post(`${path}/restore`), 200).json, habit);
    assert.equal((await me.get(`${path}/logs`)).json.items.length, 1);
    expectProblem(await me.post(`${path}/restore`), 404, 'habit_not_found');
    expectStatus(await me.del(path), 204);
    expectProblem(await me.post(`${path}/restore`, { now: true }), 422, 'invalid', 'now');
    expectStatus(await me.post(`${path}/restore`, {}), 200);
  });

  await bench.t.test('what is somebody else’s is not there', async () => {
    const habit = await other.habit({ schedules: [{ schedule_type: 'daily' }] });
    const sid = habit.schedules[0].id;
    for (const id of [habit.id, nobody]) {
      const path = `/v1/habits/${id}`;
      for (const r of [
        await me.get(path), await me.patch(path, { name: 'mine' }), await me.del(path), await me.post(`${path}/restore`),
        await me.get(`${path}/schedules`), await me.get(`${path}/schedules/${sid}`), await me.post(`${path}/schedules`, { schedule_type: 'daily' }),
        await me.patch(`${path}/schedules/${sid}`, { is_enabled: false }), await me.del(`${path}/schedules/${sid}`),
        await me.put(`${path}/logs/2026-11-23`, { status: 'done' }), await me.del(`${path}/logs/2026-11-23`), await me.get(`${path}/logs`),
        await me.get(`${path}/stats`),
      ]) expectStatus(r, 404);
    }
    assert.deepEqual((await other.get(`/v1/habits/${habit.id}`)).json, habit);
    for (const id of ['x', '1', `${nobody}0`, nobody.replaceAll('-', '')]) expectStatus(await me.get(`/v1/habits/${id}`), 404);
  });

  await bench.t.test('schedules: made, read, changed, removed', async () => {
    const habit = await me.habit();
    const path = `/v1/habits/${habit.id}/schedules`;
    const r = expectStatus(await me.post(path, { schedule_type: 'weekly', days_of_week: [5, 1, 3], reminder_time: '07:30' }), 201);
    assert.equal(r.headers.location, `${path}/${r.json.id}`);
    assert.deepEqual({ ...r.json, id: 0 }, { id: 0, schedule_type: 'weekly', reminder_time: '07:30', days_of_week: [1, 3, 5], rrule: null,
      starts_on: '2026-11-23', is_enabled: true });
    const custom = (await me.post(path, { schedule_type: 'custom', rrule: 'FREQ=MONTHLY;BYMONTHDAY=1,15', starts_on: '2026-01-01' })).json;
    assert.equal(custom.rrule, 'FREQ=MONTHLY;BYMONTHDAY=1,15');
    assert.deepEqual((await me.get(path)).json.items.map((s) => s.id).sort(), [r.json.id, custom.id].sort());
    assert.equal((await me.get(`/v1/habits/${habit.id}`)).json.schedules.length, 2);
    assert.deepEqual((await me.get(r.headers.location)).json, r.json);
    const changed = expectStatus(await me.patch(r.headers.location, { reminder_time: null, is_enabled: false }), 200).json;
    assert.deepEqual(changed, { ...r.json, reminder_time: null, is_enabled: false });
    const daily = expectStatus(await me.patch(r.headers.location, { schedule_type: 'daily', days_of_week: null }), 200).json;
    assert.equal(daily.days_of_week, null);
    expectStatus(await me.del(r.headers.location), 204);
    for (const gone of [await me.get(r.headers.location), await me.del(r.headers.location), await me.patch(r.headers.location, {})]) {
      expectStatus(gone, 404);
    }
  });

  await bench.t.test('every field of a schedule is checked and named', async () => {
    const habit = await me.habit();
    for (const [field, bodies] of Object.entries({
      schedule_type: [{}, { schedule_type: 'hourly' }, { schedule_type: null }],
      reminder_time: [{ reminder_time: '24:00' }, { reminder_time: '7:30' }, { reminder_time: 450 }],
      days_of_week: [{ schedule_type: 'weekly' }, { schedule_type: 'weekly', days_of_week: [] }, { schedule_type: 'weekly', days_of_week: [0] },
        { schedule_type: 'weekly', days_of_week: [8] }, { schedule_type: 'weekly', days_of_week: [1, 1] }, { days_of_week: [1] }],
      rrule: [{ schedule_type: 'custom' }, { schedule_type: 'custom', rrule: 'FREQ=SECONDLY' }, { schedule_type: 'custom', rrule: 'nonsense' },
        { rrule: 'FREQ=DAILY' }, { schedule_type: 'custom', rrule: `FREQ=DAILY;${'X'.repeat(500)}` }],
      starts_on: [{ starts_on: '1999-12-31' }, { starts_on: 'tomorrow' }, { starts_on: null }],
      is_enabled: [{ is_enabled: 1 }, { is_enabled: null }],
      days: [{ days: [1] }],
    })) {
      for (const body of bodies) {
        const whole = Object.keys(body).length === 0 ? {} : { schedule_type: 'daily', ...body };
        expectProblem(await me.post(`/v1/habits/${habit.id}/schedules`, whole), 422, 'invalid', field);
      }
    }
  });

  await bench.t.test('the tier’s limit has its own code; archived and paused habits do not count', async () => {
    const limited = await bench.serve({ env });
    const p = await Api.of(limited, await bench.token(1004, [], { env }));
    const habits = [await p.habit(), await p.habit(), await p.habit()];
    assert.deepEqual((await p.get('/v1/me')).json.limits, { habits: 3 });
    expectProblem(await p.post('/v1/habits', { name: 'one more' }), 403, 'habit_limit_reached');
    expectStatus(await p.patch(`/v1/habits/${habits[0].id}`, { archived: true }), 200);
    await p.habit();
    expectProblem(await p.patch(`/v1/habits/${habits[0].id}`, { archived: false }), 403, 'habit_limit_reached');
    expectStatus(await p.del(`/v1/habits/${habits[1].id}`), 204);
    await p.habit();
    expectProblem(await p.post(`/v1/habits/${habits[1].id}/restore`), 403, 'habit_limit_reached');
    await limited.stop();
  });
});

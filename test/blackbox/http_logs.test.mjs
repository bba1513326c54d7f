// Marks: one by one and in batches, which of two wins, whose day it is, and what today and stats make of them.
import assert from 'node:assert/strict';
import { forEachEngine } from './harness.mjs';
import { Api, expectProblem, expectStatus } from './api.mjs';

const env = { HABITD_NOW: '2026-11-23T12:00:00Z', HABITD_LIMIT_TRIAL: '0' };
const nobody = '0192f0c1-2b7e-7c3d-9a51-3f6c2b1d0e4f';
const today = '2026-11-23';
const dayBefore = (day, n) => new Date(Date.parse(day) - n * 86400e3).toISOString().slice(0, 10);

forEachEngine('marks over HTTP', async (bench) => {
  const server = await bench.serve({ env });
  const me = await Api.of(server, await bench.token(1001, [], { env }));
  const other = await Api.of(server, await bench.token(1002, [], { env }));

  await bench.t.test('new is 201, changed and same are 200', async () => {
    const habit = await me.habit();
    const r = expectStatus(await me.mark(habit, today, { note: 'early' }), 201);
    assert.deepEqual({ ...r.json, marked_at: 0 }, { habit_id: habit.id, day: today, status: 'done', value: null, note: 'early', preset: null,
      source: 'api', marked_at: 0 });
    assert.deepEqual(expectStatus(await me.mark(habit, today, { note: 'early', marked_at: r.json.marked_at }), 200).json, r.json);
    const declined = expectStatus(await me.mark(habit, today, { status: 'declined', preset: 'sick', note: 'fever' }), 200).json;
    assert.deepEqual([declined.status, declined.preset, declined.note], ['declined', 'sick', 'fever']);
    const skipped = expectStatus(await me.mark(habit, today, { status: 'skipped' }), 200).json;
    assert.deepEqual([skipped.status, skipped.preset, skipped.note], ['skipped', null, null]);
    assert.deepEqual(await bench.db.sql('SELECT count(*) FROM habit_decline_notes'), [['0']]);
    assert.deepEqual((await me.get(`/v1/habits/${habit.id}/logs`)).json.items, [skipped]);
  });

  await bench.t.test('the latest marked_at wins, whatever the order of arrival', async () => {
    const habit = await me.habit();
    const at = (minute) => `2026-11-23T10:${minute}:00Z`;
    expectStatus(await me.mark(habit, today, { marked_at: at('30') }), 201);
    const older = expectStatus(await me.mark(habit, today, { status: 'skipped', marked_at: at('29') }), 200).json;
    assert.deepEqual([older.status, older.marked_at], ['done', at('30')]);
    const newer = expectStatus(await me.mark(habit, today, { status: 'skipped', marked_at: '2026-11-23T13:31:00+03:00' }), 200).json;
    assert.deepEqual([newer.status, newer.marked_at], ['skipped', at('31')]);
    assert.equal((await me.mark(habit, today, { status: 'declined', marked_at: null })).json.status, 'declined');
    // A clock that is a little fast is taken as now, one that is wrong is refused.
    const soon = expectStatus(await me.mark(habit, today, { marked_at: '2026-11-23T12:04:00Z' }), 200).json;
    assert.ok(soon.marked_at < '2026-11-23T12:03', soon.marked_at);
    expectProblem(await me.mark(habit, today, { marked_at: '2026-11-23T12:30:00Z' }), 422, 'invalid', 'marked_at');
  });

  await bench.t.test('every field is checked and named', async () => {
    const yesNo = await me.habit();
    const km = await me.habit({ kind: 'measurable', target_value: 5 });
    for (const [habit, field, bodies] of [
      [yesNo, 'status', [{}, { status: null }, { status: 'maybe' }, { status: 1 }, { status: 'DONE' }]],
      [yesNo, 'value', [{ value: 1 }]],
      [km, 'value', [{}, { value: null }, { value: -0.001 }, { value: 0.0001 }, { value: '5' }, { value: 1e12 }, { value: true }]],
      [yesNo, 'note', [{ note: 5 }, { status: 'declined', note: 'x'.repeat(301) }, { note: 'x'.repeat(4097) }, { note: 'bell\u0007' }]],
      [yesNo, 'preset', [{ status: 'declined', preset: 'lazy' }, { status: 'declined', preset: 1 }, { preset: 'sick' }]],
      [yesNo, 'marked_at', [{ marked_at: 'now' }, { marked_at: 5 }, { marked_at: '2026-11-23' }, { marked_at: '2026-02-30T00:00:00Z' }]],
      [yesNo, 'day', [{ day: today }]],
      [yesNo, 'habit_id', [{ habit_id: nobody }]],
    ]) {
      for (const body of bodies) {
        const whole = 'status' in body || field === 'status' ? body : { status: 'done', ...body };
        expectProblem(await me.put(`/v1/habits/${habit.id}/logs/${today}`, whole), 422, 'invalid', field);
      }
    }
    for (const day of ['2026-11-24', '2026-13-01', '2026-02-29', '1999-12-31', 'today', '2026-1-1']) {
      for (const r of [await me.mark(yesNo, day)]) expectProblem(r, 422, 'invalid', 'day');
    }
    expectProblem(await me.del(`/v1/habits/${yesNo.id}/logs/2026-02-30`), 422, 'invalid', 'day');
    expectStatus(await me.mark(yesNo, '2000-01-01'), 201);
    assert.equal((await me.get(`/v1/habits/${km.id}/logs`)).json.items.length, 0);
  });

  await bench.t.test('measured values keep three decimals exactly', async () => {
    const habit = await me.habit({ kind: 'measurable', target_value: 5, target_kind: 'at_least' });
    for (const value of [0, 0.001, 2.5, 1.005, 4.35, 1e9, 123456.789]) {
      assert.equal((await me.mark(habit, today, { value })).json.value, value);
      assert.equal((await me.get(`/v1/habits/${habit.id}/logs`)).json.items[0].value, value);
    }
    assert.deepEqual(await bench.db.sql(`SELECT count(*) FROM habit_logs WHERE value = 123456789`), [['1']]);
  });

  await bench.t.test('a mark is taken away; a day without one is fine', async () => {
    const habit = await me.habit();
    await me.mark(habit, today, { status: 'declined', preset: 'other', note: 'x' });
    expectStatus(await me.del(`/v1/habits/${habit.id}/logs/${today}`), 204);
    expectStatus(await me.del(`/v1/habits/${habit.id}/logs/${today}`), 204);
    assert.deepEqual((await me.get(`/v1/habits/${habit.id}/logs`)).json, { items: [], next: null });
    assert.deepEqual(await bench.db.sql('SELECT count(*) FROM habit_decline_notes'), [['0']]);
  });

  await bench.t.test('lists: ranges, pages, checked cursors', async () => {
    const habit = await me.habit();
    const days = Array.from({ length: 10 }, (_, i) => dayBefore(today, 9 - i));
    expectStatus(await me.post('/v1/logs:batch', { logs: days.map((day) => ({ habit_id: habit.id, day, status: 'done' })) }), 200);
    const path = `/v1/habits/${habit.id}/logs`;
    const list = async (query = '') => (await me.get(path + query)).json;
    assert.deepEqual((await list()).items.map((l) => l.day), days);
    assert.deepEqual((await list(`?from=${days[2]}&to=${days[4]}`)).items.map((l) => l.day), days.slice(2, 5));
    const paged = [];
    for (let cursor = ''; cursor !== null;) {
      const page = await list(`?limit=3${cursor && `&cursor=${cursor}`}`);
      paged.push(...page.items.map((l) => l.day));
      cursor = page.next;
    }
    assert.deepEqual(paged, days);
    const habits = (await me.get('/v1/habits?limit=1')).json.next;
    for (const [field, query] of [['from', 'from=x'], ['to', 'to=2026-02-30'], ['limit', 'limit=1001'], ['limit', 'limit=0'], ['cursor', 'cursor=x'],
      ['cursor', `cursor=${habits}`], ['since', 'since=2026-01-01']]) {
      expectProblem(await me.get(`${path}?${query}`), 422, 'invalid', field);
    }
  });

  await bench.t.test('a batch: a result for each, in order; a refused one stops no other', async () => {
    const habit = await me.habit();
    const theirs = await other.habit();
    const km = await me.habit({ kind: 'measurable', target_value: 5 });
    const r = expectStatus(await me.post('/v1/logs:batch', { logs: [
      { habit_id: habit.id, day: today, status: 'done' },
      { habit_id: theirs.id, day: today, status: 'done' },
      { habit_id: habit.id, day: '2026-11-24', status: 'done' },
      { habit_id: km.id, day: today, status: 'done', value: 5.5, note: 'far' },
      { habit_id: km.id, day: today, status: 'done' },
      { habit_id: habit.id, day: dayBefore(today, 1), status: 'maybe' },
      { habit_id: 'x', day: today, status: 'done' },
      { habit_id: habit.id, day: dayBefore(today, 2), status: 'done', mood: 1 },
      { day: today, status: 'done' },
      { habit_id: habit.id, day: dayBefore(today, 3), status: 'declined', preset: 'tired' },
    ] }, { loose: true }), 200);
    assert.deepEqual(r.json.results.map((x) => [x.status, x.code, x.problem?.field]), [
      [201, undefined, undefined], [404, 'habit_not_found', undefined], [422, 'invalid', 'day'], [201, undefined, undefined],
      [422, 'invalid', 'value'], [422, 'invalid', 'logs[5].status'], [422, 'invalid', 'logs[6].habit_id'], [422, 'invalid', 'logs[7].mood'],
      [422, 'invalid', 'logs[8].habit_id'], [201, undefined, undefined]]);
    assert.deepEqual(r.json.results.map((x) => x.habit_id), [habit.id, theirs.id, habit.id, km.id, km.id, habit.id, 'x', habit.id, null, habit.id]);
    assert.equal(r.json.results[3].log.value, 5.5);
    assert.equal(r.json.results[9].log.preset, 'tired');
    assert.deepEqual((await other.get(`/v1/habits/${theirs.id}/logs`)).json.items, []);
    assert.equal((await me.get(`/v1/habits/${habit.id}/logs`)).json.items.length, 2);
  });

  await bench.t.test('a batch folds marks of one day: the latest marked_at, of equals the last', async () => {
    const habit = await me.habit();
    const mark = (status, minute) => ({ habit_id: habit.id, day: today, status, marked_at: `2026-11-23T10:${minute}:00Z` });
    const r = await me.post('/v1/logs:batch', { logs: [mark('done', '10'), mark('skipped', '30'), mark('declined', '20')] });
    assert.deepEqual(r.json.results.map((x) => x.log.status), ['skipped', 'skipped', 'skipped']);
    const equal = await me.post('/v1/logs:batch', { logs: [mark('done', '40'), mark('declined', '40')] });
    assert.deepEqual(equal.json.results.map((x) => [x.status, x.log.status]), [[200, 'declined'], [200, 'declined']]);
    const late = await me.post('/v1/logs:batch', { logs: [mark('done', '00')] });
    assert.deepEqual(late.json.results.map((x) => [x.status, x.log.status]), [[200, 'declined']]);
  });

  await bench.t.test('a batch that is none is refused whole', async () => {
    const habit = await me.habit();
    const good = { habit_id: habit.id, day: today, status: 'done' };
    for (const [field, body] of [['logs', {}], ['logs', { logs: null }], ['logs', { logs: good }], ['logs[1]', { logs: [good, 5] }],
      ['logs', { logs: Array(1001).fill(good) }], ['mode', { logs: [good], mode: 'fast' }]]) {
      expectProblem(await me.post('/v1/logs:batch', body), 422, 'invalid', field);
    }
    assert.equal((await me.get(`/v1/habits/${habit.id}/logs`)).json.items.length, 0);
    assert.deepEqual((await me.post('/v1/logs:batch', { logs: [] })).json, { results: [] });
    const many = Array.from({ length: 1000 }, (_, i) => ({ ...good, day: dayBefore(today, i) }));
    const r = await me.post('/v1/logs:batch', { logs: many });
    assert.ok(r.json.results.every((x) => x.status === 201));
    assert.equal((await me.get(`/v1/habits/${habit.id}/stats`)).json.total_done, 1000);
  });

  await bench.t.test('today: what is due, and what is already marked', async () => {
    const p = await Api.of(server, await bench.token(1003, [], { env }));
    const daily = await p.habit({ name: 'daily' });
    const monday = await p.habit({ name: 'monday', schedules: [{ schedule_type: 'weekly', days_of_week: [1] }], starts_on: '2026-01-01' });
    const tuesday = await p.habit({ name: 'tuesday', schedules: [{ schedule_type: 'weekly', days_of_week: [2] }], starts_on: '2026-01-01' });
    const weekly = await p.habit({ name: 'once a week', frequency: { count: 1, days: 7 }, starts_on: '2026-01-01' });
    await p.habit({ name: 'archived', archived: true });
    await p.habit({ name: 'paused', paused: true });
    const names = async (query = '') => (await p.get(`/v1/today${query}`)).json.items.map((i) => i.name);
    assert.deepEqual(await names(), ['daily', 'monday', 'once a week']);
    assert.deepEqual(await names('?day=2026-11-17'), ['tuesday', 'once a week']);
    await p.mark(weekly, '2026-11-20');
    assert.deepEqual(await names(), ['daily', 'monday']);
    await p.mark(daily, today, { note: 'ok' });
    await p.mark(tuesday, today);
    const { json } = await p.get('/v1/today');
    assert.equal(json.day, today);
    const item = json.items.find((i) => i.id === daily.id);
    assert.deepEqual([item.habit_id, item.status, item.value, item.note, item.streak], [daily.id, 'done', null, 'ok', 1]);
    assert.ok(Math.abs(item.score - 0.051922) < 1e-6);
    assert.deepEqual(json.items.map((i) => [i.name, i.status]), [['daily', 'done'], ['monday', null], ['tuesday', 'done']]);
    for (const [field, query] of [['day', 'day=2026-11-24'], ['day', 'day=1999-12-31'], ['day', 'day=x'], ['date', `date=${today}`]]) {
      expectProblem(await p.get(`/v1/today?${query}`), 422, 'invalid', field);
    }
    assert.equal(monday.frequency, null);
  });

  await bench.t.test('stats: the published score vector, streaks, completion', async () => {
    const habit = await me.habit({ starts_on: '2026-01-01' });
    const logs = Array.from({ length: 20 }, (_, i) => ({ habit_id: habit.id, day: dayBefore(today, i), status: 'done' }));
    logs.push({ habit_id: habit.id, day: dayBefore(today, 30), status: 'done' });
    await me.post('/v1/logs:batch', { logs: logs.slice(0, 20) });
    const path = `/v1/habits/${habit.id}/stats`;
    const { json } = expectStatus(await me.get(path), 200);
    assert.ok(Math.abs(json.score - 0.655747) < 1e-6, json.score);
    assert.ok(Math.abs((await me.get(`${path}?on=${dayBefore(today, 1)}`)).json.score - 0.636894) < 1e-6);
    assert.deepEqual({ ...json, score: 0, completion_30d: 0 }, { on: today, score: 0, current_streak: 20, best_streak: 20,
      streaks: [{ from: dayBefore(today, 19), to: today, length: 20 }], total_done: 20, completion_30d: 0 });
    assert.ok(Math.abs(json.completion_30d - 20 / 30) < 1e-9);
    await me.post('/v1/logs:batch', { logs: [20] .map(() => logs[20]) });
    const after = (await me.get(path)).json;
    assert.deepEqual(after.streaks.map((s) => s.length), [20, 1]);
    assert.equal(after.total_done, 21);
    expectProblem(await me.get(`${path}?on=2026-11-24`), 422, 'invalid', 'on');
    expectProblem(await me.get(`${path}?at=2026-11-20`), 422, 'invalid', 'at');
  });
});

forEachEngine('whose day it is', async (bench) => {
  const at = async (now, fn) => {
    const server = await bench.serve({ env: { ...env, HABITD_NOW: now } });
    await fn(await Api.of(server, await bench.token(1001, [], { env })));
    await server.stop();
  };
  let habit;
  await at('2026-11-23T12:00:00Z', async (me) => {
    habit = await me.habit();
    await me.patch('/v1/me', { timezone: 'America/Nuuk' });
  });
  // Nuuk is two hours behind UTC in winter: 22:59 there is 00:59 of the next day here.
  await at('2026-11-24T00:59:00Z', async (me) => {
    assert.equal((await me.get('/v1/today')).json.day, '2026-11-23');
    expectProblem(await me.mark(habit, '2026-11-24'), 422, 'invalid', 'day');
    expectStatus(await me.mark(habit, '2026-11-23'), 201);
  });
  await at('2026-11-24T02:00:00Z', async (me) => {
    assert.equal((await me.get('/v1/today')).json.day, '2026-11-24');
    await me.patch('/v1/me', { day_starts_at: '03:00' });
    assert.equal((await me.get('/v1/today')).json.day, '2026-11-23');
    expectProblem(await me.mark(habit, '2026-11-24'), 422, 'invalid', 'day');
    expectProblem(await me.get('/v1/today?day=2026-11-24'), 422, 'invalid', 'day');
  });
  // Two in the morning there, less what a slow machine may need until it asks: the moment itself is zone_test's.
  await at('2026-11-24T04:57:00Z', async (me) => assert.equal((await me.get('/v1/today')).json.day, '2026-11-23'));
  await at('2026-11-24T05:00:00Z', async (me) => {
    assert.equal((await me.get('/v1/today')).json.day, '2026-11-24');
    expectStatus(await me.mark(habit, '2026-11-24'), 201);
    // Stored days do not move with the zone; east of the date line it is tomorrow already.
    await me.patch('/v1/me', { timezone: 'Pacific/Kiritimati', day_starts_at: '00:00' });
    assert.deepEqual((await me.get(`/v1/habits/${habit.id}/logs`)).json.items.map((l) => l.day), ['2026-11-23', '2026-11-24']);
  });
  await at('2026-11-24T10:00:00Z', async (me) => {
    assert.equal((await me.get('/v1/today')).json.day, '2026-11-25');
    expectStatus(await me.mark(habit, '2026-11-25'), 201);
    expectProblem(await me.mark(habit, '2026-11-26'), 422, 'invalid', 'day');
  });
});

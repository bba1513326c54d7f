// The person: profile, sessions, erasure.
import assert from 'node:assert/strict';
import { forEachEngine } from './harness.mjs';
import { Api, expectProblem, expectStatus } from './api.mjs';

const env = { HABITD_NOW: '2026-11-23T12:00:00Z', HABITD_TRIAL_DAYS: '7', HABITD_LIMIT_FREE: '5' };

forEachEngine('the person over HTTP', async (bench) => {
  await bench.must(['migrate', 'up']);
  const tokens = [await bench.token(1001, ['--name', 'phone'], { env }), await bench.token(1002, [], { env })];
  const server = await bench.serve({ env });
  const me = await Api.of(server, tokens[0]);
  const other = await Api.of(server, tokens[1]);

  await bench.t.test('a new person is on trial, in UTC, without limits', async () => {
    const r = expectStatus(await me.get('/v1/me'), 200);
    assert.deepEqual(Object.keys(r.json).sort(), ['created_at', 'day_starts_at', 'first_name', 'id', 'language_code', 'limits',
      'notifications_enabled', 'nudges', 'quiet_hours', 'referral_code', 'telegram_id', 'tier', 'timezone', 'trial_ends_at',
      'week_starts_on', 'weekly_summary']);
    assert.equal(r.json.telegram_id, 1001);
    assert.equal(r.json.timezone, 'UTC');
    assert.equal(r.json.day_starts_at, '00:00');
    assert.equal(r.json.quiet_hours, null);
    assert.equal(r.json.weekly_summary, false);
    assert.equal(r.json.nudges, false);
    assert.equal(r.json.tier, 'trial');
    assert.deepEqual(r.json.limits, { habits: null });
    assert.equal(Date.parse(r.json.trial_ends_at) - Date.parse(r.json.created_at), 7 * 86400e3);
  });

  await bench.t.test('only what a patch names is changed', async () => {
    const change = { timezone: 'America/Nuuk', day_starts_at: '03:00', quiet_hours: { from: '22:00', to: '07:00' }, week_starts_on: 7,
      language_code: 'pt-BR', notifications_enabled: false, weekly_summary: true, nudges: true };
    const before = (await me.get('/v1/me')).json;
    assert.deepEqual(expectStatus(await me.patch('/v1/me', change), 200).json, { ...before, ...change });
    assert.deepEqual((await me.patch('/v1/me', { quiet_hours: null })).json, { ...before, ...change, quiet_hours: null });
    assert.deepEqual((await me.patch('/v1/me', {})).json, { ...before, ...change, quiet_hours: null });
    assert.deepEqual((await me.get('/v1/me')).json, { ...before, ...change, quiet_hours: null });
    expectStatus(await me.patch('/v1/me', { week_starts_on: 1 }, { headers: { 'content-type': 'application/merge-patch+json' } }), 200);
  });

  await bench.t.test('every field of a patch is checked and named', async () => {
    for (const [field, values] of Object.entries({
      timezone: ['Mars/Base', '', 5, null, '../etc/passwd', 'x'.repeat(65)],
      language_code: ['', 'x', 'en_US', 7, null],
      notifications_enabled: ['yes', 1, null],
      weekly_summary: ['yes', 1, null],
      nudges: [0, null],
      day_starts_at: ['06:01', '3:00', '24:00', 180, null],
      week_starts_on: [0, 8, 1.5, '1', null],
      quiet_hours: ['22:00', [], { from: '22:00', to: '22:00' }],
      'quiet_hours.from': [{ to: '07:00' }, { from: '25:00', to: '07:00' }, { from: null, to: '07:00' }],
      'quiet_hours.until': [{ from: '22:00', to: '07:00', until: 1 }],
      tier: ['premium'],
      id: ['x'],
    })) {
      for (const value of values) {
        const r = await me.patch('/v1/me', { [field.split('.')[0]]: value });
        expectProblem(r, 422, 'invalid', field);
      }
    }
  });

  await bench.t.test('a trial that is over is the free tier with its limit', async () => {
    const later = await bench.serve({ env: { ...env, HABITD_NOW: '2026-12-01T12:00:00Z' } });
    const r = await (await Api.of(later, tokens[1])).get('/v1/me');
    assert.equal(r.json.tier, 'free');
    assert.deepEqual(r.json.limits, { habits: 5 });
    await later.stop();
  });

  await bench.t.test('sessions: listed newest first in pages, ended one by one and together', async () => {
    const extra = [];
    for (let i = 0; i < 3; i++) {
      extra.push(await bench.token(1002, ['--name', `s${i}`], { env: { ...env, HABITD_NOW: `2026-11-23T13:00:0${i}Z` } }));
    }
    const all = expectStatus(await other.get('/v1/sessions'), 200).json;
    assert.deepEqual(all.items.slice(0, 3).map((s) => s.name), ['s2', 's1', 's0']);
    assert.deepEqual(all.items.map((s) => s.current), [false, false, false, true]);
    assert.equal(all.next, null);
    assert.ok(!JSON.stringify(all).includes('hbt_'));
    const paged = [];
    let cursor = '';
    do {
      const page = (await other.get(`/v1/sessions?limit=3${cursor && `&cursor=${cursor}`}`)).json;
      paged.push(...page.items);
      cursor = page.next;
    } while (cursor);
    assert.deepEqual(paged, all.items);

    expectStatus(await other.del(`/v1/sessions/${all.items[0].id}`), 204);
    expectProblem(await other.del(`/v1/sessions/${all.items[0].id}`), 404, 'not_found');
    expectProblem(await me.del(`/v1/sessions/${all.items[1].id}`), 404, 'not_found');
    expectProblem(await other.del('/v1/sessions/nonsense'), 404, 'not_found');
    expectProblem(await (await Api.of(server, extra[2])).get('/v1/me'), 401, 'unauthorized');
    expectStatus(await (await Api.of(server, extra[1])).get('/v1/me'), 200);
    expectStatus(await other.del('/v1/sessions'), 204);
    for (const token of [tokens[1], extra[0], extra[1]]) {
      expectProblem(await (await Api.of(server, token)).get('/v1/me'), 401, 'unauthorized');
    }
  });

  await bench.t.test('erased: the token is dead, the id is gone, a return is a new person without a second trial', async () => {
    const token = await bench.token(1003, [], { env });
    const gone = await Api.of(server, token);
    const id = (await gone.get('/v1/me')).json.id;
    const habit = await gone.habit();
    expectStatus(await gone.mark(habit, '2026-11-23', { note: 'my secret' }), 201);
    expectStatus(await gone.del('/v1/me'), 204);
    expectProblem(await gone.get('/v1/me'), 401, 'unauthorized');
    assert.deepEqual(await bench.db.sql("SELECT count(*) FROM users WHERE telegram_id = 1003"), [['0']]);
    assert.deepEqual(await bench.db.sql("SELECT count(*) FROM habit_logs WHERE note = 'my secret'"), [['0']]);
    const back = await Api.of(server, await bench.token(1003, [], { env }));
    const again = (await back.get('/v1/me')).json;
    assert.notEqual(again.id, id);
    assert.equal(again.tier, 'free');
    assert.deepEqual((await back.get('/v1/habits')).json.items, []);
  });
});

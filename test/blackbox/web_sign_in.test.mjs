// Signing in on the web: Telegram's word with signatures that habitd did not make, links that work once, the demo's button; how long
// such sessions live, and how they end.
import assert from 'node:assert/strict';
import { sign } from '@telegram-apps/init-data-node';
import { forEachEngine } from './harness.mjs';
import { Api, expectProblem, expectStatus } from './api.mjs';
import { startFakeBotApi } from './bot_api_fake.mjs';

const NOW = '2026-11-26T12:00:00Z';
const TOKEN = '7000000001:AAEexampleexampleexampleexample0001';
const at = (hours) => new Date(Date.parse(NOW) + hours * 3600e3);
// The program's clock goes on from NOW while the test runs.
const near = (instant, hours) => assert.ok(Math.abs(Date.parse(instant) - at(hours).getTime()) < 300e3, `${instant} is not ${hours} h after ${NOW}`);
const anna = { id: 5001, first_name: 'Анна', last_name: '+ & = %', username: 'anna_x', language_code: 'ru', photo_url: 'https://t.me/i/u.svg' };
const word = (user, when = at(-1), token = TOKEN, more = {}) => sign({ user, query_id: 'AAF-1', chat_type: 'private', ...more }, token, when);

forEachEngine('signing in on the web', async (bench) => {
  await bench.must(['migrate', 'up']);
  const fake = await startFakeBotApi({ token: TOKEN });
  bench.t.after(() => fake.stop({ check: false }));
  const env = { ...fake.env, HABITD_NOW: NOW, HABITD_ADMIN_IDS: '5009', HABITD_RATE_IP_PER_MIN: '0' };
  let server = await bench.serve({ env });
  let nobody = await Api.of(server);
  const enter = (init_data, more = {}) => nobody.post('/v1/auth/telegram', { init_data, ...more });
  const restart = async (now, more = {}) => {
    await server.stop();
    server = await bench.serve({ env: { ...env, HABITD_NOW: now, ...more } });
    nobody = await Api.of(server);
  };
  const link = async (id, args = []) => (await bench.must(['token', 'create', '--telegram-id', String(id), '--link', ...args],
    { env: { ...env, HABITD_PUBLIC_URL: 'https://habits.example/' } })).trim();
  const code = (url) => /#signin=([\w-]{43})$/.exec(url)?.[1];

  await bench.t.test("Telegram's word opens a session, and makes somebody new", async () => {
    const r = expectStatus(await enter(word(anna)), 200).json;
    assert.equal(r.user.telegram_id, 5001);
    assert.equal(r.user.first_name, 'Анна');
    assert.equal(r.user.language_code, 'ru');
    assert.equal(r.admin, false);
    near(r.expires_at, 24);
    const me = await Api.of(server, r.token);
    assert.equal(expectStatus(await me.get('/v1/me'), 200).json.id, r.user.id);
    const again = expectStatus(await enter(word({ ...anna, first_name: 'Anna' })), 200).json;
    assert.equal(again.user.id, r.user.id);
    assert.notEqual(again.token, r.token);
    const sessions = expectStatus(await me.get('/v1/sessions'), 200).json.items;
    assert.deepEqual(sessions.map((s) => [s.origin, s.admin]), [['telegram', false], ['telegram', false]]);
    const habit = expectStatus(await me.post('/v1/habits', { name: 'Run' }), 201).json;
    expectStatus(await me.put(`/v1/habits/${habit.id}/logs/2026-11-26`, { status: 'done' }), 201);
    assert.equal((await me.get(`/v1/habits/${habit.id}/logs`)).json.items[0].source, 'web');
  });

  await bench.t.test('who opens the Mini App by an invitation was invited, at first contact alone', async () => {
    const inviter = await Api.of(server, expectStatus(await enter(word(anna)), 200).json.token);
    const { code: invitation } = expectStatus(await inviter.get('/v1/referral'), 200).json;
    const invited = async () => (await inviter.get('/v1/referral')).json.invited;
    const come = (id, start_param) => enter(word({ id, first_name: 'New' }, at(-1), TOKEN, { start_param }));
    expectStatus(await come(5021, 'hello'), 200);
    expectStatus(await come(5022, 'ref_NOSUCHCODE'), 200);
    assert.equal(await invited(), 0);
    expectStatus(await come(5023, `ref_${invitation}`), 200);
    assert.equal(await invited(), 1);
    expectStatus(await come(5023, `ref_${invitation}`), 200);
    expectStatus(await come(5021, `ref_${invitation}`), 200); // was here before
    assert.equal(await invited(), 1);
  });

  await bench.t.test('what Telegram did not say to this bot is 401, and says why', async () => {
    const good = new URLSearchParams(word(anna));
    const changed = (name, value) => { const q = new URLSearchParams(good); q.set(name, value); return q.toString(); };
    for (const [what, text] of [
      ['another bot', word(anna, at(-1), '7000000002:BBE')],
      ['another person', changed('user', JSON.stringify({ ...anna, id: 5009 }))],
      ['another date', changed('auth_date', String(Date.parse(NOW) / 1000))],
      ['a member more', `${good}&chat_instance=1`],
      ['a member twice', `${good}&auth_date=${good.get('auth_date')}`],
      ['no hash', changed('hash', '')],
      ['half a hash', changed('hash', good.get('hash').slice(0, 32))],
      ['capital letters', changed('hash', good.get('hash').toUpperCase())],
      ['no query string', 'hello'], ['bad escapes', 'user=%zz&hash=00'], ['a NUL', 'user=%00&hash=00'],
      ['nobody', sign({ chat_type: 'private' }, TOKEN, at(-1))],
      ['the future', word(anna, at(1))],
    ]) {
      const r = await enter(text);
      assert.equal(r.status, 401, what);
      expectProblem(r, 401, 'init_data_invalid');
    }
    expectProblem(await enter(word(anna, at(-24.1))), 401, 'init_data_expired');
    expectStatus(await enter(word(anna, at(-23.9))), 200);
    expectProblem(await enter(''), 422, 'invalid', 'init_data');
    expectProblem(await nobody.post('/v1/auth/telegram', {}), 422, 'invalid', 'init_data');
  });

  await bench.t.test("an operator's session is for operators", async () => {
    expectProblem(await enter(word(anna), { admin: true }), 403, 'forbidden');
    const r = expectStatus(await enter(word({ id: 5009, first_name: 'Op' }), { admin: true }), 200).json;
    assert.equal(r.admin, true);
    near(r.expires_at, 12);
    expectStatus(await (await Api.of(server, r.token)).get('/v1/admin/audit'), 200);
    const plain = expectStatus(await enter(word({ id: 5009, first_name: 'Op' })), 200).json;
    expectStatus(await (await Api.of(server, plain.token)).get('/v1/admin/audit'), 404);
    await bench.must(['token', 'create', '--telegram-id', '5010', '--admin'], { env });
    assert.equal(expectStatus(await enter(word({ id: 5010, first_name: 'Made' }), { admin: true }), 200).json.admin, true);
    // Whoever is not named any more is none any more, whatever session is left; and one again when named again.
    const audit = async () => (await (await Api.of(server, r.token)).get('/v1/admin/audit')).status;
    await restart(NOW, { HABITD_ADMIN_IDS: '5008' });
    assert.notEqual(await audit(), 200);
    expectProblem(await enter(word({ id: 5009, first_name: 'Op' }), { admin: true }), 403, 'forbidden');
    await restart(NOW);
    assert.equal(await audit(), 200);
  });

  await bench.t.test('a link works once, for a quarter of an hour, wherever it leads', async () => {
    const url = await link(5002);
    assert.match(url, /^https:\/\/habits\.example\/#signin=/);
    const first = expectStatus(await nobody.post('/v1/auth/link', { code: code(url) }), 200).json;
    assert.equal(first.user.telegram_id, 5002);
    near(first.expires_at, 7 * 24);
    expectProblem(await nobody.post('/v1/auth/link', { code: code(url) }), 401, 'link_invalid');
    expectProblem(await nobody.post('/v1/auth/link', { code: 'x' }), 401, 'link_invalid');
    expectProblem(await nobody.post('/v1/auth/link', { code: `${code(url).slice(0, -2)}AA` }), 401, 'link_invalid');
    const admin = await link(5003, ['--admin']);
    assert.match(admin, /^https:\/\/habits\.example\/admin#signin=/);
    assert.equal(expectStatus(await nobody.post('/v1/auth/link', { code: code(admin) }), 200).json.admin, true);
    const [late, race] = [await link(5002), await link(5002)];
    const both = await Promise.all([1, 2, 3, 4].map(() => nobody.post('/v1/auth/link', { code: code(race) })));
    assert.deepEqual(both.map((r) => r.status).sort(), [200, 401, 401, 401]);
    assert.deepEqual(await bench.db.sql("SELECT count(*) FROM sign_in_links WHERE length(code_hash) <> 32"), [['0']]);
    await restart(at(0.26).toISOString());
    expectProblem(await nobody.post('/v1/auth/link', { code: code(late) }), 401, 'link_invalid');
    await restart(NOW);
  });

  await bench.t.test('a key keeps no token', async () => {
    const headers = { 'idempotency-key': 'once' };
    const a = expectStatus(await nobody.post('/v1/auth/telegram', { init_data: word(anna) }, { headers }), 200).json;
    const b = expectStatus(await nobody.post('/v1/auth/telegram', { init_data: word(anna) }, { headers }), 200).json;
    assert.notEqual(a.token, b.token);
    assert.deepEqual(await bench.db.sql("SELECT count(*) FROM idempotency WHERE operation LIKE 'sign_in%'"), [['0']]);
    assert.doesNotMatch(server.stderr, /hbt_|signin=|hash=/);
  });

  await bench.t.test('a session is prolonged while it is used, and not for ever', async () => {
    const s = expectStatus(await nobody.post('/v1/auth/link', { code: code(await link(5004)) }), 200).json;
    const renew = async (now) => {
      await restart(now);
      return (await Api.of(server, s.token)).post('/v1/auth/renew');
    };
    near(expectStatus(await renew(at(24).toISOString()), 200).json.expires_at, 8 * 24);
    let until;
    for (let day = 6; day < 90; day += 6) until = expectStatus(await renew(at(day * 24).toISOString()), 200).json.expires_at;
    near(until, 90 * 24);
    expectStatus(await renew(at(90 * 24 + 1).toISOString()), 401);
    await restart(NOW);
    const token = await bench.token(5004, [], { env });
    const r = expectStatus(await (await Api.of(server, token)).post('/v1/auth/renew'), 200).json;
    near(r.expires_at, 365 * 24);
  });

  await bench.t.test('signed out here, and everywhere; the blocked and the erased stay out', async () => {
    const [a, b] = [(await enter(word(anna))).json.token, (await enter(word(anna))).json.token];
    const here = await Api.of(server, a), there = await Api.of(server, b);
    const current = (await here.get('/v1/sessions')).json.items.find((s) => s.current);
    expectStatus(await here.del(`/v1/sessions/${current.id}`), 204);
    expectStatus(await here.get('/v1/me'), 401);
    expectStatus(await there.del('/v1/sessions'), 204);
    expectStatus(await there.get('/v1/me'), 401);
    const user = (await enter(word({ id: 5005, first_name: 'B' }))).json.user.id;
    const operator = await Api.of(server, await bench.token(5009, ['--admin'], { env }));
    const waiting = await link(5005);
    expectStatus(await operator.post(`/v1/admin/users/${user}/block`, { reason: 'test' }), 200);
    expectProblem(await enter(word({ id: 5005, first_name: 'B' })), 403, 'blocked');
    expectProblem(await nobody.post('/v1/auth/link', { code: code(waiting) }), 403, 'blocked');
    const gone = await enter(word({ id: 5006, first_name: 'C' }));
    const unused = await link(5006);
    expectStatus(await (await Api.of(server, gone.json.token)).del('/v1/me'), 204);
    expectProblem(await nobody.post('/v1/auth/link', { code: code(unused) }), 401, 'link_invalid');
  });

  await bench.t.test('the demo has a button, other servers have none', async () => {
    assert.deepEqual(expectStatus(await nobody.get('/v1/auth'), 200).json.demo, false);
    expectStatus(await nobody.post('/v1/auth/demo', {}), 404);
    await server.stop();
    await bench.must(['demo', '--users', '1', '--days', '3'], { env });
    server = await bench.serve({ env: { HABITD_NOW: NOW, HABITD_DEMO_SIGN_IN: '1' } });
    nobody = await Api.of(server);
    assert.deepEqual((await nobody.get('/v1/auth')).json, { bot: null, demo: true });
    const r = expectStatus(await nobody.post('/v1/auth/demo', {}), 200).json;
    assert.equal(r.user.telegram_id, 900000001);
    assert.equal(expectStatus(await nobody.post('/v1/auth/demo', { admin: true }), 200).json.admin, true);
    expectProblem(await enter(word(anna)), 401, 'init_data_invalid');
    await server.stop();
    const beside = await bench.habitd(['serve'], { env: { ...env, HABITD_DEMO_SIGN_IN: '1' } });
    assert.equal(beside.code, 2);
    assert.match(beside.stderr, /HABITD_DEMO_SIGN_IN/);
  });
});

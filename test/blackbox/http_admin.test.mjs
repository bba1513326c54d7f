// Operators: what they look up, what they do to money and people, and that each of it is audited. The sandbox pays at once.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { forEachEngine } from './harness.mjs';
import { Api, expectProblem, expectStatus } from './api.mjs';

const env = { HABITD_NOW: '2026-11-23T12:00:00Z', HABITD_LIMIT_FREE: '2', HABITD_SANDBOX_PAYMENTS: 'instant' };
const withKey = (key) => ({ headers: { 'idempotency-key': key } });
const MONTH = 29900;

async function until(what, condition, timeoutMs = 60_000) {
  const deadline = Date.now() + timeoutMs;
  for (let found; ; await new Promise((resolve) => setTimeout(resolve, 20))) {
    found = await condition();
    if (found) return found;
    assert.ok(Date.now() < deadline, `${what} did not come about in ${timeoutMs} ms`);
  }
}

async function people(bench) {
  const server = await bench.serve({ env });
  const admin = await Api.of(server, await bench.token(9001, ['--admin'], { env }));
  const person = async (id) => {
    const api = await Api.of(server, await bench.token(id, [], { env }));
    api.id = expectStatus(await admin.get(`/v1/admin/users?telegram_id=${id}`), 200).json.items[0].id;
    return api;
  };
  return { server, admin, me: await person(1001), other: await person(1002) };
}

async function expectSoundBooks(bench) {
  const report = JSON.parse(await bench.must(['doctor', '--json'], { env }));
  assert.deepEqual(report.checks.filter((c) => !c.ok), []);
}

const audited = async (admin, operation) =>
  expectStatus(await admin.get(`/v1/admin/audit?operation=${operation}`), 200).json.items;

forEachEngine('a plan bought in the sandbox, and given back', async (bench) => {
  const { me, other, admin } = await people(bench);
  let payment;

  await bench.t.test('paid at once: the period is there', async () => {
    const body = { provider: 'sandbox', purpose: 'subscription', plan: 'month' };
    payment = expectStatus(await me.post('/v1/payments', body, withKey('s1')), 201).json;
    assert.equal(payment.status, 'succeeded');
    assert.equal(payment.amount, MONTH);
    const s = (await me.get('/v1/subscription')).json;
    assert.equal(s.status, 'active');
    assert.equal(s.renews_by, 'none');
    assert.equal(s.periods[0].payment_id, payment.id);
    assert.equal((await me.get('/v1/balance')).json.amount, 0); // it never went through the wallet
  });

  await bench.t.test('found by person, charge, provider and status, with its events', async () => {
    for (const query of ['', `?user_id=${me.id}`, '?provider=sandbox', '?status=succeeded', `?user_id=${me.id}&status=succeeded&provider=sandbox`]) {
      const { items } = expectStatus(await admin.get(`/v1/admin/payments${query}`), 200).json;
      assert.deepEqual(items.map((p) => p.id), [payment.id], query);
      assert.equal(items[0].user_id, me.id);
    }
    for (const query of [`?user_id=${other.id}`, '?provider=stars', '?status=refunded', '?charge=nobody']) {
      assert.deepEqual(expectStatus(await admin.get(`/v1/admin/payments${query}`), 200).json.items, [], query);
    }
    const shown = expectStatus(await admin.get(`/v1/admin/payments/${payment.id}`), 200).json;
    assert.deepEqual(shown.events.map((e) => e.kind), ['created', 'succeeded']);
    assert.equal(shown.events[1].amount, MONTH);
    assert.deepEqual(expectStatus(await admin.get(`/v1/admin/payments?charge=${encodeURIComponent(shown.charge)}`), 200).json.items.length, 1);
    for (const [query, field] of [['user_id=x', 'user_id'], ['provider=paypal', 'provider'], ['status=paid', 'status'], ['charge=', 'charge']]) {
      expectProblem(await admin.get(`/v1/admin/payments?${query}`), 422, 'invalid', field);
    }
    expectProblem(await admin.get(`/v1/admin/payments/${randomUUID()}`), 404, 'payment_not_found');
  });

  await bench.t.test('a refund needs an operator, a reason, and money that is there', async () => {
    const target = `/v1/admin/payments/${payment.id}/refund`;
    expectProblem(await me.post(target, { reason: 'please' }), 404, 'not_found');
    for (const [body, field] of [[{}, 'reason'], [{ reason: '' }, 'reason'], [{ reason: 'x', amount: 0 }, 'amount'],
      [{ reason: 'x', amount: -5 }, 'amount'], [{ reason: 'x', amount: MONTH + 1 }, 'amount']]) {
      expectProblem(await admin.post(target, body), 422, 'invalid', field);
    }
    expectProblem(await admin.post(`/v1/admin/payments/${randomUUID()}/refund`, { reason: 'x' }), 404, 'payment_not_found');
    assert.deepEqual(await audited(admin, 'payment.refund'), []);
  });

  await bench.t.test('given back in part, the period stays; given back whole, it ends', async () => {
    const target = `/v1/admin/payments/${payment.id}/refund`;
    const shown = async () => (await admin.get(`/v1/admin/payments/${payment.id}`)).json;
    expectStatus(await admin.post(target, { amount: 900, reason: 'a day without service' }, withKey('r1')), 202);
    await until('the refund', async () => (await shown()).status === 'partially_refunded');
    assert.equal((await me.get('/v1/subscription')).json.status, 'active');
    const again = expectStatus(await admin.post(target, { amount: 900, reason: 'a day without service' }, withKey('r1')), 202);
    assert.equal(again.headers['idempotent-replayed'], 'true');
    expectStatus(await admin.post(target, { reason: 'changed their mind' }, withKey('r2')), 202);
    await until('the refund', async () => (await shown()).status === 'refunded');
    const p = await shown();
    assert.equal(p.refunded, MONTH);
    assert.deepEqual(p.events.filter((e) => e.kind === 'refunded').map((e) => e.amount).sort((a, b) => a - b), [900, MONTH - 900]);
    const s = (await me.get('/v1/subscription')).json;
    assert.equal(s.status, 'trialing');
    assert.equal(s.periods[0].status, 'revoked');
    expectProblem(await admin.post(target, { reason: 'once more' }), 409, 'payment_not_refundable');
    const rows = await audited(admin, 'payment.refund');
    assert.deepEqual(rows.map((r) => [r.user_id, r.detail.amount, r.detail.reason]),
      [[me.id, MONTH - 900, 'changed their mind'], [me.id, 900, 'a day without service']]);
  });

  await bench.t.test('a top-up fills the wallet, and what was bought from it goes back to it', async () => {
    const topup = expectStatus(await me.post('/v1/payments', { provider: 'sandbox', purpose: 'topup', amount: MONTH, currency: 'RUB' }), 201).json;
    assert.deepEqual((await me.get('/v1/balance')).json, { amount: MONTH, debt: 0, currency: 'RUB' });
    expectStatus(await me.post('/v1/subscription', { plan: 'month', pay_from: 'balance' }), 201);
    const [bought] = (await admin.get(`/v1/admin/payments?user_id=${me.id}&provider=balance`)).json.items;
    const back = expectStatus(await admin.post(`/v1/admin/payments/${bought.id}/refund`, { reason: 'by mistake' }), 200).json;
    assert.equal(back.status, 'refunded');
    assert.equal((await me.get('/v1/balance')).json.amount, MONTH);
    // Spent and then taken back: a debt, and what it bought waits.
    expectStatus(await me.post('/v1/subscription', { plan: 'month', pay_from: 'balance' }), 201);
    expectStatus(await admin.post(`/v1/admin/payments/${topup.id}/refund`, { reason: 'charged twice' }), 202);
    await until('the debt', async () => (await me.get('/v1/balance')).json.debt === MONTH);
    assert.equal((await me.get('/v1/subscription')).json.periods.at(-1).status, 'suspended');
    expectProblem(await me.post('/v1/subscription', { plan: 'month', pay_from: 'balance' }), 402, 'insufficient_funds');
    const kinds = expectStatus(await admin.get(`/v1/admin/users/${me.id}/transactions`), 200).json.items.map((t) => t.kind);
    assert.deepEqual(kinds, ['refund', 'subscription', 'refund', 'subscription', 'topup']);
  });

  await bench.t.test('reported: what came in from outside, and what of it went back', async () => {
    const report = async (...args) => JSON.parse(await bench.must(['report', 'revenue', '--json', ...args], { env }));
    const paid = { currency: 'RUB', provider: 'sandbox', payments: 2, payers: 1, amount: 2 * MONTH, lost: 2 * MONTH, net: 0 };
    assert.deepEqual(await report('--to', '2026-11-23'), { from: '2026-10-25', to: '2026-11-23', revenue: [paid] });
    assert.deepEqual((await report('--from', '2026-11-23')).revenue, [paid]);
    assert.deepEqual((await report('--to', '2026-11-22')).revenue, []);
    assert.deepEqual((await report('--from', '2026-11-24', '--to', '2026-11-24')).revenue, []);
    assert.match(await bench.must(['report', 'revenue'], { env }), /RUB +sandbox +2 +1 +598\.00 +598\.00 +0\.00/);
    for (const args of [[], ['money'], ['revenue', '--from', 'today'], ['revenue', '--from', '2026-11-24', '--to', '2026-11-23'], ['revenue', 'x']]) {
      assert.equal((await bench.habitd(['report', ...args], { env })).code, 2, args.join(' '));
    }
  });
  await expectSoundBooks(bench);
});

forEachEngine('disputes, as the bank tells an operator of them', async (bench) => {
  const { me, admin } = await people(bench);
  const order = async (body) => expectStatus(await me.post('/v1/payments', { provider: 'sandbox', ...body }), 201).json;
  const dispute = (p, turn, more = {}) => admin.post(`/v1/admin/payments/${p.id}/dispute`, { turn, reason: `the bank: ${turn}`, ...more });
  const becomes = async (p, turn, status, more) => assert.equal(expectStatus(await dispute(p, turn, more), 200).json.status, status);
  const look = async (p) => {
    const s = (await me.get('/v1/subscription')).json;
    return [(await me.get('/v1/me')).json.tier, s.status, s.periods.find((x) => x.payment_id === p.id).status];
  };
  expectStatus(await admin.post(`/v1/admin/users/${me.id}/grant`, { days: 1, reason: 'to end the trial' }), 201);

  await bench.t.test('what was bought rests, comes back when it is won, and is gone when it is lost', async () => {
    const p = await order({ purpose: 'subscription', plan: 'month' });
    const q = await order({ purpose: 'subscription', plan: 'month' });
    const ends = async () => (await me.get('/v1/subscription')).json.periods.find((x) => x.payment_id === q.id).ends_at;
    const behind = await ends();
    await becomes(p, 'opened', 'disputed');
    assert.equal((await look(p))[2], 'suspended');
    await becomes(p, 'opened', 'disputed'); // heard of twice
    await becomes(p, 'won', 'succeeded');
    assert.equal((await look(p))[2], 'active');
    assert.equal(await ends(), behind); // as if nothing had been
    expectProblem(await dispute(p, 'opened'), 409, 'dispute_decided');
    await becomes(p, 'opened', 'disputed', { dispute: '4711' });
    await becomes(p, 'lost', 'charged_back', { dispute: '4711' });
    assert.equal((await look(p))[2], 'revoked');
    assert.ok(await ends() < behind, 'what comes later moves forward');
    expectProblem(await admin.post(`/v1/admin/payments/${p.id}/refund`, { reason: 'x' }), 409, 'payment_not_refundable');
    await becomes(q, 'lost', 'charged_back'); // heard of when all was over
    const s = (await me.get('/v1/subscription')).json;
    assert.deepEqual(s.periods.filter((x) => x.payment_id).map((x) => x.status), ['revoked', 'revoked']);
  });

  await bench.t.test('money in a wallet is taken out of it, also when it was spent', async () => {
    const p = await order({ purpose: 'topup', amount: MONTH });
    const wallet = async () => (await me.get('/v1/balance')).json;
    await becomes(p, 'opened', 'disputed');
    assert.deepEqual(await wallet(), { amount: 0, debt: 0, currency: 'RUB' });
    await becomes(p, 'won', 'succeeded');
    expectStatus(await me.post('/v1/subscription', { plan: 'month', pay_from: 'balance' }), 201);
    await becomes(p, 'lost', 'charged_back', { dispute: 'second' });
    assert.equal((await wallet()).debt, MONTH);
    assert.equal((await me.get('/v1/subscription')).json.periods.at(-1).status, 'suspended');
    const [bought] = (await admin.get(`/v1/admin/payments?user_id=${me.id}&provider=balance`)).json.items;
    expectProblem(await dispute(bought, 'opened'), 409, 'payment_not_disputable');
    expectStatus(await admin.post(`/v1/admin/users/${me.id}/adjust`, { amount: MONTH, reason: 'paid in cash' }), 201);
    assert.equal((await me.get('/v1/subscription')).json.periods.at(-1).status, 'active');
  });

  await bench.t.test('it needs an operator, a reason and a turn that can be, and leaves an audit row', async () => {
    const p = await order({ purpose: 'topup', amount: 500 });
    const before = (await audited(admin, 'payment.dispute')).length;
    expectProblem(await me.post(`/v1/admin/payments/${p.id}/dispute`, { turn: 'opened', reason: 'x' }), 404, 'not_found');
    for (const [body, field] of [[{ turn: 'opened' }, 'reason'], [{ turn: 'opened', reason: '' }, 'reason'], [{ reason: 'x' }, 'turn'],
      [{ turn: 'settled', reason: 'x' }, 'turn'], [{ turn: 'opened', reason: 'x', dispute: '' }, 'dispute'], [{ turn: 'opened', reason: 'x', dispute: 'x'.repeat(101) }, 'dispute']]) {
      expectProblem(await admin.post(`/v1/admin/payments/${p.id}/dispute`, body), 422, 'invalid', field);
    }
    expectProblem(await dispute(p, 'won'), 409, 'dispute_not_open');
    expectProblem(await dispute({ id: randomUUID() }, 'opened'), 404, 'payment_not_found');
    assert.equal((await audited(admin, 'payment.dispute')).length, before);
    await becomes(p, 'opened', 'disputed', { dispute: 'A-1' });
    const [row] = await audited(admin, 'payment.dispute');
    assert.deepEqual([row.user_id, row.detail], [me.id, { payment_id: p.id, dispute: 'A-1', turn: 'opened', reason: 'the bank: opened' }]);
    const { events } = expectStatus(await admin.get(`/v1/admin/payments/${p.id}`), 200).json;
    assert.deepEqual([events.at(-1).kind, events.at(-1).ref, events.at(-1).note], ['disputed', 'A-1', 'the bank: opened']);
  });
  await expectSoundBooks(bench);
});

forEachEngine('people, for operators', async (bench) => {
  const { server, me, other, admin } = await people(bench);

  await bench.t.test('found by Telegram id and code, listed newest first in pages', async () => {
    const { items: [found] } = (await admin.get('/v1/admin/users?telegram_id=1001')).json;
    assert.equal(found.telegram_id, 1001);
    assert.equal((await admin.get(`/v1/admin/users?referral_code=${found.referral_code}`)).json.items[0].id, me.id);
    assert.deepEqual((await admin.get('/v1/admin/users?telegram_id=4040')).json, { items: [], next: null });
    const ids = [];
    for (let cursor = ''; cursor !== null;) {
      const page = expectStatus(await admin.get(`/v1/admin/users?limit=1${cursor && `&cursor=${cursor}`}`), 200).json;
      ids.push(...page.items.map((p) => p.telegram_id));
      cursor = page.next;
    }
    assert.deepEqual([...ids].sort((a, b) => a - b), [1001, 1002, 9001]);
    const card = expectStatus(await admin.get(`/v1/admin/users/${me.id}`), 200).json;
    assert.equal(card.subscription.status, 'trialing');
    assert.deepEqual(card.balance, { amount: 0, debt: 0, currency: 'RUB' });
    for (const [query, field] of [['telegram_id=0', 'telegram_id'], ['telegram_id=-1', 'telegram_id'], ['telegram_id=1e3', 'telegram_id'],
      ['telegram_id=99999999999999999999', 'telegram_id'], ['username=', 'username'], ['limit=201', 'limit'], ['cursor=x', 'cursor']]) {
      expectProblem(await admin.get(`/v1/admin/users?${query}`), 422, 'invalid', field);
    }
    expectProblem(await admin.get(`/v1/admin/users/${randomUUID()}`), 404, 'not_found');
  });

  await bench.t.test('a blocked person is let in nowhere until they are unblocked', async () => {
    expectStatus(await me.get('/v1/me'), 200);
    expectProblem(await admin.post(`/v1/admin/users/${me.id}/block`, {}), 422, 'invalid', 'reason');
    const card = expectStatus(await admin.post(`/v1/admin/users/${me.id}/block`, { reason: 'spam' }), 200).json;
    assert.equal(card.blocked, true);
    expectProblem(await me.get('/v1/me'), 401, 'unauthorized');
    const refused = await bench.habitd(['token', 'create', '--telegram-id', '1001'], { env });
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /blocked/);
    expectStatus(await other.get('/v1/me'), 200);
    assert.equal(expectStatus(await admin.post(`/v1/admin/users/${me.id}/unblock`, { reason: 'it was not' }), 200).json.blocked, false);
    const again = await Api.of(server, await bench.token(1001, [], { env }));
    expectStatus(await again.get('/v1/me'), 200);
    const own = (await admin.get('/v1/admin/users?telegram_id=9001')).json.items[0].id;
    expectProblem(await admin.post(`/v1/admin/users/${own}/block`, { reason: 'x' }), 409, 'cannot_block_oneself');
    const rows = await audited(admin, 'admin.block');
    assert.deepEqual(rows.map((r) => [r.user_id, r.detail.blocked, r.detail.reason]), [[me.id, false, 'it was not'], [me.id, true, 'spam']]);
    assert.match(rows[0].actor, /^session:/);
    assert.equal((await admin.get(`/v1/admin/audit?user_id=${other.id}`)).json.items.length, 0);
  });

  await bench.t.test('an erased person is seen without a name', async () => {
    expectStatus(await other.del('/v1/me'), 204);
    const card = expectStatus(await admin.get(`/v1/admin/users/${other.id}`), 200).json;
    assert.equal(card.erased, true);
    assert.equal(card.telegram_id, null);
    assert.deepEqual((await admin.get('/v1/admin/users?telegram_id=1002')).json.items, []);
  });

  await bench.t.test('for others an operator’s address is one that does not exist, whatever they ask of it', async () => {
    const token = await bench.token(1003, [], { env });
    const claimed = Buffer.from(token.slice(4), 'base64url');
    claimed[47] ^= 1;
    const callers = [await Api.of(server, token), new Api(server, undefined), new Api(server, `hbt_${claimed.toString('base64url')}`), new Api(server, 'x')];
    const known = (r) => [r.status, Object.keys(r.headers).filter((name) => !name.startsWith('ratelimit')).sort(), { ...r.json, request_id: null }];
    const ask = (one, method, path, body, options) => one.server.request(method, path, { token: one.token, json: body, ...options });
    const paths = Object.entries(server.document.json.paths).filter(([path]) => path.startsWith('/v1/admin/'));
    assert.ok(paths.length >= 15);
    for (const one of callers) {
      for (const [template, item] of paths) {
        const path = template.replace(/\{[a-z_]+\}/g, me.id);
        for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
          const body = item[method.toLowerCase()]?.requestBody?.content['application/json'].example;
          const nowhere = known(await ask(one, method, '/v1/nowhere', body));
          assert.equal(nowhere[0], 404);
          assert.deepEqual(known(await ask(one, method, path, body)), nowhere, `${method} ${path}`);
        }
        const [method, nowhere] = item.get ? ['GET', known(await ask(one, 'GET', '/v1/nowhere'))] : ['POST', known(await ask(one, 'POST', '/v1/nowhere', {}))];
        for (const odd of [`${path}?nothing=1`, template.replace(/\{[a-z_]+\}/g, 'x')])
          assert.deepEqual(known(await ask(one, method, odd, method === 'POST' ? {} : undefined)), nowhere, odd);
        if (method === 'POST') assert.deepEqual(known(await ask(one, 'POST', path, undefined, { body: '{', headers: { 'content-type': 'text/html' } })), nowhere);
      }
    }
    const long = { body: `{"reason":"${'x'.repeat(1024 * 1024)}"}`, headers: { 'content-type': 'application/json' } };
    for (const headers of [long.headers, { ...long.headers, 'transfer-encoding': 'chunked' }]) {
      const nowhere = known(await ask(callers[0], 'POST', '/v1/nowhere', undefined, { ...long, headers }));
      for (const [template, item] of paths.filter(([, item]) => item.post))
        assert.deepEqual(known(await ask(callers[0], 'POST', template.replace(/\{[a-z_]+\}/g, me.id), undefined, { ...long, headers })), nowhere, template);
    }
    expectProblem(await admin.get('/v1/admin/users?nothing=1', { loose: true }), 422, 'invalid', 'nothing');
    expectProblem(await admin.post('/v1/admin/users', {}), 404, 'not_found');
  });
});

forEachEngine('bodies that are too long', async (bench) => {
  const { me, admin } = await people(bench);

  await bench.t.test('at every operator’s address a body over 1 MiB is answered with a problem, and does nothing', async () => {
    const routes = Object.entries(admin.server.document.json.paths).filter(([path, item]) => path.startsWith('/v1/admin/') && item.post).map(([path]) => path);
    assert.ok(routes.length >= 12);
    const trail = async () => (await admin.get('/v1/admin/audit?limit=200')).json.items.map((r) => r.id);
    const before = await trail();
    for (const size of [1024 * 1024 + 1, 8 * 1024 * 1024]) {
      for (const template of routes) {
        const path = template.replace(/\{[a-z_]+\}/g, me.id);
        for (const more of [{}, { 'transfer-encoding': 'chunked' }]) {
          const r = await admin.call('POST', path, undefined, { body: 'x'.repeat(size), headers: { 'content-type': 'application/json', ...more } });
          expectProblem(r, 413, 'body_too_large');
          assert.equal(r.headers['content-type'], 'application/problem+json', template);
        }
      }
    }
    assert.deepEqual(await trail(), before);
  });
});

forEachEngine('alerts and held referrals', async (bench) => {
  const { me, other, admin } = await people(bench);
  const sqlite = bench.engine === 'sqlite';
  const id = (uuid) => (sqlite ? `x'${uuid.replaceAll('-', '')}'` : `'${uuid}'`);
  const at = (ms) => (sqlite ? String(ms) : `to_timestamp(${ms / 1000})`);
  const now = Date.parse('2026-11-23T11:00:00Z');

  await bench.t.test('alerts are acknowledged, silenced and resolved, never reopened from the end', async () => {
    assert.deepEqual(expectStatus(await admin.get('/v1/admin/alerts'), 200).json, { items: [], next: null });
    for (let i = 1; i <= 3; i++) {
      await bench.db.sql(`INSERT INTO admin_alerts (id, fingerprint, severity, status, title, detail, occurrences, first_seen_at, last_seen_at, created_at)
        VALUES (${id(randomUUID())}, 'cause ${i}', 'critical', 'open', 'Title', 'Detail', 2, ${at(now + i)}, ${at(now + i)}, ${at(now + i)})`);
    }
    const first = expectStatus(await admin.get('/v1/admin/alerts?limit=2'), 200).json;
    const rest = expectStatus(await admin.get(`/v1/admin/alerts?limit=2&cursor=${first.next}`), 200).json;
    const all = [...first.items, ...rest.items];
    assert.deepEqual(all.map((a) => a.fingerprint), ['cause 3', 'cause 2', 'cause 1']);
    const move = (n, word) => admin.post(`/v1/admin/alerts/${all[n].id}/${word}`, { reason: `to ${word} it` });
    for (const body of [{}, { reason: '' }, { reason: 'x'.repeat(501) }]) {
      expectProblem(await admin.post(`/v1/admin/alerts/${all[0].id}/resolve`, body), 422, 'invalid', 'reason');
    }
    const acknowledged = expectStatus(await move(0, 'acknowledge'), 200).json;
    assert.equal(acknowledged.status, 'acknowledged');
    assert.ok(acknowledged.acknowledged_by);
    assert.equal(expectStatus(await move(1, 'silence'), 200).json.status, 'silenced');
    assert.equal(expectStatus(await move(2, 'resolve'), 200).json.status, 'resolved');
    expectProblem(await move(2, 'acknowledge'), 409, 'alert_move_refused');
    expectProblem(await admin.post(`/v1/admin/alerts/${randomUUID()}/resolve`, { reason: 'x' }), 404, 'not_found');
    assert.equal((await admin.get('/v1/admin/alerts')).json.items.length, 2);
    assert.equal((await admin.get('/v1/admin/alerts?resolved=true')).json.items.length, 3);
    assert.deepEqual((await audited(admin, 'alert.handle')).map((r) => [r.detail.status, r.detail.reason]),
      [['resolved', 'to resolve it'], ['silenced', 'to silence it'], ['acknowledged', 'to acknowledge it']]);
  });

  await bench.t.test('a held reward passes or does not, once, with a reason', async () => {
    assert.deepEqual(expectStatus(await admin.get('/v1/admin/referrals'), 200).json.items, []);
    await bench.db.sql(`INSERT INTO referrals (referrer_id, referred_id, status, reward, reasons, approved, created_at, updated_at)
      VALUES (${id(me.id)}, ${id(other.id)}, 'held', 0, 'same_payer', ${sqlite ? '0' : 'false'}, ${at(now)}, ${at(now)})`);
    const { items: [held] } = expectStatus(await admin.get('/v1/admin/referrals?status=held&limit=5'), 200).json;
    assert.equal(held.referrer_id, me.id);
    assert.equal(held.reasons, 'same_payer');
    const target = `/v1/admin/referrals/${other.id}/review`;
    for (const [body, field] of [[{ reason: 'x' }, 'approve'], [{ approve: true }, 'reason'], [{ approve: 1, reason: 'x' }, 'approve']]) {
      expectProblem(await admin.post(target, body), 422, 'invalid', field);
    }
    assert.equal(expectStatus(await admin.post(target, { approve: false, reason: 'one person' }), 200).json.status, 'rejected');
    expectProblem(await admin.post(target, { approve: true, reason: 'x' }), 409, 'referral_not_held');
    expectProblem(await admin.post(`/v1/admin/referrals/${randomUUID()}/review`, { approve: true, reason: 'x' }), 404, 'not_found');
    const [row] = await audited(admin, 'referral.review');
    assert.equal(row.user_id, me.id);
    assert.equal(row.detail.reason, 'one person');
  });

  await bench.t.test('what came of inviting', async () => {
    const r = expectStatus(await me.get('/v1/referral'), 200).json;
    assert.equal(r.invited, 1);
    assert.equal(r.rewarded, 0);
    assert.deepEqual(r.earned, { amount: 0, currency: 'RUB' });
    assert.equal(r.link, null); // no bot
    assert.equal((await me.get('/v1/me')).json.referral_code, r.code);
  });
});

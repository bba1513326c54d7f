// The wallet, plans and subscriptions over HTTP, and what operators do to them.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { forEachEngine } from './harness.mjs';
import { Api, expectProblem, expectStatus } from './api.mjs';

const env = { HABITD_NOW: '2026-11-23T12:00:00Z', HABITD_LIMIT_FREE: '2', YOOKASSA_SHOP_ID: '1', YOOKASSA_SECRET_KEY: 'k', YOOKASSA_API_URL: 'http://127.0.0.1:1' };
const withKey = (key) => ({ headers: { 'idempotency-key': key } });
const MONTH = 29900;

async function people(bench, environment = env) {
  const server = await bench.serve({ env: environment });
  const person = async (id, args = []) => {
    const api = await Api.of(server, await bench.token(id, args, { env: environment }));
    [[api.id]] = await bench.db.sql(`SELECT ${bench.engine === 'sqlite' ? 'lower(hex(id))' : "replace(id::text, '-', '')"} FROM users WHERE telegram_id = ${id}`);
    api.id = api.id.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
    return api;
  };
  return { server, me: await person(1001), other: await person(1002), admin: await person(9001, ['--admin']) };
}

const adjust = async (admin, person, amount, reason = 'a test') =>
  expectStatus(await admin.post(`/v1/admin/users/${person.id}/adjust`, { amount, reason }), 201).json;

async function expectSoundBooks(bench) {
  const report = JSON.parse(await bench.must(['doctor', '--json'], { env }));
  assert.deepEqual(report.checks.filter((c) => !c.ok), []);
}

forEachEngine('the wallet', async (bench) => {
  const { me, other, admin } = await people(bench);

  await bench.t.test('is empty at first', async () => {
    assert.deepEqual(expectStatus(await me.get('/v1/balance'), 200).json, { amount: 0, debt: 0, currency: 'RUB' });
    assert.deepEqual((await me.get('/v1/balance/transactions')).json, { items: [], next: null });
  });

  await bench.t.test('is corrected by an operator, with a reason', async () => {
    const { transaction, balance } = await adjust(admin, me, 500, 'compensation');
    assert.equal(transaction.seq, 1);
    assert.equal(transaction.kind, 'adjustment');
    assert.equal(transaction.reason, 'compensation');
    assert.deepEqual(balance, { amount: 500, debt: 0, currency: 'RUB' });
    await adjust(admin, me, -700, 'paid out twice');
    assert.deepEqual((await me.get('/v1/balance')).json, { amount: 0, debt: 200, currency: 'RUB' });
    assert.deepEqual((await other.get('/v1/balance')).json.amount, 0);
    const rows = await bench.db.sql("SELECT operation, detail FROM audit_log WHERE operation = 'balance.adjust' ORDER BY created_at, id");
    assert.equal(rows.length, 2);
    assert.deepEqual(JSON.parse(rows[1][1]), { seq: 2, amount: -700, currency: 'RUB', reason: 'paid out twice' });
  });

  await bench.t.test('refuses what is no correction', async () => {
    const target = `/v1/admin/users/${me.id}/adjust`;
    for (const [body, field] of [
      [{ amount: 0, reason: 'x' }, 'amount'],
      [{ amount: 1.5, reason: 'x' }, 'amount'],
      [{ amount: '5', reason: 'x' }, 'amount'],
      [{ amount: 1e15 + 1, reason: 'x' }, 'amount'],
      [{ amount: 5 }, 'reason'],
      [{ amount: 5, reason: ' ' }, 'reason'],
      [{ amount: 5, reason: 'x'.repeat(501) }, 'reason'],
      [{ amount: 5, reason: 'x', currency: 'RUB' }, 'currency'],
    ]) expectProblem(await admin.post(target, body), 422, 'invalid', field);
    expectProblem(await admin.post(`/v1/admin/users/${randomUUID()}/adjust`, { amount: 5, reason: 'x' }), 404, 'not_found');
    expectProblem(await admin.post('/v1/admin/users/nobody/adjust', { amount: 5, reason: 'x' }), 404, 'not_found');
    expectProblem(await me.post(target, { amount: 5, reason: 'x' }), 404, 'not_found');
    assert.equal((await me.get('/v1/balance/transactions')).json.items.length, 2);
  });

  await bench.t.test('is listed newest first, in pages', async () => {
    for (let i = 1; i <= 5; i++) await adjust(admin, me, i);
    const seen = [];
    for (let cursor = ''; cursor !== null;) {
      const page = expectStatus(await me.get(`/v1/balance/transactions?limit=3${cursor && `&cursor=${cursor}`}`), 200).json;
      seen.push(...page.items.map((t) => t.seq));
      cursor = page.next;
    }
    assert.deepEqual(seen, [7, 6, 5, 4, 3, 2, 1]);
    expectProblem(await me.get('/v1/balance/transactions?cursor=AAAA'), 422, 'invalid', 'cursor');
    expectProblem(await me.get('/v1/balance/transactions?limit=0'), 422, 'invalid', 'limit');
  });

  await bench.t.test('is told apart from others’ by its token alone', async () => {
    expectProblem(await me.get(`/v1/balance?user_id=${other.id}`), 422, 'invalid', 'user_id');
    expectStatus(await me.server.request('GET', '/v1/balance'), 401);
  });
  await expectSoundBooks(bench);
});

forEachEngine('plans and subscriptions', async (bench) => {
  const { me, other, admin } = await people(bench);

  await bench.t.test('plans are shown at the price that is charged, with who takes it', async () => {
    const { items } = expectStatus(await me.get('/v1/plans'), 200).json;
    assert.deepEqual(items[0], { plan: 'month', months: 1, days: 0, prices: [{ amount: MONTH, currency: 'RUB', providers: ['yookassa', 'balance'] }] });
  });

  await bench.t.test('everybody begins with the trial', async () => {
    const s = expectStatus(await me.get('/v1/subscription'), 200).json;
    assert.equal(s.status, 'trialing');
    assert.equal(s.renews_by, 'none');
    assert.equal(s.ends_at.slice(0, 10), '2026-11-30');
    assert.deepEqual(s.periods, []);
    expectProblem(await me.post('/v1/subscription/cancel'), 409, 'not_renewing');
  });

  await bench.t.test('without funds: 402, which stays so under its key', async () => {
    expectProblem(await me.post('/v1/subscription', { plan: 'month', pay_from: 'balance' }, withKey('p1')), 402, 'insufficient_funds');
    await adjust(admin, me, MONTH * 2 + 1);
    const again = expectProblem(await me.post('/v1/subscription', { plan: 'month', pay_from: 'balance' }, withKey('p1')), 402, 'insufficient_funds');
    assert.equal(again.headers['idempotent-replayed'], 'true');
    assert.equal((await me.get('/v1/subscription')).json.status, 'trialing');
  });

  await bench.t.test('bought from the wallet, it begins after the trial and renews itself', async () => {
    const s = expectStatus(await me.post('/v1/subscription', { plan: 'month', pay_from: 'balance' }, withKey('p2')), 201).json;
    assert.equal(s.renews_by, 'balance');
    assert.equal(s.periods.length, 1);
    assert.equal((await me.get('/v1/balance')).json.amount, MONTH + 1);
    const { items: [spent] } = (await me.get('/v1/balance/transactions')).json;
    assert.equal(spent.kind, 'subscription');
    assert.equal(spent.amount, -MONTH);
    assert.equal(spent.payment_id, s.periods[0].payment_id);
    assert.equal((await me.get('/v1/me')).json.tier, 'premium');
  });

  await bench.t.test('the same key buys once, another one queues a period after the last', async () => {
    const again = expectStatus(await me.post('/v1/subscription', { plan: 'month', pay_from: 'balance' }, withKey('p2')), 201);
    assert.equal(again.headers['idempotent-replayed'], 'true');
    expectProblem(await me.post('/v1/subscription', { plan: 'year', pay_from: 'balance' }, withKey('p2')), 409, 'idempotency_key_reused');
    assert.equal((await me.get('/v1/balance')).json.amount, MONTH + 1);
    const { periods } = expectStatus(await me.post('/v1/subscription', { plan: 'month', pay_from: 'balance', renew: true }), 201).json;
    assert.equal(periods.length, 2);
    assert.equal(periods[1].starts_at, periods[0].ends_at);
    assert.equal((await me.get('/v1/balance')).json.amount, 1);
  });

  await bench.t.test('renewal is turned off once and for all', async () => {
    const s = expectStatus(await me.post('/v1/subscription/cancel'), 200).json;
    assert.equal(s.status, 'canceled');
    assert.equal(s.canceled, true);
    assert.deepEqual(expectStatus(await me.post('/v1/subscription/cancel'), 200).json, s);
  });

  await bench.t.test('fields that are wrong are named', async () => {
    for (const [body, field] of [
      [{ pay_from: 'balance' }, 'plan'],
      [{ plan: 'month' }, 'pay_from'],
      [{ plan: 'week', pay_from: 'balance' }, 'plan'],
      [{ plan: 'month', pay_from: 'card' }, 'pay_from'],
      [{ plan: 'month', pay_from: 'balance', amount: 1 }, 'amount'],
      [{ plan: 'month', pay_from: 'balance', renew: 'yes' }, 'renew'],
    ]) expectProblem(await me.post('/v1/subscription', body), 422, 'invalid', field);
  });

  await bench.t.test('operators give periods away and take them back, with a reason', async () => {
    const grant = `/v1/admin/users/${other.id}/grant`;
    const s = expectStatus(await admin.post(grant, { days: 10, reason: 'outage' }), 201).json;
    assert.equal(s.status, 'active');
    assert.equal(s.periods[0].payment_id, null);
    for (const [body, field] of [
      [{ reason: 'x' }, 'months'],
      [{ months: 1, days: 1, reason: 'x' }, 'months'],
      [{ months: 121, reason: 'x' }, 'months'],
      [{ days: 0, reason: 'x' }, 'days'],
      [{ days: 1 }, 'reason'],
    ]) expectProblem(await admin.post(grant, body), 422, 'invalid', field);
    expectProblem(await other.post(grant, { days: 10, reason: 'please' }), 404, 'not_found');
    expectProblem(await admin.post(`/v1/admin/users/${randomUUID()}/grant`, { days: 1, reason: 'x' }), 404, 'not_found');
    const revoke = `/v1/admin/users/${other.id}/revoke`;
    expectProblem(await admin.post(revoke, { period_id: randomUUID(), reason: 'x' }), 404, 'not_found');
    expectProblem(await admin.post(revoke, { period_id: 'x', reason: 'x' }), 422, 'invalid', 'period_id');
    const after = expectStatus(await admin.post(revoke, { period_id: s.periods[0].id, reason: 'by mistake' }), 200).json;
    assert.equal(after.status, 'trialing');
    assert.equal(after.periods[0].status, 'revoked');
    const rows = await bench.db.sql("SELECT operation, detail FROM audit_log WHERE operation LIKE 'subscription.%' ORDER BY created_at, id");
    assert.deepEqual(rows.map(([operation, detail]) => [operation, JSON.parse(detail).reason]),
      [['subscription.grant', 'outage'], ['subscription.revoke', 'by mistake']]);
  });
  await expectSoundBooks(bench);
});

forEachEngine('one key from fifty clients buys once', async (bench) => {
  const { me, admin } = await people(bench);
  await adjust(admin, me, MONTH * 60);
  const answers = await Promise.all(Array.from({ length: 50 }, () =>
    me.post('/v1/subscription', { plan: 'month', pay_from: 'balance' }, withKey('once'))));
  assert.equal(new Set(answers.map((r) => r.text)).size, 1);
  assert.ok(answers.every((r) => r.status === 201));
  assert.equal((await me.get('/v1/balance')).json.amount, MONTH * 59);
  assert.equal((await me.get('/v1/subscription')).json.periods.length, 1);
  await expectSoundBooks(bench);
});

forEachEngine('twenty clients on one wallet', async (bench) => {
  const { server, me, admin } = await people(bench);
  const second = await bench.serve({ env }); // on PostgreSQL two instances write for one person; on SQLite they share the file
  const elsewhere = await Api.of(second, me.token);
  const adminElsewhere = await Api.of(second, admin.token);
  const ways = [
    [me, admin],
    [elsewhere, adminElsewhere],
  ];
  let paid = 0, bought = 0;
  await Promise.all(Array.from({ length: 20 }, async (_, client) => {
    const [person, operator] = ways[client % 2];
    for (let i = 0; i < 10; i++) {
      if (client % 4 === 0) {
        expectStatus(await operator.post(`/v1/admin/users/${me.id}/adjust`, { amount: MONTH, reason: 'a test' }), 201);
        paid += MONTH;
      } else {
        const r = await person.post('/v1/subscription', { plan: 'month', pay_from: 'balance' }, withKey(`${client}-${i}`));
        if (r.status !== 402) bought += expectStatus(r, 201).status === 201 ? MONTH : 0;
        assert.ok((await person.get('/v1/balance')).json.debt === 0, 'a purchase never leaves a debt');
      }
    }
  }));
  const { amount, debt } = (await me.get('/v1/balance')).json;
  assert.equal(amount, paid - bought);
  assert.equal(debt, 0);
  assert.equal((await me.get('/v1/subscription')).json.periods.length, bought / MONTH);
  await second.stop();
  await server.stop();
  await expectSoundBooks(bench);
});

// Here nobody calls the provider: its answers are written behind habitd's back.
forEachEngine('payments through a provider', async (bench) => {
  const { server, me, other } = await people(bench);
  const topup = { provider: 'yookassa', purpose: 'topup', amount: 50000 };
  const orders = async () => Number((await bench.db.sql('SELECT count(*) FROM payments'))[0][0]);

  await bench.t.test('fields that are wrong are named, and nothing is ordered', async () => {
    for (const [body, field] of [
      [{ purpose: 'topup', amount: 1 }, 'provider'],
      [{ ...topup, provider: 'paypal' }, 'provider'],
      [{ ...topup, provider: 'cryptobot' }, 'provider'],
      [{ ...topup, provider: 'sandbox' }, 'provider'],
      [{ ...topup, provider: 'balance' }, 'provider'],
      [{ ...topup, purpose: 'gift' }, 'purpose'],
      [{ provider: 'yookassa', purpose: 'topup' }, 'amount'],
      [{ ...topup, amount: 0 }, 'amount'],
      [{ ...topup, amount: -1 }, 'amount'],
      [{ ...topup, amount: 1.5 }, 'amount'],
      [{ ...topup, amount: 100000000001 }, 'amount'],
      [{ ...topup, amount: 9.3e18 }, 'amount'],
      [{ ...topup, currency: 'USD' }, 'currency'],
      [{ ...topup, plan: 'month' }, 'plan'],
      [{ provider: 'yookassa', purpose: 'subscription' }, 'plan'],
      [{ provider: 'yookassa', purpose: 'subscription', plan: 'week' }, 'plan'],
      [{ provider: 'yookassa', purpose: 'subscription', plan: 'month', amount: 1 }, 'amount'],
      [{ ...topup, user_id: other.id }, 'user_id'],
    ]) expectProblem(await me.post('/v1/payments', body), 422, 'invalid', field);
    // Beyond what a JSON number of 64 bits holds.
    expectProblem(await me.call('POST', '/v1/payments', undefined,
      { body: '{"provider":"yookassa","amount":99999999999999999999,"purpose":"topup"}', headers: { 'content-type': 'application/json' } }), 422, 'invalid', 'amount');
    assert.equal(await orders(), 0);
  });

  await bench.t.test('the answer comes as soon as the provider’s does, and others are served meanwhile', async () => {
    const waiting = me.post('/v1/payments', topup, withKey('slow'));
    while (await orders() === 0) assert.equal((await other.get('/v1/balance')).status, 200);
    await bench.db.sql("UPDATE payments SET pay_url = 'https://pay.example/1'");
    const { json: p, headers } = expectStatus(await waiting, 201);
    assert.equal(p.pay_url, 'https://pay.example/1');
    assert.equal(p.status, 'created');
    assert.equal(p.amount, 50000);
    assert.equal(headers.location, `/v1/payments/${p.id}`);
    assert.deepEqual(expectStatus(await me.get(headers.location), 200).json, p);
    expectProblem(await other.get(headers.location), 404, 'payment_not_found');
    expectProblem(await me.get('/v1/payments/x'), 404, 'not_found');
  });

  await bench.t.test('a provider that is slower than ten seconds: 202, and the same key tells what became of it', async () => {
    const body = { provider: 'yookassa', purpose: 'subscription', plan: 'month', amount: MONTH, currency: 'RUB', renew: true };
    const began = Date.now();
    const answers = await Promise.all(Array.from({ length: 50 }, () => me.post('/v1/payments', body, withKey('never'))));
    assert.ok(Date.now() - began >= 10_000);
    assert.ok(answers.every((r) => r.status === 202));
    const ids = new Set(answers.map((r) => r.json.id));
    assert.equal(ids.size, 1);
    assert.equal(await orders(), 2);
    assert.equal('pay_url' in answers[0].json, false);
    const [id] = ids;
    await bench.db.sql("UPDATE payments SET pay_url = 'https://pay.example/2' WHERE plan = 'month'");
    const again = expectStatus(await me.post('/v1/payments', body, withKey('never')), 201);
    assert.equal(again.json.id, id);
    assert.equal(again.json.pay_url, 'https://pay.example/2');
    assert.equal(again.headers['idempotent-replayed'], 'true');
    expectProblem(await me.post('/v1/payments', topup, withKey('never')), 409, 'idempotency_key_reused');
    assert.equal(await orders(), 2);
  });

  await bench.t.test('a server that is stopped answers those who wait', async () => {
    const waiting = me.post('/v1/payments', topup);
    while (await orders() < 3) await me.get('/v1/balance');
    await server.stop();
    assert.equal((await waiting).status, 202);
  });
});

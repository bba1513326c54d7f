// Payments with the real program and doubles of the providers that behave as documented and misbehave on demand. Whatever happens on the
// way, a payment is credited exactly once, a refund takes back what it paid for, and the doctor finds the books sound.
import assert from 'node:assert/strict';
import { Api, expectStatus } from './api.mjs';
import { startFakeBotApi } from './bot_api_fake.mjs';
import { startCryptopayFake } from './cryptopay_fake.mjs';
import { abreast, forEachEngine, LONG, sleep } from './harness.mjs';
import { startYookassaFake } from './yookassa_fake.mjs';

abreast(3);

const uuidOf = (engine, column) => (engine === 'sqlite' ? `lower(hex(${column}))` : `replace(${column}::text, '-', '')`);

/** A server with both providers, a person, and what tests look at. */
class Scene {
  static async open(bench, { env = {}, yookassa = {}, cryptobot = {} } = {}) {
    const scene = new Scene();
    scene.bench = bench;
    scene.yookassa = await startYookassaFake({ retryMs: 50, ...yookassa });
    scene.cryptobot = await startCryptopayFake({ retryMs: 50, ...cryptobot });
    scene.env = { ...scene.yookassa.env, ...scene.cryptobot.env, HABITD_SANDBOX_PAYMENTS: 'instant', ...env };
    await scene.serve();
    scene.token = await bench.token(1001, [], { env: scene.env });
    scene.me = await Api.of(scene.server, scene.token);
    return scene;
  }

  async serve() {
    this.server = await this.bench.serve({ env: this.env });
    this.yookassa.webhookUrl = `${this.server.url}/webhooks/yookassa`;
    this.cryptobot.webhookUrl = `${this.server.url}/webhooks/cryptobot`;
    if (this.token) this.me = await Api.of(this.server, this.token);
  }

  async close({ check = true } = {}) {
    if (!this.server.end) await this.server.stop();
    const report = JSON.parse(await this.bench.must(['doctor', '--json'], { env: this.env }));
    assert.deepEqual(report.checks.filter((c) => !c.ok), []);
    await this.yookassa.stop({ check });
    await this.cryptobot.stop({ check });
  }

  async order(body, status = 201) {
    return expectStatus(await this.me.post('/v1/payments', body), status).json;
  }

  topup(amount = 10000, status = 201) {
    return this.order({ provider: 'yookassa', purpose: 'topup', amount }, status);
  }

  async payment(id) {
    return expectStatus(await this.me.get(`/v1/payments/${id}`), 200).json;
  }

  async balance() {
    const { amount, debt } = (await this.me.get('/v1/balance')).json;
    return amount - debt;
  }

  /** Waits until `look` gives something true. */
  async until(look, what, ms = 60_000) {
    const deadline = Date.now() + ms;
    for (;;) {
      const found = await look();
      if (found) return found;
      if (Date.now() > deadline) throw new Error(`not within ${ms} ms: ${what}\n${this.server.stderr.slice(-3000)}`);
      await sleep(30);
    }
  }

  becomes(id, status) {
    return this.until(async () => {
      const p = await this.payment(id);
      return p.status === status && p;
    }, `payment ${id} becomes ${status}`);
  }

  alerts() {
    return this.bench.db.sql('SELECT fingerprint, occurrences FROM admin_alerts ORDER BY fingerprint');
  }

  /** All that waits to be called and all that came in has been dealt with. */
  settled() {
    return this.until(async () => (await this.bench.db.sql(
      "SELECT 1 FROM outbox WHERE channel <> 'telegram' AND (status = 'sending' OR (status = 'queued' AND attempts = 0)) UNION ALL SELECT 1 FROM inbox WHERE status = 'pending'",
    )).length === 0, 'nothing waits');
  }

  /** The provider's object for a payment of ours. */
  object(payment) {
    return this.yookassa.ordered((p) => p.metadata.ref?.endsWith(payment.id));
  }

  invoice(payment) {
    return this.cryptobot.ordered((i) => i.payload?.endsWith(payment.id));
  }
}

function scene(name, options, fn) {
  if (typeof options === 'function') [options, fn] = [{}, options];
  forEachEngine(name, async (bench) => {
    const s = await Scene.open(bench, options);
    let failure;
    try {
      await fn(s);
      await s.close({ check: options.check ?? true });
    } catch (error) {
      failure = error;
    }
    await s.yookassa.stop({ check: false }).catch(() => {});
    await s.cryptobot.stop({ check: false }).catch(() => {});
    if (failure) throw failure;
  });
}

// ---- YooKassa

scene('yookassa: ordered, paid, told up to five times, given back in parts', async (s) => {
  const p = await s.topup();
  assert.equal(p.status, 'pending');
  const object = await s.object(p);
  assert.equal(p.pay_url, object.confirmation.confirmation_url);
  assert.equal(object.amount.value, '100.00');
  for (let times = 1; times <= 5; times++) {
    const q = times === 1 ? p : await s.topup(10000);
    await s.yookassa.pay((await s.object(q)).id, { times });
    await s.becomes(q.id, 'succeeded');
  }
  await s.settled();
  assert.equal(await s.balance(), 50000);
  await s.yookassa.refundInCabinet(object.id, '30.00', { times: 3 });
  await s.becomes(p.id, 'partially_refunded');
  assert.equal(await s.balance(), 47000);
  await s.yookassa.refundInCabinet(object.id, '70.00');
  await s.becomes(p.id, 'refunded');
  await s.settled();
  assert.equal(await s.balance(), 40000);
  assert.deepEqual(await s.alerts(), []);
});

scene('yookassa: a refund that is told before its payment', async (s) => {
  const p = await s.topup();
  const object = await s.object(p);
  s.yookassa.holdWebhooks();
  await s.yookassa.pay(object.id);
  await s.yookassa.refundInCabinet(object.id, '40.00');
  await s.yookassa.refundInCabinet(object.id, '60.00');
  await s.yookassa.releaseWebhooks({ order: 'reverse', times: 2 });
  await s.becomes(p.id, 'refunded');
  await s.settled();
  assert.equal(await s.balance(), 0);
});

scene('yookassa: another amount than was ordered is not credited', async (s) => {
  const p = await s.topup();
  await s.yookassa.pay((await s.object(p)).id, { amount: '1.00' });
  await s.becomes(p.id, 'unknown');
  assert.equal(await s.balance(), 0);
  assert.deepEqual((await s.alerts()).map(([f]) => f), [`payment.mismatch:${p.id}`]);
});

scene('yookassa: paid twice, the second charge goes back by itself', async (s) => {
  const p = await s.topup();
  const object = await s.object(p);
  const twin = s.yookassa.twin(object.id);
  await s.yookassa.pay(object.id);
  s.yookassa.fault({ on: 'POST /refunds', kind: 'lose' }); // it is made, and looked for before it is asked for again
  await s.yookassa.pay(twin);
  await s.until(() => [...s.yookassa.refunds.values()].length === 1, 'one charge is given back');
  await s.until(async () => (await s.bench.db.sql("SELECT 1 FROM outbox WHERE method = 'payment.refund' AND status = 'sent'")).length === 1, 'it is known');
  assert.equal(s.yookassa.refunds.size, 1);
  const [refund] = s.yookassa.refunds.values();
  assert.equal(refund.amount.value, '100.00');
  assert.equal((await s.payment(p.id)).status, 'succeeded');
  assert.equal(await s.balance(), 10000);
});

scene("yookassa: another shop's object, and what is no notification", async (s) => {
  const p = await s.topup();
  const [[user]] = await s.bench.db.sql(`SELECT ${uuidOf(s.bench.engine, 'id')} FROM users`);
  const dashed = user.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  const stranger = s.yookassa.stranger({ metadata: { ref: `${dashed}:${p.id}` } });
  assert.equal(await s.yookassa.forge('payment.succeeded', stranger), 200);
  assert.equal(await s.yookassa.forge('payment.succeeded', { id: '../me' }), 422);
  assert.equal(await s.yookassa.forge('payment.succeeded', { id: (await s.object(p)).id, status: 'succeeded', paid: true }), 200);
  assert.equal((await s.server.request('POST', '/webhooks/yookassa', { body: 'no JSON' })).status, 400);
  await s.settled();
  assert.equal((await s.payment(p.id)).status, 'pending');
  assert.equal(await s.balance(), 0);
});

for (const kind of ['error_after', 'lose']) {
  scene(`yookassa: the answer to an order is lost (${kind}): asked again under the same key, made once`, async (s) => {
    s.yookassa.fault({ on: 'POST /payments', kind, times: 2 });
    const p = await s.topup();
    assert.match(p.pay_url, /checkout/);
    assert.equal(s.yookassa.payments.size, 1);
    await s.yookassa.pay((await s.object(p)).id);
    await s.becomes(p.id, 'succeeded');
    assert.equal(await s.balance(), 10000);
  });
}

scene('yookassa: an order that is refused has failed', async (s) => {
  s.yookassa.fault({ on: 'POST /payments', kind: 'error', status: 400, body: { type: 'error', id: '1', code: 'invalid_request', description: 'x' } });
  const p = await s.topup();
  assert.equal(p.status, 'failed');
  await s.settled();
  assert.deepEqual((await s.alerts()).map(([f]) => f), ['pay.trouble:yookassa']);
});

scene('yookassa: given up by the person', async (s) => {
  const p = await s.topup();
  await s.yookassa.cancel((await s.object(p)).id);
  await s.becomes(p.id, 'expired');
  const q = await s.topup();
  await s.yookassa.cancel((await s.object(q)).id, { reason: 'canceled_by_merchant' });
  await s.becomes(q.id, 'canceled');
});

scene('yookassa: an operator gives money back; the answer is lost, and it is given once', async (s) => {
  const admin = await Api.of(s.server, await s.bench.token(9001, ['--admin'], { env: s.env }));
  const p = await s.topup();
  await s.yookassa.pay((await s.object(p)).id);
  await s.becomes(p.id, 'succeeded');
  s.yookassa.fault({ on: 'POST /refunds', kind: 'lose' });
  expectStatus(await admin.post(`/v1/admin/payments/${p.id}/refund`, { amount: 4000, reason: 'a test' }), 202);
  await s.becomes(p.id, 'partially_refunded');
  await s.until(async () => (await s.bench.db.sql("SELECT 1 FROM outbox WHERE method = 'payment.refund' AND status = 'sent'")).length === 1, 'it is known');
  assert.equal(s.yookassa.refunds.size, 1);
  assert.equal(await s.balance(), 6000);
  s.yookassa.fault({ on: 'POST /refunds', kind: 'error', status: 400, body: { type: 'error', id: '1', code: 'invalid_request', description: 'x' } });
  expectStatus(await admin.post(`/v1/admin/payments/${p.id}/refund`, { reason: 'the rest' }), 202);
  const open = () => s.bench.db.sql("SELECT fingerprint FROM admin_alerts WHERE status <> 'resolved'");
  await s.until(async () => (await open()).some(([f]) => f === `payment.not_given_back:${p.id}`), 'somebody has to see to it');
  expectStatus(await s.me.get('/v1/me'), 200);
  await s.topup(); // what goes well elsewhere does not hide it
  await s.settled();
  assert.ok((await open()).some(([f]) => f === `payment.not_given_back:${p.id}`));
  assert.equal(await s.balance(), 6000);
  expectStatus(await admin.post(`/v1/admin/payments/${p.id}/refund`, { reason: 'once more' }), 202);
  await s.becomes(p.id, 'refunded');
  assert.equal(await s.balance(), 0);
  assert.deepEqual(await open(), []);
});

scene('money that went back by hand is recorded, and nobody is asked', async (s) => {
  const admin = await Api.of(s.server, await s.bench.token(9001, ['--admin'], { env: s.env }));
  const p = await s.topup();
  await s.yookassa.pay((await s.object(p)).id);
  await s.becomes(p.id, 'succeeded');
  const refund = (body, status) => admin.post(`/v1/admin/payments/${p.id}/refund`, { reason: 'in cash', by_hand: true, ...body }).then((r) => expectStatus(r, status).json);
  assert.equal((await refund({ amount: 2500 }, 200)).status, 'partially_refunded');
  assert.equal(await s.balance(), 7500);
  assert.equal((await refund({}, 200)).status, 'refunded');
  assert.equal(await s.balance(), 0);
  await s.settled();
  assert.equal(s.yookassa.refunds.size, 0);
  const { items } = expectStatus(await admin.get('/v1/admin/audit?operation=payment.refund'), 200).json;
  assert.deepEqual(items.map((r) => [r.detail.amount, r.detail.by_hand]), [[7500, true], [2500, true]]);
});

scene('yookassa: a refund that is slow, and one that fails', async (s) => {
  const admin = await Api.of(s.server, await s.bench.token(9001, ['--admin'], { env: s.env }));
  const p = await s.topup();
  await s.yookassa.pay((await s.object(p)).id);
  await s.becomes(p.id, 'succeeded');
  s.yookassa.slowRefunds = true;
  expectStatus(await admin.post(`/v1/admin/payments/${p.id}/refund`, { amount: 4000, reason: 'a test' }), 202);
  const refund = await s.yookassa.until(() => [...s.yookassa.refunds.values()][0], 'a refund');
  assert.equal((await s.payment(p.id)).status, 'succeeded');
  await s.yookassa.finishRefund(refund.id);
  await s.becomes(p.id, 'partially_refunded');
  assert.equal(await s.balance(), 6000);
});

scene('yookassa: receipts go with orders and refunds', { yookassa: { receipts: true }, env: { YOOKASSA_VAT_CODE: '1', YOOKASSA_RECEIPT_EMAIL: 'shop@example.com' } }, async (s) => {
  const p = await s.topup();
  const { receipt } = await s.object(p);
  assert.equal(receipt.customer.email, 'shop@example.com');
  assert.equal(receipt.items[0].vat_code, 1);
});

scene('yookassa: a saved means of payment is kept with a subscription', async (s) => {
  const p = await s.order({ provider: 'yookassa', purpose: 'subscription', plan: 'month', renew: true });
  const object = await s.object(p);
  await s.yookassa.pay(object.id);
  await s.becomes(p.id, 'succeeded');
  const subscription = (await s.me.get('/v1/subscription')).json;
  assert.equal(subscription.status, 'active');
  assert.equal(subscription.renews_by, 'saved_method');
});

scene('yookassa: where receipts go is asked once', { yookassa: { receipts: true }, env: { YOOKASSA_VAT_CODE: '4' } }, async (s) => {
  const topup = { provider: 'yookassa', purpose: 'topup', amount: 10000 };
  const refused = await s.me.post('/v1/payments', topup);
  assert.equal(refused.status, 422);
  assert.equal(refused.json.code, 'receipt_contact_required');
  assert.equal(refused.json.field, 'contact');
  for (const contact of ['nobody', 'a@b', '@b.ru', 'a@b..ru', 'a b@c.ru', '12345', '+7 999 12345x7', '1234567890123456']) {
    assert.equal((await s.me.post('/v1/payments', { ...topup, contact })).json.field, 'contact', contact);
  }
  const p = await s.order({ ...topup, contact: '+7 (999) 123-45-67' });
  assert.deepEqual((await s.object(p)).receipt.customer, { phone: '79991234567' });
  const q = await s.topup(500);
  assert.deepEqual((await s.object(q)).receipt.customer, { phone: '79991234567' });
  const r = await s.order({ ...topup, contact: 'anna@example.com' });
  assert.deepEqual((await s.object(r)).receipt.customer, { email: 'anna@example.com' });
  await s.yookassa.pay((await s.object(r)).id);
  await s.becomes(r.id, 'succeeded');
});

// ---- Crypto Pay

scene('cryptobot: ordered, paid, told several times in any order', async (s) => {
  const p = await s.order({ provider: 'cryptobot', purpose: 'subscription', plan: 'month' });
  const invoice = await s.invoice(p);
  assert.equal(p.pay_url, invoice.bot_invoice_url);
  await s.cryptobot.pay(invoice.invoice_id, { times: 5 });
  assert.equal((await s.payment(p.id)).status, 'succeeded'); // acted on before it was taken
  assert.equal((await s.me.get('/v1/subscription')).json.status, 'active');
  await s.settled();
  assert.deepEqual(await s.alerts(), []);
});

scene('cryptobot: a wrong signature is 401, stores nothing, and is told once', async (s) => {
  const p = await s.order({ provider: 'cryptobot', purpose: 'subscription', plan: 'month' });
  const { invoice_id: id } = await s.invoice(p);
  for (const sign of ['wrong', 'other', 'late', 'none']) {
    const status = await s.cryptobot.say({ update_id: 1, update_type: 'invoice_paid', payload: { ...s.cryptobot.invoices.get(id), status: 'paid' } }, sign);
    assert.equal(status, 401, sign);
  }
  assert.deepEqual(await s.bench.db.sql('SELECT external_id FROM inbox'), []);
  await s.until(async () => (await s.alerts()).length === 1, 'an alert');
  assert.deepEqual(await s.alerts(), [['pay.signature:cryptobot', '1']]);
  assert.equal((await s.payment(p.id)).status, 'pending');
});

scene('cryptobot: the answer to an order is lost: the invoice is looked for, not made again', async (s) => {
  s.cryptobot.fault({ on: 'createInvoice', kind: 'lose' });
  const p = await s.order({ provider: 'cryptobot', purpose: 'subscription', plan: 'month' });
  assert.match(p.pay_url, /CryptoBot/);
  assert.equal(s.cryptobot.invoices.size, 1);
});

scene('cryptobot: paid twice, the second charge is sent back', async (s) => {
  const p = await s.order({ provider: 'cryptobot', purpose: 'subscription', plan: 'month' });
  const { invoice_id: first } = await s.invoice(p);
  const second = s.cryptobot.twin(first);
  await s.cryptobot.pay(first);
  s.cryptobot.fault({ on: 'transfer', kind: 'lose' });
  await s.cryptobot.pay(second);
  await s.until(() => s.cryptobot.transfers.size === 1, 'a transfer');
  await s.until(async () => (await s.bench.db.sql("SELECT 1 FROM outbox WHERE method = 'payment.refund' AND status = 'sent'")).length === 1, 'it is known');
  assert.equal(s.cryptobot.transfers.size, 1);
  assert.equal([...s.cryptobot.transfers.values()][0].user_id, 1001);
  assert.equal((await s.payment(p.id)).status, 'succeeded');
});

scene('cryptobot: another amount, and an invoice nobody here made', async (s) => {
  const p = await s.order({ provider: 'cryptobot', purpose: 'subscription', plan: 'month' });
  await s.cryptobot.pay((await s.invoice(p)).invoice_id, { amount: '0.01' });
  await s.becomes(p.id, 'unknown');
  const foreign = { ...s.cryptobot.invoices.values().next().value, invoice_id: 77, payload: 'somebody', amount: '5' };
  assert.equal(await s.cryptobot.say({ update_id: 1, update_type: 'invoice_paid', payload: foreign }), 200);
  await s.settled();
  assert.deepEqual((await s.alerts()).map(([f]) => f), [`payment.mismatch:${p.id}`, 'payment.stray:77']);
  for (const amount of ['0', '-5', '1e9', '0.0000001']) {
    assert.equal(await s.cryptobot.say({ update_id: 1, update_type: 'invoice_paid', payload: { ...foreign, invoice_id: 78, amount } }), 422, amount);
  }
});

scene('crypto of whoever was erased: nobody knows where to, so a person gives it back and records that', async (s) => {
  const admin = await Api.of(s.server, await s.bench.token(9001, ['--admin'], { env: s.env }));
  const p = await s.order({ provider: 'cryptobot', purpose: 'subscription', plan: 'month' });
  await s.cryptobot.pay((await s.invoice(p)).invoice_id);
  await s.becomes(p.id, 'succeeded');
  expectStatus(await s.me.del('/v1/me'), 204);
  const refund = (body, status) => admin.post(`/v1/admin/payments/${p.id}/refund`, { reason: 'asked by mail', ...body }).then((r) => expectStatus(r, status));
  const alerts = async () => (await admin.get('/v1/admin/alerts')).json.items;
  await refund({}, 202);
  const alert = await s.until(async () => (await alerts())[0], 'an alert');
  assert.equal(alert.fingerprint, `payment.not_given_back:${p.id}`);
  assert.match(alert.title, /by hand/);
  assert.equal(s.cryptobot.transfers.size, 0);
  await refund({ by_hand: true }, 200);
  assert.equal((await admin.get(`/v1/admin/payments/${p.id}`)).json.status, 'refunded');
  assert.deepEqual(await alerts(), []);
});

// ---- the sandbox, and being cut off

scene('sandbox: the whole flow without an account', async (s) => {
  const p = await s.order({ provider: 'sandbox', purpose: 'topup', amount: 700 });
  assert.equal(p.status, 'succeeded');
  assert.equal(await s.balance(), 700);
});

// The server comes back on another port, so the request is another one under the same key: YooKassa refuses it, and the payment is found.
scene('killed while a provider is being called: called again, made once', { check: false }, async (s) => {
  s.yookassa.fault({ on: 'POST /payments', kind: 'hang' });
  const waiting = s.me.post('/v1/payments', { provider: 'yookassa', purpose: 'topup', amount: 10000 }).catch(() => {});
  await s.until(() => s.yookassa.count('POST /payments') === 1, 'the call is under way');
  await s.server.kill();
  await waiting;
  await s.serve();
  await s.until(async () => (await s.bench.db.sql('SELECT 1 FROM payments WHERE pay_url IS NOT NULL')).length === 1, 'the invoice');
  assert.equal(s.yookassa.payments.size, 1);
});

for (const [how, end] of [['killed', (s) => s.server.kill()], ['stopped', (s) => s.server.stop()]]) {
  scene(`cryptobot: forty at once, ${how} amid them: each is acted on once`, { check: false }, async (s) => {
    const orders = await Promise.all(Array.from({ length: 40 }, () => s.order({ provider: 'cryptobot', purpose: 'subscription', plan: 'month' })));
    const invoices = await Promise.all(orders.map((p) => s.invoice(p)));
    const taken = () => s.bench.db.sql("SELECT count(*) FROM inbox WHERE source = 'cryptobot'").then(([[n]]) => Number(n));
    const told = invoices.map((i, n) => s.cryptobot.pay(i.invoice_id, { times: 1 + (n % 2) }));
    await s.until(async () => await taken() > 0, 'some are taken');
    await end(s);
    await s.serve();
    await Promise.all(told);
    await s.settled();
    for (const p of orders) assert.equal((await s.payment(p.id)).status, 'succeeded');
    assert.deepEqual(await s.bench.db.sql('SELECT count(*), count(DISTINCT payment_id) FROM subscription_periods'), [['40', '40']]);
    assert.deepEqual(await s.alerts(), []);
    if (how === 'stopped') assert.deepEqual(await s.bench.db.sql('SELECT count(*) FROM inbox WHERE attempts > 0'), [['0']]); // none is blamed for the end
  });
}

scene('sandbox: on a page', { env: { HABITD_SANDBOX_PAYMENTS: 'page' } }, async (s) => {
  const p = await s.order({ provider: 'sandbox', purpose: 'topup', amount: 12345 });
  assert.equal(p.status, 'pending');
  const path = new URL(p.pay_url).pathname;
  const page = await s.server.request('GET', path);
  assert.equal(page.status, 200);
  assert.match(page.text, /123\.45 RUB/);
  const [, target] = /formaction="([^"]+\/pay)"/.exec(page.text);
  const form = { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: '' };
  for (let i = 0; i < 2; i++) assert.match((await s.server.request('POST', target, form)).text, /Paid/);
  assert.match((await s.server.request('POST', target.replace(/pay$/, 'decline'), form)).text, /Paid/);
  assert.equal((await s.payment(p.id)).status, 'succeeded');
  assert.equal(await s.balance(), 12345);
  const q = await s.order({ provider: 'sandbox', purpose: 'topup', amount: 500 });
  await s.server.request('POST', `${new URL(q.pay_url).pathname}/decline`, form);
  assert.equal((await s.payment(q.id)).status, 'canceled');
  // What was paid can be disputed there, and the bank decides.
  for (const [turn, status, balance] of [['won', 'succeeded', 12345], ['opened', 'disputed', 0], ['opened', 'disputed', 0], ['won', 'succeeded', 12345],
    ['lost', 'succeeded', 12345]]) {
    assert.equal((await s.server.request('POST', `${path}/dispute/${turn}`, form)).status, 200);
    assert.equal((await s.payment(p.id)).status, status, turn);
    assert.equal(await s.balance(), balance, turn);
  }
  const r = await s.order({ provider: 'sandbox', purpose: 'topup', amount: 500 });
  const other = new URL(r.pay_url).pathname;
  for (const word of ['pay', 'dispute/opened', 'dispute/lost']) await s.server.request('POST', `${other}/${word}`, form);
  assert.equal((await s.payment(r.id)).status, 'charged_back');
  assert.match((await s.server.request('GET', other)).text, /charged_back/);
  assert.equal((await s.server.request('POST', `${other}/dispute/settled`, form)).status, 404);
  assert.equal((await s.server.request('GET', `${path}0`)).status, 404);
  assert.equal((await s.server.request('GET', path.replace(/.$/, (c) => (c === '0' ? '1' : '0')))).status, 404);
});

// ---- the clock

const HOUR = 3_600_000;
const at = (ms) => ({ HABITD_NOW: new Date(ms).toISOString() });

scene('a key older than a day is not used again: the order is looked for', async (s) => {
  s.yookassa.fault({ on: 'POST /payments', kind: 'lose', times: 1 });
  s.yookassa.fault({ on: 'POST /payments', kind: 'error', times: 100 });
  const waiting = s.me.post('/v1/payments', { provider: 'yookassa', purpose: 'topup', amount: 10000 });
  await s.until(() => s.yookassa.count('POST /payments') >= 2, 'it was tried again');
  await s.server.stop();
  await waiting;
  s.yookassa.faults.clear();
  s.yookassa.advance(25 * HOUR);
  s.env = { ...s.env, ...at(Date.now() + 25 * HOUR) };
  await s.serve();
  await s.until(async () => (await s.bench.db.sql("SELECT 1 FROM payments WHERE status = 'pending'")).length === 1, 'it was found');
  assert.equal(s.yookassa.payments.size, 1);
  const [[id]] = await s.bench.db.sql('SELECT provider_payment_id FROM payments');
  await s.yookassa.pay(id);
  await s.until(async () => (await s.bench.db.sql("SELECT 1 FROM payments WHERE status = 'succeeded'")).length === 1, 'it is paid');
});

scene('a subscription renews itself by the saved means, and the clock does it once', async (s) => {
  const p = await s.order({ provider: 'yookassa', purpose: 'subscription', plan: 'month', renew: true });
  await s.yookassa.pay((await s.object(p)).id);
  await s.becomes(p.id, 'succeeded');
  const { ends_at: ends } = (await s.me.get('/v1/subscription')).json;
  await s.server.stop();
  s.env = { ...s.env, ...at(Date.parse(ends) - 23 * HOUR) };
  await s.serve();
  await s.until(() => s.yookassa.payments.size === 2, 'a charge');
  await s.until(async () => (await s.bench.db.sql("SELECT 1 FROM payments WHERE status = 'succeeded'")).length === 2, 'it is recorded');
  await s.settled();
  const [[later]] = await s.bench.db.sql(`SELECT count(*) FROM subscriptions WHERE status = 'active' AND ends_at > ${s.bench.engine === 'sqlite' ? Date.parse(ends) : `'${ends}'`}`);
  assert.equal(later, '1');
  assert.equal(s.yookassa.payments.size, 2);
});

scene('a webhook that was lost: the janitor asks after a minute', async (s) => {
  const p = await s.topup();
  await s.yookassa.pay((await s.object(p)).id, { silent: true });
  await s.server.stop();
  s.env = { ...s.env, ...at(Date.now() + 2 * 60_000) };
  await s.serve();
  await s.until(async () => (await s.bench.db.sql("SELECT 1 FROM payments WHERE status = 'succeeded'")).length === 1, 'it was asked');
});

scene('the books are proved by the clock, and what is broken is told', async (s) => {
  const p = await s.order({ provider: 'sandbox', purpose: 'topup', amount: 700 });
  assert.equal(p.status, 'succeeded');
  await s.bench.db.sql('UPDATE balances SET amount = 701');
  await s.server.stop();
  await s.serve();
  await s.until(async () => (await s.alerts()).some(([f]) => f === 'books.broken'), 'an alert');
  await s.bench.db.sql('UPDATE balances SET amount = 700');
});

// ---- Stars

forEachEngine('stars: what only Telegram knows of is found at night, payment and refund', async (bench) => {
  const fake = await startFakeBotApi({ limits: false });
  const env = { ...fake.env, HABITD_NO_NIGHT: undefined };
  const anna = fake.person({ id: 1001, first_name: 'Anna' });
  let server = await bench.serve({ env });
  const me = await Api.of(server, await bench.token(1001, [], { env }));
  const p = expectStatus(await me.post('/v1/payments', { provider: 'stars', purpose: 'subscription', plan: 'month' }), 201).json;
  const invoice = fake.books.invoices.get(p.pay_url);
  assert.ok(invoice.payload.endsWith(p.id));
  const charge = fake.books.charge(anna.user, invoice); // … and no update tells of it
  const status = async () => (await bench.db.sql('SELECT status FROM payments'))[0][0];
  const becomes = async (what) => {
    for (const deadline = Date.now() + 60_000; (await status()) !== what;) {
      if (Date.now() > deadline) throw new Error(`not ${what} within a minute:\n${server.stderr.slice(-3000)}`);
      await sleep(200);
    }
  };
  await becomes('succeeded');
  assert.deepEqual(await bench.db.sql('SELECT status FROM subscriptions'), [['active']]);
  await server.stop();
  fake.books.charges.get(charge.telegram_payment_charge_id).refunded = true;
  fake.books.transactions.push({
    id: charge.telegram_payment_charge_id, amount: charge.total_amount, date: Math.floor(Date.now() / 1000),
    receiver: { type: 'user', transaction_type: 'invoice_payment', user: anna.user, invoice_payload: charge.invoice_payload },
  });
  server = await bench.serve({ env });
  await becomes('refunded');
  await server.stop();
  const report = JSON.parse(await bench.must(['doctor', '--json'], { env }));
  assert.deepEqual(report.checks.filter((c) => !c.ok), []);
  await fake.stop({ check: false });
});

// ---- crashes

/** Does `act` until it comes through; a server that died is started again, a little later by its clock. */
async function insist(s, act) {
  for (let i = 0; ; i++) {
    try {
      return await act();
    } catch (error) {
      for (let k = 0; k < 20 && !s.server.end; k++) await sleep(50);
      if (!s.server.end || i > 3) throw error;
      s.kills++;
      s.clock += 20_000; // the lease of the dead one has run out
      s.env = { ...s.env, ...at(s.clock) };
      delete s.env.HABITD_FAULT;
      await s.serve();
    }
  }
}

const steps = LONG ? 60 : 12;
scene(`killed instead of each of the first ${steps} commits of a purchase and a refund: the books are as without`, { check: false }, async (s) => {
  let expected = 0;
  s.clock = Date.now();
  s.kills = 0;
  for (let n = 1; n <= steps; n++) {
    await s.server.stop();
    s.clock += 20_000;
    s.env = { ...s.env, ...at(s.clock), HABITD_FAULT: `commit:${n}:kill` };
    const key = { headers: { 'idempotency-key': `order-${n}` } };
    let p;
    await insist(s, async () => {
      if (s.server.end) await s.serve();
      p = expectStatus(await s.me.post('/v1/payments', { provider: 'yookassa', purpose: 'topup', amount: 10000 }, key), 201).json;
    });
    const object = await s.object(p);
    const told = s.yookassa.pay(object.id);
    await insist(s, () => s.becomes(p.id, 'succeeded'));
    await told;
    const refunded = s.yookassa.refundInCabinet(object.id, '40.00');
    await insist(s, () => s.becomes(p.id, 'partially_refunded'));
    await refunded;
    expected += 6000;
    assert.equal(await insist(s, () => s.balance()), expected, `commit ${n}`);
  }
  assert.ok(s.kills >= steps / 2, `${s.kills} kills`);
  assert.equal([...s.yookassa.payments.values()].filter((o) => o.status === 'succeeded').length, steps);
});

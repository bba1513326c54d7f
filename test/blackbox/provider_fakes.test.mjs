// The fakes of the payment providers are themselves held to what the providers document: every rule can fail.
import assert from 'node:assert/strict';
import { createHash, createHmac, randomUUID } from 'node:crypto';
import http from 'node:http';
import test from 'node:test';
import { startCryptopayFake } from './cryptopay_fake.mjs';
import { startYookassaFake } from './yookassa_fake.mjs';

/** A shop that writes down what it is told; `statuses` are its next answers, then 200. */
async function startShop() {
  const shop = { heard: [], statuses: [] };
  const server = http.createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const raw = Buffer.concat(chunks).toString();
    shop.heard.push({ raw, json: JSON.parse(raw), headers: request.headers });
    response.writeHead(shop.statuses.shift() ?? 200).end();
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  shop.url = `http://127.0.0.1:${server.address().port}/hook`;
  shop.stop = () => new Promise((resolve) => { server.close(resolve); server.closeAllConnections(); });
  return shop;
}

function withYookassa(name, options, fn) {
  test(`yookassa: ${name}`, { timeout: 600_000 }, async () => {
    const shop = await startShop();
    const fake = await startYookassaFake({ webhookUrl: shop.url, retryMs: 5, ...options });
    const call = async (method, path, body, { key = randomUUID(), auth = `${fake.shopId}:${fake.secretKey}` } = {}) => {
      const answer = await fetch(`${fake.url}${path}`, {
        method,
        headers: { authorization: `Basic ${Buffer.from(auth).toString('base64')}`, 'content-type': 'application/json', ...(method === 'POST' && key ? { 'idempotence-key': key } : {}) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: answer.status, body: await answer.json() };
    };
    try {
      await fn({ fake, shop, call });
    } finally {
      await fake.stop({ check: false });
      await shop.stop();
    }
  });
}

const order = (more = {}) => ({
  amount: { value: '100.00', currency: 'RUB' }, capture: true, description: 'x', metadata: { ref: 'r1' },
  confirmation: { type: 'redirect', return_url: 'https://x.example/' }, ...more,
});
const receipt = (value = '100.00', more = {}) => ({
  customer: { email: 'a@b.ru' }, items: [{ description: 'x', quantity: '1.00', amount: { value, currency: 'RUB' }, vat_code: 1, ...more }],
});

withYookassa('a payment is made once for a key, paid, told, and shown', {}, async ({ fake, shop, call }) => {
  const first = await call('POST', '/payments', order(), { key: 'k1' });
  assert.equal(first.status, 200);
  assert.equal(first.body.status, 'pending');
  assert.match(first.body.confirmation.confirmation_url, /^http/);
  const again = await call('POST', '/payments', order(), { key: 'k1' });
  assert.equal(again.body.id, first.body.id);
  assert.equal(fake.payments.size, 1);
  await fake.pay(first.body.id);
  assert.equal(shop.heard.length, 1);
  assert.equal(shop.heard[0].json.event, 'payment.succeeded');
  const shown = await call('GET', `/payments/${first.body.id}`);
  assert.equal(shown.body.status, 'succeeded');
  assert.equal(shown.body.refunded_amount.value, '0.00');
  assert.equal((await call('POST', '/payments', order(), { key: 'k1' })).body.status, 'succeeded');
  assert.deepEqual(fake.violations, []);
});

withYookassa('a key with another body is refused; after 24 hours it is forgotten, and using it is a violation', {}, async ({ fake, call }) => {
  await call('POST', '/payments', order(), { key: 'k1' });
  assert.equal((await call('POST', '/payments', order({ description: 'y' }), { key: 'k1' })).status, 400);
  assert.equal(fake.violations.length, 1);
  fake.advance(24 * 3_600_000 - 60_000);
  await call('POST', '/payments', order(), { key: 'k1' });
  assert.equal(fake.payments.size, 1);
  fake.advance(120_000);
  await call('POST', '/payments', order(), { key: 'k1' });
  assert.equal(fake.payments.size, 2);
  assert.match(fake.violations[1], /hours old/);
});

withYookassa('requests that break a rule', {}, async ({ fake, call }) => {
  const bad = [
    order({ amount: { value: '100', currency: 'RUB' } }), order({ amount: { value: '0.00', currency: 'RUB' } }), order({ amount: { value: 100, currency: 'RUB' } }),
    order({ amount: { value: '-1.00', currency: 'RUB' } }), order({ amount: { value: '1.00', currency: 'rub' } }), order({ capture: false }),
    order({ confirmation: undefined }), order({ confirmation: { type: 'redirect' } }), order({ description: 'x'.repeat(129) }), order({ metadata: { ref: 1 } }),
    order({ confirmation: undefined, payment_method_id: 'none' }), order({ unknown: 1 }), order({ receipt: receipt('99.00') }), order({ receipt: receipt('100.00', { vat_code: 13 }) }),
    order({ receipt: { ...receipt(), customer: {} } }),
  ];
  for (const [i, body] of bad.entries()) {
    assert.equal((await call('POST', '/payments', body)).status, 400, `case ${i}`);
    assert.equal(fake.violations.length, i + 1, `case ${i}`);
  }
  assert.equal((await call('POST', '/payments', order(), { key: null })).status, 400);
  assert.equal((await call('POST', '/payments', order(), { key: 'k'.repeat(65) })).status, 400);
  assert.equal((await call('GET', '/payments/x', undefined, { auth: 'a:b' })).status, 401);
  assert.equal((await call('GET', '/payments/x')).status, 404);
  assert.equal((await call('PUT', '/payments')).status, 405);
  assert.equal(fake.payments.size, 0);
});

withYookassa('partial refunds up to what was paid, each once for a key, with receipts', { receipts: true }, async ({ fake, shop, call }) => {
  assert.equal((await call('POST', '/payments', order())).status, 400);
  const { body } = await call('POST', '/payments', order({ receipt: receipt() }));
  const refund = (value, key) => call('POST', '/refunds', { payment_id: body.id, amount: { value, currency: 'RUB' }, metadata: { ref: 'f1' }, receipt: receipt(value) }, { key });
  assert.equal((await refund('10.00', 'f0')).status, 400);
  await fake.pay(body.id);
  const first = await refund('40.00', 'f1');
  assert.equal(first.body.status, 'succeeded');
  assert.equal((await refund('40.00', 'f1')).body.id, first.body.id);
  assert.equal((await refund('60.01', 'f2')).status, 400);
  await refund('60.00', 'f3');
  assert.equal((await call('GET', `/payments/${body.id}`)).body.refunded_amount.value, '100.00');
  assert.deepEqual((await call('GET', `/refunds?payment_id=${body.id}`)).body.items.map((r) => r.amount.value), ['60.00', '40.00']);
  await fake.until(() => shop.heard.length >= 3, 'three notifications');
  assert.deepEqual(shop.heard.map((h) => h.json.event), ['payment.succeeded', 'refund.succeeded', 'refund.succeeded']);
});

withYookassa('slow refunds wait, and may fail', {}, async ({ fake, call }) => {
  const { body } = await call('POST', '/payments', order());
  await fake.pay(body.id);
  fake.slowRefunds = true;
  const slow = await call('POST', '/refunds', { payment_id: body.id, amount: { value: '60.00', currency: 'RUB' } });
  assert.equal(slow.body.status, 'pending');
  assert.equal((await call('POST', '/refunds', { payment_id: body.id, amount: { value: '60.00', currency: 'RUB' } })).status, 400);
  await fake.finishRefund(slow.body.id, 'canceled');
  assert.equal((await call('GET', `/refunds/${slow.body.id}`)).body.cancellation_details.reason, 'insufficient_funds');
  await fake.refundInCabinet(body.id);
  assert.equal((await call('GET', `/payments/${body.id}`)).body.refunded_amount.value, '100.00');
});

withYookassa('a saved means of payment is charged again, or declines', {}, async ({ fake, shop, call }) => {
  const { body } = await call('POST', '/payments', order({ save_payment_method: true }));
  const paid = await fake.pay(body.id);
  assert.equal(paid.payment_method.saved, true);
  const charge = () => call('POST', '/payments', order({ confirmation: undefined, payment_method_id: paid.payment_method.id }));
  assert.equal((await charge()).body.status, 'succeeded');
  fake.methods.get(paid.payment_method.id).declines = 'insufficient_funds';
  const declined = await charge();
  assert.equal(declined.body.status, 'canceled');
  assert.equal(declined.body.cancellation_details.reason, 'insufficient_funds');
  await fake.until(() => shop.heard.length === 3, 'all are told');
});

withYookassa('notifications are repeated until they are taken, held, reordered and multiplied', {}, async ({ fake, shop, call }) => {
  const { body } = await call('POST', '/payments', order());
  shop.statuses = [500, 503];
  await fake.pay(body.id);
  assert.equal(shop.heard.length, 3);
  shop.heard.length = 0;
  fake.holdWebhooks();
  await fake.refundInCabinet(body.id, '10.00');
  await fake.refundInCabinet(body.id, '20.00');
  assert.equal(shop.heard.length, 0);
  await fake.releaseWebhooks({ order: 'reverse', times: 2 });
  assert.deepEqual(shop.heard.map((h) => h.json.object.amount.value), ['20.00', '20.00', '10.00', '10.00']);
});

withYookassa('faults: an error before and after, a lost answer, silence, a delay', {}, async ({ fake, call }) => {
  fake.fault({ on: 'POST /payments', kind: 'error' });
  assert.equal((await call('POST', '/payments', order())).status, 500);
  assert.equal(fake.payments.size, 0);
  fake.fault({ on: 'POST /payments', kind: 'error_after' });
  assert.equal((await call('POST', '/payments', order())).status, 500);
  assert.equal(fake.payments.size, 1);
  fake.fault({ on: 'POST /payments', kind: 'lose' });
  await assert.rejects(call('POST', '/payments', order()));
  assert.equal(fake.payments.size, 2);
  fake.fault({ on: 'POST /payments', kind: 'refuse' });
  await assert.rejects(call('POST', '/payments', order()));
  assert.equal(fake.payments.size, 2);
  const late = fake.fault({ on: /payments/, kind: 'delay', ms: 50 });
  const from = Date.now();
  assert.equal((await call('POST', '/payments', order())).status, 200);
  assert.ok(Date.now() - from >= 45);
  await late.hit();
});

withYookassa("another shop's payment is not found, a forged notification is only words", {}, async ({ fake, shop, call }) => {
  const stranger = fake.stranger({ metadata: { ref: 'r1' } });
  assert.equal(await fake.forge('payment.succeeded', stranger), 200);
  assert.equal(shop.heard[0].json.object.id, stranger.id);
  assert.equal((await call('GET', `/payments/${stranger.id}`)).status, 404);
  assert.deepEqual((await call('GET', '/payments?limit=100')).body.items, []);
});

withYookassa('lists come in pages, filtered by time', {}, async ({ fake, call }) => {
  for (let i = 0; i < 5; i++) await call('POST', '/payments', order({ metadata: { ref: `r${i}` } }));
  const from = encodeURIComponent(new Date(Date.now() - 60_000).toISOString());
  const first = await call('GET', `/payments?limit=3&created_at.gte=${from}`);
  assert.deepEqual(first.body.items.map((p) => p.metadata.ref), ['r4', 'r3', 'r2']);
  const rest = await call('GET', `/payments?limit=3&created_at.gte=${from}&cursor=${first.body.next_cursor}`);
  assert.deepEqual(rest.body.items.map((p) => p.metadata.ref), ['r1', 'r0']);
  assert.equal(rest.body.next_cursor, undefined);
  assert.deepEqual((await call('GET', `/payments?created_at.lt=${from}`)).body.items, []);
  fake.twin(first.body.items[0].id);
  assert.equal((await call('GET', '/payments?limit=100')).body.items.length, 6);
});

// ---- Crypto Pay

function withCryptopay(name, options, fn) {
  test(`cryptopay: ${name}`, { timeout: 600_000 }, async () => {
    const shop = await startShop();
    const fake = await startCryptopayFake({ webhookUrl: shop.url, retryMs: 5, ...options });
    const call = async (method, params = {}, { token = fake.token } = {}) => {
      const answer = await fetch(`${fake.url}/${method}`, {
        method: 'POST', headers: { 'crypto-pay-api-token': token, 'content-type': 'application/json' }, body: JSON.stringify(params),
      });
      return { status: answer.status, ...await answer.json() };
    };
    try {
      await fn({ fake, shop, call });
    } finally {
      await fake.stop({ check: false });
      await shop.stop();
    }
  });
}
const bill = (more = {}) => ({ asset: 'USDT', amount: '3.500000', payload: 'r1', expires_in: 3600, ...more });

withCryptopay('an invoice is made each time, paid once, told with a signature', {}, async ({ fake, shop, call }) => {
  const first = await call('createInvoice', bill());
  const second = await call('createInvoice', bill());
  assert.notEqual(first.result.invoice_id, second.result.invoice_id);
  assert.equal(first.result.amount, '3.5');
  await fake.pay(first.result.invoice_id, { times: 2 });
  await assert.rejects(fake.pay(first.result.invoice_id), /is paid/);
  assert.equal(shop.heard.length, 2);
  const { raw, json, headers } = shop.heard[0];
  assert.equal(json.update_type, 'invoice_paid');
  assert.equal(json.payload.invoice_id, first.result.invoice_id);
  const key = createHash('sha256').update(fake.token).digest();
  assert.equal(headers['crypto-pay-api-signature'], createHmac('sha256', key).update(raw).digest('hex'));
  const list = await call('getInvoices', { invoice_ids: String(first.result.invoice_id) });
  assert.deepEqual(list.result.items.map((i) => i.status), ['paid']);
  assert.equal((await call('getInvoices', { status: 'active' })).result.items.length, 1);
});

withCryptopay('wrong signatures of every kind', {}, async ({ fake, shop, call }) => {
  for (const sign of ['wrong', 'other', 'late', 'none']) {
    const { result } = await call('createInvoice', bill());
    shop.statuses = [401];
    assert.equal(await fake.pay(result.invoice_id, { sign }), 401);
    const { raw, headers } = shop.heard.at(-1);
    assert.notEqual(headers['crypto-pay-api-signature'], fake.signature(raw), sign);
  }
});

withCryptopay('requests that break a rule', {}, async ({ fake, call }) => {
  const bad = [
    bill({ amount: 3.5 }), bill({ amount: '-1' }), bill({ amount: '0' }), bill({ amount: '1e3' }), bill({ asset: 'RUB' }), bill({ payload: 'x'.repeat(4097) }),
    bill({ expires_in: 0 }), bill({ paid_btn_name: 'callback' }), bill({ description: 'x'.repeat(1025) }), bill({ unknown: 1 }),
  ];
  for (const [i, params] of bad.entries()) {
    assert.equal((await call('createInvoice', params)).status, 400, `case ${i}`);
    assert.equal(fake.violations.length, i + 1, `case ${i}`);
  }
  assert.equal((await call('getMe', {}, { token: '1:x' })).status, 401);
  assert.equal((await call('payMe')).status, 405);
});

withCryptopay('a transfer is made once for its spend_id, as long as there are coins', { coins: '5' }, async ({ call }) => {
  const transfer = { user_id: 7, asset: 'USDT', amount: '3.5', spend_id: 's1' };
  assert.equal((await call('transfer', transfer)).result.status, 'completed');
  assert.equal((await call('transfer', transfer)).error.name, 'SPEND_ID_ALREADY_USED');
  assert.equal((await call('transfer', { ...transfer, spend_id: 's2' })).error.name, 'NOT_ENOUGH_COINS');
  assert.deepEqual((await call('getTransfers', { spend_id: 's1' })).result.items.map((t) => t.amount), ['3.5']);
});

withCryptopay('invoices expire; twins share their payload; another amount may be paid', {}, async ({ fake, shop, call }) => {
  const { result } = await call('createInvoice', bill({ expires_in: 60 }));
  const twin = fake.twin(result.invoice_id);
  await fake.pay(twin, { amount: '1' });
  assert.equal(shop.heard[0].json.payload.amount, '1');
  assert.equal(shop.heard[0].json.payload.payload, 'r1');
  fake.advance(61_000);
  assert.equal((await call('getInvoices', { invoice_ids: String(result.invoice_id) })).result.items[0].status, 'expired');
  await assert.rejects(fake.pay(result.invoice_id), /expired/);
});

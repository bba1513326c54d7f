// A strict double of YooKassa's API (version 3) for tests, with people who pay.
//
//   const fake = await startYookassaFake({ webhookUrl: `${server.url}/webhooks/yookassa` });
//   await bench.serve({ env: fake.env });
//   await fake.pay(id);                          // the person pays: payment.succeeded
//   await fake.pay(id, { amount: '1.00' });      // … another amount than was ordered
//   fake.twin(id)                                // a second payment object for the same order
//   await fake.refundInCabinet(id, '50.00');     // the shop's owner gives money back by hand: refund.succeeded
//   fake.stranger()                              // the id of another shop's payment: it is not found with our credentials
//
// Idempotence keys are kept for 24 hours; using one later is a violation, and makes a second object as it would there. A request that
// breaks a documented rule is answered with 400 and kept in fake.violations.
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { ProviderFake } from './provider_fake.mjs';

const DAY = 86_400_000;
const MONEY = /^(0|[1-9]\d*)\.\d{2}$/;
const cents = (value) => Math.round(Number(value) * 100);
const money = (n, currency) => ({ value: (n / 100).toFixed(2), currency });

class Refusal extends Error {
  constructor(status, code, description, { parameter, violation = true } = {}) {
    super(description);
    Object.assign(this, { status, violation, body: { type: 'error', id: randomUUID(), code, description, ...(parameter ? { parameter } : {}) } });
  }
}
const invalid = (parameter, description) => new Refusal(400, 'invalid_request', description, { parameter });

export class YookassaFake extends ProviderFake {
  constructor(options = {}) {
    super(options);
    this.shopId = options.shopId ?? '100500';
    this.secretKey = options.secretKey ?? `test_${randomBytes(24).toString('base64url')}`;
    this.receipts = options.receipts ?? false; // the shop has a cash register: every payment and refund needs a receipt
    this.payments = new Map();
    this.refunds = new Map();
    this.keys = new Map(); // Idempotence-Key -> {path, hash, status, body, at}
    this.methods = new Map(); // saved means of payment -> {declines}
    this.slowRefunds = false; // refunds are pending until finishRefund
  }

  get url() {
    return `${this.origin}/v3`;
  }

  get env() {
    return { YOOKASSA_API_URL: this.url, YOOKASSA_SHOP_ID: this.shopId, YOOKASSA_SECRET_KEY: this.secretKey };
  }

  nameOf({ method, path }) {
    return `${method} ${path.replace(/^\/v3/, '').replace(/^(\/\w+)\/.+/, '$1/{id}')}`;
  }

  errorBody(status) {
    return { type: 'error', id: randomUUID(), code: status === 500 ? 'internal_server_error' : 'too_many_requests', description: 'injected' };
  }

  handle(request) {
    try {
      return this.#answer(request);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (error.violation) this.violation(`${request.name}: ${error.message}`);
      return { status: error.status, body: error.body };
    }
  }

  #answer(request) {
    const { method, path, headers } = request;
    const expected = `Basic ${Buffer.from(`${this.shopId}:${this.secretKey}`).toString('base64')}`;
    if (headers.authorization !== expected) throw new Refusal(401, 'invalid_credentials', 'Basic authentication failed');
    const [, version, kind, id, ...rest] = path.split('/');
    const objects = { payments: this.payments, refunds: this.refunds }[kind];
    if (version !== 'v3' || !objects || rest.length > 0) throw new Refusal(404, 'not_found', 'no such path');
    if (method === 'GET') return id ? this.#get(objects, id) : this.#list(kind, objects, request.query);
    if (method !== 'POST' || id) throw new Refusal(405, 'invalid_request', 'the method is not allowed here');
    return this.#idempotent(request, () => (kind === 'payments' ? this.#create(this.#json(request)) : this.#refund(this.#json(request))));
  }

  #json({ raw, headers }) {
    if (!/^application\/json\b/.test(headers['content-type'] ?? '')) throw invalid('Content-Type', 'must be application/json');
    try {
      return JSON.parse(raw);
    } catch {
      throw invalid('body', 'is not JSON');
    }
  }

  #get(objects, id) {
    const object = objects.get(decodeURIComponent(id));
    if (!object || object.stranger) throw new Refusal(404, 'not_found', 'no such object', { violation: false });
    return { status: 200, body: this.#shown(object) };
  }

  #list(kind, objects, query) {
    const limit = Number(query.get('limit') ?? 10);
    if (!(limit >= 1 && limit <= 100)) throw invalid('limit', 'must be 1 to 100');
    const known = ['limit', 'cursor', 'payment_id', 'status', 'created_at.gte', 'created_at.gt', 'created_at.lt', 'created_at.lte'];
    for (const name of query.keys()) if (!known.includes(name)) throw invalid(name, 'is no filter');
    const at = (o) => Date.parse(o.created_at);
    const all = [...objects.values()].filter((o) => !o.stranger
      && (!query.has('payment_id') || o.payment_id === query.get('payment_id'))
      && (!query.has('status') || o.status === query.get('status'))
      && (!query.has('created_at.gte') || at(o) >= Date.parse(query.get('created_at.gte')))
      && (!query.has('created_at.lt') || at(o) < Date.parse(query.get('created_at.lt')))).reverse();
    const from = Number(query.get('cursor') ?? 0);
    const next = from + limit < all.length ? { next_cursor: String(from + limit) } : {};
    if (kind === 'refunds' && query.has('cursor') && Number.isNaN(from)) throw invalid('cursor', 'is none');
    return { status: 200, body: { type: 'list', items: all.slice(from, from + limit).map((o) => this.#shown(o)), ...next } };
  }

  #idempotent(request, act) {
    const key = request.headers['idempotence-key'];
    if (!key || key.length > 64) throw invalid('Idempotence-Key', 'is required, at most 64 characters');
    const hash = createHash('sha256').update(request.raw).digest('hex');
    const old = this.keys.get(key);
    const age = old ? this.now() - old.at : 0;
    if (old && age < DAY) {
      if (old.path !== request.path || old.hash !== hash) throw invalid('Idempotence-Key', 'the key was used with another request');
      return { status: old.status, body: this.#shown(old.object) };
    }
    if (old) this.violation(`${request.name}: the key ${key} is ${Math.floor(age / 3_600_000)} hours old`);
    const object = act();
    this.keys.set(key, { path: request.path, hash, status: 200, object, at: this.now() });
    this.changed();
    return { status: 200, body: this.#shown(object) };
  }

  #shown({ stranger, receipt, save, ...object }) {
    return structuredClone(object);
  }

  #checkAmount(amount, name = 'amount') {
    if (!amount || !MONEY.test(amount.value ?? '') || typeof amount.value !== 'string') throw invalid(`${name}.value`, 'must be text like "10.00"');
    if (cents(amount.value) <= 0) throw invalid(`${name}.value`, 'must be positive');
    if (!/^[A-Z]{3}$/.test(amount.currency ?? '')) throw invalid(`${name}.currency`, 'must be an ISO code');
  }

  #checkReceipt(receipt, amount) {
    if (!receipt) {
      if (this.receipts) throw invalid('receipt', 'Receipt is missing or illegal');
      return;
    }
    const { customer, items } = receipt;
    if (!customer?.email && !customer?.phone) throw invalid('receipt.customer', 'needs email or phone');
    if (customer.email && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(customer.email)) throw invalid('receipt.customer.email', 'is none');
    if (customer.phone && !/^\d{10,15}$/.test(customer.phone)) throw invalid('receipt.customer.phone', 'must be digits of ITU-T E.164');
    if (!Array.isArray(items) || items.length < 1 || items.length > 100) throw invalid('receipt.items', 'must be 1 to 100');
    let sum = 0;
    for (const item of items) {
      this.#checkAmount(item.amount, 'receipt.items.amount');
      if (!item.description || [...item.description].length > 128) throw invalid('receipt.items.description', 'must be 1 to 128 characters');
      if (!Number.isInteger(item.vat_code) || item.vat_code < 1 || item.vat_code > 12) throw invalid('receipt.items.vat_code', 'must be 1 to 12');
      if (!(Number(item.quantity) > 0)) throw invalid('receipt.items.quantity', 'must be positive');
      if (item.amount.currency !== amount.currency) throw invalid('receipt.items.amount.currency', 'must be that of the payment');
      sum += Math.round(cents(item.amount.value) * Number(item.quantity));
    }
    if (sum !== cents(amount.value)) throw invalid('receipt.items', 'must add up to the amount');
  }

  #checkCommon(p, known) {
    if (typeof p !== 'object' || p === null) throw invalid('body', 'must be an object');
    for (const name of Object.keys(p)) if (!known.includes(name)) throw invalid(name, 'is not known');
    this.#checkAmount(p.amount);
    if (p.description !== undefined && [...p.description].length > 128) throw invalid('description', 'must be at most 128 characters');
    const metadata = Object.entries(p.metadata ?? {});
    if (metadata.length > 16 || metadata.some(([k, v]) => k.length > 32 || typeof v !== 'string' || v.length > 512)) throw invalid('metadata', 'is too large');
    this.#checkReceipt(p.receipt, p.amount);
  }

  #create(p) {
    this.#checkCommon(p, ['amount', 'capture', 'description', 'metadata', 'confirmation', 'save_payment_method', 'payment_method_id', 'receipt', 'merchant_customer_id']);
    if (p.capture !== true) throw invalid('capture', 'this fake knows only payments in one step');
    const id = randomUUID();
    const payment = {
      id, status: 'pending', paid: false, amount: p.amount, created_at: this.now().toISOString(), description: p.description,
      metadata: p.metadata ?? {}, recipient: { account_id: this.shopId, gateway_id: '1' }, refundable: false, test: true, receipt: p.receipt,
    };
    if (p.payment_method_id !== undefined) {
      const method = this.methods.get(p.payment_method_id);
      if (!method) throw invalid('payment_method_id', 'is not saved');
      if (p.confirmation || p.save_payment_method) throw invalid('confirmation', 'not with a saved means of payment');
      payment.payment_method = { type: 'bank_card', id: p.payment_method_id, saved: true, title: 'Bank card *1026' };
      if (method.declines) this.#cancel(payment, method.declines);
      else this.#succeed(payment);
      this.#said(payment.status === 'canceled' ? 'payment.canceled' : 'payment.succeeded', payment);
    } else {
      if (p.confirmation?.type !== 'redirect' || !/^https?:\/\/[^/]+/.test(p.confirmation.return_url ?? '')) throw invalid('confirmation.return_url', 'must be an URL');
      payment.confirmation = { type: 'redirect', return_url: p.confirmation.return_url, confirmation_url: `${this.origin}/checkout/${id}` };
      payment.save = p.save_payment_method === true;
    }
    this.payments.set(id, payment);
    return payment;
  }

  #refund(p) {
    this.#checkCommon(p, ['payment_id', 'amount', 'description', 'metadata', 'receipt']);
    const payment = this.payments.get(p.payment_id);
    if (!payment) throw new Refusal(404, 'not_found', 'no such payment', { violation: false });
    return this.#refundOf(payment, p, { violation: false });
  }

  #refundOf(payment, p, { violation }) {
    if (payment.status !== 'succeeded') throw new Refusal(400, 'invalid_request', 'the payment cannot be refunded', { violation });
    const left = cents(payment.amount.value) - cents(payment.refunded_amount?.value ?? '0.00') - this.#refundsUnderWay(payment);
    if (p.amount.currency !== payment.amount.currency || cents(p.amount.value) > left) {
      throw new Refusal(400, 'invalid_request', 'the amount is more than is left', { parameter: 'amount', violation });
    }
    const refund = {
      id: randomUUID(), payment_id: payment.id, status: 'pending', created_at: this.now().toISOString(), amount: p.amount,
      description: p.description, ...(p.metadata ? { metadata: p.metadata } : {}), receipt: p.receipt,
    };
    this.refunds.set(refund.id, refund);
    if (!this.slowRefunds) this.finishRefund(refund.id);
    return refund;
  }

  #refundsUnderWay(payment) {
    return [...this.refunds.values()].filter((r) => r.payment_id === payment.id && r.status === 'pending').reduce((sum, r) => sum + cents(r.amount.value), 0);
  }

  #succeed(payment) {
    Object.assign(payment, { status: 'succeeded', paid: true, refundable: true, captured_at: this.now().toISOString(), refunded_amount: money(0, payment.amount.currency) });
    delete payment.confirmation;
  }

  #cancel(payment, reason) {
    Object.assign(payment, { status: 'canceled', cancellation_details: { party: 'yoo_money', reason } });
    delete payment.confirmation;
  }

  /** Tells the shop. Resolves when it has taken it. */
  #said(event, object, options) {
    return this.notify({ body: JSON.stringify({ type: 'notification', event, object: this.#shown(object) }) }, options);
  }

  // ---- what people do

  /** The payment whose metadata names this reference, as soon as it is there. */
  ordered(match) {
    return this.until(() => [...this.payments.values()].find((p) => !p.stranger && match(p)), 'a payment is ordered');
  }

  /** The person pays; resolves when the shop has taken the notification. `amount`: another one than was ordered. */
  async pay(id, { amount, silent = false, ...options } = {}) {
    const payment = this.payments.get(id);
    if (payment?.status !== 'pending') throw new Error(`payment ${id} is ${payment?.status}`);
    const methodId = randomUUID();
    if (amount) payment.amount = { ...payment.amount, value: amount };
    this.#succeed(payment);
    payment.payment_method = { type: 'bank_card', id: methodId, saved: payment.save === true, title: 'Bank card *1026' };
    if (payment.save) this.methods.set(methodId, {});
    if (!silent) await this.#said('payment.succeeded', payment, options);
    return payment;
  }

  /** The person gives up, or the hour is over. */
  async cancel(id, { reason = 'expired_on_confirmation', silent = false, ...options } = {}) {
    const payment = this.payments.get(id);
    if (payment?.status !== 'pending') throw new Error(`payment ${id} is ${payment?.status}`);
    this.#cancel(payment, reason);
    if (!silent) await this.#said('payment.canceled', payment, options);
  }

  /** A second payment object for the same order, as a client makes that lost the answer to the first one. Its id. */
  twin(id) {
    const payment = this.payments.get(id);
    const twin = { ...structuredClone(payment), id: randomUUID(), status: 'pending', paid: false, save: payment.save };
    delete twin.captured_at;
    delete twin.refunded_amount;
    this.payments.set(twin.id, twin);
    return twin.id;
  }

  /** The shop's owner gives money back in YooKassa's cabinet. */
  async refundInCabinet(id, value, options) {
    const payment = this.payments.get(id);
    const slow = this.slowRefunds;
    this.slowRefunds = true;
    const refund = this.#refundOf(payment, { amount: { value: value ?? payment.amount.value, currency: payment.amount.currency } }, { violation: false });
    this.slowRefunds = slow;
    await this.finishRefund(refund.id, 'succeeded', options);
    return refund;
  }

  /** A pending refund comes to its end: 'succeeded' or 'canceled'. */
  finishRefund(id, status = 'succeeded', options = {}) {
    const refund = this.refunds.get(id);
    const payment = this.payments.get(refund.payment_id);
    refund.status = status;
    if (status === 'canceled') {
      refund.cancellation_details = { party: 'yoo_money', reason: 'insufficient_funds' };
      return Promise.resolve();
    }
    payment.refunded_amount = money(cents(payment.refunded_amount.value) + cents(refund.amount.value), payment.amount.currency);
    payment.refundable = payment.refunded_amount.value !== payment.amount.value;
    return this.#said('refund.succeeded', refund, options);
  }

  /** Somebody says in YooKassa's name what is not so, or is not ours. One attempt; the answer's status. */
  forge(event, object) {
    return this.post({ body: JSON.stringify({ type: 'notification', event, object }) });
  }

  /** A paid payment of another shop: with our credentials it is not found. */
  stranger({ metadata = {} } = {}) {
    const id = randomUUID();
    const payment = {
      id, status: 'succeeded', paid: true, amount: money(10000, 'RUB'), created_at: this.now().toISOString(), metadata,
      recipient: { account_id: '999', gateway_id: '1' }, refundable: true, test: true, stranger: true,
    };
    this.payments.set(id, payment);
    return this.#shown(payment);
  }
}

export async function startYookassaFake(options) {
  return new YookassaFake(options).start(options);
}

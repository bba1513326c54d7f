// A strict double of Crypto Pay (@CryptoBot) for tests, with people who pay.
//
//   const fake = await startCryptopayFake({ webhookUrl: `${server.url}/webhooks/cryptobot` });
//   await bench.serve({ env: fake.env });
//   await fake.pay(invoice_id);                          // the person pays: invoice_paid, signed
//   await fake.pay(invoice_id, { sign: 'wrong' });       // … and somebody forges the signature ('other', 'none', 'late': of other bytes)
//   fake.twin(invoice_id)                                // a second invoice with the same payload
//
// update_id is not unique, as in the real one. A request that breaks a documented rule is answered with 400 and kept in fake.violations.
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { ProviderFake } from './provider_fake.mjs';

const ASSETS = ['USDT', 'TON', 'BTC', 'ETH', 'LTC', 'BNB', 'TRX', 'USDC'];
const BUTTONS = ['viewItem', 'openChannel', 'openBot', 'callback'];
const DECIMAL = /^\d+(\.\d{1,9})?$/;

class Refusal extends Error {
  constructor(code, name, { violation = true } = {}) {
    super(name);
    Object.assign(this, { code, violation, body: { ok: false, error: { code, name } } });
  }
}
const nano = (text) => {
  const [whole, rest = ''] = String(text).split('.');
  return BigInt(whole) * 1_000_000_000n + BigInt(rest.padEnd(9, '0'));
};
const plain = (n) => `${n / 1_000_000_000n}.${String(n % 1_000_000_000n).padStart(9, '0')}`.replace(/\.?0+$/, '');

export class CryptopayFake extends ProviderFake {
  constructor(options = {}) {
    super(options);
    this.token = options.token ?? `12345:AA${randomBytes(16).toString('hex')}`;
    this.invoices = new Map(); // id -> invoice
    this.transfers = new Map(); // id -> transfer
    this.lastInvoice = 528_000;
    this.lastTransfer = 0;
    this.coins = nano(options.coins ?? '1000000'); // what the app's wallet holds, of every asset together
    this.updateId = options.updateId ?? 1; // the same for all: it is not unique
  }

  get url() {
    return `${this.origin}/api`;
  }

  get env() {
    return { CRYPTOBOT_API_URL: this.url, CRYPTOBOT_TOKEN: this.token };
  }

  nameOf({ path }) {
    return path.replace(/^\/api\//, '');
  }

  errorBody(status) {
    return { ok: false, error: { code: status, name: status === 500 ? 'INTERNAL_ERROR' : 'TOO_MANY_REQUESTS' } };
  }

  handle(request) {
    try {
      return { status: 200, body: { ok: true, result: this.#answer(request) } };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (error.violation) this.violation(`${request.name}: ${error.message}`);
      return { status: error.code, body: error.body };
    } finally {
      this.#expire();
    }
  }

  #answer({ name, method, raw, headers, query }) {
    if (headers['crypto-pay-api-token'] !== this.token) throw new Refusal(401, 'UNAUTHORIZED');
    let params = Object.fromEntries(query);
    if (method === 'POST' && raw !== '') {
      try {
        params = JSON.parse(raw);
      } catch {
        throw new Refusal(400, 'JSON_INVALID');
      }
    }
    const methods = {
      createInvoice: (p) => this.#createInvoice(p),
      getInvoices: (p) => this.#getInvoices(p),
      transfer: (p) => this.#transfer(p),
      getTransfers: (p) => this.#getTransfers(p),
      getMe: () => ({ app_id: 12345, name: 'Test app', payment_processing_bot_username: 'CryptoBot' }),
    };
    if (!methods[name]) throw new Refusal(405, 'METHOD_NOT_FOUND');
    return methods[name](params);
  }

  #known(p, names) {
    for (const name of Object.keys(p)) if (!names.includes(name)) throw new Refusal(400, `PARAM_UNKNOWN_${name}`);
  }

  #checkAmount(text) {
    if (typeof text !== 'string' || !DECIMAL.test(text) || nano(text) <= 0n) throw new Refusal(400, 'AMOUNT_INVALID');
  }

  #createInvoice(p) {
    this.#known(p, ['currency_type', 'asset', 'fiat', 'accepted_assets', 'amount', 'description', 'hidden_message', 'paid_btn_name', 'paid_btn_url', 'payload', 'allow_comments', 'allow_anonymous', 'expires_in', 'swap_to']);
    if ((p.currency_type ?? 'crypto') !== 'crypto') throw new Refusal(400, 'CURRENCY_TYPE_INVALID');
    if (!ASSETS.includes(p.asset)) throw new Refusal(400, 'ASSET_INVALID');
    this.#checkAmount(p.amount);
    if ([...(p.description ?? '')].length > 1024) throw new Refusal(400, 'DESCRIPTION_TOO_LONG');
    if (Buffer.byteLength(p.payload ?? '') > 4096) throw new Refusal(400, 'PAYLOAD_TOO_LONG');
    if (p.paid_btn_name !== undefined && (!BUTTONS.includes(p.paid_btn_name) || !/^https?:\/\//.test(p.paid_btn_url ?? ''))) throw new Refusal(400, 'PAID_BTN_INVALID');
    if (p.expires_in !== undefined && !(Number.isInteger(p.expires_in) && p.expires_in >= 1 && p.expires_in <= 2_678_400)) throw new Refusal(400, 'EXPIRES_IN_INVALID');
    const id = ++this.lastInvoice;
    const hash = `IV${randomBytes(5).toString('hex')}`;
    const invoice = {
      invoice_id: id, hash, currency_type: 'crypto', asset: p.asset, amount: plain(nano(p.amount)), pay_url: `https://t.me/CryptoBot?start=${hash}`,
      bot_invoice_url: `https://t.me/CryptoBot?start=${hash}`, mini_app_invoice_url: `https://t.me/CryptoBot/app?startapp=invoice-${hash}`,
      web_app_invoice_url: `https://app.cr.bot/invoices/${hash}`, description: p.description, status: 'active', created_at: this.now().toISOString(),
      allow_comments: p.allow_comments ?? true, allow_anonymous: p.allow_anonymous ?? true, payload: p.payload,
      ...(p.expires_in ? { expiration_date: new Date(this.now().getTime() + p.expires_in * 1000).toISOString() } : {}),
    };
    this.invoices.set(id, invoice);
    this.changed();
    return structuredClone(invoice);
  }

  #expire() {
    for (const i of this.invoices.values()) {
      if (i.status === 'active' && i.expiration_date && Date.parse(i.expiration_date) <= this.now()) i.status = 'expired';
    }
  }

  #page(list, p) {
    const offset = p.offset ?? 0;
    const count = p.count ?? 100;
    if (!(count >= 1 && count <= 1000) || !(offset >= 0)) throw new Refusal(400, 'COUNT_INVALID');
    return { items: structuredClone(list.slice(offset, offset + count)) };
  }

  #getInvoices(p) {
    this.#known(p, ['asset', 'fiat', 'invoice_ids', 'status', 'offset', 'count']);
    this.#expire();
    const ids = p.invoice_ids === undefined ? undefined : String(p.invoice_ids).split(',').map(Number);
    return this.#page([...this.invoices.values()].reverse().filter((i) => (!ids || ids.includes(i.invoice_id)) && (!p.status || i.status === p.status)), p);
  }

  #transfer(p) {
    this.#known(p, ['user_id', 'asset', 'amount', 'spend_id', 'comment', 'disable_send_notification']);
    if (!Number.isInteger(p.user_id)) throw new Refusal(400, 'USER_ID_INVALID');
    if (!ASSETS.includes(p.asset)) throw new Refusal(400, 'ASSET_INVALID');
    this.#checkAmount(p.amount);
    if (!p.spend_id || p.spend_id.length > 64) throw new Refusal(400, 'SPEND_ID_INVALID');
    if ([...(p.comment ?? '')].length > 1024) throw new Refusal(400, 'COMMENT_TOO_LONG');
    if ([...this.transfers.values()].some((t) => t.spend_id === p.spend_id)) throw new Refusal(400, 'SPEND_ID_ALREADY_USED', { violation: false });
    if (nano(p.amount) > this.coins) throw new Refusal(400, 'NOT_ENOUGH_COINS', { violation: false });
    this.coins -= nano(p.amount);
    const transfer = {
      transfer_id: ++this.lastTransfer, spend_id: p.spend_id, user_id: p.user_id, asset: p.asset, amount: plain(nano(p.amount)), status: 'completed',
      completed_at: this.now().toISOString(), comment: p.comment,
    };
    this.transfers.set(transfer.transfer_id, transfer);
    this.changed();
    return structuredClone(transfer);
  }

  #getTransfers(p) {
    this.#known(p, ['asset', 'transfer_ids', 'spend_id', 'offset', 'count']);
    return this.#page([...this.transfers.values()].reverse().filter((t) => !p.spend_id || t.spend_id === p.spend_id), p);
  }

  // ---- what people do

  signature(body, token = this.token) {
    return createHmac('sha256', createHash('sha256').update(token).digest()).update(body).digest('hex');
  }

  #hook(update, sign = 'right') {
    const body = JSON.stringify(update);
    const signature = { right: () => this.signature(body), other: () => this.signature(body, '1:other'), late: () => this.signature(`${body} `), wrong: () => '0'.repeat(64) }[sign];
    if (!signature && sign !== 'none') throw new Error(`no signature ${sign}`);
    return { body, headers: signature ? { 'crypto-pay-api-signature': signature() } : {} };
  }

  #paid(invoice) {
    return { update_id: this.updateId, update_type: 'invoice_paid', request_date: this.now().toISOString(), payload: structuredClone(invoice) };
  }

  /** The invoice that fits, as soon as it is there. */
  ordered(match = () => true) {
    return this.until(() => [...this.invoices.values()].find(match), 'an invoice is made');
  }

  /** The person pays; resolves when the app has taken the webhook, with `sign` not 'right' after one attempt, with its status. */
  async pay(id, { amount, asset, silent = false, sign = 'right', ...options } = {}) {
    const invoice = this.invoices.get(id);
    this.#expire();
    if (invoice?.status !== 'active') throw new Error(`invoice ${id} is ${invoice?.status}`);
    if (amount) invoice.amount = amount;
    if (asset) invoice.asset = asset;
    Object.assign(invoice, { status: 'paid', paid_asset: invoice.asset, paid_amount: invoice.amount, fee_asset: invoice.asset, fee_amount: '0', paid_at: this.now().toISOString(), paid_anonymously: false });
    if (sign !== 'right') return this.post(this.#hook(this.#paid(invoice), sign));
    if (!silent) await this.notify(this.#hook(this.#paid(invoice)), options);
    return 200;
  }

  /** An update in our own words; one attempt; the answer's status. */
  say(update, sign = 'right') {
    return this.post(this.#hook(update, sign));
  }

  /** Tells again what was told. */
  async again(id, options) {
    await this.notify(this.#hook(this.#paid(this.invoices.get(id))), options);
  }

  /** A second invoice with the same payload, as a client makes that lost the answer to the first one. Its id. */
  twin(id) {
    const twin = { ...structuredClone(this.invoices.get(id)), invoice_id: ++this.lastInvoice, status: 'active' };
    for (const name of ['paid_asset', 'paid_amount', 'paid_at', 'fee_asset', 'fee_amount', 'paid_anonymously']) delete twin[name];
    this.invoices.set(twin.invoice_id, twin);
    return twin.invoice_id;
  }
}

export async function startCryptopayFake(options) {
  return new CryptopayFake(options).start(options);
}

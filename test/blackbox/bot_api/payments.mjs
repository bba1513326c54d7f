// Payments in Telegram Stars: invoices, the ten seconds of a pre-checkout query, refunds, subscriptions, the list of transactions.
import { randomBytes } from 'node:crypto';
import { refusal, violation } from './errors.mjs';
import { send } from './messages.mjs';

const MONTH = 2592000;
const PRE_CHECKOUT_MS = 10_000;

function checkInvoice(p) {
  if (p.currency === 'XTR') {
    if (p.provider_token) throw violation('provider_token must be empty for payments in Stars');
    if (p.prices.length !== 1) throw violation('prices must have exactly one item for payments in Stars');
    if (p.max_tip_amount || p.suggested_tip_amounts || p.need_shipping_address || p.is_flexible) throw violation('not for payments in Stars');
  } else if (!p.provider_token) {
    throw violation('PAYMENT_PROVIDER_INVALID');
  }
  if (p.prices.some((price) => price.amount < 1)) throw violation('CURRENCY_TOTAL_AMOUNT_INVALID');
  if (p.subscription_period !== undefined) {
    if (p.subscription_period !== MONTH) throw violation('SUBSCRIPTION_PERIOD_INVALID');
    if (p.currency !== 'XTR') throw violation('a subscription is paid in Stars');
    if (p.prices[0].amount > 10000) throw violation('a subscription costs at most 10000 Stars');
  }
}

const total = (p) => p.prices.reduce((sum, price) => sum + price.amount, 0);

function invoiceOf(p) {
  return { title: p.title, description: p.description, start_parameter: p.start_parameter ?? '', currency: p.currency, total_amount: total(p) };
}

/** The books of the fake: what people paid in Stars. */
export class StarBooks {
  constructor() {
    this.invoices = new Map(); // message "chat/id" or link -> parameters
    this.charges = new Map(); // charge id -> {user, amount, payload, refunded, subscription}
    this.transactions = []; // as getStarTransactions shows them, oldest first
    this.checkouts = new Map(); // pre_checkout_query id -> {resolve, askedAt}
    this.checkoutMs = []; // how long each answer took
  }

  /** What an invoice was made with: a message of the bot, or the link that createInvoiceLink gave. */
  paramsOf(invoice) {
    const p = this.invoices.get(typeof invoice === 'string' ? invoice : `${invoice.chat.id}/${invoice.id}`);
    if (!p) throw new Error('there is no such invoice');
    return p;
  }

  charge(user, p, { recurring, first, expires } = {}) {
    const id = `stx${randomBytes(16).toString('base64url')}`;
    this.charges.set(id, { user, amount: total(p), payload: p.payload, refunded: false, subscription: p.subscription_period !== undefined, canceled: false });
    this.transactions.push({
      id, amount: total(p), date: Math.floor(Date.now() / 1000),
      source: { type: 'user', transaction_type: 'invoice_payment', user, invoice_payload: p.payload,
        ...(p.subscription_period ? { subscription_period: p.subscription_period } : {}) },
    });
    return {
      currency: p.currency, total_amount: total(p), invoice_payload: p.payload, telegram_payment_charge_id: id,
      provider_payment_charge_id: `p${id}`, ...(expires ? { subscription_expiration_date: expires } : {}),
      ...(recurring ? { is_recurring: true } : {}), ...(first ? { is_first_recurring: true } : {}),
    };
  }
}

/**
 * A person pays an invoice: a message of the bot, or the link that createInvoiceLink gave. Resolves to the successful_payment that was
 * sent to the bot, or to {refused: text} when the bot said no; throws when the bot did not answer within Telegram's ten seconds.
 * asks: what the pre-checkout query says instead; tells: false keeps the successful_payment from the bot.
 */
export async function pay(fake, person, invoice, { answerMs = PRE_CHECKOUT_MS, asks = {}, tells = true } = {}) {
  const { books } = fake;
  const p = books.paramsOf(invoice);
  const id = String(fake.randomId());
  const answer = new Promise((resolve) => books.checkouts.set(id, { resolve, askedAt: performance.now() }));
  fake.pushUpdate({ pre_checkout_query: { id, from: person.user, currency: p.currency, total_amount: total(p), invoice_payload: p.payload, ...asks } });
  const askedAt = performance.now();
  const late = new Promise((resolve) => setTimeout(resolve, answerMs, 'late').unref());
  const said = await Promise.race([answer, late]);
  books.checkouts.delete(id);
  if (said === 'late') throw new Error(`the pre-checkout query was not answered within ${answerMs} ms`);
  books.checkoutMs.push(performance.now() - askedAt);
  if (!said.ok) return { refused: said.error_message };
  const monthly = p.subscription_period ? { recurring: true, first: true, expires: Math.floor(Date.now() / 1000) + MONTH } : {};
  const payment = books.charge(person.user, p, monthly);
  if (tells) person.receives({ successful_payment: payment });
  return payment;
}

/** A month has passed: Telegram charges the subscription again and tells the bot. */
export function renew(fake, person, chargeId) {
  const old = fake.books.charges.get(chargeId);
  if (!old?.subscription || old.canceled) throw new Error('there is no subscription that renews');
  const p = { currency: 'XTR', prices: [{ label: '', amount: old.amount }], payload: old.payload, subscription_period: MONTH };
  const payment = fake.books.charge(person.user, p, { recurring: true, expires: Math.floor(Date.now() / 1000) + MONTH });
  person.receives({ successful_payment: payment });
  return payment;
}

/** The person cancels a subscription in Telegram's settings, or takes that back; 'failed': a month could not be paid. */
export function changeSubscription(fake, person, chargeId, state) {
  const charge = fake.books.charges.get(chargeId);
  if (!charge?.subscription) throw new Error('there is no such subscription');
  charge.canceled = state !== 'active';
  fake.pushUpdate({ subscription: { user: person.user, invoice_payload: charge.payload, state } });
}

export const methods = {
  sendInvoice(fake, p) {
    checkInvoice(p);
    const markup = p.reply_markup ?? { inline_keyboard: [[{ text: `Pay ${total(p)} ${p.currency}`, pay: true }]] };
    const api = send(fake, 'sendInvoice', { ...p, reply_markup: markup }, () => ({ invoice: invoiceOf(p) }), { invoice: true });
    fake.books.invoices.set(`${api.chat.id}/${api.message_id}`, p);
    return api;
  },

  createInvoiceLink(fake, p) {
    checkInvoice(p);
    const link = `https://t.me/$${randomBytes(12).toString('base64url')}`;
    fake.books.invoices.set(link, p);
    return link;
  },

  answerPreCheckoutQuery(fake, p) {
    const query = fake.books.checkouts.get(p.pre_checkout_query_id);
    if (!query) throw refusal('query is too old and response timeout expired or query ID is invalid');
    if (!p.ok && !p.error_message) throw violation('error_message is required when ok is false');
    fake.books.checkouts.delete(p.pre_checkout_query_id);
    query.resolve(p);
    return true;
  },

  refundStarPayment(fake, p) {
    const charge = fake.books.charges.get(p.telegram_payment_charge_id);
    if (!charge || charge.user.id !== p.user_id) throw refusal('CHARGE_NOT_FOUND');
    if (charge.refunded) throw refusal('CHARGE_ALREADY_REFUNDED');
    charge.refunded = true;
    fake.books.transactions.push({
      id: p.telegram_payment_charge_id, amount: charge.amount, date: Math.floor(Date.now() / 1000),
      receiver: { type: 'user', transaction_type: 'invoice_payment', user: charge.user, invoice_payload: charge.payload },
    });
    fake.people.get(p.user_id)?.receives({ refunded_payment: {
      currency: 'XTR', total_amount: charge.amount, invoice_payload: charge.payload, telegram_payment_charge_id: p.telegram_payment_charge_id,
    } });
    return true;
  },

  getStarTransactions: (fake, { offset = 0, limit = 100 }) => ({ transactions: fake.books.transactions.slice(offset, offset + limit) }),

  getMyStarBalance: (fake) => ({
    amount: fake.books.transactions.reduce((sum, t) => sum + (t.source ? t.amount : -t.amount), 0),
  }),

  editUserStarSubscription(fake, p) {
    const charge = fake.books.charges.get(p.telegram_payment_charge_id);
    if (!charge || charge.user.id !== p.user_id || !charge.subscription) throw refusal('CHARGE_NOT_FOUND');
    charge.canceled = p.is_canceled;
    return true;
  },
};

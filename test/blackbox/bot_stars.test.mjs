// Money in the chat, with the real program and the strict double of Telegram: what is paid in Stars is credited once, whatever comes twice,
// too early, too late or in the middle of a crash, and what is given back is taken back.
import assert from 'node:assert/strict';
import { sign } from '@telegram-apps/init-data-node';
import { Api, expectProblem, expectStatus } from './api.mjs';
import { BotBed } from './bot_bed.mjs';
import { count } from './bot_scenario.mjs';
import { abreast, forEachEngine, freePort, leasesLater, sleep } from './harness.mjs';
import { startCryptopayFake } from './cryptopay_fake.mjs';
import { startYookassaFake } from './yookassa_fake.mjs';

abreast(4);

const PRICE = 250;
const PAID = { en: /Paid: 250/, ru: /Оплачено: 250/ };

async function hookEnv() {
  const port = await freePort();
  return { HABITD_LISTEN: `127.0.0.1:${port}`, HABITD_PUBLIC_URL: `http://127.0.0.1:${port}` };
}

/** What tests of money look at, over a BotBed. */
class Till {
  constructor(bed) {
    this.bed = bed;
    this.fake = bed.fake;
  }

  /** Waits until `look` gives something true. */
  async until(look, what, ms = 60_000) {
    const deadline = Date.now() + ms;
    for (;;) {
      const found = await look();
      if (found) return found;
      if (Date.now() > deadline) throw new Error(`not within ${ms} ms: ${what}\n${this.bed.server.stderr.slice(-3000)}`);
      await sleep(30);
    }
  }

  count(sql) {
    return count(this.bed, sql);
  }

  rows(sql) {
    return this.bed.bench.db.sql(sql);
  }

  alerts() {
    return this.rows('SELECT fingerprint FROM admin_alerts ORDER BY fingerprint').then((rows) => rows.map(([f]) => f.replace(/:.*/, '')));
  }

  async subscription(person) {
    const me = await this.bed.api(person);
    return (await me.get('/v1/subscription')).json;
  }

  async tier(person) {
    const me = await this.bed.api(person);
    return expectStatus(await me.get('/v1/me'), 200).json.tier;
  }

  /** All that came in was acted on, all that waits to be sent or called is. */
  settled() {
    const busy = `SELECT (SELECT count(*) FROM outbox WHERE status IN ('queued', 'sending')) + (SELECT count(*) FROM inbox WHERE status = 'pending')`;
    return this.until(async () => this.fake.feed.pending.length === 0 && (await this.count(busy)) === 0, 'all is done');
  }

  /** Opens the ways to pay for a plan. */
  async plan(person, label = /1 month|1 месяц/) {
    person.says('/premium');
    await person.presses(label);
    return person.sees(/How would you like|Как вам удобнее/);
  }

  /** An invoice in the chat. */
  async invoice(person) {
    await this.plan(person);
    await person.presses(/once|один раз/);
    return person.sees((m) => Boolean(m.api.invoice));
  }

  /** The link of a subscription that renews itself. */
  async link(person) {
    await this.plan(person);
    await person.presses(/every 30 days|каждые 30 дней/);
    const ready = await person.sees((m) => m.buttons.flat().some((b) => b.url));
    return ready.buttons.flat().find((b) => b.url).url;
  }

  receipts(person, pattern = /Paid|Оплачено/) {
    return person.texts().filter((text) => pattern.test(text)).length;
  }

  async admin() {
    const token = await this.bed.bench.token(999, ['--admin'], { env: this.bed.env });
    return this.bed.server.as(token);
  }

  /** An operator gives a payment back. */
  async giveBack(person) {
    const admin = await this.admin();
    const [[payment]] = await this.rows(`SELECT ${this.uuid('p.id')} FROM payments p JOIN users u ON u.id = p.user_id
      WHERE u.telegram_id = ${person.id} AND p.status = 'succeeded'`);
    return expectStatus(await admin.post(`/v1/admin/payments/${payment}/refund`, { reason: 'asked for it' }), 202);
  }

  /** SQL that gives a uuid as text. */
  uuid(column) {
    if (this.bed.bench.engine !== 'sqlite') return `${column}::text`;
    const h = `lower(hex(${column}))`;
    return [[1, 8], [9, 4], [13, 4], [17, 4], [21, 12]].map(([at, n]) => `substr(${h}, ${at}, ${n})`).join(` || '-' || `);
  }
}

/** fn(till, fake) on each engine; at the end the doctor finds nothing and the log no token. */
function scenario(name, fn, { hooked = false, env = {}, now, fake = {}, ...options } = {}) {
  forEachEngine(name, { timeout: 600_000, ...options }, async (bench) => {
    const bed = await BotBed.create(bench, { now, fake: { limits: false, ...fake }, env: { ...(hooked ? await hookEnv() : {}), ...env } });
    try {
      await fn(new Till(bed), bed.fake);
      if (!bed.server.end) await bed.server.stop();
      const report = JSON.parse(await bench.must(['doctor', '--json'], { env: bed.env }));
      assert.deepEqual(report.checks.filter((c) => !c.ok), []);
      assert.ok(!bed.server.stderr.includes(bed.fake.token.split(':')[1]), 'the token is in the log');
    } catch (error) {
      await bed.fake.stop({ check: false });
      throw error;
    }
    await bed.close();
  });
}

const anna = { id: 7, first_name: 'Anna', language_code: 'en' };
const boris = { id: 8, first_name: 'Борис', language_code: 'ru' };

// ---- buying

for (const how of ['polling', 'webhook']) {
  for (const user of [anna, boris]) {
    const lang = user.language_code;
    scenario(`by ${how}, ${lang}: an invoice is paid once, by whom it is for`, async (till, fake) => {
      const person = await till.bed.person(user, 'Europe/Berlin');
      const other = await till.bed.person({ id: 9, first_name: 'Other', language_code: 'en' });
      const invoice = await till.invoice(person);
      assert.equal(invoice.api.invoice.total_amount, PRICE);
      assert.equal(invoice.api.invoice.start_parameter, 'premium'); // a forwarded copy leads to the bot
      const stranger = await other.pays(invoice);
      assert.match(stranger.refused, /Somebody else/);
      const paid = await person.pays(invoice);
      assert.ok(paid.telegram_payment_charge_id, JSON.stringify(paid));
      await person.sees(PAID[lang], { anywhere: true });
      assert.match((await person.pays(invoice)).refused, lang === 'en' ? /paid already/ : /уже оплачено/);
      await till.settled();
      assert.equal(await till.tier(person), 'premium');
      const s = await till.subscription(person);
      assert.equal(s.status, 'active');
      assert.equal(s.renews_by, 'none');
      assert.deepEqual(await till.rows('SELECT provider, status, amount, currency, provider_payment_id FROM payments'),
        [['stars', 'succeeded', String(PRICE), 'XTR', paid.telegram_payment_charge_id]]);
      assert.equal(await till.count('SELECT count(*) FROM balance_transactions'), 0); // Stars never enter the wallet
      assert.equal(till.receipts(person), 1, person.screen());
      assert.equal(await till.bed.metric('habitd_bot_checkouts_total{verdict="welcome"}'), 1);
      assert.equal(await till.bed.metric('habitd_bot_checkouts_total{verdict="stranger"}'), 1);
      assert.equal(await till.count("SELECT count(*) FROM inbox WHERE status = 'pending'"), 0);
      person.says('/premium');
      await person.sees(lang === 'en' ? /You have Premium until/ : /Премиум у вас до/);
    }, { hooked: how === 'webhook' });
  }

  scenario(`by ${how}: a payment that is told of five times is one`, async (till, fake) => {
    const person = await till.bed.person(anna);
    const payment = await person.pays(await till.invoice(person), { tells: false });
    const message = person.receives({ successful_payment: payment });
    for (let i = 0; i < 4; i++) fake.pushUpdate({ message: message.api });
    await person.sees(PAID.en, { anywhere: true });
    await till.settled();
    assert.equal(await till.count("SELECT count(*) FROM payments WHERE status = 'succeeded'"), 1);
    assert.equal(await till.count("SELECT count(*) FROM payment_events WHERE kind = 'succeeded'"), 1);
    assert.equal(await till.count('SELECT count(*) FROM subscription_periods'), 1);
    assert.equal(till.receipts(person), 1);
    assert.deepEqual(await till.alerts(), []);
  }, { hooked: how === 'webhook' });

  scenario(`by ${how}: pre-checkouts are answered in time whatever else goes on`, async (till, fake) => {
    const person = await till.bed.person(anna);
    const invoices = [];
    for (let i = 0; i < 3; i++) invoices.push(await till.invoice(person));
    const crowd = Array.from({ length: 20 }, (_, i) => fake.person({ id: 100 + i, language_code: 'en' }));
    let letGo;
    const held = new Promise((resolve) => { letGo = resolve; });
    const slow = fake.fault({ method: ['answerCallbackQuery', 'sendMessage', 'editMessageText'], held, times: Infinity }); // whoever waited for these would be late
    let going = true;
    const noise = crowd.map(async (p) => {
      while (going) {
        p.says('/today');
        do await sleep(400); // what Telegram has not handed over stands before everything that comes later: a slow machine is not buried
        while (going && fake.feed.pending.length > crowd.length);
      }
    });
    const api = await till.bed.api(person);
    const readers = Array.from({ length: 10 }, async () => {
      for (; going; await sleep(20)) await api.get('/v1/today').catch(() => {}); // not all of the machine: it is not alone here
    });
    try {
      await slow.hit(10);
      for (const invoice of invoices) {
        await person.pays(invoice, { tells: false });
        await sleep(300);
      }
    } finally {
      going = false;
      letGo();
      await Promise.all([...noise, ...readers]);
    }
    slow.remove();
    till.bed.bench.t.diagnostic(`answered after ${fake.books.checkoutMs.map((ms) => Math.round(ms)).join(', ')} ms`);
    assert.equal(fake.books.checkoutMs.length, invoices.length);
  }, { hooked: how === 'webhook' });
}

scenario('an answer to a pre-checkout that does not arrive is given again', async (till, fake) => {
  const person = await till.bed.person(anna);
  for (const fault of [{ error: 500, times: 2 }, { drop: 'before', times: 2 }, { lost: 'cut', times: 1 }, { error: 429, retry_after: 1, times: 1 }]) {
    const invoice = await till.invoice(person);
    const armed = fake.fault({ method: 'answerPreCheckoutQuery', ...fault });
    const paid = await person.pays(invoice, { tells: false });
    assert.ok(paid.telegram_payment_charge_id, `${JSON.stringify(fault)} ${JSON.stringify(paid)}`);
    await armed.hit();
    await fake.quiet(500);
  }
  assert.equal(await till.bed.metric('habitd_bot_checkouts_lost_total'), 0);
});

scenario('what is not as it was ordered is refused, and never credited', async (till, fake) => {
  const person = await till.bed.person(anna);
  const invoice = await till.invoice(person);
  const asks = [{ total_amount: PRICE - 1 }, { total_amount: 1 }, { currency: 'USD' }, { invoice_payload: 'x' },
    { invoice_payload: '01980000-0000-7000-8000-000000000001:01980000-0000-7000-8000-000000000002' }];
  for (const ask of asks) assert.match((await person.pays(invoice, { asks: ask })).refused, /not known/, JSON.stringify(ask));
  // Telegram takes other money all the same
  const p = fake.books.paramsOf(invoice);
  person.receives({ successful_payment: { ...fake.books.charge(person.user, p), total_amount: PRICE - 1 } });
  await till.until(async () => (await till.alerts()).includes('payment.mismatch'), 'the alert');
  await till.settled();
  assert.equal(await till.count("SELECT count(*) FROM payments WHERE status = 'unknown'"), 1);
  assert.equal(await till.tier(person), 'trial');
  assert.equal(till.receipts(person), 0);
  // money for nothing that is known
  person.receives({ successful_payment: { ...fake.books.charge(person.user, p), invoice_payload: 'nobody' } });
  await till.until(async () => (await till.alerts()).includes('payment.stray'), 'the alert');
  assert.equal(await till.count('SELECT count(*) FROM payment_strays'), 1);
  assert.equal(await till.tier(person), 'trial');
});

scenario('an offer ends: after a day, and when the plan is sold no more', async (till, fake) => {
  const person = await till.bed.person(anna);
  const invoice = await till.invoice(person);
  await till.bed.restart('2026-11-24T12:05:00Z');
  assert.match((await person.pays(invoice)).refused, /offer is over/);
  const next = await till.invoice(person);
  await till.bed.server.stop();
  const { writeFileSync } = await import('node:fs');
  writeFileSync(`${till.bed.bench.dir}/habitd.toml`, '[[plans]]\nname = "year"\nmonths = 12\n[plans.prices]\nXTR = 2100\n', { mode: 0o600 });
  await till.bed.start('2026-11-24T13:00:00Z');
  assert.match((await person.pays(next)).refused, /not sold any more/);
  await fake.quiet(500);
}, { now: '2026-11-23T12:00:00Z' });

// ---- reversals

scenario('a refund that is known before its payment', async (till, fake) => {
  const person = await till.bed.person(anna);
  const payment = await person.pays(await till.invoice(person), { tells: false });
  const { currency, total_amount, invoice_payload, telegram_payment_charge_id } = payment;
  person.receives({ refunded_payment: { currency, total_amount, invoice_payload, telegram_payment_charge_id } });
  await till.until(async () => (await till.alerts()).includes('payment.stray'), 'the alert');
  person.receives({ successful_payment: payment });
  await person.sees(/Given back: 250/, { anywhere: true });
  await till.settled();
  assert.deepEqual(await till.rows('SELECT status, refunded FROM payments'), [['refunded', String(PRICE)]]);
  assert.equal(await till.tier(person), 'trial');
  assert.equal(till.receipts(person), 0);
  assert.equal(fake.calls('refundStarPayment').length, 0);
});

scenario('a second charge of one order is given back and told of', async (till, fake) => {
  const person = await till.bed.person(anna);
  const invoice = await till.invoice(person);
  const first = await person.pays(invoice);
  await person.sees(PAID.en, { anywhere: true });
  const second = fake.books.charge(person.user, fake.books.paramsOf(invoice));
  person.receives({ successful_payment: second });
  await till.until(() => fake.calls('refundStarPayment').length > 0, 'the refund');
  await till.settled();
  const refunded = fake.calls('refundStarPayment').map((r) => r.params.telegram_payment_charge_id);
  assert.equal(refunded.length, 1);
  assert.ok([first, second].some((c) => c.telegram_payment_charge_id === refunded[0]));
  assert.ok((await till.alerts()).includes('payment.second_charge'));
  assert.deepEqual(await till.rows('SELECT status, refunded FROM payments'), [['succeeded', '0']]);
  assert.equal(await till.count("SELECT count(*) FROM subscription_periods WHERE status = 'active'"), 1);
  assert.equal(await till.tier(person), 'premium');
});

scenario('an operator gives a payment back: the period goes, and the habits over the limit rest', async (till, fake) => {
  const person = await till.bed.person(anna);
  await person.pays(await till.invoice(person));
  await person.sees(PAID.en, { anywhere: true });
  const me = await till.bed.api(person);
  for (const name of ['One', 'Two', 'Three']) await me.habit({ name });
  await till.settled();
  await till.giveBack(person);
  await person.sees(/Given back: 250/, { anywhere: true });
  await till.settled();
  assert.equal(fake.calls('refundStarPayment').length, 1);
  assert.deepEqual(await till.rows('SELECT status, refunded FROM payments'), [['refunded', String(PRICE)]]);
  assert.deepEqual(await till.rows('SELECT status FROM subscription_periods'), [['revoked']]);
  assert.equal(await till.tier(person), 'free');
  const paused = (await me.get('/v1/habits')).json.items.filter((h) => h.paused).map((h) => h.name);
  assert.deepEqual(paused, ['Two', 'Three']);
  assert.deepEqual(await till.alerts(), []);
  person.says('/premium');
  await person.sees(/Premium was taken back/);
}, { env: { HABITD_TRIAL_DAYS: '0', HABITD_LIMIT_FREE: '1' } });

// ---- subscriptions

scenario('a subscription renews itself, is ended here, and there', async (till, fake) => {
  const person = await till.bed.person(anna);
  const link = await till.link(person);
  assert.equal(fake.books.paramsOf(link).subscription_period, 2592000);
  const first = await person.pays(link);
  await person.sees(PAID.en, { anywhere: true });
  assert.equal((await till.subscription(person)).renews_by, 'stars');
  const ends = (await till.subscription(person)).ends_at;
  // a second one beside it is not offered, and refused when an old link is paid
  await till.plan(person);
  assert.ok(!person.lastMessage().buttons.flat().some((b) => /every 30 days/.test(b.text)), person.screen());
  const renewal = person.renews(first.telegram_payment_charge_id);
  await till.until(async () => (await till.subscription(person)).ends_at > ends, 'the renewal');
  await till.settled();
  assert.equal(till.receipts(person), 2);
  assert.equal(await till.count("SELECT count(*) FROM payments WHERE status = 'succeeded'"), 2);
  assert.equal(await till.count("SELECT count(*) FROM subscription_periods WHERE status = 'active'"), 2);
  // told of twice, it is one
  person.receives({ successful_payment: renewal });
  await till.settled();
  assert.equal(await till.count('SELECT count(*) FROM payments'), 2);
  // ended in Telegram, and taken up again
  person.cancelsSubscription(renewal.telegram_payment_charge_id);
  await till.until(async () => (await till.subscription(person)).status === 'canceled', 'the end');
  person.cancelsSubscription(renewal.telegram_payment_charge_id, 'active');
  await till.until(async () => (await till.subscription(person)).status === 'active', 'the new beginning');
  await till.settled();
  assert.equal(fake.calls('editUserStarSubscription').length, 0); // Telegram knows
  // ended here
  person.says('/premium');
  await person.presses('Turn renewal off');
  await person.sees(/Turn renewal off\?/);
  await person.presses('Turn renewal off');
  await person.sees(/Renewal is off: what is paid/);
  await till.settled();
  const stops = fake.calls('editUserStarSubscription');
  assert.deepEqual(stops.map((r) => [r.params.user_id, r.params.telegram_payment_charge_id, r.params.is_canceled]),
    [[person.id, renewal.telegram_payment_charge_id, true]]);
  assert.throws(() => person.renews(renewal.telegram_payment_charge_id));
  assert.equal(await till.tier(person), 'premium');
});

scenario('a month that could not be charged ends the renewal; another subscription may follow, not two at once', async (till) => {
  const person = await till.bed.person(anna);
  const [one, two] = [await till.link(person), await till.link(person)];
  const first = await person.pays(one);
  await person.sees(PAID.en, { anywhere: true });
  assert.match((await person.pays(two)).refused, /renews itself with Stars already/);
  person.cancelsSubscription(first.telegram_payment_charge_id, 'failed');
  await till.until(async () => (await till.subscription(person)).status === 'canceled', 'the end');
  const second = await person.pays(two);
  assert.ok(second.telegram_payment_charge_id, JSON.stringify(second));
  await till.until(async () => (await till.subscription(person)).status === 'active', 'the second');
  await till.settled();
  assert.equal(await till.count("SELECT count(*) FROM subscription_periods WHERE status = 'active'"), 2);
});

scenario('who is blocked cannot pay, is charged no more, and gets back what comes all the same', async (till, fake) => {
  const person = await till.bed.person(anna);
  const invoice = await till.invoice(person);
  const first = await person.pays(await till.link(person));
  await person.sees(PAID.en, { anywhere: true });
  await till.settled();
  const admin = await till.admin();
  const [{ id }] = (await admin.get(`/v1/admin/users?telegram_id=${person.id}`)).json.items;
  expectStatus(await admin.post(`/v1/admin/users/${id}/block`, { reason: 'spam' }), 200);
  await till.settled();
  const stops = fake.calls('editUserStarSubscription');
  assert.deepEqual(stops.map((r) => r.params.telegram_payment_charge_id), [first.telegram_payment_charge_id]);
  assert.equal(await till.count("SELECT count(*) FROM subscription_periods WHERE status = 'active'"), 1); // what was paid for runs on
  assert.match((await person.pays(invoice)).refused, /cannot pay here/);
  // The query was answered before the block, the money comes after it.
  const late = fake.books.charge(person.user, fake.books.paramsOf(invoice));
  person.receives({ successful_payment: late });
  await till.until(async () => (await till.count("SELECT count(*) FROM payments WHERE status = 'refunded'")) === 1, 'it goes back');
  await till.settled();
  assert.ok(fake.books.charges.get(late.telegram_payment_charge_id).refunded);
  assert.ok(!fake.books.charges.get(first.telegram_payment_charge_id).refunded);
  assert.deepEqual(await till.alerts(), ['payment.blocked_payer']);
  assert.equal(await till.count("SELECT count(*) FROM subscription_periods WHERE status = 'active'"), 1);
  expectStatus(await admin.post(`/v1/admin/users/${id}/unblock`, { reason: 'a mistake' }), 200);
  const again = await person.pays(await till.invoice(person));
  assert.ok(again.telegram_payment_charge_id, JSON.stringify(again));
  await till.settled();
  assert.equal(await till.count("SELECT count(*) FROM subscription_periods WHERE status = 'active'"), 2);
});

scenario('whoever goes is charged no more', async (till, fake) => {
  const person = await till.bed.person(anna);
  const paid = await person.pays(await till.link(person));
  await person.sees(PAID.en, { anywhere: true });
  person.says('/delete_me');
  await person.sees(/DELETE/);
  person.says('DELETE');
  await person.sees(/erased/);
  await till.settled();
  const stops = fake.calls('editUserStarSubscription');
  assert.deepEqual(stops.map((r) => [r.params.user_id, r.params.telegram_payment_charge_id]), [[person.id, paid.telegram_payment_charge_id]]);
  assert.equal(await till.count(`SELECT count(*) FROM outbox WHERE payload LIKE '%"payer":${person.id}%'`), 0);
  assert.deepEqual(await till.alerts(), []);
  // what comes afterwards goes to the books, and to nobody's chat
  const before = person.texts().length;
  person.receives({ refunded_payment: { currency: 'XTR', total_amount: PRICE, invoice_payload: paid.invoice_payload, telegram_payment_charge_id: paid.telegram_payment_charge_id } });
  await till.until(async () => (await till.count("SELECT count(*) FROM payments WHERE status = 'refunded'")) === 1, 'the refund');
  await till.settled();
  assert.equal(person.texts().length, before);
});

scenario('Stars of whoever was erased are given back: Telegram knows who paid', async (till, fake) => {
  const person = await till.bed.person(anna);
  const paid = await person.pays(await till.invoice(person));
  await person.sees(PAID.en, { anywhere: true });
  await till.settled();
  // Many transactions around it, of other people and of long ago.
  const at = fake.books.transactions.findIndex((t) => t.id === paid.telegram_payment_charge_id);
  const other = (i, date) => ({ id: `other-${i}`, amount: 1, date, source: { type: 'user', transaction_type: 'invoice_payment', user: { id: 50_000 + i, is_bot: false, first_name: 'x' }, invoice_payload: 'x' } });
  const { date } = fake.books.transactions[at];
  fake.books.transactions.splice(at + 1, 0, ...Array.from({ length: 130 }, (_, i) => other(1000 + i, date)));
  fake.books.transactions.splice(at, 0, ...Array.from({ length: 130 }, (_, i) => other(2000 + i, date)));
  fake.books.transactions.unshift(...Array.from({ length: 300 }, (_, i) => other(i, date - 86400 * 30)));
  const [[payment]] = await till.rows(`SELECT ${till.uuid('id')} FROM payments WHERE status = 'succeeded'`);
  const me = await till.bed.api(person);
  expectStatus(await me.del('/v1/me'), 204);
  const admin = await till.admin();
  expectStatus(await admin.post(`/v1/admin/payments/${payment}/refund`, { reason: 'asked by mail' }), 202);
  await till.until(async () => (await till.count("SELECT count(*) FROM payments WHERE status = 'refunded'")) === 1, 'it goes back');
  assert.ok(fake.books.charges.get(paid.telegram_payment_charge_id).refunded);
  await till.settled();
  assert.deepEqual(await till.alerts(), []);
});

scenario('what nobody told of is found at night', async (till, fake) => {
  const person = await till.bed.person(anna);
  const first = await person.pays(await till.link(person), { tells: false });
  const p = fake.books.paramsOf([...fake.books.invoices.keys()].at(-1));
  const renewal = fake.books.charge(person.user, p);
  fake.books.charges.get(renewal.telegram_payment_charge_id).refunded = true;
  fake.books.transactions.push({
    id: renewal.telegram_payment_charge_id, amount: PRICE, date: Math.floor(Date.now() / 1000),
    receiver: { type: 'user', transaction_type: 'invoice_payment', user: person.user, invoice_payload: p.payload },
  });
  till.bed.env.HABITD_NO_NIGHT = undefined;
  await till.bed.restart(); // the first look is soon after the start
  await person.sees(PAID.en, { anywhere: true, within: 90_000 });
  await till.until(async () => (await till.count('SELECT count(*) FROM payments')) === 2, 'the renewal');
  await till.settled();
  assert.deepEqual(await till.rows('SELECT status, provider_payment_id FROM payments ORDER BY status'),
    [['refunded', renewal.telegram_payment_charge_id], ['succeeded', first.telegram_payment_charge_id]]);
  assert.equal(await till.tier(person), 'premium');
  // and told of afterwards it is known
  person.receives({ successful_payment: { ...first, is_recurring: true, is_first_recurring: true } });
  person.receives({ successful_payment: { ...renewal, is_recurring: true } });
  await till.settled();
  assert.equal(await till.count('SELECT count(*) FROM payments'), 2);
  assert.equal(await till.count("SELECT count(*) FROM subscription_periods WHERE status = 'active'"), 1);
  assert.deepEqual(await till.alerts(), []);
});

// ---- crashes

/** One purchase and its refund; the program is killed at each of these steps. A call that is lost is done, and its answer never comes. */
const LOST = { invoice: 'sendInvoice', receipt: 'sendMessage', refund: 'refundStarPayment' };
const CRASHES = { polling: ['order', 'invoice', 'paid', 'told', 'receipt', 'refund'], webhook: ['invoice', 'paid', 'told', 'refund'] };
for (const [how, steps] of Object.entries(CRASHES)) {
  scenario(`by ${how}: killed at ${steps.length} steps of a purchase and its refund, it ends as without`, async (till, fake) => {
    const { bed } = till;
    const person = await bed.person(anna);
    const fence = () => till.count("SELECT fence FROM leases WHERE name = 'bot'");
    let killed = 0;
    const again = () => bed.start(leasesLater(++killed)); // Telegram waits ten seconds for an answer
    const crash = async () => {
      const before = await fence();
      await bed.server.kill();
      await again();
      await till.until(async () => (await fence()) > before, 'the bot takes over');
    };
    const lose = (step) => (steps.includes(step) ? fake.fault({ method: LOST[step], lost: 'hang', when: step === 'receipt' ? (p) => /Paid: 250/.test(p.text) : undefined }) : undefined);
    const crashWhen = async (fault) => {
      if (!fault) return;
      await fault.hit();
      await crash();
    };
    await till.plan(person);
    let lost = lose('invoice');
    await (await person.presses(/once/)).answer();
    if (steps.includes('order')) await crash();
    await crashWhen(lost);
    const invoice = await person.sees((m) => Boolean(m.api.invoice));
    lost = lose('receipt');
    const payment = await person.pays(invoice, { tells: false });
    if (steps.includes('paid')) await bed.server.kill(); // the money is there, and nobody has heard of it
    person.receives({ successful_payment: payment });
    if (steps.includes('paid')) await again();
    await till.until(async () => (await till.count("SELECT count(*) FROM payments WHERE status = 'succeeded'")) === 1, 'the payment');
    if (steps.includes('told')) await crash();
    await crashWhen(lost);
    await person.sees(PAID.en, { anywhere: true });
    await till.settled();
    assert.deepEqual(await till.rows('SELECT status, refunded FROM payments'), [['succeeded', '0']]);
    assert.deepEqual(await till.rows('SELECT status FROM subscription_periods'), [['active']]);
    assert.equal(await till.tier(person), 'premium');
    lost = lose('refund');
    await till.giveBack(person);
    await crashWhen(lost);
    await person.sees(/Given back: 250/, { anywhere: true });
    await till.settled();
    assert.deepEqual(await till.rows('SELECT status, refunded FROM payments'), [['refunded', String(PRICE)]]);
    assert.deepEqual(await till.rows('SELECT status FROM subscription_periods'), [['revoked']]);
    assert.deepEqual(await till.alerts(), []);
    assert.equal([...fake.books.charges.values()].filter((c) => c.refunded).length, 1);
  }, { hooked: how === 'webhook' });
}

// ---- the other screens

scenario('who invited is rewarded when the payment has stood, and the reward goes with it', async (till) => {
  const { bed } = till;
  const inviter = await bed.person(anna);
  inviter.says('/invite');
  const [link] = /https:\/\/t\.me\/\S+/.exec((await inviter.sees(/t\.me/)).text);
  const friend = bed.fake.person({ id: 20, first_name: 'Friend', language_code: 'en' });
  friend.says(`/start ${new URL(link).searchParams.get('start')}`);
  await friend.sees((m) => m.buttons.flat().some((b) => b.callback_data?.startsWith('lw:')));
  friend.says('/cancel');
  await friend.sees(/Cancelled/);
  await friend.pays(await till.invoice(friend));
  await friend.sees(PAID.en, { anywhere: true });
  await till.settled();
  await bed.restart('2026-12-08T12:00:00Z');
  await inviter.sees(/whom you invited has paid/, { anywhere: true });
  const me = await bed.api(inviter);
  assert.equal((await me.get('/v1/balance')).json.amount, 10000);
  inviter.says('/balance');
  await inviter.sees(/for an invited friend/);
  inviter.says('/invite');
  await inviter.sees(/Earned: 100/);
  await till.giveBack(friend);
  await inviter.sees(/with it goes the reward/, { anywhere: true });
  assert.equal((await me.get('/v1/balance')).json.amount, 0);
  await till.settled();
}, { now: '2026-11-23T12:00:00Z', env: { HABITD_REFERRAL_REWARD: '10000' } });

scenario('the wallet is filled and pays', async (till) => {
  const { bed } = till;
  const person = await bed.person(anna);
  person.says('/balance');
  await person.presses('Top up');
  await person.sees(/How much/);
  person.says('many');
  await person.sees(/as a number/);
  person.says('450,50');
  await person.presses(/450\.50/);
  await person.sees(/got 450\.50/, { anywhere: true });
  await till.settled();
  const api = await bed.api(person);
  assert.equal((await api.get('/v1/balance')).json.amount, 45050);
  await till.plan(person);
  await person.presses(/from the wallet/);
  await person.sees(/151\.50.₽ will be left/);
  await person.presses('Buy, and renew');
  await person.sees(/renews itself from your wallet/);
  await till.settled();
  assert.equal((await api.get('/v1/balance')).json.amount, 15150);
  assert.equal((await till.subscription(person)).renews_by, 'balance');
  assert.equal(till.receipts(person, /Paid: 299/), 1, person.screen());
}, { env: { HABITD_SANDBOX_PAYMENTS: 'instant' } });

scenario('a card fills the wallet, where the operator allows it', async (till) => {
  const { bed } = till;
  const yookassa = await startYookassaFake({ retryMs: 50 });
  Object.assign(bed.env, yookassa.env, { HABITD_EXTERNAL_PAYMENTS: '1' });
  await bed.restart();
  yookassa.webhookUrl = `${bed.server.url}/webhooks/yookassa`;
  const person = await bed.person(boris);
  person.says('/balance');
  await person.presses('Пополнить');
  await person.presses(/^300/);
  yookassa.fault({ on: 'POST /payments', kind: 'error', status: 500, body: { type: 'error', id: '1', code: 'internal_server_error', description: 'x' } });
  await person.presses(/картой/);
  const ready = await person.sees((m) => m.buttons.flat().some((b) => b.url), { within: 30_000 });
  assert.match(ready.text, /Пополнение кошелька: 300/);
  const order = await yookassa.until(() => [...yookassa.payments.values()][0], 'the order');
  assert.equal(ready.buttons.flat().find((b) => b.url).url, order.confirmation.confirmation_url);
  await yookassa.pay(order.id);
  await person.sees(/Кошелёк пополнен: 300/, { anywhere: true });
  const api = await bed.api(person);
  assert.equal((await api.get('/v1/balance')).json.amount, 30000);
  await till.giveBack(person);
  await person.sees(/Возвращено: 300/, { anywhere: true });
  assert.equal((await api.get('/v1/balance')).json.amount, 0);
  await till.settled();
  await yookassa.stop({ check: false });
});

scenario('by card and in crypto: from the button to the receipt; where receipts go is asked once', async (till) => {
  const { bed } = till;
  const yookassa = await startYookassaFake({ retryMs: 50, receipts: true });
  const cryptobot = await startCryptopayFake({ retryMs: 50 });
  Object.assign(bed.env, yookassa.env, cryptobot.env, { HABITD_EXTERNAL_PAYMENTS: '1', YOOKASSA_VAT_CODE: '1' });
  await bed.restart();
  yookassa.webhookUrl = `${bed.server.url}/webhooks/yookassa`;
  cryptobot.webhookUrl = `${bed.server.url}/webhooks/cryptobot`;
  const person = await bed.person(boris);
  const link = async (pattern) => (await person.sees((m) => pattern.test(m.text) && m.buttons.flat().some((b) => b.url))).buttons.flat().find((b) => b.url).url;
  await till.plan(person);
  await person.presses(/картой$/);
  await person.sees(/Куда прислать чек/);
  for (const odd of ['никуда', 'boris@', '12345']) {
    person.says(odd);
    await person.sees(/ни на адрес почты/);
  }
  person.says(' boris@example.com ');
  const url = await link(/299/);
  const order = yookassa.ordered((p) => p.confirmation?.confirmation_url === url);
  const made = await order;
  assert.equal(made.receipt.customer.email, 'boris@example.com');
  assert.equal(await till.count('SELECT count(*) FROM dialogs'), 0);
  await yookassa.pay(made.id);
  await person.sees(/Оплачено: 299/, { anywhere: true });
  await till.settled();
  assert.equal(await till.tier(person), 'premium');

  await till.plan(person);
  await person.presses(/крипто/);
  const pay = await link(/USDT/);
  const invoice = await cryptobot.ordered((i) => i.bot_invoice_url === pay);
  await cryptobot.pay(invoice.invoice_id);
  await person.sees(/Оплачено: .*USDT/, { anywhere: true });
  await till.settled();
  assert.equal(await till.count("SELECT count(*) FROM subscription_periods WHERE status = 'active'"), 2);

  // The wallet by card: the contact is known, nobody asks.
  person.says('/balance');
  await person.presses('Пополнить');
  await person.presses(/^300/);
  await person.presses(/картой/);
  await link(/Пополнение кошелька/);
  assert.equal(person.texts().filter((text) => /Куда прислать чек/.test(text)).length, 1);
  assert.equal(await till.count('SELECT count(*) FROM users WHERE receipt_contact IS NOT NULL'), 1);
  const me = await bed.api(person);
  expectStatus(await me.del('/v1/me'), 204);
  assert.equal(await till.count('SELECT count(*) FROM users WHERE receipt_contact IS NOT NULL'), 0);
  await yookassa.stop({ check: false });
  await cryptobot.stop({ check: false });
});

scenario("a Mini App's session is offered what the chat is, and no more; a token's is not inside Telegram", async (till, fake) => {
  const { bed } = till;
  const order = { provider: 'yookassa', purpose: 'subscription', plan: 'month', renew: false };
  const providers = async (api) => [...new Set(expectStatus(await api.get('/v1/plans'), 200).json.items.flatMap((p) => p.prices.flatMap((x) => x.providers)))].sort();
  const person = await bed.person(anna);
  const inside = async () => {
    const nobody = await Api.of(bed.server);
    const { token } = expectStatus(await nobody.post('/v1/auth/telegram', { init_data: sign({ user: person.user, query_id: 'q' }, fake.token, new Date()) }), 200).json;
    return Api.of(bed.server, token);
  };
  let app = await inside();
  assert.deepEqual(await providers(app), ['balance', 'stars']);
  for (const provider of ['yookassa', 'cryptobot']) expectProblem(await app.post('/v1/payments', { ...order, provider }), 422, 'provider_closed_in_telegram', 'provider');
  expectStatus(await app.post('/v1/payments', { ...order, provider: 'stars' }), 201);
  const outside = await bed.api(person);
  assert.deepEqual(await providers(outside), ['balance', 'cryptobot', 'stars', 'yookassa']);
  assert.ok([201, 202].includes((await outside.post('/v1/payments', order)).status));
  bed.env.HABITD_EXTERNAL_PAYMENTS = '1';
  await bed.restart();
  app = await inside();
  assert.deepEqual(await providers(app), ['balance', 'cryptobot', 'stars', 'yookassa']);
  assert.ok([201, 202].includes((await app.post('/v1/payments', order)).status));
}, { env: { YOOKASSA_SHOP_ID: '1', YOOKASSA_SECRET_KEY: 'x', CRYPTOBOT_TOKEN: '1:x', YOOKASSA_API_URL: 'http://127.0.0.1:9', CRYPTOBOT_API_URL: 'http://127.0.0.1:9' } });

scenario('other providers are offered in the chat only when the operator says so', async (till) => {
  const { bed } = till;
  const person = await bed.person(anna);
  const labels = async () => (await till.plan(person)).buttons.flat().map((b) => b.text).join(' ');
  assert.doesNotMatch(await labels(), /card|crypto/);
  person.says('/balance');
  assert.ok(!(await person.sees(/wallet/)).buttons.flat().some((b) => /Top up/.test(b.text)));
  assert.match((await person.pressesData('po:y:month:29900').answer()).text, /out of date/);
  assert.match((await person.pressesData('bt:10000:y').answer()).text, /out of date/);
  bed.env.HABITD_EXTERNAL_PAYMENTS = '1';
  await bed.restart();
  assert.match(await labels(), /by card.*in crypto/s);
}, { env: { YOOKASSA_SHOP_ID: '1', YOOKASSA_SECRET_KEY: 'x', CRYPTOBOT_TOKEN: '1:x', YOOKASSA_API_URL: 'http://127.0.0.1:9', CRYPTOBOT_API_URL: 'http://127.0.0.1:9' } });

scenario('a trial is told of while it runs, each thing once', async (till) => {
  const { bed } = till;
  const person = await bed.person(boris, 'Europe/Moscow');
  for (const [now, said] of [['2026-11-25T00:00:10Z', /Как идут дела/], ['2026-11-27T06:00:10Z', /в самом разгаре/],
    ['2026-11-29T12:00:10Z', /закончится завтра/], ['2026-11-30T09:00:10Z', /закончится сегодня/], ['2026-11-30T12:00:20Z', /Пробный Премиум закончился/]]) {
    await bed.restart(now);
    await person.sees(said, { anywhere: true });
    await till.settled();
    await bed.restart(now);
    await sleep(1500);
    assert.equal(person.texts().filter((text) => said.test(text)).length, 1, person.screen());
  }
  assert.equal(await till.tier(person), 'free');
}, { now: '2026-11-23T12:00:00Z' });

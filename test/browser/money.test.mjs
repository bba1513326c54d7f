// Money in the Mini App: bought by each provider, given up and refused; where a receipt goes, what is charged again, the wallet's history.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expectStatus } from '../blackbox/api.mjs';
import { startCryptopayFake } from '../blackbox/cryptopay_fake.mjs';
import { startYookassaFake } from '../blackbox/yookassa_fake.mjs';
import { browserTest, flow, PATIENCE } from './bed.mjs';
import { launch, telegram, webView } from './telegram.mjs';

const sheet = (page) => page.getByRole('dialog');

/** The server again, with a shop that has a cash register. */
async function shop(bed) {
  const yookassa = await startYookassaFake({ retryMs: 50, receipts: true, deadlineMs: PATIENCE });
  bed.bench.t.after(() => yookassa.stop({ check: false }));
  await bed.server.stop();
  Object.assign(bed.env, yookassa.env, { YOOKASSA_VAT_CODE: '1' });
  bed.server = await bed.bench.serve({ env: bed.env });
  yookassa.webhookUrl = `${bed.server.url}/webhooks/yookassa`;
  return yookassa;
}

flow('a plan by card: where the receipt goes is asked once, renewal is chosen, digits are the server’s', { sample: ['touch ru dark narrow', 'keyboard en light', 'mouse en dark'] }, async (bed) => {
  const { t } = bed;
  const yookassa = await shop(bed);
  const api = await bed.api(1);
  const page = await bed.open({ as: 1 });
  await page.goto(`${bed.server.url}/#/me/premium`);
  const open = async () => {
    await bed.press(page.locator('.row').filter({ hasText: t('plan.months', { n: 1 }) }));
    return sheet(page).getByRole('button', { name: new RegExp(`^${t('web.pay.yookassa')}`) }).first();
  };
  const pressed = async (button) => {
    const [popup] = await Promise.all([page.context().waitForEvent('page'), bed.press(button)]);
    await popup.close();
  };

  let card = await open();
  const renew = sheet(page).getByRole('switch', { name: t('web.premium.renew') });
  assert.equal(await renew.isChecked(), false, 'nothing is charged again that was not asked for');
  await bed.press(renew);
  await bed.accessible(page, 'what is bought');
  await bed.press(card);
  const contact = sheet(page).getByLabel(t('web.pay.contact'), { exact: true });
  await bed.type(contact, 'nowhere');
  await bed.press(sheet(page).getByRole('button', { name: t('web.balance.pay'), exact: true }));
  await sheet(page).getByText(t('web.pay.contact_wrong')).waitFor();
  assert.equal(yookassa.payments.size, 0);
  await bed.accessible(page, 'where the receipt goes');
  await bed.type(contact, 'anna@example.com');
  await pressed(sheet(page).getByRole('button', { name: t('web.balance.pay'), exact: true }));
  const first = [...yookassa.payments.values()][0];
  assert.deepEqual(first.receipt.customer, { email: 'anna@example.com' });
  assert.equal(first.save, true);
  await yookassa.pay(first.id);
  await sheet(page).waitFor({ state: 'detached' });
  assert.equal((await api.get('/v1/subscription')).json.renews_by, 'saved_method');
  await page.getByText(t('web.premium.by_method')).waitFor();

  card = await open();
  await pressed(card); // no question any more, and no renewal
  const second = [...yookassa.payments.values()][1];
  assert.deepEqual([second.receipt.customer, second.save], [{ email: 'anna@example.com' }, false]);
  await yookassa.pay(second.id);
  await sheet(page).waitFor({ state: 'detached' });
});

flow('a payment’s page that stayed shut or was closed is opened again while the payment is waited for, also when the server is away meanwhile', { sample: ['touch en dark narrow', 'keyboard ru light'] }, async (bed) => {
  const { t } = bed;
  const yookassa = await shop(bed);
  const api = await bed.api(1);
  const page = await bed.open({ as: 1 });
  await page.goto(`${bed.server.url}/#/me/balance`);
  const topUp = page.getByRole('button', { name: t('web.balance.topup') });
  await bed.press(topUp);
  await page.evaluate(() => { window.open = () => null; }); // as a browser does that took the press for too old
  await bed.press(sheet(page).getByRole('button', { name: t('web.balance.pay'), exact: true }));
  await bed.type(sheet(page).getByLabel(t('web.pay.contact'), { exact: true }), 'anna@example.com');
  await bed.press(sheet(page).getByRole('button', { name: t('web.balance.pay'), exact: true }));
  const link = sheet(page).getByRole('link', { name: t('web.pay.open_again'), exact: true });
  const { id, confirmation } = await yookassa.ordered(() => true);
  for (let times = 0; times < 2; times++) {
    const [popup] = await Promise.all([page.context().waitForEvent('page'), bed.press(link)]);
    await popup.waitForURL(confirmation.confirmation_url);
    assert.equal(await popup.evaluate(() => window.opener), null);
    await popup.close();
  }
  await bed.accessible(page, 'a payment that is waited for');
  let away = 0;
  await page.route('**/v1/payments/*', (route) => { away++; return route.abort('connectionrefused'); });
  await bed.until(() => away > 3, 'the payment to be asked about in vain, more often than once');
  await link.waitFor();
  await page.unroute('**/v1/payments/*');
  assert.equal((await api.get('/v1/balance')).json.amount, 0);
  await yookassa.pay(id);
  await bed.told(page, t('web.pay.paid'));
  await sheet(page).waitFor({ state: 'detached' });
  await page.locator('.sum').filter({ hasText: '500' }).waitFor();
  assert.equal(yookassa.payments.size, 1);
});

/** On the wallet, somebody orders 500 and goes away before it is paid; returns the button that it began with. */
async function leave(bed, page) {
  const { t } = bed;
  const topUp = page.getByRole('button', { name: t('web.balance.topup') });
  await bed.press(topUp);
  await bed.press(sheet(page).getByRole('button', { name: t('web.balance.pay'), exact: true }));
  await bed.type(sheet(page).getByLabel(t('web.pay.contact'), { exact: true }), 'anna@example.com');
  const [popup] = await Promise.all([page.context().waitForEvent('page'), bed.press(sheet(page).getByRole('button', { name: t('web.balance.pay'), exact: true }))]);
  await popup.close();
  await bed.press(sheet(page).getByRole('button', { name: t('web.close') }));
  await sheet(page).waitFor({ state: 'detached' });
  return topUp;
}

flow('a sheet that was left stays so when its payment ends: the next one is not closed', { sample: ['mouse en light'] }, async (bed) => {
  const { t } = bed;
  const yookassa = await shop(bed);
  const page = await bed.open({ as: 1 });
  await page.goto(`${bed.server.url}/#/me/balance`);
  const topUp = await leave(bed, page);
  await bed.press(topUp);
  await yookassa.pay([...yookassa.payments.keys()][0]);
  await bed.told(page, t('web.pay.paid'));
  await page.locator('.sum').filter({ hasText: '500' }).waitFor();
  await sheet(page).getByRole('button', { name: t('web.balance.pay'), exact: true }).waitFor();
});

flow('a payment that was left is found again, on every screen about money and after the page was closed, until it is made', { sample: ['touch ru light narrow', 'keyboard en dark'] }, async (bed) => {
  const { t } = bed;
  const yookassa = await shop(bed);
  const page = await bed.open({ as: 1 });
  await page.goto(`${bed.server.url}/#/me/balance`);
  await leave(bed, page);
  const left = page.locator('.premium-now').filter({ has: page.getByRole('link', { name: t('web.pay.open_again'), exact: true }) });
  await left.filter({ hasText: '500' }).waitFor();
  await bed.accessible(page, 'a payment that was left');
  await page.goto('about:blank');
  await page.goto(`${bed.server.url}/#/me/premium`);
  const { id, confirmation } = await yookassa.ordered(() => true);
  const [again] = await Promise.all([page.context().waitForEvent('page'), bed.press(left.getByRole('link'))]);
  await again.waitForURL(confirmation.confirmation_url);
  await again.close();
  await yookassa.pay(id);
  await bed.told(page, t('web.pay.paid'));
  await left.waitFor({ state: 'detached' });
  await page.goto('about:blank');
  await page.goto(`${bed.server.url}/#/me/balance`);
  await page.locator('.sum').filter({ hasText: '500' }).waitFor();
  assert.equal(await left.count(), 0);
});

flow('Stars inside Telegram: an invoice over the page is closed, refused, and paid', { sample: ['touch ru dark', 'keyboard en light'] }, async (bed) => {
  const { t } = bed;
  const { fake, said, tell } = await telegram(bed);
  const user = { id: 77, first_name: 'Nina', language_code: bed.lang };
  const person = fake.person(user);
  person.says('/start');
  await person.sees(/./);
  const page = await bed.open({ at: `/${launch(user)}`, init: webView });
  await bed.press(page.locator('.tabs').getByRole('link', { name: t('web.tab.me') }));
  await bed.press(page.getByRole('link', { name: t('web.premium.title') }));
  await bed.press(page.locator('.row').filter({ hasText: t('plan.months', { n: 1 }) }));
  const stars = sheet(page).getByRole('button', { name: new RegExp(`^${t('web.pay.stars')}`) });
  const invoice = async (n) => {
    await bed.press(stars);
    await bed.until(async () => (await said(page, 'web_app_open_invoice')).length === n, 'an invoice');
    return (await said(page, 'web_app_open_invoice')).at(-1).slug;
  };

  let slug = await invoice(1);
  await sheet(page).getByText(t('web.pay.waiting')).waitFor();
  await bed.press(sheet(page).getByRole('button', { name: t('web.pay.open_again'), exact: true }));
  await bed.until(async () => (await said(page, 'web_app_open_invoice')).length === 2, 'the invoice to be opened again');
  assert.equal((await said(page, 'web_app_open_invoice')).at(-1).slug, slug);
  await tell(page, 'invoice_closed', { slug, status: 'cancelled' });
  await bed.told(page, t('web.pay.given_up'));
  await bed.accessible(page, 'an invoice that was closed');

  slug = await invoice(3);
  const { refused } = await person.pays(`https://t.me/$${slug}`, { asks: { total_amount: 1 }, answerMs: PATIENCE });
  assert.match(refused, bed.lang === 'ru' ? /[а-я]{4}/ : /^[A-Z][ -~’]+$/, 'Telegram shows it in the invoice');
  await tell(page, 'invoice_closed', { slug, status: 'failed' });
  await bed.told(page, t('web.pay.not_paid'), { bad: true });

  await bed.press(sheet(page).getByRole('switch', { name: t('web.premium.renew') }));
  slug = await invoice(4);
  assert.equal((await person.pays(`https://t.me/$${slug}`, { answerMs: PATIENCE })).is_recurring, true);
  await tell(page, 'invoice_closed', { slug, status: 'paid' });
  await sheet(page).waitFor({ state: 'detached' });
  await bed.told(page, t('web.pay.paid'));
  await page.getByRole('heading', { name: t('web.premium.have') }).waitFor();
  await page.getByText(t('web.premium.by_stars')).waitFor();
  assert.equal((await (await bed.api(user.id)).get('/v1/subscription')).json.renews_by, 'stars');
  await fake.stop();
});

flow('a plan from an empty wallet, and in crypto: what is refused is explained, its page opens, and what it tells is shown', { sample: ['mouse ru light', 'keyboard ru dark'] }, async (bed) => {
  const { t } = bed;
  const cryptopay = await startCryptopayFake({ retryMs: 50, deadlineMs: PATIENCE });
  bed.bench.t.after(() => cryptopay.stop({ check: false }));
  await bed.server.stop();
  Object.assign(bed.env, cryptopay.env);
  bed.server = await bed.bench.serve({ env: bed.env });
  cryptopay.webhookUrl = `${bed.server.url}/webhooks/cryptobot`;
  const api = await bed.api(1);
  const page = await bed.open({ as: 1 });
  await page.context().route('https://t.me/**', (route) => route.fulfill({ contentType: 'text/html', body: '<title>Telegram</title>' }));
  await page.goto(`${bed.server.url}/#/me/premium`);
  await bed.press(page.locator('.row').filter({ hasText: t('plan.months', { n: 1 }) }));
  await bed.press(sheet(page).getByRole('button', { name: new RegExp(`^${t('web.pay.balance')}`) }));
  await bed.press(sheet(page).getByRole('button', { name: t('web.premium.buy'), exact: true }));
  await bed.told(page, t('web.error.insufficient_funds'), { bad: true });
  const crypto = sheet(page).getByRole('button', { name: new RegExp(`^${t('web.pay.cryptobot')}.*USDT`) });
  cryptopay.fault({ on: 'createInvoice', kind: 'error', status: 400, body: { ok: false, error: { code: 400, name: 'ASSET_INVALID' } } });
  await bed.press(crypto);
  await bed.told(page, t('web.pay.not_paid'), { bad: true });

  const [popup] = await Promise.all([page.context().waitForEvent('page'), bed.press(crypto)]);
  const invoice = await cryptopay.ordered();
  await popup.waitForURL(invoice.bot_invoice_url);
  await popup.close();
  await sheet(page).getByText(t('web.pay.waiting')).waitFor();
  assert.equal((await api.get('/v1/me')).json.tier, 'trial', 'an open invoice is no payment');
  await cryptopay.pay(invoice.invoice_id);
  await sheet(page).waitFor({ state: 'detached' });
  await page.getByRole('heading', { name: t('web.premium.have') }).waitFor();
  await page.getByText(t('web.premium.by_none')).waitFor();
  const { periods } = (await api.get('/v1/subscription')).json;
  assert.equal(await page.locator('.section').filter({ hasText: t('web.premium.periods') }).locator('.row').count(), periods.length);
  await bed.accessible(page, 'Premium');
  await cryptopay.stop();
});

flow('the wallet’s history: every posting with its amount and its reason, the newest first, page after page', { sample: ['touch ru light', 'keyboard en dark', 'mouse ru dark'] }, async (bed) => {
  const { t } = bed;
  const POSTINGS = 103; // the page asks for a hundred at a time
  const api = await bed.api(1);
  const admin = await bed.api(2, ['--admin']);
  const { id } = (await api.get('/v1/me')).json;
  const adjust = async (amount, reason) => expectStatus(await admin.post(`/v1/admin/users/${id}/adjust`, { amount, reason }), 201);
  await adjust(POSTINGS * 100, 'the first');
  for (let n = 2; n < POSTINGS; n += 10) await Promise.all(Array.from({ length: Math.min(10, POSTINGS - n) }, () => adjust(-100, 'one of many')));
  await adjust(-50, 'the last');
  const page = await bed.open({ as: 1 });
  await bed.press(page.locator('.tabs').getByRole('link', { name: t('web.tab.me') }));
  await bed.press(page.getByRole('link', { name: t('web.balance.title') }));
  const rows = page.locator('.section').filter({ hasText: t('web.balance.history') }).locator('.row');
  await bed.until(async () => (await rows.count()) === POSTINGS, async () => `${await rows.count()} rows`);
  const amount = (row) => row.locator('.row-value').textContent();
  assert.match(await amount(rows.first()), /^[-−]₽?0[,.]5/);
  assert.match(await rows.first().innerText(), /the last/);
  assert.match(await amount(rows.last()), /^\+₽?103\D*$/);
  assert.match(await rows.last().innerText(), new RegExp(`^${t('web.posting.adjustment')}[^]*the first`));
  assert.match(await page.locator('.sum').textContent(), /^₽?1[,.]5/, 'what they come to: 103 - 101 - 0.5');
  await bed.accessible(page, 'the history');
});

browserTest('amounts have the digits that the server’s settings give their currency', { env: { HABITD_SANDBOX_PAYMENTS: 'page' } }, async (bed) => {
  await bed.server.stop();
  writeFileSync(path.join(bed.bench.dir, 'habitd.toml'), '[[plans]]\nname = "month"\nmonths = 1\n[plans.prices]\nRUB = 29900\n[currencies]\nRUB = 3\n', { mode: 0o600 });
  bed.server = await bed.bench.serve({ env: bed.env });
  const api = await bed.api(1);
  assert.deepEqual((await api.get('/v1/plans')).json.currencies.find((c) => c.currency === 'RUB'), { currency: 'RUB', digits: 3 });
  const page = await bed.open({ as: 1 });
  await page.goto(`${bed.server.url}/#/me/premium`);
  await page.locator('.row-value').filter({ hasText: '29.9' }).first().waitFor();
  const admin = await bed.api(2, ['--admin']);
  const { id } = (await api.get('/v1/me')).json;
  await admin.post(`/v1/admin/users/${id}/adjust`, { amount: 1234, reason: 'a test' });
  const operator = await bed.open({ at: '/admin' });
  await operator.goto(await bed.signInLink(2, ['--admin']));
  await operator.locator('.console main').waitFor();
  await operator.goto(`${bed.server.url}/admin#/users/${id}`);
  await operator.locator('.facts').getByText('1.234').waitFor();
});

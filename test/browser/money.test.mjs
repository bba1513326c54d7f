// Money in the Mini App: a card that needs an address for its receipt, and what is to be charged again.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { startYookassaFake } from '../blackbox/yookassa_fake.mjs';
import { browserTest } from './bed.mjs';

const sheet = (page) => page.getByRole('dialog');

/** The server again, with a shop that has a cash register. */
async function shop(bed) {
  const yookassa = await startYookassaFake({ retryMs: 50, receipts: true });
  bed.bench.t.after(() => yookassa.stop({ check: false }));
  await bed.server.stop();
  Object.assign(bed.env, yookassa.env, { YOOKASSA_VAT_CODE: '1' });
  bed.server = await bed.bench.serve({ env: bed.env });
  yookassa.webhookUrl = `${bed.server.url}/webhooks/yookassa`;
  return yookassa;
}

for (const options of [{ way: 'touch', lang: 'ru', theme: 'dark', size: { width: 320, height: 640 } }, { way: 'keyboard' }, { way: 'mouse', theme: 'dark' }]) {
  browserTest('a plan by card: where the receipt goes is asked once, renewal is chosen, digits are the server’s', options, async (bed) => {
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
}

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

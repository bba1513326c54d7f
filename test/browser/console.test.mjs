// The console as operators use it: by mouse, by keyboard alone and by touch; what the server has afterwards, and what others see.
import assert from 'node:assert/strict';
import { expectStatus } from '../blackbox/api.mjs';
import { browserTest, flow } from './bed.mjs';
import { openConsole, SANDBOX, section, sheet } from './console.mjs';

flow('an operator finds a person, corrects the wallet, gives a period and takes it back, and reads who did it', { env: SANDBOX }, async (bed) => {
  const { t } = bed;
  const admin = await bed.api(1, ['--admin']);
  const person = await bed.api(1002);
  const { id } = (await person.get('/v1/me')).json;
  const page = await openConsole(bed);
  const act = async (button, yes = button) => {
    await bed.press(page.getByRole('button', { name: button, exact: true }));
    const go = sheet(page).getByRole('button', { name: yes, exact: true });
    assert.ok(await go.isDisabled(), 'nothing happens without a reason');
    return async (fill = async () => {}) => {
      await fill();
      await bed.type(sheet(page).getByLabel(t('console.reason'), { exact: true }), 'a <b>letter</b>');
      await bed.press(go);
      await sheet(page).waitFor({ state: 'detached' });
    };
  };

  await section(bed, page, 'console.users');
  await bed.type(page.getByLabel(t('console.search_for'), { exact: true }), '1002');
  await bed.press(page.getByRole('button', { name: t('console.search'), exact: true }));
  await bed.until(async () => (await page.locator('tbody tr').count()) === 1, 'the one who was looked for');
  await bed.press(page.locator('tbody a'));
  await page.locator('.facts').waitFor();

  await (await act(t('console.adjust')))(() => bed.type(sheet(page).getByLabel(new RegExp(`^${t('console.amount')}`)), '12,50'));
  assert.equal((await person.get('/v1/balance')).json.amount, 1250);
  await page.locator('tbody tr').filter({ hasText: 'a <b>letter</b>' }).waitFor();
  await (await act(t('console.grant')))();
  const granted = (await person.get('/v1/subscription')).json;
  assert.equal(granted.plan, 'granted');
  await (await act(t('console.revoke')))();
  await page.locator('.row .state.bad').first().waitFor();
  assert.equal((await admin.get(`/v1/admin/users/${id}`)).json.subscription.periods[0].status, 'revoked');
  await (await act(t('console.block')))();
  await page.getByRole('button', { name: t('console.unblock'), exact: true }).waitFor();
  assert.equal((await admin.get(`/v1/admin/users/${id}`)).json.blocked, true);
  expectStatus(await person.get('/v1/me'), 401);
  await (await act(t('console.unblock')))();
  await page.getByRole('button', { name: t('console.block'), exact: true }).waitFor();
  assert.equal((await admin.get(`/v1/admin/users/${id}`)).json.blocked, false);

  await bed.press(page.locator('main').getByRole('link', { name: t('console.audit'), exact: true }));
  await page.locator('tbody tr').filter({ hasText: 'a <b>letter</b>' }).first().waitFor();
  await bed.accessible(page, 'the audit trail');
});

flow('a payment: its events, a part of it given back, and no more than there is', { sample: ['mouse en light', 'keyboard ru dark'], env: SANDBOX }, async (bed) => {
  const { t } = bed;
  const admin = await bed.api(1, ['--admin']);
  const person = await bed.api(1002);
  expectStatus(await person.post('/v1/payments', { provider: 'sandbox', purpose: 'subscription', plan: 'month' }), 201);
  const page = await openConsole(bed);
  await section(bed, page, 'console.payments');
  await bed.select(page.getByLabel(t('console.provider'), { exact: true }), 'sandbox');
  await bed.press(page.locator('tbody a').first());
  await page.locator('.timeline li').first().waitFor();
  await bed.press(page.getByRole('button', { name: t('console.refund'), exact: true }));
  await bed.type(sheet(page).getByLabel(new RegExp(`^${t('console.amount')}`)), '99999999');
  await sheet(page).getByText(t('console.refund_wrong')).waitFor();
  await bed.type(sheet(page).getByLabel(new RegExp(`^${t('console.amount')}`)), '1');
  await bed.type(sheet(page).getByLabel(t('console.reason'), { exact: true }), 'a complaint');
  await bed.press(sheet(page).locator('footer .danger'));
  await sheet(page).waitFor({ state: 'detached' });
  await page.locator('.facts').getByText(t('console.is.partially_refunded')).waitFor();
  const [payment] = (await admin.get('/v1/admin/payments?provider=sandbox')).json.items;
  assert.equal(payment.refunded, 100);
  await bed.accessible(page, 'a payment');
});

flow('a dispute is opened and won: the period stops, and comes back', { sample: ['touch ru dark'], env: SANDBOX }, async (bed) => {
  const { t } = bed;
  const admin = await bed.api(1, ['--admin']);
  const person = await bed.api(1002);
  expectStatus(await person.post('/v1/payments', { provider: 'sandbox', purpose: 'subscription', plan: 'month' }), 201);
  const [payment] = (await admin.get('/v1/admin/payments?provider=sandbox')).json.items;
  const page = await openConsole(bed);
  await page.goto(`${bed.server.url}/admin#/payments/${payment.id}`);
  const record = async (turn) => {
    await bed.press(page.getByRole('button', { name: t('console.dispute'), exact: true }));
    await bed.select(sheet(page).getByLabel(t('console.dispute_turn'), { exact: true }), turn);
    await bed.type(sheet(page).getByLabel(t('console.reason'), { exact: true }), 'a letter of the bank');
    await bed.press(sheet(page).getByRole('button', { name: t('console.dispute_record'), exact: true }));
    await sheet(page).waitFor({ state: 'detached' });
  };
  await record('opened');
  await page.locator('.facts').getByText(t('console.is.disputed')).waitFor();
  assert.equal((await person.get('/v1/subscription')).json.periods[0].status, 'suspended');
  await record('won');
  await page.locator('.facts').getByText(t('console.is.succeeded')).waitFor();
  assert.equal((await person.get('/v1/subscription')).json.periods[0].status, 'active');
  await bed.accessible(page, 'a disputed payment');
});

flow('everybody’s subscriptions, invitations and broadcasts; a reward is approved; an alert leads to what was logged then', { sample: ['mouse ru dark', 'touch en light'] }, async (bed) => {
  const { t } = bed;
  const admin = await bed.api(1, ['--admin']);
  const ids = [];
  for (const n of [1001, 1002, 1003]) ids.push((await (await bed.api(n)).get('/v1/me')).json.id);
  const sql = (text) => bed.bench.db.sql(text);
  const now = Date.now();
  for (const [i, status] of ['held', 'rejected'].entries())
    await sql(`INSERT INTO referrals (referred_id, referrer_id, status, reward, reasons, approved, created_at, updated_at)
      VALUES (${bed.uuid(ids[i + 1])}, ${bed.uuid(ids[0])}, '${status}', 0, 'same_payer', ${bed.no}, ${bed.at(now)}, ${bed.at(now)})`);
  await sql(`INSERT INTO broadcasts (user_id, id, body, status, people, queued, sent, failed, created_at, updated_at)
    VALUES (${bed.uuid(ids[0])}, ${bed.uuid('0192f0c1-2b7e-7c3d-9a51-3f6c2b1d0e50')}, 'Hello <b>all</b>', 'done', 7, 7, 6, 1, ${bed.at(now)}, ${bed.at(now)})`);
  await sql(`INSERT INTO admin_alerts (id, fingerprint, severity, status, title, detail, occurrences, first_seen_at, last_seen_at, created_at)
    VALUES (${bed.uuid('0192f0c1-2b7e-7c3d-9a51-3f6c2b1d0e51')}, 'books', 'critical', 'open', 'The books', 'wallet 3', 2, ${bed.at(now - 3600e3)}, ${bed.at(now - 3500e3)}, ${bed.at(now - 3600e3)})`);
  for (const [i, ms] of [now - 3550e3, now - 7200e3].entries())
    await sql(`INSERT INTO system_logs (created_at, id, level, source, fingerprint, message, context)
      VALUES (${bed.at(ms)}, ${bed.uuid(`0192f0c1-2b7e-7c3d-9a51-3f6c2b1d0e6${i}`)}, 'error', 'books.c', '1:000000000000000${i}', '${['in time', 'long before'][i]}', NULL)`);
  const page = await openConsole(bed);

  await section(bed, page, 'console.subscriptions');
  await page.locator('tbody tr').nth(3).waitFor();
  await bed.select(page.getByLabel(t('console.state'), { exact: true }), 'past_due');
  await page.getByText(t('console.nothing')).waitFor();

  await section(bed, page, 'console.broadcasts');
  await page.getByText('Hello <b>all</b>').waitFor();

  await section(bed, page, 'console.referrals');
  await page.locator('tbody tr').waitFor();
  assert.equal(await page.locator('tbody tr').count(), 1, 'first what waits');
  await bed.press(page.getByRole('button', { name: t('console.approve'), exact: true }));
  await bed.type(sheet(page).getByLabel(t('console.reason'), { exact: true }), 'a couple');
  await bed.press(sheet(page).getByRole('button', { name: t('console.approve'), exact: true }));
  await page.getByText(t('console.nothing')).waitFor();
  assert.equal((await admin.get('/v1/admin/referrals?status=pending')).json.items[0].referred_id, ids[1]);
  await bed.select(page.getByLabel(t('console.state'), { exact: true }), 'all');
  await page.locator('tbody tr').nth(1).waitFor();

  await section(bed, page, 'console.alerts');
  await bed.press(page.getByRole('link', { name: t('console.logs_of_alert'), exact: true }));
  await page.getByText('in time').waitFor();
  assert.equal(await page.getByText('long before').count(), 0);
  const from = page.getByLabel(t('console.from'), { exact: true });
  await from.fill(new Date(now - 8000e3).toISOString().slice(0, 16));
  await bed.press(page.getByRole('button', { name: t('console.search'), exact: true }));
  await page.getByText('long before').waitFor();
});

flow('alerts are taken up, silenced and resolved; a held reward is refused; each with a reason', { sample: ['keyboard ru light', 'touch en dark'] }, async (bed) => {
  const { t } = bed;
  const admin = await bed.api(1, ['--admin']);
  const [one, two] = [await bed.api(1001), await bed.api(1002)];
  const ids = [];
  for (const api of [one, two]) ids.push((await api.get('/v1/me')).json.id);
  const sql = (text) => bed.bench.db.sql(text);
  await sql(`INSERT INTO admin_alerts (id, fingerprint, severity, status, title, detail, occurrences, first_seen_at, last_seen_at, created_at)
    VALUES (${bed.uuid('0192f0c1-2b7e-7c3d-9a51-3f6c2b1d0e50')}, 'books', 'critical', 'open', 'The <i>books</i>', 'wallet 3', 2, ${bed.at()}, ${bed.at()}, ${bed.at()})`);
  await sql(`INSERT INTO referrals (referred_id, referrer_id, status, reward, reasons, approved, created_at, updated_at)
    VALUES (${bed.uuid(ids[0])}, ${bed.uuid(ids[1])}, 'held', 0, 'same_payer', ${bed.no}, ${bed.at()}, ${bed.at()})`);
  const page = await openConsole(bed);
  await page.locator('.figure.attention').nth(1).waitFor();
  const reason = async (button) => {
    await bed.press(page.getByRole('button', { name: button, exact: true }));
    await bed.type(sheet(page).getByLabel(t('console.reason'), { exact: true }), 'looked at');
    await bed.press(sheet(page).getByRole('button', { name: button, exact: true }));
    await sheet(page).waitFor({ state: 'detached' });
  };
  await section(bed, page, 'console.alerts');
  await page.getByText('The <i>books</i>').waitFor();
  for (const [key, status] of [['console.acknowledge', 'acknowledged'], ['console.silence', 'silenced']]) {
    await reason(t(key));
    await page.locator('td').getByText(t(`console.is.${status}`)).waitFor();
  }
  await reason(t('console.resolve'));
  await page.getByText('The <i>books</i>').waitFor({ state: 'detached' });
  assert.equal((await admin.get('/v1/admin/alerts?resolved=true')).json.items[0].status, 'resolved');
  await section(bed, page, 'console.referrals');
  await reason(t('console.reject'));
  await page.getByText(t('console.nothing')).waitFor();
  assert.equal((await admin.get('/v1/admin/audit?operation=referral.review')).json.items[0].detail.reason, 'looked at');

  await page.goto(`${bed.server.url}/admin#/users/${(await admin.get('/v1/me')).json.id}`);
  const block = async (why) => {
    await bed.type(sheet(page).getByLabel(t('console.reason'), { exact: true }), why);
    await bed.press(sheet(page).getByRole('button', { name: t('console.block'), exact: true }));
  };
  await bed.press(page.getByRole('button', { name: t('console.block'), exact: true }));
  await block('looked at');
  await bed.told(page, t('console.error.oneself'), { bad: true });
  await block('ы'.repeat(400)); // 800 bytes
  await bed.told(page, t('web.error.field', { field: t('console.reason'), rule: t('web.rule.text') }), { bad: true });
});

flow('the doctor is sent for from the console', { sample: ['keyboard en dark', 'touch ru light'] }, async (bed) => {
  const { t } = bed;
  const page = await openConsole(bed);
  await section(bed, page, 'console.database');
  await page.getByText(t('console.doctor_never')).waitFor();
  await bed.press(page.getByRole('button', { name: t('console.doctor_run'), exact: true }));
  await page.getByText(t('console.is.sound'), { exact: true }).waitFor();
  await bed.accessible(page, 'the database');
});

browserTest('who is no admin sees nothing of it', {}, async (bed) => {
  const page = await bed.open({ at: '/admin' });
  await page.getByText(bed.t('console.signin')).waitFor();
  const mine = await bed.open({ as: 1002 });
  assert.equal(await mine.evaluate(() => document.body.innerText.includes('admin')), false);
  const person = await bed.api(1002);
  for (const route of ['users', 'payments', 'alerts', 'audit', 'referrals', 'outbox', 'inbox']) expectStatus(await person.get(`/v1/admin/${route}`), 404);
});

browserTest('an operator whose sessions are ended elsewhere has to sign in again', { way: 'keyboard', theme: 'dark' }, async (bed) => {
  const page = await openConsole(bed);
  await page.locator('.figure').first().waitFor();
  await (await bed.api(1, ['--admin'])).del('/v1/sessions');
  await section(bed, page, 'console.users');
  await page.getByText(bed.t('console.signin')).waitFor();
  assert.equal(await page.evaluate(() => localStorage.getItem('habitd.console')), null);
});

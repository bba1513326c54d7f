// The console as operators use it: by mouse, by keyboard alone and by touch; what the server has afterwards, and what others see.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { expectStatus } from '../blackbox/api.mjs';
import { browserTest, ways } from './bed.mjs';

const sheet = (page) => page.getByRole('dialog');
const SANDBOX = { HABITD_SANDBOX_PAYMENTS: 'instant' };

async function openConsole(bed, { id = 1, args = ['--admin'] } = {}) {
  const page = await bed.open({ at: new URL(await bed.signInLink(id, args)).pathname });
  await page.goto(await bed.signInLink(id, args));
  await page.locator('.console main').waitFor();
  assert.equal(new URL(page.url()).hash, '', 'the code is still in the address');
  const language = page.getByLabel(bed.t('console.language'));
  if ((await page.evaluate(() => document.documentElement.lang)) !== bed.lang) await bed.select(language, bed.lang);
  return page;
}

const section = (bed, page, key) => bed.press(page.getByRole('navigation').getByRole('link', { name: bed.t(key), exact: true }));

for (const options of ways()) {
  browserTest('an operator finds a person, corrects the wallet, gives a period and takes it back, and reads who did it', { ...options, env: SANDBOX }, async (bed) => {
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
}

browserTest('a payment: its events, a part of it given back, and no more than there is', { env: SANDBOX }, async (bed) => {
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

browserTest('a dispute is opened and won: the period stops, and comes back', { way: 'touch', lang: 'ru', theme: 'dark', env: SANDBOX }, async (bed) => {
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

browserTest('everybody’s subscriptions, invitations and broadcasts; a reward is approved; an alert leads to what was logged then', {}, async (bed) => {
  const { t } = bed;
  const admin = await bed.api(1, ['--admin']);
  const ids = [];
  for (const n of [1001, 1002, 1003]) ids.push((await (await bed.api(n)).get('/v1/me')).json.id);
  const sqlite = bed.bench.engine === 'sqlite';
  const sql = (text) => bed.bench.db.sql(text);
  const id = (uuid) => (sqlite ? `x'${uuid.replace(/-/g, '')}'` : `'${uuid}'`);
  const at = (ms) => (sqlite ? String(ms) : `to_timestamp(${ms / 1000})`);
  const now = Date.now();
  for (const [i, status] of ['held', 'rejected'].entries())
    await sql(`INSERT INTO referrals (referred_id, referrer_id, status, reward, reasons, approved, created_at, updated_at)
      VALUES (${id(ids[i + 1])}, ${id(ids[0])}, '${status}', 0, 'same_payer', ${sqlite ? '0' : 'false'}, ${at(now)}, ${at(now)})`);
  await sql(`INSERT INTO broadcasts (user_id, id, body, status, people, queued, sent, failed, created_at, updated_at)
    VALUES (${id(ids[0])}, ${id('0192f0c1-2b7e-7c3d-9a51-3f6c2b1d0e50')}, 'Hello <b>all</b>', 'done', 7, 7, 6, 1, ${at(now)}, ${at(now)})`);
  await sql(`INSERT INTO admin_alerts (id, fingerprint, severity, status, title, detail, occurrences, first_seen_at, last_seen_at, created_at)
    VALUES (${id('0192f0c1-2b7e-7c3d-9a51-3f6c2b1d0e51')}, 'books', 'critical', 'open', 'The books', 'wallet 3', 2, ${at(now - 3600e3)}, ${at(now - 3500e3)}, ${at(now - 3600e3)})`);
  for (const [i, ms] of [now - 3550e3, now - 7200e3].entries())
    await sql(`INSERT INTO system_logs (created_at, id, level, source, fingerprint, message, context)
      VALUES (${at(ms)}, ${id(`0192f0c1-2b7e-7c3d-9a51-3f6c2b1d0e6${i}`)}, 'error', 'books.c', '1:000000000000000${i}', '${['in time', 'long before'][i]}', NULL)`);
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

browserTest('every figure of the overview leads to the rows it counts', { env: SANDBOX }, async (bed) => {
  const { t } = bed;
  await bed.bench.must(['demo', '--users', '5', '--days', '20'], { env: bed.env });
  const admin = await bed.api(1, ['--admin']);
  const ids = [];
  for (const n of [900000001, 900000002]) {
    const person = await bed.api(n);
    ids.push((await person.get('/v1/me')).json.id);
    expectStatus(await person.post('/v1/payments', { provider: 'sandbox', purpose: 'topup', amount: 10000 }), 201);
  }
  const [payment] = (await admin.get('/v1/admin/payments')).json.items;
  expectStatus(await admin.post(`/v1/admin/payments/${payment.id}/dispute`, { turn: 'opened', reason: 'a letter' }), 200);
  const sqlite = bed.bench.engine === 'sqlite';
  const id = (uuid) => (sqlite ? `x'${uuid.replaceAll('-', '')}'` : `'${uuid}'`);
  const now = sqlite ? String(Date.now()) : 'now()';
  await bed.bench.db.sql(`INSERT INTO referrals (referrer_id, referred_id, status, reward, reasons, approved, created_at, updated_at)
    VALUES (${id(ids[0])}, ${id(ids[1])}, 'held', 0, 'same_payer', ${sqlite ? '0' : 'false'}, ${now}, ${now})`);
  const page = await openConsole(bed);
  const overview = async () => {
    await page.goto(`${bed.server.url}/admin#/`);
    await page.locator('.figures').nth(1).waitFor();
    await page.locator('.skeleton').first().waitFor({ state: 'detached' });
  };
  await overview();
  const count = await page.locator('a.figure').count();
  assert.ok(count >= 11, `${count} figures`);
  const said = await page.locator('a.figure').evaluateAll((all) => all.map((a) => [a.querySelector('b').textContent, a.querySelector('span').textContent]));
  const waiting = [t('console.figure.alerts'), t('console.figure.referrals'), t('console.figure.unknown'), t('console.figure.disputed'), t('console.figure.pending')];
  assert.deepEqual(said.slice(0, 5).map(([, name]) => name), waiting);
  assert.deepEqual(['1', '1'], [said[1][0], said[3][0]], 'a referral and a dispute wait');
  for (const [i, [value, name]] of said.entries()) {
    await overview();
    await bed.press(page.locator('a.figure').nth(i));
    if (value === '0' && i < 5) await page.getByText(t('console.nothing')).waitFor();
    else await page.locator('tbody tr').first().waitFor();
    if (i < 5) assert.equal(await page.locator('tbody tr').count(), Number(value), name);
  }
  for (const key of ['console.active', 'console.cohorts']) {
    await overview();
    await bed.press(page.getByRole('heading').getByRole('link', { name: t(key), exact: true }));
    await page.locator('tbody tr').first().waitFor();
  }
});

browserTest('the log and the audit trail show what their filters ask for', { way: 'touch', lang: 'ru' }, async (bed) => {
  const { t } = bed;
  const { id } = (await (await bed.api(1002)).get('/v1/me')).json;
  const admin = await bed.api(1, ['--admin']);
  expectStatus(await admin.post(`/v1/admin/users/${id}/block`, { reason: 'test' }), 200);
  const sqlite = bed.bench.engine === 'sqlite';
  for (const [i, [level, source]] of [['warn', 'sender.c'], ['error', 'sender.c'], ['error', 'caller.c']].entries())
    await bed.bench.db.sql(`INSERT INTO system_logs (created_at, id, level, source, fingerprint, message) VALUES
      (${sqlite ? `${Date.now()}, x'${`0${i + 1}`.repeat(16)}'` : `now(), '${`0${i + 1}`.repeat(16)}'`}, '${level}', '${source}', '1:${i}', 'event ${i}')`);
  const page = await openConsole(bed);
  const events = () => page.locator('tbody td b').allTextContents();
  await section(bed, page, 'console.logs');
  await bed.until(async () => (await events()).filter((e) => e.startsWith('event')).length === 3, 'all events');
  const levels = page.locator('.filters .segmented');
  assert.deepEqual(await levels.locator('label').allTextContents(), [t('console.all'), t('console.is.warning'), t('console.is.error')], 'what is never stored is not offered');
  await bed.press(levels.locator('label').nth(2));
  await bed.until(async () => (await events()).sort().join() === 'event 1,event 2', 'the errors');
  await bed.type(page.getByLabel(t('console.source'), { exact: true }), 'caller.c');
  await bed.press(page.getByRole('button', { name: t('console.search'), exact: true }));
  await bed.until(async () => (await events()).join() === 'event 2', 'those of one source');

  await section(bed, page, 'console.audit');
  await page.locator('tbody tr').first().waitFor();
  await bed.type(page.getByLabel(t('console.operation'), { exact: true }), 'admin.block');
  await bed.press(page.getByRole('button', { name: t('console.search'), exact: true }));
  await bed.until(async () => (await page.locator('tbody tr').count()) === 1, 'the one deed');
  assert.match(await page.locator('tbody tr').innerText(), /admin\.block/);
});

browserTest('the doctor is sent for from the console', { way: 'keyboard', theme: 'dark' }, async (bed) => {
  const { t } = bed;
  const page = await openConsole(bed);
  await section(bed, page, 'console.database');
  await page.getByText(t('console.doctor_never')).waitFor();
  await bed.press(page.getByRole('button', { name: t('console.doctor_run'), exact: true }));
  await page.getByText(t('console.is.sound'), { exact: true }).waitFor();
  await bed.accessible(page, 'the database');
});

for (const options of ways()) {
  browserTest('a table is sorted by the server: what no page had shown comes first, page after page, and the CSV has that order', options, async (bed) => {
    const { t } = bed;
    for (let id = 100; id < 155; id++) await bed.api(id);
    const page = await openConsole(bed);
    await section(bed, page, 'console.users');
    await page.locator('tbody tr').nth(49).waitFor();
    const ids = () => page.locator(`td[data-name="${t('console.telegram_id')}"]`).allTextContents();
    const since = page.getByRole('columnheader', { name: t('console.since'), exact: true });
    const ordered = async (how) => assert.equal(await since.getAttribute('aria-sort'), how);
    await ordered('descending');
    const oldest = [...Array.from({ length: 55 }, (_, i) => 100 + i), 1].map(String);
    assert.deepEqual(await ids(), [...oldest].reverse().slice(0, 50));
    assert.equal(await page.locator('th button').count(), 1, 'only what the server can sort by is a button');

    await bed.press(since.getByRole('button'));
    await bed.until(async () => (await ids())[0] === '100', 'the oldest first');
    await ordered('ascending');
    assert.deepEqual(await ids(), oldest.slice(0, 50));
    await bed.press(page.getByRole('button', { name: t('console.more'), exact: true }));
    await page.locator('tbody tr').nth(55).waitFor();
    assert.deepEqual(await ids(), oldest);
    const [download] = await Promise.all([page.waitForEvent('download'), bed.press(page.getByRole('button', { name: t('console.export'), exact: true }))]);
    const lines = readFileSync(await download.path(), 'utf8').trim().split('\r\n');
    assert.deepEqual(lines.slice(1).map((line) => line.split(',')[2]), oldest, 'all of them, in the order of the table');

    await page.reload();
    await page.locator('tbody tr').first().waitFor();
    await ordered('ascending');
    await bed.type(page.getByLabel(t('console.search_for'), { exact: true }), '120');
    await bed.press(page.getByRole('button', { name: t('console.search'), exact: true }));
    await bed.until(async () => (await ids()).join() === '120', 'the one who was looked for');
    await ordered('ascending');
    await bed.accessible(page, 'a sorted table');
  });
}

browserTest('a filter and an order leave in the CSV what they leave in the table', { env: SANDBOX }, async (bed) => {
  const { t } = bed;
  const admin = await bed.api(1, ['--admin']);
  for (const [id, amounts] of [[1001, [30000, 10000]], [1002, [20000]]]) {
    const person = await bed.api(id);
    for (const amount of amounts) expectStatus(await person.post('/v1/payments', { provider: 'sandbox', purpose: 'topup', amount }), 201);
  }
  const { id } = (await (await bed.api(1001)).get('/v1/me')).json;
  expectStatus(await admin.post(`/v1/admin/users/${id}/adjust`, { amount: 5, reason: 'test' }), 201);
  const page = await openConsole(bed);
  const csv = async () => {
    const [download] = await Promise.all([page.waitForEvent('download'), bed.press(page.getByRole('button', { name: t('console.export'), exact: true }).first())]);
    return readFileSync(await download.path(), 'utf8').replace('\ufeff', '').trim().split('\r\n').map((line) => line.split(','));
  };
  const amounts = async () => {
    const [head, ...rows] = await csv();
    return rows.map((r) => Number(r[head.indexOf(t('console.amount'))]));
  };
  const cells = () => page.locator('tbody tr').count();
  const sortBy = (key) => bed.press(page.getByRole('columnheader', { name: t(key), exact: true }).getByRole('button'));

  await section(bed, page, 'console.payments');
  await bed.until(async () => (await cells()) === 3, 'the payments');
  await sortBy('console.amount');
  await page.locator('th[aria-sort="descending"]').getByText(t('console.amount')).waitFor();
  assert.deepEqual(await amounts(), [30000, 20000, 10000]);
  await sortBy('console.amount');
  await page.locator('th[aria-sort="ascending"]').waitFor();
  assert.deepEqual(await amounts(), [10000, 20000, 30000]);
  await page.goto(`${bed.server.url}/admin#/payments?user_id=${id}&sort=amount`);
  await bed.until(async () => (await cells()) === 2, 'the payments of one');
  assert.deepEqual(await amounts(), [10000, 30000]);

  await page.goto(`${bed.server.url}/admin#/users/${id}`);
  await bed.until(async () => (await cells()) === 3, 'the postings');
  await bed.select(page.getByLabel(t('console.kind'), { exact: true }), 'topup');
  await bed.until(async () => (await cells()) === 2, 'the top-ups');
  await sortBy('console.number');
  await page.locator('th[aria-sort="ascending"]').waitFor();
  assert.deepEqual(await amounts(), [30000, 10000]);

  await section(bed, page, 'console.database');
  await bed.until(async () => (await cells()) >= 2, 'the migrations');
  await bed.type(page.getByLabel(t('console.rows_having'), { exact: true }).first(), 'SUPPORT');
  await bed.until(async () => (await cells()) === 1, 'the one migration'); // SQLite has no partitions
  assert.deepEqual((await csv()).slice(1).map((r) => r[1]), ['supporting']);
});

browserTest('the heatmap of cohorts: who came back in the weeks that were, and nothing of those to come', {}, async (bed) => {
  await bed.bench.must(['demo', '--users', '4', '--days', '24'], { env: bed.env });
  const admin = await bed.api(1, ['--admin']);
  const { cohorts } = (await admin.get('/v1/admin/analytics/cohorts')).json;
  const page = await openConsole(bed);
  const rows = page.locator('.heatmap tbody tr');
  await bed.until(async () => (await rows.count()) === cohorts.length, 'every cohort');
  for (const [i, c] of cohorts.entries()) {
    const [people, ...weeks] = await rows.nth(i).locator('td').allTextContents();
    assert.equal(people, String(c.people));
    assert.equal(weeks.length, 8);
    for (const [n, text] of weeks.entries()) {
      const begun = Date.parse(`${c.week}T00:00:00Z`) + (n + 1) * 7 * 86400e3 <= Date.now();
      assert.equal(text, begun ? `${Math.round((c[`week_${n + 1}`] / c.people) * 100)}%` : '', `${c.week} +${n + 1}`);
    }
  }
  assert.ok(cohorts.some((c) => c.week_1 > 0), 'somebody came back');
});

browserTest('figures are tables too, and say when they cannot be had', {}, async (bed) => {
  const page = await openConsole(bed);
  await page.goto(`${bed.server.url}/admin#/figures`);
  await page.locator('tbody tr').first().waitFor();
  await page.goto(`${bed.server.url}/admin#/figures?from=2026-02-01&to=2026-01-01`);
  await page.getByRole('alert').waitFor(); // and not the rows of before
  assert.equal(await page.locator('tbody tr').count(), 0);
});

browserTest('alerts are taken up, silenced and resolved; a held reward is refused; each with a reason', { way: 'keyboard' }, async (bed) => {
  const { t } = bed;
  const admin = await bed.api(1, ['--admin']);
  const [one, two] = [await bed.api(1001), await bed.api(1002)];
  const ids = [];
  for (const api of [one, two]) ids.push((await api.get('/v1/me')).json.id);
  const { sqlite, sql } = { sqlite: bed.bench.engine === 'sqlite', sql: (text) => bed.bench.db.sql(text) };
  const id = (uuid) => (sqlite ? `x'${uuid.replace(/-/g, '')}'` : `'${uuid}'`);
  const now = sqlite ? String(Date.now()) : 'now()';
  await sql(`INSERT INTO admin_alerts (id, fingerprint, severity, status, title, detail, occurrences, first_seen_at, last_seen_at, created_at)
    VALUES (${id('0192f0c1-2b7e-7c3d-9a51-3f6c2b1d0e50')}, 'books', 'critical', 'open', 'The <i>books</i>', 'wallet 3', 2, ${now}, ${now}, ${now})`);
  await sql(`INSERT INTO referrals (referred_id, referrer_id, status, reward, reasons, approved, created_at, updated_at)
    VALUES (${id(ids[0])}, ${id(ids[1])}, 'held', 0, 'same_payer', ${sqlite ? '0' : 'false'}, ${now}, ${now})`);
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
  await page.getByText(t('console.nothing')).waitFor();
  assert.equal((await admin.get('/v1/admin/alerts?resolved=true')).json.items[0].status, 'resolved');
  await section(bed, page, 'console.referrals');
  await reason(t('console.reject'));
  await page.getByText(t('console.nothing')).waitFor();
  assert.equal((await admin.get('/v1/admin/audit?operation=referral.review')).json.items[0].detail.reason, 'looked at');
});

browserTest('who is no admin sees nothing of it', {}, async (bed) => {
  const page = await bed.open({ at: '/admin' });
  await page.getByText(bed.t('console.signin')).waitFor();
  const mine = await bed.open({ as: 1002 });
  assert.equal(await mine.evaluate(() => document.body.innerText.includes('admin')), false);
  const person = await bed.api(1002);
  for (const route of ['users', 'payments', 'alerts', 'audit', 'referrals']) expectStatus(await person.get(`/v1/admin/${route}`), 404);
});

browserTest('an operator whose sessions are ended elsewhere has to sign in again', { way: 'keyboard', theme: 'dark' }, async (bed) => {
  const page = await openConsole(bed);
  await page.locator('.figure').first().waitFor();
  await (await bed.api(1, ['--admin'])).del('/v1/sessions');
  await section(bed, page, 'console.users');
  await page.getByText(bed.t('console.signin')).waitFor();
  assert.equal(await page.evaluate(() => localStorage.getItem('habitd.console')), null);
});

browserTest('every screen of the console: accessible, not too wide, in words of one language', { way: 'touch', size: { width: 320, height: 640 }, lang: 'ru', theme: 'dark', env: SANDBOX }, async (bed) => {
  await bed.bench.must(['demo', '--users', '3', '--days', '10'], { env: bed.env });
  const admin = await bed.api(1, ['--admin']);
  const { id } = (await admin.get('/v1/me')).json;
  await bed.bench.db.sql(`INSERT INTO system_logs (created_at, id, level, source, fingerprint, message, context) VALUES
    (${bed.bench.engine === 'sqlite' ? `${Date.now()}, x'${'01'.repeat(16)}'` : `now(), '${'01'.repeat(16)}'`}, 'error', 'sender.c', '1:0123456789abcdef', 'messages cannot be claimed', '{"code":"unavailable","count":3}')`);
  const page = await openConsole(bed);
  for (const [place, sign] of [['', '.figure'], ['users', 'tbody tr'], [`users/${id}`, '.facts'], ['figures', 'tbody tr'], ['figures?of=cohorts', 'tbody tr'], ['figures?of=retention', 'tbody tr'], ['figures?of=revenue', '.table'], ['payments', '.table'], ['subscriptions', 'tbody tr'], ['broadcasts', '.table'], ['referrals', '.table'], ['referrals?status=all', '.table'], ['alerts', '.table'], ['logs', 'tbody tr'], ['audit', '.table'], ['database', 'tbody tr']]) {
    await page.goto(`${bed.server.url}/admin#/${place}`);
    await page.locator(sign).first().waitFor();
    await page.locator('.skeleton').first().waitFor({ state: 'detached' });
    for (const size of [{ width: 320, height: 640 }, { width: 1280, height: 800 }]) {
      await page.setViewportSize(size);
      for (const theme of ['dark', 'light']) {
        await page.emulateMedia({ colorScheme: theme });
        await bed.accessible(page, `${place || 'overview'} ${theme} ${size.width}`);
      }
    }
    assert.doesNotMatch(await page.locator('main').innerText(), /console\.|undefined|NaN|\[object/);
  }
});

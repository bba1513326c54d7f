// What the console shows in rows: every figure leads to its own, filters, orders and pages are the server's, and the CSV has what the table has.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { expectStatus } from '../blackbox/api.mjs';
import { browserTest, flow } from './bed.mjs';
import { openConsole, SANDBOX, section } from './console.mjs';

const WEEKS = [1, 2, 3, 4, 5, 6, 7, 8];

/** People with these numbers in Telegram, one after the other, before whoever signs in. */
async function people(bed, ids) {
  const uuid = (id) => bed.uuid(`00000000000070008000000000000${id}`);
  const rows = ids.map((id, i) => `(${uuid(id)}, ${id}, 'en', 'UTC', 0, 1, ${bed.no}, 'free', 'code${id}', ${bed.no},
    '2026-11-01', '2026-10-26', ${bed.at(Date.now() - 60_000 + i)}, ${bed.at()})`);
  await bed.bench.db.sql(`INSERT INTO users (id, telegram_id, language_code, timezone, day_starts_at, week_starts_on, notifications_enabled, tier, referral_code, is_admin,
    cohort_day, cohort_week, created_at, updated_at) VALUES ${rows};
    INSERT INTO directory (key, user_id, created_at) VALUES ${ids.map((id) => `('tg:${id}', ${uuid(id)}, ${bed.at()})`)}`);
}

flow('every figure of the overview leads to the rows it counts', { sample: ['keyboard ru dark', 'touch en light'], env: SANDBOX }, async (bed) => {
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
  await bed.bench.db.sql(`INSERT INTO referrals (referrer_id, referred_id, status, reward, reasons, approved, created_at, updated_at)
    VALUES (${bed.uuid(ids[0])}, ${bed.uuid(ids[1])}, 'held', 0, 'same_payer', ${bed.no}, ${bed.at()}, ${bed.at()})`);
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
    if (value === '0') await page.getByText(t('console.nothing')).or(page.locator(i < 5 ? '.nothing' : 'tbody tr')).first().waitFor();
    else await page.locator('tbody tr').first().waitFor();
    if (i < 5) assert.equal(await page.locator('tbody tr').count(), Number(value), name);
  }
  for (const key of ['console.active', 'console.cohorts']) {
    await overview();
    await bed.press(page.getByRole('heading').getByRole('link', { name: t(key), exact: true }));
    await page.locator('tbody tr').first().waitFor();
  }
});

flow('the log and the audit trail show what their filters ask for', { sample: ['touch ru light', 'keyboard en dark', 'mouse en dark'] }, async (bed) => {
  const { t } = bed;
  const { id } = (await (await bed.api(1002)).get('/v1/me')).json;
  const admin = await bed.api(1, ['--admin']);
  expectStatus(await admin.post(`/v1/admin/users/${id}/block`, { reason: 'test' }), 200);
  for (const [i, [level, source]] of [['warn', 'sender.c'], ['error', 'sender.c'], ['error', 'caller.c']].entries())
    await bed.bench.db.sql(`INSERT INTO system_logs (created_at, id, level, source, fingerprint, message) VALUES
      (${bed.at()}, ${bed.uuid(`0${i + 1}`.repeat(16))}, '${level}', '${source}', '1:${i}', 'event ${i}')`);
  const page = await openConsole(bed);
  const events = () => page.locator('tbody td b').allTextContents();
  await section(bed, page, 'console.logs');
  await bed.until(async () => (await events()).filter((e) => e.startsWith('event')).length === 3, 'all events');
  const levels = page.locator('.filters .segmented');
  assert.deepEqual(await levels.locator('label').allTextContents(), [t('console.all'), t('console.is.warning'), t('console.is.error')], 'what is never stored is not offered');
  await bed.choose(levels, t('console.is.error'));
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

flow('a table is sorted by the server: what no page had shown comes first, page after page, and the CSV has that order', {}, async (bed) => {
  const { t } = bed;
  await people(bed, Array.from({ length: 55 }, (_, i) => 100 + i));
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

flow('a filter and an order leave in the CSV what they leave in the table', { sample: ['mouse ru light', 'touch en dark'], env: SANDBOX }, async (bed) => {
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
  const to_come = (c, n) => Date.parse(`${c.week}T00:00:00Z`) + n * 7 * 86400e3 > Date.now();
  const page = await openConsole(bed);
  const rows = page.locator('.heatmap tbody tr');
  await bed.until(async () => (await rows.count()) === cohorts.length, 'every cohort');
  for (const [i, c] of cohorts.entries()) {
    const [people, ...weeks] = await rows.nth(i).locator('td').allTextContents();
    assert.equal(people, String(c.people));
    assert.equal(weeks.length, 8);
    for (const [n, text] of weeks.entries()) {
      assert.equal(text, to_come(c, n + 1) ? '' : `${Math.round((c[`week_${n + 1}`] / c.people) * 100)}%`, `${c.week} +${n + 1}`);
    }
  }
  assert.ok(cohorts.some((c) => c.week_1 > 0), 'somebody came back');

  await page.goto(`${bed.server.url}/admin#/figures?of=cohorts`);
  const table = page.locator('.table tbody tr');
  await bed.until(async () => (await table.count()) === cohorts.length, 'the same as a table');
  const shown = cohorts.map((c) => WEEKS.map((n) => (to_come(c, n) ? '—' : String(c[`week_${n}`]))));
  assert.deepEqual(await Promise.all(cohorts.map(async (_, i) => (await table.nth(i).locator('td').allTextContents()).slice(2))), shown);
  const [download] = await Promise.all([page.waitForEvent('download'), bed.press(page.getByRole('button', { name: bed.t('console.export'), exact: true }))]);
  const lines = readFileSync(await download.path(), 'utf8').trim().split('\r\n').slice(1);
  assert.deepEqual(lines.map((line) => line.split(',').slice(2)), shown.map((weeks) => weeks.map((text) => text.replace('—', ''))), 'and in the CSV nothing');
  await page.goto(`${bed.server.url}/admin#/figures?of=retention`);
  const last = page.getByRole('cell').and(page.locator(`[data-name="${bed.t('console.after.d30')}"]`)).last();
  await last.waitFor();
  assert.equal(await last.textContent(), '—', 'thirty days after yesterday are not over');
});

flow('figures are tables too, one kind after the other, and say when they cannot be had', { sample: ['keyboard ru light'], env: SANDBOX }, async (bed) => {
  const { t } = bed;
  await bed.api(1001);
  const page = await openConsole(bed);
  await page.goto(`${bed.server.url}/admin#/figures`);
  await page.locator('tbody tr').first().waitFor();
  const kinds = page.getByRole('group', { name: t('console.figures') });
  for (const [key, sign] of [['console.cohorts', 'console.week.1'], ['console.retention', 'console.after.d1'], ['console.revenue', null], ['console.days', 'console.active']]) {
    await bed.choose(kinds, t(key)); // whose focus stays where it is
    await page.getByRole('heading', { name: t(key), exact: true }).waitFor();
    await (sign ? page.getByRole('columnheader', { name: t(sign), exact: true }) : page.getByText(t('console.nothing'))).waitFor();
    assert.doesNotMatch(await page.locator('.table').innerText(), /undefined|NaN/);
  }
  await page.goto(`${bed.server.url}/admin#/figures?from=2026-02-01&to=2026-01-01`);
  await page.getByRole('alert').waitFor(); // and not the rows of before
  assert.equal(await page.locator('tbody tr').count(), 0);
});

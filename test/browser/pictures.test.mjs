// The pictures in the README: the screens as they are, with demo people. HABITD_PICTURES=DIR keeps them.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { ROOT } from '../blackbox/harness.mjs';
import { expectStatus } from '../blackbox/api.mjs';
import { browserTest, dayBefore, LANGUAGE_OF_PICTURES } from './bed.mjs';

const NAMES = { '🧘': 'Meditate', '🚶': 'Walk', '📚': 'Read', '📱': 'Screen time', '💧': 'Drink water' };
const UNITS = { '🚶': 'steps', '📱': 'min', '💧': 'glasses' };
const READ = '📚';
const APP = [
  { name: 'web-today', way: 'touch', theme: 'light', place: () => '', sign: '.habit' },
  { name: 'web-habit', way: 'touch', theme: 'dark', place: (id) => `habit/${id}`, sign: '.u-wrap' },
  { name: 'web-desktop', way: 'mouse', theme: 'light', place: (id) => `habit/${id}`, sign: '.u-wrap' },
];
const CONSOLE = [
  { name: 'console-overview', size: { width: 1280, height: 1340 } },
  { name: 'console-payment', size: { width: 1280, height: 800 } },
];
const env = { HABITD_DEMO_SIGN_IN: '1', HABITD_SANDBOX_PAYMENTS: 'instant' };

async function keep(bed, page, name) {
  await bed.accessible(page, name);
  const picture = await page.screenshot();
  assert.deepEqual([...picture.subarray(1, 4)], [...Buffer.from('PNG')]);
  if (!process.env.HABITD_PICTURES) return;
  mkdirSync(process.env.HABITD_PICTURES, { recursive: true });
  writeFileSync(path.join(process.env.HABITD_PICTURES, `${name}.png`), picture);
}

for (const shot of APP) {
  browserTest(`a picture: ${shot.name}`, { ...shot, lang: LANGUAGE_OF_PICTURES, env }, async (bed) => {
    await bed.bench.must(['demo', '--users', '1', '--days', '400', '--seed', '3'], { env: bed.env });
    const page = await bed.open();
    await bed.press(page.getByRole('button', { name: bed.t('web.signin.demo') }));
    await page.locator('.habit').first().waitFor();
    const api = await bed.api(900000001);
    await api.patch('/v1/me', { language_code: bed.lang });
    const habits = (await api.get('/v1/habits')).json.items;
    for (const h of habits) expectStatus(await api.patch(`/v1/habits/${h.id}`, { name: NAMES[h.emoji], ...(h.emoji in UNITS ? { unit: UNITS[h.emoji] } : {}) }), 200);
    const { id } = habits.find((h) => h.emoji === READ);
    const { day } = (await api.get('/v1/today')).json;
    for (const [emoji, value] of [['🚶', 8400], ['💧', 8]])
      expectStatus(await api.put(`/v1/habits/${habits.find((h) => h.emoji === emoji).id}/logs/${day}`, { status: 'done', value }), 201);
    for (let n = 1; n <= 12; n++) await api.put(`/v1/habits/${id}/logs/${dayBefore(day, n)}`, { status: 'done' });
    await page.evaluate(() => indexedDB.deleteDatabase('habitd'));
    await page.goto('about:blank');
    await page.goto(`${bed.server.url}/#/${shot.place(id)}`);
    await page.locator(shot.sign).first().waitFor();
    await page.getByText(NAMES[READ], { exact: true }).first().waitFor();
    if (shot.name === 'web-today') {
      await bed.press(page.locator('.habit').filter({ hasText: NAMES[READ] }).locator('.habit-check'));
      await page.locator('.habit.done').filter({ hasText: NAMES[READ] }).waitFor();
      await page.locator('.toast').waitFor({ state: 'detached' });
    }
    await keep(bed, page, shot.name);
  });
}

const before = Date.now() - 2 * 86400e3; // the days that the overview is of end with yesterday

/** People with a past, some of whom paid; one invitation that has to be looked at, and one warning. */
async function liven(bed) {
  await bed.bench.must(['demo', '--users', '90', '--days', '120'], { env });
  const ids = [];
  for (let n = 1; n <= 14; n++) {
    const person = await bed.api(900000000 + n);
    ids.push((await person.get('/v1/me')).json.id);
    const order = n % 3 ? { purpose: 'subscription', plan: n % 2 ? 'month' : 'year' } : { purpose: 'topup', amount: 50000 };
    await person.post('/v1/payments', { provider: 'sandbox', ...order });
  }
  const paid = () => bed.bench.db.sql("SELECT COUNT(*) FROM payments WHERE status = 'succeeded'");
  await bed.until(async () => Number((await paid())[0][0]) === ids.length, 'all have paid');
  await bed.bench.db.sql(`
    INSERT INTO referrals (referred_id, referrer_id, status, reward, reasons, approved, created_at, updated_at)
      VALUES (${bed.uuid(ids[1])}, ${bed.uuid(ids[0])}, 'held', 0, 'same_payer', ${bed.no}, ${bed.at()}, ${bed.at()});
    INSERT INTO admin_alerts (id, fingerprint, severity, status, title, detail, occurrences, first_seen_at, last_seen_at, created_at)
      VALUES (${bed.uuid('0192f0c1-2b7e-7c3d-9a51-3f6c2b1d0e50')}, 'referral.held', 'warning', 'open', 'Rewards wait for review', '', 1, ${bed.at()}, ${bed.at()}, ${bed.at()});
    INSERT INTO deliveries (user_id, kind, ref_id, local_date, occasion, status, due_at, created_at, done_at)
      SELECT h.user_id, 'reminder', h.id, '${new Date(before).toISOString().slice(0, 10)}', 1, 'sent', ${bed.at(before)}, ${bed.at(before)}, ${bed.at(before)} FROM habits h;
    DELETE FROM outbox WHERE channel = 'telegram'`); // nobody is there to send it
  await bed.server.stop(); // and starts in the present, where it counts the days of the past
  delete bed.env.HABITD_NOW;
  bed.server = await bed.bench.serve({ env: bed.env });
}

for (const shot of CONSOLE) {
  const then = { ...env, HABITD_NOW: new Date(before).toISOString() };
  browserTest(`a picture: ${shot.name}`, { ...shot, lang: LANGUAGE_OF_PICTURES, env: then }, async (bed) => {
    await liven(bed);
    const admin = await bed.api(1, ['--admin']);
    await bed.until(async () => (await admin.get('/v1/admin/analytics/overview')).json.days.filter((d) => d.active > 0).length >= 29, 'the days of the past are counted');
    const page = await bed.open({ at: '/admin' });
    await page.goto(await bed.signInLink(1, ['--admin']));
    await page.locator('.figures').first().waitFor();
    if (shot.name === 'console-payment') {
      const [payment] = (await admin.get('/v1/admin/payments?sort=-amount')).json.items;
      expectStatus(await admin.post(`/v1/admin/payments/${payment.id}/refund`, { amount: Math.floor(payment.amount / 200) * 100, reason: 'a complaint' }), 202);
      await bed.until(async () => (await admin.get(`/v1/admin/payments/${payment.id}`)).json.refunded > 0, 'it is given back');
      await page.goto(`${bed.server.url}/admin#/payments/${payment.id}`);
      await page.locator('.timeline li').nth(2).waitFor();
    } else {
      await page.locator('.heatmap tbody tr').first().waitFor();
    }
    await keep(bed, page, shot.name);
  });
}

test('README shows the pictures that are made here, and no other of the pages', () => {
  const shown = [...readFileSync(path.join(ROOT, 'README.md'), 'utf8').matchAll(/docs\/images\/((?:web|console)-\w+)\.png/g)].map((m) => m[1]);
  assert.deepEqual(shown.sort(), [...APP, ...CONSOLE].map((s) => s.name).sort());
});

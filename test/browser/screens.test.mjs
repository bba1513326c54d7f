// Every screen of both pages, and every sheet over them, in both languages and both themes, narrow and wide: accessible, not too wide,
// and in words of one language.
import assert from 'node:assert/strict';
import { expectStatus } from '../blackbox/api.mjs';
import { browserTest, NARROW, SIZES } from './bed.mjs';
import { openConsole, sheet } from './console.mjs';

const THEMES = ['dark', 'light'];
const DEMO = 900000001;

/** Looks at what is shown in both themes; the widths take turns, so that each screen has been seen narrow and wide in either theme. */
async function look(bed, page, what, turn) {
  assert.doesNotMatch(await page.locator('main').innerText(), /(web|console)\.[a-z]|undefined|NaN|\[object/, what);
  for (const [i, theme] of THEMES.entries()) {
    await page.emulateMedia({ colorScheme: theme });
    await page.setViewportSize((i + turn) % 2 ? SIZES.mouse : NARROW);
    await bed.accessible(page, `${what}, ${theme}`);
  }
}

/** places: [address, what is there when it is shown, what opens a sheet over it]. */
async function walk(bed, page, root, places, turn) {
  for (const [place, sign, open] of places) {
    await page.goto(`${bed.server.url}${root}#/${place}`);
    await page.locator(sign).first().waitFor();
    await page.locator('.skeleton').first().waitFor({ state: 'detached' });
    if (!open) {
      await look(bed, page, place || 'the first page', turn);
      continue;
    }
    await page.setViewportSize(bed.size);
    await bed.press(open(page));
    await sheet(page).waitFor();
    await look(bed, page, `a sheet over ${place}`, turn);
    await bed.press(sheet(page).getByRole('button', { name: bed.t('web.close') }));
    await sheet(page).waitFor({ state: 'detached' });
  }
}

for (const [turn, lang] of ['en', 'ru'].entries()) {
  browserTest('every screen of the Mini App', { way: 'touch', lang, env: { HABITD_DEMO_SIGN_IN: '1', HABITD_SANDBOX_PAYMENTS: 'page' } }, async (bed) => {
    const { t } = bed;
    await bed.bench.must(['demo', '--users', '1', '--days', '60'], { env: bed.env });
    const api = await bed.api(DEMO);
    const { id } = (await api.get('/v1/habits')).json.items[0];
    const out = await bed.open();
    await out.locator('.signin .button').waitFor();
    await look(bed, out, 'signing in', turn);
    await out.close();
    const page = await bed.open({ as: DEMO });
    const button = (name) => (p) => p.getByRole('button', { name: t(name), exact: true });
    await walk(bed, page, '/', [
      ['', '.habit'],
      ['', '.habit', (p) => p.locator('.habit-more')],
      [`habit/${id}`, '.u-wrap'],
      [`habit/${id}`, '.u-wrap', button('web.habit.delete')],
      [`habit/${id}/edit`, '.edit'],
      ['habits', '.habit'],
      ['add', '.template'],
      ['me', '.bars'],
      ['me/settings', '.switch'],
      ['me/premium', '.row'],
      ['me/premium', '.row', (p) => p.locator('.row').filter({ hasText: t('plan.months', { n: 1 }) })],
      ['me/balance', '.sum'],
      ['me/balance', '.sum', button('web.balance.topup')],
      ['me/invite', '.code'],
      ['me/data', '.file-button'],
      ['me/data', '.file-button', button('web.erase.title')],
      ['me/sessions', '.row'],
      ['me/sessions', '.row', button('web.sessions.all')],
    ], turn);
    await page.goto(`${bed.server.url}/#/add`);
    await bed.press(page.locator('.template.own'));
    await look(bed, page, 'a habit of one’s own', turn);
    await page.close();
    const fresh = await bed.open({ as: 1 });
    await fresh.getByRole('heading', { name: t('web.today.empty') }).waitFor();
    await look(bed, fresh, 'an empty day', turn);
    const own = await bed.api(1);
    for (const name of ['Run', 'Read']) await own.habit({ name });
    await fresh.reload();
    await bed.press(fresh.getByRole('button', { name: t('web.today.arrange') }));
    await fresh.getByRole('button', { name: t('web.today.arranged') }).waitFor();
    await look(bed, fresh, 'putting in order', turn);
  });

  browserTest('every screen of the console', { way: 'touch', lang, env: { HABITD_SANDBOX_PAYMENTS: 'instant' } }, async (bed) => {
    const { t } = bed;
    await bed.bench.must(['demo', '--users', '3', '--days', '10'], { env: bed.env });
    const admin = await bed.api(1, ['--admin']);
    const { id } = (await admin.get('/v1/me')).json;
    const demo = await bed.api(DEMO);
    const payment = expectStatus(await demo.post('/v1/payments', { provider: 'sandbox', purpose: 'subscription', plan: 'month' }), 201).json;
    const [other] = (await admin.get(`/v1/admin/users?telegram_id=${DEMO}`)).json.items;
    expectStatus(await admin.post(`/v1/admin/users/${other.id}/adjust`, { amount: 500, reason: 'a test' }), 201); // a posting, and a row of the trail
    const uuid = (n) => bed.uuid(`0192f0c1-2b7e-7c3d-9a51-3f6c2b1d0e0${n}`);
    await bed.bench.db.sql(`
      INSERT INTO system_logs (created_at, id, level, source, fingerprint, message, context)
        VALUES (${bed.at()}, ${uuid(1)}, 'error', 'sender.c', '1:0123456789abcdef', 'messages cannot be claimed', '{"code":"unavailable","count":3}');
      INSERT INTO admin_alerts (id, fingerprint, severity, status, title, detail, occurrences, first_seen_at, last_seen_at, created_at)
        VALUES (${uuid(2)}, 'books', 'critical', 'open', 'The books', 'wallet 3', 2, ${bed.at()}, ${bed.at()}, ${bed.at()});
      INSERT INTO referrals (referred_id, referrer_id, status, reward, reasons, approved, created_at, updated_at)
        VALUES (${bed.uuid(other.id)}, ${bed.uuid(id)}, 'held', 0, 'same_payer', ${bed.no}, ${bed.at()}, ${bed.at()});
      INSERT INTO broadcasts (user_id, id, body, status, people, queued, sent, failed, created_at, updated_at)
        VALUES (${bed.uuid(id)}, ${uuid(3)}, 'Hello', 'done', 7, 7, 6, 1, ${bed.at()}, ${bed.at()});
      INSERT INTO outbox (user_id, id, channel, lane, status, chat_id, view, for_dialog, attempts, unknowns, error, due_at, created_at, done_at)
        VALUES (${bed.uuid(other.id)}, ${uuid(4)}, 'telegram', 2, 'failed', 7, 'reminder', ${bed.no}, 2, 1, 'Bad Request: chat not found', ${bed.at()}, ${bed.at()}, ${bed.at()});
      INSERT INTO inbox (source, external_id, body, status, attempts, error, received_at, processed_at)
        VALUES ('yookassa', 'payment.succeeded:22d6d597-000f-5000-9000-145f6df21d6f', ${bed.bench.engine === 'sqlite' ? "x'7b7d'" : "'{}'"}, 'parked', 5, 'no such payment', ${bed.at()}, ${bed.at()})`);
    const out = await bed.open({ at: '/admin' });
    await out.getByText(t('console.signin')).waitFor();
    await look(bed, out, 'signing in', turn);
    await out.close();
    const page = await openConsole(bed);
    const button = (name) => (p) => p.getByRole('button', { name: t(name), exact: true });
    await walk(bed, page, '/admin', [
      ['', '.heatmap'],
      ['users', 'tbody tr'],
      [`users/${other.id}`, 'tbody tr'],
      [`users/${other.id}`, '.facts', button('console.adjust')],
      ...['', '?of=cohorts', '?of=retention'].map((of) => [`figures${of}`, 'tbody tr']),
      ['figures?of=revenue', '.nothing'], // of whole days, and today is none
      ['payments', 'tbody tr'],
      [`payments/${payment.id}`, '.timeline li'],
      [`payments/${payment.id}`, '.timeline li', button('console.refund')],
      [`payments/${payment.id}`, '.timeline li', button('console.dispute')],
      ['subscriptions', 'tbody tr'],
      ['broadcasts', 'tbody tr'],
      ['outbox?status=failed', 'tbody tr'],
      ['inbox', 'tbody tr'],
      ['referrals', 'tbody tr'],
      ['referrals?status=rejected', '.nothing'],
      ['alerts', 'tbody tr'],
      ['alerts', 'tbody tr', button('console.silence')],
      ['logs', 'tbody tr'],
      ['audit', 'tbody tr'],
      ['database', 'tbody tr'],
    ], turn);
  });
}

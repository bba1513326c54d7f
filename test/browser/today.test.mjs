// Today under a finger: a swipe, a long press, a list that is longer than any screen.
import assert from 'node:assert/strict';
import { browserTest, patientToasts } from './bed.mjs';

const row = (page, name) => page.locator('.habit').filter({ hasText: name });
const sheet = (page) => page.getByRole('dialog');
const HOLD_MS = 450; // web/app/parts/gesture.ts

/** A finger on the page: where it goes down, where it goes, and how it leaves. */
async function finger(page) {
  const tools = await page.context().newCDPSession(page);
  const touch = (type, at) => tools.send('Input.dispatchTouchEvent', { type, touchPoints: at ? [at] : [] });
  return { down: (x, y) => touch('touchStart', { x, y }), to: (x, y) => touch('touchMove', { x, y }), up: () => touch('touchEnd') };
}

async function middle(target) {
  const box = await target.boundingBox();
  return [box.x + box.width / 2, box.y + box.height / 2];
}

for (const theme of ['light', 'dark']) {
  browserTest('a swipe to either side and a long press ask what to do; a short way and a way down do not', { way: 'touch', lang: 'ru', theme }, async (bed) => {
    const api = await bed.api(1);
    const { t } = bed;
    const run = await api.habit({ name: 'Run' });
    const day = (await api.get('/v1/today')).json.day;
    const status = async () => (await api.get(`/v1/habits/${run.id}/logs?from=${day}&to=${day}`)).json.items[0]?.status ?? null;
    const page = await bed.open({ as: 1, init: patientToasts });
    const name = row(page, 'Run').locator('.habit-main');
    await name.waitFor();
    const hand = await finger(page);
    const close = async () => {
      await bed.press(sheet(page).getByRole('button', { name: t('web.close') }));
      await sheet(page).waitFor({ state: 'detached' });
    };
    const swipe = async (dx, dy) => {
      const [x, y] = await middle(name);
      const began = performance.now();
      const way = [hand.down(x, y), ...[1, 2, 3, 4, 5, 6].map((i) => hand.to(x + (dx * i) / 6, y + (dy * i) / 6))];
      await way[2]; // it has left where it went down
      const quick = performance.now() - began < HOLD_MS;
      await Promise.all(way);
      for (let i = 0; i < 6; i++) { // it rests before it leaves: otherwise the page would glide on, and the next tap only stop that
        await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
        await hand.to(x + dx, y + dy);
      }
      await hand.up();
      if (quick) return;
      // On a machine that holds it up so long it is a long press, rightly: once more.
      if (await sheet(page).count() > 0) await close();
      await swipe(dx, dy);
    };

    for (const dx of [-90, 90]) {
      await swipe(dx, 0);
      await sheet(page).waitFor();
      assert.equal(new URL(page.url()).hash.includes('habit/'), false, 'the swipe is no tap');
      await close();
    }
    for (const [dx, dy, what] of [[40, 0, 'a short way'], [20, 120, 'a way down is the page being scrolled']]) {
      await swipe(dx, dy);
      assert.equal(await sheet(page).count(), 0, what);
      assert.equal(await status(), null, what);
    }

    const [x, y] = await middle(name);
    await hand.down(x, y);
    await sheet(page).waitFor(); // while the finger is still there
    await hand.up();
    await bed.press(sheet(page).getByRole('button', { name: t('web.mark.decline') }));
    await bed.press(sheet(page).getByRole('button', { name: t('reason.sick') }));
    await bed.until(async () => await status() === 'declined', 'it to be declined');
    await bed.press(page.locator('.toast').getByRole('button', { name: t('web.undo') }));
    await bed.until(async () => await status() === null, 'it to be open again');
  });
}

browserTest('of a long list only what is near the screen is ever in the page', { way: 'touch', env: { HABITD_LIMIT_TRIAL: '0' } }, async (bed) => {
  const api = await bed.api(1);
  for (let i = 0; i < 90; i++) await api.habit({ name: `Habit ${i}` });
  const most = () => {
    window.most = 0;
    new MutationObserver(() => { window.most = Math.max(window.most, document.querySelectorAll('.habit').length); }).observe(document, { childList: true, subtree: true });
  };
  const page = await bed.open({ as: 1, init: most });
  await row(page, 'Habit 0').waitFor();
  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
  await row(page, 'Habit 89').waitFor();
  assert.equal(await row(page, 'Habit 89').evaluate((el) => el.closest('li').getAttribute('aria-posinset')), '90');
  const rows = await page.evaluate(() => window.most);
  assert.ok(rows >= 10 && rows <= 40, `${rows} rows at once`);
});

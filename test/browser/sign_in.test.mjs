// Ways in, inside Telegram and outside; what the pages weigh, and what they are allowed.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { expectStatus } from '../blackbox/api.mjs';
import { browserTest, flow } from './bed.mjs';
import { COLORS, launch, telegram, webView } from './telegram.mjs';

browserTest("inside Telegram: its sign-in, colours, safe areas, buttons and haptics", { way: 'touch', lang: 'ru', theme: 'light' }, async (bed) => {
  const { said, tell } = await telegram(bed);
  const user = { id: 77, first_name: 'Нина', language_code: 'ru' };
  const page = await bed.open({ at: `/${launch(user)}`, init: webView });
  await page.getByRole('heading', { name: bed.t('web.today.empty') }).waitFor();
  assert.doesNotMatch(page.url(), /tgWebApp|hash=/, 'what signs in stays in no address');
  for (const type of ['web_app_ready', 'web_app_expand', 'web_app_request_safe_area']) assert.equal((await said(page, type)).length, 1, type);
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark');
  assert.deepEqual((await said(page, 'web_app_set_header_color')).at(-1), { color: COLORS.secondary_bg_color });
  await tell(page, 'safe_area_changed', { top: 24, bottom: 34, left: 0, right: 0 });
  await tell(page, 'content_safe_area_changed', { top: 46, bottom: 0, left: 0, right: 0 });
  await bed.until(async () => (await page.evaluate(() => getComputedStyle(document.querySelector('.app')).paddingTop)) === '70px', 'the safe area above');
  await tell(page, 'theme_changed', { theme_params: { bg_color: '#ffffff', secondary_bg_color: '#efeff4', text_color: '#000000' } });
  await bed.until(async () => (await page.evaluate(() => document.documentElement.dataset.theme)) === 'light', 'the other theme');

  await bed.press(page.locator('.tabs').getByRole('link', { name: bed.t('web.tab.add') }));
  await bed.until(async () => (await said(page, 'web_app_setup_back_button')).at(-1)?.is_visible === true, "Telegram's back button");
  await bed.press(page.getByRole('button', { name: bed.t('web.add.own') }));
  await bed.type(page.getByLabel(bed.t('web.edit.name'), { exact: true }), 'Бег');
  await bed.until(async () => (await said(page, 'web_app_setup_main_button')).at(-1)?.text === bed.t('web.add.create'), "Telegram's main button");
  assert.equal(await page.getByRole('button', { name: bed.t('web.add.create') }).count(), 0);
  // What was typed is drawn, and what follows from it is done, before a finger could reach the button.
  await page.evaluate(() => new Promise((resolve) => {
    let frames = 10;
    const next = () => (frames-- > 0 ? requestAnimationFrame(next) : setTimeout(resolve, 0));
    next();
  }));
  await tell(page, 'main_button_pressed');
  await page.getByRole('heading', { name: 'Бег' }).waitFor();
  await bed.until(async () => (await said(page, 'web_app_setup_main_button')).at(-1)?.is_visible === false, 'the main button to go');
  await tell(page, 'back_button_pressed');
  await page.locator('.tabs').getByRole('link', { name: bed.t('web.tab.today') }).tap();
  await bed.press(page.locator('.habit-check'));
  await bed.until(async () => (await said(page, 'web_app_trigger_haptic_feedback')).length > 0, 'a tap that is felt');
  await page.locator('.habit.done:not(.waiting)').waitFor();
  await page.reload(); // the web view reloads without the fragment
  await page.locator('.habit.done').waitFor();
});

browserTest('a forged or old initData says why, and there is a way to sign in again', {}, async (bed) => {
  await telegram(bed);
  const user = { id: 78, first_name: 'Max', language_code: 'en' };
  const old = await bed.open({ at: `/${launch(user, { age: 25 })}`, init: webView });
  await old.getByText(bed.t('web.error.init_data_expired')).waitFor();
  await old.getByRole('button', { name: bed.t('web.signin.again') }).waitFor();
  const forged = await bed.open({ at: `/${launch(user, { token: '7000000002:BBE' })}`, init: webView });
  await forged.getByText(bed.t('web.error.init_data_invalid')).waitFor();
  await bed.accessible(forged, 'signing in');
});

for (const [lang, theme] of [['en', 'light'], ['ru', 'dark']]) {
  browserTest('the sign-in page fits: no scroll bar that scrolls nothing', { lang, theme }, async (bed) => {
    await telegram(bed);
    for (const at of ['/', '/admin']) {
      const page = await bed.open({ at });
      await page.locator('.signin .button').first().or(page.getByText(bed.t('console.signin'))).first().waitFor();
      await page.locator('.skeleton').waitFor({ state: 'detached' });
      for (const [width, height] of [[420, 800], [360, 740], [320, 568], [1280, 800]]) {
        await page.setViewportSize({ width, height });
        const of = await page.evaluate(() => {
          const { scrollHeight, scrollWidth } = document.documentElement;
          return { bar: getComputedStyle(document.documentElement).overflowY, down: scrollHeight - innerHeight, across: scrollWidth - innerWidth };
        });
        assert.deepEqual([of.bar === 'scroll', of.down, of.across <= 0], [false, 0, true], `${at} at ${width} × ${height}: ${JSON.stringify(of)}`);
      }
      await page.close();
    }
  });
}

browserTest('a link works once, the demo has a button, and nothing is left in the address', { env: { HABITD_DEMO_SIGN_IN: '1' } }, async (bed) => {
  await bed.bench.must(['demo', '--users', '1', '--days', '30'], { env: bed.env });
  const link = await bed.signInLink(1);
  const page = await bed.open({ at: new URL(link).pathname + new URL(link).hash });
  await page.locator('.tabs').waitFor();
  assert.equal(new URL(page.url()).hash, '');
  const again = await bed.open({ at: new URL(link).pathname + new URL(link).hash });
  await again.getByText(bed.t('web.error.link_invalid')).waitFor();
  await bed.press(again.getByRole('button', { name: bed.t('web.signin.demo') }));
  await again.locator('.habit').first().waitFor();
  for (const line of bed.server.stderr.split('\n')) assert.doesNotMatch(line, /signin|hbt_/);
});

browserTest('Today is there after one script, one language and one answer; who the person is, is asked afterwards', { lang: 'ru' }, async (bed) => {
  await (await bed.api(1)).habit({ name: 'Run' });
  const context = await bed.context();
  const first = await bed.open({ as: 1, context });
  await first.locator('.habit').waitFor();
  await first.close();
  for (const slow of [false, true]) {
    const asked = [];
    const page = bed.watch(await context.newPage());
    page.on('request', (r) => asked.push(new URL(r.url()).pathname.replace(/-[0-9A-Z]{8}\.js$/, '.js')));
    const around = () => bed.until(() => asked.includes('/v1/stats'), () => `the days around it to be asked for, after ${asked}`);
    if (slow) await page.route('**/v1/today*', async (route) => { await around(); await route.continue(); }); // what waits for it is drawn meanwhile
    await page.goto(`${bed.server.url}/`);
    await page.locator('.habit').waitFor();
    await around();
    assert.equal(await page.locator('.habit').evaluate((el) => getComputedStyle(el.closest('.screen > *')).animationName), 'none', 'it is painted at once');
    const before = asked.slice(0, asked.findIndex((target) => ['/v1/stats', '/v1/me'].includes(target)));
    assert.deepEqual(before.filter((target) => target !== '/healthz' && !target.includes('icon')).sort(), ['/', '/assets/chunk.js', '/assets/ru.js', '/v1/today']);
    await bed.until(() => asked.includes('/v1/me'), 'who it is, asked for');
    const times = () => page.evaluate(() => ['first-contentful-paint', `${location.origin}/v1/me`].map((name) => performance.getEntriesByName(name)[0]?.startTime));
    await bed.until(async () => (await times()).every((ms) => ms !== undefined), times);
    const [painted, me] = await times();
    assert.ok(painted <= me, `painted after ${painted} ms, asked after ${me} ms`);
    for (const once of ['/v1/me', '/v1/today']) assert.equal(asked.filter((target) => target === once).length, 1, `${once}, ${slow ? 'slow' : 'fast'}`);
    await page.close();
  }
});

flow('signed out everywhere: here, on the other device, and for whoever has the token', { sample: ['touch ru dark', 'keyboard en light', 'mouse ru light'] }, async (bed) => {
  const { t } = bed;
  const api = await bed.api(1);
  await api.habit({ name: 'Run' });
  const other = await bed.open({ as: 1 });
  const page = await bed.open({ as: 1 });
  await bed.press(page.locator('.tabs').getByRole('link', { name: t('web.tab.me') }));
  await bed.press(page.getByRole('link', { name: t('web.sessions.title') }));
  await bed.press(page.getByRole('button', { name: t('web.sessions.all') }));
  await bed.press(page.getByRole('dialog').getByRole('button', { name: t('web.cancel') }));
  expectStatus(await api.get('/v1/me'), 200);
  await bed.press(page.getByRole('button', { name: t('web.sessions.all') }));
  await bed.press(page.getByRole('dialog').getByRole('button', { name: t('web.sessions.all') }));
  await page.locator('.signin').waitFor();
  expectStatus(await api.get('/v1/me'), 401);
  assert.equal(await page.evaluate(() => localStorage.getItem('habitd.session')), null);
  await other.reload();
  await other.locator('.signin').waitFor();
});

browserTest('what the pages weigh and are allowed', {}, async (bed) => {
  const get = (target, headers) => bed.server.request('GET', target, { headers });
  const page = await get('/');
  const policy = page.headers['content-security-policy'];
  const inPage = (tag) => [...page.text.matchAll(new RegExp(`<${tag}>(.*?)</${tag}>`, 'gs'))].map(([, text]) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`);
  assert.equal(inPage('script').length + inPage('style').length, 2);
  assert.ok(policy.startsWith(`default-src 'none'; script-src 'self' ${inPage('script')}; style-src 'self' ${inPage('style')}; img-src`), policy);
  assert.match(policy, /frame-ancestors https:\/\/web\.telegram\.org https:\/\/webk\.telegram\.org https:\/\/webz\.telegram\.org$/);
  assert.match((await get('/admin')).headers['content-security-policy'], /frame-ancestors 'none'$/);
  assert.doesNotMatch(page.text.replace(/<(script|style)>.*?<\/\1>/gs, ''), /<script(?![^>]*src=)|<style| style=| on\w+=/);
  assert.equal(page.headers['cache-control'], 'no-cache');
  assert.equal((await get('/', { 'if-none-match': page.headers.etag })).status, 304);
  assert.equal((await get('/assets/none.js')).status, 404);
  const kept = JSON.parse(/\[("\/"[^\]]*)\]/.exec((await get('/sw.js')).text)[0]);
  let scripts = 0;
  for (const target of kept) {
    const [plain, gzip, brotli] = [await get(target), await get(target, { 'accept-encoding': 'gzip' }), await get(target, { 'accept-encoding': 'gzip, br' })];
    assert.equal(plain.status, 200, target);
    if (gzip.headers['content-encoding']) assert.deepEqual(gunzipSync(gzip.body), plain.body);
    if (brotli.headers['content-encoding'] === 'br') assert.deepEqual(brotliDecompressSync(brotli.body), plain.body);
    if (target.startsWith('/assets/')) assert.equal(plain.headers['cache-control'], 'public, max-age=31536000, immutable');
    if (target.endsWith('.js')) scripts += gzip.body.length;
  }
  assert.ok(scripts > 30_000 && scripts < 120 * 1024, `the Mini App's scripts are ${scripts} bytes compressed`);
  console.log(`# scripts: ${scripts} bytes`);
});

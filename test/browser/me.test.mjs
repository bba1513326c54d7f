// What a person sets, invites and begins with: a template, a place, an appearance, an invitation, an icon on the home screen, a session that lives.
import assert from 'node:assert/strict';
import { browserTest, dayBefore, flow } from './bed.mjs';

flow('a habit from a template, as the person’s language calls it', {}, async (bed) => {
  const { t } = bed;
  const api = await bed.api(1);
  const page = await bed.open({ as: 1 });
  await bed.press(page.locator('.tabs').getByRole('link', { name: t('web.tab.add') }));
  await bed.press(page.getByRole('button', { name: t('template.gym'), exact: true }));
  assert.equal(await page.getByLabel(t('web.edit.name'), { exact: true }).inputValue(), t('template.gym'));
  await bed.press(page.getByRole('button', { name: t('web.add.create') }));
  await page.getByRole('heading', { name: t('template.gym') }).waitFor();
  const [habit] = (await api.get('/v1/habits')).json.items;
  assert.deepEqual([habit.name, habit.emoji, habit.frequency], [t('template.gym'), '💪', { count: 3, days: 7 }]);
  await page.goto(`${bed.server.url}/#/add`);
  await page.locator('.template').first().waitFor();
  await bed.accessible(page, 'the templates');
});

flow('place, week, notifications and appearance are set, and stay', {}, async (bed) => {
  const { t } = bed;
  const api = await bed.api(1);
  const page = await bed.open({ as: 1 });
  const before = (await api.get('/v1/me')).json;
  await page.goto(`${bed.server.url}/#/me/settings`);
  const is = (look, what) => bed.until(async () => look((await api.get('/v1/me')).json), what);
  await bed.select(page.getByLabel(t('web.settings.zone'), { exact: true }), 'Asia/Tokyo');
  await is((me) => me.timezone === 'Asia/Tokyo', 'the zone');
  await bed.select(page.getByLabel(t('web.settings.week'), { exact: true }), '7');
  await is((me) => me.week_starts_on === 7, 'the week');
  await bed.press(page.getByRole('switch', { name: t('web.settings.notifications'), exact: true }));
  await is((me) => me.notifications_enabled === false, 'silence');
  await bed.press(page.getByRole('switch', { name: t('web.settings.summary'), exact: true }));
  await is((me) => me.weekly_summary === !before.weekly_summary, 'the week in numbers');
  const other = bed.theme === 'dark' ? 'light' : 'dark';
  await bed.choose(page.getByRole('group', { name: t('web.settings.look') }).or(page.getByRole('radiogroup', { name: t('web.settings.look') })), t(`web.settings.${other}`));
  const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
  await bed.until(async () => (await theme()) === other, 'the other look');
  await bed.accessible(page, 'settings in the other look');
  await page.reload();
  await page.getByLabel(t('web.settings.zone'), { exact: true }).waitFor();
  assert.equal(await theme(), other);
  const shown = async () => [await page.getByLabel(t('web.settings.zone'), { exact: true }).inputValue(), await page.getByRole('switch', { name: t('web.settings.notifications'), exact: true }).isChecked()];
  await bed.until(async () => (await shown()).join() === 'Asia/Tokyo,false', shown); // first what the device had kept
});

flow('an invitation: its link, and what came of it', { sample: ['touch ru light', 'mouse en dark', 'keyboard ru dark'] }, async (bed) => {
  const { t } = bed;
  const [inviter, invited] = [await bed.api(1), await bed.api(2)];
  const [a, b] = [(await inviter.get('/v1/me')).json.id, (await invited.get('/v1/me')).json.id];
  await bed.bench.db.sql(`INSERT INTO referrals (referrer_id, referred_id, status, reward, approved, created_at, updated_at)
    VALUES (${bed.uuid(a)}, ${bed.uuid(b)}, 'pending', 0, ${bed.no}, ${bed.at()}, ${bed.at()})`);
  const { code, link } = (await inviter.get('/v1/referral')).json;
  const page = await bed.open({ as: 1 });
  await bed.press(page.locator('.tabs').getByRole('link', { name: t('web.tab.me') }));
  await bed.press(page.getByRole('link', { name: t('web.invite.title') }));
  assert.equal(await page.locator('.code').textContent(), link ?? code);
  const figure = (key) => page.locator('.figures > div').filter({ hasText: t(key) }).locator('dd').first().textContent();
  assert.equal(await figure('web.invite.invited'), '1');
  await bed.press(page.getByRole('button', { name: t('web.invite.copy') }));
  await bed.told(page, ''); // that it is copied, or what is to be copied
});

browserTest('a habit’s weekdays, streaks and notes are those of its days', {}, async (bed) => {
  const api = await bed.api(1);
  const { day } = (await api.get('/v1/today')).json;
  const habit = await api.habit({ name: 'Run', starts_on: dayBefore(day, 28) });
  const weekday = new Date(`${day}T00:00:00Z`).getUTCDay(); // today's own: it is not answered yet, and no failure
  for (let week = 1; week <= 4; week++) await api.mark(habit, dayBefore(day, 7 * week), { note: 'once a week' });
  const page = await bed.open({ as: 1 });
  await page.goto(`${bed.server.url}/#/habit/${habit.id}`);
  await page.locator('.weekdays > div').nth(6).waitFor();
  const shares = await page.locator('.weekdays small.muted').allTextContents();
  assert.deepEqual(shares.map((s) => s.replace(/\D/g, '')), [1, 2, 3, 4, 5, 6, 0].map((d) => (d === weekday ? '100' : '0')));
  const notes = () => page.getByText('once a week').count();
  await bed.until(async () => (await notes()) === 4, async () => `four notes, not ${await notes()}`);
  const { score, best_streak } = (await api.get(`/v1/habits/${habit.id}/stats`)).json;
  await page.locator('.figures dd').first().waitFor();
  const figures = await page.locator('.figures dd').allTextContents();
  assert.equal(figures[1], String(best_streak));
  assert.equal(figures[2].replace(/\D/g, ''), String(Math.round(score * 100)));
});

browserTest('the page can be put on a home screen', {}, async (bed) => {
  const page = await bed.open({ as: 1 });
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  const tools = await page.context().newCDPSession(page);
  const { data, errors } = await tools.send('Page.getAppManifest');
  assert.deepEqual(errors, []);
  const manifest = JSON.parse(data);
  assert.deepEqual([manifest.start_url, manifest.display], ['/', 'standalone']);
  for (const icon of manifest.icons) {
    const answer = await bed.server.request('GET', icon.src);
    assert.equal(answer.status, 200, icon.src);
    assert.ok(answer.headers['content-type'].startsWith(icon.type));
  }
  const { installabilityErrors } = await tools.send('Page.getInstallabilityErrors');
  assert.deepEqual(installabilityErrors.filter((e) => e.errorId !== 'in-incognito'), []); // the tests' pages are all private ones
});

browserTest('a session that is in use is prolonged, and its token stays out of every address', {}, async (bed) => {
  const page = await bed.open({ as: 1 });
  const kept = () => page.evaluate(() => JSON.parse(localStorage.getItem('habitd.session')));
  const before = await kept();
  await page.evaluate(() => {
    const s = JSON.parse(localStorage.getItem('habitd.session'));
    localStorage.setItem('habitd.session', JSON.stringify({ ...s, renew_at: 0 }));
  });
  await page.reload();
  await bed.until(async () => (await kept()).renew_at > Date.now(), 'the session to be prolonged');
  const after = await kept();
  assert.equal(after.token, before.token);
  assert.ok(Date.parse(after.expires_at) >= Date.parse(before.expires_at));
});

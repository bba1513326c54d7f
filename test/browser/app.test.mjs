// The Mini App, by mouse, by keyboard alone and by touch: what a person does in it, and what the server has afterwards.
import assert from 'node:assert/strict';
import { expectStatus } from '../blackbox/api.mjs';
import { dayBefore, flow, patientToasts, say } from './bed.mjs';

const row = (page, name) => page.locator('.habit').filter({ hasText: name });
const check = (page, name) => row(page, name).locator('.habit-check');
const sheet = (page) => page.getByRole('dialog');

flow('a day: added, marked, taken back, declined, counted, skipped, ordered', {}, async (bed) => {
  const api = await bed.api(1);
  const { t } = bed;
  const day = (await api.get('/v1/today')).json.day;
  const page = await bed.open({ as: 1, init: patientToasts });
  assert.equal(new URL(page.url()).hash, '', 'the code is still in the address');
  await page.getByRole('heading', { name: t('web.today.empty') }).waitFor();

  await bed.press(page.locator('.tabs').getByRole('link', { name: t('web.tab.add') }));
  await bed.press(page.getByRole('button', { name: t('web.add.own') }));
  await bed.press(page.getByRole('button', { name: t('web.add.create') }));
  await page.getByText(t('web.edit.name_needed')).waitFor();
  await bed.type(page.getByLabel(t('web.edit.name'), { exact: true }), 'Run <b>5</b> & "more"');
  await bed.press(page.getByRole('button', { name: t('web.add.create') }));
  await page.getByRole('heading', { name: 'Run <b>5</b> & "more"' }).waitFor();
  const [run] = (await api.get('/v1/habits')).json.items;
  assert.deepEqual(run.frequency, { count: 1, days: 1 });
  expectStatus(await api.patch(`/v1/habits/${run.id}`, { starts_on: dayBefore(day, 7) }), 200);
  const water = await api.habit({ name: 'Water', kind: 'measurable', target_value: 8, unit: 'glasses' });
  await api.habit({ name: 'Read' });
  const log = async (habit, on = day) => (await api.get(`/v1/habits/${habit.id}/logs?from=${on}&to=${on}`)).json.items[0] ?? null;
  const status = (habit, wanted, on) => bed.until(async () => ((await log(habit, on))?.status ?? null) === wanted, `${habit.name} to be ${wanted}`);

  await page.goto('about:blank').then(() => page.goto(`${bed.server.url}/`));
  await check(page, 'Run').waitFor();
  await bed.press(check(page, 'Run'));
  await page.locator('.habit.done').waitFor();
  await status(run, 'done');
  assert.equal((await log(run)).source, 'web');
  await bed.press(page.locator('.toast').getByRole('button', { name: t('web.undo') }));
  await status(run, null);

  await bed.press(row(page, 'Run').locator('.habit-more'));
  await bed.press(sheet(page).getByRole('button', { name: t('web.mark.decline') }));
  await bed.press(sheet(page).getByRole('button', { name: t('reason.sick') }));
  await status(run, 'declined');
  assert.equal((await log(run)).preset, 'sick');
  await bed.press(check(page, 'Run')); // what is answered is taken back
  await status(run, null);

  await bed.press(check(page, 'Water')); // an amount is asked
  await bed.type(sheet(page).getByLabel(t('web.mark.amount'), { exact: true }), 'a lot');
  await bed.press(sheet(page).getByRole('button', { name: t('web.mark.done'), exact: true }));
  await sheet(page).getByText(t('web.mark.no_number')).waitFor();
  await bed.type(sheet(page).getByLabel(t('web.mark.amount'), { exact: true }), '7,5');
  await bed.press(sheet(page).getByRole('button', { name: t('web.mark.done'), exact: true }));
  await status(water, 'done');
  assert.equal((await log(water)).value, 7.5);

  await bed.press(row(page, 'Read').locator('.habit-more'));
  await bed.type(sheet(page).getByLabel(t('web.mark.note'), { exact: true }), 'on the way');
  await bed.press(sheet(page).getByRole('button', { name: t('web.mark.skip') }));
  await page.locator('.habit.skipped').waitFor();

  const yesterday = dayBefore(day, 1);
  await bed.press(page.locator('.strip a').nth(5));
  await page.getByRole('heading', { name: t('web.today.yesterday') }).waitFor();
  assert.match(page.url(), new RegExp(`day=${yesterday}`));
  await bed.press(check(page, 'Run'));
  await status(run, 'done', yesterday);

  await bed.press(page.locator('.tabs').getByRole('link', { name: t('web.tab.today') }));
  let letGo;
  const held = new Promise((done) => { letGo = done; });
  await page.route('**/v1/habits?*', async (route) => { await held; await route.continue(); }, { times: 1 }); // faster than the server tells which habits there are
  await bed.press(page.getByRole('button', { name: t('web.today.arrange') }));
  await bed.drag(page.getByRole('button', { name: t('web.today.move', { name: 'Read' }) }), -2);
  letGo();
  await bed.until(async () => (await api.get('/v1/habits')).json.items.map((h) => h.name)[0] === 'Read', 'the new order');
  await bed.press(page.getByRole('button', { name: t('web.today.arranged') }));
  const order = async () => (await page.locator('.habit .habit-text > span:first-child').allTextContents()).join();
  await bed.until(async () => await order() === 'Read,Run <b>5</b> & "more",Water', order);
  await bed.accessible(page, 'Today');
});

flow('a habit: its year, changed, a rule with its next days, paused, deleted and brought back', {}, async (bed) => {
  const api = await bed.api(1);
  const { t } = bed;
  const day = (await api.get('/v1/today')).json.day;
  const run = await api.habit({ name: 'Run', emoji: '🏃' });
  for (let i = 1; i < 40; i++) if (i % 6) await api.mark(run, dayBefore(day, i), i % 5 ? {} : { status: 'declined', preset: 'tired', note: `note ${i}` });
  const page = await bed.open({ as: 1, init: patientToasts });
  await bed.press(row(page, 'Run').locator('.habit-main'));
  const stats = (await api.get(`/v1/habits/${run.id}/stats`)).json;
  await page.locator('.figures dd').first().waitFor();
  assert.equal(await page.locator('.figures dd').nth(1).textContent(), String(stats.best_streak));
  await page.locator('.u-wrap canvas').waitFor();
  await page.getByText('note 5').waitFor();
  const map = page.locator('.heatmap canvas');
  if (bed.way === 'keyboard') {
    await bed.focus(map);
    await page.keyboard.press('ArrowUp');
  } else {
    const { width, height } = await map.boundingBox();
    await (bed.way === 'touch' ? map.tap({ position: { x: width - 24, y: height - 40 } }) : map.click({ position: { x: width - 24, y: height - 60 } }));
  }
  await bed.press(page.getByRole('button', { name: t('web.habit.change_day') }));
  await sheet(page).waitFor();
  await bed.press(sheet(page).getByRole('button', { name: t('web.close') }));
  await bed.accessible(page, 'Habit');

  await bed.press(page.getByRole('button', { name: t('web.habit.edit') }));
  await bed.type(page.getByLabel(t('web.edit.name'), { exact: true }), 'Run far');
  await bed.choose(page.getByRole('group', { name: t('web.edit.often') }), t('web.edit.rule'));
  await bed.type(page.getByLabel(t('web.edit.rrule'), { exact: true }).and(page.locator('.input')), 'FREQ=MONTHLY;BYMONTHDAY=31');
  const next = (await api.post('/v1/schedules:preview', { schedule_type: 'custom', rrule: 'FREQ=MONTHLY;BYMONTHDAY=31' })).json.days;
  assert.equal(next.length, 5);
  await bed.until(async () => (await page.locator('.preview p').textContent())?.split(' · ').length === 5, 'five dates');
  await bed.press(page.getByRole('button', { name: t('web.reminder.add') }));
  const time = page.getByLabel(t('web.reminder.time'), { exact: true });
  if (bed.way === 'keyboard') await bed.focus(time);
  await time.fill('07:30');
  await bed.press(page.getByRole('button', { name: t('web.save') }));
  await page.getByRole('heading', { name: 'Run far' }).waitFor();
  const now = (await api.get(`/v1/habits/${run.id}`)).json;
  assert.deepEqual([now.name, now.frequency, now.schedules.map((s) => [s.schedule_type, s.rrule, s.reminder_time])],
    ['Run far', null, [['custom', 'FREQ=MONTHLY;BYMONTHDAY=31', '07:30']]]);

  await bed.press(page.getByRole('button', { name: t('web.habit.pause') }));
  await page.locator('.state').waitFor();
  assert.equal((await api.get(`/v1/habits/${run.id}`)).json.paused, true);
  await bed.press(page.getByRole('button', { name: t('web.habit.delete'), exact: true }));
  await bed.press(sheet(page).getByRole('button', { name: t('web.habit.delete'), exact: true }));
  await bed.until(async () => (await api.get('/v1/habits')).json.items.length === 0, 'it to be gone');
  await bed.press(page.locator('.toast').getByRole('button', { name: t('web.undo') }));
  await bed.until(async () => (await api.get('/v1/habits')).json.items.length === 1, 'it to be back');
});

flow('the person: language, day, quiet hours, file in and out, money, signed out, gone', { env: { HABITD_SANDBOX_PAYMENTS: 'page' } }, async (bed) => {
  const api = await bed.api(1);
  let { t } = bed;
  const habit = await api.habit({ name: 'Run' });
  await api.mark(habit, (await api.get('/v1/today')).json.day);
  const page = await bed.open({ as: 1 });
  const me = (name) => bed.press(page.getByRole('link', { name }));
  const home = () => bed.press(page.locator('.tabs').getByRole('link', { name: t('web.tab.me') }));
  await home();
  await page.locator('.bars i').first().waitFor();
  await me(t('web.settings.title'));
  await bed.select(page.getByLabel(t('web.settings.day'), { exact: true }), '03:00');
  await bed.until(async () => (await api.get('/v1/me')).json.day_starts_at === '03:00', 'the boundary');
  await bed.press(page.getByLabel(t('web.settings.quiet'), { exact: false }).and(page.getByRole('switch')));
  await bed.until(async () => (await api.get('/v1/me')).json.quiet_hours?.from === '22:00', 'quiet hours');
  await bed.accessible(page, 'Settings');
  const other = bed.lang === 'en' ? 'ru' : 'en';
  await bed.select(page.getByLabel(t('web.settings.language'), { exact: true }), other);
  bed.t = t = say(other);
  await page.getByRole('heading', { name: t('web.settings.title') }).waitFor();

  await home();
  await me(t('web.data.title'));
  const file = { name: 'mine.csv', mimeType: 'text/csv', buffer: Buffer.from('habit,day,status\nWalk,2026-11-01,done\nWalk,2026-11-02,done\nWalk,1999-11-02,done\n') };
  await bed.file(page.locator('input[type=file]'), file);
  await sheet(page).getByText(t('web.data.new_days')).waitFor();
  assert.equal((await api.get('/v1/habits')).json.items.length, 1, 'a look stores nothing');
  await bed.press(sheet(page).locator('summary'));
  await sheet(page).getByText(t('loss.day_range', { n: 1 }), { exact: true }).waitFor();
  await bed.press(sheet(page).getByRole('button', { name: t('web.data.import') }));
  await bed.until(async () => (await api.get('/v1/habits')).json.items.length === 2, 'the imported habit');
  await bed.file(page.locator('input[type=file]'), { name: 'x', mimeType: 'text/plain', buffer: Buffer.from('\u0000\u0001') });
  await page.getByRole('alert').getByText(t('web.error.format'), { exact: true }).waitFor();
  await bed.file(page.locator('input[type=file]'), { ...file, buffer: Buffer.from('habit,day,status\nWalk,2026-11-01,done\nWalk,2026-13-01,done\n') });
  await page.getByRole('alert').getByText(t('web.error.line', { line: 3 }), { exact: true }).waitFor();
  const [saved] = await Promise.all([page.waitForEvent('download'), bed.press(page.getByRole('button', { name: t('web.data.json') }))]);
  assert.match(saved.suggestedFilename(), /\.json$/);

  await home();
  await me(t('web.balance.title'));
  await bed.press(page.getByRole('button', { name: t('web.balance.topup') }));
  await bed.type(sheet(page).locator('input').first(), '1000');
  const [provider] = await Promise.all([page.context().waitForEvent('page'), bed.press(sheet(page).getByRole('button', { name: t('web.balance.pay') }))]);
  await provider.getByRole('button', { name: 'Pay' }).click();
  await provider.getByText('Paid').waitFor();
  await provider.close();
  await page.locator('.sum').filter({ hasText: /1.?000/ }).waitFor();
  await home();
  await me(t('web.premium.title'));
  await bed.press(page.locator('.row').filter({ hasText: t('plan.months', { n: 1 }) }));
  await bed.press(sheet(page).getByRole('button', { name: t('web.pay.balance') }));
  await bed.press(sheet(page).getByRole('button', { name: t('web.premium.buy'), exact: true }));
  await bed.until(async () => (await api.get('/v1/me')).json.tier === 'premium', 'Premium');
  await page.getByRole('heading', { name: t('web.premium.have') }).waitFor();

  await home();
  await me(t('web.data.title'));
  await bed.press(page.getByRole('button', { name: t('web.erase.title') }));
  await bed.type(sheet(page).locator('input'), t('web.erase.word'));
  await bed.press(sheet(page).getByRole('button', { name: t('web.erase.yes') }));
  await page.locator('.signin').waitFor();
  expectStatus(await api.get('/v1/me'), 401);
  assert.equal(await page.evaluate(async () => (await indexedDB.databases()).length && localStorage.getItem('habitd.session')), null);
});

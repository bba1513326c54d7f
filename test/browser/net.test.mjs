// Without a connection and with two tabs: what was loaded stays, marks wait, the latest counts, a refusal is seen.
import assert from 'node:assert/strict';
import { sleep } from '../blackbox/harness.mjs';
import { browserTest, dayBefore, flow } from './bed.mjs';

const check = (page, name) => page.locator('.habit').filter({ hasText: name }).locator('.habit-check');
const row = (page, name) => page.locator('.habit').filter({ hasText: name });

async function prepare(bed) {
  const api = await bed.api(1);
  const day = (await api.get('/v1/today')).json.day;
  const habits = [];
  for (const name of ['Run', 'Read', 'Walk']) habits.push(await api.habit({ name, starts_on: dayBefore(day, 9) }));
  const log = async (habit, on = day) => (await api.get(`/v1/habits/${habit.id}/logs?from=${on}&to=${on}`)).json.items[0] ?? null;
  const status = (habit, wanted, on) => bed.until(async () => ((await log(habit, on))?.status ?? null) === wanted, `${habit.name} to be ${wanted}`);
  return { api, day, habits, log, status };
}

flow('offline and back', { sample: ['touch ru light'] }, async (bed) => {
  const { api, day, habits: [run, read, walk], log, status } = await prepare(bed);
  const page = await bed.open({ as: 1 });
  await check(page, 'Run').waitFor();
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  await bed.press(row(page, 'Run').locator('.habit-main'));
  await page.locator('.figures dd').first().waitFor();
  await page.goto(`${bed.server.url}/#/`);
  await check(page, 'Run').waitFor();

  await page.context().setOffline(true);
  await bed.press(check(page, 'Run'));
  await page.locator('.habit.done.waiting').waitFor();
  await page.locator('.offline').waitFor();
  await bed.press(check(page, 'Walk'));
  await bed.press(row(page, 'Read').locator('.habit-more'));
  await bed.press(page.getByRole('dialog').getByRole('button', { name: bed.t('web.mark.skip') }));
  await page.locator('.habit.waiting').nth(2).waitFor();
  await page.reload(); // the page itself comes from the device, and what waits with it
  await page.locator('.habit.done.waiting').first().waitFor();
  assert.equal(await page.locator('.habit.waiting').count(), 3);
  assert.match(await page.locator('.offline').textContent(), /3/);
  await bed.press(row(page, 'Run').locator('.habit-main'));
  await page.locator('.figures dd').first().waitFor();
  await page.goto(`${bed.server.url}/#/`);

  // Meanwhile elsewhere: Read is answered later, Walk is deleted.
  await api.mark(read, day, { status: 'declined', note: 'elsewhere' });
  await api.del(`/v1/habits/${walk.id}`);
  assert.equal(await log(run), null);
  await page.context().setOffline(false);
  await status(run, 'done');
  await bed.told(page, bed.t('web.mark.refused', { why: '' }).trim().slice(0, 12), { bad: true });
  await row(page, 'Walk').waitFor({ state: 'detached' });
  await page.locator('.habit.waiting').first().waitFor({ state: 'detached' });
  await page.locator('.offline').waitFor({ state: 'detached' });
  assert.equal((await log(read)).status, 'declined', 'the later mark stays');
  await bed.until(async () => (await row(page, 'Read').getAttribute('class')).includes('declined'), 'the page to show the later mark');
});

flow('a server that is away for a moment, and one that refuses', { sample: ['mouse en light', 'touch ru dark'] }, async (bed) => {
  const { api, habits: [run, read], status } = await prepare(bed);
  const page = await bed.open({ as: 1 });
  await check(page, 'Run').waitFor();
  await page.route('**/logs/**', (route) => route.abort('connectionrefused'));
  await bed.press(check(page, 'Run'));
  await page.locator('.habit.done.waiting').waitFor();
  await page.unroute('**/logs/**');
  await status(run, 'done'); // by itself
  await page.locator('.habit.waiting').waitFor({ state: 'detached' });
  await page.route('**/logs/**', (route) => route.fulfill({ status: 422, contentType: 'application/problem+json',
    body: JSON.stringify({ type: 'x', title: 'x', status: 422, code: 'invalid', detail: 'must not be after the local today', field: 'day' }) }));
  await bed.press(check(page, 'Read'));
  await bed.told(page, bed.t('web.error.day'), { bad: true });
  await bed.until(async () => !(await row(page, 'Read').getAttribute('class')).includes('done'), 'the mark to be taken back on the page');
  await page.unroute('**/logs/**');
  await status(read, null);
  await page.route('**/logs/**', async (route) => {
    await (await bed.api(1)).del('/v1/sessions');
    await route.continue();
  }, { times: 1 });
  await bed.press(check(page, 'Read')); // signed out before it arrives: it says so, and the mark waits for its person
  await page.locator('.signin').getByText(bed.t('web.signin.ended')).waitFor();
  await page.goto(await bed.signInLink(1));
  const after = await bed.api(1);
  await bed.until(async () => (await after.get(`/v1/habits/${read.id}/logs`)).json.items[0]?.status === 'done', 'the mark that waited');
});

flow('what the server does not take is explained in the person’s language, beside what they typed', { sample: ['mouse en light', 'keyboard ru dark'] }, async (bed) => {
  const { t } = bed;
  const page = await bed.open({ as: 1 });
  await page.goto(`${bed.server.url}/#/add`);
  await bed.press(page.getByRole('button', { name: t('web.add.own') }));
  await bed.type(page.getByLabel(t('web.edit.name'), { exact: true }), 'Run');
  await bed.choose(page.getByRole('group', { name: t('web.edit.often') }), t('web.edit.rule'));
  const rule = page.getByLabel(t('web.edit.rrule'), { exact: true }).and(page.locator('.input'));
  await bed.type(rule, 'FREQ=SECONDLY');
  const why = t('web.error.field', { field: t('web.edit.rrule'), rule: t('web.rule.rrule') });
  await page.locator('.preview').getByText(why, { exact: true }).waitFor();
  await bed.press(page.getByRole('button', { name: t('web.add.create') }));
  await bed.told(page, why, { bad: true });
  assert.equal(await rule.inputValue(), 'FREQ=SECONDLY', 'what was typed is still there');
  assert.deepEqual((await (await bed.api(1)).get('/v1/habits')).json.items, []);
  await bed.accessible(page, 'a refused rule');
});

flow('an answer that was under way when a mark was made does not take it back', { sample: ['mouse en light'] }, async (bed) => {
  const { habits: [run, read], status } = await prepare(bed);
  const page = await bed.open({ as: 1 });
  await check(page, 'Run').waitFor();
  const gate = () => {
    let open;
    const passed = new Promise((done) => { open = done; });
    return { open, passed };
  };
  const [early, first, second] = [gate(), gate(), gate()];
  const asked = [];
  let sent = false;
  await page.route('**/v1/today?*', async (route) => {
    const answer = await route.fetch();
    asked.push(route);
    if (asked.length === 1) await early.passed;
    await route.fulfill({ response: answer });
  });
  await page.route(`**/v1/habits/${run.id}/logs/**`, async (route) => { sent = true; await first.passed; await route.continue(); });
  await page.route(`**/v1/habits/${read.id}/logs/**`, async (route) => { await second.passed; await route.continue(); });
  await bed.press(check(page, 'Walk'));
  await bed.until(() => asked.length >= 1, 'the day to be asked for again');
  await bed.press(check(page, 'Run'));
  await bed.until(() => sent, 'the mark to be sent'); // two that wait go as one request, which no gate holds
  await bed.press(check(page, 'Read'));
  first.open();
  await row(page, 'Run').and(page.locator('.done:not(.waiting)')).waitFor();
  early.open(); // of before
  await bed.until(() => asked.length >= 2, 'the day to be asked for once more');
  await row(page, 'Run').and(page.locator('.done')).waitFor();
  second.open();
  await status(run, 'done');
  await status(read, 'done');
});

browserTest('a slow answer is no clock that is behind', {}, async (bed) => {
  const context = await bed.context();
  await context.route('**/healthz', async (route) => {
    const answer = await route.fetch();
    await sleep(3000);
    await route.fulfill({ response: answer });
  });
  const patient = () => { AbortSignal.timeout = () => new AbortController().signal; }; // how slow the machine itself is does not matter
  const page = await bed.open({ context, init: patient });
  const ahead = () => page.evaluate(() => localStorage.getItem('habitd.clock'));
  await bed.until(async () => await ahead() !== null, 'the clocks to be compared');
  assert.equal(await ahead(), '0');
});

flow('two tabs', { sample: ['mouse en dark', 'touch ru light'] }, async (bed) => {
  const { habits: [run, read], status } = await prepare(bed);
  const one = await bed.open({ as: 1 });
  const two = await bed.open({ context: one.context() });
  await check(two, 'Run').waitFor();
  for (const page of [one, two]) await page.waitForFunction(() => navigator.serviceWorker.controller !== null); // it fetches its files later
  let letGo;
  const held = new Promise((done) => { letGo = done; });
  await two.route('**/v1/today?*', async (route) => { await held; await route.continue(); });
  let sendIt;
  const seen = new Promise((done) => { sendIt = done; });
  await one.route(`**/v1/habits/${run.id}/logs/**`, async (route) => { await seen; await route.continue(); }, { times: 1 });
  await bed.press(check(one, 'Run'));
  await row(two, 'Run').and(two.locator('.done.waiting')).waitFor(); // a tab that looks when it is sent already learns it from the day alone
  sendIt();
  await status(run, 'done');
  await row(two, 'Run').and(two.locator('.done:not(.waiting)')).waitFor(); // before it has loaded the day again
  letGo();
  await bed.press(check(two, 'Run'));
  await status(run, null);
  await row(one, 'Run').and(one.locator('.open')).waitFor();
  await one.context().setOffline(true);
  await bed.press(check(one, 'Run'));
  await bed.press(check(two, 'Read'));
  await row(one, 'Read').and(one.locator('.waiting')).waitFor();
  await one.context().setOffline(false);
  await status(run, 'done');
  await status(read, 'done');
  for (const page of [one, two]) await page.locator('.habit.waiting').first().waitFor({ state: 'detached' });
  await bed.press(one.locator('.tabs').getByRole('link', { name: bed.t('web.tab.me') }));
  await bed.press(one.getByRole('button', { name: bed.t('web.sign_out') }));
  for (const page of [one, two]) await page.locator('.signin').waitFor();
});

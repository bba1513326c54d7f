// Every figure of the console leads to the rows behind it, and they add up to it.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { expectStatus } from '../blackbox/api.mjs';
import { browserTest } from './bed.mjs';
import { openConsole, SANDBOX } from './console.mjs';

const DAY = 86_400_000;

/** Something behind each figure. */
async function fill(bed) {
  await bed.bench.must(['demo', '--users', '55', '--days', '14'], { env: bed.env });
  const admin = await bed.api(1, ['--admin']);
  const people = [];
  for (let n = 1; n <= 3; n++) {
    const api = await bed.api(900000000 + n);
    people.push((await api.get('/v1/me')).json.id);
    for (let i = 0; i < n; i++) expectStatus(await api.post('/v1/payments', { provider: 'sandbox', purpose: 'topup', amount: 10000 * n }), 201);
  }
  const first = await bed.api(900000001); // in Moscow, where today is today or tomorrow in UTC: the figures end with the newest mark
  const { day, items } = (await first.get('/v1/today')).json;
  assert.ok([200, 201].includes((await first.put(`/v1/habits/${items[0].id}/logs/${day}`, { status: 'done' })).status));
  const [payment] = (await admin.get('/v1/admin/payments')).json.items;
  expectStatus(await admin.post(`/v1/admin/payments/${payment.id}/dispute`, { turn: 'opened', reason: 'a letter' }), 200);
  const sqlite = bed.bench.engine === 'sqlite';
  const id = (uuid = randomUUID()) => (sqlite ? `x'${uuid.replaceAll('-', '')}'` : `'${uuid}'`);
  const at = (ms) => (sqlite ? String(ms) : `to_timestamp(${ms / 1000})`);
  const no = sqlite ? '0' : 'false';
  const now = Date.now();
  const all = [];
  const sql = (text) => all.push(text);
  sql(`INSERT INTO referrals (referrer_id, referred_id, status, reward, reasons, approved, created_at, updated_at)
    VALUES (${id(people[0])}, ${id(people[1])}, 'held', 0, 'same_payer', ${no}, ${at(now)}, ${at(now)})`);
  for (const [i, status] of ['sent', 'sent', 'sent', 'missed', 'missed'].entries())
    sql(`INSERT INTO deliveries (user_id, kind, ref_id, local_date, occasion, status, due_at, created_at, done_at)
      VALUES (${id(people[0])}, 'reminder', ${id()}, '2026-01-01', ${i}, '${status}', ${at(now - 2 * DAY)}, ${at(now - (i % 2 ? 2 : 3) * DAY)}, ${at(now - DAY)})`);
  // Due in a year: no sender takes them meanwhile. Lane 2 has more than a page of them.
  const lanes = [...Array(60).fill(2), 0, 0, 1, 3, 3, 3];
  for (const [i, lane] of lanes.entries())
    sql(`INSERT INTO outbox (user_id, id, channel, lane, status, chat_id, view, for_dialog, attempts, unknowns, due_at, created_at)
      VALUES (${id(people[i % 3])}, ${id()}, 'telegram', ${lane}, 'queued', 7, 'reminder', ${no}, 0, 0, ${at(now + 365 * DAY + i)}, ${at(now)})`);
  for (const [status, n] of [['failed', 4], ['unknown', 2], ['held', 3], ['sending', 1]]) {
    for (let i = 0; i < n; i++) {
      const over = status === 'failed' || status === 'unknown';
      sql(`INSERT INTO outbox (user_id, id, channel, lane, status, chat_id, method, payload, for_dialog, attempts, unknowns, fence, error, due_at, created_at, attempted_at, done_at)
        VALUES (${id(people[0])}, ${id()}, 'telegram', 1, '${status}', 7, 'sendMessage', '{"text":"my secret"}', ${no}, 1, ${status === 'unknown' ? 1 : 0}, 1, ${over ? "'chat not found <b>'" : 'NULL'}, ${at(now)}, ${at(now)}, ${at(now)}, ${over ? at(now) : 'NULL'})`);
    }
  }
  for (let i = 0; i < 5; i++)
    sql(`INSERT INTO inbox (source, external_id, body, status, attempts, next_at, error, received_at, processed_at)
      VALUES ('${i % 2 ? 'yookassa' : 'telegram'}', '${i}', ${sqlite ? "x'7b7d'" : "'{}'"}, '${i < 3 ? 'pending' : 'parked'}', ${i < 3 ? 0 : 5}, ${i < 3 ? at(now + 365 * DAY) : 'NULL'}, ${i < 3 ? 'NULL' : "'no such payment'"}, ${at(now)}, ${i < 3 ? 'NULL' : at(now)})`);
  await bed.bench.db.sql(all.join(';\n'));
}

const digits = (text) => Number(text.replace(/[^\d]/g, ''));

browserTest('every figure leads to rows that add up to it', { lang: 'ru', env: SANDBOX }, async (bed) => {
  const { t } = bed;
  await fill(bed);
  const page = await openConsole(bed);
  const show = async (hash) => {
    await page.goto('about:blank'); // an address that differs only in its fragment loads nothing
    await page.goto(`${bed.server.url}/admin${hash}`);
    await page.locator('main h1').waitFor();
    await page.locator('.skeleton').first().waitFor({ state: 'detached' });
  };
  /** All rows of the table that is shown, pages and all. */
  const rows = async () => {
    await page.locator('tbody tr, .nothing').first().waitFor();
    const more = page.getByRole('button', { name: t('console.more'), exact: true });
    while (await more.count()) {
      const before = await page.locator('tbody tr').count();
      await bed.press(more);
      await bed.until(async () => (await page.locator('tbody tr').count()) > before, 'the next page');
    }
    return page.locator('tbody tr');
  };
  const count = async () => (await rows()).count();
  const column = async (key) => (await (await rows()).locator(`td[data-name="${t(key)}"]`).allTextContents());
  const total = async (key) => (await column(key)).reduce((n, x) => n + digits(x), 0);

  await show('#/');
  await page.locator('.figures').nth(1).waitFor();
  await page.locator('.heatmap').waitFor();
  const said = await page.locator('main').locator('a.figure, a.row').evaluateAll((all) => all.map((a) => ({
    name: a.querySelector('span:not(.row-text):not(.row-icon):not(.row-value), .row-text span')?.textContent, value: a.querySelector('b, .row-value')?.textContent, to: a.getAttribute('href'),
  })));
  const of = (key) => said.find((f) => f.name === t(key)) ?? assert.fail(`no figure ${t(key)} among ${said.map((f) => f.name).join(', ')}`);
  const counted = ['console.figure.alerts', 'console.figure.referrals', 'console.figure.unknown', 'console.figure.disputed', 'console.figure.pending', 'console.users', 'console.new_users', 'console.active_1', 'console.active_7', 'console.active_30',
                   'console.queue.arrivals', 'console.queue.payments', 'console.queue.replies', 'console.queue.reminders', 'console.queue.broadcasts', 'console.queue.parked', 'console.queue.held', 'console.queue.sending', 'console.queue.failed', 'console.queue.unknown'];
  const checked = new Set();
  for (const key of counted) {
    const { value, to, name } = of(key);
    await show(to);
    assert.equal(await count(), digits(value), `${name}: ${value}`);
    checked.add(name);
  }
  assert.equal(digits(of('console.queue.reminders').value), 60, 'more than a page');
  assert.ok(digits(of('console.users').value) >= 55 && digits(of('console.active_7').value) > 0 && digits(of('console.figure.disputed').value) === 1);
  for (const [key, of_rows] of [['console.reminders_sent', 3], ['console.reminders_missed', 2]]) {
    await show(of(key).to);
    assert.equal(await total(key), of_rows);
    assert.equal(digits(of(key).value), of_rows);
    checked.add(of(key).name);
  }
  const done = (await total('console.marks.done')), declined = await total('console.marks.declined');
  assert.equal(digits(of('console.completion').value), Math.round((done / (done + declined)) * 100), 'done of done and declined');
  await show(of('console.payers').to);
  assert.equal(new Set(await column('console.person')).size, digits(of('console.payers').value));
  assert.equal(digits(of('console.payers').value), 3);
  const net = said.find((f) => f.name.startsWith(`${t('console.net')}, `));
  await show(net.to);
  assert.equal(await total('console.net'), digits(net.value));
  for (const { name } of [of('console.completion'), of('console.payers'), net]) checked.add(name);
  const alertsShown = said.filter((f) => f.to === '#/alerts').map((f) => f.name);
  assert.deepEqual(said.map((f) => f.name).filter((name) => !checked.has(name) && !alertsShown.includes(name)), [], 'figures that nobody followed');

  /** The links of a column in the table that is at `hash`: each leads to as many rows as it says. */
  const follow = async (hash, key) => {
    await show(hash);
    await rows();
    const links = await page.locator(`td[data-name="${t(key)}"] a`).evaluateAll((all) => all.map((a) => [a.textContent, a.getAttribute('href')]));
    const some = links.filter(([text]) => digits(text.split(' ')[0]) > 0).slice(-3);
    assert.ok(some.length > 0, `${hash} ${key}`);
    for (const [text, to] of some) {
      await show(to);
      assert.equal(await count(), digits(text.split('·')[0]), `${hash} ${key} ${text}`);
    }
  };
  await follow('#/figures?of=days', 'console.active');
  await follow('#/figures?of=cohorts', 'console.people');
  await follow('#/figures?of=retention', 'console.people');
  await follow('#/figures?of=revenue', 'console.payments');
  await show('#/');
  await page.locator('.heatmap a').first().waitFor();
  const cohort = page.locator('.heatmap tbody tr').last();
  const people = digits(await cohort.locator('td').first().textContent());
  await show(await cohort.locator('a').first().getAttribute('href'));
  assert.equal(await count(), people);
});

browserTest('what waits can be narrowed down, put in order and exported, and says nothing of what messages say', { way: 'touch', env: SANDBOX }, async (bed) => {
  const { t } = bed;
  await fill(bed);
  const page = await openConsole(bed);
  const rows = page.locator('tbody tr');
  await page.goto(`${bed.server.url}/admin#/outbox`);
  await rows.first().waitFor();
  await bed.select(page.getByLabel(t('console.state'), { exact: true }), 'failed');
  await bed.until(async () => (await rows.count()) === 4, 'those that failed');
  assert.match(await rows.first().innerText(), /chat not found <b>/);
  assert.doesNotMatch(await page.locator('main').innerText(), /my secret/);
  const [download] = await Promise.all([page.waitForEvent('download'), bed.press(page.getByRole('button', { name: t('console.export'), exact: true }))]);
  const csv = await readFile(await download.path(), 'utf8');
  assert.equal(csv.trimEnd().split('\r\n').length, 5);
  assert.doesNotMatch(csv, /my secret/);
  await bed.press(rows.first().locator('a'));
  await page.locator('.facts').waitFor();
  await bed.press(page.locator('main').getByRole('link', { name: t('console.outbox'), exact: true }));
  await rows.first().waitFor();
  const mine = await page.locator('footer .muted').innerText();
  await bed.type(page.getByLabel(t('console.kind'), { exact: true }), 'sendMessage');
  await bed.press(page.getByRole('button', { name: t('console.search'), exact: true }));
  await bed.until(async () => (await rows.count()) === 10 && (await page.locator('footer .muted').innerText()) !== mine, 'those of one kind and person');
  await bed.accessible(page, 'what waits');
  await page.goto(`${bed.server.url}/admin#/inbox`);
  await bed.until(async () => (await rows.count()) === 5, 'what came in');
  await bed.select(page.getByLabel(t('console.from_where'), { exact: true }), 'yookassa');
  await bed.until(async () => (await rows.count()) === 2, 'what one sender sent');
  await bed.select(page.getByLabel(t('console.state'), { exact: true }), 'parked');
  await bed.until(async () => (await rows.count()) === 1, 'what was given up');
  assert.match(await rows.first().innerText(), /no such payment/);
});

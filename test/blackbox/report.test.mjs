// The operator's figures: counted from marks by the UTC day on which they were made, the same from the rows of days that are
// over as from the marks themselves, by command line and HTTP, and from a copy; the doctor sees a row that was tampered with.
import assert from 'node:assert/strict';
import { ENGINES, forEachEngine } from './harness.mjs';
import { Api, expectProblem, expectStatus } from './api.mjs';

const at = (day, time = '12:00:00') => `2026-11-${String(day).padStart(2, '0')}T${time}Z`;
const date = (day) => at(day).slice(0, 10);
const clock = (day) => ({ HABITD_NOW: at(day), HABITD_SANDBOX_PAYMENTS: 'instant' });
const MONTH = 29900;

async function until(what, condition, timeoutMs = 60_000) {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    if (await condition()) return;
    assert.ok(Date.now() < deadline, `${what} did not come about in ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const report = async (bench, name, args = [], day = 20) =>
  JSON.parse(await bench.must(['report', name, '--json', ...args], { env: clock(day) }));
// What is said of days; subscriptions are as they are now, and upkeep ends trials at its own time.
const ofDays = ({ subscriptions, ...days }) => days;
const span = (from, to) => ['--from', date(from), '--to', date(to)];

/** A server of that day, and what one does with it. */
async function on(bench, day, act) {
  const server = await bench.serve({ env: clock(day) });
  try {
    await act(server, async (id, args = []) => Api.of(server, await bench.token(id, args, { env: clock(day) })));
  } finally {
    await server.stop();
  }
}

/** Days that are over have their rows, and none is left to be counted again. */
const counted = (bench, day, last) =>
  on(bench, day, () => until('the rows of the days that are over', async () => {
    const [[newest]] = await bench.db.sql(`SELECT COALESCE(CAST(MAX(day) AS TEXT), 'none') FROM daily_stats`);
    const [[changes]] = await bench.db.sql('SELECT COUNT(*) FROM daily_changes');
    return newest === date(last) && changes === '0';
  }));

const doctor = async (bench) => {
  const { stdout } = await bench.habitd(['doctor', '--json'], { env: clock(20) });
  return JSON.parse(stdout).checks.find((c) => c.name === 'daily_stats.recount');
};

forEachEngine('figures of days', async (bench) => {
  let habit, other;

  await bench.t.test('what three days leave', async () => {
    await on(bench, 2, async (_, person) => {
      const one = await person(1);
      habit = await one.habit({ name: 'Run' });
      other = await one.habit({ name: 'Read' });
      expectStatus(await one.mark(habit, date(2)), 201);
      expectStatus(await one.mark(other, date(1), { status: 'skipped' }), 201); // made on the 2nd, about the 1st
    });
    await on(bench, 3, async (_, person) => {
      const one = await person(1), two = await person(2);
      expectStatus(await one.mark(habit, date(3)), 201);
      expectStatus(await two.mark(await two.habit(), date(3), { status: 'declined' }), 201);
      const body = { provider: 'sandbox', purpose: 'subscription', plan: 'month' };
      expectStatus(await two.post('/v1/payments', body, { headers: { 'idempotency-key': 'p' } }), 201);
    });
    await on(bench, 9, async (_, person) => expectStatus(await (await person(1)).mark(habit, date(9)), 201));
  });

  await bench.t.test('the overview says them', async () => {
    const o = await report(bench, 'overview', span(2, 9), 9);
    const { users, new_users, active_1, active_7, active_30, active_habits, done, declined, skipped, completion, payers, revenue } = o;
    assert.deepEqual({ users, new_users, active_1, active_7, active_30, active_habits, done, declined, skipped, completion, payers },
      { users: 2, new_users: 2, active_1: 1, active_7: 2, active_30: 2, active_habits: 3, done: 3, declined: 1, skipped: 1, completion: 0.75, payers: 1 });
    assert.deepEqual(revenue, [{ currency: 'RUB', amount: MONTH, lost: 0, net: MONTH }]);
    assert.equal(o.subscriptions.active, 1);
    assert.deepEqual(o.days.map((d) => [d.day, d.active, d.done]).filter((d) => d[1]),
      [[date(2), 1, 1], [date(3), 2, 1], [date(9), 1, 1]]);
    assert.equal((await report(bench, 'overview', [], 9)).to, date(9)); // by default up to the newest log
  });

  await bench.t.test('who came, and came back', async () => {
    const { retention } = await report(bench, 'retention', span(2, 3), 9);
    assert.deepEqual(retention, [{ day: date(2), people: 1, day_1: 1, day_7: 1, day_30: null }, { day: date(3), people: 1, day_1: 0, day_7: null, day_30: null }]);
    const { cohorts } = await report(bench, 'cohorts', span(2, 9), 9);
    assert.deepEqual(cohorts.map((c) => [c.week, c.people, c.week_1, c.week_2]), [[date(2), 2, 1, null]]); // the 2nd was a Monday; the 16th is still to come
    assert.match(await bench.must(['report', 'cohorts', ...span(2, 9)], { env: clock(9) }), new RegExp(`^${date(2)} +2 +1( +-){7}$`, 'm'));
    const { habits } = await report(bench, 'habits', span(2, 9), 9);
    assert.deepEqual(habits, [{ kind: 'yes_no', habits: 3, active: 3, paused: 0, archived: 0, new: 3, done: 3, declined: 1, skipped: 1 }]);
  });

  await bench.t.test('the rows of days that are over say the same', async () => {
    const before = await report(bench, 'overview', span(2, 9));
    await counted(bench, 20, 17);
    assert.deepEqual(ofDays(await report(bench, 'overview', span(2, 9))), ofDays(before));
    assert.equal((await doctor(bench)).ok, true);
  });

  await bench.t.test('an old mark that is changed, taken back, or erased changes the figures at once, and their rows later', async () => {
    await on(bench, 20, async (_, person) => {
      const one = await person(1);
      expectStatus(await one.mark(habit, date(3), { status: 'declined' }), 200); // the mark of the 3rd is one of the 20th now
      expectStatus(await one.del(`/v1/habits/${habit.id}/logs/${date(9)}`), 204);
      expectStatus(await (await person(2)).del('/v1/me'), 204);
    });
    const changed = await report(bench, 'overview', span(2, 20));
    assert.deepEqual(changed.days.filter((d) => d.active).map((d) => [d.day, d.active, d.done, d.declined, d.skipped]),
      [[date(2), 1, 1, 0, 1], [date(20), 1, 0, 1, 0]]);
    await counted(bench, 20, 17);
    assert.deepEqual(ofDays(await report(bench, 'overview', span(2, 20))), ofDays(changed));
    assert.equal((await doctor(bench)).ok, true);
    const rows = await bench.db.sql('SELECT day, done FROM daily_stats WHERE active > 0 ORDER BY day');
    assert.deepEqual(rows, [[date(2), '1']]);
  });

  await bench.t.test('HTTP answers what the command line prints, to operators only', async () => {
    await on(bench, 20, async (_, person) => {
      const admin = await person(9, ['--admin']), one = await person(1);
      for (const name of ['overview', 'cohorts', 'retention', 'habits', 'revenue']) {
        const path = `/v1/admin/analytics/${name}?from=${date(2)}&to=${date(20)}`;
        const { json } = expectStatus(await admin.get(path), 200);
        assert.deepEqual(ofDays(json), ofDays(await report(bench, name, span(2, 20))));
        expectProblem(await one.get(path), 404, 'not_found');
      }
      const wrong = await admin.get(`/v1/admin/analytics/overview?from=${date(9)}&to=${date(2)}`);
      expectProblem(wrong, 422, 'invalid', 'from');
      const long = await admin.get('/v1/admin/analytics/retention?from=2020-01-01&to=2026-01-01');
      expectProblem(long, 422, 'invalid', 'from');
    });
  });

  await bench.t.test('the doctor names a day whose row was tampered with', async () => {
    await bench.db.sql(`UPDATE daily_stats SET done = done + 1 WHERE day = '${date(2)}'`);
    const check = await doctor(bench);
    assert.equal(check.ok, false);
    assert.match(JSON.stringify(check), new RegExp(date(2)));
  });
});

forEachEngine('what the operator lives on, and the views that say the same', async (bench) => {
  await on(bench, 2, async (_, person) => {
    for (const id of [1, 2, 3]) {
      const api = await person(id);
      expectStatus(await api.mark(await api.habit(), date(2)), 201);
    }
  });
  const buy = (day, id) => on(bench, day, async (_, person) => {
    const body = { provider: 'sandbox', purpose: 'subscription', plan: 'month' };
    expectStatus(await (await person(id)).post('/v1/payments', body, { headers: { 'idempotency-key': 'p' } }), 201);
  });
  await buy(3, 2); // in the trial: it begins on the 9th, when that ends
  await buy(12, 3);
  const figures = async (from, to) => {
    const { trials_ended: ended, trials_converted: converted, trial_conversion: conversion, subscribers_start: start, subscribers_end: end,
      subscribers_lost: lost, churn, mrr } = await report(bench, 'business', ['--from', from, '--to', to]);
    return { ended, converted, conversion, start, end, lost, churn, mrr: mrr.map((m) => [m.currency, m.periods, m.amount]) };
  };
  assert.deepEqual(await figures(date(2), date(20)),
    { ended: 3, converted: 2, conversion: 2 / 3, start: 0, end: 2, lost: 0, churn: null, mrr: [['RUB', 2, 2 * MONTH]] });
  assert.deepEqual(await figures(date(10), '2026-12-11'), // the second one's month ends on 9 December, the third one's on the 12th
    { ended: 0, converted: 0, conversion: null, start: 1, end: 1, lost: 1, churn: 1, mrr: [['RUB', 1, MONTH]] });
  assert.match(await bench.must(['report', 'business', '--from', date(10), '--to', '2026-12-11']), /churn +100\.0%\nMRR RUB +299\.00, 1 periods/);
  await on(bench, 20, async (_, person) => {
    const admin = await person(9, ['--admin']);
    const { json } = expectStatus(await admin.get(`/v1/admin/analytics/business?from=${date(2)}&to=${date(20)}`), 200);
    assert.deepEqual(json, await report(bench, 'business', span(2, 20)));
  });

  const view = (name, columns) => bench.db.sql(`SELECT ${columns} FROM analytics_${name} ORDER BY 1, 2`);
  assert.deepEqual(await view('daily_active', 'day, people'), [[date(2), '3']]);
  assert.deepEqual(await view('weekly_active', 'week, people'), [[date(2), '3']]);
  assert.deepEqual(await view('monthly_active', 'month, people'), [[date(1), '3']]);
  assert.deepEqual((await view('completion', 'day, done, declined, skipped, completion')).map((r) => [...r.slice(0, 4), Number(r[4])]), [[date(2), '3', '0', '0', 1]]);
  assert.deepEqual(await view('cohorts', 'cohort_week, week, active'), [[date(2), date(2), '3']]);
  const begun = (day, after) => (Date.parse(date(day)) + after * 86_400_000 <= Date.now() ? '0' : ''); // the views know the database's clock alone
  assert.deepEqual(await view('retention', 'cohort_day, people, day_1, day_7, day_30'),
    [[2, '3'], [20, '1']].map(([day, people]) => [date(day), people, begun(day, 1), begun(day, 7), begun(day, 30)]));
  assert.deepEqual((await view('trials', 'week, ended, converted'))[0], [date(9), '3', '2']);
  assert.deepEqual((await view('subscribers', 'month, at_start, lost'))[0], [date(1), '0', '0']);
  assert.deepEqual(await view('revenue', 'day, currency, provider, payments, payers, amount, lost'),
    [[date(3), 'RUB', 'sandbox', '1', '1', String(MONTH), '0'], [date(12), 'RUB', 'sandbox', '1', '1', String(MONTH), '0']]);
});

forEachEngine('reports that take long are counted ahead, and say when', async (bench) => {
  const slow = { ...clock(9), HABITD_STORED_SLOW_MS: '0' };
  const names = ['overview', 'cohorts', 'retention', 'habits', 'revenue', 'business'];
  const kept = () => until('all reports are kept', async () => (await bench.db.sql('SELECT COUNT(*) FROM stored_reports'))[0][0] === String(names.length));
  const serving = async (env, act) => {
    const server = await bench.serve({ env });
    const admin = await Api.of(server, await bench.token(9, ['--admin'], { env }));
    const get = async (name, query = '') => expectStatus(await admin.get(`/v1/admin/analytics/${name}${query}`), 200).json;
    try {
      await act(get, server);
    } finally {
      await server.stop();
    }
  };
  let habit;
  await on(bench, 9, async (_, person) => {
    const one = await person(1);
    habit = await one.habit();
    expectStatus(await one.mark(habit, date(9)), 201);
  });
  const live = {};
  await serving(clock(9), async (get) => {
    for (const name of names) {
      live[name] = await get(name);
      assert.equal(live[name].counted_at, undefined, name); // fast enough: counted for the answer
    }
  });
  await serving(slow, async (get, server) => {
    await kept();
    for (const name of names) {
      const { counted_at: at, ...rest } = await get(name);
      assert.ok(at.startsWith(date(9)), `${name} was counted at ${at}`);
      assert.deepEqual(rest, live[name], name);
    }
    const one = await Api.of(server, await bench.token(1, [], { env: slow }));
    expectStatus(await one.mark(habit, date(8)), 201);
    assert.equal((await get('overview')).done, 1); // as it was
    assert.equal((await get('overview', `?from=${date(1)}&to=${date(9)}`)).done, 2); // days that were named are counted
  });
  await serving({ ...slow, HABITD_NOW: at(9, '13:00:00') }, (get) => until('they are counted again', async () => (await get('overview')).done === 2));
  await serving({ ...clock(9), HABITD_NOW: at(9, '14:00:00') }, async (get) => {
    await until('what is counted fast is not kept', async () => (await get('overview')).counted_at === undefined);
    assert.equal((await get('overview')).done, 2);
  });
});

if (ENGINES.includes('postgres'))
  forEachEngine('a stop does not wait for a report that is being counted', async (bench) => {
    if (bench.engine !== 'postgres') return; // where counting can be made to last
    await bench.must(['migrate', 'up']);
    const table = await bench.holdTable('stored_reports');
    const server = await bench.serve({ env: table.env });
    await table.asked();
    await server.stop();
    await table.release();
    assert.ok(!server.stderr.includes('upkeep failed') && !server.stderr.includes('cannot be counted'), server.stderr);
  });

forEachEngine('churn of a month: the view and the report say the same', async (bench) => {
  // The view knows months up to the database's own clock, so these are months that are over by it.
  const today = new Date();
  const back = (months, day = 1) => new Date(Date.UTC(today.getUTCFullYear(), today.getUTCMonth() - months, day, 12)).toISOString().slice(0, 10);
  const before = (day) => new Date(Date.parse(day) - 86_400_000).toISOString().slice(0, 10);
  let bought = 0;
  const visit = async (day, act) => {
    const env = { HABITD_NOW: `${day}T12:00:00Z`, HABITD_SANDBOX_PAYMENTS: 'instant', HABITD_TRIAL_DAYS: '0' };
    const server = await bench.serve({ env });
    try {
      await act(async (id, args = []) => Api.of(server, await bench.token(id, args, { env })));
    } finally {
      await server.stop();
    }
  };
  const buy = async (person, id) => {
    const body = { provider: 'sandbox', purpose: 'subscription', plan: 'month' };
    return expectStatus(await (await person(id)).post('/v1/payments', body, { headers: { 'idempotency-key': `p${++bought}` } }), 201).json;
  };
  let returned;
  await visit(back(5, 15), async (person) => { // the first month: three of them begin, one of whom pays twice
    for (const id of [1, 2, 2]) await buy(person, id);
    returned = await buy(person, 3);
  });
  await visit(back(4, 5), async (person) => { // what the third one paid for is taken back
    const admin = await person(9, ['--admin']), path = `/v1/admin/payments/${returned.id}`;
    expectStatus(await admin.post(`${path}/refund`, { reason: 'not wanted' }, { headers: { 'idempotency-key': 'r' } }), 202);
    await until('the refund', async () => expectStatus(await admin.get(path), 200).json.status === 'refunded');
  });
  await visit(back(3, 20), (person) => buy(person, 1)); // the first one comes again, after a month without

  const months = await bench.db.sql('SELECT month, at_start, lost, churn FROM analytics_subscribers ORDER BY month');
  const byReport = [];
  const ratio = (x) => (x === '' || x === null ? null : Number(x).toFixed(9)); // sqlite3 prints 15 digits
  for (const [month] of months) {
    const next = new Date(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5, 7)), 1)).toISOString().slice(0, 10);
    const r = JSON.parse(await bench.must(['report', 'business', '--json', '--from', month, '--to', before(next)], { env: { HABITD_NOW: `${back(-1)}T12:00:00Z` } }));
    byReport.push([month, r.subscribers_start, r.subscribers_lost, ratio(r.churn)]);
  }
  const byView = months.map(([month, start, lost, churn]) => [month, Number(start), Number(lost), ratio(churn)]);
  assert.deepEqual(byView, byReport); // one month more when this one ended meanwhile
  // And what they say is what happened: 3 begin the second month and 2 are lost in it, then the last of them, then one who came again.
  assert.deepEqual(byView.slice(0, 6), [[back(5), 0, 0, null], [back(4), 3, 2, '0.666666667'], [back(3), 1, 1, '1.000000000'], [back(2), 1, 1, '1.000000000'],
    [back(1), 0, 0, null], [back(0), 0, 0, null]]);
});

// One scenario, once by HTTP and once by pressing buttons: the same rows are left.
import assert from 'node:assert/strict';
import { BotBed, dayBefore } from './bot_bed.mjs';
import { expectStatus } from './api.mjs';
import { forEachEngine } from './harness.mjs';

const NOW = '2026-11-23T12:00:00Z', TODAY = '2026-11-23';
const HABITS = [
  { name: 'Read' }, { name: 'Gym', frequency: { count: 3, days: 7 } }, { name: 'Call' }, { name: 'Sleep' },
  { name: 'Water', kind: 'measurable', target_value: 8, unit: 'l' },
];

/** What a person's rows say, but for ids, moments and where they came from. */
async function rows(db, telegramId) {
  const query = (sql) => db.sql(sql.replace('$U', `(SELECT id FROM users WHERE telegram_id = ${telegramId})`));
  return {
    habits: await query('SELECT name, kind, target_value, unit, frequency_count, frequency_days, starts_on, position FROM habits WHERE user_id = $U ORDER BY position'),
    logs: await query('SELECT h.name, l.log_date, l.status, l.value, l.note, n.preset, n.note AS reason FROM habit_logs l JOIN habits h ON h.user_id = l.user_id '
      + 'AND h.id = l.habit_id LEFT JOIN habit_decline_notes n ON n.user_id = l.user_id AND n.id = l.decline_note_id WHERE l.user_id = $U ORDER BY h.position, l.log_date'),
    notes: await query('SELECT preset, note FROM habit_decline_notes WHERE user_id = $U ORDER BY preset, note'),
    streaks: await query('SELECT h.name, s.last_date, s.first_date, s.score, s.run_from FROM streaks s JOIN habits h ON h.user_id = s.user_id AND h.id = s.habit_id WHERE s.user_id = $U ORDER BY h.position'),
  };
}

async function byHttp(api, habit) {
  const put = async (name, mark, day = TODAY) => expectStatus(await api.put(`/v1/habits/${habit[name].id}/logs/${day}`, mark), 201);
  await put('Read', { status: 'done' });
  await put('Gym', { status: 'declined', preset: 'sick' });
  await put('Call', { status: 'declined', note: 'no time <b>at all</b>' });
  await put('Sleep', { status: 'skipped' });
  await put('Water', { status: 'done', value: 2.5 });
  await put('Read', { status: 'done' }, dayBefore(TODAY, 1));
  await put('Sleep', { status: 'done' }, dayBefore(TODAY, 1));
  expectStatus(await api.del(`/v1/habits/${habit.Sleep.id}/logs/${dayBefore(TODAY, 1)}`), 204);
}

async function byBot(person) {
  const press = async (name, verb) => {
    const message = await person.sees((m) => m.buttons.flat().some((b) => b.text.includes(name)), { anywhere: true });
    const row = message.buttons.find((r) => r.some((b) => b.text.includes(name)));
    return person.pressesData(row.find((b) => b.callback_data.startsWith(`${verb}:`)).callback_data, { message });
  };
  await person.says('/today');
  await person.sees(/0 of 5 done/);
  await press('Read', 'd');
  await person.sees(/1 of 5 done/);
  await press('Gym', 'x');
  await person.presses(/Sick/);
  await person.sees(/1 of 5 done/);
  await press('Call', 'x');
  await person.presses(/In my words/);
  await person.says('no time <b>at all</b>');
  await person.sees(/1 of 5 done/);
  await press('Sleep', 's');
  await person.sees(/⏭/);
  await press('Water', 'n');
  await person.says('2,5');
  await person.sees(/2 of 5 done/);
  await person.presses('◀');
  await person.sees(/Nov 22/);
  await press('Read', 'd');
  await person.sees(/1 of/);
  await press('Sleep', 'd');
  await person.sees(/2 of/);
  await press('Sleep', 'u');
  await person.sees(/1 of/);
}

forEachEngine('by HTTP and by bot: the same rows', async (bench) => {
  const bed = await BotBed.create(bench, { now: NOW });
  const anna = await bed.person({ id: 71, first_name: 'Anna', language_code: 'en' });
  const ben = await bed.person({ id: 72, first_name: 'Ben', language_code: 'en' });
  const start = dayBefore(TODAY, 10);
  for (const person of [anna, ben]) {
    const api = await bed.api(person);
    const habit = {};
    for (const h of HABITS) habit[h.name] = await api.habit({ ...h, starts_on: start });
    if (person === anna) await byHttp(api, habit);
    else await byBot(ben);
  }
  assert.deepEqual(await rows(bench.db, 72), await rows(bench.db, 71));
  await bed.close();
});

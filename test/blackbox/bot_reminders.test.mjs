// Reminders from outside: at the right minute of the person's clock, answered and snoozed from their buttons, never when there is nothing
// to remind of, and after the program was down.
import assert from 'node:assert/strict';
import { expectStatus } from './api.mjs';
import { BotBed, dayBefore, marks } from './bot_bed.mjs';
import { abreast, forEachEngine, sleep } from './harness.mjs';

abreast(2);

const RINGS = /^⏰ [^\n]+\n(How did it go|Как дела)/;
const rings = (person) => person.texts().filter((text) => RINGS.test(text)).length;

/** A habit with a daily reminder. */
async function reminded(bed, person, time, fields = {}) {
  const api = await bed.api(person);
  const habit = await api.habit({ name: 'Run', starts_on: '2026-11-01', schedules: [{ schedule_type: 'daily', reminder_time: time }], ...fields });
  return { api, habit };
}

/** When messages of a view that were sent had been due, by the program's clock: milliseconds. A busy machine sends them later. */
async function sentFor(bench, view) {
  const ms = bench.engine === 'sqlite' ? 'due_at' : 'CAST(extract(epoch FROM due_at) * 1000 AS bigint)';
  return (await bench.db.sql(`SELECT ${ms} FROM outbox WHERE view = '${view}' AND status = 'sent'`)).map(([n]) => Number(n));
}

async function deliveries(bench, kind) {
  const rows = await bench.db.sql(`SELECT u.telegram_id, d.local_date, d.status FROM deliveries d JOIN users u ON u.id = d.user_id
    WHERE d.kind = '${kind}' ORDER BY 1, 2`);
  return Object.fromEntries(rows.map(([id, day, status]) => [`${id} ${day}`, status]));
}

forEachEngine('22:59 in Nuuk', { concurrency: true }, async (bench) => {
  const bed = await BotBed.create(bench, { now: '2026-11-23T20:00:00Z' });
  const DAY = '2026-11-23'; // in Nuuk; in UTC it is the 24th
  const NAMES = ['anna', 'ben', 'cat', 'dan', 'eve', 'fay', 'gus', 'hal', 'ida', 'joe', 'kim'];
  const people = {};
  await Promise.all(NAMES.map(async (name, i) => {
    const person = await bed.person({ id: 101 + i, first_name: name, language_code: 'en' }, 'America/Nuuk');
    people[name] = { person, ...await reminded(bed, person, '22:59') };
  }));
  const { anna, ben, cat, dan, eve, fay, gus, hal, ida, joe, kim } = people;
  expectStatus(await dan.api.mark(dan.habit, DAY), 201); // answered already
  expectStatus(await eve.api.patch('/v1/me', { quiet_hours: { from: '22:00', to: '07:00' } }), 200); // the day is over by then
  expectStatus(await fay.api.patch('/v1/me', { notifications_enabled: false }), 200);
  expectStatus(await gus.api.patch(`/v1/habits/${gus.habit.id}`, { paused: true }), 200);
  hal.person.blocksBot();
  await bed.fake.quiet();

  await bed.restart('2026-11-24T00:58:52Z');
  const ringing = [anna, ben, cat, ida, joe, kim];
  const seen = await Promise.all(ringing.map(({ person }) => person.sees(RINGS, { within: 90_000 })));
  for (const at of await sentFor(bench, 'reminder')) {
    const clock = new Date(at).toISOString();
    assert.match(clock, /^2026-11-24T00:59:/, `${clock} is not 22:59 in Nuuk`);
  }
  for (const message of seen) {
    assert.equal(message.text, '⏰ Run\nHow did it go today?');
    assert.deepEqual(message.buttons.map((row) => row.map((b) => b.text)), [['✅ Done', '✖️ Not today', '⏭ Skip'], ['⏰ Later']]);
  }

  await Promise.all([
    bench.t.test('done', async () => {
      const press = await anna.person.presses('✅ Done');
      assert.equal((await press.answer()).text, '✅ Done');
      await anna.person.sees('Run\n✅ Done, today');
      assert.deepEqual(await marks(anna.api, anna.habit), { [DAY]: ['done', null, null, null] });
      assert.equal(rings(anna.person), 0, 'in place');
    }),
    bench.t.test('declined with a reason', async () => {
      await ben.person.presses('✖️ Not today');
      await ben.person.presses('🤒 Sick');
      await ben.person.sees('✖️ Not done, today');
      assert.deepEqual(await marks(ben.api, ben.habit), { [DAY]: ['declined', null, null, 'sick'] });
      await ben.person.presses('↩️ Undo');
      await ben.person.sees('How did it go today?');
      await ben.person.presses('⏭ Skip');
      await ben.person.sees('⏭ Skipped, today');
      assert.deepEqual(await marks(ben.api, ben.habit), { [DAY]: ['skipped', null, null, null] });
    }),
    ...[[cat, 'In 15 min', '23:1'], [ida, 'In 30 min', '23:[23]'], [joe, 'In 60 min', '(23:59|00:0)'], [kim, '🌆 This evening', '(23:59|00:0)']]
      .map(([who, label, time]) => bench.t.test(`snoozed: ${label}`, async () => {
        await who.person.presses('⏰ Later');
        await who.person.sees('Run — when shall I remind you again?');
        const press = await who.person.presses(label);
        assert.match((await press.answer()).text, new RegExp(`I will remind you at ${time}`));
        await who.person.sees(new RegExp(`Run — I will remind you at ${time}`));
        await (await who.person.pressesData(press.data)).answer(); // a second tap
        assert.deepEqual(await marks(who.api, who.habit), {});
      })),
  ]);
  const snoozes = 'SELECT count(*) FROM outbox o JOIN users u ON u.id = o.user_id WHERE view = \'snooze\' AND telegram_id =';
  for (const who of [cat, ida, joe, kim]) assert.deepEqual(await bench.db.sql(`${snoozes} ${who.person.id}`), [['1']], 'two taps are one');
  // Who has answered already is not reminded; that is seen when their turn comes, somewhere in the minute.
  let told;
  const patience = Date.now() + 90_000;
  do told = await deliveries(bench, 'reminder');
  while (told[`${dan.person.id} ${DAY}`] === 'queued' && Date.now() < patience && (await sleep(100), true));
  await bed.fake.quiet();
  for (const who of [dan, eve, fay, gus, hal]) assert.equal(rings(who.person), 0, who.person.screen());
  assert.equal(told[`${anna.person.id} ${DAY}`], 'sent');
  assert.equal(told[`${dan.person.id} ${DAY}`], 'answered');
  assert.equal(told[`${eve.person.id} ${DAY}`], 'quiet');

  // Ida answers meanwhile; the others hear of it again when their snooze is over, and once.
  expectStatus(await ida.api.mark(ida.habit, DAY), 201);
  await bed.restart('2026-11-24T01:20:00Z');
  await cat.person.sees(RINGS);
  await cat.person.presses('✅ Done');
  await cat.person.sees('✅ Done, today');
  await bed.restart('2026-11-24T02:05:00Z'); // the next local day
  for (const who of [joe, kim]) {
    await who.person.sees('⏰ Run\nHow did it go yesterday?');
    await who.person.presses('✅ Done');
    await who.person.sees('✅ Done, yesterday');
    assert.deepEqual(await marks(who.api, who.habit), { [DAY]: ['done', null, null, null] });
  }
  await bed.fake.quiet();
  assert.equal(rings(ida.person), 0, ida.person.screen());
  assert.equal((await sentFor(bench, 'snooze')).length, 3);
  assert.equal((await sentFor(bench, 'reminder')).length, 6, 'one each');
  await bed.close();
});

forEachEngine('a morning in Moscow', async (bench) => {
  const bed = await BotBed.create(bench, { now: '2026-11-24T02:30:00Z' }); // 05:30
  const DAY = '2026-11-24';
  const make = async (id, time, fields) => {
    const person = await bed.person({ id, first_name: `P${id}`, language_code: 'ru' }, 'Europe/Moscow');
    return { person, ...await reminded(bed, person, time, { name: 'Бег', ...fields }) };
  };
  const [late, missed, quiet, evening, moved, described] = await Promise.all([
    make(201, '08:30'), make(202, '07:00'), make(203, '09:00'), make(204, '09:00'), make(205, '09:05'),
    make(206, '09:00', { name: 'A & B <i>', emoji: '👩‍🚀', description: 'Пять <b>минут</b> & одна' }),
  ]);
  expectStatus(await quiet.api.patch('/v1/me', { quiet_hours: { from: '23:00', to: '09:30' } }), 200);
  await bed.fake.quiet();

  // Down from half past five to ten past nine: what is younger than two hours is told.
  await bed.restart('2026-11-24T06:10:00Z');
  await late.person.sees('⏰ Бег');
  await evening.person.sees('⏰ Бег');
  await moved.person.sees('⏰ Бег');
  const long = await described.person.sees('⏰ 👩‍🚀 A & B <i>\nКак дела (сегодня)?\n\nПять <b>минут</b> & одна');
  assert.equal(long.buttons.flat().length, 4);
  await bed.fake.quiet();
  assert.equal(rings(missed.person), 0, missed.person.screen());
  assert.equal(rings(quiet.person), 0, quiet.person.screen());
  assert.equal((await deliveries(bench, 'reminder'))[`202 ${DAY}`], 'missed');
  assert.equal(await bed.metric('habitd_bot_reminders_total{event="missed"}'), 1);
  assert.equal(await bed.metric('habitd_bot_reminders_total{event="claimed"}'), 5);

  await evening.person.presses('⏰ Позже');
  const press = await evening.person.presses('🌆 Вечером');
  assert.match((await press.answer()).text, /Напомню в 20:00/);
  // Moved to the evening: it reminds once more today. Moved back: not again.
  const [schedule] = moved.habit.schedules;
  expectStatus(await moved.api.patch(`/v1/habits/${moved.habit.id}/schedules/${schedule.id}`, { reminder_time: '21:00' }), 200);

  await bed.restart('2026-11-24T06:30:40Z');
  await quiet.person.sees(RINGS); // quiet hours are over
  await bed.restart('2026-11-24T17:00:55Z');
  await evening.person.sees(RINGS);
  await bed.restart('2026-11-24T18:00:55Z');
  await bed.fake.until(() => rings(moved.person) === 2, { what: 'a second reminder', person: moved.person });
  expectStatus(await moved.api.patch(`/v1/habits/${moved.habit.id}/schedules/${schedule.id}`, { reminder_time: '09:05' }), 200);
  await bed.restart('2026-11-24T18:30:00Z');
  await bed.fake.quiet(1500);
  assert.equal(rings(moved.person), 2, moved.person.screen());
  await bed.close();
});

forEachEngine('milestones are told of what is done by HTTP too', async (bench) => {
  const bed = await BotBed.create(bench, { now: '2026-11-23T12:00:00Z' });
  const TODAY = '2026-11-23';
  const person = await bed.person({ id: 311, first_name: 'Anna', language_code: 'en' });
  const api = await bed.api(person);
  const told = (name) => person.texts().filter((text) => text.includes(`🔥 ${name}: a streak of `)).length;
  const history = async (name, days, more = {}) => {
    const habit = await api.habit({ name, starts_on: '2026-01-01', ...more });
    const logs = Array.from({ length: days }, (_, i) => ({ habit_id: habit.id, day: dayBefore(TODAY, i + 1), status: 'done' }));
    expectStatus(await api.post('/v1/logs:batch', { logs }), 200);
    return habit;
  };
  const put = async (habit, day, status = 'done') => {
    const answer = await api.put(`/v1/habits/${habit.id}/logs/${day}`, { status });
    assert.ok(answer.status === 200 || answer.status === 201, answer.text);
  };
  const run = await history('Run', 6);
  for (const status of ['done', 'skipped', 'done']) await put(run, TODAY, status);
  await person.sees('🔥 Run: a streak of 7 days\n\nA whole week.');
  const read = await history('Read', 29);
  expectStatus(await api.post('/v1/logs:batch', { logs: [{ habit_id: read.id, day: TODAY, status: 'done' }] }), 200);
  await person.sees('🔥 Read: a streak of 30 days\n\nA month without a gap.');
  const old = await history('Old', 14); // a whole history, and a gap far back that is filled
  await put(old, dayBefore(TODAY, 15));
  const short = await history('Short', 5);
  await put(short, TODAY);
  await bed.fake.quiet(1500);
  assert.deepEqual(['Run', 'Read', 'Old', 'Short'].map(told), [1, 1, 0, 0], person.screen());
  await bed.close();
});

forEachEngine('milestones are told once', async (bench) => {
  const bed = await BotBed.create(bench, { now: '2026-11-23T12:00:00Z' });
  const TODAY = '2026-11-23';
  const told = (person) => person.texts().filter((text) => /a streak of \d+ days\n\n/.test(text)).length;
  const make = async (id, days) => {
    const person = await bed.person({ id, first_name: `P${id}`, language_code: 'en' });
    const api = await bed.api(person);
    const habit = await api.habit({ name: 'Run', starts_on: '2026-01-01' });
    const logs = Array.from({ length: days }, (_, i) => ({ habit_id: habit.id, day: dayBefore(TODAY, i + 1), status: 'done' }));
    expectStatus(await api.post('/v1/logs:batch', { logs }), 200);
    return { person, api, habit };
  };
  await Promise.all([[301, 6, 7, 'A whole week.'], [302, 29, 30, 'A month without a gap.'], [303, 7, 0, '']].map(async ([id, days, length, praise]) => {
    const { person } = await make(id, days);
    person.says('/today');
    for (let round = 0; round < 2; round++) {
      await person.presses('✅ Run');
      await person.sees(/✅ Run · 🔥/);
      if (length && round === 0) {
        await person.sees(`🔥 Run: a streak of ${length} days\n\n${praise}`);
      }
      await person.presses('↩️ Run');
      await person.sees(/▫️ Run/);
    }
    await bed.fake.quiet(1500);
    assert.equal(told(person), length ? 1 : 0, person.screen());
  }));
  await bed.close();
});

// Habits made, listed and changed by talking to the running bot: what a person sees, and the rows that are left, in both languages.
import assert from 'node:assert/strict';
import { Api, expectStatus } from './api.mjs';
import { startFakeBotApi } from './bot_api_fake.mjs';
import { forEachEngine } from './harness.mjs';

const WORDS = {
  en: {
    first_name: 'Anna', city: 'London', yes: 'Yes, that is my time', home: 'no habits yet', start: 'Pick one', water: 'Drink water', create: 'Create',
    made: 'Here we go', name: '👩‍👩‍👧 Walk <us> & them', bare: 'Walk <us> & them', often: 'How often?', days: 'On chosen days', sat: 'Sat', sun: 'Sun',
    next: 'Next', tick: 'On which days?', what: 'What shall I note down?', amount: 'An amount', target: 'What is the target?', bad: 'a number above zero', km: '2.5 km', unit: 'km',
    when: 'When shall I remind you?', badTime: 'I need times', sum: 'Does this look right?', weekend: 'on weekends', list: 'Your habits: 2', pause: 'Pause',
    paused: 'the streak is safe', resume: 'Resume', change: 'Change', reminders: 'Reminders', tap: 'Tap a time', often_button: 'How often', week: 'A few times',
    three: '3 times', perWeek: '3 times a week', rename: 'Name', write: 'Write the name', newName: '🥾 Hike', saved: 'Saved', back: 'Back', del: 'Delete',
    sure: 'You can take that back', deleteYes: 'Yes, delete', deleted: 'is deleted', undo: 'Bring it back', over: 'That conversation is over',
    gone: 'find that', glasses: 'glasses',
  },
  ru: {
    first_name: 'Анна', city: 'Москва', yes: 'Да, это моё время', home: 'Привычек пока нет', start: 'Выберите готовую', water: 'Пить воду', create: 'Создать',
    made: 'Готово, начинаем', name: '👩‍👩‍👧 Гулять <с нами> & псом', bare: 'Гулять <с нами> & псом', often: 'Как часто?', days: 'По дням недели', sat: 'сб', sun: 'вс',
    next: 'Далее', tick: 'В какие дни?', what: 'Что будем отмечать?', amount: 'Количество', target: 'Какая цель?', bad: 'число больше нуля', km: '2,5 км', unit: 'км',
    when: 'Когда напоминать?', badTime: 'Нужно время', sum: 'Всё верно?', weekend: 'по выходным', list: 'Ваши привычки: 2', pause: 'Пауза',
    paused: 'серия не сгорает', resume: 'Продолжить', change: 'Изменить', reminders: 'Напоминания', tap: 'Нажмите на время', often_button: 'Частота', week: 'Несколько раз',
    three: '3 раза', perWeek: '3 раза в неделю', rename: 'Название', write: 'Напишите название', newName: '🥾 Поход', saved: 'Сохранено', back: 'Назад', del: 'Удалить',
    sure: 'Вернуть можно', deleteYes: 'Да, удалить', deleted: 'удалена', undo: 'Вернуть', over: 'уже закончен',
    gone: 'больше нет', glasses: 'стаканов',
  },
};

/** A habit as anybody would describe it: what differs between two of the same is left out. */
function rule({ id: _, created_at: made, position, schedules, ...rest }) {
  const times = schedules.map(({ id, ...s }) => s).sort((a, b) => (a.reminder_time < b.reminder_time ? -1 : 1));
  return { ...rest, schedules: times };
}

// Noon in London and three in Moscow: no reminder comes due and no day ends while they talk.
const NOON = { HABITD_NOW: '2026-11-23T12:00:00Z' };

async function withBot(bench, env, fn) {
  const fake = await startFakeBotApi({ limits: false });
  const serve = () => bench.serve({ env: { ...fake.env, ...NOON, ...env } });
  let failure;
  try {
    const server = await fn(fake, serve);
    await server.stop();
  } catch (error) {
    failure = error;
  }
  await fake.stop({ check: !failure });
  if (failure) throw failure;
}

/** Somebody who talks in that language. */
class Talk {
  constructor(fake, id, language) {
    this.w = WORDS[language];
    this.id = id;
    this.person = fake.person({ id, first_name: this.w.first_name, language_code: language });
  }

  /** Presses a button, and waits for what it shows. */
  async press(label, sees) {
    await this.person.presses(label);
    return this.person.sees(sees);
  }

  async say(text, sees) {
    this.person.says(text);
    return this.person.sees(sees);
  }

  async arrive() {
    this.person.says('/start');
    await this.person.sees(/🕐/);
    await this.say(this.w.city, /\d\d:\d\d/);
    await this.press(this.w.yes, this.w.home);
  }
}

const button = (text) => (m) => m.buttons.flat().some((b) => b.text.includes(text));

/** A template in two taps; then a habit of one's own, up to the days. */
async function begin(talk) {
  const { w } = talk;
  await talk.arrive();
  const first = await talk.say('/add', w.start);
  talk.old = { message: first, data: first.buttons[0][0].callback_data };
  await talk.press(w.water, w.sum);
  const made = await talk.press(w.create, w.made);
  assert.ok(made === first && made.edits >= 2, 'one message was edited');
  await talk.say('/add', w.start);
  await talk.say(w.name, w.often);
  await talk.press(w.days, w.tick);
  await talk.press(w.sat, button(`✅ ${w.sat}`));
}

/** On with it after the server was away. */
async function finish(talk) {
  const { w, person } = talk;
  const stale = await person.pressesData(talk.old.data, { message: talk.old.message }).answer();
  assert.ok(stale.text.includes(w.over) && !stale.alert, JSON.stringify(stale));
  await talk.press(w.sun, button(`✅ ${w.sun}`));
  await talk.press(w.next, w.what);
  await talk.press(w.amount, w.target);
  await talk.say('?', w.bad);
  await talk.say(w.km, w.when);
  await talk.say('??', w.badTime);
  const sum = await talk.say('8:30, 14', w.sum);
  assert.ok(sum.text.includes(w.weekend), sum.text);
  await talk.press(w.create, w.made);
}

/** The same habits by HTTP leave the same rows, of somebody whose day is the same. */
async function compare(talk, me, other) {
  const { w } = talk;
  expectStatus(await other.patch('/v1/me', { timezone: (await me.get('/v1/me')).json.timezone }), 200);
  const habits = (await me.get('/v1/habits')).json.items;
  assert.equal(habits.length, 2, JSON.stringify(habits));
  const twin = await other.habit({
    name: w.bare, emoji: '👩‍👩‍👧', kind: 'measurable', target_value: 2.5, unit: w.unit, frequency: null,
    schedules: ['08:30', '14:00'].map((reminder_time) => ({ schedule_type: 'weekly', days_of_week: [6, 7], reminder_time })),
  });
  const water = await other.habit({
    name: w.water, emoji: '💧', kind: 'measurable', target_value: 8, unit: w.glasses, frequency: { count: 1, days: 1 },
    schedules: ['10:00', '14:00', '18:00'].map((reminder_time) => ({ schedule_type: 'daily', reminder_time })),
  });
  assert.deepEqual(habits.map(rule), [water, twin].map(rule));
  return [habits[1], twin];
}

/** The list, the habit's page, and what can be changed there. */
async function change(talk, me, own) {
  const { w } = talk;
  await talk.say('/habits', w.list);
  await talk.press(w.bare, w.weekend);
  await talk.press(w.pause, w.paused);
  assert.equal((await me.get(`/v1/habits/${own.id}`)).json.paused, true);
  await talk.press(w.resume, (m) => m.text.includes(w.weekend) && !m.text.includes(w.paused));
  await talk.press(w.change, '🎨');
  await talk.press(w.often_button, w.often);
  await talk.press(w.week, button(w.three));
  await talk.press(w.three, w.perWeek);
  await talk.press(w.reminders, w.tap);
  await talk.say('20:15', button('⏰ 20:15'));
  await talk.press(w.back, '🎨');
  await talk.press(w.rename, w.write);
  await talk.say(w.newName, w.saved);
  const changed = (await me.get(`/v1/habits/${own.id}`)).json;
  assert.equal(`${changed.emoji} ${changed.name}`, w.newName);
  assert.deepEqual(changed.frequency, { count: 3, days: 7 });
  assert.deepEqual(changed.schedules.map((s) => `${s.schedule_type} ${s.reminder_time}`).sort(), ['daily 08:30', 'daily 14:00', 'daily 20:15']);
  await talk.press(w.back, button(w.pause));
}

/** Deleted and brought back on the same message; somebody else's is nobody's. */
async function remove(talk, me, own, other, twin) {
  const { w, person } = talk;
  await talk.press(w.del, w.sure);
  await talk.press(w.deleteYes, w.deleted);
  assert.equal((await me.get(`/v1/habits/${own.id}`)).status, 404);
  await talk.press(w.undo, w.newName);
  assert.equal((await me.get(`/v1/habits/${own.id}`)).status, 200);
  const id = Buffer.from(twin.id.replaceAll('-', ''), 'hex').toString('base64url');
  for (const data of [`hd:${id}:y`, `hp:${id}:1`, `e:${id}:color:1`, `hn:${id}:y`]) {
    const answer = await person.pressesData(data).answer();
    assert.ok(answer.text.includes(w.gone) && answer.alert, JSON.stringify(answer));
  }
  assert.deepEqual((await other.get(`/v1/habits/${twin.id}`)).json, twin);
}

forEachEngine('habits are made and changed by talking, in every language', (bench) => withBot(bench, {}, async (fake, serve) => {
  const talks = Object.keys(WORDS).map((language, i) => new Talk(fake, 7 + i, language));
  const all = (fn) => Promise.all(talks.map(fn));
  const before = await serve();
  await all(begin);
  await before.stop();
  const server = await serve();
  await all(finish);
  for (const talk of talks) {
    talk.me = await Api.of(server, await bench.token(talk.id, [], { env: NOON }));
    talk.other = await Api.of(server, await bench.token(talk.id + 100, [], { env: NOON }));
    [talk.own, talk.twin] = await compare(talk, talk.me, talk.other);
  }
  await all((talk) => change(talk, talk.me, talk.own));
  await all((talk) => remove(talk, talk.me, talk.own, talk.other, talk.twin));
  return server;
}));

forEachEngine('the limit of the tier is said before the questions', (bench) => withBot(bench, { HABITD_LIMIT_TRIAL: '1' }, async (fake, serve) => {
  const server = await serve();
  const talk = new Talk(fake, 7, 'en');
  talk.person.says('/start');
  await talk.person.sees(/🕐/);
  await talk.say('/add', talk.w.start);
  await talk.press('Read', talk.w.sum);
  await talk.press(talk.w.create, talk.w.made);
  await talk.say('/add', '/premium');
  return server;
}));

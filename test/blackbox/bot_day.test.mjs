// People and their day with the bot, from outside: first contact, the place, /today and everything that can be answered there.
import assert from 'node:assert/strict';
import { expectStatus } from './api.mjs';
import { BotBed, marks } from './bot_bed.mjs';
import { forEachEngine } from './harness.mjs';

const now = '2026-11-23T12:00:00Z'; // a Monday
const TODAY = '2026-11-23';
const YESTERDAY = '2026-11-22';

// Every label of a message, row by row.
const labels = (message) => message.buttons.map((row) => row.map((b) => b.text));
const lines = (message) => message.text.split('\n').filter((line) => line !== '');

forEachEngine('first contact', { concurrency: true }, async (bench) => {
  const bed = await BotBed.create(bench, { now });
  const { fake } = bed;
  const zoneOf = async (person) => expectStatus(await (await bed.api(person)).get('/v1/me'), 200).json.timezone;

  await Promise.all([
    bench.t.test('in English, the place by its name', async () => {
      const anna = fake.person({ id: 11, first_name: 'Anna <b>&', language_code: 'en-GB' });
      anna.says('/start');
      const hello = await anna.sees('Hello, Anna <b>&!');
      assert.deepEqual(labels(hello).flat().sort(), ['English', 'Русский']);
      await anna.sees('Where do you live?');
      assert.deepEqual(anna.chat.keyboard.flat().map((b) => [b.text, b.request_location]), [['📍 Send my location', true]]);
      anna.says('Xyzzyville');
      await anna.sees('I do not know that place');
      anna.says('  berlin ');
      const asks = await anna.sees('It is 13:00 in Berlin now (Monday, Nov 23)');
      await anna.presses('✅ Yes, that is my time');
      await anna.sees('Saved: I will keep to your clock');
      await anna.sees('You have no habits yet');
      await fake.until(() => !anna.chat.get(asks.id), { what: 'the question to go', person: anna });
      assert.equal(anna.chat.keyboard, null, 'the location button is gone');
      assert.equal(await zoneOf(anna), 'Europe/Berlin');
      anna.says('/start');
      await anna.sees('You have no habits yet'); // no second welcome
      assert.equal(anna.texts().filter((text) => text.includes('Hello')).length, 1);
    }),

    bench.t.test('through the link of somebody older, once', async () => {
      const [dora, erik] = [fake.person({ id: 18, first_name: 'Dora' }), fake.person({ id: 19, first_name: 'Erik' })];
      dora.says('/start');
      await dora.sees('Where do you live?');
      const [[code]] = await bench.db.sql('SELECT referral_code FROM users WHERE telegram_id = 18');
      erik.says(`/start ref_${code}`);
      await erik.sees('Where do you live?');
      erik.says(`/start ref_${code}`);
      dora.says(`/start ref_${code}`);
      await dora.sees('You have no habits yet');
      assert.deepEqual(await bench.db.sql(`SELECT a.telegram_id, b.telegram_id, r.status FROM referrals r JOIN users a ON a.id = r.referrer_id
        JOIN users b ON b.id = r.referred_id`), [['18', '19', 'pending']]);
    }),

    bench.t.test('in Russian, and another language at once', async () => {
      const boris = fake.person({ id: 12, first_name: 'Борис', language_code: 'ru' });
      boris.says('/start');
      await boris.sees('Здравствуйте, Борис!');
      await boris.sees('Где вы живёте?');
      boris.says('нуук');
      await boris.sees(/Сейчас 10:00, Нуук \(понедельник, 23 ноября\)/);
      await boris.presses('🔍 Другой город');
      await boris.sees('Где вы живёте?');
      boris.says('Екатеринбург');
      await boris.sees(/Сейчас 17:00, Екатеринбург/);
      await boris.presses('✅ Да, это моё время');
      await boris.sees('Привычек пока нет');
      assert.equal(await zoneOf(boris), 'Asia/Yekaterinburg');
      await boris.presses('English');
      await boris.sees('Hello, Борис!');
      await boris.sees('Where do you live?');
      boris.says('/cancel');
      await boris.sees('Cancelled.');
      assert.equal(boris.chat.keyboard, null, 'and so is the location button');
      assert.equal((await (await bed.api(boris)).get('/v1/me')).json.language_code, 'en');
    }),

    bench.t.test('the place by a location, chosen among the nearest', async () => {
      const vera = fake.person({ id: 13, first_name: 'Вера', language_code: 'ru' });
      vera.says('/start');
      await vera.sees('Где вы живёте?');
      vera.sendsLocation(59.94, 30.31);
      const choice = await vera.sees('Какое место ваше?');
      const clocks = labels(choice).flat().slice(0, -1); // Helsinki and Tallinn show the same
      assert.deepEqual(clocks.slice(0, 2), ['Хельсинки · 14:00', 'Москва · 15:00'], vera.screen());
      await vera.presses('Москва · 15:00');
      await vera.sees('Запомнил');
      assert.equal(await zoneOf(vera), 'Europe/Moscow');
    }),

    bench.t.test('the place by its IANA name; a country offers all of its clocks', async () => {
      const carl = fake.person({ id: 14, first_name: 'Carl', language_code: 'en' });
      carl.says('/start');
      await carl.sees('Where do you live?');
      carl.says('portugal');
      const clocks = labels(await carl.sees('Which of these is your place?')).flat();
      assert.deepEqual(clocks.sort(), ['Azores · 11:00', 'Lisbon · 12:00', 'Madeira · 12:00', '🔍 Another city'], carl.screen());
      carl.says('Asia/Kathmandu');
      await carl.sees('It is 17:45 in Kathmandu now');
      await carl.presses('✅ Yes, that is my time');
      await carl.sees('Saved');
      assert.equal(await zoneOf(carl), 'Asia/Kathmandu');
      assert.deepEqual(carl.commands().map((c) => c.command).includes('today'), true);
    }),

    bench.t.test('words and commands nobody knows', async () => {
      const dan = await bed.person({ id: 15, first_name: 'Dan', language_code: 'de' });
      dan.says('hello?');
      await dan.sees('I did not expect words just now');
      dan.says('/frobnicate');
      await dan.sees('I do not know this command');
      dan.says('/cancel');
      await dan.sees('There is nothing to cancel.');
      dan.says('/help@habitd_test_bot');
      await dan.sees('What I can do');
    }),
  ]);
  await bed.close();
});

forEachEngine('a day answered', { concurrency: true }, async (bench) => {
  const bed = await BotBed.create(bench, { now });
  const newcomer = (id, language = 'en', zone = 'UTC') => bed.person({ id, first_name: `P${id}`, language_code: language }, zone);

  await Promise.all([
    bench.t.test('done, taken back, skipped, from the list', async () => {
      const anna = await newcomer(21);
      const api = await bed.api(anna);
      anna.says('/today');
      await anna.sees('Nothing is due on this day.');
      const run = await api.habit({ name: 'Run', emoji: '🏃' });
      const read = await api.habit({ name: 'Read' });
      anna.says('/today');
      const list = await anna.sees('Monday, Nov 23');
      assert.deepEqual(lines(list), ['📋 Monday, Nov 23', '▫️ 🏃 Run', '▫️ Read', '0 of 2 done']);
      assert.deepEqual(labels(list), [['✅ 🏃 Run', '✖️', '⏭'], ['✅ Read', '✖️', '⏭'], ['◀']]);

      const press = await anna.presses('✅ 🏃 Run');
      assert.deepEqual([(await press.answer()).text, (await press.answer()).alert ?? false], ['✅ Done', false]);
      await anna.sees('1 of 2 done');
      assert.deepEqual(lines(anna.chat.get(list.id)), ['📋 Monday, Nov 23', '✅ 🏃 Run', '▫️ Read', '1 of 2 done'], 'in place');
      await anna.presses('↩️ 🏃 Run');
      await anna.seesToast('Taken back');
      await anna.sees('0 of 2 done');
      assert.deepEqual(await marks(api, run), {});

      await anna.presses('✅ 🏃 Run');
      await anna.presses('⏭', { message: await anna.sees(/✅ 🏃 Run/) }); // Run's own buttons are gone: Read's
      await anna.seesToast('Skipped');
      await anna.sees(/⏭ Read/);
      assert.deepEqual(await marks(api, run), { [TODAY]: ['done', null, null, null] });
      assert.deepEqual(await marks(api, read), { [TODAY]: ['skipped', null, null, null] });
      const { items } = (await api.get(`/v1/habits/${run.id}/logs`)).json;
      assert.deepEqual(items.map((m) => m.source), ['bot']);
    }),

    bench.t.test('everything done', async () => {
      const ed = await newcomer(22, 'ru');
      await (await bed.api(ed)).habit({ name: 'Бег' });
      ed.says('/today');
      await ed.sees('Сделано 0 из 1');
      await ed.presses('✅ Бег');
      await ed.sees('Всё сделано! 🎉');
    }),

    bench.t.test('a streak grows in the list', async () => {
      const fay = await newcomer(23);
      const api = await bed.api(fay);
      const run = await api.habit({ name: 'Run', starts_on: '2026-11-01' });
      for (const day of [YESTERDAY, '2026-11-21', '2026-11-20']) expectStatus(await api.mark(run, day), 201);
      fay.says('/today');
      await fay.sees('▫️ Run · 🔥 3');
      await fay.presses('✅ Run');
      await fay.sees('✅ Run · 🔥 4');
    }),

    bench.t.test('declined with each kind of reason', async () => {
      const gil = await newcomer(24);
      const api = await bed.api(gil);
      const run = await api.habit({ name: 'Run' });
      const expected = { tired: '😮‍💨 Tired', sick: '🤒 Sick', busy: '🏃 Busy', other: '🤷 Other' };
      gil.says('/today');
      for (const [preset, label] of Object.entries(expected)) {
        await gil.presses('✖️');
        await gil.sees('Run — noted. What got in the way?');
        assert.deepEqual(await marks(api, run), { [TODAY]: ['declined', null, null, null] }, 'declined at once');
        await gil.presses(label);
        await gil.sees(/✖️ Run/);
        assert.deepEqual(await marks(api, run), { [TODAY]: ['declined', null, null, preset] });
        await gil.presses('↩️ Run');
        await gil.sees(/▫️ Run/);
      }
      await gil.presses('✖️');
      await gil.presses('Without a reason');
      await gil.sees(/✖️ Run/);
      assert.deepEqual(await marks(api, run), { [TODAY]: ['declined', null, null, null] });
    }),

    bench.t.test('declined in their own words, up to 300 characters', async () => {
      const hal = await newcomer(25, 'ru');
      const api = await bed.api(hal);
      const run = await api.habit({ name: 'Бег' });
      hal.says('/today');
      await hal.presses('✖️');
      await hal.presses('✍️ Своими словами');
      await hal.sees(/Напишите в двух словах, что помешало: Бег \(до 300 знаков\)/);
      hal.says('д'.repeat(301));
      await hal.sees('Пожалуйста, текстом и не длиннее 300 знаков.');
      hal.sendsLocation(1, 2); // not words
      await hal.sees('Пожалуйста, текстом и не длиннее 300 знаков.');
      const reason = '👨‍👩‍👧‍👦'.repeat(150) + 'е\u0301'.repeat(150); // 300 visible characters
      hal.says(reason);
      await hal.sees(/✖️ Бег/);
      assert.deepEqual(await marks(api, run), { [TODAY]: ['declined', null, reason, null] });
      hal.says('ещё'); // the dialog is over
      await hal.sees('Сейчас я не жду текста.');
    }),

    bench.t.test('numbers: typed, quick ones, at most', async () => {
      const ida = await newcomer(26);
      const api = await bed.api(ida);
      const km = await api.habit({ name: 'Run', kind: 'measurable', target_value: 8, unit: 'km' });
      const cups = await api.habit({ name: 'Coffee', kind: 'measurable', target_value: 2, target_kind: 'at_most', unit: 'cups' });
      ida.says('/today');
      await ida.sees('▫️ Run · 0 of 8 km');
      await ida.presses('🔢 Run');
      const asks = await ida.sees('Run: how much (km)?');
      assert.deepEqual(labels(asks), [['4 km', '8 km'], ['‹ Back']]);
      ida.says('a lot');
      await ida.sees('I need a number here');
      ida.says('7,25 km');
      await ida.sees('✅ Run · 7.25 of 8 km');
      assert.deepEqual(await marks(api, km), { [TODAY]: ['done', 7.25, null, null] });
      await ida.presses('🔢 Coffee');
      await ida.sees('Coffee: how much');
      await ida.presses('2 cups');
      await ida.sees('✅ Coffee · 2 of at most 2 cups');
      assert.deepEqual(await marks(api, cups), { [TODAY]: ['done', 2, null, null] });
    }),

    bench.t.test('the day before, and days beyond', async () => {
      const jo = await newcomer(27);
      const api = await bed.api(jo);
      const run = await api.habit({ name: 'Run', starts_on: '2026-11-22' });
      jo.says('/today');
      await jo.presses('◀');
      const before = await jo.sees('Sunday, Nov 22');
      assert.deepEqual(labels(before).at(-1), ['◀', '📋 Today', '▶']);
      await jo.presses('✅ Run');
      await jo.sees('✅ Run');
      assert.deepEqual(await marks(api, run), { [YESTERDAY]: ['done', null, null, null] });
      await jo.presses('◀');
      await jo.sees('Saturday, Nov 21'); // it had not begun
      await jo.sees('Nothing is due on this day.');
      await jo.presses('📋 Today');
      await jo.sees('Monday, Nov 23');
      // No button leads there; a changed client can ask, and stays where it is.
      for (const day of ['20990101', '19990101']) await jo.pressesData(`t:${day}:0`).answer();
      await bed.fake.until(() => bed.fake.refusals.some((r) => r.params.chat_id === jo.id), { what: 'the same list again' });
      assert.match(jo.lastMessage().text, /Monday, Nov 23/);
    }),

    bench.t.test('pages of eight', async () => {
      const kay = await newcomer(28);
      const api = await bed.api(kay);
      for (let i = 1; i <= 19; i++) await api.habit({ name: `Habit ${i}` });
      kay.says('/today');
      const list = await kay.sees('0 of 19 done');
      assert.deepEqual(labels(list)[8], ['◀', '1 / 3', '▶']);
      await kay.presses('▶', { message: list });
      await kay.sees(/▫️ Habit 9\n[^]*Habit 16\n/);
      await kay.presses('✅ Habit 12');
      const page = await kay.sees(/✅ Habit 12\n/);
      assert.match(page.text, /1 of 19 done/);
      assert.ok(!page.text.includes('Habit 17'), 'the same page');
      await kay.presses('◀', { message: page });
      await kay.sees(/▫️ Habit 1\n/);
      await kay.presses('◀', { message: page });
      await kay.sees(/Habit 19\n/);
    }),

    bench.t.test('a double tap is one mark, and both taps are answered', async () => {
      const lea = await newcomer(29);
      const api = await bed.api(lea);
      const run = await api.habit({ name: 'Run' });
      lea.says('/today');
      const list = await lea.sees('0 of 1 done');
      const { callback_data: data } = list.buttons[0][0];
      const taps = Array.from({ length: 5 }, () => lea.pressesData(data, { message: list }));
      for (const tap of taps) assert.equal((await tap.answer()).text, '✅ Done');
      await lea.sees('All done!');
      assert.deepEqual(await marks(api, run), { [TODAY]: ['done', null, null, null] });
    }),

    bench.t.test('a day that begins at three', async () => {
      const max = await newcomer(30, 'en', 'Pacific/Auckland'); // 01:00 on Tuesday
      const api = await bed.api(max);
      expectStatus(await api.patch('/v1/me', { day_starts_at: '03:00' }), 200);
      const run = await api.habit({ name: 'Run', starts_on: '2026-11-20' });
      max.says('/today');
      await max.sees('Monday, Nov 23');
      await max.presses('✅ Run');
      await max.sees('All done!');
      assert.deepEqual(Object.keys(await marks(api, run)), [TODAY]);
    }),
  ]);
  await bed.close();
});

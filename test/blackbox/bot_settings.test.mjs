// Settings and statistics in the chat, in both languages: what is on the screen and what is in the rows.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { botScenario, LANGUAGES, me } from './bot_scenario.mjs';

const words = {
  en: { language: 'Language', other: 'Русский', otherSees: 'Настройки', start: 'Start of the day', quiet: 'Quiet hours', wrong: 'two different times', typed: 'from 23:00 to 07:30',
    week: 'First day', sunday: 'Sunday', reminders: 'Reminders', summary: 'Week in numbers', nudges: 'A word', saved: 'Saved', zone: 'Time zone', city: 'Which of these|Is that what', yes: 'that is my time',
    stats: 'Which habit?', streak: 'Streak: 3 days', back: 'Back' },
  ru: { language: 'Язык', other: 'English', otherSees: 'Settings', start: 'Начало дня', quiet: 'Тихие часы', wrong: 'два разных времени', typed: 'с 23:00 до 07:30',
    week: 'Первый день', sunday: 'воскресенье', reminders: 'Напоминания', summary: 'Итоги недели', nudges: 'Подбадривание', saved: 'Сохранено', zone: 'Часовой пояс', city: 'Какое из|столько же', yes: 'моё время',
    stats: 'О какой привычке?', streak: 'Серия: 3 дня', back: 'Назад' },
};

for (const lang of LANGUAGES) {
  const w = words[lang];
  botScenario(`settings, in one message: ${lang}`, async (bed) => {
    const nina = await bed.person({ id: 7, first_name: 'Nina', language_code: lang }, 'Europe/Moscow');
    nina.says('/settings');
    const screen = await nina.sees('⚙️');
    for (const [open, choose] of [[w.start, '04:00'], [w.quiet, '22:00–08:00'], [w.week, w.sunday]]) {
      await nina.presses(open, { message: screen });
      await nina.presses(choose, { message: screen });
      await nina.seesToast(w.saved);
      await nina.sees('⚙️');
    }
    for (const button of [w.reminders, w.summary, w.nudges]) {
      await nina.presses(button, { message: screen });
      await nina.sees('⚙️');
    }
    const set = await me(bed, nina);
    assert.equal(set.day_starts_at, '04:00');
    assert.deepEqual(set.quiet_hours, { from: '22:00', to: '08:00' });
    assert.equal(set.week_starts_on, 7);
    assert.deepEqual([set.notifications_enabled, set.weekly_summary, set.nudges], [false, true, true]);
    await nina.presses(w.quiet, { message: screen });
    await nina.sees('23:00-7:30');
    nina.says('late');
    await nina.sees(w.wrong);
    nina.says('23:00-7:30');
    const below = await nina.sees(w.typed); // the hint's, when it stands below the screen
    assert.deepEqual((await me(bed, nina)).quiet_hours, { from: '23:00', to: '07:30' });
    await nina.presses(w.language, { message: below });
    await nina.presses(w.other, { message: below });
    await nina.sees(w.otherSees);
    assert.equal((await me(bed, nina)).language_code, lang === 'en' ? 'ru' : 'en');
    // the same button twice, one that is made up, one of an old screen
    for (const data of ['se:day:180', 'se:day:180']) await nina.pressesData(data).answer();
    assert.equal((await me(bed, nina)).day_starts_at, '03:00');
    for (const data of ['se:day:9999', 'se:nothing:1', 'se:lang:xx', 'se:quiet:1:x']) assert.ok((await nina.pressesData(data).answer()).alert);
    assert.equal((await me(bed, nina)).day_starts_at, '03:00');
  });

  botScenario(`another zone from the settings: ${lang}`, async (bed) => {
    const nina = await bed.person({ id: 7, first_name: 'Nina', language_code: lang }, 'Europe/Moscow');
    nina.says('/settings');
    await nina.presses(w.zone);
    await nina.sees('🕐');
    nina.says(lang === 'ru' ? 'Новосибирск' : 'Novosibirsk');
    await nina.sees(new RegExp(w.city));
    await nina.presses(w.yes);
    await nina.sees('✅');
    assert.equal((await me(bed, nina)).timezone, 'Asia/Novosibirsk');
  });

  botScenario(`a year as a picture: ${lang}`, async (bed) => {
    const nina = await bed.person({ id: 7, first_name: 'Nina', language_code: lang }, 'Europe/Moscow');
    const api = await bed.api(nina);
    const run = await api.habit({ name: 'Run <5 km> 🏃‍♀️', color: '#e91e63' });
    const today = (await api.get('/v1/today')).json.day;
    const before = (days) => new Date(Date.parse(today) - days * 86_400_000).toISOString().slice(0, 10);
    for (let i = 0; i < 120; i++) if (i < 3 || i % 7 !== 3) await api.mark(run, before(i));
    nina.says('/stats');
    await nina.sees(w.stats);
    await nina.presses('Run <5 km> 🏃‍♀️');
    const photo = await nina.seesPhoto();
    assert.match(photo.text, new RegExp(w.streak));
    assert.match(photo.text, /Run <5 km> 🏃‍♀️/u);
    const [width, height] = [photo.bytes.readUInt32BE(16), photo.bytes.readUInt32BE(20)];
    assert.deepEqual([width, height], [1280, 720]);
    if (process.env.HABITD_SHOW) writeFileSync(`${process.env.HABITD_SHOW}/sent_${lang}.png`, photo.bytes);
    await nina.presses('📋', { message: photo }); // no text takes a picture's place
    await nina.sees((m) => m.id !== photo.id && m.text.includes('📋'));
    await nina.presses('📊', { message: photo });
    await nina.sees(w.stats);
    // somebody else's habit is nobody's
    const oleg = await bed.person({ id: 8, first_name: 'Oleg', language_code: lang }, 'Europe/Moscow');
    const mine = nina.lastMessage().buttons.flat().find((b) => b.text.startsWith('Run')).callback_data;
    const answer = await oleg.pressesData(mine).answer();
    assert.ok(answer.alert);
    assert.equal(oleg.lastMessage().api.photo, undefined);
  });
}

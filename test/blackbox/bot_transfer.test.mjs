// Files in the chat: exports that can be imported again, backups of other apps, files that are none, and a program that is killed
// in the middle of it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { botScenario, count, LANGUAGES, LATER } from './bot_scenario.mjs';
import { abreast, ROOT } from './harness.mjs';
import { until } from './watch_bed.mjs';

abreast(2);

const words = {
  en: { export: 'as a file', reading: 'am reading it', look: 'what would come', yes: 'Import', no: 'Cancel', done: 'Your history is here', none: 'Nothing was imported', here: 'is here already',
    unknown: 'do not know this kind', large: 'up to 20 MB', once: 'send it once more', broken: 'damaged', how: 'Bring your history', old: 'too long ago' },
  ru: { export: 'в файле', reading: 'читаю', look: 'Вот что получится', yes: 'Перенести', no: 'Отмена', done: 'Ваша история здесь', none: 'Ничего не перенесено', here: 'уже есть',
    unknown: 'не знаком', large: 'до 20 МБ', once: 'пришлите его ещё раз', broken: 'повреждён', how: 'Перенести историю', old: 'слишком давно' },
};
const habitbull = readFileSync(path.join(ROOT, 'test/data/habitbull.csv'));

for (const lang of LANGUAGES) {
  const w = words[lang];
  botScenario(`what is exported comes back: ${lang}`, async (bed) => {
    const nina = await bed.person({ id: 7, first_name: 'Nina', language_code: lang }, 'Europe/Moscow');
    const api = await bed.api(nina);
    const read = await api.habit({ name: 'Читать 📖' });
    const today = (await api.get('/v1/today')).json.day;
    await api.mark(read, today, { note: 'x < y & z' });
    nina.says('/export');
    const menu = await nina.sees(w.export);
    const files = {};
    for (const [button, name] of [['JSON', /\.json$/], ['CSV', /\.csv$/], ['Loop', /\.zip$/], ['iCalendar', /\.ics$/]]) {
      await nina.presses(button, { message: menu });
      const file = await nina.seesFile();
      assert.match(file.api.document.file_name, name);
      files[button] = file.bytes;
    }
    const oleg = await bed.person({ id: 8, first_name: 'Oleg', language_code: lang }, 'Europe/Moscow');
    oleg.sendsFile('habitd.json', files.JSON, { mime: 'application/json' });
    await oleg.sees(w.look);
    assert.equal(await count(bed, 'SELECT count(*) FROM habits'), 1);
    const asks = oleg.lastMessage();
    await oleg.presses(w.yes);
    await oleg.sees(w.done);
    assert.equal(oleg.lastMessage().id, asks.id); // in place
    const [habit] = (await (await bed.api(oleg)).get('/v1/habits')).json.items;
    assert.equal(habit.name, 'Читать 📖');
    const logs = (await (await bed.api(oleg)).get(`/v1/habits/${habit.id}/logs`)).json.items;
    assert.deepEqual(logs.map((l) => [l.day, l.note]), [[today, 'x < y & z']]);
    oleg.sendsFile('habitd.json', files.JSON);
    await oleg.sees(w.here);
    assert.equal(await count(bed, 'SELECT count(*) FROM habits'), 2);
  });

  botScenario(`backups and files that are none: ${lang}`, async (bed, fake) => {
    const nina = await bed.person({ id: 7, first_name: 'Nina', language_code: lang }, 'Europe/Moscow');
    await nina.pressesData('im').answer();
    await nina.sees(w.how);
    nina.sendsFile('HabitBull <b>.csv', habitbull, { mime: 'text/csv' });
    await nina.sees(w.look);
    await nina.presses(w.no);
    await nina.sees(w.none);
    assert.equal(await count(bed, 'SELECT count(*) FROM habits'), 0);
    nina.sendsFile('notes.txt', 'just words');
    await nina.sees(w.unknown);
    nina.sendsFile('cut.json', '{"habitd": 1, "habits": [');
    await nina.sees(w.broken);
    const large = nina.sendsFile('large.db', 'x');
    await nina.sees(w.unknown);
    fake.pushUpdate({ message: { ...large.api, message_id: large.id + 1000, document: { ...large.api.document, file_size: 20 * 1024 * 1024 + 1 } } });
    await nina.sees(w.large, { anywhere: true });
    // a file that Telegram does not know, and a button of somebody else
    fake.fault({ method: 'getFile', error: 400, description: 'Bad Request: wrong file_id or the file is temporarily unavailable' });
    nina.sendsFile('HabitBull.csv', habitbull);
    await nina.sees(w.once);
    nina.sendsFile('HabitBull.csv', habitbull);
    await nina.sees(w.look);
    const yes = nina.lastMessage().buttons.flat()[0].callback_data;
    const oleg = await bed.person({ id: 8, first_name: 'Oleg', language_code: lang }, 'Europe/Moscow');
    assert.match((await oleg.pressesData(yes).answer()).text, new RegExp(w.old));
    assert.equal(await count(bed, 'SELECT count(*) FROM habits'), 0);
    await until('all to be sent', async () => await count(bed, `SELECT count(*) FROM outbox WHERE status IN ('queued', 'sending', 'unknown')`) === 0);
  });
}

botScenario('Telegram falters while a file is fetched: it is tried again', async (bed, fake) => {
  const nina = await bed.person({ id: 7, first_name: 'Nina', language_code: 'en' }, 'Europe/Moscow');
  fake.fault({ method: 'getFile', error: 502, times: 1 });
  fake.fault({ method: 'file', drop: 'after' });
  nina.sendsFile('HabitBull.csv', habitbull);
  await nina.sees('what would come', { within: 60_000 });
});

botScenario('killed in the middle of an import: nothing is half done, and it is done once', async (bed, fake) => {
  const nina = await bed.person({ id: 7, first_name: 'Nina', language_code: 'en' }, 'Europe/Moscow');
  nina.sendsFile('HabitBull.csv', habitbull);
  await nina.sees('what would come');
  fake.fault({ method: 'getFile', delayMs: 1500, times: 1 });
  await nina.presses('Import');
  await nina.sees('Importing');
  await fake.until(() => fake.calls('getFile').length >= 2, { what: 'the second getFile' });
  await bed.server.kill();
  assert.equal(await count(bed, 'SELECT count(*) FROM habits'), 0);
  assert.equal(await count(bed, `SELECT count(*) FROM outbox WHERE channel = 'files' AND status = 'sending'`), 1);
  await bed.start(LATER);
  await nina.sees('Your history is here', { within: 40_000 });
  const [habits, marks] = [await count(bed, 'SELECT count(*) FROM habits'), await count(bed, 'SELECT count(*) FROM habit_logs')];
  assert.ok(habits > 0 && marks > 0);
  assert.equal(nina.texts().filter((text) => text.includes('Your history is here')).length, 1);
}, { timeout: 600_000 });

// What an operator does in the chat: figures, people, messages to everybody; and that nobody else can. And the end of a person.
import assert from 'node:assert/strict';
import { botScenario, count, LANGUAGES } from './bot_scenario.mjs';
import { abreast } from './harness.mjs';
import { until } from './watch_bed.mjs';

abreast(2);

const words = {
  en: { find: 'Find a person', nobody: 'I know nobody', habits: 'habits 1', block: 'Block', blocked: 'Blocked here', why: 'Why', unblock: 'Unblock', broadcast: 'Broadcast', ask: 'Write the message', bad: 'does not close',
    draft: 'how it will look', send: 'Send to everybody', done: 'Everybody has it', stop: 'Stop', stopped: 'Stopped', people: 'People: 3', unknown: 'I do not know this command', stale: 'out of date', cancel: 'Cancel',
    erase: 'Erase everything', word: 'delete', not: 'Nothing was erased', erased: 'is erased', where: 'Where do you live' },
  ru: { find: 'Найти человека', nobody: 'Такого человека', habits: 'привычек 1', block: 'Заблокировать', blocked: 'Заблокирован здесь', why: 'Почему', unblock: 'Разблокировать', broadcast: 'Рассылка', ask: 'Напишите сообщение', bad: 'does not close',
    draft: 'Так это будет', send: 'Отправить всем', done: 'Отправлено всем', stop: 'Остановить', stopped: 'Остановлено', people: 'Людей: 3', unknown: 'Не знаю такой команды', stale: 'устарела', cancel: 'Отмена',
    erase: 'Стереть всё', word: 'удалить', not: 'Ничего не стёрто', erased: 'стёрто', where: 'Где вы живёте' },
};

for (const lang of LANGUAGES) {
  const w = words[lang];
  const env = { HABITD_ADMIN_IDS: '7,77' };
  botScenario(`figures and people: ${lang}`, async (bed) => {
    const admin = await bed.person({ id: 7, first_name: 'Admin', language_code: lang });
    const oleg = await bed.person({ id: 8, first_name: 'Oleg <3', username: 'Oleg_K', language_code: lang });
    await bed.person({ id: 9, first_name: 'Nina', language_code: lang });
    await (await bed.api(oleg)).habit({ name: 'Run' });
    oleg.says('/admin');
    await oleg.sees(w.unknown);
    for (const data of ['ad', 'au', 'bc']) assert.match((await oleg.pressesData(data).answer()).text, new RegExp(w.stale));
    admin.says('/admin');
    const screen = await admin.sees(w.people);
    await admin.presses(w.find, { message: screen });
    await admin.sees('@username');
    admin.says('@somebody_else');
    await admin.sees(w.nobody);
    admin.says('@oleg_k');
    const card = await admin.sees('Oleg <3');
    assert.match(card.text, new RegExp(w.habits));
    await admin.presses(w.block, { message: card });
    await admin.sees(w.why);
    admin.says('spam');
    const after = await admin.sees(w.blocked);
    const before = oleg.texts().length;
    oleg.says('/today');
    await bed.fake.quiet(1500);
    assert.equal(oleg.texts().length, before, 'a blocked person is not answered');
    await admin.presses(w.unblock, { message: after });
    await admin.sees(w.why);
    admin.says('a mistake');
    await admin.sees((m) => m.text.includes('Oleg <3') && !m.text.includes(w.blocked));
    oleg.says('/today');
    await oleg.sees('📋');
    assert.equal(await count(bed, `SELECT count(*) FROM audit_log WHERE operation = 'admin.block' AND actor LIKE 'person:%'`), 2);
  }, { env });

  botScenario(`a broadcast is looked at, sent once, and stopped: ${lang}`, async (bed) => {
    const admin = await bed.person({ id: 7, first_name: 'Admin', language_code: lang });
    const oleg = await bed.person({ id: 8, first_name: 'Oleg', language_code: lang });
    const gone = await bed.person({ id: 9, first_name: 'Gone', language_code: lang });
    gone.deletesAccount();
    admin.says('/admin');
    await admin.presses(w.broadcast);
    await admin.sees(w.ask);
    admin.says('<b>open');
    await admin.sees(w.bad);
    admin.says('<b>News</b> for all &amp; everybody');
    const control = await admin.sees(w.draft);
    assert.ok(admin.texts().includes('News for all & everybody'));
    assert.ok(!oleg.texts().some((t) => t.includes('News')));
    const send = control.buttons.flat()[0].callback_data;
    await admin.pressesData(send, { message: control }).answer();
    await admin.pressesData(send, { message: control }).answer();
    await oleg.sees('News for all & everybody', { anywhere: true });
    await admin.sees((m) => m.id === control.id && m.text.includes(w.done), { within: 60_000, anywhere: true });
    assert.match(control.text, /2 .*1 .*3 /);
    assert.equal(oleg.texts().filter((t) => t.includes('News')).length, 1);
    assert.equal(admin.texts().filter((t) => t.includes('News')).length, 2); // the preview, and as one of everybody
    admin.says('/admin');
    await admin.presses(w.broadcast);
    await admin.sees(w.ask);
    admin.says('Second');
    await admin.sees(w.draft);
    await admin.presses(w.cancel);
    await admin.sees(w.stopped);
    await bed.fake.quiet(1500);
    assert.ok(!oleg.texts().includes('Second'));
  }, { env });

  botScenario(`the end of a person: ${lang}`, async (bed) => {
    const nina = await bed.person({ id: 8, first_name: 'Nina', username: 'nina', language_code: lang });
    const api = await bed.api(nina);
    const habit = await api.habit({ name: 'Secret' });
    await api.mark(habit, (await api.get('/v1/today')).json.day);
    nina.says('/delete_me');
    await nina.sees(w.erase);
    nina.says('yes');
    await nina.sees(w.not);
    nina.says(w.word);
    await nina.sees((m) => m.text.includes(w.erased) && !m.text.includes(w.not));
    await until('the goodbye to be gone, too', async () => await count(bed, 'SELECT count(*) FROM outbox') === 0);
    for (const table of ['habits', 'habit_logs', 'dialogs', 'deliveries', 'directory', 'sessions'])
      assert.equal(await count(bed, `SELECT count(*) FROM ${table}`), 0, table);
    assert.equal(await count(bed, `SELECT count(*) FROM users WHERE telegram_id IS NOT NULL OR username IS NOT NULL OR first_name IS NOT NULL`), 0);
    assert.equal((await api.get('/v1/me')).status, 401);
    nina.says('/start');
    await nina.sees(w.where);
  }, { env });
}

// What people, clients and groups can send that they should not: others' buttons, invented ones, names as long and as odd as may be, groups,
// updates that nobody can read.
import assert from 'node:assert/strict';
import { expectStatus } from './api.mjs';
import { BotBed, marks } from './bot_bed.mjs';
import { abreast, forEachEngine } from './harness.mjs';

abreast(2);

const now = '2026-11-23T12:00:00Z';
const TODAY = '2026-11-23';
const GONE = 'I can’t find that any more.';
const STALE = 'This button is out of date. Here is the current state.';

const id22 = (uuid) => Buffer.from(uuid.replaceAll('-', ''), 'hex').toString('base64url');

forEachEngine('buttons of others and of nobody', { concurrency: true }, async (bench) => {
  const bed = await BotBed.create(bench, { now });
  const [anna, ben, cleo] = await Promise.all([1, 2, 3].map((id) => bed.person({ id, first_name: `P${id}`, language_code: 'en' })));
  const [annas, bens, cleos] = await Promise.all([anna, ben, cleo].map((p) => bed.api(p)));
  const run = await annas.habit({ name: 'Annas run', schedules: [{ schedule_type: 'daily', reminder_time: '23:00' }] });
  const km = await annas.habit({ name: 'Annas km', kind: 'measurable', target_value: 5 });
  const rows = () => bench.db.sql(`SELECT (SELECT count(*) FROM habit_logs), (SELECT count(*) FROM deliveries), (SELECT count(*) FROM habits),
    (SELECT count(*) FROM habit_schedules), (SELECT count(*) FROM habit_decline_notes)`);
  const before = await rows();

  /** The answer to a press is a window with one of these texts, and nothing changed. */
  async function refused(person, data, texts) {
    const answer = await person.pressesData(data).answer();
    assert.ok(answer.alert && [texts].flat().includes(answer.text), `${data}: ${JSON.stringify(answer)}`);
    assert.deepEqual(await rows(), before, data);
  }

  await bench.t.test('a habit of somebody else is not found', async () => {
    const [h, k, nobody] = [run.id, km.id, '0192f0c1-2b7e-7c3d-9a51-3f6c2b1d0e4f'].map(id22);
    for (const habit of [h, nobody]) {
      for (const data of [`d:${habit}:20261123:c`, `s:${habit}:20261123:t0`, `x:${habit}:20261123:c`, `r:${habit}:20261123:c:1`, `u:${habit}:20261123:c`,
        `z:${habit}:20261123:0`]) {
        await refused(ben, data, GONE);
      }
    }
    await refused(ben, `n:${k}:20261123:c:5000`, GONE);
    assert.ok(!ben.screen().includes('Annas'), ben.screen());
    // Views of it draw nothing.
    for (const data of [`k:${h}:20261123:c`, `n:${k}:20261123:c`, `r:${h}:20261123:c:w`, `z:${h}:20261123`, `st:${h}`, `hv:${h}`, `e:${h}:name`]) {
      await ben.pressesData(data).answer();
    }
    await bed.fake.quiet(1500);
    assert.ok(!ben.screen().includes('Annas'), ben.screen());
    assert.deepEqual(await rows(), before);
    ben.says('words for a dialog about it');
    await ben.sees(/./);
    ben.says('/cancel');
    await ben.sees(/./);
    assert.deepEqual(await rows(), before);
    assert.equal((await bens.get('/v1/habits')).json.items.length, 0);
    assert.deepEqual(await marks(annas, run), {});
  });

  await bench.t.test('what no button says', async () => {
    const h = id22(run.id);
    const odd = ['d', 'd:', ':', '::::::::::', 'd:x:20261123:c', `d:${h}`, `d:${h}:20261123`, `d:${h}:2026112:c`, `d:${h}:20261323:c`, `d:${h}:99999999:c`,
      `d:${h}:20261123:${'c'.repeat(28)}`, `D:${h}:20261123:c`, `d :${h}:20261123:c`, `r:${h}:20261123:c:9`, `r:${h}:20261123:c:-1`, `n:${h}:20261123:c:x`,
      `n:${h}:20261123:c:9999999999999999999999`, `z:${h}:20261123:7`, 'zy:Nowhere/City', 'zy:../../etc/passwd', 'zy:', 'lw:xx', 't:20260230:0', 't:20261123:-5',
      'h:x', 'st:x', 'se:x:y:z', '\u0001\u0002', 'д', '👨‍👩‍👧‍👦', '%s%n', "'; DROP TABLE users; --", 'x'.repeat(64), '\u202e', '0', 'null', '{"a":1}'];
    for (const data of odd) {
      const answer = await cleo.pressesData(data).answer();
      assert.ok(answer.alert && answer.text, `${data}: ${JSON.stringify(answer)}`);
    }
    assert.deepEqual(await rows(), before);
    assert.equal((await cleos.get('/v1/me')).json.timezone, 'UTC');
    cleo.says('/today');
    await cleo.sees('Nothing is due on this day.');
  });

  await bench.t.test('a button that was right once', async () => {
    const dora = await bed.person({ id: 4, first_name: 'Dora', language_code: 'en' });
    const api = await bed.api(dora);
    const habit = await api.habit({ name: 'Gone soon' });
    dora.says('/today');
    const list = await dora.sees('Gone soon');
    const { callback_data: data } = list.buttons[0][0];
    expectStatus(await api.del(`/v1/habits/${habit.id}`), 204);
    const answer = await dora.pressesData(data, { message: list }).answer();
    assert.deepEqual([answer.text, answer.alert], [GONE, true]);
    // Telegram no longer shows the message: the answer is a new one.
    const kept = await api.habit({ name: 'Kept' });
    dora.says('/today');
    const old = await dora.sees('Kept');
    await (await dora.presses('✅ Kept', { inaccessible: true })).answer();
    const fresh = await dora.sees('All done!');
    assert.notEqual(fresh.id, old.id);
    assert.deepEqual(await marks(api, kept), { [TODAY]: ['done', null, null, null] });
    // A day too far ahead, or before there were days.
    for (const day of ['20261124', '19991231']) {
      const late = await dora.pressesData(`d:${id22(kept.id)}:${day}:c`).answer();
      assert.deepEqual([late.text, late.alert], [STALE, true], day);
    }
  });
  await bed.close();
});

forEachEngine('names as long and as odd as may be', { concurrency: true }, async (bench) => {
  const bed = await BotBed.create(bench, { now });
  const FAMILY = '👩‍👩‍👧‍👦'.repeat(100); // 11 UTF-16 units each
  const MARKED = Array.from({ length: 100 }, () => `a${'\u0301'.repeat(19)}`).join(''); // 100 visible characters, 3,900 bytes
  const HTML = '<b>&lt;script>alert("1")</b> & <a href="tg://user?id=1">x</a>';
  const UNIT = Array.from({ length: 20 }, () => `o${'\u0308'.repeat(24)}`).join('');

  await bench.t.test('lists, cards, dialogs and buttons stay within the limits', async () => {
    const anna = await bed.person({ id: 1, first_name: FAMILY.slice(0, 55), language_code: 'en' });
    const api = await bed.api(anna);
    for (const name of [FAMILY, MARKED, HTML, 'ﷺ'.repeat(100), '\u202eevil', 'שלום & <עולם>', FAMILY, MARKED]) {
      await api.habit({ name, kind: 'measurable', target_value: 5, unit: UNIT, description: '&'.repeat(4096) });
    }
    anna.says('/today');
    const list = await anna.sees('0 of 8 done');
    assert.ok(list.text.includes(HTML.slice(0, 40)) && list.entities.every((e) => e.type === 'bold'), anna.screen());
    for (const [i, row] of list.buttons.slice(0, 8).entries()) {
      await anna.pressesData(row[0].callback_data, { message: list }).answer();
      const asks = await anna.sees('how much');
      await anna.pressesData(asks.buttons.flat().at(-1).callback_data, { message: asks }).answer();
      await anna.sees('0 of 8 done');
      if (i > 1) continue;
      await anna.pressesData(row[1].callback_data, { message: list }).answer();
      await anna.presses('✍️ In my words');
      await anna.sees('Write in a few words');
      anna.says('&'.repeat(300));
      await anna.sees(/of 8 done/);
    }
    for (const command of ['/habits', '/stats', '/settings', '/start', '/help']) {
      anna.says(command);
      const screen = await anna.sees(/./);
      for (const button of screen.buttons.flat().slice(0, 3)) {
        if (!button.callback_data) continue;
        await anna.pressesData(button.callback_data, { message: screen }).answer();
        await bed.fake.quiet(1200);
      }
    }
  });

  await bench.t.test('a name comes back as it was written', async () => {
    const ben = await bed.person({ id: 2, first_name: 'Ben', language_code: 'en' });
    const api = await bed.api(ben);
    const habits = [];
    for (const name of [HTML, '👩‍👩‍👧‍👦👍🏽🇬🇱', 'पढ़ना', 'قراءة']) habits.push(await api.habit({ name }));
    ben.says('/today');
    const list = await ben.sees('0 of 4 done');
    for (const [i, { name }] of habits.entries()) {
      assert.ok(list.text.replaceAll(/[\u2068\u2069]/g, '').includes(`▫️ ${[...name].length > 60 ? name.slice(0, 50) : name}`), list.text);
      assert.ok(list.buttons[i][0].text.length <= 70);
    }
    assert.equal(list.entities.filter((e) => e.type !== 'bold').length, 0);
  });
  await bed.close();
});

forEachEngine('as many habits as there may be, with the longest names', { concurrency: true }, async (bench) => {
  const HABITS = 1000;
  const bed = await BotBed.create(bench, { now });
  const anna = await bed.person({ id: 1, first_name: 'Anna', language_code: 'en' });
  const api = await bed.api(anna);
  const long = Array.from({ length: 96 }, () => `a${'\u0301'.repeat(19)}`).join(''); // 3,700 bytes
  for (let i = 0; i < HABITS; i += 50) {
    await Promise.all(Array.from({ length: 50 }, (_, k) => api.habit({ name: `${i + k} ${long}`, description: '&'.repeat(4096) })));
  }
  assert.equal((await api.post('/v1/habits', { name: 'One more' })).status, 403);

  anna.says('/today');
  const list = await anna.sees(`0 of ${HABITS} done`);
  await anna.pressesData(list.buttons[0][0].callback_data, { message: list }).answer();
  await anna.sees(`1 of ${HABITS} done`);
  for (const command of ['/habits', '/stats', '/settings', '/add', '/cancel', '/today']) {
    anna.says(command);
    const screen = await anna.sees(/./);
    for (const button of screen.buttons.flat().slice(0, 2)) {
      if (button.callback_data) await anna.pressesData(button.callback_data, { message: screen }).answer();
    }
  }
  assert.equal((await api.get('/v1/habits?limit=100')).json.items.length, 100);
  await bed.close();
});

forEachEngine('groups, and updates that nobody can read', { concurrency: true }, async (bench) => {
  const bed = await BotBed.create(bench, { now, env: { HABITD_ALERT_CHAT_ID: '900' } });
  const { fake } = bed;
  const admin = await bed.person({ id: 900, first_name: 'Op', language_code: 'en' });
  const alerts = () => admin.texts().filter((text) => /could not be handled/.test(text));

  await bench.t.test('a group is told once, and left', async () => {
    const anna = fake.person({ id: 1, first_name: 'Anna', language_code: 'ru' });
    for (const type of ['group', 'supergroup']) {
      const group = fake.group({ id: type === 'group' ? -100 : -1001234567890, type, title: 'Друзья' });
      group.addsBot(anna);
      anna.says('/start@habitd_test_bot', { in: group.chat });
      await group.seesBotLeave();
      await fake.quiet(300);
      assert.deepEqual(anna.texts({ in: group.chat }), ['Я работаю только в личных чатах: напишите мне напрямую. 👋'], anna.screen({ in: group.chat }));
    }
    const channel = fake.group({ id: -1009999, type: 'channel' });
    channel.addsBot(anna);
    await channel.seesBotLeave();
  });

  const odd = [
    { update_id: 500_000_001, message: { chat: 'x' } },
    { update_id: 500_000_002, message: { message_id: 1, date: 1, chat: { id: 7, type: 'private' }, from: { id: '7', is_bot: false, first_name: 'X' }, text: 'hi' } },
    '{"update_id":500000003,"callback_query":{"id":5,"data":{}}}',
    '{"update_id":500000004,"message":{"message_id":1,"date":1,"chat":{"id":7,"type":"private"},"from":{"id":7,"is_bot":false,"first_name":"X"},"text":"\\ud800"}}',
    '{"update_id":500000005,"callback_query":{"id":"1","from":{"id":99999999999999999999,"is_bot":false,"first_name":"X"},"data":"d"}}',
  ];
  await bench.t.test('what cannot be read is parked after five tries with one alert; others go on', async () => {
    const eve = await bed.person({ id: 2, first_name: 'Eve', language_code: 'en' });
    for (const update of odd) fake.injectRaw(update);
    eve.says('/today');
    await eve.sees('Nothing is due on this day.');
    const state = () => bench.db.sql("SELECT status, count(*), max(attempts) FROM inbox WHERE status <> 'done' GROUP BY status ORDER BY status");
    assert.deepEqual((await state()).map(([status, n]) => [status, n]), [['pending', String(odd.length)]]);
    // Tries are 1, 5, 30 and 120 seconds apart; a restart at a later time stands for the long ones.
    for (const at of ['2026-11-23T13:00:00Z', '2026-11-23T14:00:00Z', '2026-11-23T15:00:00Z', '2026-11-23T16:00:00Z', '2026-11-23T17:00:00Z']) {
      assert.equal(alerts().length, (await state())[0][0] === 'parked' ? 1 : 0);
      await bed.restart(at);
      eve.says('/today');
      await eve.sees('Nothing is due on this day.');
      await fake.quiet(1200);
    }
    assert.deepEqual(await state(), [['parked', String(odd.length), '5']]);
    assert.equal(alerts().length, 1, admin.screen());
    assert.deepEqual(await bench.db.sql("SELECT occurrences FROM admin_alerts WHERE fingerprint = 'inbox.parked:telegram'"), [[String(odd.length)]]);
    assert.equal((await bed.server.request('GET', '/healthz')).status, 200);
  });
  await bed.close();
});

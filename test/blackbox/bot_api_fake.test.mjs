// The fake Bot API is itself held to what the Bot API documents: every rule can fail.
import assert from 'node:assert/strict';
import http from 'node:http';
import test from 'node:test';
import { deflateSync } from 'node:zlib';
import { limitIn, Validator } from './bot_api/schema.mjs';
import { parseHtml } from './bot_api/html.mjs';
import { readPng } from './bot_api/image.mjs';
import { startFakeBotApi } from './bot_api_fake.mjs';

const free = { limits: false };

/** Runs fn with a fake, a call function and Anna who has started the bot. */
function withFake(name, options, fn) {
  test(name, { timeout: 600_000 }, async () => {
    const fake = await startFakeBotApi({ deadlineMs: 3000, ...options });
    const call = (method, params, { headers = { 'content-type': 'application/json' }, body = JSON.stringify(params ?? {}), token = fake.token } = {}) =>
      fetch(`${fake.url}/bot${token}/${method}`, { method: 'POST', headers, body }).then(async (r) => ({ status: r.status, ...await r.json() }));
    const anna = fake.person({ id: 7, first_name: 'Anna', language_code: 'en' });
    try {
      await fn({ fake, call, anna });
    } finally {
      await fake.stop({ check: false });
    }
  });
}

/** A bot in a few lines: polls, and hands each update to `react`. */
function pollingBot(fake, call, react) {
  let stop = false;
  const loop = (async () => {
    let offset = 0;
    while (!stop) {
      const { ok, result, description } = await call('getUpdates', { offset, timeout: 1 });
      if (!ok) throw new Error(description);
      for (const update of result) {
        offset = update.update_id + 1;
        await react(update);
      }
    }
  })();
  return { stop: () => { stop = true; return loop; } };
}

function png(width, height, { wrong } = {}) {
  const chunk = (type, data) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    let crc = -1;
    for (const b of body) {
      crc ^= b;
      for (let k = 0; k < 8; k++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    }
    const out = Buffer.alloc(body.length + 8);
    out.writeUInt32BE(data.length, 0);
    body.copy(out, 4);
    out.writeUInt32BE((crc ^ -1 ^ (wrong === 'crc' && type === 'IDAT' ? 1 : 0)) >>> 0, body.length + 4);
    return out;
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head[8] = 8; // grey
  const pixels = Buffer.alloc(height * (width + 1) - (wrong === 'pixels' ? 1 : 0));
  return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), chunk('IHDR', head), chunk('IDAT', deflateSync(pixels)),
    chunk('IEND', Buffer.alloc(0))]);
}

function form(fields, files) {
  const data = new FormData();
  for (const [key, value] of Object.entries(fields)) data.set(key, typeof value === 'string' ? value : JSON.stringify(value));
  for (const [key, [bytes, name, type]] of Object.entries(files)) data.set(key, new Blob([bytes], { type }), name);
  return { headers: {}, body: data };
}

const button = (text, data) => ({ inline_keyboard: [[{ text, callback_data: data }]] });

test('limits are read from the descriptions of the published types', () => {
  assert.deepEqual(limitIn('Text of the message, 1\\-4096 characters after entities parsing'), { min: 1, max: 4096, unit: 'characters', parsed: true });
  assert.deepEqual(limitIn('Data, 1-64 bytes'), { min: 1, max: 64, unit: 'bytes' });
  assert.deepEqual(limitIn('Values between 1-100 are accepted.'), { min: 1, max: 100, unit: 'value' });
  assert.equal(limitIn('Any text'), undefined);
});

test('the validator knows every method and finds what is wrong with a call', () => {
  const v = new Validator();
  assert.ok(Object.keys(v.schema.methods).length >= 150);
  const wrong = (method, params) => v.problemsOfParams(method, params).join('; ');
  assert.equal(wrong('sendMessage', { chat_id: 1, text: 'x', parse_mode: 'HTML', reply_markup: button('a', 'b') }), '');
  assert.match(wrong('sendMessage', { chat_id: 1 }), /text is required/);
  assert.match(wrong('sendMessage', { chat_id: 1, text: 5 }), /must be text/);
  assert.match(wrong('sendMessage', { chat_id: 1, text: null }), /must be text/);
  assert.match(wrong('sendMessage', { chat_id: 1, text: '\ud800' }), /well-formed/);
  assert.match(wrong('sendMessage', { chat_id: 1, text: 'x', silent: true }), /silent is not a field/);
  assert.match(wrong('sendMessage', { chat_id: 1, text: 'x', parse_mode: 'html' }), /must be one of HTML/);
  assert.match(wrong('sendMessage', { chat_id: 1, text: 'x', disable_notification: 'true' }), /must be boolean/);
  assert.match(wrong('sendMessage', { chat_id: 1, text: 'x', reply_markup: { inline_keyboard: [[{ text: 'a', data: 'b' }]] } }), /data is not a field of InlineKeyboardButton/);
  assert.match(wrong('sendMessage', { chat_id: 1, text: 'x', reply_markup: button('a', 'é'.repeat(33)) }), /66 bytes, not 1-64/);
  assert.match(wrong('editMessageText', { chat_id: 1, message_id: 1.5, text: 'x' }), /must be an integer/);
  assert.match(wrong('getUpdates', { allowed_updates: ['messages'] }), /must be one of/);
  assert.match(wrong('answerCallbackQuery', { callback_query_id: '1', text: 'x'.repeat(201) }), /201 characters, not 0-200/);
  assert.match(v.problemsOfUpdate({ update_id: 1, message: { message_id: 1 } }).join(), /chat is required/);
});

test('HTML is parsed as documented', () => {
  const { text, entities } = parseHtml(' <b>Бег <i>5 км</i></b> &lt;&amp;&gt;&#128512; <a href="https://example.org/?a=1&amp;b=2">x</a><pre><code class="language-c">y</code></pre> ');
  assert.equal(text, 'Бег 5 км <&>😀 xy');
  assert.deepEqual(entities, [
    { type: 'bold', offset: 0, length: 8 }, { type: 'italic', offset: 4, length: 4 },
    { type: 'text_link', url: 'https://example.org/?a=1&b=2', offset: 15, length: 1 }, { type: 'pre', language: 'c', offset: 16, length: 1 },
  ]);
  assert.deepEqual(parseHtml('<b></b><blockquote expandable>q</blockquote><span class="tg-spoiler">s</span>').entities.map((e) => e.type),
    ['expandable_blockquote', 'spoiler']);
  const wrong = {
    '<b>x': /end tag corresponding to start tag "b"/, 'x</b>': /Unexpected end tag/, '<b><i>x</b></i>': /Unmatched end tag/, 'a < b': /Unescaped "<"/,
    'a > b': /Unescaped ">"/, 'a & b': /Unescaped "&"/, '&nbsp;': /Unescaped "&"/, '<br>': /Unsupported start tag "br"/, '<b': /Malformed/,
    '<a>x</a>': /must have attribute "href"/, '<a href=x>x</a>': /Malformed tag/, '<b class="x">y</b>': /no attribute/, '<span>x</span>': /tg-spoiler/,
    '<B>x</b><p>': /Unsupported start tag "p" at byte offset 8/, '&#0;': /Invalid character/, '&#xd800;': /Invalid character/,
  };
  for (const [source, message] of Object.entries(wrong)) {
    assert.throws(() => parseHtml(source), (e) => e.violation && message.test(e.message) && /^Bad Request: can't parse entities/.test(e.message), source);
  }
});

test('PNG pictures are read whole', () => {
  assert.deepEqual(readPng(png(12, 5)), { width: 12, height: 5, depth: 8, color: 0 });
  assert.throws(() => readPng(png(12, 5, { wrong: 'crc' })), /checksum/);
  assert.throws(() => readPng(png(12, 5, { wrong: 'pixels' })), /64 bytes of pixels, not 65/);
  assert.throws(() => readPng(png(12, 5).subarray(0, 60)), /cut off/);
  assert.throws(() => readPng(Buffer.from('GIF89a, say')), /signature/);
});

withFake('a request that breaks a rule is answered with 400 and kept', free, async ({ fake, call, anna }) => {
  anna.says('/start');
  const sent = (await call('sendMessage', { chat_id: 7, text: 'hello' })).result;
  assert.equal(sent.text, 'hello');
  const rows = (n, m) => ({ inline_keyboard: Array.from({ length: n }, () => Array.from({ length: m }, () => ({ text: 'x', callback_data: 'x' }))) });
  const send = (more) => ['sendMessage', { chat_id: 7, text: 'x', ...more }];
  const broken = [
    [...send({ text: ' \n' }), /text is empty/], [...send({ text: '😀'.repeat(2049) }), /too long: 4098/],
    [...send({ text: '<b>', parse_mode: 'HTML' }), /can't parse entities/], [...send({ parse_mode: 'Markdown' }), /HTML only/],
    [...send({ parse_mode: 'HTML', entities: [{ type: 'bold', offset: 0, length: 1 }] }), /exclude/],
    [...send({ entities: [{ type: 'bold', offset: 0, length: 2 }] }), /outside the text/],
    [...send({ reply_markup: { inline_keyboard: [[{ text: 'x' }]] } }), /exactly one action, not 0/],
    [...send({ reply_markup: { inline_keyboard: [[{ text: 'x', callback_data: 'a', url: 'https://example.org' }]] } }), /not 2/],
    [...send({ reply_markup: { inline_keyboard: [[{ text: ' ', callback_data: 'a' }]] } }), /without a text/],
    [...send({ reply_markup: { inline_keyboard: [[{ text: 'x', web_app: { url: 'http://example.org' } }]] } }), /only HTTPS/],
    [...send({ reply_markup: { inline_keyboard: [[{ text: 'x', url: 'example' }]] } }), /BUTTON_URL_INVALID/],
    [...send({ reply_markup: { inline_keyboard: [[{ text: 'x', pay: true }]] } }), /pay button/],
    [...send({ reply_markup: button('x', '') }), /0 bytes/], [...send({ reply_markup: rows(1, 9) }), /in a row/], [...send({ reply_markup: rows(13, 8) }), /too long/],
    [...send({ reply_markup: { inline_keyboard: [[]] } }), /row without buttons/], [...send({ reply_markup: { keyboard: [] } }), /keyboard without/],
    ['editMessageText', { chat_id: 7, message_id: sent.message_id, text: 'x', reply_markup: { keyboard: [] } }, /keyboard is not a field of InlineKeyboardMarkup/],
    ['editMessageText', { text: 'x' }, /not specified/], ['editMessageText', { chat_id: 7, message_id: 1, text: 'x' }, /can't be edited/],
    ['editMessageCaption', { chat_id: 7, message_id: sent.message_id, caption: 'x' }, /no caption/],
    ['sendDocument', { chat_id: 7, document: 'AAAA' }, /wrong file identifier/], ['getFile', { file_id: 'x' }, /wrong file_id/],
    ['setMyCommands', { commands: [{ command: 'Add', description: 'x' }] }, /COMMAND_INVALID/],
    ['setMyCommands', { commands: [], language_code: 'russian' }, /two-letter/], ['getUpdates', { limit: 0 }, /1-100/],
    ['setWebhook', { url: 'ftp://example.org' }, /HTTPS/], ['setWebhook', { url: 'https://example.org', secret_token: 'ä' }, /unallowed/],
    ['sendInvoice', { chat_id: 7, title: 'x', description: 'x', payload: 'x', currency: 'XTR', prices: [] }, /exactly one/],
    ['leaveChat', { chat_id: 7 }, /private/],
  ];
  for (const [method, params, message] of broken) {
    const before = fake.violations.length;
    const answer = await call(method, params);
    assert.equal(answer.status, 400, `${method} ${JSON.stringify(params)}`);
    assert.match(answer.description, message);
    assert.equal(fake.violations.length, before + 1);
  }
  const odd = [
    { headers: { 'content-type': 'application/json' }, body: '[1]' }, { headers: { 'content-type': 'application/json' }, body: '{"chat_id":' },
    { headers: { 'content-type': 'text/plain' }, body: 'chat_id=7' }, { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'chat_id=7&chat_id=7&text=x' },
    { headers: { 'content-type': 'application/json' }, body: Buffer.from('{"chat_id":7,"text":"\xff"}', 'latin1') },
    { headers: { 'content-type': 'multipart/form-data; boundary=b' }, body: '--b\r\n\r\nx\r\n--b--' },
  ];
  for (const request of odd) assert.equal((await call('sendMessage', null, request)).status, 400, request.body);
  assert.equal((await call('sendMesage', {})).status, 404);
  assert.equal((await call('sendDice', { chat_id: 7 })).status, 404);
  assert.equal(fake.violations.length, broken.length + odd.length + 2);
  assert.throws(() => fake.assertClean(), /rules were broken/);
});

withFake('what a correct bot may meet is refused but no violation', free, async ({ fake, call, anna }) => {
  const said = async (method, params) => {
    const { status, description } = await call(method, params);
    return `${status} ${description}`;
  };
  assert.match(await said('sendMessage', { chat_id: 7, text: 'x' }), /^403 .*can't initiate/);
  assert.match(await said('sendMessage', { chat_id: 8, text: 'x' }), /^400 .*chat not found/);
  anna.says('/start');
  const { message_id: id } = (await call('sendMessage', { chat_id: 7, text: 'x', reply_markup: button('a', 'b') })).result;
  const edit = { chat_id: 7, message_id: id, text: '<b>x</b>', parse_mode: 'HTML', reply_markup: button('a', 'b') };
  assert.equal((await call('editMessageText', edit)).status, 200);
  assert.match(await said('editMessageText', edit), /^400 .*message is not modified/);
  assert.match(await said('editMessageReplyMarkup', { chat_id: 7, message_id: id, reply_markup: button('a', 'b') }), /not modified/);
  assert.equal((await call('editMessageText', { ...edit, reply_markup: undefined })).result.reply_markup, undefined);
  assert.match(await said('editMessageText', { ...edit, message_id: 999 }), /^400 .*message to edit not found/);
  assert.equal((await call('deleteMessage', { chat_id: 7, message_id: id })).result, true);
  assert.match(await said('deleteMessage', { chat_id: 7, message_id: id }), /^400 .*message to delete not found/);
  assert.match(await said('sendMessage', { chat_id: 7, text: 'x', reply_parameters: { message_id: id } }), /replied not found/);
  assert.match(await said('answerCallbackQuery', { callback_query_id: '1' }), /^400 .*query is too old/);
  anna.blocksBot();
  assert.match(await said('sendMessage', { chat_id: 7, text: 'x' }), /^403 Forbidden: bot was blocked by the user$/);
  anna.unblocks();
  assert.equal((await call('sendMessage', { chat_id: 7, text: 'x' })).status, 200);
  anna.deletesAccount();
  assert.match(await said('sendMessage', { chat_id: 7, text: 'x' }), /^403 .*deactivated/);
  assert.deepEqual(fake.violations, []);
  assert.equal(fake.refusals.length, 10);
  assert.equal((await call('getMe', {}, { token: '1:x' })).status, 401);
  fake.unauthorized = true;
  assert.equal((await call('getMe')).status, 401);
});

withFake('getUpdates: waits, confirms below the offset and nothing else, one poller at a time', free, async ({ fake, call, anna }) => {
  const ids = async (params) => (await call('getUpdates', params)).result.map((u) => u.message.text);
  assert.deepEqual(await ids({}), []);
  const waiting = ids({ timeout: 30 });
  await fake.until(() => fake.feed.poll);
  const one = fake.feed.nextId;
  anna.says('1');
  assert.deepEqual(await waiting, ['1']);
  anna.says('2');
  anna.says('3');
  assert.deepEqual(await ids({}), ['1', '2', '3'], 'unconfirmed updates come again');
  assert.deepEqual(await ids({ limit: 2 }), ['1', '2']);
  assert.deepEqual(await ids({ offset: one + 1 }), ['2', '3']);
  assert.deepEqual(await ids({ offset: one }), ['2', '3'], 'confirmed ones do not');
  assert.deepEqual(await ids({ offset: -1 }), ['3']);
  assert.equal(fake.feed.droppedUpdates, 0);
  anna.says('unread');
  await call('getUpdates', { offset: fake.feed.nextId });
  assert.equal(fake.feed.droppedUpdates, 1);
  assert.throws(() => fake.assertClean(), /1 updates were dropped/);

  const first = call('getUpdates', { timeout: 30 });
  await fake.until(() => fake.feed.poll);
  const second = call('getUpdates', { timeout: 30 });
  assert.match((await first).description, /^Conflict: terminated by other getUpdates/);
  await call('setWebhook', { url: 'http://127.0.0.1:1/' });
  assert.equal((await second).error_code, 409);
  assert.match((await call('getUpdates')).description, /webhook is active/);
  assert.equal((await call('getWebhookInfo')).result.url, 'http://127.0.0.1:1/');
  await call('deleteWebhook');
  assert.equal((await call('getUpdates')).status, 200);
});

withFake('updates: kinds that are not wanted, ids that jump back, doubles, disorder', free, async ({ fake, call, anna }) => {
  await call('getUpdates', { allowed_updates: ['callback_query'] });
  anna.says('unwanted');
  assert.equal(fake.feed.pending.length, 0);
  await call('getUpdates', { allowed_updates: [] });
  anna.says('1');
  let batch = (await call('getUpdates')).result;
  const high = batch[0].update_id + 1;
  await call('getUpdates', { offset: high });
  fake.jumpUpdateIds(5);
  anna.says('low');
  for (const time of ['first', 'second']) {
    batch = (await call('getUpdates', { offset: high })).result;
    assert.deepEqual(batch.map((u) => u.update_id), [5], `${time} time: an offset far ahead confirms nothing`);
  }
  assert.deepEqual((await call('getUpdates', { offset: 6 })).result, []);

  fake.feed.duplicate = true;
  anna.says('twice');
  const offset = (await call('getUpdates', { offset: 6 })).result[0].update_id + 1;
  assert.deepEqual((await call('getUpdates', { offset })).result.map((u) => u.message.text), ['twice']);
  assert.deepEqual((await call('getUpdates', { offset })).result, []);
  assert.equal(fake.feed.deliveredIds.get(offset - 1), 2);

  fake.feed.duplicate = false;
  fake.feed.reorder = true;
  for (let i = 0; i < 60; i++) anna.says(String(i));
  const order = (await call('getUpdates')).result.map((u) => Number(u.message.text));
  assert.notDeepEqual(order, [...order].sort((a, b) => a - b));
  assert.throws(() => fake.pushUpdate({ message: { text: 'x' } }), /no such update exists/);
  fake.injectRaw({ update_id: 1, message: 'nonsense' });
  assert.deepEqual((await call('getUpdates', { offset })).result.find((u) => u.update_id === 1), { update_id: 1, message: 'nonsense' });
  assert.equal(fake.feed.droppedUpdates, 0);
});

withFake('webhook: secret, order within a chat, retries, doubles, calls in the answer', { ...free, webhookRetryMs: 5 }, async ({ fake, call, anna }) => {
  const got = [];
  let failures = 0;
  let most = 0;
  let open = 0;
  const bot = http.createServer((request, response) => {
    const chunks = [];
    most = Math.max(most, ++open);
    request.on('data', (c) => chunks.push(c));
    request.on('end', () => setTimeout(() => {
      open--;
      const update = JSON.parse(Buffer.concat(chunks));
      assert.equal(request.url, '/hook');
      got.push({ secret: request.headers['x-telegram-bot-api-secret-token'], update });
      if (failures > 0 && failures--) response.writeHead(500).end();
      else response.end(update.message?.text === 'reply' ? JSON.stringify({ method: 'sendMessage', chat_id: 7, text: 'in the answer' }) : '');
    }, 5));
  });
  await new Promise((resolve) => bot.listen(0, '127.0.0.1', resolve));
  const texts = () => got.map((g) => g.update.message.text);
  try {
    anna.says('before');
    fake.feed.origin = `http://127.0.0.1:${bot.address().port}`;
    await call('setWebhook', { url: 'https://habits.example.org/hook', secret_token: 'Secret_1', max_connections: 2 });
    await fake.until(() => fake.feed.delivered === 1);
    assert.equal(got[0].secret, 'Secret_1');
    assert.equal(got[0].update.message.text, 'before', 'switching keeps what was pending');

    failures = 2;
    anna.says('a');
    anna.says('b');
    await fake.until(() => fake.feed.delivered === 3);
    assert.deepEqual(texts().slice(1), ['a', 'a', 'a', 'b'], 'one person\'s updates wait for one another');
    assert.match((await call('getWebhookInfo')).result.last_error_message, /500/);

    for (let id = 100; id < 110; id++) fake.person({ id }).says('x');
    await fake.until(() => fake.feed.delivered === 13);
    assert.equal(most, 2, 'max_connections');

    fake.feed.duplicate = true;
    anna.says('double');
    await fake.until(() => fake.feed.delivered === 15);
    assert.deepEqual(texts().slice(-2), ['double', 'double']);
    fake.feed.duplicate = false;

    anna.says('reply');
    await anna.sees('in the answer');
    assert.deepEqual(fake.violations, []);
    await call('deleteWebhook', { drop_pending_updates: true });
    assert.equal(fake.feed.droppedUpdates, 0);
  } finally {
    bot.closeAllConnections();
    bot.close();
  }
});

withFake('30 messages a second, one a second in a chat with a burst of three; presses are free', { knowsEverybody: true }, async ({ fake, call }) => {
  const send = async (chat) => (await call('sendMessage', { chat_id: chat, text: 'x' }));
  for (let i = 0; i < 3; i++) assert.equal((await send(100)).status, 200);
  const refused = await send(100);
  assert.equal(refused.status, 429);
  assert.equal(refused.parameters.retry_after, 1);
  assert.equal(fake.throttled.length, 1);
  const all = await Promise.all(Array.from({ length: 60 }, (_, i) => send(200 + i)));
  const passed = all.filter((a) => a.status === 200).length;
  assert.ok(passed >= 26 && passed <= 35, `${passed} passed`);
  assert.ok(all.every((a) => a.status === 200 || a.parameters.retry_after >= 1));
  assert.equal((await call('sendChatAction', { chat_id: 100, action: 'typing' })).status, 200);
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.deepEqual(fake.violations, []);
  await send(100);
  assert.match(fake.violations[0].what, /before retry_after was over/);
});

withFake('files and pictures', free, async ({ fake, call, anna }) => {
  anna.says('/start');
  const photo = (bytes, more) => call('sendPhoto', null, form({ chat_id: '7', ...more }, { photo: [bytes, 'a.png', 'image/png'] }));
  const sent = await photo(png(40, 30), { caption: '<b>map</b>', parse_mode: 'HTML', reply_markup: button('ok', 'ok') });
  assert.equal(sent.status, 200);
  assert.deepEqual([sent.result.photo[0].width, sent.result.photo[0].height, sent.result.caption], [40, 30, 'map']);
  const seen = await anna.seesPhoto();
  assert.deepEqual(seen.bytes, png(40, 30));
  assert.match(String(seen), /photo 40x30\)\n.*map\n.*\[ok\]/);
  assert.match((await photo(png(300, 10))).description, /DIMENSIONS/);
  assert.match((await photo(png(40, 30, { wrong: 'crc' }))).description, /IMAGE_PROCESS_FAILED/);
  assert.match((await photo(png(4, 4), { caption: 'x'.repeat(1025) })).description, /caption is too long/);
  assert.equal((await call('sendPhoto', { chat_id: 7, photo: sent.result.photo[0].file_id })).status, 200);
  const media = { type: 'photo', media: 'attach://new', caption: 'next' };
  const edited = await call('editMessageMedia', null, form({ chat_id: '7', message_id: String(sent.result.message_id), media }, { new: [png(8, 8), 'b.png', 'image/png'] }));
  assert.equal(edited.result.caption, 'next');
  assert.match((await call('editMessageText', { chat_id: 7, message_id: sent.result.message_id, text: 'x' })).description, /no text in the message/);
  assert.match((await call('sendPhoto', { chat_id: 7, photo: 'attach://none' })).description, /no file is attached/);

  const file = await call('sendDocument', null, form({ chat_id: '7' }, { document: ['a,b\n', 'habits.csv', 'text/csv'] }));
  assert.deepEqual([file.result.document.file_name, file.result.document.mime_type], ['habits.csv', 'text/csv']);
  assert.equal((await anna.seesFile()).bytes.toString(), 'a,b\n');
  const message = anna.sendsFile('backup.db', Buffer.from('SQLite'), { mime: 'application/x-sqlite3' });
  const info = (await call('getFile', { file_id: message.api.document.file_id })).result;
  const url = `${fake.url}/file/bot${fake.token}/${info.file_path}`;
  assert.equal(await (await fetch(url)).text(), 'SQLite');
  assert.equal((await fetch(`${url}x`)).status, 404);
  const cut = fake.fault({ method: 'file', drop: 'after' });
  await assert.rejects(async () => (await fetch(url)).text());
  assert.equal(cut.hits, 1);
});

withFake('faults: later, refused, dropped before and after reading, done but not answered', free, async ({ fake, call, anna }) => {
  anna.says('/start');
  const send = (text) => call('sendMessage', { chat_id: 7, text });
  fake.fault({ method: 'sendMessage', delayMs: 80 });
  const start = performance.now();
  assert.equal((await send('late')).status, 200);
  assert.ok(performance.now() - start >= 75);
  fake.fault({ method: /^send/, error: 502, skip: 1, times: 2 });
  assert.deepEqual([(await send('1')).status, (await send('2')).status, (await send('3')).status, (await send('4')).status], [200, 502, 502, 200]);
  const busy = fake.fault({ error: 429, retry_after: 7, chat_id: 7, when: (p) => p.text === 'busy' });
  assert.deepEqual((await send('busy')).parameters, { retry_after: 7 });
  await busy.hit();
  await new Promise((resolve) => setTimeout(resolve, 300));
  await send('too early');
  assert.match(fake.violations.pop().what, /before retry_after was over/);
  for (const [how, done] of [[{ drop: 'before' }, 0], [{ drop: 'after' }, 0], [{ lost: 'cut' }, 1]]) {
    const before = anna.texts().length;
    fake.fault({ method: 'sendMessage', ...how });
    await assert.rejects(send('cut'), undefined, JSON.stringify(how));
    assert.equal(anna.texts().length, before + done);
  }
  fake.fault({ method: 'sendMessage', lost: 'hang' });
  const hanging = assert.rejects(send('hang'));
  await anna.sees('hang');
  await fake.stop({ check: false });
  await hanging;
  assert.throws(() => fake.fault({ drop: 'before', error: 500 }), /one of/);
});

withFake('people: talk, press, see; what they do not see stands in the error', free, async ({ fake, call, anna }) => {
  const bot = pollingBot(fake, call, async ({ message, callback_query: query }) => {
    if (message?.text === '/start') {
      await call('sendMessage', { chat_id: message.chat.id, text: `Hello, ${message.from.first_name}`, reply_markup: button('✅ Done', 'd:1') });
    } else if (message?.location) {
      await call('sendMessage', { chat_id: message.chat.id, text: 'nice place', reply_markup: { keyboard: [[{ text: 'Home' }, { text: 'Away' }]] } });
    } else if (message) {
      await call('sendMessage', { chat_id: message.chat.id, text: `you said ${message.text}` });
    } else if (query?.data === 'd:1') {
      await call('answerCallbackQuery', { callback_query_id: query.id, text: 'Well done' });
      await call('editMessageText', { chat_id: query.message.chat.id, message_id: query.message.message_id, text: 'Done' });
    }
  });
  anna.says('/start');
  const hello = await anna.sees(/^Hello, Anna$/);
  assert.equal(anna.screen(), 'Anna: /start\nbot: Hello, Anna\n     [✅ Done]');
  const press = await anna.presses(/Done/);
  assert.deepEqual(await press.answer(), { text: 'Well done', alert: false, url: undefined });
  assert.equal(await anna.seesToast('Well'), 'Well done');
  assert.equal((await anna.sees('Done')).id, hello.id);
  assert.equal(hello.edits, 1);
  anna.sendsLocation(55.75, 37.61);
  await anna.sees('nice place');
  await assert.rejects(anna.sees('Done', { within: 50 }), /waited 50 ms for a message like "Done"\n--- chat 7\nAnna: \/start/, 'older messages do not count');
  await anna.sees('Done', { anywhere: true });
  await anna.presses('Away');
  await anna.sees('you said Away');
  await assert.rejects(anna.presses('Nowhere', { within: 50 }), /a button "Nowhere"/);

  const again = await call('answerCallbackQuery', { callback_query_id: press.queryId });
  assert.equal(again.status, 400, 'a press is answered once');
  fake.assertClean();
  anna.pressesData('x');
  await fake.quiet(50);
  assert.throws(() => fake.assertClean(), /press of "x" was never answered/);
  const ben = fake.person({ id: 9, language_code: 'ru' });
  const group = fake.group({ id: -100, title: 'Team' });
  group.addsBot(ben);
  await call('leaveChat', { chat_id: -100 });
  await group.seesBotLeave();
  await bot.stop();
});

withFake('a press expires', { ...free, callbackTtlMs: 20 }, async ({ call, anna, fake }) => {
  const press = anna.pressesData('x');
  await fake.until(() => press.expired || (setTimeout(() => fake.changed(), 5), false));
  assert.match((await call('answerCallbackQuery', { callback_query_id: press.queryId })).description, /too old/);
});

withFake('commands, menu button and texts by language', free, async ({ call, anna, fake }) => {
  const en = [{ command: 'today', description: 'Today' }];
  const ru = [{ command: 'today', description: 'Сегодня' }];
  await call('setMyCommands', { commands: en });
  await call('setMyCommands', { commands: ru, language_code: 'ru', scope: { type: 'all_private_chats' } });
  assert.deepEqual((await call('getMyCommands')).result, en);
  assert.deepEqual((await call('getMyCommands', { language_code: 'ru' })).result, [], 'without the scope it is another list');
  assert.deepEqual(anna.commands(), en);
  assert.deepEqual(fake.person({ id: 8, language_code: 'ru' }).commands(), ru);
  await call('setChatMenuButton', { menu_button: { type: 'commands' } });
  assert.deepEqual((await call('getChatMenuButton', { chat_id: 7 })).result, { type: 'commands' });
  await call('setMyDescription', { description: 'Habits' });
  assert.deepEqual((await call('getMyDescription', { language_code: 'ru' })).result, { description: 'Habits' });
  assert.deepEqual(fake.violations, []);
});

withFake('Stars: ten seconds to answer, refunds once, transactions', free, async ({ call, anna, fake }) => {
  anna.says('/start');
  const invoice = { title: 'Premium', description: 'A month', payload: 'p1', currency: 'XTR', prices: [{ label: 'Month', amount: 99 }] };
  await call('sendInvoice', { chat_id: 7, ...invoice });
  const message = await anna.sees((m) => m.api.invoice?.total_amount === 99);
  const answer = async (how) => {
    await fake.until(() => fake.books.checkouts.size === 1);
    const [id] = fake.books.checkouts.keys();
    return call('answerPreCheckoutQuery', { pre_checkout_query_id: id, ...how });
  };
  const [refused] = await Promise.all([anna.pays(message), answer({ ok: false, error_message: 'sold out' })]);
  assert.deepEqual(refused, { refused: 'sold out' });
  await assert.rejects(anna.pays(message, { answerMs: 20 }), /not answered within 20 ms/);
  const [paid] = await Promise.all([anna.pays(message), answer({ ok: true })]);
  assert.equal(paid.total_amount, 99);
  const charge = { user_id: 7, telegram_payment_charge_id: paid.telegram_payment_charge_id };
  assert.equal((await call('refundStarPayment', { ...charge, user_id: 8 })).description, 'Bad Request: CHARGE_NOT_FOUND');
  assert.equal((await call('refundStarPayment', charge)).result, true);
  assert.equal((await call('refundStarPayment', charge)).description, 'Bad Request: CHARGE_ALREADY_REFUNDED');
  const { transactions } = (await call('getStarTransactions', {})).result;
  assert.deepEqual(transactions.map((t) => [t.amount, Boolean(t.source)]), [[99, true], [99, false]]);

  const link = (await call('createInvoiceLink', { ...invoice, subscription_period: 2592000 })).result;
  const [monthly] = await Promise.all([anna.pays(link), answer({ ok: true })]);
  assert.equal(monthly.is_first_recurring, true);
  assert.equal(anna.renews(monthly.telegram_payment_charge_id).is_recurring, true);
  anna.cancelsSubscription(monthly.telegram_payment_charge_id);
  assert.throws(() => anna.renews(monthly.telegram_payment_charge_id), /no subscription/);
  const states = () => call('getUpdates', {}).then(({ result }) => result.filter((u) => u.subscription).map((u) => u.subscription.state));
  anna.cancelsSubscription(monthly.telegram_payment_charge_id, 'active');
  assert.deepEqual(await states(), ['canceled', 'active']);
  await call('editUserStarSubscription', { user_id: 7, telegram_payment_charge_id: monthly.telegram_payment_charge_id, is_canceled: true });
  assert.throws(() => anna.renews(monthly.telegram_payment_charge_id), /no subscription/);
  assert.deepEqual(fake.violations, []);
});

// The harness on top of telegram-test-api, by polling and by webhook, with a bot of a few lines.
import assert from 'node:assert/strict';
import http from 'node:http';
import test from 'node:test';
import { startEmulator } from './bot_emulator.mjs';

async function call(world, method, params = {}) {
  const response = await fetch(`${world.url}/bot${world.token}/${method}`, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(params),
  });
  return { status: response.status, ...await response.json() };
}

async function react(world, { message, callback_query: query }) {
  if (message?.text === '/start') {
    await call(world, 'sendMessage', {
      chat_id: message.chat.id, text: `<b>Hello</b>, ${message.from.first_name}`, parse_mode: 'HTML',
      reply_markup: { inline_keyboard: [[{ text: '✅ Done', callback_data: 'd' }, { text: 'Later', callback_data: 'l' }]] },
    });
  } else if (message) {
    await call(world, 'sendMessage', { chat_id: message.chat.id, text: `you said ${message.text ?? 'nothing'}` });
  } else if (query) {
    await call(world, 'answerCallbackQuery', { callback_query_id: query.id });
    await call(world, 'editMessageText', { chat_id: query.message.chat.id, message_id: query.message.message_id, text: `pressed ${query.data}` });
  }
}

async function conversation(world) {
  const anna = world.person({ id: 7, first_name: 'Anna', language_code: 'en' });
  const ben = world.person({ id: 8, first_name: 'Ben' });
  await Promise.all([anna.says('/start'), ben.says('hi')]);
  const hello = await anna.sees('Hello, Anna');
  assert.equal(anna.screen(), 'bot: Hello, Anna\n     [✅ Done] [Later]');
  await ben.sees(/^you said hi$/);
  await anna.presses(/Done/);
  assert.equal((await anna.sees('pressed d')).id, hello.id);
  await anna.sendsLocation(1, 2);
  await anna.sees('you said nothing');
  assert.deepEqual(anna.texts(), ['pressed d', 'you said nothing']);
  await assert.rejects(anna.sees('pressed d', { within: 50 }), /waited 50 ms for a message like pressed d\n--- chat 7\nbot: pressed d/);
  await anna.sees('pressed d', { anywhere: true });
  await assert.rejects(anna.presses('Nowhere', { within: 50 }), /a button Nowhere/);
}

test('a conversation by polling', { timeout: 600_000 }, async () => {
  const world = await startEmulator();
  let stop = false;
  const bot = (async () => {
    while (!stop) {
      for (const update of (await call(world, 'getUpdates')).result) await react(world, update);
      await new Promise((resolve) => setTimeout(resolve, 5)); // it does not wait for updates itself
    }
  })();
  try {
    await conversation(world);
  } finally {
    stop = true;
    await bot;
    await world.stop();
  }
});

test('a conversation by webhook; one that fails is told to whoever spoke', { timeout: 600_000 }, async () => {
  const world = await startEmulator();
  let status = 200;
  const bot = http.createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    response.writeHead(status).end();
    if (status === 200) await react(world, JSON.parse(Buffer.concat(chunks)));
  });
  await new Promise((resolve) => bot.listen(0, '127.0.0.1', resolve));
  try {
    await call(world, 'setWebhook', { url: `http://127.0.0.1:${bot.address().port}/` });
    await conversation(world);
    status = 500;
    await assert.rejects(world.person({ id: 9 }).says('/start'), /500/);
    const unknown = await call(world, 'sendPhoto');
    assert.equal(unknown.status, 500);
    assert.equal(unknown.ok, undefined);
  } finally {
    bot.closeAllConnections();
    bot.close();
    await world.stop();
  }
});

// The real program with a Bot API that nobody here wrote: the npm emulator telegram-test-api, by polling and by webhook. It lacks
// most methods (it answers them with 500), and its webhooks carry no secret header: a proxy adds that one, as Telegram would.
import assert from 'node:assert/strict';
import http from 'node:http';
import { startEmulator } from './bot_emulator.mjs';
import { forEachEngine } from './harness.mjs';

const SECRET = 'a-secret-of-the-test';

/** Passes webhooks on to the program, with the secret; `target` is set once the program listens. */
async function startProxy(t) {
  const proxy = { target: null };
  const server = http.createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const answer = await fetch(proxy.target + request.url, {
      method: 'POST', body: Buffer.concat(chunks),
      headers: { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': SECRET },
    });
    response.writeHead(answer.status).end(await answer.text());
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  proxy.url = `http://127.0.0.1:${server.address().port}`;
  return proxy;
}

/** What is written before the program has told the emulator its webhook reaches nobody: says it until there is an answer. */
async function greet(person) {
  for (let tries = 15; ; tries--) {
    await person.says('/start');
    try {
      return await person.sees(/Where do you live/, { within: 2000 });
    } catch (error) {
      if (tries === 0) throw error;
    }
  }
}

/** A newcomer says where they live, makes a habit from a template, and marks it. */
async function conversation(world) {
  const anna = world.person({ id: 7, first_name: 'Anna', language_code: 'en' });
  await greet(anna);
  await anna.says('Nuuk');
  await anna.sees(/in Nuuk now/);
  await anna.presses(/that is my time/);
  await anna.sees(/no habits yet/);
  await anna.says('/add');
  await anna.sees(/New habit/);
  await anna.presses(/Read/);
  await anna.presses(/Create/);
  await anna.says('/today');
  await anna.sees(/0 of 1 done/);
  await anna.presses(/^✅ .*Read/);
  await anna.sees(/All done/);
  await anna.presses(/^↩️ .*Read/);
  await anna.sees(/0 of 1 done/);
  await anna.says('/nonsense');
  await anna.sees(/do not know this command/);
}

// At noon, so that no reminder of the template comes due and no day ends meanwhile.
const settings = (world) => ({ TELEGRAM_BOT_TOKEN: world.token, TELEGRAM_API_URL: world.url, HABITD_NOW: '2026-11-23T15:00:00Z' });

forEachEngine('telegram-test-api: a conversation by polling', async (bench) => {
  const world = await startEmulator();
  bench.t.after(() => world.stop());
  const server = await bench.serve({ env: settings(world) });
  await conversation(world);
  await server.stop();
});

forEachEngine('telegram-test-api: a conversation by webhook', async (bench) => {
  const world = await startEmulator();
  bench.t.after(() => world.stop());
  const proxy = await startProxy(bench.t);
  const server = await bench.serve({
    env: { ...settings(world), HABITD_PUBLIC_URL: proxy.url, TELEGRAM_WEBHOOK_SECRET: SECRET },
  });
  proxy.target = server.url;
  await conversation(world);
  const { status } = await server.request('POST', '/webhooks/telegram', { body: '{"update_id":1}', headers: { 'content-type': 'application/json' } });
  assert.equal(status, 401);
  await server.stop();
});

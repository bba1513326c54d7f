// The npm package telegram-test-api, a Bot API emulator that nobody here wrote, with the same people as bot_api_fake.mjs on top.
//
//   const world = await startEmulator();
//   await bench.serve({ env: world.env });                       // TELEGRAM_API_URL and TELEGRAM_BOT_TOKEN
//   const anna = world.person({ id: 7, first_name: 'Anna' });
//   await anna.says('/start'); await anna.sees(/welcome/i); await anna.presses('Done');
//
// A second opinion on texts and buttons, not more. What it lacks or does otherwise than Telegram:
//   * It knows getMe, getUpdates, setWebhook, deleteWebhook, sendMessage, editMessageText, editMessageReplyMarkup, deleteMessage and
//     answerCallbackQuery. Every other method is answered with HTTP 500 and {"message": …}, without "ok": a bot must live with that.
//   * The results of edits, deletions, answers and setWebhook are null. Dates in the results of sendMessage are milliseconds.
//   * getUpdates answers at once, also when there is nothing, and hands out each update once, whatever the offset: a poll that is lost is
//     lost with its updates. Messages carry a field botToken, callback queries no chat_instance.
//   * Parameters are not checked, texts stay as they were sent (HTML is taken off here), answers to presses go nowhere.
//   * A webhook gets no secret header and must answer 2xx, or the emulator's promise is rejected: says() and presses() throw then. Update
//     ids go up only after the webhook has answered, so people here take turns.
//   * Bodies over 100 kB and multipart forms are not read; what is older than `storeTimeout` is forgotten (an hour here).
import { createRequire } from 'node:module';
import { parseHtml } from './bot_api/html.mjs';

const require = createRequire(import.meta.url);
const fits = (pattern, text) => (typeof pattern === 'string' ? text.includes(pattern) : pattern.test(text));

/** A message of the bot: text without mark-up, rows of inline buttons. */
function asSeen({ message, messageId }) {
  const { text, entities } = message.parse_mode === 'HTML' ? parseHtml(message.text ?? '') : { text: message.text ?? '', entities: [] };
  return { id: messageId, text, entities, buttons: message.reply_markup?.inline_keyboard ?? [], keyboard: message.reply_markup?.keyboard };
}

class EmulatedPerson {
  constructor(world, user) {
    this.world = world;
    this.user = { is_bot: false, first_name: `Person ${user.id}`, ...user };
    this.api = { id: user.id, type: 'private', first_name: this.user.first_name };
    this.since = 0; // the world's revision when this person did something last
  }

  #stored() {
    return this.world.server.storage.botMessages.filter((u) => String(u.message.chat_id) === String(this.user.id));
  }

  /** The bot's messages that are there, oldest first. */
  messages() {
    return this.#stored().map(asSeen);
  }

  texts() {
    return this.messages().map((m) => m.text);
  }

  /** The bot's side of the chat as text, with its buttons. */
  screen() {
    return this.messages().map((m) => [`bot: ${m.text}`, ...m.buttons.map((row) => `     ${row.map((b) => `[${b.text}]`).join(' ')}`)].join('\n')).join('\n');
  }

  #common() {
    this.since = this.world.snapshot();
    return { from: this.user, chat: this.api, date: Math.floor(Date.now() / 1000), botToken: this.world.token };
  }

  /** Types a text; by webhook, resolves when the bot has taken it. */
  says(text) {
    const command = /^\/\w+/.exec(text);
    const message = { ...this.#common(), text };
    if (!command) return this.world.turn(() => this.world.server.addUserMessage(message));
    message.entities = [{ type: 'bot_command', offset: 0, length: command[0].length }];
    return this.world.turn(() => this.world.server.addUserCommand(message));
  }

  sendsLocation(latitude, longitude) {
    const message = { ...this.#common(), location: { latitude, longitude } };
    return this.world.turn(() => this.world.server.addUserMessage(message));
  }

  #button(pattern) {
    for (const test of [(text) => text === pattern, (text) => fits(pattern, text)]) {
      for (const seen of this.messages().reverse()) {
        const button = [...seen.buttons.flat(), ...(seen.keyboard ?? []).flat()].find((b) => test(b.text));
        if (button) return { button, seen };
      }
    }
    return undefined;
  }

  /** Presses the newest button with this label, as a Person of bot_api_fake.mjs does; waits until it is there. */
  async presses(pattern, { within } = {}) {
    const { button, seen } = await this.world.until(() => this.#button(pattern), { within, what: `a button ${pattern}`, person: this });
    if (button.callback_data === undefined) return this.says(button.text);
    return this.pressesData(button.callback_data, seen);
  }

  /** Presses with any callback data under a message. */
  pressesData(data, seen = this.messages().at(-1)) {
    const { from, chat, date, botToken } = this.#common();
    const message = { message_id: seen?.id, chat, date, text: seen?.text, from: { id: 666, is_bot: true, first_name: 'Test First name' } };
    if (seen?.buttons.length > 0) message.reply_markup = { inline_keyboard: seen.buttons };
    return this.world.turn(() => this.world.server.addUserCallback({ from, message, data, date, botToken }));
  }

  /** Waits for a message that came or changed since this person did something last (anywhere: or earlier). */
  sees(pattern, { within, anywhere = false } = {}) {
    const find = () => {
      for (const stored of this.#stored().reverse()) {
        const seen = asSeen(stored);
        if ((anywhere || this.world.changedAt(stored) > this.since) && fits(pattern, seen.text)) return seen;
      }
      return undefined;
    };
    return this.world.until(find, { within, what: `a message like ${pattern}`, person: this });
  }
}

class EmulatedWorld {
  constructor({ deadlineMs = 60_000 } = {}) {
    this.deadlineMs = deadlineMs;
    this.token = '666:TESTemulated';
    this.revision = 0;
    this.seen = new Map(); // update id -> {text of the message, revision}
    this.waiters = new Set();
    this.last = Promise.resolve();
    const TelegramServer = require('telegram-test-api');
    this.server = new TelegramServer({ host: '127.0.0.1', storeTimeout: 3600 });
    this.server.config.port = 0; // its constructor takes 0 for 9000
    for (const event of ['AddedBotMessage', 'EditedMessageText', 'EditedMessageReplyMarkup']) {
      this.server.on(event, () => {
        for (const waiter of this.waiters) waiter();
      });
    }
  }

  async start() {
    await this.server.start();
    this.url = `http://127.0.0.1:${this.server.server.address().port}`;
    return this;
  }

  /** The environment of a bot that talks to this emulator. */
  get env() {
    return { TELEGRAM_API_URL: this.url, TELEGRAM_BOT_TOKEN: this.token };
  }

  stop() {
    return this.server.stop();
  }

  person(user) {
    return new EmulatedPerson(this, user);
  }

  /** The revision at which a stored message got its present content. */
  changedAt(stored) {
    const text = JSON.stringify(stored.message);
    let known = this.seen.get(stored.updateId);
    if (known?.text !== text) this.seen.set(stored.updateId, known = { text, revision: ++this.revision });
    return known.revision;
  }

  /** Notes what has changed until now; the revision of it. */
  snapshot() {
    for (const stored of this.server.storage.botMessages) this.changedAt(stored);
    return this.revision;
  }

  /** One person acts at a time. */
  turn(act) {
    const mine = this.last.then(act);
    this.last = mine.catch(() => {});
    return mine;
  }

  /** Resolves to what find() returns once that is something; rejects after `within` milliseconds and shows the chat. */
  until(find, { within = this.deadlineMs, what, person }) {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = find();
        if (!found) return;
        clearTimeout(timer);
        this.waiters.delete(look);
        resolve(found);
      };
      const timer = setTimeout(() => {
        this.waiters.delete(look);
        reject(new Error(`waited ${within} ms for ${what}\n--- chat ${person.user.id}\n${person.screen()}\n---`));
      }, within);
      this.waiters.add(look);
      look();
    });
  }
}

/** Starts the emulator on a free port of this machine. */
export function startEmulator(options) {
  return new EmulatedWorld(options).start();
}

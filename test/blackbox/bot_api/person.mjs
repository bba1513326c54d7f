// People who talk to the bot. Everything they wait for is awaited with a deadline, and what was on the screen stands in the error.
import { commandsFor } from './settings.mjs';
import { changeSubscription, pay, renew } from './payments.mjs';

const shown = (pattern) => (typeof pattern === 'string' ? JSON.stringify(pattern) : String(pattern));
const fits = (pattern, text) => (typeof pattern === 'string' ? text.includes(pattern) : pattern.test(text));

/** A press of a button: what the bot answered to it, once it has. */
export class Press {
  constructor(fake, person, { data, message, queryId }) {
    Object.assign(this, { fake, person, data, message, queryId, answered: null, expired: false });
    this.pressedAt = performance.now();
  }

  take(answer) {
    this.answered = answer;
    this.answeredAfterMs = performance.now() - this.pressedAt;
    if (answer.text) this.person.toasts.push(answer.text);
    this.fake.changed();
  }

  /** Waits for answerCallbackQuery: {text, alert, url}. */
  async answer({ within } = {}) {
    await this.fake.until(() => this.answered, { within, what: `an answer to the press of ${shown(this.data)}`, person: this.person });
    return this.answered;
  }
}

export class Person {
  /** user: {id, first_name?, last_name?, username?, language_code?} */
  constructor(fake, user) {
    this.fake = fake;
    this.user = { is_bot: false, first_name: `Person ${user.id}`, ...user };
    this.chat = fake.privateChat(this.user);
    this.toasts = []; // texts of the answers to presses
    this.marks = new Map(); // chat -> its revision when this person did something last
  }

  get id() {
    return this.user.id;
  }

  #acts(chat = this.chat) {
    this.marks.set(chat, chat.revision);
    return chat;
  }

  /** A message of this person with any content, as an update: the ChatMessage. */
  receives(content, { in: chat = this.chat, date } = {}) {
    chat.opened = true;
    const message = chat.add(content, { byBot: false, from: this.user, date });
    this.fake.pushUpdate({ message: message.api });
    return message;
  }

  #sends(content, options = {}) {
    this.#acts(options.in);
    return this.receives(content, options);
  }

  /** Types a text and sends it. options: in (a group), replyTo (a ChatMessage), date. */
  says(text, { replyTo, ...options } = {}) {
    const command = /^\/\w+(@\w+)?/.exec(text);
    const entities = command ? { entities: [{ type: 'bot_command', offset: 0, length: command[0].length }] } : {};
    const reply = replyTo ? { reply_to_message: replyTo.api } : {};
    return this.#sends({ text, ...entities, ...reply }, options);
  }

  /** Sends a place from the map. */
  sendsLocation(latitude, longitude, options) {
    return this.#sends({ location: { latitude, longitude } }, options);
  }

  /** Sends a file. options: mime, caption. */
  sendsFile(name, bytes, { mime = 'application/octet-stream', caption, ...options } = {}) {
    const file = this.fake.files.add(Buffer.from(bytes), { name, type: mime });
    return this.#sends({ document: { ...file, file_name: name, mime_type: mime }, ...(caption ? { caption } : {}) }, options);
  }

  /** Sends a photo, as people do with a picture they took. */
  sendsPhoto(bytes, { width = 640, height = 480, caption, ...options } = {}) {
    const file = this.fake.files.add(Buffer.from(bytes), { name: 'photo.jpg', kind: 'photo', type: 'image/jpeg' });
    return this.#sends({ photo: [{ ...file, width, height }], ...(caption ? { caption } : {}) }, options);
  }

  /** Changes the text of a message sent before. */
  edits(message, text) {
    message.chat.edit(message, { text, entities: undefined });
    this.fake.pushUpdate({ edited_message: message.api });
  }

  /**
   * Presses a button whose label is the text, contains it, or matches: the newest such inline button, else a button of the reply
   * keyboard. Waits until it is there. Resolves to a Press (or to the message that a keyboard button sends).
   * options: in (a group), message (a ChatMessage), within (milliseconds), inaccessible (Telegram no longer shows the message).
   */
  async presses(pattern, { in: chat = this.chat, message, within, inaccessible } = {}) {
    const find = () => this.#button(chat, pattern, message);
    await this.fake.until(find, { within, what: `a button ${shown(pattern)}`, person: this, chat });
    const found = find();
    if (!found.message) {
      if (found.button.request_location) throw new Error(`${found.button.text} asks for a place: use sendsLocation`);
      return this.says(found.button.text, { in: chat });
    }
    if (found.button.callback_data === undefined) throw new Error(`[${found.button.text}] opens something; it sends the bot nothing`);
    return this.pressesData(found.button.callback_data, { message: found.message, inaccessible });
  }

  #button(chat, pattern, only) {
    const exact = (text) => typeof pattern === 'string' && text === pattern;
    const messages = only ? [only] : chat.messages.filter((m) => m.byBot).reverse();
    for (const test of [exact, (text) => fits(pattern, text)]) {
      for (const message of messages) {
        const button = message.buttons.flat().find((b) => test(b.text));
        if (button && !message.deleted) return { button, message };
      }
      const key = only ? undefined : chat.keyboard?.flat().find((b) => test(b.text));
      if (key) return { button: key };
    }
    return undefined;
  }

  /** Presses with any callback data, as a changed client could; by default under the bot's newest message. */
  pressesData(data, { message = this.lastMessage(), inaccessible = false } = {}) {
    const queryId = String(this.fake.randomId());
    const press = new Press(this.fake, this, { data, message, queryId });
    this.fake.presses.set(queryId, press);
    this.#acts(message?.chat);
    const seen = message && (inaccessible ? { chat: message.chat.api, message_id: message.id, date: 0 } : message.api);
    this.fake.pushUpdate({ callback_query: {
      id: queryId, from: this.user, ...(seen ? { message: seen } : {}), chat_instance: String(this.id * 7919), data,
    } });
    this.fake.expire(press);
    return press;
  }

  /** The bot's newest message that is still there. */
  lastMessage({ in: chat = this.chat } = {}) {
    return chat.messages.filter((m) => m.byBot).at(-1);
  }

  /**
   * Waits until a message of the bot that came or changed since this person did something last has a text that contains or matches
   * the pattern (or for which a function returns true): the ChatMessage. anywhere: older messages count too.
   */
  async sees(pattern, { in: chat = this.chat, within, anywhere = false } = {}) {
    const since = anywhere ? 0 : this.marks.get(chat) ?? 0;
    const test = typeof pattern === 'function' ? pattern : (m) => fits(pattern, m.text);
    const find = () => chat.messages.filter((m) => m.byBot && m.changedAt > since).reverse().find(test);
    await this.fake.until(find, { within, what: `a message like ${shown(pattern)}`, person: this, chat });
    return find();
  }

  /** Waits for a pop-up text over the chat, the answer to a press. */
  async seesToast(pattern, { within } = {}) {
    const find = () => this.toasts.find((text) => fits(pattern, text));
    await this.fake.until(find, { within, what: `a pop-up like ${shown(pattern)}`, person: this });
    return find();
  }

  /** Waits for a new photo of the bot: the ChatMessage; its `bytes` are the picture. */
  seesPhoto(options) {
    return this.sees((m) => Boolean(m.api.photo), options);
  }

  /** Waits for a new file of the bot: the ChatMessage; its `bytes` are the content. */
  seesFile(options) {
    return this.sees((m) => Boolean(m.api.document), options);
  }

  /** The chat as text, with its buttons. */
  screen({ in: chat = this.chat } = {}) {
    return chat.screen();
  }

  /** The texts that the bot has sent and that are still there, oldest first. */
  texts({ in: chat = this.chat } = {}) {
    return chat.messages.filter((m) => m.byBot).map((m) => m.text);
  }

  /** The commands in the menu that Telegram shows this person. */
  commands() {
    return commandsFor(this.fake.profile, this.id, this.user.language_code);
  }

  #member(status, old) {
    const member = (s) => ({ user: this.fake.me, status: s, ...(s === 'kicked' ? { until_date: 0 } : {}) });
    this.fake.pushUpdate({ my_chat_member: {
      chat: this.chat.api, from: this.user, date: Math.floor(Date.now() / 1000), old_chat_member: member(old), new_chat_member: member(status),
    } });
  }

  /** Blocks the bot: it is told, and whatever it sends is answered with 403. */
  blocksBot() {
    this.chat.blocked = 'bot was blocked by the user';
    this.#member('kicked', 'member');
  }

  unblocks() {
    this.chat.blocked = null;
    this.#member('member', 'kicked');
  }

  deletesAccount() {
    this.chat.blocked = 'user is deactivated';
  }

  /** Pays an invoice (a ChatMessage or a link); see payments.mjs. */
  pays(invoice, options) {
    return pay(this.fake, this, invoice, options);
  }

  /** A month passes and Telegram renews the subscription of this charge. */
  renews(chargeId) {
    return renew(this.fake, this, chargeId);
  }

  /** Cancels the subscription of this charge, or with 'active' takes that back. */
  cancelsSubscription(chargeId, state = 'canceled') {
    changeSubscription(this.fake, this, chargeId, state);
  }
}

/** A group or channel that somebody adds the bot to. */
export class Group {
  constructor(fake, chat) {
    this.fake = fake;
    this.chat = chat;
  }

  /** A person adds the bot; the bot is told twice, as Telegram does. */
  addsBot(person) {
    const { chat, fake } = this;
    Object.assign(chat, { opened: true, blocked: null, left: false });
    const member = (status) => ({ user: fake.me, status });
    fake.pushUpdate({ my_chat_member: {
      chat: chat.api, from: person.user, date: Math.floor(Date.now() / 1000), old_chat_member: member('left'), new_chat_member: member('member'),
    } });
    if (chat.api.type !== 'channel') person.receives({ new_chat_members: [fake.me] }, { in: chat });
  }

  /** Waits until the bot has left. */
  async seesBotLeave({ within } = {}) {
    await this.fake.until(() => this.chat.left, { within, what: 'the bot leaving the group', chat: this.chat });
  }
}

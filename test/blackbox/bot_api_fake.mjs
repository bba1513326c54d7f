// A strict double of Telegram's Bot API for tests of the bot, with people who use it.
//
//   const fake = await startFakeBotApi();
//   await bench.serve({ env: fake.env });                        // TELEGRAM_API_URL and TELEGRAM_BOT_TOKEN
//   const anna = fake.person({ id: 7, first_name: 'Anna', language_code: 'en' });
//   anna.says('/start');
//   const hello = await anna.sees(/welcome/i);                   // waits; on failure the error shows the chat
//   const press = await anna.presses('✅ Done');
//   (await press.answer()).text
//   await fake.stop();                                           // throws when the bot broke a rule or left a press unanswered
//
// Every request is held against the published types (bot_api/schema.mjs) and against the rules that only the documentation's text states:
// lengths, HTML, callback data, buttons, pictures. A request that breaks one is answered with 400 and kept in fake.violations. What a
// correct bot may meet (a message is gone, nothing modified, blocked) is answered as Telegram does and kept in fake.refusals; 429 from
// the sending limits are in fake.throttled. Stricter than Telegram on purpose: lengths count UTF-16 units, `&` and `>` in HTML must be
// escaped, JSON numbers must not be strings.
//
// Not here: inline mode, media other than photos and documents, Markdown, forum topics, business connections. A method the fake does
// not know is a violation too.
import { randomBytes, randomInt } from 'node:crypto';
import http from 'node:http';
import { parseBody, typedParams } from './bot_api/body.mjs';
import { Chat, Files } from './bot_api/chats.mjs';
import { ApiError, refusal, violation } from './bot_api/errors.mjs';
import { methods as messageMethods } from './bot_api/messages.mjs';
import { methods as paymentMethods, StarBooks } from './bot_api/payments.mjs';
import { Group, Person } from './bot_api/person.mjs';
import { RateLimits } from './bot_api/rate.mjs';
import { Validator } from './bot_api/schema.mjs';
import { methods as settingMethods, newProfile } from './bot_api/settings.mjs';
import { methods as updateMethods, UpdateFeed } from './bot_api/updates.mjs';

const METHODS = { ...messageMethods, ...settingMethods, ...paymentMethods, ...updateMethods };
const MAX_BODY = 60 << 20;
const KEPT_REQUESTS = 200_000;
let validator; // one for all fakes of a test file

const matches = (pattern, name) => (pattern === undefined || (pattern instanceof RegExp ? pattern.test(name) : [pattern].flat().includes(name)));

/** A fault that strikes matching requests until it has struck `times` times; see FakeBotApi.fault. */
class Fault {
  constructor(fake, options) {
    Object.assign(this, { times: 1, skip: 0, ...options });
    this.fake = fake;
    this.hits = 0;
  }

  /** Whether it strikes this request; asked once for each. params is undefined while the body has not been read. */
  strikes(method, params) {
    if (this.hits >= this.times || !matches(this.method, method)) return false;
    if (this.chat_id !== undefined && params?.chat_id !== this.chat_id) return false;
    if (this.when && !this.when(params ?? {})) return false;
    if (this.skip > 0) {
      this.skip--;
      return false;
    }
    this.hits++;
    this.fake.changed();
    return true;
  }

  /** Waits until it has struck `n` times. */
  hit(n = 1, { within } = {}) {
    return this.fake.until(() => this.hits >= n, { within, what: `a request that the fault strikes (${n})` });
  }

  remove() {
    this.fake.faults.delete(this);
  }
}

export class FakeBotApi {
  constructor(options = {}) {
    validator ??= new Validator();
    this.validator = validator;
    const id = options.botId ?? 424242;
    this.token = options.token ?? `${id}:TEST${randomBytes(16).toString('hex')}`;
    this.me = { id, is_bot: true, first_name: options.botName ?? 'Test bot', username: options.username ?? 'habitd_test_bot' };
    this.deadlineMs = options.deadlineMs ?? 60_000; // how long people wait for something
    this.callbackTtlMs = options.callbackTtlMs ?? 30_000; // a press can be answered for so long
    this.knowsEverybody = options.knowsEverybody ?? false; // any positive chat id is a person who has started the bot
    this.keepRequests = options.keepRequests ?? true;
    this.limits = new RateLimits(options.limits === false ? { overall: 0, perChat: 0, groupPerMinute: 0 } : options.limits);
    this.feed = new UpdateFeed(this, { nextId: options.firstUpdateId ?? randomInt(1, 2 ** 30), ...options });
    this.violations = []; // {method, what, params}
    this.refusals = []; // {method, code, description, params}
    this.throttled = []; // {method, chat_id, retryAfter, at}
    this.requests = []; // {method, params, at, status, ms, result}
    this.unauthorized = false; // every request is answered with 401
    this.chats = new Map();
    this.people = new Map();
    this.presses = new Map();
    this.faults = new Set();
    this.files = new Files();
    this.profile = newProfile();
    this.books = new StarBooks();
    this.sent = 0; // messages and edits that passed the limits
    this.waiters = new Set();
    this.timers = new Set();
    this.inFlight = 0;
    this.lastMessageId = 0;
    this.lastActivity = performance.now();
  }

  async start({ port = 0, host = '127.0.0.1' } = {}) {
    this.server = http.createServer((request, response) => this.#serve(request, response));
    this.server.keepAliveTimeout = 30_000;
    await new Promise((resolve, reject) => this.server.once('error', reject).listen(port, host, resolve));
    this.url = `http://${host}:${this.server.address().port}`;
    return this;
  }

  /** Ends the fake; throws when a rule was broken, unless `check` is false. */
  async stop({ check = true } = {}) {
    this.feed.close();
    for (const timer of this.timers) clearTimeout(timer);
    for (const waiter of this.waiters) waiter.fail(new Error('the fake has ended'));
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
    if (check) this.assertClean();
  }

  /** Throws when the bot broke a rule, dropped updates, or left a press without an answer. */
  assertClean() {
    const wrong = this.violations.map((v) => `${v.method}: ${v.what}\n    ${JSON.stringify(v.params)?.slice(0, 500)}`);
    if (this.feed.droppedUpdates > 0) wrong.push(`${this.feed.droppedUpdates} updates were dropped unread`);
    for (const press of this.unanswered()) wrong.push(`the press of ${JSON.stringify(press.data)} was never answered`);
    if (wrong.length > 0) throw new Error(`the Bot API's rules were broken ${wrong.length} times:\n  ${wrong.slice(0, 20).join('\n  ')}`);
  }

  /** Presses that have reached the bot and that it has not answered. */
  unanswered() {
    const pending = new Set(this.feed.pending.map((u) => u.id));
    return [...this.presses.values()].filter((p) => !p.answered && !pending.has(p.updateId));
  }

  /** The environment of a bot that talks to this fake. */
  get env() {
    return { TELEGRAM_API_URL: this.url, TELEGRAM_BOT_TOKEN: this.token };
  }

  // ---- the world

  nextMessageId() {
    return ++this.lastMessageId;
  }

  random(n) {
    return randomInt(n);
  }

  randomId() {
    return (BigInt(this.me.id) << 32n) + BigInt(randomInt(2 ** 32));
  }

  privateChat(user) {
    const { id, first_name: firstName, last_name: lastName, username } = user;
    const chat = new Chat(this, { id, type: 'private', first_name: firstName, ...(lastName ? { last_name: lastName } : {}), ...(username ? { username } : {}) });
    this.chats.set(id, chat);
    return chat;
  }

  /** A person who may talk to the bot. The bot may write only after the person has. */
  person(user) {
    if (this.people.has(user.id)) throw new Error(`person ${user.id} is there already`);
    const person = new Person(this, user);
    this.people.set(user.id, person);
    return person;
  }

  /** A group, supergroup or channel: {id (negative), title, type?}. */
  group({ id, title = 'A group', type = 'supergroup' }) {
    const chat = new Chat(this, { id, type, title });
    this.chats.set(id, chat);
    return new Group(this, chat);
  }

  chat(id) {
    let chat = this.chats.get(id);
    if (!chat && this.knowsEverybody && Number.isSafeInteger(id) && id > 0) chat = this.person({ id }).chat;
    if (chat && this.knowsEverybody) chat.opened = true;
    return chat;
  }

  // ---- updates

  /** Sends an update of the published type to the bot; update_id is given when there is none. Returns it. */
  pushUpdate(content) {
    const update = { update_id: content.update_id ?? this.feed.nextId, ...content };
    const problems = this.validator.problemsOfUpdate(update);
    if (problems.length > 0) throw new Error(`no such update exists: ${problems.join('; ')}`);
    this.feed.nextId = Math.max(this.feed.nextId, update.update_id + 1);
    const press = this.presses.get(update.callback_query?.id);
    if (press) press.updateId = update.update_id;
    if (this.feed.wants(update)) this.feed.add(update, update.update_id);
    return update;
  }

  /** Sends whatever it is given, an object or raw text, in the place of an update. */
  injectRaw(body) {
    const id = body?.update_id ?? this.feed.nextId;
    this.feed.nextId = Math.max(this.feed.nextId, (Number.isSafeInteger(id) ? id : 0) + 1);
    this.feed.add(body, Number.isSafeInteger(id) ? id : this.feed.nextId++);
  }

  /** After a week without updates Telegram goes on with an id at random, also a lower one. */
  jumpUpdateIds(to = randomInt(1, 2 ** 30)) {
    if (this.feed.pending.length > 0) throw new Error('that week is not quiet: updates wait'); // no offset behind both kinds would confirm them
    this.feed.nextId = to;
  }

  expire(press) {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      press.expired = true;
    }, this.callbackTtlMs);
    this.timers.add(timer);
    timer.unref();
  }

  // ---- waiting

  /** Something has changed: whoever waits looks again. */
  changed() {
    for (const waiter of this.waiters) waiter.look();
  }

  /** Resolves when test() is true; rejects after `within` milliseconds and shows what there was to see. */
  until(test, { within = this.deadlineMs, what = 'a condition', person, chat = person?.chat } = {}) {
    return new Promise((resolve, reject) => {
      const finish = (fn, value) => {
        clearTimeout(waiter.timer);
        this.waiters.delete(waiter);
        fn(value);
      };
      const waiter = {
        look: () => {
          try {
            if (test()) finish(resolve);
          } catch (error) {
            finish(reject, error);
          }
        },
        fail: (error) => finish(reject, error),
      };
      waiter.timer = setTimeout(() => finish(reject, new Error(`waited ${within} ms for ${what}\n${this.#scene(chat)}`)), within);
      this.waiters.add(waiter);
      waiter.look();
    });
  }

  #scene(chat) {
    const lines = chat ? [`--- chat ${chat.id}`, chat.screen(), '---'] : [];
    for (const v of this.violations.slice(-5)) lines.push(`violation: ${v.method}: ${v.what}`);
    for (const r of this.refusals.slice(-5)) lines.push(`refused: ${r.method}: ${r.description}`);
    for (const r of this.requests.slice(-8)) lines.push(`request: ${r.method} ${JSON.stringify(r.params)?.slice(0, 160)} -> ${r.status ?? 'open'}`);
    const { feed } = this;
    const waiting = feed.pending.map((u) => `${u.id}${u.replay ? ' again' : ''}${u.shown ? ' shown' : ''}`);
    lines.push(`updates waiting: ${waiting.length ? waiting.join(', ') : 'none'}; offset ${feed.lastOffset}, ${feed.poll ? 'asked for' : 'not asked for'}`);
    lines.push(`open: ${this.inFlight} calls, ${feed.active} webhooks; the last call ${Math.round(performance.now() - this.lastActivity)} ms ago`);
    return lines.join('\n');
  }

  /** Resolves when the bot has taken every update and has asked nothing but for updates for `ms` milliseconds. */
  async quiet(ms = 200, { within = this.deadlineMs } = {}) {
    const deadline = performance.now() + within;
    for (;;) {
      const idle = performance.now() - this.lastActivity;
      const still = this.feed.pending.length === 0 && this.feed.active === 0 && this.inFlight === 0;
      if (still && idle >= ms) return;
      if (performance.now() > deadline) throw new Error(`the bot was not quiet within ${within} ms\n${this.#scene()}`);
      await new Promise((resolve) => setTimeout(resolve, still ? ms - idle + 1 : 10));
    }
  }

  /** The requests of a method, oldest first. */
  calls(method) {
    return this.requests.filter((r) => matches(method, r.method));
  }

  // ---- rules

  /**
   * Makes matching requests fail. Which: method (name, list or RegExp), chat_id, when(params), skip (the first n pass), times (default
   * 1; Infinity until remove()). How, one of:
   *   delayMs      answered that much later
   *   held         answered when this promise is kept
   *   error        answered with this code; description, retry_after (a bot that writes to the chat meanwhile breaks a rule; with
   *                scope: 'all', to any chat)
   *   drop         'before': the connection ends before the body is read; 'after': after it, but nothing is done
   *   lost         it is done, but the answer does not come: 'cut' ends the connection, 'hang' leaves it open
   */
  fault(options) {
    const how = ['delayMs', 'held', 'error', 'drop', 'lost'].filter((key) => options[key] !== undefined);
    if (how.length !== 1) throw new Error('a fault is one of delayMs, held, error, drop, lost');
    if (options.drop === 'before' && (options.when || options.chat_id)) throw new Error('parameters are not read before the body');
    const fault = new Fault(this, options);
    this.faults.add(fault);
    return fault;
  }

  #striking(test, method, params) {
    return [...this.faults].find((fault) => test(fault) && fault.strikes(method, params));
  }

  /** Counts a message or edit against the limits; throws 429. */
  countMessage(chatId, method) {
    const now = performance.now();
    const early = this.limits.tooEarly(chatId, now);
    if (early > 0) this.#record(method, `sent ${Math.ceil(early)} ms before retry_after was over`, { chat_id: chatId });
    const refused = this.limits.take(chatId, now);
    if (refused) {
      this.throttled.push({ method, chat_id: chatId, scope: refused.scope, retryAfter: refused.retryAfter, at: now });
      throw this.#tooMany(refused.retryAfter);
    }
    this.sent++;
  }

  #tooMany(seconds) {
    return new ApiError(429, `Too Many Requests: retry after ${seconds}`, { parameters: { retry_after: seconds }, injected: true });
  }

  #record(method, what, params) {
    this.violations.push({ method, what, params });
    this.changed();
  }

  // ---- HTTP

  async #serve(request, response) {
    const [, kind, token, rest] = /^\/(file\/)?bot([^/]*)\/([^?]*)/.exec(request.url) ?? [];
    if (token === undefined) return this.#answer(response, new ApiError(404, 'Not Found').answer);
    if (kind) return this.#download(request, response, token, rest);
    if (rest !== 'getUpdates') {
      this.inFlight++;
      response.once('close', () => {
        this.inFlight--;
        this.lastActivity = performance.now();
      });
    }
    if (this.#striking((f) => f.drop === 'before', rest)) return request.socket.destroy();
    let bytes;
    try {
      bytes = await this.#read(request);
    } catch {
      return response.destroy();
    }
    return this.#handle(request, response, { token, method: rest, bytes });
  }

  #read(request) {
    return new Promise((resolve, reject) => {
      const chunks = [];
      let size = 0;
      request.on('data', (chunk) => {
        size += chunk.length;
        if (size <= MAX_BODY) chunks.push(chunk);
        else request.destroy();
      });
      request.on('end', () => resolve(Buffer.concat(chunks)));
      request.on('error', reject);
      request.on('close', () => reject(new Error('closed')));
    });
  }

  async #handle(request, response, { token, method, bytes }) {
    const entry = { method, params: undefined, at: performance.now() };
    if (this.keepRequests && method !== 'getUpdates' && this.requests.length < KEPT_REQUESTS) this.requests.push(entry);
    let answer;
    let lost;
    try {
      if (token !== this.token || this.unauthorized) throw new ApiError(401, 'Unauthorized', { injected: true });
      if (!this.validator.hasMethod(method)) throw new ApiError(404, `Not Found: method not found: ${method}`, { violation: true });
      const query = new URL(request.url, 'http://x').search.slice(1);
      const body = parseBody(bytes, request.headers['content-type'], query);
      entry.params = typedParams(this.validator.schema, this.validator.paramsOf(method), body);
      if (await this.#beforeDoing(method, entry.params) === 'drop') {
        request.socket.destroy();
        return;
      }
      lost = this.#striking((f) => f.lost, method, entry.params)?.lost;
      const result = await this.#do(method, entry.params, (fn) => response.once('close', fn));
      answer = typeof result === 'string' && method === 'getUpdates' ? `{"ok":true,"result":${result}}` : { ok: true, result };
      entry.result = method === 'getUpdates' ? undefined : result;
    } catch (error) {
      answer = this.#refused(method, entry.params, error);
    }
    entry.status = answer.error_code ?? 200;
    entry.ms = performance.now() - entry.at;
    if (lost === 'cut') request.socket.destroy();
    else if (lost !== 'hang') this.#answer(response, answer);
    this.changed();
  }

  async #beforeDoing(method, params) {
    const fault = this.#striking((f) => f.delayMs || f.held || f.error || f.drop === 'after', method, params);
    if (!fault) return undefined;
    if (fault.drop) return 'drop';
    if (fault.delayMs || fault.held) {
      await (fault.held ?? new Promise((resolve) => setTimeout(resolve, fault.delayMs)));
      return undefined;
    }
    if (fault.retry_after) this.limits.told(fault.scope ?? params.chat_id ?? 'all', fault.retry_after, performance.now());
    const text = { 429: `Too Many Requests: retry after ${fault.retry_after ?? 1}`, 403: 'Forbidden: bot was blocked by the user', 401: 'Unauthorized' };
    const parameters = fault.error === 429 ? { retry_after: fault.retry_after ?? 1 } : undefined;
    throw new ApiError(fault.error, fault.description ?? text[fault.error] ?? 'Internal Server Error', { parameters, injected: true });
  }

  async #do(method, params, onClose) {
    const problems = this.validator.problemsOfParams(method, params);
    if (problems.length > 0) throw violation(problems.join('; '));
    if (method === 'getUpdates') return this.feed.getUpdates(params, onClose);
    if (!Object.hasOwn(METHODS, method)) throw new ApiError(404, `Not Found: the fake has no ${method}`, { violation: true });
    const result = METHODS[method](this, params);
    const odd = this.validator.problemsOfResult(method, result);
    if (odd.length > 0) throw new Error(`the fake itself is wrong: ${odd.join('; ')}`);
    return result;
  }

  #refused(method, params, error) {
    if (!(error instanceof ApiError)) {
      this.#record(method, `the fake failed: ${error.stack}`, params);
      return new ApiError(500, 'Internal Server Error').answer;
    }
    if (error.violation) this.#record(method, error.message, params);
    else if (!error.injected) this.refusals.push({ method, code: error.code, description: error.message, params });
    return error.answer;
  }

  /** A webhook's answer may itself be a call. */
  async webhookReply(text) {
    let params;
    let method = 'webhook answer';
    try {
      ({ method = 'webhook answer', ...params } = JSON.parse(text));
      const entry = { method, params, at: performance.now(), viaWebhook: true, status: 200 };
      if (this.keepRequests) this.requests.push(entry);
      if (!this.validator.hasMethod(method)) throw violation(`the webhook's answer names no method: ${text.slice(0, 100)}`);
      entry.result = await this.#do(method, params, () => {});
    } catch (error) {
      this.#refused(method, params, error);
    }
    this.changed();
  }

  #download(request, response, token, path) {
    const file = token === this.token ? this.files.byPath(decodeURIComponent(path)) : undefined;
    request.resume();
    if (!file) return this.#answer(response, new ApiError(404, 'Not Found').answer);
    const fault = this.#striking((f) => f.error || f.drop || f.lost, 'file', { path });
    if (fault?.error) return this.#answer(response, new ApiError(fault.error, 'Internal Server Error').answer);
    response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': file.bytes.length });
    if (!fault) return response.end(file.bytes);
    response.write(file.bytes.subarray(0, file.bytes.length >> 1));
    return setTimeout(() => request.socket.destroy(), 10);
  }

  #answer(response, answer) {
    if (response.destroyed) return;
    const text = typeof answer === 'string' ? answer : JSON.stringify(answer);
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
    response.writeHead(typeof answer === 'string' ? 200 : answer.error_code ?? 200, headers);
    response.end(text);
  }
}

/** Starts a fake on a free port of this machine. Options: see the constructor. */
export function startFakeBotApi(options = {}) {
  return new FakeBotApi(options).start(options);
}

export { ApiError, refusal, violation };

// Updates on their way to the bot, by long polling or to its webhook, with the promises Telegram makes and no more: at least once,
// in order only within a chat, and kept until the bot has confirmed them.
import http from 'node:http';
import { ApiError, refusal, violation } from './errors.mjs';

const conflict = (text) => new ApiError(409, `Conflict: ${text}`);
const NOT_BY_DEFAULT = ['chat_member', 'message_reaction', 'message_reaction_count'];

/** The chat (or person) an update belongs to; Telegram keeps the order within it. */
function queueOf(update) {
  for (const value of Object.values(update)) {
    const id = value?.chat?.id ?? value?.message?.chat?.id ?? value?.from?.id ?? value?.user?.id;
    if (id !== undefined) return id;
  }
  return 0;
}

export class UpdateFeed {
  constructor(fake, { nextId, webhookRetryMs = 100, webhookTimeoutMs = 60_000 }) {
    this.fake = fake;
    this.nextId = nextId;
    this.webhookRetryMs = webhookRetryMs;
    this.webhookTimeoutMs = webhookTimeoutMs;
    this.pending = []; // {id, queue, body, replay, shown, again?, busy?, notBefore?, tries}
    this.lastOffset = 0;
    this.allowed = null;
    this.poll = null; // the getUpdates that waits
    this.hook = null; // {url, secret, maxConnections, ip, …}
    this.active = 0;
    this.delivered = 0; // updates confirmed by offset or answered with 2xx
    this.deliveredIds = new Map(); // update id -> how often it was delivered
    this.droppedUpdates = 0;
    this.duplicate = false; // deliver every update twice
    this.reorder = false; // deliver in any order
    this.posts = []; // {id, status} of every webhook request
    this.origin = null; // where the webhook really listens, when the bot named another host: "http://127.0.0.1:PORT"
    this.agent = new http.Agent({ keepAlive: true, maxSockets: 100 });
    this.timers = new Set();
  }

  /** Queues an update: an object, or raw text that is delivered as it is. */
  add(update, id) {
    const body = typeof update === 'string' ? update : JSON.stringify(update);
    const queue = typeof update === 'string' ? 0 : queueOf(update);
    const replay = id < this.lastOffset; // confirmed before it was there: it comes once all the same
    this.pending.push({ id, queue, body, replay, shown: false, tries: 0 });
    this.#wake();
  }

  wants(update) {
    const kind = Object.keys(update).find((key) => key !== 'update_id');
    return this.allowed?.length > 0 ? this.allowed.includes(kind) : !NOT_BY_DEFAULT.includes(kind);
  }

  #wake() {
    if (this.hook) this.#pump();
    else this.#answerPoll();
    this.fake.changed();
  }

  #shuffled(list) {
    const out = [...list];
    for (let i = out.length - 1; i > 0; i--) {
      const j = this.fake.random(i + 1);
      [out[i], out[j]] = [out[j], out[i]];
    }
    return out;
  }

  // ---- polling

  /** getUpdates: a promise of the answer's raw JSON array. */
  getUpdates({ offset = 0, limit = 100, timeout = 0, allowed_updates: allowed }, onClose) {
    if (this.hook) throw conflict("can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first");
    if (timeout < 0) throw violation('a negative timeout');
    if (allowed) this.allowed = allowed;
    this.#endPoll('terminated by other getUpdates request; make sure that only one bot instance is running');
    this.#confirm(offset);
    return new Promise((resolve, reject) => {
      const poll = { resolve, reject, limit };
      this.poll = poll;
      const timer = setTimeout(() => this.poll === poll && this.#answerPoll(true), Math.min(timeout, 50) * 1000);
      this.timers.add(timer);
      poll.end = () => {
        clearTimeout(timer);
        this.timers.delete(timer);
        if (this.poll === poll) this.poll = null;
      };
      onClose(() => poll.end());
      this.#answerPoll();
      this.fake.changed();
    });
  }

  // An offset far behind the newest update is one from before the ids went on elsewhere: it confirms nothing.
  #confirm(offset) {
    if (offset === 0) return;
    if (offset > 0) this.lastOffset = offset > this.nextId + 10 ? 0 : offset;
    const behind = offset < 0 ? this.pending.slice(0, offset) : this.pending.filter((u) => u.id < this.lastOffset);
    for (const update of behind) {
      if (update.replay && !update.shown) continue;
      this.pending.splice(this.pending.indexOf(update), 1);
      if (update.shown) this.#count(update);
      else if (!this.deliveredIds.has(update.id)) this.droppedUpdates++; // a copy of what was taken is no loss
      if (this.duplicate && !update.again) this.pending.unshift({ ...update, again: true, replay: true, shown: false });
    }
  }

  #count(update) {
    this.delivered++;
    this.deliveredIds.set(update.id, (this.deliveredIds.get(update.id) ?? 0) + 1);
  }

  #answerPoll(now = false) {
    const { poll } = this;
    if (!poll || (!now && this.pending.length === 0)) return;
    poll.end();
    const batch = [...this.pending].sort((a, b) => a.id - b.id).slice(0, poll.limit);
    for (const update of batch) update.shown = true;
    poll.resolve(`[${(this.reorder ? this.#shuffled(batch) : batch).map((u) => u.body).join(',')}]`);
  }

  #endPoll(why) {
    const { poll } = this;
    if (!poll) return;
    poll.end();
    poll.reject(conflict(why));
  }

  // ---- webhook

  setWebhook(p) {
    if (p.url === '') return this.deleteWebhook(p);
    let url;
    try {
      url = new URL(p.url);
    } catch {
      throw violation('bad webhook: invalid URL');
    }
    // A local Bot API server takes plain HTTP too.
    if (!/^https?:$/.test(url.protocol)) throw violation('bad webhook: an HTTPS URL must be provided for webhook');
    if (p.secret_token !== undefined && !/^[A-Za-z0-9_-]{1,256}$/.test(p.secret_token)) throw violation('secret token contains unallowed characters');
    const most = p.max_connections ?? 40;
    if (most < 1 || most > 100) throw violation(`max_connections is not 1-100: ${most}`);
    if (p.allowed_updates) this.allowed = p.allowed_updates;
    if (p.drop_pending_updates) this.#drop();
    this.#endPoll('terminated by setWebhook request');
    this.hook = { url, secret: p.secret_token, maxConnections: most };
    setImmediate(() => this.#wake());
    return true;
  }

  deleteWebhook(p) {
    if (p.drop_pending_updates) this.#drop();
    this.hook = null;
    this.fake.changed();
    return true;
  }

  webhookInfo() {
    const { hook } = this;
    return {
      url: hook?.url.href ?? '', has_custom_certificate: false, pending_update_count: this.pending.length,
      ...(hook ? { max_connections: hook.maxConnections } : {}),
      ...(hook?.lastError ? { last_error_date: hook.lastErrorDate, last_error_message: hook.lastError } : {}),
      ...(this.allowed?.length > 0 ? { allowed_updates: this.allowed } : {}),
    };
  }

  #drop() {
    this.droppedUpdates += this.pending.length;
    this.pending = [];
  }

  #pump() {
    const { hook } = this;
    if (!hook || this.active >= hook.maxConnections) return;
    const now = performance.now();
    const busy = new Set(this.reorder ? [] : this.pending.filter((u) => u.busy).map((u) => u.queue));
    for (const update of this.reorder ? this.#shuffled(this.pending) : [...this.pending]) {
      if (this.active >= hook.maxConnections) return;
      if (update.busy || busy.has(update.queue)) continue;
      if (!this.reorder) busy.add(update.queue);
      if (update.notBefore > now) continue;
      this.#post(hook, update);
    }
  }

  async #post(hook, update) {
    update.busy = true;
    update.tries++;
    this.active++;
    let status = 0;
    let text = '';
    let error;
    try {
      ({ status, text } = await this.#request(hook, update.body));
    } catch (e) {
      error = e;
    }
    this.active--;
    update.busy = false;
    this.posts.push({ id: update.id, status });
    if (status >= 200 && status < 300) this.#arrived(update, text);
    else this.#failed(hook, update, error ? `Connection failed: ${error.message}` : `Wrong response from the webhook: ${status}`);
    if (this.hook === hook) this.#wake();
  }

  #arrived(update, text) {
    const at = this.pending.indexOf(update);
    if (at >= 0) this.pending.splice(at, 1);
    this.#count(update);
    if (this.duplicate && !update.again) this.pending.unshift({ ...update, again: true });
    if (/^\s*\{/.test(text)) this.fake.webhookReply(text);
  }

  #failed(hook, update, why) {
    hook.lastError = why;
    hook.lastErrorDate = Math.floor(Date.now() / 1000);
    const wait = Math.min(this.webhookRetryMs * 2 ** Math.min(update.tries - 1, 5), 2000);
    update.notBefore = performance.now() + wait;
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      this.#pump();
    }, wait + 1);
    this.timers.add(timer);
  }

  #request({ url: named, secret }, body) {
    const url = this.origin ? new URL(named.pathname + named.search, this.origin) : named;
    return new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
      if (secret !== undefined) headers['x-telegram-bot-api-secret-token'] = secret;
      const request = http.request(url, { method: 'POST', agent: this.agent, headers }, (response) => {
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('end', () => resolve({ status: response.statusCode, text: Buffer.concat(chunks).toString() }));
        response.on('error', reject);
      });
      request.setTimeout(this.webhookTimeoutMs, () => request.destroy(new Error('Read timeout expired')));
      request.on('error', reject);
      request.end(body);
    });
  }

  close() {
    this.hook = null;
    this.#endPoll('the fake has ended');
    for (const timer of this.timers) clearTimeout(timer);
    this.agent.destroy();
  }
}

export const methods = {
  setWebhook: (fake, p) => fake.feed.setWebhook(p),
  deleteWebhook: (fake, p) => fake.feed.deleteWebhook(p),
  getWebhookInfo: (fake) => fake.feed.webhookInfo(),
  getMe: (fake) => ({ ...fake.me, can_join_groups: true, can_read_all_group_messages: false, supports_inline_queries: false }),
  logOut() {
    throw refusal('a bot under test must not log out');
  },
};

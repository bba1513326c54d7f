// Telegram's sending limits, "about 30 messages a second" overall, one a second in a chat with short bursts, 20 a minute in a group,
// and whether a bot keeps still for as long as a 429 told it to.
const JITTER = 0.9; // what was sent a second apart may arrive a little closer
const IN_FLIGHT_MS = 250; // requests that were under way when the 429 was written

export class RateLimits {
  /** limits: {overall, perChat, chatBurst, groupPerMinute}; a limit of 0 is none. */
  constructor(limits = {}) {
    this.limits = { overall: 30, perChat: 1, chatBurst: 3, groupPerMinute: 20, ...limits };
    this.recent = []; // when the last messages were sent, at most `overall` of them, as a ring
    this.next = 0;
    this.chats = new Map();
    this.quiet = new Map(); // chat id or 'all' -> {since, until}
  }

  #overallWait(now) {
    const { overall } = this.limits;
    if (!overall || this.recent.length < overall) return 0;
    return Math.max(0, this.recent[this.next] + 1000 * JITTER - now);
  }

  #bucket(chatId, now) {
    const group = chatId < 0;
    const perMs = (group ? this.limits.groupPerMinute / 60 : this.limits.perChat) / 1000;
    const size = group ? this.limits.groupPerMinute : this.limits.chatBurst;
    let bucket = this.chats.get(chatId);
    if (!bucket) this.chats.set(chatId, bucket = { tokens: size, at: now, perMs });
    bucket.tokens = Math.min(size, bucket.tokens + (now - bucket.at) * perMs);
    bucket.at = now;
    return bucket;
  }

  /** A message to a chat at `now` (milliseconds): undefined when it may pass, else {scope: chat id or 'all', retryAfter: seconds}. */
  take(chatId, now) {
    const wait = this.#overallWait(now);
    if (wait > 0) return this.#refuse('all', wait, now);
    const limited = chatId < 0 ? this.limits.groupPerMinute : this.limits.perChat;
    const bucket = limited ? this.#bucket(chatId, now) : null;
    if (bucket && bucket.tokens < JITTER) return this.#refuse(chatId, (1 - bucket.tokens) / bucket.perMs, now);
    if (bucket) bucket.tokens -= 1;
    if (this.limits.overall) {
      this.recent[this.next] = now;
      this.next = (this.next + 1) % this.limits.overall;
    }
    return undefined;
  }

  #refuse(scope, waitMs, now) {
    const retryAfter = Math.max(1, Math.ceil(waitMs / 1000));
    this.told(scope, retryAfter, now);
    return { scope, retryAfter };
  }

  /** Remembers that a 429 has told the bot to keep still. */
  told(scope, retryAfter, now) {
    const until = now + retryAfter * 1000 * JITTER;
    const old = this.quiet.get(scope);
    if (!old || old.until < now) this.quiet.set(scope, { since: now, until });
  }

  /** Milliseconds by which a message to this chat comes too early after a 429; 0 when it is in time. */
  tooEarly(chatId, now) {
    let early = 0;
    for (const scope of ['all', chatId]) {
      const quiet = this.quiet.get(scope);
      if (quiet && now > quiet.since + IN_FLIGHT_MS && now < quiet.until) early = Math.max(early, quiet.until - now);
    }
    return early;
  }
}

// A rush of reminders, for tests of what several instances make of it: a crowd that is due in one minute, the double of the Bot API that counts
// what arrives, people who press buttons meanwhile.
import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { FIRST, crowdId } from './crowd.mjs';
import { sleep } from './harness.mjs';
import { LOAD_ENV } from './load.mjs';

export const DUE = '2026-11-24T09:00:00Z';
const START = Date.parse('2026-11-24T09:00:55Z'); // behind the minute in which they are spread: all are due at once
const day = DUE.slice(0, 10).replaceAll('-', '');

export class Rush {
  /** rate: messages a second of every instance. */
  constructor(bench, fake, rate) {
    Object.assign(this, { bench, fake, rate, kills: [] });
    this.t0 = performance.now();
    this.stopped = false;
  }

  /** Another instance; its clock agrees with the others'. */
  start() {
    const now = new Date(START + performance.now() - this.t0).toISOString();
    return this.bench.serve({ waitReady: false, env: {
      ...this.fake.env, HABITD_NOW: now, TELEGRAM_RATE_PER_S: String(this.rate), ...LOAD_ENV,
    } });
  }

  async metric(server, name) {
    const { text } = await server.request('GET', '/metrics');
    return Number(text.split('\n').find((l) => l.startsWith(`${name} `)).slice(name.length + 1));
  }

  async holds(server) {
    while (await this.metric(server, 'habitd_bot_lease_held') !== 1) await sleep(50);
  }

  /** How many people have been reminded. */
  get arrived() {
    return this.reminded.size;
  }

  /** Counts what arrives as it comes: looking at every chat would take long. */
  watch() {
    this.reminded = new Map(); // chat → how often
    const { privateChat } = this.fake;
    this.fake.privateChat = (user) => {
      const chat = privateChat.call(this.fake, user);
      const { add } = chat;
      chat.add = (content, options) => {
        if (content.text?.startsWith('⏰')) this.reminded.set(chat.id, (this.reminded.get(chat.id) ?? 0) + 1);
        return add.call(chat, content, options);
      };
      return chat;
    };
  }

  async until(n) {
    await this.fake.until(() => this.arrived >= n, { within: 600_000, what: `${n} reminders` });
  }

  /** takenOver: a promise of another instance that has the lease. */
  async kill(server, takenOver) {
    const inFlight = this.fake.inFlight;
    const peakKiB = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${server.child.pid}/status`, 'utf8'))[1]);
    const at = performance.now();
    await server.kill();
    this.kills.push({ arrived: this.arrived, inFlight, peakMiB: Math.round(peakKiB / 1024), from: at, dead: performance.now() });
    await takenOver();
    this.kills.at(-1).until = performance.now();
  }

  /** People press Done and Undo on the cards of their habits, in turns, until the rush is over; they wait a little for what a press says. */
  async press(u) {
    const person = this.fake.people.get(FIRST + u);
    const habit = Buffer.from(crowdId(2, u), 'hex').toString('base64url');
    const presses = [];
    for (let i = 0; !this.stopped; i++) {
      const press = person.pressesData(`${i % 2 ? 'u' : 'd'}:${habit}:${day}:c`);
      presses.push(press);
      await sleep(400 + randomInt(200));
      for (let n = 0; n < 60 && !press.answered && !this.stopped; n++) await sleep(50);
    }
    return presses;
  }

  /** Presses that were answered, and not while nobody was there. */
  calm(presses) {
    return presses.filter((p) => p.answered && !this.kills.some((k) => p.pressedAt < k.until && p.pressedAt + p.answeredAfterMs > k.from));
  }

  /** Presses without an answer that no kill met half way: a press is on its way for as long as the slowest of the others took. */
  lost(presses) {
    const onTheWayMs = Math.max(2000, ...this.calm(presses).map((p) => p.answeredAfterMs));
    return presses.filter((p) => !p.answered && !this.kills.some((k) => p.pressedAt > k.from - onTheWayMs && p.pressedAt < k.dead));
  }

  /** A message in the lane of payments, as an order that is paid queues one. */
  async pay(n) {
    const sqlite = this.bench.engine === 'sqlite';
    const now = new Date(START + performance.now() - this.t0);
    const id = crowdId(9, n);
    const time = sqlite ? String(now.getTime()) : `'${now.toISOString()}'`;
    const [user, row] = [crowdId(1, n), id].map((digits) => (sqlite ? `x'${digits}'` : `'${digits}'`));
    const sentAt = performance.now();
    await this.bench.db.sql(`INSERT INTO outbox (user_id, id, channel, lane, status, chat_id, method, payload, for_dialog, attempts, unknowns, due_at, created_at)
      VALUES (${user}, ${row}, 'telegram', 0, 'queued', ${FIRST + n}, 'sendMessage', '{"text":"Paid"}', FALSE, 0, 0, ${time}, ${time})`);
    await this.fake.until(() => this.fake.chats.get(FIRST + n)?.messages.some((m) => m.text === 'Paid'), { within: 60_000, what: 'the receipt' });
    return performance.now() - sentAt;
  }
}

// The bot as people meet it: the real binary on an engine, the strict double of the Bot API, a clock that a test sets.
//
//   forEachEngine('…', async (bench) => {
//     const bed = await BotBed.create(bench, { now: '2026-11-23T12:00:00Z' });
//     const anna = await bed.person({ id: 7, first_name: 'Anna', language_code: 'en' }, 'Europe/Berlin');
//     const run = await (await bed.api(anna)).habit({ name: 'Run' });
//     …
//     await bed.close();
//   });
import assert from 'node:assert/strict';
import { expectStatus, Api } from './api.mjs';
import { startFakeBotApi } from './bot_api_fake.mjs';

export const dayBefore = (day, n) => new Date(Date.parse(day) - n * 86400e3).toISOString().slice(0, 10);

export class BotBed {
  /** now: where the program's clock starts. fake: options of the double. env: more settings. */
  static async create(bench, { now, fake = {}, env = {} } = {}) {
    const bed = new BotBed();
    bed.bench = bench;
    bed.apis = [];
    bed.fake = await startFakeBotApi(fake);
    bed.env = { ...bed.fake.env, HABITD_LIMIT_TRIAL: '0', HABITD_RATE_IP_PER_MIN: '0', HABITD_RATE_USER_PER_MIN: '0', ...env };
    bench.t.after(() => bed.fake.stop({ check: false }));
    await bed.start(now);
    return bed;
  }

  async start(now) {
    this.now = now;
    this.server = await this.bench.serve({ env: this.#env() });
    this.server.document = this.document;
    for (const api of this.apis) api.server = this.server;
    return this.server;
  }

  #env() {
    return { ...this.env, ...(this.now ? { HABITD_NOW: this.now } : {}) };
  }

  /** The program ends and starts again, at another time; what it knows stands in the database. */
  async restart(now) {
    await this.server.stop();
    return this.start(now);
  }

  /** The HTTP API as this person, also after a restart. */
  async api(person) {
    const api = await Api.of(this.server, await this.bench.token(person.id, [], { env: this.#env() }));
    this.document = this.server.document;
    this.apis.push(api);
    return api;
  }

  /** A person who has said hello and confirmed the place; the chat holds what that left. */
  async person(user, zone = 'UTC') {
    const person = this.fake.person(user);
    person.says('/start');
    await person.sees((m) => m.buttons.flat().some((b) => b.callback_data?.startsWith('lw:')));
    await this.fake.until(() => person.chat.keyboard, { what: 'the question for the place', person });
    const me = await this.api(person);
    expectStatus(await me.patch('/v1/me', { timezone: zone }), 200);
    person.says('/cancel');
    await person.sees(/Cancelled|Отменено/);
    return person;
  }

  /** The value of one sample of /metrics, by its name with labels. */
  async metric(name) {
    const { text } = await this.server.request('GET', '/metrics');
    const line = text.split('\n').find((l) => l.startsWith(`${name} `));
    assert.ok(line, `no metric ${name}`);
    return Number(line.slice(name.length + 1));
  }

  async close() {
    if (!this.server.end) await this.server.stop();
    await this.fake.stop();
  }
}

/** Marks of a habit by day: {day: [status, value, note, preset]}. */
export async function marks(api, habit) {
  const { items } = expectStatus(await api.get(`/v1/habits/${habit.id}/logs`), 200).json;
  return Object.fromEntries(items.map((m) => [m.day, [m.status, m.value, m.note, m.preset]]));
}

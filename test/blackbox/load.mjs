// Clients that mark days and create habits for as long as they are told to, and a ledger of every answer they were given: what was
// acknowledged must be in the database whatever happened to the program or the database in between.
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { sleep } from './harness.mjs';

const DAY_MS = 86_400_000;
const PEOPLE = 6; // who mark days; several clients act for one person
const MAKERS = 2; // who create habits
const HABITS = 3; // for each of PEOPLE
const DAYS = 40;
const HABITS_MAX = 1000; // of a person, habitd's own bound

/** No limit stands in the way of a load. */
export const LOAD_ENV = {
  HABITD_LIMIT_TRIAL: '0', HABITD_LIMIT_FREE: '0', HABITD_RATE_USER_PER_MIN: '0', HABITD_RATE_IP_PER_MIN: '0', HABITD_LOG_LEVEL: 'warn',
};

const uuidKey = (id) => id.replaceAll('-', '').toLowerCase();

/** The days up to yesterday, newest first. */
export function daysBefore(n, now = Date.now()) {
  return Array.from({ length: n }, (_, i) => new Date(now - (i + 1) * DAY_MS).toISOString().slice(0, 10));
}

export class Ledger {
  /** now: what the program's clock says, in ms. */
  constructor(bench, now = Date.now()) {
    this.bench = bench;
    this.base = now - DAY_MS;
    this.days = daysBefore(DAYS, now);
    this.marks = new Map(); // "habit day" → {sent, best: the acknowledged mark with the latest marked_at, maybe: [without an answer]}
    this.posts = new Map(); // Idempotency-Key → {token, target, body, answer: text when acknowledged}
    this.wrong = []; // answers that must not be given
    this.acknowledged = 0;
    this.refused = 0; // 503
    this.broken = 0; // no answer
    this.keys = 0;
    this.created = 0; // asked for
  }

  /** Makes the people and the habits they mark. */
  async prepare(server) {
    this.people = [];
    for (let i = 0; i < PEOPLE + MAKERS; i++) {
      const person = { token: await this.bench.token(5000 + i, [], { env: LOAD_ENV }), habits: [] };
      for (let k = 0; k < HABITS && i < PEOPLE; k++) {
        const r = await server.request('POST', '/v1/habits', { token: person.token, json: { name: `Habit ${k}` } });
        assert.equal(r.status, 201, r.text);
        person.habits.push(r.json.id);
      }
      this.people.push(person);
    }
    this.makers = this.people.splice(PEOPLE);
  }

  #mark(habit) {
    const day = this.days[randomInt(DAYS)];
    const key = `${uuidKey(habit)} ${day}`;
    if (!this.marks.has(key)) this.marks.set(key, { sent: 0, maybe: [] });
    // Neighbours swapped: marks of a day do not come in the order of their marked_at.
    const n = this.marks.get(key).sent++ ^ 1;
    const status = ['done', 'skipped', 'declined'][randomInt(3)];
    const fields = { status, note: `n${n}`, marked_at: new Date(this.base + n).toISOString() };
    if (status === 'declined') fields.preset = 'busy';
    return { key, day, habit, fields, at: this.base + n };
  }

  #settle(mark, accepted) {
    const entry = this.marks.get(mark.key);
    if (!accepted) entry.maybe.push(mark);
    else if (!entry.best || mark.at > entry.best.at) entry.best = mark;
  }

  /** Sends one request; true when it was acknowledged. `marks` are what it carries. */
  async #send(server, method, target, { token, json, headers, marks = [], agent, good }) {
    let answer;
    try {
      answer = await server.request(method, target, { token, json, headers, agent });
    } catch {
      this.broken++;
    }
    const accepted = answer !== undefined && good(answer);
    if (accepted) this.acknowledged++;
    else if (answer?.status === 503 && Number(answer.headers['retry-after']) > 0) this.refused++;
    else if (answer) this.wrong.push(`${method} ${target}: ${answer.status} ${JSON.stringify(answer.headers)} ${answer.text.slice(0, 300)}`);
    for (const mark of marks) this.#settle(mark, accepted);
    return accepted ? answer : undefined;
  }

  put(server, person, agent) {
    const mark = this.#mark(person.habits[randomInt(HABITS)]);
    return this.#send(server, 'PUT', `/v1/habits/${mark.habit}/logs/${mark.day}`, {
      token: person.token, json: mark.fields, marks: [mark], agent, good: (r) => r.status === 200 || r.status === 201,
    });
  }

  /** A POST that can be repeated under its key; its answer is kept. */
  async post(server, key, agent) {
    const p = this.posts.get(key);
    const answer = await this.#send(server, 'POST', p.target, {
      token: p.token, json: p.body, headers: { 'idempotency-key': key }, marks: p.marks, agent,
      good: (r) => r.status === p.status && (!p.marks || r.json.results.every((x) => x.status === 200 || x.status === 201)),
    });
    if (answer && p.answer === undefined) p.answer = answer.text;
    return answer;
  }

  batch(server, person, agent) {
    const marks = Array.from({ length: 1 + randomInt(20) }, () => this.#mark(person.habits[randomInt(HABITS)]));
    const key = `batch-${this.keys++}`;
    const body = { logs: marks.map(({ habit, day, fields }) => ({ habit_id: habit, day, ...fields })) };
    this.posts.set(key, { token: person.token, target: '/v1/logs:batch', body, marks, status: 200 });
    return this.post(server, key, agent);
  }

  create(server, agent) {
    const key = `habit-${this.keys++}`;
    const { token } = this.makers[this.created++ % MAKERS];
    this.posts.set(key, { token, target: '/v1/habits', body: { name: key }, status: 201 });
    return this.post(server, key, agent);
  }

  async #client(server, i, running) {
    const person = this.people[i % PEOPLE];
    while (running.on) {
      const what = randomInt(100);
      let answer;
      if (what < 70) answer = await this.put(server(), person);
      else if (what < 85) answer = await this.batch(server(), person);
      else if (what < 90 && this.created < MAKERS * HABITS_MAX * 0.8) answer = await this.create(server());
      else {
        answer = await this.#send(server(), 'GET', '/v1/today', { token: person.token, good: (r) => r.status === 200 });
      }
      if (!answer) await sleep(20); // who is refused waits a little
    }
  }

  /** Starts the clients against server(), a function so that a test may swap it; stop() ends them after their current request. */
  start(server, clients) {
    const running = { on: true };
    const all = Promise.all(Array.from({ length: clients }, (_, i) => this.#client(server, i, running)));
    return {
      async stop() {
        running.on = false;
        await all;
      },
    };
  }

  /** The marks in the database: "habit day" → {at, status, note}. */
  async stored() {
    const [id, at] = this.bench.engine === 'sqlite'
      ? ['lower(hex(l.habit_id))', 'l.marked_at']
      : ["replace(l.habit_id::text, '-', '')", 'CAST(extract(epoch FROM l.marked_at) * 1000 AS bigint)'];
    const rows = await this.bench.db.sql(`SELECT ${id}, l.log_date, l.status, COALESCE(d.note, l.note), ${at} FROM habit_logs l
      LEFT JOIN habit_decline_notes d ON d.user_id = l.user_id AND d.id = l.decline_note_id`);
    return new Map(rows.map(([habit, day, status, note, ms]) => [`${habit} ${day}`, { status, note, at: Number(ms) }]));
  }

  /**
   * Every acknowledged mark is there, or a later one that was sent; nothing is there that was not sent; every acknowledged habit is
   * there once. Then the doctor.
   */
  async check() {
    assert.deepEqual(this.wrong.slice(0, 5), []);
    const stored = await this.stored();
    const lost = [];
    for (const [key, entry] of this.marks) {
      const { best } = entry;
      const found = stored.get(key);
      const is = (mark) => found.at === mark.at && found.status === mark.fields.status && found.note === mark.fields.note;
      if (best) entry.maybe = entry.maybe.filter((mark) => mark.at > best.at);
      if (!found) {
        if (best) lost.push(`${key}: nothing is stored, ${JSON.stringify(best.fields)} was acknowledged`);
      } else if (!(best && is(best)) && !entry.maybe.some(is)) {
        lost.push(`${key}: ${JSON.stringify(found)} is stored, ${JSON.stringify(best?.fields)} was acknowledged`);
      }
      stored.delete(key);
    }
    assert.deepEqual(lost.slice(0, 5), []);
    const own = new Set(this.people.flatMap((person) => person.habits.map(uuidKey)));
    const strange = [...stored].filter(([key]) => own.has(key.split(' ')[0]));
    assert.deepEqual(strange.slice(0, 5), [], 'marks that nobody sent');
    const names = (await this.bench.db.sql("SELECT name, count(*) FROM habits WHERE name LIKE 'habit-%' GROUP BY name")).map(([n, c]) => [n, Number(c)]);
    const counts = new Map(names);
    for (const [key, post] of this.posts) {
      if (!key.startsWith('habit-')) continue;
      const n = counts.get(key) ?? 0;
      if (post.answer !== undefined) assert.equal(n, 1, `${key} was acknowledged`);
      else assert.ok(n <= 1, `${key} is there ${n} times`);
    }
    await this.doctor();
  }

  async doctor() {
    const { code, stdout, stderr } = await this.bench.habitd(['doctor', '--json'], { env: LOAD_ENV });
    assert.equal(code, 0, stdout + stderr);
    assert.equal(JSON.parse(stdout).ok, true);
  }

  /**
   * Repeats every POST that has no answer until it has one, twice; and some that have one. Under the same key each has had its effect
   * exactly once.
   */
  async retry(server) {
    const open = [...this.posts].filter(([, p]) => p.answer === undefined).map(([key]) => key);
    const known = [...this.posts].filter(([, p]) => p.answer !== undefined).map(([key]) => key).slice(-20);
    for (const key of open) assert.ok(await this.post(server, key), `${key}: ${this.wrong.at(-1)}`);
    for (const key of [...open, ...known]) {
      const again = await this.post(server, key);
      assert.ok(again, `${key}: ${this.wrong.at(-1)}`);
      assert.equal(again.headers['idempotent-replayed'], 'true', key);
      assert.equal(again.text, this.posts.get(key).answer, key);
    }
    // What is settled needs no room any more: habits are checked by name, batches by their marks.
    for (const key of this.posts.keys()) if (key.startsWith('batch-')) this.posts.delete(key);
    return open.length;
  }
}

// More than can be written at once: a queue that is full, an end in the middle of work, a command beside a busy server.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import http from 'node:http';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { forEachEngine, sleep } from './harness.mjs';
import { LOAD_ENV, Ledger, daysBefore } from './load.mjs';

const WAIT_MS = 8000; // how long a test may keep writers out: below the ten seconds after which habitd gives up

/** Keeps every writer out of habit_logs until release(), from another process. */
async function lockOut(bench) {
  const [file, args, begin] = bench.engine === 'sqlite'
    ? ['sqlite3', ['-batch', '-cmd', '.timeout 10000', bench.db.file], 'BEGIN IMMEDIATE;']
    : ['psql', [bench.db.url, '-qXAt'], 'BEGIN; LOCK TABLE habit_logs IN EXCLUSIVE MODE;'];
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  bench.t.after(() => child.kill()); // whatever the test comes to
  const held = new Promise((resolve) => child.stdout.once('data', resolve));
  child.stdin.write(`${begin}\nSELECT 'held';\n`);
  await held;
  return {
    since: Date.now(),
    release() {
      assert.ok(Date.now() - this.since < WAIT_MS, 'the lock was held for too long to prove anything');
      child.stdin.end('ROLLBACK;\n');
      return new Promise((resolve) => child.once('close', resolve));
    },
  };
}

async function until(what, limitMs, done) {
  const deadline = Date.now() + limitMs;
  while (!(await done())) {
    assert.ok(Date.now() < deadline, `${what}: not within ${limitMs} ms`);
    await sleep(10);
  }
}

async function metric(server, name) {
  const { text } = await server.request('GET', '/metrics');
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
}

/** A person's token and a habit, and `n` days to mark. */
async function someone(bench, server, telegramId, n) {
  const token = await bench.token(telegramId, [], { env: LOAD_ENV });
  const { json } = await server.request('POST', '/v1/habits', { token, json: { name: 'Run' } });
  return { token, habit: json.id, days: daysBefore(n) };
}

forEachEngine('a full queue refuses with Retry-After and finishes what it took', async (bench) => {
  const QUEUE = 512, BATCH = 128, SENT = 700;
  const server = await bench.serve({ env: LOAD_ENV });
  const me = await someone(bench, server, 1001, SENT);
  // No address may take all connections: they come from several of the loopback's.
  const agents = [2, 3, 4, 5].map((n) => new http.Agent({ keepAlive: true, localAddress: `127.0.0.${n}` }));
  const put = (day, i) => server.request('PUT', `/v1/habits/${me.habit}/logs/${day}`, {
    token: me.token, json: { status: 'done' }, agent: agents[i % agents.length],
  });

  const lock = await lockOut(bench);
  let refused = 0;
  const all = Promise.all(me.days.map(async (day, i) => {
    const r = await put(day, i);
    if (r.status === 503) refused++;
    return { day, ...r };
  }));
  await until('the queue is full and the others are refused', 6000,
    async () => refused >= SENT - QUEUE - BATCH && (await metric(server, 'habitd_lane_waiting')) === QUEUE);
  await until('everything has arrived', 2000, async () => (await metric(server, 'habitd_http_requests_waiting')) + refused === SENT);
  assert.equal((await server.request('GET', '/v1/today', { token: me.token })).status, 200, 'who reads is not kept waiting');
  assert.equal((await server.request('GET', '/readyz')).status, 200);
  await lock.release();

  const answers = await all;
  const of = (status) => answers.filter((r) => r.status === status);
  assert.equal(of(201).length + of(503).length, SENT, JSON.stringify(answers.map((r) => r.status)));
  assert.ok(of(201).length >= QUEUE && of(201).length <= QUEUE + BATCH); // and what the writer had in hand, if it had come to that
  for (const r of of(503)) {
    assert.equal(r.headers['retry-after'], '1');
    assert.equal(r.json.code, 'busy');
    assert.equal(r.headers['content-type'], 'application/problem+json');
  }
  assert.ok((await metric(server, 'habitd_lane_refused_total')) >= of(503).length); // and what the program wanted for itself
  const stored = async () => (await bench.db.sql('SELECT log_date FROM habit_logs')).map(([day]) => day).sort();
  assert.deepEqual(await stored(), of(201).map((r) => r.day).sort(), 'what was accepted, and nothing else');
  const again = await Promise.all(of(503).map((r, i) => put(r.day, i)));
  assert.ok(again.every((r) => r.status === 201), 'and the refused ones go through when they are repeated');
  assert.equal((await stored()).length, SENT);
  for (const agent of agents) agent.destroy();
  await server.stop();
});

forEachEngine('SIGTERM: every request that was accepted is answered', async (bench) => {
  const SENT = 150;
  const server = await bench.serve({ env: LOAD_ENV });
  const me = await someone(bench, server, 1001, SENT);
  const lock = await lockOut(bench);
  const all = Promise.all(me.days.map((day) => server.request('PUT', `/v1/habits/${me.habit}/logs/${day}`, { token: me.token, json: { status: 'done' } })));
  await until('all are waiting', 5000, async () => (await metric(server, 'habitd_http_requests_waiting')) === SENT);
  const stopped = server.stop();
  await sleep(300);
  assert.equal(server.end, undefined, 'it waits for them');
  await lock.release();
  const answers = await all;
  assert.deepEqual(answers.map((r) => r.status), Array(SENT).fill(201));
  await stopped; // exit code 0, no sanitizer's report
  assert.equal(server.end.code, 0);
  assert.deepEqual(await bench.db.sql('SELECT count(*) FROM habit_logs'), [[String(SENT)]]);
});

forEachEngine('SIGTERM under load ends in order', async (bench) => {
  for (let round = 0; round < 3; round++) {
    const server = await bench.serve({ env: LOAD_ENV });
    const ledger = new Ledger(bench);
    await ledger.prepare(server);
    const load = ledger.start(() => server, 24);
    await until('load', 60_000, () => ledger.acknowledged > 50);
    const t0 = Date.now();
    await server.stop();
    await load.stop();
    assert.ok(Date.now() - t0 < 25_000, 'clients that keep asking do not keep it alive');
    assert.equal(server.end.code, 0);
    await ledger.check();
    const next = await bench.serve({ env: LOAD_ENV });
    await ledger.retry(next);
    await ledger.check();
    await next.stop();
    await bench.db.sql('DELETE FROM habit_logs');
    await bench.db.sql('DELETE FROM habit_decline_notes');
    await bench.db.sql('DELETE FROM streaks');
    await bench.db.sql('DELETE FROM habits');
    await bench.db.sql('DELETE FROM idempotency');
  }
});

forEachEngine('a command beside a busy server gets its turn', async (bench) => {
  const LIMIT_MS = 15_000, ROWS = 3000, CLIENTS = 12, MARKS = 500;
  const server = await bench.serve({ env: LOAD_ENV });
  // Long commands, more of them than one transaction takes: the server begins its next write as soon as the last one is durable.
  const running = { on: true };
  let acknowledged = 0;
  const people = await Promise.all(Array.from({ length: CLIENTS }, (_, i) => someone(bench, server, 7000 + i, MARKS)));
  const load = Promise.all(people.map(async ({ token, habit, days }) => {
    for (let n = 0; running.on; n++) {
      const logs = days.map((day) => ({ habit_id: habit, day, status: ['done', 'skipped'][n % 2] }));
      const r = await server.request('POST', '/v1/logs:batch', { token, json: { logs } });
      assert.equal(r.status, 200, r.text.slice(0, 300));
      acknowledged++;
    }
  }));
  const file = path.join(bench.dir, 'old.csv');
  writeFileSync(file, `habit,day,status\n${daysBefore(ROWS).map((day) => `Old,${day},done`).join('\n')}\n`);
  const timed = async (args) => {
    const t0 = Date.now();
    const out = await bench.must(args, { env: LOAD_ENV, timeoutMs: 60_000 });
    return [out, Date.now() - t0];
  };
  const times = [];
  let importMs, before;
  try {
    await until('load', 60_000, () => acknowledged > CLIENTS);
    before = acknowledged;
    for (let i = 0; i < 5; i++) {
      const [token, ms] = await timed(['token', 'create', '--telegram-id', String(9000 + i)]);
      assert.equal((await server.request('GET', '/v1/me', { token: token.trim() })).status, 200);
      times.push(ms);
    }
    const [out, ms] = await timed(['import', '--user', '9000', '--format', 'csv', file]);
    assert.match(out, new RegExp(`days: ${ROWS} new`));
    importMs = ms;
  } finally {
    running.on = false;
    await load;
  }
  bench.t.diagnostic(`${(acknowledged - before) * MARKS} marks beside; token create ${times.join(', ')} ms; import of ${ROWS} days ${importMs} ms`);
  assert.ok(Math.max(...times) < LIMIT_MS, `token create took ${Math.max(...times)} ms`);
  assert.ok(importMs < LIMIT_MS * 2, `import took ${importMs} ms`);
  assert.ok(acknowledged > before, 'the server went on meanwhile');
  assert.equal((await bench.habitd(['doctor'])).code, 0);
  await server.stop();
});

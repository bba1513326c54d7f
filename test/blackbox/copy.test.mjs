// A whole database moved between engines, from outside: there and back, cut off at every step, refused, tampered with.
import assert from 'node:assert/strict';
import test from 'node:test';
import { BIN, Bench, Database, ENGINES, run } from './harness.mjs';
import { Api, expectStatus } from './api.mjs';
import { until } from './watch_bed.mjs';

/** A bench on another fresh database. */
async function another(bench, engine) {
  const to = new Bench();
  Object.assign(to, { engine, db: await Database.create(engine), starting: [] });
  bench.more.push(to);
  return to;
}

function forEachPair(name, fn, pairs = ['sqlite postgres', 'postgres sqlite', 'sqlite sqlite', 'postgres postgres']) {
  for (const pair of pairs) {
    const [from, to] = pair.split(' ');
    if (!ENGINES.includes(from) || !ENGINES.includes(to)) continue;
    test(`${name} [${from} to ${to}]`, { timeout: 600_000 }, async (t) => {
      const bench = await Bench.create(from, { t });
      bench.more = [];
      try {
        await fn(bench, to);
      } finally {
        for (const more of bench.more) await more.close();
        await bench.close();
      }
    });
  }
}

const copy = (from, to, options) => from.habitd(['copy', '--from', from.db.url, '--to', to.db.url], options);
async function mustCopy(from, to, options) {
  const { code, stdout, stderr } = await copy(from, to, options);
  assert.equal(code, 0, stderr);
  return stdout.split('\n').filter((line) => / checksum [0-9a-f]{32}$/.test(line));
}
async function refused(from, to, words) {
  const { code, stdout, stderr } = await copy(from, to);
  assert.equal(code, 1, stdout + stderr);
  assert.match(stderr, words);
}

const uuid = (engine, n) => {
  const hex = String(n).padStart(32, '0');
  return engine === 'sqlite' ? `x'${hex}'` : `'${hex}'`;
};

/** People with every kind of row and value: money, notes in many scripts, JSON, fractions, what waits to be sent, logs of the program. */
async function fill(bench, { users = 12, days = 120 } = {}) {
  const { engine } = bench;
  const at = (ms) => (engine === 'sqlite' ? String(ms) : `to_timestamp(${ms} / 1000.0)`);
  await bench.must(['demo', '--users', String(users), '--days', String(days)]);
  const server = await bench.serve({ env: { HABITD_SANDBOX_PAYMENTS: 'instant' } });
  const person = await Api.of(server, await bench.token(1));
  const habit = await person.habit({ name: 'مشي 🚶 "quoted" \\ back', kind: 'measurable', target_value: 2.5, unit: 'км' });
  expectStatus(await person.mark(habit, new Date(Date.now() - 86_400_000).toISOString().slice(0, 10), { status: 'done', value: 1.234, note: "it's ½\t—" }), 201);
  await server.stop();
  const now = Date.now();
  for (const [i, days] of [[1, 0], [2, 3], [3, 40]])
    await bench.db.sql(engine === 'postgres' && days > 0 ? 'SELECT 1' : `INSERT INTO system_logs (created_at, id, level, source, fingerprint, message, context)
      VALUES (${at(now - days * 86_400_000)}, ${uuid(engine, i)}, 'warn', 'test', 'f', 'm', '{"b": 1.50, "a": [true, null, "ü\\u0041"], "c": 9007199254740993}')`);
  for (const [i, status] of [[1, 'queued'], [2, 'queued'], [3, 'sending']])
    await bench.db.sql(`INSERT INTO outbox (user_id, id, channel, lane, status, chat_id, method, payload, for_dialog, attempts, unknowns, fence, due_at, attempted_at, created_at)
      VALUES (${uuid(engine, 0)}, ${uuid(engine, i)}, 'telegram', 1, '${status}', 5, 'sendMessage', '{}', FALSE, 1, 0, ${status === 'sending' ? 1 : 'NULL'}, ${at(now)},
        ${status === 'sending' ? at(now) : 'NULL'}, ${at(now)})`);
}

// Trials end and days pass: both databases are looked at in one moment.
const MOMENT = { HABITD_NOW: new Date(Date.now() + 86_400_000).toISOString() };
const overview = async (bench) => JSON.parse(await bench.must(['report', 'overview', '--json'], { env: MOMENT }));
const held = async (bench) => JSON.parse(await bench.must(['outbox', 'status', '--json'])).held;

forEachPair('there and back: equal checksums, equal figures, a sound schema, and nothing is sent', async (bench, engine) => {
  await fill(bench);
  const waiting = Number((await bench.db.sql("SELECT COUNT(*) FROM outbox WHERE status IN ('queued', 'sending')"))[0][0]);
  const there = await another(bench, engine);
  const first = await mustCopy(bench, there);
  assert.ok(first.length > 25, first.join('\n'));
  assert.match(first.find((line) => line.startsWith('habit_logs ')), /^habit_logs +[1-9]\d+ rows/);
  const back = await another(bench, bench.engine);
  // What the copy itself changes is the hold, so the way back starts from there.
  const second = await mustCopy(there, back);
  const mine = (lines) => lines.filter((line) => !/^(outbox|deliveries) /.test(line));
  assert.deepEqual(mine(second), mine(first));
  for (const b of [there, back]) {
    await b.must(['doctor']);
    await b.must(['migrate', 'verify']);
    assert.deepEqual(await overview(b), await overview(bench));
    assert.equal(await held(b), waiting);
  }
  const server = await there.serve();
  assert.equal((await server.request('GET', '/readyz')).status, 200);
});

forEachPair('killed at every few statements and run again it ends the same', async (bench, engine) => {
  await fill(bench, { users: 60, days: 800 });
  const whole = await another(bench, engine);
  const expected = await mustCopy(bench, whole);
  const to = await another(bench, engine);
  let kills = 0;
  for (let n = 3; ; n = Math.ceil(n * 1.3)) {
    const point = kills % 3 === 2 ? `commit:${Math.ceil(n / 4)}` : `statement:${n}`;
    const { code, signal, stdout, stderr } = await copy(bench, to, { env: { HABITD_FAULT: `${point}:kill` } });
    if (code === 0) {
      assert.deepEqual(stdout.split('\n').filter((line) => / checksum /.test(line)), expected);
      break;
    }
    assert.equal(signal, 'SIGKILL', stderr);
    kills++;
    // A half one is nobody's database.
    const serve = await to.habitd(['doctor']);
    assert.equal(serve.code, 1);
    assert.match(serve.stderr, /empty|being filled/);
  }
  assert.ok(kills >= 6, `${kills} kills`);
  await to.must(['doctor']);
  await to.must(['migrate', 'verify']);
  assert.deepEqual(await overview(to), await overview(bench));
}, ['sqlite postgres', 'postgres sqlite']);

forEachPair('what was changed in a half target is found by the proof', async (bench, engine) => {
  await fill(bench, { users: 3, days: 30 });
  const to = await another(bench, engine);
  // Runs are cut off, later each time, until one has loaded everything; the next one would have proved it.
  let loading = false;
  for (let n = 10; ; n += loading ? 4 : 10) {
    const { code } = await copy(bench, to, { env: { HABITD_FAULT: `statement:${n}:io_error` } });
    assert.equal(code, 1, 'it came to its end before it was tampered with');
    const [[phase]] = await to.db.sql("SELECT COALESCE(MAX(rows), 0) FROM habitd_copy WHERE name = 'phase'").catch(() => [[0]]);
    if (Number(phase) === 3 || Number(phase) === 4) break;
    if (Number(phase) === 2 && !loading) [loading, n] = [true, 50];
  }
  // The proof goes by the tables' names, so each change is met before those that were made earlier.
  for (const [sql, words] of [
    ['UPDATE users SET day_starts_at = day_starts_at + 1', /the sums of users differ: \d+ in the source, \d+ in the target/],
    ['DELETE FROM streaks', /streaks has [1-9]\d* rows in the source and 0 in the target/],
    ["UPDATE habits SET name = 'x' WHERE id = (SELECT id FROM habits LIMIT 1)", /the checksums of habits differ/],
  ]) {
    await to.db.sql(sql);
    await refused(bench, to, words);
    assert.equal((await to.habitd(['doctor'])).code, 1);
  }
}, ['sqlite postgres', 'postgres sqlite']);

forEachPair('refused: a target that holds something, a server on either side, other schemas, mistakes', async (bench, engine) => {
  const to = await another(bench, engine);
  await bench.must(['demo', '--users', '2', '--days', '10']);
  await to.must(['demo', '--users', '1', '--days', '5']);
  const before = await overview(to);
  await refused(bench, to, /the target holds a database of habitd already/);
  assert.deepEqual(await overview(to), before);

  const fresh = await another(bench, engine);
  const server = await bench.serve();
  await refused(bench, fresh, /in use by process \d+|a server works on it and holds the lease "\w+" until/);
  await server.stop();
  const other = await to.serve();
  await refused(bench, to, /in use by process \d+|a server works on it and holds the lease/);
  await other.stop();

  const empty = await another(bench, bench.engine);
  await refused(empty, fresh, /there is no file|--from: the database is empty/);
  const old = await another(bench, bench.engine);
  await old.must(['migrate', 'up', '--to', '1']);
  await refused(old, fresh, /--from: .*schema version 1 .*migrate up/);
  await old.must(['migrate', 'up']);
  await old.db.sql("INSERT INTO schema_migrations SELECT version + 1, 'later', sha256, applied_at FROM schema_migrations ORDER BY version DESC LIMIT 1");
  await refused(old, fresh, /--from: .*newer than this program/);
  await refused(bench, old, /the target holds a database of habitd already/);
  const nowhere = await bench.habitd(['copy', '--from', bench.db.url, '--to', 'postgresql://me:hidden@127.0.0.1:1/x']);
  assert.equal(nowhere.code, 1);
  assert.match(nowhere.stderr, /^habitd: --to: cannot connect/);
  assert.ok(!nowhere.stderr.includes('hidden'));
  await mustCopy(bench, fresh);
  await refused(bench, fresh, /the target holds a database of habitd already/);
}, ['sqlite postgres', 'postgres sqlite']);

forEachPair('a server that ended in order stands in nobody’s way', async (bench, engine) => {
  const server = await bench.serve();
  await until('the watch', async () => (await bench.db.sql("SELECT 1 FROM leases WHERE name = 'watch'")).length);
  await server.stop();
  await mustCopy(bench, await another(bench, engine));
}, ['sqlite postgres', 'postgres sqlite']);

forEachPair('a bar on a terminal, a line for each table otherwise', async (bench, engine) => {
  await bench.must(['demo', '--users', '5', '--days', '30']);
  const [one, two] = [await another(bench, engine), await another(bench, engine)];
  const { stderr } = await copy(bench, one);
  assert.match(stderr, /^admin_alerts, after 0 of [1-9]\d* rows\n(\w+, after \d+ of \d+ rows\n){25,}$/);
  const command = `'${BIN}' copy --from '${bench.db.url}' --to '${two.db.url}'`;
  const shown = await run('script', ['-qec', command, '/dev/null'], { cwd: bench.dir });
  assert.equal(shown.code, 0, shown.stdout);
  assert.match(shown.stdout, /\rcopying \[#*\.*\] \d+%/);
  assert.ok(!shown.stdout.includes(', after '), shown.stdout);
}, ['sqlite postgres', 'postgres sqlite']);

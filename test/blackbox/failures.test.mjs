// What goes wrong around a program that runs: the database has no connection left, or answers five seconds late; the clock is set; names
// are not resolved; Telegram is away for an hour. Each time: what was acknowledged survives, health says so, the operator hears it once and
// once that it is over, and the same process goes on. Each says how long it took.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { Api, expectStatus } from './api.mjs';
import { abreast, ENGINES, forEachEngine, ownMounts, sleep } from './harness.mjs';
import { Ledger } from './load.mjs';
import { until, watched } from './watch_bed.mjs';

abreast(5); // they mostly wait

const ready = async (server) => (await server.request('GET', '/readyz')).status === 200;
const writes = async (ledger, server, n = 20) => {
  for (let i = 0; i < n; i++) assert.ok(await ledger.put(server, ledger.people[0]), 'a mark');
};
const watching = (bench) => until('the watch', async () => (await bench.db.sql("SELECT 1 FROM leases WHERE name = 'watch'")).length);
/** First lines of what the operator was told, from the n-th message on. */
const told = (heard, n = 0) => heard().slice(n).map((m) => m.split('\n')[0].split(':')[0]);

/** Told once, and once that it is over; the books are right, and the process is the same. */
async function settled(bench, { server, heard }, ledger, words) {
  await until('its end', () => heard().length >= words.length, 180_000);
  await until('readiness', () => ready(server));
  await sleep(12_000); // one more look: nothing that followed from it is told
  assert.deepEqual(told(heard), words, heard().join('\n'));
  await writes(ledger, server, 5);
  await ledger.check();
  assert.equal(server.end, undefined, 'the same process');
}

if (ENGINES.includes('postgres'))
  forEachEngine('PostgreSQL has no connection left', async (bench) => {
    if (bench.engine !== 'postgres') return;
    // A role that is no superuser: those are never turned away.
    const role = `app_${randomBytes(4).toString('hex')}`, name = bench.db.name;
    await bench.db.sql(`CREATE ROLE ${role} LOGIN PASSWORD 'x'`);
    await bench.db.sql(`ALTER DATABASE ${name} OWNER TO ${role}; GRANT ALL ON SCHEMA public TO ${role}`);
    const admin = bench.db.url, url = new URL(admin);
    url.username = role;
    url.password = 'x';
    bench.db.url = url.href;
    const sql = async (text) => {
      execFileSync('psql', [admin, '-qXAt', '-v', 'ON_ERROR_STOP=1', '-c', text], { stdio: ['ignore', 'ignore', 'inherit'] });
    };
    const all = await watched(bench);
    const ledger = new Ledger(bench);
    await ledger.prepare(all.server);
    await writes(ledger, all.server);
    await watching(bench);
    await sql(`ALTER DATABASE ${name} CONNECTION LIMIT 0; SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${role}'`);
    const alarm = await until('the alarm', () => all.heard().length > 0);
    assert.equal(await ready(all.server), false);
    await sql(`ALTER DATABASE ${name} CONNECTION LIMIT -1`);
    const again = await until('writes', () => ledger.put(all.server, ledger.people[0]));
    await settled(bench, all, ledger, ['🔴 The database does not answer', '🟢 [RECOVERED] The database does not answer']);
    bench.t.diagnostic(`told after ${alarm.ms} ms, writing again after ${again.ms} ms`);
    await all.server.stop();
    bench.db.url = admin;
    await sql(`REASSIGN OWNED BY ${role} TO CURRENT_USER; DROP OWNED BY ${role}; DROP ROLE ${role}`);
  });

/** A door before the database whose answers can be made late. */
async function lateDoor(bench) {
  const there = new URL(bench.db.url);
  const door = { lateMs: 0 };
  const server = net.createServer((near) => {
    const far = net.connect(Number(there.port), there.hostname);
    near.on('error', () => far.destroy());
    far.on('error', () => near.destroy());
    near.pipe(far);
    let chain = Promise.resolve();
    far.on('data', (chunk) => {
      const { lateMs } = door;
      const at = Date.now() + lateMs;
      chain = chain.then(() => sleep(Math.max(0, at - Date.now()))).then(() => near.write(chunk)).catch(() => {});
    });
    far.on('close', () => chain.then(() => near.destroy()));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  bench.t.after(() => server.close());
  const url = new URL(bench.db.url);
  url.port = server.address().port;
  bench.db.url = url.href;
  return door;
}

if (ENGINES.includes('postgres'))
  forEachEngine('PostgreSQL answers five seconds late', async (bench) => {
    if (bench.engine !== 'postgres') return;
    const direct = bench.db.url;
    const door = await lateDoor(bench);
    const all = await watched(bench, { HABITD_DATABASE_URL: bench.db.url }); // with the program's own patience
    bench.db.url = direct;
    const ledger = new Ledger(bench);
    await ledger.prepare(all.server);
    await writes(ledger, all.server);
    await watching(bench);
    door.lateMs = 5000;
    assert.equal(await ready(all.server), false, 'health says so');
    const alarm = await until('the alarm', () => all.heard().length > 0, 120_000).catch((e) => { console.log(all.server.stderr); throw e; });
    door.lateMs = 0;
    const again = await until('writes', () => ledger.put(all.server, ledger.people[0]));
    await settled(bench, all, ledger, ['🔴 The database does not answer', '🟢 [RECOVERED] The database does not answer']);
    bench.t.diagnostic(`told after ${alarm.ms} ms, writing again after ${again.ms} ms`);
    await all.server.stop();
  });

/** A clock that can be set while the program runs. */
function clock(bench) {
  const file = path.join(bench.dir, 'clock');
  const set = (ms) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(ms));
    writeFileSync(file, bytes, { flag: 'r+' });
  };
  writeFileSync(file, Buffer.alloc(8));
  return { env: { HABITD_NOW_STEP: file }, set };
}

for (const [words, hours] of [['forward', 1], ['back', -1]])
  forEachEngine(`the clock is set ${words} by an hour`, async (bench) => {
    const hand = clock(bench);
    const all = await watched(bench, hand.env);
    const { fake, server, heard } = all;
    const anna = fake.person({ id: 7, first_name: 'Anna', language_code: 'en' });
    anna.says('/start');
    await anna.sees(/🕐/);
    const ledger = new Ledger(bench);
    await ledger.prepare(server);
    await writes(ledger, server);
    await watching(bench);
    hand.set(hours * 3600_000);
    const alarm = await until('the alarm', () => heard().length > 0);
    const [, by] = new RegExp(`by (\\d+) s ${words}`).exec(heard()[0]) ?? assert.fail(heard()[0]);
    assert.ok(Math.abs(by - 3600) < 30, heard()[0]);
    await writes(ledger, server);
    anna.says('/help'); // and the bot goes on
    const answered = await until('an answer', () => anna.sees(/\/today/).then(() => true));
    await until('readiness', () => ready(server));
    await settled(bench, all, ledger, ['🟡 The clock was set', '🟢 [RECOVERED] The clock was set']);
    const doctor = await bench.habitd(['doctor'], { env: hand.env });
    assert.equal(doctor.code, 0, doctor.stdout);
    bench.t.diagnostic(`${bench.engine}: told after ${alarm.ms} ms, the bot answered after ${answered.ms} ms`);
    await server.stop();
  });

/**
 * A place where the test says which names there are: the program's own /etc/hosts, in a mount namespace. Whatever is not there is asked of a
 * server on the loopback that does not exist. Undefined where the rights for it are missing.
 */
function names(bench) {
  const unshare = ownMounts();
  if (!unshare) return undefined;
  const own = { hosts: '', 'resolv.conf': 'nameserver 127.53.53.53\noptions timeout:1 attempts:1\n', 'nsswitch.conf': 'hosts: files dns\n' };
  const binds = [];
  for (const [name, text] of Object.entries(own)) {
    writeFileSync(path.join(bench.dir, name), text);
    if (existsSync(`/etc/${name}`)) binds.push(`mount --bind '${path.join(bench.dir, name)}' /etc/${name}`);
  }
  const known = (...lines) => writeFileSync(path.join(bench.dir, 'hosts'), ['127.0.0.1 localhost', ...lines, ''].join('\n'));
  return { known, through: [...unshare, 'sh', '-c', `${binds.join(' && ')} && exec "$@"`, 'sh'] };
}

forEachEngine('the name of Telegram is not resolved', async (bench) => {
  const dns = names(bench);
  if (!dns) return bench.t.skip('a mount namespace needs root, or user namespaces for everybody');
  const name = 'telegram.test', record = `127.0.0.1 ${name}`;
  dns.known(record);
  const all = await watched(bench, (fake) => ({ TELEGRAM_API_URL: fake.env.TELEGRAM_API_URL.replace('127.0.0.1', name) }), dns);
  const { fake, server, heard, filed } = all;
  fake.server.maxRequestsPerSocket = 1; // whoever keeps a connection needs no name
  const anna = fake.person({ id: 7, first_name: 'Anna', language_code: 'en' });
  anna.says('/start');
  await anna.sees(/🕐/);
  const ledger = new Ledger(bench);
  await ledger.prepare(server);
  await writes(ledger, server);
  await watching(bench);
  dns.known();
  fake.server.closeAllConnections(); // ends the long poll
  const alarm = await until('that it is known', async () => (await bench.db.sql("SELECT 1 FROM admin_alerts WHERE fingerprint = 'health.bot'")).length, 180_000);
  assert.equal(await ready(server), false, 'health says so');
  assert.match(filed(), /The bot does not work/);
  anna.says('/help');
  await writes(ledger, server);
  dns.known(record);
  const answered = await until('the answer', () => anna.chat.messages.some((m) => m.byBot && m.text.includes('/today')), 120_000);
  await settled(bench, all, ledger, ['🔴 The bot does not work', '🟢 [RECOVERED] The bot does not work']);
  bench.t.diagnostic(`${bench.engine}: told after ${alarm.ms} ms, the bot answered ${answered.ms} ms after the name was back`);
  await server.stop();
});

forEachEngine('Telegram is away for an hour', async (bench) => {
  const hand = clock(bench);
  const all = await watched(bench, hand.env);
  const { fake, server, heard, filed } = all;
  const anna = fake.person({ id: 7, first_name: 'Anna', language_code: 'en' });
  anna.says('/start');
  await anna.sees(/🕐/);
  const api = await Api.of(server, await bench.token(7, [], { env: hand.env }));
  expectStatus(await api.patch('/v1/me', { timezone: 'UTC', weekly_summary: false }), 200); // it names the habit, too
  const ledger = new Ledger(bench);
  await ledger.prepare(server);
  await writes(ledger, server);
  await watching(bench);
  // A reminder that falls into the hour.
  const due = new Date(Date.now() + 1800_000).toISOString().slice(11, 16);
  const habit = await api.habit({ name: 'Stretch', schedules: [{ schedule_type: 'daily', reminder_time: due }] });
  const away = fake.fault({ drop: 'before', times: Infinity });
  anna.says('/help'); // ends the long poll
  await until('that it is known', async () => (await bench.db.sql("SELECT 1 FROM admin_alerts WHERE fingerprint = 'health.bot'")).length, 120_000);
  assert.equal(await ready(server), false);
  assert.match(filed(), /The bot does not work/);
  hand.set(3600_000);
  await writes(ledger, server);
  await until('the reminder is claimed', async () => (await bench.db.sql("SELECT 1 FROM deliveries WHERE kind = 'reminder'")).length, 60_000);
  away.remove();
  const reminded = await until('the reminder', () => anna.chat.messages.some((m) => m.byBot && m.text.includes('Stretch')), 180_000);
  await until('the answer', () => anna.chat.messages.some((m) => m.byBot && m.text.includes('/today')), 120_000);
  await until('the ends', () => heard().filter((m) => m.includes('[RECOVERED]')).length >= 2, 180_000);
  assert.equal(anna.chat.messages.filter((m) => m.byBot && m.text.includes('Stretch')).length, 1, 'once');
  const lines = told(heard);
  assert.deepEqual(lines.filter((m) => m.includes('bot does not')), ['🔴 The bot does not work', '🟢 [RECOVERED] The bot does not work'], lines.join('\n'));
  await until('readiness', () => ready(server));
  await writes(ledger, server, 5);
  await ledger.check();
  assert.equal(server.end, undefined, 'the same process');
  expectStatus(await api.get(`/v1/habits/${habit.id}`), 200);
  bench.t.diagnostic(`${bench.engine}: the reminder came ${reminded.ms} ms after Telegram was back`);
  await server.stop();
});

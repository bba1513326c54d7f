// What an operator hears of when something is wrong: in his chat at once, once, and when it is over; of a database that is down too; in a
// file what cannot be sent. And the heartbeat, which falls silent then. Each says how long it took.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import http from 'node:http';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { abreast, Bench, ENGINES, forEachEngine, ROOT, run, sleep } from './harness.mjs';
import { Ledger } from './load.mjs';
import { OPERATOR, until, watched } from './watch_bed.mjs';

abreast(3);

forEachEngine('a bot that Telegram refuses: an alert, a file, silence of the heartbeat, and all is well again', async (bench) => {
  let beats = 0;
  const receiver = http.createServer((request, response) => {
    beats += request.url === '/beat/s3cret';
    response.end();
  });
  await new Promise((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  bench.t.after(() => receiver.close());
  const { fake, server, heard, filed } = await watched(bench, { HABITD_HEARTBEAT_URL: `http://127.0.0.1:${receiver.address().port}/beat/s3cret` });
  await until('the first beat', () => beats === 1);
  assert.deepEqual(heard(), []);

  const fault = fake.fault({ method: 'getUpdates', error: 401, times: Infinity });
  fake.people.get(OPERATOR).says('/help'); // ends the long poll
  const raised = await until('the alert', async () => (await bench.db.sql("SELECT detail FROM admin_alerts WHERE fingerprint = 'health.bot'"))[0]);
  assert.match(raised.found[0], /token/);
  assert.match(filed(), /^\S+Z The bot does not work: .*token/m);
  fault.remove();
  const over = await until('its end', async () => (await bench.db.sql("SELECT status FROM admin_alerts WHERE fingerprint = 'health.bot'"))[0][0] === 'resolved');
  await until('the message that it is over', () => heard().some((t) => t.includes('[RECOVERED]')));
  const alerts = heard().filter((t) => /^[🔴🟡🟢]/u.test(t)).map((t) => t.split('\n')[0]);
  assert.deepEqual(alerts, ['🔴 The bot does not work', '🟢 [RECOVERED] The bot does not work']);
  assert.ok(!server.stderr.includes('s3cret'), 'the heartbeat’s address is in the log');
  bench.t.diagnostic(`${bench.engine}: raised after ${raised.ms} ms, over after ${over.ms} ms`);
  await server.stop();
});

forEachEngine('a thousand webhooks with a wrong signature are one message', async (bench) => {
  const { server, heard } = await watched(bench, { CRYPTOBOT_TOKEN: '1:test' });
  const one = () => server.request('POST', '/webhooks/cryptobot', { json: { update_id: 1 }, headers: { 'crypto-pay-api-signature': '00'.repeat(32) } });
  assert.equal((await one()).status, 401);
  await Promise.all(Array.from({ length: 40 }, async () => { for (let i = 0; i < 25; i++) await one(); }));
  const [[occurrences]] = await bench.db.sql("SELECT occurrences FROM admin_alerts");
  assert.ok(Number(occurrences) >= 1);
  await until('the message', () => heard().length > 0);
  await sleep(1500); // another would have come
  assert.equal(heard().length, 1, heard().join('\n'));
  await server.stop();
});

forEachEngine('forged updates are refused, stored nowhere, and told once', async (bench) => {
  const { server, heard } = await watched(bench, { HABITD_PUBLIC_URL: 'http://127.0.0.1:1' });
  const forged = (secret) => server.request('POST', '/webhooks/telegram', { json: { update_id: 1 }, headers: secret ? { 'x-telegram-bot-api-secret-token': secret } : {} });
  for (const secret of ['guess', '', 'another guess', 'guess']) assert.equal((await forged(secret)).status, 401);
  await until('the message', () => heard().some((m) => m.startsWith('🟡 A webhook came with another secret')));
  assert.deepEqual(await bench.db.sql("SELECT fingerprint, occurrences FROM admin_alerts WHERE fingerprint = 'bot.signature'"), [['bot.signature', '1']]);
  assert.deepEqual(await bench.db.sql('SELECT count(*) FROM inbox'), [['0']]);
  await server.stop();
});

if (ENGINES.includes('postgres')) {
  test('PostgreSQL is killed: told although it is down, once, and once that it is over [postgres]', { timeout: 600_000 }, async (t) => {
    const dir = mkdtempSync(path.join(tmpdir(), 'habitd-alerts-'));
    chmodSync(dir, 0o711);
    const pg = async (command) => {
      const { code, stdout, stderr } = await run(path.join(ROOT, 'script/pg'), [command, dir]);
      assert.equal(code, 0, stderr);
      return stdout.trim();
    };
    const shared = process.env.HABITD_TEST_PG_URL;
    let bench;
    try {
      process.env.HABITD_TEST_PG_URL = await pg('start');
      const creating = Bench.create('postgres', { t });
      process.env.HABITD_TEST_PG_URL = shared;
      bench = await creating;
      const { server, heard } = await watched(bench);
      const ledger = new Ledger(bench);
      await ledger.prepare(server);
      for (let i = 0; i < 50; i++) assert.ok(await ledger.put(server, ledger.people[0]));
      await until('the watch', async () => (await bench.db.sql("SELECT 1 FROM leases WHERE name = 'watch'")).length);
      await pg('kill');
      const told = await until('the alarm', () => heard().length > 0);
      assert.equal((await server.request('GET', '/readyz')).status, 503);
      await sleep(5000); // it goes on, and nothing more is said
      assert.deepEqual(heard().map((m) => m.split(':')[0]), ['🔴 The database does not answer']);
      await pg('start');
      const over = await until('its end', () => heard().length > 1);
      await until('readiness', async () => (await server.request('GET', '/readyz')).status === 200);
      await sleep(12_000); // one more look: nothing that followed from it is told
      assert.equal(heard().length, 2, heard().join('\n'));
      assert.match(heard()[1], /^🟢 \[RECOVERED\] The database does not answer/);
      assert.ok(await ledger.put(server, ledger.people[0]));
      await ledger.check();
      assert.equal(server.end, undefined, 'the same process');
      t.diagnostic(`told after ${told.ms} ms, over after ${over.ms} ms`);
      await server.stop();
    } finally {
      process.env.HABITD_TEST_PG_URL = shared;
      await pg('start').catch(() => {});
      await bench?.close().catch(() => {});
      await pg('remove');
      rmSync(dir, { recursive: true, force: true });
    }
  });
}

/** A folder on a small disk of its own; undefined where that takes rights that are not there. */
function smallDisk(megabytes) {
  const dir = mkdtempSync(path.join(tmpdir(), 'habitd-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', dir], { stdio: 'ignore' });
  } catch {
    rmSync(dir, { recursive: true });
    return undefined;
  }
  return { dir, end: () => { execFileSync('umount', ['-l', dir]); rmSync(dir, { recursive: true }); } };
}

forEachEngine('the disk fills up: what was acknowledged stays, it is told, and writes go on when there is room', async (bench) => {
  if (bench.engine !== 'sqlite') return; // PostgreSQL's disk is PostgreSQL's: it is down then
  const disk = smallDisk(320);
  if (!disk) return bench.t.skip('mounting takes rights');
  bench.t.after(disk.end);
  const filler = path.join(disk.dir, 'filler');
  bench.db.file = path.join(disk.dir, 'habitd.db');
  bench.db.url = `sqlite:${bench.db.file}`;
  const { server, heard, filed } = await watched(bench);
  const ledger = new Ledger(bench);
  await ledger.prepare(server);
  for (let i = 0; i < 50; i++) assert.ok(await ledger.put(server, ledger.people[0]));
  await until('the watch', async () => (await bench.db.sql("SELECT 1 FROM leases WHERE name = 'watch'")).length);
  // First little room is left …
  execFileSync('dd', ['if=/dev/zero', `of=${filler}`, 'bs=1M', 'count=100'], { stdio: 'ignore' });
  const low = await until('that it is low', () => heard().some((m) => m.startsWith('🔴 The disk is nearly full')));
  // … then none.
  try { execFileSync('dd', ['if=/dev/zero', `of=${filler}.2`, 'bs=64k'], { stdio: 'ignore' }); } catch { /* until it is full */ }
  const refused = await until('a refusal', async () => !(await ledger.put(server, ledger.people[0])), 30_000);
  const told = await until('the alarm', () => heard().some((m) => m.startsWith('🔴 The database')) || filed().includes('The database'));
  rmSync(filler);
  rmSync(`${filler}.2`);
  const again = await until('writes', async () => ledger.put(server, ledger.people[0]));
  await until('both ends', () => heard().filter((m) => m.includes('[RECOVERED]')).length === 2);
  assert.equal(heard().length, 4, heard().join('\n'));
  await ledger.check();
  assert.equal(server.end, undefined, 'the same process');
  bench.t.diagnostic(`low told after ${low.ms} ms, the first refusal after ${refused.ms} ms, told after ${told.ms} ms, writing ${again.ms} ms after there was room`);
  await server.stop();
});

forEachEngine('what the doctor finds at night is told once, and that it is mended', async (bench) => {
  const env = { HABITD_NOW: '2026-11-24T03:10:00Z', HABITD_NO_NIGHT: undefined };
  await bench.must(['migrate', 'up'], { env });
  const admin = await bench.token(7, ['--admin'], { env });
  await bench.db.sql("UPDATE users SET referral_code = 'ABCD1234'"); // whose key in the directory is another one
  const broken = JSON.parse((await bench.habitd(['doctor', '--json'], { env })).stdout).checks.filter((c) => !c.ok).map((c) => c.name);
  assert.ok(broken.length > 0, 'something is broken');
  const { server, heard } = await watched(bench, env);
  const raised = await until('the alert', () => heard().length > 0);
  assert.match(heard()[0], /^🔴 The database is not as it must be/);
  for (const name of broken) assert.ok(heard()[0].includes(name), `${name} in ${heard()[0]}`);

  const examine = async () => assert.equal((await server.request('POST', '/v1/admin/database/doctor', { token: admin })).status, 202);
  const examined = async (n) => until('the examination', async () => (await bench.db.sql("SELECT 1 FROM audit_log WHERE operation = 'doctor.run'")).length === n);
  await examine(); // again, and it is the same
  await examined(1);
  const [[key]] = await bench.db.sql(`SELECT key FROM directory WHERE key LIKE 'ref:%'`);
  await bench.db.sql(`UPDATE users SET referral_code = '${key.slice(4)}'`);
  await examine();
  await examined(2);
  await until('its end', () => heard().length > 1);
  assert.deepEqual(heard().map((m) => m.split(';')[0].split('\n')[0]), ['🔴 The database is not as it must be', '🟢 [RECOVERED] The database is not as it must be']);
  assert.deepEqual(await bench.db.sql('SELECT fingerprint, occurrences, status FROM admin_alerts'), [['doctor.broken', '2', 'resolved']]);
  bench.t.diagnostic(`${bench.engine}: told ${raised.ms} ms after the start`);
  await server.stop();
});

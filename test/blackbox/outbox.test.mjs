// What an operator sees and does about messages that wait, from outside.
import assert from 'node:assert/strict';
import { forEachEngine } from './harness.mjs';

const HOUR_MS = 3_600_000;

forEachEngine('outbox status and release', async (bench) => {
  const sqlite = bench.engine === 'sqlite';
  const at = (ms) => (sqlite ? String(ms) : `to_timestamp(${ms} / 1000.0)`);
  const uuid = (n) => (sqlite ? `x'${String(n).padStart(32, '0')}'` : `'${String(n).padStart(32, '0').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')}'`);
  const now = Date.now();
  let made = 0;
  const add = (status, { lane = 1, channel = 'telegram', hours = 0 } = {}) => {
    const time = at(now - hours * HOUR_MS);
    return bench.db.sql(`INSERT INTO outbox (user_id, id, channel, lane, status, chat_id, method, payload, for_dialog, attempts, unknowns, due_at, created_at)
      VALUES (${uuid(0)}, ${uuid(++made)}, '${channel}', ${lane}, '${status}', 5, 'sendMessage', '{}', FALSE, 0, 0, ${time}, ${time})`);
  };
  const status = async () => JSON.parse(await bench.must(['outbox', 'status', '--json']));
  const statuses = async () => Object.fromEntries((await bench.db.sql('SELECT status, COUNT(*) FROM outbox GROUP BY status')).map(([s, n]) => [s, Number(n)]));

  await bench.must(['migrate', 'up']);
  const none = { count: 0, oldest: null };
  assert.deepEqual(await status(), {
    held: 0, queued: { payments: none, replies: none, reminders: none, broadcasts: none }, sending: 0, failed: 0, unknown: 0, cut_off: 0,
  });
  assert.equal(await bench.must(['outbox', 'release']), 'queued 0, dropped 0\n');

  await add('queued', { lane: 2 });
  for (const hours of [0, 0, 3]) await add('held', { hours });
  await add('held', { hours: 3, lane: 0, channel: 'yookassa' });
  const before = await status();
  assert.equal(before.held, 4);
  assert.deepEqual(before.queued.reminders, { count: 1, oldest: new Date(now).toISOString().replace('.000Z', 'Z') });
  const text = await bench.must(['outbox', 'status']);
  assert.match(text, /^held +4 /m);
  assert.match(text, /^reminders +1 +queued, the first due /m);

  // Messages of the time before are dropped, calls to a provider are not: they cannot happen twice.
  const since = new Date(now - HOUR_MS).toISOString();
  assert.equal(await bench.must(['outbox', 'release', '--drop-before', since]), 'queued 3, dropped 1\n');
  assert.deepEqual(await statuses(), { queued: 4, dropped: 1 });
  assert.equal((await status()).held, 0);
  assert.equal(await bench.must(['outbox', 'release']), 'queued 0, dropped 0\n');
  await bench.must(['doctor']);
});

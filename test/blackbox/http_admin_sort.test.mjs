// Operators' lists in every order they offer: all pages together are all rows, in that order, also among equals and while rows come.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { forEachEngine } from './harness.mjs';
import { Api, expectProblem, expectStatus } from './api.mjs';

const env = { HABITD_NOW: '2026-11-23T12:00:00Z', HABITD_SANDBOX_PAYMENTS: 'instant' };
const now = Date.parse('2026-11-23T11:00:00Z');
const ROWS = 7;
const TIES = [3, 1, 3, 2, 1, 3, 2]; // values of the rows: no order of their ids, and several of each

const lists = {
  'users': { columns: ['created_at'] },
  'payments': { columns: ['created_at', 'amount'] },
  'subscriptions': { columns: ['ends_at', 'starts_at'] },
  'referrals': { columns: ['created_at'], id: 'referred_id' },
  'referrals?status=held': { columns: ['created_at'], id: 'referred_id' },
  'broadcasts': { columns: ['created_at', 'people', 'queued', 'sent', 'failed'] },
  'alerts?resolved=1': { columns: ['first_seen_at', 'last_seen_at', 'occurrences'] },
  'audit': { columns: ['created_at'] },
  'logs': { columns: ['created_at'] },
  'logs?fingerprint=1:a': { columns: ['created_at'] },
  'logs?from=2026-11-23T11:00:00.001Z&to=2026-11-23T11:00:00.003Z': { columns: ['created_at'] },
};

forEachEngine('lists in every order', async (bench) => {
  const sqlite = bench.engine === 'sqlite';
  const id = (uuid) => (sqlite ? `x'${uuid.replaceAll('-', '')}'` : `'${uuid}'`);
  const at = (ms) => (sqlite ? String(ms) : `to_timestamp(${ms / 1000})`);
  const no = sqlite ? '0' : 'false';
  const server = await bench.serve({ env });
  const admin = await Api.of(server, await bench.token(9001, ['--admin'], { env }));
  const people = [];
  for (let n = 0; n < ROWS; n++) {
    await bench.token(1001 + n, [], { env });
    people.push(expectStatus(await admin.get(`/v1/admin/users?telegram_id=${1001 + n}`), 200).json.items[0].id);
  }
  const one = people[0];

  await bench.db.sql(TIES.map((v, i) => `
    UPDATE users SET created_at = ${at(now + v)} WHERE id = ${id(people[i])};
    UPDATE subscriptions SET starts_at = ${at(now + v)}, ends_at = ${at(now + 86400000 * (4 - v))} WHERE user_id = ${id(people[i])};
    INSERT INTO payments (user_id, id, provider, idempotency_key, purpose, amount, currency, save_method, refunded, status, events, checks, created_at, updated_at)
      VALUES (${id(people[i])}, ${id(randomUUID())}, 'sandbox', 'k${i}', 'topup', ${v * 100}, 'RUB', ${no}, 0, 'failed', 0, 0, ${at(now + 4 - v)}, ${at(now)});
    INSERT INTO broadcasts (user_id, id, body, status, people, queued, sent, failed, created_at, updated_at)
      VALUES (${id(one)}, ${id(randomUUID())}, 'text ${i}', 'done', ${v}, ${4 - v}, ${v * 2}, ${v}, ${at(now + v)}, ${at(now)});
    INSERT INTO admin_alerts (id, fingerprint, severity, status, title, detail, occurrences, first_seen_at, last_seen_at, created_at)
      VALUES (${id(randomUUID())}, 'test:${i}', 'warning', 'resolved', 'title', '', ${v}, ${at(now + 4 - v)}, ${at(now + 100 + v)}, ${at(now + 4 - v)});
    INSERT INTO system_logs (created_at, id, level, source, fingerprint, message)
      VALUES (${at(now + v)}, ${id(randomUUID())}, 'warn', 'test.c', '1:${i % 3 ? 'a' : 'b'}', 'message ${i}');
    INSERT INTO audit_log (user_id, id, actor, operation, request_id, created_at)
      VALUES (${id(one)}, ${id(randomUUID())}, 'system', 'test', '', ${at(now + v)});
    ${i === 0 ? '' : `INSERT INTO referrals (referrer_id, referred_id, status, reward, reasons, approved, created_at, updated_at)
      VALUES (${id(one)}, ${id(people[i])}, '${i % 3 === 1 ? 'rejected' : 'held'}', 0, 'same_payer', ${no}, ${at(now + v)}, ${at(now)});`}`).join(''));

  const target = (list, query) => `/v1/admin/${list}${list.includes('?') ? '&' : '?'}${query}`;
  async function all(list, query, between = async () => {}) {
    const rows = [];
    for (let cursor = ''; cursor !== null;) {
      const page = expectStatus(await admin.get(target(list, `limit=2&${query}${cursor && `&cursor=${cursor}`}`)), 200).json;
      assert.ok(page.items.length <= 2);
      rows.push(...page.items);
      cursor = page.next;
      await between(rows);
    }
    return rows;
  }
  const number = (v) => (typeof v === 'number' ? v : Date.parse(v));
  const sorted = (rows, column, key, down) => [...rows].sort((a, b) =>
    (number(a[column]) - number(b[column]) || (a[key] < b[key] ? -1 : 1)) * (down ? -1 : 1));

  for (const [list, { columns, id: key = 'id' }] of Object.entries(lists)) {
    await bench.t.test(`${list} by ${columns.join(', ')}`, async () => {
      const usual = await all(list, '');
      assert.ok(usual.length >= 3, `${usual.length} rows`);
      assert.equal(new Set(usual.map((r) => r[key])).size, usual.length);
      assert.deepEqual(usual, sorted(usual, columns[0], key, true), 'by the first column downwards when nothing is asked');
      for (const column of columns) {
        for (const down of [false, true]) {
          const rows = await all(list, `sort=${down ? '-' : ''}${column}`);
          assert.deepEqual(rows, sorted(usual, column, key, down), `${down ? 'downwards' : 'upwards'} by ${column}`);
        }
      }
      assert.ok(columns.some((c) => new Set(usual.map((r) => r[c])).size < usual.length), 'there were equals among them');
    });
  }

  await bench.t.test('somebody’s payments and postings', async () => {
    for (const amount of [500, -100, 300, -50]) expectStatus(await admin.post(`/v1/admin/users/${one}/adjust`, { amount, reason: 'test' }), 201);
    const postings = `users/${one}/transactions`;
    assert.deepEqual((await all(postings, '')).map((r) => r.seq), [4, 3, 2, 1]);
    assert.deepEqual((await all(postings, 'sort=seq')).map((r) => r.seq), [1, 2, 3, 4]);
    for (const amount of [70, 900, 70])
      await bench.db.sql(`INSERT INTO payments (user_id, id, provider, idempotency_key, purpose, amount, currency, save_method, refunded, status, events, checks, created_at, updated_at)
        VALUES (${id(one)}, ${id(randomUUID())}, 'sandbox', '${randomUUID()}', 'topup', ${amount}, 'RUB', ${no}, 0, 'failed', 0, 0, ${at(now)}, ${at(now)})`);
    assert.deepEqual((await all('payments', `user_id=${one}&sort=amount`)).map((r) => r.amount), [70, 70, 300, 900]);
    assert.deepEqual((await all('payments', `user_id=${one}&sort=-amount`)).map((r) => r.amount), [900, 300, 70, 70]);
    assert.deepEqual((await all('audit', `user_id=${one}&operation=test&sort=created_at`)).map((r) => Date.parse(r.created_at) - now), [1, 1, 2, 2, 3, 3, 3]);
  });

  await bench.t.test('rows that come while somebody pages hide and repeat none', async () => {
    const before = await all('payments', 'sort=amount');
    let turn = 0;
    const rows = await all('payments', 'sort=amount', async (sofar) => {
      const last = sofar[sofar.length - 1].amount;
      for (const amount of [last > 1 ? last - 1 : 1, last + 1])
        await bench.db.sql(`INSERT INTO payments (user_id, id, provider, idempotency_key, purpose, amount, currency, save_method, refunded, status, events, checks, created_at, updated_at)
          VALUES (${id(one)}, ${id(randomUUID())}, 'sandbox', '${randomUUID()}', 'topup', ${amount}, 'USD', ${no}, 0, 'failed', 0, 0, ${at(now)}, ${at(now)})`);
      assert.ok(++turn < 100);
      if (turn > 4) await bench.db.sql("DELETE FROM payments WHERE currency = 'USD'");
    });
    assert.deepEqual(rows.filter((r) => r.currency === 'RUB'), before);
    assert.equal(new Set(rows.map((r) => r.id)).size, rows.length);
  });

  await bench.t.test('an order that is not offered, and a cursor of another one, are refused by name', async () => {
    for (const list of [...Object.keys(lists), `users/${one}/transactions`]) {
      for (const sort of ['secret', '-', '', '+created_at', 'created_at,id', 'created_at desc', 'user_id', '--created_at'])
        expectProblem(await admin.get(target(list, `sort=${encodeURIComponent(sort)}`), { loose: true }), 422, 'invalid', 'sort');
    }
    expectProblem(await admin.get('/v1/balance/transactions?sort=seq', { loose: true }), 422, 'invalid', 'sort');
    const { next } = expectStatus(await admin.get('/v1/admin/payments?limit=1&sort=amount'), 200).json;
    for (const query of ['', '&sort=-amount', '&sort=created_at'])
      expectProblem(await admin.get(`/v1/admin/payments?cursor=${next}${query}`), 422, 'invalid', 'cursor');
    const detail = (await admin.get('/v1/admin/payments?sort=secret', { loose: true })).json.detail;
    assert.match(detail, /created_at, amount/);
  });

  await bench.t.test('a cursor that somebody made up does no harm', async () => {
    const { next } = expectStatus(await admin.get('/v1/admin/logs?limit=1'), 200).json;
    const bytes = Buffer.from(next, 'base64url');
    for (const value of [(1n << 63n) - 1n, -(1n << 63n), 253402300800000n, -62135596800001n]) {
      const forged = Buffer.from(bytes);
      forged.writeBigInt64LE(value, 1);
      expectProblem(await admin.get(`/v1/admin/logs?cursor=${forged.toString('base64url')}`), 422, 'invalid', 'cursor');
    }
  });
});

// Import and export over HTTP. What each format means is tested beside its reader; here it is the way in and out.
import assert from 'node:assert/strict';
import { forEachEngine } from './harness.mjs';
import { Api, expectProblem, expectStatus } from './api.mjs';

const env = { HABITD_NOW: '2026-11-23T12:00:00Z', HABITD_LIMIT_TRIAL: '0' };

forEachEngine('files over HTTP', async (bench) => {
  const server = await bench.serve({ env });
  const person = async (id) => Api.of(server, await bench.token(id, [], { env }));
  const me = await person(1001);
  const upload = (api, body, query = '', headers = { 'content-type': 'application/octet-stream' }) =>
    api.call('POST', `/v1/import${query}`, undefined, { body, headers });
  const rows = async (api) => {
    const { items } = (await api.get('/v1/habits?archived=all')).json;
    const logs = [];
    for (const habit of items) logs.push(...(await api.get(`/v1/habits/${habit.id}/logs?limit=1000`)).json.items);
    return { items, logs: logs.length };
  };

  const run = await me.habit({ name: 'Run', kind: 'measurable', target_value: 2.5, unit: 'km', frequency: { count: 3, days: 7 } });
  const read = await me.habit({ name: 'Читать', emoji: '📖', schedules: [{ schedule_type: 'weekly', days_of_week: [1, 3], reminder_time: '21:00' }] });
  await me.mark(run, '2026-11-20', { value: 5.125, note: 'rain' });
  await me.mark(read, '2026-11-23');
  await me.mark(read, '2026-11-22', { status: 'declined', preset: 'busy', note: 'guests' });
  await me.mark(read, '2026-11-21', { status: 'skipped' });

  await bench.t.test('every format is a file with a name and a type', async () => {
    for (const [query, type, name] of [['', /^application\/json/, /\.json"$/], ['?format=json', /^application\/json/, /\.json"$/],
      ['?format=csv', /^text\/csv/, /\.csv"$/], ['?format=loop-csv', /^application\/zip/, /\.zip"$/], ['?format=ics', /^text\/calendar/, /\.ics"$/]]) {
      const r = expectStatus(await me.get(`/v1/export${query}`), 200);
      assert.match(r.headers['content-type'], type);
      assert.match(r.headers['content-disposition'], /^attachment; filename="[A-Za-z0-9 ._-]+"$/);
      assert.match(r.headers['content-disposition'], name);
      assert.equal(r.headers['cache-control'], 'no-store');
      assert.ok(r.body.length > 50);
    }
    for (const format of ['xml', 'loop', 'JSON', '']) expectProblem(await me.get(`/v1/export?format=${format}`), 422, 'invalid', 'format');
  });

  await bench.t.test('an export comes in whole, once, after a look at what would come', async () => {
    const p = await person(1002);
    const file = (await me.get('/v1/export')).body;
    for (const query of ['?dry_run=1', '?dry_run', '?dry_run=true&format=json']) {
      const dry = expectStatus(await upload(p, file, query), 200).json;
      assert.deepEqual([dry.format, dry.dry_run, dry.habits_new, dry.logs_new], ['json', true, 2, 4]);
    }
    assert.deepEqual(await rows(p), { items: [], logs: 0 });
    const first = expectStatus(await upload(p, file, '?dry_run=0', {}), 200).json;
    assert.deepEqual([first.dry_run, first.habits_new, first.logs_new, first.first, first.last], [false, 2, 4, '2026-11-20', '2026-11-23']);
    const second = expectStatus(await upload(p, file, '', { 'content-type': 'application/json' }), 200).json;
    assert.deepEqual([second.habits_new, second.habits_known, second.logs_new, second.logs_existing], [0, 2, 0, 4]);
    const { items, logs } = await rows(p);
    assert.equal(logs, 4);
    assert.deepEqual(items.map((h) => [h.name, h.emoji, h.target_value, h.frequency, h.schedules.map((s) => [s.days_of_week, s.reminder_time])]),
      [run, read].map((h) => [h.name, h.emoji, h.target_value, h.frequency, h.schedules.map((s) => [s.days_of_week, s.reminder_time])]));
    const entry = (await p.get(`/v1/habits/${items[1].id}/logs?from=2026-11-22&to=2026-11-22`)).json.items[0];
    assert.deepEqual([entry.status, entry.preset, entry.note], ['declined', 'busy', 'guests']);
  });

  await bench.t.test('a file under an Idempotency-Key comes in once and is answered alike', async () => {
    const p = await person(1003);
    const file = (await me.get('/v1/export?format=csv')).body;
    const headers = { 'idempotency-key': 'import-1', 'content-type': 'text/csv' };
    const first = expectStatus(await upload(p, file, '', headers), 200);
    assert.equal(first.json.format, 'csv');
    assert.equal((await upload(p, file, '', headers)).text, first.text);
    expectProblem(await upload(p, file, '?dry_run=1', headers), 409, 'idempotency_key_reused');
  });

  await bench.t.test('what cannot be carried over is named by its kind, and said', async () => {
    const look = expectStatus(await upload(await person(1004), 'habit,day,status\nWalk,1999-11-01,done\nWalk,2024-11-01,done\nWalk,2024-11-01,skipped\n', '?dry_run=true'), 200).json;
    assert.deepEqual(look.losses, [{ what: 'day_range', count: 1 }, { what: 'day_twice', count: 1 }]);
    assert.equal(look.warnings.length, 2);
  });

  await bench.t.test('a file that is none leaves everything as it was', async () => {
    const before = await rows(me);
    const json = (await me.get('/v1/export')).text;
    for (const body of ['hello', Buffer.alloc(1000, 0xff), json.slice(0, json.length / 2), 'SQLite format 3\0'.padEnd(4096, 'x'), 'PK\x03\x04rubbish']) {
      const r = await upload(me, body);
      assert.ok([400, 422].includes(r.status), `${r.status} ${r.text}`);
    }
    expectProblem(await upload(me, ''), 400, 'malformed');
    expectProblem(await upload(me, json, '?format=xls'), 422, 'invalid', 'format');
    expectProblem(await upload(me, json, '?format=ics'), 422, 'invalid', 'format');
    expectProblem(await upload(me, json, '?dry_run=maybe'), 422, 'invalid', 'dry_run');
    expectProblem(await upload(me, json, '?restore=2'), 422, 'invalid', 'restore');
    assert.deepEqual(await rows(me), before);
  });

  await bench.t.test('up to 32 MiB are read, more is 413', async () => {
    const read = await upload(me, Buffer.alloc(32 * 1024 * 1024, 0x20));
    assert.ok([400, 422].includes(read.status), read.text);
    const r = await upload(me, Buffer.alloc(32 * 1024 * 1024 + 1, 0x20)).catch((error) => error);
    // The server closes while the client still writes: what it said may be lost on the way.
    if (r instanceof Error) assert.match(r.code ?? r.message, /EPIPE|ECONNRESET|socket hang up/);
    else expectStatus(r, 413);
    expectStatus(await me.get('/v1/me'), 200);
  });
});

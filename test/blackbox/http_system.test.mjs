// For operators: probes, metrics, the API's description, and the orderly end.
import assert from 'node:assert/strict';
import { forEachEngine, run, sleep } from './harness.mjs';
import { Api, expectStatus } from './api.mjs';

const env = { HABITD_NOW: '2026-11-23T12:00:00Z', HABITD_LIMIT_TRIAL: '0', HABITD_RATE_USER_PER_MIN: '0', HABITD_RATE_IP_PER_MIN: '0' };

/** Prometheus' text format, strictly: {types: {name: type}, samples: Map('name{labels}' → number)}. */
function parseMetrics(text) {
  const types = {};
  const samples = new Map();
  assert.ok(text.endsWith('\n'));
  for (const line of text.trimEnd().split('\n')) {
    const type = /^# TYPE ([a-z_]+) (counter|gauge|histogram)$/.exec(line);
    if (type) {
      assert.ok(!(type[1] in types), `TYPE twice: ${line}`);
      types[type[1]] = type[2];
      continue;
    }
    if (/^# HELP [a-z_]+ .+$/.test(line)) continue;
    const sample = /^([a-z_]+)(\{[a-z_]+="[^"\\\n]*"(?:,[a-z_]+="[^"\\\n]*")*\})? (-?[0-9.e+]+)$/.exec(line);
    assert.ok(sample, `not a sample: ${line}`);
    const family = sample[1] in types ? sample[1] : sample[1].replace(/_(bucket|sum|count)$/, '');
    assert.ok(family in types, `no TYPE before: ${line}`);
    assert.ok(!samples.has(sample[1] + (sample[2] ?? '')), `twice: ${line}`);
    samples.set(sample[1] + (sample[2] ?? ''), Number(sample[3]));
  }
  return { types, samples };
}

forEachEngine('for operators', async (bench) => {
  const server = await bench.serve({ env });
  const nobody = await Api.of(server, undefined);
  const me = new Api(server, await bench.token(1001, [], { env }));

  await bench.t.test('alive and ready', async () => {
    assert.deepEqual(expectStatus(await nobody.get('/healthz'), 200).json, { status: 'ok' });
    assert.deepEqual(expectStatus(await nobody.get('/readyz'), 200).json, { ready: true, checks: { database: 'ok', schema: 'current' } });
    // Whoever asks as soon as the last one is answered is answered as well, and so are fifty at once.
    const ready = async () => expectStatus(await nobody.get('/readyz'), 200);
    await Promise.all(Array.from({ length: 4 }, async () => {
      for (let i = 0; i < 250; i++) await ready();
    }));
    await Promise.all(Array.from({ length: 50 }, ready));
  });

  await bench.t.test('metrics can be parsed, count what happened, and grow with the program only', async () => {
    const before = parseMetrics(expectStatus(await nobody.get('/metrics'), 200).text).samples;
    const habit = await me.habit();
    for (let i = 0; i < 5; i++) await me.mark(habit, `2026-11-1${i}`);
    await me.mark(habit, '2026-11-30');
    for (let i = 0; i < 20; i++) await nobody.get(`/secret-${i}`);
    await sleep(50);
    const { types, samples } = parseMetrics((await nobody.get('/metrics')).text);
    const grown = (name) => (samples.get(name) ?? 0) - (before.get(name) ?? 0);
    const put = 'method="PUT",route="/v1/habits/{habit_id}/logs/{day}"';
    assert.equal(grown(`habitd_http_requests_total{${put},status="2xx"}`), 5);
    assert.equal(grown(`habitd_http_requests_total{${put},status="4xx"}`), 1);
    assert.equal(grown('habitd_http_requests_total{method="",route="none",status="4xx"}'), 20);
    assert.equal(grown(`habitd_http_request_seconds_count{${put}}`), 6);
    assert.equal(grown(`habitd_http_request_seconds_bucket{${put},le="+Inf"}`), 6);
    assert.ok(grown('habitd_lane_commands_total') >= 7);
    assert.equal(types.habitd_http_request_seconds, 'histogram');
    assert.ok(samples.get('process_resident_memory_bytes') > 1e6);
    assert.ok(samples.get('habitd_http_connections') >= 1);
    assert.equal(samples.get(`habitd_build_info{version="${server.document.json.info.version}",engine="${bench.engine}"}`), 1);
    for (const name of samples.keys()) assert.ok(!name.includes('secret') && !name.includes(habit.id), name);
    let last = 0;
    for (const [name, value] of samples) {
      if (!name.startsWith(`habitd_http_request_seconds_bucket{${put}`)) continue;
      assert.ok(value >= last, 'buckets are cumulative');
      last = value;
    }
  });

  await bench.t.test('the description is whole and says the version', async () => {
    const r = await nobody.get('/openapi.json');
    assert.equal(r.json.openapi, '3.1.0');
    assert.ok(Object.keys(r.json.paths).length >= 15);
    const refs = [...r.text.matchAll(/"\$ref":"#\/([^"]+)"/g)].map((m) => m[1]);
    for (const ref of new Set(refs)) assert.ok(ref.split('/').reduce((at, key) => at?.[key], r.json), ref);
    const ids = Object.values(r.json.paths).flatMap((item) => Object.values(item).map((o) => o.operationId).filter(Boolean));
    assert.equal(new Set(ids).size, ids.length);
  });

  await bench.t.test('not ready without its database, alive all the same, and ready again', async () => {
    if (bench.engine !== 'postgres') return;
    const own = await bench.serve({ env });
    const api = await Api.of(own, me.token);
    const admin = async (sql) => {
      const { code, stderr } = await run('psql', [bench.db.server, '-qXc', sql]);
      assert.equal(code, 0, stderr);
    };
    await admin(`ALTER DATABASE ${bench.db.name} ALLOW_CONNECTIONS false`);
    await admin(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${bench.db.name}'`);
    const t0 = Date.now();
    const r = await api.get('/readyz');
    assert.equal(r.status, 503);
    assert.equal(r.json.ready, false);
    assert.ok(Date.now() - t0 < 20_000); // of the thirty seconds of whoever asks
    expectStatus(await api.get('/healthz'), 200);
    await admin(`ALTER DATABASE ${bench.db.name} ALLOW_CONNECTIONS true`);
    // Each connection is tried anew on its own.
    for (const path of ['/readyz', '/v1/me']) {
      for (let i = 0; (await api.get(path)).status !== 200; i++) {
        assert.ok(i < 100, `${path}: not again in 10 s`);
        await sleep(100);
      }
    }
    await own.stop();
  });

  await bench.t.test('a schema of another version is not ready', async () => {
    const own = await bench.serve({ env });
    const [[version]] = await bench.db.sql('SELECT max(version) FROM schema_migrations');
    const newer = Number(version) + 1;
    await bench.db.sql(`INSERT INTO schema_migrations (version, name, sha256, applied_at)
      SELECT ${newer}, 'future', sha256, applied_at FROM schema_migrations WHERE version = ${version}`);
    const r = await (await Api.of(own)).get('/readyz');
    assert.equal(r.status, 503);
    assert.deepEqual(r.json.checks, { database: 'ok', schema: 'newer' });
    await bench.db.sql(`DELETE FROM schema_migrations WHERE version = ${newer}`);
    await own.stop();
  });

  await bench.t.test('SIGTERM: what was accepted is finished, nothing acknowledged is lost', async () => {
    const own = await bench.serve({ env });
    const api = await Api.of(own, me.token);
    const habit = await api.habit();
    const days = Array.from({ length: 2000 }, (_, i) => new Date(Date.parse('2026-11-23') - i * 86400e3).toISOString().slice(0, 10));
    const answers = [];
    let stopping;
    const client = async () => {
      while (days.length > 0) {
        const day = days.pop();
        const status = await api.mark(habit, day).then((r) => r.status, (error) => error.code ?? error.message);
        answers.push([day, status]);
        if (answers.length === 50) stopping = own.stop();
        if (typeof status !== 'number') return;
      }
    };
    await Promise.all(Array.from({ length: 16 }, client));
    await stopping;
    const kept = new Set((await bench.db.sql(`SELECT log_date FROM habit_logs`)).map(([day]) => day));
    const acknowledged = answers.filter(([, status]) => status === 201);
    assert.ok(acknowledged.length >= 50 && days.length > 0, `${acknowledged.length} done, ${days.length} left`);
    for (const [day] of acknowledged) assert.ok(kept.has(day), day);
    for (const [day, status] of answers) assert.ok([201, 503, 'ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'socket hang up'].includes(status), `${day}: ${status}`);
    assert.equal(own.end.code, 0);
  });
});

// What every route has in common: credentials, bodies, methods, addresses, ids, headers.
import assert from 'node:assert/strict';
import { forEachEngine } from './harness.mjs';
import { Api, expectProblem, expectStatus } from './api.mjs';

const env = { HABITD_NOW: '2026-11-23T12:00:00Z', HABITD_LIMIT_TRIAL: '0' };
const nobody = '0192f0c1-2b7e-7c3d-9a51-3f6c2b1d0e4f';
const json = { 'content-type': 'application/json' };

const fill = (template) => template.replace('{day}', '2026-11-23').replace(/\{[a-z_]+\}/g, nobody);
/** With the query parameters that the document says are needed: all of them are days. */
const needed = (template, { parameters = [] }) => {
  const names = parameters.filter((p) => p.in === 'query' && p.required).map((p) => `${p.name}=2026-11-23`);
  return fill(template) + (names.length ? `?${names.join('&')}` : '');
};

forEachEngine('what every route has in common', async (bench) => {
  await bench.must(['migrate', 'up']);
  const token = await bench.token(1001, [], { env });
  const server = await bench.serve({ env });
  const me = await Api.of(server, token);
  const anybody = new Api(server, undefined);
  const paths = server.document.json.paths;
  const operations = Object.entries(paths).flatMap(([template, item]) => ['get', 'post', 'put', 'patch', 'delete']
    .filter((method) => item[method]).map((method) => ({ template, method: method.toUpperCase(), operation: item[method] })));

  await bench.t.test('every route under /v1 wants a token that is valid', async () => {
    const claimed = Buffer.from(token.slice(4), 'base64url');
    const forged = Buffer.from(claimed);
    forged[47] ^= 1;
    const stranger = Buffer.from(claimed);
    stranger[3] ^= 1;
    const session = Buffer.from(claimed);
    session[20] ^= 1;
    const bad = ['x', 'hbt_', `${token}A`, token.slice(0, -1), token.toUpperCase(), ...[forged, stranger, session].map((b) => `hbt_${b.toString('base64url')}`)];
    const secured = operations.filter(({ template, operation }) => template.startsWith('/v1/') && !template.startsWith('/v1/admin/') && operation.security?.length !== 0);
    assert.ok(secured.length >= 20);
    for (const { template, method, operation } of secured) {
      const example = operation.requestBody?.content['application/json']?.examples;
      const body = operation.requestBody && (operation.requestBody.content['application/json']?.example
        ?? Object.values(example ?? { none: { value: {} } })[0].value);
      const r = expectProblem(await anybody.call(method, fill(template), body), 401, 'unauthorized');
      assert.equal(r.headers['www-authenticate'], 'Bearer realm="habitd"');
      for (const one of method === 'GET' ? bad : bad.slice(0, 2)) {
        expectProblem(await new Api(server, one).call(method, needed(template, operation), body), 401, 'unauthorized');
      }
    }
    for (const authorization of ['Bearer', 'Bearer ', `Basic ${token}`, token, `Bearer ${token} x`, `Bearer ${token},${token}`]) {
      expectProblem(await anybody.get('/v1/me', { headers: { authorization } }), 401, 'unauthorized');
    }
    expectStatus(await anybody.get('/v1/me', { headers: { authorization: `bearer ${token}` } }), 200);
    expectStatus(await me.get('/v1/me'), 200);
  });

  await bench.t.test('an expired token is none', async () => {
    const later = await bench.serve({ env: { ...env, HABITD_NOW: '2046-11-23T12:00:00Z' }, waitReady: false });
    expectProblem(await (await Api.of(later, token)).get('/v1/me'), 401, 'unauthorized');
    await later.stop();
  });

  await bench.t.test('a body that cannot be read is 400 and says where', async () => {
    const habit = await me.habit();
    for (const [method, path] of [['POST', '/v1/habits'], ['PATCH', '/v1/me'], ['PATCH', `/v1/habits/${habit.id}`],
      ['PUT', `/v1/habits/${habit.id}/logs/2026-11-23`], ['POST', '/v1/logs:batch'], ['POST', `/v1/habits/${habit.id}/schedules`]]) {
      for (const body of ['', '{', '{"name":}', '{"name":"x"}}', '{"name":"x","name":"y"}', "{'name':'x'}", '{"name":"\\ud800"}', 'nul',
        '['.repeat(100000), Buffer.from('{"name":"\xff"}', 'latin1'), '{"name":"x"} trailing', '[1e999]']) {
        expectProblem(await me.call(method, path, undefined, { body, headers: json }), 400, 'malformed');
      }
      for (const body of ['{"a":1e999}', '{"a":123456789012345678901234567890}']) {
        expectProblem(await me.call(method, path, undefined, { body, headers: json }), 422, 'invalid', 'a');
      }
      for (const body of ['[]', '"name"', 'null', '5', 'true']) {
        expectProblem(await me.call(method, path, undefined, { body, headers: json }), 422, 'invalid');
      }
    }
    assert.deepEqual((await me.get(`/v1/habits/${habit.id}/logs`)).json.items, []);
  });

  await bench.t.test('a body is JSON, or says nothing else', async () => {
    for (const type of ['application/jsonp', 'multipart/form-data; boundary=x', 'application/xml']) {
      expectProblem(await me.call('POST', '/v1/habits', undefined, { body: '{"name":"x"}', headers: { 'content-type': type } }), 415, 'unsupported_media_type');
    }
    for (const type of [undefined, 'text/plain', 'application/x-www-form-urlencoded', 'application/json; charset=utf-8', 'APPLICATION/JSON', 'application/json;charset=UTF-8']) {
      const headers = type ? { 'content-type': type } : {};
      expectStatus(await me.call('POST', '/v1/habits', undefined, { body: '{"name":"x"}', headers }), 201);
    }
  });

  await bench.t.test('a body over 1 MiB is 413, one of 1 MiB is read', async () => {
    const body = (bytes) => `{"name":"${'x'.repeat(bytes - 11)}"}`;
    for (const headers of [json, { ...json, 'transfer-encoding': 'chunked' }]) {
      expectProblem(await me.call('POST', '/v1/habits', undefined, { body: body(1024 * 1024), headers }), 422, 'invalid', 'name');
      const r = await me.call('POST', '/v1/habits', undefined, { body: body(1024 * 1024 + 1), headers }).catch((error) => error);
      // The server closes while the client still writes: what it said may be lost on the way.
      if (r instanceof Error) assert.match(r.code ?? r.message, /EPIPE|ECONNRESET|socket hang up/);
      else expectStatus(r, 413);
    }
    expectStatus(await me.get('/v1/me'), 200);
  });

  await bench.t.test('a method that an address does not take is 405 with Allow', async () => {
    for (const [template, item] of Object.entries(paths).filter(([path]) => !path.startsWith('/v1/admin/'))) {
      const allowed = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].filter((m) => item[m.toLowerCase()]);
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].filter((m) => !allowed.includes(m))) {
        const r = expectProblem(await me.call(method, fill(template)), 405, 'method_not_allowed');
        assert.deepEqual(r.headers.allow.split(', ').filter((m) => m !== 'HEAD').sort(), [...allowed].sort(), `${method} ${template}`);
      }
    }
  });

  await bench.t.test('HEAD answers what GET would, without the body', async () => {
    for (const path of ['/v1/me', '/v1/habits', '/healthz', '/openapi.json', '/v1/today', '/v1/nothing']) {
      const get = await me.get(path);
      const head = await me.call('HEAD', path);
      assert.equal(head.status, get.status);
      assert.equal(head.body.length, 0);
      assert.equal(head.headers['content-length'], get.headers['content-length']);
    }
  });

  await bench.t.test('there is nothing at other addresses', async () => {
    for (const path of ['/v1', '/v1/', '/v1/me/', '/v1/habit', '/v2/me', '/V1/me', '/v1//me', '/v1/habits//logs', '/v1/logs:Batch', '/admin/x',
      `/v1/habits/${nobody}/logs/2026-11-23/x`, '/healthz/']) {
      expectProblem(await me.get(path), 404, 'not_found');
    }
  });

  await bench.t.test('every query parameter is known and named otherwise', async () => {
    const operator = await Api.of(server, await bench.token(1099, ['--admin'], { env }));
    for (const { template, method } of operations) {
      // Monitors like to add one to a probe's address; anything else may not be misunderstood in silence.
      const r = await (template.startsWith('/v1/admin/') ? operator : me).call(method, `${fill(template)}?surprise=1`);
      if (template === '/v1/auth/demo') expectProblem(r, 404, 'not_found'); // this server is no demonstration
      else if (/^\/(v1|sandbox)\//.test(template)) expectProblem(r, 422, 'invalid', 'surprise');
      else if (!template.startsWith('/webhooks/')) expectStatus(r, template.startsWith('/assets/') ? 404 : 200);
    }
    expectStatus(await me.get('/v1/me'), 200);
  });

  await bench.t.test('request ids are given, unlike each other, and stand in the problem and the log', async () => {
    const ids = new Set();
    for (let i = 0; i < 20; i++) {
      const r = await me.get('/v1/nothing');
      assert.equal(r.json.request_id, r.headers['x-request-id']);
      ids.add(r.json.request_id);
    }
    assert.equal(ids.size, 20);
    const forged = await me.get('/v1/me', { headers: { 'x-request-id': 'mine' } });
    assert.notEqual(forged.headers['x-request-id'], 'mine');
    await new Promise((resolve) => setTimeout(resolve, 50));
    for (const id of ids) assert.ok(server.stderr.includes(id), id);
  });

  await bench.t.test('a trusted proxy names the request and the client', async () => {
    const behind = await bench.serve({ env: { ...env, HABITD_TRUSTED_PROXIES: '127.0.0.0/8' } });
    const r = await (await Api.of(behind, token)).get('/v1/me', { headers: { 'x-request-id': 'abc-12345', 'x-forwarded-for': '203.0.113.9' } });
    assert.equal(r.headers['x-request-id'], 'abc-12345');
    await behind.stop();
    const line = behind.stderr.split('\n').find((l) => l.includes('abc-12345'));
    assert.match(line, /client=203\.0\.113\.9/);
  });

  await bench.t.test('the log tells who, what and how long, and no secret', async () => {
    const habit = await me.habit({ name: 'Secret plan' });
    await me.mark(habit, '2026-11-23', { note: 'private words' });
    await new Promise((resolve) => setTimeout(resolve, 50));
    const line = server.stderr.split('\n').findLast((l) => l.includes('method=PUT'));
    assert.match(line, /info request .*route=\/v1\/habits\/\{habit_id\}\/logs\/\{day\} status=201 bytes=\d+ took_ms=\d+ user=[0-9a-f-]{36} client=127\.0\.0\.1/);
    for (const secret of [token, token.slice(4, 40), 'Secret plan', 'private words']) assert.ok(!server.stderr.includes(secret), secret);
  });

  await bench.t.test('answers are never cached and never guessed about', async () => {
    for (const path of ['/v1/me', '/v1/habits', '/v1/nothing', '/healthz', '/readyz', '/metrics']) {
      const r = await me.get(path);
      assert.equal(r.headers['cache-control'], 'no-store', path);
      assert.equal(r.headers['x-content-type-options'], 'nosniff', path);
      assert.ok(!Object.keys(r.headers).some((h) => h.startsWith('access-control-')), path);
    }
  });
});

// Rates by person and by address, and what the headers say about them.
import assert from 'node:assert/strict';
import { forEachEngine, sleep } from './harness.mjs';
import { Api, expectProblem, expectStatus } from './api.mjs';

const together = (n, fn) => Promise.all(Array.from({ length: n }, (_, i) => fn(i))); // before much of the bucket fills again
const many = async (n, fn) => {
  const answers = [];
  for (let i = 0; i < n; i++) answers.push(await fn(i));
  return answers;
};
const statuses = (answers) => answers.map((r) => r.status);

forEachEngine('rate limits', async (bench) => {
  await bench.must(['migrate', 'up']);
  const tokens = [await bench.token(1001), await bench.token(1002)];

  await bench.t.test('by person: a minute’s worth at once, then 429 until the bucket fills', async () => {
    const server = await bench.serve({ env: { HABITD_RATE_USER_PER_MIN: '60', HABITD_RATE_IP_PER_MIN: '0' } });
    const [one, two] = [await Api.of(server, tokens[0]), await Api.of(server, tokens[1])];
    await one.get('/v1/me'); // proves the token
    const first = await one.get('/v1/me');
    assert.equal(first.headers['ratelimit-limit'], '60');
    assert.equal(first.headers['ratelimit-remaining'], '59');
    assert.ok(Number(first.headers['ratelimit-reset']) >= 1);
    const answers = await together(90, () => one.get('/v1/me'));
    const refused = answers.filter((r) => r.status === 429);
    assert.ok(refused.length >= 5, `${refused.length} refused`);
    const last = expectProblem(refused.at(-1), 429, 'too_many_requests');
    assert.equal(last.headers['ratelimit-remaining'], '0');
    assert.equal(last.headers['retry-after'], '1');
    expectStatus(await two.get('/v1/me'), 200);
    // Whoever does not prove to be that person cannot empty the bucket, nor is stopped by it.
    const forged = tokens[0].slice(0, -1) + (tokens[0].endsWith('_') ? 'A' : '_');
    expectStatus(await new Api(server, forged).get('/v1/me'), 401);
    await sleep(1100);
    expectStatus(await one.get('/v1/me'), 200);
    await server.stop();
  });

  await bench.t.test('a stranger with somebody’s user id in a forged token does not empty their bucket', async () => {
    const server = await bench.serve({ env: { HABITD_RATE_USER_PER_MIN: '60', HABITD_RATE_IP_PER_MIN: '0' } });
    const one = await Api.of(server, tokens[0]);
    await one.get('/v1/me');
    const before = Number((await one.get('/v1/me')).headers['ratelimit-remaining']);
    await many(30, (i) => new Api(server, `${tokens[0].slice(0, -4)}${String(i).padStart(4, 'A')}`).get('/v1/me'));
    assert.ok(Number((await one.get('/v1/me')).headers['ratelimit-remaining']) >= before - 1);
    await server.stop();
  });

  await bench.t.test('by address: before the body is read, and refused tokens cost more', async () => {
    const server = await bench.serve({ env: { HABITD_RATE_USER_PER_MIN: '0', HABITD_RATE_IP_PER_MIN: '60' } });
    const nobody = await Api.of(server, 'hbt_wrong');
    const answers = await many(15, () => nobody.get('/v1/me'));
    assert.ok(statuses(answers).indexOf(429) >= 8, `${statuses(answers)}`);
    assert.ok(statuses(answers).indexOf(429) <= 12, `${statuses(answers)}`);
    const r = await (await Api.of(server, tokens[0])).post('/v1/habits', { name: 'x' });
    expectProblem(r, 429, 'too_many_requests');
    assert.ok(Number(r.headers['retry-after']) >= 1);
    for (const path of ['/healthz', '/readyz', '/metrics']) {
      const probe = expectStatus(await nobody.get(path), 200);
      assert.equal(probe.headers['ratelimit-limit'], undefined);
    }
    await server.stop();
  });

  await bench.t.test('addresses are told apart behind a trusted proxy; an IPv6 /64 is one', async () => {
    const server = await bench.serve({ env: { HABITD_RATE_USER_PER_MIN: '0', HABITD_RATE_IP_PER_MIN: '60', HABITD_TRUSTED_PROXIES: '127.0.0.0/8' } });
    const me = await Api.of(server, tokens[0]);
    const from = (address) => me.get('/v1/me', { headers: { 'x-forwarded-for': address } });
    const answers = await together(90, (i) => from(`2001:db8::${i.toString(16)}`));
    assert.ok(statuses(answers).includes(429));
    expectStatus(await from('2001:db8:0:1::1'), 200);
    expectStatus(await from('192.0.2.1'), 200);
    await server.stop();
  });

  await bench.t.test('0 is off', async () => {
    const server = await bench.serve({ env: { HABITD_RATE_USER_PER_MIN: '0', HABITD_RATE_IP_PER_MIN: '0' } });
    const me = await Api.of(server, tokens[0]);
    const answers = await Promise.all(Array.from({ length: 200 }, () => me.get('/v1/me')));
    assert.ok(answers.every((r) => r.status === 200 && r.headers['ratelimit-limit'] === undefined));
    await server.stop();
  });
});

// The request guard: what two readers could understand differently is refused, and what is fine is not.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Echo, sleep } from './net_bed.mjs';

const SMUGGLED = 'GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n';

/** Sends it; exactly one answer with this status, then the end: nothing behind it was read as a request. */
async function refused(echo, bytes, status, code) {
  const answers = await echo.raw(bytes);
  assert.equal(answers.length, 1, `${JSON.stringify(bytes.toString('latin1').slice(0, 200))} got ${JSON.stringify(answers)}`);
  assert.equal(answers[0].status, status, JSON.stringify(answers[0]));
  assert.ok(answers.closed, 'the connection ends with the refusal');
  if (code) {
    assert.equal(answers[0].headers['content-type'], 'application/problem+json');
    assert.equal(answers[0].json.code, code);
    assert.equal(answers[0].json.status, status);
    assert.match(answers[0].headers['x-request-id'], /^[0-9a-f]{12}-/);
  }
}

test('framing that can be read two ways is refused', async (t) => {
  const echo = await Echo.start(t);
  const vectors = {
    'length and coding': 'Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'coding and length': 'Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n',
    'two lengths': 'Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcd',
    'two equal lengths': 'Content-Length: 4\r\nContent-Length: 4\r\n\r\nabcd',
    'two codings': 'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'coding with a vertical tab': 'Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n',
    'name with a blank before the colon': 'Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n',
    'name with a tab': 'Content-Length\t: 4\r\n\r\nabcd',
    'name with a control byte': 'X\x01Y: 4\r\n\r\n',
    'name with a high byte': 'X\xe9: 4\r\n\r\n',
    'name with parentheses': 'X(Y): 4\r\n\r\n',
    'empty name': ': 4\r\n\r\n',
    'folded line': 'X-A: b\r\n c\r\n\r\n',
    'folded into another name': 'Content-Leng: 4\r\n th\r\n\r\n',
    'folded with a tab': 'X-A: b\r\n\tc\r\n\r\n',
    'NUL in a value': 'X-A: b\0c\r\n\r\n',
    'NUL at the end of a value': 'X-A: b\0\r\n\r\n',
    'bare CR in a value': 'X-A: b\rX-B: c\r\n\r\n',
    'bare LF between lines': 'X-A: b\nX-B: c\r\n\r\n',
    'bare LF at the end': 'X-A: b\n\n',
    'bare LF before the empty line': 'X-A: b\n\r\n',
    'bare LF as the empty line': 'X-A: b\r\n\n',
    'control byte in a value': 'X-A: b\x07\r\n\r\n',
    'DEL in a value': 'X-A: b\x7f\r\n\r\n',
    'two hosts': 'Host: other\r\n\r\n',
  };
  for (const [what, rest] of Object.entries(vectors)) {
    await t.test(what, () =>
      refused(echo, Buffer.from(`POST /x HTTP/1.1\r\nHost: h\r\n${rest}${SMUGGLED}`, 'latin1'), 400, 'bad_request'));
  }
  for (const coding of ['gzip', 'gzip, chunked', 'chunked, gzip', 'identity', 'xchunked', 'chunked;q=1', 'chunked ', '']) {
    await t.test(`coding '${coding}'`, () =>
      refused(echo, `POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: ${coding}\r\n\r\n0\r\n\r\n${SMUGGLED}`, 501, 'transfer_coding'));
  }
  const stats = await echo.stats();
  assert.equal(stats.refused_guard, Object.keys(vectors).length + 8);
  assert.equal(stats.open, 1);
});

test('what the framing library refuses by itself ends the connection too', async (t) => {
  const echo = await Echo.start(t);
  for (const [what, rest, status] of [
    ['a length that is no number', 'Content-Length: 4x\r\n\r\nabcd', 400],
    ['a signed length', 'Content-Length: +4\r\n\r\nabcd', 400],
    ['a negative length', 'Content-Length: -4\r\n\r\nabcd', 400],
    ['a hexadecimal length', 'Content-Length: 0x4\r\n\r\nabcd', 400],
    ['an empty length', 'Content-Length:\r\n\r\nabcd', 400],
    ['a length with a trailing blank', 'Content-Length: 4 \r\n\r\nabcd', 400],
    ['a list of lengths', 'Content-Length: 4, 4\r\n\r\nabcd', 400],
    ['a length beyond 64 bits', 'Content-Length: 99999999999999999999\r\n\r\n', 413],
    ['a line without a colon', 'X-A\r\n\r\n', 400],
    ['NUL in a name', 'X\0A: b\r\n\r\n', 400],
    ['a bad chunk size', 'Transfer-Encoding: chunked\r\n\r\nzz\r\n', 400],
    ['a chunk size beyond 64 bits', 'Transfer-Encoding: chunked\r\n\r\n11111111111111111\r\n', 413],
    ['a chunk without an end', 'Transfer-Encoding: chunked\r\n\r\n2\r\nabcd\r\n0\r\n\r\n', 400],
  ]) {
    await t.test(what, () =>
      refused(echo, Buffer.from(`POST /x HTTP/1.1\r\nHost: h\r\n${rest}${SMUGGLED}`, 'latin1'), status));
  }
});

test('request lines', async (t) => {
  const echo = await Echo.start(t);
  const line = (text) => Buffer.from(`${text}\r\nHost: h\r\n\r\n`, 'latin1');
  for (const [what, text, status, code] of [
    ['unknown method', 'FOO / HTTP/1.1', 501, 'unknown_method'],
    ['TRACE', 'TRACE / HTTP/1.1', 501, 'unknown_method'],
    ['CONNECT', 'CONNECT h:1 HTTP/1.1', 501, 'unknown_method'],
    ['a lower-case method', 'get / HTTP/1.1', 501, 'unknown_method'],
    ['a method that is no token', 'G(T / HTTP/1.1', 400, 'bad_request'],
    ['two blanks', 'GET  / HTTP/1.1', 400, 'bad_request'],
    ['a blank in the target', 'GET /a b HTTP/1.1', 400, 'bad_target'],
    ['a tab in the target', 'GET /a\tb HTTP/1.1', 400, 'bad_target'],
    ['an encoded NUL', 'GET /a%00b HTTP/1.1', 400, 'bad_target'],
    ['a NUL', 'GET /a\0b HTTP/1.1', 400, 'bad_request'],
    ['a climbing path', 'GET /a/../b HTTP/1.1', 400, 'bad_target'],
    ['a climbing path, encoded', 'GET /a/%2e%2e/b HTTP/1.1', 400, 'bad_target'],
    ['an encoded slash', 'GET /a%2fb HTTP/1.1', 400, 'bad_target'],
    ['a backslash', 'GET /a\\b HTTP/1.1', 400, 'bad_target'],
    ['bad encoding', 'GET /a%zz HTTP/1.1', 400, 'bad_target'],
    ['bad encoding in the query', 'GET /a?x=%4 HTTP/1.1', 400, 'bad_target'],
    ['a fragment', 'GET /a#b HTTP/1.1', 400, 'bad_target'],
    ['bytes above ASCII', 'GET /\xd0\xb9 HTTP/1.1', 400, 'bad_target'],
    ['no leading slash', 'GET a HTTP/1.1', 400, 'bad_target'],
    ['asterisk-form', 'OPTIONS * HTTP/1.1', 400, 'bad_target'],
    ['HTTP/1.2', 'GET / HTTP/1.2', 505, 'http_version'],
    ['a trailing blank', 'GET / HTTP/1.1 ', 400],
    ['HTTP/2.0', 'GET / HTTP/2.0', 505],
    ['HTTP/0.9', 'GET / HTTP/0.9', 505],
    ['no version', 'GET /', 400],
    ['a target over 4096 bytes', `GET /${'a'.repeat(4096)} HTTP/1.1`, 414, 'target_too_long'],
    ['65 parameters', `GET /?${'a&'.repeat(64)}a HTTP/1.1`, 400, 'bad_target'],
    ['2000 parameters', `GET /?${'a&'.repeat(1999)}a HTTP/1.1`, 400, 'bad_target'],
  ]) {
    await t.test(what, () => refused(echo, line(text), status, code));
  }
  await t.test('bare LF behind the request line', () =>
    refused(echo, 'GET / HTTP/1.1\nHost: h\r\n\r\n', 400, 'bad_request'));
  await t.test('bare LF everywhere', () => refused(echo, 'GET / HTTP/1.1\nHost: h\n\n', 400, 'bad_request'));
  await t.test('no header at all, bare LF', () => refused(echo, 'GET / HTTP/1.0\n\n', 400, 'bad_request'));
});

test('hosts, versions, expectations, sizes', async (t) => {
  const echo = await Echo.start(t);
  await t.test('HTTP/1.1 without Host', () => refused(echo, 'GET / HTTP/1.1\r\nX: y\r\n\r\n', 400, 'bad_request'));
  await t.test('a Host that is none', () => refused(echo, 'GET / HTTP/1.1\r\nHost: a/b\r\n\r\n', 400, 'bad_request'));
  await t.test('HTTP/1.0 with chunks', () =>
    refused(echo, 'POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400, 'bad_request'));
  await t.test('another expectation', () =>
    refused(echo, 'GET / HTTP/1.1\r\nHost: h\r\nExpect: tea\r\n\r\n', 417, 'expectation'));
  await t.test('65 header lines', () =>
    refused(echo, `GET / HTTP/1.1\r\nHost: h\r\n${'A: b\r\n'.repeat(64)}\r\n`, 431, 'header_too_large'));
  await t.test('a header over 8192 bytes', () =>
    refused(echo, `GET / HTTP/1.1\r\nHost: h\r\nA: ${'b'.repeat(8200)}\r\n\r\n`, 431, 'header_too_large'));
  await t.test('a header over the memory', () =>
    refused(echo, `GET / HTTP/1.1\r\nHost: h\r\nA: ${'b'.repeat(80000)}\r\n\r\n`, 431));
  await t.test('a target over the memory', () => refused(echo, `GET /${'b'.repeat(80000)} HTTP/1.1\r\n\r\n`, 414));
  await t.test('HTTP/1.0 without Host is fine and closes', async () => {
    const answers = await echo.raw('GET /a HTTP/1.0\r\n\r\n');
    assert.equal(answers[0].status, 200);
    assert.equal(answers[0].json.host, '');
    assert.ok(answers.closed);
  });
  await t.test('HTTP/1.0 with keep-alive goes on', async () => {
    const answers = await echo.raw('GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n'.repeat(2));
    assert.deepEqual(answers.map((a) => a.status), [200, 200]);
  });
  await t.test('Expect: 100-continue is answered', async () => {
    const wire = await echo.connect();
    wire.write('POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n');
    assert.equal((await wire.answer()).status, 100);
    wire.write('abc');
    assert.equal((await wire.answer()).json.body_len, 3);
    wire.destroy();
  });
  await t.test('Expect: 100-continue of a refused request gets the refusal', async () => {
    const answers = await echo.raw('POST /private HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n');
    assert.deepEqual(answers.map((a) => a.status), [401]);
    assert.ok(answers.closed);
  });
});

test('what is fine is understood', async (t) => {
  const echo = await Echo.start(t);
  await t.test('the query, decoded once', async () => {
    const { json } = await echo.get('/a%20b/%D0%B9?x=1&y=a+b&x=%26&z', 'X-Probe: \t two words \t \r\n');
    assert.equal(json.path, '/a b/й');
    assert.deepEqual(json.params, [{ name: 'x', value: '1' }, { name: 'y', value: 'a b' }, { name: 'x', value: '&' }, { name: 'z', value: '' }]);
    assert.equal(json.probe, 'two words');
  });
  await t.test('absolute-form', async () => {
    const { json } = await echo.get('http://example.org:81/a?b=c');
    assert.equal(json.path, '/a');
    assert.equal(json.host, 'example.org:81');
  });
  await t.test('UTF-8 in a value, an empty value, an empty body', async () => {
    const { json } = await echo.get('/', 'X-Empty:\r\nX-Probe: \u00fc\r\nContent-Length: 0\r\n');
    assert.equal(json.probe, 'ü');
  });
  await t.test('blank lines before a request', async () => {
    const answers = await echo.raw('\r\n\r\nGET /now HTTP/1.1\r\nHost: h\r\n\r\n');
    assert.deepEqual(answers.map((a) => a.status), [200]);
  });
  await t.test('every method', async () => {
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      const [answer] = await echo.raw(`${method} /m HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n`);
      assert.equal(answer.json.method, method);
    }
  });
  await t.test('HEAD has the length and no body', async () => {
    const wire = await echo.connect();
    wire.write('HEAD /now HTTP/1.1\r\nHost: h\r\n\r\nGET /now HTTP/1.1\r\nHost: h\r\n\r\n');
    const head = await wire.answer({ method: 'HEAD' });
    assert.equal(head.headers['content-length'], '3');
    assert.equal((await wire.answer()).text, 'ok\n');
    wire.destroy();
  });
  await t.test('204 has neither body nor type', async () => {
    const answer = await echo.get('/empty');
    assert.equal(answer.status, 204);
    assert.equal(answer.headers['content-type'], undefined);
  });
  await t.test('a header byte by byte', async () => {
    const wire = await echo.connect();
    for (const c of 'POST /x?a=b HTTP/1.1\r\nHost: h\r\nX-Probe: p\r\nContent-Length: 3\r\n\r\nabc') {
      wire.write(c);
      await sleep(1);
    }
    const { json } = await wire.answer();
    assert.equal(json.body_len, 3);
    assert.equal(json.probe, 'p');
    wire.destroy();
  });
  await t.test('pipelined requests, one suspended among them, answered in order', async () => {
    const request = (target) => `GET ${target} HTTP/1.1\r\nHost: h\r\n\r\n`;
    const answers = await echo.raw(request('/1') + request('/later?ms=50') + request('/3') + 'POST /4 HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nab' + request('/5'));
    assert.deepEqual(answers.map((a) => a.json.path), ['/1', '/later', '/3', '/4', '/5']);
  });
  await t.test('a handler that forgets to answer is a 500', async () => {
    const answer = await echo.get('/never');
    assert.equal(answer.status, 500);
    assert.equal(answer.json.code, 'no_answer');
  });
  await t.test('a value of the answer cannot break its line', async () => {
    const answer = await echo.get('/inject');
    assert.equal(answer.headers['x-copy'], 'a??Set-Cookie: b');
    assert.equal(answer.headers['set-cookie'], undefined);
  });
  await t.test('standard headers', async () => {
    const { headers } = await echo.get('/now');
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['cache-control'], 'no-store');
    assert.match(headers.date, /GMT$/);
  });
});

test('proxies', async (t) => {
  const believed = await Echo.start(t, { trusted: '127.0.0.0/8,10.0.0.0/8' });
  const stranger = await Echo.start(t);
  const headers = 'X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-For: 198.51.100.7, 10.0.0.2\r\nX-Forwarded-Proto: https\r\nX-Request-Id: abc-12345.Z\r\n';
  const inside = await believed.get('/', headers);
  assert.equal(inside.json.client, '198.51.100.7');
  assert.equal(inside.json.scheme, 'https');
  assert.equal(inside.json.id, 'abc-12345.Z');
  assert.equal(inside.headers['x-request-id'], 'abc-12345.Z');
  const outside = await stranger.get('/', headers);
  assert.equal(outside.json.client, '127.0.0.1');
  assert.equal(outside.json.scheme, 'http');
  assert.match(outside.headers['x-request-id'], /^[0-9a-f]{12}-[0-9a-f]{8}$/);
  for (const bad of ['short', 'x'.repeat(65), 'has blank in', 'quote"quote"', 'abc-12345\r\nX-Request-Id: abc-12346']) {
    const answer = await believed.get('/', `X-Request-Id: ${bad}\r\n`);
    assert.match(answer.headers['x-request-id'], /^[0-9a-f]{12}-[0-9a-f]{8}$/, bad);
  }
  assert.notEqual((await stranger.get('/')).json.id, (await stranger.get('/')).json.id);
});

test('IPv6', async (t) => {
  const echo = await Echo.start(t, { listen: '[::1]:0' });
  assert.equal((await echo.get('/')).json.client, '::1');
  const everywhere = await Echo.start(t, { listen: ':0' });
  assert.equal((await everywhere.get('/')).json.client, '127.0.0.1');
  everywhere.host = '::1';
  assert.equal((await everywhere.get('/')).json.client, '::1');
});

// Deadlines, limits and the end of the HTTP layer.
import assert from 'node:assert/strict';
import http from 'node:http';
import net from 'node:net';
import test from 'node:test';
import { Echo, sleep, until } from './net_bed.mjs';

const get = (target) => `GET ${target} HTTP/1.1\r\nHost: h\r\n\r\n`;
const post = (target, length) => `POST ${target} HTTP/1.1\r\nHost: h\r\nContent-Length: ${length}\r\n\r\n`;

/** Writes a byte every everyMs until the server ends the connection; how long that took. */
async function dribble(wire, text, everyMs) {
  const start = Date.now();
  for (const c of text) {
    if (wire.closed) break;
    wire.write(c);
    await sleep(everyMs);
  }
  await wire.untilClosed();
  wire.destroy();
  return Date.now() - start;
}

test('slow senders are cut, however busy they look', async (t) => {
  const echo = await Echo.start(t, { header_ms: 300, body_ms: 400, idle_ms: 500 });
  // Hardly before the deadline, which begins a moment before this side knows; long before the sender would end, but a busy machine may be late.
  const after = (low, ms) => assert.ok(ms >= low && ms <= 5000, `${ms} ms is not ${low} to 5000`);
  await t.test('a request line that never ends', async () =>
    after(150, await dribble(await echo.connect(), 'G'.repeat(1000), 10)));
  await t.test('a header that never ends', async () =>
    after(150, await dribble(await echo.connect(), get('/').slice(0, -2) + 'X-A: b\r\n'.repeat(500), 5)));
  await t.test('silence after connecting', async () =>
    after(150, await dribble(await echo.connect(), '', 10)));
  await t.test('a header that never ends, in the second request', async () => {
    const wire = await echo.connect();
    wire.write(get('/now'));
    await wire.answer();
    after(150, await dribble(wire, get('/').slice(0, -2) + 'X-A: b\r\n'.repeat(500), 5));
  });
  await t.test('a body that never ends', async () => {
    const wire = await echo.connect();
    wire.write(post('/', 1000));
    after(200, await dribble(wire, 'x'.repeat(900), 10));
  });
  await t.test('chunks that never end', async () => {
    const wire = await echo.connect();
    wire.write('POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n');
    after(200, await dribble(wire, '1\r\nx\r\n'.repeat(500), 3));
  });
  await t.test('a route may allow more time', async () => {
    const wire = await echo.connect();
    wire.write(post('/import', 1000));
    after(1000, await dribble(wire, 'x'.repeat(900), 10));
  });
  await t.test('idle keep-alive', async () => {
    const wire = await echo.connect();
    wire.write(get('/now'));
    await wire.answer();
    after(250, await dribble(wire, '', 10));
  });
  const stats = await echo.stats();
  assert.equal(stats.timeout_header, 4);
  assert.equal(stats.timeout_body, 3);
  assert.equal(stats.timeout_idle, 1);
  assert.equal(stats.open, 1);
  assert.equal(stats.body_bytes, 0);
});

test('a reader that does not read is cut', async (t) => {
  const echo = await Echo.start(t, { send_ms: 300 });
  const socket = net.connect(echo.port, '127.0.0.1');
  socket.pause();
  socket.on('error', () => {});
  socket.write(get('/big?n=20000000'));
  await until(async () => (await echo.stats()).timeout_send === 1, 'the deadline');
  await until(async () => (await echo.stats()).open === 1, 'the end of the connection');
  const stats = await echo.stats();
  assert.equal(stats.undelivered, 1);
  socket.destroy();
});

test('a suspended request outlives every deadline but the last one', async (t) => {
  const echo = await Echo.start(t, { header_ms: 400, body_ms: 400, idle_ms: 400, send_ms: 400, request_ms: 2000 });
  assert.equal((await echo.get('/later?ms=1000')).status, 200);
  const wire = await echo.connect();
  wire.write(get('/later?ms=5000'));
  await wire.untilClosed();
  assert.equal(wire.received.length, 0, 'it was cut, not answered');
  await until(async () => (await echo.stats()).suspended === 0, 'the worker');
  assert.equal((await echo.stats()).timeout_request, 1);
});

test('connections of one address are limited and counted right', async (t) => {
  const echo = await Echo.start(t, { connections_per_addr: 3, header_ms: 5000 });
  let refused = 0;
  for (let round = 0; round < 20; round++) {
    const wires = [];
    while (wires.length < 3) {
      const wire = await echo.connect();
      wire.write(get('/now'));
      const answer = await until(() => wire.take() ?? wire.closed, 'an answer');
      if (answer === true) refused++; // the end of the last round's has not come to the server yet
      else assert.equal(wires.push(wire) && answer.status, 200);
    }
    const fourth = await echo.connect();
    fourth.write(get('/now'));
    await fourth.untilClosed();
    assert.equal(fourth.received.length, 0);
    refused++;
    for (const wire of wires) wire.destroy();
  }
  const stats = await until(async () => {
    const s = await echo.stats().catch(() => { refused++; });
    return s?.open === 1 && s;
  }, 'the connections to end');
  assert.equal(stats.refused_address, refused);
});

test('trusted proxies are not limited by address', async (t) => {
  const echo = await Echo.start(t, { connections_per_addr: 1, trusted: '127.0.0.1' });
  const wires = [await echo.connect(), await echo.connect(), await echo.connect()];
  for (const wire of wires) {
    wire.write(get('/now'));
    assert.equal((await wire.answer()).status, 200);
    wire.destroy();
  }
});

test('connections together are limited, and the next ones hear why', async (t) => {
  const echo = await Echo.start(t, { connections_max: 3 });
  for (let round = 0; round < 20; round++) {
    const wires = [];
    while (wires.length < 3) {
      const wire = await echo.connect();
      wire.write(get('/now'));
      if ((await wire.answer()).status === 200) wires.push(wire); // else the end of the last one has not come to the server yet
    }
    const answer = await echo.get('/now');
    assert.equal(answer.status, 503);
    assert.equal(answer.json.code, 'too_many_connections');
    assert.equal(answer.headers.connection, 'close');
    assert.equal(answer.headers['retry-after'], '1');
    for (const wire of wires) wire.destroy();
    await until(async () => (await echo.stats()).open === 1, 'room');
  }
});

test('more connections than the server holds wait their turn', async (t) => {
  const echo = await Echo.start(t, { connections_max: 4, idle_ms: 100, header_ms: 200 });
  const wires = await Promise.all(Array.from({ length: 100 }, () => echo.connect()));
  for (const wire of wires) wire.destroy();
  await until(async () => (await echo.get('/now').catch(() => ({}))).status === 200, 'an answer');
});

test('bodies end exactly at their limit', async (t) => {
  const echo = await Echo.start(t, { body_max: 1000 });
  const chunked = (target, sizes) =>
    `POST ${target} HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n` +
    sizes.map((n) => `${n.toString(16)}\r\n${'x'.repeat(n)}\r\n`).join('') + '0\r\n\r\n';
  const cases = [
    ['length, at the limit', post('/', 1000) + 'x'.repeat(1000), 200, 1000],
    ['length, over it', post('/', 1001) + 'x'.repeat(1001), 413],
    ['one chunk, at the limit', chunked('/', [1000]), 200, 1000],
    ['one chunk, over it', chunked('/', [1001]), 413],
    ['many chunks, at the limit', chunked('/', Array(100).fill(10)), 200, 1000],
    ['many chunks, over it', chunked('/', [...Array(100).fill(10), 1]), 413],
    ['a route with a higher limit', post('/import', 4000) + 'x'.repeat(4000), 200, 4000],
    ['over that one', post('/import', 4001) + 'x'.repeat(4001), 413],
    ['chunks with extensions and a trailer', 'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\nX-T: u\r\n\r\n', 200, 3],
  ];
  for (const [what, bytes, status, length] of cases) {
    await t.test(what, async () => {
      const wire = await echo.connect();
      wire.write(bytes);
      const answer = await wire.answer();
      assert.equal(answer.status, status);
      if (status === 200) assert.equal(answer.json.body_len, length);
      else assert.equal(answer.json.code, 'body_too_large');
      wire.destroy();
    });
  }
  await t.test('a refused length is refused before the body is there', async () => {
    const wire = await echo.connect();
    wire.write(post('/', 30_000_000));
    assert.equal((await wire.answer()).status, 413);
    await wire.untilClosed();
    wire.destroy();
  });
  await t.test('a short refused body keeps the connection', async () => {
    const wire = await echo.connect();
    for (const target of ['/private', '/private']) {
      wire.write(post(target, 500) + 'x'.repeat(500));
      assert.equal((await wire.answer()).status, 401);
    }
    wire.write(post('/', 1001) + 'x'.repeat(1001));
    assert.equal((await wire.answer()).status, 413);
    wire.write(get('/now'));
    assert.equal((await wire.answer()).status, 200);
    wire.destroy();
  });
  assert.equal((await echo.stats()).body_bytes, 0);
});

/** Posts with Node's client, which writes its whole body whatever comes back; the status or the error. */
function upload(echo, body, headers = {}, target = '/') {
  return new Promise((resolve) => {
    const request = http.request({ host: '127.0.0.1', port: echo.port, method: 'POST', path: target, headers, agent: false }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode));
      response.on('error', resolve);
    });
    request.on('error', resolve);
    request.end(body);
  });
}

test('a client that sends on still reads its refusal', async (t) => {
  const echo = await Echo.start(t);
  const body = Buffer.alloc((1 << 20) + 1, 'x');
  for (let i = 0; i < 20; i++) {
    assert.equal(await upload(echo, body, { 'content-length': body.length }), 413);
    assert.equal(await upload(echo, body, { 'transfer-encoding': 'chunked' }), 413);
    assert.equal(await upload(echo, body, { 'content-length': body.length }, '/private'), 401);
  }
  assert.equal(await upload(echo, body.subarray(1), { 'content-length': body.length - 1 }), 200);
  // one that writes everything before it reads anything must not be reset in the middle
  for (const framing of [`Content-Length: ${2 * body.length}`, 'Transfer-Encoding: chunked']) {
    const wire = await echo.connect();
    wire.write(`POST / HTTP/1.1\r\nHost: h\r\n${framing}\r\n\r\n`);
    if (framing.includes('chunked')) wire.write(`${(2 * body.length).toString(16)}\r\n`);
    for (let sent = 0; sent < 2 * body.length; sent += 65536) {
      wire.write(body.subarray(0, 65536));
      await sleep(1);
    }
    wire.end();
    assert.equal((await wire.answer()).status, 413);
    await wire.untilClosed();
    assert.equal(wire.error, undefined, framing);
    wire.destroy();
  }
  const stats = await echo.stats();
  assert.equal(stats.refused_size, 42);
  assert.equal(stats.undelivered, 0);
});

test('bodies together are limited', async (t) => {
  const echo = await Echo.start(t, { bodies_max: 1500, body_max: 1000 });
  const first = await echo.connect();
  first.write(post('/', 1000) + 'x'.repeat(900));
  await until(async () => (await echo.stats()).body_bytes === 900, 'the first body');
  const second = await echo.connect();
  second.write(post('/', 1000) + 'x'.repeat(1000));
  const answer = await second.answer();
  assert.equal(answer.status, 503);
  assert.equal(answer.json.code, 'too_many_bodies');
  second.destroy();
  first.write('x'.repeat(100));
  assert.equal((await first.answer()).status, 200);
  first.destroy();
  assert.equal((await echo.stats()).body_bytes, 0);
});

test('an answer over its limit is a 500', async (t) => {
  const echo = await Echo.start(t, { answer_max: 65536 });
  assert.equal((await echo.get('/big?n=65530')).status, 200);
  const answer = await echo.get('/big?n=65540');
  assert.equal(answer.status, 500);
  assert.equal(answer.json.code, 'answer_too_large');
});

test('clients that leave while suspended', async (t) => {
  const echo = await Echo.start(t);
  for (let i = 0; i < 20; i++) {
    const wire = await echo.connect();
    wire.write(get('/later?ms=150'));
    await sleep(5);
    if (i % 2) wire.socket.resetAndDestroy();
    else wire.destroy();
  }
  await until(async () => (await echo.stats()).suspended === 0, 'the worker');
  await until(async () => (await echo.stats()).open === 1, 'the connections to end');
  const stats = await echo.stats();
  assert.equal(stats.connections, stats.completed + stats.aborted + 1);
  assert.equal((await echo.get('/later?ms=1')).status, 200);
});

test('clients that leave in the middle of a request', async (t) => {
  const echo = await Echo.start(t);
  for (const bytes of ['', 'GET', 'GET / HTTP/1.1\r\n', 'GET / HTTP/1.1\r\nHost: h\r\n', post('/', 10) + 'abc', post('/private', 10) + 'abc']) {
    const wire = await echo.connect();
    wire.write(bytes || ' ');
    await sleep(10);
    wire.end();
    await wire.untilClosed();
    wire.destroy();
  }
  const stats = await until(async () => {
    const s = await echo.stats();
    return s.open === 1 && s;
  }, 'the connections to end');
  assert.equal(stats.aborted, 4);
  assert.equal(stats.body_bytes, 0);
});

test('ten thousand requests on kept connections, answered on both threads', async (t) => {
  for (const threads of [1, 2]) {
    const echo = await Echo.start(t, { threads });
    const agent = new http.Agent({ keepAlive: true, maxSockets: 16 });
    let left = 10_000;
    const one = (target) => new Promise((resolve, reject) => {
      http.get({ host: '127.0.0.1', port: echo.port, path: target, agent }, (response) => {
        let text = '';
        response.on('data', (chunk) => (text += chunk));
        response.on('end', () => (response.statusCode === 200 && text ? resolve() : reject(new Error(`${response.statusCode}`))));
      }).on('error', reject);
    });
    await Promise.all(Array.from({ length: 16 }, async (_, i) => {
      while (left-- > 0) await one(i % 2 ? '/now' : '/later');
    }));
    const stats = await echo.stats();
    assert.equal(stats.connections, 17);
    assert.equal(stats.completed, 10_000);
    agent.destroy();
    assert.equal(await echo.stop(), 0);
  }
});

test('the end finishes what was begun', async (t) => {
  const echo = await Echo.start(t, { drain_ms: 60_000 });
  const idle = await echo.connect();
  idle.write(get('/now'));
  await idle.answer();
  const suspended = [];
  for (let i = 0; i < 8; i++) {
    const wire = await echo.connect();
    wire.write(get(`/later?ms=${4000 + i * 10}`));
    suspended.push(wire);
  }
  const sending = await echo.connect();
  sending.write(post('/', 10) + 'abc');
  await until(async () => (await echo.stats()).suspended === 8, 'the requests');
  const start = Date.now();
  const ended = echo.stop();
  await sleep(50);
  await assert.rejects(async () => {
    const late = await echo.connect();
    if (late.error) throw late.error;
  }, /ECONNREFUSED/);
  let answered = 0;
  const answers = suspended.map((wire) => wire.answer().finally(() => answered++));
  await idle.untilClosed();
  assert.equal(answered, 0, 'idle connections do not hold the end up');
  sending.write('defghij');
  const sent = await sending.answer();
  assert.equal(sent.json.body_len, 10);
  assert.equal(sent.headers.connection, 'close');
  for (const answer of await Promise.all(answers)) {
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.connection, 'close');
  }
  for (const wire of suspended) await wire.untilClosed();
  assert.equal(await ended, 0);
  assert.ok(Date.now() - start < 50_000, 'and nothing waits for the deadline');
});

test('the end does not wait for ever', async (t) => {
  const echo = await Echo.start(t, { drain_ms: 300 });
  const wire = await echo.connect();
  wire.write(get('/later?ms=60000'));
  await until(async () => (await echo.stats()).suspended === 1, 'the request');
  const start = Date.now();
  assert.equal(await echo.stop(), 3);
  assert.ok(Date.now() - start < 30_000);
  wire.destroy();
});

test('a wrong setting or address is said', async (t) => {
  for (const [settings, text] of [
    [{ listen: 'nonsense' }, /listen: "nonsense" is not an address/],
    [{ listen: '127.0.0.1:70000' }, /listen: /],
    [{ listen: '::1:80' }, /listen: /],
    [{ threads: 0 }, /threads: threads must be 1 to 16/],
    [{ connection_memory: 100 }, /connection_memory: /],
  ]) {
    await assert.rejects(Echo.start({ after() {} }, settings), text);
  }
  const echo = await Echo.start(t);
  await assert.rejects(Echo.start({ after() {} }, { listen: `127.0.0.1:${echo.port}` }), /cannot listen on .*Address already in use/);
});

// The example configurations in packaging/, run by the real nginx and Caddy on the loopback in front of habitd. Only addresses, ports and the
// certificate are the test's own.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { startFakeBotApi } from './bot_api_fake.mjs';
import { Bench, freePort, ROOT } from './harness.mjs';
import { until } from './watch_bed.mjs';

const RATE = 40;
const BODY_MAX = 64 << 20; // of both configurations

const example = (name) => readFileSync(path.join(ROOT, 'packaging', name), 'utf8');

/** Replaces each, which must be there. */
function with_(text, pairs) {
  for (const [from, to] of pairs) {
    assert.ok(text.includes(from), `the example has no "${from}"`);
    text = text.replaceAll(from, to);
  }
  return text;
}

const PROXIES = {
  nginx: {
    command: ['nginx', '-v'],
    configure(dir, { port, plainPort, backend }) {
      execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=localhost',
        '-keyout', path.join(dir, 'key.pem'), '-out', path.join(dir, 'cert.pem')], { stdio: 'ignore' });
      writeFileSync(path.join(dir, 'habitd.conf'), with_(example('nginx/habitd.conf'), [
        ['127.0.0.1:8080', `127.0.0.1:${backend}`],
        ['listen 443 ssl', `listen 127.0.0.1:${port} ssl`], ['    listen [::]:443 ssl http2;\n', ''],
        ['listen 80;', `listen 127.0.0.1:${plainPort};`], ['    listen [::]:80;\n', ''],
        ['server_name habits.example;', 'server_name localhost;'],
        ['/etc/letsencrypt/live/habits.example/fullchain.pem', path.join(dir, 'cert.pem')],
        ['/etc/letsencrypt/live/habits.example/privkey.pem', path.join(dir, 'key.pem')],
      ]));
      const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((n) => `${n}_temp_path ${dir}/${n};`).join(' ');
      const user = process.getuid() === 0 ? 'user root;' : '';
      writeFileSync(path.join(dir, 'nginx.conf'), `${user} daemon off; pid ${dir}/pid; error_log stderr; events {}
        http { access_log off; ${places} include ${dir}/habitd.conf; }\n`);
      return ['nginx', ['-p', dir, '-e', 'stderr', '-c', path.join(dir, 'nginx.conf')]];
    },
  },
  caddy: {
    command: ['caddy', 'version'],
    configure(dir, { port, plainPort, backend }) {
      const site = with_(example('caddy/Caddyfile'), [['habits.example {', 'localhost {'], ['127.0.0.1:8080', `127.0.0.1:${backend}`]]);
      writeFileSync(path.join(dir, 'Caddyfile'),
        `{\n\tadmin off\n\tskip_install_trust\n\tdefault_bind 127.0.0.1\n\thttp_port ${plainPort}\n\thttps_port ${port}\n\tstorage file_system ${dir}/data\n}\n${site}`);
      return ['caddy', ['run', '--config', path.join(dir, 'Caddyfile'), '--adapter', 'caddyfile']];
    },
  },
};

/** One request through the proxy, from a loopback address of the caller's choice; body: text, or a number of bytes. */
function through(port, method, target, { from = '127.0.0.1', headers = {}, body } = {}) {
  return new Promise((resolve, reject) => {
    const length = typeof body === 'number' ? body : Buffer.byteLength(body ?? '');
    const request = https.request({ host: '127.0.0.1', port, servername: 'localhost', rejectUnauthorized: false, localAddress: from, method, path: target, agent: false,
      headers: { host: 'localhost', ...headers, ...(body === undefined ? {} : { 'content-length': length }) } }, (answer) => {
      const chunks = [];
      answer.on('data', (chunk) => chunks.push(chunk));
      const done = () => resolve({ status: answer.statusCode, headers: answer.headers, raw: answer.rawHeaders, text: Buffer.concat(chunks).toString() });
      answer.on('end', done);
      answer.on('error', done);
      if (typeof body === 'number') answer.on('end', () => request.destroy());
    });
    // Who refuses a long body ends the connection under it, and the answer may be lost with that.
    request.on('error', (error) => (typeof body === 'number' && ['ECONNRESET', 'EPIPE'].includes(error.code) ? resolve({ status: 'cut' }) : reject(error)));
    if (typeof body !== 'number') return request.end(body);
    const chunk = Buffer.alloc(1 << 20, 0x20);
    let left = length;
    const send = () => {
      while (left > 0 && !request.destroyed) {
        const n = Math.min(left, chunk.length);
        left -= n;
        if (!request.write(chunk.subarray(0, n))) return request.once('drain', send);
      }
      return request.end();
    };
    return send();
  });
}

/** The proxy in front of a habitd that trusts it, or does not; act(port, server, bench, fake). */
async function behind(t, name, trusted, act) {
  const dir = mkdtempSync(path.join(tmpdir(), 'habitd-proxy-'));
  chmodSync(dir, 0o755);
  mkdirSync(path.join(dir, 'data'));
  const bench = await Bench.create('sqlite', { t });
  const fake = await startFakeBotApi({ limits: false });
  let proxy;
  try {
    const [port, plainPort] = [await freePort(), await freePort()];
    const server = await bench.serve({ env: { ...fake.env, HABITD_PUBLIC_URL: 'https://localhost', HABITD_RATE_IP_PER_MIN: String(RATE),
      ...(trusted ? { HABITD_TRUSTED_PROXIES: '127.0.0.1/32,::1/128' } : {}) } });
    const [program, args] = PROXIES[name].configure(dir, { port, plainPort, backend: new URL(server.url).port });
    proxy = spawn(program, args, { cwd: dir, env: { ...process.env, HOME: dir, XDG_DATA_HOME: dir, XDG_CONFIG_HOME: dir }, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    proxy.stderr.on('data', (text) => { said += text; });
    await until(`${name} to serve`, async () => {
      assert.equal(proxy.exitCode, null, said);
      return through(port, 'GET', '/healthz', { from: '127.0.0.9' }).then((a) => a.status === 200, () => false);
    });
    await act({ port, plainPort, server, bench, fake });
  } finally {
    if (proxy && proxy.exitCode === null) {
      const ended = new Promise((resolve) => proxy.once('exit', resolve));
      proxy.kill('SIGTERM');
      await ended;
    }
    await bench.close();
    await fake.stop({ check: false });
    rmSync(dir, { recursive: true, force: true });
  }
}

const limited = async (port, from, headers) => (await through(port, 'GET', '/v1/me', { from, headers })).status === 429;

for (const [name, { command: [program, arg] }] of Object.entries(PROXIES)) {
  const missing = spawnSync(program, [arg]).error && `${program} is not installed: script/setup --all`;

  test(`${name}: requests, webhooks, limits and headers pass as they should`, { skip: missing, timeout: 600_000 }, (t) => behind(t, name, true, async ({ port, server, bench, fake }) => {
    const token = await bench.token(7, [], { env: fake.env });
    const json = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const made = await through(port, 'POST', '/v1/habits', { headers: json, body: JSON.stringify({ name: 'Run' }) });
    assert.equal(made.status, 201, made.text);
    assert.equal((await through(port, 'GET', `/v1/habits/${JSON.parse(made.text).id}`, { headers: json })).status, 200);

    // Telegram's webhook, by its secret alone.
    await until('the webhook', () => fake.feed.hook);
    const hook = (secret) => through(port, 'POST', '/webhooks/telegram', { from: '127.0.0.5', body: JSON.stringify({ update_id: 1 }),
      headers: { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': secret } });
    assert.equal((await hook(fake.feed.hook.secret)).status, 200);
    assert.equal((await hook('another')).status, 401);

    // Figures are for this machine, and what is too long ends at the door.
    assert.equal((await through(port, 'GET', '/metrics')).status, 404);
    assert.equal((await server.request('GET', '/metrics')).status, 200);
    const load = (bytes) => through(port, 'POST', '/v1/import', { headers: { authorization: `Bearer ${token}` }, body: bytes });
    const long = await load(BODY_MAX + (1 << 20));
    assert.ok([413, 'cut'].includes(long.status), String(long.status));
    const large = await load(4 << 20);
    assert.match(large.headers['content-type'], /problem\+json/, `habitd itself judges what is merely large: ${large.status}`);
    assert.ok([400, 422].includes(large.status), large.text);

    // What habitd says of security arrives once and unchanged.
    for (const target of ['/', '/v1/me']) {
      const direct = await server.request('GET', target), answer = await through(port, 'GET', target);
      assert.equal(answer.status, direct.status);
      const times = (wanted) => answer.raw.filter((h, i) => i % 2 === 0 && h.toLowerCase() === wanted).length;
      const kept = Object.keys(direct.headers).filter((h) => !['connection', 'keep-alive', 'date', 'transfer-encoding', 'content-length', 'server', 'x-request-id'].includes(h)
        && !h.startsWith('ratelimit') && !h.startsWith('x-ratelimit'));
      assert.ok(kept.includes('x-content-type-options'), kept.join());
      for (const h of kept) {
        assert.equal(times(h), 1, `${target}: ${h}`);
        assert.equal(answer.headers[h], direct.headers[h], `${target}: ${h}`);
      }
    }

    // Each client has a limit of its own, and none gets another one by what it claims.
    await until('the limit', () => limited(port, '127.0.0.2'), 30_000);
    assert.equal(await limited(port, '127.0.0.3'), false, 'another client');
    assert.equal(await limited(port, '127.0.0.2', { 'x-forwarded-for': '192.0.2.1' }), true, 'a claimed address');
  }));

  test(`${name}: a habitd that was not told to trust it believes no address`, { skip: missing, timeout: 600_000 }, (t) => behind(t, name, false, async ({ port }) => {
    await until('the limit', () => limited(port, '127.0.0.2'), 30_000);
    assert.equal(await limited(port, '127.0.0.3'), true, 'all are the proxy');
  }));
}

test('nginx and Caddy send plain HTTP to TLS', { timeout: 600_000 }, async (t) => {
  for (const [name, { command: [program, arg] }] of Object.entries(PROXIES)) {
    if (spawnSync(program, [arg]).error) {
      t.diagnostic(`${program} is not installed: script/setup --all`);
      continue;
    }
    await behind(t, name, true, async ({ plainPort }) => {
      const answer = await fetch(`http://127.0.0.1:${plainPort}/x`, { redirect: 'manual', headers: { host: 'localhost' } });
      assert.ok([301, 308].includes(answer.status), name);
      assert.match(answer.headers.get('location'), /^https:/, name);
    });
  }
});

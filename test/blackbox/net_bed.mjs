// For the tests of the HTTP layer alone: starts net_echo_server (test/net/echo_server.c) and talks to it byte by byte.
// HABITD_NET_ECHO names the program; without it the one built beside HABITD_BIN, else build/test/net_echo_server.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const BUILD = process.env.HABITD_BIN ? path.resolve(path.dirname(process.env.HABITD_BIN), '../..') : path.join(ROOT, 'build');
const PROGRAM = path.resolve(process.env.HABITD_NET_ECHO ?? path.join(BUILD, 'test/net_echo_server'));
const REPORT = /(Address|Leak|Thread)Sanitizer|runtime error:|check failed/;

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const PATIENCE = 20_000;

/** Polls until fn() is truthy; fails after timeoutMs. */
export async function until(fn, what, timeoutMs = PATIENCE) {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const value = await fn();
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await sleep(10);
  }
}

export class Echo {
  /** settings: fields of struct http_server_options, plus drain_ms. */
  static async start(t, settings = {}) {
    const echo = new Echo();
    const args = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
    echo.child = spawn(PROGRAM, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    echo.stderr = '';
    echo.child.stderr.on('data', (text) => (echo.stderr += text));
    echo.ended = once(echo.child, 'exit').then(([code, signal]) => (echo.end = code ?? signal));
    let out = '';
    echo.child.stdout.on('data', (text) => (out += text));
    await until(() => {
      if (echo.end !== undefined) throw new Error(`${PROGRAM} ended with ${echo.end}: ${echo.stderr}`);
      return /listening (\d+)\n/.test(out);
    }, 'the server');
    echo.port = Number(/listening (\d+)/.exec(out)[1]);
    echo.host = settings.listen?.startsWith('[') ? '::1' : '127.0.0.1';
    t.after(() => echo.stop());
    return echo;
  }

  /** SIGTERM; the exit code: 0 everything ended, 3 something was cut. A sanitizer's report is an error. */
  async stop() {
    if (this.end === undefined) this.child.kill('SIGTERM');
    const timer = setTimeout(() => this.child.kill('SIGKILL'), 20_000);
    await this.ended;
    clearTimeout(timer);
    if (REPORT.test(this.stderr)) throw new Error(this.stderr);
    if (this.end !== 0 && this.end !== 3) throw new Error(`ended with ${this.end}: ${this.stderr}`);
    return this.end;
  }

  connect() {
    return Wire.open(this.port, this.host);
  }

  /** Sends the bytes on a connection of their own; what came back until the server closed or was silent for quietMs. */
  async raw(bytes, options) {
    const wire = await this.connect();
    wire.write(bytes);
    const answers = await wire.answers(options);
    wire.destroy();
    return answers;
  }

  async get(target, headers = '') {
    const wire = await this.connect();
    wire.write(`GET ${target} HTTP/1.1\r\nHost: h\r\n${headers}\r\n`);
    const answer = await wire.answer();
    wire.destroy();
    return answer;
  }

  async stats() {
    return (await this.get('/stats')).json;
  }
}

/** One TCP connection: bytes in, answers out. */
export class Wire {
  static async open(port, host) {
    const wire = new Wire();
    wire.socket = net.connect({ port, host, noDelay: true, allowHalfOpen: true });
    wire.received = Buffer.alloc(0);
    wire.closed = false;
    wire.socket.on('data', (chunk) => (wire.received = Buffer.concat([wire.received, chunk])));
    wire.socket.on('error', (error) => (wire.error = error));
    wire.socket.on('end', () => (wire.closed = true));
    wire.socket.on('close', () => (wire.closed = true));
    await Promise.race([once(wire.socket, 'connect'), once(wire.socket, 'close')]);
    return wire;
  }

  write(bytes) {
    this.socket.write(bytes);
  }

  end() {
    this.socket.end();
  }

  destroy() {
    this.socket.destroy();
  }

  /** Takes one whole answer off what was received, or null. */
  take(method = 'GET') {
    const head = this.received.indexOf('\r\n\r\n');
    if (head < 0) return null;
    const [first, ...lines] = this.received.subarray(0, head).toString('latin1').split('\r\n');
    const headers = {};
    for (const line of lines) {
      const colon = line.indexOf(':');
      headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
    }
    const status = Number(first.split(' ')[1]);
    const bodyless = method === 'HEAD' || status < 200 || status === 204 || status === 304;
    const length = bodyless ? 0 : Number(headers['content-length'] ?? 0);
    if (this.received.length < head + 4 + length) return null;
    const text = this.received.subarray(head + 4, head + 4 + length).toString();
    this.received = this.received.subarray(head + 4 + length);
    const answer = { status, headers, text };
    if (/json/.test(headers['content-type'] ?? '') && text) answer.json = JSON.parse(text);
    return answer;
  }

  /** The next answer. */
  async answer({ method, timeoutMs = PATIENCE } = {}) {
    return until(() => {
      const answer = this.take(method);
      if (!answer && this.closed) throw new Error(`closed without an answer: ${this.error ?? ''} ${this.received}`);
      return answer;
    }, 'an answer', timeoutMs);
  }

  /** All answers until the server closes, or is silent for quietMs behind the first. */
  async answers({ quietMs = 400 } = {}) {
    const all = [];
    let last = Date.now();
    while (Date.now() - last < (all.length ? quietMs : PATIENCE)) {
      const answer = this.take();
      if (answer) {
        all.push(answer);
        last = Date.now();
      } else if (this.closed) break;
      else await sleep(5);
    }
    all.closed = this.closed;
    return all;
  }

  async untilClosed(timeoutMs = PATIENCE) {
    await until(() => this.closed, 'the end of the connection', timeoutMs);
  }
}

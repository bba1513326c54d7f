// What every black-box test needs: a fresh database, the real binary as server and as command, an HTTP client. Only Node's own
// modules (18 or newer). Environment:
//   HABITD_BIN            the binary under test (default build/src/cli/habitd)
//   HABITD_TEST_PG_URL    a PostgreSQL in which databases may be made; script/pg starts one
//   HABITD_TEST_ENGINES   "sqlite", "postgres" or "sqlite,postgres" (default); nothing is skipped silently
//   HABITD_LONG=1         the long versions of tests that have one
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
export const BIN = path.resolve(process.env.HABITD_BIN ?? path.join(ROOT, 'build/src/cli/habitd'));
export const LONG = process.env.HABITD_LONG === '1';
export const ENGINES = (process.env.HABITD_TEST_ENGINES ?? 'sqlite,postgres').split(',');

accessSync(BIN, constants.X_OK);

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** How long a program that was killed keeps its lease. */
export const LEASE_MS = 10_000;

/** The clock of a program that is started `times` leases later: who was killed has none any more. */
export const leasesLater = (times = 1) => new Date(Date.now() + times * (LEASE_MS + 1000)).toISOString();

/** A port for a server that has to know it beforehand, or to find it again: below those that the kernel gives to whoever asks for any. */
export async function freePort() {
  for (;;) {
    const port = randomInt(10_000, 32_768);
    const server = net.createServer();
    const free = await new Promise((resolve) => server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true)));
    if (!free) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
}

// Nothing leaves this machine: a test that does not say where a provider is has none that answers.
const NOWHERE = { TELEGRAM_API_URL: 'http://127.0.0.1:9', YOOKASSA_API_URL: 'http://127.0.0.1:9/v3', CRYPTOBOT_API_URL: 'http://127.0.0.1:9/api' };

// Programs still running; whatever ends a test file also ends them.
const running = new Set();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => process.exit(1));
}

function launch(file, args, { cwd, env }) {
  const child = spawn(file, args, { cwd, env, stdio: ['pipe', 'pipe', 'pipe'] });
  running.add(child);
  child.stdin.on('error', () => {}); // the program may end before it has read its input
  child.ended = new Promise((resolve, reject) => {
    child.once('error', (error) => {
      running.delete(child);
      reject(error);
    });
    child.once('close', (code, signal) => {
      running.delete(child);
      resolve({ code, signal });
    });
  });
  child.ended.catch(() => {});
  return child;
}

// The same at any hour and on any machine: every report is counted for its answer, no doctor comes at night, and nobody asks Telegram then.
const STEADY = { HABITD_STORED_SLOW_MS: '600000', HABITD_NO_NIGHT: '1' };

// The caller's environment without any setting of habitd, so that a developer's shell cannot change a test.
function cleanEnv(extra) {
  const env = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (!/^(HABITD|TELEGRAM|YOOKASSA|CRYPTOBOT|PG[A-Z]+$)/.test(name)) env[name] = value;
  }
  return {
    ASAN_OPTIONS: 'detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1',
    UBSAN_OPTIONS: 'halt_on_error=1:print_stacktrace=1',
    ...env,
    ...extra,
  };
}

/** The beginning of a command that runs what follows with mounts of its own. Undefined where the rights for it are missing. */
export function ownMounts() {
  const how = ['-m', '-rm'].find((option) => spawnSync('unshare', [option, 'mount', '--bind', '/etc/hosts', '/etc/hosts']).status === 0);
  return how && ['unshare', how];
}

/** Throws when a program's stderr holds a sanitizer's report. */
export function assertNoSanitizerReport(stderr, what) {
  const found = /ERROR: (Address|Leak|Thread)Sanitizer|runtime error:|WARNING: ThreadSanitizer|CHECK failed/.exec(stderr);
  if (found) throw new Error(`${what}: ${found[0]}\n${stderr.slice(found.index, found.index + 6000)}`);
}

/** Runs a program to its end: {code, signal, stdout, stderr}. Output is text unless `binary`. */
export async function run(file, args, { cwd, env = process.env, input, timeoutMs = 120_000, binary = false } = {}) {
  const child = launch(file, args, { cwd, env });
  const out = [];
  const err = [];
  child.stdout.on('data', (chunk) => out.push(chunk));
  child.stderr.on('data', (chunk) => err.push(chunk));
  child.stdin.end(input ?? '');
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
  const { code, signal } = await child.ended;
  clearTimeout(timer);
  const stdout = Buffer.concat(out);
  return { code, signal, stdout: binary ? stdout : stdout.toString(), stderr: Buffer.concat(err).toString() };
}

async function mustRun(file, args, options) {
  const result = await run(file, args, options);
  if (result.code !== 0) throw new Error(`${path.basename(file)} exited ${result.code}: ${result.stderr}`);
  return result.stdout;
}

/** One fresh, empty database of an engine. `dir` is a private folder, also the working folder of the programs. */
export class Database {
  static async create(engine) {
    const db = new Database();
    db.engine = engine;
    db.dir = mkdtempSync(path.join(tmpdir(), 'habitd-test-'));
    if (engine === 'sqlite') {
      db.file = path.join(db.dir, 'habitd.db');
      db.url = `sqlite:${db.file}`;
    } else if (engine === 'postgres') {
      db.server = process.env.HABITD_TEST_PG_URL;
      if (!db.server) throw new Error('HABITD_TEST_PG_URL is not set: URL=$(script/pg start DIR)');
      db.name = `habitd_${process.pid}_${randomBytes(6).toString('hex')}`;
      const url = new URL(db.server);
      url.pathname = `/${db.name}`;
      db.url = url.href;
      await mustRun('psql', [db.server, '-qXc', `CREATE DATABASE ${db.name}`]);
    } else {
      throw new Error(`no engine '${engine}'`);
    }
    return db;
  }

  /** Five seconds until there is a connection are not much on a busy machine. */
  get patientUrl() {
    if (this.engine === 'sqlite') return this.url;
    const url = new URL(this.url);
    url.searchParams.set('connect_timeout', '60');
    return url.href;
  }

  /** Runs SQL behind habitd's back; rows as arrays of text, NULL as ''. */
  async sql(text) {
    const out = this.engine === 'sqlite'
      ? await mustRun('sqlite3', ['-batch', '-bail', '-separator', '\t', '-cmd', '.timeout 10000', this.file, text])
      : await mustRun('psql', [this.url, '-qXAt', '-F', '\t', '-v', 'ON_ERROR_STOP=1', '-c', text]);
    return out.split('\n').filter((line) => line !== '').map((line) => line.split('\t'));
  }

  async drop() {
    if (this.engine === 'postgres') {
      await mustRun('psql', [this.server, '-qXc', `DROP DATABASE IF EXISTS ${this.name} WITH (FORCE)`]);
    }
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** A running `habitd serve`. */
export class Server {
  constructor(child, what) {
    this.child = child;
    this.what = what;
    this.stderr = '';
    this.agent = new http.Agent({ keepAlive: true, maxSockets: 256 });
    child.stderr.setEncoding('utf8');
    child.stderr.on('data', (text) => {
      this.stderr += text;
    });
    child.stdout.resume();
    child.ended.then((end) => {
      this.end = end;
    }, () => {});
  }

  /** through: a program and its arguments that become `habitd serve`, as `unshare -m` does. */
  static async start(db, { args = [], env = {}, readyMs = 120_000, waitReady = true, through = [] } = {}) {
    const [file, ...before] = [...through, BIN];
    const child = launch(file, [...before, 'serve', ...args], {
      cwd: db.dir,
      env: cleanEnv({ HABITD_DATABASE_URL: db.patientUrl, HABITD_LISTEN: '127.0.0.1:0', HABITD_LOG_LEVEL: 'info', ...STEADY, ...NOWHERE, ...env }),
    });
    const server = new Server(child, `habitd serve [${db.engine}]`);
    try {
      await server.#until(readyMs, () => {
        const m = /listening on (http:\/\/[0-9.:[\]a-f]+:(\d+))/.exec(server.stderr);
        if (m) server.url = m[1];
        return Boolean(m);
      });
      if (waitReady) await server.#until(readyMs, async () => (await server.request('GET', '/readyz')).status === 200);
    } catch (error) {
      child.kill('SIGKILL');
      await child.ended;
      throw error;
    }
    return server;
  }

  async #until(timeoutMs, done) {
    const deadline = Date.now() + timeoutMs;
    while (!(await done())) {
      if (this.end) throw new Error(`${this.what} ended with ${this.end.code ?? this.end.signal}:\n${this.stderr}`);
      if (Date.now() > deadline) throw new Error(`${this.what} was not ready in ${timeoutMs} ms:\n${this.stderr}`);
      await sleep(10);
    }
  }

  /**
   * One request: {status, headers, body (Buffer), text, json}. `json` is undefined when the answer is not JSON. options: token,
   * json (sent as the body), body (text or Buffer), headers (arrays send a header several times), timeoutMs.
   */
  request(method, target, { token, json, body, headers = {}, timeoutMs = 30_000, agent = this.agent } = {}) {
    const payload = json !== undefined ? JSON.stringify(json) : body;
    const all = { ...headers };
    if (token) all.authorization = `Bearer ${token}`;
    if (json !== undefined) all['content-type'] ??= 'application/json';
    if (payload !== undefined && !('transfer-encoding' in all)) all['content-length'] ??= Buffer.byteLength(payload);
    return new Promise((resolve, reject) => {
      const url = new URL(this.url);
      const request = http.request(
        { agent, host: url.hostname, port: url.port, method, path: target, headers: all },
        (response) => {
          const chunks = [];
          response.on('data', (chunk) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () => {
            const bytes = Buffer.concat(chunks);
            const answer = { status: response.statusCode, headers: response.headers, body: bytes, text: bytes.toString() };
            if (/[/+]json/.test(response.headers['content-type'] ?? '') && !response.headers['content-encoding'] && bytes.length > 0) answer.json = JSON.parse(answer.text);
            resolve(answer);
          });
        },
      );
      request.setTimeout(timeoutMs, () => request.destroy(new Error(`${method} ${target}: no answer in ${timeoutMs} ms`)));
      request.on('error', reject);
      request.end(payload);
    });
  }

  /** Requests with a person's token: client.get('/v1/me'), client.put(path, json), … */
  as(token) {
    const call = (method) => (target, json, options = {}) => this.request(method, target, { token, json, ...options });
    return {
      get: (target, options = {}) => this.request('GET', target, { token, ...options }),
      del: (target, options = {}) => this.request('DELETE', target, { token, ...options }),
      post: call('POST'),
      put: call('PUT'),
      patch: call('PATCH'),
    };
  }

  /** SIGTERM; must end with exit code 0 in time and without a sanitizer's report. */
  async stop(timeoutMs = 60_000) {
    if (!this.end) {
      this.child.kill('SIGTERM');
      const timer = setTimeout(() => this.child.kill('SIGKILL'), timeoutMs);
      await this.child.ended;
      clearTimeout(timer);
    }
    this.agent.destroy();
    const { code, signal } = await this.child.ended;
    assertNoSanitizerReport(this.stderr, this.what);
    if (code !== 0) throw new Error(`${this.what} stopped with ${code ?? signal}:\n${this.stderr.slice(-6000)}`);
  }

  /** SIGKILL, as a crash or a lost machine would end it. */
  async kill() {
    this.child.kill('SIGKILL');
    await this.child.ended;
    this.agent.destroy();
    assertNoSanitizerReport(this.stderr, this.what);
  }
}

/** A database with the program on it; what a test function gets. */
export class Bench {
  static async create(engine, { t } = {}) {
    const bench = new Bench();
    bench.t = t;
    bench.engine = engine;
    bench.db = await Database.create(engine);
    bench.starting = [];
    return bench;
  }

  get dir() {
    return this.db.dir;
  }

  /** `habitd ARGS…` on this database: {code, signal, stdout, stderr}. Any exit code is an answer; a sanitizer's report is not. */
  async habitd(args, { env = {}, ...options } = {}) {
    const result = await run(BIN, args, {
      cwd: this.dir, ...options, env: cleanEnv({ HABITD_DATABASE_URL: this.db.patientUrl, ...env }),
    });
    assertNoSanitizerReport(result.stderr, `habitd ${args.join(' ')}`);
    return result;
  }

  /** Like habitd(), but exit code 0 is required; resolves to stdout. */
  async must(args, options) {
    const result = await this.habitd(args, options);
    if (result.code !== 0) {
      throw new Error(`habitd ${args.join(' ')} exited ${result.code ?? result.signal}:\n${result.stderr}`);
    }
    return result.stdout;
  }

  /** A bearer token of the user with this Telegram id, made when new. */
  async token(telegramId = 1001, args = [], options) {
    return (await this.must(['token', 'create', '--telegram-id', String(telegramId), ...args], options)).trim();
  }

  /**
   * PostgreSQL: nobody else comes to a table until release(), which also says that it was held up to then. env: for a program that waits
   * for it as long as it takes; asked(): until somebody does.
   */
  async holdTable(table) {
    const some = async (granted) => {
      for (const deadline = Date.now() + 60_000; Date.now() < deadline; await sleep(20)) {
        const rows = await this.db.sql(`SELECT pid FROM pg_locks WHERE relation = '${table}'::regclass AND ${granted ? 'granted' : 'NOT granted'}`);
        if (rows.length > 0) return rows[0][0];
      }
      throw new Error(`nobody ${granted ? 'holds' : 'waits for'} ${table}`);
    };
    const held = this.db.sql(`BEGIN; LOCK TABLE ${table}; SELECT pg_sleep(600)`).catch(() => {});
    const holder = await some(true);
    const url = new URL(this.db.url);
    url.searchParams.set('options', '-c lock_timeout=0 -c statement_timeout=0');
    return {
      env: { HABITD_DATABASE_URL: url.href.replaceAll('+', '%20') },
      asked: () => some(false),
      release: async () => {
        if ((await some(true)) !== holder) throw new Error(`${table} was not held until now`);
        await this.db.sql(`SELECT pg_terminate_backend(${holder})`);
        await held;
      },
    };
  }

  /** Starts a server on this database; stopped at the test's end when it still runs. */
  async serve(options) {
    const starting = Server.start(this.db, options);
    this.starting.push(starting);
    return starting;
  }

  async close() {
    const failures = [];
    for (const { value: server } of await Promise.allSettled(this.starting)) {
      if (!server) continue; // serve() has told whoever started it
      try {
        if (!server.end) await server.stop();
        else assertNoSanitizerReport(server.stderr, server.what);
      } catch (error) {
        failures.push(error);
      }
    }
    await this.db.drop();
    if (failures.length > 0) throw failures[0];
  }
}

const waiting = [];
let together = 1;

/** Tests that forEachEngine registers in this file run n at a time: for files whose tests mostly wait. Called once, before them. */
export function abreast(n) {
  together = n;
  setImmediate(() => describe('abreast', { concurrency: n }, () => {
    for (const register of waiting) register(it);
  }));
}

/** Registers a test for each engine: fn(bench) with a Bench of its own. options are node:test's. */
export function forEachEngine(name, options, fn) {
  if (typeof options === 'function') [options, fn] = [{}, options];
  for (const engine of ENGINES) {
    const register = (how) => how(`${name} [${engine}]`, { timeout: LONG ? 3_600_000 : 600_000, ...options }, async (t) => {
      const bench = await Bench.create(engine, { t });
      let failure;
      try {
        await fn(bench);
      } catch (error) {
        failure = error;
      }
      try {
        await bench.close();
      } catch (error) {
        failure ??= error;
      }
      if (failure) throw failure;
    });
    if (together > 1) waiting.push(register);
    else register(test);
  }
}

// What the steps of script/bench share: running programs, a server of their own, medians, rows of the table.
import { spawn, execFileSync } from 'node:child_process';
import { appendFileSync, readFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import path from 'node:path';

export const quick = process.env.HABITD_BENCH_QUICK === '1';
export const habitd = need('HABITD_BIN');
export const programs = path.join(need('HABITD_BENCH_BUILD'), 'bench');
export const here = import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname);
const scratch = need('HABITD_BENCH_DIR');
export const rounds = quick ? 1 : 5;
export const seconds = quick ? 4 : 8;

function need(name) {
    const value = process.env[name];
    if (!value) throw new Error(`${name} is not set: run script/bench`);
    return value;
}

export function folder(name) {
    const dir = path.join(scratch, name);
    mkdirSync(dir, { recursive: true });
    return dir;
}

export function note(text) {
    process.stderr.write(`  ${text}\n`);
}

// Runs a program to its end and returns what it wrote; its errors are shown.
export function run(program, args, env = {}) {
    return execFileSync(program, args, { encoding: 'utf8', env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 1 << 26 });
}

export function timed(program, args, env = {}) {
    const start = process.hrtime.bigint();
    const out = run(program, args, env);
    return { out, seconds: Number(process.hrtime.bigint() - start) / 1e9 };
}

export function median(values) {
    const sorted = [...values].sort((a, b) => a - b);
    const m = sorted.length >> 1;
    return sorted.length % 2 ? sorted[m] : (sorted[m - 1] + sorted[m]) / 2;
}

export function count(n) {
    return Math.round(n).toString().replace(/\B(?=(\d{3})+$)/g, ',');
}

// One row: what, habitd's figure, the other side's, ratio, limit, whether it is met, what the other side is.
export function row(what, ours, other, ratio, limit, met, about) {
    appendFileSync(need('HABITD_BENCH_ROWS'), [what, ours, other, ratio, limit, met ? 'met' : 'MISSED', about].join('\t') + '\n');
    note(`${what}: ${ours}${other ? ` against ${other}` : ''}${ratio ? `, ratio ${ratio}` : ''}, limit ${limit}: ${met ? 'met' : 'MISSED'}`);
}

// The engines, each with a fresh migrated database for the step.
export function database(engine, name) {
    if (engine === 'sqlite') {
        const dir = mkdtempSync(path.join(folder(name), 'db-'));
        const url = `sqlite:${path.join(dir, 'habitd.db')}`;
        run(habitd, ['migrate', 'up'], { HABITD_DATABASE_URL: url });
        return { engine, url, drop: () => rmSync(dir, { recursive: true, force: true }) };
    }
    const server = new URL(need('HABITD_TEST_PG_URL'));
    const base = `bench_${name.replace(/\W/g, '_')}_${process.pid}_${Math.floor(Math.random() * 1e6)}`;
    const psql = (sql) => run('psql', ['-XqAt', '-v', 'ON_ERROR_STOP=1', server.href, '-c', sql]);
    psql(`CREATE DATABASE ${base}`);
    const url = new URL(server.href);
    url.pathname = `/${base}`;
    run(habitd, ['migrate', 'up'], { HABITD_DATABASE_URL: url.href });
    return { engine, url: url.href, drop: () => psql(`DROP DATABASE ${base} WITH (FORCE)`) };
}

// The first value of a query, as text.
export function query(db, sql) {
    return (db.engine === 'sqlite' ? run('sqlite3', ['-cmd', '.timeout 10000', db.url.slice('sqlite:'.length), sql]) : run('psql', ['-XqAt', db.url, '-c', sql])).trim();
}

// Fills a database with people (bench/seed.c) and brings it to rest; returns the file of their tokens.
export function seed(db, { users, habits, days, last }) {
    const tokens = path.join(folder('tokens'), `${db.engine}-${users}-${habits}.txt`);
    const took = timed(path.join(programs, 'seed'), [db.url, users, habits, days, last, tokens].map(String)).seconds;
    if (db.engine === 'postgres') run('psql', ['-Xq', db.url, '-c', 'VACUUM ANALYZE', '-c', 'CHECKPOINT']);
    note(`${db.engine}: ${count(users)} people, ${count(users * habits * days)} marks seeded in ${took.toFixed(0)} s`);
    return tokens;
}

function probe(port) {
    return new Promise((resolve) => {
        const socket = createConnection({ port, host: '127.0.0.1' });
        let text = '';
        socket.on('connect', () => socket.write('GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n'));
        socket.on('data', (d) => { text += d; });
        socket.on('error', () => resolve(false));
        socket.on('close', () => resolve(text.startsWith('HTTP/1.1 200')));
    });
}

// `habitd serve` without rate limits, listening on `port`; readyMs is the time from exec to the first 200 of /readyz. env: more settings; log: an open file
// for what it logs.
export async function serve(db, port = 18500 + (process.pid % 1000), env = {}, { program = habitd, log = 'pipe' } = {}) {
    const start = process.hrtime.bigint();
    const child = spawn(program, ['serve'], {
        env: { ...process.env, HABITD_DATABASE_URL: db.url, HABITD_LISTEN: `127.0.0.1:${port}`, HABITD_RATE_USER_PER_MIN: '0',
            HABITD_RATE_IP_PER_MIN: '0', HABITD_LOG_LEVEL: 'warn', ...env },
        stdio: ['ignore', 'ignore', log],
    });
    let errors = '';
    child.stderr?.on('data', (d) => { errors += d; });
    const exited = new Promise((resolve) => child.on('exit', resolve));
    const readyMs = () => Number(process.hrtime.bigint() - start) / 1e6;
    while (!(await probe(port))) {
        if (child.exitCode !== null || readyMs() > 30000) throw new Error(`habitd does not serve: ${errors}`);
        await new Promise((r) => setTimeout(r, 1));
    }
    const status = (field) => Number(readFileSync(`/proc/${child.pid}/status`, 'utf8').match(new RegExp(`${field}:\\s+(\\d+)`))[1]) / 1024;
    return {
        pid: child.pid,
        url: `http://127.0.0.1:${port}`,
        readyMs: readyMs(),
        residentMiB: () => status('VmRSS'),
        peakMiB: () => status('VmHWM'),
        stop: async () => { child.kill('SIGTERM'); await exited; },
    };
}

const UNITS = { us: 1e-3, ms: 1, s: 1000, m: 60000 };

// Runs wrk with a script of this folder: requests per second, p50 and p99 in milliseconds. Refused requests are a failure.
export function wrk(url, script, { connections, env, duration = seconds, threads = 2 }) {
    const out = run('wrk', ['-t', threads, '-c', connections, '-d', `${duration}s`, '--timeout', '10s', '--latency', '-s', path.join(here, script), url].map(String), env);
    const time = (percent) => {
        const m = out.match(new RegExp(`^\\s+${percent}%\\s+([0-9.]+)(us|ms|s|m)$`, 'm'));
        return Number(m[1]) * UNITS[m[2]];
    };
    if (/Non-2xx|Socket errors/.test(out)) throw new Error(`wrk was refused:\n${out}`);
    return { rate: Number(out.match(/Requests\/sec:\s+([0-9.]+)/)[1]), p50: time(50), p99: time(99) };
}

export function lastDays(n) {
    return Array.from({ length: n }, (_, i) => new Date(Date.now() - i * 86400000).toISOString().slice(0, 10));
}

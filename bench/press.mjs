// Button presses at a webhook: the load (press.lua) and the other side (grammy_press.mjs), for the steps of script/bench.
import { spawn, execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { here, lastDays, run, seconds, wrk } from './lib.mjs';

const SECRET = 'bench-secret';
const THREADS = 2;
const CONNECTIONS = 100; // as many as Telegram opens to a webhook that asks for the most
let nextUpdate = 1;

// Presses for some seconds: {rate, p50, p99}. `data` is the button's callback data with the placeholders of press.lua.
export function press(url, { people, habits, data, secret = SECRET, connections = CONNECTIONS, duration = seconds, span = 14 }) {
    const result = wrk(url, 'press.lua', { connections, duration, threads: THREADS, env: {
        BENCH_PEOPLE: String(people), BENCH_HABITS: String(habits), BENCH_DAYS: lastDays(span).join(','), BENCH_DATA: data,
        BENCH_FIRST_UPDATE: String(nextUpdate), BENCH_SECRET: secret, BENCH_THREADS: String(THREADS),
    } });
    nextUpdate += Math.ceil(result.rate * duration * 2) + 1000; // one thread may be ahead of the other
    return result;
}

// The other side on a database of its own: {url, data, press(), peakMiB(), stop()}.
export async function grammy({ people, habits, days }) {
    const server = process.env.HABITD_TEST_PG_URL;
    const name = `bench_grammy_${process.pid}`;
    const psql = (sql) => run('psql', ['-XqAt', '-v', 'ON_ERROR_STOP=1', server, '-c', sql]);
    psql(`CREATE DATABASE ${name}`);
    const database = new URL(server);
    database.pathname = `/${name}`;
    const script = path.join(here, 'grammy_press.mjs');
    execFileSync(process.execPath, [script, 'seed', database.href, people, habits, days].map(String), { stdio: 'inherit' });
    const child = spawn(process.execPath, [script, 'serve', database.href, '0', SECRET], {
        stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, NODE_ENV: 'production', PGOPTIONS: '-c TimeZone=UTC' },
    });
    const exited = new Promise((resolve) => child.once('exit', resolve));
    const url = await new Promise((resolve, reject) => {
        child.stdout.on('data', (text) => resolve(/http:\S+/.exec(text)[0]));
        exited.then((code) => reject(new Error(`grammY ended with ${code}`)));
    });
    const data = 'd:{habit}:{day}';
    return {
        url, data,
        press: (options = {}) => press(url, { people, habits, data, ...options }),
        presses: () => Number(run('psql', ['-XqAt', database.href, '-c', 'SELECT count(*) FROM inbox']).trim()),
        peakMiB: () => Number(readFileSync(`/proc/${child.pid}/status`, 'utf8').match(/VmHWM:\s+(\d+)/)[1]) / 1024,
        stop: async () => {
            child.kill('SIGTERM');
            await exited;
            psql(`DROP DATABASE ${name} WITH (FORCE)`);
        },
    };
}

// `habitd copy` between engines: rows a second of the whole command, with keys made again and the proof, and of the load alone.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { readFileSync } from 'node:fs';
import { count, database, habitd, median, note, query, quick, row, run, seed } from './lib.mjs';

const LIMIT = 200000; // into PostgreSQL
const PEOPLE = quick ? 100 : 1000, HABITS = 10, DAYS = 250;

// The seconds of the whole and of the load: what was shown last before the keys is the last table's line.
function copyOnce(from, to) {
    return new Promise((resolve, reject) => {
        const start = process.hrtime.bigint();
        const since = () => Number(process.hrtime.bigint() - start) / 1e9;
        const child = spawn(habitd, ['copy', '--from', from.url, '--to', to.url], { stdio: ['ignore', 'pipe', 'pipe'] });
        let out = '', errors = '', loaded = 0, peak = 0;
        const watch = setInterval(() => {
            try {
                peak = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))[1]) / 1024;
            } catch { /* it has ended */ }
        }, 50);
        child.stdout.on('data', (d) => { out += d; });
        child.stderr.on('data', (d) => { errors += d; loaded = since(); });
        child.on('close', (code) => {
            clearInterval(watch);
            if (code !== 0) return reject(new Error(`habitd copy exited ${code}: ${errors}`));
            resolve({ rows: Number(/ tables, (\d+) rows/.exec(out)[1]), loaded, whole: since(), peak });
        });
    });
}

function empty(engine) {
    const db = database(engine, 'copy');
    if (engine === 'postgres') run('psql', ['-XqAt', db.url, '-c', 'SET client_min_messages = warning', '-c', 'DROP SCHEMA public CASCADE', '-c', 'CREATE SCHEMA public']);
    else db.url = `sqlite:${path.join(path.dirname(db.url.slice('sqlite:'.length)), 'new.db')}`;
    return db;
}

const sources = {};
for (const engine of ['sqlite', 'postgres']) {
    sources[engine] = database(engine, 'copy');
    seed(sources[engine], { users: PEOPLE, habits: HABITS, days: DAYS, last: 1 });
}
for (const [from, to] of [['sqlite', 'postgres'], ['postgres', 'sqlite']]) {
    const done = [];
    for (let i = 0; i < (quick ? 1 : 3); i++) {
        const target = empty(to);
        done.push(await copyOnce(sources[from], target));
        if (query(target, 'SELECT count(*) FROM habit_logs') !== String(PEOPLE * HABITS * DAYS)) throw new Error('marks are missing');
        target.drop();
        note(`${from} to ${to}: ${JSON.stringify(done.at(-1))}`);
    }
    const rate = (part) => median(done.map((d) => d.rows / d[part]));
    const peak = Math.max(...done.map((d) => d.peak));
    row(`copy ${from} to ${to}, load`, `${count(rate('loaded'))} rows/s`, '', '', to === 'postgres' ? `>= ${count(LIMIT)}` : '-',
        to !== 'postgres' || rate('loaded') >= LIMIT, `${count(done[0].rows)} rows; highest memory ${peak.toFixed(0)} MiB`);
    row(`copy ${from} to ${to}, whole`, `${count(rate('whole'))} rows/s`, '', '', '-', true, 'with keys and indexes made again and every row read again as the proof');
}
for (const db of Object.values(sources)) db.drop();

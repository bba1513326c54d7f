// 100,000 reminders due in one minute, among ten million schedules; and a tick when none of them is due.
import path from 'node:path';
import { count, database, note, programs, quick, row, run } from './lib.mjs';

const DUE = 100000, ALL = quick ? 1000000 : 10000000;
const CHUNK = { sqlite: 250, postgres: 500 };

for (const engine of ['sqlite', 'postgres']) {
    const db = database(engine, 'reminder');
    const bench = (...args) => run(path.join(programs, 'reminder_bench'), args.map(String));
    bench('seed', db.url, DUE, ALL - DUE);
    if (engine === 'postgres') run('psql', ['-Xq', db.url, '-c', 'VACUUM ANALYZE', '-c', 'CHECKPOINT']);
    const out = bench('run', db.url, DUE, CHUNK[engine]);
    const f = Object.fromEntries([...out.matchAll(/(\w+)=([\d.]+)/g)].map((m) => [m[1], Number(m[2])]));
    note(`${engine}: chunks of ${CHUNK[engine]} in ${f.chunk_p50_ms} ms (p99 ${f.chunk_p99_ms} ms); the first empty tick ${f.empty_first_ms} ms`);
    row(`reminders of one minute claimed, ${engine}`, `${f.seconds.toFixed(1)} s`, '', '', '<= 10 s', f.seconds <= 10,
        `${count(f.claimed)} people at the same minute, in transactions of ${CHUNK[engine]}, each with its fence, delivery and message`);
    row(`tick when none is due, ${engine}`, `${f.empty_p50_ms.toFixed(3)} ms`, '', '', '< 1 ms', f.empty_p50_ms < 1,
        `median of 2,000 ticks (p99 ${f.empty_p99_ms.toFixed(3)} ms) over ${count(ALL)} schedules`);
    db.drop();
}

// The picture of /stats: a year's heatmap and score line as PNG.
import path from 'node:path';
import { note, programs, quick, row, run } from './lib.mjs';

const PICTURES = quick ? 1000 : 10000;
const [first, middle, slow, early, late, bytes] = run(path.join(programs, 'picture_bench'), [String(PICTURES)]).trim().split(' ').map(Number);
note(`the first picture ${first.toFixed(1)} ms, ${(bytes / 1024).toFixed(0)} KiB each, p99 ${slow.toFixed(2)} ms`);
row('a heatmap PNG', `${middle.toFixed(2)} ms`, '', '', '< 10 ms', middle < 10, `1280 × 720, one thread, the median of ${PICTURES}; p99 ${slow.toFixed(2)} ms`);
row('memory that pictures add', `${((late - early) / 1024).toFixed(1)} MiB`, '', '', '< 1 MiB', late - early < 1024,
    `from picture ${PICTURES / 10} to ${PICTURES}; ${(late / 1024).toFixed(1)} MiB resident`);

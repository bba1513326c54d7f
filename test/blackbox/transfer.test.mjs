// Files in and out through the command line: what rows come of each format, twice over, and what hostile files leave behind: nothing.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { ROOT, forEachEngine, run } from './harness.mjs';

const env = { HABITD_NOW: '2026-11-23T12:00:00Z', HABITD_LIMIT_TRIAL: '0' };
const REAL = path.join(ROOT, '../shared/data/loop');

/** A small backup of test/data as an SQLite file. */
async function sqlite(bench, name, more = '') {
  const file = path.join(bench.dir, `${name}.${Math.random().toString(36).slice(2)}.bin`);
  const made = await run('sqlite3', ['-bail', file], { input: `PRAGMA page_size=512;\n${readFileSync(path.join(ROOT, 'test/data', name))}\n${more}` });
  assert.equal(made.code, 0, made.stderr);
  return file;
}

/** A zip with deflated entries: [[name, content]]. */
function zip(entries) {
  const table = Array.from({ length: 256 }, (_, n) => {
    let c = n;
    for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
    return c >>> 0;
  });
  const crc32 = (data) => {
    let c = 0xffffffff;
    for (const byte of data) c = table[(c ^ byte) & 0xff] ^ (c >>> 8);
    return (c ^ 0xffffffff) >>> 0;
  };
  const files = [];
  const directory = [];
  let at = 0;
  for (const [name, content] of entries) {
    const data = Buffer.from(content);
    const packed = deflateRawSync(data, { level: 9 });
    const fixed = Buffer.alloc(26);
    fixed.writeUInt16LE(20, 0);
    fixed.writeUInt16LE(8, 4);
    fixed.writeUInt32LE(0x21 << 16, 6);
    fixed.writeUInt32LE(crc32(data), 10);
    fixed.writeUInt32LE(packed.length, 14);
    fixed.writeUInt32LE(data.length, 18);
    fixed.writeUInt16LE(Buffer.byteLength(name), 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), fixed, Buffer.from(name), packed]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(at, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), fixed, tail, Buffer.from(name)]));
    files.push(local);
    at += local.length;
  }
  const all = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(entries.length, 4);
  end.writeUInt16LE(entries.length, 6);
  end.writeUInt32LE(all.length, 8);
  end.writeUInt32LE(at, 12);
  return Buffer.concat([...files, all, Buffer.from('PK\x05\x06'), end]);
}

const numbers = (stdout) => ({
  format: /^(?:imported|would import) \(([a-z-]+)\)/m.exec(stdout)?.[1],
  habits: /^habits: (\d+) new, (\d+) known, (\d+) left deleted/m.exec(stdout)?.slice(1).map(Number),
  days: /^days: (\d+) new, (\d+) already there, (\d+) notes/m.exec(stdout)?.slice(1).map(Number),
});

async function open(bench) {
  await bench.must(['migrate', 'up'], { env });
  await bench.token(42, [], { env });
  return {
    import: async (file, ...args) => numbers(await bench.must(['import', '--user', '42', ...args, file], { env })),
    try: (file, ...args) => bench.habitd(['import', '--user', '42', ...args, file], { env }),
    export: (...args) => bench.must(['export', '--user', '42', ...args], { env }),
    write: (name, content) => {
      const file = path.join(bench.dir, name);
      writeFileSync(file, content);
      return file;
    },
    counts: async () => (await bench.db.sql('SELECT (SELECT count(*) FROM habits), (SELECT count(*) FROM habit_schedules), '
      + '(SELECT count(*) FROM habit_logs), (SELECT count(*) FROM habit_decline_notes), (SELECT count(*) FROM streaks)'))[0].map(Number),
  };
}

forEachEngine('every format comes in, and a second time changes nothing', async (bench) => {
  const me = await open(bench);
  const files = [
    [await sqlite(bench, 'loop-old.sql'), 'loop', 3, 5], [await sqlite(bench, 'loop-new.sql'), 'loop', 4, 10],
    [await sqlite(bench, 'tickmate.sql'), 'tickmate', 2, 3], [await sqlite(bench, 'rewire.sql'), 'rewire', 3, 5],
    [path.join(ROOT, 'test/data/habitbull.csv'), 'habitbull', 3, 6], [path.join(ROOT, 'test/data/own.csv'), 'csv', 2, 6],
    [me.write('loop.zip', zip([['Habits.csv', 'Position,Name,Type,Question,Description,FrequencyNumerator,FrequencyDenominator,Color,Unit,'
      + 'Target Type,Target Value,Archived?\n001,Zip,YES_NO,,,1,7,#AFB42B,,,,false\n'],
    ['001 Zip/Checkmarks.csv', 'Date,Value,Notes\n2025-01-02,SKIP,\n2025-01-01,YES_MANUAL,"a, b"\n']])), 'loop-csv', 1, 2],
  ];
  for (const [file, format, habits, days] of files) {
    await bench.t.test(`${format}: ${path.basename(file).split('.')[0]}`, async () => {
      const before = await me.counts();
      const dry = await me.import(file, '--dry-run');
      assert.deepEqual([dry.format, dry.habits, dry.days.slice(0, 2)], [format, [habits, 0, 0], [days, 0]]);
      assert.deepEqual(await me.counts(), before);
      assert.deepEqual(await me.import(file), dry);
      const after = await me.counts();
      assert.deepEqual([after[0] - before[0], after[2] - before[2]], [habits, days]);
      const rows = await me.export();
      assert.deepEqual((await me.import(file)).days.slice(0, 2), [0, days]);
      assert.equal(await me.export(), rows);
    });
  }
  const doctor = await bench.habitd(['doctor', '--json'], { env });
  assert.equal(JSON.parse(doctor.stdout).ok, true, doctor.stdout);
});

forEachEngine('the real backups have the numbers counted by hand', async (bench) => {
  if (!existsSync(REAL)) return; // a clone of the project has no such files
  const me = await open(bench);
  for (const [name, habits, days] of [['loop.db', 9, 164], ['rewire.db', 3, 61], ['tickmate.db', 3, 68], ['habitbull.csv', 4, 14], ['habitbull3.csv', 2, 10]]) {
    const got = await me.import(path.join(REAL, name));
    assert.deepEqual([got.habits, got.days.slice(0, 2)], [[habits, 0, 0], [days, 0]], name);
  }
  assert.equal((await me.counts())[2], 317);
});

forEachEngine('an export brings back identical rows', async (bench) => {
  const me = await open(bench);
  for (const file of [await sqlite(bench, 'loop-new.sql'), await sqlite(bench, 'rewire.sql'), path.join(ROOT, 'test/data/own.csv')]) await me.import(file);
  const tables = ['habits', 'habit_schedules', 'habit_logs', 'habit_decline_notes', 'streaks'];
  const dump = async () => {
    const out = {};
    for (const table of tables) out[table] = (await bench.db.sql(`SELECT * FROM ${table} ORDER BY 1, 2, 3`)).map((row) => row.join('|')).sort();
    return out;
  };
  const json = me.write('me.json', await me.export('--format', 'json'));
  const before = await dump();
  for (const table of ['streaks', 'habit_logs', 'habit_decline_notes', 'habit_schedules', 'habits']) await bench.db.sql(`DELETE FROM ${table}`);
  assert.deepEqual(await me.counts(), [0, 0, 0, 0, 0]);
  await me.import(json);
  assert.deepEqual(await dump(), before);
  assert.equal(await me.export(), readFileSync(json, 'utf8'));
  await bench.token(43, [], { env });
  const other = numbers(await bench.must(['import', '--user', '43', json], { env }));
  assert.deepEqual(other.days[0], before.habit_logs.length);
  assert.equal(numbers(await bench.must(['import', '--user', '43', json], { env })).days[0], 0);
});

forEachEngine('habits beyond the limit come in archived, deleted ones stay deleted', async (bench) => {
  const me = await open(bench);
  const file = await sqlite(bench, 'loop-new.sql');
  const out = await bench.must(['import', '--user', '42', file], { env: { ...env, HABITD_LIMIT_TRIAL: '2' } });
  assert.match(out, /^1 habits? came in archived/m);
  assert.deepEqual(await bench.db.sql('SELECT name FROM habits WHERE archived_at IS NULL ORDER BY position'), [['Meditate'], ['Swim']]);
  await bench.db.sql("UPDATE habits SET deleted_at = created_at WHERE name = 'Swim'");
  assert.deepEqual((await me.import(file)).habits, [0, 3, 1]);
  assert.deepEqual((await me.import(file, '--restore')).habits, [0, 4, 0]);
  assert.deepEqual(await bench.db.sql('SELECT name FROM habits WHERE deleted_at IS NOT NULL'), []);
});

forEachEngine('hostile files are refused with words and change nothing', async (bench) => {
  const me = await open(bench);
  await me.import(await sqlite(bench, 'loop-new.sql'));
  const rows = await me.export();
  const before = await me.counts();
  const whole = readFileSync(await sqlite(bench, 'loop-old.sql'));
  const insert = (values) => `INSERT INTO Repetitions (habit, timestamp, value) VALUES (1, ${values});`;
  const head = 'habit,day,status,value\n';
  const cases = [
    ['empty', me.write('empty', ''), /empty/],
    ['text', me.write('text', 'hello\n'), /not recognised/],
    ['half a database', me.write('half', whole.subarray(0, whole.length / 2)), /SQLite/],
    ['a cut zip', me.write('cut', zip([['Habits.csv', 'Name\nA\n']]).subarray(0, 40)), /zip/],
    ['a timestamp as text', await sqlite(bench, 'loop-new.sql', insert("'soon', 2")), /Repetitions, row 12: timestamp/],
    ['an absurd timestamp', await sqlite(bench, 'loop-new.sql', insert('9223372036854775807, 2')), /absurd/],
    ['a huge value', await sqlite(bench, 'loop-new.sql', 'UPDATE Repetitions SET value = 9000000000000000000 WHERE habit = 3'), /out of range/],
    ['a day that is none', me.write('day.csv', `${head}A,2026-02-30,done,\n`), /line 2/],
    ['an absurd day', me.write('old.csv', `${head}A,0001-01-01,done,\n`), /absurd/],
    ['a huge number', me.write('huge.csv', `${head}A,2026-01-01,done,1e400\n`), /line 2, column value/],
    ['bad UTF-8', me.write('utf.csv', Buffer.concat([Buffer.from(head), Buffer.from([0xff, 0xfe]), Buffer.from(',2026-01-01,done,\n')])), /UTF-8/],
    ['too many habits', me.write('many.csv', head + Array.from({ length: 100_000 }, (_, i) => `h${i},2026-01-01,done,\n`).join('')), /1000 habits/],
    ['a zip bomb', me.write('bomb.zip', zip([['Habits.csv', Buffer.alloc(80 * 1024 * 1024, 'a')]])), /64 MiB/],
    ['someone else\'s JSON', me.write('x.json', '{"a": 1}'), /not known|not an export/],
    ['a last row that is wrong', me.write('last.csv', `${head}${'A,2026-01-01,done,\n'.repeat(1000)}A,2026-01-02,perhaps,\n`), /line 1002/],
  ];
  for (const [name, file, words] of cases) {
    await bench.t.test(name, async () => {
      const got = await me.try(file);
      assert.equal(got.code, 1, got.stdout);
      assert.match(got.stderr, words);
      assert.deepEqual(await me.counts(), before);
    });
  }
  assert.equal(await me.export(), rows);
  assert.equal((await me.try(path.join(bench.dir, 'nothing-there'))).code, 1);
});

forEachEngine('the other formats go out', async (bench) => {
  const me = await open(bench);
  await me.import(await sqlite(bench, 'loop-new.sql'));
  const csv = await me.export('--format', 'csv');
  assert.match(csv, /^habit,day,status,value,unit,note,preset,marked_at,habit_id\n/);
  assert.match(csv, /^Run,2025-01-01,done,5\.25,km,5¼ km,,2025-01-01T12:00:00Z,[0-9a-f-]{36}$/m);
  assert.equal(csv.trim().split('\n').length, 11);
  const ics = await me.export('--format', 'ics');
  assert.match(ics, /^BEGIN:VCALENDAR\r\n[^]*END:VCALENDAR\r\n$/);
  assert.match(ics, /RRULE:FREQ=WEEKLY;BYDAY=WE,SU\r\n/);
  const file = path.join(bench.dir, 'loop.zip');
  await me.export('--format', 'loop-csv', '-o', file);
  const list = (await run('python3', ['-c', 'import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); print("\\n".join(z.namelist())); '
    + 'print(z.read("Habits.csv").decode()); print(z.read("003 Run/Checkmarks.csv").decode())', file])).stdout;
  for (const name of ['Habits.csv', 'Checkmarks.csv', 'Scores.csv', '001 Meditate/Checkmarks.csv', '001 Meditate/Scores.csv']) assert.ok(list.includes(`${name}\n`), name);
  assert.ok(list.includes('Position,Name,Type,Question,Description,FrequencyNumerator,FrequencyDenominator,Color,Unit,Target Type,Target Value,Archived?\n'));
  assert.ok(list.includes('003,Run,NUMERICAL,,,1,7,#AAAAAA,km,AT_LEAST,15.5,false\n'));
  assert.ok(list.includes('2025-01-03,SKIP,\n2025-01-02,NO,\n2025-01-01,5250,5¼ km\n'));
  await bench.token(44, [], { env });
  const back = numbers(await bench.must(['import', '--user', '44', file], { env }));
  assert.deepEqual([back.format, back.habits[0], back.days[0]], ['loop-csv', 4, 10]);
});

// The archiving that docs/operations.md tells, word for word, on a cluster of the test's own: a base backup under writes, rows lost by a mistake, and the
// database put back to the moment before it. Only the folder, the moment and how the server is started are the test's.
import assert from 'node:assert/strict';
import { appendFileSync, chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { Bench, ENGINES, ROOT, run } from './harness.mjs';
import { Ledger, LOAD_ENV } from './load.mjs';
import { until } from './watch_bed.mjs';

const DOCUMENT = readFileSync(path.join(ROOT, 'docs/operations.md'), 'utf8');
const CHAPTER = DOCUMENT.slice(DOCUMENT.indexOf('### PostgreSQL\n'), DOCUMENT.indexOf('## Growing'));
const FOLDER = '/archive', MOMENT = '2026-03-15 12:00:00+00';

/** The indented lines of the chapter that have to do with a word, as they stand there. */
function told(...words) {
  const lines = CHAPTER.split('\n').filter((line) => line.startsWith('    ') && words.some((w) => line.includes(w))).map((line) => line.trim());
  assert.ok(lines.length >= words.length, `the document tells ${words}`);
  return lines.join('\n');
}

class Cluster {
  constructor() {
    this.dir = mkdtempSync(path.join(tmpdir(), 'habitd-archive-'));
    chmodSync(this.dir, 0o711);
    this.archive = path.join(this.dir, 'archive');
  }

  async pg(command) {
    const { code, stdout, stderr } = await run(path.join(ROOT, 'script/pg'), [command, this.dir]);
    assert.equal(code, 0, `script/pg ${command}: ${stderr}`);
    return stdout.trim();
  }

  async start() {
    this.url = await this.pg('start');
    this.data = path.join(readFileSync(path.join(this.dir, 'home'), 'utf8').trim(), 'data');
    const { stdout } = await run('bash', ['-c', `stat -c '%u %g' '${this.data}'; ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1`]);
    const [owner, bin] = stdout.trim().split('\n');
    [this.uid, this.gid] = owner.split(' ').map(Number);
    this.bin = bin;
    mkdirSync(this.archive, { mode: 0o700 });
    if (process.getuid() === 0) chownSync(this.archive, this.uid, this.gid);
  }

  /** Settings or commands of the document, for this folder and moment. */
  here(text, moment = MOMENT) {
    return text.replaceAll(FOLDER, this.archive).replaceAll(MOMENT, moment);
  }

  configure(text) {
    appendFileSync(path.join(this.data, 'postgresql.conf'), `${text}\n`);
  }

  /** Commands of the document in a shell of the server's user. */
  async shell(text) {
    const url = new URL(this.url);
    const env = { PATH: `${this.bin}:${process.env.PATH}`, HOME: '/', PGHOST: url.hostname, PGPORT: url.port, PGUSER: url.username, PGPASSWORD: url.password, PGDATA: this.data };
    const as = process.getuid() === 0 ? ['setpriv', '--reuid', String(this.uid), '--regid', String(this.gid), '--clear-groups'] : [];
    const [file, ...args] = [...as, 'bash', '-euo', 'pipefail', '-c', text];
    const { code, stdout, stderr } = await run(file, args, { cwd: '/', env });
    assert.equal(code, 0, `${text}\n${stderr}`);
    return stdout;
  }

  async remove() {
    await this.pg('remove');
    rmSync(this.dir, { recursive: true, force: true });
  }
}

async function scenario(t, bench, cluster) {
  const { db } = bench;
  const rows = async () => ({
    marks: await db.sql('SELECT user_id, habit_id, log_date, status, note FROM habit_logs ORDER BY 1, 2, 3'),
    habits: await db.sql('SELECT user_id, id, name FROM habits ORDER BY 1, 2'),
    users: await db.sql('SELECT id, telegram_id FROM users ORDER BY 1'),
  });
  const server = await bench.serve({ env: LOAD_ENV });
  const ledger = new Ledger(bench);
  await ledger.prepare(server);
  const write = async (n) => {
    for (let i = 0; i < n; i++) assert.ok(await ledger.put(server, ledger.people[i % ledger.people.length]));
  };
  await write(50);
  let going = true;
  const writing = (async () => { while (going) await write(1); })();
  await cluster.shell(cluster.here(told('pg_basebackup', 'pg_verifybackup')));
  going = false;
  await writing;
  await write(100);
  await ledger.check();
  await server.stop();

  const wanted = await rows();
  const [[moment]] = await db.sql('SELECT clock_timestamp()');
  await db.sql('DELETE FROM habit_logs'); // the mistake
  const [[segment]] = await db.sql('SELECT pg_walfile_name(pg_switch_wal())');
  await until('the last segment in the archive', async () => (await db.sql(`SELECT 1 FROM pg_stat_archiver WHERE last_archived_wal >= '${segment}' AND failed_count = 0`)).length);
  await cluster.shell(cluster.here(told('pg_archivecleanup'))); // what is older than the base backup goes, what it needs stays

  const began = performance.now();
  await cluster.pg('kill');
  await cluster.shell(`mv '${cluster.data}' '${cluster.archive}/lost' && cp -a "$(ls -d '${cluster.archive}'/base-*)" '${cluster.data}'`);
  cluster.configure(cluster.here(told('restore_command', 'recovery_target_time', 'recovery_target_action'), moment));
  await cluster.shell(told('touch'));
  await cluster.pg('start');
  await until('the end of recovery', async () => (await db.sql('SELECT pg_is_in_recovery()'))[0][0] === 'f');
  const tookMs = Math.round(performance.now() - began);

  assert.deepEqual(await rows(), wanted);
  await bench.must(['doctor']);
  const again = await bench.serve({ env: LOAD_ENV }); // and it can be gone on with
  assert.ok(await ledger.put(again, ledger.people[0]));
  await ledger.check();
  await again.stop();
  t.diagnostic(`${wanted.marks.length} marks were back ${tookMs} ms after the server was killed`);
}

if (ENGINES.includes('postgres'))
  test('the documented archive puts PostgreSQL back to a moment', { timeout: 600_000 }, async (t) => {
    const cluster = new Cluster();
    const shared = process.env.HABITD_TEST_PG_URL;
    let bench;
    try {
      await cluster.start();
      cluster.configure(cluster.here(told('archive_mode = ', 'archive_command', 'archive_timeout')));
      process.env.HABITD_TEST_PG_URL = await cluster.pg('restart');
      bench = await Bench.create('postgres', { t });
      await scenario(t, bench, cluster);
    } finally {
      await bench?.close();
      await cluster.remove();
      if (shared === undefined) delete process.env.HABITD_TEST_PG_URL;
      else process.env.HABITD_TEST_PG_URL = shared;
    }
  });

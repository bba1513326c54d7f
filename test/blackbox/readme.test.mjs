// The commands that README.md shows work as they are written: every `sh` block of curl lines is run in a shell against a server with
// demo data, with nothing but the two placeholders filled in and the address changed.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { BIN, ROOT, forEachEngine, run } from './harness.mjs';

const README = readFileSync(path.join(ROOT, 'README.md'), 'utf8');
const blocks = [...README.matchAll(/^```sh\n(.*?)^```$/gms)].map((m) => m[1]);

/** The commands of a block: a line, with its continuations while a quote is open or it ends with a backslash. */
function commands(block) {
  const out = [];
  let open = '';
  for (const line of block.split('\n')) {
    if (!open && (line.trim() === '' || line.startsWith('#'))) continue;
    open += (open && '\n') + line;
    const quotes = (open.replace(/"[^"']*"/g, '').match(/'/g) ?? []).length;
    if (quotes % 2 === 1 || line.endsWith('\\')) continue;
    out.push(open);
    open = '';
  }
  assert.equal(open, '', 'a quote of the example is never closed');
  return out;
}

// The demo's newest day is the one that the examples mark.
const env = { HABITD_NOW: '2026-11-23T12:00:00Z' };

forEachEngine('README: the API by example', async (bench) => {
  await bench.must(['migrate', 'up'], { env });
  await bench.must(['demo', '--users', '3', '--days', '60'], { env });
  const token = await bench.token(900000001, [], { env });
  const server = await bench.serve({ env });
  const examples = blocks.filter((b) => b.includes('curl ')).flatMap(commands);
  const curls = examples.filter((c) => c.startsWith('curl '));
  assert.ok(curls.length >= 7, `${curls.length} examples`);

  // The backup that the examples import: habitd's own export of another person stands in for one of Loop's.
  const backup = examples.join('\n').match(/@"([^"]+)"/)?.[1];
  assert.ok(backup);
  writeFileSync(path.join(bench.dir, backup), await bench.must(['export', '--user', '900000002', '--format', 'loop-csv'], { env, binary: true }));

  let habit = '';
  const answers = [];
  for (const command of examples) {
    if (!command.startsWith('curl ')) continue;
    const settings = examples.filter((c) => /^[A-Z]+=/.test(c)).join('\n').replaceAll('http://127.0.0.1:8080', server.url);
    // Added in front: the status after the answer. What the README says is left as it is.
    const script = `${settings}\n${command.replace(/^curl /, "curl -sS -w '\\n%{http_code}' ")}`;
    const { code, stdout, stderr } = await run('bash', ['-euc', script], {
      cwd: bench.dir, env: { PATH: process.env.PATH, TOKEN: token, HABIT: habit },
    });
    assert.equal(code, 0, `${command}\n${stderr}`);
    const at = stdout.lastIndexOf('\n');
    const status = Number(stdout.slice(at + 1));
    assert.ok(status >= 200 && status < 300, `${command}\nis answered ${status}: ${stdout.slice(0, at)}`);
    const json = JSON.parse(stdout.slice(0, at));
    answers.push({ command, json });
    if (/\/v1\/habits -d /.test(command)) habit = json.id;
  }

  const of = (part) => answers.find((a) => a.command.includes(part)).json;
  assert.equal(of('/v1/habits -d').name, 'Gym');
  const today = of('/v1/today');
  assert.ok(today.items.some((item) => item.id === habit), 'the habit that was made is due');
  // The answer that is shown has the members of the real one.
  const shown = JSON.parse([...README.matchAll(/^```json\n(.*?)^```$/gms)].map((m) => m[1]).find((j) => j.includes('"items"')));
  assert.deepEqual(Object.keys(shown).filter((k) => !(k in today)), []);
  for (const name of Object.keys(shown.items[0])) assert.ok(name === '…' || name in today.items[0], `today has no ${name}`);
  assert.equal(of('/stats').total_done, 1);
  assert.equal(of('"preset":"sick"').preset ?? of('"preset":"sick"').log?.preset, 'sick');
  const [dry, real] = answers.filter((a) => a.command.includes('/v1/import')).map((a) => a.json);
  assert.equal(dry.dry_run, true);
  assert.equal(real.dry_run, false);
  await server.stop();
});

forEachEngine('README: the error that is shown has the shape of a real one', async (bench) => {
  const server = await bench.serve();
  const token = await bench.token(1);
  const shown = JSON.parse([...README.matchAll(/^```json\n(.*?)^```$/gms)].map((m) => m[1]).find((j) => j.includes('"problem') || j.includes('"code"')));
  const { json: habit } = await server.request('POST', '/v1/habits', { token, json: { name: 'Run' } });
  const r = await server.request('PUT', `/v1/habits/${habit.id}/logs/2999-01-01`, { token, json: { status: 'done' } });
  assert.equal(r.status, shown.status);
  for (const name of ['status', 'code', 'field', 'detail', 'type', 'title']) {
    if (shown[name] !== '…') assert.equal(r.json[name], shown[name], name);
  }
  await server.stop();
});

forEachEngine('README: the commands of the command line', async (bench) => {
  const bin = path.join(bench.dir, 'bin');
  mkdirSync(bin);
  symlinkSync(BIN, path.join(bin, 'habitd'));
  const help = (await bench.must(['--help']));
  for (const [, name] of README.matchAll(/^habitd ([a-z]+) {2,}\S/gm)) assert.match(help, new RegExp(`^ {2}${name} `, 'm'), name);
  const shell = (script) => run('bash', ['-euc', script], {
    cwd: bench.dir, env: { PATH: `${bin}:${process.env.PATH}`, HABITD_DATABASE_URL: bench.db.url }, timeoutMs: 20_000,
  });
  // Inline commands, but for those that go on for ever or stand for others.
  const inline = [...README.matchAll(/`(habitd [a-z]+ [^`]*)`/g)].map((m) => m[1].replace(/ N\b/, ' 7')).filter((c) => !c.includes('COMMAND'));
  assert.ok(inline.length >= 1);
  await bench.must(['migrate', 'up']);
  for (const command of inline) {
    const { code, stderr } = await shell(command);
    assert.equal(code, 0, `${command}: ${stderr}`);
  }
  // The PostgreSQL block: its first command, then a server that begins; its address is the example's own.
  const block = blocks.find((b) => b.includes('HABITD_DATABASE_URL=postgresql://'));
  assert.ok(block);
  const [, , chain] = /^export (HABITD_DATABASE_URL=\S+)\n(.*)$/m.exec(block);
  assert.equal(chain, 'habitd migrate up && habitd serve');
  const { code, stdout } = await shell(chain.split(' && ')[0]);
  assert.equal(code, 0);
  assert.equal(stdout, 'nothing to do\n');
});

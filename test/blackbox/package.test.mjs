// What an operator installs: the Debian package with its unit, manual and settings; the service manager is told when the program is ready.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { gunzipSync } from 'node:zlib';
import { BIN, ROOT, forEachEngine, run } from './harness.mjs';

async function must(file, args, options) {
  const { code, stdout, stderr } = await run(file, args, options);
  assert.equal(code, 0, `${file} ${args.join(' ')}: ${stderr}${stdout}`);
  return stdout;
}

test('the package: built, installed into a root of its own, run there, removed', { timeout: 600_000 }, async (t) => {
  const dir = mkdtempSync(path.join(tmpdir(), 'habitd-package-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const deb = (await must(path.join(ROOT, 'script/package'), ['--binary', BIN, '--out', dir])).trim();
  assert.match(path.basename(deb), /^habitd_\d+\.\d+\.\d+_[a-z0-9]+\.deb$/);
  const depends = await must('dpkg-deb', ['-f', deb, 'Depends']);
  for (const library of ['libmicrohttpd12', 'libpq5', 'libsqlite3-0', 'libcurl4', 'libjansson4']) assert.ok(depends.includes(library), depends);
  assert.ok(!/(^|, ),|, *$/.test(depends), depends);

  // A root with nothing in it but dpkg's own lists; DPKG_ROOT tells the scripts that it is not this machine.
  const root = path.join(dir, 'root');
  mkdirSync(path.join(root, 'var/lib/dpkg/updates'), { recursive: true });
  mkdirSync(path.join(root, 'var/lib/dpkg/info'));
  mkdirSync(path.join(root, 'etc'));
  writeFileSync(path.join(root, 'var/lib/dpkg/status'), '');
  const dpkg = (...args) => must('dpkg', [`--root=${root}`, '--force-not-root', '--force-depends', '--force-script-chrootless', '--log=/dev/null', ...args],
    { env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` } });
  await dpkg('-i', deb);
  const file = (name) => path.join(root, name);
  assert.equal((statSync(file('usr/bin/habitd')).mode & 0o7777).toString(8), '755');
  assert.match(await must(file('usr/bin/habitd'), ['version']), /^habitd \d/);
  const config = await must(file('usr/bin/habitd'), ['config', '--config', file('etc/habitd/habitd.toml')]);
  assert.match(config, /HABITD_DATABASE_URL\s+sqlite:\/var\/lib\/habitd\/habitd\.db/);
  const manual = gunzipSync(readFileSync(file('usr/share/man/man1/habitd.1.gz'))).toString();
  const help = await must(BIN, ['--help']);
  for (const [, name] of help.matchAll(/^ {2}([a-z]+) {2,}\S/gm)) assert.ok(manual.includes(`.SH ${name.toUpperCase()}\n`), name);
  const unit = readFileSync(file('lib/systemd/system/habitd.service'), 'utf8');
  assert.match(unit, /^Type=notify$/m);
  assert.match(unit, /^User=habitd$/m);
  assert.match(unit, /^NoNewPrivileges=yes$/m);
  for (const name of ['examples/Caddyfile', 'examples/habitd.conf', 'copyright', 'operations.md']) assert.ok(existsSync(file(`usr/share/doc/habitd/${name}`)), name);

  // The list of what is in it names every library that the program is linked to.
  const listed = new Set(JSON.parse(readFileSync(file('usr/share/doc/habitd/sbom.spdx.json'), 'utf8')).packages.map((p) => p.name));
  const elf = await must('readelf', ['-d', BIN]);
  const needed = [...elf.matchAll(/\(NEEDED\).*\[(.*)\]/g)].map((m) => m[1]).filter((name) => !/^lib(c|m|asan|ubsan|gcc_s|stdc\+\+|gobject-2\.0|glib-2\.0|pangocairo-1\.0)\.so/.test(name));
  assert.ok(needed.length >= 10);
  for (const name of needed) {
    const owner = (await must('dpkg', ['-S', `*/${name}`])).split(':')[0];
    assert.ok(listed.has(owner), `${name} of ${owner} is not in the list`);
  }
  for (const name of ['preact', 'uplot', 'tzdata']) assert.ok(listed.has(name), name);

  // An operator's own settings outlive an upgrade; a removal leaves them, a purge takes them.
  writeFileSync(file('etc/habitd/habitd.toml'), 'listen = "127.0.0.1:9"\n');
  await dpkg('-i', '--force-confold', deb);
  assert.equal(readFileSync(file('etc/habitd/habitd.toml'), 'utf8'), 'listen = "127.0.0.1:9"\n');
  await dpkg('-r', 'habitd');
  assert.ok(!existsSync(file('usr/bin/habitd')));
  assert.ok(existsSync(file('etc/habitd/habitd.toml')));
  await dpkg('-P', 'habitd');
  assert.ok(!existsSync(file('etc/habitd/habitd.toml')));
});

const LISTENER = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1].replace('@', chr(0)))
print('bound', flush=True)
while True:
    print(s.recv(4096).decode(), flush=True)
`;

forEachEngine('the service manager is told READY when requests are answered, and STOPPING', async (bench) => {
  for (const address of [path.join(bench.dir, 'notify'), `@habitd-test-${process.pid}-${bench.engine}`]) {
    const listener = spawn('python3', ['-c', LISTENER, address], { stdio: ['ignore', 'pipe', 'inherit'] });
    bench.t.after(() => listener.kill());
    let said = '';
    const heard = (word) => new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no ${word} in ${JSON.stringify(said)}`)), 120_000);
      const look = () => { if (said.includes(word)) { clearTimeout(timer); resolve(); } };
      listener.stdout.on('data', look);
      look();
    });
    listener.stdout.on('data', (text) => { said += text; });
    await heard('bound\n');
    const server = await bench.serve({ env: { NOTIFY_SOCKET: address }, waitReady: false });
    await heard('READY=1\n');
    assert.equal((await server.request('GET', '/readyz')).status, 200);
    assert.ok(!said.includes('STOPPING'));
    await server.stop();
    await heard('STOPPING=1\n');
    listener.kill();
  }
  const server = await bench.serve({ env: { NOTIFY_SOCKET: 'nonsense' } });
  await server.stop();
});

#!/usr/bin/env python3
"""Every suite of habitd: builds, unit tests, black-box tests, fuzz targets, static checks. Called by script/test."""
import argparse
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from jobs import Job, Outcome, Runner, run_all, select, total

ROOT = Path(__file__).resolve().parent.parent
SANITIZED = ["-Db_lundef=false", "-Dtest_build=true", "-Dbuildtype=debugoptimized"]
# name: (compiler, options). Warnings are errors in all of them.
BUILDS = {
    "asan": ("gcc", ["-Db_sanitize=address,undefined", "-Dtests=enabled", "-Doptimization=1", *SANITIZED]),
    "gcc": ("gcc", ["--buildtype=release", "-Dtests=disabled"]),
    "clang": ("clang", ["-Db_sanitize=address,undefined", "-Dfuzz=true", "-Dtests=disabled", "-Doptimization=1", *SANITIZED]),
    "tsan": ("clang", ["-Db_sanitize=thread", "-Dtests=enabled", "-Doptimization=1", *SANITIZED]),
}
SANITIZER_ENV = {
    "ASAN_OPTIONS": "detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1:abort_on_error=0",
    "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1",
    "TSAN_OPTIONS": "halt_on_error=1:second_deadlock_stack=1",
    "CCACHE_BASEDIR": str(ROOT),
    "CCACHE_NOHASHDIR": "1",
}


def build_dir(name):
    return ROOT / "build" / name


def build(name, slots):
    """Configures a build folder when its options changed, then compiles. One test: it compiles without a warning."""
    def run(runner):
        compiler, options = BUILDS[name]
        where = build_dir(name)
        setup = ["meson", "setup", where, "-Dwerror=true", *options]
        stamp = where / ".options"
        wanted = " ".join(map(str, setup))
        if not stamp.exists() or stamp.read_text() != wanted:
            shutil.rmtree(where, ignore_errors=True)
            code, out = runner.command(setup, env={"CC": f"ccache {compiler}"}, cwd=ROOT)
            if code != 0:
                return Outcome(failed=1, output=out)
            stamp.write_text(wanted)
        code, out = runner.command(["ninja", "-C", where, "build.ninja"])  # so that introspection knows today's tests
        if code != 0:
            return Outcome(failed=1, output=out)
        targets = [t["target"] for t in meson_tests(runner, where) if "tsan" in t["suites"]] if name == "tsan" else ["all"]
        if name in ("asan", "gcc", "tsan"):
            targets.append("src/cli/habitd")
        code, out = runner.command(["ninja", "-C", where, f"-j{slots}", *targets], timeout=1500)
        return Outcome(passed=1) if code == 0 else Outcome(failed=1, output=out)
    return run


def meson_tests(runner, where):
    """The tests of a build: name, suites, ninja target."""
    code, out = runner.command(["meson", "introspect", "--tests", where])
    if code != 0:
        raise RuntimeError(out)
    return [{"name": t["name"], "suites": {s.split(":")[-1] for s in t["suite"]}, "target": os.path.relpath(t["cmd"][0], where)}
            for t in json.loads(out)]


def count_cmocka(test):
    """(passed, failed) of one meson test from cmocka's own summary; a program without one counts as a single test."""
    text = test.get("stdout", "") + "\n" + test.get("stderr", "")
    passed = sum(int(n) for n in re.findall(r"^\[  PASSED  \] (\d+) test\(s\)", text, re.M))
    failed = sum(int(n) for n in re.findall(r"^\[  FAILED  \] (\d+) test\(s\)", text, re.M))
    errors = len(re.findall(r"^\[  ERROR   \] ", text, re.M))
    ok = test["result"] == "OK" and test.get("returncode") == 0
    if "[==========]" not in text:
        return (1, 0) if ok and "replayed" in text else (0, 1)
    if ok and failed + errors == 0 and passed > 0:
        return passed, 0
    return passed, max(failed, errors, 1)


def unit(name, only, slots):
    def run(runner):
        where = build_dir(name)
        tests = [t["name"] for t in meson_tests(runner, where) if name != "tsan" or "tsan" in t["suites"]]
        tests = [t for t in tests if not only or t in only]
        if not tests:
            return Outcome(failed=1, output="no test is registered")
        log = where / "meson-logs" / "testlog.json"
        log.unlink(missing_ok=True)
        code, out = runner.command(["meson", "test", "-C", where, "--no-rebuild", "--num-processes", str(slots), "-t",
                                    "30" if long() else "10", *tests], timeout=7200)
        results = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
        sums = Outcome()
        for r in results:
            passed, failed = count_cmocka(r)
            sums.passed, sums.failed = sums.passed + passed, sums.failed + failed
            if failed:
                sums.output += f"--- {r['name']}: {r['result']}\n{r.get('stdout', '')}{r.get('stderr', '')}\n"
        lost = set(tests) - {r["name"].split(" / ")[-1].split(":")[-1] for r in results}
        if lost or (code != 0 and sums.failed == 0):
            sums.failed += max(len(lost), 1)
            sums.output += f"without a result: {', '.join(sorted(lost)) or '?'}\n{out}"
        return sums
    return run


def node_counts(out):
    """node:test's own summary in its TAP report: (pass, fail, skipped), None when it is missing."""
    found = dict((k, int(v)) for k, v in re.findall(r"^# (tests|pass|fail|cancelled|skipped|todo) (\d+)$", out, re.M))
    if "pass" not in found or "fail" not in found:
        return None
    # A file without tests is reported as one passed test with the file's name.
    empty = len(re.findall(r"^ok \d+ - \S*\.test\.mjs", out, re.M))
    return found["pass"] - empty, found["fail"] + found.get("cancelled", 0), found.get("skipped", 0) + found.get("todo", 0)


def tap_failures(out):
    """Of a TAP report what failed, each with its explanation, and what stands outside of tests."""
    kept, inside = [], False
    for line in out.split("\n"):
        inside = inside or re.match(r" *not ok \d+", line) is not None
        if inside or not re.match(r" *(ok|#|---|\.\.\.|duration_ms|type:|TAP|1\.\.)", line):
            kept.append(line)
        inside = inside and line.strip() != "..."
    return "\n".join(kept)


def blackbox(path, name="asan"):
    def run(runner):
        code, out = runner.command(["node", "--test", "--test-reporter=tap", path], cwd=ROOT, timeout=7200 if long() else 2400,
                                   env={"HABITD_BIN": str(build_dir(name) / "src/cli/habitd")})
        counts = node_counts(out)
        if counts is None:
            return Outcome(failed=1, output=out)
        passed, failed, skipped = counts
        if code != 0 and failed == 0:
            failed = 1
        return Outcome(passed, failed, skipped, tap_failures(out))
    return run


def fuzz(name, seconds):
    def run(runner):
        target, corpus = build_dir("clang") / "fuzz" / f"{name}_fuzz", ROOT / "fuzz/corpus" / name
        if not target.exists():
            return Outcome(failed=1, output=f"{target} was not built: is it registered in fuzz/meson.build?")
        with tempfile.TemporaryDirectory() as tmp:
            fresh = Path(tmp, "corpus")
            fresh.mkdir()
            code, out = runner.command([target, f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=2048", "-max_len=65536",
                                        "-print_final_stats=1", f"-artifact_prefix={tmp}/", fresh, *([corpus] if corpus.is_dir() else [])],
                                       timeout=seconds + 120)
            ran = re.search(r"stat::number_of_executed_units:\s*(\d+)", out)
            if code == 0 and ran and int(ran[1]) > 0:
                return Outcome(passed=1)
            return Outcome(failed=1, output=out[-8000:])
    return run


def sources(*ends):
    """The C files of the tree, asked of git so that build folders stay out; a new file counts too."""
    out = subprocess.run(["git", "-C", ROOT, "ls-files", "-co", "--exclude-standard", "*.c", "*.h"], capture_output=True, text=True)
    files = [f for f in out.stdout.split("\n") if f.endswith(ends) and (ROOT / f).exists()]
    return files or [str(p.relative_to(ROOT)) for d in ("src", "test", "fuzz", "bench") for p in (ROOT / d).rglob("*.[ch]")
                     if p.name.endswith(ends)]


def one(code, out):
    return Outcome(passed=1) if code == 0 else Outcome(failed=1, output=out)


def script(path):
    """A Python suite that ends with `N passed, N failed`."""
    def run(runner):
        code, out = runner.command([sys.executable, path], cwd=ROOT)
        m = re.search(r"^(\d+) passed, (\d+) failed$", out, re.M)
        if not m:
            return Outcome(failed=1, output=out)
        failed = int(m[2]) or (1 if code != 0 else 0)
        return Outcome(int(m[1]), failed, output="\n".join(x for x in out.split("\n") if not x.startswith("ok ")))
    return run


def layout(runner):
    return one(*runner.command(["clang-format", "--dry-run", "-Werror", *sources(".c", ".h")], cwd=ROOT))


def web(runner):
    """The pages are typed by docs/openapi.yaml and locale/: tsc finds a field, a route or a text that is not there."""
    return one(*runner.command(["npm", "run", "--silent", "check"], cwd=ROOT / "web"))


def cppcheck(runner):
    cache = ROOT / ".cache/cppcheck"
    cache.mkdir(parents=True, exist_ok=True)
    return one(*runner.command(
        ["cppcheck", "--quiet", "--error-exitcode=1", "--std=c11", "--enable=warning,portability,performance", "--inline-suppr",
         "--suppress=missingIncludeSystem",
         # Wrong about out-parameters, slots given back before they go, compound literals, CHECK and conditions across files; the
         # compilers and the sanitizers see the real ones.
         "--suppress=uninitvar", "--suppress=autoVariables", "--suppress=internalAstError",
         "--suppress=memleakOnRealloc", "--suppress=ctuPointerArith", "--suppress=ctunullpointer", f"--cppcheck-build-dir={cache}",
         "-D_GNU_SOURCE", "-D__GNUC__=12", "-Isrc", "src"], cwd=ROOT))


# The analyzer gives a function up after as many states (it has 225,000 by itself): half its time for the deepest paths, which are --long's.
SHORT_ANALYSIS = [f"--extra-arg={a}" for a in ("-Xclang", "-analyzer-config", "-Xclang", "max-nodes=50000")]


def tidy(runner):
    """clang-tidy over src/, one test per file; a file whose preprocessed text was clean before is not looked at again."""
    where, cache = build_dir("clang"), ROOT / ".cache/tidy"
    cache.mkdir(parents=True, exist_ok=True)
    hints = ROOT / "test/analyzer.h"
    bounds = [] if long() else SHORT_ANALYSIS
    settings = (ROOT / ".clang-tidy").read_bytes() + hints.read_bytes() + " ".join(bounds).encode()
    entries = {os.path.abspath(os.path.join(c["directory"], c["file"])): c
               for c in json.loads((where / "compile_commands.json").read_text())}

    def look(path):
        entry = entries[path]
        args = [a for a in entry["command"].split() if a != "ccache"]
        pre = args[:args.index("-o")] + ["-Wno-unused-command-line-argument", "-E", "-o", "-", path]
        plain = subprocess.run([a.strip("'").replace('\\"', '"') for a in pre if a not in ("-MD",)], cwd=entry["directory"],
                               capture_output=True)
        key = hashlib.sha256(settings + plain.stdout).hexdigest()
        if plain.returncode == 0 and (cache / key).exists():
            return Outcome(passed=1)
        before = [] if path.endswith("src/base/err.c") else ["--extra-arg=-include", f"--extra-arg={hints}"]
        code, out = runner.command(["clang-tidy", "--quiet", "-p", where, *before, *bounds, path], timeout=300)
        if code == 0 and plain.returncode == 0:
            (cache / key).touch()
        return one(code, out)

    with ThreadPoolExecutor(1) as pool:
        results = list(pool.map(look, sorted(p for p in entries if p.startswith(str(ROOT / "src") + "/"))))
    return Outcome(sum(r.passed for r in results), sum(r.failed for r in results), output="\n".join(r.output for r in results if r.failed))


RACES = ("http_idempotency", "http_logs", "bot_runtime", "payments", "alerts", "pressure", "bot_reminders", "two_servers")


def long():
    return os.environ.get("HABITD_LONG") == "1"


# They wait for leases, looks, hours, and the pace at which Telegram takes messages: a tenth to a third of a processor. Those with more are far apart.
WAITING = ("failures", "bot_settings", "bot_trouble", "bot_stars", "bot_bad_input", "bot_reminders", "bot_admin", "bot_transfer", "bot_habits", "alerts",
           "bot_day")

# They keep the writer waiting for not longer than it bears, and need the whole machine for it.
ALONE = ("pressure",)


def all_jobs(slots, only_units):
    boxes = {p.name[:-len(".test.mjs")]: p for p in sorted((ROOT / "test/blackbox").glob("*.test.mjs"), key=lambda p: -p.stat().st_size)}

    def box(name):
        return Job(f"blackbox/{name}", blackbox(boxes[name]), ("build/asan", "postgres"), slots if name in ALONE else 1, name in WAITING)

    jobs = [
        Job("static/style", script("test/style.py")),
        Job("static/style-can-fail", script("test/style_test.py")),
        Job("static/embed-migrations", script("test/embed_migrations_test.py")),
        Job("static/locale", script("test/locale_test.py")),
        Job("static/runbook", script("test/runbook_test.py")),
        Job("static/layout", layout),
        Job("static/web", web),
        Job("build/asan", build("asan", slots), slots=slots),
        Job("unit/asan", unit("asan", only_units, slots), ("build/asan", "postgres"), slots=slots),
        *map(box, ALONE),
        Job("build/clang", build("clang", 1)),
        Job("static/tidy", tidy, ("build/clang",)),  # the longest of all: started early, beside the others
    ]
    jobs += [*map(box, WAITING), *[box(name) for name in boxes if name not in ALONE + WAITING]]  # the long ones first
    jobs += [Job(f"browser/{p.name[:-len('.test.mjs')]}", blackbox(p), ("build/asan", "postgres"))
             for p in sorted((ROOT / "test/browser").glob("*.test.mjs"))]
    jobs += [
        Job("build/tsan", build("tsan", 1)),
        Job("unit/tsan", unit("tsan", only_units, 1), ("build/tsan", "postgres")),
    ]
    # The whole program's threads together: races between them show as failures of these.
    jobs += [Job(f"race/{name}", blackbox(ROOT / f"test/blackbox/{name}.test.mjs", "tsan"), ("build/tsan", "postgres"))
             for name in (RACES if long() else RACES[:1])]
    jobs += [Job(f"fuzz/{p.name[:-len('_fuzz.c')]}", fuzz(p.name[:-len("_fuzz.c")], 60 if long() else 4), ("build/clang",))
             for p in sorted((ROOT / "fuzz").glob("*_fuzz.c"))]
    jobs += [
        Job("build/gcc", build("gcc", 1)),
        Job("static/cppcheck", cppcheck),
    ]
    return jobs


def memory_folder():
    """A folder in memory for the databases of a short run, whose commits would wait for a disk half of the time; None where there is no room."""
    place, room = "/dev/shm", 6 << 30
    if long() or "TMPDIR" in os.environ or not os.path.ismount(place) or not os.access(place, os.W_OK | os.X_OK):
        return None
    stat = os.statvfs(place)
    free = int(re.search(r"^MemAvailable: +(\d+) kB", Path("/proc/meminfo").read_text(), re.M)[1]) << 10
    if stat.f_flag & os.ST_NOEXEC or min(stat.f_bavail * stat.f_frsize, free) < room:
        return None
    folder = tempfile.mkdtemp(prefix="habitd-test-", dir=place)
    os.chmod(folder, 0o711)  # the database's own user passes through
    return folder


class Postgres:
    """The private server; started by the first job that needs it."""

    def __init__(self):
        self.dir = None

    def start(self, runner):
        self.dir = tempfile.mkdtemp(prefix="habitd-test-pg-", dir=runner.env.get("TMPDIR"))
        os.chmod(self.dir, 0o711)
        run = subprocess.run([ROOT / "script/pg", "start", self.dir], stdin=subprocess.DEVNULL, capture_output=True, text=True, env=runner.env)
        if run.returncode != 0:
            return Outcome(failed=1, output=run.stderr)
        runner.env["HABITD_TEST_PG_URL"] = run.stdout.strip()
        return Outcome(passed=1)

    def remove(self):
        if self.dir and Path(self.dir).exists():
            subprocess.run([ROOT / "script/pg", "remove", self.dir], stdin=subprocess.DEVNULL, capture_output=True)
            shutil.rmtree(self.dir, ignore_errors=True)


def main():
    args = argparse.ArgumentParser(prog="script/test", description=__doc__)
    args.add_argument("--long", action="store_true", help="the long versions of tests")
    args.add_argument("--only", action="append", default=[], metavar="GLOB", help="jobs by name")
    args.add_argument("--unit", action="append", default=[], metavar="NAME", help="of the unit tests, only this program")
    args.add_argument("--list", action="store_true", help="name the jobs")
    args.add_argument("-j", type=int, default=min(max(os.cpu_count() or 2, 2), 5), metavar="N", help="jobs at a time")
    opts = args.parse_args()
    if opts.long:
        os.environ["HABITD_LONG"] = "1"
    postgres = Postgres()
    jobs = [Job("postgres", postgres.start), *all_jobs(max(opts.j, 1), opts.unit)]
    jobs = select(jobs, opts.only)
    if not jobs:
        sys.exit("script/test: no such job; --list names them")
    if opts.list:
        print("\n".join(j.name for j in jobs))
        return 0
    if any(j.name.startswith("build/") for j in jobs) and subprocess.run([ROOT / "script/setup", "--server"]).returncode != 0:
        return 1  # for whoever comes past script/test
    memory = memory_folder()
    runner = Runner(max(opts.j, 1), {**SANITIZER_ENV, **os.environ, **({"TMPDIR": memory} if memory else {})})

    def clean_up():
        runner.stop()
        postgres.remove()
        if memory:
            shutil.rmtree(memory, ignore_errors=True)

    def stop(number, _frame):
        clean_up()
        print(f"stopped by {signal.Signals(number).name}", file=sys.stderr, flush=True)
        os._exit(128 + number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    try:
        run_all(jobs, runner)
    finally:
        clean_up()
    return total(jobs)


if __name__ == "__main__":
    sys.exit(main())

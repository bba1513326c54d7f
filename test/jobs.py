"""Runs jobs that depend on each other in a few slots at a time, and reports them. Nothing here knows habitd."""
import fnmatch
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field


BESIDE = 2  # jobs that mostly wait, at a time


@dataclass
class Outcome:
    """What a job came to. A job that ran no test is a failure, whatever its exit code."""
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    output: str = ""


@dataclass
class Job:
    name: str
    run: object  # (Runner) -> Outcome
    after: tuple = ()  # names of jobs that must have passed
    slots: int = 1
    waits: bool = False  # mostly for time to pass: runs beside the slots, BESIDE such at a time
    outcome: Outcome = None
    seconds: float = 0.0
    started: bool = field(default=False)


class Runner:
    def __init__(self, slots, env):
        self.slots, self.env = slots, env
        self.children, self.lock, self.stopping = set(), threading.Lock(), False

    def command(self, args, timeout=600, env=None, cwd=None):
        """Runs a program in a process group of its own; (exit code or None when it took too long, its output)."""
        with self.lock:
            if self.stopping:
                return None, "stopped"
            child = subprocess.Popen([str(a) for a in args], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                     env={**self.env, **(env or {})}, cwd=cwd, start_new_session=True)
            self.children.add(child)
        try:
            out, _ = child.communicate(timeout=timeout)
            return child.returncode, out.decode("utf-8", "replace")
        except subprocess.TimeoutExpired:
            self.end(child)
            out, _ = child.communicate()
            return None, out.decode("utf-8", "replace") + f"\nstill running after {timeout} s\n"
        finally:
            with self.lock:
                self.children.discard(child)

    @staticmethod
    def end(child):
        """Ends a child and everything it started, by its process group."""
        for sig in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(child.pid, sig)
                child.wait(timeout=3)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                pass

    def stop(self):
        with self.lock:
            self.stopping = True
            children = list(self.children)
        for child in children:
            self.end(child)


def select(jobs, globs):
    """The jobs whose names match, and what they depend on."""
    if not globs:
        return jobs
    by_name = {j.name: j for j in jobs}
    wanted = [j.name for j in jobs if any(fnmatch.fnmatch(j.name, g) or j.name.startswith(g + "/") for g in globs)]
    keep = set()
    while wanted:
        name = wanted.pop()
        if name not in keep:
            keep.add(name)
            wanted += by_name[name].after
    return [j for j in jobs if j.name in keep]


def report(job):
    o = job.outcome
    word = "ok  " if o.failed == 0 else "FAIL"
    skipped = f", {o.skipped} skipped" if o.skipped else ""
    print(f"{word} {job.name:<32} {o.passed:>5} passed, {o.failed} failed{skipped}  {job.seconds:6.1f} s", flush=True)
    if o.failed and o.output:
        lines = o.output.rstrip().split("\n")
        if len(lines) > 200:
            lines = lines[:60] + [f"… {len(lines) - 200} lines left out …"] + lines[-140:]
        print("\n".join("    | " + line for line in lines), flush=True)


def run_all(jobs, runner):
    """Runs jobs in their order as slots and dependencies allow. Returns when all have an outcome."""
    by_name = {j.name: j for j in jobs}
    done = threading.Condition()
    free = runner.slots
    beside = BESIDE

    def work(job):
        nonlocal free, beside
        began = time.monotonic()
        try:
            job.outcome = job.run(runner)
        except Exception as error:  # a broken job is a failed job, never a lost one
            job.outcome = Outcome(failed=1, output=f"{type(error).__name__}: {error}")
        if job.outcome.passed + job.outcome.failed == 0:
            job.outcome = Outcome(failed=1, output=job.outcome.output + "\nran no test")
        job.seconds = time.monotonic() - began
        with done:
            if job.waits:
                beside += 1
            else:
                free += min(job.slots, runner.slots)
            report(job)
            done.notify_all()

    with done:
        while any(j.outcome is None for j in jobs):
            full = False
            for job in jobs:
                if job.started:
                    continue
                needs = [by_name[n] for n in job.after]
                broken = next((n for n in needs if n.outcome and n.outcome.failed), None)
                if broken or runner.stopping:
                    job.started, job.outcome = True, Outcome(failed=1, output=f"not run: {broken.name if broken else 'the run'} failed")
                    report(job)
                elif not all(n.outcome for n in needs):
                    continue
                elif beside == 0 if job.waits else full:
                    continue
                elif not job.waits and free < min(job.slots, runner.slots):
                    full = True  # an earlier job that wants more slots is not overtaken for ever
                else:
                    job.started = True
                    if job.waits:
                        beside -= 1
                    else:
                        free -= min(job.slots, runner.slots)
                    threading.Thread(target=work, args=(job,), daemon=True).start()
            if any(j.outcome is None and j.started for j in jobs):
                done.wait(timeout=1)


def total(jobs):
    passed = sum(j.outcome.passed for j in jobs)
    failed = sum(j.outcome.failed for j in jobs)
    skipped = sum(j.outcome.skipped for j in jobs)
    for job in jobs:
        if job.outcome.failed:
            print(f"failed: {job.name}")
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    sys.stdout.flush()
    return 1 if failed or not passed else 0

#!/usr/bin/env python3
"""docs/operations.md has every alert that the program can raise, and no other. Ends with `N passed, N failed`."""
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def raised():
    """Fingerprints in the sources, up to the colon before what they are about."""
    found = set()
    for path in (ROOT / "src").rglob("*.c"):
        text = path.read_text()
        found |= set(re.findall(r'\.fingerprint = (?:arena_printf\([^"]*)?"([^"]+)"', text))
        found |= set(re.findall(r'#define FINGERPRINT_\w+ "([^"]+)"', text))
        found |= set(re.findall(r'fingerprint = arena_printf\([^"]*"([^"%]+)%s"', text))
        if path.name == "watch.c":
            found |= set(re.findall(r'^\s*\[WATCH_\w+\] =\s*\{"([^"]+)"', text, re.M))
        if path.name == "payment_out.c":
            found |= {f"payment.{word}:" for word in re.findall(r'^\s*\[TROUBLE_\w+\] =\s*\{"(\w+)"', text, re.M)}
    return {name.split(":")[0] for name in found}


def described():
    rows = re.findall(r"^\| `([a-z_.]+)(?::[A-Za-z]+)?` \|", (ROOT / "docs/operations.md").read_text(), re.M)
    return set(rows)


def main():
    sources, runbook = raised(), described()
    checks = [(f"{name} stands in the runbook", name in runbook) for name in sorted(sources)]
    checks += [(f"{name} is raised somewhere", name in sources) for name in sorted(runbook)]
    checks.append((f"enough were found: {len(sources)}", len(sources) >= 20))
    for name, ok in checks:
        print(f"{'ok ' if ok else 'not ok'} {name}")
    failed = sum(not ok for _, ok in checks)
    print(f"{len(checks) - failed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())

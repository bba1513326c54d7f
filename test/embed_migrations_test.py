#!/usr/bin/env python3
"""Proves that script/embed-migrations.py embeds byte for byte and refuses every folder that is not whole."""
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ODD = "-- what??/ \\ \"quoted\" it's\tя\nSELECT 1; -- no newline at the end"
ENDS = [f"{e}.{d}" for e in ("sqlite", "postgres") for d in ("up", "down")]


def whole():
    files = {f"000{v}_{name}.{end}.sql": "SELECT 1;\n" for v, name in ((1, "one"), (2, "two_more")) for end in ENDS}
    files |= {f"schema_migrations.{e}.sql": "CREATE TABLE x (y);\n" for e in ("sqlite", "postgres")}
    files["README.md"] = "not SQL"
    return files


def embed(files):
    """(exit code, stderr, the C text)."""
    with tempfile.TemporaryDirectory() as tmp:
        folder = Path(tmp, "migrations")
        folder.mkdir()
        for name, text in files.items():
            (folder / name).write_bytes(text.encode())
        out = Path(tmp, "out.c")
        run = subprocess.run([sys.executable, ROOT / "script/embed-migrations.py", folder, out, Path(tmp, "out.d")],
                             capture_output=True, text=True)
        return run.returncode, run.stderr, out.read_text() if out.exists() else ""


def byte_for_byte(_):
    """The compiled program holds what the file holds."""
    files = whole() | {"0001_one.sqlite.up.sql": ODD}
    code, errors, text = embed(files)
    assert code == 0, errors
    with tempfile.TemporaryDirectory() as tmp:
        source, program = Path(tmp, "m.c"), Path(tmp, "m")
        source.write_text(text + '\n#include <stdio.h>\nint main(void)\n{\n    fputs(migrations[0].sql[DB_SQLITE].up, stdout);\n'
                          '    return (int)migrations_count;\n}\n')
        subprocess.run(["gcc", "-std=c17", "-Wall", "-Wextra", "-Wpedantic", "-Werror", f"-I{ROOT}/src", source, "-o", program], check=True)
        run = subprocess.run([program], capture_output=True)
        assert run.stdout == ODD.encode(), run.stdout
        assert run.returncode == 2


def refused(change, message):
    def test(_):
        files = whole()
        change(files)
        code, errors, _ = embed(files)
        assert code != 0 and message in errors, f"{code}: {errors}"
    return test


def rename(files, old, new):
    for name in [n for n in files if n.startswith(old)]:
        files[new + name[len(old):]] = files.pop(name)


TESTS = {
    "byte for byte": byte_for_byte,
    "a file is missing": refused(lambda f: f.pop("0002_two_more.postgres.down.sql"), "0002_two_more.postgres.down.sql is missing"),
    "a gap": refused(lambda f: rename(f, "0002", "0003"), "version 0002 is missing"),
    "does not start at 1": refused(lambda f: rename(f, "0001", "0009"), "version 0001 is missing"),
    "two names": refused(lambda f: rename(f, "0002_two_more.sqlite", "0002_other.sqlite"), "version 0002 is already"),
    "a strange name": refused(lambda f: f.update({"0003-three.sql": "x"}), "0003-three.sql: is not NNNN_name"),
    "an empty file": refused(lambda f: f.update({"0001_one.sqlite.up.sql": " \n"}), "is empty"),
    "carriage returns": refused(lambda f: f.update({"0001_one.sqlite.up.sql": "a\r\n"}), "carriage return"),
    "no history": refused(lambda f: f.pop("schema_migrations.sqlite.sql"), "schema_migrations.sqlite.sql"),
}


def main():
    failed = 0
    for name, test in TESTS.items():
        try:
            test(None)
            print(f"ok {name}")
        except Exception as error:
            failed += 1
            print(f"not ok {name}: {error}")
    print(f"{len(TESTS) - failed} passed, {failed} failed")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())

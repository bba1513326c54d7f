#!/usr/bin/env python3
"""Turns migrations/NNNN_name.{sqlite,postgres}.{up,down}.sql into one C file: `migrations[]` and `migrations_count`.

Every version needs its four files, versions ascend from 1 without gaps, and one version has one name. The text is
embedded byte for byte, because its SHA-256 is what schema_migrations remembers.
The statements that make schema_migrations itself stand beside them in schema_migrations.{sqlite,postgres}.sql.
usage: embed-migrations.py MIGRATIONS_DIR OUT.c [OUT.d]
"""
import os
import re
import sys

ENGINES = ("sqlite", "postgres")
DIRECTIONS = ("up", "down")
HISTORY = {engine: f"schema_migrations.{engine}.sql" for engine in ENGINES}
NAME = re.compile(r"(\d{4})_([a-z0-9]+(?:_[a-z0-9]+)*)\.(sqlite|postgres)\.(up|down)\.sql")


class Bad(Exception):
    pass


def read(path):
    with open(path, encoding="utf-8", newline="") as f:
        text = f.read()
    if "\0" in text or "\r" in text:
        raise Bad(f"{path}: NUL and carriage return are not allowed")
    if not text.strip():
        raise Bad(f"{path}: is empty")
    return text


def collect(folder):
    """[(version, name, {(engine, direction): text})] ascending."""
    found = {}
    for file in sorted(os.listdir(folder)):
        if not file.endswith(".sql") or file in HISTORY.values():
            continue
        m = NAME.fullmatch(file)
        if not m:
            raise Bad(f"{file}: is not NNNN_name.{{sqlite,postgres}}.{{up,down}}.sql")
        name, texts = found.setdefault(int(m[1]), (m[2], {}))
        if name != m[2]:
            raise Bad(f"{file}: version {m[1]} is already '{name}'")
        texts[m[3], m[4]] = read(os.path.join(folder, file))
    for expected, version in enumerate(sorted(found), 1):
        name, texts = found[version]
        if version != expected:
            raise Bad(f"version {expected:04d} is missing, {version:04d} is there")
        for engine in ENGINES:
            for direction in DIRECTIONS:
                if (engine, direction) not in texts:
                    raise Bad(f"{version:04d}_{name}.{engine}.{direction}.sql is missing")
    return [(v, *found[v]) for v in sorted(found)]


def c_string(text):
    escapes = {"\\": "\\\\", '"': '\\"', "?": "\\?", "\t": "\\t"}
    lines = text.split("\n")
    out = []
    for i, line in enumerate(lines):
        end = "\\n" if i < len(lines) - 1 else ""
        if line or end:
            out.append('    "' + "".join(escapes.get(c, c) for c in line) + end + '"')
    return "\n".join(out)


def render(migrations, history):
    yield '/* Made by script/embed-migrations.py. */\n#include "store/migrate.h"\n#include "store/migrate_internal.h"\n\n'
    yield '#pragma GCC diagnostic ignored "-Woverlength-strings"\n\n'
    yield "const struct migration migrations[] = {\n"
    for version, name, texts in migrations:
        yield f'    {{\n        .version = {version},\n        .name = "{name}",\n        .sql = {{\n'
        for engine in ENGINES:
            yield f"            [DB_{engine.upper()}] = {{\n"
            for direction in DIRECTIONS:
                yield f"                .{direction} =\n{c_string(texts[engine, direction])},\n"
            yield "            },\n"
        yield "        },\n    },\n"
    if not migrations:
        yield "    {0},\n"
    yield f"}};\nconst size_t migrations_count = {len(migrations)};\n\n"
    yield "const char *const migrate_history_ddl[DB_ENGINES] = {\n"
    for engine in ENGINES:
        yield f"    [DB_{engine.upper()}] =\n{c_string(history[engine])},\n"
    yield "};\n"


def main(folder, out, depfile=None):
    migrations = collect(folder)
    history = {engine: read(os.path.join(folder, file)) for engine, file in HISTORY.items()}
    with open(out, "w", encoding="utf-8") as f:
        f.writelines(render(migrations, history))
    if depfile:
        files = [folder] + [os.path.join(folder, f) for f in sorted(os.listdir(folder)) if f.endswith(".sql")]
        with open(depfile, "w", encoding="utf-8") as f:
            f.write(f"{out}: {' '.join(p.replace(' ', chr(92) + ' ') for p in files)}\n")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except (Bad, OSError) as e:
        sys.exit(f"embed-migrations: {e}")

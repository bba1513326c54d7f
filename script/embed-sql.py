#!/usr/bin/env python3
"""Turns a .sql file of named queries into a C header and source of `struct query` constants.

A query starts with `-- name: habit_get` (or `-- name: habit_get [postgres]` for one engine's variant, which needs a
`-- reason: …` line), then comments, `-- params: uuid user_id, day from`, `-- returns: uuid id, text name`, then one statement.

`-- sorts: time created_at, i64 amount` makes a list's query once for each of these columns and both directions: {column} stands
for the column, {beyond} for < or >, {direction} for DESC or ASC, and the type `sorted` for the column's. They are named
NAME_by_COLUMN and NAME_by_COLUMN_desc, and all of them together are a `struct query_orders` (domain/list.h reads it).
usage: embed-sql.py FILE.sql OUT.h OUT.c
"""
import os
import re
import sys

TYPES = {"bool": "DB_BOOL", "i64": "DB_I64", "f64": "DB_F64", "text": "DB_TEXT", "bytes": "DB_BYTES",
         "uuid": "DB_UUID", "time": "DB_TIME", "day": "DB_DAY", "json": "DB_JSON"}
ENGINES = ("sqlite", "postgres")


class Bad(Exception):
    pass


def columns(text, where):
    out = []
    for part in filter(None, (p.strip() for p in text.split(","))):
        m = re.fullmatch(r"(\w+)(\[\])?\s+(\w+)", part)
        if not m or m[1] not in TYPES:
            raise Bad(f"{where}: '{part}' is not 'type name'")
        out.append((TYPES[m[1]] + (" | DB_ARRAY" if m[2] else ""), m[3]))
    return out


def in_orders(q, path):
    """The query for each column and direction of its `-- sorts:`, upwards first; itself when it has none."""
    q["sql"] = "\n".join(q["sql"]).rstrip().rstrip(";")
    q["list"] = None
    if not q["sorts"]:
        return [q]
    if q["engine"]:
        raise Bad(f"{path}: {q['name']}: a sorted list is one query for both engines")
    out = []
    for kind, column in columns(q["sorts"], f"{path}: {q['name']}"):
        for suffix, beyond, direction in (("", ">", "ASC"), ("_desc", "<", "DESC")):
            plain = next(name for name, code in TYPES.items() if code == kind)
            one = dict(q, name=f"{q['name']}_by_{column}{suffix}", list=(q["name"], column))
            for part in ("params", "returns"):
                one[part] = re.sub(r"\bsorted\b", plain, q[part])
            for mark, text in (("column", column), ("beyond", beyond), ("direction", direction)):
                if f"{{{mark}}}" not in q["sql"]:
                    raise Bad(f"{path}: {q['name']}: a sorted list without {{{mark}}}")
                one["sql"] = one["sql"].replace(f"{{{mark}}}", text)
            out.append(one)
    return out


def parse(path):
    """[(name, engine or None, params, cols, comment, sql)] in file order."""
    queries, cur, section = [], None, None
    for number, line in enumerate(open(path, encoding="utf-8"), 1):
        m = re.match(r"--\s*name:\s*(\w+)(?:\s*\[(\w+)\])?\s*$", line)
        if m:
            cur = {"name": m[1], "engine": m[2], "params": "", "returns": "", "reason": "", "sorts": "", "comment": [], "sql": []}
            if m[2] not in (None, *ENGINES):
                raise Bad(f"{path}:{number}: engine '{m[2]}'")
            queries.append(cur)
            section = "comment"
            continue
        if cur is None:
            if line.strip() and not line.startswith("--"):
                raise Bad(f"{path}:{number}: SQL before the first '-- name:'")
            continue
        m = re.match(r"--\s*(params|returns|reason|sorts):(.*)$", line)
        if m and not cur["sql"]:
            cur[m[1]] += m[2].strip() + " "
            section = m[1]
        elif line.startswith("--") and not cur["sql"]:
            cur["comment" if section == "comment" else section] += (
                [line[2:].strip()] if section == "comment" else line[2:].strip() + " ")
        elif line.strip():
            cur["sql"].append(line.rstrip())
    queries = [one for q in queries for one in in_orders(q, path)]
    for q in queries:
        where = f"{path}: {q['name']}"
        if not q["sql"]:
            raise Bad(f"{where}: no statement")
        if ";" in re.sub(r"'[^']*'", "", q["sql"]):
            raise Bad(f"{where}: more than one statement")
        if re.search(r"\$\d+::|::\w", q["sql"]):
            raise Bad(f"{where}: '::' reads as a parameter name on SQLite; use CAST")
        if q["engine"] and not q["reason"].strip():
            raise Bad(f"{where}: an engine variant needs '-- reason:'")
        q["params"] = columns(q["params"], where)
        q["returns"] = columns(q["returns"], where)
        used = {int(n) for n in re.findall(r"\$(\d+)", q["sql"])}
        if used != set(range(1, len(q["params"]) + 1)):
            raise Bad(f"{where}: parameters used {sorted(used)}, declared {len(q['params'])}")
    return queries


def c_string(text):
    return "\n".join('    "' + line.replace("\\", "\\\\").replace('"', '\\"') + '\\n"' for line in text.split("\n"))


def types_array(name, items):
    return f"static const uint8_t {name}[] = {{{', '.join(t for t, _ in items) or '0'}}};\n"


def names_array(name, items):
    return f"static const char *const {name}[] = {{{', '.join(chr(34) + n + chr(34) for _, n in items) or 'NULL'}}};\n"


def sorted_lists(queries):
    """{list: its columns in their order}"""
    lists = {}
    for q in queries:
        if q["list"]:
            name, column = q["list"]
            lists.setdefault(name, dict())[column] = True
    return {name: list(found) for name, found in lists.items()}


def main(source, header, out):
    queries = parse(source)
    lists = sorted_lists(queries)
    by_name = {}
    for q in queries:
        engines = by_name.setdefault(q["name"], {})
        for e in ([q["engine"]] if q["engine"] else ENGINES):
            if e in engines:
                raise Bad(f"{source}: {q['name']} twice for {e}")
            engines[e] = q
    base = os.path.basename(source)
    guard = "HABITD_SQL_" + re.sub(r"\W", "_", base).upper() + "_H"
    stem = re.sub(r"\W", "_", base.rsplit(".", 1)[0])
    with open(header, "w") as f:
        f.write(f"/* Made by script/embed-sql.py from {base}. */\n#ifndef {guard}\n#define {guard}\n#include \"store/db.h\"\n\n")
        for name, engines in by_name.items():
            first = next(iter(engines.values()))
            note = " ".join(first["comment"]).strip()
            params = ", ".join(f"${i} {n}" for i, (_, n) in enumerate(first["params"], 1)) or "none"
            cols = ", ".join(f"{i} {n}" for i, (_, n) in enumerate(first["returns"])) or "none"
            f.write(f"/* {note}\n * params: {params}\n * columns: {cols} */\n".replace("/* \n", "/*\n"))
            f.write(f"extern const struct query Q_{name};\n\n")
        for name, sorts in lists.items():
            f.write(f"/* {name} in each of its orders: by {', '.join(sorts)} */\nextern const struct query_orders Q_{name};\n\n")
        f.write(f"extern const struct query *const queries_{stem}[];\nextern const unsigned queries_{stem}_count;\n\n#endif\n")
    with open(out, "w") as f:
        f.write(f"/* Made by script/embed-sql.py from {base}. */\n#include \"{os.path.basename(header)}\"\n\n")
        for name, engines in by_name.items():
            shapes = {(tuple(t for t, _ in q["params"]), tuple(t for t, _ in q["returns"])) for q in engines.values()}
            if len(shapes) != 1:
                raise Bad(f"{source}: {name}: the engines' variants have different parameters or columns")
            first = next(iter(engines.values()))
            f.write(types_array(f"p_{name}", first["params"]) + types_array(f"c_{name}", first["returns"]))
            f.write(names_array(f"n_{name}", first["params"]))
            f.write(f"const struct query Q_{name} = {{\n    .name = \"{name}\",\n    .sql = {{\n")
            for e in ENGINES:
                if e in engines:
                    f.write(f"        [DB_{e.upper()}] =\n{c_string(engines[e]['sql'])},\n")
            f.write(f"    }},\n    .nparams = {len(first['params'])},\n    .params = p_{name},\n    .param_names = n_{name},\n"
                    f"    .ncols = {len(first['returns'])},\n    .cols = c_{name},\n}};\n\n")
        for name, sorts in lists.items():
            f.write(names_array(f"n_{name}", [(None, c) for c in sorts]))
            f.write(f"static const struct query *const o_{name}[][2] = {{\n")
            f.writelines(f"    {{&Q_{name}_by_{c}, &Q_{name}_by_{c}_desc}},\n" for c in sorts)
            f.write(f"}};\nconst struct query_orders Q_{name} = {{n_{name}, {len(sorts)}, o_{name}}};\n\n")
        f.write(f"const struct query *const queries_{stem}[] = {{\n")
        for name in by_name:
            f.write(f"    &Q_{name},\n")
        f.write(f"}};\nconst unsigned queries_{stem}_count = {len(by_name)};\n")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:4])
    except Bad as e:
        sys.exit(f"embed-sql: {e}")

#!/usr/bin/env python3
"""Proves that every check of test/style.py can fail: a clean little tree passes, and one violation at a time is found."""
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import style  # noqa: E402

CLEAN = {
    "src/base/num.h": "#ifndef HABITD_NUM_H\n#define HABITD_NUM_H\n\n/* Twice x. */\nint num_twice(int x);\n\n#endif\n",
    "src/base/num.c": '#include "base/num.h"\n\nint num_twice(int x)\n{\n    return 2 * x;\n}\n',
    "src/store/db.h": "#ifndef HABITD_DB_H\n#define HABITD_DB_H\n\nint db_begin(void);\n\n#endif\n",
    "src/store/db.c": '#include "store/db.h"\n\n#include <sqlite3.h>\n\nint db_begin(void)\n{\n    return *"BEGIN IMMEDIATE";\n}\n',
    "src/net/http.h": "#ifndef HABITD_HTTP_H\n#define HABITD_HTTP_H\n\nint http_port(void);\n\n#endif\n",
    "src/net/http.c": '#include "net/http.h"\n\n#include <microhttpd.h>\n\nint http_port(void)\n{\n    return 80;\n}\n',
    "src/domain/habit/habit.h": "#ifndef HABITD_HABIT_H\n#define HABITD_HABIT_H\n\nint habit_count(void);\n\n#endif\n",
    "src/domain/habit/habit.c": '#include "domain/habit/habit.h"\n\n#include "base/num.h"\n#include "store/db.h"\n\n'
                                "/* select a habit from the list; strcpy( in a comment is no call */\n"
                                'int habit_count(void)\n{\n    return num_twice(db_begin()) + *"DELETE /v1/habits";\n}\n',
    "src/domain/habit/habit.sql": "-- name: habit_get\n-- params: uuid user_id\n-- returns: text name\n"
                                  "SELECT name FROM habits WHERE user_id = $1 AND note <> 'I like :: now()';\n\n"
                                  "-- name: habit_lock [postgres]\n-- reason: row locks\n-- returns: text name\n"
                                  "SELECT name FROM habits FOR UPDATE;\n",
    "src/edge/http/routes.h": "#ifndef HABITD_ROUTES_H\n#define HABITD_ROUTES_H\n\nint routes_run(void);\n\n#endif\n",
    "src/edge/http/routes.c": '#include "edge/http/routes.h"\n\n#include "domain/habit/habit.h"\n#include "net/http.h"\n\n'
                              "int routes_run(void)\n{\n    return habit_count() + http_port();\n}\n",
    "src/edge/bot/bot.h": "#ifndef HABITD_BOT_H\n#define HABITD_BOT_H\n\nint bot_run(void);\n\n#endif\n",
    "src/edge/bot/bot.c": '#include "edge/bot/bot.h"\n\nint bot_run(void)\n{\n    return 1;\n}\n',
    "src/cli/main.c": '#include <stdio.h>\n#include "edge/bot/bot.h"\n#include "edge/http/routes.h"\n\nint main(void)\n{\n'
                      '    printf("%d", routes_run() + bot_run());\n    return 0;\n}\n',
    "docs/notes.md": "Plain words.\n",
}


def add(path, text):
    return lambda tree: tree.__setitem__(path, tree.get(path, "") + text)


def swap(path, old, new):
    def change(tree):
        assert old in tree[path], (path, old)
        tree[path] = tree[path].replace(old, new, 1)
    return change


HABIT, HABIT_SQL, ROUTES, NUM = "src/domain/habit/habit.c", "src/domain/habit/habit.sql", "src/edge/http/routes.c", "src/base/num.c"
LINES = "    (void)0;\n"

# (the check that must find it, what is broken, how)
VIOLATIONS = [
    ("include_direction", "base includes domain", add(NUM, '#include "domain/habit/habit.h"\n')),
    ("include_direction", "store includes net", add("src/store/db.c", '#include "net/http.h"\n')),
    ("include_direction", "net includes store", add("src/net/http.c", '#include "store/db.h"\n')),
    ("include_direction", "domain includes net", add(HABIT, '#include "net/http.h"\n')),
    ("include_direction", "edge includes store", add(ROUTES, '#include "store/db.h"\n')),
    ("include_direction", "edge includes another edge", add(ROUTES, '#include "edge/bot/bot.h"\n')),
    ("include_direction", "edge includes cli", add(ROUTES, '#include "cli/main.h"\n')),
    ("include_direction", "draw includes domain", add("src/draw/a.c", '#include "domain/habit/habit.h"\n')),
    ("include_direction", "a way round with ..", add(ROUTES, '#include "../../store/db.h"\n')),
    ("include_direction", "a file in no layer", add("src/misc/a.c", '#include "a.h"\n')),
    ("library_headers", "domain uses libpq", add(HABIT, "#include <libpq-fe.h>\n")),
    ("library_headers", "edge uses libmicrohttpd", add(ROUTES, "#include <microhttpd.h>\n")),
    ("library_headers", "domain/habit uses SQLite", add(HABIT, "#include <sqlite3.h>\n")),
    ("library_headers", "edge draws by itself", add(ROUTES, "#include <cairo.h>\n")),
    ("library_headers", "assert.h", add(NUM, "#include <assert.h>\n")),
    *[("banned_functions", name, add(NUM, f"int bad(void)\n{{\n    return {name}(a, b);\n}}\n")) for name in (
        "strcpy", "strcat", "sprintf", "vsprintf", "gets", "strtok", "atoi", "alloca", "rand", "localtime", "system", "assert", "sscanf")],
    ("banned_functions", "the clock outside base", add(HABIT, "int t(void)\n{\n    return time(0);\n}\n")),
    ("banned_functions", "the wall clock outside base", add(HABIT, "int t(void)\n{\n    return clock_gettime(CLOCK_REALTIME, 0);\n}\n")),
    ("banned_functions", "in a test", add("test/unit/a_test.c", "int t(void)\n{\n    return strcpy(a, b);\n}\n")),
    ("output_at_the_edges", "printf in domain", add(HABIT, 'void p(void)\n{\n    printf("x");\n}\n')),
    ("output_at_the_edges", "stderr in store", add("src/store/db.c", "FILE *f(void)\n{\n    return stderr;\n}\n")),
    ("output_at_the_edges", "exit in an edge", add(ROUTES, "void p(void)\n{\n    exit(1);\n}\n")),
    *[("sql_in_sql_files", sql, add(path, f'const char *s = "{sql}";\n')) for path, sql in (
        (HABIT, "SELECT name FROM habits"), (ROUTES, "INSERT INTO habits"), ("src/cli/main.c", "DELETE FROM habits"),
        ("src/net/http.c", "UPDATE habits SET x = 1"), (HABIT, "CREATE TABLE t (x)"), (HABIT, "PRAGMA user_version"),
        (HABIT, "select x from t"), (HABIT, "INSERT OR IGNORE"), (HABIT, "DROP INDEX i"))],
    ("one_transaction_owner", "BEGIN in domain", add(HABIT, 'const char *s = "BEGIN";\n')),
    ("one_transaction_owner", "COMMIT elsewhere in the store", add("src/store/lane.c", '#include "store/db.h"\nconst char *s = "COMMIT";\n')),
    ("one_transaction_owner", "SAVEPOINT in a command", add("src/cli/main.c", 'const char *s = "SAVEPOINT a";\n')),
    ("one_transaction_owner", "COMMIT in a query file", add(HABIT_SQL, "\n-- name: bad\nCOMMIT;\n")),
    *[("sql_traps", sql, add(HABIT_SQL, f"\n-- name: bad\n{sql};\n")) for sql in (
        "SELECT $1::uuid", "SELECT 1 FROM habits WHERE name LIKE $1", "SELECT now()", "SELECT CURRENT_TIMESTAMP", "SELECT lower(name)",
        "SELECT greatest(a, b)", "SELECT a ->> 'x'", "SELECT jsonb_agg(x)", "SELECT a FROM b FOR UPDATE", "SELECT SUM(x) FROM b",
        "SELECT a FROM b WHERE c ilike $1")],
    ("engine_variants", "two of twenty", add(HABIT_SQL, "".join(f"\n-- name: q{i}\nSELECT {i};\n" for i in range(19))
                                            + "\n-- name: one [sqlite]\n-- reason: none\nSELECT 1;\n")),
    ("lengths", "a long file", add(NUM, "/* line */\n" * 600)),
    ("lengths", "a long test", add("test/unit/a_test.c", "/* line */\n" * 801)),
    ("lengths", "a long header", add("src/base/num.h", "/* line */\n" * 250)),
    ("lengths", "a long function", add(NUM, "void f(void)\n{\n" + LINES * 80 + "}\n")),
    ("text_hygiene", "blanks at the end", add(NUM, "int x; \n")),
    ("text_hygiene", "a tab", add(NUM, "\tint x;\n")),
    ("text_hygiene", "CRLF", add("docs/a.txt", "a\r\n")),
    ("text_hygiene", "no newline at the end", add("docs/notes.md", "end")),
    *[("nothing_unfinished", word, add("docs/notes.md", f"{word}: later\n")) for word in ("TO" + "DO", "FIX" + "ME", "X" + "XX")],
    ("machine_paths", "a home folder", add("docs/notes.md", "see /ho" + "me/ann/x\n")),
    ("machine_paths", "root's folder", add(NUM, '/* "/ro' + 'ot/x" */\n')),
    ("dead_code", "a function nobody calls", swap("src/base/num.h", "#endif", "int num_lost(void);\n\n#endif")),
    ("dead_code", "only its own file calls it", swap(ROUTES, "habit_count()", "1")),
    ("dead_code", "only a test calls it", lambda tree: (swap("src/base/num.h", "#endif", "int num_lost(void);\n\n#endif")(tree),
                                                       add("test/unit/a_test.c", "int t(void)\n{\n    return num_lost();\n}\n")(tree))),
    ("dead_code", "an inline function nobody calls",
     swap("src/base/num.h", "#endif", "static inline int num_lost(void)\n{\n    return 1;\n}\n\n#endif")),
    ("code_has_a_header", "no header", add("src/domain/habit/lost.c", '#include "base/num.h"\n')),
    ("code_has_a_header", "no guard", swap("src/base/num.h", "#define HABITD_NUM_H\n", "")),
    ("code_has_a_header", "one guard twice", add("src/store/num.h", "#ifndef HABITD_NUM_H\n#define HABITD_NUM_H\n#endif\n")),
    ("headers_compile_alone", "a type it does not include", swap("src/base/num.h", "#endif", "uint8_t num_byte(void);\n\n#endif")),
]


def findings(files):
    with tempfile.TemporaryDirectory() as root:
        for path, text in files.items():
            full = Path(root, path)
            full.parent.mkdir(parents=True, exist_ok=True)
            full.write_bytes(text.encode())
        tree = style.Tree(root)
        return {check.__name__: list(check(tree)) for check in style.CHECKS}


def main():
    passed = failed = 0

    def expect(what, good, why):
        nonlocal passed, failed
        passed, failed = passed + bool(good), failed + (not good)
        if not good:
            print(f"not ok {what}: {why}")

    clean = {name: found for name, found in findings(CLEAN).items() if found}
    expect("the clean tree", not clean, clean)
    for check, what, change in VIOLATIONS:
        files = dict(CLEAN)
        change(files)
        found = findings(files)[check]
        expect(f"{check}: {what}", found, "not found")
    untested = {c.__name__ for c in style.CHECKS} - {check for check, _, _ in VIOLATIONS}
    expect("every check is broken once", not untested, untested)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

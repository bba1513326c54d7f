#!/usr/bin/env python3
"""The style of the tree as a test: what a reviewer would otherwise have to see with his eyes.

usage: style.py [--root DIR] [--list] [CHECK…]     one line per check, the findings under it, `N passed, N failed` at the end

The rules stand in docs/architecture.md. test/style_test.py proves that every check can fail.
"""
import argparse
import os
import re
import shlex
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

# docs/architecture.md: what a layer may include, and the libraries that only it may touch.
LAYERS = {
    "base": {"base"},
    "store": {"base", "store"},
    "net": {"base", "net"},
    "domain": {"base", "store", "domain"},
    "draw": {"base", "draw"},
    "edge/*": {"base", "net", "draw", "domain"},  # and itself
    "cli": None,  # everything
}
LIBRARIES = {
    r"sqlite3\.h": ("src/store/", "src/domain/transfer/"),  # a Loop backup is an SQLite file of somebody else
    r"libpq-fe\.h|libpq/.*": ("src/store/",),
    r"microhttpd\.h": ("src/net/",),
    r"curl/.*": ("src/net/",),
    r"libical/.*": ("src/domain/schedule/", "src/domain/transfer/"),
    r"cairo\.h|pango/.*|fontconfig/.*|png\.h": ("src/draw/",),
    r"zip\.h": ("src/domain/transfer/",),
    r"assert\.h": (),  # CHECK stays on in release builds
}

BANNED = {
    r"strcpy|strcat|strncpy|strncat|stpcpy": "use struct buf or snprintf",
    r"sprintf|vsprintf": "use snprintf or buf_printf",
    r"gets|scanf|sscanf|fscanf": "parse with a length",
    r"strtok|strtok_r": "walk the text",
    r"atoi|atol|atoll|atof": "they cannot report an error",
    r"alloca": "unbounded stack",
    r"rand|srand|random|srandom|drand48|rand_r": "use base/rng.h",
    r"localtime|gmtime|ctime|asctime|localtime_r|mktime": "use base/zone.h and base/day.h",
    r"setlocale|setenv|putenv": "process-wide state",
    r"system|popen": "no shells",
    r"assert": "use CHECK, it stays on in release builds",
}
# Tests that need one of them all the same, each with its reason.
BANNED_ALLOWED = {
    ("test/unit/zone_libc_test.c", "setenv"): "libc is the oracle and takes its zone from the environment",
    ("test/unit/zone_libc_test.c", "localtime_r"): "libc is the oracle",
    ("test/unit/zone_libc_test.c", "mktime"): "libc is the oracle",
    ("test/unit/day_test.c", "setenv"): "HABITD_NOW is what it tests",
}
# The time of day comes from the context, so tests own it; only base reads it. Waiting on the monotonic clock is everybody's.
CLOCKS = r"time|clock_gettime(?=\s*\(\s*CLOCK_REALTIME)|gettimeofday|timespec_get|clock"

TXN_FILES = re.compile(r"src/store/(db|txn|sqlite|postgres)\w*\.c$")
# SQL on a database that is not habitd's: there is no query suite for those.
FOREIGN_SQL = ("src/domain/transfer/loop", "src/cli/cmd_adopt")

# Public functions that src itself does not call, each with its reason.
UNUSED_ALLOWED = {
    "http_client_options_init": "the bot's sender and poller, and the payment providers, are built on the HTTP client",
    "http_client_new": "as above",
    "http_client_drain": "as above",
    "http_client_free": "as above",
    "http_call_init": "as above",
    "http_call_release": "as above",
    "http_client_submit": "as above",
    "http_client_wait": "as above",
    "http_client_cancel": "as above",
    "tg_update_parse": "the bot's poller, webhook and sender speak to Telegram by it",
    "tg_updates_split": "as above",
    "tg_url": "as above",
    "tg_file_url": "as above",
    "tg_html_units": "as above",
    "tg_judge": "as above",
    "tg_verdict_name": "as above",
    "tg_answer_parse": "as above",
    "reminder_first_due": "readyz tells by it whether reminders are late",
    "arena_used": "tests bound what an operation allocates",
    "setting_option": "docs/settings.md is made and checked with it by config_test",
    "setting_key": "docs/settings.md is made and checked with it by config_test",
    "ledger_post_many": "no flow has a batch of postings yet; bench and ledger_test hold it against ledger_post",
    "ledger_check_changed": "a job runs it every five minutes",
    "payment_check_changed": "a job runs it every five minutes",
    "payment_janitor": "a job runs it every minute",
    "payment_receive": "the providers' edges bring what a provider said",
    "payment_create_renewal": "the edge of Stars brings renewals that Telegram made by itself",
    "payment_payload": "the providers' edges hand it to the provider",
    "payment_payload_parse": "the providers' edges get it back",
    "subscription_due": "a job looks what is due",
    "subscription_act": "a job does what is due",
    "referral_due": "a job looks what is due",
    "referral_act": "a job does what is due",
    "referral_may": "referral_test holds the matrix against it",
    "add_months": "subscription_rule_test holds calendar months against it",
    "currency_digits": "the screens show amounts with it",
    "config_file": "the tables of plans and currencies are checked with the file; payments read them",
    "log_template": "log_test holds it against examples",
    "log_f64": "the set of typed fields is complete, so that nobody formats a value into the message",
    "log_uuid": "the set of typed fields is complete, so that nobody formats a value into the message",
    "log_instant": "the set of typed fields is complete, so that nobody formats a value into the message",
    "fault_arm": "tests make statements and commits fail with it",
    "zone_name": "tests name the zone that differs from libc",
    "zone_offset_at": "zone_libc_test compares offsets with libc",
    "instant_diff": "tests measure with it",
    "rng_u64": "base_test holds the generator against its published stream",
    "json_put_milli": "json_test holds it against the reader of thousandths",
    "migrate_rename_table": "the step for taking over an older bot's tables; proved by migrate_test and migrate_crash_test",
    "zone_set_directory": "tests show what missing tzdata does",
    "log_set_fd": "tests read what is logged",
    "alert_may": "tests hold the table of moves against its picture",
    "broadcast_may": "as above",
    "alert_list": "the operator's console shows them",
    "alert_move": "as above",
    "outbox_hold": "restore and copy begin with it; `habitd outbox release` ends it",
    "schedule_rule_next": "tests and the fuzz target hold schedule_rule_days against it",
}

MAX_FILE, MAX_TEST_FILE, MAX_FUNCTION, MAX_HEADER = 600, 800, 80, 250

TEXT_DIRS = ("src", "test", "fuzz", "bench", "script", "docs", "locale", "migrations", "packaging", "web", ".ci")
TEXT_ENDS = (".c", ".h", ".py", ".mjs", ".js", ".sh", ".sql", ".po", ".md", ".build", ".txt", ".yaml", ".yml", ".html", ".css", ".toml")
CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


def blank(text):
    """C text with comments and literals blanked (same length and lines), and the string literals as (line, text)."""
    out, strings = list(text), []
    token = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
    for m in token.finditer(text):
        if m[0].startswith('"'):
            strings.append((text.count("\n", 0, m.start()) + 1, m[0][1:-1]))
        for i in range(m.start(), m.end()):
            if out[i] != "\n":
                out[i] = " "
    return "".join(out), strings


class File:
    def __init__(self, root, path):
        self.path = path
        self.text = (root / path).read_bytes().decode("utf-8")
        self.lines = self.text.split("\n")
        self.code, self.strings = blank(self.text) if path.endswith((".c", ".h")) else ("", [])

    def includes(self):
        for n, line in enumerate(self.lines, 1):
            m = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
            if m:
                yield n, m[1] == '"', m[2]


class Tree:
    def __init__(self, root):
        self.root = Path(root).resolve()
        self.files = {p: File(self.root, p) for p in self.walk()}

    def walk(self):
        for name in sorted(os.listdir(self.root)):
            path = self.root / name
            if path.is_file() and (name.endswith(TEXT_ENDS)):
                yield name
            elif path.is_dir() and name in TEXT_DIRS:
                for where, dirs, names in os.walk(path):
                    dirs[:] = sorted(d for d in dirs if d not in ("node_modules", "corpus", "vendor", "data"))
                    for n in sorted(names):
                        full = Path(where, n)
                        if n.endswith(TEXT_ENDS) or (name in ("script", ".ci") and "." not in n):
                            yield str(full.relative_to(self.root))

    def c(self, prefix="src/"):
        return [f for p, f in self.files.items() if p.startswith(prefix) and p.endswith((".c", ".h"))]

    def ends(self, prefix, end):
        return [f for p, f in self.files.items() if p.startswith(prefix) and p.endswith(end)]


def layer_of(path):
    """'src/edge/http/x.c' -> 'edge/http', 'src/store/db.h' -> 'store'; None outside src/."""
    parts = path.split("/")
    if parts[0] != "src" or len(parts) < 3:
        return None
    return "/".join(parts[1:3]) if parts[1] == "edge" else parts[1]


def may_include(user, used):
    if user.startswith("edge/"):
        return used in LAYERS["edge/*"] or used == user
    allowed = LAYERS.get(user)
    return allowed is None or used in allowed


@check
def include_direction(tree):
    """Includes go strictly downward and edges never see each other."""
    for f in tree.c():
        layer = layer_of(f.path)
        if layer is None or (layer not in LAYERS and not layer.startswith("edge/")):
            yield f"{f.path}: lies in no layer of docs/architecture.md"
            continue
        for n, quoted, name in f.includes():
            if quoted and name.startswith("../"):
                yield f"{f.path}:{n}: include from src/: \"{name}\""
            elif quoted:
                used = layer_of("src/" + name)
                if used and not may_include(layer, used):
                    yield f"{f.path}:{n}: {layer} may not include {name}"


@check
def library_headers(tree):
    """A library's header is seen only by the layer that wraps it."""
    for f in tree.c():
        for n, _, name in f.includes():
            for pattern, allowed in LIBRARIES.items():
                if re.fullmatch(pattern, name) and not f.path.startswith(allowed or ("\0",)):
                    yield f"{f.path}:{n}: <{name}> belongs to {', '.join(allowed) or 'nobody'}"


@check
def banned_functions(tree):
    """Functions that overflow, cannot fail, or lean on the process's state."""
    for f in tree.c() + tree.c("test/") + tree.c("bench/") + tree.c("fuzz/"):
        for pattern, why in BANNED.items():
            for m in re.finditer(rf"(?<![\w.>])({pattern})\s*\(", f.code):
                if (f.path, m[1]) not in BANNED_ALLOWED:
                    yield f"{f.path}:{f.code.count(chr(10), 0, m.start()) + 1}: {m[1]}: {why}"
        if f.path.startswith("src/") and not f.path.startswith("src/base/"):
            for m in re.finditer(rf"(?<![\w.>])({CLOCKS})\s*\(", f.code):
                yield f"{f.path}:{f.code.count(chr(10), 0, m.start()) + 1}: {m[1]}: the clock is read in base/instant.c only"


@check
def output_at_the_edges(tree):
    """Lower layers return errors; only main, commands and the log write."""
    for f in tree.c():
        if f.path.startswith(("src/cli/", "src/base/")):
            continue
        for m in re.finditer(r"(?<![\w.>])(printf|puts|putchar|perror|vprintf|exit|_exit)\s*\(|\b(stdout|stderr)\b", f.code):
            yield f"{f.path}:{f.code.count(chr(10), 0, m.start()) + 1}: {m[1] or m[2]} outside src/cli and src/base"


SQL_TEXT = re.compile(r"\b(SELECT\s+[\w*('$]|INSERT\s+(OR|INTO)\b|UPDATE\s+\w+\s+SET\b|DELETE\s+FROM\b|"
                      r"(CREATE|ALTER|DROP)\s+(UNIQUE |TEMP |VIRTUAL )?(TABLE|INDEX|VIEW|TRIGGER|SCHEMA|DATABASE)\b)|"
                      r"\bselect\s.+\sfrom\s")
SQL_TXN = re.compile(r"^\s*(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|START TRANSACTION)\b(?!:)")


@check
def sql_in_sql_files(tree):
    """Statements live in .sql files, where one suite runs them on both engines."""
    for f in tree.c():
        if f.path.startswith("src/store/") or f.path.startswith(FOREIGN_SQL):
            continue
        for n, text in f.strings:
            if SQL_TEXT.search(text) or re.match(r"\s*(PRAGMA|VACUUM|ATTACH)\s", text):
                yield f"{f.path}:{n}: SQL in C: \"{text[:60]}\""


@check
def one_transaction_owner(tree):
    """BEGIN and COMMIT have one owner."""
    for f in tree.c():
        if TXN_FILES.match(f.path):
            continue
        for n, text in f.strings:
            if SQL_TXN.match(text):
                yield f"{f.path}:{n}: \"{text[:40]}\" outside the store's transaction owner"
    for f in tree.ends("src/", ".sql"):
        for n, line in enumerate(f.lines, 1):
            if SQL_TXN.match(line):
                yield f"{f.path}:{n}: {line.strip()[:40]}: transactions belong to the store"


SQL_TRAPS = {
    r"::\s*\w": "SQLite reads '::' as part of a parameter's name; use CAST",
    r"\b(NOT\s+)?I?LIKE\b|\bGLOB\b|\bSIMILAR\s+TO\b": "LIKE differs in case between the engines",
    r"\bnow\s*\(|\bCURRENT_(TIMESTAMP|DATE|TIME)\b|\bdatetime\s*\(|\bstrftime\s*\(": "time comes from the context as a parameter",
    r"\b(lower|upper|initcap)\s*\(": "folds only ASCII on SQLite; fold in C",
    r"\b(greatest|least)\s*\(": "not there on SQLite",
    r"->>?|\bjsonb?_\w+\s*\(": "JSON functions differ",
}


def statements(f):
    """A query file's statements: (line, name, engine or None, text without comments and literals)."""
    parts = re.split(r"(?m)^--\s*name:\s*", f.text)
    line = parts[0].count("\n") + 1
    for part in parts[1:]:
        m = re.match(r"(\w+)(?:\s*\[(\w+)\])?", part)
        body = re.sub(r"--[^\n]*|'(?:''|[^'])*'", lambda k: re.sub(r"[^\n]", " ", k[0]), part[m.end():] if m else part)
        yield line, m[1] if m else "?", m[2] if m else None, body
        line += part.count("\n")


@check
def sql_traps(tree):
    """Constructs that mean something else, or nothing, on the other engine."""
    for f in tree.ends("src/", ".sql"):
        engine_file = re.search(r"\.(sqlite|postgres)\.sql$", f.path)
        for line, name, engine, body in statements(f):
            if engine or engine_file:
                continue
            for pattern, why in SQL_TRAPS.items():
                for m in re.finditer(pattern, body, re.I):
                    yield f"{f.path}:{line + body.count(chr(10), 0, m.start())}: {name}: '{m[0].strip()}': {why}"
            if re.search(r"\bFOR\s+(UPDATE|SHARE)\b", body, re.I):
                yield f"{f.path}:{line}: {name}: FOR UPDATE exists on PostgreSQL only"
            if re.search(r"\bSUM\s*\(", body, re.I) and not re.search(r"\bCAST\s*\(", body, re.I):
                yield f"{f.path}:{line}: {name}: SUM of bigint is numeric on PostgreSQL: CAST it back"


@check
def engine_variants(tree):
    """Queries that exist per engine stay under 5 % of all (array statements aside)."""
    total, variants = set(), {}
    for f in tree.ends("src/domain/", ".sql"):
        for line, name, engine, body in statements(f):
            total.add((f.path, name))
            if engine and not re.search(r"\bunnest\s*\(", body, re.I):
                variants.setdefault((f.path, name), line)
    arrays = {(f.path, name) for f in tree.ends("src/domain/", ".sql") for _, name, e, b in statements(f)
              if e and re.search(r"\bunnest\s*\(", b, re.I)}
    bad = {k: v for k, v in variants.items() if k not in arrays}
    if len(total) >= 20 and len(bad) > 0.05 * len(total):
        for (path, name), line in sorted(bad.items()):
            yield f"{path}:{line}: {name}: {len(bad)} of {len(total)} queries exist per engine"


def functions(f):
    """Top-level functions as (line, name, length)."""
    start = None
    for n, line in enumerate(f.code.split("\n"), 1):
        if line.startswith("{"):
            start = n
        elif line.startswith("}") and start:
            head = start - 1
            while head > 1 and not re.match(r"[\w]", f.lines[head - 1]):
                head -= 1
            m = re.search(r"(\w+)\s*\(", f.lines[head - 1])
            yield head, m[1] if m else "?", n - head + 1
            start = None


@check
def lengths(tree):
    """Files and functions that fit into a head."""
    for f in tree.c() + tree.c("test/") + tree.c("bench/") + tree.c("fuzz/"):
        limit = MAX_HEADER if f.path.endswith(".h") else MAX_FILE if f.path.startswith("src/") else MAX_TEST_FILE
        if len(f.lines) - 1 > limit:
            yield f"{f.path}: {len(f.lines) - 1} lines, at most {limit}"
        if f.path.endswith(".c"):
            for n, name, length in functions(f):
                if length > MAX_FUNCTION:
                    yield f"{f.path}:{n}: {name} has {length} lines, at most {MAX_FUNCTION}"


@check
def text_hygiene(tree):
    """No trailing blanks, tabs in C, CRLF; a newline at the end."""
    for f in tree.files.values():
        for n, line in enumerate(f.lines, 1):
            if line != line.rstrip() and not f.path.endswith(".md"):
                yield f"{f.path}:{n}: blanks at the end of the line"
            if "\t" in line and f.path.endswith((".c", ".h", ".py", ".mjs")):
                yield f"{f.path}:{n}: a tab"
        if f.text and (not f.text.endswith("\n") or f.text.endswith("\n\n")):
            yield f"{f.path}: ends without exactly one newline"


UNFINISHED = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK"]) + r")\b")
# Somebody's own folders. Their names are put together here so that this file passes its own test.
PLACES = re.compile(r"(?<![\w.$}/:])/(" + "|".join(["ho" + "me", "ro" + "ot", "wo" + "rk", "Us" + "ers"]) + r")/\w")


@check
def nothing_unfinished(tree):
    """Unfinished work belongs into an issue, not into the tree."""
    for f in tree.files.values():
        for n, line in enumerate(f.lines, 1):
            m = UNFINISHED.search(line)
            if m:
                yield f"{f.path}:{n}: {m[0]}"


@check
def machine_paths(tree):
    """The tree names nobody's folders."""
    for f in tree.files.values():
        for n, line in enumerate(f.lines, 1):
            m = PLACES.search(line)
            if m:
                yield f"{f.path}:{n}: {m[0]}…"


# A prototype or an inline function at the left margin of a header.
DECLARATION = re.compile(r"^(?!typedef|#|struct \w+ \{|enum)[A-Za-z_][\w \t]*[\s*]+\**(\w+)\(", re.M)
RETURNS_ENUM = re.compile(r"^enum \w+\s+\**(\w+)\(", re.M)


def declared(header):
    names = [m[1] for m in DECLARATION.finditer(header.code)] + [m[1] for m in RETURNS_ENUM.finditer(header.code)]
    return [n for n in names if n not in ("if", "while", "for", "switch", "return", "sizeof", "__attribute__")]


@check
def dead_code(tree):
    """Every function of a header is used by another file of src/; tests alone do not keep code alive."""
    sources = tree.c()
    words = {f.path: set(re.findall(r"\w+", f.code)) for f in sources}
    for header in (f for f in sources if f.path.endswith(".h")):
        for name in declared(header):
            owners = {f.path for f in sources if f.path.endswith(".c") and name in words[f.path]
                      and re.search(rf"^(?!\s)[^;{{}}=#]*\b{name}\([^;{{}}]*\)\s*\{{", f.code, re.M)}
            users = {p for p, w in words.items() if name in w} - owners - {header.path}
            inline = re.search(rf"\b{name}\([^;{{}}]*\)\s*\{{", header.code)
            if inline and len(re.findall(rf"\b{name}\b", header.code)) > 1:
                continue
            if not users and name not in UNUSED_ALLOWED:
                yield f"{header.path}: {name}: no other file of src/ uses it"


@check
def code_has_a_header(tree):
    """Every .c file outside src/cli implements a header of its own folder, and headers are guarded, each by its own name."""
    guards = {}
    for f in tree.c():
        if f.path.endswith(".h"):
            end = re.sub(r"\W", "_", os.path.basename(f.path)).upper()
            m = re.search(rf"^#ifndef (HABITD_(?:\w+_)?{end})\n#define \1\n", f.text, re.M)
            if not m:
                yield f"{f.path}: no include guard HABITD_…_{end}"
            elif guards.setdefault(m[1], f.path) != f.path:
                yield f"{f.path}: its include guard {m[1]} is that of {guards[m[1]]}"
        elif not f.path.startswith("src/cli/"):
            folder = os.path.dirname(f.path)
            quoted = [name for _, q, name in f.includes() if q]
            if not any(os.path.dirname("src/" + name) == folder or "/" not in name for name in quoted):
                yield f"{f.path}: includes no header of its own folder"


def c_flags():
    packages = ("libpq", "sqlite3", "libmicrohttpd", "jansson", "libical", "libzip", "libcurl", "libcrypto", "libutf8proc",
                "pangocairo", "fontconfig", "libpng")
    flags = []
    for p in packages:
        out = subprocess.run(["pkg-config", "--cflags", p], capture_output=True, text=True)
        flags += shlex.split(out.stdout) if out.returncode == 0 else []
    return flags


@check
def headers_compile_alone(tree):
    """A header includes what it uses."""
    headers = [f.path for f in tree.c() if f.path.endswith(".h")]
    with tempfile.TemporaryDirectory() as tmp:
        generated = set()
        for sql in tree.ends("src/", ".sql"):
            out = Path(tmp, sql.path)
            out.parent.mkdir(parents=True, exist_ok=True)
            generator = tree.root / "script/embed-sql.py"
            if generator.exists():
                subprocess.run([sys.executable, generator, tree.root / sql.path, f"{out}.h", f"{out}.c"], capture_output=True)
            generated.add(out.parent)
        texts = tree.root / "script/embed-texts.py"
        if texts.exists():
            subprocess.run([sys.executable, texts, tree.root / "locale", f"{tmp}/texts.h", f"{tmp}/texts.c"], capture_output=True)
            generated.add(Path(tmp))
        base = ["gcc", "-std=c17", "-D_GNU_SOURCE", "-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-Wno-unused-parameter",
                "-Wno-missing-field-initializers", f"-I{tree.root / 'src'}", f"-I{tmp}/src", *(f"-I{d}" for d in generated), *c_flags()]

        def compile_alone(path):
            source = f'#include "{path[len("src/"):]}"\ntypedef int not_empty;\n'
            out = subprocess.run([*base, "-x", "c", "-"], input=source, capture_output=True, text=True)
            return [] if out.returncode == 0 else [f"{path}: {(out.stderr.strip().splitlines() or ['?'])[0]}"]

        with ThreadPoolExecutor(2) as pool:
            for found in pool.map(compile_alone, headers):
                yield from found


def largest(tree):
    files = sorted(((len(f.lines) - 1, f.path) for f in tree.c()), reverse=True)[:3]
    bodies = sorted(((length, f"{f.path}:{name}") for f in tree.c() if f.path.endswith(".c")
                     for _, name, length in functions(f)), reverse=True)[:3]
    return "largest: " + ", ".join(f"{p} {n}" for n, p in files + bodies)


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--root", default=Path(__file__).resolve().parent.parent)
    args.add_argument("--list", action="store_true", help="name the checks")
    args.add_argument("checks", nargs="*")
    opts = args.parse_args()
    wanted = [c for c in CHECKS if not opts.checks or c.__name__ in opts.checks]
    if opts.list:
        print("\n".join(f"{c.__name__}: {c.__doc__}" for c in wanted))
        return 0
    if len(wanted) < len(opts.checks):
        sys.exit("style: no such check; --list names them")
    tree = Tree(opts.root)
    failed = 0
    for c in wanted:
        found = list(c(tree))
        failed += bool(found)
        print(f"{'not ok' if found else 'ok'} {c.__name__}: {c.__doc__}")
        for line in found[:40]:
            print(f"    {line}")
        if len(found) > 40:
            print(f"    … and {len(found) - 40} more")
    print(largest(tree))
    print(f"{len(wanted) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""The translations as a test: whatever would break a message in one language only. After that, a proof that every check can fail.

usage: locale_test.py     one line per check, the findings under it, `N passed, N failed` at the end
"""
import importlib.util
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from style import blank

ROOT = Path(__file__).resolve().parent.parent
spec = importlib.util.spec_from_file_location("embed_texts", ROOT / "script/embed-texts.py")
embed = importlib.util.module_from_spec(spec)
spec.loader.exec_module(embed)

# Keys whose callers are still to come, by prefix, each with its reason. An entry that excuses nothing is an error.
UNUSED_ALLOWED = {
    "button.": "keyboards of the conversations",
    "error.": "conversations answer with them",
    "month.name.": "headings of the calendar",
    "span.short.": "snooze buttons",
    "span.weeks": "habits of n per weeks",
}

TAGS = {"b", "i", "u", "s", "code", "pre", "a", "tg-spoiler", "blockquote"}
# What numbers and dates are made of stands in HTML and in plain text alike (src/edge/bot/text_value.h).
VALUES = ("number.", "list.", "day.", "date.", "month.", "weekday.", "weekdays.", "span.")
# Telegram counts UTF-16 units after its entities are parsed. A message has 4,096, a caption 1,024: what is filled in needs room.
LIMITS = [("button.", 64), ("answer.", 200), ("error.", 200), ("command.", 256), ("caption.", 800), ("", 3000)]
PLACEHOLDER_UNITS = 20
CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


class Tree:
    def __init__(self, root):
        self.root = root
        self.languages = embed.load(str(root / "locale"))
        self.keys = {embed.constant(k): k for k in self.languages[0].entries}
        self.sources = {}
        for path in sorted((root / "src").rglob("*.c")):
            text = path.read_text(encoding="utf-8")
            self.sources[str(path.relative_to(root))] = (text, blank(text)[0])
        self.web = {str(path.relative_to(root)): path.read_text(encoding="utf-8")
                    for folder in ("app", "admin", "shared") for path in sorted((root / "web" / folder).rglob("*.ts*"))}

    def texts(self):
        """(language, entry, form, text) of every text."""
        for lang in self.languages:
            for entry in lang.entries.values():
                for form, text in sorted(entry.forms.items()):
                    yield lang, entry, form, text


def where(entry):
    return re.sub(r"^.*/(locale/)", r"\1", entry.where) + f": '{entry.key}'"


@check
def placeholders_equal(tree):
    """A text has the same placeholders in every language and form; a form for one number alone may leave {n} out."""
    for lang, entry, form, text in tree.texts():
        wanted = set().union(*(embed.placeholders(t) for t in tree.languages[0].entries[entry.key].texts()))
        if entry.plural is not None:
            wanted.add("n")
            if sum(lang.plural(n) == form for n in range(1001)) == 1 and form != lang.fraction:
                wanted.discard("n")
        found = embed.placeholders(text)
        if found - {"n"} != wanted - {"n"} or ("n" in wanted and "n" not in found) or (entry.plural is None and found != wanted):
            yield f"{where(entry)}: has {sorted(found)}, not {sorted(wanted)}"


def markup_faults(text):
    """What Telegram's HTML parser would refuse, and what habitd does not use."""
    stack = []
    for m in re.finditer(r"<(/?)([^<>]*)>|([<>])|&(?!(?:amp|lt|gt|quot);)", text):
        if m[2] is None:
            yield f"'{m[0]}' belongs to no tag or entity: &lt; &gt; &amp;"
            continue
        name, _, attributes = m[2].partition(" ")
        if name not in TAGS:
            yield f"<{m[1]}{name}> is not one of {', '.join(sorted(TAGS))}"
        elif m[1]:
            if not stack or stack.pop() != name:
                yield f"</{name}> closes nothing"
        else:
            wanted = {"a": r'href="(https?|tg)://[^"]+"|href="\{[a-z_]+\}"', "blockquote": r"(expandable)?"}.get(name, "")
            if not re.fullmatch(wanted, attributes):
                yield f"<{name}> with '{attributes}'"
            stack.append(name)
    if stack:
        yield f"<{stack[-1]}> is not closed"


@check
def markup(tree):
    """Tags are Telegram's, closed, and characters that it reads are escaped."""
    for _, entry, _, text in tree.texts():
        for fault in markup_faults(text):
            yield f"{where(entry)}: {fault}"


@check
def values_are_plain(tree):
    """Numbers and dates are made of texts without markup."""
    for _, entry, _, text in tree.texts():
        if entry.key.startswith(VALUES) and re.search(r'[<>&"]', text):
            yield f"{where(entry)}: markup in a text that stands in plain text too"


@check
def no_loose_blanks(tree):
    """No blanks at the ends of a text or a line: Telegram cuts them or shows a gap."""
    for _, entry, _, text in tree.texts():
        if not entry.key.startswith(("number.", "list.")) and (text != text.strip() or re.search(r" \n|\n\n\n|\t", text)):
            yield f"{where(entry)}: blanks at the end, a tab or three line ends"


def units(text):
    plain = re.sub(r"\{[^}]*\}", "x" * PLACEHOLDER_UNITS, re.sub(r"<[^>]*>", "", text))
    plain = re.sub(r"&(amp|lt|gt|quot);", "x", plain)
    return len(plain.encode("utf-16-le")) // 2


@check
def limits(tree):
    """Texts fit into what Telegram takes, with room for what is filled in."""
    for _, entry, _, text in tree.texts():
        limit = next(n for prefix, n in LIMITS if entry.key.startswith(prefix))
        if units(text) > limit:
            yield f"{where(entry)}: {units(text)} units, at most {limit}"


def used_constants(tree):
    return {name: path for path, (_, code) in tree.sources.items() for name in re.findall(r"\bTEXT_[A-Z0-9_]+\b", code)}


def web_names(tree):
    """What the web's sources name: web/build.mjs puts the same ones into the pages."""
    names = {m[2] for text in tree.web.values() for m in re.finditer(r"""(["'`])([a-z][a-z0-9_]*(?:\.[a-z0-9_]+)+)\1""", text)}
    return names | {f"{name}.1" for name in names}


@check
def keys_used(tree):
    """Every text is shown by some code; a family is, when its first one is."""
    used = {tree.keys[name] for name in used_constants(tree) if name in tree.keys and not tree.keys[name].startswith(embed.WEB)}
    used |= web_names(tree) & tree.languages[0].entries.keys()
    for family, length in embed.families(tree.languages[0].entries).items():
        if f"{family}.1" in used:
            used |= {f"{family}.{i + 1}" for i in range(length)}
    unused = [e for k, e in tree.languages[0].entries.items() if k not in used]
    excused = set()
    for entry in unused:
        prefixes = [p for p in UNUSED_ALLOWED if entry.key.startswith(p)]
        excused.update(prefixes)
        if not prefixes:
            yield f"{where(entry)}: no code uses {entry.key if entry.key.startswith(embed.WEB) else embed.constant(entry.key)}"
    for prefix in UNUSED_ALLOWED.keys() - excused:
        yield f"test/locale_test.py: UNUSED_ALLOWED: every key under '{prefix}' is used, take it out"


def arguments(code, start):
    """The spans between the commas of the call whose arguments begin at start."""
    depth, spans = 1, []
    for i in range(start, len(code)):
        depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(code[i], 0)
        if depth == 0 or (depth == 1 and code[i] == ","):
            spans.append((start, i))
            start = i + 1
        if depth == 0:
            break
    return spans


def given_names(text, code, start, end):
    """The names in TEXT_ARGS(text_str("name", …), …), [] for NULL; None when it is something that only running the code could tell."""
    m = re.compile(r"\s*(?:NULL\s*$|TEXT_ARGS\s*\()").match(code[start:end])
    if not m:
        return None
    if "NULL" in m[0]:
        return []
    names = [re.match(r'\s*text_\w+\s*\(\s*"(\w*)"', text[a:b]) for a, b in arguments(code, start + m.end())]
    return [n[1] for n in names] if all(names) else None


@check
def arguments_match(tree):
    """A call that names its text and its arguments gives exactly what the text asks for."""
    for path, (text, code) in tree.sources.items():
        for m in re.finditer(r"\btext_(?:put|plain)\s*\(", code):
            spans = arguments(code, m.end())
            constant = code[slice(*spans[2])].strip() if len(spans) == 4 else None
            given = given_names(text, code, *spans[3]) if constant in tree.keys else None
            if given is None:
                continue
            entry = tree.languages[0].entries[tree.keys[constant]]
            wanted = set().union(*(embed.placeholders(t) for t in entry.texts())) | ({"n"} if entry.plural is not None else set())
            if set(given) != wanted or len(given) != len(wanted):
                line = code.count("\n", 0, m.start()) + 1
                yield f"{path}:{line}: {constant} takes {sorted(wanted)}, is given {sorted(given)}"


def web_calls(tree):
    """(path, line, key, names of the arguments or None) of every t("key", {…}) in the web's sources; None: not an object at the call."""
    for path, text in tree.web.items():
        for m in re.finditer(r'(?<![\w.])t\(\s*"([^"]+)"\s*(,\s*)?', text):
            line = text.count("\n", 0, m.start()) + 1
            if not m[2]:
                yield path, line, m[1], set()
            elif text[m.end()] == "{":
                spans = arguments(text, m.end() + 1)
                parts = [text[a:b].strip() for a, b in spans]
                yield path, line, m[1], None if any(x.startswith("...") for x in parts) else {re.match(r"\w*", x)[0] for x in parts if x}
            else:
                yield path, line, m[1], None


@check
def web_texts(tree):
    """The web shows its texts as they are: no markup; it names only keys there are, with the arguments they take."""
    for _, entry, _, text in tree.texts():
        if entry.key.startswith(embed.WEB) and re.search(r"[<>]|&(?:amp|lt|gt|quot);", text):
            yield f"{where(entry)}: markup in a text of the web"
    entries = tree.languages[0].entries
    for path, line, key, given in web_calls(tree):
        if key not in entries:
            yield f"{path}:{line}: there is no key '{key}'"
            continue
        wanted = set().union(*(embed.placeholders(x) for x in entries[key].texts())) | ({"n"} if entries[key].plural is not None else set())
        if given is not None and given != wanted:
            yield f"{path}:{line}: {key} takes {sorted(wanted)}, is given {sorted(given)}"


# Codes that no page meets, each with its reason.
UNEXPLAINED = {
    "adopt_differs": "the command line", "copy_differs": "the command line", "schema_newer": "the command line", "would_lose_data": "the command line",
    "lease_held": "instances among themselves", "lease_lost": "instances among themselves", "outbox_move_refused": "the sender",
    "delivery_move_refused": "the sender", "broadcast_move_refused": "the chat", "already_answered": "the chat", "day_is_over": "the chat",
    "habit_not_active": "the chat", "not_reachable": "the chat", "quiet_hours": "the chat", "snooze_limit_reached": "the chat",
    **dict.fromkeys(("bad_target", "target_too_long", "method_not_allowed", "unsupported_media_type", "no_answer", "too_many_bodies", "too_many_connections",
                     "answer_too_large", "body_too_large", "canceled"), "told by its status"),
    **dict.fromkeys(("habit_not_found", "schedule_not_found", "payment_not_found", "idempotency_key_reused", "wallet_currency"), "told by its status"),
}


@check
def refusals_explained(tree):
    """Every code that the server refuses with has words in the pages, or a reason why not."""
    words = set(re.findall(r"^ +([a-z_]+): \"(?:web|console)\.", "\n".join(tree.web.values()), re.M))
    for path, (text, _) in tree.sources.items():
        for call in re.findall(r"\berr_reason\(([^;]*?)\);", text):
            for code in re.findall(r'"([a-z]+(?:_[a-z]+)+)"', call):
                if code not in words and code not in UNEXPLAINED:
                    yield f"{path}: '{code}' has no text in web/shared/refusals.ts"


@check
def polite(tree):
    """Russian says «вы» throughout."""
    familiar = re.compile(r"\b(ты|тебя|тебе|тобой|тобою|тво(й|я|ё|е|и|ю|его|ей|ему|им|их|ими|ём|ем))\b", re.I)
    for lang, entry, _, text in tree.texts():
        if lang.code == "ru" and familiar.search(text):
            yield f"{where(entry)}: «{familiar.search(text)[0]}»"


@check
def gettext_agrees(tree):
    """GNU gettext reads the files without a complaint."""
    for lang in tree.languages:
        run = subprocess.run(["msgfmt", "--check-format", "--check-domain", "-o", "/dev/null", lang.path], capture_output=True, text=True)
        if run.returncode != 0:
            yield f"{lang.path}: {run.stderr.strip()}"


# ---- the proof ----

HEADER = ('msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n"Language: {code}\\n"\n"Plural-Forms: nplurals={n}; plural={plural};\\n"\n'
          '"X-Native-Name: {code}\\n"\n"X-Direction: ltr\\n"\n"X-Fraction-Form: 1\\n"\n')
BODY = """
#. For translators
msgid "hello.name"
msgstr "<b>{name}</b> &amp;\\n"
"\\"co\\" <a href=\\"https://example.org\\">x</a>"

msgid "count.days"
msgid_plural "count.days"
"""
TAIL = """
msgid "day.today"
msgstr "today"

msgid "button.pick.1"
msgstr "one"

msgid "button.pick.2"
msgstr "two"

msgid "web.hello"
msgstr "{name}"

msgid "web.plain"
msgstr "x"
"""
RU_PLURAL = "n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2"
CLEAN = {
    "locale/en.po": HEADER.format(code="en", n=2, plural="n != 1") + BODY + 'msgstr[0] "one day"\nmsgstr[1] "{n} days"\n' + TAIL,
    "locale/ru.po": HEADER.format(code="ru", n=3, plural=RU_PLURAL) + BODY
                    + 'msgstr[0] "{n} день"\nmsgstr[1] "{n} дня"\nmsgstr[2] "{n} дней"\n' + TAIL,
    "src/edge/bot/x.c": 'void x(void)\n{\n    text_put(o, l, TEXT_HELLO_NAME, TEXT_ARGS(text_str("name", f(a, "b)", g(1)))));\n'
                        '    text_plain(o, l, TEXT_COUNT_DAYS, TEXT_ARGS(text_num("n", 1)));\n    text_put(o, l, TEXT_DAY_TODAY, NULL);\n'
                        "    text_put(o, l, TEXT_BUTTON_PICK_1 + i, args);\n}\n",
    "web/app/x.tsx": 't("web.hello", { name: f({ a: 1 }) }); t("web.plain"); t(y ? "web.plain" : "day.today"); t("web.hello", args);\n',
}


def add(path, text):
    return lambda tree: tree.__setitem__(path, tree.get(path, "") + text)


def swap(path, old, new):
    def change(tree):
        assert old in tree[path], (path, old)
        tree[path] = tree[path].replace(old, new, 1)
    return change


def both(text):
    return lambda tree: [add(path, text)(tree) for path in ("locale/en.po", "locale/ru.po")]


EN, RU, C, WEB = "locale/en.po", "locale/ru.po", "src/edge/bot/x.c", "web/app/x.tsx"
ONE = '\nmsgid "extra"\nmsgstr "{}"\n'

# (the check that must find it, what is broken, how)
VIOLATIONS = [
    ("placeholders_equal", "another name", swap(RU, "{name}", "{nome}")),
    ("placeholders_equal", "none", swap(RU, "{name}", "x")),
    ("placeholders_equal", "one more", swap(RU, '"today"', '"{n}"')),
    ("placeholders_equal", "a form for many numbers without {n}", swap(RU, "{n} день", "день")),
    ("placeholders_equal", "the form of fractions without {n}", swap(EN, "{n} days", "days")),
    *[("markup", text, both(ONE.format(text))) for text in (
        "<b>x", "x</b>", "<b><i>x</b></i>", "<em>x</em>", "<br>", "1 < 2", "2 > 1", "Q&A", "&nbsp;", "<b class>x</b>", "<a>x</a>",
        '<a href=\\"javascript:x\\">x</a>')],
    ("values_are_plain", "a bold day", swap(EN, '"today"', '"<b>today</b>"')),
    ("values_are_plain", "an entity", swap(RU, '"today"', '"a &amp; b"')),
    *[("no_loose_blanks", repr(text), both(ONE.format(text))) for text in ("x ", " x", "x\\n", "a \\nb", "a\\n\\n\\nb", "a\\tb")],
    ("limits", "a long message", both(ONE.format("x" * 3001))),
    ("limits", "emoji count twice", both(ONE.format("😀" * 1501))),
    ("limits", "a long button", swap(RU, '"two"', f'"{"x" * 65}"')),
    ("limits", "room for values", swap(RU, '"two"', '"{a} {b} {c} {d}"')),
    ("keys_used", "nobody shows it", both(ONE.format("x"))),
    ("keys_used", "only a comment does", lambda t: (both(ONE.format("x"))(t), add(C, "/* TEXT_EXTRA */\n")(t))),
    ("keys_used", "a family without a user", swap(C, "TEXT_BUTTON_PICK_1", "TEXT_BUTTON_PICK_2")),
    ("arguments_match", "missing", swap(C, 'TEXT_ARGS(text_num("n", 1))', "NULL")),
    ("arguments_match", "misspelt", swap(C, '"name"', '"nam"')),
    ("arguments_match", "too many", swap(C, "TEXT_DAY_TODAY, NULL", 'TEXT_DAY_TODAY, TEXT_ARGS(text_num("n", 1))')),
    ("arguments_match", "misspelt after another", swap(C, "TEXT_COUNT_DAYS, TEXT_ARGS(", 'TEXT_COUNT_DAYS, TEXT_ARGS(text_str("n", x), ')),
    ("arguments_match", "twice", swap(C, 'text_num("n", 1)', 'text_num("n", 1), text_num("n", 2)')),
    ("keys_used", "no page shows it", both('\nmsgid "web.extra"\nmsgstr "x"\n')),
    ("keys_used", "the bot cannot show the web's", lambda t: (both('\nmsgid "web.extra"\nmsgstr "x"\n')(t), add(C, "int y = TEXT_WEB_EXTRA;\n")(t))),
    ("web_texts", "bold", swap(EN, 'msgid "web.plain"\nmsgstr "x"', 'msgid "web.plain"\nmsgstr "<b>x</b>"')),
    ("web_texts", "an entity", swap(RU, 'msgid "web.plain"\nmsgstr "x"', 'msgid "web.plain"\nmsgstr "a &amp; b"')),
    ("web_texts", "no such key", swap(WEB, 't("web.plain")', 't("web.plane")')),
    ("web_texts", "an argument missing", swap(WEB, "{ name: f({ a: 1 }) }", "{}")),
    ("web_texts", "an argument too many", swap(WEB, 't("web.plain")', 't("web.plain", { n: 1 })')),
    ("refusals_explained", "a new code", add(C, 'int z(void) { return err_reason(e, E_CONFLICT, "no_words", "x"); }\n')),
    ("polite", "familiar", swap(RU, '"today"', '"Как твои дела?"')),
    ("gettext_agrees", "an escape", swap(EN, "#. For translators\n", "#. For translators\nmsgctxt \"\\z\"\n")),
]

# (what is broken, how, what embed-texts.py says with file and line)
REFUSED = [
    ("a key is missing", swap(RU, TAIL, ""), "ru.po:1: '"),
    ("a key too many", add(RU, ONE.format("x")), "ru.po:36: 'extra' is not in"),
    ("a key twice", add(EN, ONE.format("x") * 2), "en.po:38: 'extra' is there twice"),
    ("a plural form is missing", swap(RU, 'msgstr[2] "{n} дней"\n', ""), "'count.days' has 2 plural forms, the language has 3"),
    ("plural in one language only", swap(RU, 'msgid_plural "count.days"\nmsgstr[0] "{n} день"\nmsgstr[1] "{n} дня"\nmsgstr[2] "{n} дней"\n',
                                         'msgstr "{n}"\n'), "plural forms in only one"),
    ("forms out of order", swap(EN, "msgstr[0]", "msgstr[1]"), "msgstr[1] out of place"),
    ("empty", swap(RU, '"today"', '""'), "'day.today' is empty"),
    ("fuzzy", swap(RU, "#. For", "#, fuzzy\n#. For"), "fuzzy"),
    ("a bad key", both('\nmsgid "Not a key"\nmsgstr "x"\n'), "is no key"),
    ("two keys with one constant", both('\nmsgid "day_today"\nmsgstr "x"\n'), "have one constant"),
    ("a brace", swap(RU, '"today"', '"{Name}"'), "a brace that belongs to no"),
    ("a family with a gap", both('\nmsgid "button.pick.4"\nmsgstr "x"\n'), "'button.pick.4' does not follow"),
    ("no line of a PO file", add(EN, "hello\n"), "en.po:34: is no line of a PO file"),
    ("an unfinished string", swap(EN, '"today"', '"today'), "is no line of a PO file"),
    ("an unknown escape", swap(EN, '"today"', r'"\q"'), r"\q is no escape"),
    ("another file's language", swap(RU, "Language: ru", "Language: de"), "the file's name says 'ru'"),
    ("no native name", swap(RU, '"X-Native-Name: ru\\n"\n', ""), "the header has no X-Native-Name"),
    ("a direction", swap(RU, "X-Direction: ltr", "X-Direction: up"), "neither ltr nor rtl"),
    ("a strange file", add("locale/Russian.po", "x"), "is not named after a language"),
    ("no English", lambda t: t.pop(EN), "en.po is missing"),
    *[(f"plural={bad}", swap(EN, "plural=n != 1", f"plural={bad}"), "Plural-Forms") for bad in (
        "system(1)", "n != 1, 1", "n %% 2", "n % 0", "n % n", "1 / (n)", "n !=", "(n != 1", "n != 1)", "n ? 1", "n = 1", "m != 1",
        "n == 1 ? 0 : 2", "0", "n", "n-1", "((((((((((((((((((((((((n != 1))))))))))))))))))))))))", "99999999999 != n")],
]


def written(files, use):
    with tempfile.TemporaryDirectory() as root:
        for path, text in files.items():
            full = Path(root, path)
            full.parent.mkdir(parents=True, exist_ok=True)
            full.write_text(text, encoding="utf-8")
        return use(Path(root))


ARABIC = "n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5"
POINT = "RU\t+554521+0373704\tEurope/Moscow\n"
MANY = "".join(f"RU\t+0000+00000\tTest/Zone_{i}\n" for i in range(300)) + POINT
# A stand-in for cldr-names: every name is the question.
NAMES = "import sys\nfor line in sys.stdin:\n    print(line.strip())\n"


def a_language_is_a_file(root):
    """A third language, right-to-left and with six plural forms, compiles without a change elsewhere."""
    text = (root / EN).read_text(encoding="utf-8").replace("Language: en", "Language: ar").replace("ltr", "rtl")
    text = text.replace("nplurals=2; plural=n != 1", f"nplurals=6; plural={ARABIC}").replace('msgstr[0] "one day"\nmsgstr[1] "{n} days"\n', "".join(
        f'msgstr[{i}] "{{n}} {i}"\n' for i in range(6)))
    (root / "locale/ar.po").write_text(text, encoding="utf-8")
    script = ROOT / "script/embed-texts.py"
    subprocess.run([sys.executable, script, root / "locale", root / "texts.h", root / "texts.c", root / "texts.d"], check=True)
    subprocess.run(["gcc", "-std=c17", "-fsyntax-only", "-Wall", "-Wextra", "-Wpedantic", "-Werror", f"-I{root}", f"-I{ROOT}/src",
                    root / "texts.c"], check=True)
    source, depends = (root / "texts.c").read_text(encoding="utf-8"), (root / "texts.d").read_text(encoding="utf-8")
    return all(x in source for x in ('.code = "ar"', ".rtl = true", "plural_ar")) and str(root / "locale/ar.po") in depends


def cities(zone_tab, links="L Europe/Moscow W-SU\n", names=NAMES):
    """(exit code, stderr, the C text) of embed-cities.py."""
    def run(root):
        for name, text in (("zone.tab", zone_tab), ("tzdata.zi", links), ("names", f"#!{sys.executable}\n{names}")):
            (root / name).write_text(text, encoding="utf-8")
        (root / "names").chmod(0o755)
        done = subprocess.run([sys.executable, ROOT / "script/embed-cities.py", root / "names", root / "zone.tab", root / "tzdata.zi",
                               root / "locale", root / "c.c"], capture_output=True, text=True)
        return done.returncode, done.stderr, (root / "c.c").read_text(encoding="utf-8") if (root / "c.c").exists() else ""
    return written(CLEAN, run)


def prove_cities(expect):
    code, errors, text = cities(MANY)
    expect("cities: whole", code == 0 and '"Europe/Moscow", 0, (const char *const[]){"city en Europe/Moscow", "city ru Europe/Moscow"},\n'
           '     "W-SU"' in text, errors)
    code, errors, text = cities(MANY, names=NAMES.replace("line.strip()", '"" if " ru " in line else line.strip()'))
    expect("cities: English where CLDR has none", code == 0 and '{"city en Europe/Moscow", "city en Europe/Moscow"}' in text, errors)
    for what, message, arguments in (
            ("a line", "zone.tab:1: is no line", [POINT.replace("\t", " ") + MANY]), ("too few", "too few", [POINT]),
            ("twice", "zones twice", [MANY + POINT]), ("no links", "no links", [MANY, "Z x\n"]),
            ("an answer too few", "answers are missing", [MANY, "L a b\n", NAMES + "    break\n"]),
            ("no answers of CLDR", "CLDR's names are not there", [MANY, "L a b\n", NAMES.replace("line.strip()", "''")])):
        code, errors, _ = cities(*arguments)
        expect(f"cities: {what}", code != 0 and message in errors and "Traceback" not in errors, errors)


def prove(expect):
    """Every check finds its violation in a small tree that is clean otherwise, and embed-texts.py refuses what it should."""
    allowed = dict(UNUSED_ALLOWED)
    UNUSED_ALLOWED.clear()

    def findings(root):
        tree = Tree(root)
        return {c.__name__: list(c(tree)) for c in CHECKS}
    clean = {name: found for name, found in written(CLEAN, findings).items() if found}
    expect("the clean tree", not clean, clean)
    for name, what, change in VIOLATIONS:
        files = dict(CLEAN)
        change(files)
        if name == "gettext_agrees":  # files that embed-texts.py refuses as well
            run = written(files, lambda root: subprocess.run(["msgfmt", "--check-format", "-o", "/dev/null", root / EN], capture_output=True))
            expect(f"{name}: {what}", run.returncode != 0, "not found")
        else:
            expect(f"{name}: {what}", written(files, findings)[name], "not found")
    UNUSED_ALLOWED["hello."] = "used all the same"
    expect("keys_used: an excuse without need", written(CLEAN, findings)["keys_used"], "not found")
    UNUSED_ALLOWED.clear()
    UNUSED_ALLOWED.update(allowed)
    untested = {c.__name__ for c in CHECKS} - {name for name, _, _ in VIOLATIONS}
    expect("every check is broken once", not untested, untested)
    for what, change, message in REFUSED:
        files = dict(CLEAN)
        change(files)

        def generate(root):
            return subprocess.run([sys.executable, ROOT / "script/embed-texts.py", root / "locale", root / "t.h", root / "t.c"],
                                  capture_output=True, text=True)
        run = written(files, generate)
        expect(f"refused: {what}", run.returncode != 0 and message in run.stderr and "Traceback" not in run.stderr, run.stderr)


    expect("a language is a file", written(CLEAN, a_language_is_a_file), "it does not appear")
    prove_cities(expect)


def main():
    counts = [0, 0]

    def expect(what, good, why):
        counts[not good] += 1
        if not good:
            print(f"not ok {what}: {why}")

    try:
        tree = Tree(ROOT)
    except embed.Bad as e:
        print(f"not ok {e}\n0 passed, 1 failed")
        return 1
    for c in CHECKS:
        found = list(c(tree))
        counts[bool(found)] += 1
        print(f"{'not ok' if found else 'ok'} {c.__name__}: {c.__doc__}")
        for line in found[:40]:
            print(f"    {line}")
    prove(expect)
    print(f"{counts[0]} passed, {counts[1]} failed")
    return 1 if counts[1] else 0


if __name__ == "__main__":
    sys.exit(main())

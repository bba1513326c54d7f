#!/usr/bin/env python3
"""Turns locale/*.po into texts.h (an enum of the bot's keys) and texts.c (a table per language), or into JSON for the web.

A file is a language; its name is the language's code (en.po, pt_BR.po). en.po comes first: it decides the keys and
their order. The header of each file carries
  Language            the code again
  Plural-Forms        as in gettext; the expression is checked and becomes a C function
  X-Native-Name       the language's own name for itself
  X-Direction         ltr or rtl
  X-Fraction-Form     the plural form that goes with 2.5
  X-Fallback-For      optional: languages without a file of their own whose readers get this one
Keys are words and dots (today.empty becomes TEXT_TODAY_EMPTY). Keys that end in .1 to .N are a family and stand
together, so that code may count from the first. Texts are Telegram HTML with {placeholders}. See src/edge/bot/text.h.
Keys under web. and console. are the web's alone; it may use the others too (web/build.mjs).
usage: embed-texts.py LOCALE_DIR OUT.h OUT.c [OUT.d]
       embed-texts.py --json LOCALE_DIR OUT.json [OUT.d]
"""
import json
import os
import re
import sys

DEFAULT = "en"
FILE = re.compile(r"([a-z]{2,3}(?:_[A-Z][a-z]{3})?(?:_[A-Z]{2})?)\.po")
KEY = re.compile(r"[a-z][a-z0-9]*(?:[._][a-z0-9]+)*")
FORMS_MAX = 6
WEB = ("web.", "console.")


class Bad(Exception):
    pass


class Entry:
    def __init__(self, where):
        self.where, self.key, self.plural, self.forms, self.comments = where, None, None, {}, []

    def texts(self):
        return [self.forms[i] for i in sorted(self.forms)]


class Language:
    """One file: code, headers and entries by key in the order of the file."""

    def __init__(self, path):
        self.path, self.code = path, os.path.basename(path)[:-len(".po")]
        self.entries, self.headers = {}, {}
        read(self)
        self.check_headers()

    def header(self, name):
        if name not in self.headers:
            raise Bad(f"{self.path}:1: the header has no {name}")
        return self.headers[name]

    def check_headers(self):
        if self.header("Language") != self.code:
            raise Bad(f"{self.path}:1: Language is '{self.header('Language')}', the file's name says '{self.code}'")
        if not re.fullmatch(r"text/plain; charset=UTF-8", self.header("Content-Type")):
            raise Bad(f"{self.path}:1: Content-Type must be 'text/plain; charset=UTF-8'")
        self.native_name = self.header("X-Native-Name")
        if self.header("X-Direction") not in ("ltr", "rtl"):
            raise Bad(f"{self.path}:1: X-Direction is neither ltr nor rtl")
        self.rtl = self.headers["X-Direction"] == "rtl"
        m = re.fullmatch(r"\s*nplurals\s*=\s*(\d)\s*;\s*plural\s*=\s*([^;]+);?\s*", self.header("Plural-Forms"))
        if not m or not 1 <= int(m[1]) <= FORMS_MAX:
            raise Bad(f"{self.path}:1: Plural-Forms is not 'nplurals=1…{FORMS_MAX}; plural=EXPRESSION;'")
        self.nplurals = int(m[1])
        try:
            self.plural_c, self.plural = Plural(m[2]).result
        except Bad as e:
            raise Bad(f"{self.path}:1: Plural-Forms: {e}") from None
        if {self.plural(n) for n in range(1001)} != set(range(self.nplurals)):
            raise Bad(f"{self.path}:1: Plural-Forms: the numbers 0 to 1000 do not reach exactly the forms 0 to {self.nplurals - 1}")
        fraction = self.header("X-Fraction-Form")
        if not re.fullmatch(r"\d", fraction) or int(fraction) >= self.nplurals:
            raise Bad(f"{self.path}:1: X-Fraction-Form is no plural form")
        self.fraction = int(fraction)
        self.fallback_for = self.headers.get("X-Fallback-For", "").split()
        for tag in self.fallback_for:
            if not re.fullmatch(r"[a-z]{2,3}", tag):
                raise Bad(f"{self.path}:1: X-Fallback-For: '{tag}' is no language of two or three letters")


class Plural:
    """A gettext plural expression by recursive descent: (its C text, fully parenthesised, and a Python function)."""

    BINARY = [("||",), ("&&",), ("==", "!="), ("<=", ">=", "<", ">"), ("+",), ("*", "/", "%")]

    def __init__(self, text):
        self.tokens = re.findall(r"\d+|n|\|\||&&|[=!<>]=|[+*/%<>?:()!]|\S", text) + [""]
        self.at = 0
        self.result = self.ternary(0)
        if self.tokens[self.at]:
            raise Bad(f"'{self.tokens[self.at]}' is not expected")

    def take(self, *wanted):
        if self.tokens[self.at] in wanted and self.tokens[self.at]:
            self.at += 1
            return self.tokens[self.at - 1]
        return None

    def need(self, token):
        if not self.take(token):
            raise Bad(f"'{token}' expected before '{self.tokens[self.at]}'")

    def ternary(self, depth):
        if depth > 20:
            raise Bad("too deep")
        c, f = self.binary(0, depth)
        if not self.take("?"):
            return c, f
        yes_c, yes = self.ternary(depth + 1)
        self.need(":")
        no_c, no = self.ternary(depth + 1)
        return f"({c} ? {yes_c} : {no_c})", lambda n: yes(n) if f(n) else no(n)

    def binary(self, level, depth):
        if level == len(self.BINARY):
            return self.unary(depth)
        c, f = self.binary(level + 1, depth)
        while True:
            op = self.take(*self.BINARY[level])
            if not op:
                return c, f
            literal = self.tokens[self.at]
            right_c, right = self.binary(level + 1, depth)
            if op in "/%" and (right_c != literal + "U" or int(literal) == 0):
                raise Bad(f"'{op}' takes a number other than 0")
            c, f = f"({c} {op} {right_c})", self.apply(op, f, right)

    @staticmethod
    def apply(op, a, b):
        return {
            "||": lambda n: int(bool(a(n) or b(n))), "&&": lambda n: int(bool(a(n) and b(n))),
            "==": lambda n: int(a(n) == b(n)), "!=": lambda n: int(a(n) != b(n)),
            "<=": lambda n: int(a(n) <= b(n)), ">=": lambda n: int(a(n) >= b(n)),
            "<": lambda n: int(a(n) < b(n)), ">": lambda n: int(a(n) > b(n)),
            "+": lambda n: a(n) + b(n), "*": lambda n: a(n) * b(n),
            "/": lambda n: a(n) // b(n), "%": lambda n: a(n) % b(n),
        }[op]

    def unary(self, depth):
        if depth > 20:
            raise Bad("too deep")
        if self.take("!"):
            c, f = self.unary(depth + 1)
            return f"(!{c})", lambda n: int(not f(n))
        if self.take("("):
            result = self.ternary(depth + 1)
            self.need(")")
            return result
        token = self.tokens[self.at]
        if token == "n":
            self.at += 1
            return "n", lambda n: n
        if re.fullmatch(r"\d{1,9}", token):
            self.at += 1
            value = int(token)
            return f"{value}U", lambda n: value
        raise Bad(f"'{token}' is not expected")


ESCAPES = {"n": "\n", "t": "\t", '"': '"', "\\": "\\"}


def unquote(text, where):
    """One "…" of a PO file."""
    m = re.fullmatch(r'"((?:[^"\\]|\\.)*)"', text)
    if not m:
        raise Bad(f"{where}: is not one quoted string")

    def escape(e):
        if e[1] not in ESCAPES:
            raise Bad(f"{where}: \\{e[1]} is no escape of this reader")
        return ESCAPES[e[1]]
    return re.sub(r"\\(.)", escape, m[1])


def read(language):
    """The file's lines into language.headers and language.entries."""
    path = language.path
    with open(path, encoding="utf-8", newline="") as f:
        text = f.read()
    entry = field = None
    comments = []
    for number, line in enumerate(text.split("\n"), 1):
        where = f"{path}:{number}"
        if any((ord(c) < 32 or ord(c) == 127) for c in line):
            raise Bad(f"{where}: a control character")
        line = line.strip()
        if not line:
            field = None
        elif line.startswith("#"):
            field = None
            if line.startswith("#~") or re.match(r"#,.*\bfuzzy\b", line):
                raise Bad(f"{where}: obsolete and fuzzy entries do not belong here")
            comments.append(line)
        elif line.startswith('"'):
            if field is None:
                raise Bad(f"{where}: a string that continues nothing")
            append(entry, field, unquote(line, where))
        else:
            m = re.fullmatch(r'(msgid|msgid_plural|msgstr|msgstr\[(\d)\])\s+(".*")', line)
            if not m:
                raise Bad(f"{where}: is no line of a PO file")
            if m[1] == "msgid":
                finish(language, entry)
                entry, field = Entry(where), "msgid"
                entry.comments, comments = comments, []
            elif not entry:
                raise Bad(f"{where}: {m[1]} before a msgid")
            field = start(entry, m[1], m[2], where)
            append(entry, field, unquote(m[3], where))
    finish(language, entry)
    if not language.headers:
        raise Bad(f"{path}:1: has no header (the entry with an empty msgid)")


def start(entry, keyword, index, where):
    """Opens a field of the entry, each once and in gettext's order."""
    if keyword == "msgid":
        entry.key = ""
        return "msgid"
    if keyword == "msgid_plural":
        if entry.plural is not None or entry.forms:
            raise Bad(f"{where}: msgid_plural out of place")
        entry.plural = ""
        return "msgid_plural"
    wanted = len(entry.forms)
    if (index is not None) != (entry.plural is not None) or (int(index) if index else 0) != wanted:
        raise Bad(f"{where}: {keyword} out of place")
    entry.forms[wanted] = ""
    return wanted


def append(entry, field, text):
    if field == "msgid":
        entry.key += text
    elif field == "msgid_plural":
        entry.plural += text
    else:
        entry.forms[field] += text


def finish(language, entry):
    if entry is None:
        return
    if not entry.forms:
        raise Bad(f"{entry.where}: '{entry.key}' has no msgstr")
    if entry.key == "":
        if language.headers or language.entries:
            raise Bad(f"{entry.where}: a header that is not at the top")
        for line in entry.forms[0].split("\n"):
            if line:
                name, colon, value = line.partition(":")
                if not colon or name in language.headers:
                    raise Bad(f"{entry.where}: header line '{line}'")
                language.headers[name] = value.strip()
        return
    if not KEY.fullmatch(entry.key):
        raise Bad(f"{entry.where}: '{entry.key}' is no key: small letters and digits, joined by dots and underscores")
    if entry.key in language.entries:
        raise Bad(f"{entry.where}: '{entry.key}' is there twice, first at {language.entries[entry.key].where}")
    if entry.plural is not None and entry.plural != entry.key:
        raise Bad(f"{entry.where}: msgid_plural repeats the msgid: '{entry.key}'")
    for form in entry.texts():
        if not form:
            raise Bad(f"{entry.where}: '{entry.key}' is empty")
    language.entries[entry.key] = entry


def placeholders(text):
    """The set of {names}; Bad when a brace stands alone."""
    if re.search(r"[{}]", re.sub(r"\{[a-z][a-z0-9_]*\}", "", text)):
        raise Bad("a brace that belongs to no {placeholder}")
    return set(re.findall(r"\{([a-z][a-z0-9_]*)\}", text))


def constant(key):
    return "TEXT_" + re.sub(r"[._]", "_", key).upper()


def families(keys):
    """{first key: length} of the keys NAME.1 … NAME.N; Bad when one is not whole or not in its order."""
    found, previous = {}, None
    for key in keys:
        m = re.fullmatch(r"(.+)\.(\d+)", key)
        if m and int(m[2]) == 1:
            found[m[1]] = 1
        elif m and (previous != f"{m[1]}.{int(m[2]) - 1}" or m[2] != str(int(m[2]))):
            raise Bad(f"'{key}' does not follow '{m[1]}.{int(m[2]) - 1}'")
        elif m:
            found[m[1]] += 1
        previous = key
    return found


def check(languages):
    """What every later step relies on: the same keys and plurals everywhere. The other rules are test/locale_test.py's."""
    first = languages[0]
    names = {}
    for key, entry in first.entries.items():
        if names.setdefault(constant(key), key) != key:
            raise Bad(f"{entry.where}: '{key}' and '{names[constant(key)]}' have one constant")
    if "TEXT_COUNT" in names:
        raise Bad(f"{first.entries[names['TEXT_COUNT']].where}: that key is taken")
    try:
        families(first.entries)
    except Bad as e:
        raise Bad(f"{first.path}:1: {e}") from None
    codes = {lang.code.split("_")[0] for lang in languages}
    fallbacks = {}
    for lang in languages:
        for key in first.entries.keys() - lang.entries.keys():
            raise Bad(f"{lang.path}:1: '{key}' is missing (it is at {first.entries[key].where})")
        for key, entry in lang.entries.items():
            if key not in first.entries:
                raise Bad(f"{entry.where}: '{key}' is not in {first.path}")
            if (entry.plural is None) != (first.entries[key].plural is None):
                raise Bad(f"{entry.where}: '{key}' has plural forms in only one of the languages")
            if entry.plural is not None and len(entry.forms) != lang.nplurals:
                raise Bad(f"{entry.where}: '{key}' has {len(entry.forms)} plural forms, the language has {lang.nplurals}")
            for form in entry.texts():
                try:
                    placeholders(form)
                except Bad as e:
                    raise Bad(f"{entry.where}: '{key}': {e}") from None
        for tag in lang.fallback_for:
            if fallbacks.setdefault(tag, lang.code) != lang.code:
                raise Bad(f"{lang.path}:1: X-Fallback-For: '{tag}' is taken by {fallbacks[tag]}")
    for lang in languages:  # a language with a file of its own needs nobody's
        lang.fallback_for = [tag for tag in lang.fallback_for if tag not in codes]


def load(folder):
    """Every language of the folder, the default one first."""
    languages = []
    for file in sorted(os.listdir(folder), key=lambda f: (f != DEFAULT + ".po", f)):
        if not file.endswith(".po"):
            continue
        if not FILE.fullmatch(file):
            raise Bad(f"{os.path.join(folder, file)}:1: is not named after a language (xx.po, xx_YY.po)")
        languages.append(Language(os.path.join(folder, file)))
    if not languages or languages[0].code != DEFAULT:
        raise Bad(f"{folder}: {DEFAULT}.po is missing")
    check(languages)
    return languages


def c_string(text):
    escapes = {"\\": "\\\\", '"': '\\"', "?": "\\?", "\n": "\\n", "\t": "\\t"}
    return '"' + "".join(escapes.get(c, c) for c in text) + '"'


def bot_keys(languages):
    return [key for key in languages[0].entries if not key.startswith(WEB)]


def render_header(languages):
    yield "/* Made by script/embed-texts.py. */\n#ifndef HABITD_TEXTS_H\n#define HABITD_TEXTS_H\n\nenum text_id {\n"
    for key in bot_keys(languages):
        yield f"    {constant(key)},\n"
    yield "    TEXT_COUNT\n};\n\n#endif\n"


def render_source(languages):
    yield '/* Made by script/embed-texts.py. */\n#include "edge/bot/text_table.h"\n\n'
    for lang in languages:
        name = lang.code.lower()
        yield f"static unsigned plural_{name}(uint64_t n)\n{{\n    (void)n;\n    return (unsigned){lang.plural_c};\n}}\n\n"
        yield f"static const char *const texts_{name}[TEXT_COUNT][TEXT_FORMS] = {{\n"
        for key in bot_keys(languages):
            forms = ", ".join(c_string(t) for t in lang.entries[key].texts())
            yield f"    [{constant(key)}] = {{{forms}}},\n"
        yield "};\n\n"
    yield "const struct lang langs[] = {\n"
    for lang in languages:
        name = lang.code.lower()
        yield (f"    {{\n        .code = {c_string(lang.code.replace('_', '-'))},\n        .native_name = {c_string(lang.native_name)},\n"
               f"        .fallback_for = {c_string(' '.join(lang.fallback_for))},\n        .rtl = {str(lang.rtl).lower()},\n"
               f"        .fraction_form = {lang.fraction},\n        .plural = plural_{name},\n        .texts = texts_{name},\n    }},\n")
    yield f"}};\nconst size_t langs_count = {len(languages)};\n"


def render_json(languages):
    def text(entry):
        return entry.texts() if entry.plural is not None else entry.forms[0]
    yield json.dumps([{
        "code": lang.code.replace("_", "-"), "native_name": lang.native_name, "fallback_for": lang.fallback_for, "rtl": lang.rtl,
        "fraction_form": lang.fraction, "plural": re.sub(r"(\d)U", r"\1", lang.plural_c),
        "texts": {key: text(lang.entries[key]) for key in languages[0].entries},
    } for lang in languages], ensure_ascii=False, indent=0)


def write(languages, folder, outputs, depfile):
    for path, parts in outputs:
        with open(path, "w", encoding="utf-8") as f:
            f.writelines(parts)
    if depfile:
        files = [folder] + [lang.path for lang in languages]
        with open(depfile, "w", encoding="utf-8") as f:
            f.write(f"{outputs[0][0]}: {' '.join(p.replace(' ', chr(92) + ' ') for p in files)}\n")


def main(*args):
    if args[0] == "--json":
        folder, out, *depfile = args[1:]
        languages = load(folder)
        write(languages, folder, [(out, render_json(languages))], *depfile or [None])
    else:
        folder, header, source, *depfile = args
        languages = load(folder)
        write(languages, folder, [(header, render_header(languages)), (source, render_source(languages))], *depfile or [None])


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except (Bad, OSError, UnicodeDecodeError) as e:
        sys.exit(f"embed-texts: {e}")

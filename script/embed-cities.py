#!/usr/bin/env python3
"""Makes the table of places: every zone of tzdata's zone.tab with the name of its city in every language of locale/.

Names come from CLDR (script/cldr-names.c asks ICU for them); a city that CLDR does not know in a language has its English
name there, and one that it does not know at all the last part of the zone's name. Other names of a zone are the links in
tzdata.zi. UTC, which is no place, is added.
usage: embed-cities.py CLDR_NAMES ZONE_TAB TZDATA_ZI LOCALE_DIR OUT.c [OUT.d]
"""
import os
import re
import subprocess
import sys

DEFAULT = "en"
# Where most people of a country live, when zone.tab, which goes round the country, names others before.
FIRST = ("Australia/Sydney", "Australia/Melbourne", "Australia/Brisbane", "Australia/Perth", "Australia/Adelaide", "America/Sao_Paulo",
         "America/Toronto", "America/Vancouver", "America/Edmonton", "America/Winnipeg", "America/Halifax", "America/New_York", "America/Los_Angeles",
         "America/Chicago", "America/Denver", "America/Phoenix", "Europe/Moscow", "Asia/Yekaterinburg", "Asia/Novosibirsk", "Asia/Tashkent")


class Bad(Exception):
    pass


def zones(path):
    """[(country code, zone)] in the file's order, but for FIRST."""
    found = []
    with open(path, encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            if line.startswith("#") or not line.strip():
                continue
            fields = line.rstrip("\n").split("\t")
            if len(fields) < 3 or not re.fullmatch(r"[A-Z]{2}", fields[0]) or not re.fullmatch(r"[\w+-]+(/[\w+-]+)+", fields[2]):
                raise Bad(f"{path}:{number}: is no line of a zone table")
            found.append((fields[0], fields[2]))
    if len({zone for _, zone in found}) != len(found) or len(found) < 300:
        raise Bad(f"{path}: zones twice, or too few of them")
    order = {zone: i for i, zone in enumerate(FIRST)}
    return sorted(found, key=lambda row: (row[0], order.get(row[1], len(FIRST))))


def links(path):
    """{other name: zone}, chains followed."""
    direct = {}
    with open(path, encoding="utf-8") as f:
        for line in f:
            fields = line.split()
            if len(fields) == 3 and fields[0] == "L":
                direct[fields[2]] = fields[1]
    if not direct:
        raise Bad(f"{path}: no links")
    resolved = {}
    for name, target in direct.items():
        for _ in range(10):
            target = direct.get(target, target)
        resolved[name] = target
    return resolved


def ask(program, questions):
    run = subprocess.run([program], input="".join(q + "\n" for q in questions), capture_output=True, text=True, encoding="utf-8")
    answers = run.stdout.split("\n")[:-1]
    if run.returncode != 0 or len(answers) != len(questions):
        raise Bad(f"{program}: {run.stderr.strip() or 'answers are missing'}")
    return dict(zip(questions, answers))


def c_string(text):
    return '"' + "".join({"\\": "\\\\", '"': '\\"', "?": "\\?"}.get(c, c) for c in text) + '"'


def c_list(texts):
    return f"(const char *const[]){{{', '.join(map(c_string, texts))}}}"


def render(languages, table, other_names, names):
    countries = list(dict.fromkeys(country for country, _ in table))
    yield '/* Made by script/embed-cities.py. */\n#include "edge/bot/place_table.h"\n\n'
    yield f"const char *const place_languages[] = {{{', '.join(c_string(c.replace('_', '-')) for c in languages)}}};\n"
    yield f"const size_t place_languages_count = {len(languages)};\n\nconst struct place_country place_countries[] = {{\n"
    for code in countries:
        full = [names[f"country {c} {code}"] or names[f"country {DEFAULT} {code}"] or code for c in languages]
        short = [names[f"country-short {c} {code}"] or full[i] for i, c in enumerate(languages)]
        yield f"    {{{c_list(short)}, {c_list(full)}}},\n"
    yield f"}};\nconst size_t place_countries_count = {len(countries)};\n\nconst struct place_row place_rows[] = {{\n"
    for country, zone in table:
        last = zone.split("/")[-1].replace("_", " ")
        cities = [names[f"city {c} {zone}"] or names[f"city {DEFAULT} {zone}"] or last for c in languages]
        yield f"    {{{c_string(zone)}, {countries.index(country)}, {c_list(cities)},\n     {c_string(other_names(zone))}}},\n"
    utc = c_list(["UTC"] * len(languages))
    yield f'    {{"UTC", PLACE_NO_COUNTRY, {utc},\n     {c_string("Etc/UTC " + other_names("Etc/UTC"))}}},\n'
    yield f"}};\nconst size_t place_rows_count = {len(table) + 1};\n"


def main(program, zone_tab, tzdata_zi, folder, out, depfile=None):
    codes = sorted((f[:-len(".po")] for f in os.listdir(folder) if f.endswith(".po")), key=lambda c: (c != DEFAULT, c))
    if not codes or codes[0] != DEFAULT:
        raise Bad(f"{folder}: {DEFAULT}.po is missing")
    table, aliases = zones(zone_tab), links(tzdata_zi)
    rows = {zone for _, zone in table} | {"UTC"}

    def other_names(zone):
        return " ".join(sorted(name for name, target in aliases.items() if target == zone and name not in rows))
    questions = [f"city {c} {zone}" for c in codes for _, zone in table]
    questions += [f"{kind} {c} {cc}" for kind in ("country", "country-short") for c in codes for cc in sorted({cc for cc, _ in table})]
    names = ask(program, questions)
    if not names[f"city {DEFAULT} Europe/Moscow"] or not names[f"country {DEFAULT} RU"]:
        raise Bad("CLDR's names are not there")
    with open(out, "w", encoding="utf-8") as f:
        f.writelines(render(codes, table, other_names, names))
    if depfile:
        files = [folder, zone_tab, tzdata_zi, program]
        with open(depfile, "w", encoding="utf-8") as f:
            f.write(f"{out}: {' '.join(p.replace(' ', chr(92) + ' ') for p in files)}\n")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except (Bad, OSError, UnicodeDecodeError) as e:
        sys.exit(f"embed-cities: {e}")

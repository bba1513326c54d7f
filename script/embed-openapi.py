#!/usr/bin/env python3
"""Turns docs/openapi.yaml into JSON inside a C source, so that the program serves its own description.

usage: embed-openapi.py openapi.yaml VERSION OUT.c
"""
import json
import re
import sys

import yaml


class Loader(yaml.SafeLoader):
    """YAML that JSON can hold: dates stay text, and a key that comes twice is an error."""

    def construct_mapping(self, node, deep=False):
        seen = set()
        for key, _ in node.value:
            if " " in key.value:
                raise yaml.constructor.ConstructorError(None, None, "text with a comma wants quotes here", key.start_mark)
            if key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, f"'{key.value}' comes twice", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


# As in YAML 1.2: `on` and `no` are words, and so are dates.
Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if tag.rsplit(":", 1)[1] not in ("timestamp", "bool")]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), ["t", "f"])


def names_are_text(value):
    """Status codes are names here, whatever YAML takes them for."""
    if isinstance(value, dict):
        return {str(k): names_are_text(v) for k, v in value.items()}
    if isinstance(value, list):
        return [names_are_text(v) for v in value]
    return value


def main():
    source, version, out = sys.argv[1:]
    with open(source, encoding="utf-8") as f:
        document = names_are_text(yaml.load(f, Loader))
    document["info"]["version"] = version
    data = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    with open(out, "w", encoding="ascii") as f:
        f.write('/* Made by script/embed-openapi.py. */\n#include "edge/http/openapi.h"\n\n')
        f.write("const unsigned char openapi_json[] = {\n")
        for i in range(0, len(data), 32):
            f.write(",".join(map(str, data[i:i + 32])) + ",\n")
        f.write("};\nconst size_t openapi_json_len = sizeof openapi_json;\n")


main()

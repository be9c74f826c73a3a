#!/usr/bin/env python3
"""Checks documents against a JSON Schema with an independent validator: validate.py SCHEMA [ANCHOR].

Takes a JSON array of texts on standard input, each a JSON document, and writes an array with a verdict for each: null
where it is valid, else what is wrong with it.
"""

import json
import sys

from jsonschema import Draft202012Validator


def main(path, anchor=None):
    with open(path, encoding="utf-8") as file:
        schema = json.load(file)
    Draft202012Validator.check_schema(schema)
    if anchor:
        schema = {"$schema": schema["$schema"], "$id": schema["$id"], "$ref": "#" + anchor, "$defs": schema["$defs"]}
    validator = Draft202012Validator(schema)

    def verdict(text):
        try:
            document = json.loads(text)
        except ValueError as error:
            return f"no JSON: {error}"
        error = next(validator.iter_errors(document), None)
        return error and f"{error.json_path}: {error.message[:300]}"

    json.dump([verdict(text) for text in json.load(sys.stdin)], sys.stdout)


main(*sys.argv[1:])

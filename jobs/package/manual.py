#!/usr/bin/env python3
"""Writes the manual pages, from what the program says of itself.

    manual.py PROGRAM FOLDER DATE

One page for the program and one for each subcommand, in section 8, as roff for man(7). The text is the program's own
help, from `--experimental-dump-help`, so a page cannot describe an option that does not exist. Other generators join the
lines of the help's lists, the exit statuses for example, into one paragraph.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

SECTION = 8


def roff(text):
    """Text as roff prints it: a backslash, a hyphen that is to be copied, and a line that looks like a request."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"^(?=[.'])", r"\\&", text, flags=re.MULTILINE)


def bold(text):
    return f"\\fB{roff(text)}\\fR"


def italic(text):
    return f"\\fI{roff(text)}\\fR"


def option_name(argument):
    """`-h, --help` or `--database path` in the fonts that manual pages use."""
    if argument["kind"] == "positional":
        return italic(argument["valueName"])
    names = ", ".join(
        bold(("-" if name["kind"] == "short" else "--") + name["name"]) for name in argument["names"]
    )
    return names if argument["kind"] == "flag" else f"{names} {italic(argument['valueName'])}"


def description(argument):
    sentences = argument.get("abstract", "")
    values = argument.get("allValues")
    if values and "values:" not in sentences:
        sentences += f" One of: {', '.join(values)}."
    if "defaultValue" in argument and "(default:" not in sentences:
        sentences += f" (default: {argument['defaultValue']})"
    return sentences.strip()


def discussion(text):
    """The help's own paragraphs. A line in capitals is a heading; `64  wrong usage`, indented, the entry of a list."""
    lines, heading = [], None
    for line in text.split("\n"):
        entry = re.match(r"^\s+(\d+)\s{2}(.*)$", line)
        if re.fullmatch(r"[A-Z][A-Z ]+", line):
            heading = line
            lines.append(f".SH {line}")
        elif entry:
            lines += [".TP", bold(entry[1]), roff(entry[2])]
        elif heading and heading.startswith("EXAMPLE") and line:
            # A command: to be read, and copied, as it stands.
            lines += [".PP", ".nf", ".RS 4", roff(line.strip()), ".RE", ".fi"]
        else:
            lines.append(roff(line.strip()) or ".PP")
    return lines


def without_empty_paragraphs(lines):
    """A paragraph that begins after a heading, or before another begins, is one too many."""
    kept = []
    for line in filter(None, lines):
        while line.startswith((".PP", ".SH", ".TP")) and kept and kept[-1] == ".PP":
            kept.pop()
        if not (line == ".PP" and kept and kept[-1].startswith(".SH")):
            kept.append(line)
    return kept


def page(command, parents, version, date):
    words = [*parents, command["commandName"]]
    name = "-".join(words)
    arguments = [argument for argument in command.get("arguments", []) if argument["shouldDisplay"]]
    subcommands = [one for one in command.get("subcommands", []) if one["shouldDisplay"] and one["commandName"] != "help"]
    lines = [
        f'.TH "{name.upper()}" {SECTION} "{date}" "wg\\-reconcile {version}" "System administration"',
        ".SH NAME",
        f"{roff(name)} \\- {roff(command['abstract'].rstrip('.'))}",
        ".SH SYNOPSIS",
        synopsis(words, arguments, subcommands),
    ]
    # What the help says at the end, under a heading of its own, stands after the options.
    before, headed = split_at_first_heading(command.get("discussion", ""))
    lines += [".SH DESCRIPTION", roff(command["abstract"]), ".PP", *discussion(before)]
    if subcommands:
        lines.append(".SH COMMANDS")
        for one in subcommands:
            lines += [".TP", f"{bold(name + '-' + one['commandName'])}({SECTION})", roff(one["abstract"])]
    lines += options(arguments)
    lines += discussion(headed)
    lines += see_also(command, parents, subcommands)
    return name, "\n".join(without_empty_paragraphs(lines)) + "\n"


def synopsis(words, arguments, subcommands):
    positional = [argument for argument in arguments if argument["kind"] == "positional"]
    parts = [bold(" ".join(words))]
    if subcommands:
        parts.append(italic("command"))
    if any(argument["kind"] != "positional" for argument in arguments):
        parts.append("[" + italic("options") + "]")
    for argument in positional:
        text = italic(argument["valueName"]) + (" ..." if argument["isRepeating"] else "")
        parts.append(f"[{text}]" if argument["isOptional"] else text)
    return " ".join(parts)


def split_at_first_heading(text):
    heading = re.search(r"^[A-Z][A-Z ]+$", text, flags=re.MULTILINE)
    return (text[: heading.start()].strip(), text[heading.start() :].strip()) if heading else (text.strip(), "")


def with_both_names(arguments):
    """A flag that can be turned off is two arguments in the dump, --x and --no-x, and one entry of the page."""
    kept = []
    for argument in arguments:
        names = [name["name"] for name in argument.get("names") or []]
        if kept and names and names == ["no-" + name["name"] for name in kept[-1].get("names") or []]:
            kept[-1] = {**kept[-1], "names": kept[-1]["names"] + argument["names"]}
        else:
            kept.append(argument)
    return kept


def options(arguments):
    lines, title = [], None
    # Arguments, then options; those of a titled group, the guards say, after the others.
    ranked = sorted(
        with_both_names(arguments), key=lambda one: (one["kind"] != "positional", "sectionTitle" in one, one.get("sectionTitle", ""))
    )
    for argument in ranked:
        wanted = "ARGUMENTS" if argument["kind"] == "positional" else argument.get("sectionTitle", "OPTIONS").upper()
        if wanted != title:
            lines.append(f".SH {wanted}")
            title = wanted
        lines += [".TP", option_name(argument), roff(description(argument))]
    return lines


def see_also(command, parents, subcommands):
    if subcommands:
        others = [f"{command['commandName']}-{one['commandName']}" for one in subcommands]
    else:
        others = ["-".join(parents)]
    references = [f"{bold(one)}({SECTION})" for one in others] + [f"{bold('wg')}(8)", f"{bold('wg-quick')}(8)"]
    return [".SH SEE ALSO", ",\n".join(references)]


def main():
    program, folder, date = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
    dump = subprocess.run([program, "--experimental-dump-help"], check=True, capture_output=True).stdout
    version = subprocess.run([program, "--version"], check=True, capture_output=True, text=True).stdout.strip()
    command = json.loads(dump)["command"]
    pages = [page(command, [], version, date)]
    for one in command["subcommands"]:
        if one["shouldDisplay"] and one["commandName"] != "help":
            pages.append(page(one, [command["commandName"]], version, date))
    for name, text in pages:
        (folder / f"{name}.{SECTION}").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

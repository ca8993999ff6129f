"""Does what a hint of `envtool lock` says, as a person would who reads it."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

from tests.conftest import Envtool

_INSTEAD = re.compile(r"`([^`]+)` instead of `[^`]+` \(([^():]+):(\d+)\)")
_TAKE_OUT = re.compile(r"take out `[^`]+` \(([^():]+):(\d+)\)|take it out for \S+ `[^`]+` \((.+)\)")
_KEEP = re.compile(r"keep it where it exists: `- ([^`]+)` \(([^():]+):(\d+)\)")
_NAME = re.compile(r"(?:did you mean|conda calls it) `([^`]+)`")
_POLICY = re.compile(r"write `(\S+) = \"([^\"]+)\"` under `\[constraints\]`")
_MACHINES = re.compile(r"write `(subdirs.+)` into `virtual-packages.yml`")
_MACHINE = re.compile(r"under `(\S+)`, write `(\S+): \"(\S+)\"`")
_COMMAND = re.compile(r"`envtool (lock.*?)`")


def failures(envtool: Envtool, *arguments: str) -> list[dict[str, Any]]:
    """What stands in the way, as JSON."""
    found: list[dict[str, Any]] = json.loads(envtool(*arguments, "-o", "json").out)["failures"]
    return found


def follow(folder: Path, failure: dict[str, Any], hint: str) -> tuple[str, ...]:
    """Do what `hint` says; the command with which to try again."""
    for text, path, line in (*_INSTEAD.findall(hint), *_KEEP.findall(hint)):
        _write(folder / path, int(line), text)
    for path, line, _ in _TAKE_OUT.findall(hint):
        _write(folder / path, int(line), None)
    if found := _NAME.search(hint):
        _write(folder / failure["place"]["path"], failure["place"]["line"], found[1])
    if found := _MACHINES.search(hint):
        (folder / "virtual-packages.yml").write_text(found[1])
    if found := _MACHINE.search(hint):
        _sub(
            folder / "virtual-packages.yml", rf"{found[2]}: \"[^\"]*\"", f'{found[2]}: "{found[3]}"'
        )
    if found := _POLICY.search(hint):
        _sub(folder / "envtool.toml", rf"{found[1]} = .*", f'{found[1]} = "{found[2]}"')
    if "channel_priority: disabled" in hint:
        (Path.home() / ".condarc").write_text("channel_priority: disabled\n")
    command = _COMMAND.search(hint)
    return tuple(shlex.split(command[1])) if command else ("lock",)


def _write(path: Path, number: int, text: str | None) -> None:
    lines = path.read_text().splitlines()
    # With quotes: a match spec may hold brackets.
    spec, comment, rest = (text or "").partition("  #")
    lines[number - 1] = f"  - '{spec}'{comment}{rest}" if text else "  # nothing"
    path.write_text("\n".join(lines) + "\n")


def _sub(path: Path, pattern: str, text: str) -> None:
    before = path.read_text()
    after = re.sub(pattern, text, before)
    assert after != before
    path.write_text(after)

"""Inline ignores: `# envtool: ignore[rule] reason` behind a line accepts its findings."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from envtool.domain.findings import Place

_IGNORE = re.compile(r"#\s*envtool:\s*ignore(?:\[([^\]]*)\])?\s*(.*)")


class Ignore(NamedTuple):
    """One inline ignore; without rules or without a reason it does not count."""

    rules: tuple[str, ...]
    reason: str
    place: Place
    # Whether nothing stands before it on its line.
    is_alone: bool

    @property
    def counts(self) -> bool:
        """Whether it says which rules, and why."""
        return bool(self.rules and self.reason)

    def covers(self, rule: str) -> bool:
        """Whether it names `rule` or its family."""
        return rule in self.rules or rule.partition(".")[0] in self.rules


def find_ignores(lines: tuple[str, ...], path: str) -> Iterator[Ignore]:
    """Every inline ignore of a file."""
    for number, line in enumerate(lines, start=1):
        if "envtool:" in line and (match := _IGNORE.search(line)):
            rules = tuple(part.strip() for part in (match[1] or "").split(",") if part.strip())
            place = Place(path, number, match.start() + 1, match.end() + 1)
            is_alone = not line[: match.start()].strip()
            yield Ignore(rules, match[2].strip(), place, is_alone)

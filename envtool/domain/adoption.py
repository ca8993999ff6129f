"""The files that bring envtool into a repository, and what they take over as it is today."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from string import Template
from typing import NamedTuple

from envtool.domain.findings import Finding
from envtool.domain.policy.records import Level, Profile
from envtool.domain.rules import BY_ID
from envtool.domain.yaml_nodes import Mapping as Entries
from envtool.domain.yaml_nodes import Node, Scalar, keys_of
from envtool.domain.yaml_nodes import Sequence as Items

IGNORED = ".envtool/"
# Findings of these rules are taken over by nobody: the credential is out already.
CREDENTIALS = frozenset(
    {"secrets.token-in-url", "secrets.secret-in-variables", "channels.credential"}
)
# An error of both profiles, but only `strict` names channels by itself.
_OF_STRICT = frozenset({"channels.allowed"})
# In days; the profile `strict` allows no more.
WAIVED_FOR = 90
# More packages than this get one waiver for the rule.
_NAMED_PACKAGES = 5

_SPEC_KEYS = frozenset(
    {"name", "channels", "dependencies", "variables", "prefix", "platforms", "category"}
)
_PACKAGE = re.compile(r"[a-z0-9_.-]+")


class Accepted(NamedTuple):
    """Findings of one rule that the new policy lets pass.

    `waived` says how: errors of every profile are waived for a while, so that a new one still
    fails; what only `strict` calls an error is reported as a warning from now on.
    """

    rule: str
    findings: int
    waived: bool
    package: str | None = None
    path: str | None = None


class PolicyDraft(NamedTuple):
    """A policy before it is text; `production` and `development` are files, relative to it."""

    profile: Profile
    today: date
    production: tuple[str, ...] = ()
    development: tuple[str, ...] = ()
    accepted: tuple[Accepted, ...] = ()

    def text(self, template: str) -> str:
        """The policy as TOML."""
        return (
            Template(template)
            .substitute(
                profile=self.profile.value,
                files=self._files(),
                levels=self._levels(),
                waivers=self._waivers(),
            )
            .rstrip("\n")
            + "\n"
        )

    def _files(self) -> str:
        lists = {"production": self.production, "development": self.development}
        lines = [f"{key} = {_toml_list(names)}" for key, names in lists.items() if names]
        return "\n".join(["", "[files]", *lines, ""]) if lines else ""

    def _levels(self) -> str:
        lines = [
            f"{_toml(each.rule)} = {_toml(Level.WARNING)}  # {_counted(each.findings)}"
            for each in self.accepted
            if not each.waived
        ]
        head = (
            "",
            f"# Errors of {self.today}, reported as warnings so that the first run passes. Mend",
            "# them, then delete the line: from there on the rule fails again.",
            "[rules]",
        )
        return "\n".join([*head, *lines, ""]) if lines else ""

    def _waivers(self) -> str:
        waivers = [each for each in self.accepted if each.waived]
        head = (
            "",
            f"# Errors of {self.today}, accepted for now: mend them, then delete the waiver.",
            "# From the day behind `expires` they count again.",
        )
        return "\n".join([*head, *map(self._waiver, waivers)]) if waivers else ""

    def _waiver(self, each: Accepted) -> str:
        expires = self.today + timedelta(days=WAIVED_FOR)
        lines = [f"[[waivers]]  # {_counted(each.findings)}", f"rule = {_toml(each.rule)}"]
        lines += [f"package = {_toml(each.package)}"] if each.package else []
        lines += [f"path = {_toml(each.path)}"] if each.path else []
        lines += ['reason = "older than the policy, to be mended"', 'owner = "the maintainers"']
        return "\n".join([*lines, f"expires = {expires}", ""])


def accept(findings: Sequence[Finding], paths: Mapping[str, str]) -> tuple[Accepted, ...]:
    """How a new policy takes over `findings`, all of them errors, in the order of the rules.

    `paths` are the files of the project: as findings name them, and relative to the policy.
    """
    groups: dict[str, list[Finding]] = {}
    for rule in BY_ID:
        groups[rule] = [finding for finding in findings if finding.rule == rule]
    accepted: list[Accepted] = []
    for rule, group in groups.items():
        if group and BY_ID[rule].recommended is Level.ERROR and rule not in _OF_STRICT:
            accepted += _waived(rule, group, paths)
        elif group:
            accepted.append(Accepted(rule, len(group), waived=False))
    return tuple(accepted)


def _waived(rule: str, group: list[Finding], paths: Mapping[str, str]) -> list[Accepted]:
    counts: dict[tuple[str | None, str | None], int] = {}
    names = {each.package for each in group}
    named = len(names) <= _NAMED_PACKAGES and all(
        name is not None and _PACKAGE.fullmatch(name) for name in names
    )
    for each in group:
        path = paths.get(each.place.path) if len(paths) > 1 else None
        pattern = re.sub(r"([*?\[])", r"[\1]", path) if path else None
        key = (each.package if named else None, pattern)
        counts[key] = counts.get(key, 0) + 1
    return [
        Accepted(rule, count, waived=True, package=key[0], path=key[1])
        for key, count in counts.items()
    ]


def reads_as_spec(root: Node | None) -> bool:
    """Whether a YAML document of any name is an environment file.

    Helm charts and Ansible roles have a list `dependencies:`, too, but with other keys around.
    """
    entries = keys_of(root)
    dependencies = entries.get("dependencies")
    if not isinstance(dependencies, Items):
        return False
    if "channels" in entries:
        return True
    return entries.keys() <= _SPEC_KEYS and all(map(_is_dependency, dependencies.items))


def _is_dependency(item: Node) -> bool:
    return isinstance(item, Scalar) or (isinstance(item, Entries) and "pip" in keys_of(item))


def ignore_line(text: bytes) -> str:
    """What to add to a `.gitignore`; empty when `.envtool/` is ignored already."""
    lines = {line.strip().strip(b"/") for line in text.splitlines()}
    if IGNORED.strip("/").encode() in lines:
        return ""
    ending = "\r\n" if text.endswith(b"\r\n") else "\n"
    return ("" if not text or text.endswith(b"\n") else ending) + IGNORED + ending


def dependabot_text(template: str, block: str) -> str:
    """`.github/dependabot.yml` with `block`, the update for conda; it may be empty."""
    return Template(template).substitute(conda=block)


def dependabot_block(template: str, folders: Sequence[str]) -> str:
    """The update for conda that looks into `folders`, which start with a slash."""
    listed = "\n".join(f"      - {_json(folder)}" for folder in folders)
    return Template(template).substitute(directories=listed) if folders else ""


# In a job that runs once for each of several projects.
_EACH = "${{ matrix.project }}"
_MATRIX = """
    strategy:
      fail-fast: false
      matrix:
        project:
{projects}
    env:
      PROJECT: ${{{{ matrix.project }}}}"""


def workflow_text(template: str, requirement: str, command: str) -> str:
    """A GitHub workflow that lets pip install `requirement` and runs `command`."""
    return Template(template).substitute(
        requirement=requirement, command=command, strategy="", job="", name=""
    )


def matrix_text(template: str, requirement: str, verb: str, folders: Sequence[str]) -> str:
    """A GitHub workflow that runs a command of envtool for each of `folders`."""
    listed = "\n".join(f"          - {_json(folder)}" for folder in folders)
    return Template(template).substitute(
        requirement=requirement,
        command=f'envtool {verb} "$PROJECT"',
        strategy=_MATRIX.format(projects=listed),
        job="${{ strategy.job-index }}-",
        name=f" {_EACH}",
    )


def runs(workflow: bytes, command: str, verb: str) -> bool:
    """Whether a workflow runs `command`, by itself or for one of several projects."""
    if command.encode() in workflow:
        return True
    folder = command.removeprefix(f"envtool {verb}").strip().strip("'") or "."
    listed = f"- {_json(folder)}\n".encode()
    return f'envtool {verb} "$PROJECT"'.encode() in workflow and listed in workflow


def _counted(count: int) -> str:
    return "1 finding" if count == 1 else f"{count} findings"


def _json(text: str) -> str:
    import json

    return json.dumps(text)


def _toml(text: str) -> str:
    """A basic string (toml.io, "String")."""
    escaped = re.sub(r'[\x00-\x1f"\\\x7f]', lambda found: rf"\u{ord(found[0]):04x}", text)
    return f'"{escaped}"'


def _toml_list(texts: tuple[str, ...]) -> str:
    return "[\n" + "".join(f"  {_toml(text)},\n" for text in texts) + "]"

"""Finds the versions that an update brings, round by round.

A round solves with the pins of what is updated taken off, within the level. Where a line of a
file can not say what came out, the package is asked for one version on all platforms, or it is
left alone, and the next round begins.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from envtool.conda_versions import Version, VersionSpec
from envtool.domain.dependency_chains import Node, node_of
from envtool.domain.locks import LockedPackage
from envtool.domain.pages import LeftAloneError, Page
from envtool.domain.pin_updates import Dependency, Target, followed, rewritten
from envtool.domain.solving import CondaRecord
from envtool.domain.specs import Spec
from envtool.domain.update_asks import (
    Package,
    Ranges,
    asked_specs,
    limits,
    lines_of,
    nodes_of,
    package_of,
    pip_limits,
)
from envtool.ports import Tools
from envtool.workflows.lock_inputs import Inputs
from envtool.workflows.locking import Held, NoSolutionError, solve_project
from envtool.workflows.pip_section import NoPipSolutionError, Whole, with_pip
from envtool.workflows.spec_files import LOCK_LIMIT, decoded
from envtool.workflows.update_aim import Aim, is_young, left_alone

Lines = Mapping[str, Mapping[Dependency, str]]

# So many newer versions are tried one by one where the solver took an older one by itself.
_MOST_TRIED = 8
_BOM = "\ufeff"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Found:
    """What an update brings.

    Attributes:
        ranges: the very version of what is updated, on each platform; of what came out without
            it the range that it may be in.
        held: the records to keep when the lock is made, by platform.
        held_pip: the pip packages to keep.
        lines: the lines of environment files that follow, by path.
        texts: these files as they are then.
        left: what is left alone, and why.
    """

    ranges: Ranges
    held: Held
    held_pip: tuple[LockedPackage, ...]
    lines: Lines
    texts: Mapping[str, str]
    left: Mapping[Package, str]


class Rounds:
    """The rounds of one update; `held` are the records of the lock."""

    def __init__(self, tools: Tools, inputs: Inputs, held: Held, aim: Aim) -> None:
        self._tools = tools
        self._inputs = inputs
        self._held = held
        self._aim = aim
        self._pages = {spec.path: _page(tools, spec) for spec in inputs.specs}
        self._left = left_alone(inputs, held, aim)
        self._exact: dict[Package, str] = {}
        self._allowed = {
            node_of(each): aim.allowed(each)
            for each in inputs.locked
            if each.platform in inputs.platforms
            and (each.manager, each.name) in aim.packages - self._left.keys()
        }

    def found(self) -> Found:
        """What the last round brings; raises as `solve_project`."""
        while True:
            solved = self._solved()
            solved = self._newer(solved) if solved and self._aim.named else solved
            lines = self._lines(solved) if solved else None
            if solved is not None and lines is not None:
                return self._answer(solved, lines)

    def _ranges(self) -> Ranges:
        """The versions that each package may get in this round."""
        return {
            (manager, platform, name): f"=={self._exact[manager, name]}"
            if (manager, name) in self._exact
            else allowed
            for (manager, platform, name), allowed in self._allowed.items()
            if (manager, name) not in self._left
        }

    def _solve(self) -> Whole:
        ranges = self._ranges()
        project = self._inputs.project
        specs = asked_specs(project.specs, ranges, self._inputs.platforms)
        inputs = replace(
            self._inputs,
            project=replace(project, specs=specs),
            limits=limits(ranges),
            pip_limits=pip_limits(ranges),
        )
        kept = _with(_without(self._held, ranges), self._aim.exempt)
        conda = solve_project(self._tools, inputs, kept, self._aim.newest, is_free=True)
        held = [each for each in self._pip() if node_of(each) not in ranges]
        return with_pip(self._tools, inputs, conda, held, self._newest_pip())

    def _pip(self) -> list[LockedPackage]:
        return [each for each in self._inputs.locked if each.manager == "pip"]

    def _newest_pip(self) -> datetime | None:
        """Only what is updated has to be old enough: the rest is there already."""
        return newest_of_pip(self._ranges(), self._aim.newest)

    def _solved(self) -> Whole | None:
        """A solution; None when the last wish for one version everywhere went too far."""
        try:
            return self._solve()
        except NoSolutionError:
            if not self._exact:
                raise
            package, version = self._exact.popitem()
            self._left[package] = f"{version} is not to be had on all platforms"
            return None
        except NoPipSolutionError:
            mine = {(manager, name) for manager, _, name in self._ranges() if manager == "pip"}
            if not mine:
                raise
            self._left |= dict.fromkeys(mine, "the `pip:` section has no solution with it")
            return None

    def _newer(self, solved: Whole) -> Whole:
        """With what was named as new as it can be, where the solver preferred to keep others."""
        for package in sorted(self._aim.packages - self._left.keys() - self._exact.keys()):
            for version in self._better(package, solved)[:_MOST_TRIED]:
                self._exact[package] = version
                try:
                    solved = self._solve()
                    break
                except (NoSolutionError, NoPipSolutionError):
                    del self._exact[package]
        return solved

    def _better(self, package: Package, solved: Whole) -> list[str]:
        """Newer versions than the solver took, the newest first, that every platform has."""
        nodes = [node for node in self._allowed if (node[0], node[2]) == package]
        chosen = [each.version for each in _packages(solved) if node_of(each) in nodes]
        if not chosen or package[0] == "pip":
            return []
        lists = [
            {
                each.version
                for each in self._listed(node)
                if VersionSpec(allowed).matches(each.version)
            }
            for node, allowed in self._allowed.items()
            if node in nodes
        ]
        oldest = min(map(Version, chosen))
        common = (each for each in set.intersection(*lists) if Version(each) > oldest)
        return sorted(common, key=Version, reverse=True)

    def _listed(self, node: Node) -> list[CondaRecord]:
        """What channels offer, without what is too new."""
        channels = self._inputs.channels.everything
        found = self._tools.solver().listed(channels, node[1], [node[2]])
        return [each for each in found if not is_young(each, self._aim.newest)]

    def _lines(self, solved: Whole) -> Lines | None:
        """The lines that follow; None when another round is needed."""
        chosen = {node_of(each): each for each in _packages(solved)}
        ranges = self._ranges()
        lines: dict[str, dict[Dependency, str]] = {}
        is_done = True
        for spec in self._inputs.specs:
            for line in lines_of(spec):
                nodes = nodes_of(line, self._inputs.platforms)
                here = [chosen[each] for each in nodes if each in ranges and each in chosen]
                text = self._followed(spec, line, here) if here else line.text
                if text is None:
                    is_done = False
                elif text != line.text:
                    lines.setdefault(spec.path, {})[line] = text
        return lines if is_done else None

    def _followed(
        self, spec: Spec, line: Dependency, chosen: Sequence[LockedPackage]
    ) -> str | None:
        """What the line says then; None when there is to be another round without that."""
        package = package_of(line)
        try:
            text = followed(line, [Target(each.version, each.build) for each in chosen])
            if text is None:
                self._exact[package] = min((each.version for each in chosen), key=Version)
            elif text != line.text:
                self._check(spec, line)
        except LeftAloneError as error:
            self._left[package] = error.reason
            return None
        return text

    def _check(self, spec: Spec, line: Dependency) -> None:
        """Raises `LeftAloneError` for a line that can not be edited."""
        self._pages[spec.path].span(line.place, line.text)
        if self._inputs.relative(spec.path).startswith(".."):
            raise LeftAloneError(f"`{spec.path}` is outside of the project")

    def _answer(self, solved: Whole, lines: Lines) -> Found:
        ranges = self._ranges()
        chosen = {node_of(each): f"=={each.version}" for each in _packages(solved)}
        held = {
            platform: tuple(
                _best(self._held.get(platform, ()), parts[-1].records, platform, ranges)
            )
            for platform, parts in solved.conda.parts.items()
        }
        pip = {node_of(each): each for each in solved.pip}
        kept = {node_of(each): each for each in self._pip() if node_of(each) not in ranges}
        texts = {path: rewritten(self._pages[path], each) for path, each in lines.items()}
        return Found(
            ranges={node: chosen.get(node, allowed) for node, allowed in ranges.items()},
            held=held,
            held_pip=tuple((pip | kept).values()),
            lines=lines,
            texts={path: self._marked(path, text) for path, text in texts.items()},
            left=self._left,
        )

    def _marked(self, path: str, text: str) -> str:
        """With the byte order mark that the file has."""
        has_mark = self._tools.files.read(path, LOCK_LIMIT).startswith(_BOM.encode())
        return _BOM + text if has_mark else text


def _packages(solved: Whole) -> tuple[LockedPackage, ...]:
    return (*solved.conda.packages, *solved.pip)


def _page(tools: Tools, spec: Spec) -> Page:
    text = decoded(tools.files.read(spec.path, LOCK_LIMIT), spec.path)
    return Page(spec.path, text, tools.yaml.parse(text, spec.path))


def newest_of_pip(ranges: Ranges, newest: datetime | None) -> datetime | None:
    """The last moment that counts for pip; none where nothing of it is updated."""
    return newest if any(manager == "pip" for manager, _, _ in ranges) else None


def _without(held: Held, ranges: Ranges) -> dict[str, tuple[CondaRecord, ...]]:
    return {
        platform: tuple(each for each in records if ("conda", platform, each.name) not in ranges)
        for platform, records in held.items()
    }


def _with(held: Held, more: Held) -> Held:
    return {
        platform: (*held.get(platform, ()), *more.get(platform, ()))
        for platform in held.keys() | more.keys()
    }


def _best(
    old: Sequence[CondaRecord], new: Sequence[CondaRecord], platform: str, ranges: Ranges
) -> Iterator[CondaRecord]:
    """What to keep: what is updated as it came out, the rest as it is locked.

    What came out without one of them may need it after all.
    """
    before, after = ({each.name: each for each in records} for records in (old, new))
    for name in sorted(before.keys() | after.keys()):
        first, other = (after, before) if ("conda", platform, name) in ranges else (before, after)
        yield first.get(name) or other[name]

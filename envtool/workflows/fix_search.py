"""Solves for as many fixes at once as go together, and says what is in the way of the others.

All of them first, each at its nearest version. When that has no solution, each is tried alone:
what can not be had alone is blocked. Of the rest the largest set that has a solution is looked
for, the least urgent left out first.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import combinations

from envtool.domain.auditing.fixing import Need, Package
from envtool.domain.update_asks import asked_specs, limits, pip_limits
from envtool.domain.update_kinds import Level
from envtool.ports import Tools
from envtool.workflows.fix_needs import Needs
from envtool.workflows.lock_inputs import Inputs
from envtool.workflows.locking import Held, NoSolutionError, Unsolved
from envtool.workflows.pip_section import NoPipSolutionError
from envtool.workflows.update_aim import Aim
from envtool.workflows.update_rounds import Found, Rounds

# So many versions of one package are tried, and of so many packages every set.
_MOST_VERSIONS, _MOST_SETS = 8, 6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Blocked:
    """A fix that can not be had.

    Attributes:
        need: what is to be mended.
        version: that was tried first; empty when there was none to try.
        why: what is in the way, when that is known without a solver.
        unsolved: what the solver said; empty when it was not asked, or found a solution.
        beside: the fixes that it does not go together with, when it could be had alone.
    """

    need: Need
    version: str = ""
    why: str = ""
    unsolved: tuple[Unsolved, ...] = ()
    beside: tuple[Package, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fixes:
    """What can be mended.

    Attributes:
        found: what the lock is made of; None when nothing can be.
        exact: the version of each package that is mended.
        blocked: the others.
    """

    found: Found | None
    exact: Mapping[Package, str]
    blocked: tuple[Blocked, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Try:
    """A set of versions that was tried: what came out, or why nothing did."""

    found: Found | None = None
    why: str = ""
    unsolved: tuple[Unsolved, ...] = ()


@dataclass(slots=True, kw_only=True, eq=False)
class Search:
    """The search for one project; what was tried is not tried again.

    Attributes:
        tools: the doors.
        inputs: of the lock.
        held: the records of the lock.
        needs: what has to move.
        newest: builds after this moment do not count, but for those that mend something.
    """

    tools: Tools
    inputs: Inputs
    held: Held
    needs: Needs
    newest: datetime | None
    _tried: dict[frozenset[tuple[Package, str]], Try] = field(default_factory=dict)

    def fixes(self) -> Fixes:
        """The most fixes that go together."""
        hopeful = [each for each in self.needs.needs if each.versions]
        nearest = {each.package: each.versions[0] for each in hopeful}
        blocked = [Blocked(need=e, why=e.reason) for e in self.needs.needs if not e.versions]
        if nearest and (at_once := self._try(nearest)).found is not None:
            return Fixes(found=at_once.found, exact=nearest, blocked=tuple(blocked))
        alone: dict[Package, str] = {}
        for need in hopeful:
            version = self._nearest(need, {})
            if version is None:
                blocked.append(self._blocked(need))
            else:
                alone[need.package] = version
        exact = self._largest([each for each in hopeful if each.package in alone])
        for need in hopeful:
            if need.package in alone and need.package not in exact:
                version = alone[need.package]
                blocked.append(Blocked(need=need, version=version, beside=tuple(exact)))
        found = self._try(exact).found if exact else None
        return Fixes(found=found, exact=exact, blocked=tuple(blocked))

    def _nearest(self, need: Need, others: Mapping[Package, str]) -> str | None:
        """The nearest version that can be had beside `others`."""
        for version in need.versions[:_MOST_VERSIONS]:
            if self._try({**others, need.package: version}).found is not None:
                return version
        return None

    def _blocked(self, need: Need) -> Blocked:
        first = self._try({need.package: need.versions[0]})
        return Blocked(need=need, version=need.versions[0], why=first.why, unsolved=first.unsolved)

    def _largest(self, needs: list[Need]) -> dict[Package, str]:
        """The largest set that has a solution; of several the one with the most urgent.

        Of very many the one that is found by adding one after the other.
        """
        if len(needs) > _MOST_SETS:
            return self._together(needs)
        sets = (self._together(chosen) for chosen in _subsets(needs))
        return max(sets, key=len, default={})

    def _together(self, needs: list[Need]) -> dict[Package, str]:
        """One after the other, the most urgent first; what does not fit is left out."""
        exact: dict[Package, str] = {}
        for need in needs:
            version = self._nearest(need, exact)
            if version is not None:
                exact[need.package] = version
        return exact

    def _try(self, exact: Mapping[Package, str]) -> Try:
        key = frozenset(exact.items())
        if key not in self._tried:
            self._tried[key] = self._solved(exact)
        return self._tried[key]

    def _solved(self, exact: Mapping[Package, str]) -> Try:
        aim = Aim(
            packages=frozenset(exact),
            named=False,
            level=Level.MAJOR,
            newest=self.newest,
            exact=exact,
            exempt=self.needs.exempt(exact, self.newest),
        )
        try:
            found = Rounds(self.tools, self.inputs, self.held, aim).found()
        except NoSolutionError as error:
            return Try(unsolved=error.unsolved)
        except NoPipSolutionError as error:
            reasons = dict.fromkeys(each.reason for each in error.conflicts.values())
            return Try(why="; ".join(reasons))
        left = [found.left[each] for each in exact if each in found.left]
        return Try(why=left[0]) if left else Try(found=found)

    def asked(self, package: Package, version: str) -> Inputs:
        """The inputs as the solver was asked for one fix."""
        ranges = {
            (each.manager, each.platform, each.name): f"=={version}"
            for each in self.inputs.locked
            if (each.manager, each.name) == package and each.platform in self.inputs.platforms
        }
        project = self.inputs.project
        specs = asked_specs(project.specs, ranges, self.inputs.platforms)
        return replace(
            self.inputs,
            project=replace(project, specs=specs),
            limits=limits(ranges),
            pip_limits=pip_limits(ranges),
        )


def _subsets(needs: list[Need]) -> Iterator[list[Need]]:
    """Sets of needs, the largest first, and of one size those with the most urgent first."""
    sizes = range(len(needs), 0, -1)
    return (list(each) for size in sizes for each in combinations(needs, size))

"""What a mend is: the edits that settle one finding, and what they may change."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from envtool.domain.edits import Edit
from envtool.domain.facts import Fact
from envtool.domain.findings import Finding, Place
from envtool.domain.pages import Page
from envtool.domain.project import Project
from envtool.domain.specs import CondaDependency, PipDependency, Spec


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Draft:
    """The state in which findings are mended.

    Attributes:
        project: as it was judged.
        pages: the text of each of its specs, by path.
        whole: whether all files of the project are there, so that one may be created.
    """

    project: Project
    pages: Mapping[str, Page]
    whole: bool

    def spec(self, place: Place) -> Spec:
        """The spec that holds `place`."""
        return next(each for each in self.project.specs if each.path == place.path)

    def conda(self, place: Place) -> CondaDependency:
        """The conda line at `place`."""
        return next(each for each in self.spec(place).dependencies if each.place == place)

    def dependency(self, place: Place) -> CondaDependency | PipDependency:
        """The line at `place`, of either manager."""
        lines: list[CondaDependency | PipDependency] = [
            *self.spec(place).dependencies,
            *self.spec(place).pip,
        ]
        return next(each for each in lines if each.place == place)


class Change(NamedTuple):
    """An edit of one file, and the facts that it takes out and brings in."""

    path: str
    edits: tuple[Edit, ...]
    lost: tuple[Fact, ...] = ()
    gained: tuple[Fact, ...] = ()


class NewFile(NamedTuple):
    """A file that is created first: its head, and the facts in there."""

    path: str
    head: str
    facts: tuple[Fact, ...]


class Mend(NamedTuple):
    """How one finding is mended.

    Attributes:
        what: one sentence in the past tense, without final period.
        changes: one for each file.
        new: the file that has to be there for them.
        claims: mends that claim the same can not be made at once.
    """

    what: str
    changes: tuple[Change, ...]
    new: NewFile | None = None
    claims: frozenset[str] = frozenset()


class Mender(NamedTuple):
    """Mends the findings of one rule.

    `plan` raises `LeftAloneError` for those that need a person. A `safe` one keeps what is
    installed, or is what the finding demands to the letter.
    """

    rule: str
    plan: Callable[[Draft, Finding], Mend]
    safe: bool = True


# More files than this are counted in a headline.
_NAMED_FILES = 2


def mended_headline(verb: str, paths: Sequence[str]) -> str:
    """`Mended 3 findings in `environment.yml``; `paths` has the file of each finding."""
    files = list(dict.fromkeys(paths))
    where = f"{len(files)} files"
    if len(files) <= _NAMED_FILES:
        where = " and ".join(f"`{each}`" for each in files)
    plural = "" if len(paths) == 1 else "s"
    return f"{verb} {len(paths)} finding{plural} in {where}"

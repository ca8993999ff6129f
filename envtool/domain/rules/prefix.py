"""Rules on an installed prefix: whether it is what is locked, whole, and unaltered."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from envtool.domain.findings import Violation
from envtool.domain.project import Project
from envtool.domain.rules.rule import Scope, rule

if TYPE_CHECKING:
    from envtool.domain.installed import Harm, Inspection

_MADE = "make it from the lock again: `{}`"
# So many paths of a package are named in a message.
_NAMED = 3


@rule("prefix.missing", "error", "error", Scope.PREFIX, has_line=False)
def missing(project: Project) -> Iterator[Violation]:
    """A locked package is not installed.

    The prefix was made from another lock, or something was removed from it by hand. What is
    locked is read from the lock of the project, for the platform of the prefix; `--environment
    development` adds the development layer.
    """
    for inspection in _inspections(project):
        from envtool.domain.prefix_drift import missing as find

        for package in find(inspection):
            yield Violation(
                f"`{package.name} {package.version}` is locked for {package.manager}, and not"
                " installed",
                inspection.place,
                package=package.name,
                version=package.version,
                fix=_MADE.format(inspection.again),
                summary="locked packages are not installed",
                brief=f"{package.name} {package.version}",
            )


@rule("prefix.extra", "error", "error", Scope.PREFIX, has_line=False)
def extra(project: Project) -> Iterator[Violation]:
    """A package is installed that is not locked.

    Somebody installed it by hand, with conda or with pip, and the next machine will not have
    it. Packages count, not files: what programs write into a prefix, byte-code above all, is
    never an extra.
    """
    for inspection in _inspections(project):
        from envtool.domain.prefix_drift import extra as find
        from envtool.domain.prefix_drift import key_of

        others = inspection.yardstick.others if inspection.yardstick else ()
        elsewhere = {key_of(each): each.category for each in others}
        for package in find(inspection):
            category = elsewhere.get(key_of(package))
            where = f" but in the category `{category}`" if category else ""
            yield Violation(
                f"`{package.label}` is installed by {package.manager}, and not locked{where}",
                inspection.place,
                package=package.name,
                version=package.version,
                fix="ask for it in an environment file and lock, or let it go:"
                f" `{inspection.again} --force`",
                summary="installed packages are not locked",
                brief=package.label,
            )


@rule("prefix.changed-version", "error", "error", Scope.PREFIX, has_line=False)
def changed_version(project: Project) -> Iterator[Violation]:
    """A package is installed in another version than the locked one.

    Or in another build, or from another archive of the same name and build: what was tested is
    not what runs here.
    """
    for inspection in _inspections(project):
        from envtool.domain.prefix_drift import changed as find

        for package, _, what in find(inspection):
            yield Violation(
                f"`{package.name}` is installed in {what}"
                if what.startswith(("version", "build"))
                else f"`{package.label}` is installed from {what} than the locked one",
                inspection.place,
                package=package.name,
                version=package.version,
                fix=_MADE.format(inspection.again),
                summary="packages are installed otherwise than locked",
                brief=f"{package.name}: {what}",
            )


@rule("prefix.unsatisfied", "error", "error", Scope.PREFIX, has_line=False)
def unsatisfied(project: Project) -> Iterator[Violation]:
    """An installed package lacks what it needs, or excludes what is there.

    For conda each `depends` and `constrains` of the records has to be met by what is
    installed; for pip each `Requires-Dist`, with its markers for the platform and the Python of
    the prefix. Virtual packages like `__glibc` are properties of the machine, and not looked
    at. Needs no lock.
    """
    for inspection in _inspections(project):
        from envtool.domain.prefix_needs import unmet

        for name, version, what in unmet(inspection.installed, project.catalog):
            yield Violation(
                f"`{name} {version}` {what}",
                inspection.place,
                package=name,
                version=version,
                fix=f"`{inspection.again}`, or install what is needed with the tool that made it",
                summary="packages lack what they need",
                brief=f"{name} {version} {what}",
            )


@rule("prefix.altered-file", "error", "error", Scope.PREFIX, has_line=False)
def altered_file(project: Project) -> Iterator[Violation]:
    """A file of a package is not the one that was installed.

    Every file is hashed and held against the record of its package, those of `noarch` packages
    and of pip's packages, too; a link counts by where it leads. Byte-code (`.pyc`) is not
    looked at: Python writes it anew. A record that names a path outside of the prefix is
    reported here, and nothing is read there. Needs no lock.
    """
    from envtool.domain.installed import Harm

    yield from _damaged(project, (Harm.ALTERED, Harm.OUTSIDE), "altered")


@rule("prefix.missing-file", "error", "error", Scope.PREFIX, has_line=False)
def missing_file(project: Project) -> Iterator[Violation]:
    """A file of a package is gone.

    An installation was cut off, a disk was full, or somebody deleted it. conda and pip report
    such a package as installed. Byte-code (`.pyc`) is never missed. Needs no lock.
    """
    from envtool.domain.installed import Harm

    yield from _damaged(project, (Harm.MISSING,), "missing")


def _damaged(project: Project, harms: "tuple[Harm, ...]", word: str) -> Iterator[Violation]:
    """One finding for each package that has such files."""
    for inspection in _inspections(project):
        for package, paths in _by_package(inspection, harms):
            files, are = ("files", "are") if len(paths) > 1 else ("file", "is")
            named = ", ".join(paths[:_NAMED])
            more = f" and {len(paths) - _NAMED} more" if len(paths) > _NAMED else ""
            name, _, version = package.partition(" ")
            yield Violation(
                f"{len(paths)} {files} of `{package}` {are} {word}: {named}{more}",
                inspection.place,
                package=name,
                version=version,
                fix=f"build it again: `{inspection.again}`; nobody knows what else happened to it",
                summary=f"packages have {word} files",
                brief=f"{package}: {named}{more}",
                reason=f"files of `{name}` are {word}",
                number=len(paths),
            )


def _by_package(
    inspection: "Inspection", harms: "tuple[Harm, ...]"
) -> Iterator[tuple[str, list[str]]]:
    found: dict[str, list[str]] = {}
    for package, path, harm, why in inspection.damages:
        if harm in harms:
            reason = why or (harm.value if harm is not harms[0] else "")
            shown = f"`{path}`" + (f" ({reason})" if reason else "")
            found.setdefault(package.label, []).append(shown)
    yield from found.items()


@rule("prefix.base-dirty", "warning", "error", Scope.PREFIX, has_line=False)
def base_dirty(project: Project) -> Iterator[Violation]:
    """Somebody has installed packages into conda's own environment.

    base runs conda itself, and what is installed into it can break conda for every other
    environment; give a project an environment of its own. A prefix is a base when it holds
    `condabin` or `envs`. What counts is asked for by a command in `conda-meta/history` after
    the installer's own, still installed, and neither python, pip, conda, mamba nor a tool or
    plugin with `conda` or `mamba` as a word of its name; of pip's packages all count.
    """
    for inspection in _inspections(project):
        from envtool.domain.prefix_drift import added_by_hand

        for name, command in added_by_hand(inspection.installed):
            by = f"`{command}`" if command else "pip"
            yield Violation(
                f"`{name}` was installed into conda's own environment by {by}",
                inspection.place,
                package=name,
                fix="install it into an environment of its own, and remove it here",
                summary="packages were installed into conda's own environment",
                brief=name,
                reason=f"`{name}` was installed into conda's own environment",
            )


def _inspections(project: Project) -> "tuple[Inspection, ...]":
    return (project.inspection,) if project.inspection is not None else ()


RULES = (
    missing,
    extra,
    changed_version,
    unsatisfied,
    altered_file,
    missing_file,
    base_dirty,
)

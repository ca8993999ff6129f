"""How a prefix differs from the lock that it should be, and from what its packages need."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from envtool.conda_versions import InvalidVersion, VersionSpec
from envtool.domain.installed import Inspection, Installed, InstalledPackage
from envtool.domain.locks import LockedPackage
from envtool.domain.pip_grammar import canonical

Key = tuple[str, str]


class Change(NamedTuple):
    """A package that is installed, but not as locked; `what` differs, from the lock to here."""

    installed: InstalledPackage
    locked: LockedPackage
    what: str


def key_of(package: InstalledPackage | LockedPackage) -> Key:
    """What makes two packages the same one in two versions."""
    is_pip = package.manager == "pip"
    return (package.manager, canonical(package.name) if is_pip else package.name)


def missing(inspection: Inspection) -> Iterator[LockedPackage]:
    """What is locked and not installed; what has a record that can not be read is there."""
    there = {key_of(each) for each in inspection.installed.packages}
    unread = {("conda", name) for name in inspection.installed.unread}
    yield from (each for key, each in locked(inspection).items() if key not in there | unread)


def extra(inspection: Inspection) -> Iterator[InstalledPackage]:
    """What is installed and not locked."""
    known = locked(inspection)
    if inspection.yardstick is not None:
        packages = inspection.installed.packages
        yield from (each for each in packages if key_of(each) not in known)


def changed(inspection: Inspection) -> Iterator[Change]:
    """What is installed in another version, build or archive than is locked."""
    known = locked(inspection)
    for package in inspection.installed.packages:
        wanted = known.get(key_of(package))
        what = _difference(package, wanted) if wanted is not None else None
        if wanted is not None and what is not None:
            yield Change(package, wanted, what)


def locked(inspection: Inspection) -> Mapping[Key, LockedPackage]:
    """What should be there, by key; virtual packages are the machine's."""
    packages = inspection.yardstick.packages if inspection.yardstick else ()
    return {key_of(each): each for each in packages if not each.name.startswith("__")}


def _difference(here: InstalledPackage, wanted: LockedPackage) -> str | None:
    """What differs; None when nothing does, or nothing is known."""
    if wanted.version and not _is_same(here, wanted):
        return f"version {here.version} instead of {wanted.version}"
    if wanted.build and here.build and here.build != wanted.build:
        return f"build {here.build} instead of {wanted.build}"
    for name, mine, theirs in (
        ("SHA-256", here.sha256, wanted.sha256),
        ("MD5", here.md5, wanted.md5),
    ):
        if mine and theirs:
            same = mine.lower() == theirs.lower()
            return None if same else f"an archive with another {name}"
    return None


def _is_same(here: InstalledPackage, wanted: LockedPackage) -> bool:
    """Whether the versions are one; to pip `1.0` and `1.0.0` are."""
    if here.version == wanted.version:
        return True
    if here.manager == "conda":
        return False
    try:
        return VersionSpec(f"=={wanted.version}").matches(here.version)
    except InvalidVersion:
        return False


class Request(NamedTuple):
    """What somebody has asked conda for: the name of a package, and the command."""

    name: str
    command: str


_REVISION = re.compile(r"==> .* <==")
_COMMAND = re.compile(r"# cmd: (.*)")
_SPECS = re.compile(r"# (?:(?:create|install|update) specs|(remove|uninstall) specs?): (.*)")
_SPEC_NAME = re.compile(r"(?:[^'\"\s]*::)?([A-Za-z0-9_][A-Za-z0-9_.-]*)")
# What belongs to conda's own environment: it, its plugins, its tools, and what they run in.
_OWN = re.compile(
    r"(?:.*[-_])?(?:conda|mamba)(?:[-_].*)?|micromamba|libmamba(?:py)?|python|pip|setuptools|wheel"
    r"|boa|constructor|menuinst"
)
_INSTALLERS = re.compile(r"constructor|[/\\]env\.txt\b")


def added_by_hand(installed: Installed) -> Iterator[Request]:
    """What people have put into the root of a conda, beside conda itself.

    Of conda's packages what `conda-meta/history` says was asked for after the installer was
    done, is still there, and is no part of conda; the first revision is the installer's where
    conda or mamba is installed. Of pip's packages all.
    """
    if not installed.is_root:
        return
    conda = installed.conda
    for request in _requests(installed.history, has_installer={"conda", "mamba"} & conda.keys()):
        if request.name in conda and not _OWN.fullmatch(request.name):
            yield request
    for package in installed.packages:
        if package.manager == "pip":
            yield Request(package.name, "")


def _requests(history: str, *, has_installer: object) -> list[Request]:
    """What was asked for and not taken away again, the first revision aside."""
    asked: dict[str, Request] = {}
    number, command = 0, ""
    for line in history.splitlines():
        if _REVISION.fullmatch(line):
            number, command = number + 1, ""
        elif match := _COMMAND.fullmatch(line):
            command = match[1]
        elif match := _SPECS.fullmatch(line):
            if (number == 1 and has_installer) or _INSTALLERS.search(command):
                continue
            for name in _names(match[2]):
                if match[1]:
                    asked.pop(name, None)
                else:
                    asked[name] = Request(name, command)
    return list(asked.values())


def _names(specs: str) -> Iterator[str]:
    """The names in the list of match specs that stands in a line of the history.

    conda writes a list of Python, old versions texts with commas between them.
    """
    quoted = re.findall(r"'([^']*)'|\"([^\"]*)\"", specs)
    texts = [one or other for one, other in quoted] if quoted else specs.split(",")
    for text in texts:
        if match := _SPEC_NAME.match(text.strip()):
            yield match[1].lower()

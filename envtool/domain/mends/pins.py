"""Mends for the rules on versions."""

import re

from envtool.conda_versions import InvalidVersion, Strictness, VersionSpec
from envtool.domain.findings import Finding
from envtool.domain.list_items import find_item, with_text
from envtool.domain.lock_check import indexes
from envtool.domain.locks import LockedPackage
from envtool.domain.match_specs import InvalidMatchSpec, MatchSpec, parse_match_spec
from envtool.domain.mends.mend import Change, Draft, Mend
from envtool.domain.pages import LeftAloneError
from envtool.domain.selectors import overlap
from envtool.domain.specs import CondaDependency

_WILDCARD = re.compile(r"(.+?)(?:\[version=([\"']?)[=*]*\*\2\]|[ =]+[=* ]*\*)")
_NAME = re.compile(r"\s*(?:[^\s=<>!~\[]+::)?[A-Za-z0-9_.-]+")


def wildcard(draft: Draft, finding: Finding) -> Mend:
    """Leaves out a version that allows every version."""
    line = draft.conda(finding.place)
    match = _WILDCARD.fullmatch(line.text)
    new = match[1].rstrip() if match else ""
    if _parsed(new) != line.spec._replace(version_spec=None):
        raise LeftAloneError("the wildcard is written in an unusual way")
    return _rewritten(draft, line, new, f"Replaced `{line.text}` by `{new}`")


def direct(draft: Draft, finding: Finding) -> Mend:
    """Pins a package to the version that the lock holds on every platform."""
    line = draft.conda(finding.place)
    name = _NAME.match(line.text)
    if name is None or line.spec.build or line.spec.fields or line.spec.subdir:
        raise LeftAloneError("it asks for more than a version")
    locked = _locked(draft, line)
    version = locked[0].version
    if not _allows(line.spec.version_spec, version):
        raise LeftAloneError(f"the lock holds {version}, which the line does not allow")
    builds = {each.build for each in locked}
    new = _pinned(name[0].strip(), version, builds, _wanted(draft, line))
    return _rewritten(draft, line, new, f"Pinned `{line.text}` to `{new}`, as it is locked")


def _wanted(draft: Draft, line: CondaDependency) -> Strictness:
    spec, name = draft.spec(line.place), line.spec.name
    return draft.project.policy.pin(spec.role, draft.project.layer(spec, name), name)


def _pinned(name: str, version: str, builds: set[str], wanted: Strictness) -> str:
    """The plainest pin to `version` that is as strict as `wanted`."""
    choices = [f"{name}={version}", f"{name}=={version}"]
    if len(builds) == 1:
        choices.append(f"{name}={version}={builds.pop()}")
    for choice in choices:
        parsed = _parsed(choice)
        if parsed is not None and parsed.strictness >= wanted:
            return choice
    raise LeftAloneError("the lock holds another build on each platform")


def _parsed(text: str) -> MatchSpec | None:
    try:
        return parse_match_spec(text)
    except InvalidMatchSpec:
        return None


def _allows(versions: VersionSpec | None, version: str) -> bool:
    try:
        return versions is None or versions.matches(version)
    except InvalidVersion:
        return False


def _locked(draft: Draft, line: CondaDependency) -> list[LockedPackage]:
    """What the lock holds for `line`: the same version on every platform."""
    packages = []
    for lock in (each for each in draft.project.locks if not each.isolated):
        for platform, index in indexes(lock, draft.project.catalog).items():
            if overlap(line.platforms, (platform,)):
                packages.append(index.of(line))
    if not packages:
        raise LeftAloneError("no lock holds it")
    found = [each for each in packages if each is not None]
    if len(found) < len(packages):
        raise LeftAloneError("the lock does not hold it on every platform")
    if len({each.version for each in found}) > 1:
        raise LeftAloneError("the lock holds another version on each platform")
    return found


def _rewritten(draft: Draft, line: CondaDependency, new: str, what: str) -> Mend:
    item = find_item(draft.pages[line.place.path], line.place, line.text)
    change = Change(
        line.place.path,
        (with_text(item, line.text, new),),
        lost=(("conda", line.text, *line.platforms),),
        gained=(("conda", new, *line.platforms),),
    )
    return Mend(what, (change,))

"""Turns what a Python distribution requires into conda match specs."""

from collections.abc import Iterable

from packaging.requirements import Requirement
from packaging.specifiers import Specifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

# Lower limits first, exceptions last, as people write them.
_ORDER = "=~><!"


def required(requirements: Iterable[str]) -> tuple[Requirement, ...]:
    """Those of some PEP 508 requirements that hold for the running interpreter, without extras."""
    parsed = map(Requirement, requirements)
    return tuple(each for each in parsed if each.marker is None or each.marker.evaluate())


def conda_depends(requirements: Iterable[str], python: str | None) -> tuple[str, ...]:
    """The dependencies of a noarch python package, sorted; `python` is always one of them.

    Markers are answered for the running interpreter: a package for all platforms can not say that
    it needs something on one of them only.

    Args:
        requirements: `Requires-Dist`, each as in PEP 508.
        python: `Requires-Python`, a version specifier (PEP 440).
    """
    needed = required(requirements)
    specs = {_spec(canonicalize_name(each.name), each.specifier) for each in needed}
    return tuple(sorted(specs | {_spec("python", SpecifierSet(python or ""))}))


def _spec(name: str, specifiers: SpecifierSet) -> str:
    return f"{name} {conda_range(specifiers)}".strip()


def conda_range(specifiers: SpecifierSet) -> str:
    """The version part of a match spec for a set of PEP 440 specifiers, empty for any version.

    >>> conda_range(SpecifierSet("~=1.4.2,!=1.4.5"))
    '>=1.4.2,<1.5.0a0,!=1.4.5'
    """
    ordered = sorted(specifiers, key=lambda each: (_ORDER.find(each.operator[0]), str(each)))
    return ",".join(map(_part, ordered))


def _part(specifier: Specifier) -> str:
    operator, version = specifier.operator, specifier.version
    if operator == "~=":
        return f">={version},<{_next(Version(version))}"
    if operator == "==" and version.endswith(".*"):
        return version
    return f"{'==' if operator == '===' else operator}{version}"


def _next(version: Version) -> str:
    """What comes after all that `~=` allows; conda's `a0` keeps its pre-releases out as well."""
    kept = list(version.release[:-1])
    kept[-1] += 1
    epoch = f"{version.epoch}!" if version.epoch else ""
    return epoch + ".".join(map(str, [*kept, 0])) + "a0"

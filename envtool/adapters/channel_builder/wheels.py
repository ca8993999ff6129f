"""Turns installed pure Python distributions into noarch python packages."""

import json
import os
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, PackageNotFoundError, PackagePath, distribution
from pathlib import Path

from packaging.utils import canonicalize_name

from envtool.adapters.channel_builder.packages import File, Package
from envtool.adapters.channel_builder.requirements import conda_depends, required

_PROGRAMS = ("console_scripts", "gui_scripts")
# What only says how this copy was installed.
_OF_THE_INSTALLATION = ("INSTALLER", "RECORD", "REQUESTED", "direct_url.json", "uv_cache.json")
# Longer ones are the text itself.
_LONGEST_LICENSE = 60
_BYTE_CODE = (".pyc", ".pyo")
# Classifiers that name one licence; the plain "BSD License" names none.
_CLASSIFIERS = {
    "Apache Software License": "Apache-2.0",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "MIT No Attribution License (MIT-0)": "MIT-0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}


class NotPureError(ValueError):
    """A distribution that can not become a package for all platforms."""


def with_dependencies(names: Iterable[str]) -> tuple[str, ...]:
    """These installed distributions and all that they need, canonical names, sorted.

    Raises:
        PackageNotFoundError: one is not installed.
    """
    found: set[str] = set()
    waiting = [canonicalize_name(name) for name in names]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        needed = required(distribution(name).requires or ())
        waiting.extend(canonicalize_name(each.name) for each in needed)
    return tuple(sorted(found))


def is_pure(name: str) -> bool:
    """Whether this and all that it needs is installed and can become packages."""
    try:
        for each in with_dependencies([name]):
            _check(distribution(each))
    except (NotPureError, PackageNotFoundError):
        return False
    return True


def wheel_package(source: Distribution, timestamp: int) -> Package:
    """The noarch python package of an installed distribution.

    Its `.dist-info` comes along without the files that describe the installation.

    Raises:
        NotPureError: it has files for one platform, programs that are no entry points, or files
            outside `site-packages`.
    """
    _check(source)
    python = _field(source, "Requires-Python")
    return Package(
        name=canonicalize_name(source.name),
        version=source.version,
        build="pyhd8ed1ab_0",
        noarch="python",
        depends=conda_depends(source.requires or (), python),
        license=license_of(source),
        timestamp=timestamp,
        summary=_field(source, "Summary") or "",
        entry_points=tuple(entry_points(source)),
        files=(*_files(source), _installer(source)),
    )


def entry_points(source: Distribution) -> Iterator[str]:
    """The programs as `info/link.json` has them: no extras, which installers refuse."""
    for each in sorted(source.entry_points):
        if each.group in _PROGRAMS:
            yield f"{each.name} = {each.value.partition('[')[0].strip()}"


def license_of(source: Distribution) -> str | None:
    """The licence: PEP 639's expression, a classifier, or a short text; never the whole licence."""
    expression = _field(source, "License-Expression")
    if expression:
        return expression
    for classifier in source.metadata.get_all("Classifier") or ():
        known = _CLASSIFIERS.get(classifier.rpartition(" :: ")[2])
        if classifier.startswith("License :: ") and known:
            return known
    text = (_field(source, "License") or "").strip()
    return text if text and "\n" not in text and len(text) <= _LONGEST_LICENSE else None


def _field(source: Distribution, name: str) -> str | None:
    return source.metadata[name] if name in source.metadata else None  # noqa: SIM401 (3.11 has no `get`)


def _check(source: Distribution) -> None:
    wheel = source.read_text("WHEEL") or ""
    if "Root-Is-Purelib: true" not in wheel:
        raise NotPureError(f"`{source.name}` is built for one platform")
    if json.loads(source.read_text("direct_url.json") or "{}").get("dir_info", {}).get("editable"):
        raise NotPureError(f"`{source.name}` is an editable installation")
    programs = {each.name for each in source.entry_points if each.group in _PROGRAMS}
    for path in _outside(source):
        if path.name.removesuffix(".exe") not in programs:
            raise NotPureError(f"`{source.name}` has `{path}` outside of `site-packages`")


def _outside(source: Distribution) -> Iterator[PackagePath]:
    """The files outside `site-packages` that are no byte-code."""
    for path in source.files or ():
        if path.parts[0] == ".." and path.suffix not in _BYTE_CODE:
            yield path


def _files(source: Distribution) -> Iterator[File]:
    for path in source.files or ():
        own = path.parent.suffix == ".dist-info" and path.name in _OF_THE_INSTALLATION
        if path.parts[0] == ".." or path.suffix in _BYTE_CODE or own:
            continue
        real = str(source.locate_file(path))
        yield File(
            path=f"site-packages/{path.as_posix()}",
            content=Path(real).read_bytes(),
            executable=os.access(real, os.X_OK),
        )


def _installer(source: Distribution) -> File:
    """What tells pip that conda owns the files."""
    folders = {path.parts[0] for path in source.files or () if path.name == "METADATA"}
    folder = next(each for each in folders if each.endswith(".dist-info"))
    return File(path=f"site-packages/{folder}/INSTALLER", content=b"conda\n")

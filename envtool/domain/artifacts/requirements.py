"""Writes the pip part of a lock as `requirements.txt`, every file with its hash.

The format is that of pip's "Requirements File Format"; markers are those of PEP 508.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

from envtool.domain.artifacts.contents import Contents, environment_name, suffix
from envtool.domain.locks import LockedPackage

_HEAD = """\
# Made by `envtool export` from conda-lock.yml; do not edit.
# environment: {environment}: what pip installs on top of the conda packages
# python -m pip install --no-deps --require-hashes -r {name}
"""
# Where files lie that have this name and version on every index that mirrors PyPI.
_PYPI = frozenset({"files.pythonhosted.org", "pypi.org"})
_SYSTEMS = {"linux": "linux", "osx": "darwin", "win": "win32"}
_MACHINES = {"64": "x86_64", "32": "i686", "win-64": "AMD64", "win-32": "x86", "win-arm64": "ARM64"}


class _Line(NamedTuple):
    """What is one requirement: `requests==2.32.3`, or `tool @ https://...`."""

    name: str
    text: str


def requirement_files(contents: Contents) -> Iterator[tuple[str, str]]:
    """Name and text for each environment that has pip packages."""
    for category in contents.categories:
        found: dict[_Line, list[LockedPackage]] = {}
        for platform in contents.platforms:
            for each in contents.of(category, platform):
                if each.manager == "pip":
                    found.setdefault(_line(each), []).append(each)
        if found:
            name = f"requirements{suffix(category)}.txt"
            head = _HEAD.format(environment=environment_name(category), name=name)
            yield name, head + "".join(_written(found, contents.platforms))


def _line(package: LockedPackage) -> _Line:
    is_indexed = urlsplit(package.url).hostname in _PYPI
    text = f"=={package.version}" if is_indexed else f" @ {package.url.partition('#')[0]}"
    return _Line(package.name, f"{package.name}{text}")


def _written(found: dict[_Line, list[LockedPackage]], platforms: tuple[str, ...]) -> Iterator[str]:
    for line in sorted(found):
        packages = found[line]
        there = [each.platform for each in packages]
        marker = "" if set(there) >= set(platforms) else f" ; {_marker(there)}"
        yield "".join([line.text, marker, *_hashes(packages)]) + "\n"


def _hashes(packages: Iterable[LockedPackage]) -> Iterator[str]:
    for digest in sorted({each.sha256 for each in packages if each.sha256}):
        yield f" \\\n    --hash=sha256:{digest}"


def _marker(platforms: Iterable[str]) -> str:
    """What holds on these platforms, and on no other of conda's."""
    return " or ".join(_condition(each) for each in platforms)


def _condition(platform: str) -> str:
    system, _, machine = platform.partition("-")
    machine = _MACHINES.get(platform) or _MACHINES.get(machine, machine)
    name = _SYSTEMS.get(system, system)
    return f"(sys_platform == '{name}' and platform_machine == '{machine}')"

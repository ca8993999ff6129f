"""The `metadata.content_hash` of a `conda-lock.yml`: what conda-lock would compute.

The recipe is that of `conda_lock/content_hash.py` and `conda_lock/src_parser/` (conda-lock 4).
It says that the inputs are the same, and no more: envtool writes it so that conda-lock and its
users find what they expect, and judges a lock by what it satisfies instead.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import sha256

from envtool.domain.locks import VirtualPackage
from envtool.domain.markers import can_hold
from envtool.domain.pip_grammar import canonical
from envtool.domain.pip_requirements import PipRequirement, RequirementKind
from envtool.domain.selectors import on_platform
from envtool.domain.specs import CondaDependency, Entry, PipDependency, Spec
from envtool.domain.virtual_packages import DEFAULT_MACHINES

Machines = Mapping[str, tuple[VirtualPackage, ...]]
_Json = dict[str, object]

# 2020-01-01T00:00:00-05:00 in milliseconds: the age that conda-lock gives virtual packages.
_TIMESTAMP = 1577854800000
_OLD_OSX = VirtualPackage("__osx", "10.15", "")
_VARIABLE = re.compile(r"(?<=[/:@])\$\{?(\w+)\}?(?=[:@/]|$)")
_SERIES = re.compile(r"(?<![^,|(])([0-9][^,|()*]*[^,|()*.])\*")


def content_hashes(
    specs: Iterable[Spec],
    platforms: Iterable[str],
    reread: Callable[[Spec, tuple[str, ...]], Spec],
    machines: Machines | None = None,
) -> dict[str, str]:
    """The hash for each of `platforms`, hexadecimal, of `specs` in the order of the lock.

    `reread` parses other lines in place of those of a spec: a selector takes out a line, whatever
    stands in it. `machines` are the virtual packages of a `virtual-packages.yml`.
    """
    files = tuple(specs)
    known = machines if machines is not None else _defaults()
    found = {}
    for platform in platforms:
        seen = [reread(spec, tuple(on_platform(spec.lines, platform))) for spec in files]
        data: _Json = {
            "channels": [_channel(text) for text in _longest(files, _channels)],
            "specs": list(_dependencies(seen, platform)),
            "virtual_package_hash": {
                "noarch": _repodata("noarch", ()),
                platform: _repodata(platform, known.get(platform, ())),
            },
        }
        if repositories := _longest(files, lambda spec: spec.pip_repositories):
            data["pip_repositories"] = [_compact({"url": url}) for url in repositories]
        found[platform] = sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()
    return found


def _defaults() -> Machines:
    """conda-lock's own, with the second `__osx` that it keeps for the sake of old hashes."""
    return {**DEFAULT_MACHINES, "osx-64": (*DEFAULT_MACHINES["osx-64"], _OLD_OSX)}


def _longest(specs: tuple[Spec, ...], of: Callable[[Spec], tuple[Entry, ...]]) -> tuple[str, ...]:
    """The list that all others are the end of; conda-lock refuses anything else."""
    lists = [tuple(entry.text for entry in of(spec)) for spec in specs]
    return max(lists, key=len, default=())


def _channels(spec: Spec) -> tuple[Entry, ...]:
    for index, entry in enumerate(spec.channels):
        if entry.text == "nodefaults":
            return spec.channels[:index] + spec.channels[index + 1 :]
    return spec.channels


def _channel(text: str) -> str:
    """A channel; credentials are the names of environment variables."""
    names = sorted(set(_VARIABLE.findall(text))) if "://" in text else []
    url = _VARIABLE.sub(r"${\1}", text) if names else text
    return _compact({"url": url, "used_env_vars": names})


def _compact(data: _Json) -> str:
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False)


def _dependencies(specs: list[Spec], platform: str) -> Iterator[_Json]:
    """All of them, sorted; of two with one name the last stays, in the place of the first."""
    found: dict[tuple[str, str], _Json] = {}
    for spec in specs:
        category = spec.category.text if spec.category else "main"
        for dependency in spec.dependencies:
            found["conda", dependency.spec.name] = _conda(dependency, category)
        for line in spec.pip:
            data = _pip(line, category, platform)
            if data is not None:
                found["pip", str(data["name"])] = data
        if spec.pip:
            found["conda", "pip"] = _versioned("pip", "conda", "main", "*")
    yield from (found[key] for key in sorted(found))


def _versioned(name: str, manager: str, category: str, version: str) -> _Json:
    return {
        "name": name,
        "manager": manager,
        "category": category,
        "extras": [],
        "version": version,
        "build": None,
        "conda_channel": None,
        "hash": None,
    }


def _conda(dependency: CondaDependency, category: str) -> _Json:
    spec = dependency.spec
    data = _versioned(spec.name, "conda", category, _version(dependency))
    channel = spec.channel.removeprefix("https://conda.anaconda.org/") if spec.channel else None
    return data | {"build": spec.build, "conda_channel": channel}


def _version(dependency: CondaDependency) -> str:
    """The constraint as conda's own `MatchSpec` spells it."""
    spec = dependency.spec
    text = spec.version or ""
    if text.startswith("==") and not (spec.build and "==" in dependency.text):
        text = text[2:]
    elif text.startswith("=") and not any(joint in text[1:] for joint in "=,|"):
        text = text[1:] if spec.build else f"{text[1:].rstrip('*').removesuffix('.')}.*"
    return _SERIES.sub(r"\1.*", text)


def _pip(line: PipDependency, category: str, platform: str) -> _Json | None:
    """A line of the `pip:` section; None where conda-lock passes it over."""
    requirement = line.requirement
    name = _pip_name(line)
    if requirement.editable or name is None:
        return None
    if requirement.marker and not can_hold(requirement.marker, platform):
        return None
    version = ",".join(sorted(requirement.specifier.split(","))).replace("===", "==")
    data = _versioned(name, "pip", category, version or "*")
    data["extras"] = sorted(requirement.extras)
    if requirement.hashes:
        data["hash"] = requirement.hashes[0]
    if requirement.url:
        kept = ("name", "manager", "category", "extras")
        data = {key: data[key] for key in kept} | _source(requirement)
    if requirement.marker:
        data["markers"] = requirement.marker
    return data


def _pip_name(line: PipDependency) -> str | None:
    """The distribution; of a bare address the last part of its path."""
    if not line.text.startswith(("git+", "https://", "ssh://")):
        return line.requirement.name
    last = line.text.partition(";")[0].strip().rpartition("/")[2]
    return canonical(last.partition("@")[0].removesuffix(".git"))


def _source(requirement: PipRequirement) -> _Json:
    url = requirement.url or ""
    if requirement.kind is RequirementKind.VCS:
        return _repository(url.removesuffix(".git").removeprefix("git+"))
    if url.startswith(("https://", "ssh://")):
        address, _, fragment = url.partition("#")
        return {"url": address, "hashes": [fragment.replace("=", ":")]}
    is_archive = url.endswith((".whl", ".zip", ".tar.gz", ".tar.bz2"))
    return {"path": url.removeprefix("file://"), "is_directory": not is_archive}


def _repository(url: str) -> _Json:
    """Taken apart as crudely as conda-lock does: what follows the last `@` is a revision."""
    head, at, revision = url.rpartition("@")
    revision, _, subdirectory = revision.partition("#subdirectory=")
    data: _Json = {"source": head or url, "vcs": "git", "rev": revision if at else None}
    return data | ({"subdirectory": subdirectory} if subdirectory else {})


def _repodata(subdir: str, packages: tuple[VirtualPackage, ...]) -> _Json:
    """The index of a channel that has nothing but these packages."""
    entries = {}
    for name, version, build_string in packages:
        build = f"{build_string}_0" if build_string else "0"
        entries[f"{name}-{version}-{build}.tar.bz2"] = {
            "name": name,
            "version": version,
            "build_string": build_string,
            "build_number": 0,
            "noarch": "",
            "depends": [],
            "timestamp": _TIMESTAMP,
            "package_type": "virtual_system",
            "build": build,
            "subdir": subdir,
        }
    return {"info": {"subdir": subdir}, "packages": entries}

"""From environment files to what a solver is asked, and from its answer to a lock."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from envtool.domain.findings import Place
from envtool.domain.locks import LockedPackage
from envtool.domain.match_specs import MatchSpec
from envtool.domain.project import Project
from envtool.domain.selectors import overlap
from envtool.domain.solving import CondaRecord, Wish
from envtool.domain.specs import CondaDependency, PipDependency, Role, Spec

MAIN = "main"
_DEVELOPMENT = "dev"


def category(spec: Spec) -> str:
    """What conda-lock calls the part of an environment that `spec` adds."""
    if spec.category is not None:
        return spec.category.text
    return _DEVELOPMENT if spec.role is Role.DEVELOPMENT else MAIN


def wishes(
    project: Project, spec: Spec, platform: str, channel_url: Mapping[str, str]
) -> Iterator[Wish]:
    """What `spec` asks a solver for on `platform`.

    `channel_url` has the URL of each channel that stands before a `::`. A `pip:` section asks for
    pip, as it does in conda and conda-lock.
    """
    names = set()
    for dependency in spec.dependencies:
        if overlap(dependency.platforms, (platform,)):
            name = dependency.spec.name
            names.add(name)
            text = solver_text(dependency.spec, channel_url)
            layer = project.layer(spec, name)
            yield Wish(name, text, dependency.text, layer, dependency.place)
    if "pip" not in names and any(pip_lines(spec, platform)):
        place = spec.pip_key or Place(spec.path)
        yield Wish("pip", "pip", "pip", project.layer(spec, "pip"), place)


def pip_lines(spec: Spec, platform: str) -> Iterator[PipDependency]:
    """The lines of its `pip:` section that hold on `platform`."""
    return (line for line in spec.pip if overlap(line.platforms, (platform,)))


def solver_text(spec: MatchSpec, channel_url: Mapping[str, str]) -> str:
    """A match spec with every field in brackets, which leaves nothing to read in two ways."""
    fields = dict(spec.fields)
    if spec.version is not None:
        fields["version"] = spec.version
    if spec.build is not None:
        fields["build"] = spec.build
    if spec.channel is not None:
        fields["channel"] = channel_url[spec.channel]
    if spec.subdir is not None:
        fields["subdir"] = spec.subdir
    if spec.url is not None:
        fields = {"url": spec.url.partition("#")[0]}
    inside = ", ".join(f'{key}="{value}"' for key, value in fields.items())
    return f"{spec.name}[{inside}]" if inside else spec.name


def channels_in_front(specs: Iterable[Spec]) -> Iterator[tuple[str, CondaDependency]]:
    """The channels that stand before a `::`, each with the line."""
    for spec in specs:
        for dependency in spec.dependencies:
            if dependency.spec.channel is not None:
                yield dependency.spec.channel, dependency


class Part(NamedTuple):
    """What one category asks for on one platform, and what was solved for it."""

    category: str
    names: frozenset[str]
    records: tuple[CondaRecord, ...]


def locked_packages(platform: str, parts: Iterable[Part]) -> Iterator[LockedPackage]:
    """The entries of a lock; what production has belongs to no other category."""
    seen: set[str] = set()
    for part in parts:
        by_name = {each.name: each for each in part.records}
        wanted = by_name if part.category == MAIN else reachable(part.names, by_name)
        for name in sorted(wanted):
            if name not in seen and name in by_name:
                yield _entry(by_name[name], platform, part.category)
        if part.category == MAIN:
            seen |= by_name.keys()


def reachable(names: Iterable[str], records: Mapping[str, CondaRecord]) -> set[str]:
    """`names` and all that they depend on."""
    found: set[str] = set()
    waiting = [name for name in names if name in records]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [each for each, _ in needs(records[name]) if each in records]
    return found


def reached(names: Iterable[str], packages: Mapping[str, LockedPackage]) -> set[str]:
    """As `reachable`, among the packages of a lock."""
    found: set[str] = set()
    waiting = [name for name in names if name in packages]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [each for each, _ in packages[name].dependencies if each in packages]
    return found


def needs(record: CondaRecord) -> Iterator[tuple[str, str]]:
    """Name and constraint of each dependency."""
    return (needs_of(text) for text in record.depends)


def needs_of(text: str) -> tuple[str, str]:
    """Name and constraint of one dependency."""
    name, _, constraint = text.strip().partition(" ")
    return name.rpartition("::")[2].lower(), constraint.strip()


def _entry(record: CondaRecord, platform: str, category: str) -> LockedPackage:
    dependencies: dict[str, str] = {}
    for name, constraint in needs(record):
        before = dependencies.get(name)
        dependencies[name] = _both(before, constraint) if before else constraint
    return LockedPackage(
        name=record.name,
        version=record.version,
        manager="conda",
        platform=platform,
        url=record.url,
        md5=record.md5,
        sha256=record.sha256,
        dependencies=tuple(sorted(dependencies.items())),
        category=category,
        line=0,
    )


def _both(one: str, other: str) -> str:
    """Two constraints on one package as one; a build string stays behind the versions."""
    versions, builds = zip(*(each.partition(" ")[::2] for each in (one, other)), strict=True)
    version = ",".join(dict.fromkeys(each for each in versions if each and each != "*"))
    return f"{version or '*'} {next(filter(None, builds), '')}".strip()

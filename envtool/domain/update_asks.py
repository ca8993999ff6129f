"""What is asked of a solver when some packages are updated."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from envtool.domain.dependency_chains import Node
from envtool.domain.pin_updates import Dependency, Line, asked
from envtool.domain.selectors import overlap
from envtool.domain.specs import CondaDependency, Spec

# Manager and name: what a user means by a package.
Package = tuple[str, str]
# The versions that each package may get, as ranges of conda.
Ranges = Mapping[Node, str]


def package_of(line: Dependency) -> Package:
    """What a line is about; a URL of pip may say no name."""
    if isinstance(line, CondaDependency):
        return ("conda", line.spec.name)
    return ("pip", line.requirement.name or "")


def lines_of(spec: Spec) -> Iterator[Dependency]:
    """The lines of both managers."""
    yield from spec.dependencies
    yield from spec.pip


def nodes_of(line: Dependency, platforms: Iterable[str]) -> list[Node]:
    """What a line is about on each platform that it holds on."""
    manager, name = package_of(line)
    return [(manager, each, name) for each in platforms if overlap(line.platforms, (each,))]


def asked_specs(
    specs: Iterable[Spec], ranges: Ranges, platforms: Sequence[str]
) -> tuple[Spec, ...]:
    """The environment files with `ranges` in place of the pins of what is updated."""

    def freed(lines: Iterable[Line]) -> tuple[Line, ...]:
        return tuple(each for line in lines for each in _freed(line, ranges, platforms))

    return tuple(
        replace(spec, dependencies=freed(spec.dependencies), pip=freed(spec.pip)) for spec in specs
    )


def _freed(line: Line, ranges: Ranges, platforms: Sequence[str]) -> Iterator[Line]:
    """The line once for each platform, where that is updated; else as it is."""
    nodes = nodes_of(line, platforms)
    if not any(node in ranges for node in nodes):
        yield line
        return
    for node in nodes:
        here = line._replace(platforms=(node[1],))
        yield asked(here, ranges[node]) if node in ranges else here


def limits(ranges: Ranges) -> dict[str, tuple[str, ...]]:
    """The same ranges as match specs for what no file lists, by platform."""
    return _limits(ranges, "conda", '{}[version="{}"]')


def pip_limits(ranges: Ranges) -> dict[str, tuple[str, ...]]:
    """The ranges of pip packages that are one version, as requirements, by platform."""
    exact = {node: each for node, each in ranges.items() if each.startswith("==")}
    return _limits(exact, "pip", "{}{}")


def _limits(ranges: Ranges, manager: str, pattern: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for (whose, platform, name), allowed in sorted(ranges.items()):
        if whose == manager:
            found.setdefault(platform, []).append(pattern.format(name, allowed))
    return {platform: tuple(texts) for platform, texts in found.items()}

"""A bill of materials as data: every archive of a lock, once, and what needs what.

Package URLs are those of the purl specification, types `conda` and `pypi`.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple
from urllib.parse import quote

from envtool.domain.artifacts.contents import Contents, environment_name
from envtool.domain.catalog import Catalog
from envtool.domain.channels import channel_of
from envtool.domain.licenses import Both, Either, Expression, License, LicenseNames
from envtool.domain.lock_making import MAIN
from envtool.domain.locks import LockedPackage
from envtool.domain.pip_grammar import canonical

_ANACONDA = "https://conda.anaconda.org/"


class Component(NamedTuple):
    """One archive.

    Attributes:
        purl: which is its reference, too.
        name: as its manager spells it.
        version: exact.
        url: where it comes from.
        hashes: (algorithm as CycloneDX calls it, hexadecimal digits).
        expression: its licence in SPDX, when what the channel wrote is that.
        license: what the channel wrote, when it is not.
        is_production: whether production has it.
        properties: (name, value), sorted.
        needs: the purls of what it depends on, sorted.
    """

    purl: str
    name: str
    version: str
    url: str
    hashes: tuple[tuple[str, str], ...]
    expression: str | None
    license: str | None
    is_production: bool
    properties: tuple[tuple[str, str], ...]
    needs: tuple[str, ...]


class Bill(NamedTuple):
    """A bill of materials.

    Attributes:
        name: of the project.
        digest: SHA-256 of the lock, hexadecimal digits.
        components: sorted by purl.
        roots: the purls of what nothing else needs.
    """

    name: str
    digest: str
    components: tuple[Component, ...]
    roots: tuple[str, ...]


def bill_of(contents: Contents, names: LicenseNames, catalog: Catalog) -> Bill:
    """The bill of a lock, platforms folded."""
    groups: dict[str, list[LockedPackage]] = {}
    for each in contents.packages:
        groups.setdefault(purl_of(each), []).append(each)
    graph = _Graph(contents.packages, catalog)
    components = [_component(purl, groups[purl], contents, names, graph) for purl in sorted(groups)]
    needed = {purl for each in components for purl in each.needs}
    roots = tuple(each.purl for each in components if each.purl not in needed)
    return Bill(contents.name, contents.digest, tuple(components), roots)


def purl_of(package: LockedPackage) -> str:
    """The package URL of an archive."""
    version = quote(package.version, safe="")
    if package.manager == "pip":
        return f"pkg:pypi/{quote(canonical(package.name), safe='')}@{version}"
    url = package.url.partition("#")[0]
    channel = channel_of(url)
    file = url.rpartition("/")[2]
    qualifiers = {
        "build": package.build,
        "channel": channel.removeprefix(_ANACONDA),
        "subdir": url.removeprefix(f"{channel}/").partition("/")[0],
        "type": "conda" if file.endswith(".conda") else "tar.bz2",
    }
    listed = "&".join(f"{key}={quote(value, safe='')}" for key, value in qualifiers.items())
    return f"pkg:conda/{quote(package.name, safe='')}@{version}?{listed}"


class _Graph:
    """Who answers to a name on each platform; pip finds what conda has installed, too."""

    def __init__(self, packages: Iterable[LockedPackage], catalog: Catalog) -> None:
        self._found: dict[tuple[str, str, str], str] = {}
        ordered = sorted(packages, key=lambda each: each.manager == "pip")
        for each in ordered:
            purl = purl_of(each)
            if each.manager == "conda":
                self._found[each.platform, "conda", each.name] = purl
                distribution = canonical(catalog.distribution(each.name))
                self._found[each.platform, "pip", distribution] = purl
            else:
                self._found[each.platform, "pip", canonical(each.name)] = purl

    def needs(self, package: LockedPackage) -> Iterator[str]:
        for name, _ in package.dependencies:
            wanted = name if package.manager == "conda" else canonical(name)
            found = self._found.get((package.platform, package.manager, wanted))
            if found is not None:
                yield found


def _component(
    purl: str,
    packages: list[LockedPackage],
    contents: Contents,
    names: LicenseNames,
    graph: _Graph,
) -> Component:
    first = packages[0]
    text = _license(first, contents)
    expression = None if names.says_nothing(text) else spdx(names.read(text or ""))
    return Component(
        purl=purl,
        name=first.name,
        version=first.version,
        url=first.url.partition("#")[0],
        hashes=tuple(_hashes(packages)),
        expression=expression,
        license=None if expression or names.says_nothing(text) else text,
        is_production=any(each.category == MAIN for each in packages),
        properties=tuple(_properties(packages)),
        needs=tuple(sorted({each for one in packages for each in graph.needs(one)} - {purl})),
    )


def _license(package: LockedPackage, contents: Contents) -> str | None:
    record = contents.records.get(package.url)
    return package.license or (record.license if record else None)


def _hashes(packages: Iterable[LockedPackage]) -> Iterator[tuple[str, str]]:
    """Of all files that are this component: wheels of one version differ by platform."""
    yield from sorted({("SHA-256", each.sha256) for each in packages if each.sha256})
    yield from sorted({("MD5", each.md5) for each in packages if each.md5})


def _properties(packages: Iterable[LockedPackage]) -> Iterator[tuple[str, str]]:
    found = {("envtool:environment", environment_name(each.category)) for each in packages}
    found |= {("envtool:platform", each.platform) for each in packages}
    yield from sorted(found)


def spdx(expression: Expression) -> str | None:
    """An expression as SPDX writes it; None when a part of it is no licence of SPDX."""
    match expression:
        case License():
            return str(expression)
        case Both(parts):
            return _joined(parts, " AND ")
        case Either(parts):
            return _joined(parts, " OR ")
        case _:
            return None


def _joined(parts: tuple[Expression, ...], operator: str) -> str | None:
    texts = [spdx(each) for each in parts]
    known = [each for each in texts if each is not None]
    if len(known) < len(texts):
        return None
    return operator.join(
        f"({each})" if " OR " in each or " AND " in each else each for each in known
    )

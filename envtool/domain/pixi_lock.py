"""Reads `pixi.lock`, versions 4 to 7.

The format is that of rattler's `rattler_lock` crate. One program writes it, so regularly that
three expressions read it (3,300 packages in 16 environments in 40 ms); what is not like that
goes through YAML nodes and comes to the same.
"""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

from envtool.domain.findings import Place
from envtool.domain.lock_reader import NotALockError, check_keys
from envtool.domain.locks import Lock, LockedPackage, VirtualPackage
from envtool.domain.yaml_nodes import Mapping, Node, Scalar, Sequence, items_of, keys_of, text_of

Parse = Callable[[str, str], Node | None]

# envtool writes the format, too: the records beside its own lock.
_MAKERS = {"records.lock": "envtool lock"}
_KNOWN = frozenset({"4", "5", "6", "7"})
_KINDS = frozenset({"conda", "pypi", "conda_source"})
_VERSION = re.compile(r"^version: (\d+)$", re.MULTILINE)
_ENVIRONMENTS = re.compile(r"^environments:", re.MULTILINE)
_PACKAGES = re.compile(r"^packages:\n", re.MULTILINE)
# An environment, one of its keys, a platform with its packages, or a channel.
_HEAD = re.compile(
    r"      ([a-z][a-z0-9-]*):(?: \[\])?\n((?:      - (?:conda|pypi|conda_source): \S[^\n]*\n)*)"
    r"|  ([A-Za-z0-9_][\w.-]*):\n"
    r"|    ([a-z][a-z-]*):(?: (?:\[\]|\{\}))?\n"
    r"|    - (?:url: )?(\S[^\n]*)\n"
    r"|      (?:used_env_vars: \[\]|[a-z-]+: [a-z][a-z-]*)\n"
)
_USE = re.compile(r"      - (?:conda|pypi|conda_source): (\S[^\n]*)\n")
_ENTRY = re.compile(r"- (?:kind: )?(conda|pypi|conda_source)(?:: (\S[^\n]*))?((?:\n  [^\n]*)+)\n")
# A third group: the value goes on in the next line.
_FIELD = re.compile(r"\n  (url|path|name|version|sha256|md5|license): ([^\n]+)(\n    )?")
_DEPENDS = re.compile(r"\n  depends:((?:\n  - [^\n]+)*)(?=\n  [a-z]|\Z)")
_PURLS = re.compile(r"\n  purls:(?: \[\]|((?:\n  - [^\n]+)+))(?=\n  [a-z]|\Z)")
_WORDS = re.compile(r"[A-Za-z0-9_.]\S*(?: [^\s#]\S*)*")
_PLATFORMS = re.compile(r"^platforms:\n", re.MULTILINE)
_MACHINE = re.compile(r"- name: (\S+)\n(?:  subdir: \S+\n)?  virtual-packages:\n((?:  - \S+\n)+)")
_VIRTUAL = re.compile(r"  - (\S+)\n")
_FILE = re.compile(r"(.+)-([^-]+)-[^-]+(?:\.conda|\.tar\.bz2)")
_WHEEL = re.compile(r"([A-Za-z0-9._]+)-([^-]+)(?:-.+\.whl|\.tar\.gz|\.zip)")


class _Entry(NamedTuple):
    """A package of the lock, before it is known which environments use it."""

    manager: str
    url: str
    name: str
    version: str
    sha256: str
    md5: str
    needs: tuple[tuple[str, str], ...]
    line: int
    license: str | None
    purls: tuple[str, ...] | None


class _Use(NamedTuple):
    """One environment on one platform: the addresses of its packages."""

    environment: str
    platform: str
    urls: tuple[str, ...]


class _IrregularError(Exception):
    """Something stands where the one program that writes the format puts nothing."""


def looks_like_pixi(text: str) -> bool:
    """Whether `text` is a `pixi.lock` of version 2 or later."""
    return "environments:" in text and bool(_VERSION.search(text) and _ENVIRONMENTS.search(text))


def read_pixi(text: str, path: str, parse: Parse) -> Lock:
    """The lock in `text`; `parse` turns YAML into nodes.

    Every package stands once for each environment and platform that uses it. Raises
    `NotALockError`, and what `parse` raises.
    """
    version = _VERSION.search(text)
    if version is None or version[1] not in _KNOWN:
        shown = version[1] if version else "?"
        message = f"version {shown} of pixi's lock is unknown: envtool reads 4 to 7"
        raise NotALockError(message, Place(path))
    try:
        channels, uses = _fast_uses(text)
        entries = list(_fast_entries(text))
    except _IrregularError:
        root = parse(text, path)
        check_keys(root)
        channels, uses = _slow_uses(root, path)
        entries = list(_slow_entries(root))
    return Lock(
        path=path,
        platforms=tuple(dict.fromkeys(use.platform for use in uses)),
        channels=tuple(dict.fromkeys(channels)),
        sources=(),
        packages=tuple(_packages(uses, {each.url: each for each in entries}, path)),
        text=text,
        isolated=True,
        maker=_MAKERS.get(path.rpartition("/")[2], "pixi lock"),
        machines=_machines(text),
    )


def _machines(text: str) -> dict[str, tuple[VirtualPackage, ...]]:
    """The virtual packages of each platform, which version 7 writes down."""
    start, end = _PLATFORMS.search(text), _ENVIRONMENTS.search(text)
    block = text[start.end() : end.start()] if start and end else ""
    return {
        platform: tuple(
            VirtualPackage(*[*each.split("="), "", ""][:3]) for each in _VIRTUAL.findall(lines)
        )
        for platform, lines in _MACHINE.findall(block)
    }


def _packages(uses: list[_Use], entries: dict[str, _Entry], path: str) -> Iterator[LockedPackage]:
    for use in uses:
        for url in use.urls:
            entry = entries.get(url)
            if entry is None:
                raise NotALockError(f"`{url}` is used and not described", Place(path))
            manager, _, name, version, sha256, md5, needs, line, license_, purls = entry
            where = use.environment
            yield LockedPackage(
                name, version, manager, use.platform, url, md5, sha256, needs, where, line,
                license=license_, purls=purls,
            )  # fmt: skip


def _fast_uses(text: str) -> tuple[list[str], list[_Use]]:
    """The channels and the uses; raises `_IrregularError`."""
    start, end = _ENVIRONMENTS.search(text), _PACKAGES.search(text)
    if start is None or end is None or text[start.end()] != "\n":
        raise _IrregularError
    channels: list[str] = []
    uses: list[_Use] = []
    environment = key = ""
    for match in _all(_HEAD, text, start.end() + 1, end.start()):
        platform, block, new_environment, new_key, item = match.groups()
        environment, key = new_environment or environment, new_key or key
        if platform:
            uses.append(_Use(environment, platform, tuple(map(_text, _USE.findall(block)))))
        elif item and key == "channels":
            channels.append(_text(item))
    return channels, uses


def _all(pattern: re.Pattern[str], text: str, start: int, end: int) -> Iterator[re.Match[str]]:
    """The matches that fill `text` from `start` to `end`."""
    while start < end:
        match = pattern.match(text, start)
        if match is None:
            raise _IrregularError
        yield match
        start = match.end()


def _fast_entries(text: str) -> Iterator[_Entry]:
    """The packages; raises `_IrregularError`."""
    start = _PACKAGES.search(text)
    line, position = 1, 0
    for match in _all(_ENTRY, text, start.end() if start else 0, len(text.rstrip()) + 1):
        line += text.count("\n", position, match.start())
        position = match.start()
        kind, address, body = match.groups()
        needs = _DEPENDS.search(body)
        if needs is None and "\n  depends:" in body:
            raise _IrregularError
        depends = _listed(needs[1]) if needs else []
        entry = _entry(kind, _text(address) if address else "", _fields(body), depends, line)
        if not entry.url:
            raise _IrregularError
        yield entry._replace(purls=_fast_purls(body)) if "\n  purls:" in body else entry


def _listed(block: str) -> list[str]:
    """The texts of a list, one a line."""
    return [_text(each[4:]) for each in block.splitlines()[1:]]


def _fast_purls(body: str) -> tuple[str, ...]:
    found = _PURLS.search(body)
    if found is None:
        raise _IrregularError
    return tuple(_listed(found[1] or ""))


def _fields(body: str) -> dict[str, str]:
    found = _FIELD.findall(body)
    if any(more for _, _, more in found):
        raise _IrregularError
    return {key: _text(value) for key, value, _ in found}


def _text(scalar: str) -> str:
    """What every YAML parser reads there; raises `_IrregularError` when that takes one."""
    if scalar[0] == scalar[-1] == "'" and len(scalar) > 1:
        inner = scalar[1:-1].replace("''", "\0")
        if "'" not in inner:
            return inner.replace("\0", "'")
    elif ": " not in scalar and scalar[-1] != ":" and _WORDS.fullmatch(scalar):
        return scalar
    raise _IrregularError


def _entry(
    kind: str, address: str, fields: dict[str, str], depends: list[str], line: int
) -> _Entry:
    url = address or fields.get("url") or fields.get("path") or ""
    name, version = _named(kind, url)
    return _Entry(
        "pip" if kind == "pypi" else "conda",
        url,
        (fields.get("name") or name).lower(),
        fields.get("version") or version,
        fields.get("sha256", ""),
        fields.get("md5", ""),
        tuple(map(_need, depends)),
        line,
        fields.get("license"),
        None,
    )


def _named(kind: str, url: str) -> tuple[str, str]:
    """Name and version, as far as the address tells."""
    if kind == "conda_source":
        # `name[hash] @ folder`
        return url.partition("[")[0].partition(" ")[0], ""
    file = url.rpartition("/")[2]
    match = (_FILE if kind == "conda" else _WHEEL).fullmatch(file)
    return (match[1], match[2]) if match else (file, "")


@lru_cache(maxsize=65536)
def _need(text: str) -> tuple[str, str]:
    name, _, constraint = text.partition(" ")
    return name.partition("[")[0], constraint


def _slow_uses(root: Node | None, path: str) -> tuple[list[str], list[_Use]]:
    channels: list[str] = []
    uses: list[_Use] = []
    environments = keys_of(root).get("environments")
    if not isinstance(environments, Mapping):
        place = environments.place if environments else Place(path)
        raise NotALockError("`environments:` has to be a mapping", place)
    for environment, content in keys_of(environments).items():
        keys = keys_of(content)
        channels += map(_channel, items_of(keys.get("channels")))
        for platform, used in keys_of(keys.get("packages")).items():
            uses.append(_Use(environment, platform, tuple(map(_used, items_of(used)))))
    return channels, uses


def _channel(item: Node) -> str:
    return item.text if isinstance(item, Scalar) else text_of(keys_of(item), "url")


def _used(item: Node) -> str:
    """The address in an item of an environment: the value of its first key."""
    for _, value in item.entries() if isinstance(item, Mapping) else ():
        if isinstance(value, Scalar):
            return value.text
        break
    raise NotALockError("a package lacks its address", item.place)


def _slow_entries(root: Node | None) -> Iterator[_Entry]:
    for item in items_of(keys_of(root).get("packages")):
        keys = keys_of(item)
        kind = text_of(keys, "kind") or next(iter(keys), "")
        if kind not in _KINDS:
            raise NotALockError(f"`{kind}` is no kind of package", item.place)
        fields = {key: value.text for key, value in keys.items() if isinstance(value, Scalar)}
        depends = [each for each in items_of(keys.get("depends")) if isinstance(each, Scalar)]
        line = item.place.line or 1
        entry = _entry(kind, fields.get(kind, ""), fields, [each.text for each in depends], line)
        if not entry.url:
            raise NotALockError("a package lacks its address", item.place)
        yield entry._replace(purls=_slow_purls(keys.get("purls")))


def _slow_purls(node: Node | None) -> tuple[str, ...] | None:
    if not isinstance(node, Sequence):
        return None
    return tuple(each.text for each in node.items if isinstance(each, Scalar))

"""Reads `conda-lock.yml`, version 1.

The format is that of `conda_lock/lockfile/v1/models.py`. Files as conda-lock 2 to 4 write them
are read with one regular expression (3,000 packages in 4 ms); all others go through the YAML
nodes and come to the same.
"""

import re
from collections.abc import Callable, Iterator

from envtool.domain.findings import Place
from envtool.domain.lock_reader import NotALockError, check_keys
from envtool.domain.locks import Lock, LockedPackage
from envtool.domain.yaml_nodes import Mapping, Node, Scalar, Sequence, items_of, keys_of, text_of

Parse = Callable[[str, str], Node | None]

_PACKAGES = re.compile(r"^package:\n", re.MULTILINE)
_LOCK_KEYS = tuple(re.compile(rf"^{key}:", re.MULTILINE) for key in ("package", "metadata"))
# Scalars that mean the same to every YAML parser: quoted, or words without anything special.
_VALUE = r"(?:'(?:[^'\n]|'')*'|(?:[A-Za-z0-9_<]|==)(?:[^\n]*[^\s:])?)"
_ENTRY = re.compile(
    r"- name: ([A-Za-z0-9_][\w.-]*)\n"
    r"  version: ('[^'\n]+'|[A-Za-z0-9_][\w.!+-]*)\n"
    r"  manager: (conda|pip)\n"
    r"  platform: ([a-z][a-z0-9-]*)\n"
    r"  dependencies:(?: \{\}\n|\n((?:    [^\n]+\n)+))"
    r"  url: ([A-Za-z./](?:\S*[\w/])?)\n"
    r"  hash:\n(?:    md5: ([0-9a-f]+)\n)?(?:    sha256: ([0-9a-f]+)\n)?"
    r"  category: ([A-Za-z][\w.-]*)\n"
    r"  optional: (?:true|false)\n"
)
_DEPENDENCY = re.compile(rf"    ([A-Za-z0-9_][\w.-]*): ({_VALUE})\n")
# A plain scalar with one of these is cut short, or is a mapping; `null` is no text.
_NOT_PLAIN = re.compile(r":\s|\s#|^(?:null|Null|NULL)$")


def read_conda_lock(text: str, path: str, parse: Parse) -> Lock:
    """The lock in `text`; `parse` turns YAML into nodes.

    Lenient with what old versions left out. Raises `NotALockError`, and what `parse` raises.
    """
    start = _PACKAGES.search(text)
    packages = list(_fast(text, start.end())) if start else []
    if start and packages and packages[-1] is not None:
        root = parse(text[: start.start()], path)
        entries = tuple(each for each in packages if each is not None)
        return _lock(root, path, entries, text)
    root = parse(text, path)
    check_keys(root)
    return _lock(root, path, tuple(_slow(root, path)), text)


def looks_like_lock(text: str) -> bool:
    """Whether `text` has the top-level keys that only a conda-lock file has."""
    return bool(_LOCK_KEYS[0].search(text)) and bool(_LOCK_KEYS[1].search(text))


def _fast(text: str, position: int) -> Iterator[LockedPackage | None]:
    """Entries of the regular layout; a final None when something else stands between them."""
    line = text.count("\n", 0, position) + 1
    end = len(text.rstrip()) + 1
    while position < end:
        match = _ENTRY.match(text, position)
        package = _package(match, line) if match else None
        yield package
        if match is None or package is None:
            return
        line += text.count("\n", position, match.end())
        position = match.end()


def _package(match: re.Match[str], line: int) -> LockedPackage | None:
    name, version, manager, platform, block, url, md5, sha256, category = match.groups()
    dependencies = _dependencies(block) if block else ()
    if dependencies is None:
        return None
    return LockedPackage(
        name.lower(),
        _text(version),
        manager,
        platform,
        url,
        md5 or "",
        sha256 or "",
        dependencies,
        category,
        line,
    )


def _dependencies(block: str) -> tuple[tuple[str, str], ...] | None:
    """The lines of a dependency block; None when one is not of the regular layout."""
    found = _DEPENDENCY.findall(block)
    if len(found) != block.count("\n"):
        return None
    if any(value[0] != "'" and _NOT_PLAIN.search(value) for _, value in found):
        return None
    return tuple((name, _text(value)) for name, value in found)


def _text(scalar: str) -> str:
    return scalar[1:-1].replace("''", "'") if scalar[:1] == "'" else scalar


def _lock(root: Node | None, path: str, packages: tuple[LockedPackage, ...], text: str) -> Lock:
    keys = keys_of(root)
    version = keys.get("version")
    if isinstance(version, Scalar) and version.text.partition(".")[0] != "1":
        raise NotALockError(
            f"conda-lock's format version {version.text} is not known", version.place
        )
    metadata = keys_of(keys.get("metadata"))
    channels = metadata.get("channels")
    return Lock(
        path=path,
        platforms=_texts(metadata.get("platforms")) or tuple(keys_of(metadata.get("content_hash"))),
        channels=tuple(_channels(channels)),
        sources=_texts(metadata.get("sources")),
        packages=packages,
        text=text,
    )


def _channels(node: Node | None) -> Iterator[str]:
    for item in items_of(node):
        url = item if isinstance(item, Scalar) else keys_of(item).get("url")
        if isinstance(url, Scalar):
            yield url.text


def _slow(root: Node | None, path: str) -> Iterator[LockedPackage]:
    if not isinstance(root, Mapping):
        raise NotALockError("the document is no mapping, so no lock", Place(path))
    packages = keys_of(root).get("package")
    if isinstance(packages, Scalar) and packages.is_null:
        return
    if not isinstance(packages, Sequence):
        raise NotALockError("the key `package` is missing, so this is no lock", Place(path))
    for item in packages.items:
        entry = keys_of(item)
        hashes, needs = entry.get("hash"), keys_of(entry.get("dependencies"))
        digests = keys_of(hashes)
        plain = hashes.text if isinstance(hashes, Scalar) else ""
        lacks = [key for key in ("name", "version", "platform", "url") if not text_of(entry, key)]
        if lacks:
            raise NotALockError(f"a package lacks `{lacks[0]}`", item.place)
        yield LockedPackage(
            text_of(entry, "name").lower(),
            text_of(entry, "version"),
            text_of(entry, "manager") or "conda",
            text_of(entry, "platform"),
            text_of(entry, "url"),
            text_of(digests, "md5") or plain,
            text_of(digests, "sha256"),
            tuple((name, text_of(needs, name)) for name in needs),
            text_of(entry, "category") or "main",
            item.place.line,
            text_of(keys_of(entry.get("source")), "url"),
        )


def _texts(node: Node | None) -> tuple[str, ...]:
    items = items_of(node)
    return tuple(item.text for item in items if isinstance(item, Scalar))

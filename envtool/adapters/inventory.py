"""What is installed in a prefix: by conda as `conda-meta` says, by pip as its metadata says."""

import os
from collections.abc import Iterator
from glob import escape, glob
from pathlib import Path

from envtool.adapters.rattler_records import record_of
from envtool.domain.locks import LockedPackage
from envtool.domain.pip_grammar import canonical
from envtool.errors import UnreadableError
from envtool.ports_prefixes import Inventory

_INFO = ".dist-info"
_SITES = ("lib/python*/site-packages", "Lib/site-packages")


def inventory(prefix: str, *, whole: bool = True) -> Inventory:
    """See `ports.Prefixes.inventory`."""
    from rattler import PrefixRecord

    found = []
    unread = []
    owned: set[str] = set()
    for path in _meta(prefix):
        try:
            record = PrefixRecord.from_path(Path(path))
        except Exception as error:
            if not whole:
                unread.append(os.path.basename(path).removesuffix(".json"))
                continue
            raise UnreadableError(
                f"`{path}` can not be read: {error}",
                hints=("what conda can not read, nobody can keep: move the prefix away",),
            ) from error
        found.append(record_of(record))
        owned.update(_infos(str(each) for each in record.files))
    subdir = found[0].subdir if found else ""
    pip = (
        LockedPackage(name, version, "pip", subdir, "", "", "", (), "main", 1)
        for name, version in _pip(prefix, owned)
    )
    return Inventory(tuple(sorted(found, key=lambda each: each.name)), tuple(pip), tuple(unread))


def _meta(prefix: str) -> list[str]:
    return sorted(glob(os.path.join(escape(prefix), "conda-meta", "*.json")))


def _infos(files: Iterator[str]) -> Iterator[str]:
    """The folders of metadata among the files of a package."""
    for path in files:
        before, mark, rest = path.partition(_INFO)
        if mark and rest[:1] in "/\\":
            yield os.path.basename(before)


def _pip(prefix: str, owned: set[str]) -> Iterator[tuple[str, str]]:
    """Name and version of each distribution that no conda package brought."""
    for site in _SITES:
        for path in sorted(glob(os.path.join(escape(prefix), *site.split("/"), f"*{_INFO}"))):
            stem = os.path.basename(path).removesuffix(_INFO)
            name, _, version = stem.rpartition("-")
            if stem not in owned and name:
                yield canonical(name), version

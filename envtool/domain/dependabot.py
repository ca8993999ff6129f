"""What `.github/dependabot.yml` looks after.

The keys: GitHub's "Dependabot options reference". Which files: dependabot-core,
`conda/lib/dependabot/conda/file_fetcher.rb`. Which folders a glob of `directories` means:
`updater/lib/dependabot/file_fetcher_command.rb`, Ruby's `Dir.glob` with hidden names.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from envtool.domain.findings import Place, Violation
from envtool.domain.yaml_nodes import Node, Scalar, items_of, keys_of, text_of

CONDA = "conda"
# The only files that Dependabot's ecosystem `conda` opens.
READ_NAMES = frozenset({"environment.yml", "environment.yaml"})

_GLOB = re.compile(r"[*?]|\[.*\]")
_PIECE = re.compile(r"\*\*/|\*+|\?|\[[^\]]*\]|[^*?\[]+|\[")


class Update(NamedTuple):
    """One entry of `updates:`."""

    ecosystem: str
    # As written; only `directories` may hold globs.
    directory: str | None
    directories: tuple[str, ...]
    place: Place

    def covers(self, folder: str) -> bool:
        """Whether it looks into `folder`, which starts with a slash: `/`, `/docs`."""
        wanted = _plain(folder)
        if self.directory is not None and _plain(self.directory) == wanted:
            return True
        return any(_matches(each, wanted) for each in self.directories)


class Dependabot(NamedTuple):
    """The configuration of Dependabot that a project stands under.

    Attributes:
        path: the file, as people see it.
        lines: its text, for messages and inline ignores.
        folders: for each environment file its folder, from the top of the repository: `/docs`.
        updates: what it looks after.
        place: where an update would be added.
        problem: why the file can not be read; then there are no updates.
    """

    path: str
    lines: tuple[str, ...]
    folders: Mapping[str, str]
    updates: tuple[Update, ...] = ()
    place: Place = Place("")
    problem: Violation | None = None

    def missed(self) -> dict[str, str]:
        """Each folder that no update looks into, with the first environment file in it."""
        conda = [each for each in self.updates if each.ecosystem == CONDA]
        missed: dict[str, str] = {}
        for path, folder in self.folders.items():
            is_read = path.rpartition("/")[2] in READ_NAMES
            if is_read and not any(update.covers(folder) for update in conda):
                missed.setdefault(folder, path)
        return missed


def read_updates(root: Node | None, path: str) -> tuple[tuple[Update, ...], Place]:
    """The updates in a document, and where `updates:` stands: 0 when it does not."""
    entries = keys_of(root)
    updates = tuple(_update(item) for item in items_of(entries.get("updates")))
    place = entries["updates"].place if "updates" in entries else Place(path)
    return updates, place


def _update(node: Node) -> Update:
    entries = keys_of(node)
    directory = entries.get("directory")
    return Update(
        ecosystem=text_of(entries, "package-ecosystem"),
        directory=directory.text if isinstance(directory, Scalar) else None,
        directories=tuple(
            item.text for item in items_of(entries.get("directories")) if isinstance(item, Scalar)
        ),
        place=entries["directories"].place if "directories" in entries else node.place,
    )


def _plain(folder: str) -> str:
    """`/docs/` and `./docs` as `docs`; the top is the empty text."""
    return "/".join(part for part in folder.split("/") if part not in {"", "."})


def _matches(pattern: str, wanted: str) -> bool:
    if not _GLOB.search(pattern):
        return _plain(pattern) == wanted
    plain = _plain(pattern)
    # Among hidden names Ruby lists `.`, so a lone star means the top as well.
    if not wanted:
        return plain in {"*", "**", "**/*"}
    try:
        return re.fullmatch("".join(map(_regex, _PIECE.findall(plain))), wanted) is not None
    except re.error:
        # A range that runs backwards, say: no folder is called that.
        return False


def _regex(piece: str) -> str:
    match piece[0]:
        case "*":
            return "(?:[^/]+/)*" if piece.endswith("/") else "[^/]*"
        case "?":
            return "[^/]"
        case "[" if len(piece) > len("[]"):
            inside = re.sub(r"([\[\\&~|])", r"\\\1", re.sub("^!", "^", piece[1:-1]))
            return f"[{inside}]"
        case _:
            return re.escape(piece)

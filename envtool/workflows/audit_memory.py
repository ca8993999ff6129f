"""What an audit found last time, kept beside the project; it may be deleted at any time."""

import json
from collections.abc import Mapping

from envtool.domain.auditing.since import VERSION, Before, read_before
from envtool.domain.json_text import JsonTextError
from envtool.domain.results import Json
from envtool.errors import EnvtoolError, UnreadableError
from envtool.ports import FileKind, Tools

FOLDER = ".envtool"
FILE = f"{FOLDER}/audit.json"
_LIMIT = 1 << 26


def before_of(
    tools: Tools, since: str | None, folder: str | None
) -> tuple[Before | None, tuple[str, ...]]:
    """The audit before, and what there is to say about it.

    `since` is a JSON report, `folder` that of the project whose audit was kept. Raises
    `UnreadableError` when `since` is no such report; what was kept and can not be read counts as
    gone.
    """
    if since is not None:
        return _named(tools, since)
    if folder is None or tools.files.kind(f"{folder}/{FILE}") is not FileKind.FILE:
        return None, ()
    try:
        return read_before(tools.files.read(f"{folder}/{FILE}", _LIMIT)), ()
    except (EnvtoolError, JsonTextError) as error:
        return None, (f"what was found last time can not be read: {error}",)


def _named(tools: Tools, since: str) -> tuple[Before | None, tuple[str, ...]]:
    if tools.files.kind(since) is FileKind.MISSING:
        return None, (f"there is no audit before to compare with: `{since}` does not exist",)
    try:
        return read_before(tools.files.read(since, _LIMIT)), ()
    except JsonTextError as error:
        hint = "name what `envtool audit -o json=FILE` wrote"
        raise UnreadableError(f"`{since}`: {error}", hints=(hint,)) from error


def remember(tools: Tools, folder: str | None, state: Mapping[str, Json]) -> tuple[str, ...]:
    """Keep what is open in the project in `folder`; says so when that is not possible.

    Nothing is written through a link: the repository may come from anybody.
    """
    if folder is None:
        return ()
    files, path, ignore = tools.files, f"{folder}/{FILE}", f"{folder}/{FOLDER}/.gitignore"
    if any(files.is_link(each) for each in (f"{folder}/{FOLDER}", path)):
        return (f"what was found is not kept: `{FOLDER}` is a link",)
    text = json.dumps({"version": VERSION, "audit": dict(state)}, indent=1) + "\n"
    try:
        if files.kind(ignore) is FileKind.MISSING:
            files.create(ignore, "*\n")
        put = files.create if files.kind(path) is FileKind.MISSING else files.write
        put(path, text)
    except UnreadableError as error:
        return (f"what was found is not kept: {error.message}",)
    return ()

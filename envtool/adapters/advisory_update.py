"""Makes the database of advisories new: what changed is fetched, read, and put in its place."""

import glob
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit
from urllib.request import url2pathname

from envtool.adapters import advisory_files
from envtool.adapters.advisory_database import database_states
from envtool.adapters.advisory_writer import DatabaseWriter
from envtool.adapters.downloads import Downloads
from envtool.adapters.fetching import Tag, fetch
from envtool.adapters.payloads import PayloadError
from envtool.adapters.time_left import TimeLeft
from envtool.adapters.turns import turn
from envtool.adapters.writing import UNCHANGED, writing
from envtool.domain.auditing.advisories import Advisory
from envtool.domain.auditing.reading import UnreadRecord
from envtool.domain.auditing.sources import FILES, Sources
from envtool.domain.auditing.standings import SourceState
from envtool.errors import UnavailableError, UsageError
from envtool.ports_auditing import Updated

# For all files together; those of OSV have 40 MB.
_SECONDS = 900.0
_AT_ONCE = 4
# For another update to end.
_WAIT = 900.0
_FROM = "fetch the files elsewhere and bring them: `envtool audit db update --from FOLDER`"


class FetchedDatabase:
    """The port `AdvisoryDatabase` on the file at `path`, with `sources` over the network."""

    def __init__(
        self, path: str, sources: Sources, downloads: Downloads, *, offline: bool = False
    ) -> None:
        self._path = path
        self._sources = sources
        self._downloads = downloads
        self._offline = offline

    def update(self, say: Callable[[str], None], folder: str | None = None) -> Updated:
        """See `ports_auditing.AdvisoryDatabase.update`."""
        urls = self._urls(folder)
        home = os.path.dirname(self._path)
        with writing(home, UNCHANGED):
            os.makedirs(home, exist_ok=True)
        with turn(home, _WAIT, say):
            self._tidy()
            with DatabaseWriter(self._path) as writer:
                failed = self._fill(writer, urls, say)
                if len(failed) == len(FILES):
                    first = next(iter(failed.values()))
                    raise UnavailableError(
                        f"no source of advisories could be read: {first}", hints=(_FROM,)
                    )
                return Updated(writer.commit(), frozenset(failed))

    def status(self) -> tuple[SourceState, ...]:
        """See `ports_auditing.AdvisoryDatabase.status`."""
        return database_states(self._path)

    def _urls(self, folder: str | None) -> dict[str, str]:
        """Where each file is taken from."""
        if folder is None and self._offline:
            raise UnavailableError("the settings say that there is no network", hints=(_FROM,))
        if folder is None:
            return {name: self._sources.file_url(name) for name in FILES}
        if not os.path.isdir(folder):
            hint = "name the folder that the files are in: `--from FOLDER`"
            raise UsageError(f"`{folder}` is no folder", hints=(hint,))
        return {name: _local_url(folder, file.name) for name, file in FILES.items()}

    def _tidy(self) -> None:
        """Take away what updates that were killed have left; nobody else is at work."""
        for each in glob.glob(f"{glob.escape(self._path)}.*.tmp*"):
            with suppress(OSError):
                os.unlink(each)

    def _fill(
        self, writer: DatabaseWriter, urls: Mapping[str, str], say: Callable[[str], None]
    ) -> dict[str, str]:
        """Read every source into the new database; the errors of those that could not be."""
        left, errors = TimeLeft(_SECONDS), dict[str, str]()
        with (
            tempfile.TemporaryDirectory(prefix="envtool-audit-") as room,
            ThreadPoolExecutor(_AT_ONCE) as pool,
        ):
            try:
                files = {
                    name: pool.submit(self._load, name, url, writer, room, left)
                    for name, url in urls.items()
                }
                for name, file in files.items():
                    shown = self._downloads.address(urls[name]).shown
                    error = _put(writer, SourceState(name, shown), file)
                    say(f"{name}: {error or _how(file.result())}")
                    errors |= {name: error} if error else {}
            except BaseException:
                left.stop()
                raise
        return errors

    def _load(
        self, name: str, url: str, writer: DatabaseWriter, room: str, left: TimeLeft
    ) -> "_File":
        old = writer.kept.get(name)
        path = os.path.join(room, name.replace(":", "-"))
        tag = Tag.read(old.tag) if old else Tag()
        found = fetch(self._downloads, url, tag, path, left)
        return _File(path, found, _age(url), is_new=found.sha256 != tag.sha256)


class _File(NamedTuple):
    """A file of a source.

    Attributes:
        path: where its content is for now.
        tag: what tells it from others.
        fetched: when it came from its source.
        is_new: whether it is another than before.
    """

    path: str
    tag: Tag
    fetched: datetime
    is_new: bool


def _how(file: _File) -> str:
    return "read" if file.is_new else "unchanged"


def _put(writer: DatabaseWriter, state: SourceState, file: "Future[_File]") -> str:
    """Put what a file says into the new database, or what was there; why it was not read."""
    old = writer.kept.get(state.name)
    before = old.state if old else state
    try:
        path, tag, fetched, is_new = file.result()
        if is_new:
            _replace(writer, state._replace(fetched=fetched), tag, path)
        else:
            same = before._replace(url=state.url, fetched=fetched, error=tag.unread)
            writer.keep(same, tag.text)
    except UnavailableError as failed:
        error = failed.message
    except PayloadError as failed:
        error = f"`{state.url}` can not be used: {failed}"
    else:
        return ""
    writer.keep(before._replace(error=error), old.tag if old else "")
    return error


def _replace(writer: DatabaseWriter, state: SourceState, tag: Tag, path: str) -> None:
    match state.name:
        case "kev":
            due = advisory_files.exploited(path)
            state = state._replace(published=due.published)
            writer.replace_exploited(state, tag.text, due.values.items())
        case "epss":
            scores = advisory_files.scores(path)
            state = state._replace(published=scores.published)
            writer.replace_probabilities(state, tag.text, scores.values.items())
        case "names":
            names = advisory_files.names(path)
            writer.replace_names(state, tag.text, names.values.items())
        case _:
            _replace_advisories(writer, state, tag, path)


def _replace_advisories(writer: DatabaseWriter, state: SourceState, tag: Tag, path: str) -> None:
    """One by one: those of PyPI would be half a gigabyte of memory."""
    unread: list[UnreadRecord] = []
    moments: set[datetime] = set()

    def noted() -> Iterator[Advisory]:
        for each in advisory_files.advisories(state.name, path, unread):
            moment = each.modified or each.published
            moments.update((moment,) if moment else ())
            yield each

    writer.replace_advisories(state, tag.text, noted())
    writer.amend(
        state._replace(published=max(moments, default=None), error=advisory_files.told(unread)),
        tag._replace(unread=advisory_files.told(unread)).text,
    )


def _age(url: str) -> datetime:
    """When the file at `url` came from its source: now, unless somebody has brought it here."""
    if not url.lower().startswith("file:"):
        return datetime.now(tz=UTC)
    changed = os.path.getmtime(url2pathname(urlsplit(url).path))
    return min(datetime.fromtimestamp(changed, tz=UTC), datetime.now(tz=UTC))


def _local_url(folder: str, name: str) -> str:
    """The file in `folder`, with `.gz` around it or not."""
    path = os.path.join(os.path.abspath(folder), *name.split("/"))
    others = (path, f"{path}.gz", path.removesuffix(".gz"))
    return Path(next(filter(os.path.isfile, others), path)).as_uri()

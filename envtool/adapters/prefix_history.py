"""What is recorded of the states that a prefix has had, and of files that go back with it."""

import os
from contextlib import suppress
from datetime import UTC, datetime

from envtool.adapters import generation_store, swapping
from envtool.adapters.exchange import flush
from envtool.adapters.prefix_places import IDENTITY, Places, built_for, identity, replace
from envtool.adapters.writing import writing
from envtool.domain.generations import Generation
from envtool.errors import IntegrityError, UnreadableError
from envtool.ports_prefixes import Broken, Changed

_LIST = "see which others there are: `envtool rollback --list`"
_LIMIT = 1 << 20


class PrefixHistory:
    """The part of the port `Prefixes` that reads and writes the past."""

    def generations(self, prefix: str) -> tuple[Generation, ...]:
        """See `ports.Prefixes.generations`."""
        return generation_store.read_generations(Places(prefix))

    def built_for(self, prefix: str, number: int | None = None) -> str | None:
        """See `ports.Prefixes.built_for`."""
        return built_for(prefix if number is None else Places(prefix).tree(number), prefix)

    def tree(self, prefix: str, number: int) -> str | None:
        """See `ports.Prefixes.tree`."""
        path = Places(prefix).tree(number)
        return path if os.path.isdir(path) else None

    def records(self, prefix: str, number: int) -> str:
        """See `ports.Prefixes.records`."""
        try:
            return generation_store.read_records(Places(prefix), number)
        except ValueError as error:
            raise IntegrityError(
                f"the records of generation {number} are not what was written, in both copies",
                hints=(_LIST,),
            ) from error

    def mend(self, prefix: str, number: int) -> tuple[str, ...]:
        """See `ports.Prefixes.mend`."""
        places = Places(prefix)
        with writing(places.generation(number)), suppress(ValueError):
            return generation_store.mend(places, number)
        return ()

    def broken(self, prefix: str) -> tuple[Broken, ...]:
        """See `ports.Prefixes.broken`."""
        return tuple(
            self._broken(prefix, number) for number in generation_store.broken(Places(prefix))
        )

    def _broken(self, prefix: str, number: int) -> Broken:
        found = identity(prefix)
        is_current = found is not None and found.generation == number
        tree = prefix if is_current else self.tree(prefix, number)
        moment = datetime.now(tz=UTC)
        if tree is not None:
            with suppress(OSError):
                written = os.stat(os.path.join(tree, *IDENTITY.split("/"))).st_mtime
                moment = datetime.fromtimestamp(written, tz=UTC)
        return Broken(number, tree, moment)

    def restore(self, prefix: str, generation: Generation, records: str, tree: str) -> None:
        """See `ports.Prefixes.restore`."""
        places = Places(prefix)
        with writing(places.folder):
            generation_store.write_generation(places, generation, records, tree)
            flush(places.folder)

    def next_number(self, prefix: str) -> int:
        """See `ports.Prefixes.next_number`."""
        return generation_store.next_number(Places(prefix))

    def changed(self, prefix: str, number: int) -> Changed | None:
        """See `ports.Prefixes.changed`."""
        places, found = Places(prefix), identity(prefix)
        is_there = found is not None and found.generation == number
        tree = prefix if is_there else places.tree(number)
        try:
            return generation_store.changed_files(places, number, tree)
        except ValueError:
            return None

    def is_untouched(self, prefix: str, number: int) -> bool:
        """See `ports.Prefixes.is_untouched`."""
        return generation_store.is_untouched(Places(prefix), number, prefix)

    def unsealed(self, prefix: str, number: int) -> tuple[str, ...]:
        """See `ports.Prefixes.unsealed`."""
        places = Places(prefix)
        try:
            return generation_store.unsealed(places, number, places.tree(number))
        except OSError as error:
            raise UnreadableError(
                f"the tree of generation {number} can not be read: {error.strerror}", hints=(_LIST,)
            ) from error

    def prune(self, prefix: str, keep: int, lacking: int | None = None) -> tuple[int, ...]:
        """See `ports.Prefixes.prune`."""
        places, found = Places(prefix), identity(prefix)
        with writing(places.folder):
            generation_store.sweep_texts(places)
            return generation_store.prune(places, keep, found and found.generation, lacking)

    def text(self, prefix: str, digest: str) -> bytes | None:
        """See `ports.Prefixes.text`."""
        return generation_store.read_text(Places(prefix), digest)

    def intend(self, prefix: str, text: str | None) -> None:
        """See `ports.Prefixes.intend`."""
        places = Places(prefix)
        with writing(places.intent):
            if text is None:
                with suppress(FileNotFoundError):
                    os.unlink(places.intent)
                return
            replace(places.intent, text.encode())
            _confirm(places)

    def intent(self, prefix: str) -> str | None:
        """See `ports.Prefixes.intent`."""
        try:
            with open(Places(prefix).intent, encoding="utf-8") as file:
                return file.read(_LIMIT)
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError):
            return ""


def _confirm(places: Places) -> None:
    """Say that the new tree needs no check anymore: cut off from here on, it stays.

    Raises `OSError`; the swap can still be undone.
    """
    journal = swapping.read_journal(places)
    if journal is not None and journal.swap is not None:
        swapping.write_journal(places, journal._replace(swap=journal.swap._replace(checked=True)))

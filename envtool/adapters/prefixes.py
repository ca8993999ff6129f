"""Installed prefixes: one whole tree at every instant, and its past beside it."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

from envtool.adapters import (
    chained_log,
    generation_store,
    inventory,
    keepsakes,
    link_scripts,
    private_mount,
    swapping,
)
from envtool.adapters.exchange import flush
from envtool.adapters.journal import sync_folders
from envtool.adapters.prefix_history import PrefixHistory
from envtool.adapters.prefix_places import Places, identify, identity, remove_tree
from envtool.adapters.swapping import Journal, Rung, Swap
from envtool.adapters.turns import ignored, turn, unused
from envtool.adapters.writing import UNCHANGED, writing
from envtool.domain.generations import Generation
from envtool.domain.results import Json
from envtool.errors import UnreadableError, UsageError
from envtool.ports_prefixes import Disk, Inventory, PrefixKind, Ran, Scripted

_NO_LOCKS = "This file system has no locks, so nothing keeps a second envtool from working here"
# What a program of a prefix is run with, of the user's environment.
_PASSED = ("HOME", "LANG", "LC_ALL", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "USERPROFILE")
_REPLACED = "replaced"


class InstalledPrefixes(PrefixHistory):
    """The port `Prefixes` on the real file system."""

    @contextmanager
    def exclusive(
        self, prefix: str, *, wait: float, say: Callable[[str], None]
    ) -> Iterator[tuple[str, ...]]:
        """See `ports.Prefixes.exclusive`."""
        places = Places(prefix)
        made = tuple(_missing(os.path.dirname(places.folder)))
        try:
            with turn(places.folder, wait, say, deep=True) as has_locks:
                if places.own is not None:
                    # Where the project can not be written to, its prefixes may be mounted.
                    with suppress(OSError):
                        ignored(places.own)
                with writing(places.folder):
                    done = swapping.recover(places)
                yield ((done,) if done else ()) + (() if has_locks else (_NO_LOCKS,))
        finally:
            with suppress(OSError):
                os.rmdir(os.path.dirname(places.folder))
                for each in made[1:]:
                    unused(each)

    def real(self, prefix: str) -> str:
        """See `ports.Prefixes.real`."""
        found = os.path.realpath(prefix)
        if os.path.islink(prefix) and not os.path.exists(found):
            raise UsageError(
                f"`{prefix}` is a link that leads nowhere", hints=(f"take it away: `rm {prefix}`",)
            )
        return found

    def kind(self, prefix: str) -> PrefixKind:
        """See `ports.Prefixes.kind`."""
        if not os.path.lexists(prefix):
            return PrefixKind.MISSING
        if not os.path.isdir(prefix):
            return PrefixKind.FILE
        if os.path.isdir(os.path.join(prefix, "conda-meta")):
            is_root = os.path.isdir(os.path.join(prefix, "condabin"))
            return PrefixKind.ROOT if is_root else PrefixKind.PREFIX
        return PrefixKind.FOREIGN if os.listdir(prefix) else PrefixKind.EMPTY

    def current(self, prefix: str) -> int | None:
        """See `ports.Prefixes.current`."""
        found = identity(prefix)
        return found and found.generation

    def inventory(self, prefix: str, *, whole: bool = True) -> Inventory:
        """See `ports.Prefixes.inventory`."""
        return inventory.inventory(prefix, whole=whole)

    def adopt(self, prefix: str, generation: Generation, records: str) -> None:
        """See `ports.Prefixes.adopt`."""
        places = Places(prefix)
        with writing(places.folder, UNCHANGED):
            swapping.write_journal(places, Journal(generation.number, fresh=True))
            generation_store.write_generation(places, generation, records, prefix)
            # A tree is never called by what nobody knows, nor known before it is called so.
            flush(places.folder)
            identify(prefix, generation.number)
            sync_folders((os.path.join(prefix, "conda-meta"),))
            os.unlink(places.journal)

    def begin(self, prefix: str, number: int) -> str:
        """See `ports.Prefixes.begin`."""
        places = Places(prefix)
        with writing(places.folder, UNCHANGED):
            is_fresh = not os.path.isdir(places.generation(number))
            swapping.write_journal(places, Journal(number, is_fresh))
            remove_tree(places.stage)
            os.makedirs(os.path.join(places.stage, "conda-meta"))
        return places.stage

    def carry(self, prefix: str, packages: Sequence[str], specs: Sequence[str]) -> tuple[str, ...]:
        """See `ports.Prefixes.carry`."""
        places = Places(prefix)
        is_there = os.path.isdir(prefix)
        with writing(places.stage, UNCHANGED):
            keepsakes.write_history(
                prefix if is_there else None, places.stage, packages, specs, datetime.now(tz=UTC)
            )
            return keepsakes.carry(prefix, places.stage) if is_there else ()

    def run_staged(self, prefix: str, command: Sequence[str], seconds: float) -> Ran | None:
        """See `ports.Prefixes.run_staged`."""
        full = _full(prefix, command)
        if not os.path.isdir(prefix):
            # There is no place yet to see the stage at.
            return None
        stage = Places(prefix).stage
        return private_mount.run_over(stage, prefix, full, _variables(prefix), seconds)

    def run(self, prefix: str, command: Sequence[str], seconds: float) -> Ran:
        """See `ports.Prefixes.run`."""
        return private_mount.run_plain(_full(prefix, command), _variables(prefix), seconds)

    def has_script(self, prefix: str, name: str) -> bool:
        """See `ports.Prefixes.has_script`."""
        return link_scripts.script_of(Places(prefix).stage, name) is not None

    def run_script(
        self, prefix: str, key: tuple[str, str, str], seconds: float, *, staged: bool
    ) -> Scripted | None:
        """See `ports.Prefixes.run_script`."""
        tree = Places(prefix).stage if staged else prefix
        script = link_scripts.script_of(tree, key[0])
        if script is None or (staged and not os.path.isdir(prefix)):
            return None
        command = link_scripts.command_of(prefix, script)
        with writing(tree):
            variables = _variables(prefix) | link_scripts.variables_of(tree, prefix, key)
            before = link_scripts.stamps(tree)
            if staged:
                ran = private_mount.run_over(tree, prefix, command, variables, seconds)
            else:
                ran = private_mount.run_tied(command, variables, seconds)
            if ran is None:
                return None
            said = link_scripts.messages(tree)
            return Scripted(ran, said, link_scripts.take_over(tree, before))

    def record(
        self, prefix: str, generation: Generation, records: str, texts: Iterable[bytes] = ()
    ) -> Disk:
        """See `ports.Prefixes.record`."""
        places = Places(prefix)
        with writing(places.folder, UNCHANGED):
            identify(places.stage, generation.number, prefix)
            generation_store.keep_texts(places, texts)
            return generation_store.write_generation(places, generation, records, places.stage)

    def seal(self, prefix: str) -> None:
        """See `ports.Prefixes.seal`."""
        folder = Places(prefix).folder
        with writing(folder, UNCHANGED):
            flush(folder)

    def replace(self, prefix: str, number: int, *, staged: bool, checked: bool) -> str:
        """See `ports.Prefixes.replace`."""
        places = Places(prefix)
        source = places.stage if staged else places.tree(number)
        coming, going = identity(source), identity(prefix)
        if coming is None:
            raise UnreadableError(
                f"`{source}` is no tree of envtool", hints=("build it: `envtool recreate`",)
            )
        kept = None
        if going is not None:
            tree = places.tree(going.generation)
            kept = _REPLACED if going.generation == number else os.path.relpath(tree, places.folder)
        relative = os.path.relpath(source, places.folder)
        journal = swapping.read_journal(places) or Journal(number, fresh=False)
        swap = Swap(coming.tree, relative, kept, Rung.EXCHANGE, checked, back=relative)
        with writing(prefix):
            if going is not None and going.generation != number:
                # What is kept of a generation that is in place, whoever left it there.
                remove_tree(places.tree(going.generation))
            try:
                return swapping.put(places, journal._replace(swap=swap), swapping.rungs(places))
            except BaseException:
                swapping.recover(places)
                raise

    def finish(self, prefix: str) -> None:
        """See `ports.Prefixes.finish`."""
        self._end(Places(prefix), failed=False)

    def undo(self, prefix: str) -> None:
        """See `ports.Prefixes.undo`."""
        self._end(Places(prefix), failed=True)

    def _end(self, places: Places, *, failed: bool) -> None:
        with writing(places.folder):
            journal = swapping.read_journal(places)
            if journal is None:
                return
            if failed and journal.swap is not None:
                swapping.put_back(places, journal)
            swapping.settle(places, journal, failed=failed)

    def register(self, prefix: str, home: str) -> None:
        """See `ports.Prefixes.register`."""
        # Nothing depends on it.
        with suppress(OSError):
            keepsakes.register(prefix, home)

    def log(self, prefix: str, event: str, data: Mapping[str, Json]) -> str:
        """See `ports.Prefixes.log`."""
        places = Places(prefix)
        with suppress(OSError):
            chained_log.append(places.log, event, **data)
        return places.log


def _missing(folder: str) -> Iterator[str]:
    """What has to be made for `folder` to be there, the innermost first."""
    while not os.path.lexists(folder):
        yield folder
        folder = os.path.dirname(folder)


def _full(prefix: str, command: Sequence[str]) -> list[str]:
    program, *rest = command
    return [os.path.join(prefix, *program.split("/")), *rest]


def _variables(prefix: str) -> dict[str, str]:
    """What a program of the prefix needs, and nothing that would lead it elsewhere."""
    passed = {name: os.environ[name] for name in _PASSED if name in os.environ}
    folders = [os.path.join(prefix, "bin"), "/usr/bin", "/bin"]
    if os.name == "nt":
        below = ("", "Library\\bin", "Scripts")
        folders = [*(os.path.join(prefix, each) for each in below), os.environ.get("PATH", "")]
    return {
        **passed,
        "PATH": os.pathsep.join(folders),
        "CONDA_PREFIX": prefix,
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONNOUSERSITE": "1",
    }

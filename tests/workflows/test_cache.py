"""`envtool cache` on caches that installations have filled, and on some that are in a bad state."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from envtool.adapters import connect
from envtool.adapters.cache_use import using
from envtool.adapters.channel_builder.channels import Channel
from envtool.domain.caching import (
    CacheChecked,
    CacheDamage,
    CacheFound,
    CacheItem,
    CacheKind,
    CacheRemoved,
)
from envtool.domain.results import Result
from envtool.errors import UsageError
from envtool.formats.cache import render
from envtool.formats.lines import plain
from envtool.ports import Tools
from envtool.ports_installing import Progress
from envtool.workflows.cache import (
    CheckRequest,
    CleanUpRequest,
    cache_status,
    clean_cache,
    prune_cache,
    verify_cache,
)
from tests.caches import FOREIGN, below, file, foreign, full, with_leftovers
from tests.conftest import Run
from tests.installing import Shop, small_channel
from tests.running import bare
from tests.served import flat

linux = pytest.mark.skipif(sys.platform == "win32", reason="the packages are scripts of a shell")
pytestmark = linux


@pytest.fixture
def root(shop: Shop) -> Path:
    """The cache of `shop`, with `app` in an environment and `pytest` in none anymore."""
    for lines in (("app=1.0", "base-files=2.0", "pytest"), ("app=1.0", "base-files=2.0")):
        shop.write(*lines)
        run = shop.recreate("--keep", "0")
        assert run.code == 0, run.err
    return shop.folder.parent / "cache"


def data(run: Run) -> Any:
    return json.loads(run.out)["data"]


def packages(root: Path) -> set[str]:
    return {each.name for each in (root / "packages").iterdir() if (each / "info").is_dir()}


def test_what_it_takes_and_what_nothing_uses(shop: Shop, root: Path) -> None:
    run = shop.run("cache")
    assert run.code == 0
    assert run.first.startswith(f"Cache: `{root}` takes ")
    assert run.first.endswith(" of it used by nothing")
    assert "packages  3" in run.out
    assert "1 used by nothing, " in run.out
    assert "hint" not in run.err
    # What is on another disk has copies.
    told = "environments on another disk have copies: what they use is not known here"
    assert told not in flat(run.out)
    shutil.rmtree(shop.prefix)
    shutil.rmtree(shop.state())
    assert told in flat(shop.run("cache").out)
    assert shop.recreate().code == 0
    said = data(shop.run("cache", "status", "-o", "json"))
    (kind,) = said["kinds"]
    assert (kind["kind"], kind["number"], kind["unused"]) == ("packages", 3, 1)
    assert said["size"] == sum(
        each.stat().st_size
        for each in root.rglob("*")
        if each.is_file() and each.name not in {"in-use.lock", ".cache.lock"}
    )
    assert 0 < said["unused_size"] == kind["unused_size"] < said["size"]


def test_all_is_whole(shop: Shop, root: Path) -> None:
    before = {each: (root / each).read_bytes() for each in below(root)}
    run = shop.run("cache", "verify")
    assert run.code == 0, run.out
    assert run.first.startswith("Whole: 3 packages (")
    assert {each: (root / each).read_bytes() for each in below(root)} == before


@pytest.mark.parametrize("path", ["share/app/1.0", "info/paths.json"])
def test_what_is_damaged_is_named_and_goes(shop: Shop, root: Path, path: str) -> None:
    own = root / "packages/app-1.0-h0_0" / path
    own.chmod(0o644)
    own.write_bytes(b"y" + own.read_bytes()[1:])
    run = shop.run("cache", "verify")
    assert run.code == 1
    assert run.first.startswith("Damaged: 1 package (")
    assert "`app-1.0-h0_0` is damaged: 1 file is not what the package came with" in run.out
    assert f"{path}" in run.out
    assert "hint: take it away, it is fetched anew: `envtool cache verify --fix`" in run.out
    is_shared = path.startswith("share")
    assert ("envtool recreate --refetch" in run.out) is is_shared
    assert packages(root) == {"app-1.0-h0_0", "base-files-2.0-h0_0", "pytest-9.0-h0_0"}
    fixed = shop.run("cache", "verify", "--fix", "-o", "json")
    assert fixed.code == 0, fixed.out
    (found,) = data(fixed)["damaged"]
    assert (found["name"], found["removed"], found["shared"]) == ("app-1.0-h0_0", True, is_shared)
    assert packages(root) == {"base-files-2.0-h0_0", "pytest-9.0-h0_0"}
    assert shop.run("cache", "verify").code == 0
    # It comes back when it is needed, and the environment is whole again.
    facts = data(shop.recreate("-o", "json"))["cache"]
    assert (facts["hits"], facts["fetched"]) == (1, 1)
    assert shop.run("verify", "--prefix", str(shop.prefix)).code == 0
    assert shop.run("cache", "verify").code == 0


def test_what_nothing_uses_goes(shop: Shop, root: Path) -> None:
    before = below(root)
    dry = shop.run("cache", "prune", "--dry-run")
    assert dry.code == 0
    assert dry.first.startswith("Would free ")
    assert dry.first.endswith(": 1 package")
    assert below(root) == before
    free = data(shop.run("cache", "status", "-o", "json"))["unused_size"]
    run = shop.run("cache", "prune", "-o", "json")
    assert run.code == 0, run.out
    assert data(run)["freed"] == free
    assert packages(root) == {"app-1.0-h0_0", "base-files-2.0-h0_0"}
    assert not {each for each in below(root) if "pytest" in each}
    assert len(list((root / "known").iterdir())) == 2
    again = shop.run("cache", "prune")
    assert (again.code, again.first) == (0, f"Nothing to take away in the cache `{root}`")
    facts = data(shop.recreate("-o", "json"))["cache"]
    assert (facts["hits"], facts["fetched"]) == (2, 0)


def test_what_a_kept_generation_uses_stays(shop: Shop, root: Path) -> None:
    shop.write("base-files=2.0", "pytest")
    shop.recreate("--keep", "1")
    shop.run("cache", "prune")
    assert packages(root) == {"app-1.0-h0_0", "base-files-2.0-h0_0", "pytest-9.0-h0_0"}


def test_all_of_it_goes_and_environments_live_on(shop: Shop, root: Path) -> None:
    run = shop.run("cache", "clean")
    assert run.code == 0, run.out
    assert run.first.startswith("Freed ")
    assert run.first.endswith(": 3 packages")
    assert "of it is shared with environments, which keep it" in run.out
    assert not root.exists()
    assert shop.said() == f"app 1.0 in {shop.prefix}"
    assert shop.run("cache").first == f"Empty: there is nothing in the cache `{root}`"
    (root / "packages").mkdir(parents=True)
    for command in ("prune", "clean", "prune"):
        nothing = shop.run("cache", command)
        assert (nothing.code, nothing.first) == (
            0,
            f"Nothing to take away: there is nothing in the cache `{root}`",
        )
    assert shop.run("cache", "prune", "--dry-run").first == "Nothing would go"
    none = shop.run("cache", "verify")
    assert (none.code, none.first) == (0, f"Nothing to verify in the cache `{root}`")
    assert not root.exists()
    assert shop.recreate("--refetch").code == 0
    assert shop.run("cache", "verify").first.startswith("Whole: 2 packages")


def test_archives_are_kept_on_purpose(shop: Shop) -> None:
    shop.write("app=1.0", "base-files=2.0")
    assert shop.recreate("--keep-archives").code == 0
    root = shop.folder.parent / "cache"
    assert "archives  2" in shop.run("cache").out
    assert shop.run("cache", "verify").first.startswith("Whole: 2 packages, 2 archives (")
    for command in ("prune", "clean"):
        run = shop.run("cache", command)
        assert run.code == 0
        assert "info: kept: 2 archives (" in run.out
        assert "`--archives` takes them, too" in run.out
        assert len([each for each in below(root) if each.endswith(".conda")]) == 2
    assert below(root) == {each for each in below(root) if each.endswith(".conda")}
    # They are what an environment can be built from again.
    assert shop.recreate("--offline").code == 0
    run = shop.run("cache", "prune", "--archives")
    assert run.first.endswith(": 2 archives")
    assert shop.run("cache", "clean", "--archives").code == 0
    assert not root.exists()


def test_byte_code_is_hashed_and_used(shop: Shop, python_channel: Channel) -> None:
    shop = shop._replace(channel=python_channel)
    shop.write("python", "click")
    assert shop.recreate("--keep", "0").code == 0
    root = shop.folder.parent / "cache"

    def said(*words: str) -> dict[str, Any]:
        run = shop.run("cache", *words, "-o", "json")
        assert run.code == 0, run.out
        return {each["kind"]: each for each in data(run).get("kinds", [])}

    kinds = said("status")
    assert kinds["byte-code"]["number"] > 10
    assert (kinds["byte-code"]["unused"], kinds["packages"]["unused"]) == (0, 0)
    assert shop.run("cache", "verify").code == 0
    entry = next(each for each in (root / "byte-code").rglob("*-*-*") if each.is_file())
    entry.chmod(0o644)
    entry.write_bytes(b"?")
    run = shop.run("cache", "verify")
    assert run.code == 1
    assert "error: 1 file of byte-code is damaged" in run.out
    assert entry.name in run.out
    assert shop.run("cache", "verify", "--fix").code == 0
    assert not entry.exists()
    shutil.rmtree(shop.folder / ".envtool")
    gone = said("prune")
    assert gone["byte-code"]["number"] == kinds["byte-code"]["number"] - 1
    assert "byte-code" not in said("status")


def test_others_are_waited_for(root: Path) -> None:
    said: list[str] = []
    with ExitStack() as stack:
        stack.enter_context(using(str(root / "packages")))

        def say(text: str) -> None:
            said.append(text)
            # What they did meanwhile counts.
            shutil.rmtree(root / "packages/pytest-9.0-h0_0")
            stack.close()

        result = prune_cache(connect(), CleanUpRequest(now=0, say=say))
    assert len(said) == 1
    assert f"Waiting for another envtool (process {os.getpid()} on " in said[0]
    assert [each["kind"] for each in result.data["kinds"]] == ["leftovers"]  # type: ignore[union-attr, index, call-overload]
    with (
        using(str(root / "packages")),
        pytest.raises(UsageError, match="in use by another envtool"),
    ):
        clean_cache(connect(), CleanUpRequest(now=0, say=said.append, wait=0))
    with using(str(root / "packages")):
        assert verify(connect()).exit_code == 0


@pytest.fixture
def stuffed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache with something of every kind."""
    monkeypatch.setenv("ENVTOOL_CACHE_DIR", str(tmp_path / "cache"))
    return full(tmp_path / "cache")


NOW = 1e12


def ignored(*_: object) -> None:
    """Told of nothing that matters."""


def verify(tools: Tools, *, fix: bool = False) -> Result:
    return verify_cache(tools, CheckRequest(say=ignored, progress=ignored, fix=fix, wait=0))


def clean_up(verb: Callable[[Tools, CleanUpRequest], Result], tools: Tools, **more: bool) -> Result:
    return verb(tools, CleanUpRequest(now=NOW, say=ignored, wait=0, **more))


def shown(result: Result) -> str:
    return plain(render(result, 200))


def test_every_kind_has_a_line(stuffed: Path) -> None:
    text = shown(cache_status(connect()))
    with_leftovers(stuffed)
    assert "leftovers" not in text
    lines = {each.split()[0]: each for each in text.splitlines()[2:8]}
    assert list(lines) == [
        "packages", "byte-code", "archives", "wheels", "advisories", "signatures",
    ]  # fmt: skip
    assert "1 used by nothing" in lines["packages"]
    assert "kept to install from" in lines["wheels"]
    assert lines["signatures"].endswith(" B")
    text = shown(cache_status(connect()))
    assert "of what was cut off" in text
    os.link(next((stuffed / "byte-code").rglob("*-00000001-*")), stuffed.parent / "linked")
    assert "byte-code   2" in shown(cache_status(connect()))
    assert "all used" in shown(cache_status(connect()))


def test_what_has_no_hash_is_said(stuffed: Path) -> None:
    result = verify(connect())
    assert result.exit_code == 0
    (note,) = result.notes
    assert note == "no hash is known of 1 file of byte-code, 2 files of advisories, 1 signature"
    for each in (stuffed / "known").iterdir():
        each.unlink()
    assert verify(connect()).notes[0] == (
        "2 packages of an installation that was cut off: nothing vouches for them, so extracted"
        " anew before use"
    )


def test_leftovers_go_when_they_are_nobodys(stuffed: Path) -> None:
    with_leftovers(stuffed)
    fresh = prune_cache(connect(), CleanUpRequest(now=0, say=ignored))
    assert fresh.headline.endswith("1 package, 2 files of byte-code, 4 leftovers")
    old = clean_up(prune_cache, connect())
    assert old.headline.endswith(": 3 leftovers")


@pytest.mark.parametrize("verb", [prune_cache, clean_cache])
def test_what_is_not_envtools_stays_and_is_named(
    stuffed: Path, verb: Callable[[Tools, CleanUpRequest], Result]
) -> None:
    foreign(stuffed)
    for number in range(3):
        file(stuffed / f"more-{number}")
    result = clean_up(verb, connect(), archives=True)
    assert result.exit_code == 0
    (note,) = (each for each in result.notes if "not envtool's" in each)
    assert note.startswith("not envtool's, and left alone: `mine.txt`, `more-0`, ")
    assert note.endswith(" and 2 more")
    assert {*FOREIGN, "more-0"} <= below(stuffed)
    assert clean_up(clean_cache, connect(), archives=True).exit_code == 0
    assert below(stuffed) == {*FOREIGN, "more-0", "more-1", "more-2"}


def test_a_link_to_the_cache_is_said(
    stuffed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "link").symlink_to(stuffed)
    monkeypatch.setenv("ENVTOOL_CACHE_DIR", str(tmp_path / "link"))
    result = cache_status(connect())
    assert f"`{tmp_path / 'link'}` is a link to, or below one to, `{stuffed}`" in result.notes


def items(number: int, kind: CacheKind, size: int = 1) -> tuple[CacheItem, ...]:
    return tuple(
        CacheItem(kind, f"x-{each}", f"/c/{each}", 1, size, size) for each in range(number)
    )


class Stuck:
    """The port `Cache` with what an own disk can not be brought to, not even by root."""

    def __init__(
        self, found: CacheFound, checked: CacheChecked | None = None, *, counts: bool = True
    ) -> None:
        self._found = found
        self._checked = checked or CacheChecked()
        self._counts = counts

    def look(self) -> CacheFound:
        return self._found

    def check(self, items: Iterable[CacheItem], progress: Progress) -> CacheChecked:
        del items, progress
        return self._checked

    @contextmanager
    def hold(self, *, alone: bool, wait: float, say: Callable[[str], None]) -> Iterator[bool]:
        del alone, wait, say
        yield self._counts

    def remove(self, items: Iterable[CacheItem]) -> CacheRemoved:
        wanted = tuple(items)
        failed = tuple(f"`{each.name}`: Permission denied" for each in wanted[1:])
        return CacheRemoved(wanted[:1], failed)

    def dissolve(self) -> None:
        """Nothing to be done."""


def stuck(cache: Stuck) -> Tools:
    return replace(connect(), cache=lambda: cache)


FOUND = CacheFound("/c", "/c", "/c/archives", items(3, CacheKind.PACKAGES))


@pytest.mark.parametrize("verb", [prune_cache, clean_cache])
def test_what_can_not_be_taken_away(verb: Callable[[Tools, CleanUpRequest], Result]) -> None:
    result = clean_up(verb, stuck(Stuck(FOUND)))
    assert result.exit_code == 2
    assert result.headline == "Incomplete: freed 1 B; 2 could not be taken away"
    (failure,) = result.failures
    assert failure.details == ("`x-1`: Permission denied", "`x-2`: Permission denied")


def test_without_locks_that_is_said() -> None:
    one = FOUND._replace(items=FOUND.items[:1])
    damaged = CacheChecked(damaged=(CacheDamage(one.items[0], ("a: missing",)),))
    for result in (
        clean_up(prune_cache, stuck(Stuck(one, counts=False))),
        verify(stuck(Stuck(one, damaged, counts=False)), fix=True),
    ):
        assert result.exit_code == 0
        assert "there are no locks here" in result.notes[-1]
    assert not verify(stuck(Stuck(one, CacheChecked(), counts=False))).notes


def test_what_can_not_be_read() -> None:
    found = FOUND._replace(unread=("`signatures`: Permission denied",))
    status = cache_status(stuck(Stuck(found)))
    assert status.exit_code == 0
    assert "not looked into: `signatures`: Permission denied" in status.notes
    pruned = clean_up(prune_cache, stuck(Stuck(found)))
    assert pruned.exit_code == 2
    assert pruned.headline == (
        "Incomplete: freed 1 B; 1 could not be read, 2 could not be taken away"
    )
    nothing = clean_up(prune_cache, stuck(Stuck(found._replace(items=()))))
    assert nothing.headline == "Incomplete: freed 0 B; 1 could not be read"
    for checked in (CacheChecked(whole=found.items), CacheChecked(unread=("`x`: no",))):
        result = verify(stuck(Stuck(found, checked)))
        assert result.exit_code == 2
        assert result.headline.startswith("Incomplete: some of the cache could not be read")


def test_much_that_is_damaged_is_cut_short() -> None:
    archives = items(12, CacheKind.ARCHIVES)
    files = tuple(f"share/{each}: missing" for each in range(11))
    damaged = (
        CacheDamage(FOUND.items[0], files),
        *(CacheDamage(each, ("not what it was",)) for each in archives),
    )
    result = verify(stuck(Stuck(FOUND, CacheChecked(damaged=damaged))))
    assert result.exit_code == 1
    assert result.headline == "Damaged: 1 package, 12 archives (0 files hashed, 0 B)"
    package, rest = result.failures
    assert package.message.endswith("11 files are not what the package came with")
    assert package.details[9:] == ("share/9: missing", "and 1 more")
    assert (rest.message, rest.details[-1]) == ("12 archives are damaged", "and 2 more")
    # One went, and the others could not: that is said, and it is not mended.
    half = verify(stuck(Stuck(FOUND, CacheChecked(damaged=damaged))), fix=True)
    assert half.exit_code == 2
    assert half.headline.startswith("Damaged: ")
    assert half.failures[-1].message == "12 could not be taken away"


def test_one_loose_package_is_named_as_one() -> None:
    result = verify(stuck(Stuck(FOUND, CacheChecked(unknown=FOUND.items[:1]))))
    assert "nothing vouches for it, " in result.notes[0]
    assert result.headline == "Nothing to verify in the cache `/c`"


@pytest.mark.parametrize("words", [("clean",), ("prune",), ("verify", "--fix")])
def test_a_run_that_is_killed_leaves_a_cache_that_can_be_used(
    shop: Shop, tmp_path: Path, words: tuple[str, ...]
) -> None:
    """Killed before every operation on a file once: what counts as a package is one."""
    shop = shop._replace(channel=small_channel(tmp_path / "own"))
    root = tmp_path / "cache"
    shop.write("app=1.0", "base-files=2.0")
    number, codes = 0, [-signal.SIGKILL]
    while codes[-1] == -signal.SIGKILL:
        number += 3
        assert shop.recreate("--keep", "0").code == 0
        if words[0] == "prune":
            shutil.rmtree(shop.folder / ".envtool")
        if words[0] == "verify":
            path = root / "packages/app-1.0-h0_0/share/app/1.0"
            path.unlink()
            path.write_bytes(b"?")
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "tests.cutting",
                f"kill:{number}",
                str(root),
                "--",
                "cache",
                *words,
            ],
            cwd=shop.folder,
            env=bare(ENVTOOL_CACHE_DIR=str(root), PYTHONPATH=str(Path(__file__).parents[2])),
            capture_output=True,
            text=True,
            check=False,
        )
        codes.append(done.returncode)
        if done.returncode == 0:
            assert "Traceback" not in done.stderr
        for name in packages(root) if (root / "packages").exists() else ():
            assert (root / "packages" / name / "info/index.json").is_file()
        checked = data(shop.run("cache", "verify", "-o", "json"))
        assert words[0] == "verify" or checked["damaged"] == []
        assert checked["foreign"] == []
        assert data(shop.recreate("-o", "json"))["cache"] is not None
        assert shop.said() == f"app 1.0 in {shop.prefix}"
        assert shop.run("cache", "prune").code == 0
        assert not [each for each in (root / "packages").iterdir() if each.name[:5] == ".gone"]
    assert codes[-1] == 0
    assert len(codes) > 5

"""`envtool demo`: real commands on a channel that is made here."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from envtool.adapters.channel_builder.interpreter import NotRepackagedError
from envtool.adapters.demo import DemoStage
from envtool.adapters.disk import Disk
from envtool.domain.demo import Offer, Played, Scene, scenes
from envtool.errors import notes_of
from envtool.ports_installing import DemoTools
from envtool.workflows.demo import DemoRequest, demo
from tests.conftest import Envtool
from tests.served import flat


def test_the_story_without_a_network(tmp_path: Path) -> None:
    """It leaves an environment that works, two generations, and nothing outside of its folder."""
    command = [sys.executable, "-m", "envtool", "demo", "play", "-o", "json"]
    probe = subprocess.run(["unshare", "-rn", "true"], check=False, capture_output=True)  # noqa: S607
    cut = ["unshare", "-rn"] if probe.returncode == 0 else []
    done = subprocess.run(
        [*cut, *command], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    data = json.loads(done.stdout)["data"]
    works = [each.works for each in scenes()]
    assert [each["exit_code"] == 0 for each in data["commands"]] == works
    assert (
        "Failed: smoke of production: greeter: import greeter: ended with 1: ImportError"
        in flat(done.stderr)
    )
    assert "Not committed: 3 errors in conda-lock.yml" in done.stderr
    assert "$ envtool run greet\nHello from greeter 1.0 in " in done.stderr
    assert "Killed" in done.stderr
    assert "Took away what an earlier run had begun to build" in done.stderr
    assert sorted(each.name for each in tmp_path.iterdir()) == ["play"]
    assert not (tmp_path / "play/play").exists()
    assert list((tmp_path / "play/.cache/envtool").iterdir())
    assert "# One command goes back:" in done.stderr
    status = ["git", "status", "--porcelain"]
    seen = subprocess.run(status, cwd=tmp_path / "play", capture_output=True, text=True, check=True)
    assert "??" not in seen.stdout


def test_where_python_can_not_be_packed_a_script_stands_for_it(
    tmp_path: Path, envtool: Envtool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise NotRepackagedError("it is frozen")

    monkeypatch.setattr("envtool.adapters.demo.python_package", refused)
    run = envtool("demo")
    assert run.code == 0, run.err
    assert "Python itself can not be packed here (it is frozen)" in flat(run.err)
    assert "Hello from greeter 1.0" in flat(run.err)
    assert (tmp_path / "envtool-demo/channel/noarch/repodata.json").exists()
    assert run.out.startswith(f"Played {len(scenes())} commands in ")


def test_without_git_nothing_is_committed(
    tmp_path: Path, envtool: Envtool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise NotRepackagedError("it is frozen")

    monkeypatch.setattr("envtool.adapters.demo.python_package", refused)
    monkeypatch.setattr("envtool.adapters.demo.shutil.which", lambda _: None)
    run = envtool("demo")
    assert run.code == 0, run.err
    assert "Nothing is committed here: git is not installed" in run.err
    assert "$ envtool commit" not in run.err
    expected = sum(not each.is_git for each in scenes())
    assert run.out.startswith(f"Played {expected} commands in ")
    assert not (tmp_path / "envtool-demo/.git").exists()


def test_what_git_refuses_is_told(tmp_path: Path) -> None:
    said = DemoStage().commit(str(tmp_path), ["nowhere"])
    assert said == "fatal: pathspec 'nowhere' did not match any files"


def test_windows_gets_a_batch_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise NotRepackagedError("no ELF")

    monkeypatch.setattr("envtool.adapters.demo.python_package", refused)
    monkeypatch.setattr("envtool.adapters.demo.UserDesk.platform", lambda _: "win-64")
    offer = DemoStage().offer(str(tmp_path / "channel"))
    assert (offer.platform, offer.python_missing) == ("win-64", "no ELF")


def test_a_folder_that_is_in_use_is_left_alone(tmp_path: Path, envtool: Envtool) -> None:
    (tmp_path / "envtool-demo").mkdir()
    (tmp_path / "envtool-demo/mine").touch()
    run = envtool("demo")
    assert (run.code, "`envtool-demo` is there already" in flat(run.err)) == (2, True)
    assert "envtool demo envtool-demo-2" in flat(run.err)


@pytest.mark.parametrize("folder", ["", " "])
def test_no_folder_is_a_usage_error(tmp_path: Path, envtool: Envtool, folder: str) -> None:
    run = envtool("demo", folder)
    assert (run.code, flat(run.err)) == (
        2,
        "error: no folder is named hint: name a new one: `envtool demo DIR`",
    )
    assert not list(tmp_path.iterdir())


def test_a_folder_that_can_not_be_made_is_named(tmp_path: Path, envtool: Envtool) -> None:
    (tmp_path / "file").touch()
    run = envtool("demo", "file/x")
    assert run.code == 2
    assert "x` can not be written: Not a directory" in flat(run.err)
    assert "hint: name a folder where you may write and 200 MB have room" in flat(run.err)


class Broken:
    """A demo whose commands all end in the same way."""

    def __init__(self, code: int) -> None:
        self._code = code

    def offer(self, folder: str) -> Offer:
        return Offer(Path(folder).as_uri(), "linux-64", "3.12", "")

    def play(self, folder: str, arguments: Sequence[str]) -> Played:
        return Played(self._code, f"{folder} {arguments}\n", "")

    def commit(self, folder: str, names: Sequence[str]) -> str:
        return "" if folder and names else "there is nothing to commit"

    def kill(self, folder: str, arguments: Sequence[str], sign: str) -> bool:
        return bool(folder and arguments and not sign)


@pytest.mark.parametrize(
    ("code", "error"),
    [(3, "`envtool verify` should pass here"), (0, "`envtool test` should fail here")],
)
def test_a_command_that_does_otherwise_ends_it(tmp_path: Path, code: int, error: str) -> None:
    shown: list[Scene] = []
    request = DemoRequest(
        folder=str(tmp_path / str(code)),
        clock=lambda: 0.0,
        tell=lambda _: None,
        show=lambda scene, _: shown.append(scene),
    )
    result = demo(DemoTools(Disk(), Broken(code)), request)
    assert result.exit_code == 4
    assert result.failures[0].message == error
    assert shown == list(scenes()[: len(shown)])


class Fine(Broken):
    """A demo whose commands all do what they have to, by their number."""

    def __init__(self) -> None:
        super().__init__(0)
        self._left = [each.works for each in scenes() if each.killed is None]

    def play(self, folder: str, arguments: Sequence[str]) -> Played:
        return Played(0 if self._left.pop(0) else 1, f"{folder} {arguments}\n", "")

    def kill(self, folder: str, arguments: Sequence[str], sign: str) -> bool:
        return bool(folder and arguments and sign)


@pytest.mark.parametrize(
    ("folder", "typed"), [("play", "play"), ("-x", "./-x"), ("sp ace", "'sp ace'")]
)
def test_what_to_type_next_is_for_a_shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str, typed: str
) -> None:
    monkeypatch.chdir(tmp_path)
    request = DemoRequest(
        folder=folder, clock=lambda: 0.0, tell=lambda _: None, show=lambda *_: None
    )
    result = demo(DemoTools(Disk(), Fine()), request)
    assert result.notes == (
        f"the folder is yours to play in: `cd {typed}`",
        f"when done: `rm -r {typed}`",
    )


def test_who_interrupts_it_is_told_how_to_play_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.chdir(tmp_path)
    request = DemoRequest(folder="a b", clock=lambda: 0.0, tell=lambda _: None, show=interrupt)
    with pytest.raises(KeyboardInterrupt) as caught:
        demo(DemoTools(Disk(), Fine()), request)
    assert notes_of(caught.value) == (
        "what was made of the demo lies in `a b`",
        "`rm -r 'a b'` before you play again: `envtool demo 'a b'`",
    )


def test_what_is_faster_than_a_kill_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed = [each for each in scenes() if each.killed is not None]
    monkeypatch.setattr("envtool.workflows.demo.scenes", lambda: killed)
    seen: list[Played] = []
    request = DemoRequest(
        folder=str(tmp_path / "play"),
        clock=lambda: 0.0,
        tell=lambda _: None,
        show=lambda _, played: seen.append(played),
    )
    assert demo(DemoTools(Disk(), Broken(0)), request).exit_code == 4
    assert seen == [Played(0, "", "It was faster than the kill\n")]

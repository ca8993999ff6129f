"""What nobody hears stops nobody, and what was done is told where it can be."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from envtool import cli
from envtool.cli.streams import unheard
from envtool.errors import is_interruption
from tests.conftest import Envtool
from tests.installing import Shop
from tests.served import flat


class Broken(io.StringIO):
    def write(self, _: str) -> int:
        raise BrokenPipeError

    def flush(self) -> None:
        raise OSError


def test_a_broken_stream_is_left_alone() -> None:
    for part in (Broken(), None):
        stream = unheard(part)
        assert stream.write("told\n") == 5
        stream.writelines(["a", "b"])
        stream.flush()
    stream = unheard(Broken())
    stream.flush()
    assert stream.write("x") == 1


def test_a_sound_one_is_what_it_was() -> None:
    inner = io.StringIO()
    stream = unheard(inner)
    stream.writelines(["a", "b"])
    stream.flush()
    assert (inner.getvalue(), stream.isatty()) == ("ab", False)


@pytest.fixture
def app(shop: Shop) -> Shop:
    shop.write("app=1.0")
    return shop


@pytest.mark.parametrize("where", ["2>&-", "2>/dev/full", "2> >(exec true)"])
def test_an_installation_goes_on(app: Shop, where: str) -> None:
    command = f'"{sys.executable}" -m envtool recreate {where}'
    done = subprocess.run(
        ["/bin/bash", "-c", command], cwd=app.folder, stdout=subprocess.PIPE, text=True, check=False
    )
    assert (done.returncode, app.said()) == (0, f"app 1.0 in {app.prefix}"), done.stdout
    assert done.stdout.startswith("Recreated ")


def test_a_report_has_a_place_before_anything_is_done(app: Shop, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    for path, why in {
        tmp_path / "none/x.json": f"there is no folder `{tmp_path}/none`",
        tmp_path / "folder": "it is a folder",
    }.items():
        run = app.recreate("-o", f"json={path}")
        assert (run.code, not app.prefix.exists()) == (2, True)
        assert f"`{path}` can not be written: {why}" in flat(run.err)
    run = app.recreate("-o", f"json={tmp_path}/x.json")
    assert (run.code, app.prefix.exists()) == (0, True), run.err


def test_a_folder_of_somebody_else(
    app: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    run = app.recreate("-o", f"json={tmp_path}/x.json")
    assert (run.code, "x.json` can not be written: permission denied" in flat(run.err)) == (2, True)


def test_what_was_done_is_told_where_the_answer_can_not_be_written(app: Shop) -> None:
    command = f'"{sys.executable}" -m envtool recreate >/dev/full'
    done = subprocess.run(
        ["/bin/bash", "-c", command], cwd=app.folder, stderr=subprocess.PIPE, text=True, check=False
    )
    assert (done.returncode, app.said()) == (2, f"app 1.0 in {app.prefix}")
    assert "standard output can not be written" in done.stderr
    assert done.stderr.splitlines()[-1].startswith("Recreated ")


def test_an_interruption_while_a_class_is_made(
    envtool: Envtool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(_: object) -> int:
        raise RuntimeError("Error calling __set_name__") from KeyboardInterrupt()

    monkeypatch.setattr(cli, "_run", run)
    done = envtool("verify")
    assert (done.code, done.err) == (130, "interrupted\n")
    assert not is_interruption(RuntimeError())

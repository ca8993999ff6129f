"""Whoever interrupts a command is told what it left."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NoReturn

import pytest

from envtool.adapters import connect
from envtool.domain.results import Result
from envtool.errors import notes_of
from envtool.ports import Tools
from envtool.workflows.install_source import Choice
from envtool.workflows.install_terms import How
from envtool.workflows.lock import LockRequest, lock
from envtool.workflows.prefixes import Where
from envtool.workflows.recreate import RecreateRequest, recreate
from envtool.workflows.rollback import RollbackRequest, rollback
from envtool.workflows.update import UpdateRequest, update
from envtool.workflows.update_choice import Choice as Asked
from tests.installing import Shop

NOW = datetime(2026, 11, 30, tzinfo=UTC)


def interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def how(step: str) -> How:
    """A way to build that is interrupted when a step begins."""

    def progress(name: str, *_: object) -> None:
        if name == step:
            raise KeyboardInterrupt

    return How(now=NOW, clock=lambda: 0.0, progress=progress, memory=lambda: 0)


def unsolved() -> Tools:
    """Tools whose solver is interrupted."""
    return replace(connect(), solver=interrupt)


def locking() -> Result:
    text = Path("environment.yml").read_text()
    Path("environment.yml").write_text(text.replace("app=2.0", "app=1.0"))
    return lock(unsolved(), LockRequest(folder=".", today=date(2026, 11, 30), say=interrupt))


def updating() -> Result:
    choice = Asked(everything=True)
    return update(unsolved(), UpdateRequest(folder=".", choice=choice, now=NOW, say=interrupt))


def recreating(step: str) -> Result:
    request = RecreateRequest(
        folder=".", where=Where(), choice=Choice(), how=how(step), say=interrupt
    )
    return recreate(connect(), request)


def going_back(step: str, *, files: bool = False) -> Result:
    request = RollbackRequest(
        folder=".", where=Where(), to="1", how=how(step), say=interrupt, files=files
    )
    return rollback(connect(), request)


KEPT = "`.envtool/envs/production` is as it was before"
LOG = "What was done is logged in .envtool/envs/.envtool/production/log.jsonl"


@pytest.mark.parametrize(
    ("command", "notes"),
    [
        (locking, ("the lock is as it was",)),
        (updating, ("environment files and lock are as they were",)),
        (lambda: recreating("seal"), (LOG, KEPT)),
        (lambda: going_back("seal"), (KEPT, LOG)),
        (
            lambda: going_back("swap", files=True),
            (f"{KEPT}, and so are the files of the project", LOG),
        ),
    ],
    ids=["lock", "update", "recreate", "rollback", "rollback --files"],
)
def test_what_is_left_is_told(
    shop: Shop, command: Callable[[], Result], notes: tuple[str, ...]
) -> None:
    shop.write("app=1.0")
    assert shop.recreate().code == 0
    shop.write("app=2.0")
    # The tree of the first one is gone, so that it has to be built again.
    assert shop.recreate("--keep", "0").code == 0
    said = shop.said()
    lock = Path("conda-lock.yml").read_bytes()
    with pytest.raises(KeyboardInterrupt) as caught:
        command()
    assert notes_of(caught.value) == notes
    assert (shop.said(), Path("conda-lock.yml").read_bytes()) == (said, lock)

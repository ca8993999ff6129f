"""The whole channel: samples by hand, installed distributions, and `python`."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import distribution

from envtool.adapters.channel_builder.channels import Channel, write_channel
from envtool.adapters.channel_builder.interpreter import (
    Interpreter,
    NotRepackagedError,
    python_package,
    running,
    stand_in,
)
from envtool.adapters.channel_builder.packages import Package
from envtool.adapters.channel_builder.wheels import is_pure, wheel_package, with_dependencies
from tests.channel.install_samples import SUBDIRS, day, installing
from tests.channel.solve_samples import solving

# Small, common, with and without entry points, with dependencies among each other. Each brings
# what it needs; what is not installed, or not pure Python, is left out.
DISTRIBUTIONS = ("certifi", "click", "idna", "packaging", "pytest", "rich")
# A minor version below every supported one: something to upgrade from.
_OLD_PYTHON = "3.10.14"


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """The channel, and what could not be put into it.

    Attributes:
        python_missing: why `python` for linux-64 is a stand-in that does not run, if it is.
        left_out: the distributions of `DISTRIBUTIONS` that are not in it.
    """

    channel: Channel
    python_missing: str | None
    left_out: tuple[str, ...]


def build(folder: str, epoch: int) -> Demo:
    """Writes the channel into a folder that is not there yet, wholly or not at all.

    Args:
        folder: its absolute path.
        epoch: the time of all members of archives and of what has no time of its own, in seconds.
    """
    python, reason = pythons(running(), epoch * 1000)
    pure = tuple(name for name in DISTRIBUTIONS if is_pure(name))
    names = with_dependencies(pure)
    wheels = (wheel_package(distribution(name), epoch * 1000) for name in names)
    stage = f"{folder}.{os.getpid()}"
    try:
        staged = write_channel(stage, (*installing(), *solving(), *python, *wheels), epoch)
        os.rename(stage, folder)
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    return Demo(
        channel=staged.moved(folder),
        python_missing=reason,
        left_out=tuple(sorted(set(DISTRIBUTIONS) - set(pure))),
    )


def pythons(interpreter: Interpreter, timestamp: int) -> tuple[tuple[Package, ...], str | None]:
    """The packages `python` of all platforms; and why that of linux-64 is a stand-in, if it is."""
    reason = None
    try:
        ours = python_package(interpreter, timestamp)
    except NotRepackagedError as error:
        reason = str(error)
        ours = stand_in(interpreter.version, "linux-64", reason, timestamp)
    return (ours, *_stand_ins(interpreter.version, timestamp)), reason


def _stand_ins(version: str, timestamp: int) -> Iterator[Package]:
    """For the other platforms, and an old version for all."""
    for subdir in SUBDIRS:
        yield stand_in(_OLD_PYTHON, subdir, "too old for this channel", day(1))
        if subdir != "linux-64":
            yield stand_in(version, subdir, f"not made for {subdir}", timestamp)

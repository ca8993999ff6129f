"""`envtool demo`: a story of real commands on a channel that is made for it."""

import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from envtool.domain.demo import (
    IGNORE,
    IGNORE_TEXT,
    POLICY,
    POLICY_TEXT,
    SPEC,
    TRACKED,
    Played,
    Scene,
    scenes,
    spec_text,
)
from envtool.domain.results import Failure, Json, Result
from envtool.errors import ExitCode, UsageError
from envtool.ports import FileKind
from envtool.ports_installing import DemoTools
from envtool.workflows.turn import told_on_interrupt

_CHANNEL = "channel"
_KILLED = Played(-9, "", "Killed\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoRequest:
    """Where to play, and who watches.

    Attributes:
        folder: a new or empty one.
        clock: seconds that go on.
        tell: is told what there is to say between two commands.
        show: is shown each command with what it came to.
    """

    folder: str
    clock: Callable[[], float]
    tell: Callable[[str], None]
    show: Callable[[Scene, Played], None]


def demo(tools: DemoTools, request: DemoRequest) -> Result:
    """Play the story; ends at the first command that does not do what it has to.

    Raises `UsageError` when something is in the folder or none is named, `UnreadableError` when it
    can not be written.
    """
    started = request.clock()
    folder = request.folder
    if not folder.strip():
        raise UsageError("no folder is named", hints=("name a new one: `envtool demo DIR`",))
    typed = _typed(folder)
    is_empty = tools.files.kind(folder) is FileKind.FOLDER and not tools.files.names(folder)
    if tools.files.kind(folder) is not FileKind.MISSING and not is_empty:
        raise UsageError(
            f"`{folder}` is there already",
            hints=(
                f"name another folder: `envtool demo {_typed(f'{folder}-2')}`, or `rm -r {typed}`",
            ),
        )
    again = f"`rm -r {typed}` before you play again: `envtool demo {typed}`"
    with told_on_interrupt(f"what was made of the demo lies in `{folder}`", again):
        return _play(tools, request, started)


def _play(tools: DemoTools, request: DemoRequest, started: float) -> Result:
    """The same, in a folder that is free."""
    folder = request.folder
    typed = _typed(folder)
    request.tell("Making a conda channel of what is on this machine ...")
    offer = tools.demo.offer(tools.files.absolute(f"{folder}/{_CHANNEL}"))
    tools.files.create(f"{folder}/{SPEC}", spec_text(offer))
    tools.files.create(f"{folder}/{POLICY}", POLICY_TEXT)
    tools.files.create(f"{folder}/{IGNORE}", IGNORE_TEXT)
    if offer.python_missing:
        request.tell(f"Python itself can not be packed here ({offer.python_missing}), so no")
        request.tell("Python is installed: a script of the shell stands for the application.")
    played: list[Json] = []
    for scene in _scenes(tools, request):
        came = _played(tools, folder, scene)
        request.show(scene, came)
        played.append({"command": " ".join(scene.typed), "exit_code": came.code})
        if (came.code == 0) is not scene.works:
            return _failed(scene, came, played)
    seconds = request.clock() - started
    return Result(
        command="demo",
        headline=f"Played {len(played)} commands in {seconds:.0f} s",
        notes=(f"the folder is yours to play in: `cd {typed}`", f"when done: `rm -r {typed}`"),
        data={"folder": folder, "seconds": round(seconds, 2), "commands": played},
    )


def _typed(folder: str) -> str:
    """As a shell takes it for a folder, and no command for an option."""
    return shlex.quote(f"./{folder}" if folder.startswith("-") else folder)


def _scenes(tools: DemoTools, request: DemoRequest) -> Iterator[Scene]:
    """The story, without what needs a repository where none can be made."""
    is_git = False
    for scene in scenes():
        if scene.commits:
            why_not = tools.demo.commit(request.folder, TRACKED)
            is_git = not why_not
            if why_not:
                request.tell(f"Nothing is committed here: {why_not}")
            else:
                request.tell("\nThe files are committed as they are: `git init`, `add`, `commit`")
        if is_git or not scene.is_git:
            yield scene


def _played(tools: DemoTools, folder: str, scene: Scene) -> Played:
    if scene.killed is None:
        return tools.demo.play(folder, scene.typed)
    was_killed = tools.demo.kill(folder, scene.typed, scene.killed)
    return _KILLED if was_killed else Played(0, "", "It was faster than the kill\n")


def _failed(scene: Scene, came: Played, played: list[Json]) -> Result:
    typed = " ".join(("envtool", *scene.typed))
    return Result(
        command="demo",
        headline=f"Failed: `{typed}` ended with {came.code}",
        failures=(
            Failure(
                ExitCode.TOOL_FAILED,
                f"`{typed}` should {'pass' if scene.works else 'fail'} here",
                hints=("report what stands above",),
            ),
        ),
        data={"commands": played},
    )

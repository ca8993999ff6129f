"""`envtool diff`: what changed between two locks or environment files."""

from collections import Counter
from dataclasses import dataclass

from envtool.domain.conda_lock import NotALockError
from envtool.domain.lock_diff import Folded, Kind, diff, fold
from envtool.domain.lock_reader import read_lock
from envtool.domain.locks import LockedPackage
from envtool.domain.results import Json, Result
from envtool.domain.secrets import mask
from envtool.domain.spec_reader import NotASpecError, read_spec
from envtool.domain.specs import CondaDependency, PipDependency, Role, Spec
from envtool.domain.yaml_nodes import YamlError
from envtool.errors import UnreadableError, UsageError
from envtool.ports import FileKind, Tools
from envtool.workflows.spec_files import LOCK_FILE, LOCK_LIMIT

# An environment file asks for the same on every platform.
EVERYWHERE = "any platform"


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffRequest:
    """What to compare.

    Each side is a file, a git revision (its `conda-lock.yml`), or `REVISION:FILE`. Without
    `after` the file of the same name in the checkout is compared.
    """

    before: str
    after: str | None = None


class _Side:
    """The packages of one side, and what to call it."""

    def __init__(self, name: str, packages: tuple[LockedPackage, ...]) -> None:
        self.name = name
        self.packages = packages
        self.platforms = {each.platform for each in packages}


def compare(tools: Tools, request: DiffRequest) -> Result:
    """Every change from `before` to `after`, folded over platforms.

    Raises `UsageError`, `UnreadableError`, `ToolError` when one side can not be read.
    """
    before = _side(tools, request.before)
    after = _side(tools, request.after or _same_file(tools, request.before))
    folded = fold(diff(before.packages, after.packages))
    everywhere = before.platforms | after.platforms
    return Result(
        command="diff",
        headline=f"{_counts(folded)}: {before.name} -> {after.name}",
        data={"changes": [_change(each, everywhere) for each in folded]},
    )


def listing(tools: Tools, side: str) -> str:
    """One line for each package, in a fixed order: what git's textconv driver shows."""
    lines = sorted(
        f"{each.name} {each.version} {each.build} ({each.manager}, {each.platform})"
        for each in _side(tools, side).packages
    )
    return "".join(f"{line}\n" for line in dict.fromkeys(lines))


def _same_file(tools: Tools, before: str) -> str:
    _, colon, path = before.partition(":")
    if tools.files.kind(before) is FileKind.FILE:
        raise UsageError(
            "a file is compared with another one",
            hints=(f"envtool diff {before} OTHER", f"envtool diff HEAD:{before}"),
        )
    return path if colon else LOCK_FILE


def _side(tools: Tools, name: str) -> _Side:
    if tools.files.kind(name) is FileKind.FILE:
        data: bytes | None = tools.files.read(name, LOCK_LIMIT)
    else:
        revision, _, path = name.partition(":")
        if "/" in name and not path and tools.files.kind(name) is FileKind.MISSING:
            raise UnreadableError(f"`{name}` does not exist", hints=("name a file, or HEAD:FILE",))
        data = tools.git.blob(".", revision, path or LOCK_FILE)
    if data is None:
        raise UnreadableError(f"`{name}` does not exist", hints=("name a file, or HEAD:FILE",))
    return _Side(name, _packages(tools, data, name))


def _packages(tools: Tools, data: bytes, name: str) -> tuple[LockedPackage, ...]:
    try:
        text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
        lock = read_lock(text, name, tools.yaml.parse)
        if lock is not None:
            return lock.packages
        root = tools.yaml.parse(text, name)
        return _of_spec(read_spec(root, tuple(text.splitlines()), name, Role.PRODUCTION))
    except (NotALockError, NotASpecError, YamlError) as error:
        raise UnreadableError(
            f"`{name}` is no lock and no environment file: {error.message}",
            hints=("compare two of `conda-lock.yml`, `@EXPLICIT` lists, environment files",),
        ) from error
    except UnicodeDecodeError as error:
        raise UnreadableError(f"`{name}` is not UTF-8", hints=("save it as UTF-8",)) from error


def _of_spec(spec: Spec) -> tuple[LockedPackage, ...]:
    """The direct dependencies, with their constraints in the place of versions."""
    lines: list[CondaDependency | PipDependency] = [*spec.dependencies, *spec.pip]
    return tuple(_asked_for(line) for line in lines)


def _asked_for(line: CondaDependency | PipDependency) -> LockedPackage:
    if isinstance(line, CondaDependency):
        name, version, manager = line.spec.name, line.spec.version, "conda"
    else:
        name = line.requirement.name or mask(line.text)
        version, manager = line.requirement.specifier, "pip"
    platforms = ", ".join(line.platforms) or EVERYWHERE
    digest = mask(line.text)
    return LockedPackage(
        name, version or "any", manager, platforms, digest, "", "", (), "main", line.place.line
    )


def _counts(folded: tuple[Folded, ...]) -> str:
    counts = Counter(each.kind for each in folded)
    words = [f"{counts[kind]} {kind}" for kind in Kind if counts[kind]]
    return ", ".join(words) or "No change"


def _change(folded: Folded, everywhere: set[str]) -> Json:
    platforms: list[Json] = list[Json](folded.platforms)
    return {
        "kind": folded.kind.value,
        "name": folded.name,
        "manager": folded.manager,
        "before": folded.before,
        "after": folded.after,
        "platforms": platforms,
        "everywhere": folded.platforms == (EVERYWHERE,) or everywhere <= set(folded.platforms),
    }

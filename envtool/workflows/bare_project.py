"""A project without any environment file: there is nothing that its lock could be held against."""

from envtool.domain.locks import Lock
from envtool.domain.policy.model import Policy
from envtool.domain.results import Failure
from envtool.errors import ExitCode
from envtool.ports import FileKind, Tools
from envtool.workflows.finder import LOCK_FILE, RECORDS_FILE, Finder, join
from envtool.workflows.projects import Target

_HINTS = (
    "name a file: `envtool verify path/to/environment.yml`",
    "`envtool verify -r` judges every project below",
)


def nothing_found(target: Target, policy: Policy) -> Failure:
    """There is nothing to judge in `target`."""
    names = ", ".join(f"`{each}`" for each in (*policy.production_files, *policy.development_files))
    return Failure(
        code=ExitCode.UNREADABLE,
        message=f"no environment file in `{target.folder}`: looked for {names}",
        hints=_HINTS,
    )


def lost_files(
    tools: Tools, target: Target, policy: Policy, locks: tuple[Lock, ...]
) -> Failure | None:
    """Why `locks` can not be judged when the files that they were made from are gone.

    A lock that says nothing of such files, with nothing else of a project beside it, may stand
    alone; so may one that is made from something else (a `pyproject.toml`), and one of pixi.
    """
    made = [each for each in locks if not each.isolated]
    sources = [join(target.folder, each) for lock in made for each in lock.sources]
    if any(_exists(tools, each) for each in sources):
        return None
    has_records = _exists(tools, join(target.folder, RECORDS_FILE))
    if not (sources or has_records or (made and Finder(tools.files).has_policy(target.folder))):
        return None
    path = join(target.folder, LOCK_FILE if made else RECORDS_FILE)
    found = nothing_found(target, policy)
    message = f"{found.message}; without it nobody knows whether `{path}` is what it should be"
    if sources:
        names = [f"`{each}`" for each in dict.fromkeys(sources)]
        are = "are" if len(names) > 1 else "is"
        message = (
            f"no environment file: `{path}` was made from {' and '.join(names)}, which {are} gone"
        )
    return found._replace(
        message=message,
        hints=(
            "bring it back, or name it in the policy: `files.production`",
            f"judge the lock alone: `envtool verify {path}`",
        ),
    )


def _exists(tools: Tools, path: str) -> bool:
    return tools.files.kind(path) is not FileKind.MISSING

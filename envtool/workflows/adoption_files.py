"""Which files bring envtool into a repository, and which of them are there already."""

import posixpath
import re
from collections.abc import Iterator
from typing import NamedTuple

from envtool.domain.adoption import (
    dependabot_block,
    dependabot_text,
    ignore_line,
    matrix_text,
    runs,
    workflow_text,
)
from envtool.domain.dependabot import READ_NAMES
from envtool.errors import UsageError
from envtool.ports import FileKind, Tools
from envtool.workflows.dependabot_file import DEPENDABOT_FILES, github_folder, load_dependabot
from envtool.workflows.policy_files import POLICY_FILE, PYPROJECT
from envtool.workflows.projects import Target, find_targets, has_policy, upward

WORKFLOWS = ".github/workflows"
_LIMIT = 1 << 20
# What may stand in a command of a workflow without meaning anything to a shell or to GitHub.
_PLAIN_PATH = re.compile(r"[\w.@+=][\w./@+=, -]*")


class Site(NamedTuple):
    """Where envtool is brought.

    Attributes:
        folder: the project.
        top: the top of its repository, where GitHub looks for `.github`.
        policy: the policy file that holds already; None when there is none.
    """

    folder: str
    top: str
    policy: str | None

    @property
    def home(self) -> str:
        """The folder whose policy holds."""
        return self.folder if self.policy is None else posixpath.dirname(self.policy) or "."


class Change(NamedTuple):
    """What happens to one file.

    Attributes:
        path: the file.
        action: `write` a new one, `add` to the end, or `keep` as it is.
        text: what is written or added.
        note: what is left to do by hand; may have several lines.
    """

    path: str
    action: str
    text: str = ""
    note: str | None = None


def find_site(tools: Tools, folder: str) -> Site:
    """The project in `folder`; raises `UsageError` when that is no folder."""
    folder = posixpath.normpath(folder)
    if tools.files.kind(folder) is not FileKind.FOLDER:
        raise UsageError(f"`{folder}` is no folder", hints=("name the folder of a project",))
    above = tuple(upward(tools, folder))
    top = next((each for each in above if _exists(tools, _join(each, ".git"))), folder)
    home = next((each for each in above if has_policy(tools, each)), None)
    if home is None:
        return Site(folder, top, None)
    own = _join(home, POLICY_FILE)
    return Site(folder, top, own if _exists(tools, own) else _join(home, PYPROJECT))


def projects_below(tools: Tools, site: Site) -> tuple[Target, ...]:
    """The projects below the folder that stand under its policy.

    One with a policy of its own is brought in by itself.
    """
    targets = find_targets(tools, (site.folder,), recursive=True)
    return tuple(
        each
        for each in targets
        if each.failure is None
        and posixpath.normpath(each.folder) != site.folder
        and (each.home != each.folder or not has_policy(tools, each.folder))
    )


def adoption_changes(
    tools: Tools,
    site: Site,
    policy: str | None,
    specs: tuple[str, ...],
    projects: tuple[str, ...] = (),
) -> tuple[Change, ...]:
    """Every file of the plan; `policy` is the text of a new one, `specs` the paths judged by it.

    `projects` are the folders of several, if there is more than the one of the folder itself.
    Raises `UsageError` when something odd stands where a file belongs.
    """
    if policy is None:
        first = Change(site.policy or "", "keep")
    else:
        first = Change(_join(site.folder, POLICY_FILE), "write", policy)
    planned = (
        first,
        _ignore(tools, site),
        _dependabot(tools, site, specs),
        _workflow(tools, site, _VERIFY, projects),
        _workflow(tools, site, _AUDIT, projects),
    )
    for change in planned:
        if change.action != "keep":
            _check_place(tools, site, change.path)
    return planned


def _check_place(tools: Tools, site: Site, path: str) -> None:
    """No file is written through a link: the repository may come from anybody."""
    *folders, name = posixpath.relpath(path, site.top).split("/")
    place = site.top
    for folder in folders:
        place = _join(place, folder)
        is_file = tools.files.kind(place) in {FileKind.FILE, FileKind.OTHER}
        if is_file or (tools.files.is_link(place) and folder != ".."):
            raise _odd(place, "no folder of its own")
    if tools.files.is_link(_join(place, name)):
        raise _odd(path, "a link")


def _odd(path: str, what: str) -> UsageError:
    return UsageError(f"`{path}` is {what}, and nothing is written there", hints=("move it away",))


def _ignore(tools: Tools, site: Site) -> Change:
    path = _join(site.folder, ".gitignore")
    if not _exists(tools, path):
        return Change(path, "write", ignore_line(b""))
    line = ignore_line(tools.files.read(path, _LIMIT))
    return Change(path, "add", line) if line else Change(path, "keep")


def _dependabot(tools: Tools, site: Site, specs: tuple[str, ...]) -> Change:
    template = tools.shipped.template("dependabot-conda.yml")
    config = load_dependabot(tools, site.folder, specs)
    if config is not None and config.problem is not None:
        return Change(config.path, "keep", note=f"can not be read: {config.problem.message}")
    if config is not None:
        block = dependabot_block(template, tuple(config.missed()))
        note = f"add by hand below `updates:`\n{block}" if block else None
        return Change(config.path, "keep", note=note)
    read = (each for each in specs if posixpath.basename(each) in READ_NAMES)
    folders = tuple(dict.fromkeys(github_folder(tools, site.top, each) for each in read))
    text = dependabot_text(
        tools.shipped.template("dependabot.yml"), dependabot_block(template, folders)
    )
    note = None if folders else "Dependabot reads `environment.yml` only, and there is none"
    return Change(_join(site.top, DEPENDABOT_FILES[0]), "write", text, note)


class _Recipe(NamedTuple):
    """A workflow that is written where none runs the command."""

    verb: str
    file: str
    template: str


_VERIFY = _Recipe("verify", "envtool.yml", "workflow.yml")
_AUDIT = _Recipe("audit", "envtool-audit.yml", "audit-workflow.yml")


def _workflow(tools: Tools, site: Site, recipe: _Recipe, projects: tuple[str, ...]) -> Change:
    """A workflow that runs the command for the project, or for each of several."""
    each_of = () if recipe is _VERIFY else tuple(_relative(tools, site, each) for each in projects)
    verb = f"{recipe.verb} -r" if projects and recipe is _VERIFY else recipe.verb
    commands = [_typed(verb, each) for each in each_of or (_relative(tools, site, site.folder),)]
    there = dict(_workflows(tools, site, recipe))
    left = commands
    for each, data in there.items():
        left = [command for command in commands if not runs(data, command, recipe.verb)]
        if not left:
            return Change(each, "keep")
    if there:
        steps = "\n".join(f"- run: {command}" for command in left)
        return Change(next(iter(there)), "keep", note=f"add by hand a step\n{steps}")
    requirement = tools.shipped.requirement()
    template = tools.shipped.template(recipe.template)
    text = workflow_text(template, requirement, commands[0])
    if each_of:
        text = matrix_text(template, requirement, recipe.verb, each_of)
    note = "put the owner of your envtool's repository in place of OWNER"
    path = _join(site.top, f"{WORKFLOWS}/{recipe.file}")
    return Change(path, "write", text, note if "/OWNER/" in requirement else None)


def _workflows(tools: Tools, site: Site, recipe: _Recipe) -> Iterator[tuple[str, bytes]]:
    """Workflows that run the command, or have the name of ours."""
    folder = _join(site.top, WORKFLOWS)
    stem = recipe.file.removesuffix(".yml")
    for name in tools.files.names(folder):
        path = _join(folder, name)
        if name.endswith((".yml", ".yaml")) and tools.files.kind(path) is FileKind.FILE:
            data = tools.files.read(path, _LIMIT)
            typed = f"envtool {recipe.verb}".encode()
            if typed in data or name.rpartition(".")[0] == stem:
                yield path, data


def _relative(tools: Tools, site: Site, folder: str) -> str:
    """`folder` from the top of the repository; raises `UsageError` for an odd one."""
    relative = github_folder(tools, site.top, _join(folder, "x")).lstrip("/")
    if relative and not _PLAIN_PATH.fullmatch(relative):
        raise UsageError(
            f"a workflow can not name the folder `{relative}` safely",
            hints=("rename it: letters, digits and `._-/` are fine",),
        )
    return relative or "."


def _typed(verb: str, folder: str) -> str:
    from shlex import quote

    return f"envtool {verb}" if folder == "." else f"envtool {verb} {quote(folder)}"


def _exists(tools: Tools, path: str) -> bool:
    return tools.files.kind(path) is not FileKind.MISSING


def _join(folder: str, name: str) -> str:
    return posixpath.normpath(posixpath.join(folder, name))

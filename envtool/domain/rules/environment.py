"""Rules on the environment file itself."""

from collections.abc import Iterator

from envtool.domain.findings import Place, Violation
from envtool.domain.project import Project
from envtool.domain.rules.rule import rule
from envtool.domain.specs import Role, Spec

_BASE_NAMES = frozenset({"base", "root"})


@rule("env.parse", "error", "error")
def parse(project: Project) -> Iterator[Violation]:
    """A file, or a line of it, can not be read.

    Reported for what conda or pip would refuse: broken YAML, a repeated key, something that
    is no match spec (`numpy=>1.26`), a pip line that pip does not read, jinja that nobody
    renders. When the file as a whole can not be read the exit status is 2, because nothing
    in it was judged.
    """
    for broken in project.broken:
        if not broken.conflicted:
            yield broken.problem
    for spec in project.specs:
        for problem in spec.problems:
            message, place, fix, reason = problem
            yield Violation(message, place, fix=fix, reason=reason)


@rule("env.merge-conflict", "error", "error", has_line=False)
def merge_conflict(project: Project) -> Iterator[Violation]:
    """The file holds the markers of an unsettled merge.

    `<<<<<<<`, `=======` and `>>>>>>>` at the start of a line are left by `git merge`; neither
    side of the conflict was judged. Settle it, then run `envtool verify` again.
    """
    for broken in project.broken:
        if broken.conflicted:
            yield broken.problem


@rule("env.unknown-key", "warning", "error")
def unknown_key(project: Project) -> Iterator[Violation]:
    """A key that neither conda nor conda-lock reads.

    conda drops such a key with a note that few people see, so a misspelled `channel:` or
    `dependancies:` is silently nothing. Keys of other tools can be listed in the policy under
    `env.known-keys`.
    """
    from envtool.domain.policy.shapes import closest

    keys = ("name", "channels", "dependencies", "variables", "prefix", "platforms", "category")
    for spec in project.specs:
        for entry in spec.unknown_keys:
            if entry.text not in project.policy.known_keys:
                yield Violation(
                    f"conda ignores the key `{entry.text}`",
                    entry.place,
                    fix=closest(entry.text, keys)
                    or "delete it, or list it in the policy under `env.known-keys`",
                )


@rule("env.prefix-key", "warning", "error")
def prefix_key(project: Project) -> Iterator[Violation]:
    """The file names a folder of one machine.

    `conda env export` writes `prefix:` with the path on the machine of whoever exported; it
    is ignored when the environment is created by name and wrong everywhere else. It also
    publishes a user name.
    """
    for spec in project.specs:
        if spec.prefix is not None:
            message = f"`prefix: {spec.prefix.text}` is a folder of one machine"
            yield Violation(message, spec.prefix.place, fix="delete the line `prefix:`")


@rule("env.base-target", "error", "error")
def base_target(project: Project) -> Iterator[Violation]:
    """The environment would be installed into base.

    base runs conda itself: an update there can break conda for every other environment of
    the machine. Give the project an environment of its own. In a container image that holds
    nothing else, accept it on the line: `# envtool: ignore[env.base-target] image`.
    """
    for spec in project.specs:
        if spec.name is not None and spec.name.text in _BASE_NAMES:
            yield Violation(
                f"`name: {spec.name.text}` installs into conda's own environment",
                spec.name.place,
                fix="give the environment a name of its own",
            )


@rule("env.python-missing", "warning", "error")
def python_missing(project: Project) -> Iterator[Violation]:
    """Pip packages are installed, but no python is asked for.

    The `pip:` section needs a python; without one in `dependencies:` the solver takes
    whatever is newest on that day, and the next python release changes the environment.
    Environments without pip packages need no python.
    """
    for place in _pip_sections_without(project, "python"):
        yield Violation(
            "pip packages are installed into whatever python is newest",
            place,
            package="python",
            fix="add `- python=3.X` to `dependencies:`",
        )


@rule("env.pip-without-pip", "warning", "error")
def pip_without_pip(project: Project) -> Iterator[Violation]:
    """There is a `pip:` section, but pip itself is not listed.

    conda adds pip by itself and warns each time that it may take the wrong one; micromamba
    and conda-lock differ. Listing `- pip` settles it.
    """
    for place in _pip_sections_without(project, "pip"):
        yield Violation(
            "the `pip:` section needs `pip` among the dependencies",
            place,
            package="pip",
            fix="add `- pip` above the `pip:` section",
        )


def _pip_sections_without(project: Project, name: str) -> Iterator[Place]:
    """Sections of specs that neither list `name` nor stand on a spec that does."""
    production = project.of(Role.PRODUCTION)
    below = not production or any(_has(spec, name) for spec in production)
    for spec in project.specs:
        inherited = spec.role is Role.DEVELOPMENT and below
        if spec.pip and spec.pip_key and not inherited and not _has(spec, name):
            yield spec.pip_key


def _has(spec: Spec, name: str) -> bool:
    return any(dependency.spec.name == name for dependency in spec.dependencies)


RULES = (
    parse,
    merge_conflict,
    unknown_key,
    prefix_key,
    base_target,
    python_missing,
    pip_without_pip,
)

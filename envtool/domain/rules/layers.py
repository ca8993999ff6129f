"""Rules on what stands in which file: duplicates, development tools, clashes."""

from collections.abc import Iterator

from envtool.domain.composition import Demand, Demands, clashes, demands, repeated
from envtool.domain.findings import Violation
from envtool.domain.project import Project
from envtool.domain.rules.rule import Scope, rule
from envtool.domain.specs import Role


@rule("env.duplicate", "warning", "error")
def duplicate(project: Project) -> Iterator[Violation]:
    """A package stands twice in one file.

    Twice as conda package, or once as conda package and once in the `pip:` section: then pip
    overwrites the files that conda put there, and neither tool knows what is installed. Two
    lines for different platforms are no duplicate.
    """
    for spec in project.specs:
        for first, second in repeated(spec, project.catalog):
            if clashes(first, second):
                continue
            stands = f"`{second.name}` stands here {_how(first, second)}"
            yield Violation(
                f"{stands} (first in line {first.place.line})",
                second.place,
                package=second.name,
                reason=stands,
                fix="delete this line"
                if first.text == second.text
                else f"keep one of `{first.text}` and `{second.text}`",
            )


def _how(first: Demand, second: Demand) -> str:
    if first.manager == second.manager:
        return "a second time"
    return f"for {second.manager} and for {first.manager}"


@rule("env.contradiction", "error", "error")
def contradiction(project: Project) -> Iterator[Violation]:
    """Two lines of one file exclude each other.

    No package satisfies both, so the environment can not be solved: `numpy >=2` and
    `numpy <2`, for instance, or the same version in two builds.
    """
    for spec in project.specs:
        for first, second in repeated(spec, project.catalog):
            if clashes(first, second):
                excludes = f"`{second.text}` excludes `{first.text}`"
                yield Violation(
                    f"{excludes} (line {first.place.line})",
                    second.place,
                    package=second.name,
                    version=second.versions.text if second.versions else None,
                    fix="keep the one that is meant",
                    reason=excludes,
                )


@rule("env.dev-conflicts-production", "error", "error", Scope.PROJECT)
def dev_conflicts_production(project: Project) -> Iterator[Violation]:
    """Development asks for what production excludes.

    Development is a layer on top of production: a package in both files has to satisfy both
    lines, or what is tested is not what runs.
    """
    wanted = Demands()
    for spec in project.of(Role.PRODUCTION):
        for demand in demands(spec, project.catalog):
            wanted.add(demand)
    for spec in project.of(Role.DEVELOPMENT):
        for demand in demands(spec, project.catalog):
            other = next((each for each in wanted.on(demand) if clashes(each, demand)), None)
            if other is not None:
                excludes = f"`{demand.text}` excludes `{other.text}` of production"
                yield Violation(
                    f"{excludes} ({other.place})",
                    demand.place,
                    package=demand.name,
                    version=demand.versions.text if demand.versions else None,
                    fix="delete the line here: the layer below already decides",
                    reason=excludes,
                )


@rule("env.dev-tool-in-production", "warning", "error")
def dev_tool_in_production(project: Project) -> Iterator[Violation]:
    """A tool for testing, debugging or documentation is installed in production.

    Each package that production does not need is one more to keep free of vulnerabilities,
    and makes images and solves slower. Which packages count is a shipped list; a policy adds
    to it (`env.dev-tools`) and takes away (`env.runtime-tools`).
    """
    for spec in project.of(Role.PRODUCTION):
        for requirement in project.requirements(spec):
            section = project.dev_tool(requirement.name)
            if section is not None:
                yield Violation(
                    f"`{requirement.name}` is a development tool ({section})",
                    requirement.dependency.place,
                    package=requirement.name,
                    fix="move it to `environment-dev.yml`",
                    summary="development tools in production",
                )


RULES = (
    duplicate,
    contradiction,
    dev_conflicts_production,
    dev_tool_in_production,
)

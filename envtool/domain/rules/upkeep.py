"""Rules on what keeps an environment file up to date."""

from collections.abc import Iterator

from envtool.domain.findings import Violation
from envtool.domain.project import Project
from envtool.domain.rules.rule import Scope, rule


@rule("env.dependabot", "warning", "error", Scope.PROJECT)
def dependabot(project: Project) -> Iterator[Violation]:
    """Dependabot does not look after an environment file.

    The repository has a `.github/dependabot.yml`, and a folder with an `environment.yml` is in
    no update of the ecosystem `conda`: its pins are never raised, and nobody notices. Globs in
    `directories` count. Dependabot opens `environment.yml` and `environment.yaml` only, so
    files of another name are not asked for; without a `dependabot.yml` neither is anything.
    """
    config = project.dependabot
    if config is None:
        return
    if config.problem is not None:
        yield config.problem
        return
    from envtool.domain.dependabot import CONDA

    blocks = [each for each in config.updates if each.ecosystem == CONDA]
    for folder, path in config.missed().items():
        missed = f"no update of the ecosystem `{CONDA}` looks into `{folder}`"
        yield Violation(
            f"{missed} (`{path}`)",
            blocks[0].place if blocks else config.place,
            fix=f"add `{folder}` to its `directories`"
            if blocks
            else f"add an update: `package-ecosystem: {CONDA}`, `directory: {folder}`",
            reason=missed,
        )


RULES = (dependabot,)

"""Rules on services that were deployed."""

from collections.abc import Iterator

from envtool.domain.findings import Violation
from envtool.domain.project import Project
from envtool.domain.rules.rule import Scope, rule


@rule("service.unhealthy", "error", "error", Scope.SERVICE, has_line=False)
def unhealthy(project: Project) -> Iterator[Violation]:
    """A deployed service does not run, or does not answer as the policy wants it to.

    Judged by `envtool deploy --status`, with the `http`, `tcp` or `probe` that the service was
    started with; one look, which has two seconds. `envtool deploy` itself waits longer, for
    `timeout`, and goes back when a service does not answer by then.
    """
    for each in project.services or ():
        if each.why:
            yield Violation(
                f"`{each.name}` {each.why}",
                each.place,
                fix=f"read its log, then start it anew: `{each.again}`",
                summary="services do not do what they have to",
                brief=f"{each.name} {each.why}",
                reason=f"`{each.name}` is unhealthy",
            )


RULES = (unhealthy,)

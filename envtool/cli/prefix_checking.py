"""`envtool verify --prefix`."""

from envtool.cli.options import FixMode
from envtool.cli.session import Session
from envtool.domain.environments import PRODUCTION
from envtool.errors import UsageError
from envtool.workflows.prefixes import Where
from envtool.workflows.verify import VerifyRequest
from envtool.workflows.verify_prefix import verify_prefix


def check(
    run: Session,
    request: VerifyRequest,
    named: tuple[str | None, str | None, str | None],
    mode: FixMode | None,
) -> None:
    """Judge the prefix that is `named` by path, by name, or by its environment.

    Raises `UsageError` for options that are about files only.
    """
    for option, is_given in (
        ("--fix", mode is not None),
        ("--recursive", request.recursive),
        ("--new-only", request.new_only),
    ):
        if is_given:
            raise UsageError(
                f"`{option}` is about environment files, and no prefix",
                hints=(f"leave out `{option}`, or the prefix",),
            )
    prefix, name, environment = named
    where = Where(prefix, name, environment or PRODUCTION)
    run.finish(verify_prefix(run.tools, request, where))

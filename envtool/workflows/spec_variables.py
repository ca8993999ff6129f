"""The variables that environment files set."""

from collections.abc import Mapping

from envtool.domain.activation import read_variables
from envtool.domain.environments import belongs
from envtool.domain.lock_making import category
from envtool.domain.specs import Spec
from envtool.errors import UnreadableError, UsageError
from envtool.ports import Tools
from envtool.workflows.policy_files import load_policy
from envtool.workflows.projects import Target, locked_files, policy_home
from envtool.workflows.spec_files import SpecFile, error_of, load_spec


def spec_variables(tools: Tools, folder: str, environment: str) -> Mapping[str, str | None]:
    """The `variables:` of the environment files of a project, production's first.

    Those of the files that `environment` is made from. Raises `UnreadableError` when one can not
    be read or names what no environment can set, and for a broken policy.
    """
    found: dict[str, str | None] = {}
    for file in _files(tools, folder):
        outcome = load_spec(tools, file)
        if outcome.failure is not None:
            raise error_of(outcome.failure)
        if outcome.spec is not None and belongs(category(outcome.spec), environment):
            found |= _read(outcome.spec)
    return found


def _files(tools: Tools, folder: str) -> tuple[SpecFile, ...]:
    home = policy_home(tools, folder)
    policy = load_policy(tools, home).policy
    try:
        return locked_files(tools, Target(folder, home), policy)
    except UsageError:
        # There are none, or nothing was ever installed from them: it is not clear which to take.
        return ()


def _read(spec: Spec) -> dict[str, str | None]:
    try:
        return read_variables({each.name.text: each.value.text for each in spec.variables})
    except ValueError as error:
        raise UnreadableError(
            f"`{spec.path}` can not be used: {error}", hints=("mend its `variables:`",)
        ) from error

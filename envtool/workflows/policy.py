"""`envtool policy show`: each value of the policy in force, and where it comes from."""

from enum import Enum
from typing import Any

from envtool.domain.policy.model import options
from envtool.domain.policy.resolve import Resolved
from envtool.domain.results import Json, Result
from envtool.errors import UsageError
from envtool.ports import FileKind, Tools
from envtool.workflows.policy_files import PolicyError, load_policy
from envtool.workflows.projects import policy_home


def show_policy(tools: Tools, folder: str) -> Result:
    """The policy that holds in `folder`; the defaults where there is none.

    Raises `UsageError` when `folder` is no folder; a policy that can not be read becomes
    failures of the result.
    """
    if tools.files.kind(folder) is not FileKind.FOLDER:
        raise UsageError(f"`{folder}` is no folder", hints=("name the folder of a project",))
    home = policy_home(tools, folder)
    try:
        resolved = load_policy(tools, home)
    except PolicyError as error:
        count = len(error.failures)
        headline = f"Failed: the policy has {count} error{'s' if count > 1 else ''}"
        return Result(command="policy show", headline=headline, failures=error.failures)
    return Result(
        command="policy show",
        headline=f"Policy of `{home}`: profile `{resolved.policy.profile}`",
        data={"options": _options(resolved), "rules": _rules(resolved)},
    )


def _options(resolved: Resolved) -> list[Json]:
    return [
        {
            "key": ".".join(option.key),
            "value": as_json(getattr(resolved.policy, name)),
            "origin": resolved.policy.origins[name],
            "help": option.doc,
        }
        for name, option in options().items()
        if name != "rules"
    ]


def _rules(resolved: Resolved) -> list[Json]:
    levels = resolved.policy.rules
    origin = resolved.policy.origins["rules"]
    return [
        {
            "rule": rule,
            "severity": severity.value if severity else "off",
            "origin": origin
            if rule in levels or rule.partition(".")[0] in levels
            else f"default ({resolved.policy.profile})",
        }
        for rule, severity in resolved.policy.severities.items()
    ]


def as_json(value: Any) -> Json:  # noqa: ANN401 - whatever a shape has read
    """A value of a policy as it would be written in TOML."""
    if isinstance(value, Enum):
        return value.name.lower()
    if isinstance(value, dict):
        return {name: as_json(each) for name, each in value.items()}
    if hasattr(value, "_asdict"):
        return {key: as_json(each) for key, each in value._asdict().items() if each is not None}
    if isinstance(value, tuple):
        return [as_json(each) for each in value]
    return value if isinstance(value, (bool, int, str)) or value is None else str(value)

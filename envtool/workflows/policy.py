"""`envtool policy show`: each value of the policy in force, where it stands, what is wrong."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any

from envtool.domain.findings import Place
from envtool.domain.judge import Selection, judge
from envtool.domain.policy.model import options
from envtool.domain.policy.records import Profile
from envtool.domain.policy.resolve import Resolved
from envtool.domain.project import Project
from envtool.domain.results import Json, Result
from envtool.domain.secrets import MASK, is_secret_variable, mask
from envtool.errors import UsageError
from envtool.ports import FileKind, Tools
from envtool.workflows.policy_files import PolicyError, load_policy
from envtool.workflows.projects import policy_home

# The rules that need nothing but the policy, whatever the day.
_PROBLEMS = Selection(select=frozenset({"policy", "waivers.not-allowed"}))


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowRequest:
    """Which policy to show.

    Attributes:
        folder: of the project; its policy may stand further up.
        today: the day on which it is judged.
        profile: instead of the policy's own.
        policy_from: as for `verify`: a git revision or `FILE@sha256:HASH`.
    """

    folder: str
    today: date
    profile: Profile | None = None
    policy_from: str | None = None


def show_policy(tools: Tools, request: ShowRequest) -> Result:
    """The policy that judges in a folder, the defaults where there is none, and its problems.

    Raises `UsageError` when that is no folder, and what `load_policy` raises; a policy that can
    not be read becomes failures of the result.
    """
    folder = request.folder
    if tools.files.kind(folder) is not FileKind.FOLDER:
        raise UsageError(f"`{folder}` is no folder", hints=("name the folder of a project",))
    home = policy_home(tools, folder)
    try:
        resolved = load_policy(tools, home, request.profile, request.policy_from)
    except PolicyError as error:
        count = len(error.failures)
        headline = f"Failed: the policy has {count} error{'s' if count > 1 else ''}"
        return Result(command="policy show", headline=headline, failures=error.failures)
    findings = judge(_project(tools, request, home, resolved), _PROBLEMS).findings
    return Result(
        command="policy show",
        headline=_headline(request, home, resolved, len(findings)),
        findings=findings,
        fail_on=resolved.policy.fail_on,
        data={
            "files": list[Json](resolved.texts)[::-1],
            "options": _options(resolved),
            "rules": _rules(resolved),
        },
    )


def _headline(request: ShowRequest, home: str, resolved: Resolved, count: int) -> str:
    name = f"`{home}`"
    if request.policy_from:
        name = f"`{request.policy_from.partition('@')[0]}` for {name}"
    problems = f", with {count} problem{'s' if count > 1 else ''}" if count else ""
    return f"Policy of {name}: profile `{resolved.policy.profile}`{problems}"


def _project(tools: Tools, request: ShowRequest, home: str, resolved: Resolved) -> Project:
    """A project of nothing but its policy."""
    return Project(
        root=home,
        specs=(),
        policy=resolved.policy,
        waiver_places=resolved.waiver_places,
        policy_texts=resolved.texts,
        unknown_keys=resolved.unknown,
        weakened=resolved.weakened,
        catalog=tools.shipped.catalog(),
        today=request.today,
    )


def _options(resolved: Resolved) -> list[Json]:
    return [
        {
            "key": ".".join(option.key),
            "value": as_json(getattr(resolved.policy, name)),
            "origin": resolved.policy.origins[name],
            "places": _places(resolved.places[name]),
            "help": option.doc,
        }
        for name, option in options().items()
        if name != "rules"
    ]


def _rules(resolved: Resolved) -> list[Json]:
    return [
        {
            "rule": rule,
            "severity": severity.value if severity else "off",
            "origin": resolved.policy.origins[f"rules.{rule}"],
            "places": _places(resolved.places[f"rules.{rule}"]),
        }
        for rule, severity in resolved.policy.severities.items()
    ]


def _places(places: tuple[Place, ...]) -> list[Json]:
    return [{"path": each.path, "line": each.line, "column": each.column} for each in places]


def as_json(value: Any) -> Json:  # noqa: ANN401 - whatever a shape has read
    """A value of a policy as it would be written in TOML."""
    if isinstance(value, Enum):
        return value.name.lower()
    if isinstance(value, Mapping):
        return {name: _unless_secret(name, each) for name, each in value.items()}
    if hasattr(value, "_asdict"):
        return {key: as_json(each) for key, each in value._asdict().items() if each is not None}
    if isinstance(value, tuple):
        return [as_json(each) for each in value]
    if isinstance(value, str):
        return mask(value)
    return value if isinstance(value, (bool, int, float)) or value is None else str(value)


def _unless_secret(name: str, value: Any) -> Json:  # noqa: ANN401 - the same
    """What stands behind a name in a table; it may be a variable with a credential."""
    is_secret = isinstance(value, str) and is_secret_variable(name, value)
    return MASK if is_secret else as_json(value)

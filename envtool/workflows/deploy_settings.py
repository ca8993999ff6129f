"""What is deployed at one place, and the values of its settings, read at the last moment."""

import os.path
import posixpath
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import NamedTuple

from envtool.domain.policy.deploy_options import Deployed, DeployProfile, Preparation
from envtool.domain.policy.model import Policy
from envtool.domain.policy.settings_shapes import Reference, Setting
from envtool.errors import EnvtoolError, UsageError
from envtool.ports import Tools
from envtool.workflows.test_rig import with_lines

_LIMIT = 1 << 16
# What is shorter stands in every second line, and keeps no secret.
_LEAST = 4


class Plan(NamedTuple):
    """What is deployed.

    Attributes:
        profile: its name; empty without one.
        environment: of the lock.
        groups: categories of the lock besides.
        before: commands, with all their settings.
        services: in the order of the start, with all their settings.
    """

    profile: str
    environment: str
    groups: tuple[str, ...]
    before: tuple[Preparation, ...]
    services: tuple[Deployed, ...]


def plan_of(policy: Policy, name: str | None) -> Plan:
    """What a profile of the policy deploys; the only one there is needs not be named.

    Raises `UsageError` when there is none of the name, or it is not clear which.
    """
    name, profile = _profile(policy.deploy_profiles, name)
    shared = {**policy.deploy_variables, **profile.variables}
    services = _services(policy, name, profile)
    return Plan(
        name,
        profile.environment,
        profile.groups,
        tuple(
            each._replace(variables={**shared, **each.variables}) for each in policy.deploy_before
        ),
        tuple(each._replace(variables={**shared, **each.variables}) for each in services),
    )


def _profile(profiles: Mapping[str, DeployProfile], name: str | None) -> tuple[str, DeployProfile]:
    listed = tuple(f"`--to {each}`" for each in profiles)
    if name is None:
        if len(profiles) > 1:
            raise UsageError("it is not said where to deploy", hints=(" or ".join(listed),))
        return next(iter(profiles.items()), ("", DeployProfile()))
    if name not in profiles:
        there = f"there are {', '.join(listed)}" if listed else f"add `[deploy.profiles.{name}]`"
        raise UsageError(f"the policy has no profile `{name}`", hints=(there,))
    return name, profiles[name]


def _services(policy: Policy, name: str, profile: DeployProfile) -> tuple[Deployed, ...]:
    known = {each.name: each for each in policy.deploy_services}
    if len(known) < len(policy.deploy_services):
        raise UsageError(
            "two services of the policy have one name", hints=("mend `[[deploy.services]]`",)
        )
    if profile.services is None:
        return policy.deploy_services
    unknown = [each for each in profile.services if each not in known]
    if unknown:
        raise UsageError(
            f"the profile `{name}` names `{unknown[0]}`, and there is no such service",
            hints=("add it as `[[deploy.services]]`",),
        )
    return tuple(each for each in policy.deploy_services if each.name in profile.services)


class Values(NamedTuple):
    """What references stand for, and what of it nothing may show."""

    found: Mapping[Reference, str]
    hidden: tuple[str, ...]

    def __repr__(self) -> str:
        """Without any of them: whatever shows this is no place for secrets."""
        return f"<values of {len(self.found)} references>"

    def of(self, variables: Mapping[str, Setting]) -> dict[str, str]:
        """`variables` with their values; without those that are not known."""
        known = {
            name: self.found.get(each) if isinstance(each, Reference) else each
            for name, each in variables.items()
        }
        return {name: each for name, each in known.items() if each is not None}

    def and_those_of(self, other: "Values") -> "Values":
        """These, and those of `other`."""
        return Values({**other.found, **self.found}, (*self.hidden, *other.hidden))


def read_values(tools: Tools, folder: str, every: Iterable[Mapping[str, Setting]]) -> Values:
    """The values of all references in `every`; files are relative to `folder`.

    Raises `UsageError` for all that are missing.
    """
    references = [each for table in every for each in table.values() if isinstance(each, Reference)]
    found: dict[Reference, str] = {}
    missing: list[str] = []
    for each in dict.fromkeys(references):
        try:
            found[each] = _read(tools, folder, each)
        except (EnvtoolError, ValueError) as error:
            missing.append(f"{each} {_why(error)}")
    if missing:
        raise UsageError(
            f"settings are missing: {', '.join(missing)}",
            hints=("set them for whoever deploys, or mend `[deploy]` in the policy",),
        )
    return Values(found, _hidden(found.values()))


def known_secrets(tools: Tools, folder: str, policy: Policy) -> tuple[str, ...]:
    """What nothing may show of what the policy refers to anywhere, as far as that can be read."""
    tables = [policy.deploy_variables]
    tables += (each.variables for each in policy.deploy_before)
    tables += (each.variables for each in policy.deploy_services)
    tables += (each.variables for each in policy.deploy_profiles.values())
    found: list[str] = []
    for each in (setting for table in tables for setting in table.values()):
        if isinstance(each, Reference):
            with suppress(EnvtoolError, ValueError):
                found.append(_read(tools, folder, each))
    return _hidden(found)


def _hidden(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(_forms(with_lines(each for each in values if len(each) >= _LEAST)))


def _why(error: Exception) -> str:
    return str(error) if isinstance(error, ValueError) else "can not be read"


def _read(tools: Tools, folder: str, reference: Reference) -> str:
    """One value; raises `ValueError` with the reason, and `EnvtoolError`, without the value."""
    if reference.env is not None:
        value = tools.processes().variables().get(reference.env)
        if value is None:
            raise ValueError("is not set")
    else:
        path = os.path.normpath(posixpath.join(folder, reference.file or ""))
        try:
            value = tools.files.read(path, _LIMIT).decode("utf-8").rstrip("\r\n")
        except UnicodeDecodeError:
            raise ValueError("is no text") from None
    if not value or "\0" in value:
        raise ValueError("is empty" if not value else "holds a zero byte")
    return value


def _forms(secrets: Iterable[str]) -> Iterator[str]:
    """Each secret as it is, and as it stands in URLs and in JSON or a `repr`."""
    from json import dumps
    from urllib.parse import quote, quote_plus

    for each in secrets:
        yield from dict.fromkeys((
            each, quote(each, safe=""), quote(each), quote_plus(each), dumps(each)[1:-1],
            repr(each)[1:-1],
        ))  # fmt: skip

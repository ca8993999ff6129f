"""The options that say what is demanded of environment files.

The first half of the policy; `model.py` has the rest.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from envtool.conda_versions import Strictness
from envtool.domain.findings import Severity
from envtool.domain.policy.collections import Table, Texts
from envtool.domain.policy.option import option
from envtool.domain.policy.record_shapes import EXTENDS, NAME, PATTERN
from envtool.domain.policy.records import Level, Profile, Vendored
from envtool.domain.policy.shapes import Choice, Flag, RuleLevels, Text, VersionRange

LAYERS = ("core-system", "core-dependencies", "database", "application", "development")

_PIN = Choice({step.name.lower(): step for step in reversed(Strictness)}, neutral=True)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FileOptions:
    """What is demanded of environment files; every field is an option."""

    profile: Profile = option(
        "profile",
        Choice({word.value: word for word in reversed(Profile)}),
        "the defaults: `recommended` passes a decent ordinary project, `strict` is every "
        "pattern to the letter",
        recommended=Profile.RECOMMENDED,
        strict=Profile.STRICT,
    )
    extends: Vendored | None = option(
        "extends",
        EXTENDS,
        "a shared policy that is vendored into the repository; this one may only tighten it",
        recommended=None,
    )
    fail_on: Severity = option(
        "fail-on",
        Choice({word.value: word for word in reversed(Severity)}),
        "a finding of this severity or worse makes the exit status 1",
        recommended=Severity.ERROR,
    )
    rules: Mapping[str, Level] = option(
        "rules",
        RuleLevels({word.value: word for word in Level}),
        "the severity of a rule (`pins.direct`) or of a family (`pins`), or `off`",
        recommended={},
    )
    production_files: tuple[str, ...] = option(
        "files.production",
        Texts(PATTERN),
        "the production environment files of a project",
        recommended=("environment.yml", "environment.yaml"),
    )
    development_files: tuple[str, ...] = option(
        "files.development",
        Texts(PATTERN),
        "the development environment files, layers on top of production",
        recommended=("environment-dev.yml", "environment-dev.yaml"),
    )
    known_keys: tuple[str, ...] = option(
        "env.known-keys",
        Texts(Text(), added=True),
        "keys of environment files that another tool reads",
        recommended=(),
    )
    dev_tools: tuple[str, ...] = option(
        "env.dev-tools",
        Texts(NAME, removed=True),
        "development tools besides the shipped list",
        recommended=(),
    )
    runtime_tools: tuple[str, ...] = option(
        "env.runtime-tools",
        Texts(NAME, added=True),
        "packages of the shipped list of development tools that production really needs",
        recommended=(),
    )
    layers: Mapping[str, tuple[str, ...]] = option(
        "layers",
        Table(Texts(NAME), names=LAYERS),
        "packages that belong to another layer than the shipped list says",
        recommended={},
    )
    groups: Mapping[str, tuple[str, ...]] = option(
        "groups",
        Table(Texts(NAME)),
        "packages that are updated together",
        recommended={},
    )
    production_pin: Strictness = option(
        "pins.production",
        _PIN,
        "the least pin of a direct dependency of production",
        recommended=Strictness.COMPATIBLE,
        strict=Strictness.FULL,
    )
    development_pin: Strictness = option(
        "pins.development",
        _PIN,
        "the least pin of a direct dependency of development",
        recommended=Strictness.NONE,
        strict=Strictness.MINOR,
    )
    layer_pins: Mapping[str, Strictness] = option(
        "pins.layers",
        Table(_PIN, names=LAYERS),
        "the least pin in a layer of production, before `pins.production`",
        recommended={},
    )
    package_pins: Mapping[str, Strictness] = option(
        "pins.packages",
        Table(_PIN),
        "the least pin of a package (or pattern) in any file, before all others",
        recommended={"pip": Strictness.NONE},
        strict={},
    )
    lock_satisfies: bool = option(
        "pins.lock-satisfies",
        Flag(weak=True),
        "whether a lock that is in sync is pin enough for what an environment file leaves open",
        recommended=True,
        strict=False,
    )
    constraints: Mapping[str, str] = option(
        "constraints",
        Table(VersionRange(), removed=True),
        "ranges that a package must stay in, listed in a file or not",
        recommended={},
    )

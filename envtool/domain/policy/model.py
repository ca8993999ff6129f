"""The policy: every option once, with its shape, its defaults and its documentation.

Reading, the JSON schema, `envtool policy show`, the reference in the README and the test of
what is weaker all follow from the fields below.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any, NamedTuple

from envtool.conda_versions import Strictness
from envtool.domain.findings import Severity
from envtool.domain.policy.collections import AllowList, Records, Table, Texts
from envtool.domain.policy.licenses import LicenseList
from envtool.domain.policy.record_shapes import (
    BAN,
    CHANNEL,
    EXTENDS,
    NAME,
    PATTERN,
    STATED_LICENSE,
    WAIVER,
)
from envtool.domain.policy.records import (
    Ban,
    Extends,
    Level,
    LicenseLists,
    Profile,
    StatedLicense,
    Waiver,
)
from envtool.domain.policy.shapes import (
    Choice,
    Days,
    Flag,
    RuleLevels,
    Shape,
    Text,
    VersionRange,
)
from envtool.domain.specs import Role

LAYERS = ("core-system", "core-dependencies", "database", "application", "development")


class Option(NamedTuple):
    """What is known about one option besides its value."""

    key: tuple[str, ...]
    shape: Shape
    doc: str
    recommended: Any
    strict: Any

    def default(self, profile: Profile) -> Any:
        """The value that `profile` gives it."""
        return self.strict if profile is Profile.STRICT else self.recommended


def _option(key: str, shape: Shape, doc: str, *, recommended: Any, strict: Any = ...) -> Any:
    option = Option(
        key=tuple(key.split(".")),
        shape=shape,
        doc=doc,
        recommended=recommended,
        strict=recommended if strict is ... else strict,
    )
    return field(metadata={"option": option})


_PIN = Choice({step.name.lower(): step for step in reversed(Strictness)}, neutral=True)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Policy:
    """What is demanded of an environment; every field but the last two is an option."""

    profile: Profile = _option(
        "profile",
        Choice({word.value: word for word in reversed(Profile)}),
        "the defaults: `recommended` passes a decent ordinary project, `strict` is every "
        "pattern to the letter",
        recommended=Profile.RECOMMENDED,
        strict=Profile.STRICT,
    )
    extends: Extends | None = _option(
        "extends",
        EXTENDS,
        "a shared policy that is vendored into the repository; this one may only tighten it",
        recommended=None,
    )
    fail_on: Severity = _option(
        "fail-on",
        Choice({word.value: word for word in reversed(Severity)}),
        "a finding of this severity or worse makes the exit status 1",
        recommended=Severity.ERROR,
    )
    rules: Mapping[str, Level] = _option(
        "rules",
        RuleLevels({word.value: word for word in Level}),
        "the severity of a rule (`pins.direct`) or of a family (`pins`), or `off`",
        recommended={},
    )
    production_files: tuple[str, ...] = _option(
        "files.production",
        Texts(PATTERN),
        "the production environment files of a project",
        recommended=("environment.yml", "environment.yaml"),
    )
    development_files: tuple[str, ...] = _option(
        "files.development",
        Texts(PATTERN),
        "the development environment files, layers on top of production",
        recommended=("environment-dev.yml", "environment-dev.yaml"),
    )
    known_keys: tuple[str, ...] = _option(
        "env.known-keys",
        Texts(Text(), added=True),
        "keys of environment files that another tool reads",
        recommended=(),
    )
    dev_tools: tuple[str, ...] = _option(
        "env.dev-tools",
        Texts(NAME, removed=True),
        "development tools besides the shipped list",
        recommended=(),
    )
    runtime_tools: tuple[str, ...] = _option(
        "env.runtime-tools",
        Texts(NAME, added=True),
        "packages of the shipped list of development tools that production really needs",
        recommended=(),
    )
    layers: Mapping[str, tuple[str, ...]] = _option(
        "layers",
        Table(Texts(NAME), names=LAYERS),
        "packages that belong to another layer than the shipped list says",
        recommended={},
    )
    groups: Mapping[str, tuple[str, ...]] = _option(
        "groups",
        Table(Texts(NAME)),
        "packages that are updated together",
        recommended={},
    )
    production_pin: Strictness = _option(
        "pins.production",
        _PIN,
        "the least pin of a direct dependency of production",
        recommended=Strictness.COMPATIBLE,
        strict=Strictness.FULL,
    )
    development_pin: Strictness = _option(
        "pins.development",
        _PIN,
        "the least pin of a direct dependency of development",
        recommended=Strictness.NONE,
        strict=Strictness.MINOR,
    )
    layer_pins: Mapping[str, Strictness] = _option(
        "pins.layers",
        Table(_PIN, names=LAYERS),
        "the least pin in a layer of production, before `pins.production`",
        recommended={},
    )
    package_pins: Mapping[str, Strictness] = _option(
        "pins.packages",
        Table(_PIN),
        "the least pin of a package (or pattern) in any file, before all others",
        recommended={"pip": Strictness.NONE},
        strict={},
    )
    lock_satisfies: bool = _option(
        "pins.lock-satisfies",
        Flag(weak=True),
        "whether a lock that is in sync is pin enough for what an environment file leaves open",
        recommended=True,
        strict=False,
    )
    constraints: Mapping[str, str] = _option(
        "constraints",
        Table(VersionRange(), removed=True),
        "ranges that a package must stay in, listed in a file or not",
        recommended={},
    )
    allowed_channels: tuple[str, ...] = _option(
        "channels.allowed",
        AllowList(CHANNEL),
        "the only channels that may be used; the empty list allows all",
        recommended=(),
        strict=("conda-forge",),
    )
    channel_order: tuple[str, ...] = _option(
        "channels.order",
        Texts(CHANNEL),
        "channels that must stand in this order, highest priority first, where they are used",
        recommended=("conda-forge", "bioconda", "defaults"),
    )
    mirrors: Mapping[str, tuple[str, ...]] = _option(
        "channels.mirrors",
        Table(Texts(CHANNEL), added=True),
        "URLs that serve the packages of a channel (or of all below a URL like "
        "`https://conda.anaconda.org`); what comes from there counts as that channel's",
        recommended={},
    )
    allowed_licenses: tuple[str, ...] = _option(
        "licenses.allow",
        LicenseList(grows=False),
        "the only licences that locked packages may have, as SPDX identifiers or patterns like "
        "`BSD-*`; the empty list allows all that the other two do not name",
        recommended=(),
    )
    reviewed_licenses: tuple[str, ...] = _option(
        "licenses.review",
        LicenseList(grows=True),
        "licences that somebody has to look at, package by package; before `licenses.allow`",
        recommended=(),
    )
    denied_licenses: tuple[str, ...] = _option(
        "licenses.deny",
        LicenseList(grows=True),
        "licences that no locked package may have; before the other two, unless those name the "
        "exception: `GPL-3.0-only WITH GCC-exception-3.1`",
        recommended=(),
    )
    stated_licenses: Mapping[str, StatedLicense] = _option(
        "licenses.packages",
        Table(STATED_LICENSE, added=True),
        "the licence of a package (or pattern) where its record has none or a wrong one",
        recommended={},
    )
    bans: tuple[Ban, ...] = _option(
        "bans",
        Records(BAN, removed="drops the ban of"),
        "packages that may not be used",
        recommended=(),
    )
    waivers: tuple[Waiver, ...] = _option(
        "waivers",
        Records(WAIVER, added="adds the waiver of"),
        "findings that are accepted for now",
        recommended=(),
    )
    waiver_days: int = _option(
        "waiving.max-days",
        Days(limit=True),
        "the longest time that a waiver may still run",
        recommended=365,
        strict=90,
    )
    waiver_notice_days: int = _option(
        "waiving.notice-days",
        Days(limit=False),
        "how long before its end a waiver is announced",
        recommended=14,
    )
    inline_ignores: bool = _option(
        "waiving.inline",
        Flag(weak=True),
        "whether `# envtool: ignore[rule] reason` counts",
        recommended=True,
    )
    never_waived: tuple[str, ...] = _option(
        "waiving.never",
        Texts(Text(what="a rule id or a family"), removed=True),
        "rules (or families) that nobody may waive, neither by a waiver nor inline",
        recommended=(),
    )
    origins: Mapping[str, str]
    severities: Mapping[str, Severity | None]

    @property
    def licenses(self) -> LicenseLists:
        """The lists that licences are judged by."""
        return LicenseLists(self.allowed_licenses, self.reviewed_licenses, self.denied_licenses)

    def pin(self, role: Role, layer: str, package: str) -> Strictness:
        """The least pin of a direct dependency: of the package, else the layer, else the file."""
        from fnmatch import fnmatchcase

        for pattern, step in self.package_pins.items():
            if fnmatchcase(package, pattern.lower()):
                return step
        if role is Role.DEVELOPMENT or layer == "development":
            return self.development_pin
        return self.layer_pins.get(layer, self.production_pin)


@cache
def options() -> Mapping[str, Option]:
    """Every option by the name of its field, in the order of the reference."""
    return {
        each.name: each.metadata["option"] for each in fields(Policy) if "option" in each.metadata
    }

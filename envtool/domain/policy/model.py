"""The policy: every option once, with its shape, its defaults and its documentation.

Reading, the JSON schema, `envtool policy show`, the reference in the README and the test of
what is weaker all follow from the fields below.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache

from envtool.conda_versions import Strictness
from envtool.domain.findings import Severity
from envtool.domain.policy.collections import AllowList, Records, Table, Texts
from envtool.domain.policy.deploy_options import DeployOptions
from envtool.domain.policy.file_options import LAYERS
from envtool.domain.policy.licenses import LicenseList
from envtool.domain.policy.option import Option, option
from envtool.domain.policy.record_shapes import (
    BAN,
    CHANNEL,
    NAME,
    STATED_LICENSE,
    WAIVER,
)
from envtool.domain.policy.records import (
    Archives,
    Artifact,
    Ban,
    LicenseLists,
    StatedLicense,
    UpdateKind,
    Waiver,
)
from envtool.domain.policy.shapes import Choice, Days, Flag, Text
from envtool.domain.specs import Role

__all__ = ["LAYERS", "Policy", "options"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Policy(DeployOptions):
    """What is demanded of an environment; every field but the last two is an option."""

    auto_updates: tuple[UpdateKind, ...] = option(
        "updates.auto",
        Texts(Choice({word.value: word for word in UpdateKind}, neutral=True), added=True),
        "kinds of changes that `envtool update` lets pass without a review",
        recommended=(UpdateKind.PATCH, UpdateKind.MINOR, UpdateKind.REBUILD, UpdateKind.REMOVED),
        strict=(UpdateKind.PATCH, UpdateKind.REBUILD),
    )
    reviewed_updates: tuple[str, ...] = option(
        "updates.review",
        Texts(NAME, removed=True),
        "packages (or patterns) whose every change needs a review; before `updates.auto`",
        recommended=(),
    )
    cooldown_days: int = option(
        "updates.cooldown-days",
        Days(least=True),
        "how old a build has to be before `envtool update` takes it",
        recommended=0,
        strict=7,
    )
    artifacts: tuple[Artifact, ...] = option(
        "export.artifacts",
        Texts(Choice({word.value: word for word in Artifact}, neutral=True), removed=True),
        "what `envtool export` writes into `recovery/`: `explicit` lists, pip `requirements`, "
        "pinned `environment` files, a bill of materials (`sbom`), the `recovery` page with its "
        "scripts, a `changelog`",
        recommended=(
            Artifact.EXPLICIT,
            Artifact.REQUIREMENTS,
            Artifact.RECOVERY,
            Artifact.CHANGELOG,
        ),
        strict=tuple(Artifact),
    )
    allowed_channels: tuple[str, ...] = option(
        "channels.allowed",
        AllowList(CHANNEL),
        "the only channels that may be used; the empty list allows all",
        recommended=(),
        strict=("conda-forge",),
    )
    channel_order: tuple[str, ...] = option(
        "channels.order",
        Texts(CHANNEL),
        "channels that must stand in this order, highest priority first, where they are used",
        recommended=("conda-forge", "bioconda", "defaults"),
    )
    mirrors: Mapping[str, tuple[str, ...]] = option(
        "channels.mirrors",
        Table(Texts(CHANNEL), added=True),
        "URLs that serve the packages of a channel (or of all below a URL like "
        "`https://conda.anaconda.org`); what comes from there counts as that channel's",
        recommended={},
    )
    allowed_licenses: tuple[str, ...] = option(
        "licenses.allow",
        LicenseList(grows=False),
        "the only licences that locked packages may have, as SPDX identifiers or patterns like "
        "`BSD-*`; the empty list allows all that the other two do not name",
        recommended=(),
    )
    reviewed_licenses: tuple[str, ...] = option(
        "licenses.review",
        LicenseList(grows=True),
        "licences that somebody has to look at, package by package; before `licenses.allow`",
        recommended=(),
    )
    denied_licenses: tuple[str, ...] = option(
        "licenses.deny",
        LicenseList(grows=True),
        "licences that no locked package may have; before the other two, unless those name the "
        "exception: `GPL-3.0-only WITH GCC-exception-3.1`",
        recommended=(),
    )
    stated_licenses: Mapping[str, StatedLicense] = option(
        "licenses.packages",
        Table(STATED_LICENSE, added=True),
        "the licence of a package (or pattern) where its record has none or a wrong one",
        recommended={},
    )
    post_link: tuple[str, ...] = option(
        "recreate.post-link",
        Texts(NAME, added=True),
        "packages (or patterns) whose post-link scripts `envtool recreate` runs; those of all "
        "others are named and not run",
        recommended=(),
    )
    archives: Archives = option(
        "recreate.archives",
        Choice({word.value: word for word in Archives}),
        "whether the archives of installed packages are `kept`, so that a generation can be built "
        "again when its channel has lost them, or `none` of them",
        recommended=Archives.NONE,
        strict=Archives.KEPT,
    )
    bans: tuple[Ban, ...] = option(
        "bans",
        Records(BAN, removed="drops the ban of"),
        "packages that may not be used",
        recommended=(),
    )
    waivers: tuple[Waiver, ...] = option(
        "waivers",
        Records(WAIVER, added="adds the waiver of"),
        "findings that are accepted for now",
        recommended=(),
    )
    waiver_days: int = option(
        "waiving.max-days",
        Days(limit=True),
        "the longest time that a waiver may still run",
        recommended=365,
        strict=90,
    )
    waiver_notice_days: int = option(
        "waiving.notice-days",
        Days(),
        "how long before its end a waiver is announced",
        recommended=14,
    )
    inline_ignores: bool = option(
        "waiving.inline",
        Flag(weak=True),
        "whether `# envtool: ignore[rule] reason` counts",
        recommended=True,
    )
    never_waived: tuple[str, ...] = option(
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

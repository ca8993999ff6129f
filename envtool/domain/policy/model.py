"""The policy: every option once, with its shape, its defaults and its documentation.

Reading, the JSON schema, `envtool policy show`, the reference in the README and the test of
what is weaker all follow from the fields below.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache

from envtool.conda_versions import Strictness
from envtool.domain.auditing.sources import PUBLISHED
from envtool.domain.findings import Severity
from envtool.domain.policy.amounts import Days, Percent, Score
from envtool.domain.policy.collections import AllowList, Records, Table, Texts
from envtool.domain.policy.deploy_options import DeployOptions
from envtool.domain.policy.file_options import LAYERS
from envtool.domain.policy.licenses import LicenseList
from envtool.domain.policy.limits import Limit, Witness
from envtool.domain.policy.option import Option, option
from envtool.domain.policy.record_shapes import (
    BAN,
    CHANNEL,
    NAME,
    PATTERN,
    PRODUCT,
    SIGNING,
    STATED_LICENSE,
    TRUST_ROOT,
    URL,
    WAIVER,
)
from envtool.domain.policy.records import (
    Archives,
    Artifact,
    Ban,
    Decision,
    LicenseLists,
    Signing,
    StatedLicense,
    UpdateKind,
    Vendored,
    Waiver,
)
from envtool.domain.policy.shapes import Choice, Flag, Text
from envtool.domain.policy.signatures import SignatureTable
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
    security_updates: Decision = option(
        "updates.security",
        Choice({word.value: word for word in Decision}),
        "whether a patch or minor change that mends a known vulnerability passes without a review, "
        "as long as only what it needs changes besides",
        recommended=Decision.AUTO,
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
    signatures: Mapping[str, Signing] = option(
        "signatures.channels",
        SignatureTable(SIGNING),
        "whose signatures (CEP 27) the packages of a channel have to bear, by its name or URL; "
        "`*` is for all others",
        recommended={},
    )
    trust_root: Vendored | None = option(
        "signatures.trust-root",
        TRUST_ROOT,
        "a `trusted_root.json` of Sigstore in the repository, by which signatures are judged; "
        "without it the one of the public instance that comes with py-rattler",
        recommended=None,
    )
    project_index: str = option(
        "freshness.project-index",
        Witness(r"(?:https?|file)://\S+", "the URL of an index like `https://pypi.org/simple`"),
        "the index that says which Python projects are archived (PEP 792), where "
        "`freshness.archived` is on",
        recommended="https://pypi.org/simple",
    )
    max_age_days: int | None = option(
        "freshness.max-age-days",
        Limit("days"),
        "how long ago a locked build may have been made; without it `envtool audit` says no more "
        "than which is the oldest",
        recommended=None,
    )
    max_majors_behind: int | None = option(
        "freshness.max-majors-behind",
        Limit("major versions"),
        "how many major versions a package may be behind the newest one of its channel",
        recommended=None,
    )
    audit_coverage: int = option(
        "audit.min-coverage",
        Percent(),
        "how much of the packages, in percent, `envtool audit` has to know advisories for",
        recommended=0,
    )
    audit_age_days: int = option(
        "audit.max-age-days",
        Days(limit=True),
        "how old the data may be that an audit rests on",
        recommended=7,
        strict=2,
    )
    audit_score: float = option(
        "audit.min-score",
        Score(),
        "the least CVSS score of a vulnerability that counts; what is below is a note, unless "
        "it is known to be exploited or has no score",
        recommended=0,
    )
    audit_vex: tuple[str, ...] = option(
        "audit.vex",
        Texts(PATTERN, added=True),
        "VEX documents (OpenVEX or CycloneDX, JSON), relative to the policy: what does not "
        "affect you, and why",
        recommended=(),
    )
    audit_sources: Mapping[str, str] = option(
        "audit.sources",
        Table(URL, names=tuple(PUBLISHED), added=True, removed=True),
        "where `envtool audit` reads a source of advisories instead of where it is published",
        recommended={},
    )
    audited_products: Mapping[str, tuple[str, ...]] = option(
        "audit.products",
        Table(Texts(PRODUCT), added=True, removed=True),
        "what a conda package is for those who write advisories, where envtool does not know it or "
        'takes it for another: `our-curl = ["curl/libcurl"]`; `["none"]` for nothing',
        recommended={},
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

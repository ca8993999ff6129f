"""The patterns that envtool is there for, each with the command or rule that answers it.

The README's table is made from this, and a test holds that what is named exists.
"""

from typing import NamedTuple


class Pattern(NamedTuple):
    """One line of the patterns: and the `rules` and `commands` that answer it."""

    section: str
    pattern: str
    rules: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()


PATTERNS = (
    Pattern(
        "Environment structure",
        "base conda, project environment and development tools apart; isolated, reproducible"
        " on every platform, resolved consistently",
        rules=("env.base-target", "prefix.base-dirty", "env.prefix-key", "pins.build-string"),
        commands=("lock",),
    ),
    Pattern(
        "Environment types",
        "production: minimal, optimised, security-focused; development: testing, debugging and"
        " documentation tools",
        rules=("env.dev-tool-in-production", "env.dev-conflicts-production", "pins.editable"),
    ),
    Pattern(
        "Maintenance",
        "update, test, export, commit; regular updates, dependency health checks, lock file"
        " maintenance",
        rules=(
            "lock.in-sync",
            "prefix.missing",
            "prefix.extra",
            "prefix.changed-version",
            "prefix.unsatisfied",
            "prefix.missing-file",
        ),
        commands=("lock", "update", "test", "export", "commit", "verify"),
    ),
    Pattern(
        "Layered installation",
        "core system, core dependencies, database layer, application layer, in this order",
        rules=("env.contradiction", "env.dev-conflicts-production"),
        commands=("policy show", "recreate"),
    ),
    Pattern(
        "Version control",
        "strict pins for direct dependencies, compatible ranges for transitive ones, regular"
        " audits",
        rules=(
            "pins.direct",
            "pins.pip-direct",
            "pins.wildcard",
            "pins.python-minor",
            "pins.constraints",
        ),
        commands=("audit",),
    ),
    Pattern(
        "Build process",
        "multi-stage builds, dependency caching, health verification at each stage",
        commands=("recreate", "deploy"),
    ),
    Pattern(
        "Automated updates",
        "weekly Dependabot checks, security patches first, grouped updates",
        rules=("env.dependabot",),
        commands=("update", "init", "audit", "policy show"),
    ),
    Pattern(
        "Version policies",
        "major updates need review, security patches are approved automatically, compatibility"
        " testing is mandatory",
        rules=(
            "evidence.untested",
            "evidence.failed",
            "evidence.unapproved-major",
            "policy.weakened",
        ),
        commands=("update", "test", "approve", "commit", "evidence import"),
    ),
    Pattern(
        "Rollback procedures",
        "version lock files kept, rollback scripts prepared, recovery documentation",
        rules=("lock.present", "lock.complete", "lock.artifacts-in-sync", "lock.records-missing"),
        commands=("rollback", "export"),
    ),
    Pattern(
        "Build caching", "conda packages, node modules, build artifacts", commands=("recreate",)
    ),
    Pattern(
        "Layer optimisation",
        "base, dependency and application layers cached apart",
        commands=("recreate",),
    ),
    Pattern(
        "Cache invalidation",
        "by version, by checksum, regular clean-up",
        commands=("cache verify", "cache prune", "cache clean", "recreate"),
    ),
    Pattern(
        "Supply chain",
        "conda channel verification, package signature validation, licence compliance",
        rules=(
            "channels.allowed",
            "channels.defaults",
            "channels.order",
            "channels.http",
            "channels.label",
            "channels.per-package",
            "channels.url-outside-channel",
            "channels.altered",
            "channels.shadowed",
            "freshness.removed-upstream",
            "signatures.missing",
            "signatures.invalid",
            "signatures.wrong-publisher",
            "signatures.unavailable",
            "pins.url-or-vcs",
            "lock.hashes",
            "lock.md5-only",
            "lock.same-url-two-hashes",
            "prefix.altered-file",
            "licenses.deny",
            "licenses.review",
            "licenses.not-allowed",
            "licenses.unknown",
            "licenses.ambiguous",
            "licenses.no-data",
        ),
        commands=("audit",),
    ),
    Pattern(
        "Vulnerability management",
        "regular audits, automated patching, CVE monitoring",
        rules=(
            "advisories.vulnerable",
            "advisories.unconfirmed",
            "advisories.not-covered",
            "advisories.stale-data",
            "advisories.unavailable",
            "bans.deny",
            "pins.constraints",
        ),
        commands=("audit", "update", "audit db"),
    ),
    Pattern(
        "Input and files",
        "input validation, output sanitisation, secure file handling",
        rules=("env.parse", "env.merge-conflict", "env.unknown-key", "policy.unknown-key"),
        commands=("verify", "export"),
    ),
    Pattern(
        "Deployment",
        "dependency stage, application stage, verification stage",
        commands=("deploy",),
    ),
    Pattern(
        "Configuration",
        "environment-specific settings, secret management, feature flags",
        rules=("secrets.token-in-url", "secrets.secret-in-variables", "channels.credential"),
        commands=("policy show", "deploy"),
    ),
    Pattern(
        "Validation",
        "environment verification, dependency validation, service health checks",
        rules=(
            "env.duplicate",
            "env.contradiction",
            "env.python-missing",
            "env.pip-without-pip",
            "lock.inconsistent",
            "lock.conda-pip-duplicate",
            "service.unhealthy",
        ),
        commands=("verify", "test", "deploy"),
    ),
    Pattern(
        "Monitoring",
        "dependency health, build performance, update impact",
        rules=(
            "freshness.age",
            "freshness.majors-behind",
            "freshness.cooldown",
            "freshness.archived",
            "waivers.expired",
            "waivers.expires-soon",
            "waivers.unused",
            "waivers.too-long",
            "waivers.not-allowed",
        ),
        commands=("audit", "update", "test", "recreate"),
    ),
    Pattern(
        "Recovery: version conflict",
        "detect, export environment, create fresh, import",
        rules=("env.contradiction", "env.dev-conflicts-production"),
        commands=("recreate",),
    ),
    Pattern(
        "Recovery: vulnerability",
        "alert, update environment, test, deploy",
        commands=("audit", "update", "test", "deploy"),
    ),
    Pattern(
        "Recovery: build failure",
        "log, clean environment, recreate, verify",
        commands=("recreate",),
    ),
    Pattern(
        "System recovery",
        "environment recreation, cache clean-up, fresh installation; rebuild, verification,"
        " service restart",
        commands=("recreate", "rollback", "cache verify", "cache clean", "deploy"),
    ),
    Pattern(
        "Version documentation",
        "environment changes, breaking changes, migration guides; build and cache changes;"
        " recovery steps, commands, verification checks",
        commands=("update", "export", "commit"),
    ),
    Pattern(
        "Maintenance documentation",
        "regular tasks, troubleshooting (issue, resolution, prevention), best practices",
        commands=("explain", "export"),
    ),
)

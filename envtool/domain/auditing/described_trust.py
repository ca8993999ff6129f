"""What an audit found out besides vulnerabilities, as JSON."""

from envtool.domain.auditing.facts import AuditFacts
from envtool.domain.auditing.signatures import Signature, worst
from envtool.domain.auditing.upstream import Upstream
from envtool.domain.results import Json


def described_trust(facts: AuditFacts) -> dict[str, Json]:
    """Each package's signature, each archive in its channel, each project that is at its end."""
    count = facts.signature_count
    return {
        "signatures": {
            "signed": count.signed if count else None,
            "total": count.total if count else None,
            "packages": [_signature(each) for each in worst(facts.signatures)],
        },
        "upstream": [_upstream(each) for each in facts.upstream],
        "projects": {
            name: {"state": status.state.value, "reason": status.reason or None}
            for name, status in facts.projects.known.items()
        },
    }


def _signature(each: Signature) -> Json:
    return {
        "name": each.name,
        "version": each.version,
        "channel": each.channel,
        "mode": each.signing.mode.value,
        "state": each.state.value,
        "reason": each.reason or None,
        "identity": each.identity or None,
        "issuer": each.issuer or None,
    }


def _upstream(each: Upstream) -> Json:
    return {
        "name": each.subject.name,
        "version": each.subject.version,
        "build": each.artifact.build or None,
        "platform": each.artifact.platform or None,
        "channel": each.channel,
        "presence": each.presence.value,
        "reason": each.reason or None,
        "built": each.built.isoformat(timespec="seconds") if each.built else None,
        "newest": each.newest or None,
        "majors_behind": each.behind if each.newest else None,
        "shadowed_by": each.rival._asdict() if each.rival else None,
    }

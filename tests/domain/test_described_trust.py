"""What an audit found out besides vulnerabilities, as JSON."""

import json

from envtool.domain.auditing.described_trust import described_trust
from envtool.domain.auditing.facts import AuditFacts
from envtool.domain.auditing.project_status import ProjectsFound, ProjectState, ProjectStatus
from envtool.domain.auditing.signatures import Signature, SignatureCount, SignatureState
from envtool.domain.auditing.upstream import Rival, compare, unknown
from envtool.domain.policy.records import SignatureMode, Signing
from tests.audited_channels import LOCK, NOW
from tests.domain.test_upstream import CHANNEL, LOWER, record, searched


def test_everything_is_in_it() -> None:
    asked = searched(record(), record("2.0"))
    there = compare(asked)._replace(rival=Rival(LOWER, "9.0"))
    away = unknown(asked.subject, asked.artifact, CHANNEL, "why", None)
    signed = Signature(
        "app",
        "1.0",
        asked.artifact.url,
        CHANNEL,
        Signing(SignatureMode.WARN),
        SignatureState.VERIFIED,
        identity="me",
        issuer="https://i.org",
    )
    facts = AuditFacts(
        LOCK,
        NOW,
        (),
        signatures=(signed,),
        upstream=(there, away),
        projects=ProjectsFound({"app": ProjectStatus(ProjectState.ARCHIVED)}),
        signature_count=SignatureCount(1, 2),
    )
    found = json.loads(json.dumps(described_trust(facts)))
    assert found["signatures"] == {
        "signed": 1,
        "total": 2,
        "packages": [
            {
                "name": "app",
                "version": "1.0",
                "channel": CHANNEL,
                "mode": "warn",
                "state": "verified",
                "reason": None,
                "identity": "me",
                "issuer": "https://i.org",
            }
        ],
    }
    first, second = found["upstream"]
    assert first == {
        "name": "app",
        "version": "1.0",
        "build": "0",
        "platform": "linux-64",
        "channel": CHANNEL,
        "presence": "listed",
        "reason": None,
        "built": "2023-11-14T22:13:20+00:00",
        "newest": "2.0",
        "majors_behind": 1,
        "shadowed_by": {"channel": LOWER, "version": "9.0"},
    }
    assert (second["presence"], second["reason"], second["majors_behind"]) == (
        "unknown",
        "why",
        None,
    )
    assert found["projects"] == {"app": {"state": "archived", "reason": None}}


def test_nothing_is_in_it_where_nobody_looked() -> None:
    assert described_trust(AuditFacts(LOCK, NOW, ())) == {
        "signatures": {"signed": None, "total": None, "packages": []},
        "upstream": [],
        "projects": {},
    }

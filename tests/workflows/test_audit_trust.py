"""What an audit asks besides vulnerabilities, all together."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from envtool.adapters import connect
from envtool.domain.auditing.facts import AuditFacts
from envtool.domain.auditing.identity import Certainty, Coordinate, Ecosystem, Identity
from envtool.domain.auditing.signatures import SignatureState
from envtool.domain.auditing.standings import Standing, State
from envtool.domain.auditing.subjects import Artifact, Subject
from envtool.domain.findings import Place
from envtool.domain.installed import Installed, InstalledPackage
from envtool.domain.judge import Selection, judge
from envtool.domain.lock_reader import read_lock
from envtool.domain.solving import CondaRecord
from envtool.ports import Tools
from envtool.workflows.audit_trust import Trust, TrustRequest, trust_lines, trust_of, trusting
from tests.audited_channels import LINUX, LOCK, NOW, auditor, entries, milliseconds, sha256, subject
from tests.channels import record, write_records
from tests.judging import SHIPPED, environment, policy, project
from tests.signed_channels import demand
from tests.signing import Claim, LocalSigstore, sidecar

SIGSTORE = LocalSigstore()


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tools:
    monkeypatch.chdir(tmp_path)
    return auditor(tmp_path, monkeypatch)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "channel"


def signed(folder: Path, *names: str) -> str:
    """A channel of `a`, `b` and `c`, of which some are signed; its URL."""
    (folder / "noarch").mkdir(parents=True)
    records = []
    for name in ("a", "b", "c"):
        more = {}
        if name in names:
            claim = Claim(f"{name}-1.0-0.conda", sha256(name, "1.0"), folder.as_uri())
            content = sidecar(SIGSTORE.bundle(claim))
            more["attestations_sha256"] = hashlib.sha256(content).hexdigest()
            path = folder / f"noarch/{claim.file_name}.sigs.{more['attestations_sha256']}"
            path.write_bytes(content)
        built = milliseconds("2024-11-30")
        records.append(record(name, "1.0", timestamp=built, license=f"{name.upper()}0", **more))
    return write_records(folder, records)


def demanding(folder: Path, channel: str) -> str:
    """A policy that requires signatures of a channel."""
    demand(folder, SIGSTORE, channel)
    return (folder / "envtool.toml").read_text("utf-8")


def asked(tools: Tools, url: str, toml: str = "", **more: Any) -> Trust:
    subjects = more.pop("subjects", tuple(subject(url, each, "1.0") for each in "abc"))
    request = TrustRequest(
        folder=".",
        policy=policy(toml).policy,
        subjects=subjects,
        channels=entries([url]),
        **more,
    )
    return trust_of(tools, request)


def states(trust: Trust) -> dict[str, SignatureState]:
    return {each.name: each.state for each in trust.signatures}


def test_without_a_policy_signatures_are_counted(tools: Tools, folder: Path) -> None:
    found = asked(tools, signed(folder, "a"))
    assert found.signatures == ()
    assert found.signature_count is not None
    assert tuple(found.signature_count) == (1, 3)
    assert len(found.upstream) == 3
    assert found.skipped == ()


def test_with_a_policy_each_package_has_a_state(tools: Tools, folder: Path, tmp_path: Path) -> None:
    url = signed(folder, "a", "b")
    other = subject(url, "a", "0.9")
    altered = subject(url, "b", "1.0")
    altered = altered._replace(
        name="b", artifacts=(altered.artifacts[0]._replace(sha256="0" * 64),)
    )
    found = asked(
        tools,
        url,
        demanding(tmp_path, url),
        subjects=(subject(url, "a", "1.0"), altered, subject(url, "c", "1.0")),
    )
    assert states(found) == {
        "a": SignatureState.VERIFIED,
        "b": SignatureState.INVALID,
        "c": SignatureState.MISSING,
    }
    assert found.signature_count is None
    lines = trust_lines(trusting(AuditFacts(LOCK, NOW, ()), found), policy().policy)
    assert lines[0] == "signatures: 1 of 3 packages verified"
    assert states(asked(tools, url, demanding(tmp_path, url), subjects=(other,))) == {
        "a": SignatureState.MISSING
    }
    assert asked(tools, url, demanding(tmp_path, "conda-forge")).signatures == ()


def test_what_was_recorded_is_verified_even_when_the_channel_lists_another(
    tools: Tools, folder: Path, tmp_path: Path
) -> None:
    url = signed(folder, "a")
    (known,) = (each.record for each in asked(tools, url).upstream[:1])
    assert known is not None
    content = json.loads((folder / "noarch/repodata.json").read_text())
    content["packages.conda"]["a-1.0-0.conda"]["sha256"] = "0" * 64
    (folder / "noarch/repodata.json").write_text(json.dumps(content))
    found = asked(
        connect(),
        url,
        demanding(tmp_path, url),
        subjects=(subject(url, "a", "1.0"),),
        known={known.url: known},
    )
    assert [each.presence.value for each in found.upstream] == ["altered"]
    assert states(found) == {"a": SignatureState.VERIFIED}


def test_a_channel_that_is_not_there_verifies_nothing(
    tools: Tools, folder: Path, tmp_path: Path
) -> None:
    url = signed(folder, "a")
    records = {each.record.url: each.record for each in asked(tools, url).upstream if each.record}
    toml = demanding(tmp_path, url)
    gone = folder / "noarch/repodata.json"
    gone.unlink()
    again = connect()
    found = asked(again, url, toml)
    assert set(states(found).values()) == {SignatureState.RETRIEVAL_FAILED}
    assert found.signatures[0].reason == found.upstream[0].reason
    assert len(found.skipped) == 1
    # What the lock recorded is enough for the one that is signed.
    assert states(asked(again, url, toml, known=records)) == {
        "a": SignatureState.VERIFIED,
        "b": SignatureState.RETRIEVAL_FAILED,
        "c": SignatureState.RETRIEVAL_FAILED,
    }
    assert asked(again, url).signature_count is None


def test_lines_stand_where_no_policy_asks(tools: Tools, folder: Path) -> None:
    found = asked(tools, signed(folder))
    facts = trusting(AuditFacts(LOCK, NOW, ()), found)
    assert trust_lines(facts, policy().policy) == (
        "signatures: no channel has one for any of 3 packages",
        "freshness: the oldest build is `a 1.0` (730 days)",
        "freshness: 0 of 3 packages are a major version or more behind",
    )
    limited = policy("[freshness]\nmax-age-days = 9").policy
    assert len(trust_lines(facts, limited)) == 1
    behind = policy("[freshness]\nmax-majors-behind = 9").policy
    assert trust_lines(facts._replace(signature_count=None), behind) == ()


def licences(trust: Trust) -> dict[str, str | None]:
    return {each.name: each.license for each in trust.subjects}


def test_licences_come_from_the_channel(tools: Tools, folder: Path) -> None:
    url = signed(folder)
    stated = subject(url, "b", "1.0", license="MIT")
    found = asked(tools, url, subjects=(subject(url, "a", "1.0"), stated))
    assert licences(found) == {"a": "A0", "b": "MIT"}


def test_licences_come_from_records_prefixes_and_caches(
    tools: Tools, folder: Path, tmp_path: Path
) -> None:
    url = folder.as_uri()
    subjects = tuple(subject(url, each, "1.0") for each in "abcd")
    pip = Subject("pip", "e", "1.0", (Artifact(LINUX, ""),), Place("conda-lock.yml"))
    installed = [
        InstalledPackage("b", "1.0", "conda", "conda-meta/b.json", license="OF-PREFIX"),
        InstalledPackage("c", "2.0", "conda", "conda-meta/c.json", license="OTHER"),
        InstalledPackage("d", "1.0", "conda", "conda-meta/d.json"),
        InstalledPackage("e", "1.0", "pip", "e.dist-info", license="OF-PIP"),
    ]
    info = tmp_path / "cache/packages/c-1.0-0/info"
    info.mkdir(parents=True)
    (info / "index.json").write_text('{"license": "OF-CACHE", "subdir": "noarch"}')
    known = _record(f"{url}/noarch/a-1.0-0.conda", "OF-RECORD")
    silent = _record(f"{url}/noarch/d-1.0-0.conda", None)
    prefix = Installed(root=str(tmp_path), packages=tuple(installed))
    found = asked(
        tools,
        url,
        subjects=(*subjects, pip),
        known={known.url: known, silent.url: silent},
        prefixes=(prefix,),
    )
    assert licences(found) == {
        "a": "OF-RECORD",
        "b": "OF-PREFIX",
        "c": "OF-CACHE",
        "d": None,
        "e": "OF-PIP",
    }


def _record(url: str, license_: str | None) -> CondaRecord:
    return CondaRecord(
        "a", "1.0", "0", "noarch", url, "", "", "", (), (), license_, None, None, None
    )


CONDA_LOCK = """\
version: 1
metadata:
  content_hash: {linux-64: x}
  channels: [{url: conda-forge, used_env_vars: []}]
  platforms: [linux-64]
  sources: [environment.yml]
package:
"""


def test_the_rules_on_licences_judge_a_bare_lock(tools: Tools, folder: Path) -> None:
    """A `conda-lock.yml` records no licence: files alone fail closed, an audit looks them up."""
    url = signed(folder)
    entry = (
        "- name: a\n  version: '1.0'\n  manager: conda\n  platform: linux-64\n  dependencies: {}\n"
        f"  url: {url}/noarch/a-1.0-0.conda\n  hash: {{md5: '', sha256: {sha256('a', '1.0')}}}\n"
        "  category: main\n  optional: false\n"
    )
    toml = "[licenses]\nallow = ['MIT']"
    lock = read_lock(CONDA_LOCK + entry, "conda-lock.yml", tools.yaml.parse)
    assert lock is not None
    bare = project(environment("a"), toml=toml, lock=lock)
    rules = [each.rule for each in judge(bare, Selection()).findings]
    assert "licenses.no-data" in rules
    line = lock.packages[0].line
    found = asked(tools, url, toml, subjects=(subject(url, "a", "1.0", line=line),))
    audited = replace(
        bare,
        locks=found.licensed,
        licenses=SHIPPED.licenses(),
        audit=trusting(AuditFacts(LOCK, NOW, ()), found),
    )
    (finding,) = judge(audited, Selection()).findings
    assert finding.rule == "licenses.unknown"
    assert "`a 1.0` is licensed under `A0`" in finding.message
    assert (finding.place.path, finding.place.line) == ("conda-lock.yml", line)


def test_packages_of_nowhere_are_judged_too(tools: Tools) -> None:
    lost = Subject("pip", "a", "1.0", (Artifact(LINUX, ""),), Place("env"), categories=("dev",))
    other = lost._replace(name="b", place=Place("other"))
    found = asked(tools, "file:///nowhere", subjects=(lost, other, lost._replace(version="2")))
    assert {
        lock.path: [(each.url, each.category) for each in lock.packages] for lock in found.licensed
    } == {
        "env": [("pip:a@1.0", "dev"), ("pip:a@2", "dev")],
        "other": [("pip:b@1.0", "dev")],
    }


@pytest.mark.parametrize(
    ("toml", "asks"),
    [
        ("", False),
        ("[freshness]\nmax-age-days = 9", True),
        ("[freshness]\nmax-majors-behind = 0", True),
        ("[updates]\ncooldown-days = 1", True),
        ("[licenses]\ndeny = ['MIT']", True),
        ("[signatures.channels]\n'*' = { mode = 'warn' }", True),
    ],
)
def test_offline_channels_are_looked_at_where_the_policy_demands_it(
    tools: Tools, folder: Path, toml: str, *, asks: bool
) -> None:
    url = signed(folder, "a")
    del tools
    found = asked(connect(offline=True), url, toml)
    presences = {each.presence.value for each in found.upstream}
    assert presences == ({"listed"} if asks else {"unknown"})
    assert [each.reason for each in found.skipped] == ([] if asks else ["this is offline"])
    pip = Subject("pip", "a", "1.0", (Artifact(LINUX, ""),), LOCK)
    assert asked(connect(offline=True), url, subjects=(pip,)).skipped == ()


def test_the_index_is_asked_for_projects_where_the_rule_is_on(tools: Tools, tmp_path: Path) -> None:
    url = tmp_path.as_uri()
    pypi = Coordinate(Ecosystem.PYPI, "a")
    standings = tuple(
        Standing(subject(url, name, "1.0"), Identity(Certainty.MAPPED, known), State.NO_KNOWN)
        for name, known in (("a", (pypi,)), ("b", (pypi._replace(name="b"),)), ("c", ()))
    )
    on = f"freshness.project-index = '{url}'\n[rules]\n'freshness.archived' = 'warning'"
    found = asked(tools, url, on, subjects=(), standings=standings)
    assert set(found.projects.unknown) == {"a", "b"}
    (skip,) = found.skipped
    assert (skip.what, skip.reason[:18]) == ("freshness.archived", "2 of 2 projects: `")
    assert trusting(AuditFacts(LOCK, NOW, ()), found).projects == found.projects
    assert not asked(tools, url, subjects=(), standings=standings).projects.unknown
    assert not asked(tools, url, on, subjects=(), standings=standings[2:]).projects.unknown
    silent = asked(tools, url, on, subjects=(standings[0].subject,))
    assert [each.reason for each in silent.skipped if each.what == "freshness.archived"] == [
        "it is not known which projects are behind the packages"
    ]


def test_what_nobody_records_is_to_be_asked_for_again(tools: Tools, tmp_path: Path) -> None:
    toml = "[licenses]\nallow = ['MIT']"
    found = asked(tools, tmp_path.as_uri(), toml, subjects=(subject("file:///x", "a", "1.0"),))
    audited = replace(
        project(environment("a"), toml=toml),
        locks=found.licensed,
        audit=trusting(AuditFacts(LOCK, NOW, ()), found),
    )
    (finding,) = judge(audited, Selection()).findings
    assert finding.rule == "licenses.no-data"
    assert (finding.fix or "").startswith("audit again with the channels in reach, or state them")

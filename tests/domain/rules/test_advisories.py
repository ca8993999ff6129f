"""The rules on vulnerabilities: messages, waivers, thresholds, coverage, age."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from envtool.domain.auditing.facts import AuditFacts
from envtool.domain.auditing.identity import Certainty, Identity
from envtool.domain.auditing.standings import Exploitation, SourceState, Standing, State
from envtool.domain.auditing.subjects import Subject
from envtool.domain.findings import Finding, Place, Severity
from envtool.domain.ignores import find_ignores
from envtool.domain.judge import Judgement, Selection, judge
from envtool.errors import ExitCode
from tests.audits import COOKIES, TARFILE, URLLIB3, X400, advisory
from tests.domain.test_vex import standing
from tests.judging import TODAY, project

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
PLACE = Place("conda-lock.yml")
OPENSSL = standing("openssl", "3.0.7", X400)
URLLIB = standing("urllib3", "1.26.4", COOKIES, URLLIB3)
PYTHON = standing("python", "3.12.0", TARFILE)
ZLIB = Standing(
    Subject("conda", "zlib", "1.3", (), PLACE),
    Identity(Certainty.NOT_PYTHON),
    State.NOT_AUDITED,
    reason="no source of advisories has zlib",
)
WAIVER = """
[[waivers]]
rule = "{rule}"
advisory = "{advisory}"
reason = "no cookies here"
owner = "me"
expires = 2027-01-31
"""


def audited(
    *standings: Standing,
    toml: str = "",
    sources: tuple[SourceState, ...] = (),
    spec: str | None = None,
) -> Judgement:
    made = project(spec, toml=toml)
    ignores = tuple(each for one in made.specs for each in find_ignores(one.lines, one.path))
    facts = AuditFacts(PLACE, NOW, standings, sources)
    return judge(replace(made, audit=facts, ignores=ignores), Selection())


def of(judgement: Judgement, rule: str) -> list[Finding]:
    return [each for each in judgement.findings if each.rule == f"advisories.{rule}"]


def with_path(found: Standing, *path: str) -> Standing:
    return found._replace(subject=found.subject._replace(path=path))


def test_one_finding_a_package_names_what_is_known() -> None:
    found = with_path(URLLIB, "requests", "urllib3")
    hits = (
        found.hits[0]._replace(
            exploitation=Exploitation(known=True, due="2026-12-01", probability=0.42)
        ),
        found.hits[1],
    )
    (finding,) = of(audited(found._replace(hits=hits)), "vulnerable")
    assert finding.message == (
        "`urllib3 1.26.4` is vulnerable: CVE-2023-43804 (known to be exploited, EPSS 42 %, CVSS 8.1,"
        " fixed in 1.26.17), CVE-2023-45803 (CVSS 4.2, fixed in 1.26.18),"
        " through `requests` -> `urllib3`"
    )
    assert finding.fix == "take 1.26.18 or newer: `envtool audit --fix`"
    assert (finding.package, finding.version, finding.severity) == (
        "urllib3",
        "1.26.4",
        Severity.ERROR,
    )
    assert finding.place == Place("conda-lock.yml", 7)
    assert finding.cause is ExitCode.NO
    assert [each.id for each in finding.exposures] == ["CVE-2023-43804", "CVE-2023-45803"]
    assert finding.exposures[0].url == "https://www.cve.org/CVERecord?id=CVE-2023-43804"
    assert finding.exposures[1].text == (
        "Request body is not stripped after a redirect (CVSS 4.2, fixed in 1.26.18)"
    )


@pytest.mark.parametrize(
    ("probability", "shown"),
    [(0.97, "EPSS 97 %"), (0.1, "EPSS 10 %"), (0.031, "EPSS 3.1 %"), (0.0002, "EPSS < 0.1 %")],
)
def test_small_probabilities_keep_a_digit(probability: float, shown: str) -> None:
    hit = OPENSSL.hits[0]._replace(exploitation=Exploitation(probability=probability))
    (finding,) = of(audited(OPENSSL._replace(hits=(hit,))), "vulnerable")
    assert shown in finding.message


@pytest.mark.parametrize(
    ("fixes", "fix"),
    [
        (("1.27", "1.28"), "take 1.28 or newer: `envtool audit --fix`"),
        (("2.0.7",), "take 2.0.7 or newer: `envtool audit --fix`"),
        (("1.27", None), "`envtool audit --fix` mends some; of the others no fix is known"),
        (
            (None,),
            "no fix is known: replace it, or see what it takes: `envtool audit --explain urllib3`",
        ),
    ],
)
def test_the_fix_is_what_to_type(fixes: tuple[str | None, ...], fix: str) -> None:
    found = [advisory(f"GHSA-{i}", "PyPI/urllib3", each) for i, each in enumerate(fixes)]
    (finding,) = of(audited(standing("urllib3", "1.26.4", *found)), "vulnerable")
    assert finding.fix == fix
    assert finding.exposures[0].url == "https://osv.dev/vulnerability/GHSA-0"


@pytest.mark.parametrize(
    ("fixes", "fix"),
    [
        (("1.27",), "take 1.27 or newer"),
        (("1.27", None), "a newer version mends some; of the others no fix is known"),
    ],
)
def test_what_is_installed_is_not_updated_by_a_command(
    fixes: tuple[str | None, ...], fix: str
) -> None:
    found = [advisory(f"GHSA-{i}", "PyPI/urllib3", each) for i, each in enumerate(fixes)]
    there = standing("urllib3", "1.26.4", *found)
    there = there._replace(subject=there.subject._replace(place=Place(".envtool/envs/x")))
    (finding,) = of(audited(there), "vulnerable")
    assert finding.fix == fix


def test_many_are_counted() -> None:
    many = [advisory(f"GHSA-{number}", "PyPI/a", "9") for number in range(8)]
    (finding,) = of(audited(standing("a", "1", *many)), "vulnerable")
    assert finding.message.endswith("GHSA-4 (fixed in 9) and 3 more")
    assert len(finding.exposures) == 8
    assert finding.exposures[0].text == "GHSA-0 (fixed in 9)"


def test_a_waiver_of_one_is_none_of_the_others() -> None:
    toml = WAIVER.format(rule="advisories.vulnerable", advisory="cve-2023-43804")
    opened, waived = sorted(
        of(audited(URLLIB, toml=toml), "vulnerable"), key=lambda f: not f.is_open
    )
    assert [each.id for each in opened.exposures] == ["CVE-2023-45803"]
    assert [each.id for each in waived.exposures] == ["CVE-2023-43804"]
    assert waived.waived is not None
    assert waived.waived.reason == "no cookies here"


@pytest.mark.parametrize("name", ["PYSEC-2023-192", "CVE-2023-43804"])
def test_a_waiver_takes_any_id(name: str) -> None:
    toml = WAIVER.format(rule="advisories", advisory=name)
    (finding,) = of(audited(standing("urllib3", "1.26.4", COOKIES), toml=toml), "vulnerable")
    assert not finding.is_open


@pytest.mark.parametrize(
    "toml",
    [
        WAIVER.format(rule="advisories.unconfirmed", advisory="CVE-2023-43804"),
        WAIVER.format(rule="advisories.vulnerable", advisory="CVE-2023-1"),
        WAIVER.format(rule="advisories.vulnerable", advisory="CVE-2023-43804").replace(
            "2027", "2026"
        ),
        WAIVER.format(rule="advisories.vulnerable", advisory="CVE-2023-43804")
        + "package = 'requests'",
        WAIVER.format(rule="advisories.vulnerable", advisory="CVE-2023-43804")
        + "path = 'pixi.lock'",
        WAIVER.format(rule="advisories.vulnerable", advisory="CVE-2023-43804")
        + "[waiving]\nnever = ['advisories.vulnerable']",
    ],
    ids=["rule", "advisory", "expired", "package", "path", "never"],
)
def test_a_waiver_that_does_not_count_splits_nothing(toml: str) -> None:
    (finding,) = of(audited(URLLIB, toml=toml), "vulnerable")
    assert finding.is_open
    assert len(finding.exposures) == 2


def test_a_waiver_of_the_package_is_one_of_all() -> None:
    toml = WAIVER.format(rule="advisories", advisory="x").replace(
        'advisory = "x"', 'package = "urllib*"'
    )
    (finding,) = of(audited(URLLIB, toml=toml), "vulnerable")
    assert not finding.is_open


def test_what_is_in_doubt_is_waived_by_its_id_too() -> None:
    toml = WAIVER.format(rule="advisories.unconfirmed", advisory="CVE-2007-4559")
    (finding,) = of(audited(PYTHON, toml=toml), "unconfirmed")
    assert not finding.is_open


SPEC = "channels: [conda-forge]\ndependencies:\n- urllib3=1.26  # envtool: ignore[advisories] no network\n"


@pytest.mark.parametrize(
    ("path", "is_open"), [(("urllib3",), False), (("requests", "urllib3"), True)]
)
def test_an_inline_ignore_counts_at_the_line_that_asks_for_it(
    path: tuple[str, ...],
    is_open: bool,  # noqa: FBT001
) -> None:
    (finding,) = of(audited(with_path(URLLIB, *path), spec=SPEC), "vulnerable")
    assert finding.is_open is is_open


@pytest.mark.parametrize(
    ("least", "known", "severity"),
    [
        ("8.1", False, Severity.ERROR),
        ("8.2", False, Severity.INFO),
        ("8.2", True, Severity.ERROR),
    ],
)
def test_below_the_least_score_it_is_a_note_unless_exploited(
    least: str,
    known: bool,  # noqa: FBT001 - a column of the table
    severity: Severity,
) -> None:
    hits = (URLLIB.hits[0]._replace(exploitation=Exploitation(known)), URLLIB.hits[1])
    (finding,) = of(
        audited(URLLIB._replace(hits=hits), toml=f"[audit]\nmin-score = {least}"), "vulnerable"
    )
    assert finding.severity is severity


def test_without_a_score_it_counts() -> None:
    found = standing("a", "1", advisory("GHSA-1", "PyPI/a", "2"))
    (finding,) = of(audited(found, toml="[audit]\nmin-score = 9.9"), "vulnerable")
    assert finding.severity is Severity.ERROR


def test_what_is_in_doubt_is_a_note_with_the_reason() -> None:
    (finding,) = of(audited(PYTHON), "unconfirmed")
    assert finding.severity is Severity.INFO
    assert finding.message == (
        "`python 3.12.0` may be affected:"
        " CVE-2007-4559 (CVSS 9.8, the advisory does not say where it ends)"
    )
    assert finding.fix == "read them, then waive them: `envtool audit --explain python`"
    assert of(audited(PYTHON), "vulnerable") == []


@pytest.mark.parametrize(
    ("percent", "message"),
    [
        (0, None),
        (66, None),
        (67, "66 % of the packages were audited, and 67 % are asked for: not `zlib`"),
        (100, "66 % of the packages were audited, and 100 % are asked for: not `zlib`"),
    ],
)
def test_coverage_is_asked_for_by_the_policy(percent: int, message: str | None) -> None:
    found = of(
        audited(OPENSSL, PYTHON, ZLIB, toml=f"[audit]\nmin-coverage = {percent}"), "not-covered"
    )
    assert [each.message for each in found] == ([message] if message else [])
    assert [each.fix for each in found] == (
        ["see why: `envtool audit --explain zlib`"] if message else []
    )


def source(name: str, days: int | None, error: str = "") -> SourceState:
    fetched = None if days is None else NOW - timedelta(days=days)
    return SourceState(name, "https://x", fetched, error=error)


def test_old_data_is_told_once() -> None:
    sources = (source("openssl", 7), source("kev", 8), source("curl", 30), source("epss", None))
    (finding,) = of(audited(sources=sources), "stale-data")
    assert (
        finding.message
        == "the data of advisories is older than 7 days: kev 8 days old, curl 30 days old"
    )
    assert finding.fix == "fetch it anew: `envtool audit db update`"
    assert finding.severity is Severity.WARNING
    assert of(audited(sources=sources[:1]), "stale-data") == []
    (finding,) = of(audited(sources=sources, toml="[audit]\nmax-age-days = 1"), "stale-data")
    assert finding.message.startswith(
        "the data of advisories is older than 1 day: openssl 7 days old"
    )


def test_a_source_that_could_not_be_asked_has_an_exit_status_of_its_own() -> None:
    sources = (
        source("openssl", None, "no route"),
        source("kev", None, "status 500"),
        source("curl", 1, "x"),
    )
    first, second = of(audited(sources=sources), "unavailable")
    assert first.message == "`openssl` could not be asked: no route"
    assert (first.severity, first.cause) == (Severity.ERROR, ExitCode.UNAVAILABLE)
    assert second.message == "`kev` could not be asked: status 500"
    assert second.severity is Severity.WARNING


def test_the_rules_are_not_judged_elsewhere() -> None:
    assert not any(
        each.rule.startswith("advisories") for each in judge(project(SPEC), Selection()).findings
    )
    assert NOW.date() == TODAY

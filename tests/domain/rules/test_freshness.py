"""Rules on age, and on what the channels list today."""

from dataclasses import replace
from datetime import timedelta

import pytest

from envtool.domain.auditing.facts import AuditFacts
from envtool.domain.auditing.identity import Certainty, Coordinate, Ecosystem, Identity
from envtool.domain.auditing.project_status import ProjectsFound, ProjectState, ProjectStatus
from envtool.domain.auditing.standings import Standing, State
from envtool.domain.auditing.upstream import Presence, Rival, Upstream
from envtool.domain.findings import Finding, Place, Severity
from envtool.domain.judge import Judgement, Selection, judge
from envtool.domain.rules import channel_contents, freshness
from tests.audited_channels import LOCK, NOW, artifact, subject
from tests.domain.test_upstream import record
from tests.judging import environment, project

CHANNEL = "https://example.org/channel"


def upstream(name: str = "app", days: int | None = 10, **more: object) -> Upstream:
    """A package that was built some days ago."""
    package = subject(CHANNEL, name, "1.0", line=5)
    built = None if days is None else int((NOW - timedelta(days=days)).timestamp() * 1000)
    plain = Upstream(
        package,
        package.artifacts[0],
        CHANNEL,
        Presence.LISTED,
        record=record(name=name, timestamp=built),
        newest="1.0",
    )
    return plain._replace(**more)  # type: ignore[arg-type] # fields of it


def judged(*found: Upstream, toml: str = "", strict: bool = False) -> Judgement:
    facts = AuditFacts(LOCK, NOW, (), upstream=found)
    text = ("profile = 'strict'\n" if strict else "") + toml
    return judge(replace(project(environment("a"), toml=text), audit=facts), Selection())


def only(judgement: Judgement) -> Finding:
    (found,) = judgement.findings
    return found


OLD = "[freshness]\nmax-age-days = 30"
BEHIND = "[freshness]\nmax-majors-behind = 1"
YOUNG = "[updates]\ncooldown-days = 7"


def test_an_old_build_is_named_with_the_way_on() -> None:
    found = only(judged(upstream(days=31, newest="1.1"), toml=OLD))
    assert (found.rule, found.severity) == ("freshness.age", Severity.WARNING)
    assert found.message == "`app 1.0` was built 31 days ago, more than 30"
    assert (found.fix, found.place) == ("`envtool update app`", Place("conda-lock.yml", 5))
    assert only(judged(upstream(days=31), toml=OLD, strict=True)).severity is Severity.ERROR


def test_what_has_nothing_newer_may_be_abandoned() -> None:
    found = only(judged(upstream(days=31), toml=OLD))
    assert found.message.endswith(", and its channel has no newer version")
    assert found.fix == "find out whether anybody still maintains it"


@pytest.mark.parametrize(
    ("days", "toml"), [(30, OLD), (0, OLD), (9999, ""), (7, YOUNG), (9999, BEHIND)]
)
def test_without_a_limit_or_below_it_age_is_no_finding(days: int, toml: str) -> None:
    assert not judged(upstream(days=days), toml=toml).findings


def test_an_age_that_nobody_states_is_one_finding() -> None:
    found = only(
        judged(
            upstream(days=1),
            upstream("b", None),
            upstream("c", None, reason="`x` can not be reached"),
            toml=OLD,
        )
    )
    assert found.message == "the age of 2 of 3 packages is not known: `x` can not be reached"
    assert (found.place, found.number) == (LOCK, 2)
    assert found.fix == "audit again with the channels in reach"
    silent = only(judged(upstream(days=None), toml=OLD))
    assert silent.message == "the age of 1 of 1 packages is not known"
    assert (silent.fix or "").startswith("nobody states it: ")


def test_being_behind_counts_from_the_limit_on() -> None:
    found = only(judged(upstream(newest="3.0", behind=2), toml=BEHIND))
    assert found.rule == "freshness.majors-behind"
    assert found.message == "`app 1.0` is 2 major versions behind 3.0"
    assert not judged(upstream(newest="2.0", behind=1), toml=BEHIND).findings
    assert not judged(upstream(newest="9.0", behind=8)).findings
    first = only(judged(upstream(newest="2.0", behind=1), toml=BEHIND.replace("1", "0")))
    assert first.message == "`app 1.0` is 1 major version behind 2.0"


def test_a_channel_that_was_not_asked_is_one_finding() -> None:
    lost = upstream(presence=Presence.UNKNOWN, newest="", reason="offline")
    found = only(judged(lost, upstream("b"), toml=BEHIND))
    assert found.message == "the newest version of 1 of 2 packages is not known: offline"


@pytest.mark.parametrize(("days", "shown"), [(6, 6), (0, 0), (-1, 0)])
def test_a_build_may_be_too_young(days: int, shown: int) -> None:
    found = only(judged(upstream(days=days), toml=YOUNG))
    assert found.rule == "freshness.cooldown"
    assert found.message == f"`app 1.0` was built {shown} days ago, less than 7"
    assert only(judged(upstream(days=days), strict=True)).severity is Severity.WARNING


def test_youth_that_nobody_states_is_none() -> None:
    assert not judged(upstream(days=None), toml=YOUNG).findings


@pytest.mark.parametrize(
    ("presence", "words"),
    [
        (Presence.REMOVED, "was removed from its channel"),
        (Presence.BROKEN, "was marked as broken by its channel"),
    ],
)
def test_what_is_gone_is_named_with_its_build(presence: Presence, words: str) -> None:
    found = only(judged(upstream(presence=presence)))
    assert found.rule == "freshness.removed-upstream"
    assert found.message == f"`app 1.0` (0) {words} (`{CHANNEL}`)"
    bare = artifact(CHANNEL, "app", "1.0")._replace(build="")
    found = only(judged(upstream(presence=presence, artifact=bare), strict=True))
    assert found.message.startswith(f"`app 1.0` {words}")
    assert found.severity is Severity.ERROR


def test_another_file_under_the_name_is_an_error() -> None:
    other = upstream(presence=Presence.ALTERED, record=record(sha256="2" * 64))
    found = only(judged(upstream(), other, other))
    assert (found.rule, found.severity) == ("channels.altered", Severity.ERROR)
    assert "its SHA-256 is " in found.message
    assert found.message.endswith("and 222222222222 there")


FORGE = "https://conda.anaconda.org/conda-forge"


def test_a_rival_below_is_a_warning() -> None:
    rival = upstream(rival=Rival(FORGE, "99.0"))
    found = only(judged(rival, rival))
    assert (found.rule, found.severity) == ("channels.shadowed", Severity.WARNING)
    assert f"`{FORGE}` below it has 99.0" in found.message
    assert only(judged(rival, strict=True)).severity is Severity.WARNING


@pytest.mark.parametrize(
    ("own", "lower", "number"),
    [
        (FORGE, "https://conda.anaconda.org/bioconda", 0),
        (FORGE, "https://repo.anaconda.com/pkgs/main", 0),
        (FORGE, "https://conda.anaconda.org/somebody", 1),
        ("https://conda.anaconda.org/somebody", FORGE, 1),
    ],
)
def test_public_channels_that_are_used_together_are_no_rivals(
    own: str, lower: str, number: int
) -> None:
    found = judged(upstream(channel=own, rival=Rival(lower, "99.0"))).findings
    assert len(found) == number


def test_what_is_as_it_should_be_is_no_finding() -> None:
    assert not judged(upstream(days=100), upstream("b", presence=Presence.UNKNOWN)).findings
    assert not judged(strict=True).findings


def test_files_are_not_judged_by_them() -> None:
    for rule in (*freshness.RULES, *channel_contents.RULES):
        assert not list(rule.check(project(environment("a"), toml=f"{OLD}\nmax-majors-behind=1")))


def standing(*names: str) -> Standing:
    """A package, and the Python projects that it may be."""
    coordinates = tuple(Coordinate(Ecosystem.PYPI, each) for each in names)
    identity = Identity(Certainty.MAPPED, (*coordinates, Coordinate(Ecosystem.CURL, "curl")))
    return Standing(subject(CHANNEL, "app", "1.0", line=5), identity, State.NO_KNOWN)


@pytest.mark.parametrize(
    ("names", "status", "message"),
    [
        (("App",), ProjectStatus(ProjectState.ARCHIVED), "which is archived"),
        (("app",), ProjectStatus(ProjectState.QUARANTINED, "bad"), "which is quarantined: bad"),
        (("app",), ProjectStatus(ProjectState.DEPRECATED), "which is deprecated"),
        (("app",), ProjectStatus(ProjectState.ACTIVE), None),
        (("other",), ProjectStatus(ProjectState.ARCHIVED), None),
        (("app", "other"), ProjectStatus(ProjectState.ARCHIVED), None),
        ((), ProjectStatus(ProjectState.ARCHIVED), None),
    ],
)
def test_a_project_may_be_at_its_end(
    names: tuple[str, ...], status: ProjectStatus, message: str | None
) -> None:
    facts = AuditFacts(LOCK, NOW, (standing(*names),), projects=ProjectsFound({"app": status}))
    on = "[rules]\n'freshness.archived' = 'warning'"
    found = judge(replace(project(environment("a"), toml=on), audit=facts), Selection()).findings
    assert [each.message for each in found] == (
        [f"`app 1.0` is a release of `app`, {message}"] if message else []
    )
    assert not judge(replace(project(environment("a")), audit=facts), Selection()).findings

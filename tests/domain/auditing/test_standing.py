"""What an audit says of each package, and of all."""

from envtool.domain.auditing.advisories import Span
from envtool.domain.auditing.identity import Certainty, Coordinate, Identity
from envtool.domain.auditing.standing import coverage_of, standings_of, with_hits
from envtool.domain.auditing.standings import Exploitation, SourceState, State
from envtool.domain.auditing.subjects import Subject
from tests.auditing import LIBCURL, NODE, URLLIB3, advisory, affected, lookup, rating, subject


def known(*coordinates: Coordinate) -> Identity:
    return Identity(Certainty.MAPPED, coordinates)


BELOW_2 = advisory(
    "PYSEC-1", affected(URLLIB3, Span("0", "2.0")), aliases=["CVE-1"], ratings=(rating(5.0),)
)
OPEN = advisory("BIT-1", affected(NODE, Span("0", has_end=False)), aliases=["CVE-2"])
LOOKUP = lookup(
    {URLLIB3: [BELOW_2], NODE: [OPEN]}, SourceState("curl", "", error="the network is down")
)


def states(*packages: tuple[Subject, Identity]) -> dict[str, tuple[State, str]]:
    return {
        each.subject.label: (each.state, each.reason) for each in standings_of(packages, LOOKUP)
    }


def test_each_package_has_one_state() -> None:
    assert states(
        (subject("urllib3"), known(URLLIB3)),
        (subject("urllib3", "2.0"), known(URLLIB3)),
        (subject("nodejs"), known(NODE)),
        (subject("libcurl"), known(LIBCURL)),
        (subject("both"), known(NODE, LIBCURL)),
        (subject("zlib"), Identity(Certainty.NOT_PYTHON, (), "no source of advisories has zlib")),
        (subject("git-lib", ""), known(URLLIB3)),
    ) == {
        "urllib3 1.0": (State.VULNERABLE, ""),
        "urllib3 2.0": (State.NO_KNOWN, ""),
        "nodejs 1.0": (State.UNCONFIRMED, ""),
        "libcurl 1.0": (State.NOT_AUDITED, "`curl` gave no answer: the network is down"),
        # What was found counts, and what was not looked at is said.
        "both 1.0": (State.UNCONFIRMED, "`curl` gave no answer: the network is down"),
        "zlib 1.0": (State.NOT_AUDITED, "no source of advisories has zlib"),
        "git-lib ": (State.NOT_AUDITED, "its version is not recorded"),
    }


def test_a_source_that_was_not_even_asked() -> None:
    (found,) = standings_of([(subject("node"), known(NODE))], lookup({}))
    assert found.reason == "`osv:Bitnami` gave no answer"


def test_what_mends_a_package() -> None:
    (found,) = standings_of([(subject("urllib3"), known(URLLIB3))], LOOKUP)
    assert (found.fixed, found.hits[0].fixed) == ("2.0", "2.0")


def test_worst_first() -> None:
    bad = advisory("PYSEC-2", affected(NODE, Span("0", "3.0")), ratings=(rating(9.0),))
    exploited = advisory("PYSEC-3", affected(LIBCURL, Span("0")), aliases=["CVE-3"])
    found = standings_of(
        [
            (subject("calm", "9.0"), known(URLLIB3)),
            (subject("a-transitive", path=("x", "a-transitive")), known(URLLIB3)),
            (subject("b-direct", path=("b-direct",)), known(URLLIB3)),
            (subject("severe"), known(NODE)),
            (subject("exploited"), known(LIBCURL)),
            (subject("nobody"), Identity(Certainty.UNKNOWN, (), "who knows")),
        ],
        lookup(
            {URLLIB3: [BELOW_2], NODE: [bad], LIBCURL: [exploited]},
            exploitation={"CVE-3": Exploitation(known=True)},
        ),
    )
    names = [each.subject.name for each in found]
    assert names == ["exploited", "severe", "b-direct", "a-transitive", "nobody", "calm"]


def test_what_is_suppressed_does_not_count() -> None:
    found = standings_of(
        [(subject("urllib3"), known(URLLIB3)), (subject("n"), known(NODE))], LOOKUP
    )
    vulnerable, unconfirmed = found
    hidden = [each._replace(suppressed="not reachable") for each in vulnerable.hits]
    calm = with_hits(vulnerable, hidden)
    assert (calm.state, len(calm.hits)) == (State.NO_KNOWN, 1)
    assert with_hits(unconfirmed, [*hidden, *unconfirmed.hits]).state is State.UNCONFIRMED
    unasked = vulnerable._replace(reason="`curl` gave no answer")
    assert with_hits(unasked, hidden).state is State.NOT_AUDITED


def test_coverage() -> None:
    nobody = Identity(Certainty.NOT_PYTHON, (), "it holds no code of its own")
    zlib = Identity(Certainty.NOT_PYTHON, (), "no source of advisories has zlib")
    expat = Identity(Certainty.NOT_PYTHON, (), "no source of advisories has expat")
    found = standings_of(
        [
            (subject("a"), Identity(Certainty.GUESSED, (URLLIB3,))),
            (subject("b", ""), Identity(Certainty.GUESSED, (URLLIB3,))),
            (subject("c"), known(URLLIB3)),
            (subject("tzdata"), nobody),
            (subject("zlib"), zlib),
            (subject("expat"), expat),
        ],
        LOOKUP,
    )
    coverage = coverage_of(found)
    assert (coverage.audited, coverage.total, coverage.guessed) == (2, 6, 1)
    assert coverage.reasons == (
        ("no source of advisories has them", 2),
        ("it holds no code of its own", 1),
        ("its version is not recorded", 1),
    )
    assert coverage_of(()) == (0, 0, 0, ())

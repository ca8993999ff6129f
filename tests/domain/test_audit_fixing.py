"""Which versions of a vulnerable package are tried."""

from envtool.domain.auditing.fixing import Need, newer
from envtool.domain.auditing.identity import Certainty, Identity
from envtool.domain.auditing.standings import Standing, State
from envtool.domain.auditing.subjects import Subject
from envtool.domain.findings import Place

SUBJECT = Subject("conda", "web", "1.0", (), Place("x"))
STANDING = Standing(SUBJECT, Identity(Certainty.MAPPED), State.VULNERABLE)


def test_versions_above_come_the_nearest_first() -> None:
    assert newer("1.9", ["1.10", "2.0", "1.9", "1.8", "1!2!3"]) == ("1.10", "2.0")
    assert newer("1.1.1v", ["1.1.1w", "3.0"]) == ("1.1.1w", "3.0")
    assert newer("1!2!3", ["1.0"]) == ()


def test_one_version_has_to_do_for_all_platforms() -> None:
    one = Need(STANDING, ("1.1", "1.2"), {"1.1": frozenset("a"), "1.2": frozenset()})
    other = Need(STANDING, ("1.2", "1.3"), {"1.2": frozenset("b"), "1.3": frozenset()})
    both = one.and_(other)
    assert (both.versions, both.remaining) == (("1.2",), {"1.2": frozenset("b")})
    nothing = one.and_(Need(STANDING))
    assert (nothing.versions, nothing.reason) == ((), "no version mends it on all platforms")

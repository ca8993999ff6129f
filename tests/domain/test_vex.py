"""VEX documents: what they say, what they do not, and hostile ones."""

import json
from typing import Any

import pytest

from envtool.domain.auditing.identity import Certainty, Identity
from envtool.domain.auditing.standing import standings_of
from envtool.domain.auditing.standings import Lookup, Standing, State
from envtool.domain.auditing.subjects import Subject
from envtool.domain.auditing.vex import apply_vex, read_vex
from envtool.domain.findings import Place
from envtool.domain.json_text import JsonTextError
from tests.audits import COOKIES, URLLIB3, X400

PLACE = Place("conda-lock.yml", 7)


def standing(
    name: str, version: str, *advisories: Any, manager: str = "conda", product: str | None = None
) -> Standing:
    coordinate = advisories[0].affected[0].coordinate
    if product:
        coordinate = coordinate._replace(name=product)
        advisories = tuple(
            each._replace(affected=tuple(a._replace(coordinate=coordinate) for a in each.affected))
            for each in advisories
        )
    subject = Subject(manager, name, version, (), PLACE)
    identity = Identity(Certainty.MAPPED, (coordinate,))
    (found,) = standings_of([(subject, identity)], Lookup({coordinate: advisories}, {}, ()))
    return found


def openvex(*statements: dict[str, Any], **head: Any) -> bytes:
    context = {"@context": "https://openvex.dev/ns/v0.2.0", "@id": "x", "author": "me"}
    return json.dumps(
        {**context, "timestamp": "2026-01-01", "statements": statements, **head}
    ).encode()


def says(vulnerability: Any, status: str, *products: Any, **more: Any) -> dict[str, Any]:
    return {"vulnerability": vulnerability, "status": status, "products": products, **more}


def cyclonedx(*vulnerabilities: dict[str, Any], **head: Any) -> bytes:
    return json.dumps(
        {"bomFormat": "CycloneDX", "vulnerabilities": vulnerabilities, **head}
    ).encode()


WHY = {"justification": "vulnerable_code_not_in_execute_path"}
PYPI = "pkg:pypi/urllib3@1.26.4"
COOKIE = {"name": "CVE-2023-43804"}
NOT_AFFECTED = "not_affected: vulnerable_code_not_in_execute_path (x.json)"
FALSE = {"analysis": {"state": "false_positive"}, "affects": [{"ref": PYPI}]}

SUPPRESSED: list[tuple[str, bytes, str]] = [
    ("a name", openvex(says(COOKIE, "not_affected", {"@id": PYPI}, **WHY)), NOT_AFFECTED),
    ("a text", openvex(says("CVE-2023-43804", "not_affected", PYPI, **WHY)), NOT_AFFECTED),
    ("an alias", openvex(says({"name": "PYSEC-2023-192"}, "fixed", {"@id": PYPI})), "fixed (x.json)"),
    ("aliases", openvex(says({"name": "X-1", "aliases": ["cve-2023-43804"]}, "fixed", {"@id": PYPI})), "fixed (x.json)"),
    ("an address", openvex(says({"@id": "https://nvd.nist.gov/vuln/detail/CVE-2023-43804"}, "fixed", PYPI)), "fixed (x.json)"),
    ("an impact", openvex(says(COOKIE, "not_affected", PYPI, impact_statement="no cookies")), "not_affected: no cookies (x.json)"),
    ("any version", openvex(says(COOKIE, "fixed", "pkg:pypi/urllib3")), "fixed (x.json)"),
    ("as conda calls it", openvex(says(COOKIE, "fixed", "pkg:conda/urllib3@1.26.4?build=x#y")), "fixed (x.json)"),
    ("a generic name", openvex(says(COOKIE, "fixed", "pkg:generic/UrlLib3@1.26.4")), "fixed (x.json)"),
    ("an identifier", openvex(says(COOKIE, "fixed", {"identifiers": {"purl": PYPI}})), "fixed (x.json)"),
    ("a part", openvex(says(COOKIE, "fixed", {"@id": "pkg:oci/app", "subcomponents": [{"@id": PYPI}]})), "fixed (x.json)"),
    ("a part by text", openvex(says(COOKIE, "fixed", {"@id": "pkg:oci/app", "subcomponents": [PYPI]})), "fixed (x.json)"),
    ("the last word", openvex(says(COOKIE, "affected", PYPI), says(COOKIE, "fixed", PYPI, timestamp="2026-02-01")), "fixed (x.json)"),
    ("a BOM", cyclonedx({"id": "CVE-2023-43804", "analysis": {"state": "not_affected", "justification": "code_not_reachable"}, "affects": [{"ref": PYPI}]}), "not_affected: code_not_reachable (x.json)"),
    ("a BOM's part", cyclonedx({"id": "CVE-2023-43804", "analysis": {"state": "resolved", "detail": "patched"}, "affects": [{"ref": "a"}]}, components=[{"bom-ref": "a", "purl": PYPI}]), "resolved: patched (x.json)"),
    ("a BOM's alias", cyclonedx({"id": "X", "references": [{"id": "CVE-2023-43804"}], **FALSE}), "false_positive (x.json)"),
    ("a byte order mark", b"\xef\xbb\xbf" + openvex(says(COOKIE, "fixed", PYPI)), "fixed (x.json)"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("document", "why"), [case[1:] for case in SUPPRESSED], ids=[case[0] for case in SUPPRESSED]
)
def test_what_does_not_matter_is_shown_and_does_not_count(document: bytes, why: str) -> None:
    found = standing("urllib3", "1.26.4", COOKIES)
    (after,), unused = apply_vex([found], read_vex(document, "x.json"))
    assert after.state is State.NO_KNOWN
    assert [each.suppressed for each in after.hits] == [why]
    assert all(each.harmless is False for each in unused)


COUNTED: list[tuple[str, bytes, bool]] = [
    ("affected", openvex(says(COOKIE, "affected", PYPI)), True),
    ("under investigation", openvex(says(COOKIE, "under_investigation", PYPI)), True),
    ("without a reason", openvex(says(COOKIE, "not_affected", PYPI)), True),
    ("the last word", openvex(says(COOKIE, "affected", PYPI, timestamp="2026-02-01"), says(COOKIE, "fixed", PYPI)), True),
    ("another version", openvex(says(COOKIE, "fixed", "pkg:pypi/urllib3@2.0")), False),
    ("another package", openvex(says(COOKIE, "fixed", "pkg:pypi/requests@1.26.4")), False),
    ("another ecosystem", openvex(says(COOKIE, "fixed", "pkg:npm/urllib3@1.26.4")), False),
    ("another vulnerability", openvex(says({"name": "CVE-2000-1"}, "fixed", PYPI)), False),
    ("no product", openvex(says(COOKIE, "fixed")), False),
    ("no purl", openvex(says(COOKIE, "fixed", "urllib3", "pkg:", "pkg:pypi", {"@id": 3}, 7, None)), False),
    ("no vulnerability", openvex(says(None, "fixed", PYPI)), False),
    ("a BOM without analysis", cyclonedx({"id": "CVE-2023-43804", "affects": [{"ref": PYPI}]}), True),
    ("a BOM without a reason", cyclonedx({"id": "CVE-2023-43804", "analysis": {"state": "not_affected"}, "affects": [{"ref": PYPI}]}), True),
    ("a BOM in triage", cyclonedx({"id": "CVE-2023-43804", "analysis": {"state": "in_triage"}, "affects": [{"ref": PYPI}]}), True),
    ("a BOM of odd shapes", cyclonedx({"id": 3, "analysis": [], "affects": {}, "references": [1]}, components={}, metadata=3), False),
]  # fmt: skip


@pytest.mark.parametrize(
    ("document", "is_used"), [case[1:] for case in COUNTED], ids=[case[0] for case in COUNTED]
)
def test_what_is_not_said_clearly_still_counts(document: bytes, is_used: bool) -> None:  # noqa: FBT001
    found = standing("urllib3", "1.26.4", COOKIES)
    (after,), unused = apply_vex([found], read_vex(document, "x.json"))
    assert after == found
    assert bool(unused) is not is_used


def test_one_of_two_is_left() -> None:
    found = standing("urllib3", "1.26.4", COOKIES, URLLIB3)
    (after,), _ = apply_vex([found], read_vex(SUPPRESSED[0][1], "x.json"))
    assert after.state is State.VULNERABLE
    assert [bool(each.suppressed) for each in after.hits] == [False, True]


def test_a_pip_package_and_a_native_one_are_meant_by_their_own_names() -> None:
    pip = standing("urllib3", "1.26.4", COOKIES, manager="pip")
    native = standing("openssl", "3.0.7", X400)
    unaudited = pip._replace(hits=(), state=State.NOT_AUDITED)
    document = openvex(
        says(COOKIE, "fixed", "pkg:conda/urllib3"),
        says({"name": "CVE-2023-0286"}, "fixed", "pkg:openssl/openssl@3.0.7"),
    )
    after, unused = apply_vex([pip, native, unaudited], read_vex(document, "x.json"))
    assert [each.state for each in after] == [State.VULNERABLE, State.NO_KNOWN, State.NOT_AUDITED]
    assert [sorted(each.ids) for each in unused] == [["CVE-2023-43804"]]


@pytest.mark.parametrize(
    ("document", "why"),
    [
        (b"", "it is not JSON: "),
        (b"[" * 100_000, "it is not JSON: "),
        (b"9" * 5000, "it is not JSON: "),
        (b"[]", "it is neither OpenVEX"),
        (b"{}", "it is neither OpenVEX"),
        (b'{"@context": 3, "bomFormat": []}', "it is neither OpenVEX"),
        (b'{"@context": "https://example.org/openvex.dev/ns"}', "it is neither OpenVEX"),
        (b"\xff", "it is not UTF-8"),
    ],
)
def test_what_is_no_document_is_refused(document: bytes, why: str) -> None:
    with pytest.raises(JsonTextError, match=why):
        read_vex(document, "x.json")


@pytest.mark.parametrize(
    "head",
    [
        {"statements": 3},
        {"statements": [3, None, [], {}]},
        {"statements": [{"vulnerability": {"aliases": 3}, "products": "x", "status": []}]},
    ],
)
def test_odd_shapes_say_nothing(head: dict[str, Any]) -> None:
    assert not any(each.ids or each.harmless for each in read_vex(openvex(**head), "x.json"))

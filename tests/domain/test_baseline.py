"""Baselines as data: which findings are the same one, and what a text says."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envtool.domain.baseline import (
    BaselineError,
    Key,
    Reach,
    Sight,
    changed,
    counted,
    marked,
    may_stand,
    pruned,
    read_baseline,
    renewed,
    write_baseline,
)
from envtool.domain.findings import BaselineState, Finding, Place, Severity, Waived
from envtool.domain.rules import BY_ID

NEW, OLD = BaselineState.NEW, BaselineState.UNCHANGED
A, B, C = (Key(f"{name}.yml", "pins.direct", "numpy", "`numpy` has no pin") for name in "abc")
WAIVED = Waived("r", Place("envtool.toml"))


def finding(**changes: Any) -> Finding:
    place = Place("sub/a.yml", 3)
    return Finding(
        "pins.direct", Severity.WARNING, "`numpy` has no pin", place, package="numpy"
    )._replace(**changes)


def name(path: str) -> str:
    return path.removeprefix("sub/")


def states(*findings: Finding, entries: Mapping[Key, int]) -> list[BaselineState | None]:
    return [each.baseline for each in marked(findings, entries, (), name)]


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, OLD),
        ({"place": Place("sub/a.yml", 99, 5, 9)}, OLD),
        ({"severity": Severity.ERROR}, OLD),
        ({"fix": "another", "source": "- numpy", "version": "1", "summary": "x"}, OLD),
        ({"message": "`numpy` has no pin (line 3)", "reason": "`numpy` has no pin"}, OLD),
        ({"message": "`numpy>=1` is looser than `compatible`"}, NEW),
        ({"reason": "another one"}, NEW),
        ({"package": "pandas"}, NEW),
        ({"package": None}, NEW),
        ({"rule": "pins.wildcard"}, NEW),
        ({"place": Place("sub/b.yml", 3)}, NEW),
        ({"waived": WAIVED}, NEW),
    ],
)
def test_what_is_the_same_finding(changes: dict[str, Any], state: BaselineState) -> None:
    assert states(finding(**changes), entries=counted([finding()], name)) == [state]


def test_one_more_of_the_same_is_new() -> None:
    entries = counted([finding(), finding()], name)
    assert entries == {A: 2}
    assert states(*[finding()] * 3, entries=entries) == [OLD, OLD, NEW]
    assert states(finding(waived=WAIVED), finding(), entries={A: 1}) == [NEW, OLD]


@pytest.mark.parametrize(("number", "state"), [(1, OLD), (4, OLD), (5, OLD), (6, NEW)])
def test_a_finding_that_counts_packages_is_new_when_there_are_more(
    number: int, state: BaselineState
) -> None:
    old = finding(message="5 of 80 packages have no hash: `a`", reason="no hash", number=5)
    new = finding(message="of 81", reason="no hash", number=number, package=None)
    assert states(new, entries=counted([old], name)) == [state]


NEVER = {"secrets", "policy", "waivers"}


@pytest.mark.parametrize("rule", BY_ID)
def test_what_never_stands_in_a_baseline(rule: str) -> None:
    never = rule.partition(".")[0] in NEVER or rule == "channels.credential"
    one = finding(rule=rule)
    assert may_stand(one, ()) is not never
    assert not may_stand(one, {"sub/a.yml"})
    # Whatever somebody wrote into the file.
    assert states(one, entries=counted([one], name)) == [NEW if never else OLD]
    assert one.is_open
    assert not one._replace(baseline=OLD).is_open


def sight(present: Mapping[Key, int], *files: str, **reach: Any) -> Sight:
    return Sight(".", {}, present, Reach(frozenset(files), **reach))


@pytest.mark.parametrize(
    ("seen", "missing", "covered"),
    [
        (sight({}), (), False),
        (sight({}, "a.yml"), (), True),
        (sight({}, "b.yml"), (), False),
        (sight({}, "b.yml"), ("a.yml",), True),
        (sight({}, folder="."), (), True),
        (sight({}, folder="sub"), (), False),
        (sight({}, folder=".", left_out=frozenset({"pins.direct"})), ("a.yml",), False),
        (Sight(".", {}, {}, None), ("a.yml",), False),
    ],
)
def test_what_a_run_can_tell(seen: Sight, missing: tuple[str, ...], *, covered: bool) -> None:
    after = {} if covered else {A: 2}
    assert pruned({A: 2}, [seen], missing) == after
    assert renewed({A: 2}, [seen], missing) == after
    assert changed({A: 2}, after) == covered


def test_pruning_lowers_and_never_adds() -> None:
    entries = {A: 3, B: 1, C: 1}
    seen = [sight({A: 2, B: 5}, "a.yml", "b.yml")]
    assert pruned(entries, seen, ()) == {A: 2, B: 1, C: 1}
    assert renewed(entries, seen, ()) == {A: 2, B: 5, C: 1}
    assert changed(entries, pruned(entries, seen, ())) == 1


def test_what_one_run_found_is_not_gone_for_another() -> None:
    seen = [sight({A: 1}, folder="."), sight({}, folder=".")]
    assert pruned({A: 1, B: 1}, seen, ()) == {A: 1}


def test_the_text_is_sorted_an_entry_a_line() -> None:
    entries = {C: 1, A: 2, Key("é.yml", "env.parse", "", "a\n\u202e\udce9"): 1}
    text = write_baseline(entries)
    assert text == (
        '{\n  "version": 1,\n  "findings": [\n'
        '    {"path": "a.yml", "rule": "pins.direct", "package": "numpy", "count": 2,'
        ' "reason": "`numpy` has no pin"},\n'
        '    {"path": "c.yml", "rule": "pins.direct", "package": "numpy",'
        ' "reason": "`numpy` has no pin"},\n'
        '    {"path": "\\u00e9.yml", "rule": "env.parse", "reason": "a\\n\\u202e\\udce9"}\n'
        "  ]\n}\n"
    )
    assert write_baseline(dict(reversed(entries.items()))) == text
    assert write_baseline({}) == '{\n  "version": 1,\n  "findings": []\n}\n'


TEXTS = st.text(st.characters())


@given(st.dictionaries(st.builds(Key, TEXTS, TEXTS, TEXTS, TEXTS), st.integers(1), max_size=5))
def test_what_is_written_is_read(entries: dict[Key, int]) -> None:
    text = write_baseline(entries)
    assert read_baseline(text.encode("ascii")) == entries
    assert text.count("\n") == len(entries) + (5 if entries else 4)


ENTRY = {"path": "a.yml", "rule": "pins.direct", "package": "numpy", "reason": A.reason}


def baseline(*entries: object, version: object = 1) -> bytes:
    return json.dumps({"version": version, "findings": entries}).encode()


def test_what_a_merge_or_an_editor_leaves_is_read() -> None:
    data = baseline(ENTRY, {**ENTRY, "count": 2}, {**ENTRY, "more": None})
    assert read_baseline(b"\xef\xbb\xbf" + data.replace(b"{", b"\r\n{")) == {A: 2}


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "it is not JSON: Expecting value"),
        (b"<<<<<<< HEAD\n{}", "it is not JSON"),
        (b"\xff", "it is not UTF-8"),
        (b"[" * 200_000, "it is not JSON"),
        (b'{"version": ' + b"1" * 5000 + b"}", "it is not JSON"),
        (b"[]", "it has no `version`"),
        (b"{}", "it has no `version`"),
        (baseline(version=2), "its version is 2, and this envtool reads 1"),
        (baseline(version=True), "its version is True"),
        (baseline(version="1" * 99), "its version is '1111111111111111111,"),
        (b'{"version": 1}', "it has no list `findings`"),
        (b'{"version": 1, "findings": {}}', "it has no list `findings`"),
        (baseline(ENTRY, "x"), "entry 2 is no object"),
        (baseline({**ENTRY, "path": 1}), "entry 1 has no text `path`"),
        (baseline({"path": "a", "rule": "b"}), "entry 1 has no text `reason`"),
        (baseline({**ENTRY, "package": None}), "entry 1 has no text `package`"),
        (baseline({**ENTRY, "count": 0}), "the `count` of entry 1 is no number from 1 on"),
        (baseline({**ENTRY, "count": True}), "the `count` of entry 1"),
        (baseline({**ENTRY, "count": 1.5}), "the `count` of entry 1"),
    ],
)  # fmt: skip
def test_what_is_no_baseline_says_why(data: bytes, why: str) -> None:
    with pytest.raises(BaselineError) as raised:
        read_baseline(data)
    assert str(raised.value).startswith(why)

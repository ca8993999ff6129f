"""The rules on licences of locked packages."""

import hashlib
from dataclasses import replace

import pytest

from envtool.domain.judge import Selection, judge
from envtool.domain.locks import Lock, LockedPackage
from tests.judging import found, judged, project
from tests.locking import Entry, lock_text


def package(
    name: str, license_: str | None, platform: str = "linux-64", version: str = "1.0"
) -> LockedPackage:
    url = f"https://conda.anaconda.org/conda-forge/{platform}/{name}-{version}-h0_0.conda"
    sha256 = hashlib.sha256(url.encode()).hexdigest()
    return LockedPackage(
        name, version, "conda", platform, url, "", sha256, (), "main", 1, license=license_
    )


def lock(*packages: LockedPackage) -> Lock:
    platforms = tuple(dict.fromkeys(each.platform for each in packages))
    return Lock(
        path="pixi.lock",
        platforms=platforms,
        channels=("conda-forge",),
        sources=(),
        packages=packages,
    )


def lists(**lists: list[str]) -> str:
    return "[licenses]\n" + "".join(f"{name} = {patterns}\n" for name, patterns in lists.items())


LICENSE_RULES = ("deny", "review", "not-allowed", "unknown", "ambiguous", "no-data")


@pytest.mark.parametrize(
    ("license_", "toml", "rule", "message"),
    [
        ("MIT", "", None, ""),
        ("Custom", "", None, ""),
        (None, "", None, ""),
        ("MIT", lists(allow=["MIT"]), None, ""),
        ("GPL-3.0-only", lists(deny=["GPL-*"]), "deny", "`a 1.0` is licensed under `GPL-3.0-only`, which the policy denies (`GPL-*`)"),
        ("MIT AND GPL-3.0", lists(deny=["GPL-*"]), "deny", "`a 1.0` is licensed under `MIT AND GPL-3.0`: `GPL-3.0-only`, which the policy denies (`GPL-*`)"),
        ("MPL-2.0", lists(review=["MPL-2.0"]), "review", "`a 1.0` is licensed under `MPL-2.0`, which the policy wants reviewed (`MPL-2.0`)"),
        ("ISC", lists(allow=["MIT"]), "not-allowed", "`a 1.0` is licensed under `ISC`, which the policy does not allow"),
        ("Custom", lists(allow=["MIT"]), "unknown", "`a 1.0` is licensed under `Custom`, which names no licence"),
        ("Custom", lists(deny=["GPL-*"]), "unknown", "`a 1.0` is licensed under `Custom`, which names no licence"),
        ("PSF", lists(allow=["PSF-2.0"]), "ambiguous", "`a 1.0` is licensed under `PSF`, which can mean `PSF-2.0`, `Python-2.0`"),
        ("None", lists(allow=["MIT"]), "no-data", "no licence is known for 1 of 1 packages: `a`"),
        (None, lists(allow=["MIT"]), "no-data", "no licence is known for 1 of 1 packages: `a`"),
    ],
)  # fmt: skip
def test_one_licence(license_: str | None, toml: str, rule: str | None, message: str) -> None:
    judgement = judged(lock=lock(package("a", license_)), toml=toml)
    for each in LICENSE_RULES:
        messages = [finding.message for finding in found(judgement, f"licenses.{each}")]
        assert messages == ([message] if each == rule else [])


def test_platforms_are_one_finding_and_versions_are_not() -> None:
    packages = (
        package("a", "GPL-3.0-only"),
        package("a", "GPL-3.0-only", "osx-64"),
        package("a", "GPL-3.0-only", "win-64", "2.0"),
        package("a", "LicenseRef-Other", "osx-arm64"),
        package("__glibc", "GPL-3.0-only"),
    )
    judgement = judged(lock=lock(*packages), toml=lists(deny=["*"]))
    findings = found(judgement, "licenses.deny")
    assert [each.version for each in findings] == ["1.0", "2.0", "1.0"]
    assert {each.summary for each in findings} == {
        "packages are licensed under what the policy denies"
    }


def test_no_data_is_one_finding_for_each_lock() -> None:
    names = [Entry(name) for name in "abcde"]
    text = lock_text(*names, *(each._replace(platform="osx-64") for each in names))
    (finding,) = found(judged(lock=text, toml=lists(allow=["MIT"])), "licenses.no-data")
    assert finding.message == "no licence is known for 5 of 5 packages: `a`, `b`, `c` and 2 more"
    assert finding.place.line == 14


def test_the_policy_states_a_licence() -> None:
    toml = lists(allow=["MIT"]) + (
        "[licenses.packages]\n"
        "a = {license = 'mit', reason = 'r'}\n"
        "'b*' = {license = 'ISC', reason = 'r', versions = '<2'}\n"
    )
    packages = (
        package("a", "Custom"),
        package("bb", None, version="1.5"),
        package("bb", "MIT", version="2.0"),
        package("bc", "MIT", version="not!a!version"),
    )
    judgement = judged(lock=lock(*packages), toml=toml)
    assert [each.message for each in judgement.findings if each.rule.startswith("licenses")] == [
        "`bb 1.5` is licensed, as the policy states, under `ISC`, which the policy does not allow"
    ]


def test_a_review_is_waived() -> None:
    waiver = (
        "[[waivers]]\nrule = 'licenses.review'\npackage = 'a'\nreason = 'used unchanged'\n"
        "owner = 'legal@example.org'\nexpires = 2027-01-01\n"
    )
    packages = (package("a", "MPL-2.0"), package("b", "MPL-2.0"))
    judgement = judged(lock=lock(*packages), toml=lists(review=["MPL-*"]) + waiver)
    assert [each.package for each in found(judgement, "licenses.review")] == ["b"]


@pytest.mark.parametrize(
    ("toml", "selection", "expected"),
    [
        ("", Selection(), [("licenses", "licences known", 1, 3)]),
        ("", Selection(select=frozenset({"licenses"})), [("licenses", "licences known", 1, 3)]),
        ("", Selection(ignore=frozenset({"licenses"})), []),
        ("", Selection(select=frozenset({"lock"})), []),
        ("rules.licenses = 'off'", Selection(), []),
        (lists(allow=["MIT"]), Selection(), []),
    ],
)
def test_without_a_policy_the_coverage_is_told(
    toml: str, selection: Selection, expected: list[tuple[str, str, int, int]]
) -> None:
    packages = (
        package("a", "MIT"),
        package("b", None),
        package("c", "MIT"),
        package("c", None, "osx-64"),
    )
    judgement = judged(lock=lock(*packages), toml=toml, selection=selection)
    assert list(judgement.coverage) == expected


def test_without_a_lock_there_is_nothing_to_cover() -> None:
    assert judged("dependencies: []\n").coverage == ()


def test_a_lock_borrows_from_the_one_beside_it() -> None:
    bare, recorded = package("a", None), package("a", "GPL-3.0-only")
    locks = (lock(bare, package("b", None)), lock(recorded))
    judgement = judge(
        replace(project(toml=lists(deny=["GPL-*"])), locks=locks),
        Selection(frozenset({"licenses"})),
    )
    assert [each.message for each in judgement.findings] == [
        "`a 1.0` is licensed under `GPL-3.0-only`, which the policy denies (`GPL-*`)",
        "no licence is known for 1 of 2 packages: `b`",
    ]


def test_a_file_in_a_folder_is_the_same_by_its_path_and_by_its_url() -> None:
    """rattler writes `/channel/noarch/a.conda` where others write `file:///channel/...`."""
    bare = package("a", None)._replace(url="file:///channel/noarch/a.conda")
    recorded = package("a", "MIT")._replace(url="/channel/noarch/a.conda")
    together = replace(project(toml=lists(allow=["MIT"])), locks=(lock(bare), lock(recorded)))
    assert not judge(together, Selection(frozenset({"licenses"}))).findings


def test_what_is_not_the_work_of_others_needs_no_licence() -> None:
    own = ("./", "../lib", "tool[5a970a0c] @ local/tool")
    packages = [package("own", None)._replace(url=url) for url in own]
    toml = lists(allow=["MIT"])
    packages += [package("__osx", None), package("_libgcc_mutex", None)]
    assert not found(judged(lock=lock(*packages), toml=toml), "licenses.no-data")


def test_a_file_in_many_environments_is_judged_once() -> None:
    used = [package("a", "ISC")._replace(category=name) for name in ("default", "docs")]
    assert len(found(judged(lock=lock(*used), toml=lists(deny=["ISC"])), "licenses.deny")) == 1

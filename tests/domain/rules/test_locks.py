"""The rules on locks."""

from dataclasses import replace

import pytest

from envtool.adapters.yaml_events import EventYaml
from envtool.domain.judge import Selection, judge
from envtool.domain.lock_reader import read_lock
from tests.judging import environment as env
from tests.judging import found, judged, lines, project
from tests.locking import Entry, lock_text

PYTHON = Entry("python", "3.12.1")
BOTH = ("linux-64", "osx-arm64")


def everywhere(entry: Entry) -> tuple[Entry, ...]:
    return tuple(entry._replace(platform=platform) for platform in BOTH)


# Production file, lock, and the messages of `lock.in-sync`.
IN_SYNC: list[tuple[str, str, list[str]]] = [
    (env("python=3.12"), lock_text(PYTHON), []),
    (env("python=3.13"), lock_text(PYTHON), ["`python=3.13` is not met by `conda-lock.yml`: locked 3.12.1"]),
    (env("numpy"), lock_text(PYTHON), ["`numpy` is not met by `conda-lock.yml`: it is not in the lock"]),
    (
        env("python=3.13"),
        lock_text(PYTHON, Entry("python", "3.13.1", "osx-arm64"), platforms=BOTH),
        ["`python=3.13` is not met by `conda-lock.yml` on linux-64: locked 3.12.1"],
    ),
    (env("python=3.13"), lock_text(*everywhere(PYTHON), platforms=BOTH), ["`python=3.13` is not met by `conda-lock.yml`: locked 3.12.1"]),
    (env("numpy  # [osx]"), lock_text(PYTHON), []),
    (env("python=3.12.1=h0_0"), lock_text(PYTHON), []),
    (env("python=3.12.1=h1*"), lock_text(PYTHON), ["`python=3.12.1=h1*` is not met by `conda-lock.yml`: locked build h0_0"]),
    (env("'*[md5=0]'"), lock_text(PYTHON), []),
    (env("pip: [Requests==1.0]"), lock_text(Entry("requests", manager="pip")), []),
    (env("pip: [requests==2.0]"), lock_text(Entry("requests", manager="pip")), ["`requests==2.0` is not met by `conda-lock.yml`: locked 1.0"]),
    (env("pip: [torch]"), lock_text(Entry("pytorch")), []),
    (env("pip: [-e ., 'x; python_version<\"3\"', -r y.txt]"), lock_text(PYTHON), []),
    (env("odd>=1"), lock_text(Entry("odd", "not!a!version")), []),
    (env("python"), lock_text(PYTHON, sources=("other.yml",)), ["the lock was not made from `environment.yml`"]),
    (env("python"), lock_text(PYTHON, sources=()), []),
]  # fmt: skip


@pytest.mark.parametrize(("text", "lock", "messages"), IN_SYNC)
def test_in_sync(text: str, lock: str, messages: list[str]) -> None:
    judgement = judged(text, lock=lock)
    assert [each.message for each in found(judgement, "lock.in-sync")] == messages


def test_development_is_in_the_lock_too() -> None:
    judgement = judged(env("python"), env("pytest=8"), lock=lock_text(PYTHON))
    (finding,) = found(judgement, "lock.in-sync")
    assert finding.message.startswith("`pytest=8` is not met by `conda-lock.yml`")


def test_a_lock_in_sync_is_pin_enough_unless_strict() -> None:
    lock = lock_text(PYTHON, Entry("numpy"))
    text = env("numpy", "pip: [numpy]")
    assert found(judged(text), "pins.direct")
    assert not found(judged(text, lock=lock), "pins.direct")
    assert not found(judged(text, lock=lock), "pins.pip-direct")
    assert found(judged(text, lock=lock, toml="profile = 'strict'"), "pins.direct")
    assert found(judged(env("numpy", "scipy"), lock=lock), "pins.direct")


@pytest.mark.parametrize(
    ("text", "ban", "messages"),
    [
        (None, "package='pyt*'", ["`python 3.12.1` is locked and banned: r"]),
        (None, "package='python', versions='<3.12'", []),
        (None, "package='python', versions='>=3.12', instead='x'", ["`python 3.12.1` is locked and banned: r"]),
        (None, "package='odd', versions='>=1'", []),
        (env("python=3.12"), "package='python'", ["`python=3.12` is banned: r"]),
    ],
)  # fmt: skip
def test_what_came_in_through_another_package_is_banned_too(
    text: str | None, ban: str, messages: list[str]
) -> None:
    lock = lock_text(*everywhere(PYTHON), Entry("odd", "not!a!version"), platforms=BOTH)
    judgement = judged(text, lock=lock, toml=f"bans = [{{{ban}, reason='r'}}]")
    assert [each.message for each in found(judgement, "bans.deny")] == messages


RECORDS = """\
version: 6
environments:
  default:
    channels:
    - url: https://conda.anaconda.org/conda-forge/
    packages:
      linux-64:
      - conda: https://conda.anaconda.org/conda-forge/linux-64/{0}
packages:
- conda: https://conda.anaconda.org/conda-forge/linux-64/{0}
  sha256: 0000000000000000000000000000000000000000000000000000000000000000
"""


@pytest.mark.parametrize(
    ("file", "places"),
    [
        ("python-3.12.1-h0_0.conda", ["conda-lock.yml"]),
        ("python-3.12.2-h0_0.conda", ["conda-lock.yml", "recovery/records.lock"]),
    ],
)
def test_what_the_records_say_once_more_is_banned_once(file: str, places: list[str]) -> None:
    parse = EventYaml().parse
    locks = [read_lock(lock_text(PYTHON), "conda-lock.yml", parse)]
    locks += [read_lock(RECORDS.format(file), "recovery/records.lock", parse)]
    asked = project(toml="bans = [{package='python', reason='r'}]")
    judgement = judge(replace(asked, locks=tuple(filter(None, locks))), Selection())
    findings = found(judgement, "bans.deny")
    assert [each.place.path for each in findings] == places
    assert {each.fix for each in findings} == {
        "ask for a release without it, then lock again: `envtool lock`"
    }


def test_no_lock() -> None:
    strict = "profile = 'strict'"
    assert lines(judged(env("a"), toml=strict), "lock.present") == [("environment.yml", 0)]
    assert not found(judged(env("a"), toml=strict, lock=lock_text(PYTHON)), "lock.present")
    assert not found(judged(toml=strict), "lock.present")
    assert not found(judged(env("a")), "lock.present")
    pixi = "version: 6\nenvironments: {}\npackages: []\n"
    judgement = judged(env("a"), toml=strict, lock=pixi)
    assert found(judgement, "lock.present")
    assert not found(judgement, "lock.in-sync")
    assert not found(judgement, "lock.complete")


@pytest.mark.parametrize(
    ("entries", "messages"),
    [
        ((PYTHON,), []),
        ((PYTHON._replace(needs=(("__glibc", ">=2"), ("odd", "=>"), ("x", ""), ("y", ">=1"))), Entry("odd"), Entry("x"), Entry("y")), []),
        ((PYTHON._replace(needs=(("zlib", ">=1,<2"),)),), ["`python 3.12.1` needs `zlib >=1,<2`, which is not in the lock on linux-64"]),
        ((PYTHON._replace(needs=(("zlib", ""),)),), ["`python 3.12.1` needs `zlib`, which is not in the lock on linux-64"]),
        ((PYTHON._replace(needs=(("zlib", ">=1.1"),)), Entry("zlib")), ["`python 3.12.1` needs `zlib >=1.1`, and 1.0 is locked on linux-64"]),
        ((PYTHON._replace(needs=(("abi", "1.0 h1*"),)), Entry("abi")), ["`python 3.12.1` needs `abi 1.0 h1*`, and build h0_0 is locked on linux-64"]),
        ((PYTHON._replace(needs=(("abi", "1.0 h0*"),)), Entry("abi")), []),
        ((PYTHON._replace(needs=(("odd", ">=1"),)), Entry("odd", "not!a!version")), []),
        ((Entry("a", manager="pip", needs=(("b", ""),)),), []),
    ],
)  # fmt: skip
def test_inconsistent(entries: tuple[Entry, ...], messages: list[str]) -> None:
    judgement = judged(lock=lock_text(*entries))
    assert [each.message for each in found(judgement, "lock.inconsistent")] == messages


def test_what_holds_on_several_platforms_is_one_finding() -> None:
    broken = PYTHON._replace(needs=(("zlib", ""),))
    lock = lock_text(*everywhere(broken), platforms=BOTH)
    (finding,) = found(judged(lock=lock), "lock.inconsistent")
    assert finding.message.endswith("on linux-64, osx-arm64")
    assert finding.source == "- name: python"


@pytest.mark.parametrize(
    ("text", "lock", "platforms"),
    [
        (None, lock_text(PYTHON), []),
        (None, lock_text(PYTHON, platforms=BOTH), ["osx-arm64"]),
        (env("python", platforms="[linux-64, win-64]"), lock_text(PYTHON), ["win-64"]),
        (None, lock_text(platforms=BOTH), []),
    ],
)
def test_complete(text: str | None, lock: str, platforms: list[str]) -> None:
    messages = [each.message for each in found(judged(text, lock=lock), "lock.complete")]
    assert messages == [f"no package is locked for {platform}" for platform in platforms]


def bare(name: str, **changes: str) -> Entry:
    return Entry(name, md5="", sha256="", **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rule", "entries", "messages"),
    [
        ("lock.hashes", (PYTHON,), []),
        ("lock.hashes", (PYTHON, bare("a")), ["1 of 2 packages have no hash: `a`"]),
        ("lock.hashes", tuple(bare(name) for name in "abcde"), ["5 of 5 packages have no hash: `a`, `b`, `c` and 2 more"]),
        ("lock.hashes", (bare("a", manager="pip", url="git+https://x"),), []),
        ("lock.md5-only", (PYTHON, Entry("a", sha256="")), ["1 of 2 packages have an MD5 and no SHA-256: `a`"]),
        ("lock.same-url-two-hashes", (Entry("a", url="u"), Entry("a", url="u")), []),
        ("lock.same-url-two-hashes", (Entry("a", url="u"), Entry("a", url="u", sha256="")), []),
        ("lock.same-url-two-hashes", (Entry("a", url="u"), Entry("a", url="u", sha256="1" * 64)), ["`a` has another SHA-256 in line 14"]),
        ("lock.conda-pip-duplicate", (Entry("a"), Entry("b", manager="pip")), []),
        ("lock.conda-pip-duplicate", (Entry("a"), Entry("a", manager="pip", platform="osx-64")), []),
        ("lock.conda-pip-duplicate", (Entry("pytorch"), Entry("torch", "2", manager="pip")), ["`torch` is locked for pip (2) and for conda (1.0) on linux-64"]),
    ],
)  # fmt: skip
def test_what_a_lock_can_be(rule: str, entries: tuple[Entry, ...], messages: list[str]) -> None:
    judgement = judged(lock=lock_text(*entries))
    assert [each.message for each in found(judgement, rule)] == messages

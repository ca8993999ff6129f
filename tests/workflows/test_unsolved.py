"""Why nothing satisfies the files: one row for each cause, and its hint is true when followed."""

import json
from collections.abc import Iterable
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from envtool.adapters import connect
from envtool.domain.results import Result
from envtool.workflows.lock_inputs import read_inputs
from envtool.workflows.locking import NoSolutionError, solve_project
from envtool.workflows.unsolved import no_solution
from tests.channel.faults import Status
from tests.channel.server import ChannelServer
from tests.channels import record, write_records
from tests.conftest import Envtool
from tests.hints import failures, follow

LINUX, MAC, WIN = "linux-64", "osx-arm64", "win-64"


def python(version: str) -> dict[str, Any]:
    return record("python", version)


def forced(name: str, version: str, *series: str) -> list[dict[str, Any]]:
    """A package with a build for each series of python."""
    return [
        record(name, version, f"python >={each},<{each}.99", build=f"py{each.replace('.', '')}")
        for each in series
    ]


RECORDS = (
    *(python(f"3.{minor}.1") for minor in (9, 10, 11, 12)),
    *(record("numlib", version) for version in ("1.26.4", "2.0.0", "2.1.0")),
    record("numlib", "2.1.0", build="mkl_1"),
    record("pandas", "2.2.0", "numlib >=2"),
    record("pandas", "1.5.0", "numlib <2"),
    record("plot", "1.0", "pandas >=2"),
    record("view", "1.0", "plot"),
    *forced("fast", "1.0", "3.11", "3.12"),
    *forced("slow", "1.0", "3.9", "3.10"),
    record("checker", "1.0", "numlib <2"),
    record("pytorch", "2.5"),
    record("foo_bar", "1.0"),
    record("only-linux", "1.0", subdir=LINUX),
    record("only-mac", "1.0", subdir=MAC),
    record("new-glibc", "1.0", "__glibc >=2.34", "__linux >=3", subdir=LINUX),
    record("newer-glibc", "1.0", "__glibc >=2.35", subdir=LINUX),
    record("needs-new", "1.0", "new-glibc"),
    record("gpu", "1.0", "__cuda >=12.4", subdir=LINUX),
    record("gpu", "0.9", "__cuda >=12.6", subdir=LINUX),
    record("on-mac", "1.0", "__osx >=12", subdir=MAC),
    record("windows", "1.0", "__win"),
    record("intel", "1.0", "__archspec 1 x86_64"),
    record("zos", "1.0", "__zos >=2"),
    record("odd-glibc", "1.0", "__glibc <2.17", subdir=LINUX),
    record("a", "1.0", "c 1.*"),
    record("b", "1.0", "c 2.*"),
    record("b", "2.0", "c 1.*"),
    *(record("c", version) for version in ("1.0", "2.0")),
    record("broken", "1.0", "gone >=1"),
    record("broken-too", "1.0", "gone"),
    *forced("every", "1.0", "3.9", "3.10", "3.11", "3.12"),
    record("python", "2.7.1"),
)


class Case(NamedTuple):
    """A project that has no environment.

    Attributes:
        lines: of `environment.yml`.
        first: what the answer says first, after the platform.
        hint: of the first failure, or a part of it; it is followed.
        says: what else is said.
        files: others, by name.
        platforms: to lock for.
        on: those that have no environment.
    """

    lines: tuple[str, ...]
    first: str
    hint: str
    says: tuple[str, ...] = ()
    files: dict[str, str] = {}  # noqa: RUF012 - never changed
    platforms: tuple[str, ...] = (LINUX,)
    on: str = LINUX


POLICY = "envtool.toml"
CASES = {
    "no such name, one is near": Case(
        ("pandsa", "numlib"), "no channel has `pandsa`", "did you mean `pandas`?"
    ),
    "PyPI calls it so": Case(
        ("torch==2.4",), "no channel has `torch==2.4`", "conda calls it `pytorch`"
    ),
    "another spelling": Case(("foo-bar",), "no channel has `foo-bar`", "did you mean `foo_bar`?"),
    "no such version, one is below and one above": Case(
        ("numlib=1.99",),
        "`numlib=1.99`: no channel has this version, the nearest are 1.26.4 and 2.0.0",
        "write `numlib=2.0` instead of `numlib=1.99` (environment.yml:4)",
    ),
    "no such version, all are older": Case(
        ("numlib>=3",),
        "`numlib>=3`: no channel has this version, the newest is 2.1.0",
        "write `numlib>=2.1.0` instead of `numlib>=3` (environment.yml:4)",
    ),
    "no such version, all are newer": Case(
        ("numlib <1.20",),
        "`numlib <1.20`: no channel has this version, the oldest is 1.26.4",
        "write `numlib<1.27` instead of `numlib <1.20` (environment.yml:4)",
    ),
    "the near version does not go with another line": Case(
        ("numlib=1.99", "checker"),
        "`numlib=1.99`: no channel has this version, the nearest are 1.26.4 and 2.0.0",
        "write `numlib=1.26` instead of `numlib=1.99` (environment.yml:4)",
    ),
    "no such build": Case(
        ("numlib=2.1.0=openblas*",),
        "`numlib=2.1.0=openblas*`: no channel has this build, but `0`, `mkl_1`",
        "write `numlib=2.1.0` instead of `numlib=2.1.0=openblas*` (environment.yml:4)",
    ),
    "another platform has it, and is locked, too": Case(
        ("numlib", "only-linux"),
        "`only-linux` is there for linux-64 only",
        "keep it where it exists: `- only-linux  # [linux]` (environment.yml:5)",
        platforms=(LINUX, MAC),
        on=MAC,
    ),
    "another platform has it, and is not locked": Case(
        ("numlib", "only-mac"),
        "`only-mac` is there for osx-arm64 only",
        "take it out, or lock where it exists: `envtool lock --platform osx-arm64`",
    ),
    "two pins exclude each other": Case(
        ("numlib=1.26", "numlib>=2"),
        "`numlib=1.26` and `numlib>=2` can not be together",
        "write `numlib=2.1` instead of `numlib=1.26` (environment.yml:4)",
    ),
    "a pin against what another line needs": Case(
        ("numlib=1.26", "pandas=2.2"),
        "`pandas=2.2` and `numlib=1.26` can not be together",
        "write `numlib=2.1` instead of `numlib=1.26` (environment.yml:4)",
        (
            "hint: or write `pandas=1.5` instead of `pandas=2.2` (environment.yml:5)",
            "`pandas=2.2` needs `numlib` >=2",
        ),
    ),
    "a pin against what another line needs of others": Case(
        ("numlib=1.26", "view"),
        "`numlib=1.26` and `view` can not be together",
        "write `numlib=2.1` instead of `numlib=1.26` (environment.yml:4)",
        ("`view` needs `numlib` >=2, through `plot`, `pandas`",),
    ),
    "a pin of python": Case(
        ("python=3.9", "fast", "numlib"),
        "`python=3.9` and `fast` can not be together",
        "write `python=3.12` instead of `python=3.9` (environment.yml:4)",
        (
            "`fast` needs `python` >=3.11,<3.11.99 or >=3.12,<3.12.99",
            "layer `application` brings the conflict: `core-system` alone has a solution",
        ),
    ),
    "nothing to loosen": Case(
        ("fast", "slow"),
        "`fast` and `slow` can not be together",
        "take out `slow` (environment.yml:5)",
        ("hint: or take out `fast` (environment.yml:4)",),
    ),
    "what no channel has is needed": Case(
        ("broken", "numlib"),
        "`broken` can not be installed, with anything or nothing else",
        "take out `broken` (environment.yml:4)",
        ("`broken` needs `gone` >=1, which no channel has",),
    ),
    "what no channel has is needed in any version": Case(
        ("broken-too", "numlib"),
        "`broken-too` can not be installed, with anything or nothing else",
        "take out `broken-too` (environment.yml:4)",
        ("`broken-too` needs `gone`, which no channel has",),
    ),
    "many series would do": Case(
        ("python=2.7", "every"),
        "`python=2.7` and `every` can not be together",
        "write `python=3.12` instead of `python=2.7` (environment.yml:4)",
        ("`every` needs `python`, from >=3.9,<3.9.99 up to >=3.12,<3.12.99",),
    ),
    "the solver reads it as another one": Case(
        ("numlib==1.*",),
        "`numlib==1.*` can not be installed, with anything or nothing else",
        "write `numlib==2.1.0` instead of `numlib==1.*` (environment.yml:4)",
        ("`numlib==1.*` is read as `numlib` ==1, which no channel has",),
    ),
    "two conflicts": Case(
        ("numlib=1.26", "pandas=2.2", "a=1", "b=1"),
        "`pandas=2.2` and `numlib=1.26` can not be together",
        "write `numlib=2.1` instead of `numlib=1.26` (environment.yml:4), and",
    ),
    "nothing to loosen, and a range of the policy": Case(
        ("fast", "slow", "view"),
        "`fast` and `slow` can not be together",
        "take out `slow` (environment.yml:5), and take out `view` (environment.yml:6)",
        ("and take `numlib` out of `[constraints]` in the policy",),
        files={POLICY: '[constraints]\nnumlib = "<2"\nnobody = "<1"\n'},
    ),
    "glibc of the machine": Case(
        ("new-glibc",),
        "`new-glibc` needs glibc 2.34, the lock is for 2.28",
        'write `subdirs: {linux-64: {packages: {__unix: "0", __linux: "5.10",',
    ),
    "two that need another glibc": Case(
        ("needs-new", "newer-glibc"),
        "`newer-glibc` needs glibc 2.35, the lock is for 2.28",
        "if it will run on such machines alone, say so: write `subdirs:",
    ),
    "CUDA of the machine, with a file that says so": Case(
        ("gpu",),
        "`gpu` needs cuda 12.4, the lock is for 11.8",
        'in `virtual-packages.yml`, under `linux-64`, write `__cuda: "12.4"`',
        files={
            "virtual-packages.yml": "subdirs:\n  linux-64:\n    packages:\n"
            '      __glibc: "2.28"\n      __cuda: "11.8"\n'
        },
    ),
    "macOS of the machine": Case(
        ("on-mac",),
        "`on-mac` needs osx 12, the lock is for 11.0",
        "into `virtual-packages.yml`",
        platforms=(MAC,),
        on=MAC,
    ),
    "a machine of another kind": Case(
        ("numlib", "windows"),
        "`windows` is not for linux-64: it needs `__win`",
        "keep it where it exists: `- windows  # [win]` (environment.yml:5)",
        platforms=(LINUX, WIN),
    ),
    "a machine that is too new": Case(
        ("odd-glibc", "numlib"),
        "`odd-glibc` can not be installed, with anything or nothing else",
        "take out `odd-glibc` (environment.yml:4)",
        ("`odd-glibc` needs `__glibc` <2.17, which no channel has",),
    ),
    "a range of the policy": Case(
        ("view",),
        "`view` and `numlib <2` can not be together",
        'write `numlib = "<3"` under `[constraints]` in the policy',
        ("`numlib <2` is what `[constraints]` of the policy allows",),
        {POLICY: '[constraints]\nnumlib = "<2"\n'},
    ),
    "a range of the policy that takes all away": Case(
        ("view",),
        "`view` and `numlib >=9` can not be together",
        'write `numlib = ">=2.1.0"` under `[constraints]` in the policy',
        files={POLICY: '[constraints]\nnumlib = ">=9"\n'},
    ),
    "development against production": Case(
        ("numlib=2", "pandas"),
        "`numlib=2` and `checker` can not be together",
        "write `numlib=1` instead of `numlib=2` (environment.yml:4)",
        ("environment-dev.yml:4:5: `checker` needs `numlib` <2",),
        {"environment-dev.yml": "checker"},
    ),
    "three that go together two by two": Case(
        ("a", "b=1", "numlib", "pandas", "plot", "python=3.9"),
        "`a` and `b=1` can not be together",
        "write `b=2` instead of `b=1` (environment.yml:5)",
    ),
    "several things at once": Case(
        ("numlib=1.99", "pandsa", "python=3.9", "fast"),
        "`numlib=1.99`: no channel has this version, the nearest are 1.26.4 and 2.0.0 (and 2 more)",
        "write `numlib=2.1` instead of `numlib=1.99` (environment.yml:4)",
        ("no channel has `pandsa`", "`python=3.9` and `fast` can not be together"),
    ),
}


def settled(envtool: Envtool, folder: Path, *command: str) -> bool:
    """Whether there is an environment when the first hint of each cause is followed."""
    again: tuple[str, ...] = ("lock",)
    for failure in failures(envtool, *command):
        again = max(again, follow(folder, failure, failure["hints"][0]), key=len)
    return envtool(*again).code == 0


def write(folder: Path, lines: tuple[str, ...], *channels: str, platforms: tuple[str, ...]) -> None:
    """An `environment.yml`, its first dependency in line 4."""
    head = f"channels: [{', '.join(channels)}]\nplatforms: [{', '.join(platforms)}]\n"
    listed = "".join(f"  - {line}\n" for line in lines)
    (folder / "environment.yml").write_text(f"{head}dependencies:\n{listed}")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home without a `.condarc`."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_cause_is_told_and_its_hint_is_true(envtool: Envtool, tmp_path: Path, case: Case) -> None:
    url = write_records(tmp_path / "channel", RECORDS)
    write(tmp_path, case.lines, url, platforms=case.platforms)
    for name, text in case.files.items():
        is_spec = name.endswith("-dev.yml")
        head = f"channels: [{url}]\nname: dev\ndependencies:\n  - "
        (tmp_path / name).write_text(f"{head}{text}\n" if is_spec else text)
    told = envtool("lock")
    text = " ".join(f"{told.out}{told.err}".split())
    assert told.code == 3, told
    assert told.first == f"Unsatisfiable on {case.on}: {case.first}"
    wanted = (case.hint, *case.says)
    assert all(" ".join(each.split()) in text for each in wanted), told.out
    assert "nothing was written" in text
    assert not (tmp_path / "conda-lock.yml").exists()
    assert settled(envtool, tmp_path, "lock"), (tmp_path / "environment.yml").read_text()


@pytest.fixture
def two(tmp_path: Path, home: Path) -> tuple[str, str]:
    """Two channels; the first one has less of `numlib`."""
    assert not (home / ".condarc").exists()
    first = (
        record("numlib", "1.26.4"),
        record("fast", "1.0", "numlib >=2"),
        record("own", "1.0"),
        record("uses", "1.0", "numlib"),
    )
    high = write_records(tmp_path / "high", first)
    low = write_records(tmp_path / "low", (record("numlib", "2.0.0"), record("numlib", "2.1.0")))
    return high, low


def test_a_channel_in_front_of_a_name_does_not_have_it(
    envtool: Envtool, tmp_path: Path, two: tuple[str, str]
) -> None:
    high, low = two
    write(tmp_path, (f"{low}::own",), high, low, platforms=(LINUX,))
    told = envtool("lock")
    assert told.first.endswith(f"`{low}::own`: that channel does not have it, `{high}` has")
    assert f"write `own` instead of `{low}::own`" in " ".join(told.out.split())
    assert settled(envtool, tmp_path, "lock")


def test_the_channel_in_front_of_a_name_stays_there(
    envtool: Envtool, tmp_path: Path, two: tuple[str, str]
) -> None:
    high, low = two
    write(tmp_path, (f"{low}::numlib=2.0.9",), high, low, platforms=(LINUX,))
    told = envtool("lock")
    assert f"write `{low}::numlib=2.1.0` instead of" in " ".join(told.out.split())
    assert settled(envtool, tmp_path, "lock")


@pytest.mark.parametrize(
    ("lines", "message", "hint"),
    [
        (
            ("fast", "numlib"),
            "`fast` can not be installed, with anything or nothing else",
            "take out `fast` (environment.yml:4)",
        ),
        (
            ("numlib=2", "numlib"),
            "`numlib=2` and `numlib` can not be together",
            "write `numlib=1` instead of `numlib=2` (environment.yml:4)",
        ),
    ],
)
def test_a_channel_that_goes_before_hides_a_version(
    envtool: Envtool,
    tmp_path: Path,
    two: tuple[str, str],
    lines: tuple[str, ...],
    message: str,
    hint: str,
) -> None:
    write(tmp_path, lines, *two, platforms=(LINUX,))
    (failure,) = failures(envtool, "lock")
    first, last = failure["hints"]
    assert (failure["message"], first) == (message, hint)
    assert "`channel_priority: disabled` in `.condarc`" in last
    follow(tmp_path, failure, last)
    assert envtool("lock").code == 0


@pytest.mark.usefixtures("home")
def test_a_line_is_told_of_once_whatever_versions_are_near(
    envtool: Envtool, tmp_path: Path
) -> None:
    tied = [record("tied", "1.0", subdir=LINUX), record("tied", "2.0", subdir=LINUX)]
    url = write_records(tmp_path / "channel", (*RECORDS, *tied, record("tied", "2.0", subdir=MAC)))
    write(tmp_path, ("tied=1.5",), url, platforms=(LINUX, MAC))
    told = envtool("lock")
    assert told.first == (
        "Unsatisfiable on linux-64, osx-arm64: `tied=1.5`: no channel has this version,"
        " the nearest are 1.0 and 2.0"
    )
    assert settled(envtool, tmp_path, "lock")


@pytest.mark.usefixtures("home")
def test_a_line_goes_as_far_as_all_platforms_need(envtool: Envtool, tmp_path: Path) -> None:
    tied = [
        record("tied", "1.0", "numlib", subdir=LINUX),
        record("tied", "1.0", "numlib >=2.1", subdir=MAC),
        record("numlib", "2.0.0", build="mac", subdir=MAC),
    ]
    url = write_records(tmp_path / "channel", (*RECORDS, *tied))
    write(tmp_path, ("tied", "numlib=1.99"), url, platforms=(LINUX, MAC))
    (failure,) = failures(envtool, "lock")
    assert failure["hints"] == ["write `numlib=2.1` instead of `numlib=1.99` (environment.yml:5)"]
    assert settled(envtool, tmp_path, "lock")


@pytest.mark.usefixtures("home")
def test_what_a_channel_took_back_is_not_there(envtool: Envtool, tmp_path: Path) -> None:
    url = write_records(tmp_path / "channel", RECORDS)
    index = tmp_path / "channel/noarch/repodata.json"
    content = json.loads(index.read_text())
    gone = "pandas-2.2.0-0.conda"
    content["removed"] = [gone]
    del content["packages.conda"][gone]
    index.write_text(json.dumps(content))
    write(tmp_path, ("pandas=2.2",), url, platforms=(LINUX,))
    told = envtool("lock")
    assert told.first.endswith("no channel has this version, the newest is 1.5.0")
    assert settled(envtool, tmp_path, "lock")


@pytest.mark.usefixtures("home")
def test_platforms_share_a_cause_and_have_their_own(envtool: Envtool, tmp_path: Path) -> None:
    url = write_records(tmp_path / "channel", RECORDS)
    lines = ("python=3.9", "fast", "only-linux")
    write(tmp_path, lines, url, platforms=(LINUX, MAC, WIN))
    told = envtool("lock")
    text = " ".join(told.out.split())
    assert told.first.startswith("Unsatisfiable on linux-64, osx-arm64, win-64: ")
    assert text.count("`python=3.9` and `fast` can not be together") == 1
    assert "`only-linux` is there for linux-64 only (on osx-arm64, win-64)" in text
    assert settled(envtool, tmp_path, "lock")


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("comment", ["", "  # [linux]"])
def test_a_conflict_of_one_platform_is_not_that_of_another(
    envtool: Envtool, tmp_path: Path, comment: str
) -> None:
    needs = {LINUX: "c 1.*", MAC: "other 1.*"}
    one = (record("one", "1.0", need, subdir=each) for each, need in needs.items())
    others = (record("other", version) for version in ("1.0", "2.0"))
    url = write_records(tmp_path / "channel", (*RECORDS, *one, *others))
    write(tmp_path, ("one", f"c=2{comment}", "other=2"), url, platforms=(LINUX, MAC))
    found = [each["message"] for each in failures(envtool, "lock")]
    assert found == [
        "`one` and `c=2` can not be together (on linux-64)",
        "`one` and `other=2` can not be together (on osx-arm64)",
    ]
    assert settled(envtool, tmp_path, "lock")


MANY = tuple(f"p{number}" for number in range(10))


def _apart(tmp_path: Path, more: Iterable[dict[str, Any]]) -> str:
    """A channel with `more`, and with packages whose version 1 needs `c 1.*`, and 2 `c 2.*`."""
    many = (record(each, f"{v}.0", f"c {v}.*") for each in MANY for v in (1, 2))
    return write_records(tmp_path / "channel", (*RECORDS, *many, *more))


@pytest.mark.usefixtures("home")
def test_more_lines_than_are_searched_for_move_to_the_newest(
    envtool: Envtool, tmp_path: Path
) -> None:
    old, new = [f"{each}=1" for each in MANY[:5]], [f"{each}=2" for each in MANY[5:]]
    write(tmp_path, (*old, "c=2", *new), _apart(tmp_path, ()), platforms=(LINUX,))
    (failure,) = failures(envtool, "lock")
    assert failure["hints"][0].count("instead of") == 5
    assert settled(envtool, tmp_path, "lock")


@pytest.mark.usefixtures("home")
def test_too_many_lines_are_in_the_way(envtool: Envtool, tmp_path: Path) -> None:
    others = tuple(f"of-{each}" for each in MANY)
    both = (record(each, "1.0", f"{name} 2.*") for each, name in zip(others, MANY, strict=True))
    url = _apart(tmp_path, both)
    write(tmp_path, (*(f"{each}=1" for each in MANY), *others), url, platforms=(LINUX,))
    (failure,) = failures(envtool, "lock")
    assert "no way out was found that changes a few lines only" in failure["details"]
    assert failure["hints"] == [
        "loosen one of these lines or take it out, and try again: `envtool lock`"
    ]


@pytest.mark.usefixtures("home")
def test_platforms_that_can_not_be_asked_are_left_out(
    envtool: Envtool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONDA_REMOTE_MAX_RETRIES", "0")
    write_records(tmp_path / "channel", RECORDS)
    with ChannelServer(str(tmp_path / "channel")) as server:
        server.fail("osx-*", Status(code=500))
        write(tmp_path, ("only-mac",), server.url, platforms=(LINUX,))
        told = envtool("lock")
        assert told.first == "Unsatisfiable on linux-64: no channel has `only-mac`"
        server.heal()
        assert "`only-mac` is there for osx-arm64 only" in envtool("lock").first


class Jumping:
    """A clock that goes on by so many seconds whenever somebody looks at it."""

    def __init__(self, step: float) -> None:
        self._times = count(step=step)

    def __call__(self) -> float:
        return float(next(self._times))


def _unsolved(tmp_path: Path, now: Jumping) -> Result:
    tools = connect()
    inputs = read_inputs(tools, str(tmp_path), date(2026, 11, 23))
    with pytest.raises(NoSolutionError) as raised:
        solve_project(tools, inputs, {})
    return no_solution(tools, inputs, raised.value.unsolved, now=now)


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("step", "says"),
    [
        (9.0, "not explained: the time for that is up"),
        (0.8, "the search was cut short: it may be about fewer of these"),
        (0.6, "no way out was found that changes a few lines only"),
        (0.0, "`view` needs `numlib` >=2, through `plot`, `pandas`"),
    ],
)
def test_an_explanation_ends_in_time(tmp_path: Path, step: float, says: str) -> None:
    write_records(tmp_path / "channel", RECORDS)
    url = (tmp_path / "channel").as_uri()
    write(tmp_path, ("numlib=1.26", "view", "c"), url, platforms=(LINUX,))
    result = _unsolved(tmp_path, Jumping(step))
    assert result.exit_code == 3
    (failure,) = result.failures
    assert any(says in each for each in failure.details), failure
    assert failure.hints


@pytest.mark.usefixtures("home")
def test_lines_that_can_not_be_are_told_when_the_time_is_up(tmp_path: Path) -> None:
    url = write_records(tmp_path / "channel", RECORDS)
    write(tmp_path, ("pandsa", "numlib=1.26", "view"), url, platforms=(LINUX,))
    (failure,) = _unsolved(tmp_path, Jumping(9)).failures
    assert failure.message == "no channel has `pandsa`"


@pytest.mark.usefixtures("home")
def test_the_account_of_the_solver_is_cut(tmp_path: Path) -> None:
    many = (record("big", f"1.{each}", f"c {each + 3}.*") for each in range(40))
    url = write_records(tmp_path / "channel", (*RECORDS, *many))
    write(tmp_path, ("big",), url, platforms=(LINUX,))
    (failure,) = _unsolved(tmp_path, Jumping(9)).failures
    assert failure.message == "no environment has all that is asked for"
    assert len(failure.details) == 26
    assert "more lines, which `-o json` has" in failure.details[-2]

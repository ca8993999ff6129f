"""`envtool update`: a candidate beside the project, as far as the level lets it go."""

import json
from pathlib import Path

import pytest

from tests.channel.server import ChannelServer
from tests.channels import record, write_records
from tests.conftest import Envtool
from tests.locking import Entry, entry_text
from tests.updating import MAC, Project, make, records
from tests.wheels import write_wheel


@pytest.fixture
def project(tmp_path: Path, envtool: Envtool) -> Project:
    return make(tmp_path, envtool)


OLD = ("numlib=1.26.3", "web ==1.0.0", "twin=1.0")
PINNED = ("numlib=1.26", "web ==1.0.0", "twin=1.0")


@pytest.fixture
def old(project: Project) -> Project:
    """A project that was locked a while ago."""
    project.lock(*OLD, then=PINNED)
    return project


@pytest.mark.parametrize(
    ("arguments", "changes", "lines"),
    [
        (("numlib",), ["minor numlib 1.26.3 1.27.0"], ["numlib=1.27"]),
        (("numlib", "--level", "patch"), ["patch numlib 1.26.3 1.26.5"], []),
        (
            ("NumLib", "--level", "major"),
            ["major numlib 1.26.3 2.0.0", "major base 1.1 2.0"],
            ["numlib=2.0"],
        ),
        (("web",), ["added helper None 0.1", "minor web 1.0.0 1.2.0"], ["web ==1.2.0"]),
        (("web", "--level", "patch"), ["patch web 1.0.0 1.0.1"], ["web ==1.0.1"]),
        # Linux has a newer one, and one line is for both.
        (("twin",), ["minor twin 1.0 1.1"], ["twin=1.1"]),
        (
            ("twin", "web", "--level", "patch"),
            ["patch web 1.0.0 1.0.1"],
            ["web ==1.0.1"],
        ),
        (
            ("--all",),
            [
                "added helper None 0.1",
                "minor numlib 1.26.3 1.27.0",
                "minor twin 1.0 1.1",
                "minor web 1.0.0 1.2.0",
            ],
            ["numlib=1.27", "web ==1.2.0", "twin=1.1"],
        ),
        (
            ("--all", "--level", "patch"),
            ["patch numlib 1.26.3 1.26.5", "patch web 1.0.0 1.0.1"],
            ["web ==1.0.1"],
        ),
        # As on a day in January.
        (("--all", "--as-of", "2026-01-21"), ["patch numlib 1.26.3 1.26.4", "minor twin 1.0 1.1"], ["twin=1.1"]),
        (("--all", "--as-of", "2026-01-22"), ["patch numlib 1.26.3 1.26.4", "patch web 1.0.0 1.0.1", "minor twin 1.0 1.1"], ["web ==1.0.1", "twin=1.1"]),
    ],
)  # fmt: skip
def test_an_update_goes_as_far_as_it_may(
    old: Project, arguments: tuple[str, ...], changes: list[str], lines: list[str]
) -> None:
    assert sorted(old.changes(*arguments)) == sorted(changes)
    assert old.lines(*arguments) == lines


def test_the_candidate_lies_beside_the_project(old: Project) -> None:
    before = old.files()
    done = old.update("numlib")
    assert done.first == "1 package changes: 1 auto"
    assert "accept it: `envtool export`" in " ".join(done.out.split())
    assert old.files() == before
    assert old.candidate() == {
        "environment.yml", "conda-lock.yml", "recovery/records.lock", "plan.json",
    }  # fmt: skip
    text = before["environment.yml"].replace(b"numlib=1.26", b"numlib=1.27")
    folder = old.folder / ".envtool"
    assert (folder / "candidate/environment.yml").read_bytes() == text
    assert (folder / ".gitignore").read_text() == "*\n"
    plan = json.loads((folder / "candidate/plan.json").read_text())
    assert (plan["version"], plan["command"]) == (1, "envtool update numlib")
    assert plan["plan"]["counts"] == {"auto": 1, "review": 0}
    assert plan["plan"]["level"] == "minor"


def test_a_dry_run_writes_nothing(old: Project) -> None:
    done = old.update("--all", "--dry-run")
    assert done.first == "4 packages change: 3 auto, 1 needs review"
    assert "nothing was written" in done.out
    assert old.candidate() == set()


def test_a_candidate_takes_the_place_of_the_one_before(old: Project) -> None:
    old.update("web")
    done = old.update("numlib", "--level", "patch")
    assert "in place of the one that was there" in " ".join(done.out.split())
    assert old.candidate() == {"conda-lock.yml", "recovery/records.lock", "plan.json"}


def test_everything_that_is_named_moves_and_as_little_else_as_can_be(project: Project) -> None:
    project.lock("numlib=1.26.3", "web=1.0.0", "base=1.0", then=("numlib=1.26", "web", "base"))
    assert project.changes("numlib") == ["minor numlib 1.26.3 1.27.0"]
    assert project.changes("numlib", "--level", "major") == [
        "major base 1.0 2.0",
        "major numlib 1.26.3 2.0.0",
    ]


def test_what_is_named_goes_before_what_is_only_held(project: Project) -> None:
    """`view` is loose, and its locked version keeps `numlib` down."""
    project.lock("numlib=1.26.3", "view=1.0", then=("numlib=1.26", "view"))
    assert project.changes("numlib") == ["major view 1.0 2.0", "minor numlib 1.26.3 1.27.0"]


# A small world in which a solver that may keep what is held keeps `e`, too.
TANGLED = (
    record("a", "1", "b ==1", "c ==2"),
    record("a", "2", "c ==1", "d <3"),
    record("a", "3"),
    record("b", "1", "c ==2"),
    record("c", "1", "a >=2"),
    record("c", "2"),
    record("d", "1", "c >=2", "e >=3"),
    record("d", "2", "b <3", "e <2"),
    record("e", "1", "c <=3"),
    record("e", "2", "b ==1", "c <3"),
    record("e", "3", "a ==3", "d >=1"),
    record("e", "4", "nowhere"),
)


def test_what_is_named_becomes_as_new_as_it_can_be(project: Project) -> None:
    there = project._replace(channel=write_records(project.folder / "tangled", TANGLED))
    there.lock("a=1", "b", "e=1", "d=2", then=("a", "b", "e", "d"))
    assert there.changes("e", "--level", "major") == [
        "major a 1 3",
        "major e 1 3",
        "downgrade d 2 1",
    ]


def test_another_pin_keeps_a_package_down(project: Project) -> None:
    project.lock("numlib=1.26.3", "view=1.0")
    assert project.changes("numlib") == ["patch numlib 1.26.3 1.26.5"]
    assert project.lines("numlib") == ["numlib=1.26.5"]


def test_what_no_file_lists_can_be_named(project: Project) -> None:
    project.lock("web=1.0.0", "base=1.0", then=("web=1.0.0",))
    before = project.files()["environment.yml"]
    assert project.changes("base") == ["minor base 1.0 1.1"]
    assert project.changes("base", "--level", "major") == ["major base 1.0 2.0"]
    project.update("base")
    assert project.files()["environment.yml"] == before
    assert "environment.yml" not in project.candidate()


def test_a_group_of_the_policy_is_updated_together(old: Project) -> None:
    (old.folder / "envtool.toml").write_text("[groups]\nsite = ['WEB', 'twi*']\n")
    assert old.changes("--group", "site", "--level", "patch") == ["patch web 1.0.0 1.0.1"]
    assert old.lines("--group", "site", "numlib") == ["numlib=1.27", "web ==1.2.0", "twin=1.1"]


def test_loose_lines_stay_loose(project: Project) -> None:
    project.lock(
        "numlib=1.26.3", "web=1.0.0", "twin=1.0",
        then=("numlib>=1.20,<2", "web", "twin >=1.0"),
    )  # fmt: skip
    before = project.files()["environment.yml"]
    assert project.changes("--all", "--level", "patch") == [
        "patch numlib 1.26.3 1.26.5",
        "patch web 1.0.0 1.0.1",
    ]
    # Each platform has its own newest, where no line says otherwise.
    assert "minor twin 1.0 1.2 linux-64" in project.changes("--all")
    assert f"minor twin 1.0 1.1 {MAC}" in project.changes("--all")
    assert project.lines("--all") == []
    assert project.lines("--all", "--level", "major") == ["numlib>=2.0,<3"]
    project.update("--all")
    assert project.files()["environment.yml"] == before


def test_each_file_keeps_its_format(project: Project) -> None:
    spec = (
        f"\ufeffchannels: [{project.channel}]\r\nplatforms: [linux-64]\r\n"
        "dependencies:\r\n  - 'numlib ==1.26.3'   # the oldest, numlib ==1.26.3\r\n"
        '  - "web=1.0.0"\r\n'
    ).encode()
    (project.folder / "environment.yml").write_bytes(spec)
    dev = b"dependencies: [twin=1.0, numlib=1.26] # numlib=1.26"
    (project.folder / "environment-dev.yml").write_bytes(dev)
    assert project.envtool("lock").code == 0
    project.update("--all")
    folder = project.folder / ".envtool/candidate"
    new = spec.replace(b"'numlib ==1.26.3'", b"'numlib ==1.27.0'").replace(
        b"web=1.0.0", b"web=1.2.0"
    )
    assert (folder / "environment.yml").read_bytes() == new
    new = b"dependencies: [twin=1.2, numlib=1.27] # numlib=1.26"
    assert (folder / "environment-dev.yml").read_bytes() == new


def test_a_line_is_read_for_its_own_platforms(project: Project) -> None:
    project.lock("twin=1.0 # [linux]", "twin=1.0 # [osx]", "web=1.0.0 # [osx]")
    assert project.lines("twin") == ["twin=1.2", "twin=1.1"]
    assert project.changes("web", "--level", "patch") == [f"patch web 1.0.0 1.0.1 {MAC}"]


def test_a_new_line_comes_into_the_lock_besides(old: Project) -> None:
    old.write(*PINNED, "slow")
    assert old.changes("slow", "twin") == ["added slow None 1.1", "minor twin 1.0 1.1"]


def test_what_can_not_move_is_left_alone_and_said(project: Project) -> None:
    md5 = next(each["md5"] for each in records() if each["version"] == "1.26.3")
    project.lock(f"numlib[version=1.26.3, md5={md5}]", "web=1.0.0")
    done = project.update("numlib", "web", "--level", "patch", "--dry-run")
    assert done.first == "1 package changes: 1 auto"
    assert "left alone: `numlib`: it is pinned by hashes" in " ".join(done.out.split())
    done = project.update("numlib")
    assert done.first == "Nothing to update: what was asked for is left alone"
    assert project.plan("numlib")["data"]["plan"]["left"] == [
        {
            "manager": "conda",
            "name": "numlib",
            "reason": "it is pinned by hashes, which only fit the version that it has",
        }
    ]
    assert project.candidate() == set()


def test_a_line_that_is_used_twice_is_left_alone(project: Project) -> None:
    spec = f"channels: [{project.channel}]\nplatforms: [linux-64]\ndependencies:\n"
    spec += "- &it numlib=1.26.3\n- web=1.0.0\n- *it\n"
    (project.folder / "environment.yml").write_text(spec)
    assert project.envtool("lock").code == 0
    assert project.lines("--all", "--level", "patch") == ["web=1.0.1"]
    assert "`numlib`: it is" in project.update("--all").out


def test_a_file_outside_of_the_project_is_not_rewritten(project: Project) -> None:
    project.lock("web=1.0.0")
    inner = project.folder / "inner"
    inner.mkdir()
    (inner / "envtool.toml").write_text("files.production = ['../environment.yml']\n")
    assert project.envtool("lock", "inner").code == 0
    done = project.update("web", "--folder", "inner")
    assert "`web`: `environment.yml` is outside of the project" in " ".join(done.out.split())


def test_a_build_is_pinned_anew_on_its_platform(project: Project) -> None:
    project.lock("tied=1.0=lin_0 # [linux]", "web=1.0.0")
    assert project.lines("tied") == ["tied=1.1=lin_1"]
    project.lock("tied=1.0=lin_0 # [linux]", "tied=1.0=osx_0 # [osx]", "web=1.0.0")
    assert project.lines("tied") == ["tied=1.1=lin_1", "tied=1.1=osx_1"]


def test_one_version_for_all_platforms_may_not_be_to_be_had(project: Project) -> None:
    """On linux-64 `twin 1.1` is excluded, so that the two platforms have nothing in common."""
    project.lock("twin=1.0", "foe")
    done = project.update("twin")
    assert "`twin`: 1.1 is not to be had on all platforms" in " ".join(done.out.split())


def test_a_cooldown_leaves_out_what_is_too_new(old: Project) -> None:
    (old.folder / "envtool.toml").write_text("updates.cooldown-days = 10\n")
    # The last day that counts is 20 January.
    plan = old.plan("--all", "--as-of", "2026-01-30")["data"]["plan"]
    assert plan["newest"] == "2026-01-20T23:59:59+00:00"
    assert {each["name"]: each["after"] for each in plan["changes"]} == {
        "numlib": "1.26.4",
        "twin": "1.1",
    }
    assert len(old.changes("--all")) == 4, "all of it was built long ago"


def test_what_is_locked_already_stays_when_it_is_too_new(project: Project) -> None:
    project.lock("numlib=1.26.5", "web=1.0.0", "slow=1.0", then=("numlib=1.26", "web", "slow=1"))
    done = project.update("--all", "--as-of", "2026-01-25", "--level", "patch", "--dry-run")
    assert done.first == "1 package changes: 1 auto"
    assert "web 1.0.0 -> 1.0.1" in " ".join(done.out.split())
    words = " ".join(done.out.split())
    assert "left alone: `numlib`: the build in the lock is newer than 2026-01-25, the last" in words
    assert "left alone: `slow`: the build in the lock does not say when it was made" in words


def test_what_is_newer_than_the_level_is_named(old: Project) -> None:
    done = old.update("--all", "--level", "patch")
    assert "beyond `--level patch`: `numlib 2.0.0`, `twin 1.2`, `web 1.2.0`" in " ".join(
        done.out.split()
    )
    assert "beyond" not in old.update("--all", "--level", "major").out
    assert "beyond" not in old.update("numlib", "--as-of", "2026-02-10").out


def test_early_versions_are_nobodys_news(old: Project) -> None:
    write_records(
        old.folder / "channel", (*records(), record("numlib", "3.0.0rc1", timestamp=None))
    )
    assert "`numlib 2.0.0`" in old.update("numlib").out


@pytest.mark.parametrize(
    ("arguments", "code", "message", "hint"),
    [
        ((), 2, "nothing was named to update", "name packages: `envtool update numpy`"),
        (("--all", "web"), 2, "`--all` is every package already", "leave out `--all`"),
        (("nunlib",), 2, "`nunlib` is neither in an environment file nor in the lock", "did you mean `numlib`?"),
        (("numlib=2.0",), 2, "`numlib=2.0` is neither", "did you mean `numlib`?"),
        (("zzz",), 2, "`zzz` is neither", "a new package is added to `environment.yml`"),
        (("--group", "sience"), 2, "the policy has no group `sience`", "did you mean `science`?"),
        (("--group", "x"), 2, "the policy has no group `x`", "under `[groups]`"),
        (("--group", "science"), 2, "no package is in the group `science`", "it holds `scipy`, `pandas*`"),
        (("--group", "nothing"), 2, "no package is in the group `nothing`", "it holds nothing"),
        (("web", "--as-of", "soon"), 2, "`soon` is no date", "write it as `2027-01-31`"),
        (("web", "--level", "huge"), 2, "'huge' is not one of", "--help"),
    ],
)  # fmt: skip
def test_what_can_not_be_meant_is_said(
    old: Project, arguments: tuple[str, ...], code: int, message: str, hint: str
) -> None:
    (old.folder / "envtool.toml").write_text(
        "[groups]\nscience = ['scipy', 'pandas*']\nnothing = []\n"
    )
    done = old.update(*arguments, code=code)
    words = " ".join(done.err.split())
    assert message in words
    assert hint in words


def test_without_a_lock_there_is_nothing_to_update(project: Project) -> None:
    project.write("web")
    done = project.update("web", code=2)
    assert "error: there is no lock to update" in done.err
    assert "hint: make one: `envtool lock`" in done.err


def test_nothing_to_update_is_an_answer(project: Project) -> None:
    project.lock("web", "numlib")
    done = project.update("--all")
    assert (
        done.first
        == "Nothing to update: 4 packages are as new as `--level minor` and your files allow"
    )
    assert project.update("web").first.startswith("Nothing to update: 1 package is as new")
    done = project.update("web", "--as-of", "2026-11-01")
    assert done.first.endswith("as new as `--level minor` of 2026-11-01 and your files allow")
    assert project.candidate() == set()
    assert json.loads(project.update("web", "-o", "json").out)["data"]["plan"]["changes"] == []


def test_a_channel_that_lost_what_is_asked_for_is_a_conflict(old: Project) -> None:
    old.write(*PINNED, "numlib=3")
    done = old.update("web", code=3)
    assert done.first == (
        "Unsatisfiable on linux-64, osx-arm64: `numlib=3`: no channel has this version,"
        " the newest is 2.0.0"
    )
    assert "hint: write `numlib=1` instead of `numlib=3` (environment.yml:" in done.out
    assert "nothing was written" in done.out


def test_what_is_too_new_to_count_is_said(project: Project) -> None:
    project.lock("web")
    project.write("web", "numlib=2")
    done = project.update("web", "--as-of", "2026-02-05", code=3)
    assert done.first == (
        "Unsatisfiable on linux-64, osx-arm64: `numlib=2`: all builds are newer than 2026-02-05,"
        " the last day that counts"
    )
    text = " ".join(done.out.split())
    assert "hint: write `numlib=1` instead of `numlib=2` (environment.yml:" in text
    assert "hint: `envtool lock` takes it as it is: a lock waits for nothing" in text
    project.write("web", "numlib=1")
    project.update("web", "--as-of", "2026-02-05")
    project.write("web", "numlib=2")
    assert project.envtool("lock").code == 0


def test_what_is_locked_counts_however_new_it_is(project: Project) -> None:
    project.lock("web", "numlib=2")
    project.write("web", "numlib=2", "view=9")
    done = project.update("web", "--as-of", "2026-02-05", code=3)
    assert "view=9" in done.first
    assert "numlib=2`: all" not in done.out


def test_a_level_that_a_channel_has_no_version_of_is_named(project: Project) -> None:
    project.lock("numlib <2")
    project.write("numlib")
    kept = [each for each in records() if each["name"] != "numlib" or each["version"] == "2.0.0"]
    write_records(project.folder / "channel", kept)
    done = project.update("numlib", code=3)
    assert done.first == (
        "Unsatisfiable: no environment has all that is asked for within `--level minor`"
    )
    assert "--level major" in done.out
    assert project.update("numlib", "--level", "major").code == 0


def test_a_pull_request_gets_a_table(old: Project) -> None:
    done = old.update("--all", "-o", "markdown", "-o", "json=plan.json")
    assert done.out.startswith("**4 packages change: 3 auto, 1 needs review**\n")
    assert "| added | `helper` | `0.1` | through web | application | all |" in done.out
    assert "- `environment.yml:4`: `numlib=1.26` becomes `numlib=1.27`" in done.out
    plan = json.loads((old.folder / "plan.json").read_text())
    kept = json.loads((old.folder / ".envtool/candidate/plan.json").read_text())
    assert plan["data"]["plan"] == kept["plan"]


def test_offline_reads_what_was_fetched_before(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(project.folder / "more"))
    with ChannelServer(str(project.folder / "channel")) as server:
        there = project._replace(channel=server.url)
        there.write("numlib=1.26.3")
        first = there.update("numlib", "--offline", code=2)
        assert "no lock to update" in first.err
        assert there.envtool("lock").code == 0
        asked = len(server.log)
        assert there.changes("numlib", "--offline") == ["minor numlib 1.26.3 1.27.0"]
        assert len(server.log) == asked
        monkeypatch.setenv("XDG_CACHE_HOME", str(project.folder / "more/empty"))
        failed = there.update("numlib", "--offline", code=5)
        assert len(server.log) == asked
        assert "was not fetched before, and this is offline" in failed.err


PIP = ("python=3.12", "pip", "web=1.0.0")


def pip_lines(*lines: str) -> tuple[str, ...]:
    """A `pip:` section that finds its packages in a folder."""
    listed = ("--no-index", "--find-links ./wheels", *lines)
    return (*PIP, "pip:\n" + "\n".join(f"    - {each}" for each in listed))


@pytest.fixture
def wheels(project: Project) -> Project:
    """A project with a `pip:` section, locked before the last releases."""
    folder = project.folder / "wheels"
    write_wheel(folder, "app", "1.0.0", "part>=1")
    write_wheel(folder, "part", "1.0.0")
    project.lock(*pip_lines("app==1.0.0"))
    for version, part in (("1.0.1", "1"), ("1.2.0", "1.1"), ("2.0.0", "1")):
        write_wheel(folder, "app", version, f"part>={part}")
    write_wheel(folder, "part", "1.1.0")
    return project


@pytest.mark.parametrize(
    ("arguments", "changes", "lines"),
    [
        (("app", "--level", "patch"), ["patch app 1.0.0 1.0.1"], ["app==1.0.1"]),
        (("App",), ["minor app 1.0.0 1.2.0", "minor part 1.0.0 1.1.0"], ["app==1.2.0"]),
        (("app", "--level", "major"), ["major app 1.0.0 2.0.0"], ["app==2.0.0"]),
        (
            ("--all", "--level", "patch"),
            ["patch app 1.0.0 1.0.1", "patch web 1.0.0 1.0.1"],
            ["web=1.0.1", "app==1.0.1"],
        ),
        (("web", "--level", "patch"), ["patch web 1.0.0 1.0.1"], ["web=1.0.1"]),
    ],
)
def test_lines_of_pip_follow_as_well(
    wheels: Project, arguments: tuple[str, ...], changes: list[str], lines: list[str]
) -> None:
    assert wheels.changes(*arguments) == changes
    assert wheels.lines(*arguments) == lines


def test_a_pip_package_that_no_line_names_is_left_alone(wheels: Project) -> None:
    done = wheels.update("part")
    assert done.first == "Nothing to update: what was asked for is left alone"
    assert "`part`: no line of a `pip:` section names it" in " ".join(done.out.split())


def test_a_pip_section_that_can_not_follow_is_left_alone(wheels: Project) -> None:
    write_wheel(wheels.folder / "wheels", "user", "1.0", "app<1.0.1")
    wheels.lock(*pip_lines("app==1.0.0", "user"))
    done = wheels.update("app", "web", "--level", "patch", "--dry-run")
    assert wheels.lines("app", "--level", "patch") == []
    assert done.first == "1 package changes: 1 auto"


def test_a_pip_section_without_a_solution_is_said(wheels: Project) -> None:
    wheels.write(*pip_lines("app==1.0.0", "nowhere==1"))
    done = wheels.update("web", "app", code=3)
    assert done.first.startswith("Unsatisfiable: the `pip:` section has no solution on")


def test_what_pip_has_locked_stays_whatever_the_day(wheels: Project) -> None:
    assert wheels.changes("web", "--as-of", "2026-01-22") == ["patch web 1.0.0 1.0.1"]


def test_what_is_locked_for_other_platforms_is_none_of_ours(project: Project) -> None:
    project.lock("web=1.0.0")
    path = project.folder / "conda-lock.yml"
    foreign = Entry("web", "1.0.0", platform="win-64")
    virtual = Entry("__glibc", "2.28")
    path.write_text(path.read_text() + entry_text(foreign) + entry_text(virtual))
    assert project.lines("web", "--level", "patch") == ["web=1.0.1"]
    done = project.update("__glibc", code=2)
    assert "`__glibc` is neither in an environment file" in done.err


def test_what_nothing_asks_for_any_more_goes(old: Project) -> None:
    old.write("numlib=1.26", "web ==1.0.0")
    assert old.changes("twin", "web", "--level", "patch") == [
        "removed twin 1.0 None",
        "patch web 1.0.0 1.0.1",
    ]


def test_a_candidate_is_dropped(
    tmp_path: Path, envtool: Envtool, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make(tmp_path, envtool)
    project.lock("numlib=1.26.3", "web ==1.0.0")
    assert project.update("--discard").first == "Nothing to discard: there is no candidate"
    project.update("web", "--level", "minor")
    before, lying = project.files(), project.candidate()
    done = project.update("--discard", "--dry-run")
    assert done.first == "Would discard the candidate of `envtool update web`"
    assert "nothing was written (`--dry-run`)" in done.out
    assert project.candidate() == lying
    below = project.folder / "below"
    below.mkdir()
    monkeypatch.chdir(below)
    again = " ".join(project.update("web").out.split())
    assert "wrote the candidate in `../.envtool/candidate`, in place of the one" in again
    done = project.update("--discard")
    assert done.first == "Discarded the candidate of `envtool update web`"
    assert "it held: helper - -> 0.1, web 1.0.0 -> 1.2.0" in " ".join(done.out.split())
    assert (project.files(), project.candidate()) == (before, set())
    monkeypatch.chdir(project.folder)
    assert json.loads(project.update("--discard", "-o", "json").out)["data"] == {"discarded": None}


@pytest.mark.parametrize("plan", [None, "{", "[]", '{"plan": {}}'])
def test_a_candidate_that_nobody_can_read_is_dropped_too(
    tmp_path: Path, envtool: Envtool, plan: str | None
) -> None:
    project = make(tmp_path, envtool)
    project.lock("numlib=1.26.3")
    project.update("--all", "--level", "major")
    path = project.folder / ".envtool/candidate/plan.json"
    if plan is None:
        path.unlink()
    else:
        path.write_text(plan)
        hint = "or drop it: `envtool update --discard`"
        assert hint in " ".join(project.envtool("export").err.split())
    assert project.update("--discard").first == "Discarded the candidate"
    assert project.candidate() == set()


@pytest.mark.parametrize("more", [["web"], ["--all"], ["--security"], ["--as-of", "2026-10-01"]])
def test_to_drop_is_not_to_update(tmp_path: Path, envtool: Envtool, more: list[str]) -> None:
    project = make(tmp_path, envtool)
    project.lock("numlib=1.26.3")
    done = project.update("--discard", *more, code=2)
    assert "error: `--discard` only drops the candidate, without `" in done.err

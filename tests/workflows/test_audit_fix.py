"""`envtool audit --fix` and `update --security`: the least change that mends the most."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from envtool.domain.auditing.advisories import Advisory
from tests.audits import advisory, database
from tests.channels import record, write_records
from tests.conftest import Envtool, Run
from tests.index import Dist, serving
from tests.served import flat

LINUX, MAC = "linux-64", "osx-arm64"
LONG_AGO = 1_700_000_000_000


def python(name: str, version: str, *depends: str, **more: Any) -> dict[str, Any]:
    """A Python package: known by its name, for it needs python."""
    return record(name, version, "python", *depends, **more)


def offered() -> Iterator[dict[str, Any]]:
    """What the channel has.

    web    2.0.0 2.0.1 2.1 3.0   2.1 needs httplib >=2, 3.0 the new package extra
    httplib 1.25 1.26 1.27 2.0
    tool   1.0 1.1 2.0         needs httplib <1.27, 2.0 any
    """
    yield record("python", "3.12.4", timestamp=LONG_AGO)
    for version, needs in {
        "2.0.0": (),
        "2.0.1": (),
        "2.1": ("httplib >=2",),
        "3.0": ("extra",),
    }.items():
        yield python("web", version, "httplib", *needs)
    for version in ("1.25", "1.26", "1.27", "2.0"):
        yield python("httplib", version)
    yield python("tool", "1.0", "httplib <1.27")
    yield python("tool", "1.1", "httplib <1.27")
    yield python("tool", "2.0", "httplib")
    yield python("extra", "1.0")
    for version in ("1.1.1v", "1.1.1w", "3.0.8"):
        yield record("openssl", version)
    yield record("zlib", "1.3")


class Project:
    """A project with a lock, a channel, and the advisories on this machine."""

    def __init__(self, folder: Path, envtool: Envtool, cache: Path) -> None:
        self.folder = folder
        self.envtool = envtool
        self._cache = cache
        self.channel = write_records(folder / "channel", offered())
        (folder / ".git").mkdir()

    def know(self, *advisories: Advisory, without: tuple[str, ...] = (), days: int = 0) -> None:
        """Put them into the database, `days` ago."""
        then = datetime.now(tz=UTC) - timedelta(days=days)
        database(self._cache, advisories, fetched=then, without=without, failed="no route")

    def offer(self, *records: dict[str, Any]) -> None:
        write_records(self.folder / "channel", [*offered(), *records])

    def lock(self, *lines: str, then: tuple[str, ...] = (), policy: str = "") -> None:
        """Lock `lines`, and write `then` in their place, which is looser."""
        for some in (lines, then):
            if some:
                listed = "".join(f"- {each}\n" for each in some)
                head = f"channels: [{self.channel}]\nplatforms: [{LINUX}, {MAC}]\n"
                (self.folder / "environment.yml").write_text(f"{head}dependencies:\n{listed}")
                done = self.envtool("lock")
                assert done.code == 0, done.err
        (self.folder / "envtool.toml").write_text(policy)

    def fix(self, *options: str) -> Run:
        return self.envtool("audit", "--fix", "--offline", *options)

    def fixed(self, code: int = 0) -> dict[str, Any]:
        """What was mended and what not, by package."""
        done = self.fix("-o", "json")
        assert done.code == code, done
        data: dict[str, Any] = json.loads(done.out)
        return data

    def vulnerable(self) -> set[str]:
        """What an audit finds now."""
        done = self.envtool("audit", "--offline", "-o", "json", "--select", "advisories.vulnerable")
        return {each["package"] for each in json.loads(done.out)["findings"]}


@pytest.fixture
def project(tmp_path: Path, envtool: Envtool, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("ENVTOOL_CACHE_DIR", str(tmp_path / "cache"))
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return Project(folder, envtool, tmp_path / "cache")


WEB = advisory("PYSEC-1", "PyPI/web", "2.0.1", "CVE-2026-1", score=7.5)
HTTPLIB = advisory("PYSEC-2", "PyPI/httplib", "1.26", "CVE-2026-2", score=9.1)


def test_the_nearest_version_that_mends_is_taken_and_nothing_else_moves(project: Project) -> None:
    project.know(WEB)
    project.lock("python=3.12", "web=2.0.0", "tool=1.0", then=("python=3.12", "web=2.0.0", "tool"))
    assert project.vulnerable() == {"web"}
    done = project.fix()
    assert done.code == 0, done.err
    assert done.first == "Fixed 1 of 1 vulnerable package: 1 change: 1 auto"
    assert "patch web 2.0.0 -> 2.0.1" in flat(done.out)
    assert 'by updates.security = "auto"' in flat(done.out)
    assert "web=2.0.0 -> web=2.0.1" in flat(done.out)
    assert project.envtool("export").first == "Exported 1 change: 1 auto"
    assert project.vulnerable() == set()
    assert project.fix().first == "Nothing to fix: no package has a known vulnerability"


def test_what_no_file_lists_is_mended_too(project: Project) -> None:
    project.know(HTTPLIB)
    project.lock("web=2.0.0", "httplib=1.25", then=("web=2.0.0",))
    data = project.fixed()
    assert data["data"]["fix"] == [
        {
            "manager": "conda",
            "name": "httplib",
            "before": "1.25",
            "after": "1.26",
            "mended": ["PYSEC-2"],
            "left": [],
            "blocker": None,
            "hints": [],
        }
    ]
    (change,) = data["data"]["plan"]["changes"]
    assert (change["name"], change["kind"], change["security"]) == ("httplib", "minor", ["PYSEC-2"])
    assert change["decision"] == "auto"


def test_versions_are_safe_in_the_order_of_their_source(project: Project) -> None:
    """Of OpenSSL's letters, which conda puts below the number without."""
    project.know(advisory("CVE-2026-3", "OpenSSL/openssl", "1.1.1w", introduced="1.1.1"))
    project.lock("openssl=1.1.1v")
    assert project.fixed()["data"]["fix"][0]["after"] == "1.1.1w"


def test_a_version_that_is_vulnerable_itself_is_passed_over(project: Project) -> None:
    project.know(WEB, advisory("PYSEC-5", "PyPI/web", "2.1", introduced="2.0.1", score=5.0))
    project.lock("web=2.0.0", "httplib=2.0", then=("web=2.0.0", "httplib"))
    assert project.fixed()["data"]["fix"][0]["after"] == "2.1"


def test_what_mends_the_most_is_taken_when_nothing_mends_all(project: Project) -> None:
    project.know(WEB, advisory("PYSEC-6", "PyPI/web", None, score=5.0))
    project.lock("web=2.0.0")
    data = project.fixed(code=1)
    (found,) = data["data"]["fix"]
    assert (found["after"], found["mended"], found["left"]) == ("2.0.1", ["PYSEC-1"], ["PYSEC-6"])
    assert data["headline"].startswith(
        "Fixed 1 of 1 vulnerable package, 1 package is still vulnerable: 1 change"
    )
    assert [each["package"] for each in data["findings"]] == ["web"]


def test_a_file_is_not_mended(project: Project) -> None:
    project.know(WEB)
    project.lock("web=2.0.0")
    done = project.envtool("audit", "--fix", "--offline", "conda-lock.yml")
    assert done.code == 2
    assert "hint: name its folder: `envtool audit --fix FOLDER`" in done.err


def test_several_fixes_are_one_solve(project: Project) -> None:
    project.know(WEB, HTTPLIB)
    project.lock("web=2.0.0", "httplib=1.25")
    data = project.fixed()
    assert {each["name"]: each["after"] for each in data["data"]["fix"]} == {
        "web": "2.0.1",
        "httplib": "1.26",
    }
    assert data["headline"] == "Fixed 2 of 2 vulnerable packages: 2 changes: 2 auto"


def test_a_fix_that_is_blocked_names_the_line(project: Project) -> None:
    project.know(WEB, advisory("PYSEC-7", "PyPI/httplib", "2.0", score=9.8))
    project.lock("web=2.0.0", "httplib<2", "tool=1.0")
    done = project.fix()
    assert done.code == 1
    assert done.first.startswith("Fixed 1 of 2 vulnerable packages, 1 package is still vulnerable")
    assert "not fixed: `httplib 1.26`: environment.yml:5:3: `httplib<2` excludes 2.0" in flat(
        done.out
    )
    assert "let it allow 2.0, then `envtool audit --fix` again" in flat(done.out)


def test_a_fix_that_is_blocked_by_what_another_package_needs(project: Project) -> None:
    project.know(advisory("PYSEC-8", "PyPI/httplib", "1.27", score=9.8))
    project.lock("httplib=1.26", "tool<2", then=("httplib", "tool<2"))
    done = project.fix()
    assert done.code == 1
    assert done.first == "Nothing fixed: 1 package is vulnerable, and each fix is blocked"
    assert "not fixed: `httplib 1.26`: " in flat(done.out)
    assert "`tool<2`" in flat(done.out)
    assert not (project.folder / ".envtool/candidate").exists()


def test_the_policy_is_never_passed_over(project: Project) -> None:
    project.know(HTTPLIB)
    project.lock("web=2.0.0", "httplib=1.25", policy='constraints = { httplib = "<1.26" }\n')
    done = project.fix()
    assert done.code == 1
    assert 'the policy has `constraints.httplib = "<1.26"`, which excludes 1.26' in flat(done.out)


def test_a_fix_that_nobody_offers(project: Project) -> None:
    project.know(advisory("PYSEC-9", "PyPI/web", "4.0", score=5.0))
    project.lock("web=3.0")
    done = project.fix()
    assert done.code == 1
    assert done.first == "Nothing fixed: 1 package is vulnerable, and no fix is offered"
    # What was typed is no advice.
    assert "envtool audit --fix" not in done.out
    assert "not fixed: `web 3.0`: no newer version that is offered mends it" in flat(done.out)


def test_a_line_that_can_not_move_is_named(project: Project) -> None:
    project.know(WEB)
    sha = record("web", "2.0.0")["sha256"]
    project.lock(f"web[version='2.0.0',sha256={sha}]")
    done = project.fix()
    assert done.code == 1
    assert "not fixed: `web 2.0.0`: it is pinned by hashes" in flat(done.out)


def test_of_two_that_exclude_each_other_the_worse_is_mended(project: Project) -> None:
    project.offer(
        python("one", "1.0"),
        python("one", "1.1", "other <1.1"),
        python("other", "1.0"),
        python("other", "1.1", "one <1.1"),
    )
    project.know(
        advisory("PYSEC-10", "PyPI/one", "1.1", score=4.0),
        advisory("PYSEC-11", "PyPI/other", "1.1", score=9.0),
    )
    project.lock("one=1.0", "other=1.0", then=("one", "other"))
    data = project.fixed(code=1)
    found = {each["name"]: each for each in data["data"]["fix"]}
    assert found["other"]["after"] == "1.1"
    assert found["one"]["after"] is None
    assert found["one"]["blocker"] == "1.1 does not go together with the fix of `other`"


def test_a_farther_version_is_taken_where_the_nearest_can_not_be_had(project: Project) -> None:
    project.offer(python("part", "1.0"), python("part", "1.1", "gone"), python("part", "1.2"))
    project.know(advisory("PYSEC-12", "PyPI/part", "1.1", score=4.0))
    project.lock("part=1.0", then=("part",))
    assert project.fixed()["data"]["fix"][0]["after"] == "1.2"


def test_a_fix_may_be_younger_than_the_cooldown_and_says_so(project: Project) -> None:
    now = datetime.now(tz=UTC)
    young = int((now - timedelta(days=2, hours=1)).timestamp() * 1000)
    project.offer(
        python("fresh", "1.0", "base"),
        python("fresh", "1.1", "base", timestamp=young),
        record("base", "1.0"),
        record("base", "1.1", timestamp=young),
    )
    project.know(advisory("PYSEC-13", "PyPI/fresh", "1.1", score=4.0))
    project.lock(
        "fresh=1.0", "base=1.0", then=("fresh", "base"), policy="updates.cooldown-days = 7\n"
    )
    data = project.fixed()
    assert [each["name"] for each in data["data"]["plan"]["changes"]] == ["fresh"]
    assert "`fresh 1.1` is 2 days old: a fix may pass `updates.cooldown-days`" in data["notes"]


def test_a_major_fix_needs_a_review(project: Project) -> None:
    project.know(advisory("PYSEC-14", "PyPI/web", "3.0", score=5.0))
    project.lock("web=2.0.0")
    data = project.fixed()
    kinds = {each["name"]: each for each in data["data"]["plan"]["changes"]}
    assert (kinds["web"]["kind"], kinds["web"]["decision"]) == ("major", "review")
    assert kinds["extra"]["decision"] == "review"


def test_what_else_has_to_move_takes_the_word_from_the_fix(project: Project) -> None:
    """`tool` is not a part of the fix: the policy decides as on any update."""
    project.know(advisory("PYSEC-15", "PyPI/httplib", "1.27", score=5.0))
    project.lock(
        "httplib=1.26", "tool=1.0", then=("httplib", "tool"), policy='updates.auto = ["patch"]\n'
    )
    data = project.fixed()
    changes = {each["name"]: each["decision"] for each in data["data"]["plan"]["changes"]}
    assert changes == {"httplib": "review", "tool": "review"}


def test_a_policy_may_want_to_see_each_fix(project: Project) -> None:
    project.know(HTTPLIB)
    policy = 'updates.security = "review"\nupdates.auto = ["patch"]\n'
    project.lock("web=2.0.0", "httplib=1.25", then=("web=2.0.0",), policy=policy)
    (change,) = project.fixed()["data"]["plan"]["changes"]
    assert change["decision"] == "review"
    policy = 'updates.review = ["httplib"]\n'
    (project.folder / "envtool.toml").write_text(policy)
    (change,) = project.fixed()["data"]["plan"]["changes"]
    assert (change["decision"], change["decided_by"]["reason"]) == ("review", "package")


def test_update_security_is_the_same(project: Project) -> None:
    project.know(WEB)
    project.lock("web=2.0.0")
    done = project.envtool("update", "--security", "--offline", "--dry-run")
    assert done.code == 0, done.err
    assert done.first == "Fixed 1 of 1 vulnerable package: 1 change: 1 auto"
    assert "nothing was written (`--dry-run`)" in flat(done.out)
    assert not (project.folder / ".envtool/candidate").exists()
    assert project.envtool("update", "--security", "--offline").code == 0
    (project.folder / "environment.yml").write_text(
        (project.folder / "environment.yml").read_text() + "# x\n"
    )
    done = project.envtool("export")
    assert "make it again: `envtool update --security`" in flat(done.out)


@pytest.mark.parametrize("command", [("audit", "--fix"), ("update", "--security")])
def test_who_could_not_be_asked_is_said_and_what_is_known_is_mended(
    project: Project, command: tuple[str, ...]
) -> None:
    """A fix is as incomplete as the audit that it rests on, and ends as that does."""
    project.know(WEB, without=("openssl",))
    project.lock("web=2.0.1")
    assert project.envtool("audit", "--offline").code == 5
    done = project.envtool(*command, "--offline")
    assert done.code == 5
    unasked = "openssl could not be asked"
    assert done.first == f"Incomplete: no known vulnerability to fix; {unasked}"
    project.lock("web=2.0.0")
    done = project.envtool(*command, "--offline")
    assert done.code == 5
    assert flat(done.out).startswith(
        f"Fixed 1 of 1 vulnerable package: 1 change: 1 auto; {unasked}"
    )
    assert "`openssl` could not be asked: no route" in flat(done.out)
    assert (project.folder / ".envtool/candidate").exists()
    project.lock("web=2.0.0", policy="rules.'advisories.unavailable' = 'off'")
    assert project.envtool(*command, "--offline").code == 0


@pytest.mark.parametrize("command", [("audit", "--fix"), ("update", "--security")])
@pytest.mark.parametrize(
    ("policy", "days", "why"),
    [
        (
            "audit.min-coverage = 100",
            0,
            "75 % of the packages were audited, and 100 % are asked for: not `zlib`",
        ),
        (
            "rules.'advisories.stale-data' = 'error'",
            60,
            "the data of advisories is older than 7 days",
        ),
        ("rules.'advisories.unconfirmed' = 'error'", 0, "`web 2.0.1` may be affected: CVE-2026-3"),
    ],
)
def test_a_fix_is_as_sure_as_an_audit(
    project: Project, command: tuple[str, ...], policy: str, days: int, why: str
) -> None:
    """What is mended is written, and what is not known after it counts as it does in an audit."""
    doubtful = advisory("PYSEC-3", "PyPI/web", None, "CVE-2026-3", has_end=False)
    project.know(WEB, doubtful, days=days)
    project.lock("web=2.0.0", "zlib", policy=policy)
    done = project.envtool(*command, "--offline")
    assert done.code == 1
    assert done.first == "Fixed 1 of 1 vulnerable package: 1 change: 1 auto; 1 other error"
    assert why in flat(done.out)
    assert (project.folder / ".envtool/candidate").exists()
    assert project.envtool("export").code == 0
    assert project.envtool("audit", "--offline").code == 1
    done = project.envtool(*command, "--offline")
    assert done.code == 1
    assert done.first == "Incomplete: no known vulnerability to fix; 1 other error"
    assert why in flat(done.out)


def test_what_does_not_count_in_an_audit_does_not_in_a_fix(project: Project) -> None:
    project.know(WEB, advisory("PYSEC-3", "PyPI/web", has_end=False), days=60)
    project.lock("web=2.0.0", "zlib")
    done = project.fix()
    assert "unconfirmed" not in done.out
    assert done.code == 0
    assert done.first == "Fixed 1 of 1 vulnerable package: 1 change: 1 auto; 1 other warning"
    assert project.envtool("export").code == 0
    done = project.fix()
    assert done.code == project.envtool("audit", "--offline").code == 0
    assert done.first == ("Nothing to fix: no package has a known vulnerability; 1 other warning")


@pytest.mark.parametrize(
    "arguments",
    [
        ("update", "--security", "web"),
        ("update", "--security", "--all"),
        ("audit", "--fix", "--since", "x.json"),
        ("audit", "--dry-run"),
        ("audit", "--fix", "-o", "sarif"),
    ],
)
def test_what_does_not_go_together(project: Project, arguments: tuple[str, ...]) -> None:
    project.lock("web=2.0.0")
    done = project.envtool(*arguments)
    assert done.code == 2
    assert done.err.startswith("error: ")


def test_without_a_lock_or_advisories_nothing_is_fixed(project: Project) -> None:
    (project.folder / "environment.yml").write_text(
        f"channels: [{project.channel}]\ndependencies: [web]\n"
    )
    done = project.fix()
    assert done.code == 2
    assert "there is no lock to mend" in flat(done.err)
    project.lock("web=2.0.0")
    done = project.fix()
    assert done.code == 5
    assert done.first.startswith("Nothing fixed: ")


def test_pip_packages_move_to_the_version_that_advisories_name(
    project: Project,
) -> None:
    """Those that a line names, and those that come with others."""
    project.know(
        advisory("PYSEC-16", "PyPI/lib", "1.1", score=5.0),
        advisory("PYSEC-17", "PyPI/app", "2.1", score=5.0),
    )
    dists = [Dist("app", each, ("lib",)) for each in ("2.0", "2.1", "2.2")]
    dists += [Dist("lib", each) for each in ("1.0", "1.1", "1.2")]
    with serving(*dists) as index:
        text = (
            f"channels: [{project.channel}]\nplatforms: [{LINUX}]\ndependencies:\n- python=3.12\n"
            f"- pip:\n  - --index-url {index.url}\n  - app==2.0\n"
        )
        spec = project.folder / "environment.yml"
        project.offer(record("pip", "24.0", "python"))
        spec.write_text(f"{text}  - lib==1.0\n")
        locked = project.envtool("lock")
        assert locked.code == 0, locked.err
        spec.write_text(text)
        assert project.envtool("lock").code == 0
        assert project.vulnerable() == {"app", "lib"}
        done = project.envtool("audit", "--fix", "-o", "json", "--engine", "osv")
        found = {each["name"]: each["after"] for each in json.loads(done.out)["data"]["fix"]}
    assert found == {"app": "2.1", "lib": "1.1"}


def test_a_pip_fix_that_has_no_solution_says_why(project: Project) -> None:
    project.know(advisory("PYSEC-18", "PyPI/lib", "1.1", score=5.0))
    with serving(Dist("app", "2.0", ("lib<1.1",)), Dist("lib", "1.0"), Dist("lib", "1.1")) as index:
        project.offer(record("pip", "24.0", "python"))
        (project.folder / "environment.yml").write_text(
            f"channels: [{project.channel}]\nplatforms: [{LINUX}]\ndependencies:\n- python=3.12\n"
            f"- pip:\n  - --index-url {index.url}\n  - app==2.0\n  - lib\n"
        )
        locked = project.envtool("lock")
        assert locked.code == 0, locked.err
        done = project.envtool("audit", "--fix")
    assert done.code == 1
    assert "not fixed: `lib 1.0`: the `pip:` section has no solution with it" in flat(done.out)


def test_a_conda_fix_that_a_pip_package_does_not_allow(project: Project) -> None:
    project.know(HTTPLIB)
    with serving(Dist("app", "2.0", ("httplib<1.26",))) as index:
        project.offer(record("pip", "24.0", "python"))
        lines = f"- pip:\n  - --index-url {index.url}\n  - app==2.0\n"
        spec = project.folder / "environment.yml"
        for pinned in ("httplib=1.25", "httplib"):
            spec.write_text(
                f"channels: [{project.channel}]\nplatforms: [{LINUX}]\n"
                f"dependencies:\n- python=3.12\n- {pinned}\n{lines}"
            )
            locked = project.envtool("lock")
            assert locked.code == 0, locked.err
        done = project.envtool("audit", "--fix")
    assert done.code == 1
    assert "not fixed: `httplib 1.25`: " in flat(done.out)
    assert "app" in flat(done.out).partition("not fixed: `httplib 1.25`: ")[2]


def test_a_pip_line_that_is_in_the_way_is_left_to_the_resolver(project: Project) -> None:
    project.know(advisory("PYSEC-19", "PyPI/lib", "1.1", score=5.0))
    with serving(Dist("lib", "1.0")) as index:
        project.offer(record("pip", "24.0", "python"))
        (project.folder / "environment.yml").write_text(
            f"channels: [{project.channel}]\nplatforms: [{LINUX}]\ndependencies:\n- python=3.12\n"
            f"- pip:\n  - --index-url {index.url}\n  - lib==1.0\n"
        )
        assert project.envtool("lock").code == 0
        done = project.envtool("audit", "--fix")
    assert done.code == 1
    assert "not fixed: `lib 1.0`: " in flat(done.out)


def test_what_a_fix_brings_is_told(project: Project) -> None:
    project.know(
        advisory("PYSEC-22", "PyPI/web", "2.1", score=5.0),
        advisory("PYSEC-23", "PyPI/httplib", None, introduced="2.0", score=5.0),
    )
    project.lock("web=2.0.0", "httplib=1.27", then=("web", "httplib"))
    done = project.fix()
    assert done.code == 1
    assert "new in `httplib`: PYSEC-23; look at it before you accept" in flat(done.out)


def test_of_very_many_as_many_are_mended_as_fit_one_after_the_other(project: Project) -> None:
    names = [f"part{number}" for number in range(7)]
    others = {name: [f"{each} <1.1" for each in names if each != name] for name in names}
    project.offer(
        *(python(name, "1.0") for name in names),
        *(python(name, "1.1", *others[name]) for name in names),
    )
    project.know(
        *(
            advisory(f"PYSEC-{30 + number}", f"PyPI/{name}", "1.1", score=float(number + 1))
            for number, name in enumerate(names)
        )
    )
    project.lock(*(f"{name}=1.0" for name in names), then=tuple(names))
    found = {each["name"]: each["after"] for each in project.fixed(code=1)["data"]["fix"]}
    assert found == dict.fromkeys(names) | {"part6": "1.1"}


WORLDS = list(product(("1.1", "1.2", None), ("1.1", "1.2", None), (True, False)))


@pytest.mark.parametrize(("left", "right", "apart"), WORLDS)
def test_as_much_as_can_be_is_mended_with_as_few_changes_as_can_be(
    project: Project, left: str | None, right: str | None, *, apart: bool
) -> None:
    """Held against every choice of versions, one by one."""
    versions = ("1.0", "1.1", "1.2")
    needs = {v: ("right <1.2",) if apart and v == "1.2" else () for v in versions}
    project.offer(
        *(python("left", each, *needs[each], "shared") for each in versions),
        *(python("right", each, "shared") for each in versions),
        *(python("shared", each) for each in versions),
    )
    project.know(
        advisory("PYSEC-20", "PyPI/left", left, score=9.0),
        advisory("PYSEC-21", "PyPI/right", right, score=5.0),
    )
    before = {"left": "1.0", "right": "1.0", "shared": "1.0"}
    project.lock(
        *(f"{name}={version}" for name, version in before.items()),
        then=("left", "right", "shared"),
    )

    def mends(choice: tuple[str, str]) -> int:
        fixed = zip(choice, (left, right), strict=True)
        return sum(fix is not None and version >= fix for version, fix in fixed)

    def is_possible(choice: tuple[str, str]) -> bool:
        return not (apart and choice == ("1.2", "1.2"))

    def moves(choice: tuple[str, str]) -> int:
        return sum(each != "1.0" for each in choice)

    possible = [each for each in product(versions, versions) if is_possible(each)]
    most = max(map(mends, possible))
    fewest = min(moves(each) for each in possible if mends(each) == most)
    done = project.fix("-o", "json")
    data = json.loads(done.out)["data"]
    mended = sum(bool(each["mended"]) for each in data["fix"])
    assert mended == most
    changes = {each["name"] for each in data.get("plan", {}).get("changes", [])}
    assert len(changes) == fewest
    assert "shared" not in changes

"""`envtool audit` as a whole process, when something is wrong with the advisories.

One row each: what is wrong, the exit status, and the first line.
"""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.advisory_server import AdvisoryServer
from tests.audits import AS_OF, audited_project, database, published
from tests.channel.faults import Fault, Replaced, Status, Truncated
from tests.locking import Entry
from tests.running import started

NONE = "Not judged: audited 0 of 6 packages: "
FOUND = "audited 5 of 6 packages, 2 vulnerable (3 advisories, 1 exploited)"
CLEAN = (Entry("numpy", "2.1.3"), Entry("libzlib"), Entry("urllib3", "2.5.0"), Entry("libexpat"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AdvisoryServer]:
    with AdvisoryServer(str(published(tmp_path_factory.mktemp("advisories")))) as running:
        yield running


@pytest.fixture(autouse=True)
def unbroken(server: AdvisoryServer) -> None:
    server.heal()


def sources(urls: dict[str, str]) -> str:
    listed = "".join(f'{key} = "{url}"\n' for key, url in urls.items())
    return f"[audit.sources]\n{listed}"


def audit(
    folder: Path, *arguments: str, policy: str = "", entries: tuple[Entry, ...] = ()
) -> subprocess.CompletedProcess[str]:
    """envtool as a process, with a cache and a home of its own, and one retry at most."""
    audited_project(folder / "project", *entries, policy=policy)
    # Channels are asked, too, unless nothing else than advisories is wanted.
    only = () if arguments[:1] == ("db",) else ("--select", "advisories")
    return started(
        "audit",
        *arguments,
        *only,
        cwd=folder / "project",
        HOME=str(folder),
        ENVTOOL_CACHE_DIR=str(folder / "cache"),
        CONDA_REMOTE_MAX_RETRIES="0",
        no_proxy="*",
    )


def first(done: subprocess.CompletedProcess[str]) -> str:
    assert "Traceback" not in done.stderr
    return (done.stdout or done.stderr).partition("\n")[0]


FAULTS: list[tuple[str, tuple[tuple[str, Fault], ...], int, str]] = [
    ("nothing", (), 1, f"Failed: {FOUND}"),
    ("404 for all", (("*", Status(code=404)),), 5, f"{NONE}osv:PyPI, osv:Bitnami, openssl, names could not be asked: status 404"),
    ("429", (("*", Status(code=429, retry_after=0)),), 5, f"{NONE}osv:PyPI, osv:Bitnami, openssl, names could not be asked: status 429"),
    ("500", (("*", Status(code=500)),), 5, f"{NONE}osv:PyPI, osv:Bitnami, openssl, names could not be asked: status 500"),
    ("truncated", (("*", Truncated(keep=5)),), 5, f"{NONE}osv:PyPI, osv:Bitnami, openssl, names could not be asked: "),
    ("empty", (("*", Replaced(body=b"")),), 5, f"{NONE}osv:PyPI"),
    ("nonsense", (("*", Replaced(body=b"<html>no</html>")),), 5, f"{NONE}osv:PyPI"),
    ("an empty list", (("v1/querybatch", Replaced(body=b'{"results": []}')),), 1, "Failed: audited 1 of 6 packages, 1 vulnerable (1 advisory); osv:PyPI, osv:Bitnami could not be asked"),
    ("vulnerable and unavailable", (("openssl.zip", Status(code=503)),), 1, "Failed: audited 4 of 6 packages, 1 vulnerable (2 advisories, 1 exploited); openssl could not be asked"),
    ("no scores", (("epss", Status(code=500)), ("known*", Status(code=500))), 1, "Failed: audited 5 of 6 packages, 2 vulnerable (3 advisories); kev, epss could not be asked"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("faults", "code", "line"), [case[1:] for case in FAULTS], ids=[case[0] for case in FAULTS]
)
def test_a_server_that_fails(
    tmp_path: Path,
    server: AdvisoryServer,
    faults: tuple[tuple[str, Fault], ...],
    code: int,
    line: str,
) -> None:
    for pattern, fault in faults:
        server.fail(pattern, fault)
    done = audit(tmp_path, policy=sources(server.urls))
    assert first(done).startswith(line), done.stdout
    assert done.returncode == code


def test_only_unavailable_is_five(tmp_path: Path, server: AdvisoryServer) -> None:
    server.fail("openssl.zip", Status(code=503))
    policy, entries = sources(server.urls), (Entry("openssl", "3.6.3"), Entry("numpy", "2.1.3"))
    done = audit(tmp_path, policy=policy, entries=entries)
    line = "Incomplete: audited 1 of 2 packages, no known vulnerability; openssl could not be asked"
    assert (done.returncode, first(done)) == (5, line)
    assert "hint: `envtool explain advisories.unavailable` says why" in done.stdout


def test_what_is_down_is_replaced_by_what_was_fetched(
    tmp_path: Path, server: AdvisoryServer
) -> None:
    policy = sources(server.urls)
    audited_project(tmp_path / "project", policy=policy)
    assert audit(tmp_path, "db", "update", policy=policy).returncode == 0
    server.fail("*", Status(code=500))
    done = audit(tmp_path, policy=policy)
    assert (done.returncode, first(done)) == (1, f"Failed: {FOUND}")
    assert "not asked: osv:PyPI, osv:Bitnami, openssl, kev, epss, names: status 500; data (of" in (
        " ".join(done.stdout.split())
    )


def test_another_engine_finds_the_same(tmp_path: Path, server: AdvisoryServer) -> None:
    done = audit(tmp_path, "--engine", "pip-audit", policy=sources(server.urls))
    assert (done.returncode, first(done)) == (1, f"Failed: {FOUND}")


NOWHERE = {
    key: f"https://{key}.envtool.invalid/x"
    for key in ("osv", "osv-files", "openssl", "curl", "kev", "epss", "epss-file", "names")
}


def test_the_name_of_a_server_is_not_known(tmp_path: Path) -> None:
    done = audit(tmp_path, policy=sources(NOWHERE))
    assert done.returncode == 5
    assert first(done) == (
        f"{NONE}osv:PyPI, osv:Bitnami, openssl, names could not be asked: the name of the server is"
        " not known"
    )
    assert "hint: where there is a network: `envtool audit db update`" in done.stdout


def test_no_network_and_no_database(tmp_path: Path) -> None:
    done = audit(tmp_path, "--offline")
    assert done.returncode == 5
    assert first(done) == (
        f"{NONE}osv:PyPI, openssl, osv:Bitnami could not be asked: not in the database on"
        " this machine"
    )
    assert "hint: where there is a network: `envtool audit db update`" in done.stdout
    assert len(done.stdout.splitlines()) < 20


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (AS_OF, "Passed: audited 2 of 4 packages, no known vulnerability"),
        (
            ("--as-of", "2026-12-24"),
            "Passed: audited 2 of 4 packages, no known vulnerability; 1 other warning",
        ),
    ],
    ids=["half of it", "stale"],
)
def test_the_database_has_no_hit(tmp_path: Path, arguments: tuple[str, ...], line: str) -> None:
    database(tmp_path / "cache")
    done = audit(tmp_path, "--offline", *arguments, entries=CLEAN)
    assert (done.returncode, first(done), done.stderr) == (0, line, "")


@pytest.mark.parametrize("damage", ["cut", "other", "flipped"])
def test_a_damaged_database(tmp_path: Path, damage: str) -> None:
    path = database(tmp_path / "cache")
    data = bytearray(path.read_bytes())
    if damage == "flipped":
        at = data.rindex(b"x\x9c") + 8
        data[at : at + 4] = bytes(byte ^ 0xFF for byte in data[at : at + 4])
    path.write_bytes(b"no database at all" if damage == "other" else data)
    if damage == "cut":
        path.write_bytes(data[:2000])
    done = audit(tmp_path, "--offline", *AS_OF)
    assert done.returncode == 6
    assert first(done).startswith(f"{NONE}the advisories in `{path}` are damaged: ")
    assert "hint: fetch it again: `envtool audit db update`" in done.stdout


def test_a_database_without_a_source_of_what_is_locked(tmp_path: Path) -> None:
    database(tmp_path / "cache", without=("openssl",), failed="status 404")
    done = audit(tmp_path, "--offline", *AS_OF)
    line = "Failed: audited 4 of 6 packages, 1 vulnerable (2 advisories, 1 exploited); openssl"
    assert (done.returncode, first(done)) == (1, f"{line} could not be asked")

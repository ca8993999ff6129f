"""What a resolver of pip packages is told, and how its answer is read."""

from typing import Any

import pytest

from envtool.domain.locks import LockedPackage, VirtualPackage
from envtool.domain.pip_solving import (
    PipConflict,
    PipProblem,
    PipSolution,
    Stub,
    held_text,
    read_answer,
    stub,
)

DIGEST = "a" * 64


def problem(platform: str = "linux-64", **more: Any) -> PipProblem:
    return PipProblem(platform=platform, python="3.12.4", lines=(), **more)


@pytest.mark.parametrize(
    ("name", "version", "expected"),
    [
        ("typing_extensions", "4.0", Stub("typing-extensions", "4.0")),
        ("pytz", "2026.3.post1", Stub("pytz", "2026.3.post1")),
        ("openssl", "1.1.1w", Stub("openssl", "1.1.1")),
        ("tzdata", "2026c", Stub("tzdata", "2026rc0")),
        ("odd", "main", Stub("odd", "0")),
    ],
)
def test_conda_packages_as_pip_knows_them(name: str, version: str, expected: Stub) -> None:
    assert stub(name, version) == expected


@pytest.mark.parametrize(
    ("platform", "machine", "system", "macos"),
    [
        ("linux-64", (), "x86_64-manylinux_2_28", None),
        ("linux-64", (VirtualPackage("__glibc", "2.17", ""),), "x86_64-manylinux_2_17", None),
        ("linux-64", (VirtualPackage("__glibc", "2.35", ""),), "x86_64-manylinux_2_35", None),
        ("linux-aarch64", (VirtualPackage("__glibc", "2.30", ""),), "aarch64-manylinux_2_28", None),
        ("linux-64", (VirtualPackage("__glibc", "2.5", ""),), "x86_64-manylinux_2_17", None),
        ("linux-64", (VirtualPackage("__glibc", "3", ""),), "x86_64-manylinux_2_17", None),
        ("osx-arm64", (VirtualPackage("__osx", "13.0", ""),), "aarch64-apple-darwin", "13.0"),
        ("win-64", (), "x86_64-pc-windows-msvc", None),
        ("zos-z", (), None, None),
    ],
)
def test_platforms_as_uv_knows_them(
    platform: str, machine: tuple[VirtualPackage, ...], system: str | None, macos: str | None
) -> None:
    asked = problem(platform, machine=machine)
    assert (asked.system, asked.macos) == (system, macos)


def test_what_is_there_may_not_have_another_version() -> None:
    pinned = LockedPackage("idna", "3.0", "pip", "linux-64", "", "", "", (), "main", 0)
    asked = problem(stubs=(stub("certifi", "2026.1"),), pinned=(pinned,))
    assert asked.constraints == ("certifi==2026.1", "idna==3.0")
    assert 'name = "idna"\nversion = "3.0"' in held_text([pinned])


def entry(name: str, *files: str, **more: Any) -> dict[str, Any]:
    wheels = [
        {"url": f"https://example.org/{file}", "hashes": {"sha256": DIGEST}} for file in files
    ]
    return {"name": name, "version": "1.0", "wheels": wheels} | more


@pytest.mark.parametrize(
    ("files", "best"),
    [
        (("x-1.0-py3-none-any.whl", "x-1.0-cp312-cp312-win_amd64.whl"), 1),
        (("x-1.0-cp39-abi3-win_amd64.whl", "x-1.0-cp312-cp312-win_amd64.whl"), 1),
        (("x-1.0-py3-none-win_amd64.whl", "x-1.0-cp39-abi3-win_amd64.whl"), 1),
        (("x-1.0-cp312-cp312-manylinux_2_28_x86_64.whl", "x-1.0-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"), 0),
        (("x-1.0.zip", "x-1.0-py3-none-any.whl"), 1),
    ],
)  # fmt: skip
def test_the_best_of_several_files(files: tuple[str, ...], best: int) -> None:
    answer = read_answer(problem(), {"packages": [entry("x", *files)]}, "")
    assert isinstance(answer, PipSolution)
    assert answer.packages[0].url == f"https://example.org/{files[best]}"


def test_who_needs_whom() -> None:
    document = {"packages": [entry("b_c", "b_c-1.0-py3-none-any.whl"), entry("a", "a-1.0-py3-none-any.whl"), entry("conda_s", "x.whl")]}  # fmt: skip
    annotated = (
        "a==1.0                 # via -r requirements.in\n"
        "b-c==1.0               # via -c constraints.txt, a, conda-s\n"
        "conda-s==1.0  # via a[extra]\n"
    )
    answer = read_answer(problem(stubs=(stub("conda_s", "1.0"),)), document, annotated)
    assert isinstance(answer, PipSolution)
    needs = {each.name: dict(each.dependencies) for each in answer.packages}
    assert needs == {"a": {"b-c": "", "conda-s": ""}, "b-c": {}}


@pytest.mark.parametrize(
    ("found", "hashes", "reason"),
    [
        ({"name": "x", "version": "1.0"}, (), "no wheel of `x` with a sha256"),
        (entry("x", "x-1.0-py3-none-any.whl"), (("x", frozenset({"sha256:b"})),), "one of the hashes"),
    ],
)  # fmt: skip
def test_a_package_without_a_file_that_may_be_used(
    found: dict[str, Any], hashes: tuple[tuple[str, frozenset[str]], ...], reason: str
) -> None:
    answer = read_answer(problem(hashes=hashes), {"packages": [found]}, "")
    assert isinstance(answer, PipConflict)
    assert reason in answer.reason


def test_an_archive_that_was_named_by_its_url() -> None:
    archive = {"url": "https://example.org/x-1.0-py3-none-any.whl", "hashes": {"sha256": DIGEST}}
    found = {"name": "x", "version": "1.0", "archive": archive}
    hashes = (("x", frozenset({f"sha256:{DIGEST}"})),)
    answer = read_answer(problem(hashes=hashes), {"packages": [found]}, "")
    assert isinstance(answer, PipSolution)
    assert answer.packages[0].sha256 == DIGEST

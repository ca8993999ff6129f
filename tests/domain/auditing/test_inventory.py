"""The packages of a lock or a prefix, each once."""

from typing import Any

from envtool.adapters.yaml_events import EventYaml
from envtool.domain.auditing.inventory import subjects_of_lock, subjects_of_prefix
from envtool.domain.auditing.subjects import Subject
from envtool.domain.findings import Place
from envtool.domain.installed import Installed, InstalledFile, InstalledPackage
from envtool.domain.lock_reader import read_lock
from envtool.domain.locks import Lock, LockedPackage
from tests.locking import Entry, lock_text


def needs(*names: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, "*") for name in names)


def package(name: str, manager: str = "conda", **fields: Any) -> LockedPackage:
    url = f"https://c/linux-64/{name}-1.0-h0_0.conda"
    plain = LockedPackage(name, "1.0", manager, "linux-64", url, "", "", (), "main", 7)
    return plain._replace(**fields)


def lock(*packages: LockedPackage) -> Lock:
    return Lock(
        path="conda-lock.yml", platforms=("linux-64",), channels=(), sources=(), packages=packages
    )


def by_name(subjects: tuple[Subject, ...]) -> dict[str, Subject]:
    return {each.name: each for each in subjects}


def test_platforms_are_folded() -> None:
    found = read_lock(
        lock_text(
            Entry("numpy", "2.0", platform="osx-arm64", category="dev"),
            Entry("numpy", "2.0", platform="linux-64", needs=needs("python")),
            Entry("numpy", "1.9", platform="win-64"),
            Entry("python", "3.12"),
        ),
        "conda-lock.yml",
        EventYaml().parse,
    )
    assert found is not None
    old, new, python = subjects_of_lock(found)
    assert (old.label, new.label, python.label) == ("numpy 1.9", "numpy 2.0", "python 3.12")
    assert new.key == ("conda", "numpy", "2.0")
    assert [each.platform for each in new.artifacts] == ["linux-64", "osx-arm64"]
    assert new.categories == ("dev", "main")
    assert new.depends == {"python"}
    assert (new.place.path, new.place.line) == ("conda-lock.yml", found.packages[0].line)
    assert new.is_direct
    assert python.path == ("numpy", "python")


def test_what_the_lock_knows_of_a_package() -> None:
    first = package("a", sha256="ab", license=None, purls=None)
    second = package("a", platform="osx-64", license="MIT", purls=("pkg:pypi/a",))
    (found,) = subjects_of_lock(
        lock(first, second, package("__glibc"), package("own", url="./own"))
    )
    assert (found.license, found.purls) == ("MIT", ("pkg:pypi/a",))
    assert (found.artifacts[0].sha256, found.artifacts[0].build) == ("ab", "h0_0")


GRAPH = lock(
    package("app", dependencies=needs("requests", "numpy")),
    package("requests", dependencies=needs("urllib3", "python", "missing")),
    package("numpy", dependencies=needs("python")),
    package("urllib3", dependencies=needs("python")),
    package("python", dependencies=needs("openssl")),
    package("openssl"),
    package("cycle-a", dependencies=needs("cycle-b")),
    package("cycle-b", dependencies=needs("cycle-a")),
    package("My.Tool", "pip", dependencies=needs("urllib3", "Their_Lib")),
    package("their-lib", "pip", dependencies=needs("their-lib")),
)


def test_the_shortest_path_from_what_nothing_needs() -> None:
    paths = {each.name: each.path for each in subjects_of_lock(GRAPH)}
    assert paths == {
        "app": ("app",),
        "requests": ("app", "requests"),
        "numpy": ("app", "numpy"),
        "urllib3": ("My.Tool", "urllib3"),
        "python": ("app", "numpy", "python"),
        "openssl": ("app", "numpy", "python", "openssl"),
        "cycle-a": (),
        "cycle-b": (),
        "My.Tool": ("My.Tool",),
        "their-lib": ("My.Tool", "their-lib"),
    }


def test_the_shortest_path_from_what_files_list() -> None:
    found = by_name(subjects_of_lock(GRAPH, ["Requests", "my_tool", "cycle_b", "unknown"]))
    assert found["requests"].is_direct
    assert found["My.Tool"].is_direct
    assert found["cycle-a"].path == ("cycle-b", "cycle-a")
    assert found["openssl"].path == ("requests", "python", "openssl")
    assert found["app"].path == ()


def test_a_lock_that_does_not_say_what_pip_needs_has_no_direct_ones_of_pip() -> None:
    found = by_name(subjects_of_lock(lock(package("a", "pip"), package("b"))))
    assert (found["a"].path, found["b"].path) == ((), ("b",))
    found = by_name(subjects_of_lock(lock(package("a", "pip"), package("b")), ["A"]))
    assert (found["a"].path, found["b"].path) == (("a",), ())


def installed(name: str, manager: str = "conda", **fields: Any) -> InstalledPackage:
    return InstalledPackage(name, "1.0", manager, f"conda-meta/{name}.json")._replace(**fields)


def test_a_prefix() -> None:
    files = (
        "lib/python3.12/site-packages/Some_Lib-1.0.dist-info/METADATA",
        "lib/python3.12/site-packages/Some_Lib-1.0.dist-info/RECORD",
        "lib/python3.12/site-packages/some_lib/_vendor/other-2.0.dist-info/METADATA",
        "share/some-info/x",
    )
    prefix = Installed(
        root="/env",
        packages=(
            installed(
                "some-lib",
                subdir="noarch",
                url="https://c/noarch/some-lib-1.0-py_0.conda",
                sha256="ab",
                build="py_0",
                depends=("python >=3.9", "__unix", "Urllib3[socks] >=1"),
                files=tuple(InstalledFile(each) for each in files),
                license="MIT",
            ),
            installed("python", subdir="linux-64"),
            installed("urllib3", "pip", depends=("@odd",)),
        ),
    )
    place = Place("envs/x")
    found = by_name(subjects_of_prefix(prefix, place))
    some = found["some-lib"]
    assert some.purls == ("pkg:pypi/some-lib?source=metadata",)
    assert some.artifacts[0]._asdict() == {
        "platform": "linux-64",
        "url": "https://c/noarch/some-lib-1.0-py_0.conda",
        "sha256": "ab",
        "build": "py_0",
    }
    assert (some.license, some.place) == ("MIT", place)
    assert some.depends == {"python", "__unix", "urllib3"}
    assert found["python"].path == ("some-lib", "python")
    assert found["python"].purls is None
    assert found["urllib3"].purls is None
    bare = Installed(root="/env", packages=(installed("a", subdir="noarch"),))
    assert subjects_of_prefix(bare, place)[0].artifacts[0].platform == "noarch"

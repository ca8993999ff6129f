"""What artifacts say of locks with all that locks have."""

from typing import Any

from envtool.adapters.shipped import ShippedLists
from envtool.adapters.yaml_events import EventYaml
from envtool.domain.artifacts.bill import bill_of, purl_of, spdx
from envtool.domain.artifacts.contents import Contents
from envtool.domain.artifacts.explicit import explicit_lists
from envtool.domain.artifacts.pinned import pinned_files
from envtool.domain.artifacts.requirements import requirement_files
from envtool.domain.explicit_lock import read_explicit
from envtool.domain.locks import LockedPackage

FORGE = "https://conda.anaconda.org/conda-forge"
PYPI = "https://files.pythonhosted.org/packages/aa"


def conda(name: str, platform: str = "linux-64", **more: Any) -> LockedPackage:
    url = f"{FORGE}/{platform}/{name}-1.0-h0_0.conda"
    plain = ("conda", platform, url, "b" * 32, "a" * 64, (), "main", 0)
    return LockedPackage(name, "1.0", *plain)._replace(**more)


def pip(name: str, platform: str = "linux-64", **more: Any) -> LockedPackage:
    url = f"{PYPI}/{name}-2.0-py3-none-any.whl"
    plain = ("pip", platform, url, "", "c" * 64, (), "main", 0)
    return LockedPackage(name, "2.0", *plain)._replace(**more)


def contents(*packages: LockedPackage, platforms: tuple[str, ...] = ("linux-64",)) -> Contents:
    return Contents(
        name="service",
        digest="d" * 64,
        platforms=platforms,
        channels=("conda-forge",),
        packages=packages,
    )


def test_a_list_can_be_read_again_and_pip_stands_in_comments() -> None:
    made = contents(
        conda("zlib"), conda("old", sha256=""), pip("tool"), conda("dev", category="dev")
    )
    texts = dict(explicit_lists(made))
    assert list(texts) == ["conda-linux-64.lock", "conda-dev-linux-64.lock"]
    found = read_explicit(texts["conda-linux-64.lock"], "x")
    assert [(each.name, each.sha256, each.md5) for each in found.packages] == [
        ("old", "", "b" * 32),
        ("zlib", "a" * 64, ""),
    ]
    assert found.platforms == ("linux-64",)
    line = f"# pip tool 2.0 {PYPI}/tool-2.0-py3-none-any.whl#sha256:{'c' * 64}\n"
    assert line in texts["conda-linux-64.lock"]
    assert "# environment: development\n" in texts["conda-dev-linux-64.lock"]
    names = [each.name for each in read_explicit(texts["conda-dev-linux-64.lock"], "x").packages]
    assert names == ["dev", "old", "zlib"]


def test_a_hash_without_a_word_in_front_is_told_by_its_length() -> None:
    """CEP 23 allows both."""
    found = read_explicit(f"@EXPLICIT\n{FORGE}/noarch/a-1-0.conda#{'a' * 64}\n", "x")
    assert (found.packages[0].sha256, found.packages[0].md5) == ("a" * 64, "")


def test_an_empty_environment_has_no_list() -> None:
    made = contents(conda("zlib", "osx-arm64"), platforms=("linux-64", "osx-arm64"))
    assert [name for name, _ in explicit_lists(made)] == ["conda-osx-arm64.lock"]


LINUX = "(sys_platform == 'linux' and platform_machine == 'x86_64')"
WINDOWS = "(sys_platform == 'win32' and platform_machine == 'AMD64')"
MAC = "(sys_platform == 'darwin' and platform_machine == 'arm64')"
BOTH = ("linux-64", "win-64", "osx-arm64")


def test_requirements_say_where_they_hold() -> None:
    made = contents(
        *(pip("everywhere", each) for each in BOTH),
        pip("wide", "linux-64", sha256="1" * 64),
        pip("wide", "win-64", sha256="2" * 64),
        pip("mac", "osx-arm64", url="https://example.org/mac-2.0-py3-none-any.whl", sha256=""),
        pip("tested", category="dev"),
        platforms=BOTH,
    )
    texts = dict(requirement_files(made))
    assert list(texts) == ["requirements.txt", "requirements-dev.txt"]
    assert texts["requirements.txt"].partition("\n\n")[0].splitlines()[3:] == [
        "everywhere==2.0 \\",
        f"    --hash=sha256:{'c' * 64}",
        f"mac @ https://example.org/mac-2.0-py3-none-any.whl ; {MAC}",
        f"wide==2.0 ; {LINUX} or {WINDOWS} \\",
        f"    --hash=sha256:{'1' * 64} \\",
        f"    --hash=sha256:{'2' * 64}",
    ]
    assert "tested==2.0" in texts["requirements-dev.txt"]
    assert "everywhere" in texts["requirements-dev.txt"]
    assert dict(requirement_files(contents(conda("zlib")))) == {}


def test_a_pinned_file_is_one_that_conda_reads() -> None:
    made = contents(conda("zlib"), pip("tool"), pip("bare", sha256=""))
    ((name, text),) = pinned_files(made, EventYaml().dump)
    assert name == "environment-linux-64.yml"
    assert text.partition("name: ")[2] == (
        "service\nchannels:\n- conda-forge\n- nodefaults\ndependencies:\n- zlib=1.0=h0_0\n"
        f"- pip:\n  - bare @ {PYPI}/bare-2.0-py3-none-any.whl\n"
        f"  - tool @ {PYPI}/tool-2.0-py3-none-any.whl --hash=sha256:{'c' * 64}\n"
    )


def test_a_bill_names_each_archive_once() -> None:
    names, catalog = ShippedLists().licenses(), ShippedLists().catalog()
    noarch = f"{FORGE}/noarch/tzdata-1.0-h0_0.conda"
    made = contents(
        conda("python", license="PSF-2.0", dependencies=(("tzdata", ">=1"), ("gone", ""))),
        conda("tzdata", url=noarch, license="LicenseRef-Public-Domain"),
        conda("tzdata", "osx-arm64", url=noarch, license="LicenseRef-Public-Domain"),
        conda("odd", license="see the file"),
        conda("none"),
        conda("test", category="dev", license="MIT OR (GPL-2.0-only AND BSD)"),
        pip("Tool_Box", dependencies=(("PyYAML", ""), ("other.tool", ""))),
        pip("other-tool"),
        conda("pyyaml"),
        platforms=("linux-64", "osx-arm64"),
    )
    bill = bill_of(made, names, catalog)
    found = {each.name: each for each in bill.components}
    assert len(bill.components) == 8
    assert found["python"].needs == (found["tzdata"].purl,)
    assert found["Tool_Box"].needs == (found["pyyaml"].purl, found["other-tool"].purl)
    assert found["Tool_Box"].purl == "pkg:pypi/tool-box@2.0"
    assert (found["python"].expression, found["python"].license) == ("PSF-2.0", None)
    assert (found["odd"].expression, found["odd"].license) == (None, "see the file")
    assert (found["none"].expression, found["none"].license) == (None, None)
    assert found["test"].license == "MIT OR (GPL-2.0-only AND BSD)"
    assert (found["python"].is_production, found["test"].is_production) == (True, False)
    assert found["tzdata"].properties == (
        ("envtool:environment", "production"),
        ("envtool:platform", "linux-64"),
        ("envtool:platform", "osx-arm64"),
    )
    assert found["tzdata"].purl not in bill.roots
    assert found["python"].purl in bill.roots


def test_purls_tell_archives_apart() -> None:
    old = conda("zlib", url="https://example.org/own/linux-64/zlib-1.0-h0_0.tar.bz2")
    assert purl_of(conda("zlib")) == (
        "pkg:conda/zlib@1.0?build=h0_0&channel=conda-forge&subdir=linux-64&type=conda"
    )
    assert purl_of(old) == (
        "pkg:conda/zlib@1.0?build=h0_0&channel=https%3A%2F%2Fexample.org%2Fown"
        "&subdir=linux-64&type=tar.bz2"
    )


def test_expressions_are_written_as_spdx_does() -> None:
    names = ShippedLists().licenses()
    assert spdx(names.read("Apache 2.0")) == "Apache-2.0"
    assert spdx(names.read("MIT OR (GPL-2.0-only AND Zlib)")) == "MIT OR (GPL-2.0-only AND Zlib)"
    assert spdx(names.read("BSD")) is None

"""`@EXPLICIT` lists."""

import pytest

from envtool.domain.explicit_lock import read_explicit
from envtool.domain.lock_reader import NotALockError

BASE = "https://conda.anaconda.org/conda-forge"
MD5, SHA = "0" * 32, "1" * 64


def test_packages_with_every_kind_of_hash() -> None:
    lock = read_explicit(
        f"# platform: osx-64\n@EXPLICIT\n{BASE}/osx-64/zlib-1.3-h0_1.conda#{MD5}\n"
        f"{BASE}/noarch/Six-1.17-py_0.tar.bz2#sha256:{SHA}\n  {BASE}/noarch/x-a-1-0.conda  \n",
        "x.txt",
    )
    assert lock.platforms == ("osx-64",)
    shown = [
        (each.name, each.version, each.build, each.md5, each.sha256, each.line)
        for each in lock.packages
    ]
    assert shown == [
        ("zlib", "1.3", "h0_1", MD5, "", 3),
        ("six", "1.17", "py_0", "", SHA, 4),
        ("x-a", "1", "0", "", "", 5),
    ]
    assert {each.platform for each in lock.packages} == {"osx-64"}


@pytest.mark.parametrize(
    ("text", "platform"),
    [
        (f"@EXPLICIT\n{BASE}/noarch/a-1-0.conda\n{BASE}/win-64/b-1-0.conda#{MD5}\n", "win-64"),
        (f"@EXPLICIT\n{BASE}/noarch/a-1-0.conda\n", "noarch"),
        ("@EXPLICIT\n", "noarch"),
    ],
)
def test_the_platform_is_found(text: str, platform: str) -> None:
    assert read_explicit(text, "x.txt").platforms == (platform,)


def test_a_line_that_is_no_package_is_refused_with_its_place() -> None:
    with pytest.raises(NotALockError, match="no URL of a conda package") as caught:
        read_explicit("@EXPLICIT\nnumpy=1.26\n", "x.txt")
    assert caught.value.place == ("x.txt", 2, 1, 11)

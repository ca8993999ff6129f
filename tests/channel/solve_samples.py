"""Packages made by hand that matter before anything is installed: to solvers and judges."""

from collections.abc import Iterator

from envtool.adapters.channel_builder.packages import File, Flaw, Package
from tests.channel.install_samples import SUBDIRS, day


def solving() -> Iterator[Package]:
    """All packages of this module."""
    yield from _conflicts()
    yield from _machines()
    yield from _licenses()
    yield from _flawed()


def _plain(name: str, version: str, number: int, **fields: tuple[str, ...]) -> Iterator[Package]:
    """A package of one small file, the same for every platform."""
    for subdir in SUBDIRS:
        yield Package(
            name=name,
            version=version,
            subdir=subdir,
            license="MIT",
            timestamp=day(number),
            files=(File(path=f"share/{name}/version", content=f"{version}\n".encode()),),
            depends=fields.get("depends", ()),
            constrains=fields.get("constrains", ()),
        )


def _conflicts() -> Iterator[Package]:
    """A library and its users: `old-user` and `new-user` exclude each other, `guard` constrains."""
    for number, version in enumerate(("1.0", "2.0", "3.0")):
        yield from _plain("library", version, 40 + 10 * number)
    yield from _plain("old-user", "1.0", 45, depends=("library >=1.0,<2.0a0",))
    yield from _plain("new-user", "1.0", 55, depends=("library >=2.0,<3.0a0",))
    yield from _plain("new-user", "2.0", 65, depends=("library >=3.0,<4.0a0",))
    yield from _plain("guard", "1.0", 56, constrains=("library <3.0a0",))
    yield from _plain("guard", "2.0", 66, constrains=("library <2.0a0",))


def _machines() -> Iterator[Package]:
    """What needs something of the machine: an unusually new glibc, a GPU."""
    needs = {"needs-glibc": "__glibc >=99", "needs-cuda": "__cuda >=12"}
    for name, need in needs.items():
        yield Package(
            name=name,
            version="1.0",
            subdir="linux-64",
            depends=(need,),
            license="MIT",
            timestamp=day(70),
            files=(File(path=f"share/{name}/version", content=b"1.0\n"),),
        )


def _licenses() -> Iterator[Package]:
    """Noarch packages that differ in the licence; the oldest says nothing of when it was built."""
    licenses = {
        "license-spdx": "MIT AND (Apache-2.0 OR GPL-3.0-or-later)",
        "license-copyleft": "AGPL-3.0-only",
        "license-odd": "BSD 3-Clause / see file LICENSE",
        "license-own": "LicenseRef-Proprietary",
        "license-none": None,
    }
    for name, license_text in licenses.items():
        yield Package(
            name=name,
            version="1.0",
            noarch="generic",
            license=license_text,
            timestamp=None if name == "license-none" else day(80),
            files=(File(path=f"share/{name}/version", content=b"1.0\n"),),
        )


def _flawed() -> Iterator[Package]:
    """What goes wrong in channels; `flaky` has a good build that is older than the removed one."""
    flaws = {
        ("truncated", 0): Flaw.TRUNCATED,
        ("wrong-hash", 0): Flaw.WRONG_HASH,
        ("flaky", 0): None,
        ("flaky", 1): Flaw.REMOVED,
    }
    for (name, build), flaw in flaws.items():
        yield Package(
            name=name,
            version="1.0",
            build=f"h0_{build}",
            build_number=build,
            subdir="linux-64",
            license="MIT",
            timestamp=day(110 + build),
            files=(
                File(path=f"share/{name}/build", content=f"{build}\n".encode()),
                File(path=f"share/{name}/filler", content=bytes(range(256)) * 64),
            ),
            flaw=flaw,
        )

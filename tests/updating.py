"""A small channel whose packages have something to be updated to, and projects that use it.

    numlib 1.26.3, 1.26.4, 1.26.5, 1.27.0, 2.0.0    needs base: the last one base 2
    base   1.0, 1.1, 2.0                            nobody lists it
    web    1.0.0, 1.0.1, 1.2.0                      1.2.0 needs the new package helper
    twin   1.0, 1.1 everywhere, 1.2 on linux-64 alone
    tied   1.0, 1.1                                 with another build on each platform
    slow   1.0 without a date, 1.1
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.channel.channels import DEFAULT_EPOCH, Channel, write_channel
from tests.channel.install_samples import day
from tests.channel.packages import File, Package
from tests.conftest import Envtool, Run

LINUX, MAC = "linux-64", "osx-arm64"
BOTH = (LINUX, MAC)


def _package(name: str, version: str, subdir: str, built: int | None, **others: Any) -> Package:
    content = f"{version}\n".encode()
    return Package(
        name=name,
        version=version,
        subdir=subdir,
        license="MIT",
        timestamp=None if built is None else day(built),
        files=(File(path=f"share/{name}/version", content=content),),
        **others,
    )


def _packages() -> Iterator[Package]:
    for subdir in BOTH:
        for number, version in enumerate(("1.26.3", "1.26.4", "1.26.5", "1.27.0", "2.0.0")):
            base = "base >=2" if version == "2.0.0" else "base <2"
            yield _package("numlib", version, subdir, 10 + 10 * number, depends=(base,))
        for number, version in enumerate(("1.0", "1.1", "2.0")):
            yield _package("base", version, subdir, 5 + 10 * number)
        for number, version in enumerate(("1.0.0", "1.0.1", "1.2.0")):
            needs = ("base", "helper") if version == "1.2.0" else ("base",)
            yield _package("web", version, subdir, 12 + 10 * number, depends=needs)
        yield _package("helper", "0.1", subdir, 8)
        for number, version in enumerate(("1.0", "1.1")):
            yield _package("twin", version, subdir, 10 + number)
            yield _package("tied", version, subdir, 10 + number, build=f"h{subdir[0]}_{number}")
        yield _package("slow", "1.0", subdir, None)
        yield _package("slow", "1.1", subdir, 50)
    yield _package("twin", "1.2", LINUX, 30)


def updates_channel(folder: Path) -> Channel:
    """The channel, made anew."""
    return write_channel(str(folder), tuple(_packages()), DEFAULT_EPOCH)

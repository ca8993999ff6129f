"""A channel for a web service: numpy as it is installed here, an ASGI server, and the service.

Goes on top of the channel of `demo`, which has Python and the packages with a prefix in them. What
pip installed is packed again, so the tests need what they install: numpy, starlette, uvicorn, pip.
"""

import os
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path

from envtool.adapters.channel_builder.channels import DEFAULT_EPOCH, Channel, write_channel
from envtool.adapters.channel_builder.interpreter import running
from envtool.adapters.channel_builder.packages import PLACEHOLDER, File, Mode, Package
from envtool.adapters.channel_builder.requirements import conda_depends
from envtool.adapters.channel_builder.wheels import (
    entry_points,
    license_of,
    wheel_package,
    with_dependencies,
)

VERSIONS = ("1.0", "1.1")
NEEDS = ("numpy", "starlette", "uvicorn", "pip", "binary-prefix", "activates")
_PURE = ("starlette", "uvicorn", "pip")
_MOMENT = DEFAULT_EPOCH * 1000
_LEFT_OUT = {"INSTALLER", "RECORD", "REQUESTED", "direct_url.json"}
_SERVICE = '''"""Answers with what it finds in its environment."""

import os
import subprocess
import sys

import numpy
import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

VERSION = "{version}"


async def found(request):
    matrix = numpy.array([[2.0, 1.0], [1.0, 3.0]])
    native = subprocess.run(["binary-prefix"], capture_output=True, text=True, check=True)
    return JSONResponse({
        "version": VERSION,
        "prefix": sys.prefix,
        "solved": numpy.linalg.solve(matrix, [3.0, 5.0]).tolist(),
        "numpy": numpy.__file__,
        "native": native.stdout.strip(),
        "activated": os.environ.get("ACTIVATES_HOME"),
        "asked": request.query_params.get("q"),
    })


app = Starlette(routes=[Route("/", found)])


def main() -> None:
    if sys.argv[1:] == ["--version"]:
        print("web-service", VERSION)
        return
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
'''


def service_channel(folder: Path) -> Channel:
    """Written anew; raises `PackageNotFoundError` when something of it is not installed here."""
    return write_channel(str(folder), _packages(), DEFAULT_EPOCH)


def _packages() -> Iterator[Package]:
    yield compiled_package(distribution("numpy"), _MOMENT)
    for name in with_dependencies(_PURE):
        yield wheel_package(distribution(name), _MOMENT)
    yield from map(_service, VERSIONS)


def compiled_package(source: Distribution, timestamp: int) -> Package:
    """The package of an installed distribution with compiled modules, for this Python alone.

    Its own tests stay out. Programs are scripts that name the Python of their prefix, as
    conda-build makes them.
    """
    minor = running().minor
    return Package(
        name=source.name,
        version=source.version,
        build=f"py{minor.replace('.', '')}_0",
        subdir="linux-64",
        depends=(*conda_depends(source.requires or (), None), f"python {minor}.*"),
        license=license_of(source),
        timestamp=timestamp,
        files=(
            *_modules(source, f"lib/python{minor}/site-packages"),
            *(_program(each) for each in entry_points(source)),
        ),
    )


def _modules(source: Distribution, site: str) -> Iterator[File]:
    for path in source.files or ():
        is_own = path.parent.suffix == ".dist-info" and path.name in _LEFT_OUT
        if is_own or ".." in path.parts or {"tests", "__pycache__"} & set(path.parts):
            continue
        real = Path(str(source.locate_file(path)))
        executable = os.access(real, os.X_OK)
        yield File(path=f"{site}/{path}", content=real.read_bytes(), executable=executable)


def _program(entry: str) -> File:
    """What an entry point `name = module:function` becomes."""
    name, _, target = entry.partition(" = ")
    module, _, function = target.partition(":")
    text = f"#!{PLACEHOLDER}/bin/python\nimport sys\nfrom {module} import {function}\n"
    return File(
        path=f"bin/{name}",
        content=f"{text}sys.exit({function}())\n".encode(),
        executable=True,
        placeholder=Mode.TEXT,
    )


def _service(version: str) -> Package:
    info = f"site-packages/web_service-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: web-service\nVersion: {version}\n"
    return Package(
        name="web-service",
        version=version,
        build="pyhd8ed1ab_0",
        noarch="python",
        depends=("python", *NEEDS),
        license="BSD-3-Clause",
        timestamp=_MOMENT,
        entry_points=("web-service = web_service:main",),
        files=(
            File(
                path="site-packages/web_service.py",
                content=_SERVICE.replace("{version}", version).encode(),
            ),
            File(path=f"{info}/METADATA", content=metadata.encode()),
            File(path=f"{info}/INSTALLER", content=b"conda\n"),
        ),
    )

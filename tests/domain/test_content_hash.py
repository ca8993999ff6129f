"""Content hashes, held against conda-lock itself."""

import pytest

from envtool.adapters.yaml_events import EventYaml
from envtool.domain.content_hash import content_hashes
from envtool.domain.locks import VirtualPackage
from envtool.domain.spec_reader import read_spec
from envtool.domain.specs import Role, Spec
from tests.conda_lock_oracle import hashes

PLATFORMS = ["linux-64", "linux-aarch64", "linux-ppc64le", "osx-64", "osx-arm64", "win-64"]


def deps(*lines: str) -> str:
    return "channels: [conda-forge]\ndependencies:\n" + "".join(f"- {line}\n" for line in lines)


def pip(*lines: str) -> str:
    return deps("python=3.12", "pip:") + "".join(f"  - {line}\n" for line in lines)


SPECS = [
    deps("python"),
    deps("python=3.12"),
    deps("python=3.12.*"),
    deps("python==3.12.1"),
    deps("python 3.12"),
    deps("python 3.12.*"),
    deps("python=3.12.1=h0_0"),
    deps("python==3.12.1=h0_0"),
    deps("python 3.12.1 h0_0"),
    deps("python >=3.10,<3.13"),
    deps("python >=3.10 , <3.13"),
    deps("python=3.10|=3.12"),
    deps("python 3.1*"),
    deps("python>=3.8*"),
    deps("python~=3.10"),
    deps("python!=3.11"),
    deps("'python ==3.12.*,>=0.0a0'"),
    deps("blas=*=mkl", "'vtk * qt*'"),
    deps('"numpy[version=\'>=1.26\',build=*mkl]"'),
    deps("conda-forge::numpy=2"),
    deps("https://conda.anaconda.org/bioconda::samtools"),
    deps("Zlib", "numpy", "attrs"),
    deps("numpy=1", "numpy=2"),
    deps("menuinst  # [win]", "readline  # [unix]", "numpy  # see [1]", "zlib  # [linux64]"),
    "channels: [conda-forge]\ndependencies:\n# all\n- zlib  # why\n",
    "channels: [defaults, nodefaults]\ndependencies: [zlib]\n",
    "dependencies: [zlib]\n",
    "channels: ['https://host.example/t/$TOKEN/channel', conda-forge]\ndependencies: [zlib]\n",
    "channels: ['https://${USER}:${PASSWORD}@host.example/channel']\ndependencies: [zlib]\n",
    "channels: [é]\ncategory: dev\npip-repositories: ['https://pypi.example/simple']\ndependencies: [zlib]\n",
    pip("Requests"),
    pip("requests==2.32", "Some_Pkg[b,a]>=1,<2", "x~=1.4", "y===1.0"),
    pip("x==1 --hash=sha256:" + "a" * 64),
    pip("x; sys_platform == 'win32'", "y; python_version < '3.9'", "z; os_name != 'nt'"),
    pip("x; sys_platform == 'darwin' or (platform_system == 'Linux' and python_version > '3')"),
    pip("x @ https://host.example/x-1.0.tar.gz#sha256=" + "a" * 64),
    pip("x @ git+https://host.example/me/x.git@v1#subdirectory=src"),
    pip("git+https://host.example/me/My_Lib.git", "git+https://host.example/me/other@main"),
    pip("-e .", "x @ file:///wheels/x-1.0-py3-none-any.whl"),
    deps("pip", "pip:") + "  - x\n",
    deps("zlib", "pip:"),
]  # fmt: skip


def read(text: str, path: str) -> Spec:
    return read_spec(EventYaml().parse(text, path), tuple(text.splitlines()), path, Role.PRODUCTION)


def reread(spec: Spec, lines: tuple[str, ...]) -> Spec:
    return read("\n".join(lines), spec.path)


@pytest.mark.parametrize("text", SPECS)
def test_one_file(text: str) -> None:
    found = content_hashes([read(text, "environment.yml")], PLATFORMS, reread)
    assert found == hashes([text], PLATFORMS)


def test_two_files_and_other_machines() -> None:
    texts = [deps("python=3.12", "numpy=1"), "category: dev\n" + deps("pytest", "numpy=2")]
    machines = "subdirs: {linux-64: {packages: {__glibc: '2.17', __archspec: '1 x86_64_v3'}}}\n"
    known = {
        "linux-64": (
            VirtualPackage("__glibc", "2.17", ""),
            VirtualPackage("__archspec", "1", "x86_64_v3"),
        )
    }
    specs = [read(text, "environment.yml") for text in texts]
    assert content_hashes(specs, PLATFORMS, reread, known) == hashes(texts, PLATFORMS, machines)

"""`python -m tests.benchmarks.audit_peers FOLDER LOCK...`: beside pixi-policy and pip-audit.

FOLDER has `advisories/` as for `tests.benchmarks.auditing`; each LOCK is a pixi.lock. Both peers
have to be there as programs (`--peers` is the folder that has them); they are given the same
advisories from a server on the loopback interface, and the same packages:

- pixi-policy reads the lock itself, and is told by environment variables where to ask; its policy
  fails on everything, so that it tells everything;
- pip-audit is given a requirements file with the name on PyPI of every package that has one, which
  it could not have found out by itself.

No channel is asked for what envtool checks there besides: its mirror has nothing. Each run starts
with an empty cache, and again with what the run before it left; runs alternate. Wall time has the
server in it, which is this process; CPU time and memory have not.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from packaging.version import Version

from envtool.domain.pip_grammar import canonical
from tests.advisory_server import AdvisoryServer
from tests.benchmarks.audit_sources import publish
from tests.channel.answers import Answer
from tests.channel.server import Call

Hits = frozenset[tuple[str, str]]
"""Labels of packages, and the advisories on them."""


class Server(AdvisoryServer):
    """Takes package URLs for names, as OSV does, and remembers what was asked on PyPI."""

    asked: set[tuple[str, str]]

    def answer(self, call: Call) -> Answer | None:
        if call.path in {"v1/querybatch", "v1/query"}:
            content = json.loads(call.body)
            for each in content.get("queries", [content]):
                self._named(each)
            call = call._replace(body=json.dumps(content).encode())
        return super().answer(call)

    def _named(self, query: dict[str, Any]) -> None:
        url = query["package"].get("purl")
        if url:
            name, _, query["version"] = url.removeprefix("pkg:pypi/").partition("@")
            query["package"] = {"ecosystem": "PyPI", "name": name}
        if query["package"]["ecosystem"] == "PyPI":
            self.asked.add((canonical(query["package"]["name"]), query["version"]))


class Tool(NamedTuple):
    """How one is run in the folder of the lock, and the file that it writes its report to."""

    name: str
    command: tuple[str, ...]
    report: str


class Run(NamedTuple):
    """What one run of a process took."""

    wall: float
    cpu: float
    memory: int
    requests: int
    status: int


# A process starts with the peak memory of the one that started it, so a small one has to.
_LAUNCHER = """
import json, resource, subprocess, sys, time
start = time.perf_counter()
with open("output", "wb") as out:
    status = subprocess.run(sys.argv[1:], stdout=out, stderr=out).returncode
wall, used = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([wall, used.ru_utime + used.ru_stime, used.ru_maxrss, status]))
"""


def measured(tool: Tool, folder: Path, server: Server) -> Run:
    """Runs `tool`; memory is that of its largest process, in KiB."""
    before = len(server.log)
    launch = (sys.executable, "-S", "-c", _LAUNCHER, *tool.command)
    done = subprocess.run(launch, cwd=folder, check=True, stdout=subprocess.PIPE)
    wall, cpu, memory, status = json.loads(done.stdout)
    if not (folder / tool.report).exists():
        sys.exit(f"{tool.name}: {(folder / 'output').read_text('utf-8')}")
    return Run(wall, cpu, memory, len(server.log) - before, status)


def workspace(folder: Path, lock: Path, server: Server) -> None:
    """The lock with what each of the tools wants beside it."""
    text = lock.read_text("utf-8")
    (folder / "pixi.lock").write_text(text, "utf-8")
    environments = yaml.load(text, yaml.CSafeLoader)["environments"].values()
    platforms = sorted({each for one in environments for each in one["packages"]})
    manifest = f'[workspace]\nname = "x"\nchannels = ["conda-forge"]\nplatforms = {platforms}\n'
    (folder / "pixi.toml").write_text(manifest, "utf-8")
    (folder / "pixi-policy.toml").write_text(
        '[advisories]\nfail-on = "low"\nunknown = "error"\n', "utf-8"
    )
    sources = "".join(f'{key} = "{url}"\n' for key, url in server.urls.items())
    channels = f'"https://conda.anaconda.org/conda-forge" = ["{server.url}/none"]'
    (folder / "envtool.toml").write_text(
        f"[audit.sources]\n{sources}[channels.mirrors]\n{channels}\n", "utf-8"
    )


def tools(peers: Path, server: Server) -> tuple[Tool, ...]:
    """All of them, told where to ask and what to write."""
    url = server.url
    os.environ |= {
        "PIXI_POLICY_OSV_URL": url,
        "PIXI_POLICY_KEV_URL": server.urls["kev"],
        "PIXI_POLICY_EPSS_URL": server.urls["epss"],
        "PIXI_POLICY_MAPPING_URL": server.urls["names"],
    }
    envtool = (sys.executable, "-m", "envtool", "audit", "pixi.lock")
    policy = (str(peers / "pixi-policy"), "check", "--format", "json", "--output", "policy.json")
    audit = (str(peers / "pip-audit"), "-r", "requirements.txt", "--no-deps", "--disable-pip")
    osv = ("-s", "osv", "--osv-url", f"{url}/v1/query", "--cache-dir", "cache/pip-audit")
    form = ("-f", "json", "-o", "audit.json", "--progress-spinner", "off")
    return (
        Tool("envtool", (*envtool, "-o", "json=envtool.json"), "envtool.json"),
        Tool("pixi-policy", policy, "policy.json"),
        Tool("pip-audit", (*audit, *osv, *form), "audit.json"),
        Tool("envtool --offline", (*envtool, "--offline", "-o", "json=off.json"), "off.json"),
    )


class Packages:
    """The packages of a lock, from envtool's own report on it."""

    def __init__(self, report: Mapping[str, Any]) -> None:
        self.all = report["data"]["audit"]["packages"]
        self.labels = {
            (canonical(who["name"]), each["version"]): f"{each['name']} {each['version']}"
            for each in self.all
            for who in each["identity"]["coordinates"]
            if who["ecosystem"] == "PyPI"
        }

    @property
    def audited(self) -> frozenset[str]:
        """Labels of those that envtool looked up."""
        return frozenset(
            f"{each['name']} {each['version']}"
            for each in self.all
            if each["state"] != "not audited"
        )

    def requirements(self) -> str:
        """What is on PyPI, in the lowest version, as pip-audit refuses several."""
        versions = dict(sorted(self.labels, key=lambda each: Version(each[1]), reverse=True))
        return "".join(f"{name}=={version}\n" for name, version in versions.items())

    def label(self, name: str, version: str) -> str:
        """What the lock calls a package that is `name` there or on PyPI."""
        return self.labels.get((canonical(name), version), f"{name} {version}")


def of_envtool(report: Mapping[str, Any], _: Packages) -> Iterator[tuple[str, Sequence[str]]]:
    """Packages, and the ids of an advisory that surely has them."""
    for each in report["data"]["audit"]["packages"]:
        for hit in each["hits"]:
            if not hit["unconfirmed"]:
                yield f"{each['name']} {each['version']}", [hit["id"], *hit["aliases"]]


def of_pixi_policy(
    report: Mapping[str, Any], names: Packages
) -> Iterator[tuple[str, Sequence[str]]]:
    """The same in its findings."""
    for each in report["findings"]:
        if each.get("advisory"):
            yield names.label(each["package"], each["version"]), each["advisory"]


def of_pip_audit(report: Mapping[str, Any], names: Packages) -> Iterator[tuple[str, Sequence[str]]]:
    """The same in its dependencies."""
    for each in report["dependencies"]:
        for hit in each.get("vulns", ()):
            yield names.label(each["name"], each["version"]), [hit["id"], *hit["aliases"]]


READERS = {"policy.json": of_pixi_policy, "audit.json": of_pip_audit}


def hits_of(tool: Tool, folder: Path, names: Packages) -> Hits:
    """What `tool` reports; an advisory goes by its first CVE, if it has one."""
    report = json.loads((folder / tool.report).read_text("utf-8"))
    found = READERS.get(tool.report, of_envtool)(report, names)
    return frozenset(
        (label, min(ids, key=lambda each: (each[:4] != "CVE-", each))) for label, ids in found
    )


def row(name: str, runs: Sequence[Run]) -> str:
    """Medians."""
    wall, cpu, memory, requests, _ = (statistics.median(each) for each in zip(*runs, strict=True))
    statuses = ",".join(str(each) for each in sorted({each.status for each in runs}))
    return f"  {name:<24} {requests:8.0f} {wall:7.2f} {cpu:7.2f} {memory / 1024:6.0f} {statuses:>5}"


def compare(lock: Path, server: Server, peers: Path, runs: int) -> None:
    """Both tables of one lock."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ |= {"HOME": name, "ENVTOOL_CACHE_DIR": str(folder / "cache/envtool")}
        os.environ["PIXI_POLICY_CACHE_DIR"] = str(folder / "cache/pixi-policy")
        workspace(folder, lock, server)
        every = tools(peers, server)
        update = (sys.executable, "-m", "envtool", "audit", "db", "update")
        subprocess.run(update, cwd=folder, check=True, capture_output=True)
        shutil.move(folder / "cache/envtool", folder / "kept")
        measured(every[0], folder, server)
        names = Packages(json.loads((folder / "envtool.json").read_text("utf-8")))
        (folder / "requirements.txt").write_text(names.requirements(), "utf-8")
        print(f"{lock}: {len(names.all)} packages, {os.getloadavg()[0]:.1f} load")
        print(f"  {'':<24} requests  wall s   CPU s    MiB  exit")
        took, asked = timed(every, folder, server, runs)
        for what, each in took.items():
            print(row(what, each))
        found = {each.name: hits_of(each, folder, names) for each in every}
        told(found, asked, names)


def timed(
    every: Sequence[Tool], folder: Path, server: Server, runs: int
) -> tuple[dict[str, list[Run]], dict[str, set[tuple[str, str]]]]:
    """All runs by tool and state of its cache; what each asked the server on PyPI."""
    took: dict[str, list[Run]] = {}
    asked: dict[str, set[tuple[str, str]]] = {}
    for _ in range(runs):
        for tool in every:
            shutil.rmtree(folder / "cache", ignore_errors=True)
            if "--offline" in tool.command:
                shutil.copytree(folder / "kept", folder / "cache/envtool")
            server.asked = asked.setdefault(tool.name, set())
            took.setdefault(tool.name, []).append(measured(tool, folder, server))
            again = measured(tool, folder, server)
            took.setdefault(f"{tool.name}, again", []).append(again)
    return took, asked


def told(
    found: Mapping[str, Hits], asked: Mapping[str, set[tuple[str, str]]], names: Packages
) -> None:
    """Who looked up how much, and what each did not find that another did."""
    every = frozenset().union(*found.values())
    for tool, hits in found.items():
        looked = (
            names.audited
            if tool.startswith("envtool")
            else {names.label(*one) for one in asked[tool]}
        )
        print(
            f"  {tool}: looked up {len(looked)} of {len(names.all)}, found"
            f" {len(hits)} advisories on {len({one for one, _ in hits})} packages"
        )
        if tool.startswith("envtool"):
            others = {names.label(*one) for each in asked.values() for one in each} - looked
            print(f"    looked up by others alone: {', '.join(sorted(others)) or 'nothing'}")
        missed = Counter(label for label, _ in every - hits)
        lines = ", ".join(f"{label} ({number})" for label, number in sorted(missed.items()))
        print(f"    missed {missed.total()}: {lines or 'nothing'}")


def main() -> None:
    """One comparison for each lock."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("locks", type=Path, nargs="+")
    parser.add_argument("--peers", type=Path, default=Path(sys.executable).parent)
    parser.add_argument("--runs", type=int, default=9)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as published:
        publish(options.folder / "advisories", Path(published))
        with Server(published) as server:
            server.asked = set()
            for lock in options.locks:
                compare(lock, server, options.peers.absolute(), options.runs)


if __name__ == "__main__":
    main()

"""`python -m tests.benchmarks.trusting BUNDLES [--lock CONDA_LOCK --channel FOLDER]`.

Signatures of a real package, and what a real channel says of a real lock:

- BUNDLES is a file of Sigstore bundles of a conda package (`<archive>.v0.sigs`, as prefix.dev
  has them): each is verified offline under the public trust root, and refused in every variant
  that is tampered with, or asked for otherwise; with the time of one verification;
- CONDA_LOCK is held against a channel of repodata alone in FOLDER that stands for conda-forge:
  how many archives are listed, altered, gone; seconds of CPU, and how many seconds of it the
  comparison takes once the index is read.
"""

import argparse
import base64
import hashlib
import json
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from rattler import PackageRecord, RepoDataRecord
from rattler.package import BuildString

from envtool.adapters import connect
from envtool.adapters.attestations import RattlerAttestations
from envtool.adapters.rattler_client import Connection
from envtool.adapters.rattler_records import record_of
from envtool.domain.auditing.signatures import Signature
from envtool.domain.auditing.subjects import Artifact, Subject
from envtool.domain.channel_resolver import ResolvedChannel, Source
from envtool.domain.conda_lock import read_conda_lock
from envtool.domain.findings import Place
from envtool.domain.policy.records import SignatureMode, Signing
from envtool.domain.specs import Entry
from envtool.ports_auditing import SignatureQuestion
from envtool.workflows.audit_upstream import UpstreamRequest, upstream_of
from tests.judging import policy

Json = Any
RUNS = 20


class Asked(NamedTuple):
    """What is asked about a package: its file, hash and channel, and who has to have signed."""

    name: str
    sha256: str
    channel: str
    publisher: str | None = None
    issuer: str | None = None


def main() -> None:
    """Print every figure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("bundles", type=Path)
    parser.add_argument("--lock", type=Path)
    parser.add_argument("--channel", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        signatures(Path(name), json.loads(arguments.bundles.read_text("utf-8")))
    if arguments.lock and arguments.channel:
        channel(arguments.lock, arguments.channel)


def signatures(folder: Path, bundles: Json) -> None:
    """Verify each bundle, and see every variant of it refused."""
    for number, bundle in enumerate(bundles):
        statement = json.loads(base64.b64decode(bundle["dsseEnvelope"]["payload"]))
        subject = statement["subject"][0]
        asked = Asked(
            subject["name"], subject["digest"]["sha256"], statement["predicate"]["targetChannel"]
        )
        good = verified(folder / f"{number}", bundle, asked)
        print(f"{asked.name}: {good.state}, by {good.identity} ({good.issuer})")
        times = []
        for run in range(RUNS):
            started = time.perf_counter()
            verified(folder / f"{number}-{run}", bundle, asked)
            times.append(time.perf_counter() - started)
        print(
            f"  {statistics.median(times) * 1000:.1f} ms each, with a client and a trust root of its own"
        )
        exact = asked._replace(publisher=good.identity, issuer=good.issuer)
        print(f"  its own publisher and issuer: {verified(folder / 'own', bundle, exact).state}")
        for what, other, question in variants(bundle, exact):
            found = verified(folder / what, other, question)
            print(f"  {what}: {found.state} ({found.reason[:90]})")


def variants(bundle: Json, asked: Asked) -> Iterator[tuple[str, Json, Asked]]:
    """What has to be refused: another question, or another bundle."""
    yield "other channel", bundle, asked._replace(channel="https://prefix.dev/other")
    yield "other hash", bundle, asked._replace(sha256="0" * 64)
    yield "other file name", bundle, asked._replace(name=asked.name.replace("1.", "9."))
    yield "other publisher", bundle, asked._replace(publisher="https://github.com/nobody/*")
    yield "other issuer", bundle, asked._replace(issuer="https://gitlab.com")
    for path in (
        "dsseEnvelope.payload",
        "dsseEnvelope.signatures.0.sig",
        "verificationMaterial.certificate.rawBytes",
        "verificationMaterial.tlogEntries.0.logId.keyId",
        "verificationMaterial.tlogEntries.0.inclusionPromise.signedEntryTimestamp",
        "verificationMaterial.tlogEntries.0.inclusionProof.rootHash",
        "verificationMaterial.tlogEntries.0.inclusionProof.hashes.0",
        "verificationMaterial.tlogEntries.0.canonicalizedBody",
    ):
        yield path, changed(bundle, path, flipped), asked
    yield "no log entry", changed(bundle, "verificationMaterial.tlogEntries", lambda _: []), asked
    time_of_entry = "verificationMaterial.tlogEntries.0.integratedTime"
    yield "other time", changed(bundle, time_of_entry, lambda text: str(int(text) + 1)), asked


def changed(bundle: Json, path: str, change: Callable[[Any], Any]) -> Json:
    """A copy of a bundle with one value changed."""
    copy = json.loads(json.dumps(bundle))
    place = copy
    *parents, last = (int(each) if each.isdigit() else each for each in path.split("."))
    for each in parents:
        place = place[each]
    place[last] = change(place[last])
    return copy


def flipped(text: str) -> str:
    """Base64 with one bit changed."""
    content = bytearray(base64.b64decode(text))
    content[-3] ^= 1
    return base64.b64encode(bytes(content)).decode()


def verified(folder: Path, bundle: Json, asked: Asked) -> Signature:
    """What comes of it offline, with the bundle in a folder that mirrors the channel."""
    content = json.dumps([bundle]).encode()
    digest = hashlib.sha256(content).hexdigest()
    (folder / "noarch").mkdir(parents=True)
    (folder / f"noarch/{asked.name}.sigs.{digest}").write_bytes(content)
    known = PackageRecord(
        name="x",
        version="1",
        build=BuildString("0"),
        build_number=0,
        subdir="noarch",
        sha256=bytes.fromhex(asked.sha256),
        attestations_sha256=bytes.fromhex(digest),
    )
    url = f"{asked.channel}/noarch/{asked.name}"
    record = record_of(RepoDataRecord(known, asked.name, url, f"{asked.channel}/"))
    mirror = ResolvedChannel(
        name=asked.channel,
        variables=(),
        url=asked.channel,
        label=None,
        subdirs=(),
        sources=(Source(folder.as_uri(), None),),
        origin="",
    )
    signing = Signing(SignatureMode.REQUIRE, asked.publisher, asked.issuer)
    door = RattlerAttestations(Connection(offline=True), str(folder / "cache"))
    return door.verify([SignatureQuestion(record, signing)], (mirror,), None)[0]


def channel(lock_file: Path, folder: Path) -> None:
    """What the channel in `folder` says of a lock whose packages come from conda-forge."""
    tools = connect()
    lock = read_conda_lock(lock_file.read_text("utf-8"), str(lock_file), tools.yaml.parse)
    subjects = tuple(
        Subject(
            "conda",
            each.name,
            each.version,
            (Artifact(each.platform, each.url, each.sha256, each.build),),
            Place(str(lock_file), each.line),
        )
        for each in lock.packages
        if each.manager == "conda"
    )
    url = "https://conda.anaconda.org/conda-forge"
    mirrored = policy(f"[channels]\nmirrors = {{ '{url}' = ['{folder.as_uri()}'] }}").policy
    request = UpstreamRequest(
        folder=".", policy=mirrored, subjects=subjects, channels=(Entry(url, Place("")),)
    )
    for what in ("with reading the index", "again"):
        started = time.process_time()
        found = upstream_of(tools, request)
        seconds = time.process_time() - started
        counts = dict(Counter(str(each.presence) for each in found.upstream))
        print(f"{len(found.upstream)} archives {what}: {seconds:.2f} s of CPU, {counts}")
    behind = sum(each.behind > 0 for each in found.upstream)
    print(f"  behind by a major version or more: {behind}; skipped: {len(found.skipped)}")


if __name__ == "__main__":
    main()

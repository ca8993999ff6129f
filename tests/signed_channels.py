"""Channels whose packages are signed, and policies that ask for it."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from envtool.adapters.channel_builder.channels import Channel, write_repodata
from tests.signing import ISSUER, Claim, LocalSigstore, sidecar

Json = dict[str, Any]


def sign(
    channel: Channel,
    url: str,
    sigstore: LocalSigstore,
    *names: str,
    change: Callable[[Json], Json] = lambda bundle: bundle,
) -> None:
    """Puts a signature beside every package of these names, and says so in the repodata.

    `url` is where the channel is published; `change` spoils the bundles.
    """
    for each in channel.packages:
        if each.package.name in names:
            path = Path(each.path)
            claim = Claim(path.name, each.record["sha256"], url)
            content = sidecar(change(sigstore.bundle(claim)))
            digest = hashlib.sha256(content).hexdigest()
            path.with_name(f"{path.name}.sigs.{digest}").write_bytes(content)
            each.record["attestations_sha256"] = digest
    for subdir in channel.subdirs:
        write_repodata(channel, subdir)


def demand(
    folder: Path, sigstore: LocalSigstore, channel: str, mode: str = "require", **more: str
) -> None:
    """Gives the project in `folder` a policy that asks for signatures of a channel.

    `more` are other values of `publisher` and `issuer`.
    """
    root = sigstore.trusted_root()
    (folder / "root.json").write_text(root, encoding="utf-8")
    digest = hashlib.sha256(root.encode()).hexdigest()
    wanted = {"publisher": "https://github.com/example/*", "issuer": ISSUER, **more}
    lines = [
        "[signatures]",
        f'trust-root = {{ path = "root.json", sha256 = "{digest}" }}',
        f'[signatures.channels."{channel}"]',
        f'mode = "{mode}"',
        *(f'{key} = "{value}"' for key, value in wanted.items()),
    ]
    (folder / "envtool.toml").write_text("\n".join(lines), encoding="utf-8")

"""Signatures are looked at before anything is installed."""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.channel.faults import Status
from tests.channel.server import ChannelServer
from tests.installing import Shop, leftovers, small_channel
from tests.served import flat
from tests.signed_channels import demand, sign
from tests.signing import LocalSigstore, text64

SIGSTORE = LocalSigstore()
Json = dict[str, Any]


@pytest.fixture
def shop(shop: Shop, tmp_path: Path) -> Shop:
    """A project with a channel of its own, which may be changed."""
    return shop._replace(channel=small_channel(tmp_path / "channel"))


@pytest.fixture
def signed(shop: Shop) -> Shop:
    """A project whose channel, a folder, has signed two of the packages that it needs."""
    sign(shop.channel, shop.channel.url, SIGSTORE, "app", "base-files")
    shop.write("app=1.0")
    return shop


def assert_nothing_is_there(shop: Shop) -> None:
    assert not shop.prefix.exists()
    assert leftovers(shop.state()) == set()
    assert not list(Path.home().rglob("app-1.0-*"))


def test_signed_packages_are_installed(signed: Shop) -> None:
    demand(signed.folder, SIGSTORE, signed.channel.url)
    run = signed.recreate()
    assert run.code == 0, run.err
    assert "signatures: 2 of 2 packages verified" in flat(run.out)
    assert signed.said() == f"app 1.0 in {signed.prefix}"


def test_a_missing_one_stops_before_anything_is_written(signed: Shop) -> None:
    signed.write("app=1.0", "pytest")
    demand(signed.folder, SIGSTORE, signed.channel.url)
    run = signed.recreate()
    assert run.code == 1
    assert "`pytest 9.0`: not signed, and the policy requires it" in flat(run.err)
    assert "hint: lock builds that are signed: `envtool update`" in flat(run.err)
    assert_nothing_is_there(signed)


def test_a_missing_one_leaves_what_is_there(signed: Shop) -> None:
    assert signed.recreate().code == 0
    signed.write("app=2.0", "pytest")
    demand(signed.folder, SIGSTORE, "*")
    assert signed.recreate().code == 1
    assert signed.said() == f"app 1.0 in {signed.prefix}"
    assert list(signed.generations()) == [1]


def test_a_rollback_that_builds_again_looks_at_them_too(signed: Shop) -> None:
    signed.write("app=1.0", "pytest")
    assert signed.recreate().code == 0
    signed.write("app=2.0")
    assert signed.recreate("--keep", "0").code == 0
    demand(signed.folder, SIGSTORE, signed.channel.url)
    run = signed.run("rollback", "--to", "1")
    assert (run.code, "`pytest 9.0`: not signed" in flat(run.err)) == (1, True)
    assert signed.said() == f"app 2.0 in {signed.prefix}"


def test_a_lock_alone_says_nothing_and_the_channel_is_asked(signed: Shop) -> None:
    demand(signed.folder, SIGSTORE, signed.channel.url)
    shutil.rmtree(signed.folder / "recovery")
    run = signed.recreate()
    assert run.code == 0, run.err
    assert "2 of 2 packages verified" in flat(run.out)


def _tampered(bundle: Json) -> Json:
    bundle["dsseEnvelope"]["payload"] = text64(b"{}")
    return bundle


# What spoils the signatures -> the status, and words of the message.
@pytest.mark.parametrize(
    ("change", "policy", "code", "words"),
    [
        (_tampered, {}, 6, "`app 1.0`, `base-files 2.0`: signed wrongly: sigstore"),
        (dict, {"issuer": "https://gitlab.com"}, 6, "signed by somebody else than"),
        (dict, {"publisher": "https://github.com/other/*"}, 6, "valid signature by https://github"),
    ],
)
def test_a_wrong_one_is_an_error_of_integrity(
    shop: Shop, change: Callable[[Json], Json], policy: dict[str, str], code: int, words: str
) -> None:
    sign(shop.channel, shop.channel.url, SIGSTORE, "app", "base-files", change=change)
    shop.write("app=1.0")
    demand(shop.folder, SIGSTORE, shop.channel.url, **policy)
    run = shop.recreate()
    assert (run.code, words in flat(run.err)) == (code, True), run.err
    assert_nothing_is_there(shop)


def test_a_signature_for_another_channel_is_none(shop: Shop) -> None:
    sign(shop.channel, "https://example.org/other", SIGSTORE, "app", "base-files")
    shop.write("app=1.0")
    demand(shop.folder, SIGSTORE, shop.channel.url)
    run = shop.recreate()
    assert (run.code, "targets channel https://example.org/other" in flat(run.err)) == (6, True)


def test_a_warning_is_told_and_ends_nothing(signed: Shop) -> None:
    signed.write("app=1.0", "pytest")
    demand(signed.folder, SIGSTORE, signed.channel.url, "warn")
    run = signed.recreate()
    assert run.code == 0, run.err
    assert "signatures: 2 of 3 packages verified" in flat(run.out)
    assert "signatures: `pytest 9.0`: not signed" in flat(run.out)
    assert "requires" not in run.out


@pytest.mark.parametrize("text", ['mode = "off"', None])
def test_nobody_looks_where_nothing_is_asked(signed: Shop, text: str | None) -> None:
    if text:
        demand(signed.folder, SIGSTORE, signed.channel.url, "off")
    else:
        demand(signed.folder, SIGSTORE, "conda-forge")
    run = signed.recreate()
    assert (run.code, "signatures" in run.out) == (0, False)


def test_the_trust_root_is_the_pinned_one(signed: Shop) -> None:
    demand(signed.folder, SIGSTORE, signed.channel.url)
    root = signed.folder / "root.json"
    root.write_text(LocalSigstore().trusted_root())
    run = signed.recreate()
    assert (run.code, "`root.json` is not the one that the policy pins" in flat(run.err)) == (
        6,
        True,
    )
    root.unlink()
    assert signed.recreate().code == 2
    root.write_bytes(b"\xff")
    policy = signed.folder / "envtool.toml"
    digest = hashlib.sha256(b"\xff").hexdigest()
    lines = [
        line if "root.json" not in line else f'trust-root = {{path="root.json",sha256="{digest}"}}'
        for line in policy.read_text().splitlines()
    ]
    policy.write_text("\n".join(lines))
    run = signed.recreate()
    assert (run.code, "`root.json` is not UTF-8" in flat(run.err)) == (2, True)
    assert_nothing_is_there(signed)


@pytest.fixture
def served(shop: Shop) -> Iterator[tuple[Shop, ChannelServer]]:
    """The same channel behind a server, where it is published."""
    with ChannelServer(shop.channel.folder) as server:
        sign(shop.channel, server.url, SIGSTORE, "app", "base-files")
        yield shop, server


def lock_from(shop: Shop, server: ChannelServer, *needs: str) -> None:
    listed = "".join(f"  - {each}\n" for each in needs)
    text = f"channels: [{server.url}]\nplatforms: [linux-64]\ndependencies:\n{listed}"
    (shop.folder / "environment.yml").write_text(text)
    run = shop.run("lock")
    assert run.code == 0, run.err
    demand(shop.folder, SIGSTORE, server.url)


def test_over_http_it_is_fetched_before_the_archives(served: tuple[Shop, ChannelServer]) -> None:
    shop, server = served
    lock_from(shop, server, "app=1.0")
    asked = len(server.log)
    assert shop.recreate().code == 0
    paths = [each.path for each in server.log[asked:]]
    signatures = [number for number, path in enumerate(paths) if ".sigs." in path]
    archives = [number for number, path in enumerate(paths) if path.endswith(".conda")]
    assert len(signatures) == 2
    assert max(signatures) < min(archives)
    # And never again, for it is remembered.
    asked = len(server.log)
    run = shop.recreate("--offline")
    assert (run.code, server.log[asked:]) == (0, ()), run.err


def test_over_http_a_missing_one_stops_before_an_archive_is_fetched(
    served: tuple[Shop, ChannelServer],
) -> None:
    shop, server = served
    lock_from(shop, server, "app=1.0", "pytest")
    assert shop.recreate().code == 1
    assert not server.requests("*.conda")
    assert_nothing_is_there(shop)


def test_one_that_can_not_be_fetched_is_no_yes(served: tuple[Shop, ChannelServer]) -> None:
    shop, server = served
    lock_from(shop, server, "app=1.0")
    server.fail("*.sigs.*", Status(code=404))
    run = shop.recreate()
    assert run.code == 5
    assert "said to be signed, and the signature can not be fetched" in flat(run.err)
    assert "returned HTTP 404" in flat(run.err)
    assert_nothing_is_there(shop)


def test_a_channel_that_can_not_be_asked_is_no_yes(served: tuple[Shop, ChannelServer]) -> None:
    shop, server = served
    lock_from(shop, server, "app=1.0")
    shutil.rmtree(shop.folder / "recovery")
    shutil.rmtree(Path.home() / ".cache", ignore_errors=True)
    server.fail("*", Status(code=403))
    run = shop.recreate()
    assert (run.code, "does not admit you" in flat(run.err)) == (5, True), run.err
    assert_nothing_is_there(shop)


def test_the_report_has_the_cause(signed: Shop) -> None:
    signed.write("pytest")
    demand(signed.folder, SIGSTORE, signed.channel.url)
    report = json.loads(signed.recreate("-o", "json").out)
    assert report["exit_code"] == 1


def test_the_public_root_knows_nobody_of_the_tests(signed: Shop) -> None:
    demand(signed.folder, SIGSTORE, signed.channel.url)
    policy = signed.folder / "envtool.toml"
    lines = policy.read_text().splitlines()
    policy.write_text("\n".join(each for each in lines if "trust-root" not in each))
    run = signed.recreate()
    assert (run.code, "signed wrongly" in flat(run.err)) == (6, True)

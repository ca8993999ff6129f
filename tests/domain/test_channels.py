"""Channels as written: names, URLs, labels, credentials."""

import pytest

from envtool.domain.channels import Channel, Mirrors, channel_of, parse_channel

ALIAS = "conda.anaconda.org"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("conda-forge", Channel("conda-forge", None, None, f"{ALIAS}/conda-forge")),
        (" conda-forge ", Channel("conda-forge", None, None, f"{ALIAS}/conda-forge")),
        ("conda-forge/label/rc", Channel("conda-forge", "rc", None, f"{ALIAS}/conda-forge")),
        (
            "https://conda.anaconda.org/conda-forge/",
            Channel("conda-forge", None, "https", f"{ALIAS}/conda-forge"),
        ),
        (
            "https://conda.anaconda.org/conda-forge/label/a/b",
            Channel("conda-forge", "a/b", "https", f"{ALIAS}/conda-forge"),
        ),
        (
            "https://repo.anaconda.com/pkgs/main",
            Channel("defaults", None, "https", "repo.anaconda.com/pkgs/main"),
        ),
        (
            "https://u:p@example.org/t/tk/team/x",
            Channel("example.org/team/x", None, "https", "example.org/team/x"),
        ),
        ("file:///srv/channel", Channel("/srv/channel", None, "file", "/srv/channel")),
        ("https://example.org", Channel("example.org", None, "https", "example.org")),
        ("HTTPS://Example.ORG/X", Channel("example.org/X", None, "https", "example.org/X")),
        ("defaults", Channel("defaults", None, None, "repo.anaconda.com/pkgs")),
        ("https://example.org/pytest/x", Channel("example.org/pytest/x", None, "https", "example.org/pytest/x")),
        ("https://example.org/get/t/tk/x", Channel("example.org/get/x", None, "https", "example.org/get/x")),
        ("./here/", Channel("./here/", None, "file", "./here")),
        ("/srv/channel", Channel("/srv/channel", None, "file", "/srv/channel")),
        ("file://host/srv", Channel("//host/srv", None, "file", "//host/srv")),
        # Who reads what is in front of `@` as the host, or behind, goes somewhere else.
        (f"https://{ALIAS}@evil.org/x", Channel("evil.org/x", None, "https", "evil.org/x")),
        (f"https://evil.org\\@{ALIAS}/x", Channel(f"evil.org/\\@{ALIAS}/x", None, "https", f"evil.org/\\@{ALIAS}/x")),
        (f"https://evil.org?@{ALIAS}/x", Channel(f"evil.org/?@{ALIAS}/x", None, "https", f"evil.org/?@{ALIAS}/x")),
    ],
)  # fmt: skip
def test_parsing(text: str, expected: Channel) -> None:
    assert parse_channel(text) == expected


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("http://example.org/x", True),
        ("https://example.org/x", False),
        ("git+http://example.org/x", True),
        ("git+git://example.org/x", True),
        ("git+ssh://git@example.org/x", False),
        ("http://localhost:8000/x", False),
        ("http://127.0.0.1/x", False),
        ("conda-forge", False),
    ],
)
def test_plain_http(text: str, *, plain: bool) -> None:
    assert parse_channel(text).is_unencrypted is plain


@pytest.mark.parametrize(
    "text", ["defaults", "anaconda", "main", "https://repo.anaconda.com/pkgs/r"]
)
def test_anacondas_own(text: str) -> None:
    assert parse_channel(text).is_defaults
    assert not parse_channel("conda-forge").is_defaults


@pytest.mark.parametrize(
    ("channel", "url", "held"),
    [
        ("conda-forge", f"https://{ALIAS}/conda-forge", True),
        ("conda-forge", f"https://{ALIAS}/t/tk/conda-forge", True),
        ("conda-forge", f"https://u:p@{ALIAS}/conda-forge", True),
        ("conda-forge", f"https://{ALIAS}/conda-forge/label/main", True),
        ("conda-forge", f"https://{ALIAS}/conda-forge/label/rc", False),
        ("conda-forge/label/rc", f"https://{ALIAS}/conda-forge/label/rc", True),
        ("conda-forge/label/rc", f"https://{ALIAS}/conda-forge", False),
        ("conda-forge", f"https://{ALIAS}/conda-forge-evil", False),
        ("conda-forge", f"https://{ALIAS}/conda-forge/../evil", False),
        ("conda-forge", f"https://{ALIAS}/evil/conda-forge", False),
        ("conda-forge", "https://conda-forge", False),
        ("conda-forge", "https://example.org/conda-forge", False),
        ("conda-forge", f"file://{ALIAS}/conda-forge", False),
        ("https://example.org/c", "http://example.org/c", True),
        ("example.org/c", "https://example.org/c", True),
        ("defaults", "https://repo.anaconda.com/pkgs/main", True),
        ("defaults", "https://repo.anaconda.com/pkgs/r", True),
        ("defaults", "https://repo.anaconda.com/pkgs/msys2", True),
        ("defaults", "https://repo.anaconda.com/pkgs/other", False),
        ("defaults", "https://defaults", False),
        ("defaults", "defaults", True),
        ("anaconda", f"https://{ALIAS}/anaconda", True),
        ("file:///srv/c", "file:///srv/c", True),
        ("/srv/c", "file:///srv/c", True),
        ("./ours/c", "file:///home/me/ours/c", True),
        ("./ours/c", "file:///home/me/yours/c", False),
        ("./ours/c", "https://example.org/ours/c", False),
        ("local", "file:///opt/conda/conda-bld", True),
        ("local", "file:///opt/conda/other", False),
    ],
)  # fmt: skip
def test_what_a_channel_holds(channel: str, url: str, *, held: bool) -> None:
    assert parse_channel(channel).holds(parse_channel(url)) is held


@pytest.mark.parametrize(
    ("url", "channel"),
    [
        (f"https://{ALIAS}/conda-forge/noarch/a-1-0.conda", f"https://{ALIAS}/conda-forge"),
        (f"https://{ALIAS}/c/label/rc/linux-64/a-1-0.conda#sha256:x/y", f"https://{ALIAS}/c/label/rc"),
        ("/srv/c/noarch/a-1-0.conda", "/srv/c"),
        ("x", "x"),
    ],
)  # fmt: skip
def test_the_channel_of_a_package(url: str, channel: str) -> None:
    assert channel_of(url) == channel


MIRRORS = Mirrors(
    {
        "conda-forge": ("https://prefix.dev/conda-forge", "file:///mnt/cf"),
        "https://conda.anaconda.org": ("https://proxy.example.org/conda",),
        "defaults": ("https://mirror.example.org/pkgs",),
    }
)


@pytest.mark.parametrize(
    ("text", "name", "label"),
    [
        ("conda-forge", "conda-forge", None),
        ("https://prefix.dev/conda-forge", "conda-forge", None),
        ("https://prefix.dev/conda-forge/label/rc", "conda-forge", "rc"),
        ("https://prefix.dev/conda-forge-evil", "prefix.dev/conda-forge-evil", None),
        ("file:///mnt/cf", "conda-forge", None),
        ("https://u:p@proxy.example.org/conda/bioconda", "bioconda", None),
        ("https://proxy.example.org/conda/../evil", "../evil", None),
        ("https://mirror.example.org/pkgs/main", "defaults", None),
    ],
)
def test_a_mirror_is_read_as_its_origin(text: str, name: str, label: str | None) -> None:
    channel = MIRRORS.read(text)
    assert (channel.name, channel.label) == (name, label)

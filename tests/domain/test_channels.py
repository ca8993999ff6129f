"""Channels as written: names, URLs, labels, credentials."""

import pytest

from envtool.domain.channels import Channel, parse_channel

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
    ],
)
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

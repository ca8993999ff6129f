"""conda's settings: how sources are merged, what values mean, and what is malformed.

The expected lists and maps are what conda itself makes of the same texts.
"""

import re
from collections.abc import Mapping
from typing import Any

import pytest

from envtool.adapters.yaml_events import EventYaml
from envtool.domain.condarc import CondarcText, Priority, Setting, Settings, read_condarc
from envtool.errors import UnreadableError


def settings(*texts: str, variables: Mapping[str, str] | None = None) -> Settings:
    files = [CondarcText(f"/{index}.yml", text) for index, text in enumerate(texts)]
    return read_condarc(files, variables or {}, EventYaml().parse)


def plain(value: Any) -> Any:
    """Values without their origins."""
    match value:
        case Setting():
            return value.value
        case tuple():
            return [plain(each) for each in value]
        case dict():
            return {key: plain(each) for key, each in value.items()}


def test_the_defaults_are_those_of_conda() -> None:
    read = settings()
    assert plain(read.channels) == []
    assert plain(read.default_channels) == [
        "https://repo.anaconda.com/pkgs/main",
        "https://repo.anaconda.com/pkgs/r",
        # What conda adds on Windows, as conda writes one platform of a channel.
        "https://repo.anaconda.com/pkgs/msys2/win-64",
    ]
    assert read.channel_alias == Setting("https://conda.anaconda.org", "default")
    assert plain(read.custom_channels) == {"pkgs/pro": "https://repo.anaconda.com"}
    assert (plain(read.ssl_verify), plain(read.offline)) == (True, False)
    assert plain(read.channel_priority) is Priority.FLEXIBLE
    assert plain(read.add_anaconda_token) is True
    assert plain(read.remote_max_retries) == 3
    assert plain(read.remote_connect_timeout_secs) == 9.15
    assert plain(read.remote_read_timeout_secs) == 60
    assert [read.mirrored_channels, read.custom_multichannels, read.proxy_servers] == [{}] * 3
    assert read.client_ssl_cert.value is None


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["channels: [a, b]"], "a b"),
        # Later files of the search path come first.
        (["channels: [a, b]", "channels: [c]"], "c a b"),
        (["channels: [a, b]", "channels: [b, c]"], "b c a"),
        (["channels: [a]", "channels:", "channels: ~"], "a"),
        (["channel: [a]"], "a"),
        (["channels: #!final\n- a", "channels: [b]"], "a"),
        (["channels: [a] #!final", "channels: [b]"], "a"),
        (["channels: [z]", "channels: #!final\n- a", "channels: [b]"], "a z"),
        (["channels:\n- a #!top\n- b", "channels: [c]"], "a c b"),
        (["channels:\n- a\n- b", "channels:\n- c #!bottom"], "a b c"),
        (["channels:\n- a #!bottom\n- b", "channels:\n- c #!bottom\n- d"], "d b c a"),
        (["channels:\n- a #!top\n- b", "channels:\n- a #!bottom\n- d"], "d b a"),
        # No flags: another word, another place.
        (["channels: # final\n- a", "channels: [b]"], "b a"),
        (["channels: [a, b] #!top", "channels: [c]"], "c a b"),
        (["channels: ['a #!top', b]", "channels: [c]"], "c|a #!top|b"),
    ],
)
def test_lists_are_joined(texts: list[str], expected: str) -> None:
    words = expected.split("|") if "|" in expected else expected.split()
    assert plain(settings(*texts).channels) == words


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["custom_channels: {a: 's://1'}", "custom_channels: {b: 's://2'}"], {"a": "s://1", "b": "s://2"}),
        (["custom_channels: {a: 's://1'}", "custom_channels: {a: 's://2'}"], {"a": "s://2"}),
        (["custom_channels:\n  a: s://1 #!final", "custom_channels: {a: 's://2', b: 's://3'}"], {"a": "s://1", "b": "s://3"}),
        (["custom_channels: #!final\n  a: s://1", "custom_channels: {b: 's://3'}"], {"a": "s://1"}),
        (["custom_channels:"], {"pkgs/pro": "https://repo.anaconda.com"}),
    ],
)  # fmt: skip
def test_maps_are_merged(texts: list[str], expected: dict[str, str]) -> None:
    assert plain(settings(*texts).custom_channels) == expected


@pytest.mark.parametrize("key", ["custom_multichannels", "mirrored_channels"])
def test_lists_in_maps_are_joined(key: str) -> None:
    read = settings(f"{key}: {{m: [a, b], o: }}", f"{key}: {{m: [c], n: [d]}}")
    assert plain(getattr(read, key)) == {"m": ["c", "a", "b"], "o": [], "n": ["d"]}


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["offline: true", "offline: false"], False),
        (["offline: true #!final", "offline: false"], True),
        (["offline: true", "offline: ~"], False),
        (["offline: yes"], True),
        (["offline: On"], True),
        (["offline: 'n'"], False),
        (["offline: 0"], False),
        (["offline: 1.0"], True),
    ],
)
def test_one_value_replaces_another(texts: list[str], *, expected: bool) -> None:
    assert plain(settings(*texts).offline) is expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("strict", Priority.STRICT),
        ("Flexible", Priority.FLEXIBLE),
        ("disabled", Priority.DISABLED),
        ("true", Priority.FLEXIBLE),
        ("false", Priority.DISABLED),
    ],
)
def test_channel_priority(word: str, expected: Priority) -> None:
    assert plain(settings(f"channel_priority: {word}").channel_priority) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ssl_verify: false", False),
        ("verify_ssl: no", False),
        ("ssl_verify: truststore", "truststore"),
        ("ssl_verify: $HERE/ca.pem", "/certs/ca.pem"),
        ("ssl_verify: ${NOWHERE}/ca.pem", "${NOWHERE}/ca.pem"),
        # conda reads this as `false`.
        ("ssl_verify:", True),
        ("ssl_verify: ''", True),
    ],
)
def test_ssl_verify(text: str, *, expected: bool | str) -> None:
    read = settings(text, variables={"HERE": "/certs", "CONDA_SSL_VERIFY": " "})
    assert plain(read.ssl_verify) == expected


def test_the_environment_wins() -> None:
    variables = {
        "CONDA_CHANNELS": "x, y,",
        "CONDA_OFFLINE": "1",
        "CONDA_CHANNEL_PRIORITY": "strict!important",
        "CONDA_ENVS_PATH": "/a,b:/c",
        "CONDA_REMOTE_MAX_RETRIES": "7",
        "CONDA_PREFIX": "/not/a/setting",
        "OFFLINE": "0",
    }
    read = settings("channels: [a]\noffline: false\nenvs_dirs: [~/e]", variables=variables)
    assert plain(read.channels) == ["x", "y", "a"]
    assert plain(read.envs_dirs) == ["/a,b", "/c", "~/e"]
    assert read.offline == Setting(value=True, origin="CONDA_OFFLINE")
    assert plain(read.channel_priority) is Priority.STRICT
    assert plain(read.remote_max_retries) == 7


def test_everything_says_where_it_comes_from() -> None:
    read = settings(
        "channels:\n- a\n- b\nproxy_servers: {http: 'p', https: }\n",
        "channels: [c]\nremote_read_timeout_secs: 2\n",
        variables={"CONDA_CHANNELS": "d"},
    )
    assert [each.origin for each in read.channels] == [
        "CONDA_CHANNELS", "/1.yml:1:12", "/0.yml:2:3", "/0.yml:3:3",
    ]  # fmt: skip
    assert read.remote_read_timeout_secs == Setting(2.0, "/1.yml:2:27")
    assert read.proxy_servers == {"http": Setting("p", "/0.yml:4:23")}


def test_channels_keep_their_variables_and_paths_do_not() -> None:
    text = "channels: ['https://h/t/${T}/x']\npkgs_dirs: [$T/p]\nclient_ssl_cert: ${T}.pem"
    read = settings(text, variables={"T": "value"})
    assert plain(read.channels) == ["https://h/t/${T}/x"]
    assert plain(read.pkgs_dirs) == ["value/p"]
    assert plain(read.client_ssl_cert) == "value.pem"


def test_no_representation_shows_a_credential() -> None:
    text = (
        "channels: ['https://u:canary@h/x']\nchannel_alias: https://h/t/canary/x\n"
        "proxy_servers: {http: 'http://u:canary@p:80'}\n"
    )
    read = settings(text)
    assert "canary" not in f"{read} {read!r} {read.channels} {read.channel_alias}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("channels: [a", "/0.yml:2:1: not YAML"),
        ("- a", "/0.yml:1:1: a condarc file is made of `key: value`"),
        ("channels: a", "/0.yml:1:11: `channels` has to be a list"),
        ("channels: [[a]]", "/0.yml:1:12: an item of `channels` has to be a text"),
        ("channels: [~]", "/0.yml:1:12: an item of `channels` has to be a text"),
        ("channels: []\nchannel: []", "/0.yml:2:10: `channel` is another name for `channels`"),
        ("offline: [1]", "/0.yml:1:10: `offline` has to be one value"),
        ("offline: maybe", "/0.yml:1:10: `maybe` is neither `true` nor `false`"),
        ("custom_channels: []", "/0.yml:1:18: `custom_channels` has to be made of `name: value`"),
        ("custom_channels: {a: [b]}", "/0.yml:1:22: `custom_channels.a` has to be one value"),
        ("custom_channels: {a: /srv}", "/0.yml:1:22: `/srv` is no URL"),
        ("channel_alias: example.org", "/0.yml:1:16: `example.org` is no URL"),
        ("custom_multichannels: {a: b}", "/0.yml:1:27: `custom_multichannels.a` has to be a list"),
        ("channel_priority: high", "/0.yml:1:19: `high` is none of `strict`, `flexible`, `disabled`"),
        ("remote_max_retries: -1", "/0.yml:1:21: `-1` is no whole number"),
        ("remote_read_timeout_secs: soon", "/0.yml:1:27: `soon` is no number of seconds"),
        ("remote_read_timeout_secs: inf", "/0.yml:1:27: `inf` is no number of seconds"),
        ("client_ssl_cert_key: k", "/0.yml:1:22: `client_ssl_cert_key` is nothing without"),
        ("a:\n\t- b", "/0.yml:2:1: not YAML"),
    ],
)  # fmt: skip
def test_what_is_malformed_says_where(text: str, message: str) -> None:
    with pytest.raises(UnreadableError, match=f"^{re.escape(message)}") as caught:
        settings(text)
    assert caught.value.hints or "YAML" in message


def test_a_map_can_not_come_from_the_environment() -> None:
    with pytest.raises(UnreadableError, match=r"^CONDA_PROXY_SERVERS: `proxy_servers` has to be"):
        settings(variables={"CONDA_PROXY_SERVERS": "x"})


def test_an_empty_file_says_nothing() -> None:
    assert settings("", "# nothing\n") == settings()

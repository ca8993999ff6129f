"""Stored credentials: the contract of the port, and the formats of four programs."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from envtool.adapters.credentials import StoredCredentials
from envtool.adapters.disk import Disk
from envtool.adapters.user import User
from envtool.domain.credentials import Credential, CredentialKind, Secret, joined
from envtool.errors import UnreadableError
from envtool.ports import Credentials
from tests.credentials import KnownCredentials

CANARY = "canary-4711"
Make = Callable[[Mapping[str, str]], Credentials]


def stored(
    home: Path, system: str = "linux", *, tokens: bool = True, **variables: str
) -> StoredCredentials:
    return StoredCredentials(Disk(), User(variables, str(home), system), anaconda_tokens=tokens)


def put(home: Path, name: str, text: str) -> str:
    path = home / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return str(path)


def revealed(credential: Credential | None) -> tuple[str, ...] | None:
    if credential is None:
        return None
    user = (credential.user.reveal(),) if credential.user else ()
    return (credential.kind.name, *user, credential.secret.reveal())


@pytest.fixture(params=["fake", "rattler", "netrc and rattler"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    """Makes credentials of hosts and their passwords; the user is always `me`."""

    def fake(hosts: Mapping[str, str]) -> Credentials:
        kind = CredentialKind.BASIC
        return KnownCredentials(
            {host: Credential(kind, Secret(word), Secret("me")) for host, word in hosts.items()}
        )

    def real(hosts: Mapping[str, str]) -> Credentials:
        in_netrc = {
            host: word
            for host, word in hosts.items()
            if "*" not in host and "netrc" in request.param
        }
        lines = [f"machine {host} login me password {word}\n" for host, word in in_netrc.items()]
        put(tmp_path, ".netrc", "".join(lines))
        data = {
            host: {"BasicHTTP": {"username": "me", "password": word}}
            for host, word in hosts.items()
            if host not in in_netrc
        }
        put(tmp_path, ".rattler/credentials.json", json.dumps(data))
        return stored(tmp_path)

    return fake if request.param == "fake" else real


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("https://a.org/x", "one"),
        ("https://A.ORG:8080/x", "one"),
        ("http://a.org", "one"),
        ("https://b.a.org/x", None),
        ("https://xa.org/x", None),
        ("https://a.org.evil.com/x", None),
        ("https://wild.org/x", "two"),
        ("https://deep.in.wild.org/x", "two"),
        ("https://very.wild.org/x", "three"),
        ("https://notwild.org/x", None),
        ("file:///srv/a.org", None),
        ("file://a.org/srv", None),
        ("https://[::1]/x", None),
    ],
)
def test_the_contract(make: Make, url: str, word: str | None) -> None:
    known = make({"a.org": "one", "*.wild.org": "two", "very.wild.org": "three"})
    assert revealed(known.find(url)) == (("BASIC", "me", word) if word else None)


def test_nothing_is_stored(make: Make, tmp_path: Path) -> None:
    assert make({}).find("https://a.org/x") is None
    assert stored(tmp_path / "nowhere").find("https://a.org/x") is None


def test_what_is_found_does_not_show_itself(make: Make) -> None:
    found = make({"a.org": CANARY}).find("https://a.org")
    assert found is not None
    assert CANARY not in f"{found} {found!r}"


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({"CondaToken": "tk"}, ("TOKEN", "tk")),
        ({"BearerToken": "b"}, ("BEARER", "b")),
        ({"BasicHTTP": {"username": "u", "password": "p"}}, ("BASIC", "u", "p")),
        ({"OAuth": {"access_token": "a", "refresh_token": None, "client_id": "c"}}, None),
        ({"S3Credentials": {"access_key_id": "k", "secret_access_key": "s"}}, None),
        ({"BasicHTTP": "u"}, None),
        ("text", None),
    ],
)  # fmt: skip
def test_rattlers_kinds(tmp_path: Path, entry: Any, expected: tuple[str, ...] | None) -> None:
    put(tmp_path, ".rattler/credentials.json", json.dumps({"A.org": entry}))
    assert revealed(stored(tmp_path).find("https://a.org/x")) == expected


def test_the_file_that_is_named_comes_first(tmp_path: Path) -> None:
    named = put(tmp_path, "named.json", '{"a.org": {"CondaToken": "named"}}')
    home = '{"a.org": {"CondaToken": "home"}, "b.org": {"CondaToken": "home"}}'
    put(tmp_path, ".rattler/credentials.json", home)
    machines = [f"machine {host} login u password netrc" for host in ("a.org", "b.org", "c.org")]
    put(tmp_path, ".netrc", "\n".join(machines))
    known = stored(tmp_path, RATTLER_AUTH_FILE=named)
    words = [revealed(known.find(f"https://{host}.org/x")) for host in "abc"]
    assert words == [("TOKEN", "named"), ("TOKEN", "home"), ("BASIC", "u", "netrc")]


@pytest.mark.parametrize("text", ["", "[]", f'{{"a": "{CANARY}"', '{\n"a": x}'])
def test_a_malformed_store_is_an_error_without_its_content(tmp_path: Path, text: str) -> None:
    put(tmp_path, ".rattler/credentials.json", text)
    with pytest.raises(UnreadableError, match=r"credentials.json(:\d+)?: not the JSON") as caught:
        stored(tmp_path).find("https://a.org/x")
    assert caught.value.hints
    assert caught.value.__cause__ is None
    assert CANARY not in f"{caught.value!r}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("machine a.org login u password p", ("BASIC", "u", "p")),
        ("machine A.org\n\tpassword p\n\tlogin u\n", ("BASIC", "u", "p")),
        ("machine b.org login x password y\nmachine a.org login u password p", ("BASIC", "u", "p")),
        ("# machine a.org\nmachine a.org login u account z password p#1", ("BASIC", "u", "p#1")),
        ('machine a.org login "u v" password "p"', ("BASIC", "u v", "p")),
        ("macdef x\nmachine a.org\nlogin z\n\nmachine a.org login u password p", ("BASIC", "u", "p")),
        ("machine a.org login u", ("BASIC", "u", "")),
        ("default login u password p", None),
        ("machine b.org login u password p\ndefault login x password y", None),
        ("machine", None),
        ("", None),
    ],
)  # fmt: skip
def test_netrc(tmp_path: Path, text: str, expected: tuple[str, ...] | None) -> None:
    put(tmp_path, ".netrc", text)
    assert revealed(stored(tmp_path).find("https://a.org/x")) == expected


def test_where_netrc_is(tmp_path: Path) -> None:
    put(tmp_path, "_netrc", "machine a.org login windows password p")
    named = put(tmp_path, "named", "machine a.org login named password p")
    url = "https://a.org/x"
    assert revealed(stored(tmp_path, "win32").find(url)) == ("BASIC", "windows", "p")
    assert stored(tmp_path).find(url) is None
    assert revealed(stored(tmp_path, NETRC=named).find(url)) == ("BASIC", "named", "p")


@pytest.mark.parametrize(
    ("system", "folder"),
    [
        ("linux", ".config/binstar"),
        ("darwin", "Library/Application Support/binstar"),
        ("win32", "AppData/Local/ContinuumIO/binstar"),
    ],
)
def test_tokens_of_anaconda_client(tmp_path: Path, system: str, folder: str) -> None:
    put(tmp_path, f"{folder}/https%3A%2F%2Fapi.anaconda.org.token", "tk-1\n")
    put(tmp_path, f"{folder}/https%3A%2F%2Fa.org%2Fapi.token", "tk-2")
    put(tmp_path, f"{folder}/config.yaml", "x")
    known = stored(tmp_path, system)
    assert revealed(known.find("https://conda.anaconda.org/x")) == ("TOKEN", "tk-1")
    token = known.find("https://a.org/conda/x")
    assert joined("https://a.org/conda/x", token).reveal() == "https://a.org/conda/t/tk-2/x"
    # conda compares the beginning only, and would send the token here.
    assert known.find("https://conda.anaconda.org.evil.com/x") is None
    assert stored(tmp_path, system, tokens=False).find("https://conda.anaconda.org/x") is None


def test_where_tokens_are_told_to_be(tmp_path: Path) -> None:
    for folder in ("told/data", "xdg/binstar"):
        put(tmp_path, f"{folder}/https%3A%2F%2Fa.org.token", folder)
    told = stored(tmp_path, BINSTAR_CONFIG_DIR=str(tmp_path / "told"))
    assert revealed(told.find("https://a.org/x")) == ("TOKEN", "told/data")
    xdg = stored(tmp_path, XDG_CONFIG_HOME=str(tmp_path / "xdg"))
    assert revealed(xdg.find("https://a.org/x")) == ("TOKEN", "xdg/binstar")


def test_stores_are_read_once(tmp_path: Path) -> None:
    path = put(tmp_path, ".netrc", "machine a.org login u password p")
    known = stored(tmp_path)
    assert known.find("https://a.org/x") is not None
    Path(path).unlink()
    assert known.find("https://a.org/x") is not None

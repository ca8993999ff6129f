"""Credentials leave a URL, are put back, and do not show themselves."""

import pickle
from dataclasses import asdict

import pytest

from envtool.domain.credentials import (
    Credential,
    CredentialKind,
    Secret,
    expand,
    joined,
    public_url,
    split_url,
    variables_in,
)

CANARY = "canary-4711"


def shown(credential: Credential | None) -> tuple[str, str | None, str] | None:
    """A credential as plain words."""
    if credential is None:
        return None
    user = credential.user.reveal() if credential.user else None
    return credential.kind.name, user, credential.secret.reveal()


@pytest.mark.parametrize(
    ("text", "url", "credential"),
    [
        ("https://h.org/x", "https://h.org/x", None),
        ("HTTPS://H.org/X/", "https://h.org/X", None),
        ("https://u:p@h.org:80/x", "https://h.org:80/x", ("BASIC", "u", "p")),
        ("https://u%40c:p%2Fq@h.org/x", "https://h.org/x", ("BASIC", "u@c", "p/q")),
        ("https://user@h.org/x", "https://h.org/x", ("BASIC", "user", "")),
        ("https://h.org/t/tk-1/x", "https://h.org/x", ("TOKEN", None, "tk-1")),
        ("https://h.org/api/t/tk-1", "https://h.org/api", ("TOKEN", None, "tk-1")),
        ("https://u:p@h.org/t/tk_1/x", "https://h.org/x", ("TOKEN", None, "tk_1")),
        ("https://h.org/tt/x", "https://h.org/tt/x", None),
        ("file:///srv/x", "file:///srv/x", None),
        ("https://", "https://", None),
    ],
)  # fmt: skip
def test_a_url_is_split(
    text: str, url: str, credential: tuple[str, str | None, str] | None
) -> None:
    split = split_url(text)
    assert split.url == url
    assert shown(split.credential) == credential


@pytest.mark.parametrize(
    "text",
    [
        "https://h.org/x",
        "https://u:p@h.org/x",
        "https://u%40c:p%2Fq@h.org/x",
        "https://h.org/t/tk-1/x",
        "https://h.org:80/t/tk-1/conda/x",
        "https://h.org/conda/t/tk-1/x",
        "https://h.org/conda/t/tk-1",
    ],
)
def test_what_is_split_can_be_joined(text: str) -> None:
    assert joined(*split_url(text)).reveal() == text


def test_a_token_goes_to_the_front_of_another_path() -> None:
    token = split_url("https://h.org/conda/t/tk-1/x").credential
    assert joined("https://h.org/condax/y", token).reveal() == "https://h.org/t/tk-1/condax/y"


def test_what_is_no_part_of_a_url_is_not_joined() -> None:
    bearer = Credential(CredentialKind.BEARER, Secret(CANARY))
    assert joined("https://h.org/x", bearer).reveal() == "https://h.org/x"
    nameless = Credential(CredentialKind.BASIC, Secret("p"))
    assert joined("https://h.org/x", nameless).reveal() == "https://:p@h.org/x"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("https://u:p@h.org/x", "https://h.org/x"),
        ("https://h.org/t/tk-1/x", "https://h.org/x"),
        ("https://${U}:$P@h.org/x", "https://${U}:${P}@h.org/x"),
        ("https://$T@h.org/x", "https://${T}@h.org/x"),
        ("https://me:${P}@h.org/x", "https://h.org/x"),
        ("https://h.org/t/$T/x", "https://h.org/t/${T}/x"),
        ("https://h.org/t/a${T}/x", "https://h.org/x"),
        ("https://$HOST/x", "https://${HOST}/x"),
        ("https://h.org/$TEAM/x", "https://h.org/${TEAM}/x"),
    ],
)
def test_what_may_be_published(text: str, name: str) -> None:
    assert public_url(text) == name


def test_variables() -> None:
    assert variables_in("$B/${A}/$B") == ("A", "B")
    assert expand("$A/${B}/${C}/$", {"A": "1", "B": "2"}) == "1/2/${C}/$"


def test_a_secret_never_shows_itself() -> None:
    secret = Secret(CANARY)
    credential = Credential(CredentialKind.BASIC, secret, Secret(CANARY))
    texts = [
        repr(secret), str(secret), f"{secret} {secret!r} {secret!s}", " ".join([str(secret)]),
        repr(credential), str(credential), str(asdict(credential)), repr({"a": [secret]}),
        repr(split_url(f"https://u:{CANARY}@h.org/x")), repr(split_url(f"https://h.org/t/{CANARY}/x")),
    ]  # fmt: skip
    assert not any(CANARY in text for text in texts)
    with pytest.raises(TypeError, match="secret"):
        pickle.dumps(secret)


def test_secrets_are_values() -> None:
    assert Secret("a") == Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a")}) == 1

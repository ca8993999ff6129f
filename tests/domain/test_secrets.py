"""Credentials are found and masked; references to variables are not credentials."""

import pytest

from envtool.domain.secrets import holds_secret, is_secret_variable, mask, secrets_in
from tests.judging import environment as env
from tests.judging import found, judged

GITHUB = "ghp_" + "a1B2" * 9


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://bot:s3cret@example.org/x", ("bot:s3cret",)),
        ("git+https://tok3n@github.com/a/b", ("tok3n",)),
        ("git+ssh://git@github.com/a/b", ()),
        ("https://example.org/a@b", ()),
        ("https://conda.example.org/t/tk-123/chan", ("tk-123",)),
        ("https://conda.example.org/t/${TOKEN}/chan", ()),
        ("https://${USER}:${PASSWORD}@example.org", ()),
        ("https://$USER:$PASSWORD@example.org", ()),
        ("https://example.org/x?token=abc&b=1", ("abc",)),
        (f"key {GITHUB}", (GITHUB,)),
        ("AKIAABCDEFGHIJKLMNOP", ("AKIAABCDEFGHIJKLMNOP",)),
        ("numpy=1.26", ()),
        ("https://example.org", ()),
    ],
)
def test_credentials_in_texts(text: str, expected: tuple[str, ...]) -> None:
    assert secrets_in(text) == expected


def test_masking_hides_every_occurrence_and_what_is_known() -> None:
    text = "https://bot:s3cret@example.org/bot:s3cret and hunter2"
    assert mask(text, ["hunter2"]) == "https://***@example.org/*** and ***"
    assert mask("nothing here") == "nothing here"
    assert mask(mask(text)) == mask(text)


@pytest.mark.parametrize(
    ("name", "value", "secret"),
    [
        ("DB_PASSWORD", "hunter2", True),
        ("password", "hunter2", True),
        ("API_KEY", "abc", True),
        ("GITHUB_TOKEN", "abc", True),
        ("AWS_SECRET_ACCESS_KEY", "abc", True),
        ("DATABASE_URL", "postgresql://u:p@host/db", True),
        ("ANYTHING", GITHUB, True),
        ("DATABASE_URL", "postgresql://host/db", False),
        ("TOKENIZERS_PARALLELISM", "false", False),
        ("PGPASSWORD", "Tr0ub4dor", True),
        ("SMTP_PASS", "Tr0ub4dor", True),
        ("MYPASS", "Tr0ub4dor", True),
        ("DB_DSN", "Server=h;Password=Tr0ub4dor", True),
        ("DB_DSN", "Server=h;Password=${DB_PASSWORD}", False),
        ("COMPASS", "north", False),
        ("TLS_BYPASS", "host", False),
        ("DB_PASSWORD_FILE", "/run/secrets/db", False),
        ("DB_PASSWORD", "${DB_PASSWORD}", False),
        ("DB_PASSWORD", "", False),
        ("DB_PASSWORD", "changeme", False),
        ("TOKEN_TTL", "3600", False),
        ("MAX_TOKEN", "4096", False),
        ("KEY", "abc", False),
        ("PATH", "/usr/bin", False),
    ],
)
def test_secret_variables(name: str, value: str, *, secret: bool) -> None:
    assert is_secret_variable(name, value) is secret


def test_a_line_that_can_not_be_read_may_hold_one() -> None:
    judgement = judged(env("pip: ['foo @ https://x.example/foo.whl?token=s3cret']"))
    (finding,) = found(judgement, "secrets.token-in-url")
    assert "s3cret" not in str(finding)
    assert finding.message.endswith("token=***']` holds a credential")


@pytest.mark.parametrize(
    ("text", "is_lock", "holds"),
    [
        ("dependencies:\n- numpy\n", False, False),
        ("variables:\n  DB_PASSWORD: hunter2\n", False, True),
        ("variables:\n  - 'DB_PASSWORD': \"hunter2\"  # it is\n", False, True),
        ("variables: {A: b, 'DB_PASSWORD': hunter2}\n", False, True),
        ("variables:\n  PRIVATE_KEY: |\n    MIIE\n", False, True),
        ("variables:\n  DB_PASSWORD: $ELSEWHERE\n", False, False),
        ("# password: none\n", False, False),
        ("channels: [https://me:hunter2@example.org/c]\n", False, True),
        ("url: https://me:hunter2@example.org/c\n", True, True),
        ("url: https://example.org/t/tk-0123/c\n", True, True),
        ("url: https://example.org/t/$TOKEN/c\n", True, False),
        ("url: https://example.org/c\n", True, False),
    ],
)
def test_what_a_file_holds(text: str, *, is_lock: bool, holds: bool) -> None:
    assert holds_secret(text, is_lock=is_lock) is holds

"""`envtool policy show`: every value with its place, what was set first, what is wrong last."""

import json
import subprocess
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Envtool

SHARED = """\
profile = "strict"
[rules]
"channels.label" = "error"
[env]
dev-tools = ["inhouse-*"]
[waiving]
never = ["secrets"]
[[bans]]
package = "pycrypto"
reason = "abandoned since 2013, CVE-2018-6594, and nobody has taken it over since then"
[[bans]]
package = "nose"
reason = "abandoned"
"""
OWN = """\
extends = {{ path = "company.toml", sha256 = "{hash}" }}
profile = "recommended"
[rules]
"channels.label" = "info"
lock.md5-only = "warning"
"pins.editable" = "error"
[env]
dev-tools = ["ours"]
[channels]
mirrors = {{ "https://a.org/x" = ["https://b.org"] }}
[pins]
packages = {{ "py*" = "build" }}
"""


def extend(folder: Path, own: str = OWN) -> None:
    (folder / "company.toml").write_text(SHARED)
    digest = sha256(SHARED.encode()).hexdigest()
    (folder / "envtool.toml").write_text(own.format(hash=digest))


def test_what_was_set_comes_first_with_its_place(envtool: Envtool, tmp_path: Path) -> None:
    extend(tmp_path)
    done = envtool("policy", "show")
    digest = sha256(SHARED.encode()).hexdigest()
    assert done.out.startswith(
        "Policy of `.`: profile `strict`, with 3 problems\n"
        "\n"
        "envtool.toml\n"
        '  1: extends = { path = "company.toml", sha256 =\n'
        f'      "{digest}" }}\n'
        '  6: rules."pins.editable" = "error"\n'
        '  8: env.dev-tools = ["inhouse-*", "ours"]\n'
        "      with what stands in company.toml:5\n"
        '  12: pins.packages = { "py*" = "build" }\n'
        "\n"
        "company.toml\n"
        '  1: profile = "strict"\n'
        '  3: rules."channels.label" = "error"\n'
        '  7: waiving.never = ["secrets"]\n'
        "  8: bans =\n"
        '      { package = "pycrypto", reason = "abandoned since 2013, CVE-2018-6594, and\n'
        '      nobody has taken it over since then" }\n'
        '      { package = "nose", reason = "abandoned" }\n'
        "\n"
        "defaults\n"
        '  fail-on = "error"\n'
    )
    assert '\n  rules."lock.md5-only" = "error"\n' in done.out, "a weaker value does not count"
    assert "\n  channels.mirrors = {}\n" in done.out


def test_problems_come_last_and_decide_the_exit_status(envtool: Envtool, tmp_path: Path) -> None:
    extend(tmp_path)
    done = envtool("policy", "show")
    assert done.code == 1
    problems = done.out.partition("\n\nenvtool.toml\n  4: ")[2]
    assert problems.startswith("error[policy.weakened] weaker than `company.toml`:")
    assert '    5 | lock.md5-only = "warning"\n      | ^^^^^^^^^^^^^\n' in problems
    assert "adds `https://a.org/x = https://b.org`" in " ".join(problems.split())
    assert problems.endswith("`envtool explain policy.weakened` says why a rule is there\n")


@pytest.mark.parametrize(
    ("own", "code", "words"),
    [
        ("[pinns]\nx = 1\n", 1, "did you mean `pins`?"),
        ("[rules]\n'pins.drect' = 'off'\n", 1, "did you mean `pins.direct`?"),
        ("[waiving]\nnever = ['lock', 'secretes']\n", 1, "did you mean `secrets`?"),
        ("[rules]\n'policy.unknown-key' = 'info'\n[zzz]\n", 0, "with 1 problem"),
        ("fail-on = 'info'\n[rules]\n'policy.unknown-key' = 'info'\n[zzz]\n", 1, "info[policy"),
        ("[rules]\npolicy = 'off'\n[zzz]\n", 0, "profile `recommended`\n"),
        (
            "[[waivers]]\nrule='policy'\nreason='r'\nowner='o'\nexpires=2020-01-01\n",
            1,
            "error[waivers.not-allowed]",
        ),
    ],
)
def test_a_problem_counts_as_in_verify(
    envtool: Envtool, tmp_path: Path, own: str, code: int, words: str
) -> None:
    (tmp_path / "envtool.toml").write_text(own)
    done = envtool("policy", "show")
    assert done.code == code
    assert words in done.out


@pytest.mark.parametrize("width", [50, 80, 100])
def test_no_word_is_broken(
    envtool: Envtool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    extend(tmp_path)
    monkeypatch.setenv("COLUMNS", str(width))
    out = envtool("policy", "show").out
    for line in out.splitlines():
        assert len(line) <= width or len(line.split()[0]) > 40, line
    assert "abandoned since 2013, CVE-2018-6594, and nobody has" in " ".join(out.split())


def test_another_profile_is_shown(envtool: Envtool, tmp_path: Path) -> None:
    (tmp_path / "envtool.toml").write_text("fail-on = 'warning'\n")
    done = envtool("policy", "show", "--profile", "strict")
    assert done.code == 0
    assert done.out.startswith(
        "Policy of `.`: profile `strict`\n\n"
        '--profile\n  profile = "strict"\n\n'
        'envtool.toml\n  1: fail-on = "warning"\n'
    )


def test_the_policy_that_ci_judges_by_is_shown(envtool: Envtool, tmp_path: Path) -> None:
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    (tmp_path / "envtool.toml").write_text("profile = 'strict'\n")
    for arguments in (("init", "-q", "-b", "main"), ("add", "."), ("commit", "-q", "-m", "x")):
        subprocess.run(["git", *identity, *arguments], cwd=tmp_path, check=True)  # noqa: S607
    (tmp_path / "envtool.toml").write_text("fail-on = 'error'\n")
    done = envtool("policy", "show", "--policy-from", "main")
    assert done.code == 1
    assert done.out.startswith(
        "Policy of `main` for `.`: profile `strict`, with 1 problem\n\n"
        'main:envtool.toml\n  1: profile = "strict"\n\ndefaults\n'
    )
    assert "weaker than the policy of `main`: `profile` `recommended`" in " ".join(done.out.split())


def test_the_same_as_data(envtool: Envtool, tmp_path: Path) -> None:
    extend(tmp_path)
    data: Any = json.loads(envtool("policy", "show", "-o", "json").out)["data"]
    assert data["files"] == ["envtool.toml", "company.toml"]
    options = {each["key"]: each for each in data["options"]}
    assert options["env.dev-tools"]["origin"] == "company.toml:5:1, envtool.toml:8:1"
    assert options["env.dev-tools"]["places"][0] == {
        "path": "company.toml",
        "line": 5,
        "column": 1,
    }
    assert options["bans"]["value"][1] == {"package": "nose", "reason": "abandoned"}
    rules = {each["rule"]: each for each in data["rules"]}
    assert rules["channels.label"]["origin"] == "company.toml:3:1"
    assert rules["pins.direct"]["origin"] == "default (strict)"


def test_policy_show_of_a_broken_policy(envtool: Envtool, tmp_path: Path) -> None:
    (tmp_path / "envtool.toml").write_text("profile = 1\nzzz = 1\n")
    done = envtool("policy", "show")
    assert done.code == 2
    assert done.first == "Failed: the policy has 2 errors"
    assert "envtool.toml:1:1" in done.out
    assert "envtool.toml:2:1: unknown key `zzz`" in done.out

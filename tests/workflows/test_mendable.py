"""The hint of `envtool verify` that types what mends its findings."""

import json
import shlex
from pathlib import Path

import pytest

from tests.conftest import Envtool
from tests.served import flat

FILES = {
    "environment.yml": "name: x\nchannels: [conda-forge, nodefaults]\nprefix: /x\n"
    "dependencies:\n- numpy=*\n- pytest=8.1.1\n- python=3.11.1\n"
}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "`envtool verify --fix` mends all of it"),
        (("a b.yml",), "`envtool verify --fix 'a b.yml'` mends 2 of these"),
        (("environment.yml", "a b.yml"), "`envtool verify --fix environment.yml 'a b.yml'` mends 4 of these"),
        (("--select", "env.prefix-key"), "`envtool verify --fix --select env.prefix-key` mends it"),
        (("-r", "--ignore", "pins,channels"), "`envtool verify --fix -r --ignore pins,channels` mends all of it"),
        (("--profile", "strict"), "`envtool verify --fix --profile strict` mends 3 of these"),
        (("--", "-x.yml"), "`envtool verify --fix -- -x.yml` mends 2 of these"),
        (("--select", "env.dev-tool-in-production", "a b.yml"), None),
        (("--select", "channels"), None),
    ],
)  # fmt: skip
def test_the_hint_does_what_it_says(
    envtool: Envtool, tmp_path: Path, arguments: tuple[str, ...], told: str | None
) -> None:
    text = FILES["environment.yml"]
    for name in ("environment.yml", "a b.yml", "-x.yml"):
        if name == "environment.yml" or name in arguments:
            (tmp_path / name).write_text(text)
    (tmp_path / ".git").mkdir()
    hints = flat(envtool("verify", *arguments).out).split("hint: ")
    mends = [each.strip() for each in hints if " mends " in each]
    assert mends == ([told] if told else [])
    if told:
        before = json.loads(envtool("verify", "-o", "json", *arguments).out)["data"]["mendable"]
        typed = shlex.split(told.split("`")[1])[1:]
        after = json.loads(envtool(*typed[:2], "-o", "json", *typed[2:]).out)["data"]["mended"]
        assert len(after) == before["findings"]


def test_no_hint_for_what_is_not_there_twice(envtool: Envtool) -> None:
    done = envtool("verify", "-", stdin=FILES["environment.yml"].encode())
    assert " mends " not in done.out

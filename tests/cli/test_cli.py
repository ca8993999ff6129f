"""The command line: help, errors, colour, exit statuses nobody wants to see."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from jsonschema import Draft202012Validator

from envtool import __version__
from envtool.cli import app as cli_app
from envtool.cli import run
from envtool.domain.rules import RULES
from envtool.errors import ToolError
from tests.conftest import Envtool
from tests.judging import SHIPPED
from tests.served import flat

CLEAN = "channels: [conda-forge]\ndependencies: [numpy=1.26]\n"


def test_the_first_screen_names_the_verbs(envtool: Envtool) -> None:
    done = envtool("--help")
    assert done.code == 0
    for verb in (
        "lock",
        "test",
        "approve",
        "commit",
        "deploy",
        "run",
        "verify",
        "audit",
        "init",
        "baseline",
        "explain",
        "policy",
        "schema",
    ):
        assert f"  {verb} " in done.out
    assert len(done.out.splitlines()) < 35


def test_the_first_screen_is_whole_and_in_the_order_of_the_readme(envtool: Envtool) -> None:
    lines = envtool("--help").out.partition("Commands:\n")[2].splitlines()
    assert [each for each in lines if each.endswith("...") or len(each) > 80] == []
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    commands = readme.partition("\n## Commands\n")[2]
    table = re.findall(r"^\| `envtool ([a-z-]+)", commands, re.MULTILINE)
    verbs = [each.split()[0] for each in lines]
    assert verbs == [each for each in dict.fromkeys(table) if each in verbs]
    assert "shell-hook" in verbs
    assert "merge-driver" not in verbs


def test_the_version(envtool: Envtool) -> None:
    assert envtool("--version").out == f"envtool {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "first", "hint"),
    [
        (("verfy",), "error: No such command 'verfy'", "`envtool --help`"),
        (("verify", "--bogus"), "error: No such option: --bogus", "`envtool verify --help`"),
        (("verify", "--policy-from"), "error: Option '--policy-from'", "`envtool verify --help`"),
        (
            ("policy", "show", "x", "-o"),
            "error: Option '-o' requires",
            "`envtool policy show --help`",
        ),
        (("verify", "--profile", "lax"), "error: Invalid value for '--profile'", "verify --help"),
        (("explain", "pins.dirct"), "error: there is no rule", "did you mean `pins.direct`?"),
        (("explain", "PINS.DIRECT"), "error: there is no rule", "did you mean `pins.direct`?"),
        (("explain", "zzz"), "error: there is no rule", "`envtool explain` lists all rules"),
        (("explain", "-o", "sarif"), "error: there is no output format `sarif`", ""),
        (("policy", "show", "nowhere"), "error: `nowhere` is no folder", "name the folder"),
        (("verify", "-o", "json=no/where.json", "x.yml"), "error: `no/where.json` can not be", ""),
    ],
)
def test_wrong_usage_says_what_to_type(
    envtool: Envtool, arguments: tuple[str, ...], first: str, hint: str
) -> None:
    done = envtool(*arguments)
    assert done.code == 2
    assert done.first.startswith(first)
    assert hint in done.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("recreate", "--nonsense", "-o", "json"),
        ("recreate", "--keep", "x", "--output=json"),
        ("recreate", "-ojson", "--keep"),
        ("policy", "show", "nowhere", "--output", "json"),
        ("recreate", "-p", "", "-o", "json"),
    ],
)
def test_wrong_usage_is_an_answer_for_programs(
    envtool: Envtool, arguments: tuple[str, ...]
) -> None:
    done = envtool(*arguments)
    data = json.loads(done.out)
    assert (done.code, data["exit_code"], data["command"].split()[0]) == (2, 2, arguments[0])
    assert data["failures"][0]["message"]
    # What is for another program is for that, and what goes into a file is no answer.
    for others in (("run", "--nonsense", "-o", "json"), ("recreate", "--nope", "-o", "json=x")):
        done = envtool(*others)
        assert (done.code, done.out) == (2, "")


@pytest.mark.parametrize("columns", [None, 40, 80, 200])
def test_errors_keep_to_the_width(
    envtool: Envtool, monkeypatch: pytest.MonkeyPatch, columns: int | None
) -> None:
    if columns is not None:
        monkeypatch.setenv("COLUMNS", str(columns))
    err = envtool("verify", "-o", "xxx").err
    assert max(map(len, err.splitlines())) <= min(columns or 80, 120)
    words = " ".join(err.split())
    assert words.endswith("one of `text`, `json`, `sarif`, `github`, `gitlab`, `junit`, `markdown`")


def test_explain_lists_and_tells(envtool: Envtool) -> None:
    done = envtool("explain")
    assert done.code == 0
    shown = " ".join(done.out.split())
    for rule in RULES:
        assert f"{rule.id} {rule.title}" in shown
    assert "pins.direct" in envtool("explain", "pins").out
    one = envtool("explain", "pins.direct").out
    assert one.startswith("pins.direct: A direct dependency is pinned less")
    assert "severity: warning (recommended), error (strict)" in one
    assert "# envtool: ignore[pins.direct] reason" in one
    assert "mend it: envtool verify --fix --unsafe-fixes  (unsafe)" in one
    assert "mend it: envtool verify --fix  (safe)" in envtool("explain", "env.prefix-key").out
    assert "mend it: by hand" in envtool("explain", "env.parse").out
    data = json.loads(envtool("explain", "pins.direct", "-o", "json").out)
    assert data["data"]["rules"][0]["recommended"] == "warning"
    assert data["data"]["rules"][0]["mended"] == "unsafe"


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("pins.direct", "accept one line: # envtool: ignore[pins.direct] reason"),
        ("lock.in-sync", "accept one line: # envtool: ignore[lock.in-sync] reason"),
        (
            "lock.present",
            'in `envtool.toml`, [[waivers]] with rule = "lock.present", reason, owner',
        ),
        ("licenses.deny", 'in `envtool.toml`, [[waivers]] with rule = "licenses.deny", reason,'),
        ("policy.weakened", "accept it: nobody can, so that nothing hides behind itself change"),
        ("waivers.unused", "accept it: nobody can"),
    ],
)
def test_explain_promises_what_works(envtool: Envtool, rule: str, words: str) -> None:
    assert words in " ".join(envtool("explain", rule).out.split())


@pytest.mark.parametrize("width", [60, 80, 120])
def test_explanations_keep_to_the_width(
    envtool: Envtool, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    for name in (None, *(rule.id for rule in RULES)):
        shown = envtool("explain", *([name] if name else []))
        assert max(map(len, shown.out.splitlines())) <= width


def test_the_schemas_are_printed(envtool: Envtool) -> None:
    for arguments in (("schema",), ("policy", "schema")):
        done = envtool(*arguments)
        assert done.code == 0
        Draft202012Validator.check_schema(json.loads(done.out))


def test_every_envelope_keeps_the_schema(envtool: Envtool, tmp_path: Path) -> None:
    (tmp_path / "environment.yml").write_text(CLEAN)
    validator = Draft202012Validator(json.loads(SHIPPED.result_schema()))
    waived = "dependencies: [numpy]  # envtool: ignore[pins, channels] fine\n"
    (tmp_path / "waived.yml").write_text(waived)
    calls = (
        ("verify", "--fix", "--diff"),
        ("verify", "--fix"),
        ("verify",),
        ("verify", "x"),
        ("verify", "waived.yml"),
        ("explain",),
    )
    for arguments in (*calls, ("policy", "show")):
        validator.validate(json.loads(envtool(*arguments, "-o", "json").out))
    failed = envtool("verify", "--select", "x", "-o", "json")
    validator.validate(json.loads(failed.out))
    assert failed.code == 2


def test_several_reports_at_once(envtool: Envtool, tmp_path: Path) -> None:
    (tmp_path / "environment.yml").write_text(CLEAN)
    done = envtool("verify", "-o", "json=a.json", "-o", "text=a.txt", "-o", "github")
    assert done.out == "Passed: environment.yml\n"
    assert json.loads((tmp_path / "a.json").read_text())["exit_code"] == 0
    assert (tmp_path / "a.txt").read_text() == "Passed: environment.yml\n"


@pytest.mark.parametrize(
    ("environment", "colour"),
    [
        ({}, False),
        ({"FORCE_COLOR": "1"}, True),
        ({"CLICOLOR_FORCE": "1"}, True),
        ({"CLICOLOR_FORCE": "0"}, False),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_colour_only_where_it_is_wanted(
    envtool: Envtool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    *,
    colour: bool,
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "environment.yml").write_text(CLEAN)
    assert ("\x1b[" in envtool("verify").out) is colour


def test_an_interrupt_while_loading(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(**_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli_app, "application", lambda _: interrupted)
    assert run([]) == 130
    assert capsys.readouterr().err == "interrupted\n"


def test_an_interrupt_says_what_is_left(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted() -> None:
        error = KeyboardInterrupt()
        error.add_note("all is as it was")
        raise error

    monkeypatch.setattr("envtool.cli.schema.schema", interrupted)
    assert run(["schema"]) == 130
    assert capsys.readouterr().err == "interrupted\nall is as it was\n"


def failing(error: BaseException) -> typer.Typer:
    """An application whose only command ends with `error`."""
    app = typer.Typer()

    @app.command()
    def fail() -> None:
        raise error

    return app


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (ZeroDivisionError("oops"), 70, "this is a bug in envtool"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (BrokenPipeError(), 0, ""),
        (ToolError("git fell over", hints=("pick it up",)), 4, "hint: pick it up"),
    ],
)
def test_how_a_run_can_end(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    code: int,
    words: str,
) -> None:
    monkeypatch.setattr(cli_app, "application", lambda _: failing(error))
    stdout, stderr = sys.stdout, sys.stderr
    try:
        assert run([]) == code
    finally:
        sys.stdout, sys.stderr = stdout, stderr
    shown = capsys.readouterr().err
    assert words in shown
    assert "Traceback" not in shown


@pytest.mark.parametrize(("error", "code"), [(ZeroDivisionError("oops"), 70), (ToolError("x"), 4)])
def test_debug_shows_where_it_came_from(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: Exception,
    code: int,
) -> None:
    monkeypatch.setattr(cli_app, "application", lambda _: failing(error))
    assert run(["--debug"]) == code
    shown = capsys.readouterr().err
    assert "Traceback" in shown
    assert type(error).__name__ in shown


@pytest.mark.parametrize("arguments", [(), ("policy",)])
def test_a_command_without_its_word_is_answered_with_help(
    envtool: Envtool, arguments: tuple[str, ...]
) -> None:
    done = envtool(*arguments)
    assert done.code == 2
    assert done.err.startswith("Usage: envtool")
    assert "Commands:\n" in done.err


_LINE = "such as `- python=3.12`"


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("", f"write `dependencies:`, and below it a line for each package, {_LINE}"),
        ("- a", f"write `dependencies:`, and below it a line for each package, {_LINE}"),
        ("name: a", f"write `dependencies:`, and below it a line for each package, {_LINE}"),
        (
            "dependencies: a",
            f"write each package in a line of its own below `dependencies:`, {_LINE}",
        ),
        ("dependencies: [a", "close the bracket that is open there or above"),
        ("dependencies: ['a]", "close it, or take it away"),
    ],
)
def test_a_file_that_is_no_environment_file_says_what_to_write(
    tmp_path: Path, envtool: Envtool, text: str, hint: str
) -> None:
    (tmp_path / "environment.yml").write_text(text)
    done = envtool("lock")
    assert (done.code, flat(done.err).partition(" hint: ")[2]) == (2, hint)
    assert f"fix: {hint}" in flat(envtool("verify").out)


@pytest.mark.parametrize("data", [b"", b"\xff\xfe\xfa\x00", b"\x00\x01\xff", b"package: ["])
@pytest.mark.parametrize("command", ["lock", "export", "recreate", "test", "verify"])
def test_a_lock_that_is_damaged_is_restored_or_made_anew(
    tmp_path: Path, envtool: Envtool, command: str, data: bytes
) -> None:
    (tmp_path / "environment.yml").write_text(
        "channels: [conda-forge]\nplatforms: [linux-64]\ndependencies: []\n"
    )
    (tmp_path / "conda-lock.yml").write_bytes(data)
    done = envtool(command)
    assert done.code == 2
    said = flat(done.out + done.err)
    assert "restore it from git, or lock anew without it: `rm conda-lock.yml`" in said
    assert "save the file" not in said


@pytest.mark.parametrize(
    ("redirection", "words"),
    [
        (">/dev/full", "No space left on device"),
        ("-o json >/dev/full", "No space left on device"),
        (">&-", "standard output is closed"),
    ],
)
def test_an_output_that_takes_nothing(tmp_path: Path, redirection: str, words: str) -> None:
    (tmp_path / "environment.yml").write_text("dependencies: [zlib]\n")
    done = subprocess.run(
        ["/bin/sh", "-c", f"exec '{sys.executable}' -m envtool verify {redirection}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
    assert "hint: write a report into a file" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("verify", "-o", "json=environment.yml"),
        ("verify", "-o", "json=link"),
        ("verify", "-o", "gitlab=envtool.toml"),
        ("verify", "--select", "bogus", "-o", "sarif=Environment-Dev.YAML"),
        ("verify", "--fix", "-o", "text=environment-dev.yml"),
        ("verify", "-o", "json=conda-lock.yml"),
        ("init", "-o", "json=envtool.toml"),
        ("baseline", "create", "-o", "json=envtool-baseline.json"),
    ],
)
def test_a_report_never_takes_the_place_of_an_input(
    envtool: Envtool, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    (tmp_path / "environment.yml").write_text("dependencies: [zlib]\n")
    (tmp_path / "link").symlink_to("environment.yml")
    done = envtool(*arguments)
    assert done.code == 2
    assert "is no file for a report" in done.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["environment.yml", "link"]
    assert (tmp_path / "environment.yml").read_text() == "dependencies: [zlib]\n"


def test_a_report_never_overwrites_what_was_read(envtool: Envtool, tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("@EXPLICIT\n")
    done = envtool("verify", "list.txt", "-o", "json=list.txt")
    assert done.code == 2
    assert "would overwrite" in done.err
    assert (tmp_path / "list.txt").read_text() == "@EXPLICIT\n"


def test_main_leaves_the_process() -> None:
    # In a process of its own: where a test before has loaded rattler, it ends at once.
    code = "import sys\nfrom envtool.cli import main\nsys.argv[1:] = ['--version']\nmain()\n"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, f"envtool {__version__}\n")


def test_a_reader_that_closes_the_pipe(tmp_path: Path) -> None:
    names = "".join(f"- a{i}\n" for i in range(3000))
    (tmp_path / "environment.yml").write_text(f"dependencies:\n{names}")
    command = f"{sys.executable} -m envtool verify --expand | head -n 1"
    done = subprocess.run(
        ["sh", "-c", command],  # noqa: S607
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.startswith("Passed: environment.yml")
    assert done.stderr == ""


def test_a_locale_that_can_not_say_it(tmp_path: Path) -> None:
    (tmp_path / "environment.yml").write_text("dependencies:\n- \N{SNAKE}\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "envtool", "verify"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1
    assert b"`?` is no match spec" in done.stdout

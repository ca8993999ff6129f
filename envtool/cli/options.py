"""Options that several commands share, and how their texts are read."""

import os
import re
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from envtool.domain.policy.shapes import closest
from envtool.errors import UsageError

if TYPE_CHECKING:
    from envtool.workflows.prefixes import Where

FOLDER = Annotated[str, typer.Argument(help="The project; found upward from here.")]
OUTPUT = Annotated[
    list[str] | None, typer.Option("--output", "-o", help="FORMAT[=FILE]: text or json.")
]
MARKDOWN_OUTPUT = Annotated[
    list[str] | None,
    typer.Option("--output", "-o", help="FORMAT[=FILE]: text, json or markdown."),
]
FORMATS = ("text", "json", "sarif", "github", "gitlab", "junit", "markdown")


# What no report may take the place of: environment files, locks, policies, baselines.
_INPUT = re.compile(
    r"(?i)\.(?:ya?ml|toml|lock)$|(?:^|[/\\])(?:envtool-baseline\.json|\.gitignore)$"
)
_ENDINGS = {"text": "txt", "github": "txt", "gitlab": "json", "junit": "xml", "markdown": "md"}


class Output(NamedTuple):
    """One report: its format, and the file it goes to; None is standard output."""

    format: str
    path: str | None


def read_outputs(texts: tuple[str, ...], allowed: tuple[str, ...] = FORMATS) -> tuple[Output, ...]:
    """`--output FORMAT[=FILE]`, several times; text goes to stdout when nothing else does."""
    outputs = [_output(text, allowed) for text in texts]
    to_stdout = [each.format for each in outputs if each.path is None]
    if len(to_stdout) > 1:
        raise UsageError(
            f"`{to_stdout[0]}` and `{to_stdout[1]}` can not both go to standard output",
            hints=(f"write one to a file: `--output {to_stdout[1]}=FILE`",),
        )
    paths = [each.path for each in outputs if each.path is not None]
    if len(paths) != len(set(paths)):
        raise UsageError(
            f"two reports can not go to one file `{paths[0]}`", hints=("name a file for each",)
        )
    return (*outputs, *(() if to_stdout else (Output("text", None),)))


def _output(text: str, allowed: tuple[str, ...]) -> Output:
    name, separator, path = text.partition("=")
    if name not in allowed:
        hint = closest(name, allowed)
        listed = ", ".join(f"`{each}`" for each in allowed)
        raise UsageError(
            f"there is no output format `{name}`: one of {listed}", hints=(hint,) if hint else ()
        )
    if path and (_INPUT.search(path) or _INPUT.search(os.path.realpath(path))):
        raise UsageError(
            f"`{path}` is no file for a report: that is what envtool reads, or writes itself",
            hints=(f"name another file: `-o {name}=envtool.{_ENDINGS.get(name, name)}`",),
        )
    if separator and not path:
        raise UsageError(
            f"`--output {text}` names no file", hints=(f"write `--output {name}=FILE`",)
        )
    return Output(name, path or None)


def read_day(text: str | None) -> date:
    """`--as-of DATE`; today without it."""
    if text is None:
        return date.today()  # noqa: DTZ011 - a waiver ends with the day of whoever runs envtool
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"`{text}` is no date", hints=("write it as `2027-01-31`",)) from error


def read_now() -> datetime:
    """The moment for what is dated: that of `SOURCE_DATE_EPOCH` (seconds), else now; in UTC."""
    text = os.environ.get("SOURCE_DATE_EPOCH")
    if not text:
        return datetime.now(tz=UTC)
    try:
        return datetime.fromtimestamp(int(text), tz=UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise UsageError(
            f"`SOURCE_DATE_EPOCH={text}` is no number of seconds since 1970",
            hints=("unset it, or take that of the last commit: `git log -1 --format=%ct`",),
        ) from error


def read_moment(text: str | None) -> datetime:
    """`--as-of DATE`, the end of that day (UTC); now without it."""
    if text is None:
        return datetime.now(tz=UTC)
    return datetime.combine(read_day(text), time.max, tzinfo=UTC)


def read_where(prefix: str | None, name: str | None, environment: str | None) -> "Where | None":
    """`--prefix`, `--name` and `--environment`; None when no prefix is meant."""
    if prefix is None and name is None and environment is None:
        return None
    from envtool.domain.environments import PRODUCTION
    from envtool.workflows.prefixes import Where

    return Where(prefix, name, environment or PRODUCTION)


def read_rules(texts: tuple[str, ...]) -> tuple[str, ...]:
    """`--select a,b --select c`: names, in order, without blanks."""
    parts = (part.strip() for text in texts for part in text.split(","))
    return tuple(part for part in parts if part)


class FixMode(NamedTuple):
    """How `--fix` is meant."""

    dry_run: bool
    unsafe: bool


def read_mode(*, fix: bool, diff: bool, unsafe: bool) -> FixMode | None:
    """`--fix` with `--diff` and `--unsafe-fixes`, which mean nothing without it."""
    for option, is_given in (("--diff", diff), ("--unsafe-fixes", unsafe)):
        if is_given and not fix:
            raise UsageError(
                f"`{option}` means nothing without `--fix`",
                hints=(f"type both: `envtool verify --fix {option}`",),
            )
    return FixMode(dry_run=diff, unsafe=unsafe) if fix else None

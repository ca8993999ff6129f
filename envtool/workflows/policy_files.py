"""Finds, reads and resolves the policy of a project."""

import posixpath
import re
from collections.abc import Callable

from envtool.domain.findings import Place, Violation
from envtool.domain.policy.reader import (
    NOTHING,
    SCHEMA_HINT,
    PolicyText,
    Setting,
    Settings,
    read_settings,
)
from envtool.domain.policy.records import Profile
from envtool.domain.policy.resolve import Resolved, resolve, unknown_names
from envtool.domain.policy.weakenings import Weakening, weakenings
from envtool.domain.results import Failure
from envtool.domain.rules import DEFAULTS
from envtool.errors import EnvtoolError, ExitCode, IntegrityError, UnreadableError, UsageError
from envtool.ports import FileKind, Tools
from envtool.workflows import finder

POLICY_FILE = finder.POLICY_FILE
PYPROJECT = finder.PYPROJECT
_LIMIT = 1 << 20
_AS_FILE = "a policy can be named as a file, too: `--policy-from policy.toml@sha256:<hash>`"
_PINNED = re.compile(r"(?P<file>.+)@(?P<said>sha256:)?(?P<hash>[^@]*)")
_HASH = re.compile(r"[0-9a-f]{64}", re.IGNORECASE)

# The bytes of a file named relative to the project; None when there is no such file.
_Read = Callable[[str], bytes | None]


class PolicyError(EnvtoolError):
    """A policy that can not be used, with every reason."""

    exit_code = ExitCode.UNREADABLE

    def __init__(self, failures: tuple[Failure, ...]) -> None:
        first = failures[0]
        where = f"{first.place}: " if first.place and first.place.line else ""
        more = f" (and {len(failures) - 1} more)" if len(failures) > 1 else ""
        super().__init__(f"{where}{first.message}{more}", hints=first.hints)
        self.failures = failures


def load_policy(
    tools: Tools, root: str, profile: Profile | None = None, judged_by: str | None = None
) -> Resolved:
    """The policy in force in the folder `root`, with another `profile` when one is given.

    `judged_by` is a git revision, or `FILE@sha256:HASH`: then that policy judges, and whatever
    the one in the checkout permits beyond it is reported as weakened. Raises `PolicyError`,
    `IntegrityError` when a pinned policy has another hash, `UsageError`, `ToolError`.
    """
    if profile is not None and judged_by is not None:
        raise UsageError(
            "`--profile` would change the policy that `--policy-from` names",
            hints=("leave one of the two out",),
        )
    own = _policy(_from_disk(tools, root), root, profile)
    if judged_by is None:
        return own
    judge = _judge(tools, root, judged_by)
    found = tuple(
        Violation(
            f"weaker than the policy of `{judged_by.partition('@')[0]}`: {each.message}",
            _origin(own, each, root),
            fix="tighten it, or change the policy in a change of its own",
        )
        for each in weakenings(judge.policy, own.policy)
    )
    return judge._replace(
        texts={**judge.texts, **own.texts},
        unknown=judge.unknown + own.unknown,
        weakened=judge.weakened + own.weakened + found,
    )


def _origin(resolved: Resolved, weakening: Weakening, root: str) -> Place:
    """Where it was set, or the policy file when it was left out."""
    places = resolved.places.get(weakening.key, ())
    return places[-1] if places else Place(_joined(root, POLICY_FILE))


def is_pinned(judged_by: str) -> bool:
    """Whether `judged_by` is a file with its hash, and no git revision."""
    return _PINNED.fullmatch(judged_by) is not None


def _judge(tools: Tools, root: str, judged_by: str) -> Resolved:
    pinned = _PINNED.fullmatch(judged_by)
    if pinned and _HASH.fullmatch(pinned["hash"]):
        path = pinned["file"]
        data = tools.files.read(path, _LIMIT)
        _check_hash(data, pinned["hash"].lower(), path)
        folder = posixpath.dirname(path) or "."
        return _resolved(_toml(data, path), _from_disk(tools, folder), folder)
    if pinned and (pinned["said"] or tools.files.kind(pinned["file"]) is FileKind.FILE):
        raise UsageError(
            f"a sha256 has 64 hexadecimal digits, and `{pinned['hash']}` is none",
            hints=_pinning(tools, pinned["file"]),
        )
    if tools.files.kind(judged_by) is FileKind.FILE:
        raise UsageError(
            f"`{judged_by}` is a file: pin it by its hash", hints=_pinning(tools, judged_by)
        )
    try:
        return _policy(lambda name: tools.git.blob(root, judged_by, name), f"{judged_by}:")
    except UsageError as error:
        raise UsageError(error.message, hints=(*error.hints, _AS_FILE)) from error


def _pinning(tools: Tools, path: str) -> tuple[str, ...]:
    """The option to type for the file at `path` as it is now."""
    if tools.files.kind(path) is not FileKind.FILE:
        return (f"there is no file `{path}`: name one, or a git revision",)
    # One word, which no line break parts.
    return (f"--policy-from={path}@sha256:{_sha256(tools.files.read(path, _LIMIT))}",)


def _from_disk(tools: Tools, root: str) -> _Read:
    def read(name: str) -> bytes | None:
        path = _joined(root, name)
        if tools.files.kind(path) is FileKind.MISSING:
            return None
        return tools.files.read(path, _LIMIT)

    return read


def _policy(read: _Read, folder: str, profile: Profile | None = None) -> Resolved:
    found = _sources(read, folder)
    if not found:
        return resolve(_with_profile(NOTHING, profile), DEFAULTS)
    if len(found) > 1:
        both = Failure(
            code=ExitCode.UNREADABLE,
            message=f"both `{POLICY_FILE}` and `[tool.envtool]` in `{PYPROJECT}` hold a policy",
            place=Place(found[1].path),
            hints=("keep one of the two",),
        )
        raise PolicyError((both,))
    return _resolved(found[0], read, folder, profile)


def _sources(read: _Read, folder: str) -> list[PolicyText]:
    found = []
    if (data := read(POLICY_FILE)) is not None:
        found.append(_toml(data, _joined(folder, POLICY_FILE)))
    data = read(PYPROJECT)
    if data is not None and b"envtool" in data:
        source = _toml(data, _joined(folder, PYPROJECT), ("tool", "envtool"))
        tool = source.document.get("tool")
        if isinstance(tool, dict) and "envtool" in tool:
            found.append(source)
    return found


def _joined(folder: str, name: str) -> str:
    if folder.endswith(":"):
        return folder + name
    return posixpath.normpath(posixpath.join(folder, name))


def _with_profile(settings: Settings, profile: Profile | None) -> Settings:
    if profile is None:
        return settings
    setting = Setting(profile, Place("--profile"))
    return settings._replace(values={**settings.values, "profile": setting})


def _resolved(
    source: PolicyText, read: _Read, folder: str, profile: Profile | None = None
) -> Resolved:
    own = _with_profile(read_settings(source), profile)
    shared = _shared(own, source, read, folder)
    if own.failures or shared.failures:
        own = own._replace(failures=_with_line(own.failures, source, read))
        raise PolicyError((*_mistakes(own), *_mistakes(shared)))
    return resolve(own, DEFAULTS, shared)


def _mistakes(settings: Settings) -> tuple[Failure, ...]:
    """All that is wrong with one file: values, and names that do not exist."""
    unknown = (
        Failure(ExitCode.UNREADABLE, each.message, each.place, (each.fix or SCHEMA_HINT,))
        for each in unknown_names(settings, DEFAULTS)
    )
    failures = (*settings.failures, *unknown)
    return tuple(sorted(failures, key=lambda each: each.place.line if each.place else 0))


def _with_line(
    failures: tuple[Failure, ...], source: PolicyText, read: _Read
) -> tuple[Failure, ...]:
    """The same, with the line to write where `extends` lacks something."""
    extends = source.content.get("extends")
    path = extends.get("path") if isinstance(extends, dict) else extends
    if not isinstance(path, str):
        return failures
    try:
        data = read(path)
    except EnvtoolError:
        data = None
    hash_ = "the sha256 of that file" if data is None else _sha256(data)
    hint = f'write `extends = {{ path = "{path}", sha256 = "{hash_}" }}`'
    line = source.place(("extends",)).line
    return tuple(
        each._replace(hints=(hint,)) if each.place and each.place.line == line else each
        for each in failures
    )


def _shared(own: Settings, source: PolicyText, read: _Read, folder: str) -> Settings:
    if "extends" not in own.values:
        return NOTHING
    extends, place = own.values["extends"]
    data = read(extends.path)
    if data is None:
        missing = Failure(
            code=ExitCode.UNREADABLE,
            message=f"the shared policy `{extends.path}` does not exist",
            place=place,
            hints=(f"vendor it into the repository, relative to `{source.path}`",),
        )
        return NOTHING._replace(failures=(missing,))
    _check_hash(data, extends.sha256, extends.path)
    shared = read_settings(_toml(data, _joined(folder, extends.path)))
    if "extends" in shared.values:
        deep = Failure(
            code=ExitCode.UNREADABLE,
            message="a shared policy can not extend another one",
            place=shared.values["extends"].place,
            hints=("copy what it extends into it",),
        )
        return shared._replace(failures=(*shared.failures, deep))
    return shared


def _check_hash(data: bytes, expected: str, path: str) -> None:
    digest = _sha256(data)
    if digest != expected:
        raise IntegrityError(
            f"the policy `{path}` is not the one that was pinned",
            hints=(
                f"its sha256 is {digest}",
                "review what changed, then write that hash",
            ),
        )


def _sha256(data: bytes) -> str:
    from hashlib import sha256

    return sha256(data).hexdigest()


def _toml(data: bytes, path: str, table: tuple[str, ...] = ()) -> PolicyText:
    import tomllib

    try:
        text = data.decode("utf-8")
        return PolicyText(path, text, tomllib.loads(text), table)
    except UnicodeDecodeError as error:
        raise UnreadableError(f"`{path}` is not UTF-8", hints=("save it as UTF-8",)) from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise _no_toml(path, text, str(error)) from error


def _no_toml(path: str, text: str, error: str) -> PolicyError:
    from envtool.domain.policy.toml_errors import plain_mistake

    mistake = plain_mistake(error, text)
    place = Place(path, mistake.line, mistake.column, mistake.column + 1)
    # With a line the place is shown, and it names the file.
    subject = "" if mistake.line else f"`{path}` is "
    message = f"{subject}not TOML: {mistake.message}"
    return PolicyError((Failure(ExitCode.UNREADABLE, message, place, (mistake.hint,)),))

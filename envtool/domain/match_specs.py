"""Match specs: what stands in `dependencies:` and asks for a package.

The grammar is that of conda's page "Package match specifications" and of CEP 29; names are
those of CEP 26. conda accepts more than one spelling of most things, and so does this.
"""

import re
from typing import NamedTuple

from envtool.conda_versions import InvalidVersion, Strictness, VersionSpec, strictness


class InvalidMatchSpec(ValueError):  # noqa: N818 - as `InvalidVersion`
    """A text that conda refuses; `column` is the offset at which the trouble starts."""

    def __init__(self, message: str, column: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.column = column


class MatchSpec(NamedTuple):
    """What a match spec asks for; None where it leaves something open.

    Attributes:
        name: in lower case; `*` when only other fields are given.
        version_spec: the constraint: `numpy=1.26` is `=1.26`, `numpy 1.26` is `==1.26`.
        build: a build string, or a glob.
        channel: as written in front of `::`, without its subdir.
        subdir: `linux-64`, when the channel or a field names it.
        url: of a package that is given by its address.
        fields: the other keys in brackets.
    """

    name: str
    version_spec: VersionSpec | None = None
    build: str | None = None
    channel: str | None = None
    subdir: str | None = None
    url: str | None = None
    fields: tuple[tuple[str, str], ...] = ()

    @property
    def version(self) -> str | None:
        """The constraint as text."""
        return self.version_spec.text if self.version_spec else None

    @property
    def strictness(self) -> Strictness:
        """Its step on the ladder of pins."""
        return Strictness.BUILD if self.url else strictness(self.version_spec, self.build)


# Nine in ten: `name`, `name=1.2`, `name==1.2=build`, `channel::name`.
_SIMPLE = re.compile(
    r"(?:([A-Za-z0-9_.-]+)::)?([A-Za-z0-9][A-Za-z0-9_.-]*)(?:(==?)([0-9][A-Za-z0-9_.]*)(?:=(\w+))?)?"
)
_REST = re.compile(r"([^ =<>!~]*)(.*)", re.DOTALL)
# A build is what follows the first blank or `=` behind a version, with no operator in it.
_BUILD = re.compile(r"(.*?[^=!|,<>~ ])(?: *+=| ) *+([^-=,|<>~ ][^-=,|<>~]*+)")
_FIELD = re.compile(
    r"\s*([A-Za-z0-9_-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|(\[[^\]]*\])|([^\s,\"']*))\s*(?:,|\s|$)"
)
_NAME = re.compile(r"(?:__|_)?[a-z0-9]+(?:[._-][a-z0-9]+)*[._-]?")
_PACKAGE = re.compile(r"(.+)-([^-]+)-([^-]+)(?:\.conda|\.tar\.bz2)")
_SUBDIR = re.compile(r"noarch|(?:linux|osx|win|freebsd|emscripten|wasi|zos)-\w+")
_ENDINGS = (".conda", ".tar.bz2")
# `MatchSpec.FIELD_NAMES` of conda; it refuses every other key.
_KEYS = frozenset({
    "name", "version", "build", "build_number", "channel", "subdir", "url", "fn", "md5", "sha256",
    "license", "license_family", "track_features", "features", "when", "extras", "flags",
})  # fmt: skip


def parse_match_spec(text: str) -> MatchSpec:
    """What `text` asks for.

    Raises `InvalidMatchSpec` for what conda refuses.
    """
    simple = _SIMPLE.fullmatch(text)
    if simple is None:
        return _parsed(text)
    channel, name, operator, version, build = simple.groups()
    constraint = None
    if operator:
        # With a build `=1.2` is that release, without one its series.
        exact = operator == "==" or build is not None
        constraint = _constraint(f"{'==' if exact else '='}{version}", text, simple.start(4))
    return MatchSpec(_name(name, simple.start(2)), constraint, build, channel)


def _parsed(text: str) -> MatchSpec:
    body = text.partition(" if ")[0].strip()
    address = body.partition("#")[0]
    if address.endswith(_ENDINGS):
        return _from_url(body, address)
    _refuse_foreign(body)
    body = address.strip()
    if body.endswith("@"):
        return MatchSpec("*", fields=(("track_features", body[:-1]),))
    body, fields = _brackets(body, text)
    body = re.sub(r"\(.*\)\s*$", "", body) if "optional" in body else body
    prefix, colon, rest = body.rpartition(":")
    if colon and rest[:1].isspace():
        raise InvalidMatchSpec("no blank can stand between `:` and the name", text.rfind(rest))
    channel, subdir = _channel(prefix.rpartition(":")[0], fields.pop("channel", None))
    return _rest(rest, text, channel, fields.pop("subdir", subdir), fields)


# What YAML makes of a line that is indented further than the one above.
_TWO_LINES = re.compile(r"\s- ")


def _refuse_foreign(body: str) -> None:
    """Spellings that belong to other tools, with the way to write them."""
    if two := _TWO_LINES.search(body):
        second = body[two.end() :]
        raise InvalidMatchSpec(
            f"two lines are read as one: indent `- {second}` like the line above", two.end()
        )
    if body.startswith("-"):
        word = body.split(maxsplit=1)[0]
        raise InvalidMatchSpec(f"`{word}` is an option of pip: it belongs into the `pip:` section")
    if re.match(r"(git|hg|svn|bzr)\+", body) or " @ " in body:
        raise InvalidMatchSpec("a repository or URL for pip belongs into the `pip:` section")
    if "{{" in body or "{%" in body:
        raise InvalidMatchSpec("conda renders no jinja: write the version", body.find("{"))
    if ";" in body:
        raise InvalidMatchSpec(
            "conda knows no markers behind `;`: use a file for each platform", body.find(";")
        )


def _from_url(body: str, address: str) -> MatchSpec:
    folder, _, file = address.replace("\\", "/").rpartition("/")
    package = _PACKAGE.fullmatch(file)
    if package is None:
        return MatchSpec("*", url=body)
    name, version, build = package.groups()
    subdir = folder.rpartition("/")[2]
    constraint = _constraint(f"=={version}", body, body.find(file))
    in_channel = bool(_SUBDIR.fullmatch(subdir))
    return MatchSpec(
        name.lower(), constraint, build, subdir=subdir if in_channel else None, url=body
    )


def _brackets(body: str, text: str) -> tuple[str, dict[str, str]]:
    """The text without its `[key=value, ...]`, and the keys."""
    start = body.find("[")
    if start < 0:
        return body, {}
    end = body.rfind("]")
    if end < start:
        raise InvalidMatchSpec("the bracket `[` is not closed", text.find("["))
    if body[end + 1 :].strip() or "][" in body[start:end].replace(" ", ""):
        raise InvalidMatchSpec("nothing can follow the brackets", text.rfind("]") + 1)
    fields: dict[str, str] = {}
    for key, *values in _FIELD.findall(body[start + 1 : end]):
        if key not in _KEYS:
            raise InvalidMatchSpec(_unknown_key(key), text.find(key, text.find("[")))
        fields[key] = next((value for value in values if value), "")
        if not fields[key]:
            raise InvalidMatchSpec(f"the key `{key}` in brackets has no value", start)
    return body[:start], fields


def _unknown_key(key: str) -> str:
    hint = "write `build`" if key == "build_string" else "a typing error?"
    return f"conda knows no key `{key}` in brackets: {hint}"


def _channel(written: str, field: str | None) -> tuple[str | None, str | None]:
    channel = field or written
    head, slash, tail = channel.rpartition("/")
    if slash and _SUBDIR.fullmatch(tail):
        return head, tail
    return channel or None, None


def _rest(
    rest: str, text: str, channel: str | None, subdir: str | None, fields: dict[str, str]
) -> MatchSpec:
    """Name, version and build behind the channel."""
    match = _REST.fullmatch(rest.strip())
    name, tail = match.groups() if match else ("", "")
    if not name:
        raise InvalidMatchSpec("the name of the package is missing")
    version, build = _version_and_build(tail.strip(), fields)
    column = max(text.find(tail.strip()), 0) if tail.strip() else 0
    return MatchSpec(
        name=_name(name, text.find(name)),
        version_spec=_constraint(version, text, column) if version else None,
        build=build,
        channel=channel,
        subdir=subdir,
        fields=tuple(sorted(fields.items())),
    )


def _version_and_build(tail: str, fields: dict[str, str]) -> tuple[str | None, str | None]:
    """Keys in brackets go before what stands outside."""
    match = _BUILD.fullmatch(tail) if tail else None
    version, build = match.groups() if match else (tail, None)
    version = version.replace(" ", "")
    is_plain = not set("=,|") & set(version.lstrip("="))
    if build is not None and version.startswith("=") and is_plain:
        # `=1.2=build` is that release; `=1.2.*=build` and `=1.2[build=...]` stay a series.
        version = version.lstrip("=")
    version = fields.pop("version", version).replace(" ", "")
    return version or None, fields.pop("build", build)


def _name(name: str, column: int) -> str:
    lowered = name.lower()
    if "*" in lowered or _NAME.fullmatch(lowered):
        return lowered
    raise InvalidMatchSpec(
        f"`{name}` is no package name: letters, digits and single `.`, `-`, `_` only", column
    )


def _constraint(version: str, text: str, column: int) -> VersionSpec:
    try:
        return VersionSpec(version)
    except InvalidVersion as error:
        raise InvalidMatchSpec(str(error), min(column, len(text))) from error

"""The words of a requirement: names, versions, addresses, paths, and what is none of them.

Sources: PEP 508 and PEP 440 for names and versions, `pip/_internal/req/constructors.py` of pip 26
for the rest. `packaging` would do for names, and costs 20 ms at every start.
"""

import re


class InvalidRequirement(ValueError):  # noqa: N818 (the name that packaging gave it)
    """A line that pip refuses, or of which it silently drops a part.

    Attributes:
        message: what to write instead, without final period.
        column: offset in the line, from 0, where reading stopped.
    """

    def __init__(self, message: str, column: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.column = column


# Compiled at import are those that every line meets; the others wait as text for `re`'s cache.
NAME = r"[A-Z0-9](?:[A-Z0-9._-]*[A-Z0-9_])?"
EXTRAS = rf"\[\s*(?P<extras>(?:{NAME}(?:\s*,\s*{NAME})*)?)\s*\]"
# Atomic: a shorter name never helps, and looking for one takes quadratic time.
_HEAD = rf"\s*(?P<name>(?>{NAME}))(?:\s*{EXTRAS})?"
_NUMBERS = r"v?(?:\d+!)?\d+(?:\.\d+)*"
_SUFFIX = (
    r"(?:[-_.]?(?:alpha|beta|preview|pre|rc|a|b|c)[-_.]?\d*)?"
    r"(?:-\d+|[-_.]?(?:post|rev|r)[-_.]?\d*)?(?:[-_.]?dev[-_.]?\d*)?"
)
_LOCAL = r"(?:\+[A-Z0-9]+(?:[-_.][A-Z0-9]+)*)?"
_FLAGS = re.IGNORECASE | re.ASCII
NAMED = re.compile(rf"{_HEAD}\s*(?P<specifier>[=<>!~(].*)?", _FLAGS)
_CLAUSE = re.compile(
    r"\s*(?P<operator>~=|[=<>!]=|[<>])\s*"
    rf"(?P<numbers>{_NUMBERS})(?P<suffix>{_SUFFIX})(?P<end>\.\*|{_LOCAL})\s*"
    r"|\s*===\s*[^\s;)]+\s*",
    _FLAGS,
)
COMMENT = re.compile(r"(?:^|(?<=\s))#.*")
FIRST_OPTION = re.compile(r"(?:^\s*|(?<= ))(?=-)")
DIRECT = rf"(?ia){_HEAD}\s*@\s*(?P<url>\S+)\s*"
ADDRESS = (
    r"(?i)\s*(?:https?|ftp|file|git\+(?:https?|ssh|git|file)|hg\+(?:https?|ssh|file|static-http)"
    r"|svn\+(?:https?|ssh|svn|file)|bzr\+(?:https?|ssh|sftp|ftp|lp|file)):"
)
VERSION_VARIABLE = r"([=<>])\s*\$\{[A-Z0-9_]+\}"
PATH = r"\s*(?:\.|[\\/]|[A-Za-z]:[\\/]|[^\s=<>!~@;:]+[\\/])"
ARCHIVE = (
    r"(?i)[^\s=<>!~@;]+\.(?:whl|zip|tar|tgz|tbz|txz|tlz|tar\.(?:gz|bz2|xz|lz|lzma))(?:\[[^\]]*\])?"
)
PATH_EXTRAS = rf"(?ia)(?P<path>.+?){EXTRAS}"
_WHEEL = r"(?ia)(?P<name>[A-Z0-9][A-Z0-9._]*)-(?P<version>[^-]+)(?:-\d[^-]*)?(?:-[^-]+){3}\.whl"


def specifier_of(text: str) -> str | None:
    """The clauses of `text` without blanks and parentheses; None when PEP 440 refuses one."""
    inner = text.strip()
    if inner.startswith("(") and inner.endswith(")"):
        inner = inner[1:-1].strip()
    clauses = inner.removesuffix(",").split(",")
    if not all(map(_is_clause, clauses)):
        return None
    return "".join(",".join(clauses).split())


def _is_clause(text: str) -> bool:
    match = _CLAUSE.fullmatch(text)
    if match is None:
        return False
    operator, end = match["operator"], match["end"]
    if end and operator not in {"==", "!="}:
        return False
    if end == ".*" and match["suffix"]:
        return False
    return operator != "~=" or "." in match["numbers"]


def canonical(name: str) -> str:
    """The one spelling of a distribution's or an extra's name, by PEP 503 and PEP 685."""
    return re.sub(r"[-_.]+", "-", name).lower()


def extras(match: re.Match[str]) -> tuple[str, ...]:
    """The canonical names in the group `extras` of `match`."""
    names = (match["extras"] or "").split(",")
    return tuple(dict.fromkeys(canonical(each.strip()) for each in names if each.strip()))


def without_comment(text: str) -> str:
    """The one line of `text`; offsets stay those of `text`."""
    line = COMMENT.sub("", text.replace("\\\n", "  ").rstrip()).rstrip()
    if not line:
        raise InvalidRequirement("remove the empty item")
    if "\n" in line.lstrip():
        raise InvalidRequirement("make each line an item of its own", line.rindex("\n") + 1)
    if line.endswith("\\"):
        raise InvalidRequirement("put what follows `\\` on the same line", len(line) - 1)
    return line


def check_marker(marker: str, text: str) -> None:
    """Refuse what is no environment marker; `text` is the line that holds it."""
    from packaging.markers import InvalidMarker, Marker

    try:
        Marker(marker)
    except InvalidMarker as error:
        raise InvalidRequirement(
            "behind `;` stands a condition such as `python_version < '3.12'`", text.index(marker)
        ) from error


def revision(url: str, line: str) -> str | None:
    """What follows the last `@` of the path, see `VersionControl.get_url_rev_and_auth`."""
    path = url.partition("#")[0].partition("?")[0].partition("://")[2].partition("/")[2]
    before, at, revision = path.rpartition("@")
    if at and not revision:
        column = line.index(before + at) + len(before)
        raise InvalidRequirement("name a branch, tag or commit behind `@`", column)
    return revision or None if at else None


def named_by(address: str) -> tuple[str | None, str]:
    """The canonical name that a wheel's file name or `#egg=` tells, and the wheel's `==version`."""
    file = re.split("[#?]", address, maxsplit=1)[0].replace("\\", "/").rpartition("/")[2]
    if file.lower().endswith(".whl") and "$" not in file:
        wheel = re.fullmatch(_WHEEL, file.replace("%2B", "+"))
        if wheel is None or not _is_clause(f"=={wheel['version']}"):
            raise InvalidRequirement("name the wheel `name-version-python-abi-platform.whl`")
        return canonical(wheel["name"]), f"=={wheel['version']}"
    egg = re.search(r"[#&]egg=([^&]*)", address)
    if egg is None:
        return None, ""
    if not re.fullmatch(NAME, egg[1], re.IGNORECASE):
        raise InvalidRequirement(f"write `{egg[1]} @ URL`: `#egg=` takes only a name", egg.start(1))
    return canonical(egg[1]), ""


_SPEC = rf"\s*(?P<name>(?>{NAME}(?:\s*{EXTRAS})?))"
# What people write instead, and what to write; the group `at` is where reading stops.
_MISREADINGS = (
    (
        r"[^\s=<>]*(?P<at>::)",
        "`channel::` is conda's spelling: drop it, or move the line to `dependencies:`",
    ),
    (
        rf"{_SPEC}\s*(?P<at>\[)(?:version|build|channel)\b.*",
        "`[version=...]` is conda's spelling: write `{name}==1.2.3`",
    ),
    (r"\s*(?P<at>pip3?)\s+install\s.*", "write only what follows `pip install`"),
    (
        r"\s*(?P<at>(?:git\+)?(?:ssh://)?[a-z]+@[\w.-]+:|ssh://|git://).*",
        "write `git+ssh://git@host/path` or `git+https://host/path`",
    ),
    (
        rf"{_SPEC}\s*@\s*(?P<at>(?P<version>\d\S*))",
        "behind `@` stands a URL: write `{name}=={version}`",
    ),
    (
        rf"{_SPEC}\s*@\s*(?P<at>\S+)\s*$",
        "behind `@` stands a URL: write `git+https://...`, `https://...` or `file:///...`",
    ),
    (r"\s*(?P<at>~[\\/]).*", "write the whole path: pip does not expand `~`"),
    (
        rf"{_SPEC}\s*(?P<at>=)\s*(?P<version>[^=<>~!\s,|]+)(?:=\S*)?",
        "a single `=` is conda's spelling: write `{name}=={version}`",
    ),
    (rf"{_SPEC}\s+(?P<at>(?P<version>\d[^\s,|]*))", "write `{name}=={version}`"),
    (r".*?(?P<at>\|)", "pip knows no `or`: write one range, its parts separated by commas"),
    (r".*?(?P<at>=(?P<side>[<>]))", "write `{side}=`"),
    (r".*?(?P<at><>)", "write `!=`"),
    (
        rf".*?(?P<at>(?P<operator>[<>]=?)\s*(?P<version>{_NUMBERS})\.?\*)",
        "only `==` and `!=` take a wildcard: write `{operator}{version}`",
    ),
    (
        rf".*?(?P<at>(?P<operator>~=|[<>]=?)\s*(?P<version>{_NUMBERS}{_SUFFIX})\+)",
        "only `==` and `!=` take a local version: write `{operator}{version}`",
    ),
    (
        r".*?(?P<at>~=\s*(?P<version>\d+)\s*(?:[,;].*)?$)",
        "`~=` needs two numbers: write `~={version}.0`",
    ),
    (rf"{_SPEC}[^,]*[\w*]\s+(?P<at>[<>=!~])", "put a comma between the versions"),
    (
        rf"{_SPEC}\s*[=!<>~]=?=?\s*(?P<at>(?P<version>[^\s=,;]+))",
        "`{version}` is no version for pip: write numbers, such as `1.26.4`",
    ),
)


def misread(body: str) -> InvalidRequirement:
    """Why pip can not read `body`, a requirement without options and marker."""
    for pattern, advice in _MISREADINGS:
        match = re.match(pattern, body, _FLAGS)
        if match is not None:
            return InvalidRequirement(advice.format_map(match.groupdict()), match.start("at"))
    head = re.match(_HEAD, body, _FLAGS)
    return InvalidRequirement(
        "write a name and versions, such as `numpy==1.26.4` or `numpy>=1.26,<2`",
        head.end() if head else 0,
    )

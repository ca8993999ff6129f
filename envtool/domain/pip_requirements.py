"""One line of the `pip:` section of an environment file.

conda writes the section to a file and calls `pip install -r` on it. The grammar is therefore
that of pip 26 (`pip/_internal/req/req_file.py` and `constructors.py`) and, for names, versions
and markers, that of PEP 508 and PEP 440. Nothing here looks at disk or environment variables.
"""

import re
from dataclasses import dataclass, replace
from enum import StrEnum

from envtool.conda_versions import Strictness
from envtool.domain.pip_grammar import (
    ADDRESS,
    ARCHIVE,
    DIRECT,
    FIRST_OPTION,
    NAMED,
    PATH,
    PATH_EXTRAS,
    VERSION_VARIABLE,
    InvalidRequirement,
    canonical,
    check_marker,
    extras,
    misread,
    named_by,
    revision,
    specifier_of,
    without_comment,
)
from envtool.domain.pip_options import PipOption, read_options

__all__ = [
    "InvalidRequirement",
    "PipOption",
    "PipRequirement",
    "RequirementKind",
    "parse_pip_requirement",
    "requirement_strictness",
]


class RequirementKind(StrEnum):
    """What a line asks for."""

    NAMED = "named"
    URL = "url"
    VCS = "vcs"
    PATH = "path"
    REQUIREMENTS_FILE = "requirements-file"
    CONSTRAINTS_FILE = "constraints-file"
    OPTION = "option"


@dataclass(frozen=True, slots=True, kw_only=True)
class PipRequirement:
    """What one line says.

    Attributes:
        kind: what the line asks for.
        name: the distribution, canonical by PEP 503, where the line tells it.
        extras: canonical, in the order of the line.
        specifier: version clauses as written but without blanks; for a wheel its version.
            Empty when there is none, or when an environment variable holds the version.
        marker: as written.
        url: where it comes from, as written: a URL with its fragment, or a path.
        revision: the branch, tag or commit of a VCS URL.
        editable: whether `-e` stands before it.
        options: the other options, the one that gives the line its kind first. Those on the
            line of a requirement are ignored by pip, but for `--config-settings`.
        hashes: `algorithm:digest` of `--hash` and of the URL's fragment, strong ones only.
    """

    kind: RequirementKind
    name: str | None = None
    extras: tuple[str, ...] = ()
    specifier: str = ""
    marker: str | None = None
    url: str | None = None
    revision: str | None = None
    editable: bool = False
    options: tuple[PipOption, ...] = ()
    hashes: tuple[str, ...] = ()

    @property
    def option(self) -> str | None:
        """The long name of the first option."""
        return self.options[0].name if self.options else None

    @property
    def argument(self) -> str | None:
        """What the first option is given: a file, a URL, a host."""
        return self.options[0].argument if self.options else None

    @property
    def is_commit(self) -> bool:
        """Whether `revision` is a full hash (SHA-1 or SHA-256), which can not be moved."""
        return re.fullmatch("[0-9a-fA-F]{40}|[0-9a-fA-F]{64}", self.revision or "") is not None

    @property
    def is_exact(self) -> bool:
        """Whether the only clause is `===`, or `==` without wildcard."""
        clauses = _CLAUSE.findall(self.specifier)
        return len(clauses) == 1 and _fixed_parts(*clauses[0]) == _ALL_PARTS


def parse_pip_requirement(text: str) -> PipRequirement:
    """Read one item of the `pip:` section.

    Raises:
        InvalidRequirement: pip would refuse the line, drop a part of it without a word, or take
            it for something else (`requirements.txt` is a package name to pip).
    """
    simple = NAMED.fullmatch(text)
    if simple is not None and not simple["name"].lower().endswith(_FILE_ENDINGS):
        found = _named(simple, simple["specifier"])
        if found is not None:
            return found
    line = without_comment(text)
    start = FIRST_OPTION.search(line)
    if start is None:
        return _requirement(line)
    return _with_options(line[: start.start()].rstrip(), read_options(line, start.end()), line)


def requirement_strictness(requirement: PipRequirement) -> Strictness:
    """How far the line fixes what gets installed, by PEP 440's semantics.

    `>=1.4` or `<2` alone is LOWER; both sides, `~=1.4` or `==1.*` COMPATIBLE; `~=1.4.2` or
    `==1.4.*` MINOR; `==1.4.2` or a commit FULL; with hashes BUILD; anything else NONE.
    """
    if requirement.hashes:
        return Strictness.BUILD
    if requirement.is_commit:
        return Strictness.FULL
    clauses = _CLAUSE.findall(requirement.specifier)
    fixed = max((_fixed_parts(*clause) for clause in clauses), default=0)
    if fixed:
        ladder = {1: Strictness.COMPATIBLE, _ALL_PARTS: Strictness.FULL}
        return ladder.get(fixed, Strictness.MINOR)
    sides = {operator[0] for operator, _ in clauses} - {"!"}
    return (Strictness.NONE, Strictness.LOWER, Strictness.COMPATIBLE)[len(sides)]


_CLAUSE = re.compile(r"(===|~=|[=<>!]=|[<>])([^,]+)")
# More leading numbers of a version than anyone writes: all of them are fixed.
_ALL_PARTS = 1000


def _fixed_parts(operator: str, version: str) -> int:
    """How many leading numbers of the release a clause fixes; 0 when it is a bound."""
    if operator == "~=":
        return len(re.findall(r"\.\d+", re.sub(r"(?i)[-_.]?(?:post|dev).*", "", version)))
    if operator == "==" and version.endswith(".*"):
        return version.count(".")
    return _ALL_PARTS if operator in {"==", "==="} else 0


# A bare name that ends so may mean a file: `foo.whl` and `requirements.txt` need a second look.
_FILE_ENDINGS = (".txt", ".whl", ".zip", "tar", "gz", "bz2", "xz", "lz", "lzma", ".tbz", ".tlz")


def _named(match: re.Match[str], clauses: str | None) -> PipRequirement | None:
    specifier = specifier_of(clauses) if clauses else ""
    if specifier is None:
        return None
    return PipRequirement(
        kind=RequirementKind.NAMED,
        name=canonical(match["name"]),
        extras=extras(match),
        specifier=specifier,
    )


def _requirement(text: str) -> PipRequirement:
    """A requirement without options; blanks before it count as columns."""
    separator = r";\s" if re.match(ADDRESS, text) else ";"
    body, *rest = re.split(separator, text, maxsplit=1)
    marker = "".join(rest).strip() or None
    if marker is not None:
        check_marker(marker, text)
    return replace(_without_marker(body.rstrip()), marker=marker)


def _without_marker(body: str) -> PipRequirement:
    if re.match(ADDRESS, body):
        return _at_address(body.strip(), body)
    direct = re.fullmatch(DIRECT, body)
    if direct is not None:
        return _direct(direct)
    if (re.match(PATH, body) or re.fullmatch(ARCHIVE, body.strip())) and "::" not in body:
        return _at_path(body.strip())
    return _by_name(body)


def _by_name(body: str) -> PipRequirement:
    match = NAMED.fullmatch(body)
    if match is None:
        raise misread(body)
    if match["name"].lower().endswith(".txt"):
        raise InvalidRequirement(
            f"write `-r {match['name']}`: pip takes a bare name for that of a package",
            match.start("name"),
        )
    found = _named(match, match["specifier"])
    if found is None:
        found = _named(match, re.sub(VERSION_VARIABLE, r"\g<1>0.0", match["specifier"]))
        if found is None:
            raise misread(body)
        return replace(found, specifier="")
    return found


def _direct(match: re.Match[str]) -> PipRequirement:
    url = match["url"]
    if not re.match(ADDRESS, url) and not url.startswith("${"):
        raise misread(match.string)
    found = _at_address(url, match.string)
    return replace(found, name=canonical(match["name"]), extras=extras(match), specifier="")


def _at_address(url: str, line: str) -> PipRequirement:
    scheme = url.partition(":")[0].lower()
    if scheme == "file":
        return _at_path(url)
    hashes = re.findall(r"[#&](sha(?:256|384|512)=[0-9a-fA-F]+)", url)
    name, specifier = named_by(url)
    return PipRequirement(
        kind=RequirementKind.VCS if "+" in scheme else RequirementKind.URL,
        name=name,
        specifier=specifier,
        url=url,
        revision=revision(url, line) if "+" in scheme else None,
        hashes=tuple(each.replace("=", ":").lower() for each in hashes),
    )


def _at_path(text: str) -> PipRequirement:
    match = re.fullmatch(PATH_EXTRAS, text)
    path = match["path"].rstrip() if match else text
    name, specifier = named_by(path)
    return PipRequirement(
        kind=RequirementKind.PATH,
        name=name,
        specifier=specifier,
        extras=extras(match) if match else (),
        url=path,
    )


def _with_options(body: str, options: tuple[PipOption, ...], line: str) -> PipRequirement:
    hashes = tuple(each.argument or "" for each in options if each.name == "--hash")
    targets = [each.argument or "" for each in options if each.name == "--editable"]
    others = tuple(each for each in options if each.name not in {"--hash", "--editable"})
    if len(targets) + bool(body) > 1:
        raise InvalidRequirement("make each requirement an item of its own", len(body))
    if targets:
        found = _editable(targets[0], line)
    elif body:
        found = _requirement(body)
    else:
        return _option_line(options)
    return replace(found, options=others, hashes=(*hashes, *found.hashes))


_FILES = {
    "--requirement": RequirementKind.REQUIREMENTS_FILE,
    "--constraint": RequirementKind.CONSTRAINTS_FILE,
}


def _option_line(options: tuple[PipOption, ...]) -> PipRequirement:
    if options[0].name == "--hash":
        raise InvalidRequirement("write `--hash` behind its requirement, on the same line")
    # pip opens the first file, and a requirements file before a constraints file.
    first = min(options, key=lambda each: (*_FILES, each.name).index(each.name))
    rest = tuple(each for each in options if each is not first)
    kind = _FILES.get(first.name, RequirementKind.OPTION)
    return PipRequirement(kind=kind, options=(first, *rest))


def _editable(target: str, line: str) -> PipRequirement:
    """What `-e` points at: see `parse_editable` in `pip/_internal/req/constructors.py`."""
    column = max(line.find(target), 0)
    url = f"git+{target}" if target.lower().startswith("git:") else target
    is_folder = re.fullmatch(r"[\w.-]+(?:\[[^\]]*\])?", url)
    found = _at_path(url) if is_folder else _requirement(url.rjust(len(url) + column))
    if found.kind not in {RequirementKind.VCS, RequirementKind.PATH}:
        raise InvalidRequirement(
            "behind `-e` stands a folder or `git+https://...`; remove `-e`", column
        )
    if found.kind is RequirementKind.VCS and found.name is None:
        raise InvalidRequirement("write `name @ ` before the URL: pip needs the name", column)
    return replace(found, editable=True)

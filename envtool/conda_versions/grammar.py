"""The grammar of constraints on versions, after conda's page on match specifications."""

import re
from typing import NamedTuple

from envtool.conda_versions.order import InvalidVersion, Version, version_of


class Leaf(NamedTuple):
    """One comparison: `operator` is one of conda's, `*` (anything), `!=*` or `^` (a pattern)."""

    operator: str
    version: Version | None = None
    pattern: re.Pattern[str] | None = None


class Branch(NamedTuple):
    """Constraints joined by `,` or `|`."""

    joint: str
    children: "tuple[Tree, ...]"


Tree = Leaf | Branch

_TOKENS = re.compile(r"\^[^$]*\$|[()|,]|[^()|,]+")
_COMPARISON = re.compile(r"(==|!=|<=|>=|~=|<|>|=)(?![=<>!~])(.+)")
# Deeper than anybody writes; keeps a hostile text from using up the stack.
_DEEPEST = 20


def parsed(text: str) -> Tree:
    """The constraint in `text`, which holds no blanks; raises `InvalidVersion`."""
    tokens = _TOKENS.findall(text)
    tree, rest = _either(tokens, 0, text, 0)
    if rest != len(tokens):
        raise InvalidVersion(f"`{text}` closes a parenthesis that it did not open")
    return tree


def _either(tokens: list[str], start: int, text: str, depth: int) -> tuple[Tree, int]:
    """Alternatives from `start` on; the index behind them."""
    children, at = [], start
    while True:
        child, at = _all(tokens, at, text, depth)
        children.append(child)
        if at >= len(tokens) or tokens[at] != "|":
            return (children[0] if len(children) == 1 else Branch("|", tuple(children))), at
        at += 1


def _all(tokens: list[str], start: int, text: str, depth: int) -> tuple[Tree, int]:
    children, at = [], start
    while True:
        child, at = _one(tokens, at, text, depth)
        children.append(child)
        if at >= len(tokens) or tokens[at] != ",":
            return (children[0] if len(children) == 1 else Branch(",", tuple(children))), at
        at += 1


def _one(tokens: list[str], at: int, text: str, depth: int) -> tuple[Tree, int]:
    if at >= len(tokens) or tokens[at] in {")", "|", ","}:
        raise InvalidVersion(f"`{text}` lacks a version" if text else "the version is empty")
    if tokens[at] != "(":
        return _leaf(tokens[at]), at + 1
    if depth >= _DEEPEST:
        raise InvalidVersion("the parentheses are nested too deep")
    tree, at = _either(tokens, at + 1, text, depth + 1)
    if at >= len(tokens) or tokens[at] != ")":
        raise InvalidVersion(f"`{text}` opens a parenthesis that it does not close")
    return tree, at + 1


def _leaf(text: str) -> Leaf:
    if text[0] == "^" or text[-1] == "$":
        return _pattern(text)
    if text[0] in "=<>!~":
        return _comparison(text)
    bare = text.rstrip("*")
    if not bare:
        return Leaf("*")
    if "*" in bare:
        parts = (re.escape(part) for part in text.split("*"))
        return Leaf("^", pattern=re.compile(f"(?:{'.*'.join(parts)})$"))
    if bare != text:
        return Leaf("=", version_of(bare.removesuffix(".")))
    return Leaf("==", version_of(text))


def _pattern(text: str) -> Leaf:
    if text[0] != "^" or text[-1] != "$":
        raise InvalidVersion(f"`{text}` has to start with `^` and end with `$`")
    try:
        return Leaf("^", pattern=re.compile(text))
    except (re.error, OverflowError, RecursionError) as error:
        raise InvalidVersion(f"`{text}` is no regular expression") from error


def _comparison(text: str) -> Leaf:
    match = _COMPARISON.fullmatch(text)
    if match is None:
        raise InvalidVersion(_bad_operator(text))
    operator, version = match.groups()
    is_series = version.endswith("*")
    version = version.rstrip("*").removesuffix(".") if is_series else version
    if not version:
        return Leaf("*") if operator in {"=", "==", ">="} else _refused(text)
    if operator == "~=" and (is_series or "." not in version):
        return _refused(text)
    if is_series and operator == "!=":
        operator = "!=*"
    elif is_series and operator == "==":
        operator = "="
    return Leaf(operator, version_of(version))


def _refused(text: str) -> Leaf:
    raise InvalidVersion(f"`{text}` compares with nothing")


def _bad_operator(text: str) -> str:
    operator = text[: len(text) - len(text.lstrip("=<>!~"))]
    rest = text[len(operator) :]
    if not rest:
        return f"the version behind `{operator}` is missing"
    turned = {"=>": ">=", "=<": "<=", "===": "==", "=!": "!=", "=~": "~="}.get(operator)
    hint = f"write `{turned}{rest}`" if turned else "conda knows == = != < <= > >= ~="
    return f"`{operator}` is no operator: {hint}"

"""The shape of what a policy asks of signatures, and what makes one such table weaker."""

from collections.abc import Iterator, Mapping
from typing import Any

from envtool.domain.channels import parse_channel
from envtool.domain.policy.collections import Record, Table
from envtool.domain.policy.records import SignatureMode, Signing, Vendored
from envtool.domain.policy.shapes import KeyPath, Report, dotted
from envtool.domain.results import Json

# Stands for every channel that has no line of its own.
OTHERS = "*"
_NOTHING = Signing(SignatureMode.OFF)
_ORDER = tuple(SignatureMode)


class SigningRecord(Record):
    """Who has to have signed; one that demands signatures has to say whose.

    Everybody gets a certificate from Sigstore: a signature of nobody in particular proves
    nothing.
    """

    def read(self, value: object, path: KeyPath, report: Report) -> Signing | None:
        """See `Shape.read`."""
        found: Signing | None = super().read(value, path, report)
        if found is None or found.mode is not SignatureMode.REQUIRE:
            return found
        for key in ("publisher", "issuer"):
            if getattr(found, key) is None:
                report.problem(
                    path,
                    f"`{dotted(path)}` requires signatures, and lacks `{key}`: anybody can sign",
                    'write `publisher = "https://github.com/OWNER/*"` and '
                    '`issuer = "https://token.actions.githubusercontent.com"`',
                )
                return None
        return found

    def schema(self) -> dict[str, Json]:
        """See `Shape.schema`."""
        demanding: dict[str, Json] = {"properties": {"mode": {"const": "require"}}}
        return super().schema() | {
            "if": demanding,
            "then": {"required": ["publisher", "issuer"]},
        }


class SignatureTable(Table):
    """From channels to what is asked of their signatures; `*` is for all that are not named."""

    def weaker(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, ...]:
        """See `Shape.weaker`; by what holds for each channel, wherever that is written."""
        named = dict.fromkeys((*old, *new))
        return tuple(
            f"{change} for `{name}`"
            for name in named
            for change in _changes(signing_of(old, name), signing_of(new, name))
        )


class TrustRootRecord(Record):
    """Who may vouch for those who sign; another one may vouch for anybody."""

    def weaker(self, old: Vendored | None, new: Vendored | None) -> tuple[str, ...]:
        """See `Shape.weaker`."""
        return (f"is `{_named(new)}` instead of `{_named(old)}`",) if old != new else ()


def signing_of(table: Mapping[str, Signing], channel: str) -> Signing:
    """What is asked of the packages of `channel`, a name or a URL, by the first line for it."""
    wanted = parse_channel(channel)
    for name, signing in table.items():
        if name == channel or (name != OTHERS and parse_channel(name).covers(wanted)):
            return signing
    return table.get(OTHERS, _NOTHING)


def _changes(old: Signing, new: Signing) -> Iterator[str]:
    if _ORDER.index(new.mode) > _ORDER.index(old.mode):
        yield f"is `{new.mode}` instead of `{old.mode}`"
    elif old.mode is not SignatureMode.OFF:
        for key in ("publisher", "issuer"):
            before, after = getattr(old, key), getattr(new, key)
            if before is not None and after != before:
                yield f"takes {_quoted(after)} as `{key}` instead of `{before}`"


def _quoted(value: str | None) -> str:
    return "anybody" if value is None else f"`{value}`"


def _named(root: Vendored | None) -> str:
    return "embedded" if root is None else f"{root.path}@sha256:{root.sha256[:12]}"

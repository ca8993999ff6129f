"""Licences: read from what channels write, judged by the lists of a policy."""

import pytest

from envtool.adapters.shipped import ShippedLists
from envtool.domain.licenses import (
    Ambiguous,
    Both,
    Either,
    Expression,
    License,
    LicenseNames,
    NoLicense,
    Verdict,
    judge_license,
)
from envtool.domain.policy.records import LicenseLists

NAMES = ShippedLists().licenses()
MIT, ISC, APACHE = License("MIT"), License("ISC"), License("Apache-2.0")
GPL2 = tuple(License(f"GPL-2.0-{each}") for each in ("only", "or-later"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("MIT", MIT),
        (" mit ", MIT),
        ("Apache 2.0", APACHE),
        ("apache   2.0", APACHE),
        ("LicenseRef-Ours", License("LicenseRef-Ours")),
        ("licenseref-Ours", License("LicenseRef-Ours")),
        ("Apache-2.0+", License("Apache-2.0+")),
        ("apache-2.0 with llvm-exception", License("Apache-2.0", "LLVM-exception")),
        ("MIT OR ISC AND Apache-2.0", Either((MIT, Both((ISC, APACHE))))),
        ("(MIT or ISC) and Apache-2.0", Both((Either((MIT, ISC)), APACHE))),
        ("((MIT))", MIT),
        ("MIT license or ISC", Either((MIT, ISC))),
        ("Apache 2.0 or MIT", Either((APACHE, MIT))),
        ("MIT, BSD", Both((MIT, NAMES.read("BSD")))),
        ("GPL-2.0", License("GPL-2.0-only")),
        ("GPL-2.0+", License("GPL-2.0-or-later")),
        ("GPL-2.0 WITH Classpath-exception-2.0", License("GPL-2.0-only", "Classpath-exception-2.0")),
        ("GPL-3.0-with-GCC-exception", License("GPL-3.0-only", "GCC-exception-3.1")),
        ("GPL v2", Ambiguous("GPL v2", GPL2)),
        ("GPL v2 AND MIT", Both((Ambiguous("GPL v2", GPL2), MIT))),
        ("Custom", NoLicense("Custom")),
        ("MIT AND Custom", Both((MIT, NoLicense("Custom")))),
        ("MIT WITH exceptions", NoLicense("MIT WITH exceptions")),
        ("Perl 5 WITH LLVM-exception", NoLicense("GPL-1.0-or-later OR Artistic-1.0-Perl WITH LLVM-exception")),
        ("GPL v2 WITH LLVM-exception", NoLicense("GPL v2 WITH LLVM-exception")),
        *((text, NoLicense(text)) for text in ("MIT AND", "OR MIT", "(MIT", "MIT)", "MIT (ISC)", "()", "MIT WITH", "MIT AND AND ISC")),
        *((text, NoLicense(text)) for text in ("", "\x00", "MIT/ISC", "../../LICENSE", "[red]MIT[/red]")),
        ("(" * 21 + "MIT" + ")" * 21, NoLicense("(" * 21 + "MIT" + ")" * 21)),
        ("MIT " * 600, NoLicense("MIT " * 600)),
    ],
)  # fmt: skip
def test_reading(text: str, expected: Expression) -> None:
    assert NAMES.read(text) == expected


def test_a_nuisance_is_no_recursion() -> None:
    assert isinstance(NAMES.read("(" * 100_000), NoLicense)
    assert NAMES.read(" AND ".join(["MIT"] * 200)) == Both((MIT,) * 200)


@pytest.mark.parametrize("text", [None, "", "  ", "None", "NONE", "unknown"])
def test_nothing_is_said(text: str | None) -> None:
    assert NAMES.says_nothing(text)


def test_without_the_shipped_names_spdx_is_read_all_the_same() -> None:
    assert LicenseNames().read("mit") == MIT
    assert LicenseNames().read("Apache 2.0") == NoLicense("Apache 2.0")
    assert not LicenseNames().says_nothing("None")


A, R, AMB, U, N, D = Verdict
GCC = "GPL-3.0-only WITH GCC-exception-3.1"


@pytest.mark.parametrize(
    ("text", "lists", "verdict", "operands", "reasons"),
    [
        ("MIT", {}, A, ("MIT",), ()),
        ("MIT", {"allow": ("MIT",)}, A, ("MIT",), ("MIT",)),
        ("MIT", {"allow": ("ISC",)}, N, ("MIT",), ()),
        ("MIT", {"deny": ("MIT",), "review": ("MIT",), "allow": ("MIT",)}, D, ("MIT",), ("MIT",)),
        ("MIT", {"review": ("M*",), "allow": ("MIT",)}, R, ("MIT",), ("M*",)),
        ("MIT", {"deny": ("mit",)}, D, ("MIT",), ("mit",)),
        ("GPL-3.0", {"deny": ("GPL-3.0-only",)}, D, ("GPL-3.0-only",), ("GPL-3.0-only",)),
        ("GPL-2.0-or-later", {"deny": ("GPL-2.0-only",)}, A, ("GPL-2.0-or-later",), ()),
        ("Apache-2.0+", {"deny": ("Apache-2.0",)}, D, ("Apache-2.0+",), ("Apache-2.0",)),
        ("Apache-2.0+", {"deny": ("Apache-2.0+",)}, D, ("Apache-2.0+",), ("Apache-2.0+",)),
        ("Apache-2.0", {"deny": ("Apache-2.0+",)}, A, ("Apache-2.0",), ()),
        # Better side of OR, worse side of AND.
        ("MIT OR GPL-3.0-only", {"deny": ("GPL-*",)}, A, ("MIT",), ()),
        ("MIT AND GPL-3.0-only", {"deny": ("GPL-*",)}, D, ("GPL-3.0-only",), ("GPL-*",)),
        ("MIT OR ISC", {"deny": ("MIT", "I*")}, D, ("MIT", "ISC"), ("MIT", "I*")),
        ("MIT OR ISC", {"deny": ("MIT",), "review": ("ISC",)}, R, ("ISC",), ("ISC",)),
        ("MIT AND (ISC OR Zlib)", {"allow": ("MIT", "Zlib")}, A, ("MIT", "Zlib"), ("MIT", "Zlib")),
        ("MIT AND (ISC OR 0BSD)", {"allow": ("MIT", "Zlib")}, N, ("ISC", "0BSD"), ()),
        ("MIT OR Custom", {"allow": ("MIT",)}, A, ("MIT",), ("MIT",)),
        ("ISC OR Custom", {"deny": ("ISC",)}, U, ("Custom",), ()),
        ("ISC AND Custom", {"deny": ("ISC",)}, D, ("ISC",), ("ISC",)),
        # Exceptions.
        (GCC, {"deny": ("GPL-3.0*",)}, D, (GCC,), ("GPL-3.0*",)),
        (GCC, {"deny": ("GPL-3.0*",), "allow": ("GPL-* WITH GCC-exception-*",)}, A, (GCC,), ("GPL-* WITH GCC-exception-*",)),
        (GCC, {"deny": ("* WITH GCC*",), "allow": (GCC,)}, D, (GCC,), ("* WITH GCC*",)),
        (GCC, {"allow": ("GPL-3.0-only",)}, A, (GCC,), ("GPL-3.0-only",)),
        ("GPL-3.0-only", {"allow": (GCC,)}, N, ("GPL-3.0-only",), ()),
        # A family is what its members have in common.
        ("BSD", {"allow": ("BSD-*",)}, A, ("BSD",), ("BSD-*",)),
        ("BSD", {"allow": ("BSD-3-Clause",)}, AMB, ("BSD",), ("BSD-2-Clause", "BSD-3-Clause", "BSD-4-Clause")),
        ("GPL", {"deny": ("GPL-*",)}, D, ("GPL",), ("GPL-*",)),
        ("GPL AND BSD", {"deny": ("GPL-1*", "GPL-2*", "GPL-3*")}, D, ("GPL",), ("GPL-1*", "GPL-2*", "GPL-3*")),
    ],
)  # fmt: skip
def test_judging(
    text: str,
    lists: dict[str, tuple[str, ...]],
    verdict: Verdict,
    operands: tuple[str, ...],
    reasons: tuple[str, ...],
) -> None:
    judged = judge_license(NAMES.read(text), LicenseLists(**lists))
    assert judged == (verdict, operands, reasons)

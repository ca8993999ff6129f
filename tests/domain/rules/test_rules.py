"""Each rule on texts that break it and texts that do not."""

import pytest

from envtool.domain.policy.records import Level
from envtool.domain.rules import RULES
from tests.judging import environment as env
from tests.judging import found, judged, lines

# Rule -> production file, and the lines on which it speaks. `env(...)` has `channels:` in
# line 1, `dependencies:` in line 2 and the first dependency in line 3.
CASES: list[tuple[str, str, list[int]]] = [
    ("env.parse", env("numpy=>1.26"), [3]),
    ("env.parse", env("- nested"), [3]),
    ("env.parse", env("42"), [3]),
    ("env.parse", env("~"), [3]),
    ("env.parse", env("numpy", "pip: flask"), [4]),
    ("env.parse", env("pip: [[a], ~, flask, 'numpy=1.26']"), [3, 3, 3]),
    ("env.parse", env("sel(linux): {a: b}"), [3]),
    ("env.parse", "name: 1.5\nchannels: conda-forge\ndependencies: []\n", [1, 2]),
    ("env.parse", "name: [x]\nchannels: [[x]]\ndependencies: []\n", [1, 2]),
    ("env.parse", "variables: [x]\ndependencies: []\n", [1]),
    ("env.parse", "variables: {A: [x]}\ndependencies: []\n", [1]),
    ("env.parse", "dependencies: []\ndependencies: [a]\n", [2]),
    ("env.parse", "dependencies:\n", [1]),
    ("env.parse", env("numpy", "r-base 4.*", "sel(win): pywin32", "sel(osx): [a, b]"), []),
    ("env.parse", "name: ~\nvariables: ~\nchannels: ~\ndependencies: []\n", []),
    ("env.parse", env("pip:"), []),
    ("env.unknown-key", env("numpy", dependancies="[]", category="x", platforms="[]"), [2]),
    ("env.unknown-key", env("a", **{"pip-repositories": "[]", "allow-pypi-requests": "x"}), []),
    ("env.unknown-key", env("conda: x"), [3]),
    ("env.prefix-key", env("numpy", prefix="/home/me"), [2]),
    ("env.base-target", env("numpy", name="base"), [2]),
    ("env.base-target", env("numpy", name="root"), [2]),
    ("env.base-target", env("numpy", name="basement"), []),
    ("env.python-missing", env("pip", "pip: [a]"), [4]),
    ("env.python-missing", env("python=3.12", "pip: [a]"), []),
    ("env.python-missing", env("r-base"), []),
    ("env.pip-without-pip", env("python=3.12", "pip: [a]"), [4]),
    ("env.pip-without-pip", env("pip", "pip: [a]"), []),
    ("env.pip-without-pip", env("python", "pip: []"), []),
    ("env.duplicate", env("numpy", "scipy", "numpy"), [5]),
    ("env.duplicate", env("numpy", "numpy", "numpy"), [4, 5]),
    ("env.duplicate", env("'*[md5=0]'", "'*[md5=1]'"), []),
    ("env.duplicate", env("numpy=1.26", "pip: [NumPy]"), [4]),
    ("env.duplicate", env("pytorch", "pip: [torch]"), [4]),
    ("env.duplicate", env("pip: [torch]", "pytorch"), [3]),
    ("env.duplicate", env("matplotlib", "matplotlib-base"), []),
    ("env.duplicate", env("tzdata", "pip: [tzdata]"), []),
    ("env.duplicate", env("numpy  # [linux]", "numpy  # [win]"), []),
    ("env.duplicate", env("sel(linux): numpy", "sel(win): numpy"), []),
    ("env.duplicate", env("sel(linux): numpy", "numpy"), [4]),
    ("env.duplicate", env("numpy=1.26", "numpy=2.0"), []),
    ("env.contradiction", env("numpy=1.26", "numpy=2.0"), [4]),
    ("env.contradiction", env("numpy>=2", "numpy<2"), [4]),
    ("env.contradiction", env("numpy", "numpy=1", "numpy=2"), [5]),
    ("env.contradiction", env("numpy", "numpy>2", "numpy<1"), [5]),
    ("env.contradiction", env("blas=*=mkl", "blas=*=openblas"), [4]),
    ("env.contradiction", env("blas=*=*mkl", "blas=*=*openblas"), []),
    ("env.contradiction", env("numpy=1.26", "pip: [numpy==2.0]"), [4]),
    ("env.contradiction", env("numpy=1.26", "pip: [numpy>=2.0]"), [4]),
    ("env.contradiction", env("numpy=1.26", "pip: [numpy>=1.0]"), []),
    ("env.contradiction", env("numpy>=1.26", "numpy<2"), []),
    ("env.dev-tool-in-production", env("numpy", "pytest=8", "pip: [sphinx]"), [4, 5]),
    ("pins.direct", env("numpy", "pandas>=2", "scipy>=1,<2", "pip", "python"), [3, 4]),
    ("pins.direct", env("numpy=1.26", "pandas==2.2.3", "scipy=1.14.1=h1_0", "blas=*=mkl"), [6]),
    ("pins.pip-direct", env("pip", "pip: [a, 'b>=1', 'c>=1,<2', 'd==1', -e ., -r x.txt]"), [4, 4]),
    ("pins.wildcard", env("numpy=*", "numpy 1.*", "scipy"), [3]),
    ("pins.python-minor", env("python"), [3]),
    ("pins.python-minor", env("python>=3.9"), [3]),
    ("pins.python-minor", env("python>=3.9,<3.12"), [3]),
    ("pins.python-minor", env("python=3"), [3]),
    ("pins.python-minor", env("python=3.12"), []),
    ("pins.python-minor", env("python>=3.12,<3.13"), []),
    ("pins.python-minor", env("python==3.12.4"), []),
    ("pins.build-string", env("numpy=1.26.4=py312h_0", "blas=*=*mkl", "scipy=1.14.1"), [3]),
    ("pins.url-or-vcs", env("pip", "pip: ['git+https://github.com/a/b@main']"), [4]),
    ("pins.url-or-vcs", env("pip", f"pip: ['git+https://github.com/a/b@{'a1' * 20}']"), []),
    ("pins.url-or-vcs", env("pip", "pip: ['a @ https://x.org/a-1.zip']"), [4]),
    ("pins.url-or-vcs", env("pip", f"pip: ['a @ https://x.org/a-1.zip#sha256={'0' * 64}']"), []),
    ("pins.url-or-vcs", env("https://x.org/noarch/a-1-0.conda"), [3]),
    ("pins.url-or-vcs", env(f"https://x.org/noarch/a-1-0.conda#{'0' * 32}"), []),
    ("pins.editable", env("pip", "pip: [-e ., ./x]"), [4]),
    ("channels.defaults", env("numpy", channels="[defaults, conda-forge]"), [1]),
    ("channels.defaults", env("numpy", channels="[anaconda]"), [1]),
    ("channels.defaults", env("numpy", channels="['https://repo.anaconda.com/pkgs/main']"), [1]),
    ("channels.defaults", env("numpy", channels="[]"), [1]),
    ("channels.defaults", "dependencies: [numpy]\n", [0]),
    ("channels.defaults", "dependencies: []\n", []),
    ("channels.defaults", env("numpy", channels="[conda-forge, nodefaults]"), []),
    ("channels.order", env("numpy", channels="[bioconda, conda-forge]"), [1]),
    ("channels.order", env("numpy", channels="[defaults, pytorch, conda-forge]"), [1]),
    ("channels.order", env("numpy", channels="[pytorch, conda-forge, bioconda, defaults]"), []),
    ("channels.http", env("numpy", channels="['http://example.org/c']"), [1]),
    ("channels.http", env("http://example.org/c::numpy"), [3]),
    ("channels.http", env("http://example.org/noarch/a-1-0.conda"), [3]),
    ("channels.http", env("pip: ['--index-url http://example.org/simple']"), [3]),
    ("channels.http", env("pip: ['--index-url https://a.org --find-links http://b.org']"), [3]),
    ("channels.http", env("pip: ['git+http://example.org/a']"), [3]),
    ("channels.http", env("numpy", channels="['http://localhost/c', 'https://example.org']"), []),
    ("channels.credential", env("numpy", channels="['https://u:p@example.org/c']"), [1]),
    ("channels.credential", env("https://e.org/t/tk/c::numpy"), [3]),
    ("channels.credential", env("numpy", channels="['https://e.org/t/${TOKEN}/c']"), []),
    ("channels.label", env("numpy", channels="[conda-forge/label/rc]"), [1]),
    ("channels.label", env("conda-forge/label/dev::numpy"), [3]),
    ("channels.label", env("numpy", channels="[conda-forge/label/main]"), []),
    ("channels.per-package", env("pytorch::pytorch", "conda-forge::numpy"), [3]),
    ("channels.url-outside-channel", env("https://x.org/noarch/a-1-0.conda"), [3]),
    (
        "channels.url-outside-channel",
        env("https://conda.anaconda.org/conda-forge/noarch/a-1-0.conda"),
        [],
    ),
    ("secrets.token-in-url", env("pip", "pip: ['a @ https://u:p@x.org/a.zip']"), [4]),
    ("secrets.token-in-url", env("https://u:p@x.org/noarch/a-1-0.conda"), [3]),
    ("secrets.token-in-url", env("https://u:p@x.org/c::a"), []),
    ("secrets.secret-in-variables", env("a", variables="{DB_PASSWORD: x1, A: b}"), [2]),
]


@pytest.mark.parametrize(("rule", "text", "expected"), CASES)
def test_rule_on_production(rule: str, text: str, expected: list[int]) -> None:
    assert [line for _, line in lines(judged(text), rule)] == expected


# Rule -> production, development, policy, and where it speaks.
PROD, DEV, TOML = "environment.yml", "environment-dev.yml", "envtool.toml"
PROJECTS: list[tuple[str, str | None, str | None, str, list[tuple[str, int]]]] = [
    ("env.unknown-key", env("a", extras="x"), None, "env.known-keys = ['extras']", []),
    ("env.python-missing", env("python=3.12"), env("pip: [a]"), "", []),
    ("env.python-missing", env("numpy"), env("pip: [a]"), "", [(DEV, 3)]),
    ("env.python-missing", env("pip: [a]"), env("pip: [b]"), "", [(PROD, 3)]),
    ("env.python-missing", None, env("pip: [a]"), "", []),
    ("env.pip-without-pip", env("pip"), env("pip: [a]"), "", []),
    ("env.dev-conflicts-production", env("numpy=1.26"), env("numpy=2.0"), "", [(DEV, 3)]),
    ("env.dev-conflicts-production", env("numpy=1.26"), env("numpy=1.26.4"), "", []),
    ("env.dev-conflicts-production", env("a=1  # [linux]"), env("a=2  # [win]"), "", []),
    ("env.dev-conflicts-production", env("numpy=1.26"), env("pip: [numpy==2]"), "", [(DEV, 3)]),
    ("env.dev-tool-in-production", env("numpy"), env("pytest"), "", []),
    ("env.dev-tool-in-production", env("pytest"), None, "env.runtime-tools = ['x', 'py*']", []),
    ("env.dev-tool-in-production", env("inhouse"), None, "env.dev-tools = ['x', 'in*']", [(PROD, 3)]),
    ("pins.direct", env("numpy"), env("pytest"), "", [(PROD, 3)]),
    ("pins.direct", env("numpy=1"), None, "profile = 'strict'", [(PROD, 3)]),
    ("pins.direct", env("pip"), env("pytest=8"), "profile = 'strict'", [(PROD, 3), (DEV, 3)]),
    ("pins.direct", env("a"), env("b"), "pins = {production='none', development='full'}", [(DEV, 3)]),
    ("pins.direct", env("psycopg=3", "a=3"), None, "pins.layers.database = 'full'", [(PROD, 3)]),
    ("pins.direct", env("a=3", "b=3"), None, "pins.packages.a = 'build'", [(PROD, 3)]),
    ("pins.direct", env("a", "b"), None, "pins.packages.'a*' = 'none'", [(PROD, 4)]),
    (
        "pins.direct",
        env("mine=3"),
        None,
        "layers = {core-system = ['other'], database = ['mine']}\npins.layers.database = 'full'",
        [(PROD, 3)],
    ),
    ("pins.build-string", env("a=1=h_0"), None, "pins.packages.a = 'build'", []),
    ("pins.editable", env("pip"), env("pip: [-e .]"), "", []),
    ("pins.constraints", env("openssl=1.1.1w"), None, "constraints.openssl = '>=3'", [(PROD, 3)]),
    ("pins.constraints", env("openssl"), None, "constraints.openssl = '>=3'", []),
    ("pins.constraints", env("pip: [a==1]"), None, "constraints.a = '>=3'", [(PROD, 3)]),
    ("pins.constraints", env("pip: [a===1]"), None, "constraints.a = '>=3'", []),
    ("pins.constraints", env("pip: ['a>=1,']"), None, "constraints.a = '>=3'", []),
    ("pins.constraints", env(f"pip: [a=={'1' * 1200}]"), None, "constraints.a = '<3'", []),
    ("pins.constraints", env("https://x.org/noarch/a-1-0.conda"), None, "constraints.a='>=3'", [(PROD, 3)]),
    ("channels.allowed", env("a", "x::b"), None, "channels.allowed = ['conda-forge']", [(PROD, 4)]),
    ("channels.allowed", env("a", channels="[x, nodefaults]"), None, "profile='strict'", [(PROD, 1)]),
    ("channels.allowed", env("a", channels="[x]"), None, "", []),
    (
        "channels.allowed",
        env("a", channels="['https://e.org/t/tk/c']"),
        None,
        "channels.allowed = ['https://e.org/c']",
        [],
    ),
    ("channels.allowed", env("a", channels="['https://conda-forge']"), None, "channels.allowed = ['conda-forge']", [(PROD, 1)]),
    ("channels.allowed", env("a", channels="[defaults]"), None, "channels.allowed = ['https://repo.anaconda.com/pkgs/main']", []),
    ("channels.allowed", env("a", channels="['https://repo.anaconda.com/pkgs/r']"), None, "channels.allowed = ['defaults']", []),
    (
        "channels.allowed",
        env("a", channels="['https://m.org/cf', 'https://m.org/other']"),
        None,
        "channels = {allowed = ['conda-forge'], mirrors = {conda-forge = ['https://m.org/cf']}}",
        [(PROD, 1)],
    ),
    (
        "channels.url-outside-channel",
        env("https://m.org/cf/noarch/a-1-0.conda"),
        None,
        "channels.mirrors.conda-forge = ['https://m.org/cf']",
        [],
    ),
    ("channels.url-outside-channel", env("https://conda.anaconda.org/conda-forge/label/x/noarch/a-1-0.conda"), None, "", [(PROD, 3)]),
    ("channels.order", env("a", channels="[b, c]"), None, "channels.order = ['c', 'b']", [(PROD, 1)]),
    ("bans.deny", env("a", "b"), None, "bans = [{package='a*', reason='r'}]", [(PROD, 3)]),
    ("bans.deny", env("a=1.5"), None, "bans = [{package='a', versions='<2', reason='r'}]", [(PROD, 3)]),
    ("bans.deny", env("a=2.5"), None, "bans = [{package='a', versions='<2', reason='r'}]", []),
    ("bans.deny", env("a>=1"), None, "bans = [{package='a', versions='<2', reason='r'}]", []),
    ("bans.deny", env("a<1.5"), None, "bans = [{package='a', versions='<2', reason='r'}]", [(PROD, 3)]),
    ("bans.deny", env("a"), None, "bans = [{package='a', versions='<2', reason='r'}]", []),
    ("bans.deny", env("pip: [a==1]"), None, "bans = [{package='a', versions='<2', reason='r'}]", [(PROD, 3)]),
    ("bans.deny", env("pip: [a>=1]"), None, "bans = [{package='a', versions='<2', reason='r'}]", []),
    ("policy.unknown-key", env("a"), None, "[pins]\nx = 1\n", [(TOML, 2)]),
    ("policy.unknown-key", env("a"), None, "y = 1\n[rules]\n'pins.z' = 'off'", [(TOML, 1), (TOML, 3)]),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "production", "development", "toml", "expected"), PROJECTS)
def test_rule_on_projects(
    rule: str,
    production: str | None,
    development: str | None,
    toml: str,
    expected: list[tuple[str, int]],
) -> None:
    assert lines(judged(production, development, toml), rule) == expected


WAIVER = "[[waivers]]\nrule = 'pins.direct'\nreason = 'r'\nowner = 'o'\n"


@pytest.mark.parametrize(
    ("rule", "text", "toml", "expected"),
    [
        ("waivers.expired", env("a"), WAIVER + "expires = 2026-11-22", 1),
        ("waivers.expired", env("a"), WAIVER + "expires = 2026-11-23", 0),
        ("waivers.expires-soon", env("a"), WAIVER + "expires = 2026-11-23", 1),
        ("waivers.expires-soon", env("a"), WAIVER + "expires = 2026-12-07", 1),
        ("waivers.expires-soon", env("a"), WAIVER + "expires = 2026-12-08", 0),
        ("waivers.unused", env("a=1"), WAIVER + "expires = 2027-01-01", 1),
        ("waivers.unused", env("a"), WAIVER + "expires = 2027-01-01", 0),
        ("waivers.unused", env("a=1"), WAIVER + "expires = 2026-01-01", 0),
        # What only an audit or a prefix can tell covers nothing here.
        *(
            (
                "waivers.unused",
                env("a=1"),
                f"{WAIVER}expires = 2027-01-01".replace("'pins.direct'", name),
                number,
            )
            for name, number in (
                ("'signatures.missing'", 0),
                ("'freshness'", 0),
                ("'channels.shadowed'", 0),
                ("'prefix'", 0),
                ("'channels'", 1),
            )
        ),
        ("waivers.unused", env("a=1  # envtool: ignore[pins.direct] why"), "", 1),
        ("waivers.unused", env("a  # envtool: ignore[pins.direct] why"), "", 0),
        ("waivers.unused", env("a  # envtool: ignore[pins.direct]"), "", 1),
        ("waivers.unused", env("a  # envtool: ignore because"), "", 1),
        ("waivers.too-long", env("a"), WAIVER + "expires = 2027-11-24", 1),
        ("waivers.too-long", env("a"), WAIVER + "expires = 2027-11-23", 0),
        ("waivers.too-long", env("a"), WAIVER + "expires = 9999-12-31", 1),
        (
            "waivers.too-long",
            env("a"),
            "waiving.max-days = 36500\n" + WAIVER + "expires = 2099-01-01",
            0,
        ),
        ("pins.direct", env("a"), WAIVER + "expires = 2026-11-23", 0),
        ("pins.direct", env("a"), WAIVER + "expires = 2026-11-22", 1),
        ("pins.direct", env("a", "b"), WAIVER + "package = 'A'\nexpires = 2027-01-01", 1),
        ("pins.direct", env("a"), WAIVER + "path = 'environment.*'\nexpires = 2027-01-01", 0),
        ("pins.direct", env("a"), WAIVER + "path = 'other.yml'\nexpires = 2027-01-01", 1),
        ("pins.direct", env("a  # envtool: ignore[pins] why"), "", 0),
        ("pins.direct", env("a  # envtool: ignore[pins.wildcard, pins.direct] why"), "", 0),
        ("pins.direct", env("a  # envtool: ignore[pins.wildcard] why"), "", 1),
        ("pins.direct", env("a  # envtool: ignore[pins] why"), "waiving.inline = false", 1),
    ],
)
def test_waivers(rule: str, text: str, toml: str, expected: int) -> None:
    assert len(found(judged(text, toml=toml), rule)) == expected


def test_waivers_and_the_policy_can_not_be_waived() -> None:
    toml = WAIVER.replace("pins.direct", "waivers") + "expires = 2026-11-30"
    judgement = judged(env("a=1"), toml=toml)
    assert found(judgement, "waivers.not-allowed")
    assert not found(judgement, "waivers.unused")


# What may not be waived, what tries to, and what is said: (rule, message).
@pytest.mark.parametrize(
    ("never", "waived", "inline", "expected"),
    [
        ("pins.direct", "pins.direct", "", [("waivers.not-allowed", "the waiver of `pins.direct` does not count: nobody may waive that")]),
        ("pins", "pins.direct", "", [("waivers.not-allowed", "the waiver of `pins.direct` does not count: nobody may waive that")]),
        ("pins.direct", "pins", "", [
            ("waivers.not-allowed", "the waiver of `pins` does not count for `pins.direct`: nobody may waive that"),
            ("waivers.unused", "the waiver of `pins` covers no finding"),
        ]),
        ("pins.direct", "", "pins.direct", [("waivers.not-allowed", "`ignore[pins.direct]` does not count: nobody may waive that")]),
        ("pins", "", "pins.wildcard, pins.direct", [
            ("waivers.not-allowed", "`ignore[pins.wildcard]` does not count: nobody may waive that"),
            ("waivers.not-allowed", "`ignore[pins.direct]` does not count: nobody may waive that"),
        ]),
        ("pins.direct", "", "pins", [
            ("waivers.not-allowed", "`ignore[pins]` does not count for `pins.direct`: nobody may waive that"),
            ("waivers.unused", "`ignore[pins]` covers no finding"),
        ]),
        ("pins.direct", "", "", []),
    ],
)  # fmt: skip
def test_nobody_waives_what_may_never_be(
    never: str, waived: str, inline: str, expected: list[tuple[str, str]]
) -> None:
    toml = f"[waiving]\nnever = ['{never}']\n"
    if waived:
        toml += WAIVER.replace("pins.direct", waived) + "expires = 2027-01-01"
    judgement = judged(env(f"a  # envtool: ignore[{inline}] why" if inline else "a"), toml=toml)
    said = [(each.rule, each.message) for each in judgement.findings if "waiv" in each.rule]
    assert sorted(said) == sorted(expected)
    assert found(judgement, "pins.direct")


def test_a_family_is_waived_but_for_what_never_is() -> None:
    toml = "[waiving]\nnever = ['pins.wildcard']\n" + WAIVER.replace("pins.direct", "pins")
    judgement = judged(env("a=*", "b"), toml=toml + "expires = 2027-01-01")
    assert found(judgement, "pins.wildcard")
    assert not found(judgement, "pins.direct")
    assert not found(judgement, "waivers.unused")


# A line of a file, and what is said of the ignore on it: (message, fix).
@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("a  # envtool: ignore[pins.drect] why", [("this ignore names no rule: `pins.drect`", "did you mean `pins.direct`?")]),
        ("a  # envtool: ignore[pins.direct, Pins] why", [("this ignore names no rule: `Pins`", "did you mean `pins`?")]),
        ("a  # envtool: ignore[zzz] why", [("this ignore names no rule: `zzz`", "`envtool explain` lists all rules")]),
        ("a=1.2.*  # envtool: ignore[zzz, pins.direct] why", [
            ("this ignore names no rule: `zzz`", "`envtool explain` lists all rules"),
            ("`ignore[pins.direct]` covers no finding", "delete it"),
        ]),
        ("b=1.2.*\n# envtool: ignore[pins.direct] why\n- a", [
            ("this ignore stands on a line of its own, where it covers nothing", "put it at the end of the line that it is for"),
        ]),
        ("b=1.2.*\n  # envtool: ignore[pins.drect] why\n- a", [
            ("this ignore names no rule: `pins.drect`", "did you mean `pins.direct`?"),
            ("this ignore stands on a line of its own, where it covers nothing", "put it at the end of the line that it is for"),
        ]),
        ("b=1.2.*\n# envtool: ignore because", [
            ("this ignore does not count: it has to name its rules and a reason", "write `# envtool: ignore[family.rule] reason`"),
        ]),
    ],
)  # fmt: skip
def test_an_idle_ignore_says_what_is_wrong_with_it(
    line: str, expected: list[tuple[str, str]]
) -> None:
    said = found(judged(env(line)), "waivers.unused")
    assert [(each.message, each.fix) for each in said] == expected


def test_findings_on_the_policy_show_its_line() -> None:
    (finding,) = found(judged(env("a=1"), toml="[pins]\nprodution = 'x'\n"), "policy.unknown-key")
    assert (finding.source, finding.place.column, finding.place.end_column) == (
        "prodution = 'x'",
        1,
        10,
    )


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_is_documented(rule: object) -> None:
    from envtool.domain.rules.rule import Rule

    assert isinstance(rule, Rule)
    assert len(rule.text.splitlines()) >= 3, "say what, then why"
    assert rule.text.splitlines()[1] == ""
    assert 10 < len(rule.title) < 80
    levels = list(Level)
    assert levels.index(rule.strict) <= levels.index(rule.recommended)


def test_every_rule_object_is_registered() -> None:
    from envtool.domain.rules import (
        advisories,
        artifacts,
        channel_contents,
        channels,
        environment,
        evidence,
        freshness,
        governance,
        layers,
        licenses,
        locks,
        pins,
        prefix,
        service,
        signatures,
        upkeep,
        waivers,
    )
    from envtool.domain.rules.rule import Rule

    modules = (
        advisories,
        channel_contents,
        artifacts,
        channels,
        environment,
        freshness,
        evidence,
        governance,
        layers,
        licenses,
        locks,
        pins,
        prefix,
        signatures,
        service,
        upkeep,
        waivers,
    )
    defined = {
        value.id for module in modules for value in vars(module).values() if isinstance(value, Rule)
    }
    assert defined == {rule.id for rule in RULES}
    assert len(RULES) == len(defined)

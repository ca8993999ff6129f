"""Pins follow an update in the spelling of their author, and nothing else changes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rattler import MatchSpec as Oracle
from rattler import Version as OracleVersion
from rattler import VersionSpec as OracleSpec

from envtool.adapters.yaml_events import EventYaml
from envtool.domain.facts import facts, line_fact
from envtool.domain.findings import Place
from envtool.domain.match_specs import parse_match_spec
from envtool.domain.pages import LeftAloneError, Page
from envtool.domain.pin_updates import (
    Dependency,
    Target,
    asked,
    followed,
    rewritten,
    updated_text,
    why_fixed,
)
from envtool.domain.pip_requirements import parse_pip_requirement
from envtool.domain.specs import CondaDependency, PipDependency
from tests.judging import spec

NOWHERE = Place("environment.yml", 1, 1, 1)
HASH = "sha256:" + "0" * 64


def conda(text: str) -> CondaDependency:
    return CondaDependency(text, NOWHERE, parse_match_spec(text))


def pip(text: str) -> PipDependency:
    return PipDependency(text, NOWHERE, parse_pip_requirement(text))


# What a line says -> the new version (and build) -> what it says then.
CONDA = [
    # A pin keeps its operator and its number of parts.
    ("numpy=1.26", "2.1.3", "numpy=2.1"),
    ("numpy=1", "2.1.3", "numpy=2"),
    ("numpy=1.26.4", "2.1.3", "numpy=2.1.3"),
    ("numpy=1.26.4", "2.1", "numpy=2.1.0"),
    ("numpy 1.26.4", "2.1.3", "numpy 2.1.3"),
    ("numpy ==1.26.4", "2.1.3", "numpy ==2.1.3"),
    ("numpy==1.26", "2.1.3", "numpy==2.1.3"),
    ("numpy 1.26.*", "2.1.3", "numpy 2.1.*"),
    ("numpy=1.26.*", "2.1.3", "numpy=2.1.*"),
    ("numpy==1.26.*", "2.1.3", "numpy==2.1.*"),
    ("numpy=1.26*", "2.1.3", "numpy=2.1*"),
    ("numpy~=1.26.4", "2.1.3", "numpy~=2.1.3"),
    ("numpy~=1.26", "2.1.3", "numpy~=2.1"),
    # A fence moves along, as far away as it was.
    ("numpy>=1.26,<2", "2.1.3", "numpy>=2.1,<3"),
    ("numpy>=1.26.4,<2", "2.1.3", "numpy>=2.1.3,<3"),
    ("numpy >= 1.26, < 1.27", "2.1.3", "numpy >= 2.1, < 2.2"),
    ("numpy>=1.26,<2.0.0", "2.1.3", "numpy>=2.1,<3.0.0"),
    ("numpy>=1.26,<2.0a0", "2.1.3", "numpy>=2.1,<3.0a0"),
    ("numpy>=1.26,<2.0.dev0", "2.1.3", "numpy>=2.1,<3.0.dev0"),
    ("numpy>=1,<1.27", "1.28", "numpy>=1,<1.29"),
    ("numpy>=1.2,<4", "4.1", "numpy>=4.1,<5"),
    ("numpy<=1.26,>1", "1.28.1", "numpy<=1.28.1,>1"),
    ("numpy>=0.post1,<1.0", "1.1", "numpy>=1.1,<2.0"),
    # Epochs, letters, local versions.
    ("numpy=1!1.2", "1!2.4.1", "numpy=1!2.4"),
    ("numpy=1.2", "1!2.4.1", "numpy=1!2.4"),
    ("tzdata=2024a", "2025b", "tzdata=2025b"),
    ("openssl=1.1.1v", "1.1.1w", "openssl=1.1.1w"),
    ("pytorch==2.1.0", "2.2.0+cpu", "pytorch==2.2.0+cpu"),
    ("pytorch=2.1", "2.2.0+cpu", "pytorch=2.2"),
    ("r-mass=7.3_51", "7.3_60.2", "r-mass=7.3_60"),
    # Channels, brackets, exclusions.
    ("conda-forge::numpy=1.26", "2.1.3", "conda-forge::numpy=2.1"),
    ("https://c.org/x/linux-64::numpy=1.26", "2.1.3", "https://c.org/x/linux-64::numpy=2.1"),
    ("numpy[version='>=1.26,<2']", "2.1.3", "numpy[version='>=2.1,<3']"),
    ('numpy[version="1.26.*", build="*mkl"]', "2.1.3", 'numpy[version="2.1.*", build="*mkl"]'),
    ("numpy[version=1.26.4]", "2.1.3", "numpy[version=2.1.3]"),
    ("numpy=1.26[license=BSD]", "2.1.3", "numpy=2.1[license=BSD]"),
    ("numpy=1.26,!=1.26.3", "2.1.3", "numpy=2.1,!=1.26.3"),
    ("blas=1.0=mkl", "1.1 mkl", "blas=1.1=mkl"),
    ("python=3.12=*_cpython", "3.13.1", "python=3.13.1=*_cpython"),
    ("python=3.12.*=*_cpython", "3.13.1", "python=3.13.*=*_cpython"),
    # Builds.
    ("numpy=1.26.4=py312h1a2b3c4_0", "2.1.3 py313h4_1", "numpy=2.1.3=py313h4_1"),
    ("numpy==1.26.4=0", "2.1.3 1", "numpy==2.1.3=1"),
    ("numpy 1.26.4 py312h1a2b3c4_0", "1.26.4 py312h1a2b3c4_1", "numpy 1.26.4 py312h1a2b3c4_1"),
    ("numpy=1.26[build=h0_0]", "2.1.3 h1_0", "numpy=2.1[build=h1_0]"),
    ("numpy=1.26.*=h0_0", "2.1.3 h1_0", "numpy=2.1.*=h1_0"),
    # What allows it already stays.
    ("numpy=1.26", "1.26.9", "numpy=1.26"),
    ("numpy>=1.26,<3", "2.1.3", "numpy>=1.26,<3"),
    ("numpy~=1.26", "1.27.3", "numpy~=1.26"),
    ("numpy", "2.1.3", "numpy"),
    ("numpy>=1.26", "2.1.3", "numpy>=1.26"),
    ("numpy!=1.26.3", "2.1.3", "numpy!=1.26.3"),
    ("numpy=1.26|=2.1", "2.1.3", "numpy=1.26|=2.1"),
    ("numpy=*=*mkl*", "2.1.3", "numpy=*=*mkl*"),
    ("*[license=MIT]", "2.1.3", "*[license=MIT]"),
]  # fmt: skip
PIP = [
    ("requests==2.31.0", "2.32.1", "requests==2.32.1"),
    ("requests==2.31.*", "2.32.1", "requests==2.32.*"),
    ("requests ~= 2.31.0", "2.32.1", "requests ~= 2.32.1"),
    ("Requests[socks] >=2.31,<3 ; python_version<'4'", "3.1", "Requests[socks] >=3.1,<4 ; python_version<'4'"),
    ("requests (==2.31.0)", "2.32.1", "requests (==2.32.1)"),
    ("requests===2.31.0", "2.32.1", "requests===2.32.1"),
    ("requests===2.31.0", "2.31.0", "requests===2.31.0"),
    ("requests==2.31.0 --config-settings=a=b", "2.32.1", "requests==2.32.1 --config-settings=a=b"),
    ("requests==1!2.31", "1!2.32", "requests==1!2.32"),
    ("requests", "2.32.1", "requests"),
    ("requests>=2", "2.32.1", "requests>=2"),
    ("requests==${VERSION}", "2.32.1", "requests==${VERSION}"),
]  # fmt: skip


def target(text: str) -> Target:
    version, _, build = text.partition(" ")
    return Target(version, build or None)


@pytest.mark.parametrize(("text", "to", "new"), CONDA)
def test_a_pin_of_conda_keeps_its_spelling(text: str, to: str, new: str) -> None:
    assert updated_text(conda(text), target(to)) == new


@pytest.mark.parametrize(("text", "to", "new"), PIP)
def test_a_pin_of_pip_keeps_its_spelling(text: str, to: str, new: str) -> None:
    assert updated_text(pip(text), target(to)) == new


@pytest.mark.parametrize(
    ("line", "to", "reason"),
    [
        (conda("https://c.org/linux-64/numpy-1.26.4-h0_0.conda"), "2.1.3", "by its address"),
        (conda("numpy=1.26[md5=0123]"), "2.1.3", "pinned by hashes"),
        (pip("requests @ https://p.org/requests-2.31.0.tar.gz"), "2.32", "by its address"),
        (pip(f"requests==2.31.0 --hash={HASH}"), "2.32", "pinned by hashes"),
        (conda("numpy<2"), "2.1.3", "it does not allow 2.1.3, and is no pin that could follow"),
        (conda("numpy=1.26|=1.27"), "2.1.3", "is no pin that could follow"),
        (conda("numpy=1.26"), "???", "versions are written in an unusual way"),
        (conda("numpy>=1.26.*,<2"), "2.1.3", "is no pin that could follow"),
            (conda("numpy=1.26.4=h0_0"), "2.1.3", "the new one is another on each platform"),
        (conda("numpy>=1.26,<2rc1.1"), "2.1.3", "upper bound is written in an unusual way"),
        (conda("numpy>=1!1.26,<1!2"), "1!2.1.3", "upper bound is written in an unusual way"),
        (conda("numpy>=1.26,<2.1"), "2.1.3", "is no next version of the lower one"),
        (conda("numpy>=2,<2"), "2.1.3", "is no next version of the lower one"),
        (conda("numpy>1.26,<2"), "2.1", "versions are written in an unusual way"),
        (conda("numpy~=1.26,!=2.1.3"), "2.1.3", "versions are written in an unusual way"),
        (pip("requests==2.31.*,<2.31.9"), "2.32", "upper bound is written in an unusual way"),
        (pip("requests==2.31.0"), "???", "versions are written in an unusual way"),
    ],
)  # fmt: skip
def test_what_can_not_follow_is_left_alone(line: Dependency, to: str, reason: str) -> None:
    with pytest.raises(LeftAloneError) as error:
        updated_text(line, target(to))
    assert reason in error.value.reason


@pytest.mark.parametrize(
    ("text", "versions", "build"),
    [
        ("numpy", ">=1.26,1.*", None),
        ("numpy=1.26", ">=1.26,1.*", None),
        ("numpy>=1.26,<1.27", ">=1.26,1.*", None),
        ("numpy=1.26,!=1.26.3,!=1.27.*", "!=1.26.3,!=1.27.*,>=1.26,1.*", None),
        ("numpy>=1.20,!=1.26.3", ">=1.20,!=1.26.3,>=1.26,1.*", None),
        ("numpy<2", "<2,>=1.26,1.*", None),
        ("numpy=1.26|=1.30", "(=1.26|=1.30),>=1.26,1.*", None),
        ("numpy=1.26.4=py312h1a2b3c4_0", ">=1.26,1.*", None),
        ("numpy=1.26.4=h1a2b3c4_3_cpython", ">=1.26,1.*", "*_cpython"),
        ("numpy=1.26.4=cuda126_py312h1a2b3c4_0", ">=1.26,1.*", "cuda126_*"),
        ("numpy=1.26.4=mkl", ">=1.26,1.*", "mkl"),
        ("numpy=1.26.4=*mkl*", ">=1.26,1.*", "*mkl*"),
    ],
)
def test_a_solver_is_asked_for_what_the_level_allows(
    text: str, versions: str, build: str | None
) -> None:
    line = asked(conda(text), ">=1.26,1.*")
    assert isinstance(line, CondaDependency)
    assert (line.spec.version, line.spec.build) == (versions, build)
    assert line.text == text
    assert str(Oracle(f'numpy[version="{versions}"]', strict=False))


@pytest.mark.parametrize(
    ("text", "new"),
    [
        ("requests", "requests>=2.31,==2.*"),
        ("requests==2.31.0", "requests>=2.31,==2.*"),
        ("requests[socks] (==2.31.0) ; python_version<'4'", "requests[socks] (>=2.31,==2.*) ; python_version<'4'"),
        ("requests>=2,!=2.31.5", "requests>=2,!=2.31.5,>=2.31,==2.*"),
    ],
)  # fmt: skip
def test_pip_is_asked_in_its_own_words(text: str, new: str) -> None:
    line = asked(pip(text), ">=2.31,2.*")
    assert isinstance(line, PipDependency)
    assert line.text == new
    assert line.requirement == parse_pip_requirement(new)


@pytest.mark.parametrize(
    ("line", "targets", "new"),
    [
        (conda("numpy=1.26"), ["2.1.3", "2.1.0"], "numpy=2.1"),
        (conda("numpy=1.26"), ["2.1.3", "2.0.0"], None),
        (conda("numpy>=1.26.4,<2"), ["2.1.3", "2.1.0"], "numpy>=2.1.0,<3"),
        (conda("numpy~=1.26.4"), ["2.1.10", "2.1.9"], "numpy~=2.1.9"),
        (conda("numpy==1.26.4"), ["2.1.3", "2.1.0"], None),
        (conda("numpy"), ["2.1.3", "1.0"], "numpy"),
        (conda("numpy=1.26.4=h0_0"), ["2.1.3 h1_0", "2.1.3 h1_0"], "numpy=2.1.3=h1_0"),
        (pip("requests==2.31.0"), ["2.32", "2.32"], "requests==2.32"),
        (pip("requests==2.31.0"), ["2.32", "2.33"], None),
    ],
)
def test_one_line_follows_what_all_platforms_get(
    line: Dependency, targets: list[str], new: str | None
) -> None:
    assert followed(line, [target(each) for each in targets]) == new


def test_no_line_names_another_build_on_each_platform() -> None:
    with pytest.raises(LeftAloneError):
        followed(conda("numpy=1.26.4=h0_0"), [target("2.1.3 h1_0"), target("2.1.3 h2_0")])


@pytest.mark.parametrize("line", [conda("numpy=1.26"), pip("requests==2.31.0"), conda("numpy")])
def test_most_lines_can_move(line: Dependency) -> None:
    assert why_fixed(line) is None


LINES = st.sampled_from([each[0] for each in CONDA])
VERSIONS = st.lists(st.integers(0, 30), min_size=1, max_size=4).map(
    lambda each: ".".join(map(str, each))
)
HEAD = "name: x # numpy=1.26\nchannels: [conda-forge]\ndependencies:\n"
FILES = st.sampled_from(
    [
        HEAD + "  - {}\n  - scipy=1.26 # numpy=1.26\n",
        HEAD + "- scipy=1.26\n-   {}   # pinned, see numpy=1.26\n- pip:\n  - numpy==1.26",
        HEAD + "  - sel(linux):\n    - {}\n  - sel(win): {}\n",
        HEAD.replace("\n", "\r\n") + "  - {} # [linux]\r\n  - {} # [win]\r\n",
    ]
)


@given(FILES, LINES, VERSIONS)
def test_only_the_pin_changes_and_it_allows_the_new_version(
    layout: str, line: str, version: str
) -> None:
    quoted = "'" + line.replace("'", "''") + "'" if set("[]'\",:") & set(line) else line
    text = layout.replace("{}", quoted)
    before = spec(text)
    old = next(each for each in before.dependencies if each.text == line)
    try:
        new = updated_text(old, Target(version, "h9_9"))
        changed = rewritten(Page("environment.yml", text, EventYaml().parse(text, "x")), {old: new})
    except LeftAloneError:
        return
    after = spec(changed)
    gained = old._replace(text=new)
    expected = facts(before)
    expected.subtract([line_fact(old)])
    expected.update([line_fact(gained)])
    assert +expected == facts(after)
    moved = next(each for each in after.dependencies if each.place.line == old.place.line)
    assert moved.spec.version_spec is None or moved.spec.version_spec.matches(version)
    assert moved.spec.strictness == old.spec.strictness
    # Rattler reads `==1.26.*` as that one release, conda as its series.
    if moved.spec.version and "==" not in moved.spec.version:
        assert OracleSpec(moved.spec.version).matches(OracleVersion(version))


@pytest.mark.parametrize("text", [HEAD + "- &a numpy=1.26\n- *a\n", HEAD + '- "numpy=1\\x2e26"\n'])
def test_a_line_that_is_not_what_it_says_is_left_alone(text: str) -> None:
    line = spec(text).dependencies[0]
    page = Page("environment.yml", text, EventYaml().parse(text, "environment.yml"))
    with pytest.raises(LeftAloneError):
        rewritten(page, {line: "numpy=2.1"})

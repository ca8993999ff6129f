"""What each mend makes of a file, and what it leaves alone."""

import json
from pathlib import Path

import pytest

from envtool.domain.mends import MENDERS
from envtool.domain.rules import MENDED
from tests.conftest import Envtool
from tests.mending import DEPS, DEV, HEAD, PLAIN, everything, read, write

# What is mended: a name, the file before and after.
PREFIX = [
    ("last", DEPS + "- a=1\nprefix: /home/x\n", DEPS + "- a=1\n"),
    ("no newline", DEPS + "- a=1\nprefix: /home/x", DEPS + "- a=1\n"),
    ("first", "prefix: /x  # mine\n" + DEPS + "- a=1", DEPS + "- a=1"),
    ("quoted", "'prefix' : \"/x\" \n" + DEPS + "- a=1 \n", DEPS + "- a=1 \n"),
    ("indented", "  prefix: /x\n  channels: [c]\n  dependencies: []\n", "  channels: [c]\n  dependencies: []\n"),
    ("windows", "prefix: C:\\x\r\nchannels: [a]\r\ndependencies:\r\n- a=1\r\n", "channels: [a]\r\ndependencies:\r\n- a=1\r\n"),
    ("old mac", "prefix: /x\rchannels: [a]\rdependencies: [a=1]\r", "channels: [a]\rdependencies: [a=1]\r"),
    ("mark", "\ufeffprefix: /x\n" + DEPS + "- a=1\n", "\ufeff" + DEPS + "- a=1\n"),
    ("comment above", "# who\nprefix: /x\n" + DEPS + "- a=1\n", "# who\n" + DEPS + "- a=1\n"),
]  # fmt: skip
WILDCARD = [
    ("=*", DEPS + "- a=*\n", DEPS + "- a\n"),
    ("==*", DEPS + "- a==* # x\n", DEPS + "- a # x\n"),
    ("blank", DEPS + "- a *\t\n", DEPS + "- a\t\n"),
    ("quoted", DEPS + "- 'a = *'\n", DEPS + "- 'a'\n"),
    ("channel", DEPS + "- conda-forge::A_b=*\n", DEPS + "- conda-forge::A_b\n"),
    ("brackets", DEPS + "- a[version='*']\n", DEPS + "- a\n"),
    ("flow", HEAD + 'dependencies: [b=1, a=*, "c=*"]\n', HEAD + 'dependencies: [b=1, a, "c"]\n'),
    ("platform", DEPS + "- a=* # [linux]\n", DEPS + "- a # [linux]\n"),
    ("empty pip section", DEPS + "- a=*\n- pip:\n", DEPS + "- a\n- pip:\n"),
    ("sel", DEPS + "- sel(linux):\n  - a=*\n  - b\n", DEPS + "- sel(linux):\n  - a\n  - b\n"),
]  # fmt: skip
PIP = [
    ("block", DEPS + "- a=1\n- pip:\n  - b==1\n", DEPS + "- a=1\n- pip\n- pip:\n  - b==1\n"),
    ("indented", DEPS + "  -  a=1\n  -  pip: [b==1]\n", DEPS + "  -  a=1\n  -  pip\n  -  pip: [b==1]\n"),
    ("comment", DEPS + "- a=1\n# from PyPI\n- pip:\n  - b==1", DEPS + "- a=1\n- pip\n# from PyPI\n- pip:\n  - b==1"),
    ("flow", HEAD + "dependencies: [a=1, pip: [b==1]]\n", HEAD + "dependencies: [a=1, pip, pip: [b==1]]\n"),
    ("braces", HEAD + "dependencies: [a=1, {pip: [b==1]}]\n", HEAD + "dependencies: [a=1, pip, {pip: [b==1]}]\n"),
    ("windows", "channels: [a]\r\ndependencies:\r\n- pip:\r\n  - b==1\r\n", "channels: [a]\r\ndependencies:\r\n- pip\r\n- pip:\r\n  - b==1\r\n"),
    ("question mark", DEPS + "- ? pip\n  : [b==1]\n", DEPS + "- pip\n- ? pip\n  : [b==1]\n"),
    ("first of all", DEPS + "- {pip: [b==1]}\n", DEPS + "- pip\n- {pip: [b==1]}\n"),
]  # fmt: skip
DUPLICATE = [
    ("repeat", DEPS + "- a=1\n- b=1\n- a=1\n", DEPS + "- a=1\n- b=1\n"),
    ("weaker second", DEPS + "- a=1\n- b=1\n- A\n", DEPS + "- a=1\n- b=1\n"),
    ("weaker first", DEPS + "- a>=1\n- b=1\n- a=1.2\n", DEPS + "- b=1\n- a=1.2\n"),
    ("three", DEPS + "- a\n- a=1\n- a=1\n- a\n", DEPS + "- a=1\n"),
    ("build", DEPS + "- a=1.2\n- a=1.2.3=h0\n", DEPS + "- a=1.2.3=h0\n"),
    ("channel", DEPS + "- c::a=1\n- a=1\n", DEPS + "- c::a=1\n"),
    ("comment", DEPS + "- a=1\n- b=1\n- a # for b\n", DEPS + "# for b\n- a=1\n- b=1\n"),
    ("same comment", DEPS + "- a=1 # x\n- a # x\n", DEPS + "- a=1 # x\n"),
    ("other comment", DEPS + "  - a=1 # x\n  - a # y\n", DEPS + "  # y\n  - a=1 # x\n"),
    ("comment above", DEPS + "- a=1\n# y\n- a\n- b=1\n", DEPS + "- a=1\n# y\n- b=1\n"),
    ("platform", DEPS + "- a=1\n- a # [win]\n", DEPS + "- a=1\n"),
    ("one platform", DEPS + "- a=1 # [win]\n- a # [win]\n", DEPS + "- a=1 # [win]\n"),
    ("ignored rule", DEPS + "- a=1\n- a # envtool: ignore[pins] x\n", DEPS + "- a=1\n"),
    ("flow", HEAD + "dependencies: [a=1, b=1, a]\n", HEAD + "dependencies: [a=1, b=1]\n"),
    ("flow first", HEAD + "dependencies: [a , b=1, a=1]\n", HEAD + "dependencies: [b=1, a=1]\n"),
    ("flow lines", HEAD + "dependencies: [\n  a=1,\n  a,\n]\n", HEAD + "dependencies: [\n  a=1,\n]\n"),
    ("pip", DEPS + "- pip\n- pip:\n  - a==1\n  - a\n  - A==1\n", DEPS + "- pip\n- pip:\n  - a==1\n"),
    ("pip range", DEPS + "- pip\n- pip:\n  - a>=1\n  - a==1.2\n", DEPS + "- pip\n- pip:\n  - a==1.2\n"),
    ("pip marker", DEPS + "- pip\n- pip:\n  - a; python_version<'3'\n  - a==1\n", DEPS + "- pip\n- pip:\n  - a==1\n"),
    ("pip extra", DEPS + "- pip\n- pip:\n  - a==1\n  - a[x]==1\n", DEPS + "- pip\n- pip:\n  - a[x]==1\n"),
    ("last line", DEPS + "- a=1\n- a", DEPS + "- a=1\n"),
]  # fmt: skip
CASES = [
    *(("env.prefix-key", *case) for case in PREFIX),
    *(("pins.wildcard", *case) for case in WILDCARD),
    *(("env.pip-without-pip", *case) for case in PIP),
    *(("env.duplicate", *case) for case in DUPLICATE),
]


@pytest.mark.parametrize(
    ("rule", "before", "after"),
    [(c[0], *c[2:]) for c in CASES],
    ids=[" ".join(c[:2]) for c in CASES],
)
def test_what_is_mended(
    envtool: Envtool, tmp_path: Path, rule: str, before: str, after: str
) -> None:
    write(tmp_path, {"environment.yml": before})
    done = envtool("verify", "--fix", "--select", rule, "-o", "json")
    assert read(tmp_path) == {"environment.yml": after}
    result = json.loads(done.out)
    assert done.code == 0
    assert result["findings"] == []
    assert {each["rule"] for each in result["data"]["mended"]} == {rule}
    assert envtool("verify", "--fix", "--select", rule).first == "Passed: environment.yml"


# Production before and after, development before (None: not there) and after.
MOVES: list[tuple[str, str, str, str | None, str]] = [
    ("created", PLAIN + "  - pytest=8\n", PLAIN, None, "name: x-dev\nchannels:\n  - conda-forge\ndependencies:\n  - pytest=8\n"),
    ("no name", DEPS + "- a=1\n- pytest=8", DEPS + "- a=1\n", None, "channels:\n  - conda-forge\ndependencies:\n  - pytest=8\n"),
    ("odd name", "name: a b\ndependencies: [a=1, pytest=8]", "name: a b\ndependencies: [a=1]", None, "dependencies:\n  - pytest=8\n"),
    ("odd channel", "channels: ['it''s', https://x.org/c]\ndependencies: [a=1, pytest=8]", "channels: ['it''s', https://x.org/c]\ndependencies: [a=1]", None, "channels:\n  - 'it''s'\n  - https://x.org/c\ndependencies:\n  - pytest=8\n"),
    ("windows", "dependencies:\r\n- a=1\r\n- pytest=8\r\n", "dependencies:\r\n- a=1\r\n", None, "dependencies:\r\n  - pytest=8\r\n"),
    ("comments", PLAIN + "  # one\n  # two\n  - pytest=8  # three \n  - b=1\n", PLAIN + "  - b=1\n", DEPS + "- mypy=1\n", DEPS + "- mypy=1\n# one\n# two\n- pytest=8  # three \n"),
    ("other comments", PLAIN + "\n# far\n  # - gone\n  - pytest=8\n", PLAIN + "\n# far\n  # - gone\n", DEPS + "- mypy=1\n", DEPS + "- mypy=1\n- pytest=8\n"),
    ("several", PLAIN + "  - pytest=8\n  - black=24\n  - b=1\n  - mypy=1\n", PLAIN + "  - b=1\n", DEPS + "- ruff=1", DEPS + "- ruff=1\n- pytest=8\n- black=24\n- mypy=1"),
    ("platform", PLAIN + "  - pytest=8 # [linux]\n", PLAIN, DEPS + "- mypy=1\n", DEPS + "- mypy=1\n- pytest=8 # [linux]\n"),
    ("two platforms", PLAIN + "  - pytest=8 # [linux]\n  - pytest=7 # [osx]\n", PLAIN, DEPS + "- mypy=1\n", DEPS + "- mypy=1\n- pytest=8 # [linux]\n- pytest=7 # [osx]\n"),
    ("above pip", PLAIN + "  - pytest=8\n", PLAIN, DEPS + "- mypy=1\n- pip:\n  - a==1\n", DEPS + "- mypy=1\n- pytest=8\n- pip:\n  - a==1\n"),
    ("only pip", PLAIN + "  - pytest=8\n", PLAIN, DEPS + "# x\n- pip:\n  - a==1\n", DEPS + "- pytest=8\n# x\n- pip:\n  - a==1\n"),
    ("into flow", PLAIN + "  - pytest=8\n", PLAIN, HEAD + "dependencies: [mypy=1, pip: [a==1]]\n", HEAD + "dependencies: [mypy=1, pytest=8, pip: [a==1]]\n"),
    ("into flow before", PLAIN + "  - pytest=8\n", PLAIN, HEAD + "dependencies: [pip: [a==1]]\n", HEAD + "dependencies: [pytest=8, pip: [a==1]]\n"),
    ("into nothing", PLAIN + "  - pytest >=8,<9\n", PLAIN, HEAD + "dependencies: []\n", HEAD + "dependencies: ['pytest >=8,<9']\n"),
    ("from flow", 'dependencies: [a=1, "pytest=8", b=1]', "dependencies: [a=1, b=1]", DEPS + "- mypy=1\n", DEPS + '- mypy=1\n- "pytest=8"\n'),
    ("flow to flow", 'dependencies: ["pytest=8", b=1]', "dependencies: [b=1]", "dependencies: [mypy=1]", 'dependencies: [mypy=1, "pytest=8"]'),
    ("listed", PLAIN + "  - pytest=8\n", PLAIN, DEPS + "- pytest=8\n", DEPS + "- pytest=8\n"),
    ("listed with comments", PLAIN + "  # x\n  - pytest=8 # y\n", PLAIN, DEPS + "  - pytest=8\n", DEPS + "  # x\n  # y\n  - pytest=8\n"),
    ("listed for pip", PLAIN + "  - pytest=8\n", PLAIN, DEPS + "- pip:\n  - pytest==8\n", DEPS + "- pip:\n  - pytest==8\n"),
    ("listed, one platform", PLAIN + "  - pytest=8 # [osx]\n", PLAIN, DEPS + "- pytest=8 # [osx]\n", DEPS + "- pytest=8 # [osx]\n"),
    ("listed with more", PLAIN + "  - pytest>=7\n", PLAIN, DEPS + "- pytest=8\n", DEPS + "- pytest=8\n"),
    ("listed with less", PLAIN + "  - pytest>=7  # yes\n", PLAIN, DEPS + "- mypy=1\n- pytest # no\n", DEPS + "- mypy=1\n# yes\n- pytest>=7 # no\n"),
    ("listed with less in flow", PLAIN + "  - pytest >=7,<9\n", PLAIN, HEAD + "dependencies: [mypy=1, 'pytest']\n", HEAD + "dependencies: [mypy=1, 'pytest >=7,<9']\n"),
    ("listed with less for pip", PLAIN + "  - pip: [a==1, pytest>=7]\n", PLAIN + "  - pip: [a==1]\n", DEPS + "- pip:\n  - pytest\n", DEPS + "- pip:\n  - pytest>=7\n"),
    ("listed with more for conda", PLAIN + "  - pip: [a==1, pytest>=7]\n", PLAIN + "  - pip: [a==1]\n", DEPS + "- pytest=8\n", DEPS + "- pytest=8\n"),
    ("no constraint for pip", PLAIN + "  - pytest\n", PLAIN, DEPS + "- pip:\n  - pytest\n", DEPS + "- pip:\n  - pytest\n"),
    ("twice", PLAIN + "  - pytest=8\n  - b=1\n  - pytest=8\n", PLAIN + "  - b=1\n", DEPS + "- mypy=1\n", DEPS + "- mypy=1\n- pytest=8\n"),
    ("pip line", PLAIN + "  - pip\n  - pip:\n    - a==1\n    - pytest==8\n", PLAIN + "  - pip\n  - pip:\n    - a==1\n", DEPS + "- mypy=1\n- pip:\n  - b==1\n- c\n", DEPS + "- mypy=1\n- pip:\n  - b==1\n  - pytest==8\n- c\n"),
    ("pip section", PLAIN + "  - pip\n  - pip:\n    # x\n    - pytest==8\n    - a==1\n", PLAIN + "  - pip\n  - pip:\n    - a==1\n", DEPS + "- mypy=1\n", DEPS + "- mypy=1\n- pip:\n    # x\n    - pytest==8\n"),
    ("two pip lines", PLAIN + "  - pip\n  - pip:\n    - pytest==8\n    - mypy==1\n", PLAIN + "  - pip\n", None, "name: x-dev\nchannels:\n  - conda-forge\ndependencies:\n  - pip:\n      - pytest==8\n      - mypy==1\n"),
    ("last pip line", PLAIN + "  - pip\n  - pip: [ pytest==8 ]\n", PLAIN + "  - pip\n", DEPS + "- mypy=1\n- pip: [a==1]\n", DEPS + "- mypy=1\n- pip: [a==1, pytest==8]\n"),
    ("mark", "\ufeff" + PLAIN + "  - pytest=8\n", "\ufeff" + PLAIN, "\ufeff" + DEPS + "- mypy=1\n", "\ufeff" + DEPS + "- mypy=1\n- pytest=8\n"),
    ("anchor elsewhere", "x: &x 1\ny: *x\n" + PLAIN + "  - pytest=8\n", "x: &x 1\ny: *x\n" + PLAIN, DEPS + "- mypy=1\n", DEPS + "- mypy=1\n- pytest=8\n"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after", "dev_before", "dev_after"),
    [m[1:] for m in MOVES],
    ids=[m[0] for m in MOVES],
)
def test_development_tools_move(
    envtool: Envtool,
    tmp_path: Path,
    before: str,
    after: str,
    dev_before: str | None,
    dev_after: str,
) -> None:
    there = {} if dev_before is None else {DEV: dev_before}
    write(tmp_path, {"environment.yml": before, **there})
    done = envtool("verify", "--fix", "--select", "env.dev-tool-in-production,env.duplicate")
    assert done.code == 0
    assert done.first.startswith("Mended ")
    assert read(tmp_path) == {"environment.yml": after, DEV: dev_after}
    assert envtool(
        "verify", "--fix", "--ignore", "pins,channels,env.unknown-key,env.pip-without-pip"
    ).first.startswith("Passed")
    assert read(tmp_path) == {"environment.yml": after, DEV: dev_after}


DEV_TOOL, DOUBLE = "env.dev-tool-in-production", "env.duplicate"
# What is left as it is: the rule, the files, and a part of the reason.
LEFT: list[tuple[str, str, dict[str, str], str]] = [
    ("prefix in braces", "env.prefix-key", {"environment.yml": "{prefix: x, dependencies: [a=1]}"}, "something else stands in its line"),
    ("prefix below", "env.prefix-key", {"environment.yml": DEPS + "- a=1\nprefix:\n  /x\n"}, "something else stands in its line"),
    ("prefix in lines", "env.prefix-key", {"environment.yml": DEPS + "- a=1\nprefix: /x\n  y\n"}, "it is no text in one line"),
    ("prefix twice", "env.prefix-key", {"environment.yml": "prefix: x\n" + DEPS + "- a=1\nprefix: y\n"}, "the file would not say what was meant"),
    ("prefix with anchor", "env.prefix-key", {"environment.yml": "name: &x x\n" + DEPS + "- a=1\nprefix: *x\n"}, "it is used in several places"),
    ("odd wildcard", "pins.wildcard", {"environment.yml": DEPS + "- a[version='*', build='*']\n- 'a2[version=\"*\",channel=c]'\n"}, "the wildcard is written in an unusual way"),
    ("escaped wildcard", "pins.wildcard", {"environment.yml": DEPS + '- "a=\\x2a"\n'}, "it is no text in one line"),
    ("anchored wildcard", "pins.wildcard", {"environment.yml": DEPS + "- &a a=*\n"}, "it is no text in one line"),
    ("aliased wildcard", "pins.wildcard", {"environment.yml": "x: &a a=*\n" + DEPS + "- *a\n"}, "it is used in several places"),
    ("alias twice", "pins.wildcard", {"environment.yml": DEPS + "- &a a=*\n- *a\n"}, "it is used in several places"),
    ("on a line of its own", "pins.wildcard", {"environment.yml": DEPS + "-\n  a=*\n"}, "something else stands in its line"),
    ("aliases in aliases", "pins.wildcard", {"environment.yml": "x: &x\n- &y a=*\n- *y\ndependencies: *x\n"}, "it is used in several places"),
    ("aliased list", "pins.wildcard", {"environment.yml": "x: &a\n- a=*\ndependencies: *a\n"}, "it is used in several places"),
    ("folded", "pins.wildcard", {"environment.yml": DEPS + "- >-\n  a=*\n"}, "it is no text in one line"),
    ("sel value", "pins.wildcard", {"environment.yml": DEPS + "- sel(linux): a=*\n"}, "it stands in no list"),
    ("list in list", DOUBLE, {"environment.yml": DEPS + "- a\n- sel(linux): [a, # x\n  b]\n"}, "something else stands between it"),
    ("pip in pip", "env.pip-without-pip", {"environment.yml": DEPS + "- pip: [pip==24, a==1]\n"}, "`pip` stands in its own `pip:` section"),
    ("pip below", "env.pip-without-pip", {"environment.yml": DEPS + "-\n  pip: [a==1]\n"}, "something else stands in front of"),
    ("aliased pip", "env.pip-without-pip", {"environment.yml": "x: &x\n- pip: [a==1]\ndependencies: *x\n"}, "it is used in several places"),
    ("conda and pip", DOUBLE, {"environment.yml": DEPS + "- pip\n- a=1\n- pip: [a==1]\n"}, "conda and pip both install it"),
    ("both needed", DOUBLE, {"environment.yml": DEPS + "- a>=1\n- a<2\n"}, "`a>=1` and `a<2` each ask for something else"),
    ("builds", DOUBLE, {"environment.yml": DEPS + "- a * h*\n- a=1.2\n"}, "each ask for something else"),
    ("some platforms", DOUBLE, {"environment.yml": DEPS + "- a=1 # [linux]\n- a\n"}, "each ask for something else"),
    ("markers", DOUBLE, {"environment.yml": DEPS + "- pip\n- pip:\n  - a==1; python_version<'3'\n  - a\n"}, "each ask for something else"),
    ("only item", DOUBLE, {"environment.yml": DEPS + "- a=1\n- sel(linux):\n  - a\n"}, "its list would be empty"),
    ("comment into flow", DOUBLE, {"environment.yml": DEPS + "- sel(linux): [a=1, b]\n- sel(linux):\n  - a # x\n  - c\n"}, "there is a comment behind it"),
    ("alias of a duplicate", DOUBLE, {"environment.yml": DEPS + "- &a a\n- *a\n"}, "it is used in several places"),
    ("nothing left", DEV_TOOL, {"environment.yml": DEPS + "- pytest=8\n"}, "nothing would be left in production"),
    ("sel section", DEV_TOOL, {"environment.yml": DEPS + "- a=1\n- sel(linux):\n  - pytest=8\n"}, "it is for some platforms only"),
    ("sel with comment", DEV_TOOL, {"environment.yml": DEPS + "- a=1\n- sel(linux):\n  - pytest=8 # [linux]\n"}, "it stands in a section of its own"),
    ("pip options", DEV_TOOL, {"environment.yml": PLAIN + "  - pip: [-i https://x.org/, pytest==8]\n"}, "its `pip:` section has options"),
    ("pip path", DEV_TOOL, {"environment.yml": PLAIN + "  - pip: [a==1, '-e ./x#egg=pytest']\n"}, "it is a path, which depends on the folder"),
    ("only a pip section", DEV_TOOL, {"environment.yml": DEPS + "- pip: [pytest==8]\n"}, "nothing would be left in production"),
    ("pip section with comment", DEV_TOOL, {"environment.yml": PLAIN + "  - pip: # x\n    - pytest==8\n"}, "more than that stands in its `pip:` section"),
    ("pip section in quotes", DEV_TOOL, {"environment.yml": PLAIN + "  - 'pip': [pytest==8]\n"}, "more than that stands in its `pip:` section"),
    ("flow with comment", DEV_TOOL, {"environment.yml": HEAD + "dependencies: [\n  pytest=8, # x\n  a=1]\n"}, "something else stands between it"),
    ("flow in flow", DEV_TOOL, {"environment.yml": HEAD + "dependencies: [a=1, pip: [b==1], pytest=8]\n", DEV: "[]"}, "something else stands between it"),
    ("broken file", DEV_TOOL, {"environment.yml": PLAIN + "  - pytest=8\n", DEV: "["}, "`environment-dev.yml` can not be read"),
    ("another file is broken", "pins.wildcard", {"environment.yml": DEPS + "- &a a=*\n", "environment-b.yml": "["}, "it is no text in one line"),
    ("only globs", DEV_TOOL, {"environment.yml": PLAIN + "  - pytest=8\n", "envtool.toml": "files.development = ['dev*.yml']"}, "the policy does not name one"),
    ("credential", DEV_TOOL, {"environment.yml": "channels: ['https://x.org/t/secret-1/c']\ndependencies: [a=1, pytest=8]\n"}, "a channel holds a credential"),
    ("empty list", DEV_TOOL, {"environment.yml": PLAIN + "  - pytest=8\n", DEV: HEAD + "dependencies:\n"}, "`dependencies:` of `environment-dev.yml` is no list"),
    ("merged list", DEV_TOOL, {"environment.yml": PLAIN + "  - pytest=8\n", DEV: "x: &x {dependencies: [mypy=1]}\n<<: *x\n"}, "`dependencies:` is used in several places"),
    ("odd list", DEV_TOOL, {"environment.yml": PLAIN + "  - pytest=8\n", DEV: DEPS + "-\n  pip: [a==1]\n"}, "`dependencies:` of `environment-dev.yml` is written in an unusual way"),
    ("list with anchors", DEV_TOOL, {"environment.yml": PLAIN + "  - pytest=8\n", DEV: DEPS + "- &a mypy=1\n"}, "it is no text in one line"),
    ("no room", DEV_TOOL, {"environment.yml": PLAIN + "  - pytest=8 # x\n", DEV: "dependencies: [mypy=1]"}, "`environment-dev.yml` has no room for its comments"),
    ("no room above", DEV_TOOL, {"environment.yml": PLAIN + "  - pytest=8 # x\n", DEV: "dependencies: [pytest=8]"}, "`environment-dev.yml` has no room for its comments"),
    ("some platforms there", DEV_TOOL, {"environment.yml": PLAIN + "  - pytest=8\n", DEV: DEPS + "- pytest=8 # [linux]\n"}, "`environment-dev.yml` lists it for some platforms only"),
    ("each asks for something", DEV_TOOL, {"environment.yml": PLAIN + "  - pytest>=7\n", DEV: DEPS + "- pytest<9\n"}, "`environment-dev.yml` lists it as `pytest<9`, which may be less"),
    ("less for pip", DEV_TOOL, {"environment.yml": PLAIN + "  - pytest>=7\n", DEV: DEPS + "- pip: [pytest]\n"}, "`environment-dev.yml` lists it as `pytest`, which may be less"),
    ("a build", DEV_TOOL, {"environment.yml": PLAIN + "  - pytest=8=h0\n", DEV: DEPS + "- pip: [pytest==8]\n"}, "`environment-dev.yml` lists it as `pytest==8`, which may be less"),
    ("an extra", DEV_TOOL, {"environment.yml": PLAIN + "  - pip: [a==1, 'pytest[x]']\n", DEV: DEPS + "- pytest\n"}, "`environment-dev.yml` lists it as `pytest`, which may be less"),
    ("empty pip section", DEV_TOOL, {"environment.yml": PLAIN + "  - pip: [a==1, pytest==8]\n", DEV: DEPS + "- pip:\n"}, "the `pip:` section of `environment-dev.yml` is empty"),
    ("pip into one line", DEV_TOOL, {"environment.yml": PLAIN + "  - pip: [a==1, pytest==8]\n", DEV: "dependencies: [mypy=1]"}, "`dependencies:` of `environment-dev.yml` stands in one line"),
    ("pip into sections", DEV_TOOL, {"environment.yml": PLAIN + "  - pip: [a==1, pytest==8]\n", DEV: DEPS + "- sel(linux): a\n"}, "`dependencies:` of `environment-dev.yml` lists no package"),
    ("clash", DEV_TOOL, {"environment.yml": PLAIN + "  - pytest=8 # [linux]\n", DEV: DEPS + "- pytest=7 # [unix]\n"}, "lists it for some platforms only"),
    ("file is a folder", DEV_TOOL, {"environment.yml": PLAIN + "  - pytest=8\n", f"{DEV}/x": ""}, "the file would not say what was meant"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "files", "reason"), [each[1:] for each in LEFT], ids=[each[0] for each in LEFT]
)
def test_what_needs_a_person_is_left(
    envtool: Envtool, tmp_path: Path, rule: str, files: dict[str, str], reason: str
) -> None:
    write(tmp_path, files)
    before = everything(tmp_path)
    done = json.loads(envtool("verify", "--fix", "--select", rule, "-o", "json").out)
    assert done["data"]["mended"] == []
    assert everything(tmp_path) == before
    skipped = [each for each in done["skipped"] if each["what"].startswith("mending ")]
    assert any(reason in each["reason"] for each in skipped), done
    assert any(each["rule"] == rule and each["fix"] for each in done["findings"])


def test_the_cheap_list_names_the_safe_menders() -> None:
    assert {mender.rule for mender in MENDERS if mender.safe} == MENDED


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"environment.yml": PLAIN + "  - jupyterlab=4\n"}, "production may serve it to people"),
        (
            {"environment.yml": PLAIN + "  - pytest=8\n", "environment-gpu.yml": PLAIN},
            "the project has several production files",
        ),
    ],
)
def test_a_tool_that_production_may_mean_stays(
    envtool: Envtool, tmp_path: Path, files: dict[str, str], reason: str
) -> None:
    write(tmp_path, files)
    done = json.loads(envtool("verify", "--fix", "-o", "json").out)
    assert done["data"]["mended"] == []
    assert any(reason in each["reason"] for each in done["skipped"]), done["skipped"]
    assert (tmp_path / "environment.yml").read_text() == files["environment.yml"]

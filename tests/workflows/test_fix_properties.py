"""`envtool verify --fix` on files that nobody would think of."""

import re
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from envtool.adapters import connect
from envtool.workflows.fix import FixRequest, fix
from envtool.workflows.verify import VerifyRequest
from tests.judging import TODAY
from tests.mending import everything, write

PACKAGES = st.sampled_from([
    "python=3.12", "numpy", "numpy=*", "numpy=1.26", "numpy >=1,<2", "conda-forge::numpy", "pip",
    "pytest", "pytest=8.*", "'black=24'", '"mypy *"', "mypy # [linux]", "ruff  # envtool: ignore[env] x",
    "&a scipy", "*a", "pandas=*  # why  ", "sel(linux): gdb", "pip: [requests==2, black]",
])  # fmt: skip
COMMENTS = st.sampled_from(["", "# a comment", "# - taken out", "   ", "# [win] é"])
TAILS = st.sampled_from(["", "  - pip:\n    - flask==1\n    - pytest-cov\n    # x\n    - flask\n"])
ENDS = st.sampled_from(["", "prefix: /x # y\n", "prefix:\n  /x\n", "variables: {A: b}\n"])
CHANNELS = st.sampled_from(
    ["", "channels: [defaults, b]\n", "channels:\n- defaults\n- conda-forge\n"]
)


@st.composite
def block(draw: st.DrawFn) -> str:
    """An environment file in block style."""
    indent = draw(st.sampled_from(["", "  ", "    "]))
    lines = [draw(CHANNELS) + "dependencies:\n"]
    for package in draw(st.lists(PACKAGES, min_size=1, max_size=7)):
        if comment := draw(COMMENTS):
            lines.append(f"{indent}{comment}\n")
        lines.append(f"{indent}- {package}\n")
    tail = draw(TAILS) if indent == "  " else ""
    return "".join(lines) + tail + draw(ENDS)


@st.composite
def flow(draw: st.DrawFn) -> str:
    """An environment file with its dependencies in brackets."""
    packages = draw(st.lists(PACKAGES.filter(lambda each: "#" not in each), min_size=1, max_size=6))
    comma = draw(st.sampled_from([", ", ",", " ,\n  ", ", # x\n  "]))
    text = comma.join(f"'{each}'" if "," in each and ":" not in each else each for each in packages)
    return draw(CHANNELS) + f"dependencies: [{text}]\n" + draw(ENDS)


@st.composite
def project(draw: st.DrawFn) -> dict[str, str]:
    """A production file, with or without a development file."""
    files = {"environment.yml": draw(block() | flow())}
    if draw(st.booleans()):
        files["environment-dev.yml"] = draw(block() | flow())
    if draw(st.booleans()):
        files = {name: text.replace("\n", "\r\n") for name, text in files.items()}
    mark, end = draw(st.sampled_from(["", "\ufeff"])), draw(st.booleans())
    return {name: mark + (text if end else text.rstrip("\r\n")) for name, text in files.items()}


def is_yaml(folder: Path) -> bool:
    """Whether every file composes; PyYAML refuses more than the events do: anchors given twice."""
    try:
        for data in everything(folder).values():
            yaml.load(data.decode("utf-8-sig"), Loader=yaml.BaseLoader)  # noqa: S506 - texts only
    except yaml.YAMLError:
        return False
    return True


def comments(folder: Path) -> set[str]:
    """Every comment but those that only envtool and conda-lock read."""
    texts = [each.decode() for each in everything(folder).values()]
    found = re.findall(r"(?m)(?:^|\s)(# [^\r\n]*?)[ \t\r]*$", "\n".join(texts))
    return {each for each in found if "[" not in each and each != "# y"}


@settings(max_examples=100, deadline=None)
@given(project(), st.booleans())
def test_nothing_is_damaged(files: dict[str, str], unsafe: bool) -> None:  # noqa: FBT001 - drawn
    with TemporaryDirectory() as name:
        folder = Path(name)
        write(folder, files)
        request = FixRequest(verify=VerifyRequest(paths=(name,), today=TODAY), unsafe=unsafe)
        dry = fix(connect(), replace(request, dry_run=True))
        before, words, sound = everything(folder), comments(folder), is_yaml(folder)
        first = fix(connect(), request)
        after = everything(folder)
        assert (before != after) == bool(first.result.data["mended"])
        assert dry.diff == first.diff
        for path in before.keys() & after.keys():
            assert after[path].startswith(b"\xef\xbb\xbf") == before[path].startswith(
                b"\xef\xbb\xbf"
            )
            # A line that ends otherwise than it did would be there twice, once without its end.
            if b"\r\n" in before[path]:
                assert after[path].count(b"\n") == after[path].count(b"\r\n")
        assert is_yaml(folder) >= sound
        assert comments(folder) >= words
        fix(connect(), request)
        assert everything(folder) == after

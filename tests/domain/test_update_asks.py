"""What is asked of a solver in place of the lines of what is updated."""

from envtool.domain.match_specs import parse_match_spec
from envtool.domain.pip_requirements import parse_pip_requirement
from envtool.domain.specs import Spec
from envtool.domain.update_asks import asked_specs, limits, lines_of, nodes_of, package_of
from tests.judging import environment, spec

BOTH = ("linux-64", "osx-arm64")
SPEC = spec(environment("a=1.2", "b ==3", "c=1 # [linux]", "pip: [d==4, 'git+https://e.org/e']"))
RANGES = {
    ("conda", "linux-64", "a"): ">=1.2,1.*",
    ("conda", "osx-arm64", "a"): ">=1.3,1.*",
    ("conda", "linux-64", "c"): ">=1.0",
    ("conda", "osx-arm64", "hidden"): ">=7",
    ("pip", "osx-arm64", "d"): ">=4,4.*",
}


def asked() -> Spec:
    return asked_specs((SPEC,), RANGES, BOTH)[0]


def test_each_platform_is_asked_for_what_it_may_get() -> None:
    assert [(each.spec, each.platforms) for each in asked().dependencies] == [
        (parse_match_spec("a[version='>=1.2,1.*']"), ("linux-64",)),
        (parse_match_spec("a[version='>=1.3,1.*']"), ("osx-arm64",)),
        (parse_match_spec("b ==3"), ()),
        (parse_match_spec("c >=1.0"), ("linux-64",)),
    ]


def test_a_line_of_pip_stays_for_the_platforms_that_are_not_updated() -> None:
    lines = [(each.requirement, each.platforms) for each in asked().pip]
    assert lines[:2] == [
        (parse_pip_requirement("d==4"), ("linux-64",)),
        (parse_pip_requirement("d>=4,==4.*"), ("osx-arm64",)),
    ]
    assert lines[2][1] == ()


def test_what_a_line_is_about() -> None:
    lines = list(lines_of(SPEC))
    assert [package_of(each) for each in lines] == [
        ("conda", "a"), ("conda", "b"), ("conda", "c"), ("pip", "d"), ("pip", ""),
    ]  # fmt: skip
    assert nodes_of(lines[2], BOTH) == [("conda", "linux-64", "c")]


def test_a_solver_of_conda_is_limited_for_what_no_file_lists() -> None:
    assert limits(RANGES) == {
        "linux-64": ('a[version=">=1.2,1.*"]', 'c[version=">=1.0"]'),
        "osx-arm64": ('a[version=">=1.3,1.*"]', 'hidden[version=">=7"]'),
    }

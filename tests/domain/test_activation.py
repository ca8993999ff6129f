"""Which variables an environment sets, and in place of which."""

import pytest

from envtool.domain.activation import (
    Activation,
    Prefix,
    activation,
    active_prefix,
    environment_name,
    program_folders,
    read_variables,
)

P, Q = "/home/ada/envs/science", "/opt/base"


def activated(
    prefix: str = P, old: str | None = None, system: str = "posix", **variables: str
) -> dict[str, str]:
    found = activation(
        Prefix(prefix), Prefix(old) if old else None, variables, windows=system == "windows"
    )
    return dict(found.export)


def test_the_first_environment() -> None:
    assert activated(PATH="/usr/bin:/bin") == {
        "PATH": f"{P}/bin:/usr/bin:/bin",
        "CONDA_PREFIX": P,
        "CONDA_SHLVL": "1",
        "CONDA_DEFAULT_ENV": "science",
        "CONDA_PROMPT_MODIFIER": "(science) ",
    }


def test_an_environment_in_place_of_another_one() -> None:
    found = activated(old=Q, PATH=f"/mine:{Q}/bin:/usr/bin", CONDA_PREFIX=Q, CONDA_SHLVL="1")
    assert found["PATH"] == f"{P}/bin:/mine:/usr/bin"
    assert (found["CONDA_SHLVL"], found["CONDA_PREFIX_1"]) == ("2", Q)


def test_the_same_environment_again_is_no_deeper() -> None:
    path = f"/mine:{P}/bin:/usr/bin"
    found = activated(old=f"{P}/", PATH=path, CONDA_PREFIX=P, CONDA_SHLVL="2", A="1")
    assert found["PATH"] == f"{P}/bin:/mine:/usr/bin"
    assert found["CONDA_SHLVL"] == "2"
    assert not {name for name in found if name.startswith(("CONDA_PREFIX_", "__CONDA"))}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (None, f"{P}/bin:/usr/local/bin:/usr/bin:/bin"),
        ("", f"{P}/bin"),
        # Empty is the working directory, and stays.
        (":/usr/bin:", f"{P}/bin::/usr/bin:"),
        (f"{P}/bin:/usr/bin:{P}/bin/", f"{P}/bin:/usr/bin"),
    ],
)
def test_search_paths(path: str | None, expected: str) -> None:
    assert activated(**({} if path is None else {"PATH": path}))["PATH"] == expected


def test_windows_has_more_folders() -> None:
    w = r"C:\envs\science"
    folders = (
        w, rf"{w}\Library\mingw-w64\bin", rf"{w}\Library\usr\bin", rf"{w}\Library\bin",
        rf"{w}\Scripts", rf"{w}\bin",
    )  # fmt: skip
    assert program_folders(w, windows=True) == folders
    old = ";".join(program_folders(r"D:\Base", windows=True)).lower()
    found = activated(w, r"D:\Base", "windows", PATH=rf"{old};C:\Windows", CONDA_SHLVL="1")
    assert found["PATH"] == ";".join((*folders, r"C:\Windows"))
    assert found["CONDA_DEFAULT_ENV"] == "science"
    assert activated("C:\\", system="windows")["PATH"].startswith("C:\\;C:\\Library")


def test_variables_and_what_they_take_the_place_of() -> None:
    prefix = Prefix(P, {"A": "1", "b": "2", "GONE": None}, ("a.sh",), ("never.sh",))
    old = Prefix(Q, {}, ("never.sh",), ("d.sh",))
    present = {"PATH": "/bin", "CONDA_PREFIX": Q, "CONDA_SHLVL": "3", "A": "0", "GONE": "x"}
    found = activation(prefix, old, present, windows=False)
    assert (found.deactivate, found.unset, found.activate) == (("d.sh",), ("GONE",), ("a.sh",))
    assert found.has_scripts
    assert found.export["__CONDA_SHLVL_3_A"] == "0"
    applied = found.applied(present)
    assert (applied["A"], applied["b"], applied["CONDA_SHLVL"]) == ("1", "2", "4")
    assert "GONE" not in applied


def test_no_scripts_need_no_shell() -> None:
    assert not Activation((), (), {}, ()).has_scripts


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, None),
        ({"CONDA_PREFIX": P}, None),
        ({"CONDA_PREFIX": P, "CONDA_SHLVL": "0"}, None),
        ({"CONDA_PREFIX": P, "CONDA_SHLVL": "many"}, None),
        ({"CONDA_PREFIX": P, "CONDA_SHLVL": " 1 "}, P),
        ({"CONDA_PREFIX": "", "CONDA_SHLVL": "1"}, None),
    ],
)
def test_what_is_active(variables: dict[str, str], expected: str | None) -> None:
    assert active_prefix(variables) == expected


@pytest.mark.parametrize(
    ("prefix", "variables", "expected"),
    [
        (P, {}, "science"),
        ("/work/env", {}, "/work/env"),
        (Q, {"CONDA_EXE": f"{Q}/bin/conda"}, "base"),
        (Q, {"MAMBA_ROOT_PREFIX": Q}, "base"),
        (Q, {"CONDA_EXE": "/other/bin/conda"}, Q),
        (Q, {"MAMBA_ROOT_PREFIX": ""}, Q),
    ],
)
def test_names(prefix: str, variables: dict[str, str], expected: str) -> None:
    assert environment_name(prefix, variables, windows=False) == expected


def test_values_of_any_type() -> None:
    data = {"TEXT": "x", "NUMBER": 1.5, "YES": True, "NONE": None, "BACK": "***unset***"}
    assert read_variables(data) == {"TEXT": "x", "NUMBER": "1.5", "YES": "True", "NONE": None}


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (["A"], "no mapping"),
        ({"A B": "x"}, "`A B` is no name"),
        ({"x; rm -rf /": "x"}, "no name"),
        ({"": "x"}, "no name"),
        ({"A": ["x"]}, "`A` has no text"),
        ({"A": "\0"}, "zero byte"),
        ({"Path": "/bin"}, "`Path` is set by the activation itself"),
        ({"A\n": "x"}, "no name"),
    ],
)
def test_what_no_environment_can_set(data: object, reason: str) -> None:
    with pytest.raises((ValueError, TypeError), match=reason):
        read_variables(data)

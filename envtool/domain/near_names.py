"""The name that somebody meant who wrote one that does not exist."""

from collections.abc import Collection, Mapping
from difflib import SequenceMatcher

# As alike as `pandsa` and `pandas` are.
_LEAST = 0.8
# What ports of PyPI's packages add to their names, or leave away.
_FORMS = ("python-{}", "{}-python", "py{}", "py-{}", "r-{}", "lib{}")


def near_name(
    name: str, names: Collection[str], conda_to_pypi: Mapping[str, str]
) -> tuple[str, bool] | None:
    """The one of `names` that is meant by `name`, and whether PyPI calls it `name`.

    None when none is near.
    """
    theirs = name.replace("_", "-").replace(".", "-")
    for conda, pypi in conda_to_pypi.items():
        if pypi == theirs and conda in names:
            return conda, True
    spelled = (name.replace("_", "-"), name.replace("-", "_"), *(f.format(name) for f in _FORMS))
    same = next((each for each in spelled if each in names), None)
    return (same, False) if same else _alike(name, names)


def _alike(name: str, names: Collection[str]) -> tuple[str, bool] | None:
    best, found = _LEAST, None
    matcher = SequenceMatcher(b=name)
    for each in sorted(names):
        # All names of conda-forge: those that can not be near are passed over quickly.
        if abs(len(each) - len(name)) > 2 or len(set(each) ^ set(name)) > 3:  # noqa: PLR2004
            continue
        matcher.set_seq1(each)
        if matcher.real_quick_ratio() > best and matcher.ratio() > best:
            best, found = matcher.ratio(), each
    return (found, False) if found else None

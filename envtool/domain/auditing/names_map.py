"""Reads the downloaded map from conda-forge names to PyPI names.

The format is that of `compressed_mapping.json` in prefix-dev/parselmouth: conda name -> a PyPI
name, several of them, or null for what is known to be no Python distribution.
"""

from collections.abc import Iterator

from envtool.domain.auditing.json_values import NotAnAdvisoryError, is_name, mapping_of
from envtool.domain.pip_grammar import canonical


def read_names(document: object) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The entries of the map, PyPI names canonical; raises `NotAnAdvisoryError`."""
    for conda, value in mapping_of(document, "the map").items():
        names = [] if value is None else value if isinstance(value, list) else [value]
        if not all(isinstance(each, str) and is_name(each) for each in (conda, *names)):
            raise NotAnAdvisoryError(f"what `{conda}` is on PyPI is no name")
        yield conda, tuple(dict.fromkeys(map(canonical, names)))

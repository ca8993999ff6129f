"""Where advisories are published, and where a policy says that they are."""

import pytest

from envtool.domain.auditing.sources import FILES, PUBLISHED, Engine, Sources


def test_every_file_is_of_a_published_source() -> None:
    assert {file.key for file in FILES.values()} <= PUBLISHED.keys()
    # An air-gapped site has all of them in one folder.
    assert len({file.name for file in FILES.values()}) == len(FILES)


@pytest.mark.parametrize(
    "url", ["https://mirror.example.org/osv", "https://mirror.example.org/osv/"]
)
def test_what_a_policy_names(url: str) -> None:
    sources = Sources.of({"osv-files": url, "kev": "file:///mirror/kev.json"})
    assert sources.engine is Engine.ENVTOOL
    assert sources.file_url("osv:PyPI") == "https://mirror.example.org/osv/PyPI/all.zip"
    assert sources.file_url("kev") == sources.url("kev") == "file:///mirror/kev.json"
    assert sources.url("osv") == PUBLISHED["osv"].url


def test_the_same_sources_are_equal() -> None:
    one, other = Sources.of({"osv": "a", "kev": "b"}), Sources.of({"kev": "b", "osv": "a"})
    assert hash(one) == hash(other)
    assert one == other
    assert one != Sources.of({"kev": "b", "osv": "a"}, Engine.PIP_AUDIT)


@pytest.mark.parametrize(
    ("named", "has"),
    [((), True), (("osv-files",), True), (("osv",), False), (("osv", "osv-files"), True)],
)
def test_files_belong_to_their_api(named: tuple[str, ...], *, has: bool) -> None:
    sources = Sources.of(dict.fromkeys(named, "https://mirror.example.org"))
    assert sources.has_whole("osv", "osv-files") is has

"""`envtool deploy`: what runs and answers, or all as before."""

import pytest

from tests.deploying import Place


def test_a_service_is_deployed_and_outlives_envtool(place: Place) -> None:
    place.lock("web=1.0")
    place.policy()
    done = place.ok()
    assert done.first.startswith(
        "Deployed `.envtool/envs/production`: 1 package from conda-lock.yml, `web` answers, in "
    )
    assert place.asked() == ("1.0", {})
    place.lock("web=2.0")
    done = place.ok()
    assert place.asked()[0] == "2.0"
    assert "services were away for" in done.out


@pytest.mark.parametrize(
    ("version", "said"),
    [
        ("3.0", "`web` ended with 3: LookupError: no table"),
        ("4.0", "`web` does not answer within 1 s: `{url}` answers with 500"),
        ("5.0", "`web` ended with 127: `web` was not found"),
    ],
)
def test_what_does_not_answer_is_swapped_back(place: Place, version: str, said: str) -> None:
    place.lock("web=1.0")
    place.policy(service="timeout = 1".replace("timeout", "grace"))
    place.ok()
    before = place.state / "generations/1"
    text = (place.folder / "envtool.toml").read_text().replace("timeout = 10", "timeout = 1")
    (place.folder / "envtool.toml").write_text(text)
    place.lock(f"web={version}")
    done = place.deploy()
    assert done.code == 1
    assert done.first == f"Not deployed: {said.format(url=place.url)}"
    assert "`web` of before answers again" in done.out
    assert place.asked()[0] == "1.0"
    assert before.is_dir()
    assert not (place.state / "generations/2").exists()

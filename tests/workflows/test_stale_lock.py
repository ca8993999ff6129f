"""A lock that does not fit the environment files anymore: who goes by it says so."""

import json
import sys

import pytest

from tests.deploying import Place
from tests.installing import Shop
from tests.served import flat
from tests.trying import Workshop

STALE = "the lock no longer fits the environment files: "
AGAIN = "lock again: `envtool lock`"

unix = pytest.mark.skipif(sys.platform == "win32", reason="no services there")


def test_recreate_goes_on_and_says_so(shop: Shop) -> None:
    shop.write("app=1.0")
    assert STALE not in flat(shop.recreate().out)
    shop.write("app=2.0", then=False)
    run = shop.recreate("-o", "json")
    assert run.code == 0
    assert f"{STALE}`app=2.0`: locked 1.0; {AGAIN}" in json.loads(run.out)["notes"]
    for options in (("--lock", "conda-lock.yml"), ("--generation", "1")):
        run = shop.recreate(*options)
        assert (run.code, STALE in flat(run.out)) == (0, False)


def test_export_says_so(shop: Shop) -> None:
    shop.write("app=1.0")
    assert STALE not in flat(shop.run("export").out)
    lines = ("app=2.0", "pytest", "pip", "module", "linked")
    shop.write(*lines, then=False)
    run = shop.run("export")
    assert run.code == 0
    text = flat(run.out)
    assert f"{STALE}`app=2.0`: locked 1.0; `pytest`: it is not in the lock; `pip`" in text
    assert f"(and 2 more); {AGAIN}" in text


def test_test_says_so(workshop: Workshop) -> None:
    workshop.lock("app=1.0")
    assert STALE not in flat(workshop.ok("test").out)
    workshop.write("app=1.1")
    assert f"{STALE}`app=1.1`: locked 1.0; {AGAIN}" in flat(workshop.ok("test").out)


@unix
def test_deploy_wants_to_be_forced(place: Place) -> None:
    place.policy()
    place.lock("web=1.0")
    spec = place.folder / "environment.yml"
    spec.write_text(spec.read_text().replace("1.0", "2.0"))
    done = place.deploy()
    assert (done.code, done.first) == (1, f"Not deployed: {STALE}`web=2.0`: locked 1.0")
    text = flat(done.out)
    assert f"hint: {AGAIN} hint: or deploy it as it is: `envtool deploy --force`" in text
    assert not place.prefix.exists()
    assert f"{STALE}`web=2.0`: locked 1.0; {AGAIN}" in flat(place.ok("--force").out)
    assert place.asked()[0] == "1.0"

"""`envtool deploy`: what runs and answers, or all as before."""

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from envtool.adapters.daemons import KeptDaemons
from tests.deploying import Place
from tests.ports import free_port
from tests.served import flat

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no services there")
MISSING = """\
[deploy.variables]
A = { env = "NOT_THERE" }
B = { file = "nope" }
C = { file = "empty" }
D = { file = "binary" }
E = { file = "zero" }
"""
SLEEPER = "exec sleep 1000"


def test_a_service_is_deployed_and_outlives_envtool(place: Place) -> None:
    place.lock("web=1.0")
    place.policy()
    done = place.ok()
    assert done.first.startswith(
        "Deployed `.envtool/envs/production`: 1 package from conda-lock.yml, `web` answers, in "
    )
    assert "application stage" in done.out
    assert place.asked() == ("1.0", {})
    place.lock("web=2.0")
    done = place.ok()
    assert place.asked()[0] == "2.0"
    assert "services were away for" in done.out
    assert place.events()[-2:] == ["deploy", "deployed"]
    assert not [*(place.state / "services").glob("*.held")]
    assert (place.state / "services/web.log").stat().st_mode & 0o077 == 0


def test_a_rollback_says_what_still_runs_from_before(place: Place) -> None:
    for version in ("1.0", "2.0"):
        place.lock(f"web={version}")
        place.policy()
        place.ok()
    done = place.run("rollback")
    assert done.code == 0, done.err
    assert "`web` still runs from before: `envtool deploy --generation 1`" in flat(done.out)
    assert place.asked()[0] == "2.0"
    place.ok("--generation", "1")
    assert place.asked()[0] == "1.0"
    done = place.run("rollback", "-p", str(place.prefix), "--to", "2")
    again = f"`envtool deploy -p {place.prefix} --generation 2`"
    assert f"`web` still runs from before: {again}" in flat(done.out)


@pytest.mark.parametrize(
    ("version", "said"),
    [
        ("3.0", "`web` ended with 3: LookupError: no table"),
        ("4.0", "`web` does not answer within 5 s: `{url}` answers with 500"),
        ("5.0", "`web` ended with 127: `web` was not found"),
    ],
)
def test_what_does_not_answer_is_swapped_back(place: Place, version: str, said: str) -> None:
    place.lock("web=1.0")
    place.policy()
    place.ok()
    place.policy(timeout=5)
    place.lock(f"web={version}")
    done = place.deploy()
    assert done.code == 1
    assert done.first == f"Not deployed: {said.format(url=place.url)}"
    assert "as it was before: `.envtool/envs/production`" in done.out
    assert "`web` of before answers again" in done.out
    assert "less .envtool/envs/.envtool/production/services/web.log" in flat(done.out)
    assert place.asked()[0] == "1.0"
    assert not (place.state / "generations/2").exists()
    assert place.events()[-1] == "failed"


def test_a_first_deployment_that_fails_leaves_nothing(place: Place) -> None:
    place.lock("web=3.0")
    place.policy()
    done = place.deploy()
    assert (done.code, done.first) == (1, "Not deployed: `web` ended with 3: LookupError: no table")
    assert "there is no environment at `.envtool/envs/production`" in done.out
    assert not place.prefix.exists()
    assert "No service is deployed" in place.deploy("--status").first


def test_what_answers_already_is_no_service_of_ours(place: Place) -> None:
    place.lock("web=1.0")
    place.policy()
    place.ok()
    other = place.folder.parent / "other"
    done = place.deploy("-p", str(other))
    assert done.code == 1
    assert "`web` something answers there before it is started: end that first" in done.first
    assert place.asked()[0] == "1.0"
    assert not other.exists()


def test_what_ran_is_started_again_just_as_it_was(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the settings of today are."""
    monkeypatch.setenv("KEY", "first-key")
    place.lock("web=1.0")
    place.policy(service='variables = { WEB_KEY = { env = "KEY" } }')
    place.ok()
    monkeypatch.setenv("KEY", "other-key")
    place.policy(service='variables = { WEB_NEW = { env = "KEY" } }', timeout=1)
    place.lock("web=4.0")
    assert place.deploy().code == 1
    assert place.asked() == ("1.0", {"WEB_KEY": "first-key"})


def test_that_what_ran_can_not_be_started_again_is_told(place: Place) -> None:
    place.lock("web=1.0")
    place.policy()
    place.ok()
    record = place.state / "services/web.json"
    keeper = json.loads(record.read_text())["keeper"][0]
    # As when the keeper is killed in the middle.
    kill = f"kill -9 {keeper}"
    place.policy(text=f"[[deploy.before]]\ncommand = '{kill}; false'\n")
    done = place.deploy()
    assert done.code == 1
    assert done.first == f"Not deployed: `{kill}; false` ended with 1"
    assert "`web` of before can not be started: nobody knows anymore how" in flat(done.out)
    assert "answers again" not in done.out


def test_what_ran_and_does_not_answer_anymore_is_told(place: Place) -> None:
    marker = place.folder / "fine"
    marker.touch()
    place.lock("web=1.0")
    probe = f"test -e {marker}"
    place.policy(looks=f"probe = '{probe}'", command=f"'{SLEEPER}'", timeout=1)
    marker.unlink()
    started = place.deploy()
    assert started.code == 1
    assert "`web` does not answer within 1 s: the probe ended with 1" in started.first
    place.policy(looks=f"probe = '{probe}'", command=f"'touch {marker}; {SLEEPER}'", timeout=120)
    place.ok()
    marker.unlink()
    place.policy(looks="tcp = '127.0.0.1:9'", command=f"'{SLEEPER}'", timeout=1)
    done = place.deploy()
    assert done.code == 1
    assert "`127.0.0.1:9` is not open" in done.first
    marker.unlink(missing_ok=True)


def test_settings_of_a_profile(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.lock("web=1.0", "hooked")
    (place.folder / "token").write_text("from-a-file\n")
    monkeypatch.setenv("WEB_NOT_PASSED", "x")
    place.policy(
        text="[deploy.variables]\nWEB_STAGE = 'all'\nWEB_ALL = 'all'\n"
        "[deploy.profiles.staging]\nvariables = { WEB_STAGE = 'staging' }\n"
        "[deploy.profiles.live]\nservices = []\n",
        service="variables = { WEB_TOKEN = { file = 'token' } }",
    )
    assert place.deploy().first == "error: it is not said where to deploy"
    assert "nothing to start" in place.ok("--to", "live").first
    done = place.ok("--to", "staging")
    assert place.asked()[1] == {
        "WEB_STAGE": "staging", "WEB_ALL": "all", "WEB_TOKEN": "from-a-file", "WEB_HOOK": "yes",
    }  # fmt: skip
    assert "from-a-file" not in done.out + done.err
    place.asked()
    assert "with ***" in place.log()
    assert "from-a-file" not in place.log()


def test_groups_of_the_lock_are_installed_besides(place: Place) -> None:
    (place.folder / "environment-gpu.yml").write_text(
        f"channels: [{place.channel.url}]\nplatforms: [linux-64]\ncategory: gpu\n"
        "dependencies: [extra]\n"
    )
    files = "[files]\ndevelopment = ['environment-gpu.yml']\n"
    place.policy(text=f"{files}[deploy.profiles.big]\ngroups = ['gpu']\n")
    place.lock("web=1.0")
    assert place.data("--to", "big")["packages"] == 2
    assert (place.prefix / "share/extra").exists()
    place.policy(text=f"{files}[deploy.profiles.big]\ngroups = ['nope']\n")
    done = place.deploy()
    assert (done.code, done.first) == (2, "error: the lock has no environment `nope`")


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        ("", ("--to", "x"), "the policy has no profile `x`"),
        ("[deploy.profiles.y]\n", ("--to", "x"), "the policy has no profile `x`"),
        (
            "[deploy.profiles.y]\nservices = ['z']\n",
            (),
            "the profile `y` names `z`, and there is no such service",
        ),
        (
            "[[deploy.services]]\nname = 'web'\ncommand = 'x'\ntcp = 'x:1'\n",
            (),
            "two services of the policy have one name",
        ),
        (
            MISSING,
            (),
            "settings are missing: `$NOT_THERE` is not set, `nope` can not be read, `empty` is empty, `binary` is no text, `zero` holds a zero byte",
        ),
        ("", ("--status", "--stop"), "these options do not go together"),
    ],
)
def test_what_can_not_be_deployed_is_told_before_anything_is_touched(
    place: Place, text: str, options: tuple[str, ...], said: str
) -> None:
    place.lock("web=1.0")
    (place.folder / "empty").write_text("\n")
    (place.folder / "binary").write_bytes(b"\xff")
    (place.folder / "zero").write_bytes(b"a\0b")
    place.policy(text=text)
    done = place.deploy(*options)
    assert done.code == 2
    assert flat(done.err).startswith(f"error: {said} hint: ")
    assert not place.prefix.exists()


def test_services_of_another_program(place: Place) -> None:
    """As with systemd: commands start and stop it."""
    marker = place.folder / "runs"
    place.lock("web=1.0")
    hooks = (
        f"[[deploy.services]]\nname = 'unit'\nstart = 'touch {marker}'\nstop = 'rm {marker}'\n"
        f"probe = 'test -e {marker}'\ntimeout = 60\n"
    )
    (place.folder / "envtool.toml").write_text(hooks)
    assert "`unit` answers" in place.ok().first
    assert marker.exists()
    done = place.ok()
    assert "stop" in done.out
    assert place.ok("--status").first == "1 service answers"
    (place.folder / "envtool.toml").write_text(hooks.replace("touch", "touch x; false"))
    done = place.deploy()
    assert done.first == "Not deployed: `unit` ended with 1"
    assert "`unit` of before ended with 1" in done.out
    (place.folder / "envtool.toml").write_text(hooks)
    place.ok("--force") if marker.exists() else marker.touch()
    done = place.ok("--stop")
    assert done.first == "Stopped `unit`"
    assert not marker.exists()
    done = place.deploy("--stop")
    assert (done.code, done.first) == (1, "Failed: `unit` was not stopped: ended with 1: rm: cannot remove '" + str(marker) + "': No such file or directory")  # fmt: skip
    assert "`unit` ended with 1" in place.deploy().first


def test_several_services_start_one_after_the_other(place: Place) -> None:
    place.lock("web=1.0")
    second = free_port()
    place.policy(
        text=f"[[deploy.services]]\nname = 'two'\ncommand = ['web', '{second}']\n"
        f"tcp = '127.0.0.1:{second}'\ntimeout = 120\n"
    )
    done = place.ok()
    assert "2 services answer" in done.first
    assert place.ok("--status").first == "2 services answer"
    place.lock("web=4.0")
    place.policy(timeout=1)
    done = place.deploy()
    assert "`two`, `web` of before answer again" in done.out
    assert place.asked(second)[0] == place.asked()[0] == "1.0"
    assert place.ok("--stop").first == "Stopped `web`, `two`"
    assert place.deploy("--stop").first == "Nothing was stopped"


def killed(place: Place, *options: str) -> None:
    """Kill the first service, whose port is closed before it is gone."""

    def data() -> Any:
        return place.data("--status", *options)["services"][0]

    os.killpg(data()["process"], signal.SIGKILL)
    until = time.monotonic() + 120
    while data()["running"]:
        assert time.monotonic() < until
        time.sleep(0.05)


def test_the_status_names_what_is_wrong(place: Place) -> None:
    place.lock("web=1.0")
    place.policy()
    place.ok()
    done = place.ok("--status")
    assert "`web`: process" in done.out
    data = place.data("--status")["services"][0]
    assert data["healthy"]
    killed(place)
    done = place.deploy("--status")
    assert (done.code, done.first) == (1, "Unhealthy: `web` does not run")
    assert "service.unhealthy" in done.out
    assert "start it anew: `envtool deploy`" in flat(done.out)
    place.ok()
    second = free_port()
    text = place.folder / "envtool.toml"
    text.write_text(
        text.read_text() + f"[[deploy.services]]\nname = 'two'\nstart = 'true'\nstop = 'true'\n"
        f"tcp = '127.0.0.1:{second}'\n[[deploy.services]]\nname = 'three'\nstart = 'true'\n"
        f"stop = 'true'\ntcp = '127.0.0.1:{second}'\n"
    )
    done = place.deploy("--status")
    assert done.first.startswith("Unhealthy: `two` does not answer: `127.0.0.1:")
    assert done.first.endswith("(and 1 more)")


def test_a_deployment_that_is_interrupted_goes_back(place: Place) -> None:
    """And when the project can not be deployed at all."""
    place.lock("web=1.0")
    place.policy()
    place.ok()
    place.policy(service="cwd = 'nowhere'")
    done = place.deploy()
    assert done.code == 2
    assert "`" + str(place.folder / "nowhere") + "` can not be the working directory" in flat(
        done.err
    )
    assert place.asked()[0] == "1.0"
    record = place.state / "services/web.json"
    keeper = json.loads(record.read_text())["keeper"][0]
    place.policy(
        text=f"[[deploy.before]]\ncommand = 'kill -9 {keeper}'\n", service="cwd = 'nowhere'"
    )
    done = place.deploy()
    assert done.code == 2
    assert "can not be started: nobody knows anymore" in flat(done.err)


def test_what_was_started_and_can_not_be_read_is_named(place: Place) -> None:
    place.lock("web=1.0")
    place.policy()
    place.ok()
    record = place.state / "services/web.json"
    data = json.loads(record.read_text())
    for memo in ("x", '{"service": {"name": 1}, "folder": "x"}'):
        record.write_text(json.dumps({**data, "memo": memo}))
        done = place.deploy()
        assert (done.code, done.first) == (2, "error: it is not known how `web` was started")
    record.write_text("{}")
    assert "does not say what was started" in flat(place.deploy().err)
    record.write_text(json.dumps(data))


def test_a_generation_of_before_is_deployed(place: Place) -> None:
    for version in ("1.0", "2.0"):
        place.lock(f"web={version}")
        place.policy()
        place.ok()
    done = place.ok("--generation", "1")
    assert "from generation 1" in done.first
    assert place.asked()[0] == "1.0"


def test_a_broken_environment_does_not_stay(place: Place) -> None:
    """A command before the start that changes files of packages; a package that lacks another."""
    place.lock("web=1.0", "hooked")
    hook = place.prefix / "etc/conda/activate.d/hook.sh"
    place.policy(text=f"[[deploy.before]]\ncommand = 'rm {hook}'\n")
    done = place.deploy()
    assert done.code == 1
    assert done.first.startswith(
        "Not deployed: the environment check fails: 1 file of `hooked 1.0`"
    )
    place.lock("needy", "web=1.0")
    lock = Path("conda-lock.yml")
    entries = lock.read_text().split("- name: ")
    lock.write_text("- name: ".join(each for each in entries if not each.startswith("extra")))
    place.policy()
    done = place.deploy()
    assert done.code == 1
    assert done.first.startswith("Not deployed: the dependency check fails: `needy 1.0` ")
    assert not KeptDaemons().known(str(place.prefix))
    done = place.run("recreate")
    assert (done.code, done.first) == (1, "Not recreated: the dependency check fails")


def test_a_layer_that_does_not_work_stops_nothing(place: Place) -> None:
    place.lock("web=1.0")
    place.policy()
    place.ok()
    place.lock("web=1.0", "python=3.12.1")
    done = place.deploy()
    assert done.code == 1
    assert done.first.startswith("Not deployed: the layer `core-system` does not work: ")
    assert "of before" not in done.out
    assert place.asked()[0] == "1.0"


def test_the_status_of_a_profile_says_how_to_deploy_there_again(place: Place) -> None:
    place.lock("web=1.0")
    place.policy(text="[deploy.profiles.staging]\n[deploy.profiles.live]\n")
    place.ok("--to", "live")
    killed(place, "--to", "live")
    done = place.deploy("--status", "--to", "live")
    assert (done.code, done.first) == (1, "Unhealthy: `web` does not run")
    assert "start it anew: `envtool deploy --to live`" in flat(done.out)

"""`envtool verify` as people call it: which files, which policy, which exit status."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.conftest import Envtool, Run
from tests.locking import Entry, lock_text

CLEAN = "channels: [conda-forge, nodefaults]\ndependencies:\n- numpy=1.26.4\n"
LOOSE = "channels: [conda-forge]\ndependencies:\n- numpy\n"
LOCK = lock_text(Entry("numpy"))
EXPLICIT = "@EXPLICIT\nhttps://conda.anaconda.org/conda-forge/linux-64/a-1-0.conda#" + "0" * 32
HTTP = "channels: ['http://example.org/c']\ndependencies:\n- numpy=1.26.4\n"


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8", "surrogateescape"))


# Files, arguments, exit status, and a part of the first line.
CALLS: list[tuple[str, dict[str, str], tuple[str, ...], int, str]] = [
    ("empty folder", {}, (), 2, "error: no environment file: looked for `environment.yml`"),
    ("clean", {"environment.yml": CLEAN}, (), 0, "Passed: environment.yml"),
    ("warnings", {"environment.yml": LOOSE}, (), 0, "Passed: environment.yml, with 1 warning"),
    ("error", {"environment.yml": HTTP}, (), 1, "Failed: 1 error in environment.yml"),
    ("only .yaml", {"environment.yaml": HTTP}, (), 1, "Failed: 1 error in environment.yaml"),
    ("another name", {"env-gpu.yml": HTTP}, (), 1, "Failed: 1 error in env-gpu.yml"),
    ("a folder", {"a/environment.yml": HTTP}, ("a",), 1, "Failed: 1 error in a/environment.yml"),
    ("a file", {"x.txt": HTTP}, ("x.txt",), 1, "Failed: 1 error in x.txt"),
    ("missing", {}, ("x.yml",), 2, "Not judged: `x.yml` does not exist"),
    ("not yaml", {"x.yml": "a: ["}, ("x.yml",), 2, "Failed: `x.yml` was not judged: not YAML"),
    ("empty file", {"x.yml": ""}, ("x.yml",), 2, "Failed: `x.yml` was not judged: the file is"),
    ("null", {"x.yml": "~"}, ("x.yml",), 2, "Failed: `x.yml` was not judged: the file is"),
    ("a list", {"x.yml": "- a"}, ("x.yml",), 2, "Failed: `x.yml` was not judged: the document"),
    ("no key", {"x.yml": "a: 1"}, ("x.yml",), 2, "Failed: `x.yml` was not judged: the key `dep"),
    ("a mapping", {"x.yml": "dependencies: {a: b}"}, ("x.yml",), 2, "Failed: `x.yml` was not"),
    ("explicit", {"x.txt": EXPLICIT}, ("x.txt",), 0, "Passed: x.txt, with 1 info"),
    ("pixi", {"environment.yml": CLEAN, "pixi.lock": "version: 6\nenvironments: {}\n"}, (), 0, "Passed: environment.yml and pixi.lock"),
    ("pixi alone", {"pixi.lock": "version: 6\nenvironments: {}\n", "envtool.toml": ""}, (), 0, "Passed: pixi.lock"),
    ("old pixi", {"pixi.lock": "version: 2\nenvironments: {}\n"}, ("pixi.lock",), 2, "Failed: `pixi.lock` was not judged: version 2 of pixi's"),
    ("bad explicit", {"x.txt": "@EXPLICIT\nhttp://x"}, ("x.txt",), 2, "Failed: `x.txt` was not judged: `http://x` is no URL of a"),
    ("no such lock", {"l.yml": "package:\n- a: b\nmetadata: {}"}, ("l.yml",), 2, "Failed: `l.yml` was not judged: a package lacks `name`"),
    ("a lock", {"l.yml": "package:\nmetadata: {}"}, ("l.yml",), 0, "Passed: l.yml"),
    ("locked", {"environment.yml": LOOSE, "conda-lock.yml": LOCK}, (), 0, "Passed: environment.yml and conda-lock.yml"),
    ("stale", {"environment.yml": LOOSE + "- scipy\n", "conda-lock.yml": LOCK}, (), 1, "Failed: 1 error, 2 warnings and 1 info in environment.yml"),
    ("locked and not asked for", {"environment.yml": CLEAN, "conda-lock.yml": lock_text(Entry("numpy", "1.26.4"), Entry("six"), sources=("environment.yml",))}, (), 1, "Failed: 1 error and 1 info in conda-lock.yml"),
    ("a source is gone", {"environment.yml": LOOSE, "conda-lock.yml": LOCK, "recovery/records.lock": "version: 6\nenvironments: {}\n"}, (), 1, "Failed: 1 error and 1 info in conda-lock.yml"),
    ("all sources are gone", {"conda-lock.yml": LOCK}, (), 2, "Not judged: no environment file: `conda-lock.yml` was made from `environment.yml` and `environment-dev.yml`, which are gone"),
    ("its source is gone", {"a/conda-lock.yml": lock_text(Entry("numpy"), sources=("environment.yml",))}, ("-r",), 2, "Not judged: no environment file: `a/conda-lock.yml` was made from `a/environment.yml`, which is gone"),
    ("made of something else", {"conda-lock.yml": lock_text(Entry("numpy"), sources=("pyproject.toml",)), "pyproject.toml": ""}, (), 0, "Passed: conda-lock.yml"),
    ("a lock of nothing", {"conda-lock.yml": lock_text(Entry("numpy"), sources=())}, (), 0, "Passed: conda-lock.yml"),
    ("a lock and a policy", {"conda-lock.yml": lock_text(Entry("numpy"), sources=()), "envtool.toml": ""}, (), 2, "Not judged: no environment file in `.`: looked for"),
    ("records alone", {"recovery/records.lock": "version: 6\nenvironments: {}\n"}, (), 2, "Not judged: no environment file in `.`: looked for"),
    ("the lock is named", {"conda-lock.yml": LOCK}, ("conda-lock.yml",), 0, "Passed: conda-lock.yml"),
    ("half a lock", {"environment.yml": CLEAN, "conda-lock.yml": LOCK[: LOCK.index("  url")]}, (), 2, "Failed: `conda-lock.yml` was not judged"),
    ("windows lock", {"environment.yml": LOOSE, "conda-lock.yml": LOCK.replace("\n", "\r\n")}, (), 0, "Passed: environment.yml and conda-lock.yml"),
    ("two files", {"a.yml": CLEAN, "b.yml": HTTP}, ("a.yml", "b.yml"), 1, "Failed: 1 error in b.yml"),
    ("one broken", {"a.yml": HTTP, "b.yml": "["}, ("a.yml", "b.yml"), 2, "Failed: `b.yml` was not judged"),
    ("tree", {"a/environment.yml": CLEAN, "b/c/env.yml": HTTP}, ("-r",), 1, "Failed: 1 error in"),
    ("empty tree", {"a/x.txt": ""}, ("-r",), 2, "error: no environment file in any folder below"),
    ("tree of a file", {"x.yml": CLEAN}, ("-r", "x.yml"), 2, "error: `x.yml` is no folder"),
    ("dependencies", {"environment.yml": "dependencies: []"}, (), 0, "Passed: environment.yml"),
    ("fail-on", {"environment.yml": LOOSE}, ("--fail-on", "warning"), 1, "Failed: 1 warning"),
    ("select", {"environment.yml": HTTP}, ("--select", "pins"), 0, "Passed: environment.yml"),
    ("ignore", {"environment.yml": HTTP}, ("--ignore", "channels.http"), 0, "Passed"),
    ("both", {"environment.yml": HTTP}, ("--select", "channels,pins", "--ignore", "channels"), 0, "Passed"),
    ("ignored family", {"environment.yml": HTTP}, ("--select", "channels.http", "--ignore", "channels"), 1, "Failed"),
    ("bad rule", {"environment.yml": HTTP}, ("--select", "chanels"), 2, "error: there is no rule or family `chanels`"),
    ("nonsense rule", {"environment.yml": HTTP}, ("--ignore", "zzz"), 2, "error: there is no rule or family `zzz`"),
    ("bad date", {"environment.yml": HTTP}, ("--as-of", "soon"), 2, "error: `soon` is no date"),
    ("bad format", {"environment.yml": HTTP}, ("-o", "jsn"), 2, "error: there is no output format `jsn`"),
    ("no file", {"environment.yml": HTTP}, ("-o", "json="), 2, "error: `--output json=` names no file"),
    ("two to stdout", {"environment.yml": HTTP}, ("-o", "json", "-o", "sarif"), 2, "error: `json` and `sarif`"),
    ("one file twice", {"environment.yml": HTTP}, ("-o", "json=a", "-o", "sarif=a"), 2, "error: two reports"),
    ("strict", {"environment.yml": LOOSE}, ("--profile", "strict"), 1, "Failed: 2 errors"),
    ("policy only", {"envtool.toml": ""}, (), 2, "Not judged: no environment file in `.`"),
    ("bad policy", {"environment.yml": CLEAN, "envtool.toml": "profile = 1\nfail-on = 2"}, (), 2, "Not judged: `envtool.toml`: `profile` must be"),
    ("no toml", {"environment.yml": CLEAN, "envtool.toml": "a = "}, (), 2, "Not judged: `envtool.toml`: not TOML: the value is missing"),
    ("two policies", {"environment.yml": CLEAN, "envtool.toml": "", "pyproject.toml": "[tool.envtool]"}, (), 2, "Not judged: both"),
    ("pyproject", {"environment.yml": LOOSE, "pyproject.toml": "[tool.envtool]\nprofile='strict'"}, (), 1, "Failed"),
    ("other pyproject", {"environment.yml": LOOSE, "pyproject.toml": "[tool.x]\nenvtool = 1"}, (), 0, "Passed"),
    ("odd pyproject", {"environment.yml": LOOSE, "pyproject.toml": "tool = 'envtool'"}, (), 0, "Passed"),
    ("latin policy", {"environment.yml": CLEAN, "envtool.toml": "\udce9"}, (), 2, "Not judged: `envtool.toml` is not UTF-8"),
    ("named by policy", {"tests.yml": CLEAN + "- pytest=8.0.1", "envtool.toml": "files.production = ['t*.yml', 'tests.yml', 'x*']"}, (), 0, "Passed: tests.yml, with 1 warning"),
    ("a file named by policy", {"tests.yml": CLEAN + "- pytest=8.0.1", "envtool.toml": "files.production = ['t*.yml']"}, ("tests.yml",), 0, "Passed: tests.yml, with 1 warning"),
    ("other names beside it", {"environment.yml": CLEAN, "environment-gpu.yml": HTTP}, (), 1, "Failed: 1 error in environment-gpu.yml"),
    ("not ours", {"environment.yml": CLEAN, "conda.yml": "a: 1"}, (), 0, "Passed: environment.yml"),
    ("nothing of ours", {"conda.yml": "a: 1"}, ("-r",), 2, "error: no environment file in any"),
    ("files", {"a/b.yml": HTTP, "envtool.toml": "files.production = ['a/*.yml']"}, (), 1, "Failed: 1 error in a/b.yml"),
    ("policy above", {"a/environment.yml": LOOSE, "envtool.toml": "fail-on = 'warning'"}, ("a",), 1, "Failed"),
    ("policy above a file", {"a/e.yml": LOOSE, "envtool.toml": "fail-on = 'warning'"}, ("a/e.yml",), 1, "Failed"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("files", "arguments", "code", "first"), [case[1:] for case in CALLS], ids=[c[0] for c in CALLS]
)
def test_calls(
    envtool: Envtool,
    tmp_path: Path,
    files: dict[str, str],
    arguments: tuple[str, ...],
    code: int,
    first: str,
) -> None:
    write(tmp_path, {".git/HEAD": ""} | files)
    done = envtool("verify", *arguments)
    assert done.first.startswith(first)
    assert done.code == code
    assert "Traceback" not in done.err
    if code == 2:
        assert (
            "hint: " in done.out + done.err or "fix: " in done.out or "was not judged" in done.first
        )


def test_a_subfolder_belongs_to_its_project(
    envtool: Envtool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"environment.yml": HTTP, "src/deep/x.py": ""})
    monkeypatch.chdir(tmp_path / "src" / "deep")
    done = envtool("verify")
    assert done.code == 1
    assert done.first == "Failed: 1 error in ../../environment.yml"


def test_a_file_that_can_not_be_looked_into_is_judged(envtool: Envtool, tmp_path: Path) -> None:
    (tmp_path / "env-gpu.yml").symlink_to("env-gpu.yml")
    done = envtool("verify")
    assert done.code == 2
    assert "leads back to itself" in done.first


def test_the_search_ends_at_the_repository(
    envtool: Envtool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"environment.yml": HTTP, "other/.git/HEAD": "", "other/x.py": ""})
    monkeypatch.chdir(tmp_path / "other")
    assert envtool("verify").code == 2


def test_standard_input_is_judged_as_a_file(envtool: Envtool) -> None:
    done = envtool("verify", "-", stdin=HTTP.encode())
    assert done.code == 1
    assert done.first == "Failed: 1 error in <stdin>"
    assert "skipped: 6 rules (files were named)" in done.out


def test_standard_input_can_be_too_large(envtool: Envtool) -> None:
    assert envtool("verify", "-", stdin=b"#" * ((1 << 20) + 1)).code == 2


def test_production_comes_first_and_development_is_a_layer(
    envtool: Envtool, tmp_path: Path
) -> None:
    write(
        tmp_path,
        {
            "environment-dev.yml": "channels: [conda-forge]\ndependencies: [numpy=2, pytest]\n",
            "environment.yml": CLEAN,
        },
    )
    done = envtool("verify", "-o", "json")
    files = json.loads(done.out)["data"]["files"]
    assert [(each["path"], each["role"]) for each in files] == [
        ("environment.yml", "production"),
        ("environment-dev.yml", "development"),
    ]
    assert files[0]["packages"] == [
        {
            "name": "numpy",
            "manager": "conda",
            "requirement": "numpy=1.26.4",
            "layer": "core-dependencies",
            "line": 3,
        }
    ]
    rules = [each["rule"] for each in json.loads(done.out)["findings"]]
    assert rules == ["env.dev-conflicts-production"]


@pytest.mark.parametrize(
    ("name", "finds"),
    [
        ("environment.yml", True),
        ("conda.yml", True),
        ("environment-dev.yml", False),
        ("docs/environment.yml", False),
        ("ci/py312.yml", False),
        ("requirements_test.yaml", False),
        ("envs/mapping.yaml", True),
    ],
)
def test_the_name_tells_what_a_file_is_for(
    envtool: Envtool, tmp_path: Path, name: str, *, finds: bool
) -> None:
    write(tmp_path, {name: CLEAN + "- pytest=8.0.1\n"})
    done = envtool("verify", name)
    assert ("env.dev-tool-in-production" in done.out) is finds


HOSTILE = {
    "brackets": b"[" * 30_000,
    "nul": b"dependencies:\n- a\0b\n",
    "latin-1": "dependencies:\n- é\n".encode("latin-1"),
    "utf-16": CLEAN.encode("utf-16"),
    "utf-16-be": b"\xfe\xff" + CLEAN.encode("utf-16-be"),
    "tabs": b"dependencies:\n\t- a\n",
    "tag": b"dependencies:\n- !!python/name:os.system a\n",
    "merge": b"dependencies:\n<<<<<<< a\n- b\n=======\n- c\n>>>>>>> d\n",
    "jinja": b"{% if x %}\ndependencies: []\n{% endif %}\n",
    "empty": b"",
}


def make_hostile(kind: str, path: Path) -> None:
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "loop":
        path.symlink_to(path.name)
    elif kind == "large":
        with path.open("wb") as file:
            file.truncate(100 << 20)
    else:
        path.write_bytes(HOSTILE[kind])


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("fifo", "is no regular file"),
        ("loop", "leads back to itself"),
        ("large", "larger than 1 MiB"),
        ("brackets", "nested more than 64 levels deep"),
        ("nul", "2: error[env.parse] the control character U+0000"),
        ("latin-1", "0xE9 is not UTF-8"),
        ("utf-16", "UTF-16"),
        ("utf-16-be", "UTF-16"),
        ("tabs", "use spaces, no tabs"),
        ("tag", "the tag"),
        ("merge", "unsettled merge"),
        ("jinja", "renders no jinja"),
        ("empty", "the file is empty"),
    ],
)
def test_hostile_files_end_in_one_clear_error(tmp_path: Path, kind: str, words: str) -> None:
    make_hostile(kind, tmp_path / "environment.yml")
    done = subprocess.run(
        [sys.executable, "-m", "envtool", "verify", "environment.yml"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 2
    assert words in " ".join(done.stdout.split())
    assert done.stdout.count("\n") < 15
    assert not done.stderr


def test_an_unreadable_file(envtool: Envtool, monkeypatch: pytest.MonkeyPatch) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        monkeypatch.chdir(folder)
        (folder / "environment.yml").write_text(CLEAN)
        assert envtool("verify").code == 0
        (folder / "environment.yml").chmod(0)
        done = as_nobody(envtool)
        monkeypatch.chdir("/")
    assert done.code == 2
    assert done.first.startswith("Not judged: `environment.yml` can not be read: permission")


def as_nobody(envtool: Envtool, *arguments: str) -> Run:
    """Nothing is forbidden to root, so be nobody for a moment."""
    me = os.geteuid()
    os.seteuid(me or 65534)
    try:
        return envtool("verify", *arguments)
    finally:
        os.seteuid(me)


def test_an_alias_bomb_is_judged_like_any_file(envtool: Envtool, tmp_path: Path) -> None:
    lines = ["a0: &a0 [x]"]
    lines += [f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 30)]
    text = "\n".join([*lines, "dependencies: *a29"])
    (tmp_path / "environment.yml").write_text(text)
    assert envtool("verify").first == "Failed: 9 errors and 30 warnings in environment.yml"


def test_a_bom_is_fine_and_so_are_windows_lines(envtool: Envtool, tmp_path: Path) -> None:
    text = CLEAN.replace("\n", "\r\n")
    (tmp_path / "environment.yml").write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert envtool("verify").first == "Passed: environment.yml"


POLICY = "[waiving]\nmax-days = 30\n"


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_a_shared_policy_is_pinned_by_its_hash(envtool: Envtool, tmp_path: Path) -> None:
    own = (
        f"extends = {{path = 'shared.toml', sha256 = '{digest(POLICY)}'}}\nwaiving.max-days = 31\n"
    )
    write(tmp_path, {"environment.yml": CLEAN, "shared.toml": POLICY, "envtool.toml": own})
    done = envtool("verify")
    assert done.code == 1
    assert "error[policy.weakened]" in done.out
    write(tmp_path, {"shared.toml": POLICY + "\n"})
    done = envtool("verify")
    assert done.code == 6
    assert digest(POLICY + "\n") in done.out


@pytest.mark.parametrize(
    ("shared", "code", "words"),
    [
        (None, 2, "does not exist"),
        ("profile = 3\n", 2, "`profile` must be one of"),
        (f"extends = {{path = 'x', sha256 = '{'0' * 64}'}}\n", 2, "can not extend another"),
        ("a = \n", 2, "not TOML: the value is missing"),
    ],
)
def test_a_shared_policy_that_can_not_be_used(
    envtool: Envtool, tmp_path: Path, shared: str | None, code: int, words: str
) -> None:
    own = f"extends = {{path = 'shared.toml', sha256 = '{digest(shared or '')}'}}\n"
    write(tmp_path, {"environment.yml": CLEAN, "envtool.toml": own})
    if shared is not None:
        write(tmp_path, {"shared.toml": shared})
    done = envtool("verify")
    assert done.code == code
    assert words in done.out


def test_all_mistakes_of_a_policy_come_at_once(envtool: Envtool, tmp_path: Path) -> None:
    shared = "profile = 'stric'\nfial-on = 'info'\n"
    own = (
        f"extends = {{path = 'shared.toml', sha256 = '{digest(shared)}'}}\n"
        "prfile = 'strict'\n[rules]\n'pins.drect' = 'off'\nlock.zzz = 'off'\n"
        "[pins]\nproduction = 1\n[channels]\nallowed = 'conda-forge'\n[zzz]\n"
        "[waiving]\ninline = 1\n"
    )
    write(tmp_path, {"environment.yml": CLEAN, "shared.toml": shared, "envtool.toml": own})
    done = envtool("verify")
    assert done.code == 2
    assert done.out.splitlines()[2:] == [
        "error: envtool.toml:2:1: unknown key `prfile`",
        "hint: did you mean `profile`?",
        'error: envtool.toml:4:1: unknown rule `pins.drect` at `rules."pins.drect"`',
        "hint: did you mean `pins.direct`?",
        'error: envtool.toml:5:1: unknown rule `lock.zzz` at `rules."lock.zzz"`',
        "hint: did you mean `lock`?",
        "error: envtool.toml:7:1: `pins.production` must be one of `build`, `full`,",
        "`minor`, `compatible`, `lower`, `none`",
        "error: envtool.toml:9:1: `channels.allowed` must be a list of texts",
        'hint: write `["conda-forge"]`',
        "error: envtool.toml:10:2: unknown key `zzz`",
        "error: envtool.toml:12:1: `waiving.inline` must be `true` or `false`",
        "error: shared.toml:1:1: `profile` must be one of `strict`, `recommended`",
        "hint: did you mean `strict`?",
        "error: shared.toml:2:1: unknown key `fial-on`",
        "hint: did you mean `fail-on`?",
        "hint: `envtool policy schema` says what each key takes",
    ]


@pytest.mark.parametrize(
    ("extends", "shared", "hash_"),
    [
        ("extends = 'company.toml'", POLICY, digest(POLICY)),
        ("extends = {path = 'company.toml'}", POLICY, digest(POLICY)),
        ("[extends]\npath = 'company.toml'", POLICY, digest(POLICY)),
        ("extends = 'company.toml'", None, "the sha256 of that file"),
        ("extends = 'sub'", None, "the sha256 of that file"),
    ],
)
def test_extends_without_a_hash_is_told_the_line_to_write(
    envtool: Envtool, tmp_path: Path, extends: str, shared: str | None, hash_: str
) -> None:
    write(tmp_path, {"environment.yml": CLEAN, "envtool.toml": f"{extends}\n", "sub/x": ""})
    if shared is not None:
        write(tmp_path, {"company.toml": shared})
    done = envtool("verify")
    name = "sub" if "sub" in extends else "company.toml"
    line = f'hint: write `extends = {{ path = "{name}", sha256 = "{hash_}" }}`'
    assert done.code == 2
    assert line in " ".join(done.out.split())


def test_extends_without_a_path_is_a_plain_mistake(envtool: Envtool, tmp_path: Path) -> None:
    write(tmp_path, {"environment.yml": CLEAN, "envtool.toml": "extends = 3\nprofile = 1\n"})
    done = envtool("verify")
    assert done.out.count("`envtool policy schema` says what each key takes") == 1
    assert "sha256" not in done.out


@pytest.mark.parametrize(
    ("argument", "words"),
    [
        ("org.toml@sha256:00", "and `00` is none hint: --policy-from=org.toml@sha256:"),
        ("org.toml@00", "and `00` is none hint: --policy-from=org.toml@sha256:"),
        ("no.toml@sha256:", "and `` is none hint: there is no file `no.toml`"),
    ],
)
def test_a_hash_that_is_none(envtool: Envtool, repository: Path, argument: str, words: str) -> None:
    write(repository, {"org.toml": POLICY})
    done = envtool("verify", "--policy-from", argument)
    assert done.code == 2
    assert f"a sha256 has 64 hexadecimal digits, {words}" in " ".join(done.err.split())


def test_a_hash_may_be_written_in_capitals(envtool: Envtool, repository: Path) -> None:
    write(repository, {"org.toml": POLICY})
    pinned = f"org.toml@{digest(POLICY).upper()}"
    assert envtool("verify", "--policy-from", pinned, "--select", "channels").code == 0


def git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    subprocess.run(
        ["git", *identity, *arguments],  # noqa: S607
        cwd=folder,
        check=True,
        capture_output=True,
    )


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """`main` demands strict; the checkout has softened that."""
    git(tmp_path, "init", "-q", "-b", "main")
    write(tmp_path, {"environment.yml": CLEAN, "envtool.toml": "profile = 'strict'\n"})
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "first")
    write(tmp_path, {"environment.yml": LOOSE, "envtool.toml": "pins.production = 'none'\n"})
    return tmp_path


def test_the_policy_of_the_base_branch_judges(envtool: Envtool, repository: Path) -> None:
    assert repository.exists()
    assert envtool("verify").code == 0
    done = envtool("verify", "--policy-from", "main")
    assert done.code == 1
    shown = " ".join(done.out.split())
    assert "error[pins.direct]" in shown
    assert "`profile` `recommended` instead of `strict`" in shown
    assert "`pins.production` is `none` instead of `full` 1 | pins.production" in shown
    assert "rules." not in shown, "what follows from the profile is not repeated"


def test_a_deleted_policy_is_weaker(envtool: Envtool, repository: Path) -> None:
    (repository / "envtool.toml").unlink()
    done = envtool("verify", "--policy-from", "main")
    assert done.code == 1
    assert "error[policy.weakened]" in done.out


def test_a_base_without_policy_has_the_defaults(envtool: Envtool, repository: Path) -> None:
    git(repository, "rm", "-q", "--cached", "envtool.toml")
    git(repository, "commit", "-q", "-m", "without")
    write(repository, {"envtool.toml": "profile = 'strict'\n"})
    assert envtool("verify", "--policy-from", "main").code == 0


def test_a_pinned_file_judges(envtool: Envtool, repository: Path) -> None:
    text = "[channels]\nallowed = ['other']\n"
    write(repository, {"org.toml": text})
    done = envtool("verify", "--policy-from", f"org.toml@sha256:{digest(text)}")
    assert "error[channels.allowed]" in done.out
    done = envtool("verify", "--policy-from", "org.toml")
    assert done.code == 2
    assert f"--policy-from=org.toml@sha256:{digest(text)}" in done.err
    done = envtool("verify", "--policy-from", f"org.toml@{'0' * 64}")
    assert done.code == 6
    done = envtool("verify", "--policy-from", f"none.toml@{'0' * 64}")
    assert done.code == 2


@pytest.mark.parametrize("arguments", [("nowhere",), ("main", "--profile", "strict")])
def test_policy_from_can_be_misused(
    envtool: Envtool, repository: Path, arguments: tuple[str, ...]
) -> None:
    assert repository.exists()
    done = envtool("verify", "--policy-from", *arguments)
    assert done.code == 2
    assert "hint: " in done.err


def test_several_projects_may_share_a_policy(envtool: Envtool, tmp_path: Path) -> None:
    waiver = "[[waivers]]\nrule='pins.direct'\nreason='r'\nowner='o'\nexpires=2027-01-01\n"
    write(
        tmp_path,
        {
            "envtool.toml": waiver,
            "a/environment.yml": CLEAN,
            "b/environment.yml": LOOSE,
            "node_modules/x/environment.yml": HTTP,
            ".venv/environment.yml": HTTP,
            "prefix/conda-meta/history": "",
            "prefix/environment.yml": HTTP,
        },
    )
    done = envtool("verify", "-r", "--as-of", "2026-11-23")
    assert done.code == 0
    assert done.first == "Passed: a/environment.yml and b/environment.yml, with 1 waived"
    assert "other projects may share the policy" in done.out


def test_projects_below_each_have_their_own_policy(envtool: Envtool, tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "a/environment.yml": LOOSE,
            "a/envtool.toml": "profile = 'strict'",
            "b/environment.yml": LOOSE,
            "c/environment.yml": LOOSE,
            "c/envtool.toml": "profile = 3",
        },
    )
    done = envtool("verify", "-r", "-o", "json")
    report = json.loads(done.out)
    assert (report["exit_code"], report["causes"]) == (2, [1, 2])
    pins = [each for each in report["findings"] if each["rule"] == "pins.direct"]
    assert [(each["place"]["path"], each["severity"]) for each in pins] == [
        ("a/environment.yml", "error"),
        ("b/environment.yml", "warning"),
    ]
    assert done.code == 2


def test_licences_that_nobody_asks_for_are_counted_once(envtool: Envtool, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "environment.yml").write_text(CLEAN)
        (tmp_path / name / "conda-lock.yml").write_text(
            lock_text(Entry("python", "3.12.1"), Entry(name))
        )
    done = envtool("verify", "-r", "--select", "licenses")
    assert (done.code, done.out.count("skipped:")) == (0, 1)
    assert done.out.endswith("\nskipped: licenses (licences known for 0 of 4)\n")
    (tmp_path / "envtool.toml").write_text("[licenses]\nallow = ['MIT']\n")
    done = envtool("verify", "-r", "--select", "licenses")
    assert done.code == 1
    assert done.out.count("error[licenses.no-data]") == 2
    assert "skipped" not in done.out


def test_counts_and_what_was_not_judged_are_both_in_the_first_line(
    envtool: Envtool, tmp_path: Path
) -> None:
    write(tmp_path, {"a.yml": HTTP, "b.yml": LOOSE, "c.yml": "a: [", "d.yml": "b: ["})
    done = envtool("verify", "a.yml", "b.yml", "c.yml", "d.yml")
    assert done.first.startswith("Failed: `c.yml` was not judged: not YAML")
    assert done.first.endswith(" (and 1 more); 1 error and 1 warning in a.yml and b.yml")


def test_files_with_errors_come_first(envtool: Envtool, tmp_path: Path) -> None:
    write(tmp_path, {"a.yml": LOOSE, "b.yml": HTTP})
    out = envtool("verify", "a.yml", "b.yml").out
    assert out.index("\nb.yml\n") < out.index("\na.yml\n")
    assert "`envtool explain channels.http`" in out


def test_a_folder_without_a_project_does_not_hide_the_rest(
    envtool: Envtool, tmp_path: Path
) -> None:
    write(tmp_path, {"a.yml": LOOSE, "sub/x": "", ".git/x": ""})
    done = envtool("verify", "a.yml", "sub")
    assert done.code == 2
    assert done.first.startswith("Failed: no environment file: looked for")
    assert "pins.direct" in done.out


def test_a_file_that_is_named_twice_is_judged_once(envtool: Envtool, tmp_path: Path) -> None:
    write(tmp_path, {"a.yml": LOOSE})
    assert envtool("verify", "a.yml", "./a.yml").first == "Passed: a.yml, with 1 warning"


def test_no_rule_left(envtool: Envtool, tmp_path: Path) -> None:
    write(tmp_path, {"a.yml": LOOSE})
    done = envtool("verify", "a.yml", "--select", "pins", "--ignore", "pins")
    assert (done.code, done.first) == (2, "error: no rule is left to run")


NAMED = 'files.production = ["a/environment.yml", "b/envs/*.yml"]\n'


@pytest.mark.parametrize(
    "policy",
    [
        {"envtool.toml": NAMED},
        {"pyproject.toml": "[tool.envtool.files]\n" + NAMED.removeprefix("files.")},
        {"envtool.toml": "files.development = ['b/envs/*.yml']\n" + NAMED},
        {"envtool.toml": NAMED, "pyproject.toml": "files = ["},
    ],
)
@pytest.mark.parametrize("where", [".", "a", "b", "b/envs"])
def test_what_a_policy_names_is_found_from_everywhere(
    envtool: Envtool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    policy: dict[str, str],
    where: str,
) -> None:
    files = {"a/environment.yml": CLEAN, "b/envs/environment.yml": CLEAN.replace("numpy", "six")}
    write(tmp_path, {".git/HEAD": ""} | policy | files)
    monkeypatch.chdir(tmp_path / where)
    for arguments in ((), ("-r",)):
        report = json.loads(envtool("verify", *arguments, "-o", "json").out)
        names = [os.path.relpath(each["path"], tmp_path) for each in report["data"]["files"]]
        assert (sorted(names), report["exit_code"]) == (sorted(files), 0)


def test_a_folder_that_the_policy_above_does_not_name(envtool: Envtool, tmp_path: Path) -> None:
    files = {"a/environment.yml": CLEAN, "c/env-gpu.yml": HTTP, "envtool.toml": NAMED}
    write(tmp_path, {".git/HEAD": ""} | files)
    done = envtool("verify", "-r")
    assert (done.code, done.first) == (1, "Failed: 1 error in c/env-gpu.yml")
    assert envtool("verify", "c").first == "Failed: 1 error in c/env-gpu.yml"


def test_a_broken_policy_above_is_said_where_it_is_used(envtool: Envtool, tmp_path: Path) -> None:
    write(tmp_path, {"a/environment.yml": CLEAN, "envtool.toml": "files = ["})
    done = envtool("verify", "a")
    assert (done.code, "envtool.toml" in done.out + done.err) == (2, True)


@pytest.mark.parametrize("name", ["envtool.toml", "conda-lock.yml", "environment-dev.yml"])
def test_a_link_that_leads_nowhere_is_no_pass(envtool: Envtool, tmp_path: Path, name: str) -> None:
    write(tmp_path, {"environment.yml": CLEAN})
    (tmp_path / name).symlink_to("nowhere")
    done = envtool("verify")
    assert done.code == 2
    assert "is a link to a file that does not exist" in done.out


def test_a_folder_that_can_not_be_listed_is_no_pass(
    envtool: Envtool, monkeypatch: pytest.MonkeyPatch
) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        write(folder, {"a/environment.yml": CLEAN, "b/environment.yml": HTTP})
        monkeypatch.chdir(folder)
        (folder / "b").chmod(0)
        tree = as_nobody(envtool, "-r")
        named = as_nobody(envtool, "b")
        (folder / "b").chmod(0o755)
        # One in between, that can not be listed, is passed over.
        (folder / "a" / "closed" / "inside").mkdir(parents=True)
        (folder / "a" / "closed").chmod(0o711)
        monkeypatch.chdir(folder / "a")
        inside = as_nobody(envtool, "closed/inside")
        monkeypatch.chdir("/")
    assert (tree.code, tree.first) == (2, "Not judged: `b` can not be read: permission denied")
    assert (named.code, named.first) == (2, "error: `b` can not be read: permission denied")
    assert inside.first == "Passed: environment.yml"


def test_without_a_project_there_are_other_ways_to_verify(envtool: Envtool) -> None:
    done = envtool("verify")
    assert done.code == 2
    shown = " ".join(done.err.split())
    assert "hint: go to the folder of a project, or write an `environment.yml` here" in shown
    assert "hint: `envtool verify FILE` judges one file, `envtool verify -r` every" in shown

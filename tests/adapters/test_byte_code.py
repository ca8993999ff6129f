"""Byte-code is what Python itself would make, made once."""

import errno
import hashlib
import importlib.util
import io
import json
import marshal
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType

import pytest

from envtool.adapters import byte_code_worker, side_process
from envtool.adapters.byte_code import LinkedByteCode
from envtool.ports_installing import ByteCodeFacts, Stage
from envtool.workers import linker
from envtool.workers.frames import tell, told

SERIES = f"{sys.version_info.major}.{sys.version_info.minor}"
SITE = f"lib/python{SERIES}/site-packages"
FINAL = "/opt/final env"
TAG = sys.implementation.cache_tag


def stage_in(folder: Path, **sources: str) -> Stage:
    """A stage with these modules, whose Python starts the running one."""
    root = folder / "stage"
    (root / "bin").mkdir(parents=True)
    interpreter = root / "bin" / "python"
    interpreter.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    interpreter.chmod(0o755)
    for name, text in sources.items():
        path = root / SITE / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        os.utime(path, (1_700_000_000.7, 1_700_000_000.7))
    return Stage(str(root), FINAL, f"{SERIES}.1", "linux-64")


def complete(stage: Stage, cache: Path, **hashes: str) -> ByteCodeFacts:
    known = {f"{SITE}/{name}.py": digest for name, digest in hashes.items()}
    return LinkedByteCode(str(cache), processes=2).complete(stage, known)


def made(stage: Stage) -> dict[str, Path]:
    root = Path(stage.path, SITE)
    return {each.relative_to(root).as_posix(): each for each in root.rglob("*.pyc")}


def pyc(name: str) -> str:
    folder, _, module = name.rpartition("/")
    return f"{folder}/__pycache__/{module}.{TAG}.pyc".lstrip("/")


def test_it_is_what_python_makes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1")
    stage = stage_in(tmp_path, a="x = 1\n", pkg__b="def f():\n    return 2\n")
    assert complete(stage, tmp_path / "cache") == (0, 2, 0, "")
    files = made(stage)
    assert set(files) == {pyc("a"), pyc("pkg/b")}
    data = files[pyc("pkg/b")].read_bytes()
    source = Path(stage.path, SITE, "pkg", "b.py")
    assert data[:4] == importlib.util.MAGIC_NUMBER
    numbers = [int.from_bytes(data[at : at + 4], "little") for at in (4, 8, 12)]
    assert numbers == [0, 1_700_000_000, source.stat().st_size]
    code = marshal.loads(data[16:])  # noqa: S302 - our own
    assert isinstance(code, CodeType)
    assert code.co_filename == f"{FINAL}/{SITE}/pkg/b.py"
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    assert loaded(stage, "a") == "matches"


def loaded(stage: Stage, module: str) -> str:
    """What `python -v` says of the byte-code of a module, and where its code says that it is."""
    code = f"import sys; sys.path.insert(0, {str(Path(stage.path, SITE))!r}); import {module}"
    done = subprocess.run(
        [sys.executable, "-v", "-c", code], capture_output=True, text=True, check=True
    )
    lines = [line for line in done.stderr.splitlines() if str(stage.path) in line]
    return "matches" if any(" matches " in line for line in lines) else "\n".join(lines)


def test_the_second_prefix_gets_links(tmp_path: Path) -> None:
    first = stage_in(tmp_path / "1", a="x = 1\n", pkg__b="y = 2\n")
    second = stage_in(tmp_path / "2", a="x = 1\n", pkg__b="y = 2\n", c="z = 3\n")
    assert complete(first, tmp_path / "cache") == (0, 2, 0, "")
    assert complete(second, tmp_path / "cache") == (2, 1, 0, "")
    one, other = made(first), made(second)
    for name in one:
        assert os.path.samefile(one[name], other[name])
    assert loaded(second, "a") == "matches"
    # Nothing is left to do.
    assert complete(second, tmp_path / "cache") == (0, 0, 0, "")


def test_a_known_hash_is_believed(tmp_path: Path) -> None:
    first = stage_in(tmp_path / "1", a="x = 1\n")
    complete(first, tmp_path / "cache")
    digest = next(each.name for each in (tmp_path / "cache").rglob("*") if each.is_file())[:64]
    second = stage_in(tmp_path / "2", a="x = 2\n")
    assert complete(second, tmp_path / "cache", a=digest).linked == 1


def test_a_hash_that_is_wrong_spoils_nothing(tmp_path: Path) -> None:
    wrong = "0" * 64
    first = stage_in(tmp_path / "1", a="x = 1\n")
    assert complete(first, tmp_path / "cache", a=wrong).compiled == 1
    names = [each.name for each in (tmp_path / "cache").rglob("*") if each.is_file()]
    assert len(names) == 1
    assert not names[0].startswith(wrong)


@pytest.mark.parametrize("what", ["content", "source", "time"])
def test_what_does_not_fit_is_made_anew(tmp_path: Path, what: str) -> None:
    first = stage_in(tmp_path / "1", a="x = 1\n")
    complete(first, tmp_path / "cache")
    second = stage_in(tmp_path / "2", a="x = 2\n" if what == "source" else "x = 1\n")
    if what == "time":
        os.utime(Path(second.path, SITE, "a.py"), (1, 1))
    if what == "content":
        # Through the link in the first prefix.
        path = made(first)[pyc("a")]
        path.write_bytes(path.read_bytes() + b"evil")
    assert complete(second, tmp_path / "cache") == (0, 1, 0, "")
    assert not made(second)[pyc("a")].read_bytes().endswith(b"evil")
    assert loaded(second, "a") == "matches"


def test_modules_that_are_none_harm_nobody(tmp_path: Path) -> None:
    bad = {"a": "x = (\n", "b": "\0", "c": "# coding: nonsense\n", "d": "(" * 9000, "e": "'\\d'\n"}
    stage = stage_in(tmp_path, **bad, good="x = 1\n")
    assert complete(stage, tmp_path / "cache") == (0, 2, 4, "")
    assert set(made(stage)) == {pyc("good"), pyc("e")}


def test_where_it_is_not_written(tmp_path: Path) -> None:
    stage = stage_in(tmp_path, a__x="", b__x="", c__x="", link__x="")
    root, outside = Path(stage.path, SITE), tmp_path / "outside"
    outside.mkdir()
    (outside / "y.py").write_text("")
    (root / "a" / "__pycache__").symlink_to(outside)
    (root / "b" / "__pycache__").write_text("")
    (root / "c" / "__pycache__").mkdir()
    (root / "c" / "__pycache__" / f"x.{TAG}.pyc").write_text("as it came")
    (root / "way").symlink_to(outside)
    os.mkfifo(root / "pipe.py")
    assert complete(stage, tmp_path / "cache") == (0, 1, 0, "")
    assert set(made(stage)) == {pyc("c/x"), pyc("link/x")}
    assert made(stage)[pyc("c/x")].read_text() == "as it came"
    assert [each.name for each in outside.iterdir()] == ["y.py"]


def test_a_cache_that_can_not_be_written_to(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("")
    stage = stage_in(tmp_path, a="x = 1\n")
    assert complete(stage, tmp_path / "cache") == (0, 1, 0, "")
    assert loaded(stage, "a") == "matches"


@contextmanager
def another_file_system(path: Path) -> Iterator[Path]:
    shared = "/dev/shm"  # noqa: S108
    if not os.access(shared, os.W_OK) or os.stat(shared).st_dev == path.stat().st_dev:
        pytest.skip("there is no second file system")
    with tempfile.TemporaryDirectory(dir=shared) as folder:
        yield Path(folder)


def test_another_file_system_gets_copies(tmp_path: Path) -> None:
    with another_file_system(tmp_path) as cache:
        for number, expected in enumerate([(0, 1, 0, ""), (1, 0, 0, "")]):
            stage = stage_in(tmp_path / str(number), a="x = 1\n")
            assert complete(stage, cache) == expected
            assert made(stage)[pyc("a")].stat().st_nlink == 1
            assert loaded(stage, "a") == "matches"


def interpreter(stage: Stage, script: str) -> None:
    path = Path(stage.path, "bin", "python")
    path.unlink()
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_no_python_no_byte_code(tmp_path: Path) -> None:
    stage = stage_in(tmp_path, a="x = 1\n")
    interpreter(stage, "echo - -")
    facts = complete(stage, tmp_path / "cache")
    assert facts == (0, 0, 0, f"Python {SERIES}.1 told of no byte-code that it uses")
    Path(stage.path, "bin", "python").unlink()
    facts = complete(stage, tmp_path / "cache")
    assert facts.skipped == f"`bin/python` can not be started: {os.strerror(errno.ENOENT)}"


def test_a_module_that_ends_the_process_is_found(tmp_path: Path) -> None:
    stage = stage_in(tmp_path, **{f"m{number}": f"x = {number}\n" for number in range(9)})
    # Ends without an answer as soon as the module is in a request.
    script = (
        f'case "$*" in *" -c "*) exec "{sys.executable}" "$@";; esac\n'
        f'exec "{sys.executable}" -I -c "'
        "import sys; from envtool.adapters import byte_code_worker as w\n"
        "whole = w.compiled\n"
        "w.compiled = lambda s, *r: sys.exit() if s.endswith(b'm5.py') else whole(s, *r)\n"
        "w.serve(sys.stdin.buffer, sys.stdout.buffer, sys.argv[-1].encode())"
        '" "$@"'
    )
    interpreter(stage, script)
    assert complete(stage, tmp_path / "cache") == (0, 8, 1, "")
    assert pyc("m5") not in made(stage)


def test_one_that_hangs_is_ended(tmp_path: Path) -> None:
    stage = stage_in(tmp_path, a="x = 1\n")
    interpreter(stage, f'case "$*" in *" -c "*) exec "{sys.executable}" "$@";; esac; exec sleep 60')
    tool = LinkedByteCode(str(tmp_path / "cache"), longest=0.2)
    assert tool.complete(stage, {}) == (0, 0, 1, "")


def recorded(stage: Stage, **fields: str) -> None:
    meta = Path(stage.path, "conda-meta")
    meta.mkdir(exist_ok=True)
    (meta / f"python-{SERIES}.1-0.json").write_text(json.dumps(fields))


def test_a_python_is_asked_only_once(tmp_path: Path) -> None:
    """Later ones from the same package are not even started when everything is there."""
    cache = tmp_path / "cache"
    first, second = (stage_in(tmp_path / name, a="x = 1\n") for name in "12")
    for each in (first, second):
        recorded(each, sha256="0" * 64)
    interpreter(second, "exit 1")
    assert complete(first, cache) == (0, 1, 0, "")
    assert complete(second, cache) == (1, 0, 0, "")
    recorded(second, sha256="1" * 64)
    assert "told of no byte-code" in complete(second, cache).skipped


def listed(folder: Path, stage: Stage) -> list[str]:
    """A file as packages have it, with the hashes of all modules of the stage; and none."""
    sources = Path(stage.path, SITE).rglob("*.py")
    paths = [{"sha256": hashlib.sha256(each.read_bytes()).hexdigest()} for each in sources]
    (folder / "paths.json").write_text(json.dumps({"paths": paths}))
    return [str(folder / "none.json"), str(folder / "paths.json")]


def ahead(tool: LinkedByteCode, package: str, stage: Stage, lists: list[str]) -> ByteCodeFacts:
    with tool.expecting(package, lists):
        tool.begin(stage)
        tool.link({})
        return tool.complete(stage, {})


def pair(folder: Path, package: str = "0" * 64, **sources: str) -> tuple[Stage, Stage]:
    """Two stages that are the same."""
    one, other = (stage_in(folder / name, **sources) for name in "12")
    recorded(one, sha256=package)
    recorded(other, sha256=package)
    return one, other


def test_it_is_looked_at_ahead(tmp_path: Path) -> None:
    """What was found right is linked, what was not is made anew, the rest as ever."""
    cache, package = tmp_path / "cache", "0" * 64
    first, second = pair(tmp_path, a="x = 'a'\n", b="x = 'b'\n", pkg__c="x = 'c'\n")
    tool = LinkedByteCode(str(cache))
    lists = listed(tmp_path, first)
    # Nothing is known yet: no interpreter, no byte-code.
    with tool.expecting("", []):
        pass
    assert ahead(tool, package, first, lists) == (0, 3, 0, "")
    made(first)[pyc("b")].write_bytes(b"evil")
    assert ahead(tool, package, second, lists) == (2, 1, 0, "")
    assert made(second)[pyc("b")].read_bytes() != b"evil"
    assert loaded(second, "b") == "matches"
    assert os.path.samefile(made(first)[pyc("pkg/c")], made(second)[pyc("pkg/c")])


def test_what_was_not_looked_at_ahead_is_looked_at_then(tmp_path: Path) -> None:
    first, second = pair(tmp_path, a="x = 1\n", b="x = 2\n")
    tool = LinkedByteCode(str(tmp_path / "cache"))
    assert tool.complete(first, {}) == (0, 2, 0, "")
    made(first)[pyc("a")].write_bytes(b"evil")
    assert ahead(tool, "0" * 64, second, []) == (1, 1, 0, "")
    assert loaded(second, "a") == "matches"


def test_what_was_looked_at_for_another_python_is_not_taken(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    stage = stage_in(tmp_path, a="x = 1\n")
    recorded(stage, sha256="0" * 64)
    note = cache / "byte-code" / "interpreters" / ("1" * 64)
    note.parent.mkdir(parents=True)
    note.write_text("other-1 other-1-00000000")
    assert ahead(LinkedByteCode(str(cache)), "1" * 64, stage, []) == (0, 1, 0, "")


@pytest.mark.parametrize("code", ["", "print('......', end='')", None])
def test_a_linker_that_dies_or_can_not_be_started(
    tmp_path: Path, code: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = pair(tmp_path, a="x = 1\n", b="x = 2\n")
    tool = LinkedByteCode(str(tmp_path / "cache"))
    tool.complete(first, {})
    if code is None:
        monkeypatch.setattr(sys, "executable", str(tmp_path / "none"))
    else:
        monkeypatch.setattr(side_process, "_START", code)
    # More than a pipe holds.
    with tool.expecting("0" * 64, [f"{number:0999}" for number in range(500)]):
        tool.begin(second)
        tool.link({})
        assert tool.complete(second, {}) == (2, 0, 0, "")


def test_the_linker_is_gone_at_the_end(tmp_path: Path) -> None:
    first, second = pair(tmp_path, **{f"m{number}": f"x = {number}\n" for number in range(9)})
    tool = LinkedByteCode(str(tmp_path / "cache"))
    tool.complete(first, {})

    def work() -> None:
        with tool.expecting("0" * 64, []):
            tool.begin(second)
            tool.link({})
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work()
    number = len(made(second))
    # Nobody writes to the stage anymore, and what is there is good.
    assert tool.complete(second, {}) == (9 - number, 0, 0, "")


class Deaf(io.BytesIO):
    """Somebody who has died: what is written to him is not read."""

    def write(self, _: object) -> int:
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))


def asked(*messages: object) -> io.BytesIO:
    stream = io.BytesIO()
    for each in messages:
        tell(stream, each)
    stream.seek(0)
    return stream


def test_the_linker_by_itself(tmp_path: Path) -> None:
    first, second = pair(tmp_path, a="x = 1\n", b="x = 2\n", pkg__c="x = 3\n")
    complete(first, tmp_path / "cache")
    shelf = next((tmp_path / "cache/byte-code").glob("*-*"))
    (shelf / "stray").write_text("no folder")
    (shelf / "00").mkdir(exist_ok=True)
    (shelf / "00" / "\u00e9").write_text("nothing that anybody made")
    with pytest.raises(BrokenPipeError):
        linker.serve(asked((str(shelf), []), (second.path, SITE, TAG), {}), Deaf())
    assert not made(second)
    ahead = (str(shelf), listed(tmp_path, first))
    for few in ((), (ahead,), (ahead, (second.path, SITE, TAG))):
        answers = io.BytesIO()
        linker.serve(asked(*few), answers)
        assert not answers.getvalue()
    for number in (3, 0):
        answers = io.BytesIO()
        linker.serve(asked(ahead, (second.path, SITE, TAG), {}), answers)
        answers.seek(0)
        # Signs of life, one for each folder that has modules.
        assert [told(answers), told(answers), told(answers)] == [None, None, (number, [])]
        assert len(made(second)) == 3


def test_a_stage_that_was_taken_away_does_not_come_back(tmp_path: Path) -> None:
    first, second = pair(tmp_path, pkg__a="x = 1\n")
    complete(first, tmp_path / "cache")
    entries = linker.shelf(str(next((tmp_path / "cache/byte-code").glob("*-*"))))
    folders = list(linker.sources(second.path, SITE))
    os.rename(second.path, f"{second.path}.gone")
    hashes = {f"{SITE}/pkg/a.py": next(iter(entries))[:64]}
    number, left = linker.linked(folders, TAG or "", entries, hashes)
    assert (number, len(left)) == (0, 1)
    assert not os.path.lexists(second.path)


@pytest.mark.parametrize(
    "said", [b"", b"- -", b"- --00", b"cpython-311", b"a ../b", b"a b-1", b"\xff"]
)
def test_what_is_remembered_of_a_python_is_damaged(tmp_path: Path, said: bytes) -> None:
    cache = tmp_path / "cache"
    stage = stage_in(tmp_path, a="x = 1\n")
    recorded(stage, sha256="0" * 64)
    assert complete(stage, cache) == (0, 1, 0, "")
    made(stage)[pyc("a")].unlink()
    note = cache / "byte-code" / "interpreters" / ("0" * 64)
    whole = note.read_bytes()
    note.write_bytes(said)
    assert complete(stage, cache) == (1, 0, 0, "")
    assert note.read_bytes() == whole


def test_no_modules_no_byte_code(tmp_path: Path) -> None:
    assert complete(stage_in(tmp_path), tmp_path / "cache") == (0, 0, 0, "")


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    first = stage_in(tmp_path / "1", **{"x" * 230: ""})
    assert complete(first, tmp_path / "cache") == (0, 1, 0, "")
    # The name of its byte-code is too long.
    second = stage_in(tmp_path / "2", **{"x" * 245: ""})
    assert complete(second, tmp_path / "cache") == (0, 0, 1, "")


def test_a_python_that_only_starts_is_given_up(tmp_path: Path) -> None:
    stage = stage_in(tmp_path, **{f"m{number}": f"x = {number}\n" for number in range(150)})
    interpreter(stage, f'case "$*" in *" -c "*) exec "{sys.executable}" "$@";; esac')
    assert complete(stage, tmp_path / "cache") == (0, 0, 150, "")


def test_half_a_file_is_taken_away(tmp_path: Path) -> None:
    import resource
    import signal

    target = tmp_path / "x.pyc"
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with pytest.raises(OSError, match="too large"):
            byte_code_worker.written(os.fsencode(target), bytes(5000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert not target.exists()


def test_the_worker_by_itself(tmp_path: Path) -> None:
    source, target = tmp_path / "a.py", tmp_path / "__pycache__" / "a.pyc"
    source.write_text("x = 1\n")
    paths = (source, "/final/a.py", target, tmp_path / "none.py", "/final/none.py", target)
    request = b"".join(os.fsencode(each) + b"\0" for each in paths)
    asked = io.BytesIO(len(request).to_bytes(8, "big") + request)
    answered = io.BytesIO()
    byte_code_worker.serve(asked, answered, os.fsencode(tmp_path / "cache"))
    assert answered.getvalue() == (2).to_bytes(8, "big") + b"df"
    kept = next(each for each in (tmp_path / "cache").rglob("*") if each.is_file())
    assert os.path.samefile(kept, target)
    # A second time: what is there stays.
    arguments = (os.fsencode(source), "/x", os.fsencode(target))
    assert byte_code_worker.compiled(*arguments, os.fsencode(tmp_path / "cache")) == b"d"
    assert byte_code_worker.compiled(*arguments, os.fsencode(source)) == b"d"
    assert os.path.samefile(kept, target)


def test_the_worker_on_two_file_systems(tmp_path: Path) -> None:
    source, target = tmp_path / "a.py", tmp_path / "a.pyc"
    source.write_text("x = 1\n")
    with another_file_system(tmp_path) as cache:
        arguments = (os.fsencode(source), "/x", os.fsencode(target), os.fsencode(cache))
        assert byte_code_worker.compiled(*arguments) == b"d"
    assert target.stat().st_nlink == 1

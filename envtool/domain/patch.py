"""Unified diffs, as `patch -p0` and people read them."""

_NO_NEWLINE = "\\ No newline at end of file\n"


def unified(path: str, before: str | None, after: str) -> str:
    """What makes `after` of `before`; None is a file that is not there yet."""
    from difflib import unified_diff

    lines = unified_diff(
        _lines(before or ""),
        _lines(after),
        fromfile="/dev/null" if before is None else path,
        tofile=path,
    )
    return "".join(line if line.endswith("\n") else f"{line}\n{_NO_NEWLINE}" for line in lines)


def _lines(text: str) -> list[str]:
    """Only a line feed ends a line of a patch."""
    lines = [line + "\n" for line in text.split("\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]

"""Makes `conda-lock.yml` texts in the layout that conda-lock 4 writes."""

from typing import NamedTuple


class Entry(NamedTuple):
    """One package of a lock; what tests do not care about has a default."""

    name: str
    version: str = "1.0"
    platform: str = "linux-64"
    manager: str = "conda"
    needs: tuple[tuple[str, str], ...] = ()
    build: str = "h0_0"
    md5: str = "0" * 32
    sha256: str = "0" * 64
    category: str = "main"
    url: str | None = None

    @property
    def address(self) -> str:
        if self.url is not None:
            return self.url
        file = f"{self.name}-{self.version}-{self.build}.conda"
        return f"https://conda.anaconda.org/conda-forge/{self.platform}/{file}"


def entry_text(entry: Entry) -> str:
    needs = "".join(f"    {name}: '{constraint}'\n" for name, constraint in entry.needs)
    hashes = f"    md5: {entry.md5}\n" if entry.md5 else ""
    hashes += f"    sha256: {entry.sha256}\n" if entry.sha256 else ""
    return (
        f"- name: {entry.name}\n"
        f"  version: '{entry.version}'\n"
        f"  manager: {entry.manager}\n"
        f"  platform: {entry.platform}\n"
        f"  dependencies:{chr(10) + needs if needs else ' {}' + chr(10)}"
        f"  url: {entry.address}\n"
        f"  hash:\n{hashes}"
        f"  category: {entry.category}\n"
        f"  optional: false\n"
    )


def lock_text(
    *entries: Entry,
    platforms: tuple[str, ...] = ("linux-64",),
    sources: tuple[str, ...] = ("environment.yml", "environment-dev.yml"),
) -> str:
    return (
        "version: 1\nmetadata:\n  content_hash:\n"
        + "".join(f"    {platform}: {'a' * 64}\n" for platform in platforms)
        + "  channels:\n  - url: conda-forge\n    used_env_vars: []\n  platforms:\n"
        + "".join(f"  - {platform}\n" for platform in platforms)
        + "  sources:\n"
        + "".join(f"  - {source}\n" for source in sources)
        + "package:\n"
        + "".join(entry_text(entry) for entry in entries)
    )

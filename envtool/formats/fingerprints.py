"""Names for findings that stay when a finding moves to another line."""

from collections import Counter
from hashlib import sha256

from envtool.domain.findings import Finding


class Fingerprints:
    """Gives every finding of one report a name of its own.

    Rule, file, package and the text of the line make it; equal findings are told apart by their
    order, for GitLab shows one of several with the same name.
    """

    def __init__(self) -> None:
        self._seen: Counter[str] = Counter()

    def of(self, finding: Finding) -> str:
        """32 hexadecimal digits."""
        content = (finding.source or "").strip()
        return self.named(finding.rule, finding.place.path, finding.package or "", content)

    def named(self, *parts: str) -> str:
        """The same for anything else that has to be told apart."""
        key = "\0".join(parts)
        self._seen[key] += 1
        text = f"{key}\0{self._seen[key]}"
        return sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:32]

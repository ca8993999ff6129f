"""envtool keeps conda environments pinned, tested, audited and recoverable."""

__version__ = "0.1.0"

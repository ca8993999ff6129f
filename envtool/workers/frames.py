"""What a worker and who asks it tell each other: both are the same Python, so `marshal` will do."""

from __future__ import annotations

import marshal

TYPE_CHECKING = False  # `typing` takes longer to load than all else
if TYPE_CHECKING:
    from typing import IO, Any

# Of the length before each message.
_BYTES = 8
# A million files are told in a tenth of this; what is longer is nobody's message.
_MOST = 1 << 30


def tell(stream: IO[bytes], message: Any) -> None:  # noqa: ANN401 - whatever `marshal` knows
    """Send something; raises `OSError` when nobody hears it."""
    data = marshal.dumps(message)
    stream.write(len(data).to_bytes(_BYTES, "big") + data)
    stream.flush()


def told(stream: IO[bytes]) -> Any:  # noqa: ANN401
    """What was sent; raises `EOFError` when nothing comes anymore, or half of it."""
    size = int.from_bytes(stream.read(_BYTES), "big")
    data = stream.read(size) if size <= _MOST else b""
    if not size or len(data) < size:
        raise EOFError
    return marshal.loads(data)  # noqa: S302 - from who started this, or was started by it

"""Files as they are read, whether or not they are compressed: what a file is, its first bytes say."""

from __future__ import annotations

import importlib
import zlib
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, NamedTuple, cast

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Compression(NamedTuple):
    """One way to compress a file, and what of the standard library reads it."""

    name: str
    magic: bytes
    """How such a file begins."""
    module: str
    error: str
    """Exception for a damaged file, of the same module."""
    missing: str
    """What to say where Python lacks the module."""


COMPRESSIONS = (
    Compression("gzip", b"\x1f\x8b", "gzip", "BadGzipFile", "this Python was built without zlib"),
    Compression("xz", b"\xfd7zXZ\x00", "lzma", "LZMAError", "this Python was built without lzma"),
    Compression("zstd", b"\x28\xb5\x2f\xfd", "compression.zstd", "ZstdError", "Python reads zstd from 3.14 on"),
)
LONGEST_MAGIC = max(len(each.magic) for each in COMPRESSIONS)


class CompressedFileError(OSError):
    """A compressed file is damaged, or this Python cannot read its kind."""


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """Open a file for reading, and decompress it as it is read.

    Raises:
        CompressedFileError: it is damaged, or cannot be decompressed here.
        OSError: it cannot be opened.
    """
    with path.open("rb") as file:
        # A pipe has no beginning to go back to; this looks ahead without moving.
        found = _compression(file.peek(LONGEST_MAGIC))
        if found is None:
            yield file
        else:
            with _decompressed(file, found) as lines:
                yield lines


def compression(path: Path) -> str | None:
    """How a regular file is compressed, if it is; nothing is read of a pipe.

    Raises:
        OSError: it cannot be opened.
    """
    if not path.is_file():
        return None
    with path.open("rb") as file:
        found = _compression(file.peek(LONGEST_MAGIC))
    return found.name if found else None


def _compression(start: bytes) -> Compression | None:
    return next((each for each in COMPRESSIONS if start.startswith(each.magic)), None)


@contextmanager
def _decompressed(file: IO[bytes], found: Compression) -> Iterator[IO[bytes]]:
    try:
        module: Any = importlib.import_module(found.module)
    except ImportError as error:
        msg = f"compressed with {found.name}: {found.missing}; decompress it first"
        raise CompressedFileError(msg) from error
    try:
        with module.open(file) as lines:
            yield cast("IO[bytes]", lines)
    except (EOFError, zlib.error, getattr(module, found.error)) as error:
        msg = f"the {found.name} file is torn or damaged ({error})"
        raise CompressedFileError(msg) from error

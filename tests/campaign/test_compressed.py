from __future__ import annotations

import gzip
import importlib.util
import json
import lzma
import os
import threading
from typing import TYPE_CHECKING

import pytest

from harness.campaign.compressed import CompressedFileError, compression, opened
from harness.campaign.journal import JournalError, encode, read, resumable
from tests.report.sample import journal, trial

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LINES = b"".join(encode(record) for record in journal(trial()))
RECORDS = [json.loads(line) for line in LINES.splitlines()]
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"


@pytest.mark.parametrize(("compress", "name"), [(gzip.compress, "gzip"), (lzma.compress, "xz"), (bytes, None)])
def test_a_journal_is_read_whether_or_not_it_is_compressed(
    tmp_path: Path, compress: Callable[[bytes], bytes], name: str | None
) -> None:
    path = tmp_path / "journal"
    path.write_bytes(compress(LINES))
    assert compression(path) == name
    assert list(read(path)) == RECORDS


@pytest.mark.parametrize("compress", [gzip.compress, lzma.compress])
def test_a_torn_file_is_one_line_after_what_could_be_read(tmp_path: Path, compress: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "torn.jsonl.xz"
    path.write_bytes(compress(LINES * 50)[:-30])
    with pytest.raises(JournalError, match=r"^cannot read .*torn\.jsonl\.xz: the (gzip|xz) file is torn or damaged"):
        list(read(path))


def test_damage_in_the_middle_is_seen(tmp_path: Path) -> None:
    content = bytearray(gzip.compress(os.urandom(5000)))
    content[2000:2100] = bytes(100)
    path = tmp_path / "damaged.gz"
    path.write_bytes(content)
    with pytest.raises(CompressedFileError, match="damaged"), opened(path) as file:
        file.read()


@pytest.mark.skipif(importlib.util.find_spec("compression") is not None, reason="this Python reads zstd")
def test_what_this_python_cannot_read_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl.zst"
    path.write_bytes(ZSTD_MAGIC + bytes(20))
    with pytest.raises(JournalError, match=r"compressed with zstd: Python reads zstd from 3\.14 on; decompress"):
        list(read(path))


@pytest.mark.skipif(importlib.util.find_spec("compression") is None, reason="this Python cannot read zstd")
def test_zstd_is_read_where_python_can(tmp_path: Path) -> None:
    zstd = importlib.import_module("compression.zstd")
    path = tmp_path / "journal.jsonl.zst"
    path.write_bytes(zstd.compress(LINES))
    assert list(read(path)) == RECORDS


def test_a_compressed_journal_is_not_resumed(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl.gz"
    path.write_bytes(gzip.compress(LINES))
    before = path.read_bytes()
    with pytest.raises(JournalError, match="it is compressed; decompress it first"):
        resumable(path)
    assert path.read_bytes() == before


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
@pytest.mark.parametrize("compress", [gzip.compress, bytes])
def test_a_pipe_loses_nothing(tmp_path: Path, compress: Callable[[bytes], bytes]) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(compress(LINES),))
    writer.start()
    assert list(read(pipe)) == RECORDS
    writer.join()

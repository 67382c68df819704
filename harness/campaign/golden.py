"""A corpus of files that versions have left behind, to be read again by any that come after.

A folder with ``index.json`` (who wrote what, with digests), and for each writer and model one compressed archive of
its deposit. Everything in it is compared with the writer's own snapshot, so that the writer is needed no more.
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from harness.campaign.deposit import Deposit, read_deposit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

Json = Any

FORMAT = 1
INDEX = "index.json"

SAVERS = (
    "Model.save(.h5)",
    "Model.save(.keras)",
    "Model.save(save_format='tf')",
    "Model.save_weights(.h5)",
    "Model.save_weights(.weights.h5)",
    "Model.to_json",
)
"""The main formats: what people keep."""


class CorpusError(Exception):
    """The corpus cannot be read or written; the message is one line that names the file."""


@dataclass(frozen=True)
class Entry:
    """One model of one writer."""

    spec: str
    """Its id."""
    file: str
    """Inside of the corpus."""
    sha256: str
    bytes: int


@dataclass
class Writer:
    """Everything that one environment has written."""

    info: dict[str, Json]
    """What it reports of itself."""
    seed: int
    absent: tuple[str, ...] = ()
    """Layer classes that it has, and none of its models."""
    entries: list[Entry] = field(default_factory=list)


@dataclass(frozen=True)
class Corpus:
    """A corpus, by the names of its writers."""

    folder: Path
    writers: dict[str, Writer]

    def write(self) -> None:
        """Write the index, last of all: what it does not name is not there.

        Raises:
            CorpusError: the disk is full or gone.
        """
        index = {"format": FORMAT, "writers": {name: asdict(writer) for name, writer in sorted(self.writers.items())}}
        try:
            # Written beside it first: whatever ends this, there is a whole index, the old one or the new one.
            new = self.folder / f"{INDEX}.new"
            new.write_text(json.dumps(index, indent=1) + "\n", encoding="utf-8")
            new.replace(self.folder / INDEX)
        except OSError as error:
            msg = f"cannot write {self.folder / INDEX}: {error.strerror or error}"
            raise CorpusError(msg) from error

    def verify(self) -> None:
        """Make sure that every file is there and is what was written.

        Raises:
            CorpusError: at the first that is not.
        """
        for writer in self.writers.values():
            for entry in writer.entries:
                self._checked(entry)

    def deposit(self, entry: Entry, folder: Path) -> Deposit:
        """Unpack one model into a folder.

        Raises:
            CorpusError: the file is missing or damaged.
            DepositError: what is in it is not a deposit.
        """
        unpack(self._checked(entry), folder, self.folder / entry.file)
        return read_deposit(folder)

    def _checked(self, entry: Entry) -> bytes:
        path = self.folder / entry.file
        try:
            data = path.read_bytes()
        except OSError as error:
            msg = f"{path} of the corpus cannot be read: {error.strerror or error}"
            raise CorpusError(msg) from error
        if hashlib.sha256(data).hexdigest() != entry.sha256:
            msg = f"{path} of the corpus is damaged: it is not what was written ({len(data)} bytes, not {entry.bytes})"
            raise CorpusError(msg)
        return data


def read_corpus(folder: Path) -> Corpus:
    """Read the index of a corpus.

    Raises:
        CorpusError: there is none, or it is damaged.
    """
    path = folder / INDEX
    try:
        index = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        msg = f"no corpus in {folder}: cannot read {path.name}: {error.strerror or error}"
        raise CorpusError(msg) from error
    except ValueError as error:
        msg = f"{path} is damaged: {error}"
        raise CorpusError(msg) from error
    try:
        return Corpus(folder, dict(_writers(index, path)))
    except (KeyError, TypeError, AttributeError) as error:
        msg = f"{path} is damaged: {type(error).__name__} {error}"
        raise CorpusError(msg) from error


def opened(folder: Path) -> Corpus:
    """The corpus of a folder, a new one if there is nothing in it.

    Raises:
        CorpusError: as :func:`read_corpus`, or the folder holds something else.
    """
    if (folder / INDEX).exists():
        return read_corpus(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        found = any(folder.iterdir())
    except OSError as error:
        msg = f"cannot write {folder}: {error.strerror or error}"
        raise CorpusError(msg) from error
    if found:
        msg = f"{folder} holds something else than a corpus: name a folder of its own"
        raise CorpusError(msg)
    return Corpus(folder, {})


def _writers(index: Mapping[str, Json], path: Path) -> Iterator[tuple[str, Writer]]:
    if index["format"] != FORMAT:
        msg = f"{path} is of format {index['format']!r}, this version reads {FORMAT}"
        raise CorpusError(msg)
    for name, writer in index["writers"].items():
        entries = [Entry(**entry) for entry in writer["entries"]]
        yield name, Writer(writer["info"], writer["seed"], tuple(writer["absent"]), entries)


def pack(deposit: Path, corpus: Path, file: str) -> Entry:
    """Compress a deposit into the corpus."""
    target = io.BytesIO()
    # The same deposit makes the same archive: no times, no owners.
    with tarfile.open(fileobj=target, mode="w:xz", preset=9) as archive:
        for path in sorted(deposit.rglob("*")):
            archive.add(path, str(path.relative_to(deposit)), recursive=False, filter=_timeless)
    data = target.getvalue()
    path = corpus / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return Entry(deposit.name, file, hashlib.sha256(data).hexdigest(), len(data))


def _timeless(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.mtime, member.uid, member.gid, member.uname, member.gname = 0, 0, 0, "", ""
    return member


def unpack(data: bytes, folder: Path, source: Path) -> None:
    """Unpack an archive: folders and plain files inside of ``folder``, and nothing else.

    Raises:
        CorpusError: it is no archive, or one with something else in it.
    """
    root = folder.resolve()
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:xz") as archive:
            for member in archive:
                path = (root / member.name).resolve()
                held = archive.extractfile(member) if member.isfile() else None
                if not path.is_relative_to(root) or (held is None and not member.isdir()):
                    msg = f"{source} of the corpus has {member.name} in it, which has no place there"
                    raise CorpusError(msg)
                (path if held is None else path.parent).mkdir(parents=True, exist_ok=True)
                if held is not None:
                    path.write_bytes(held.read())
    except (tarfile.TarError, EOFError, OSError) as error:
        msg = f"{source} of the corpus is damaged: {error}"
        raise CorpusError(msg) from error

"""The journal: JSON Lines, one record a line, that outlives whatever happens to the run.

A journal is a header, ``spec`` and ``trial`` records as they come, ``finding`` records and a footer. Without a
footer the run was interrupted; several journals one after the other are a valid input. The last line may be torn
(the process was killed in the middle of a write): readers pass over it, a resumed run cuts it off.
"""

from __future__ import annotations

import json
import os
import stat
import time
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime, timezone
from typing import IO, TYPE_CHECKING, Any, cast

from harness import __version__
from harness.campaign.compressed import compression, opened
from harness.trial.records import Facet, Problem, Raised, Trial

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from typing_extensions import Self

FORMAT = 1
"""Version of the records; a reader refuses any other."""

RECORDS = ("header", "spec", "trial", "finding", "footer")

NEEDED: Mapping[str, Mapping[str, type | tuple[type, ...]]] = {
    "header": {"environments": list, "arguments": dict, "tool": dict},
    "spec": {"id": str, "kind": str, "spec": dict, "description": str},
    "trial": {
        **dict.fromkeys(("spec", "kind", "saver", "loader", "writer", "reader", "verdict", "note"), str),
        "facets": dict,
        "problems": list,
        "rules": list,
        "seconds": (int, float),
    },
    "finding": {},
    "footer": {"unexercised": list, "stale": list},
}
"""What no reader can do without; the schema says the rest."""

FREE_ARGUMENTS = frozenset({"jobs", "seconds"})
"""Arguments that change how fast the answer comes, or how much of it: a resumed run may change them."""

SYNC_SECONDS = 5.0
"""A killed process loses nothing that was written; a machine that loses power loses at most this much."""

Record = dict[str, Any]
Key = tuple[str, str, str, str, str]
"""What a trial is known by: spec, saver, loader, writer, reader."""


class JournalError(Exception):
    """The journal cannot be written, read or resumed; the message is one line that names the file."""


def header(
    environments: Iterable[Mapping[str, Any]],
    *,
    seed: int,
    arguments: Mapping[str, Any],
    started: str | None = None,
    unusable: Mapping[str, str] | None = None,
) -> Record:
    """First record of a journal; each environment is what it reports of itself, and its ``name``.

    ``unusable`` says of environments that were asked for why they were not run.
    """
    record: Record = {
        "record": "header",
        "format": FORMAT,
        "tool": {"name": "keras-roundtrip", "version": __version__},
        "environments": [dict(environment) for environment in environments],
        "seed": seed,
        "arguments": dict(arguments),
        "started": started or datetime.now(timezone.utc).isoformat(timespec="seconds"),
    }
    return {**record, "unusable": dict(unusable)} if unusable else record


def spec_to_json(
    identity: str, kind: str, spec: Mapping[str, Any], description: str, features: Mapping[str, Any] | None = None
) -> Record:
    """Record of one model: its spec is the replay key of every trial that names it."""
    record = {"record": "spec", "id": identity, "kind": kind, "spec": spec, "description": description}
    return record if features is None else {**record, "features": dict(features)}


def trial_to_json(trial: Trial) -> Record:
    """Record of one trial; :func:`trial_from_json` is its inverse."""
    facets = {
        name: {"expected": facet.expected, "observed": facet.observed, "class": facet.classed}
        for name, facet in trial.facets.items()
    }
    plain = {**asdict(trial), "facets": facets, "fingerprint": trial.fingerprint}
    return {"record": "trial", **{name: _listed(value) for name, value in plain.items()}}


def trial_from_json(record: Mapping[str, Any]) -> Trial:
    """Read a trial back.

    Raises:
        JournalError: a field is missing or of another shape.
    """
    try:
        values = {item.name: record[item.name] for item in fields(Trial)}
        return Trial(
            **{
                **values,
                "facets": {name: _facet(facet) for name, facet in values["facets"].items()},
                "exception": None if values["exception"] is None else Raised(**values["exception"]),
                "warnings": tuple(values["warnings"]),
                "rules": tuple(values["rules"]),
                "problems": tuple(Problem(**problem) for problem in values["problems"]),
            }
        )
    except (KeyError, TypeError, AttributeError) as error:
        msg = f"not a trial record: {error}"
        raise JournalError(msg) from error


def key(trial: Mapping[str, Any]) -> Key:
    """What a trial record is known by."""
    return (trial["spec"], trial["saver"], trial["loader"], trial["writer"], trial["reader"])


def _facet(data: Mapping[str, Any]) -> Facet:
    return Facet(expected=data["expected"], observed=data["observed"], classed=data["class"])


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


class Writer:
    """An open journal, appended to one record a line."""

    def __init__(self, path: Path, end: int | None = None) -> None:
        """Start a new journal, or go on after the first ``end`` bytes of an old one.

        Raises:
            JournalError: the path cannot be written, or holds something that would be lost.
        """
        self.path = path
        self._fresh = end is None and not path.exists()
        try:
            self._file = cast("IO[bytes]", path.open("ab", buffering=0))
            self._regular = stat.S_ISREG(os.fstat(self._file.fileno()).st_mode)
            size = os.fstat(self._file.fileno()).st_size if self._regular else 0
            if end is not None and self._regular:
                self._file.truncate(end)
                size = end
        except OSError as error:
            raise _unwritable(path, error) from error
        if end is None and size:
            self._file.close()
            msg = f"{path} already exists: continue it with --resume, or name another file"
            raise JournalError(msg)
        self._end = size
        self._synced = time.monotonic()

    def write(self, record: Mapping[str, Any]) -> None:
        """Append one record; it survives the death of this process from here on.

        Raises:
            JournalError: the disk is full or gone; what was written before is kept, without a torn line.
        """
        line = encode(record)
        try:
            self._write_all(line)
            self._end += len(line)
            if time.monotonic() - self._synced >= SYNC_SECONDS:
                self._sync()
        except OSError as error:
            self._cut()
            raise _unwritable(self.path, error, "; what was measured so far is kept") from error

    def close(self) -> None:
        """Sync and close; a new journal that nothing was written to is removed.

        Raises:
            JournalError: the disk is full or gone.
        """
        if self._file.closed:
            return
        with self._file:
            try:
                self._sync()
            except OSError as error:
                raise _unwritable(self.path, error) from error
        if self._fresh and self._end == 0 and self._regular:
            self.path.unlink()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _write_all(self, line: bytes) -> None:
        rest = memoryview(line)
        while rest:
            rest = rest[self._file.write(rest) :]

    def _sync(self) -> None:
        self._synced = time.monotonic()
        if self._regular:
            os.fsync(self._file.fileno())

    def _cut(self) -> None:
        """Take a half-written line back, so that the file ends with a whole record."""
        if self._regular:
            self._file.truncate(self._end)


def encode(record: Mapping[str, Any]) -> bytes:
    """One line of a journal; ``record`` leads, which is how a header after a torn line is found again."""
    ordered = {"record": record["record"], **record}
    return json.dumps(ordered, separators=(",", ":"), allow_nan=False, default=_jsonable).encode() + b"\n"


def _jsonable(value: Any) -> Any:
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    msg = f"{type(value).__name__} has no place in a journal"
    raise TypeError(msg)


def _unwritable(path: Path, error: OSError, kept: str = "") -> JournalError:
    return JournalError(f"cannot write {path}: {error.strerror or error}{kept}")


def read(path: Path) -> Iterator[Record]:
    """Stream the records of a journal, or of several in one file; it may be compressed.

    Raises:
        JournalError: it cannot be read, is not a journal, or is of another format.
    """
    try:
        with opened(path) as file:
            yield from read_lines(file, str(path))
    except OSError as error:
        msg = f"cannot read {path}: {error.strerror or error}"
        raise JournalError(msg) from error


def read_lines(lines: Iterable[bytes], name: str) -> Iterator[Record]:
    """Stream records from lines; ``name`` is what an error calls them.

    Raises:
        JournalError: not a journal, or of another format.
    """
    return (record for record, _ in _records(lines, name))


_HEADER = b'{"record":"header"'


def _records(lines: Iterable[bytes], name: str) -> Iterator[tuple[Record, int]]:
    """Records, each with the offset of the end of its line."""
    end = 0
    started = False
    torn: int | None = None
    for number, line in enumerate(lines, start=1):
        end += len(line)
        if not line.strip():
            continue
        if torn is not None:
            raise _broken(
                name, torn, "not a record" if started else "not a journal: no header (roundtrip run --out writes one)"
            )
        record = _decode(line) or _decode(line[max(line.rfind(_HEADER), 0) :])
        if record is None:
            # Only the last line may be torn; whether this is the last one shows when there is another.
            torn = number
            continue
        _check(record, name, number, started=started)
        started = True
        yield record, end
    if not started and torn is not None:
        raise _broken(name, torn, "not a journal: no header (roundtrip run --out writes one)")


def _decode(line: bytes) -> Record | None:
    try:
        record = json.loads(line)
    except ValueError:
        return None
    return record if isinstance(record, dict) else None


def _check(record: Record, name: str, number: int, *, started: bool) -> None:
    kind = record.get("record")
    if not started and kind != "header":
        raise _broken(name, number, "not a journal: no header (roundtrip run --out writes one)")
    if kind not in RECORDS:
        raise _broken(name, number, f"unknown record {kind!r}")
    if kind == "header" and record.get("format") != FORMAT:
        raise _broken(name, number, f"format {record.get('format')!r}, this version reads {FORMAT}")
    for field_name, expected in NEEDED[kind].items():
        if not isinstance(record.get(field_name), expected):
            raise _broken(name, number, f"a {kind} without {field_name!r} (see roundtrip report --schema)")


def _broken(name: str, number: int, problem: str) -> JournalError:
    return JournalError(f"{name}, line {number}: {problem}")


@dataclass(frozen=True)
class Resumable:
    """What an earlier run left behind."""

    header: Record
    done: frozenset[Key]
    specs: frozenset[str]
    """Ids of the specs that are written already."""
    complete: bool
    end: int
    """Where the last whole record ends."""


@dataclass
class _Scan:
    headers: list[Record] = field(default_factory=list)
    done: set[Key] = field(default_factory=set)
    specs: set[str] = field(default_factory=set)
    complete: bool = False
    end: int = 0

    def add(self, record: Record, end: int) -> None:
        self.end = end
        self.complete = record["record"] == "footer"
        if record["record"] == "header":
            self.headers.append(record)
        elif record["record"] == "spec":
            self.specs.add(record["id"])
        elif record["record"] == "trial":
            self.done.add(key(record))


def done_keys(path: Path) -> frozenset[Key]:
    """Keys of the trials that a journal holds.

    Raises:
        JournalError: as :func:`read`.
    """
    return frozenset(key(record) for record in read(path) if record["record"] == "trial")


def resumable(path: Path) -> Resumable | None:
    """What there is to go on from; None where there is nothing yet.

    Raises:
        JournalError: not one journal, or not readable.
    """
    if not path.exists() or path.stat().st_size == 0:
        return None
    if compression(path) is not None:
        msg = f"cannot resume {path}: it is compressed; decompress it first"
        raise JournalError(msg)
    scan = _Scan()
    try:
        with path.open("rb") as file:
            for record, end in _records(_whole(file), str(path)):
                scan.add(record, end)
    except OSError as error:
        msg = f"cannot read {path}: {error.strerror or error}"
        raise JournalError(msg) from error
    if not scan.headers:
        raise _broken(str(path), 1, "not a journal: no header (roundtrip run --out writes one)")
    if len(scan.headers) > 1:
        msg = f"{path} holds {len(scan.headers)} runs: only a single one can be resumed"
        raise JournalError(msg)
    return Resumable(scan.headers[0], frozenset(scan.done), frozenset(scan.specs), scan.complete, scan.end)


def _whole(file: Iterable[bytes]) -> Iterator[bytes]:
    """Lines with their end; the last may have lost it, and then was not written to the end."""
    return (line for line in file if line.endswith(b"\n"))


def check_same_run(path: Path, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    """Make sure that what is resumed asks for the same trials.

    Raises:
        JournalError: another seed, other arguments or other environments.
    """
    differing = [
        f"{what} {_brief(then)}, now {_brief(now)}"
        for what, then, now in _compared(old, new)
        if json.dumps(then, sort_keys=True) != json.dumps(now, sort_keys=True)
    ]
    if differing:
        msg = f"cannot resume {path}: it was run with {'; '.join(differing)}"
        raise JournalError(msg)


_VERSIONS = ("name", "tensorflow", "keras", "namespace", "python", "numpy", "h5py", "modules")


def _compared(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    yield "version", old["tool"]["version"], new["tool"]["version"]
    yield "seed", old["seed"], new["seed"]
    names = sorted((set(old["arguments"]) | set(new["arguments"])) - FREE_ARGUMENTS)
    for name in names:
        yield f"--{name.replace('_', '-')}", old["arguments"].get(name), new["arguments"].get(name)
    then, now = ([{name: each.get(name) for name in _VERSIONS} for each in run["environments"]] for run in (old, new))
    yield "environments", then, now


def _brief(value: Any) -> str:
    return json.dumps(value, sort_keys=True) if value not in ([], None) else "none"

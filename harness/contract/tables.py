"""TOML arrays of tables that know the line they come from."""

from __future__ import annotations

import re
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path


class ContractError(ValueError):
    """A file of the contract or the ledger is not valid; the message names the file and the line."""


class InvalidEntryError(ValueError):
    """One value of one entry is not valid; :meth:`Entry.located` says where."""


@dataclass(frozen=True)
class Entry:
    """One table of an array, with the line of its header."""

    path: Path
    line: int
    table: str
    data: dict[str, Any]

    @property
    def where(self) -> str:
        """``rules/keras_v3.toml:37``."""
        return f"{self.path.parent.name}/{self.path.name}:{self.line}"

    @property
    def id(self) -> str | None:
        """The entry's own name, if it has a usable one."""
        found = self.data.get("id")
        return found if isinstance(found, str) and found else None

    def error(self, message: str) -> ContractError:
        """The exception that says what is wrong with this entry, and where it is."""
        named = self.table if self.id is None else f'{self.table} "{self.id}"'
        return ContractError(f"{self.where}: {named}: {message}")

    @contextmanager
    def located(self) -> Iterator[None]:
        """Give an invalid value inside the block the place of this entry.

        Raises:
            ContractError: in place of :class:`InvalidEntryError`.
        """
        try:
            yield
        except InvalidEntryError as error:
            raise self.error(str(error)) from error


def read_entries(path: Path, table: str) -> tuple[Entry, ...]:
    """Read the ``[[table]]`` entries of a file that holds nothing else.

    Raises:
        ContractError: unreadable, not TOML, another key at the top, or entries without a header of their own.
    """
    text = _read(path)
    data = _parse(path, text)
    for key in data:
        if key != table:
            msg = f"{path.parent.name}/{path.name}: unknown table {quoted(key)}{meant(key, [table])}"
            raise ContractError(msg)
    tables = data.get(table, [])
    lines = [number for number, line in enumerate(text.splitlines(), 1) if _is_header(line, table)]
    # Inline arrays, and headers inside of multi-line strings: then no line would be the right one.
    if not isinstance(tables, list) or len(lines) != len(tables):
        msg = f"{path.parent.name}/{path.name}: every {table} needs a line [[{table}]] of its own"
        raise ContractError(msg)
    return tuple(Entry(path, line, table, item) for line, item in zip(lines, tables, strict=True))


def unique_ids(entries: Iterable[Entry]) -> None:
    """Check that every entry has an id, and no two the same.

    Raises:
        ContractError: at the first entry without, or at the second with the same.
    """
    seen: dict[str, Entry] = {}
    for entry in entries:
        if entry.id is None:
            raise entry.error("missing id")
        if entry.id in seen:
            raise entry.error(f"duplicate id, first used at {seen[entry.id].where}")
        seen[entry.id] = entry


def known_keys(entry: Entry, keys: Iterable[str]) -> None:
    """Check that an entry has no key but these.

    Raises:
        ContractError: at the first unknown key.
    """
    allowed = tuple(keys)
    for key in entry.data:
        if key not in allowed:
            raise entry.error(f"unknown key {quoted(key)}{meant(key, allowed)}")


def texts(data: dict[str, Any], key: str) -> tuple[str, ...]:
    """A string or a list of strings, empty if the key is absent.

    Raises:
        InvalidEntryError: anything else.
    """
    value = data.get(key, [])
    found = [value] if isinstance(value, str) else value
    if not isinstance(found, list) or not all(isinstance(item, str) for item in found):
        msg = f"{key} must be a list of strings"
        raise InvalidEntryError(msg)
    return tuple(found)


def text(data: dict[str, Any], key: str) -> str:
    """A string, empty if the key is absent.

    Raises:
        InvalidEntryError: not a string.
    """
    value = data.get(key, "")
    if not isinstance(value, str):
        msg = f"{key} must be a string"
        raise InvalidEntryError(msg)
    return value


def sources(data: dict[str, Any]) -> tuple[str, ...]:
    """The required places where the entry comes from.

    Raises:
        InvalidEntryError: none, or an empty one.
    """
    found = texts(data, "source")
    if not found or not all(item.strip() for item in found):
        msg = "missing source"
        raise InvalidEntryError(msg)
    return found


def choices(values: Iterable[str], allowed: Iterable[str], what: str) -> tuple[str, ...]:
    """The values, all of which must be among the allowed ones.

    Raises:
        InvalidEntryError: at the first that is not, with the closest that is.
    """
    found, names = tuple(values), tuple(allowed)
    for value in found:
        if value not in names:
            msg = f"unknown {what} {quoted(value)}{meant(value, names)}"
            raise InvalidEntryError(msg)
    return found


def regex(pattern: str, key: str) -> str:
    """A pattern that compiles.

    Raises:
        InvalidEntryError: it does not.
    """
    try:
        re.compile(pattern)
    except re.error as error:
        msg = f"invalid regex in {key}: {error}"
        raise InvalidEntryError(msg) from error
    return pattern


def quoted(value: object) -> str:
    """A value as error messages show it."""
    return f'"{value}"'


def meant(value: str, allowed: Iterable[str]) -> str:
    """``; did you mean ...?`` if something is close enough, else nothing."""
    close = get_close_matches(value, list(allowed), n=1)
    return f"; did you mean {quoted(close[0])}?" if close else ""


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{path}: {error}"
        raise ContractError(msg) from error


def _parse(path: Path, content: str) -> dict[str, Any]:
    try:
        return tomllib.loads(content)
    except tomllib.TOMLDecodeError as error:
        msg = f"{path.parent.name}/{path.name}: {error}"
        raise ContractError(msg) from error


def _is_header(line: str, table: str) -> bool:
    return re.match(rf"\s*\[\[\s*{re.escape(table)}\s*\]\]", line) is not None

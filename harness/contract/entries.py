"""Writes an entry of the ledger: as narrow as what was seen of the finding."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.contract.ledger import hides, load_ledger
from harness.contract.tables import ContractError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class EntryRefusedError(Exception):
    """The entry would not do; the message says why."""


@dataclass(frozen=True)
class Draft:
    """What an entry is made of."""

    id: str
    title: str
    savers: tuple[str, ...]
    loaders: tuple[str, ...]
    kinds: tuple[str, ...]
    """Empty for any."""
    when: Mapping[str, Any]
    keras: str
    facet: str
    difference: str
    severity: str
    sources: tuple[str, ...]
    spec: Mapping[str, Any]
    writer_keras: str = ""
    """Of files of another version than the one that reads them; empty for what a version writes and reads itself."""

    def text(self) -> str:
        """The entry as TOML."""
        lines = [
            "[[issue]]",
            f"id = {_toml(self.id)}",
            f"title = {_toml(self.title)}",
            f"saver = {_toml(list(self.savers))}",
            f"loader = {_toml(list(self.loaders))}",
        ]
        if self.kinds:
            lines.append(f"kind = {_toml(list(self.kinds))}")
        if self.when:
            lines.append(f"when = {{ {', '.join(f'{name} = {_toml(value)}' for name, value in self.when.items())} }}")
        lines += [
            f"keras = {_toml(self.keras)}",
            *([f"writer_keras = {_toml(self.writer_keras)}"] if self.writer_keras else []),
            f"facet = {_toml([self.facet])}",
            f"difference = {_toml(pattern(self.difference))}",
            f"severity = {_toml([self.severity])}",
            f"source = {_toml(list(self.sources))}",
            f"model = {_toml(f'known/{self.id}.json')}",
        ]
        return "\n".join(lines) + "\n"


def pattern(difference: str) -> str:
    """A regular expression for this difference alone; of a long message, its beginning."""
    known = difference.split("<", maxsplit=1)[0].rstrip()
    escaped = re.sub(r"([\\.^$*+?{}\[\]|()])", r"\\\1", known)
    return f"^{escaped}" + ("$" if known == difference else "")


def _toml(value: Any) -> str:
    """Strings, flags, numbers and lists of them read the same in JSON and in TOML."""
    return json.dumps(value, ensure_ascii=False)


def add(draft: Draft, ledger: Path) -> None:
    """Append an entry to a ledger, and put its model beside it; a refused entry leaves both as they were.

    Raises:
        EntryRefusedError: the name is taken or none, the entry is not valid, or it explains what is none of its own.
    """
    model = ledger.parent / "known" / f"{draft.id}.json"
    if not NAME.fullmatch(draft.id):
        msg = f"{draft.id!r} is no name for an entry: small letters, digits and hyphens"
        raise EntryRefusedError(msg)
    if model.exists() or any(issue.id == draft.id for issue in load_ledger(ledger).issues):
        msg = f"there is a known issue {draft.id!r} already"
        raise EntryRefusedError(msg)
    before = ledger.read_text(encoding="utf-8")
    model.parent.mkdir(exist_ok=True)
    model.write_text(json.dumps(draft.spec, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    ledger.write_text(f"{before.rstrip()}\n\n{draft.text()}", encoding="utf-8")
    try:
        _check(draft, ledger)
    except EntryRefusedError:
        ledger.write_text(before, encoding="utf-8")
        model.unlink()
        raise


def _check(draft: Draft, ledger: Path) -> None:
    try:
        made = next(issue for issue in load_ledger(ledger).issues if issue.id == draft.id)
    except ContractError as error:
        raise EntryRefusedError(str(error)) from error
    hidden = hides(made)
    if hidden:
        msg = f"too wide: it would hide {'; '.join(hidden)}"
        raise EntryRefusedError(msg)

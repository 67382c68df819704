"""Finds the model that a command is about: in a file, or in a journal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.models.spec import ModelSpec


def find_spec(target: str, journal: Path | None) -> ModelSpec:
    """The model in a file with its JSON, or of this id (or the start of it) in a journal."""
    from harness.campaign.journal import JournalError
    from harness.console import Refusal, refusing
    from harness.models.spec import InvalidSpecError, from_json

    with refusing(JournalError, InvalidSpecError):
        if Path(target).is_file():
            return from_json(_spec_file(Path(target)))
        if journal is None:
            raise Refusal(f"{target} is no file; an ID needs --journal, the journal that holds it")
        return from_json(_spec_in(journal, target))


def _spec_file(path: Path) -> Any:
    import json

    from harness.console import Refusal

    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Refusal(f"cannot read {path}: {error.strerror or error}") from error
    except ValueError as error:
        raise Refusal(f"{path} is no model: it is not JSON (of a journal: replay ID --journal {path})") from error
    return data.get("spec") if isinstance(data, dict) and data.get("record") == "spec" else data


def _spec_in(journal: Path, identity: str) -> Any:
    from harness.campaign.journal import read
    from harness.commands.asking import SHORTEST_PREFIX
    from harness.console import Refusal

    if len(identity) < SHORTEST_PREFIX:
        raise Refusal(f"{identity!r} is too short for an id: give at least {SHORTEST_PREFIX} characters of it")
    found = {
        record["id"]: record["spec"]
        for record in read(journal)
        if record["record"] == "spec" and record["id"].startswith(identity)
    }
    if not found:
        raise Refusal(f"{journal} holds no model {identity!r}: roundtrip report names them")
    if len(found) > 1:
        raise Refusal(f"{identity!r} is the start of several ids: {', '.join(sorted(found))}")
    return next(iter(found.values()))

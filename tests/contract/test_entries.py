"""Entries of the ledger are written as narrow as the finding, and refused where they would not do."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from harness.contract.entries import Draft, EntryRefusedError, add, pattern
from harness.contract.ledger import load_ledger

if TYPE_CHECKING:
    from pathlib import Path

DRAFT = Draft(
    id="huber-delta",
    title='get_config of losses.Huber forgets "delta"',
    savers=("Model.save(.keras)",),
    loaders=("load_model",),
    kinds=(),
    when={"arguments": ["Huber.delta"]},
    keras=">=3.15",
    facet="compile",
    difference="compile.loss.delta",
    severity="silent",
    sources=("own model",),
    spec={"format": 1},
)


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    path = tmp_path / "issues.toml"
    path.write_text("# a comment that stays\n", encoding="utf-8")
    return path


def test_an_entry_is_read_back_as_it_was_meant(ledger: Path) -> None:
    add(DRAFT, ledger)
    (issue,) = load_ledger(ledger).issues
    assert (issue.id, issue.title, issue.savers, issue.facets) == (DRAFT.id, DRAFT.title, DRAFT.savers, ("compile",))
    assert issue.difference == r"^compile\.loss\.delta$"
    assert issue.model.read_text(encoding="utf-8").startswith("{")
    assert ledger.read_text(encoding="utf-8").startswith("# a comment that stays")


def test_a_message_with_names_in_it_is_matched_by_its_beginning() -> None:
    assert pattern("load raises ValueError: Unknown layer: <quoted>. x") == "^load raises ValueError: Unknown layer:"
    assert pattern("a.b (c) [d]") == r"^a\.b \(c\) \[d\]$"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"id": "No Name"}, "is no name"),
        ({"when": {"arguements": ["x"]}}, "unknown feature"),
        ({"difference": "<quoted>"}, "too wide"),
    ],
)
def test_an_entry_that_will_not_do_changes_nothing(ledger: Path, changes: dict[str, object], message: str) -> None:
    before = ledger.read_text(encoding="utf-8")
    with pytest.raises(EntryRefusedError, match=message):
        add(replace(DRAFT, **changes), ledger)  # type: ignore[arg-type]
    assert ledger.read_text(encoding="utf-8") == before
    assert not list(ledger.parent.rglob("*.json"))


def test_a_name_is_given_once(ledger: Path) -> None:
    add(DRAFT, ledger)
    with pytest.raises(EntryRefusedError, match="already"):
        add(DRAFT, ledger)

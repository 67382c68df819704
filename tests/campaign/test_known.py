"""What the check of known issues says of its measurements; the replay itself is tested with TensorFlow."""

from __future__ import annotations

import pytest

from harness.campaign.environments import Interpreter
from harness.campaign.known import Check, Sighting, selection, told
from harness.campaign.routes import routes
from harness.contract.ledger import Issue, Ledger, load_ledger
from harness.contract.rules import Contract


def sighting(state: str, *, expected: bool, other: str = "", note: str = "", environment: str = "tf2.18") -> Sighting:
    return Sighting("huber-delta", environment, state, expected, other, note)  # type: ignore[arg-type]


def issue(name: str) -> Issue:
    return next(each for each in load_ledger().issues if each.id == name)


@pytest.mark.parametrize(
    ("seen", "disagrees"),
    [
        (sighting("shows", expected=True), False),
        (sighting("shows", expected=False), True),
        (sighting("shows", expected=False, other="another-entry"), False),
        (sighting("gone", expected=True), True),
        (sighting("gone", expected=False), False),
        (sighting("not-applicable", expected=True), False),
        (sighting("harness-error", expected=True), False),
    ],
)
def test_an_entry_is_contradicted_by_what_shows_outside_of_its_windows_or_not_inside(
    seen: Sighting, disagrees: bool
) -> None:
    assert seen.disagrees is disagrees


def test_an_issue_has_a_line_for_each_thing_that_became_of_it() -> None:
    lines = told(
        [
            sighting("shows", expected=True, environment="tf2.18"),
            sighting("shows", expected=True, environment="tf2.19"),
            sighting("gone", expected=True, environment="nightly", note="instead: a crash"),
            sighting("not-applicable", expected=False, environment="tf2.16"),
        ]
    )
    assert list(lines) == [
        "✗ huber-delta",
        "    shows: tf2.18, tf2.19",
        "    does not show: nightly (inside its windows; instead: a crash)",
        "    cannot be made: tf2.16",
    ]


def test_an_issue_of_another_version_s_file_is_named_where_there_is_no_such_pair() -> None:
    newest = Interpreter("tf2.21", "python", info={"tensorflow": "2.21.0", "keras": "3.15.1"})
    crossing = issue("loss-of-keras-2-in-keras-3")
    check = Check(routes(), Contract(()), Ledger((crossing,)))
    assert list(told(list(check.every((), [newest], deadline=1.0)))) == [
        "✓ loss-of-keras-2-in-keras-3",
        "    takes a file of another version, and no such pair is among: tf2.21",
    ]


def test_a_problem_that_another_entry_explains_is_named_with_it() -> None:
    lines = list(told([sighting("shows", expected=False, other="nested-model-trainable-flag")]))
    assert lines == ["✓ huber-delta", "    shows: tf2.18 (as nested-model-trainable-flag)"]


def test_an_issue_that_leaves_its_routes_open_is_looked_for_on_the_plainest() -> None:
    found = selection(issue("huber-delta"), routes())
    assert (*found.savers, *found.loaders) == ("Model.save(.keras)", "load_model")


def test_an_issue_of_the_save_itself_is_not_loaded() -> None:
    found = selection(issue("h5-same-slot-names"), routes())
    assert "Model.save(.h5)" in found.savers
    assert not any(loader in found.loaders for loader in routes().loader_names)

"""A finding is found again by its fingerprint, in the smallest model, with what went before."""

from __future__ import annotations

from typing import Any

import pytest

from harness.campaign.cases import NoCaseError, find, savers_before
from harness.campaign.routes import routes
from harness.models.generate import generate

SMALL, BIG = sorted(generate(12, 5), key=lambda spec: (len(spec.model.layers), len(str(spec.to_json()))))[::11]
ROUTES = routes()
HEADER = {"record": "header", "environments": [{"name": "tf2.21", "tensorflow": "2.21.0", "keras": "3.15.1"}]}


def problem(fingerprint: str = "f00dcafe00", known: str | None = None) -> dict[str, Any]:
    return {"facet": "weights", "severity": "silent", "difference": "d", "detail": "seen", "known": known} | {
        "fingerprint": fingerprint
    }


def trial(spec: Any, *problems: dict[str, Any], note: str = "") -> dict[str, Any]:
    return {"record": "trial", "spec": spec.id, "saver": "Model.save(.h5)", "loader": "load_model", "note": note} | {
        "writer": "tf2.21",
        "reader": "tf2.21",
        "rules": ["r"],
        "problems": list(problems),
    }


def records(*trials: dict[str, Any]) -> list[dict[str, Any]]:
    specs = [{"record": "spec", "id": spec.id, "spec": spec.to_json()} for spec in (SMALL, BIG)]
    return [HEADER, *specs, *trials]


def test_the_smallest_model_that_shows_it_is_taken() -> None:
    found = find(records(trial(BIG, problem()), trial(SMALL, problem())), "f00d", ROUTES)
    assert found.candidate.spec == SMALL
    assert (found.clue.saver, found.clue.loader, found.clue.fingerprint) == (
        "Model.save(.h5)",
        "load_model",
        "f00dcafe00",
    )


def test_the_id_of_a_model_means_its_first_unexplained_problem() -> None:
    trials = [trial(BIG, problem("aaaa000000", "known-one"), problem("bbbb000000")), trial(SMALL, problem())]
    assert find(records(*trials), BIG.id[:6], ROUTES).clue.fingerprint == "bbbb000000"


def test_one_that_shows_alone_is_preferred_to_one_that_takes_other_savers_before() -> None:
    trials = [trial(SMALL, problem(), note="only after Model.to_json"), trial(BIG, problem())]
    assert find(records(*trials), "f00d", ROUTES).candidate.spec == BIG


def test_savers_that_it_takes_before_are_read_from_the_note() -> None:
    names = ("Model.save(.h5)", "Model.save(.h5, include_optimizer=False)", "Model.to_json")
    note = "only after Model.save(.h5, include_optimizer=False), Model.to_json, Model.save(.h5)"
    assert savers_before(note, names) == (names[1], names[2], names[0])
    assert savers_before("another note", names) == ()


def test_a_name_that_is_nowhere_is_said_so() -> None:
    with pytest.raises(NoCaseError, match="beef"):
        find(records(trial(SMALL, problem())), "beef", ROUTES)

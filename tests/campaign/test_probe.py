"""A probe tries one route alone, within an environment or from one to another."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from harness.campaign.install import TRIVIAL
from harness.campaign.probe import Clue, CrossProbe
from harness.campaign.routes import routes
from harness.campaign.run import contract
from harness.campaign.shrink import Candidate
from harness.campaign.trials import Bench, Law
from harness.contract.ledger import Ledger
from harness.trial.records import Problem, Trial

if TYPE_CHECKING:
    from pathlib import Path

    from harness.campaign.environments import Interpreter

ROUTE = ("Model.save(.h5)", "load_model(compile=False)")
CLUE = Clue(*ROUTE, "weights", "f00d", known=None)


def trial(**changes: str | None) -> Trial:
    problem = Problem("weights", "silent", "d", "f00d")
    made = Trial("s", "sequential", *ROUTE, "w", "r", "violation", problems=(problem,))
    known = changes.pop("known", None)
    return replace(made, problems=(replace(problem, known=known),), **changes)  # type: ignore[arg-type]


def test_a_clue_is_found_by_route_and_fingerprint_as_it_was_explained() -> None:
    assert CLUE.is_in(trial())
    assert not CLUE.is_in(trial(saver="Model.save(.keras)"))
    assert not CLUE.is_in(trial(known="another-matter"))
    assert replace(CLUE, known="another-matter").is_in(trial(known="another-matter"))


def test_a_clue_takes_only_the_looks_that_show_its_facet() -> None:
    assert CLUE.looks == ()
    assert replace(CLUE, facet="predictions").looks == ("predictions",)
    assert replace(CLUE, facet="resume").looks == ("predictions", "evaluate", "resume")


@pytest.mark.tensorflow
def test_what_one_environment_writes_is_read_in_another(roundtrip_environment: Interpreter, tmp_path: Path) -> None:
    reader = replace(roundtrip_environment, name="reader")
    benches = [Bench(each, 300.0, routes().formats) for each in (roundtrip_environment, reader)]
    probe = CrossProbe(benches[0], benches[1], Law(contract(routes()), Ledger()), routes(), tmp_path)
    seen: list[str] = []
    try:
        (found,) = probe.trials(Candidate(TRIVIAL), ROUTE, (), lambda path, _: seen.append(path.suffix))
    finally:
        for bench in benches:
            bench.stop()
    assert (found.writer, found.reader, found.saver, found.loader) == (roundtrip_environment.name, "reader", *ROUTE)
    assert found.facets["weights"].observed == "survived"
    assert seen == [".h5"]

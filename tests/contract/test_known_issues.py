"""Every known issue is real: its smallest model shows it, on the versions that it names."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from harness.campaign.known import selection
from harness.campaign.routes import routes
from harness.campaign.run import contract
from harness.campaign.trials import Bench, Law, ModelTrials
from harness.contract.ledger import Issue, load_ledger
from harness.models.spec import from_json

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from harness.campaign.environments import Interpreter

pytestmark = pytest.mark.tensorflow

ISSUES = load_ledger().issues


@pytest.fixture(scope="module")
def bench(roundtrip_environment: Interpreter) -> Iterator[Bench]:
    bench = Bench(roundtrip_environment, 120.0, routes().formats)
    yield bench
    bench.stop()


@pytest.mark.parametrize("issue", ISSUES, ids=[issue.id for issue in ISSUES])
def test_the_smallest_model_of_a_known_issue_shows_it(issue: Issue, bench: Bench, tmp_path: Path) -> None:
    info = bench.environment.info
    if info["keras"] not in issue.predicate.keras or info["tensorflow"] not in issue.predicate.tf:
        pytest.skip("another version's issue")
    if issue.crosses:
        pytest.skip("takes a file of another version")
    spec = from_json(json.loads(issue.model.read_text(encoding="utf-8")))
    law = Law(contract(routes()), load_ledger())
    trials = list(ModelTrials(spec, bench, law, selection(issue, routes()), tmp_path).run())
    shown = {problem.known for trial in trials for problem in trial.problems}
    assert issue.id in shown

"""What is measured adds up: shares by file, files left out, functions that nothing has reached."""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING

import pytest

from benchmarks.keras_coverage.chosen import LAYERS, MAIN, chosen, hand
from benchmarks.keras_coverage.measure import Measured
from benchmarks.keras_coverage.totals import Counted, Totals, counted, reasons
from harness.campaign.routes import routes
from harness.models import traits
from harness.models.having import names

if TYPE_CHECKING:
    from pathlib import Path


def _file(lines: int, branches: int, functions: dict[str, tuple[int, int]]) -> dict[str, object]:
    told = {
        name: {"summary": {"num_statements": total, "covered_lines": covered}}
        for name, (covered, total) in functions.items()
    }
    summary = {"num_statements": 10, "covered_lines": lines, "num_branches": 4, "covered_branches": branches}
    return {"summary": summary, "functions": told}


def test_statements_and_branches_count_alike() -> None:
    found = counted({"/env/lib/site-packages/keras/src/saving/saving_lib.py": _file(6, 1, {})})
    assert found.files == {"keras/src/saving/saving_lib.py": Counted(7, 14)}
    assert found.of().percent == pytest.approx(50)


def test_functions_of_which_no_line_was_executed_are_named() -> None:
    functions = {"": (0, 3), "save": (1, 2), "load": (0, 2), "Store.get": (0, 1), "declared": (0, 0)}
    found = counted({"/x/keras/src/saving/a.py": _file(1, 0, functions)})
    assert found.unreached == ("keras/src/saving/a.py:load", "keras/src/saving/a.py:Store.get")


def test_files_can_be_left_out() -> None:
    found = Totals({"keras/src/saving/a.py": Counted(1, 2), "keras/src/saving/file_editor.py": Counted(0, 8)}, ())
    assert found.of() == Counted(1, 10)
    assert found.of(["file_editor.py"]) == Counted(1, 2)


def test_reasons_are_by_file_and_function(tmp_path: Path) -> None:
    path = tmp_path / "reasons.json"
    path.write_text(json.dumps({"keras/src/saving/a.py": {"f": "why"}}), encoding="utf-8")
    assert reasons(path) == {"keras/src/saving/a.py:f": "why"}


def test_a_process_is_told_where_to_write_what_it_measures(tmp_path: Path) -> None:
    settings = tmp_path / "coverage.ini"
    assert Measured(tmp_path).variables()["COVERAGE_PROCESS_START"] == str(settings)
    assert str(tmp_path) in settings.read_text(encoding="utf-8")


def test_what_saves_itself_comes_first_and_models_are_small() -> None:
    specs = list(islice(chosen(0, ("3.15.1", "2.21.0")), 3))
    assert any("Typed" in names(spec) for spec in specs)
    assert all(sum(1 for _ in traits.every_layer(spec.model)) <= LAYERS for spec in specs)
    assert len({spec.id for spec in specs}) == 3


def test_every_model_meets_every_family_and_all_savers_come_in_turn() -> None:
    known = routes()
    hands = [hand(known, place, 0) for place in range(6)]
    family = {saver.name: saver.family or saver.name for saver in known.savers}
    assert all(set(MAIN) <= {family[saver] for saver, _ in each} for each in hands)
    met = {saver for each in hands for saver, _ in each}
    assert met >= {saver.name for saver in known.savers if family[saver.name] in MAIN}

"""A copy of Keras tells which mutated places it gets to."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from benchmarks.mutants.hunt import FIRST, LEADS, READ, Stage, failed, first, leading, old_name, unpacked, whole
from benchmarks.mutants.reach import Place, Reach, tell, telling, told
from benchmarks.mutants.sample import Mutant
from harness.campaign.deposit import Artifact, Deposit
from harness.campaign.golden import Corpus, Writer, pack
from harness.campaign.journal import trial_to_json
from harness.campaign.routes import routes
from harness.gate.classes import Comparison, Sides
from harness.trial.records import Trial
from tests.models.test_spec import DENSE

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = """
def chosen(value):
    if value > 1:
        found = [
            value,
            2,
        ]
    elif value > 0:
        found = 1
    else:
        found = 0
    return found
"""


def mutant(name: str, line: int, file: str = "src/saving/made.py") -> Mutant:
    return Mutant(
        operator="negate",
        start=0,
        end=0,
        text="",
        line=line,
        function="chosen",
        id=name,
        file=file,
        area="saving",
        diff="",
    )


def test_a_copy_tells_what_it_gets_to_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "keras" / "src" / "saving"
    folder.mkdir(parents=True)
    (folder / "made.py").write_text(SOURCE, encoding="utf-8")
    for package in (folder, *list(folder.parents)[:2]):
        (package / "__init__.py").touch()
    tell(tmp_path, [mutant("inside", 5), mutant("other", 9), mutant("last", 12)])
    program = "import sys; sys.path.insert(0, sys.argv[1]); from keras.src.saving.made import chosen; print(chosen(2))"
    ran = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True)
    assert ran.stdout == "[2, 2]\n"
    assert told(tmp_path) == {"inside", "last"}
    assert told(tmp_path) == frozenset()


def test_a_condition_that_follows_another_is_told_of_before_both() -> None:
    assert telling(SOURCE, [mutant("second", 8)]).splitlines()[2].strip().endswith(".told('second')")


def test_what_was_reached_is_read_as_it_was_written(tmp_path: Path) -> None:
    reach = Reach({"a": (Place("spec", "Model.to_json", ""),)}, 3)
    reach.write(tmp_path / "reach.json")
    assert Reach.read(tmp_path / "reach.json") == reach


def test_a_model_is_tried_with_the_routes_that_get_to_the_mutant() -> None:
    places = [Place(DENSE.id, "Model.to_json", ""), Place(DENSE.id, "Model.save(.h5)", "load_model")]
    assert first(DENSE, places).savers == {"Model.save(.h5)"}
    assert first(DENSE, places).loaders == {"load_model"}
    assert whole(DENSE, places).savers == {"Model.to_json", "Model.save(.h5)"}
    assert (first(DENSE, ()).savers, first(DENSE, ()).loaders) == (FIRST, READ)


def test_what_old_versions_have_written_is_read_from_a_corpus(tmp_path: Path) -> None:
    written = tmp_path / "deposit" / DENSE.id
    written.mkdir(parents=True)
    Deposit(written, DENSE, {"name": "tf2.2"}, {}, {}, frozenset(), (Artifact("Model.to_json", "0/a", "d"),)).write()
    entry = pack(written, tmp_path / "corpus", "tf2.2/one.tar.xz")
    Corpus(tmp_path / "corpus", {"tf2.2": Writer({}, 0, entries=[entry])}).write()
    (found,) = unpacked(tmp_path / "corpus", tmp_path / "old")
    assert old_name(found) == Stage(DENSE, deposit=found).name == f"tf2.2/{DENSE.id}"
    assert Stage(DENSE).name == DENSE.id


def test_a_model_that_nobody_can_make_says_nothing_of_a_mutant() -> None:
    def notes(clean: str) -> list[str]:
        compared = Comparison(Sides("clean", "mutant"), {})
        for name, verdict in (("clean", clean), ("mutant", "harness-error")):
            trial = Trial(DENSE.id, DENSE.kind, "Model.to_json", "", name, name, verdict, note=f"{name} failed")  # type: ignore[arg-type]
            compared.add(trial_to_json(trial))
        return list(failed(compared))

    assert notes("as-documented") == ["mutant failed"]
    assert notes("harness-error") == []


def test_what_a_function_is_called_leads_to_savers_that_there_are() -> None:
    assert leading(replace(mutant("one", 1), function="Metric.variables")) == set(LEADS["variables"])
    assert leading(mutant("one", 1)) == frozenset()
    assert {saver for savers in LEADS.values() for saver in savers} <= {saver.name for saver in routes().savers}

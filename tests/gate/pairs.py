"""Trial records of two sides, for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.campaign.journal import trial_to_json
from harness.gate.classes import AGAIN, Change, Comparison, Key, Sides
from harness.trial.records import Facet, Problem, Raised
from tests.report.sample import SPEC, spec_record, trial

if TYPE_CHECKING:
    from harness.campaign.journal import Record

OLD, NEW = "old", "new"
SAVER, LOADER = "Model.save(.h5)", "load_model"
KEY = Key(SPEC.id, SAVER, LOADER)

SURVIVED = {"weights": Facet("survives", "survived"), "compile": Facet("any", "survived")}
BROKEN = Raised("load", "ValueError", "Layer 3 is 'lost'", "keras/src/saving:load")
LOST = Problem("weights", "silent", "Dense.kernel diverged", "f00d", "c0: 1 -> 2")


def good(**changes: Any) -> Record:
    """A trial in which everything survived."""
    return trial_to_json(trial(**{"facets": SURVIVED, **changes}))


def lost(problem: Problem = LOST, **changes: Any) -> Record:
    """A violation: the weights were lost in silence."""
    facets = {**SURVIVED, problem.facet: Facet("survives", "changed", "diverged")}
    bad = {"verdict": "violation", "severity": "silent", "problems": (problem,), "facets": facets}
    return good(**{**bad, **changes})


def raising(**changes: Any) -> Record:
    """A load that raised what nothing documents."""
    problem = Problem("error", "loud", "load raises ValueError: Layer <n> is <quoted>", "beef", BROKEN.message)
    bad = {"verdict": "violation", "severity": "loud", "problems": (problem,), "exception": BROKEN, "facets": {}}
    return good(**{**bad, **changes})


def on(record: Record, writer: str, reader: str = "", *, again: bool = False) -> Record:
    """The record as of an environment, or of a writer and a reader."""
    suffix = AGAIN if again else ""
    return {**record, "writer": writer + suffix, "reader": (reader or writer) + suffix}


def comparison(*records: Record, **options: Any) -> Comparison:
    """A comparison that has taken these records."""
    made = Comparison(Sides(OLD, NEW), {SAVER: "hdf5", "saving.save_model(.h5)": "hdf5"}, **options)
    for record in (spec_record(), *records):
        made.add(record)
    return made


def only(compared: Comparison) -> Change:
    """The one change there is."""
    (change,) = compared.changes()
    return change

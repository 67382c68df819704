"""Records as a run would write them, for tests."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from harness.campaign.journal import encode, header, spec_to_json, trial_to_json
from harness.models.spec import Call, Input, Layer, Model, ModelSpec
from harness.report.summary import Summary
from harness.trial.records import Facet, Problem, Trial

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from harness.campaign.journal import Record
    from harness.models.spec import Kind

ENVIRONMENT: dict[str, Any] = {
    "name": "tf2.21",
    "tensorflow": "2.21.0",
    "keras": "3.15.1",
    "namespace": "keras",
    "python": "3.11.7",
    "numpy": "2.4.6",
    "h5py": "3.14.0",
    "platform": "Linux",
    "executable": "/usr/bin/python3",
    "modules": ["orbax.checkpoint"],
}
ARGUMENTS = {"models": 2, "saver": [], "jobs": 1}


def model_spec(kind: Kind = "sequential", layers: int = 1, seed: int = 0) -> ModelSpec:
    """A model of dense layers."""
    return ModelSpec(
        Model(
            kind=kind,
            name="m",
            inputs=(Input("i", (4,)),),
            layers=tuple(Layer(f"d{number}", "Dense", {"units": 3}) for number in range(layers)),
            calls=tuple(Call(number, (f"c{number - 1}" if number else "i0",)) for number in range(layers)),
            outputs=(f"c{layers - 1}",),
        ),
        seed=seed,
    )


SPEC = model_spec()

LOST = Problem("compile", "silent", "metrics: ['mae'] -> []", "f00d", detail="")
KNOWN = replace(LOST, known="h5-loses-metrics", fingerprint="beef")


def trial(**changes: Any) -> Trial:
    """A trial that went as documented, but for ``changes``."""
    good = Trial(
        spec=SPEC.id,
        kind="sequential",
        saver="Model.save(.h5)",
        loader="load_model",
        writer="tf2.21",
        reader="tf2.21",
        verdict="as-documented",
        facets={"weights": Facet("survives", "survived"), "compile": Facet("lost", "lost", "structure")},
        rules=("h5-whole",),
        seconds=0.5,
    )
    return replace(good, **changes)


def violation(**changes: Any) -> Trial:
    """A trial that lost something in silence."""
    return trial(
        **{
            "verdict": "violation",
            "severity": "silent",
            "problems": (LOST,),
            "facets": {"compile": Facet("survives", "changed", "structure")},
            **changes,
        }
    )


def head(**changes: Any) -> Record:
    """A header."""
    return {**header([ENVIRONMENT], seed=0, arguments=ARGUMENTS), **changes}


def environment(name: str, tensorflow: str = "2.21.0", keras: str = "3.15.1") -> dict[str, Any]:
    """An environment as a header has it."""
    return {**ENVIRONMENT, "name": name, "tensorflow": tensorflow, "keras": keras}


def own(name: str, *trials: Trial) -> list[Trial]:
    """Trials of an environment with its own files."""
    return [replace(each, writer=name, reader=name) for each in trials]


def campaign(*trials: Trial, names: Iterable[str] = ("old", "new", "worst")) -> list[Record]:
    """All records of a run of one model in several environments."""
    first = {**head(), "environments": [environment(name) for name in names]}
    return [first, spec_record(), *(trial_to_json(each) for each in trials), foot()]


def spec_record(spec: ModelSpec = SPEC, description: str = "Dense(units=3)") -> Record:
    """The record of a model."""
    return spec_to_json(spec.id, spec.kind, spec.to_json(), description, {"classes": frozenset({"Dense"})})


def foot(**changes: Any) -> Record:
    """A footer."""
    return {**Summary().footer(unexercised=(), stale=(), seconds=1.0), **changes}


def journal(*trials: Trial, finished: bool = True) -> list[Record]:
    """All records of a run of one model."""
    records = [head(), spec_record(), *(trial_to_json(each) for each in trials)]
    return [*records, foot()] if finished else records


def write(path: Path, records: Iterable[Record]) -> Path:
    """A journal on disk."""
    path.write_bytes(b"".join(encode(record) for record in records))
    return path


def added_up(*records: Record) -> Summary:
    """What records add up to."""
    summary = Summary()
    for record in records:
        summary.add(record)
    return summary

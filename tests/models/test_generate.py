"""The generator makes what it says: valid models of every kind, the same ones for the same seed."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from harness.models import traits
from harness.models.catalogue import BY_CLASS
from harness.models.catalogue.losses import LOSSES
from harness.models.catalogue.metrics import METRICS
from harness.models.catalogue.optimizers import OPTIMIZERS
from harness.models.choice import Dice
from harness.models.features import features, named, paths, short
from harness.models.generate import draw, generate, generate_fitting
from harness.models.grammar import _Frame, _grow
from harness.models.having import fitting
from harness.models.infer import infer
from harness.models.spec import KINDS, Input, references
from harness.models.windows import lacking

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.models.spec import ModelSpec

MANY = generate(1500, 11)


def test_the_same_seed_gives_the_same_specs() -> None:
    assert generate(30, 3) == generate(30, 3)


def test_another_seed_gives_other_specs() -> None:
    assert {spec.id for spec in generate(30, 3)}.isdisjoint(spec.id for spec in generate(30, 4))


def test_a_shorter_run_is_the_beginning_of_a_longer_one() -> None:
    assert generate(10, 3) == generate(30, 3)[:10]


def test_ids_are_distinct() -> None:
    assert len({spec.id for spec in MANY}) == len(MANY)


def test_a_third_of_each_kind() -> None:
    assert Counter(spec.kind for spec in MANY) == dict.fromkeys(KINDS, 500)


def test_only_the_kinds_that_are_asked_for() -> None:
    assert {spec.kind for spec in generate(9, 0, ("functional",))} == {"functional"}


def test_generating_needs_neither_tensorflow_nor_hypothesis() -> None:
    script = (
        "import sys; from harness.models.generate import generate; generate(3, 0);"
        "assert not {'tensorflow', 'keras', 'hypothesis', 'numpy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)


@pytest.mark.parametrize("kind", KINDS)
def test_every_graph_holds_together(kind: str) -> None:
    for spec in MANY:
        if spec.kind == kind:
            outputs = infer(spec.model)
            assert not any(output.is_index for output in outputs), spec.id


def test_names_are_unique_within_a_model() -> None:
    for spec in MANY:
        for model in traits.every_model(spec.model):
            names = [layer.name for layer in model.layers]
            assert len(set(names)) == len(names), spec.id


def test_every_layer_is_called_and_every_input_is_used() -> None:
    for spec in MANY:
        for model in traits.every_model(spec.model):
            used = {ref.partition(".")[0] for call in model.calls for ref in (*call.inputs, *references(call.kwargs))}
            assert {call.layer for call in model.calls} == set(range(len(model.layers)))
            assert {f"i{place}" for place in range(len(model.inputs))} <= used


def test_only_what_can_be_trained_is_trained() -> None:
    for spec in MANY:
        if spec.steps:
            assert spec.compile is not None
            assert spec.model.built != "never"
            assert traits.trains(spec.model)


def test_there_are_labels_for_every_output() -> None:
    for spec in MANY:
        if spec.compile is not None:
            assert len(spec.compile.targets) == len(spec.model.outputs)


@pytest.mark.parametrize("cls", sorted(cls for cls, entry in BY_CLASS.items() if entry.standalone))
def test_every_layer_class_turns_up(cls: str) -> None:
    assert any(named(cls) in spec_classes for spec_classes in _classes())


def _classes() -> list[frozenset[str]]:
    found = [features(spec)["classes"] for spec in MANY]
    return [item for item in found if isinstance(item, frozenset)]


@pytest.mark.parametrize(
    "feature", ["optimizer", "kind", "config", "holds", "built", "steps", "nested", "outputs", "takes", "returns"]
)
def test_features_vary(feature: str) -> None:
    expected = {
        "optimizer": {"none", *(optimizer.cls for optimizer in OPTIMIZERS)},
        "kind": set(KINDS),
        "config": {"-", "registered", "unregistered", "none", "arguments"},
        "holds": {"-", "attributes", "list", "dict", "own", "nested"},
        "built": {"input", "call", "never", "middle"},
        "steps": {0, 1, 2, 3},
        "nested": {0, 1, 2, 3},
        "takes": {"list", "tuple", "dict", "nested"},
        "returns": {"list", "tuple", "dict", "nested"},
        "outputs": {1, 2, 3},
    }
    assert {features(spec)[feature] for spec in MANY} == expected[feature]


@pytest.mark.parametrize(
    "feature",
    [
        "shared",
        "frozen",
        "weights",
        "random",
        "stateful",
        "compiled",
        "loss_weights",
        "renamed",
        "adapted",
        "operators",
    ],
)
def test_features_are_true_as_well_as_false(feature: str) -> None:
    assert {features(spec)[feature] for spec in MANY} == {True, False}


def test_every_loss_and_metric_turns_up() -> None:
    written = {short(path) for spec in MANY if spec.compile for path in _mentioned(spec)}
    assert {loss.cls for loss in LOSSES} <= written
    assert {metric.cls for metric in METRICS} - written <= {"OneHotMeanIoU", "MeanIoU", "AUC"}


def _mentioned(spec: ModelSpec) -> list[str]:
    settings = spec.compile
    assert settings is not None
    return [path for value in (settings.loss, settings.metrics, settings.weighted_metrics) for path in paths(value)]


def test_models_for_old_versions_can_be_built_there() -> None:
    versions = [("2.2.4-tf", "2.0.4"), ("3.15.1", "2.21.0")]
    found = generate_fitting(6, 1, KINDS, fitting(()), versions)
    assert len(found) == 6
    assert not any(lacking(spec, keras, tf) for spec in found for keras, tf in versions)


def test_models_for_old_versions_are_no_smaller_than_others() -> None:
    old = generate_fitting(150, 0, KINDS, fitting(()), [("2.2.4-tf", "2.0.4")])
    assert len(old) == 150
    assert _layers(old) > 0.7 * _layers(generate(150, 0))


def _layers(specs: Sequence[ModelSpec]) -> int:
    return sum(1 for spec in specs for _ in traits.every_layer(spec.model))


def test_models_inside_models_are_often_normalised_between_their_layers() -> None:
    inner = [model for spec in MANY for model in traits.every_model(spec.model) if model is not spec.model]
    normalised = [
        model
        for model in inner
        if len(model.layers) > 1 and any(layer.cls == "BatchNormalization" for layer in model.layers)
    ]
    assert len(normalised) > 0.2 * len(inner) > 20


def test_accuracy_is_asked_for_where_there_are_classes() -> None:
    asked = [str(spec.compile.metrics) for spec in MANY if spec.compile and spec.compile.metrics and _classifies(spec)]
    assert sum("'accuracy'" in text or "'acc'" in text for text in asked) > 0.3 * len(asked) > 10


def _classifies(spec: ModelSpec) -> bool:
    assert spec.compile is not None
    return any(target.startswith("sparse") for target in spec.compile.targets)


def test_a_sequential_that_is_built_by_a_call_has_no_class_whose_output_is_its_input() -> None:
    drawn = [draw(Dice(f"cyclic/{seed}"), "sequential").model for seed in range(6000)]
    built = {model.built for model in drawn if any(layer.cls == "Equalization" for layer in model.layers)}
    assert built
    assert "call" not in built


def test_a_subclassed_model_inside_adds_no_arrays_to_what_it_is_given_in_another_dtype() -> None:
    frame = _Frame("subclassed", "inner", (Input("x", (3,)),), "call", 1, 1)

    def arrays(dtype: str) -> int:
        models = (_grow(Dice(str(seed)), replace(frame, dtypes=(dtype,))).model for seed in range(300))
        firsts = ((model.layers[call.layer], call) for model in models for call in model.calls)
        return sum(isinstance(layer.args.get("value"), dict) and call.inputs[0] == "i0" for layer, call in firsts)

    assert arrays("float32") > 0
    assert arrays("float16") == 0

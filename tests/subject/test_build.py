"""Every spec can be built, the same way every time."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import pytest

pytest.importorskip("tensorflow")

import numpy as np

from harness.models.describe import describe
from harness.models.generate import generate
from harness.models.infer import infer
from harness.models.spec import KINDS, Model, ModelSpec
from harness.subject import env
from harness.subject.arrays import as_numpy
from tests.models.test_spec import DENSE

env.prepare()

from harness.subject import build, data, forms  # noqa: E402 - TensorFlow has to be prepared before

# Keras and TensorFlow warn about themselves; what they raise is what is tested.
pytestmark = [pytest.mark.tensorflow, pytest.mark.filterwarnings("ignore")]

SPECS = generate(60 * len(KINDS), 2024)
FEW = SPECS[:36]


@cache
def built(spec_id: str) -> build.Built:
    return build.build(next(spec.to_json() for spec in SPECS if spec.id == spec_id))


def fits(shape: tuple[int, ...], inferred: tuple[int | None, ...]) -> bool:
    """Whether a shape is the inferred one; a length that varies may be any."""
    return len(shape) == len(inferred) and all(
        want is None or have == want for have, want in zip(shape, inferred, strict=True)
    )


def predictions(made: build.Built, model: Model) -> list[Any]:
    outputs = made.model(forms.arrange([build.tensor(array) for array in made.x], model.takes), training=False)
    return [np.asarray(as_numpy(item), "float64") for item in forms.flatten(outputs, model.returns)]


def weights(made: build.Built) -> list[Any]:
    return [np.asarray(weight) for weight in made.model.weights]


def equal(first: build.Built, second: build.Built) -> bool:
    pairs = list(zip(weights(first), weights(second), strict=True))
    return all(one.tobytes() == other.tobytes() for one, other in pairs)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.id)
def test_a_spec_becomes_the_model_that_it_describes(spec: ModelSpec) -> None:
    made = built(spec.id)
    assert made.model.name == spec.model.name
    assert (getattr(made.model, "optimizer", None) is not None) == (spec.compile is not None)
    if spec.model.built == "never":
        return
    shapes = [(spec.batch, *output.shape) for output in infer(spec.model)]
    found = predictions(made, spec.model)
    assert all(map(fits, [item.shape for item in found], shapes)), describe(spec)
    assert len(found) == len(shapes)
    assert all(np.isfinite(item).all() for item in found), describe(spec)
    assert len(made.y) == (len(shapes) if spec.compile else 0)


@pytest.mark.parametrize("spec", FEW, ids=lambda spec: spec.id)
def test_building_twice_gives_the_same_weights_bit_for_bit(spec: ModelSpec) -> None:
    assert equal(build.build(spec.to_json()), build.build(spec.to_json()))


@pytest.mark.parametrize("spec", [spec for spec in FEW if spec.model.built != "never"], ids=lambda spec: spec.id)
def test_every_number_of_every_weight_is_another(spec: ModelSpec) -> None:
    made = build.build(spec.to_json(), train=False)
    single = [item.ravel() for item in weights(made) if item.dtype in (np.float32, np.float64)]
    values = np.concatenate(single) if single else np.zeros(0)
    assert len(np.unique(values)) == values.size
    salted = [item.ravel() for item in weights(build.build(spec.to_json(), salt=1, train=False))]
    assert all(
        not np.array_equal(one.ravel(), other)
        for one, other in zip(weights(made), salted, strict=True)
        if one.size and "float" in str(one.dtype)
    )


@pytest.mark.parametrize("spec", [spec for spec in SPECS if spec.steps], ids=lambda spec: spec.id)
def test_training_leaves_every_weight_finite(spec: ModelSpec) -> None:
    assert all(np.isfinite(np.asarray(item, "float64")).all() for item in weights(built(spec.id)))


def test_a_graph_from_the_middle_of_another_has_inputs_of_its_own() -> None:
    middle = replace(DENSE, model=replace(DENSE.model, kind="functional", built="middle"))
    model = build.build(middle.to_json()).model
    assert [type(layer).__name__ for layer in model.layers] == ["InputLayer", "Dense"]
    assert model.layers[0].name.endswith("CLONE")


def test_training_changes_the_weights() -> None:
    plain = DENSE.to_json()
    assert not equal(build.build(plain), build.build(plain, train=False))


def test_flipping_turns_the_flags_of_layers_with_weights_and_back_again() -> None:
    spec = next(spec for spec in SPECS if spec.model.built == "input" and spec.kind == "functional" and spec.steps)
    model = build.build(spec.to_json(), train=False).model
    before = [layer.trainable for layer in build.leaves(model) if layer.weights]
    build.flip_trainable(model)
    assert [layer.trainable for layer in build.leaves(model) if layer.weights] == [not flag for flag in before]


def test_leaves_are_found_once_inside_models_inside_models() -> None:
    for spec in SPECS[:60]:
        found = build.leaves(built(spec.id).model)
        assert len({id(layer) for layer in found}) == len(found)
        assert not any(getattr(layer, "layers", None) for layer in found)


def test_masks_never_hide_a_whole_row() -> None:
    for spec in SPECS:
        for item, array in zip(spec.model.inputs, data.inputs(spec.to_json()), strict=True):
            if item.domain.startswith("index:"):
                assert (array[:, 0] != 0).all()
                assert array.max() < int(item.domain[6:])


@pytest.mark.parametrize(
    ("target", "shape", "expected"),
    [
        ("like", (4, 3), (4, 3)),
        ("onehot", (4, 2, 3), (4, 2, 3)),
        ("sparse:3", (4, 2, 3), (4, 2)),
        ("sign", (4, 1), (4, 1)),
    ],
)
def test_labels_have_the_shape_that_the_loss_takes(target: str, shape: Any, expected: Any) -> None:
    spec = {"compile": {"targets": [target]}, "seed": 3}
    (labels,) = data.labels(spec, [shape])
    assert labels.shape == expected
    if target == "onehot":
        assert (labels.sum(-1) == 1).all()
    if target == "sign":
        assert set(np.unique(labels)) <= {-1.0, 1.0}

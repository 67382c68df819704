"""A portrait shows what a model is, not how often it has been looked at."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

pytest.importorskip("tensorflow")

from harness.models.spec import Call, Compile, Input, Layer, Model, ModelSpec
from harness.subject import env

env.prepare()

from harness.subject import arrays, build, snapshot  # noqa: E402 - TensorFlow has to be prepared before

pytestmark = [pytest.mark.tensorflow, pytest.mark.filterwarnings("ignore")]

needs_seed_generators = pytest.mark.skipif(not env.is_keras_3(), reason="layers of Keras 3 hold their seeds")

NOISY = ModelSpec(
    Model(
        kind="subclassed",
        name="noisy",
        inputs=(Input("x", (20,)),),
        layers=(Layer("dropout", "Dropout", {"rate": 0.5}),),
        calls=(Call(0, ("i0",), {"training": True}),),
        outputs=("c0",),
    )
)


def predicted(model: Any, x: list[Any]) -> Any:
    return snapshot.predictions(model, snapshot.Data(x, []), 5, arrays.Arrays())


def states(model: Any) -> list[list[int]]:
    return [list(map(int, value.numpy())) for value in model.variables if "seed_generator_state" in value.path]


@needs_seed_generators
def test_what_random_layers_draw_does_not_depend_on_their_seeds_nor_on_how_often_they_drew() -> None:
    made = build.build(NOISY.to_json())
    before = states(made.model)
    first = predicted(made.model, made.x)
    assert states(made.model) == before
    assert predicted(made.model, made.x) == first
    other = build.build({**NOISY.to_json(), "seed": 1})
    assert states(other.model) != before
    assert predicted(other.model, made.x) == first


def test_the_seeds_of_a_loaded_function_are_set_alike_too() -> None:
    import tensorflow as tf

    seed = tf.Variable([3, 4], name="dropout/seed_generator_state")
    other = tf.Variable([5, 6], name="dense/bias")
    function = snapshot.Function(lambda _: seed + other, variables=(seed, other))
    assert predicted(function, []) == snapshot.outputs(tf.constant([12, 13]), arrays.Arrays())
    assert seed.numpy().tolist() == [3, 4]
    assert other.numpy().tolist() == [5, 6]


TRAINS_WHEN_CALLED = ModelSpec(
    Model(
        kind="subclassed",
        name="noisy",
        inputs=(Input("x", (5,)),),
        layers=(Layer("noise", "GaussianNoise", {"stddev": 0.5}), Layer("norm", "BatchNormalization")),
        calls=(Call(0, ("i0",), {"training": True}), Call(1, ("c0",))),
        outputs=("c1",),
    ),
    compile=Compile("sgd", "mean_squared_error", ("like",)),
)


def test_how_training_goes_on_does_not_depend_on_how_the_model_was_looked_at_before() -> None:
    def resumed(*looks: str) -> Any:
        made = build.build(TRAINS_WHEN_CALLED.to_json())
        data = snapshot.Data(made.x, made.y)
        return snapshot.full(made.model, data, 5, arrays.Arrays(), looks)["resume"]["value"]

    alone = resumed("resume")
    assert resumed(*snapshot.LOOKS) == alone


def test_averages_that_a_call_moves_are_as_before() -> None:
    layer = Layer("normalization", "BatchNormalization")
    made = build.build(ModelSpec(replace(NOISY.model, layers=(layer,))).to_json())
    before = [value.numpy().tolist() for value in made.model.weights]
    predicted(made.model, made.x)
    assert [value.numpy().tolist() for value in made.model.weights] == before


@needs_seed_generators
def test_a_metric_has_the_state_that_it_does_not_tell_of(monkeypatch: pytest.MonkeyPatch) -> None:
    keras = env.keras()
    metric = keras.metrics.MeanSquaredError()
    metric.update_state([[1.0]], [[0.0]])
    told = snapshot.counts(metric)
    monkeypatch.setattr(type(metric), "variables", property(lambda _: []))
    assert [id(variable) for variable in snapshot.counts(metric)] == [id(variable) for variable in told]
    assert len(told) == len({id(variable) for variable in told}) > 0

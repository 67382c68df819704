"""What a user adds to Keras is found by its registration, or only through ``custom_objects``."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("tensorflow")

import numpy as np

from harness.models.spec import Call, Input, Layer, Model, ModelSpec
from harness.subject import env

env.prepare()

from harness.subject import build, custom  # noqa: E402 - TensorFlow has to be prepared before

if TYPE_CHECKING:
    from pathlib import Path

keras = env.keras()
pytestmark = [pytest.mark.tensorflow, pytest.mark.filterwarnings("ignore")]

CHAIN = Model(
    kind="subclassed",
    name="mine",
    inputs=(Input("x", (3,)),),
    layers=(Layer("zeta", "Dense", {"units": 2}), Layer("alpha", "custom.Scale", {"factor": 2.0})),
    calls=(Call(0, ("i0",)), Call(1, ("c0",))),
    outputs=("c1",),
    built="call",
)


def made(**changes: Any) -> build.Built:
    return build.build(ModelSpec(replace(CHAIN, **changes)).to_json())


def objects(**changes: Any) -> dict[str, Any]:
    return dict(custom.custom_objects(ModelSpec(replace(CHAIN, **changes)).to_json()))


@pytest.mark.parametrize("holds", ["attributes", "list", "dict", "own"])
@pytest.mark.parametrize("config", ["registered", "unregistered", "none", "arguments"])
def test_a_subclassed_model_has_the_weights_of_all_its_layers(holds: str, config: str) -> None:
    own = 1 if holds == "own" else 0
    assert len(made(holds=holds, config=config).model.weights) == 3 + own


@pytest.mark.parametrize("holds", ["attributes", "list", "dict", "own"])
def test_a_registered_model_is_rebuilt_from_its_config(holds: str) -> None:
    model = made(holds=holds).model
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(model))
    assert type(again) is custom.ConfiguredModel
    assert again.get_config() == model.get_config()


@pytest.mark.parametrize("config", ["unregistered", "none"])
def test_an_unregistered_model_is_not_found_by_itself(config: str) -> None:
    serialized = keras.saving.serialize_keras_object(made(config=config).model)
    with pytest.raises(TypeError, match=r"Could not locate class|could not be deserialized"):
        keras.saving.deserialize_keras_object(serialized)


def test_a_model_with_arguments_that_nobody_knows_cannot_be_written_down() -> None:
    with pytest.raises(NotImplementedError):
        keras.saving.serialize_keras_object(made(config="arguments").model)


@pytest.mark.parametrize("config", ["unregistered", "none"])
def test_custom_objects_of_the_spec_are_enough(config: str) -> None:
    serialized = keras.saving.serialize_keras_object(made(config=config).model)
    again = keras.saving.deserialize_keras_object(serialized, custom_objects=objects(config=config))
    assert again.name == "mine"


def test_models_of_equal_graphs_share_a_class() -> None:
    assert type(made(config="none").model) is type(made(config="none").model)
    assert type(made(config="none").model) is not type(made(config="none", name="other").model)


def test_custom_objects_are_the_unregistered_ones() -> None:
    assert set(objects()) == {item.__name__ for item in custom.PLAIN}
    assert all(name.lower().startswith("plain") for name in objects(config="none"))


@pytest.mark.parametrize(
    "name",
    ["Scale", "Stored", "Block", "Noise", "LeakyCell", "Pinball", "LargestError", "TwoErrors", "double", "ridge"],
)
def test_registered_objects_are_found_by_name(name: str) -> None:
    assert keras.saving.get_registered_object(f"harness>{name}") is getattr(custom, name)


@pytest.mark.parametrize(
    "layer",
    [
        lambda: custom.Scale(2.0, initializer="random_normal", regularizer="l2", activation="relu"),
        lambda: custom.Stored(0.5),
        lambda: custom.Block(2, 3, holds="dict", activation="tanh"),
        lambda: custom.Block(2, 2, holds="nested"),
        lambda: custom.Noise(0.5),
        lambda: keras.layers.RNN(custom.LeakyCell(2)),
    ],
)
def test_custom_layers_tell_their_whole_configuration(layer: Any) -> None:
    original = layer()
    again = type(original).from_config(original.get_config())
    assert again.get_config() == original.get_config()


def test_a_layer_that_stores_its_own_variables_is_saved_before_it_has_any(tmp_path: Path) -> None:
    model = keras.Sequential([custom.Stored(2.0)])
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert [type(layer) for layer in again.layers] == [custom.Stored]
    assert not again.layers[0].built


def test_noise_is_drawn_only_while_training() -> None:
    layer, ones = custom.Noise(0.5), np.ones((2, 3), "float32")
    assert (np.asarray(layer(ones)) == 1).all()
    assert (np.asarray(layer(ones, training=True)) != 1).all()


def test_a_frozen_layer_stays_frozen_through_the_config() -> None:
    frozen = (replace(CHAIN.layers[0], trainable=False), CHAIN.layers[1])
    model = made(layers=frozen).model
    again = type(model).from_config(model.get_config())
    again(np.ones((1, 3), "float32"))
    assert len(model.trainable_weights) == len(again.trainable_weights) == 1

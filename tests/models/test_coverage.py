"""Steering towards what has not been covered."""

from __future__ import annotations

from harness.models.catalogue import BY_CLASS
from harness.models.choice import Dice
from harness.models.coverage import Coverage, items
from harness.models.features import features, named
from harness.models.generate import draw, generate
from harness.models.spec import KINDS, Call, Compile, Input, Layer, Model, ModelSpec

DENSE = Layer("d", "Dense", {"units": 2, "use_bias": False})


def spec(*layers: Layer) -> ModelSpec:
    calls = tuple(Call(index, (f"c{index - 1}" if index else "i0",)) for index in range(len(layers)))
    model = Model("sequential", "m", (Input("x", (3,)),), layers, calls, (f"c{len(layers) - 1}",))
    return ModelSpec(model, Compile({"$": "optimizers.SGD", "args": {"momentum": 0.5}}, "mse", ("like",)))


def test_a_model_covers_its_classes_arguments_and_features() -> None:
    assert {"Dense", "Dense.use_bias", "SGD.momentum", "loss=mse", "sequential: built=input"} <= items(spec(DENSE))


def test_the_same_again_adds_less_every_time() -> None:
    coverage = Coverage()
    first = coverage.novelty(spec(DENSE))
    coverage.best(iter([spec(DENSE)]))
    second = coverage.novelty(spec(DENSE))
    coverage.best(iter([spec(DENSE)]))
    assert first > second > coverage.novelty(spec(DENSE))


def test_what_is_new_is_chosen() -> None:
    coverage = Coverage()
    coverage.best(iter([spec(DENSE)]))
    other = spec(Layer("p", "PReLU", {"shared_axes": [1]}))
    assert coverage.best(iter([spec(DENSE), other])) == other


def test_of_two_that_add_the_same_the_smaller_is_chosen() -> None:
    small, large = spec(DENSE), spec(DENSE, Layer("e", "Dense", {"units": 2}))
    assert Coverage().best(iter([large, small])) == small


def arguments(specs: tuple[ModelSpec, ...]) -> set[str]:
    return {name for spec in specs for name in _names(spec, "arguments")}


def _names(spec: ModelSpec, key: str) -> frozenset[str]:
    found = features(spec)[key]
    assert isinstance(found, frozenset)
    return found


def test_steered_models_cover_far_more_than_blind_ones() -> None:
    blind = tuple(draw(Dice(f"blind/{index}"), kind) for index, kind in enumerate(KINDS * 20))
    assert len(arguments(generate(60, seed=1))) > 1.2 * len(arguments(blind))


def test_a_hundred_and_fifty_models_have_nearly_every_layer_class() -> None:
    found = {name for spec in generate(150, seed=0) for name in _names(spec, "classes")}
    missing = {named(entry) for entry in BY_CLASS} - found
    assert len(missing) <= len(BY_CLASS) // 20, missing

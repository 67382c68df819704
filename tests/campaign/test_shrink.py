"""Shrinking ends at what shows the finding: the layer, the option, the savers that it takes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from harness.campaign.shrink import Candidate, shrink
from harness.models import traits
from harness.models.catalogue import BY_CLASS
from harness.models.features import features
from harness.models.generate import generate
from harness.models.grammar import BUILT
from harness.models.infer import infer
from harness.models.reduce import inside_out, plainer_form
from harness.models.spec import Layer, ModelSpec
from tests.models.test_spec import DENSE

if TYPE_CHECKING:
    from collections.abc import Callable

MODELS = generate(60, 3)


def having(feature: str, *names: str) -> list[ModelSpec]:
    return [spec for spec in MODELS if set(names) <= set(features(spec)[feature])]  # type: ignore[arg-type]


def shows(feature: str, *names: str) -> Callable[[Candidate], bool]:
    return lambda candidate: set(names) <= set(features(candidate.spec)[feature])  # type: ignore[arg-type]


def layers(spec: ModelSpec) -> list[str]:
    return [layer.cls for layer in traits.every_layer(spec.model)]


@pytest.mark.parametrize("option", ["Dense.activation", "BatchNormalization.momentum", "SpatialDropout1D.seed"])
def test_a_layer_with_an_option_shrinks_to_that_layer_with_that_option(option: str) -> None:
    for spec in having("arguments", option):
        shrunk = shrink(Candidate(spec), shows("arguments", option), clock=lambda: 0.0)
        assert shrunk.reproduced
        assert shrunk.finished
        assert layers(shrunk.candidate.spec) == [option.partition(".")[0]]
        (layer,) = traits.every_layer(shrunk.candidate.spec.model)
        needed = {param.name for param in BY_CLASS[layer.cls].required}
        assert set(layer.args) <= needed | {option.partition(".")[2]}
        assert shrunk.candidate.spec.compile is None
        assert shrunk.candidate.spec.kind == "sequential"


def test_an_option_of_the_loss_shrinks_to_a_plain_model_with_that_loss() -> None:
    for spec in having("arguments", "Huber.delta"):
        found = shrink(Candidate(spec), shows("arguments", "Huber.delta"), clock=lambda: 0.0).candidate.spec
        assert layers(found) == ["Dense"]
        assert found.compile is not None
        assert set(found.compile.loss["args"]) == {"delta"}
        assert (found.compile.metrics, found.compile.options, found.steps) == (None, {}, 0)


def test_two_layers_that_it_takes_are_both_kept() -> None:
    pairs = [spec for spec in having("classes", "Dense", "BatchNormalization") if spec.kind != "subclassed"]
    assert pairs
    for spec in pairs:
        found = shrink(
            Candidate(spec), shows("classes", "Dense", "BatchNormalization"), clock=lambda: 0.0
        ).candidate.spec
        assert sorted(layers(found)) == ["BatchNormalization", "Dense"]


def test_a_kind_that_it_takes_is_kept() -> None:
    for spec in [spec for spec in MODELS if spec.kind == "subclassed"][:5]:
        found = shrink(Candidate(spec), lambda each: each.spec.kind == "subclassed", clock=lambda: 0.0).candidate.spec
        assert layers(found) == ["Dense"]
        assert found.model.config == "registered"


def test_every_candidate_holds_together_and_fits_its_settings() -> None:
    tried: list[ModelSpec] = []

    def never_again(candidate: Candidate) -> bool:
        tried.append(candidate.spec)
        return len(tried) == 1

    for spec in MODELS[:20]:
        tried.clear()
        shrink(Candidate(spec), never_again, clock=lambda: 0.0)
        for each in tried:
            assert len(infer(each.model)) == len(each.model.outputs)
            if each.compile is not None:
                assert len(each.compile.targets) == len(each.model.outputs)


def test_a_graph_from_the_middle_of_another_shrinks_to_models_that_are_built_as_their_kind_is() -> None:
    chain = replace(DENSE.model, kind="functional", built="middle")
    nested = replace(chain, layers=(Layer("inner", "Model", model=DENSE.model),))
    for model in (chain, nested):
        made = [each.model for each in (*plainer_form(ModelSpec(model)), *inside_out(ModelSpec(model)))]
        assert "sequential" in {each.kind for each in made}
        assert all(each.built in BUILT[each.kind] for each in made)


def test_only_the_savers_that_it_takes_are_kept_and_in_their_order() -> None:
    start = Candidate(MODELS[0], ("a", "damages", "b", "c", "reveals", "d"))
    shrunk = shrink(
        start, lambda each: [name for name in each.before if len(name) > 1] == ["damages", "reveals"], clock=lambda: 0.0
    )
    assert shrunk.candidate.before == ("damages", "reveals")
    assert layers(shrunk.candidate.spec) == ["Dense"]


def test_what_does_not_show_is_not_shrunk() -> None:
    shrunk = shrink(Candidate(MODELS[0]), lambda _: False)
    assert (shrunk.reproduced, shrunk.candidate.spec, shrunk.tried) == (False, MODELS[0], 1)


def test_the_budget_ends_it_with_the_best_so_far() -> None:
    now = iter(range(1000))
    shrunk = shrink(Candidate(MODELS[0]), lambda _: True, budget=2, clock=lambda: float(next(now)))
    assert shrunk.reproduced
    assert not shrunk.finished


def test_nothing_is_tried_twice() -> None:
    seen: list[str] = []

    def check(candidate: Candidate) -> bool:
        assert candidate.spec.id not in seen
        seen.append(candidate.spec.id)
        return len(layers(candidate.spec)) > 1

    spec = max(MODELS, key=lambda each: len(layers(each)))
    shrink(Candidate(spec), check, clock=lambda: 0.0)

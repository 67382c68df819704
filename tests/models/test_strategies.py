"""Hypothesis draws the same models as the generator, and shrinks them to the simplest."""

from __future__ import annotations

from functools import partial
from random import Random
from statistics import median

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings

from harness.models.describe import describe_model
from harness.models.infer import infer
from harness.models.spec import KINDS, Kind, ModelSpec, from_json
from harness.models.strategies import specs

QUICK = settings(max_examples=40, deadline=None, database=None, suppress_health_check=list(HealthCheck))
SHRINKING = settings(QUICK, max_examples=2000, phases=(Phase.generate, Phase.shrink))
"""Without the phase that explains: ``find`` would return what that tries last."""


@QUICK
@given(specs())
def test_every_draw_is_valid(spec: ModelSpec) -> None:
    assert infer(spec.model)
    assert from_json(spec.to_json()) == spec


@QUICK
@given(specs("subclassed"))
def test_one_kind_can_be_asked_for(spec: ModelSpec) -> None:
    assert spec.kind == "subclassed"


@pytest.mark.parametrize("kind", KINDS)
def test_the_simplest_model_is_one_dense_layer(kind: Kind) -> None:
    spec = find(specs(kind), lambda _: True, settings=SHRINKING)
    assert "[Dense(units=1)]" in describe_model(spec.model)
    assert spec.compile is None


def test_shrinking_keeps_what_matters_and_little_else() -> None:
    def simplest(seed: int) -> ModelSpec:
        stateful = partial(find, specs("sequential"), lambda spec: "'stateful': True" in str(spec.model.layers))
        return stateful(settings=SHRINKING, random=Random(seed))

    found = [simplest(seed) for seed in range(3)]
    assert median(len(spec.model.layers) for spec in found) <= 2
    assert all(spec.compile is None for spec in found)

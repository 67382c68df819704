"""Hypothesis draws the same models as the generator, and shrinks them to the simplest."""

from __future__ import annotations

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
    spec = find(specs("sequential"), lambda spec: "'stateful': True" in str(spec.model.layers), settings=SHRINKING)
    assert len(spec.model.layers) == 1
    assert spec.compile is None

"""Pairs of features: no model has a pair that is not counted, and a short run has nearly all."""

from __future__ import annotations

from harness.models.choice import Dice
from harness.models.features import features
from harness.models.generate import draw, generate
from harness.models.pairs import possible, together
from harness.models.spec import KINDS

from .test_spec import DENSE


def test_a_model_has_the_pairs_of_its_features() -> None:
    found = set(together(features(DENSE)))
    assert {"kind=sequential & built=input", "not frozen & compiled", "trained & one of inputs"} <= found
    assert not any("config" in pair or "holds" in pair for pair in found)


def test_no_model_has_a_pair_that_none_can_have() -> None:
    for number, kind in enumerate(KINDS * 60):
        assert set(together(features(draw(Dice(f"pairs/{number}"), kind)))) <= possible()


def test_a_hundred_and_fifty_models_have_nearly_all_pairs() -> None:
    found = {pair for spec in generate(150, seed=0) for pair in together(features(spec))}
    assert len(possible() - found) <= len(possible()) // 15, sorted(possible() - found)


def test_what_an_old_journal_does_not_tell_makes_no_pairs() -> None:
    assert set(together({"kind": "sequential", "config": "-", "frozen": True})) == {"kind=sequential & frozen"}

"""Whatever it took to show a bug of the past, the generator can make."""

from __future__ import annotations

from functools import lru_cache

import pytest

from harness.models.choice import Dice
from harness.models.generate import draw
from harness.models.spec import KINDS

from .past_bugs import INGREDIENTS, Ingredient

DRAWS = 6000


@lru_cache(maxsize=1)
def _lacking() -> frozenset[str]:
    """Ingredients that no model had, drawn without steering until each has come."""
    left = {item.bug: item for item in INGREDIENTS}
    for number in range(DRAWS):
        spec = draw(Dice(f"ingredients/{number}"), KINDS[number % len(KINDS)])
        left = {bug: item for bug, item in left.items() if not item.has(spec)}
        if not left:
            break
    return frozenset(left)


@pytest.mark.parametrize("ingredient", INGREDIENTS, ids=lambda item: item.bug)
def test_what_a_bug_of_the_past_needed_turns_up(ingredient: Ingredient) -> None:
    assert ingredient.bug not in _lacking(), ingredient.needs

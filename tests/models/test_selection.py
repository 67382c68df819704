from __future__ import annotations

from itertools import count, islice
from typing import TYPE_CHECKING

from harness.models.catalogue import BY_CLASS
from harness.models.choice import Dice
from harness.models.features import classes, short
from harness.models.generate import draw
from harness.models.selection import absent, greedy, select
from harness.models.windows import admits, lacking
from tests.campaign.crossed import MODEL, MODERN

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.models.spec import ModelSpec

NEW, OLD = ("3.15.1", "2.21.0"), ("2.15.0", "2.15.0")


def test_the_same_seed_selects_the_same_models() -> None:
    assert select(3, 1, NEW) == select(3, 1, NEW)
    assert select(3, 1, NEW) != select(3, 2, NEW)


def test_all_that_is_selected_can_be_built() -> None:
    assert not any(lacking(spec, *OLD) for spec in select(6, 0, OLD))


def test_what_adds_nothing_is_not_selected() -> None:
    assert list(greedy([MODEL, MODEL], 2)) == [MODEL]


def test_what_adds_most_for_its_size_comes_first_and_the_rest_after_it() -> None:
    assert [spec.id for spec in greedy([MODEL, MODERN], 2)] == [MODERN.id, MODEL.id]
    assert [spec.id for spec in greedy([MODEL, MODERN], 1)] == [MODERN.id]


def test_rare_classes_are_looked_for() -> None:
    chosen = select(18, 0, OLD)
    drawn = islice((draw(Dice(str(number))) for number in count()), 18)
    assert len(_classes(chosen)) > len(_classes(drawn))


def test_what_no_model_has_is_told() -> None:
    chosen = select(6, 0, NEW)
    available = {name for name, entry in BY_CLASS.items() if admits(entry.keras, NEW[0])}
    assert set(absent(chosen, NEW)) == {name for name in available if short(name) not in _classes(chosen)}


def _classes(specs: Iterable[ModelSpec]) -> set[str]:
    return {name for spec in specs for name in classes(spec.model)}

"""Many random models from one seed: the same on every machine, without TensorFlow and without Hypothesis."""

from __future__ import annotations

from itertools import count as count_from
from itertools import cycle, islice
from typing import TYPE_CHECKING

from harness.models import traits
from harness.models.choice import Dice
from harness.models.compiling import compiled
from harness.models.coverage import Coverage
from harness.models.grammar import grow
from harness.models.spec import KINDS, ModelSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from harness.models.choice import Source
    from harness.models.grammar import Grown
    from harness.models.spec import Kind

CANDIDATES = 6
"""Models that are drawn for each one that is taken."""

SEEDS = 1000
UNCOMPILED = 4
"""One model in so many is not compiled."""
TRIES = 100
"""Models to draw, at the most, for each that old versions can build."""
STEPS = (0, 1, 1, 2, 3)


def draw(source: Source, kind: Kind | None = None) -> ModelSpec:
    """One model, with the choices of this source."""
    grown = grow(source, source.one_of(KINDS) if kind is None else kind)
    model = grown.model
    if source.below(UNCOMPILED) == 0 or not _is_compilable(grown):
        return ModelSpec(model, seed=source.below(SEEDS))
    settings = compiled(source, model, grown.outputs)
    steps = source.one_of(STEPS) if model.built != "never" and traits.trains(model) else 0
    return ModelSpec(model, settings, steps, seed=source.below(SEEDS))


def _is_compilable(grown: Grown) -> bool:
    """Whether losses can be given for all outputs."""
    return grown.model.returns != "nested" and not any(output.sparse for output in grown.outputs)


def generate(count: int, seed: int, kinds: Sequence[Kind] = KINDS) -> tuple[ModelSpec, ...]:
    """``count`` models with different ids, the kinds in turn; the same seed gives the same models.

    Each is the best of a few that were drawn, for what it adds to those before it.
    """
    return tuple(islice(_distinct(seed, kinds), count))


def generate_fitting(
    count: int, seed: int, kinds: Sequence[Kind], fits: Callable[[ModelSpec], bool]
) -> tuple[ModelSpec, ...]:
    """Models as of :func:`generate`, drawn among those that fit; fewer where hardly any model does."""
    return tuple(islice(_distinct(seed, kinds, fits), count))


def _distinct(
    seed: int, kinds: Sequence[Kind], fits: Callable[[ModelSpec], bool] = lambda _spec: True
) -> Iterator[ModelSpec]:
    seen: set[str] = set()
    coverage = Coverage()
    attempts = count_from()
    for kind in cycle(kinds):
        drawn = (draw(Dice(f"{seed}/{next(attempts)}", coverage.seen), kind) for _ in range(CANDIDATES * TRIES))
        # Ids are dear: those of the models that are not taken are never asked for.
        ranked = coverage.ranked(islice((spec for spec in drawn if fits(spec)), CANDIDATES))
        spec = next((spec for spec in ranked if spec.id not in seen), None)
        if spec is None:
            return
        coverage.add(spec)
        seen.add(spec.id)
        yield spec

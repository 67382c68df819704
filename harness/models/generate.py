"""Many random models from one seed: the same on every machine, without TensorFlow and without Hypothesis."""

from __future__ import annotations

from collections import deque
from itertools import count as count_from
from itertools import islice
from typing import TYPE_CHECKING

from harness.models import traits
from harness.models.choice import Dice, everything
from harness.models.compiling import compiled
from harness.models.coverage import Coverage
from harness.models.grammar import grow
from harness.models.spec import KINDS, ModelSpec
from harness.models.windows import buildable, had

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from harness.models.choice import Source
    from harness.models.grammar import Grown
    from harness.models.spec import Json, Kind, Model

CANDIDATES = 4
"""Models that are drawn for each one that is taken."""

SEEDS = 1000
UNCOMPILED = 4
"""One model in so many is not compiled."""
TRIES = 100
"""Models to draw, at the most, for each that old versions can build."""
PATIENT_TRIES = 1000
"""As many where what is rare is asked for by name."""
STEPS = (0, 1, 1, 2, 3)


def draw(source: Source, kind: Kind | None = None) -> ModelSpec:
    """One model, with the choices of this source."""
    grown = grow(source, source.one_of(KINDS) if kind is None else kind)
    model = grown.model
    if source.below(UNCOMPILED) == 0 or not _is_compilable(grown):
        return ModelSpec(model, seed=source.below(SEEDS))
    settings = compiled(source, model, grown.outputs)
    steps = source.one_of(STEPS) if _is_trainable(model) else 0
    return ModelSpec(model, settings, steps, seed=source.below(SEEDS))


def _is_trainable(model: Model) -> bool:
    unable = traits.is_float8(model) or traits.is_grouped(model)
    return model.built != "never" and traits.trains(model) and not unable


def _is_compilable(grown: Grown) -> bool:
    """Whether losses can be given for all outputs."""
    return grown.model.returns != "nested" and not any(output.sparse for output in grown.outputs)


def generate(count: int, seed: int, kinds: Sequence[Kind] = KINDS) -> tuple[ModelSpec, ...]:
    """``count`` models with different ids, the kinds in turn; the same seed gives the same models.

    Each is the best of a few that were drawn, for what it adds to those before it.
    """
    return tuple(islice(models(seed, kinds), count))


def generate_fitting(
    count: int,
    seed: int,
    kinds: Sequence[Kind],
    fits: Callable[[ModelSpec], bool],
    versions: Sequence[tuple[str, str]] = (),
    wanted: Iterable[str] = (),
) -> tuple[ModelSpec, ...]:
    """Models as of :func:`generate`, drawn among those that fit; fewer where hardly any model does.

    Args:
        count: how many.
        seed: the same one gives the same models.
        kinds: in turn.
        fits: whether a model will do.
        versions: pairs of Keras and TensorFlow, all of which can build each of the models.
        wanted: names of layers, and of values of arguments, to draw more often, so that models that fit are found sooner.
    """
    return tuple(islice(models(seed, kinds, fits, versions, wanted), count))


def models(
    seed: int,
    kinds: Sequence[Kind] = KINDS,
    fits: Callable[[ModelSpec], bool] = lambda _spec: True,
    versions: Sequence[tuple[str, str]] = (),
    wanted: Iterable[str] = (),
) -> Iterator[ModelSpec]:
    """The same models without end; of a kind, until hardly any fits."""
    admits, favoured = _admitting(versions), frozenset(wanted)

    def will_do(spec: ModelSpec) -> bool:
        # What is chosen for some versions may still not work together there.
        return fits(spec) and buildable(spec, versions)

    seen: set[str] = set()
    coverage = Coverage()
    attempts = count_from()
    tries = CANDIDATES * (PATIENT_TRIES if favoured else TRIES)
    turns = deque(kinds)
    while turns:
        kind = turns.popleft()
        dice = (Dice(f"{seed}/{next(attempts)}", coverage.seen, admits, favoured) for _ in range(tries))
        drawn = (draw(each, kind) for each in dice)
        # Ids are dear: those of the models that are not taken are never asked for.
        ranked = coverage.ranked(islice((spec for spec in drawn if will_do(spec)), CANDIDATES))
        spec = next((spec for spec in ranked if spec.id not in seen), None)
        if spec is None:
            continue
        turns.append(kind)
        coverage.add(spec)
        seen.add(spec.id)
        yield spec


def _admitting(versions: Sequence[tuple[str, str]]) -> Callable[[str, Json], bool]:
    """Whether all of these versions have what might be chosen."""
    each = [had(keras, tf) for keras, tf in dict.fromkeys(versions)]
    return (lambda argument, value: all(has(argument, value) for has in each)) if each else everything

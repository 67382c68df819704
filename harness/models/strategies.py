"""Hypothesis's face of the generator: the same models, and they shrink."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from hypothesis import strategies as st

from harness.models.generate import draw as draw_spec

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness.models.spec import Kind, ModelSpec

T = TypeVar("T")


class _Drawn:
    """Choices drawn from Hypothesis; it shrinks each towards the first option."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw

    def one_of(self, options: Sequence[T]) -> T:
        return options[self.below(len(options))]

    def rare(
        self,
        options: Sequence[T],
        name: Callable[[T], str],  # noqa: ARG002 - Hypothesis explores by itself
        drawn: int = 0,  # noqa: ARG002
    ) -> T:
        return self.one_of(options)

    def admits(self, argument: str, value: object) -> bool:  # noqa: ARG002 - all versions together
        return True

    def below(self, count: int) -> int:
        return self._draw(st.integers(0, count - 1)) if count > 1 else 0


@st.composite
def _specs(draw: st.DrawFn, kind: Kind | None) -> ModelSpec:
    return draw_spec(_Drawn(draw), kind)


def specs(kind: Kind | None = None) -> st.SearchStrategy[ModelSpec]:
    """Random models, of one kind or of all; they shrink to one ``Dense`` with one unit and no arguments."""
    return _specs(kind)

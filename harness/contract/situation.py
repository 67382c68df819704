"""The circumstances of one trial, as far as a documented outcome may depend on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

FeatureValue: TypeAlias = str | bool | int | frozenset[str]


@dataclass(frozen=True)
class Situation:
    """A route, a model's features and a pair of versions; ``loader`` is empty for the save itself."""

    saver: str
    loader: str
    kind: str
    features: Mapping[str, FeatureValue]
    tf: str
    keras: str

"""The circumstances of one trial, as far as a documented outcome may depend on them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from harness.contract.windows import parse_version

if TYPE_CHECKING:
    from collections.abc import Mapping

    from packaging.version import Version

FeatureValue: TypeAlias = str | bool | int | frozenset[str]

Relation = Literal["same", "older", "newer"]
"""Of the versions that wrote a file to those that read it."""
RELATIONS: tuple[Relation, ...] = ("same", "older", "newer")


@dataclass(frozen=True)
class Versions:
    """The pair that an environment is known by: from TF 2.16 on, one does not fix the other."""

    tf: str
    keras: str

    @classmethod
    def of(cls, info: Mapping[str, Any]) -> Versions:
        """Those that an environment reports of itself."""
        return cls(info["tensorflow"], info["keras"])

    @property
    def order(self) -> tuple[Version, Version]:
        """Keras decides which of two is the older, then TensorFlow."""
        return parse_version(self.keras), parse_version(self.tf)


def relation(writer: Versions, reader: Versions) -> Relation:
    """How old a file is, as its reader sees it."""
    if writer == reader:
        return "same"
    return "older" if writer.order <= reader.order else "newer"


@dataclass(frozen=True)
class Situation:
    """A route, a model's features and a pair of versions; ``loader`` is empty for the save itself.

    ``tf`` and ``keras`` are those of the environment where the call is made: of a load, the reader's.
    """

    saver: str
    loader: str
    kind: str
    features: Mapping[str, FeatureValue]
    tf: str
    keras: str
    writer: Versions | None = None
    """What wrote the file that is loaded, where that is another environment."""

    @property
    def written(self) -> Versions:
        """The versions that wrote the file: the reader's own, if it is not told otherwise."""
        return self.writer or Versions(self.tf, self.keras)

    @property
    def at_writer(self) -> Situation:
        """The same, had the writer read it back itself."""
        return replace(self, tf=self.written.tf, keras=self.written.keras, writer=None)

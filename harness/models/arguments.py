"""Chosen constructor arguments: the required ones, and a few of the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.models.catalogue import BY_CLASS
from harness.models.catalogue.entry import Entry
from harness.models.choice import pick_some
from harness.models.features import valued

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from harness.models.catalogue.entry import Json, Param, Tensor
    from harness.models.choice import Source

VALUES = 3
"""Values that are drawn where the rarest of them is taken."""

AMOUNTS = (0, 0, 1, 1, 2, 2, 3, 5)
"""How many optional arguments an instance may have at most."""


def layer_arguments(
    source: Source, entry: Entry, tensors: Sequence[Tensor], without: tuple[str, ...] = ()
) -> dict[str, Json]:
    """Arguments of a layer that is to be applied to these tensors."""
    inner = tensors if entry.inner is None else [entry.inner(tensor) for tensor in tensors]
    optional = [param for param in entry.optional if param.name not in without]
    return _arguments(Owner(source, f"layers.{entry.cls}"), entry.required, optional, tensors, inner)


def object_arguments(
    source: Source, path: str, required: Iterable[Param], optional: Sequence[Param], tensors: Sequence[Tensor] = ()
) -> dict[str, Json]:
    """Arguments of an optimizer, a loss or a metric, by its dotted name."""
    return _arguments(Owner(source, path), required, optional, tensors, tensors)


@dataclass(frozen=True)
class Owner:
    """Where choices come from, and the dotted name of the class that they are for."""

    source: Source
    path: str

    def has(self, args: dict[str, Json], param: Param, value: Json) -> bool:
        """Whether an argument may have this value beside those that have been chosen."""
        return self.source.admits(param.name, {"$": self.path, "args": {**args, param.name: _plain(value)}})

    def one_of(self, param: Param, options: Sequence[Json | Entry]) -> Json | Entry:
        """One of the values of an argument, rather one that few models have."""
        return self.source.rare(options, lambda value: valued(self.path, param.name, _plain(value)), VALUES)


def _arguments(
    owner: Owner,
    required: Iterable[Param],
    optional: Sequence[Param],
    tensors: Sequence[Tensor],
    inner: Sequence[Tensor],
) -> dict[str, Json]:
    args: dict[str, Json] = {}
    for param in required:
        _set(owner, param, args, tensors, inner, needed=True)
    picked = pick_some(owner.source, optional, owner.source.one_of(AMOUNTS))
    wanted = {param.name for param in picked}.union(*(param.needs for param in picked))
    for param in optional:
        if param.name in wanted and not args.keys() & set(param.unless) and set(param.needs) <= args.keys():
            _set(owner, param, args, tensors, inner, needed=False)
    return args


def _set(
    owner: Owner,
    param: Param,
    args: dict[str, Json],
    tensors: Sequence[Tensor],
    inner: Sequence[Tensor],
    *,
    needed: bool,
) -> None:
    layers = [BY_CLASS[cls] for cls in param.layers if _holdable(BY_CLASS[cls], inner)]
    options: list[Json] = [*layers, *param.choices(tensors, args)]
    had = [value for value in options if owner.has(args, param, value)]
    # A class is not made without what it requires: if nothing else will do, the model will not.
    options = had or (options if needed else [])
    if not options:
        return
    chosen = owner.one_of(param, options)
    args[param.name] = _held(owner.source, chosen, inner, param.without) if isinstance(chosen, Entry) else chosen


def _plain(value: Json | Entry) -> Json:
    """A layer class as an instance of it without arguments."""
    return {"$": path_of(value)} if isinstance(value, Entry) else value


def _holdable(entry: Entry, inner: Sequence[Tensor]) -> bool:
    return len(inner[0].shape) in entry.ranks and entry.accepts(inner[0])


def _held(source: Source, entry: Entry, inner: Sequence[Tensor], without: tuple[str, ...]) -> Json:
    return {"$": path_of(entry), "args": layer_arguments(source, entry, inner, without)}


def path_of(entry: Entry) -> str:
    """The dotted name of a layer class."""
    return entry.cls if entry.cls.startswith("custom.") else f"layers.{entry.cls}"

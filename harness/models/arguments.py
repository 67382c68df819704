"""Chosen constructor arguments: the required ones, and a few of the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.models.catalogue import BY_CLASS
from harness.models.catalogue.entry import Entry
from harness.models.choice import pick_some

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from harness.models.catalogue.entry import Json, Param, Tensor
    from harness.models.choice import Source

AMOUNTS = (0, 0, 1, 1, 2, 2, 3, 5)
"""How many optional arguments an instance may have at most."""


def layer_arguments(
    source: Source, entry: Entry, tensors: Sequence[Tensor], without: tuple[str, ...] = ()
) -> dict[str, Json]:
    """Arguments of a layer that is to be applied to these tensors."""
    inner = tensors if entry.inner is None else [entry.inner(tensor) for tensor in tensors]
    optional = [param for param in entry.optional if param.name not in without]
    return _arguments(source, entry.required, optional, tensors, inner)


def object_arguments(
    source: Source, required: Iterable[Param], optional: Sequence[Param], tensors: Sequence[Tensor] = ()
) -> dict[str, Json]:
    """Arguments of an optimizer, a loss or a metric."""
    return _arguments(source, required, optional, tensors, tensors)


def _arguments(
    source: Source,
    required: Iterable[Param],
    optional: Sequence[Param],
    tensors: Sequence[Tensor],
    inner: Sequence[Tensor],
) -> dict[str, Json]:
    args: dict[str, Json] = {}
    for param in required:
        _set(source, param, args, tensors, inner)
    picked = pick_some(source, optional, source.one_of(AMOUNTS))
    wanted = {param.name for param in picked}.union(*(param.needs for param in picked))
    for param in optional:
        if param.name in wanted and not args.keys() & set(param.unless) and set(param.needs) <= args.keys():
            _set(source, param, args, tensors, inner)
    return args


def _set(
    source: Source, param: Param, args: dict[str, Json], tensors: Sequence[Tensor], inner: Sequence[Tensor]
) -> None:
    layers = [BY_CLASS[cls] for cls in param.layers if _holdable(BY_CLASS[cls], inner)]
    options: list[Json] = [*layers, *param.choices(tensors, args)]
    if not options:
        return
    chosen = source.one_of(options)
    args[param.name] = _held(source, chosen, inner, param.without) if isinstance(chosen, Entry) else chosen


def _holdable(entry: Entry, inner: Sequence[Tensor]) -> bool:
    return len(inner[0].shape) in entry.ranks and entry.accepts(inner[0])


def _held(source: Source, entry: Entry, inner: Sequence[Tensor], without: tuple[str, ...]) -> Json:
    args = layer_arguments(source, entry, inner, without)
    path = entry.cls if entry.cls.startswith("custom.") else f"layers.{entry.cls}"
    return {"$": path, "args": args}

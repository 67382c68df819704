"""How several tensors are handed over: as a list, a tuple, a dict, or nested."""

from __future__ import annotations

from typing import Any, List, Sequence

KEYS = ("zeta", "theta", "alpha", "mu")
"""As in :mod:`harness.models.spec`."""


def arrange(items: Sequence[Any], form: str) -> Any:
    """Tensors in this form; a list of one is the tensor itself."""
    if form == "dict":
        return dict(zip(KEYS, items))
    if form == "tuple":
        return tuple(items)
    if form == "nested":
        return (items[0], {"rest": list(items[1:])})
    return items[0] if len(items) == 1 else list(items)


def flatten(value: Any, form: str) -> List[Any]:
    """The tensors again, in their own order."""
    if form == "dict":
        return [value[key] for key in KEYS if key in value]
    if form == "nested":
        return [value[0], *value[1]["rest"]]
    return list(value) if isinstance(value, (list, tuple)) else [value]

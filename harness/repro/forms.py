"""Several tensors in a script: as a list, a tuple, a dict, or nested."""

from __future__ import annotations

from harness.models.spec import KEYS
from harness.repro.source import string


def arranged(names: list[str], form: str) -> str:
    """Tensors as a model takes or returns them: alone or in a list, a tuple, a dict, or nested."""
    if form == "dict":
        return "{" + ", ".join(f"{string(key)}: {name}" for key, name in zip(KEYS, names, strict=False)) + "}"
    if form == "tuple":
        return f"({', '.join(names)}{',' if len(names) == 1 else ''})"
    if form == "nested":
        return f'({names[0]}, {{"rest": [{", ".join(names[1:])}]}})'
    return single(names)


def unpacked(names: list[str], form: str, value: str) -> list[str]:
    """Lines that name the tensors that are in a value of this form."""
    if form == "dict":
        return [f"{name} = {value}[{string(key)}]" for key, name in zip(KEYS, names, strict=False)]
    if form == "nested":
        rest = [f'{name} = {value}[1]["rest"][{place}]' for place, name in enumerate(names[1:])]
        return [f"{names[0]} = {value}[0]", *rest]
    comma = "," if form == "tuple" and len(names) == 1 else ""
    return [f"{', '.join(names)}{comma} = {value}"]


def single(names: list[str]) -> str:
    """One tensor, or a list of them."""
    return names[0] if len(names) == 1 else f"[{', '.join(names)}]"

"""Inputs and labels for a spec, from its seed."""

from __future__ import annotations

from typing import Any, Dict, List, Sequence

Json = Any

VARYING = 4
"""Length where a spec leaves it open."""
SEQUENCE = 3
"""Rank of a batch of sequences."""
WORDS = ("oak", "elm", "fir", "ash", "yew")
"""What strings are made of; the catalogue's vocabularies have some of them."""
BAITS = (0.0, 0.5)
"""Values that ``Masking`` looks for, put into the last time step of as many examples."""


def inputs(spec: Dict[str, Json]) -> List[Any]:
    """One array per input."""
    return [batch(item, spec["batch"], spec["seed"] + place) for place, item in enumerate(spec["model"]["inputs"])]


def batch(item: Dict[str, Json], rows: int, seed: int) -> Any:
    """One array of this shape and domain."""
    import numpy as np

    shape = (rows,) + tuple(VARYING if dim is None else dim for dim in item["shape"])
    random = np.random.RandomState(seed % 2**32)
    if item["domain"].startswith("index:"):
        return _index(random, shape, int(item["domain"][6:])).astype(item["dtype"])
    if item["domain"] in ("words", "text"):
        return _strings(random, shape, item["domain"])
    values = random.uniform(size=shape) if item["domain"] == "unit" else random.normal(size=shape)
    if len(shape) == SEQUENCE and shape[1] > 1:
        for row, bait in enumerate(BAITS):
            values[row % rows, -1] = bait
    return values.astype(item["dtype"])


def _strings(random: Any, shape: Sequence[int], domain: str) -> Any:
    import numpy as np

    words = np.array(WORDS)[random.randint(0, len(WORDS), size=shape)]
    if domain == "words":
        return words
    more = np.array(WORDS)[random.randint(0, len(WORDS), size=shape)]
    return np.char.add(np.char.add(np.char.title(words), " "), np.char.add(more, "!"))


def _index(random: Any, shape: Sequence[int], classes: int) -> Any:
    """Class numbers; the first of a row is never 0, so that a mask never hides a whole row."""
    values = random.randint(0, classes, size=shape)
    first = values[:, 0]
    first[first == 0] = 1
    return values


def labels(spec: Dict[str, Json], shapes: Sequence[Sequence[int]]) -> List[Any]:
    """One array per output, whose shapes (with the batch axis) are given; none where nothing is compiled."""
    if spec["compile"] is None:
        return []
    targets = spec["compile"]["targets"]
    return [
        _labels(target, tuple(shape), spec["seed"] + 7919 + place)
        for place, (target, shape) in enumerate(zip(targets, shapes))
    ]


def _labels(target: str, shape: Sequence[int], seed: int) -> Any:
    import numpy as np

    random = np.random.RandomState(seed % 2**32)
    if target.startswith("sparse:"):
        return random.randint(0, int(target[7:]), size=shape[:-1]).astype("int32")
    if target == "onehot":
        return np.eye(shape[-1], dtype="float32")[random.randint(0, shape[-1], size=shape[:-1])]
    if target == "sign":
        return (random.randint(0, 2, size=shape) * 2 - 1).astype("float32")
    if target == "unit":
        return random.uniform(0.05, 0.95, size=shape).astype("float32")
    return random.normal(size=shape).astype("float32")

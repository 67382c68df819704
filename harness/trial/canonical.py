"""Two snapshots of different versions, brought to what both of them can say: only then is a difference a loss.

Versions name classes, options and connections differently, keep options that the other does not have, and fill in
what was left open. What only one side has is left out on both; what means the same reads the same. Names of layers,
values of options, connections and all arrays stay as they are.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.trial.arrays import EPSILON, ROUNDINGS_PER_LAYER, stored_name
from harness.trial.compare import Side

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from harness.trial.arrays import Store

Json = Any

POLICIES = frozenset({"Policy", "PolicyV1", "DTypePolicy", "FloatDTypePolicy"})
"""Written as an object by one version, and as a name by another."""

CONTAINERS = frozenset({"Sequential", "Functional"})

WRAPPERS = frozenset({"MeanMetricWrapper", "SumOverBatchSizeMetricWrapper", "LossFunctionWrapper"})
"""Nothing by themselves: the function that they hold is the loss, or the metric."""

ALIASES = {
    "mse": "mean_squared_error",
    "mae": "mean_absolute_error",
    "mape": "mean_absolute_percentage_error",
    "msle": "mean_squared_logarithmic_error",
    "kld": "kl_divergence",
    "kullback_leibler_divergence": "kl_divergence",
    "logcosh": "log_cosh",
    "log_cosh_error": "log_cosh",
    "huber_loss": "huber",
    "bce": "binary_crossentropy",
    "acc": "accuracy",
    "binary_matches": "binary_accuracy",
    "swish": "silu",
    "auto": "sum_over_batch_size",
}
"""Other names of the same."""

ACCURACIES = frozenset({"binary_accuracy", "categorical_accuracy", "sparse_categorical_accuracy"})
"""What ``"accuracy"`` may stand for, which a version decides when it is compiled or when it is first used."""

IMPLEMENTATION = frozenset(
    {"fn", "name", "module", "registered_name", "jit_compile", "is_legacy_optimizer", "autocast"}
)
"""Options that say how a version does it, or what it calls it."""

RATE = {"args": {"learning_rate"}, "config": set[str]()}

OPAQUE = re.compile(r"<.*>")
"""An object of which a portrait shows no more than its class."""

CAST = re.compile(r"cast(_\d+)?")
"""The operation by which Keras 3 hands a tensor to a layer of another dtype."""

REGISTERED = re.compile(r"[\w. -]+>\w+")
"""A name with the package that it was registered in."""

CANCELLED = "cancelled"
"""Stands for a loss that is nothing but rounding."""
CANCELLED_BELOW = ROUNDINGS_PER_LAYER * EPSILON["float32"]
"""Of terms about as large as one, in single precision."""

CANONICAL_CLASS = {"Model": "Functional"}
"""Before TensorFlow 2.3, a functional model had no class of its own."""

RENAMED = {"OrthogonalInitializer": "Orthogonal", "IdentityInitializer": "Identity"}
"""Classes that Keras 3 has renamed."""

DROPPED = object()


def canonical(before: Side, after: Side, *, near: bool) -> tuple[Side, Side]:
    """Both sides in the form that both versions can say.

    Args:
        before: what the writer had.
        after: what the reader has.
        near: the versions have the same major version of Keras, and so the same seeds, states and settings.
    """
    if "not_a_model" in after.snapshot or after.snapshot.get("function"):
        return before, after
    pair = _Pair(before.arrays, after.arrays)
    left, right = ({**side.snapshot} for side in (before, after))
    if not near:
        for snapshot in (left, right):
            snapshot.update(state=[], metrics=[])
    left["architecture"], right["architecture"] = pair.layer(left["architecture"], right["architecture"])
    left["weights"], right["weights"] = variables(left["weights"], right["weights"])
    if left["compile"] is not None and right["compile"] is not None:
        names = frozenset(_layer_names(before.snapshot["architecture"]))
        left["compile"], right["compile"] = pair.settings(left["compile"], right["compile"], names, near=near)
    if left["optimizer"] is not None and right["optimizer"] is not None:
        left["optimizer"], right["optimizer"] = pair.optimizer(left["optimizer"], right["optimizer"])
    for snapshot, arrays in ((left, before.arrays), (right, after.arrays)):
        if "evaluate" in snapshot:
            snapshot["evaluate"] = _total(snapshot["evaluate"], arrays)
    return Side(left, before.arrays), Side(right, after.arrays)


def variables(before: list[Json], after: list[Json]) -> tuple[list[Json], list[Json]]:
    """Variables that belong together at the same place: by holder and name, else by name, else as they come."""
    paired = _paired(before, after, _by_holder) or _paired(before, after, _by_name)
    if paired is not None:
        return before, [{**item, "owner": own["owner"]} for own, item in zip(before, paired, strict=True)]
    return [_nameless(item) for item in before], [_nameless(item) for item in after]


def _paired(
    before: list[Json], after: list[Json], key: Callable[[list[Json]], dict[tuple[str, str], Json]]
) -> list[Json] | None:
    """The second list in the order of the first, if each has one of every key."""
    left, right = key(before), key(after)
    if set(left) != set(right) or len(left) != len(before) or len(right) != len(after):
        return None
    return [right[name] for name in left]


def _by_holder(items: list[Json]) -> dict[tuple[str, str], Json]:
    return {(item["holder"], item["name"]): item for item in items}


def _by_name(items: list[Json]) -> dict[tuple[str, str], Json]:
    counted = Counter[str]()
    found = {}
    for item in items:
        counted[item["name"]] += 1
        found[item["name"], str(counted[item["name"]])] = item
    return found


def _nameless(variable: Json) -> Json:
    return {**variable, "name": "variable"}


class _Pair:
    """Walks two portraits at once, and keeps what both have."""

    def __init__(self, before: Store, after: Store) -> None:
        self.stores = (before, after)

    def layer(self, before: Json, after: Json) -> tuple[Json, Json]:
        """Two portraits of a layer, or of a model."""
        left, right = ({**layer, "class": _class(layer)} for layer in (before, after))
        if left["class"] == right["class"] == "InputLayer":
            return _input(left), _input(right)
        for name in ("args", "config"):
            left[name], right[name] = self.options(_portable(left, name), _portable(right, name))
        for made in (left, right):
            made["graph"] = connections(made["graph"], frozenset(_name(held) for held in made["layers"]))
        inner = [self._both(one, other) for one, other in _children(left, right)]
        left["layers"] = [one for one, _ in inner if one is not None]
        right["layers"] = [other for _, other in inner if other is not None]
        return left, right

    def _both(self, before: Json | None, after: Json | None) -> tuple[Json | None, Json | None]:
        return (before, after) if before is None or after is None else self.layer(before, after)

    def options(self, before: Json, after: Json) -> tuple[Json, Json]:
        """Two values of an option: what only one version has is left out, also inside of it."""
        left, right = self._value(before, 0), self._value(after, 1)
        if DROPPED in (left, right):
            return DROPPED, DROPPED
        if isinstance(left, dict) and isinstance(right, dict):
            return self._tables(left, right)
        if isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
            pairs = [self.options(one, other) for one, other in zip(left, right, strict=True)]
            return [one for one, _ in pairs], [other for _, other in pairs]
        if _means_the_same(left, right):
            return left, left
        return left, right

    def _tables(self, before: Json, after: Json) -> tuple[Json, Json]:
        if "$raises" in before or "$raises" in after:
            return {}, {}
        if "sha" in before or "sha" in after:
            return before, after
        common = [name for name in before if name in after and name not in IMPLEMENTATION]
        pairs = {name: self.options(before[name], after[name]) for name in common}
        kept = {name: pair for name, pair in pairs.items() if DROPPED not in pair}
        return {name: pair[0] for name, pair in kept.items()}, {name: pair[1] for name, pair in kept.items()}

    def _value(self, value: Json, side: int) -> Json:
        """One value by the name or the number that it is."""
        if isinstance(value, float):
            # Variables of an optimizer hold what was given in single precision.
            return float(np.float32(value))
        if isinstance(value, str):
            bare = _plain(value) if REGISTERED.fullmatch(value) else value
            return DROPPED if OPAQUE.fullmatch(value) else ALIASES.get(bare, bare)
        if isinstance(value, list) and len(value) == 1 and not isinstance(value[0], dict):
            return self._value(value[0], side)
        return self._table(value, side) if isinstance(value, dict) else value

    def _table(self, value: dict[str, Json], side: int) -> Json:
        if "$fn" in value:
            return _named(value["$fn"])
        if "$tensor" in value:
            return DROPPED
        if "$array" in value:
            return self._scalar(value, side)
        if "class_name" in value:
            return self._written(value, side)
        return {**value, "class": _plain(value["class"])} if isinstance(value.get("class"), str) else value

    def _written(self, value: dict[str, Json], side: int) -> Json:
        """An object as a configuration has it."""
        name, config = _plain(value["class_name"]), value.get("config")
        if name in POLICIES and isinstance(config, dict):
            return config.get("name")
        if name == "function" or not isinstance(config, dict):
            return _named(config) if isinstance(config, str) else self._value(config, side)
        return {"class": name, "config": config}

    def _scalar(self, value: dict[str, Json], side: int) -> Json:
        """A number, whether it is held in a variable or not."""
        portrait = value["$array"]
        stored = None if portrait["shape"] else self.stores[side].get(stored_name(portrait))
        if stored is None:
            return portrait
        number = stored.item()
        return self._value(number, side) if isinstance(number, float) else number

    def settings(
        self, before: dict[str, Json], after: dict[str, Json], names: frozenset[str], *, near: bool
    ) -> tuple[Json, Json]:
        """Compile settings: losses and metrics whatever form they were given in, and their weights."""
        left: dict[str, Json] = {}
        right: dict[str, Json] = {}
        for name in ("loss", "metrics", "weighted_metrics"):
            left[name], right[name] = self._leaves(before[name], after[name], names)
        for made, side in ((left, before), (right, after)):
            made["loss_weights"] = _weights(side["loss_weights"])
        if near:
            left["options"], right["options"] = self.options(before["options"], after["options"])
        return left, right

    def _leaves(self, before: Json, after: Json, names: frozenset[str]) -> tuple[list[Json], list[Json]]:
        sides = [
            sorted(((_title(item), item) for item in _flat(given, names)), key=_order) for given in (before, after)
        ]
        if any(title == "accuracy" for side in sides for title, _ in side):
            sides = [[("accuracy" if title in ACCURACIES else title, item) for title, item in side] for side in sides]
        left, right = ([{"is": title} for title, _ in sorted(side, key=_order)] for side in sides)
        if len(left) == len(right):
            ordered = (sorted(side, key=_order) for side in sides)
            for index, ((_, one), (_, other)) in enumerate(zip(*ordered, strict=True)):
                self._leaf_options(left[index], right[index], one, other)
        return left, right

    def _leaf_options(self, left: dict[str, Json], right: dict[str, Json], before: Json, after: Json) -> None:
        """Options of a loss or a metric, where both sides have an object."""
        if isinstance(before, dict) and isinstance(after, dict) and "args" in before and "args" in after:
            for name in ("args", "config"):
                left[name], right[name] = self.options(before[name], after[name])

    def optimizer(self, before: dict[str, Json], after: dict[str, Json]) -> tuple[Json, Json]:
        """Class, hyperparameters and iterations; the slots as they are, whatever they are called and in any order."""
        # Versions make slots at different times: what one of them has not made yet, the other has not filled either.
        built = bool(before["built"] and after["built"])
        left, right = ({**held, "built": built, "variables": _slots(held["variables"])} for held in (before, after))
        for name in ("args", "config"):
            left[name], right[name] = self.options(_used(before, name), _used(after, name))
        return left, right


def _used(optimizer: Json, name: str) -> dict[str, Json]:
    """Hyperparameters that count; the learning rate only as it is written, where a schedule is not yet evaluated."""
    idle = set() if optimizer["args"].get("use_ema") else {"ema_momentum", "ema_overwrite_frequency"}
    return {key: value for key, value in optimizer[name].items() if key not in idle | RATE[name]}


def _portable(layer: Json, name: str) -> Json:
    """Options without what one Python alone can read: the bytecode of a ``Lambda``."""
    options = layer[name]
    if name != "config" or layer["class"] != "Lambda" or not isinstance(options, dict):
        return options
    return {key: value for key, value in options.items() if key != "function"}


def _class(layer: Json) -> str:
    name = _plain(layer["class"])
    return CANONICAL_CLASS.get(name, name) if layer["graph"] is not None else name


def _plain(name: str) -> str:
    """A class without the package it was registered in, by its newest name."""
    bare = name.rpartition(">")[2]
    return RENAMED.get(bare, bare)


def _named(function: str) -> str:
    name = _plain(function)
    return ALIASES.get(name, name)


def _means_the_same(left: Json, right: Json) -> bool:
    """An axis counted from the other end; a name, and the object of that name."""
    if isinstance(left, int) and isinstance(right, int) and not isinstance(left, bool) and not isinstance(right, bool):
        return (left < 0) != (right < 0)
    forms = {type(left), type(right)} == {str, dict}
    return forms and _title(left) == _title(right)


def _input(layer: dict[str, Json]) -> dict[str, Json]:
    """An input is its name, its dtype and its shape without the batch."""
    config = layer["config"]
    shape = config.get("batch_input_shape", (config.get("batch_shape") or [None])[1:])
    # Its policy is that of the moment, and says nothing of what it takes.
    dtype = config.get("dtype", layer["dtype"])
    return {**layer, "dtype": dtype, "args": {}, "config": {"shape": shape}, "layers": [], "graph": None}


def _children(left: Json, right: Json) -> Iterator[tuple[Json | None, Json | None]]:
    """The layers inside of two layers, by twos; None where the other side has no such layer.

    How a layer is made of others is its version's business: where these are not alike, its configuration speaks.
    """
    ours, theirs = (_kept(layer) for layer in (left, right))
    if left["class"] == "Sequential":
        yield from _by_position(ours, theirs)
    elif _is_container(left) or _same_names(ours, theirs):
        yield from _by_layer_name(ours, theirs)
    elif [_class(layer) for layer in ours] == [_class(layer) for layer in theirs]:
        yield from ((one, _renamed(one, other)) for one, other in zip(ours, theirs, strict=True))


def _same_names(ours: list[Json], theirs: list[Json]) -> bool:
    left, right = ({layer["name"] for layer in side} for side in (ours, theirs))
    return left == right and len(left) == len(ours) == len(theirs)


def _kept(layer: Json) -> list[Json]:
    """The layers inside; a ``Sequential`` has its input among them in some versions."""
    if layer["class"] != "Sequential":
        return list(layer["layers"])
    return [child for child in layer["layers"] if child["class"] != "InputLayer"]


def _is_container(layer: Json) -> bool:
    return layer["class"] in CONTAINERS or layer["graph"] is not None or layer["class"].endswith("Model")


def _by_position(ours: list[Json], theirs: list[Json]) -> Iterator[tuple[Json | None, Json | None]]:
    for index in range(max(len(ours), len(theirs))):
        yield (ours[index] if index < len(ours) else None, theirs[index] if index < len(theirs) else None)


def _by_layer_name(ours: list[Json], theirs: list[Json]) -> Iterator[tuple[Json | None, Json | None]]:
    """Functional and subclassed models hold their layers in an order of the version's own."""
    left, right = ({layer["name"]: layer for layer in side} for side in (ours, theirs))
    if set(left) != set(right):
        yield from _by_position(sorted(ours, key=_name), sorted(theirs, key=_name))
    else:
        yield from ((left[name], right[name]) for name in sorted(left))


def _name(layer: Json) -> str:
    return str(layer["name"])


def _renamed(ours: Json, theirs: Json) -> Json:
    """A part whose name is the version's own, and differs in its number, or is none."""
    same = None in {ours["name"], theirs["name"]} or _numberless(_name(ours)) == _numberless(_name(theirs))
    return {**theirs, "name": ours["name"]} if same else theirs


def _numberless(name: str) -> str:
    return re.sub(r"_\d+$", "", name)


def connections(graph: Json, layers: frozenset[str] = frozenset()) -> Json:
    """Who is called on what, in one form: by name, for each call the tensors it takes.

    Keras 3 writes a conversion of dtypes between two layers as a node of its own, Keras 2 makes it inside of the call:
    what is converted is taken for what it was converted from.

    Args:
        graph: of a portrait, or None.
        layers: names of the model's layers, which are no conversions whatever they are called.
    """
    if graph is None:
        return None
    called = {str(name): [list(_histories(call)) for call in calls or []] for name, calls in graph["nodes"]}
    casts = {name: calls for name, calls in called.items() if _is_cast(name, calls, layers)}
    nodes = sorted(
        [name, [[_uncast(taken, casts) for taken in call] for call in calls]]
        for name, calls in called.items()
        if name not in casts
    )
    ends = {end: [_uncast(taken, casts) for taken in _histories(graph[end])] for end in ("inputs", "outputs")}
    return {"nodes": nodes, **ends}


def _is_cast(name: str, calls: list[list[list[Json]]], layers: frozenset[str]) -> bool:
    return CAST.fullmatch(name) is not None and name not in layers and [len(call) for call in calls] == [1]


def _uncast(taken: list[Json], casts: dict[str, list[list[list[Json]]]]) -> list[Json]:
    return _uncast(casts[taken[0]][0][0], casts) if taken[0] in casts else taken


def _histories(value: Json) -> Iterator[list[Json]]:
    """Every ``[layer, node, tensor]`` anywhere in a call, in the order of its arguments."""
    if isinstance(value, dict):
        if "keras_history" in value:
            yield list(value["keras_history"])
            return
        for item in value.values():
            yield from _histories(item)
    elif isinstance(value, list):
        if _is_history(value):
            yield value[:3]
        for item in value:
            yield from _histories(item) if isinstance(item, (list, dict)) else ()


def _is_history(value: list[Json]) -> bool:
    return len(value) in {3, 4} and isinstance(value[0], str) and all(isinstance(item, int) for item in value[1:3])


def _flat(given: Json, names: frozenset[str]) -> Iterator[Json]:
    """Losses or metrics without the outputs that they are for."""
    if given is None:
        return
    if not isinstance(given, list):
        yield given
        return
    by_output = len(given) == len(("name", "setting")) and isinstance(given[0], str) and given[0] in names
    for item in given[1:] if by_output else given:
        yield from _flat(item, names)


def _layer_names(layer: Json) -> Iterator[str]:
    """Names of outputs: those of layers, or numbered."""
    yield str(layer["name"])
    yield from (f"output_{number}" for number in range(10))
    for child in layer["layers"]:
        yield from _layer_names(child)


def _title(item: Json) -> str:
    """What a loss, a metric, an activation is, by one name for all its forms."""
    if isinstance(item, str):
        return _named(item)
    if not isinstance(item, dict):
        return str(item)
    if "$fn" in item:
        return _named(item["$fn"])
    name = _plain(str(item.get("class", item.get("class_name", ""))))
    held = item.get("args", {}).get("fn") if name in WRAPPERS else None
    return _title(held) if held is not None else _named(_snake(name))


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _order(leaf: tuple[str, Json]) -> tuple[str, str]:
    return leaf[0], json.dumps(leaf[1], sort_keys=True)


def _weights(given: Json) -> Json:
    """Loss weights as numbers; to weigh all alike is to weigh none."""
    numbers = sorted(float(np.float32(number)) for number in _numbers(given))
    return None if all(number == 1.0 for number in numbers) else numbers


def _numbers(value: Json) -> Iterator[float]:
    if isinstance(value, (int, float)):
        yield float(value)
    elif isinstance(value, (list, dict)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _numbers(item)


def _slots(held: Iterable[Json]) -> list[Json]:
    """Variables that belong to weights: counters and rates have other places in every version."""
    kept = [{**variable, "name": "slot"} for variable in held if variable["shape"]]
    return sorted(kept, key=lambda slot: (slot["shape"], slot["sha"]))


def _total(evaluated: Json, arrays: Store) -> Json:
    """The loss alone: the versions add further values, in an order and under names of their own."""
    if "value" not in evaluated:
        return evaluated
    return {"value": {"values": [_uncancelled(value, arrays) for value in evaluated["value"]["values"][:1]]}}


def _uncancelled(loss: Json, arrays: Store) -> Json:
    """A loss whose terms cancel out is nothing but rounding, in every version another."""
    stored = arrays.get(stored_name(loss)) if "sha" in loss else None
    return CANCELLED if stored is not None and np.all(np.abs(stored) < CANCELLED_BELOW) else loss

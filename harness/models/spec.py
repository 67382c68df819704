"""A random model as plain data: the replay key of every trial.

A spec is independent of TensorFlow, of Keras and of Hypothesis; JSON both ways; its id is a short hash of
its canonical JSON.

Values that are not JSON scalars, lists or tables are tagged tables:

- ``{"$": "initializers.HeNormal", "args": {"seed": 3}}`` makes an object of a class; the namespaces are
  those of ``keras`` (``layers``, ``initializers``, ``regularizers``, ``constraints``, ``optimizers``,
  ``optimizers.schedules``, ``losses``, ``metrics``) and ``custom`` for the classes of
  :mod:`harness.subject.custom`;
- ``{"$fn": "custom.double"}`` names a function;
- ``{"$tuple": [2, 2]}`` is a tuple (Keras keeps tuples and lists apart in places);
- ``{"$tensor": [0.5, 2.0]}`` is a tensor of TensorFlow, ``{"$array": ...}`` an array of NumPy;
- ``{"$loop": 1}`` is a Python lambda that takes the second column, of those made in one loop;
- ``{"$default": 0.5}`` is a Python lambda that multiplies by a second argument, with this default;
- ``{"$batch": {"shape": [3], "domain": "real", ...}}`` is data as of an input, for ``adapt``;
- ``{"$ref": "c3"}`` is a tensor of the graph, in the keyword arguments of a call.

References to tensors are strings: ``i0`` is the first input, ``c3`` the (first) output of the fourth call,
``c3.1`` its second output.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, fields
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = Any
"""A JSON value, with the tagged tables described above."""

Kind = Literal["sequential", "functional", "subclassed"]
KINDS: tuple[Kind, ...] = ("sequential", "functional", "subclassed")

Form = Literal["list", "tuple", "dict", "nested"]
"""How several tensors are handed over; a ``list`` of one is the tensor itself. The keys of a ``dict`` are
:data:`KEYS`, which do not sort as the tensors do; ``nested`` is ``(first, {"rest": [...]})``."""
KEYS = ("zeta", "theta", "alpha", "mu")

FORMAT = 1
"""Version of the JSON form; a reader refuses any other."""


class InvalidSpecError(ValueError):
    """The JSON is not a model spec of this format."""


@dataclass(frozen=True)
class Input:
    """One input tensor; ``shape`` is without the batch axis, None where the length varies."""

    name: str
    shape: tuple[int | None, ...]
    dtype: str = "float32"
    domain: str = "real"
    """``real`` (normal), ``unit`` (in [0, 1)), ``index:N`` (integers below N), ``words`` or ``text`` (strings)."""


@dataclass(frozen=True)
class Layer:
    """A layer and its constructor arguments, a nested model (``Model``) or an operation on tensors (``op.Times``)."""

    name: str
    cls: str
    args: dict[str, Json] = field(default_factory=dict)
    trainable: bool = True
    model: Model | None = None
    adapt: Json = None
    """What the layer's ``adapt`` gets before the layer is called."""
    renamed: str = ""
    """The name that it gets once the model has been built."""


@dataclass(frozen=True)
class Call:
    """One application of ``layers[layer]`` to tensors; a layer called twice is a shared layer."""

    layer: int
    inputs: tuple[str, ...]
    kwargs: dict[str, Json] = field(default_factory=dict)


@dataclass(frozen=True)
class Model:
    """A graph of layers, and the way it is written down in Python."""

    kind: Kind
    name: str
    inputs: tuple[Input, ...]
    layers: tuple[Layer, ...]
    calls: tuple[Call, ...]
    outputs: tuple[str, ...]
    config: str = "registered"
    """Subclassed only: ``registered`` or ``unregistered`` (both with ``get_config``), ``none`` (no
    ``get_config``, no constructor arguments), ``arguments`` (no ``get_config``, constructor arguments)."""
    holds: str = "attributes"
    """Subclassed only: sublayers held as ``attributes``, in a ``list``, in a ``dict``, or as attributes beside a
    weight of the model's ``own`` that multiplies its outputs."""
    built: str = "input"
    """``input``: has static input shapes; ``call``: built by its first call; ``never``: saved unbuilt; ``middle``:
    functional only, made of tensors in the middle of a graph, of which Keras makes a graph of its own."""
    trainable: bool = True
    takes: Form = "list"
    returns: Form = "list"


@dataclass(frozen=True)
class Compile:
    """Arguments of ``Model.compile``; ``targets`` says per output which labels the loss takes."""

    optimizer: Json
    loss: Json
    targets: tuple[str, ...]
    """``like`` (floats as the output), ``unit``, ``sign``, ``onehot`` or ``sparse:N`` (class numbers below N)."""
    loss_weights: Json = None
    metrics: Json = None
    weighted_metrics: Json = None
    options: dict[str, Json] = field(default_factory=dict)
    """``run_eagerly``, ``steps_per_execution``, ``jit_compile``, ``auto_scale_loss``, where not default."""


@dataclass(frozen=True)
class ModelSpec:
    """A model, how it is compiled, and what training it has seen when it is saved."""

    model: Model
    compile: Compile | None = None
    steps: int = 0
    """Training steps (``train_on_batch``) before saving."""
    batch: int = 4
    seed: int = 0
    """Seeds the weights, the data and the training."""

    @property
    def kind(self) -> Kind:
        return self.model.kind

    @cached_property
    def id(self) -> str:
        """Short hash of the canonical JSON."""
        return hashlib.sha256(canonical(_essential(self.to_json())).encode()).hexdigest()[:12]

    def to_json(self) -> dict[str, Json]:
        """Plain JSON data; :func:`from_json` is its inverse."""
        return {"format": FORMAT, **_plain(self)}


LATER: tuple[tuple[str, Json], ...] = (("adapt", None), ("renamed", ""), ("takes", "list"), ("returns", "list"))
"""Fields that came later, and what they are for models from before: ids never change."""


def _essential(value: Json) -> Json:
    if isinstance(value, list):
        return [_essential(item) for item in value]
    if not isinstance(value, dict):
        return value
    later = LATER if "cls" in value or "calls" in value else ()
    return {key: _essential(item) for key, item in value.items() if (key, item) not in later}


def canonical(value: Json) -> str:
    """The one text of a JSON value: sorted keys, no white space."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def from_json(data: Json) -> ModelSpec:
    """Read a spec back.

    Raises:
        InvalidSpecError: not a table, another format, or a field missing or unknown.
    """
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        msg = f"not a model spec of format {FORMAT}"
        raise InvalidSpecError(msg)
    found = {key: value for key, value in data.items() if key != "format"}
    try:
        compiled = found.pop("compile")
        return ModelSpec(
            model=_model(found.pop("model")),
            compile=None if compiled is None else Compile(**{**compiled, "targets": tuple(compiled["targets"])}),
            **found,
        )
    except (KeyError, TypeError, AttributeError) as error:
        msg = f"not a model spec: {error}"
        raise InvalidSpecError(msg) from error


def references(value: Json) -> Iterator[str]:
    """Tensors of the graph that keyword arguments refer to."""
    if isinstance(value, list):
        for item in value:
            yield from references(item)
    elif isinstance(value, dict):
        if "$ref" in value:
            yield value["$ref"]
        for item in value.values():
            yield from references(item)


def _model(data: dict[str, Json]) -> Model:
    return Model(
        **{
            **data,
            "inputs": tuple(Input(**{**item, "shape": tuple(item["shape"])}) for item in data["inputs"]),
            "layers": tuple(_layer(item) for item in data["layers"]),
            "calls": tuple(Call(**{**item, "inputs": tuple(item["inputs"])}) for item in data["calls"]),
            "outputs": tuple(data["outputs"]),
        }
    )


def _layer(data: dict[str, Json]) -> Layer:
    nested = data.get("model")
    return Layer(**{**data, "model": None if nested is None else _model(nested)})


def _plain(value: Json) -> Json:
    """Dataclasses become tables and tuples lists, as JSON would have them."""
    if isinstance(value, (str, int, float, type(None))):
        return value
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    # Much faster than dataclasses.asdict, which copies every string.
    return {name: _plain(getattr(value, name)) for name in _names(value.__class__)}


@cache
def _names(cls: Any) -> tuple[str, ...]:
    return tuple(item.name for item in fields(cls))

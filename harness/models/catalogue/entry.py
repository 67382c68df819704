"""What the catalogue knows about a class: its arguments, its shape rule, what it accepts and what it holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Json = Any
Args = Mapping[str, Json]
Shape = tuple[int | None, ...]
Rule = Callable[[Sequence[Shape], Args], tuple[Shape, ...]]
"""Shapes of the inputs (without the batch axis) and the arguments, to the shapes of the outputs."""

SEQUENCE, IMAGE = 2, 3
"""Ranks, without the batch axis."""
WIDEST = 8
"""No layer whose work grows fast on an axis longer than this."""

STRINGS = ("words", "text")
"""Domains of strings: single words, or several with punctuation."""

Masks = Literal["refuses", "passes", "stops"]
"""What becomes of a time-step mask: not to be fed with one; hands it on; uses it up."""


@dataclass(frozen=True)
class Tensor:
    """A tensor of a graph that is being made."""

    ref: str
    shape: Shape
    domain: str = "real"
    """``real``, ``unit`` (in [0, 1]), ``simplex`` (adds up to 1 over the last axis), ``index:N``, ``words``, ``text``."""
    masked: bool = False
    raw: bool = False
    """An input itself: nothing trainable comes before it."""
    dtype: str = "float32"
    sparse: bool = False
    """For a ``Dense`` and nothing else: sparse, or counted in integers."""

    @property
    def takes(self) -> str:
        """What a layer has to take to be applied to it: ``float``, ``index`` or ``string``."""
        return "index" if self.is_index else "string" if self.domain in STRINGS else "float"

    @property
    def is_plain(self) -> bool:
        """Whether it is made of floats, without a mask, and dense."""
        return self.takes == "float" and not self.masked and not self.sparse

    @property
    def is_index(self) -> bool:
        return self.domain.startswith("index:")

    @property
    def classes(self) -> int:
        """Number of different integers in an index tensor."""
        return int(self.domain.partition(":")[2])

    @property
    def size(self) -> int:
        """Number of elements per example; 0 where a length varies."""
        total = 1
        for dim in self.shape:
            total *= dim or 0
        return total


Values = tuple[Json, ...] | Callable[[Sequence[Tensor], Args], tuple[Json, ...]]
"""Values to choose from, simplest first; a function where they depend on the inputs and on earlier arguments."""


@dataclass(frozen=True)
class Param:
    """A constructor argument and the values, other than its default, that are worth trying."""

    name: str
    values: Values = ()
    unless: tuple[str, ...] = ()
    """Arguments that it cannot stand beside."""
    needs: tuple[str, ...] = ()
    """Arguments without which it means nothing."""
    layers: tuple[str, ...] = ()
    """Before any values: an instance of one of these layer classes, with arguments of its own."""
    without: tuple[str, ...] = ()
    """Arguments that such an instance may not have."""
    keras: str = ""
    """Versions (PEP 440) that have the argument."""

    def choices(self, tensors: Sequence[Tensor], args: Args) -> tuple[Json, ...]:
        """The values that fit here; none where the argument does not."""
        return self.values(tensors, args) if callable(self.values) else self.values


def _anything(_: Tensor) -> bool:
    return True


def _same_shape(first: Tensor, other: Tensor) -> bool:
    return first.shape == other.shape


RANGES = {"sigmoid": "unit", "hard_sigmoid": "unit", "softmax": "simplex", "layers.Softmax": "simplex"}
"""What is known of an activation's values."""


def activation_domain(args: Args) -> str:
    """Range of a layer's output, judged by its ``activation``."""
    activation = args.get("activation")
    name = activation.get("$") if isinstance(activation, dict) else activation
    return RANGES.get(str(name), "real")


def computed(args: Args) -> str:
    """The dtype that a layer computes in, by its policy."""
    return policy(args).removeprefix("mixed_")


def policy(args: Args) -> str:
    """The name of a layer's dtype policy; of one that is quantized, of what it is quantized from."""
    value = args.get("dtype", "float32")
    if not isinstance(value, dict):
        return str(value).rpartition("_from_")[2]
    named = value.get("args", {})
    return str(next((named[name] for name in ("name", "source_name", "default_policy") if name in named), "float32"))


def is_quantized(args: Args) -> bool:
    """Whether a layer computes with integers, by its dtype policy."""
    value = args.get("dtype")
    named = value.get("$") if isinstance(value, dict) else value
    return any(part in str(named) for part in ("Quantized", "_from_"))


def same(shapes: Sequence[Shape], _: Args) -> tuple[Shape, ...]:
    """The rule of layers that keep the shape."""
    return (shapes[0],)


@dataclass(frozen=True)
class Entry:
    """A layer class."""

    cls: str
    rule: Rule = same
    ranks: tuple[int, ...] = (1, 2, 3, 4)
    required: tuple[Param, ...] = ()
    optional: tuple[Param, ...] = ()
    takes: Literal["float", "index", "string", "key"] = "float"
    """``key``: class numbers or strings."""
    accepts: Callable[[Tensor], bool] = _anything
    arity: tuple[int, int] = (1, 1)
    """Least and greatest number of input tensors."""
    joins: Callable[[Tensor, Tensor], bool] = _same_shape
    """Whether another tensor may stand beside the first."""
    domain: Callable[[Args], str] = activation_domain
    masks: Masks = "refuses"
    masking: Callable[[Args, bool], bool] | None = None
    """Whether the output carries a mask, given whether the input does; by ``masks`` where not said."""
    varying: bool = False
    """Accepts axes of unknown length."""
    raw: bool = False
    """Only straight after an input: no gradient passes through it."""
    weights: Callable[[Args], bool] | bool = False
    """Whether it has trainable variables."""
    states: bool = False
    """Whether it has variables that are not trained (moving averages and the like)."""
    random: Callable[[Args], bool] | bool = False
    inner: Callable[[Tensor], Tensor] | None = None
    """What a wrapped layer is applied to."""
    standalone: bool = True
    """False for classes that only live inside others (recurrent cells)."""
    operator: bool = False
    """An operation on tensors, not a layer: nothing for a ``Sequential``."""
    adapt: Values = ()
    """What its ``adapt`` may be called on; nothing where it is not to be."""
    sparse: bool = False
    """Takes sparse tensors."""
    counts: bool = False
    """Rows that it makes are of integers, whatever its dtype."""
    keras: str = ""
    tf: str = ""
    """Versions (PEP 440) that have the class."""

    def suits(self, tensor: Tensor) -> bool:
        """Whether the class can be applied to this tensor."""
        return (
            self.standalone
            and len(tensor.shape) in self.ranks
            and (tensor.takes == self.takes or (self.takes == "key" and tensor.takes != "float"))
            and (self.sparse or not tensor.sparse)
            and (tensor.raw or not self.raw)
            and (self.varying or None not in tensor.shape)
            and (not tensor.masked or self.masks != "refuses")
            and self.accepts(tensor)
        )

    def lessons(self, tensors: Sequence[Tensor], args: Args) -> tuple[Json, ...]:
        """What to call ``adapt`` on; nothing where the arguments settle what it would learn."""
        return self.adapt(tensors, args) if callable(self.adapt) else self.adapt

    def marks(self, args: Args, masked: bool) -> bool:
        """Whether the output carries a time-step mask."""
        return self.masking(args, masked) if self.masking else masked and self.masks == "passes"

    def trains(self, args: Args) -> bool:
        """Whether an instance with these arguments has trainable variables."""
        return self.weights(args) if callable(self.weights) else self.weights

    def draws(self, args: Args) -> bool:
        """Whether an instance with these arguments has random state."""
        return self.random(args) if callable(self.random) else self.random


def untag(value: Json) -> Json:
    """A tagged tuple as a tuple; anything else as it is."""
    if isinstance(value, dict) and "$tuple" in value:
        return tuple(untag(item) for item in value["$tuple"])
    return value


def pair(value: Json, count: int) -> tuple[int, ...]:
    """A number or a tuple of ``count`` numbers, as a tuple of ``count``."""
    plain = untag(value)
    return tuple(plain) if isinstance(plain, (list, tuple)) else (plain,) * count


def made(path: str, **args: Json) -> Json:
    """An instance, as a tagged table."""
    return {"$": path, "args": args} if args else {"$": path}


def sample(tensor: Tensor, *, rows: int = 8, seed: int = 5) -> Json:
    """Data like a tensor's, as a tagged table."""
    shape = [dim or rows for dim in tensor.shape]
    dtype = {"index": "int32", "string": "string"}.get(tensor.takes, "float32")
    return {"$batch": {"shape": shape, "domain": tensor.domain, "dtype": dtype, "rows": rows, "seed": seed}}


def function(path: str) -> Json:
    """A function, as a tagged table."""
    return {"$fn": path}


def couple(*items: Json) -> Json:
    """A tuple, as a tagged table."""
    return {"$tuple": list(items)}


def times(size: int | None, factor: int) -> int | None:
    """A length multiplied; unknown stays unknown."""
    return None if size is None else size * factor


def plus(size: int | None, term: int) -> int | None:
    """A length changed by a number of steps; unknown stays unknown."""
    return None if size is None else size + term


def smallest(shape: Shape) -> int:
    """The least known length; 1 where none is known."""
    return min((dim for dim in shape if dim is not None), default=1)

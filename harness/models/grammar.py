"""How random models grow: chains, graphs with branches and merges, models inside models."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from harness.models.arguments import layer_arguments, path_of
from harness.models.catalogue import BY_CLASS, ENTRIES
from harness.models.catalogue.entry import SEQUENCE, STRINGS, Tensor
from harness.models.catalogue.operators import MASK
from harness.models.choice import rarely
from harness.models.sketch import SEVERAL, Sketch, outputs, returned
from harness.models.spec import KINDS, Input, Model

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness.models.catalogue.entry import Entry, Json
    from harness.models.choice import Source
    from harness.models.spec import Form, Kind

INPUTS: tuple[tuple[tuple[int | None, ...], str], ...] = (
    ((2,), "real"),
    ((1,), "real"),
    ((5,), "unit"),
    ((4, 3), "real"),
    ((6, 2), "real"),
    ((None, 3), "real"),
    ((4, 4, 2), "real"),
    ((5, 6, 1), "unit"),
    ((4,), "index:5"),
    ((6,), "index:3"),
    ((None,), "index:4"),
    ((3, 4), "real"),
    *(((3, 4, 3, 2), "real"),) * 2,
    *(((8, 8, 3), "unit"),) * 4,
    ((12,), "real"),
    ((8, 2), "real"),
    ((1,), "index:6"),
    ((3,), "index:7"),
    ((1,), "words"),
    ((3,), "words"),
    ((1,), "text"),
    ((), "text"),
)
"""What many classes are for, and nothing else, comes more often."""
CONFIGS = ("registered", "unregistered", "none", "arguments")
HOLDS = ("attributes", "list", "dict", "own", "nested")
FORMS: tuple[Form, ...] = ("list", "list", "list", "list", "dict", "tuple", "nested")
ACTIONS = ("layer",) * 8 + ("merge",) * 4 + ("share", "residual", "loop", "resume", "mask", "switch")
SINGLE = tuple(entry for entry in ENTRIES if entry.arity[0] == 1)
WEIGHTED = tuple(entry for entry in SINGLE if entry.weights)
JOINING = tuple(entry for entry in ENTRIES if entry.arity[0] > 1)
PLAIN = BY_CLASS["Dense"]
WEIGHING = tuple(BY_CLASS[cls] for cls in ("Dense", "Conv1D", "Conv2D"))
NESTS = (10, 6)
"""In how many steps a model is put inside, on top and inside of others: what is rare for one is rarer for three."""
BLOCKS = (15, 4)
"""One step in so many is a block of layers: of a model, and of a model inside one."""
PLAIN_ODDS = 15
"""The plainest layer takes the fewest choices, so that shrinking ends there."""
LONGEST = 7
DEEPEST = 3
TALLEST = 11
"""Layers of one class that a tower has: enough for names whose order as text is not that of their numbers."""
DEFERRED = ("Normalization",)
"""Classes that keep tensors of a graph that is thrown away, in subclassed models (Keras 3.15)."""
CYCLIC = ("Equalization",)
"""Classes whose symbolic output is their input, with which a ``Sequential`` cannot be built by a call (Keras 3.15)."""
LOOKUPS = ("StringLookup", "IntegerLookup", "TextVectorization", "Hashing", "HashedCrossing", "CategoryEncoding")
ADAPTIVE = tuple(f"Adaptive{how}Pooling{rank}D" for how in ("Average", "Max") for rank in (1, 2, 3))
TRACED = (*DEFERRED, *LOOKUPS, *ADAPTIVE, "Discretization", "flash_attention", "stateful")
"""What cannot be built by a symbolic call of a subclassed model (Keras 3.15)."""
BUILT: dict[Kind, tuple[str, ...]] = {
    "sequential": ("input", "input", "input", "call", "call", "never"),
    "functional": ("input", "input", "input", "input", "input", "middle"),
    "subclassed": ("input", "call", "input", "call", "never"),
}
"""How models of a kind may be built; what comes more often is there more often."""
OUTPUTS = (1, 1, 1, 2, 2, 3)
"""How many outputs a graph may have."""


@dataclass(frozen=True)
class Grown:
    """A model, with the shapes of what it returns."""

    model: Model
    outputs: tuple[Tensor, ...]


def grow(source: Source, kind: Kind) -> Grown:
    """A model of this kind."""
    count = 1 if kind == "sequential" else source.one_of((1, 1, 1, 2, 2, 3))
    inputs = tuple(_input(source, place) for place in range(count))
    built = BUILT[kind]
    most = 1 if kind == "sequential" else source.one_of(OUTPUTS)
    if any(item.dtype == "string" for item in inputs):
        # Only what is declared to be a string is one for a Sequential, and what is called on one for others.
        built = ("input",) if kind != "subclassed" else ("call", "never")
    how = source.one_of([each for each in built if source.admits("built", each)])
    banned = (TRACED if how == "input" else DEFERRED) if kind == "subclassed" else ()
    if (kind, how) == ("sequential", "call"):
        banned = CYCLIC
    frame = _Frame(kind, f"{kind}_model", inputs, how, most, banned=banned, forms=kind != "sequential")
    return _grow(source, frame)


def _input(source: Source, place: int) -> Input:
    shape, domain = source.one_of(INPUTS)
    return Input(f"input_{place}", shape, _dtype(domain), domain)


def _dtype(domain: str) -> str:
    return "int32" if domain.startswith("index") else "string" if domain in STRINGS else "float32"


@dataclass(frozen=True)
class _Frame:
    """What is settled about a model before its layers are."""

    kind: Kind
    name: str
    inputs: tuple[Input, ...]
    built: str
    most: int
    """Greatest number of outputs."""
    depth: int = 0
    banned: tuple[str, ...] = ()
    """Classes and arguments that may not be used."""
    forms: bool = False
    """Whether its tensors may be handed over in other forms than a list."""
    dtypes: tuple[str, ...] = ()
    """Of what it is given: a subclassed model takes it as it is, any other has it in single precision."""


def _grow(source: Source, frame: _Frame) -> Grown:
    depth = frame.depth
    dtypes = frame.dtypes or ("float32",) * len(frame.inputs)
    tensors = [
        Tensor(f"i{place}", item.shape, item.domain, raw=depth == 0, dtype=dtype)
        for place, (item, dtype) in enumerate(zip(frame.inputs, dtypes, strict=True))
    ]
    sketch = Sketch(source, tensors, frame.banned, chained=frame.kind == "sequential")
    results = _chain(sketch, depth) if frame.kind == "sequential" else _web(sketch, frame)
    subclassed = frame.kind == "subclassed"
    takes, returns = (
        (_form(source, frame, "takes", frame.inputs), _form(source, frame, "returns", results))
        if frame.forms
        else ("list", "list")
    )
    if frame.kind == "functional" and rarely(source, 5):
        sketch.rename()
    model = Model(
        kind=frame.kind,
        name=frame.name,
        inputs=frame.inputs,
        layers=tuple(sketch.layers),
        calls=tuple(sketch.calls),
        outputs=tuple(tensor.ref for tensor in results),
        config=source.one_of(CONFIGS) if subclassed else "registered",
        holds=source.one_of(HOLDS) if subclassed else "attributes",
        built=frame.built,
        trainable=not rarely(source, 6 if depth else 40),
        takes=takes,
        returns=returns,
    )
    return Grown(model, returned(model.holds, results))


def _form(source: Source, frame: _Frame, way: str, tensors: Sequence[object]) -> Form:
    """In which form several tensors are handed over."""
    form = source.one_of([form for form in FORMS if source.admits("form", [frame.kind, way, form])])
    return "list" if form == "nested" and len(tensors) == 1 else form


def _more(source: Source, count: int, depth: int) -> bool:
    return count < (LONGEST if depth == 0 else 3) and source.below(6) > 0


def _chain(sketch: Sketch, depth: int) -> list[Tensor]:
    tensor = sketch.seen[0]
    count = 0
    if depth == 0 and rarely(sketch.source, 20):
        tensor = _tower(sketch, tensor)
    while count == 0 or _more(sketch.source, count, depth):
        nests = depth < DEEPEST and _passes(tensor) and rarely(sketch.source, NESTS[depth > 0])
        tensor = _nested(sketch, [tensor], depth)[0] if nests else _link(sketch, tensor, depth)
        count += 1
    tensor = _float(sketch, tensor)
    return [_head(sketch, tensor) if rarely(sketch.source, 4) else tensor]


def _link(sketch: Sketch, tensor: Tensor, depth: int) -> Tensor:
    """The next layer of a chain, or the next few."""
    return _block(sketch, tensor) if rarely(sketch.source, BLOCKS[depth > 0]) else _layer(sketch, tensor, single=True)


def _block(sketch: Sketch, tensor: Tensor) -> Tensor:
    """What networks are made of: a layer with weights, normalised, and mostly activated."""
    fitting = [entry for entry in WEIGHING if entry.suits(tensor)]
    if not fitting or tensor.sparse or tensor.masked:
        return _layer(sketch, tensor, single=True)
    source = sketch.source
    for entry in (source.one_of(fitting), BY_CLASS["BatchNormalization"]):
        if entry.suits(tensor):
            tensor = sketch.apply(entry, layer_arguments(source, entry, [tensor], sketch.banned), [tensor])[0]
    return tensor if rarely(source, 3) else sketch.apply(BY_CLASS["ReLU"], {}, [tensor])[0]


def _do_block(sketch: Sketch, tensor: Tensor, _: int) -> None:
    _block(sketch, tensor)


def _tower(sketch: Sketch, tensor: Tensor) -> Tensor:
    """Many small layers of one class, one on another."""
    tensor = _float(sketch, tensor)
    if not PLAIN.suits(tensor):
        return tensor
    for _ in range(TALLEST):
        tensor = sketch.apply(PLAIN, {"units": 1 + sketch.source.below(2)}, [tensor])[0]
    return tensor


def _web(sketch: Sketch, frame: _Frame) -> list[Tensor]:
    source = sketch.source
    count = 0
    if frame.depth == 0 and rarely(source, 20):
        _tower(sketch, sketch.seen[0])
    while count == 0 or _more(source, count, frame.depth):
        tensor = _recent(source, sketch)
        STEPS[_action(source, frame.depth)](sketch, tensor, frame.depth)
        count += 1
    results = _gathered(sketch, frame.most)
    return results[::-1] if rarely(source, 3) else results


def _action(source: Source, depth: int) -> str:
    if rarely(source, NESTS[depth > 0]):
        return "nest"
    return "block" if rarely(source, BLOCKS[depth > 0]) else source.one_of(ACTIONS)


def _recent(source: Source, sketch: Sketch) -> Tensor:
    """Mostly the tensor made last, or one that nothing uses yet."""
    return source.one_of([*sketch.open[::-1], *sketch.open[::-1], *sketch.seen[::-1][:4]])


def _pick(sketch: Sketch, tensor: Tensor) -> Entry:
    weighted = sketch.source.below(3) == 0
    kind = replace(tensor, ref="")
    fitting = _had(sketch, _fitting(kind, sketch.banned, weighted, sketch.chained)) if weighted else ()
    return sketch.source.rare(fitting or _had(sketch, _fitting(kind, sketch.banned, False, sketch.chained)), _covered)


def _had(sketch: Sketch, entries: Sequence[Entry]) -> Sequence[Entry]:
    """Those of the classes that the versions have which the model is for; all of them if there is none."""
    return [entry for entry in entries if sketch.source.admits("layer", {"$": path_of(entry)})] or entries


def _covered(entry: Entry) -> str:
    """The name by which a class is counted as covered."""
    return entry.cls if entry.operator else entry.cls.rpartition(".")[2]


@lru_cache(maxsize=4096)
def _fitting(tensor: Tensor, banned: tuple[str, ...], weighted: bool, chained: bool) -> tuple[Entry, ...]:
    pool = WEIGHTED if weighted else SINGLE
    return tuple(
        entry for entry in pool if entry.cls not in banned and not (entry.operator and chained) and entry.suits(tensor)
    )


@lru_cache(maxsize=4096)
def _joining(tensor: Tensor, banned: tuple[str, ...], chained: bool) -> tuple[Entry, ...]:
    return tuple(
        entry
        for entry in JOINING
        if entry.cls not in banned and not (entry.operator and chained) and entry.suits(tensor)
    )


def _layer(sketch: Sketch, tensor: Tensor, *, single: bool = False) -> Tensor:
    if tensor.sparse:
        return _float(sketch, tensor)
    if PLAIN.suits(tensor) and sketch.source.below(PLAIN_ODDS) == 0:
        return sketch.apply(PLAIN, {"units": 1}, [tensor])[0]
    entry = _pick(sketch, tensor)
    args = layer_arguments(sketch.source, entry, [tensor], sketch.banned)
    if single and len(outputs(entry, args, [tensor])) > 1:
        args = {name: value for name, value in args.items() if name not in SEVERAL}
    return sketch.apply(entry, args, [tensor])[0]


def _do_layer(sketch: Sketch, tensor: Tensor, _: int) -> None:
    _layer(sketch, tensor)


def _do_merge(sketch: Sketch, tensor: Tensor, _: int) -> None:
    found = [
        (entry, others)
        for entry in _had(sketch, _joining(replace(tensor, ref=""), sketch.banned, sketch.chained))
        if (others := _partners(sketch, entry, tensor))
    ]
    if not found:
        _layer(sketch, tensor)
        return
    entry, others = sketch.source.rare(found, lambda item: _covered(item[0]))
    least, most = entry.arity
    tensors = [tensor, *(sketch.source.one_of(others) for _ in range(least - 1))]
    if most > least and rarely(sketch.source, 3):
        tensors.append(sketch.source.one_of(others))
    sketch.apply(entry, layer_arguments(sketch.source, entry, tensors), tensors)


def _partners(sketch: Sketch, entry: Entry, tensor: Tensor) -> list[Tensor]:
    itself = "Attention" in entry.cls
    return [
        other
        for other in sketch.seen[::-1]
        if (itself or other.ref != tensor.ref) and entry.joins(tensor, other) and entry.suits(other)
    ]


def _do_share(sketch: Sketch, tensor: Tensor, _: int) -> None:
    found = sketch.again(tensor)
    if found:
        layer, results = sketch.source.one_of(found)
        sketch.call(layer, [tensor], results)
    else:
        _layer(sketch, tensor)


def _do_residual(sketch: Sketch, tensor: Tensor, _: int) -> None:
    """Around a layer that keeps the shape; a mask or an unknown length does not get through every one."""
    if not tensor.is_plain or None in tensor.shape:
        _layer(sketch, tensor)
        return
    around = sketch.apply(BY_CLASS["Dense"], {"units": tensor.shape[-1], "activation": "relu"}, [tensor])[0]
    sketch.apply(BY_CLASS[sketch.source.one_of(("Add", "Average", "Concatenate"))], {}, [tensor, around])


def _do_nest(sketch: Sketch, tensor: Tensor, depth: int) -> None:
    if depth >= DEEPEST or not _passes(tensor):
        _layer(sketch, tensor)
        return
    others = [item for item in sketch.open if item.ref != tensor.ref and _passes(item)]
    tensors = [tensor, others[-1]] if others and rarely(sketch.source, 3) else [tensor]
    _nested(sketch, tensors, depth, sketch.source.one_of((1, 1, 2)))


def _passes(tensor: Tensor) -> bool:
    """Whether it can go into a nested model."""
    return tensor.is_plain or tensor.is_index


def _do_loop(sketch: Sketch, tensor: Tensor, _: int) -> None:
    """Lambdas made in one loop, each for a column."""
    if not tensor.is_plain or (tensor.shape[-1] or 0) < SEQUENCE or None in tensor.shape:
        _layer(sketch, tensor)
        return
    lambdas = BY_CLASS["Lambda"]
    columns = [sketch.apply(lambdas, {"function": {"$loop": place}}, [tensor])[0] for place in range(SEQUENCE)]
    sketch.apply(BY_CLASS["Concatenate"], {}, columns)


def _do_resume(sketch: Sketch, tensor: Tensor, _: int) -> None:
    """A recurrent layer that starts from the states of another."""
    entry = BY_CLASS[sketch.source.one_of(("LSTM", "GRU", "SimpleRNN"))]
    if not entry.suits(tensor) or not tensor.is_plain or None in tensor.shape:
        _layer(sketch, tensor)
        return
    units = sketch.source.one_of((2, 3))
    states = sketch.apply(entry, {"units": units, "return_state": True}, [tensor])[1:]
    start = {"initial_state": [{"$ref": state.ref} for state in states]}
    sketch.apply(entry, {"units": units, "return_sequences": True}, [tensor], start)


def _do_mask(sketch: Sketch, tensor: Tensor, _: int) -> None:
    """A layer that is told which time steps count."""
    entry = BY_CLASS[sketch.source.one_of(("LSTM", "GRU", "GlobalAveragePooling1D"))]
    if not entry.suits(tensor) or not tensor.is_plain or None in tensor.shape:
        _layer(sketch, tensor)
        return
    pools = entry.cls.startswith("Global")
    # Where rectified steps are hidden that may be all of them, of which there is no mean.
    mask = sketch.apply(MASK, {"value": sketch.source.one_of((0.5,) if pools else (0.5, 0.0))}, [tensor])[0]
    args = {} if pools else {"units": sketch.source.one_of((2, 3))}
    sketch.apply(entry, args, [tensor], {"mask": {"$ref": mask.ref}})
    sketch.seen.remove(mask)


def _do_switch(sketch: Sketch, tensor: Tensor, _: int) -> None:
    """A layer that is told whether it is training."""
    entry = BY_CLASS[sketch.source.one_of(("Dropout", "BatchNormalization", "GaussianNoise"))]
    if not entry.suits(tensor):
        _layer(sketch, tensor)
        return
    args = layer_arguments(sketch.source, entry, [tensor], sketch.banned)
    sketch.apply(entry, args, [tensor], {"training": sketch.source.one_of((False, True))})


STEPS: dict[str, Callable[[Sketch, Tensor, int], None]] = {
    "layer": _do_layer,
    "merge": _do_merge,
    "share": _do_share,
    "residual": _do_residual,
    "nest": _do_nest,
    "block": _do_block,
    "loop": _do_loop,
    "resume": _do_resume,
    "mask": _do_mask,
    "switch": _do_switch,
}


def _nested(sketch: Sketch, tensors: Sequence[Tensor], depth: int, most: int = 1) -> list[Tensor]:
    source = sketch.source
    kind: Kind = source.one_of(KINDS) if len(tensors) == 1 else source.one_of(KINDS[1:])
    inputs = tuple(_inner_input(place, tensor) for place, tensor in enumerate(tensors))
    built = source.one_of(("input", "call")) if kind == "sequential" else "call" if kind == "subclassed" else "input"
    forms = kind != "sequential" and not sketch.chained
    banned = TRACED if kind == "subclassed" or (built == "call" and sketch.banned not in ((), CYCLIC)) else ()
    dtypes = tuple(tensor.dtype for tensor in tensors) if kind == "subclassed" else ()
    name = sketch.namer.name(f"inner.{kind.title()}")
    frame = _Frame(kind, name, inputs, built, most, depth + 1, banned, forms, dtypes)
    grown = _grow(source, frame)
    return sketch.nest(grown.model, tensors, grown.outputs)


def _inner_input(place: int, tensor: Tensor) -> Input:
    dtype = _dtype(tensor.domain)
    return Input(f"inner_{place}", tensor.shape, dtype, tensor.domain if tensor.is_index else "real")


def _float(sketch: Sketch, tensor: Tensor) -> Tensor:
    """A dense tensor of floats: words are looked up, numbers of classes are embedded."""
    if tensor.sparse:
        return sketch.apply(PLAIN, {"units": 2}, [tensor])[0]
    if tensor.takes == "string":
        tensor = _looked_up(sketch, tensor)
    if not tensor.is_index:
        return tensor
    return sketch.apply(BY_CLASS["Embedding"], {"input_dim": tensor.classes, "output_dim": 2}, [tensor])[0]


def _looked_up(sketch: Sketch, tensor: Tensor) -> Tensor:
    args: dict[str, Json] = {"vocabulary": ["oak", "elm"], "output_mode": "int"}
    if not tensor.shape:
        rows = sketch.apply(BY_CLASS["TextVectorization"], {**args, "output_mode": "count"}, [tensor])[0]
        return _float(sketch, rows)
    if tensor.domain == "words":
        return sketch.apply(BY_CLASS["StringLookup"], args, [tensor])[0]
    return sketch.apply(BY_CLASS["TextVectorization"], {**args, "output_sequence_length": 2}, [tensor])[0]


def _head(sketch: Sketch, tensor: Tensor) -> Tensor:
    """Probabilities."""
    args: dict[str, Json] = {"units": sketch.source.one_of((2, 3)), "activation": "softmax"}
    if rarely(sketch.source, 2):
        args = {"units": sketch.source.one_of((1, 2, 4)), "activation": "sigmoid"}
    return sketch.apply(BY_CLASS["Dense"], args, [tensor])[0]


def _gathered(sketch: Sketch, most: int) -> list[Tensor]:
    """Outputs that everything leads to: what is too much is flattened and joined."""
    leaves = [_finished(sketch, leaf) for leaf in list(sketch.open)]
    if len(leaves) > most:
        flat = [_flat(sketch, _float(sketch, leaf)) for leaf in leaves[most - 1 :]]
        joined = sketch.apply(BY_CLASS["Concatenate"], {}, flat)[0]
        leaves = [*leaves[: most - 1], joined]
        return [*leaves[:-1], _head(sketch, joined)]
    return [_head(sketch, leaf) if not leaf.sparse and rarely(sketch.source, 5) else leaf for leaf in leaves]


def _finished(sketch: Sketch, leaf: Tensor) -> Tensor:
    """A leaf that is no longer an input, nor made of numbers of classes."""
    if leaf.sparse and rarely(sketch.source, 3):
        return leaf
    tensor = _float(sketch, leaf)
    if not tensor.ref.startswith("i"):
        return tensor
    return sketch.apply(BY_CLASS["Dense"], {"units": sketch.source.one_of((1, 2, 3))}, [tensor])[0]


def _flat(sketch: Sketch, tensor: Tensor) -> Tensor:
    if len(tensor.shape) == 1:
        return tensor
    if len(tensor.shape) == SEQUENCE and (tensor.masked or tensor.size == 0):
        return sketch.apply(BY_CLASS["GlobalAveragePooling1D"], {}, [tensor])[0]
    return sketch.apply(BY_CLASS["Flatten"], {}, [tensor])[0]

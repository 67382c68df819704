"""Canonical, TensorFlow-free portraits of Keras objects: what a user would see of them, as JSON.

A portrait holds every constructor argument as the live object has it, beside what ``get_config`` would
write: a ``get_config`` that forgets an argument shows no difference in itself, before and after.
"""

from __future__ import annotations

import base64
import inspect
import marshal
import math
import weakref
from functools import lru_cache
from typing import Any, Dict, Iterable, List, Tuple

from . import env

MAX_DEPTH = 12

GRAPHS = frozenset(("self", "args", "kwargs", "layers", "layer", "inputs", "outputs", "weights"))
"""Constructor arguments that are no options."""

ELSEWHERE = frozenset(("name", "trainable", "dtype"))
"""Constructor arguments of a layer that its portrait has elsewhere."""

INFERRED = ("input_shape", "output_shape", "fused")
"""Attributes of layers of Keras 2 that are settled when they are built."""

INPUT_FLAGS = ("sparse", "ragged")
"""Of inputs: None and False mean the same, and the configuration has them."""

FIRST_CALL = ("batch_size",)
"""Of inputs of Keras 2: noted at the first call, and forgotten at the next."""

NO_OPTIONS = (
    "shared_object_id",
    "build_config",
    "vocabulary_size",
    # Of attention in Keras 2: what it was built with, the size of the batch included.
    "query_shape",
    "key_shape",
    "value_shape",
)
"""Keys of a configuration that say nothing of its object, or what it has learned: predictions tell."""

DIALECT = ("module", "registered_name")
"""Keys of one of the two ways in which Keras 2.13 and later write the same object, by the format they were read from."""

CODE = ("function", "mask", "output_shape")
"""Functions of a ``Lambda``, in its configuration."""

SCALARS = (bool, int, str, type(None))

_GIVEN = weakref.WeakKeyDictionary()  # type: Any
"""Arguments that objects were made with, for those that this process has made itself."""


def made(cls: Any, args: Dict[str, Any]) -> Any:
    """An instance, of which is remembered what it was given: it may keep some of that nowhere."""
    instance = cls(**args)
    if hasattr(instance, "get_config") and type(instance).__hash__ is not None:
        _GIVEN[instance] = args
    return instance


def of_value(value: Any, arrays: Any, depth: int = 0) -> Any:
    """Portrait of any value: scalars as they are, arrays by digest, Keras objects by class and arguments."""
    if isinstance(value, SCALARS):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if depth > MAX_DEPTH:
        return "<%s>" % type(value).__name__
    return _of_container(value, arrays, depth)


def _of_container(value: Any, arrays: Any, depth: int) -> Any:
    if isinstance(value, dict):
        return {str(key): of_value(item, arrays, depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple)) or _is_tracked_sequence(value):
        return [of_value(item, arrays, depth + 1) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted(str(item) for item in value)
    return _of_object(value, arrays, depth)


def _of_object(value: Any, arrays: Any, depth: int) -> Any:
    if inspect.isclass(value) or inspect.isfunction(value) or inspect.isbuiltin(value):
        return {"$fn": getattr(value, "__name__", repr(value))}
    if _is_dtype(value):
        return str(getattr(value, "name", value))
    if _is_number(value):
        return of_value(value.item(), arrays, depth)
    if hasattr(value, "dtype") and hasattr(value, "shape"):
        return _of_array(value, arrays)
    if hasattr(value, "get_config"):
        return of_object(value, arrays, depth + 1)
    return "<%s>" % type(value).__name__


def of_object(value: Any, arrays: Any, depth: int = 0) -> Dict[str, Any]:
    """Portrait of a Keras object: its class, its arguments as it has them, and what it would write."""
    return {
        "class": type(value).__name__,
        "args": arguments(value, arrays, depth),
        "config": config(value, arrays, depth),
    }


def arguments(value: Any, arrays: Any, depth: int = 0) -> Dict[str, Any]:
    """Every constructor argument that the object keeps under its own name, with or without underscore."""
    found = {}
    for name in argument_names(value.__class__):
        if _is_of_every_layer(value, name):
            continue
        held = _attribute(value, name)
        if held is not _MISSING:
            found[name] = of_value(held, arrays, depth + 1)
    for name in ("fn_kwargs", "_fn_kwargs"):
        for key, item in (getattr(value, name, None) or {}).items():
            found.setdefault(str(key), of_value(item, arrays, depth + 1))
    found.update({name: of_value(item, arrays, depth + 1) for name, item in _kept_nowhere(value, found)})
    return found


def _kept_nowhere(value: Any, found: Dict[str, Any]) -> List[Tuple[str, Any]]:
    """Arguments that an object was given, and neither has nor would write: whatever reads it back cannot have them."""
    given = (_GIVEN.get(value) if type(value).__hash__ is not None else None) or {}
    missing = sorted(set(given) - set(found) - GRAPHS - set(ELSEWHERE))
    scalars = [(name, given[name]) for name in missing if isinstance(given[name], SCALARS + (float,))]
    written = config(value, None) if scalars else {}
    return [(name, item) for name, item in scalars if name not in written]


def _is_of_every_layer(value: Any, name: str) -> bool:
    """Whether a name stands for what Keras 2 has inferred of a layer, not for the argument of that name."""
    if env.is_keras_3():
        return False
    return name in INFERRED or (type(value).__name__ == "InputLayer" and name in INPUT_FLAGS + FIRST_CALL)


@lru_cache(maxsize=None)
def argument_names(cls: Any) -> List[str]:
    """Names of all constructor arguments of a class and its bases."""
    names = []  # type: List[str]
    for base in cls.__mro__:
        init = base.__dict__.get("__init__")
        if init is not None:
            names.extend(_parameters(init))
    return sorted(set(names) - GRAPHS)


def config(value: Any, arrays: Any, depth: int = 0) -> Any:
    """What ``get_config`` returns, in canonical form; or that it raises, and what."""
    try:
        written = value.get_config()
    except Exception as error:  # noqa: BLE001 - that it raises is a fact about the object
        return {"$raises": type(error).__name__}
    if type(value).__name__ == "Lambda":
        written = _with_code(written)
    return of_config(written, arrays, depth + 1)


def _with_code(written: Any) -> Any:
    """The configuration of a ``Lambda``, with what its code says: the bytes of it vary with who else refers to it."""
    return dict(written, **{key: _decoded(written[key]) for key in CODE if key in written})


def _decoded(function: Any) -> Any:
    settings = function.get("config") if isinstance(function, dict) else None
    if isinstance(settings, dict) and "code" in settings:
        return dict(function, config=dict(settings, code=_instructions(settings["code"])))
    if isinstance(function, (list, tuple)) and isinstance(function[0], str):
        return [_instructions(function[0]), *function[1:]]
    return function


def _instructions(text: str) -> Any:
    try:
        return _of_code(marshal.loads(base64.b64decode(text)))
    except (ValueError, EOFError, TypeError):
        # Another version of Python has written it, in a bytecode of its own.
        return "<code>"


def _of_code(code: Any) -> Any:
    """A code object as data; nested functions are constants of it."""
    constants = [_of_code(item) if hasattr(item, "co_code") else repr(item) for item in code.co_consts]
    return [code.co_name, code.co_code.hex(), list(code.co_names), list(code.co_varnames), constants]


def of_config(written: Any, arrays: Any, depth: int = 0) -> Any:
    """A configuration as data, without what is no option: ids of shared objects, and shapes that a layer was built for."""
    portrait = of_value(written, arrays, depth)
    return _without(portrait, NO_OPTIONS if env.is_keras_3() else NO_OPTIONS + DIALECT)


def _without(value: Any, names: Iterable[str]) -> Any:
    if isinstance(value, dict):
        return {key: _without(item, names) for key, item in value.items() if key not in names}
    if isinstance(value, list):
        return [_without(item, names) for item in value]
    return value


_MISSING = object()


def _attribute(value: Any, name: str) -> Any:
    # An initializer without a seed draws one, and a Normalization learns: that the user gave none is kept under another
    # name.
    if any(vars(value).get(prefix + name, _MISSING) is None for prefix in ("_init_", "input_")):
        return None
    for candidate in (name, "_" + name):
        try:
            return getattr(value, candidate)
        except AttributeError:
            continue
        except Exception as error:  # noqa: BLE001 - a property that raises is part of the portrait
            return "<raises %s>" % type(error).__name__
    return _MISSING


def _parameters(init: Any) -> List[str]:
    try:
        signature = inspect.signature(inspect.unwrap(init))
    except (TypeError, ValueError):
        return []
    return list(signature.parameters)


def _is_tracked_sequence(value: Any) -> bool:
    return type(value).__name__ in ("ListWrapper", "_TupleWrapper", "TrackedList", "TensorShape")


def _is_number(value: Any) -> bool:
    """Whether it is a single number of NumPy's: some layers of TF 2.2 write their numbers so."""
    import numpy as np

    return isinstance(value, (np.ndarray, np.generic)) and value.ndim == 0 and value.dtype.kind in "biuf"


def _is_dtype(value: Any) -> bool:
    return type(value).__name__ in ("DType", "dtype", "Policy", "DTypePolicy", "FloatDTypePolicy", "PolicyV1")


def _of_array(value: Any, arrays: Any) -> Any:
    if hasattr(type(value), "value_type"):
        # A ``TypeSpec`` says what tensors are like, and has a shape and a dtype without being one.
        return {"$spec": repr(value)}
    if hasattr(value, "row_splits"):
        # As an array it would be filled up with zeros, and could not be told from one that was.
        return "ragged %s %r" % (value.dtype.name, value.to_list())
    try:
        portrait = arrays.add(value)
    except Exception as error:  # noqa: BLE001 - a symbolic tensor has no value
        return {"$tensor": str(getattr(value, "dtype", "")), "$raises": type(error).__name__}
    return {"$array": portrait}

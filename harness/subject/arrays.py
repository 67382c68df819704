"""Arrays leave the subject beside the JSON: a digest in the message, the bytes in an ``npz``."""

from __future__ import annotations

import hashlib
from typing import Any, Dict


class Arrays:
    """Collects the arrays of one snapshot; equal arrays are stored once."""

    def __init__(self) -> None:
        self.stored: Dict[str, Any] = {}

    def add(self, value: Any) -> Dict[str, Any]:
        """Portrait of an array: its shape, dtype and digest, under which the ``npz`` holds its bytes."""
        array = as_numpy(value)
        digest = hashlib.sha256(array.tobytes()).hexdigest()[:16]
        portrait = {"shape": list(array.shape), "dtype": str(array.dtype), "sha": digest}
        self.stored["%s-%s-%s" % (array.dtype, "x".join(map(str, array.shape)), digest)] = _storable(array)
        return portrait

    def write(self, path: str) -> None:
        """Write all arrays to ``path``, an uncompressed ``npz``."""
        import numpy as np

        np.savez(path, **self.stored)


def key(portrait: Dict[str, Any]) -> str:
    """The name under which the array of a portrait is stored."""
    return "%s-%s-%s" % (portrait["dtype"], "x".join(map(str, portrait["shape"])), portrait["sha"])


def as_numpy(value: Any) -> Any:
    """A tensor, variable, ragged or sparse tensor, or array as a C-contiguous NumPy array."""
    import numpy as np

    if hasattr(value, "to_tensor"):
        value = value.to_tensor()
    elif hasattr(value, "dense_shape"):
        import tensorflow as tf

        value = tf.sparse.to_dense(value)
    if hasattr(value, "numpy"):
        value = value.numpy()
    array = np.asarray(value)
    if array.dtype.kind in "OU":
        array = np.asarray(array, dtype="S")
    return np.array(array, order="C", copy=True).reshape(array.shape)


def _storable(array: Any) -> Any:
    """NumPy cannot store extension types (bfloat16, float8) without their package: widen them, the digest stays."""
    return array.astype("float32") if array.dtype.kind == "V" and array.dtype.names is None else array

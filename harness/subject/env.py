"""The environment under test: which TensorFlow, which Keras, and how they are set up for trials."""

from __future__ import annotations

import importlib.util
import os
import platform
import random
import sys
from collections import defaultdict
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Dict, Iterator

OPTIONAL_MODULES = ("orbax.checkpoint", "yaml", "pandas")
"""Modules outside TensorFlow whose presence decides whether a route exists."""


def prepare() -> None:
    """Quiet, CPU only, one thread: must run before TensorFlow is imported."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
    _as_version_2()
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    if hasattr(tf.keras.Model, "train_step"):
        # Training is compared, not timed; tracing a graph per model would be most of a campaign's time.
        # Before TF 2.2 this would change what is tested: there, loading an optimizer builds a training function.
        eagerly = getattr(tf.config, "run_functions_eagerly", None) or tf.config.experimental_run_functions_eagerly
        eagerly(True)
    tf.get_logger().setLevel("ERROR")


def _as_version_2() -> None:
    """Let TensorFlow 1.15 behave as 2.0 does, and stand for it under its name: the interface that the harness uses."""
    import tensorflow as tf

    if tf.__version__.startswith("1."):
        tf.compat.v1.enable_v2_behavior()
        sys.modules["tensorflow"] = tf.compat.v2


def keras() -> Any:
    """The ``keras`` namespace under test: the ``keras`` package for Keras 3, else ``tf.keras``."""
    import tensorflow as tf

    if is_keras_3():
        return importlib.import_module("keras")
    return tf.keras


@lru_cache(maxsize=None)
def is_keras_3() -> bool:
    """Whether ``tf.keras`` is Keras 3 here (from TF 2.16 on, unless ``TF_USE_LEGACY_KERAS`` asks for 2)."""
    return keras_version().startswith("3")


def keras_version() -> str:
    """Version of the Keras that ``tf.keras`` stands for."""
    import tensorflow as tf

    version = getattr(tf.keras, "__version__", None)
    if version is None or version == tf.__version__:
        version = getattr(tf.keras, "version", lambda: tf.__version__)()
    return str(version)


def seed_all(seed: int) -> None:
    """Seed every generator: Python's, NumPy's, TensorFlow's and Keras's.

    Dear: TensorFlow forgets its compiled kernels with every new global seed.
    """
    import numpy as np
    import tensorflow as tf

    random.seed(seed)
    np.random.seed(seed % (2**32))
    set_random_seed = getattr(keras().utils, "set_random_seed", None)
    if set_random_seed is not None:
        set_random_seed(seed % (2**31))
    else:
        tf.random.set_seed(seed)


def seed_inference(seed: int) -> None:
    """Seed what calling a model in inference mode might draw from: cheap on Keras 3, whose layers hold their seeds."""
    import numpy as np

    if not is_keras_3():
        seed_all(seed)
        return
    random.seed(seed)
    np.random.seed(seed % (2**32))


def name_counters() -> Dict[str, int]:
    """How often each automatic name has been given: a session of its own would begin with none. Keras 3 only."""
    return dict(_counters()) if is_keras_3() else {}


@contextmanager
def naming_from(counters: Dict[str, int]) -> Iterator[None]:
    """Give automatic names as if these had been given so far: what is made then is called as in another session."""
    given = _counters()
    before = dict(given)
    given.clear()
    given.update(counters)
    try:
        yield
    finally:
        given.clear()
        given.update(before)


def _counters() -> Any:
    # No public call says it; ``clear_session`` forgets them, but everything else, too.
    state = importlib.import_module("keras.src.backend.common.global_state")
    return state.get_global_attribute("object_name_uids", default=defaultdict(int), set_to_default=True)


def describe() -> Dict[str, Any]:
    """Versions and optional modules, as the journal's header has them."""
    import h5py
    import numpy as np
    import tensorflow as tf

    return {
        "tensorflow": tf.__version__,
        "keras": keras_version(),
        "namespace": "keras" if is_keras_3() else "tf.keras",
        "python": platform.python_version(),
        "numpy": np.__version__,
        "h5py": h5py.__version__,
        "platform": platform.platform(),
        "executable": sys.executable,
        "modules": sorted(name for name in OPTIONAL_MODULES if _importable(name)),
    }


def _importable(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ImportError:
        return False

"""What later versions have brought, beside the classes and arguments whose windows the catalogue has.

Windows (PEP 440) of arguments by class, of values by argument, and of functions; measured on the signatures of
each version of TensorFlow from 2.0 to 2.15, and on what its ``get`` functions take.
"""

from __future__ import annotations

from typing import Any, NamedTuple

Json = Any


class Era(NamedTuple):
    """The versions that have something."""

    keras: str = ""
    tf: str = ""


class Together(NamedTuple):
    """Arguments of a class that only some versions take beside one another."""

    args: dict[str, Json]
    """Values by name; :data:`ANY` where any will do."""
    era: Era


ANY: Json = ...
KERAS_3 = Era(keras=">=3.0")


def _tf(window: str) -> Era:
    return Era(tf=window)


RANKS = ("1D", "2D", "3D")
CONVOLUTIONS = (
    *(f"Conv{rank}{kind}" for rank in RANKS for kind in ("", "Transpose")),
    *(f"{kind}Conv{rank}" for rank in RANKS[:2] for kind in ("Depthwise", "Separable")),
    *("ConvLSTM1D", "ConvLSTM2D"),
)
POOLS = tuple(f"{how}Pooling{rank}" for rank in RANKS for how in ("Max", "Average"))
FANS = ("Glorot", "He", "Lecun")
PLAIN_CONVOLUTIONS = tuple(cls for cls in CONVOLUTIONS if "LSTM" not in cls)
AVERAGES = tuple(cls for cls in POOLS if cls.startswith("Average"))
SEEDED_CELLS = ("GRU", "LSTM", "SimpleRNNCell", "GRUCell", "LSTMCell")


def _but_for_keras_3(first: int, end: int) -> str:
    """All versions but these minor ones of Keras 3."""
    return ",".join(f"!=3.{minor}.*" for minor in range(first, end))


def _but_for_late_keras_2() -> str:
    """All versions but the last of Keras 2, which have the format ``.keras`` of today."""
    return ",".join(f"!=2.{minor}.*" for minor in range(13, 16))


ARGUMENTS: dict[str, Era] = {
    **{
        f"optimizers.{cls}.global_clipnorm": _tf(">=2.4")
        for cls in ("SGD", "Adam", "RMSprop", "Adadelta", "Adagrad", "Adamax", "Nadam", "Ftrl")
    },
    **{f"layers.{cls}.seed": _tf(">=2.8") for cls in ("GaussianNoise", "GaussianDropout", "Attention")},
    **{f"layers.{cls}.seed": KERAS_3 for cls in ("SimpleRNN", "ConvLSTM1D", "ConvLSTM2D", "AdditiveAttention")},
    **{f"layers.{cls}.seed": _tf(">=2.8") for cls in SEEDED_CELLS},
    **{
        f"layers.Global{cls}.keepdims": _tf(">=2.6")
        for cls in (f"{how}Pooling{rank}D" for how in ("Max", "Average") for rank in (1, 2, 3))
    },
    **{f"layers.Conv{rank}.groups": _tf(">=2.3") for rank in RANKS},
    **{f"losses.{cls}.axis": _tf(">=2.6") for cls in ("BinaryCrossentropy", "CategoricalCrossentropy")},
    "metrics.CategoricalCrossentropy.axis": _tf(">=2.10"),
    "metrics.AUC.label_weights": _tf(">=2.2"),
    **{
        f"metrics.{cls}.class_id": _tf(">=2.5")
        for cls in ("PrecisionAtRecall", "RecallAtPrecision", "SensitivityAtSpecificity", "SpecificityAtSensitivity")
    },
    **{
        f"initializers.{cls}.{axes}": Era(keras=">=3.15")
        for cls in ("VarianceScaling", *(f"{name}{kind}" for name in FANS for kind in ("Normal", "Uniform")))
        for axes in ("input_axes", "output_axes")
    },
    "layers.Conv3DTranspose.dilation_rate": _tf(">=2.3"),
    "layers.Normalization.invert": _tf(">=2.10"),
    "layers.MultiHeadAttention.seed": Era(keras=">=3.4"),
    "layers.GroupQueryAttention.seed": Era(keras=">=3.9"),
    "losses.Dice.axis": Era(keras=">=3.4"),
    "random.SeedGenerator.name": Era(keras=">=3.3"),
    "losses.Tversky.axis": Era(keras=">=3.9"),
    "layers.Attention.score_mode": _tf(">=2.9"),
    "layers.Attention.dropout": _tf(">=2.2"),
    "layers.AdditiveAttention.dropout": _tf(">=2.2"),
    "optimizers.Ftrl.beta": _tf(">=2.4"),
    "optimizers.schedules.CosineDecay.warmup_target": _tf(">=2.13"),
    "optimizers.schedules.CosineDecay.warmup_steps": _tf(">=2.13"),
    "metrics.MeanIoU.ignore_class": _tf(">=2.10"),
    "losses.BinaryFocalCrossentropy.apply_class_balancing": _tf(">=2.10"),
    "losses.BinaryFocalCrossentropy.alpha": _tf(">=2.10"),
    "metrics.MeanIoU.sparse_y_pred": _tf(">=2.10"),
    "metrics.AUC.multi_label": _tf(">=2.2"),
    "metrics.AUC.num_labels": _tf(">=2.5"),
    "metrics.AUC.from_logits": _tf(">=2.5"),
}
"""Which versions have an argument, by class and argument."""

WORKING: dict[str, Era] = {
    # Keras 2 leaves it to kernels that CPUs have not.
    **{f"layers.{cls}.data_format": KERAS_3 for cls in (*CONVOLUTIONS, *POOLS)},
    **{f"layers.Conv{rank}.groups": KERAS_3 for rank in RANKS},
    **{f"layers.Conv{rank}Transpose.dilation_rate": KERAS_3 for rank in RANKS},
    # They make noise in single precision, whatever it is added to.
    **{f"layers.{cls}.dtype": Era(keras=_but_for_keras_3(0, 3)) for cls in ("GaussianNoise", "GaussianDropout")},
    # Keras 2 takes them in passing, and has no use for them.
    **{f"layers.{cls}.seed": KERAS_3 for cls in SEEDED_CELLS},
    # Keras 3.0 says nothing of how many rounds there are in a graph.
    "layers.SpectralNormalization": Era(keras=_but_for_keras_3(0, 3)),
    # Not as a number.
    "layers.MultiHeadAttention.output_shape": Era(keras=_but_for_keras_3(0, 9)),
    "layers.GroupNormalization.axis": Era(keras="!=2.11.*,!=2.12.*"),
    # It hands its seed to a function that takes none.
    "layers.tf.keras.layers.AlphaDropout": Era(keras=_but_for_keras_3(0, 9)),
    # Its symbolic rows have the shape of what it takes.
    "layers.Discretization.output_mode": Era(keras=_but_for_keras_3(0, 15)),
    "layers.CategoryEncoding.output_mode": Era(keras=_but_for_keras_3(0, 6)),
    # They convert no numbers of another dtype.
    **{f"metrics.{cls}.dtype": KERAS_3 for cls in ("FBetaScore", "F1Score", "R2Score")},
    # Its configuration has a function in it, which is no JSON.
    "metrics.MeanMetricWrapper": KERAS_3,
    # In Keras 2 its noise has to have a shape that is known.
    "layers.AlphaDropout.noise_shape": KERAS_3,
    # They count in single precision, whatever their variables are.
    **{
        f"metrics.{cls}.dtype": _tf(">=2.3")
        for cls in (*("Precision", "Recall", "TruePositives", "FalseNegatives", "TrueNegatives", "FalsePositives"),)
    },
    **{
        f"metrics.{cls}.dtype": _tf(">=2.10")
        for cls in (
            *("AUC", "PrecisionAtRecall", "RecallAtPrecision"),
            *("SensitivityAtSpecificity", "SpecificityAtSensitivity"),
        )
    },
    # Its gradients are sparse.
    "layers.Embedding.embeddings_constraint": _tf(">=2.11"),
}
"""From when on it is documented and works, where that is later."""

TOGETHER: dict[str, tuple[Together, ...]] = {
    # Keras 2 makes the zeros of one row, whatever their number.
    "layers.RNN": (Together({"unroll": True, "zero_output_for_mask": True}, KERAS_3),),
    # How many words there are is not known beforehand.
    "layers.TextVectorization": (Together({"split": None, "output_sequence_length": ANY}, KERAS_3),),
    # Their states are of single precision where nothing else is.
    **{
        f"layers.{cls}": (
            Together({"stateful": True, "dtype": "float64"}, _tf(">=2.14")),
            Together({"stateful": True, "dtype": "mixed_float16"}, _tf(">=2.8")),
            Together({"stateful": True, "dtype": "mixed_bfloat16"}, _tf(">=2.8")),
        )
        for cls in ("SimpleRNN", "GRU", "LSTM")
    },
    # What they compute with is of single precision, whatever their variables are.
    "layers.BatchNormalization": (Together({"renorm": True, "dtype": "float64"}, KERAS_3),),
    **{f"metrics.{cls}": (Together({"top_k": ANY, "dtype": "float64"}, KERAS_3),) for cls in ("Precision", "Recall")},
    **{
        f"metrics.{cls}": (Together({"dtype": "float64"}, KERAS_3),)
        for cls in ("TopKCategoricalAccuracy", "SparseTopKCategoricalAccuracy")
    },
    **{
        f"metrics.{cls}Crossentropy": (Together({"label_smoothing": ANY, "dtype": "float64"}, _tf(">=2.8")),)
        for cls in ("Binary", "Categorical")
    },
}
"""From when on arguments work together, by class."""

COMPUTED: dict[str, dict[str, Era]] = {
    # There are no kernels for CPUs, or such as make nothing, or do not end.
    **{f"layers.{cls}": {"bfloat16": _tf(">=2.11")} for cls in PLAIN_CONVOLUTIONS},
    **{f"layers.{cls}": {"bfloat16": _tf(">=2.9")} for cls in (*AVERAGES, "LayerNormalization")},
    **{f"layers.{cls}": {"bfloat16": _tf(">=2.12")} for cls in ("GRU", "LSTM")},
    # Of images, that is; those of rows would do before.
    "layers.BatchNormalization": {"bfloat16": _tf(">=2.14"), "float64": _tf(">=2.3")},
}
"""From when on a layer works where it computes in a dtype, by class and dtype."""

OUTPUTS: dict[str, dict[str, Era]] = {
    "losses.CosineSimilarity": {"bfloat16": _tf(">=2.6")},
    "losses.SparseCategoricalCrossentropy": {"bfloat16": _tf(">=2.8")},
    # They convert no labels of another dtype.
    **{
        f"metrics.{cls}": dict.fromkeys(("float16", "bfloat16", "float64"), KERAS_3)
        for cls in ("R2Score", "F1Score", "FBetaScore")
    },
}
"""From when on a loss or a metric works on outputs of a dtype, by class and dtype."""

MASKED_MEANS = _tf(">=2.6")
"""Versions whose ``GlobalAveragePooling1D`` takes a mask in other dtypes than ``float32``."""

NADAM_DOUBLE = Era(keras=",".join(f"!=2.{minor}.*" for minor in range(11, 16)))
"""Versions whose ``Nadam`` trains variables of double precision: 2.15 does not, those before it back to 2.11 were not
measured."""

ADAFACTOR_FLOOR = KERAS_3
"""Versions whose ``Adafactor`` does without a number of one's own to keep it from dividing by 0: 2.15 made numbers
without end, others of Keras 2 were not measured."""

TOP_OF_ROWS = _tf(">=2.9")
"""Versions whose ``TopKCategoricalAccuracy`` takes several rows for each example."""

SPARSE_TOP_OF_ROWS = _tf(">=2.2")
"""Versions whose ``SparseTopKCategoricalAccuracy`` does."""

NORMALIZED_AXES = _tf(">=2.2")
"""Versions whose ``BatchNormalization`` of images can be along another axis than the last, on a CPU."""

MASKED_MEANS_OF_ANY_LENGTH = _tf(">=2.2")
"""Versions whose ``GlobalAveragePooling1D`` takes a mask for sequences of unknown length."""

MEASURED_OUTPUTS = Era(keras=_but_for_keras_3(0, 3))
"""Versions whose metrics convert labels to the dtype of an output."""

SMOOTHED_OUTPUTS = _tf(">=2.8")
"""Versions whose losses smooth labels of another dtype than ``float32``."""

CLASSES: dict[str, Era] = {
    **{f"initializers.{cls}": _tf(">=2.3") for cls in ("HeNormal", "HeUniform", "LecunNormal", "LecunUniform")},
    "regularizers.L1": _tf(">=2.3"),
    "regularizers.L2": _tf(">=2.3"),
    "regularizers.OrthogonalRegularizer": _tf(">=2.9"),
    "optimizers.schedules.CosineDecay": _tf(">=2.5"),
    "optimizers.schedules.CosineDecayRestarts": _tf(">=2.5"),
    "random.SeedGenerator": KERAS_3,
    "dtype_policies.DTypePolicy": KERAS_3,
    "dtype_policies.DTypePolicyMap": Era(keras=">=3.4"),
    "dtype_policies.QuantizedDTypePolicy": Era(keras=">=3.4"),
    "dtype_policies.QuantizedFloat8DTypePolicy": Era(keras=">=3.6"),
    "dtype_policies.GPTQDTypePolicy": Era(keras=">=3.12"),
    "dtype_policies.AWQDTypePolicy": Era(keras=">=3.15"),
    # Those before refuse one, in most formats.
    "tf.ragged.constant": Era(keras=">=3.3"),
}
"""Classes that no entry of the catalogue is for."""

FUNCTIONS: dict[str, Era] = {
    "activations.gelu": _tf(">=2.4"),
    "losses.huber": _tf(">=2.3"),
    "losses.log_cosh": _tf(">=2.3"),
    "losses.kl_divergence": _tf(">=2.3"),
    "metrics.kl_divergence": _tf(">=2.3"),
    "metrics.categorical_hinge": KERAS_3,
    # Some take no function for the regularizer of a variable.
    "custom.ridge": Era(keras=_but_for_keras_3(1, 15)),
}
"""By path."""

STRINGS: dict[str, dict[str, Era]] = {
    "activation": {
        "gelu": _tf(">=2.4"),
        "swish": _tf(">=2.2"),
        "leaky_relu": _tf(">=2.6"),
        "relu6": _tf(">=2.6"),
        "silu": _tf(">=2.6"),
        "log_softmax": _tf(">=2.6"),
        "mish": _tf(">=2.13"),
    },
    "dtype": {
        **dict.fromkeys(("mixed_float16", "mixed_bfloat16"), _tf(">=2.5")),
        "int4_from_float32": Era(keras=">=3.12"),
    },
    "reduction": {"mean_with_sample_weight": Era(keras=">=3.9")},
    "loss": {
        "huber": _tf(">=2.3"),
        "log_cosh": _tf(">=2.3"),
        "kl_divergence": _tf(">=2.3"),
        "binary_focal_crossentropy": Era(keras=_but_for_keras_3(0, 3), tf=">=2.8"),
        "categorical_focal_crossentropy": Era(keras=_but_for_keras_3(0, 3), tf=">=2.13"),
    },
    # Versions from 2.13 to 2.15 take it for a metric of that name, and cannot call it.
    "metrics": {"kl_divergence": KERAS_3},
    "optimizer": {"adamw": Era(keras=">=2.16"), "adafactor": KERAS_3, "lion": KERAS_3},
}
"""By argument, then by value."""

DTYPES: dict[str, Era] = {
    **dict.fromkeys(("float16", "bfloat16", "float64"), _tf(">=2.2")),
}
"""From when on all layers of the catalogue work in one."""

OPTIONS: dict[str, Era] = {
    "jit_compile": _tf(">=2.8"),
    # In Keras 3 before 3.9, it makes train_on_batch draw as many batches, of which there is one.
    "steps_per_execution": Era(tf=">=2.4", keras=_but_for_keras_3(0, 9)),
    "auto_scale_loss": KERAS_3,
}
"""Arguments of ``Model.compile``."""

WORKING_OPTIONS: dict[str, Era] = {
    # In Keras 2 it makes train_on_batch draw as many batches, of which there is one.
    "steps_per_execution": KERAS_3,
}
"""From when on they work, where that is later."""

UNCONSTRAINED = ("float16", "bfloat16", "float64")
"""Values of ``dtype`` that constraints of Keras 2, which compute in single precision, cannot be applied to."""

HALF = ("float16", "bfloat16", "mixed_float16", "mixed_bfloat16")
HALF_ERF = _tf(">=2.9")
"""Versions whose CPU has the error function, of which ``gelu`` is made, in half precision."""

NADAM_SCHEDULE = _tf(">=2.11")
"""Versions whose ``Nadam`` takes a schedule for a learning rate."""

ADAPT = _tf(">=2.6")
"""Versions whose layers have ``adapt``."""

ADAPT_WEIGHTS = KERAS_3
"""Versions whose ``adapt`` can count in how many rows a word is, where rows have words twice."""

FORMS = _tf(">=2.4")
"""Versions whose models take dicts, tuples and nested structures as they are."""

FORMS_TRAINED = _tf(">=2.2")
"""Versions whose graphs may be trained on a dict: those before look for the names of inputs in it."""

NESTED_FORMS = Era(keras=_but_for_keras_3(0, 6))
"""Versions whose functional models may have lists and dicts in what they take or return."""

LOSSES_BY_KEY = Era(keras=_but_for_keras_3(0, 6))
METRICS_BY_KEY = Era(keras=_but_for_keras_3(0, 12))
"""Versions in which settings of a functional model that returns a dict go by its keys."""

EQUALIZED = Era(keras="<3.9")
"""No version: ``Equalization`` of a symbolic tensor is that tensor itself, a cycle in a functional model (issue
``equalization-is-its-own-input`` of the ledger)."""

SPARSE_PRODUCTS = Era(keras="<3.0")
"""Versions that do not take the product of a symbolic tensor and a number for a sparse one, which a subclassed model
inside may not be built for: 3.15 does, no other of Keras 3 was measured."""

SPARSE_ROWS_OF_FLOATS = Era(keras="<3.0")
"""Versions whose ``CategoryEncoding`` makes sparse rows of class numbers that have become floats, as what a
``Sequential`` without ``Input`` is given does: 3.15 does not, no other of Keras 3 was measured."""

ARRAYS_IN_OPERATIONS = KERAS_3
"""Versions whose functional models can write down an array in an operation."""

LOOKUPS = ("StringLookup", "IntegerLookup")
MARKED_ROWS = Era(keras=">=3.15")
"""Versions whose lookups make a row of each of several values, and know it beforehand."""

MEAN_OF_ALL = Era(keras=_but_for_keras_3(0, 9))
"""Versions whose ``Normalization`` takes one mean for all features."""

STRINGS_AS_THEY_ARE = Era(keras=_but_for_keras_3(0, 6))
"""Versions that give strings to a subclassed model without taking them for numbers."""

WEIGHTS_OF_ONE_OUTPUT = Era(keras=_but_for_keras_3(0, 6))
"""Versions that take ``loss_weights`` by output where there is one output only."""

RESHAPE_THE_REST = _tf(">=2.4")
"""Versions that know the size that a ``-1`` of ``Reshape`` stands for before there are values."""

LONE_WEIGHT = Era(tf=">=2.2", keras=_but_for_keras_3(0, 3))
"""Versions that take a single number for ``loss_weights``."""

ORTHOGONAL = ("SimpleRNN", "GRU", "LSTM", "SimpleRNNCell", "GRUCell", "LSTMCell", "ConvLSTM1D", "ConvLSTM2D")
"""Layers with an orthogonal matrix unless told otherwise, which Keras 2 cannot make in half precision."""

COPIED_FUNCTION = Era(keras=f"!=2.2.*,{_but_for_late_keras_2()}")
"""Versions whose ``Bidirectional`` can copy a layer with a regularizer that is a registered function."""

CONTRAST_GRADIENT = KERAS_3
"""Versions that can train what comes before a ``RandomContrast``: 2.15 cannot, others of Keras 2 were not measured."""

COPIED_SEED = Era(keras=_but_for_keras_3(0, 6))
"""Versions whose ``Bidirectional`` can copy a layer with an initializer that has a ``SeedGenerator``."""

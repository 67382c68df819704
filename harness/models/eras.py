"""What later versions have brought, beside the classes and arguments whose windows the catalogue has.

Windows (PEP 440) of arguments by class, of values by argument, and of functions; measured on the signatures of
each version of TensorFlow from 2.0 to 2.15, and on what its ``get`` functions take.
"""

from __future__ import annotations

from typing import NamedTuple


class Era(NamedTuple):
    """The versions that have something."""

    keras: str = ""
    tf: str = ""


KERAS_3 = Era(keras=">=3.0")


def _tf(window: str) -> Era:
    return Era(tf=window)


ARGUMENTS: dict[str, Era] = {
    **{
        f"optimizers.{cls}.global_clipnorm": _tf(">=2.4")
        for cls in ("SGD", "Adam", "RMSprop", "Adadelta", "Adagrad", "Adamax", "Nadam", "Ftrl")
    },
    **{f"layers.{cls}.seed": _tf(">=2.8") for cls in ("GaussianNoise", "GaussianDropout", "Attention")},
    **{
        f"layers.{cls}.seed": KERAS_3
        for cls in (
            *("SimpleRNN", "GRU", "LSTM", "SimpleRNNCell", "GRUCell", "LSTMCell", "ConvLSTM1D", "MultiHeadAttention"),
            "AdditiveAttention",
        )
    },
    **{
        f"layers.Global{cls}.keepdims": _tf(">=2.6")
        for cls in ("MaxPooling1D", "AveragePooling1D", "MaxPooling2D", "AveragePooling2D")
    },
    "layers.Attention.score_mode": _tf(">=2.9"),
    "layers.Attention.dropout": _tf(">=2.2"),
    "layers.AdditiveAttention.dropout": _tf(">=2.2"),
    # In Keras 2 its noise has to have a shape that is known.
    "layers.AlphaDropout.noise_shape": KERAS_3,
    "optimizers.Ftrl.beta": _tf(">=2.4"),
    "optimizers.schedules.CosineDecay.warmup_target": _tf(">=2.13"),
    "optimizers.schedules.CosineDecay.warmup_steps": _tf(">=2.13"),
    "metrics.MeanIoU.ignore_class": _tf(">=2.10"),
    "losses.BinaryFocalCrossentropy.apply_class_balancing": _tf(">=2.10"),
    "losses.BinaryFocalCrossentropy.alpha": _tf(">=2.10"),
    # They count in single precision, whatever their variables are.
    **{
        f"metrics.{cls}.dtype": _tf(">=2.3")
        for cls in (
            *("AUC", "Precision", "Recall", "TruePositives", "FalseNegatives", "TrueNegatives", "FalsePositives"),
            *("PrecisionAtRecall", "RecallAtPrecision", "SensitivityAtSpecificity", "SpecificityAtSensitivity"),
        )
    },
    "metrics.TopKCategoricalAccuracy.dtype": _tf(">=2.5"),
    "metrics.SparseTopKCategoricalAccuracy.dtype": _tf(">=2.5"),
    # Its gradients are sparse.
    "layers.Embedding.embeddings_constraint": _tf(">=2.11"),
    "metrics.MeanIoU.sparse_y_pred": _tf(">=2.10"),
    "metrics.AUC.multi_label": _tf(">=2.2"),
    "metrics.AUC.num_labels": _tf(">=2.5"),
    "metrics.AUC.from_logits": _tf(">=2.5"),
}
"""By class and argument."""

CLASSES: dict[str, Era] = {
    **{f"initializers.{cls}": _tf(">=2.3") for cls in ("HeNormal", "HeUniform", "LecunNormal", "LecunUniform")},
    "regularizers.L1": _tf(">=2.3"),
    "regularizers.L2": _tf(">=2.3"),
    "regularizers.OrthogonalRegularizer": _tf(">=2.9"),
    "optimizers.schedules.CosineDecay": _tf(">=2.4"),
    "optimizers.schedules.CosineDecayRestarts": _tf(">=2.4"),
    "random.SeedGenerator": KERAS_3,
}
"""Classes that no entry of the catalogue is for."""

FUNCTIONS: dict[str, Era] = {
    "activations.gelu": _tf(">=2.4"),
    "losses.huber": _tf(">=2.3"),
    "losses.log_cosh": _tf(">=2.3"),
    "losses.kl_divergence": _tf(">=2.3"),
    "metrics.kl_divergence": _tf(">=2.3"),
    "metrics.categorical_hinge": KERAS_3,
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
        **dict.fromkeys(("float16", "bfloat16", "float64"), _tf(">=2.2")),
        "mixed_float16": _tf(">=2.5"),
        "mixed_bfloat16": _tf(">=2.5"),
    },
    "reduction": {"mean_with_sample_weight": Era(keras=">=3.6")},
    "loss": {
        "huber": _tf(">=2.3"),
        "log_cosh": _tf(">=2.3"),
        "kl_divergence": _tf(">=2.3"),
    },
    "metrics": {"kl_divergence": KERAS_3},
    "optimizer": {"adamw": KERAS_3, "adafactor": KERAS_3, "lion": KERAS_3},
}
"""By argument, then by value."""

OPTIONS: dict[str, Era] = {
    "jit_compile": _tf(">=2.8"),
    # In Keras 2 it makes train_on_batch draw as many batches, of which there is one.
    "steps_per_execution": KERAS_3,
    "auto_scale_loss": KERAS_3,
}
"""Arguments of ``Model.compile``."""

UNCONSTRAINED = ("float16", "bfloat16", "float64")
"""Values of ``dtype`` that constraints of Keras 2, which compute in single precision, cannot be applied to."""

HALF = ("float16", "bfloat16", "mixed_float16", "mixed_bfloat16")
HALF_ERF = _tf(">=2.9")
"""Versions whose CPU has the error function, of which ``gelu`` is made, in half precision."""

NADAM_SCHEDULE = _tf(">=2.11")
"""Versions whose ``Nadam`` takes a schedule for a learning rate."""

ADAPT = _tf(">=2.6")
"""Versions whose layers have ``adapt``."""

FORMS = _tf(">=2.4")
"""Versions whose models take dicts, tuples and nested structures as they are."""

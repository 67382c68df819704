"""Losses, and which outputs and labels they are for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.models.catalogue.entry import Args, Json, Param, Tensor, function, made

if TYPE_CHECKING:
    from collections.abc import Sequence

PROBABILITIES = ("unit", "simplex")


@dataclass(frozen=True)
class Loss:
    """A loss class with its function, and what fits it."""

    cls: str
    alias: str
    """Name of the function, which is also the string."""
    target: str
    """``like``, ``unit``, ``sign``, ``onehot``, ``sparse`` (one number for a row) or ``sparse:N``."""
    optional: tuple[Param, ...] = ()
    domains: tuple[str, ...] = ("real", *PROBABILITIES)
    logits: bool = False
    """Has ``from_logits``, with which it takes any output."""
    least: int = 1
    """Least length of the last axis."""
    ranks: tuple[int, ...] = (1, 2, 3, 4)
    masks: bool = False
    """Can be weighted by a time-step mask."""
    steep: bool = False
    """Gradients are so large that steps along them would diverge."""
    plain: bool = True
    """Can be written as a string or a function too."""
    keras: str = ""
    tf: str = ""

    def suits(self, tensor: Tensor) -> bool:
        """Whether the loss is finite and meaningful for this output."""
        return (
            len(tensor.shape) in self.ranks
            and (tensor.shape[-1] or 0) >= self.least
            and (tensor.domain in self.domains or (self.logits and tensor.domain == "real"))
            and (self.masks or not tensor.masked)
        )

    def labels(self, tensor: Tensor) -> str:
        """Which labels to make for this output."""
        return f"sparse:{tensor.shape[-1]}" if self.target == "sparse" else self.target


def _axes(tensors: Sequence[Tensor], _: Args) -> tuple[Json, ...]:
    return (1,) if len(tensors[0].shape) > 1 else ()


def _inner_axis(tensors: Sequence[Tensor], args: Args) -> tuple[Json, ...]:
    """Another axis than the last, where what adds up to 1 over that has not to add up over this."""
    return _axes(tensors, args) if (tensors[0].shape[0] or 0) > 1 else ()


AXIS = Param("axis", _inner_axis)
SMOOTHING = Param("label_smoothing", (0.1,))
COMMON = (
    Param("reduction", ("sum", "mean_with_sample_weight")),
    Param("name", ("regret",)),
)
DTYPE = Param("dtype", ("float64",), keras=">=3.4")
"""Where nothing else is added to the loss: Keras cannot add dtypes up."""
FOCAL = (Param("alpha", (0.3,)), Param("gamma", (1.5,)), SMOOTHING)

LOSSES: tuple[Loss, ...] = (
    Loss("MeanSquaredError", "mean_squared_error", "like", masks=True),
    Loss("MeanAbsoluteError", "mean_absolute_error", "like", masks=True),
    Loss("Huber", "huber", "like", (Param("delta", (0.5, 3.0)),), masks=True),
    Loss("LogCosh", "log_cosh", "like", masks=True),
    Loss("MeanAbsolutePercentageError", "mean_absolute_percentage_error", "unit", steep=True),
    Loss("MeanSquaredLogarithmicError", "mean_squared_logarithmic_error", "unit"),
    Loss("CosineSimilarity", "cosine_similarity", "like", (Param("axis", _axes),)),
    Loss("Hinge", "hinge", "sign"),
    Loss("SquaredHinge", "squared_hinge", "sign"),
    Loss("CategoricalHinge", "categorical_hinge", "onehot", least=2),
    Loss("BinaryCrossentropy", "binary_crossentropy", "unit", (SMOOTHING, AXIS), PROBABILITIES, logits=True),
    Loss(
        "BinaryFocalCrossentropy",
        "binary_focal_crossentropy",
        "unit",
        (Param("apply_class_balancing", (True,)), *FOCAL, AXIS),
        PROBABILITIES,
        logits=True,
        tf=">=2.8",
    ),
    Loss(
        "CategoricalCrossentropy",
        "categorical_crossentropy",
        "onehot",
        (SMOOTHING, AXIS),
        ("simplex",),
        logits=True,
        least=2,
    ),
    Loss(
        "CategoricalFocalCrossentropy",
        "categorical_focal_crossentropy",
        "onehot",
        (*FOCAL, AXIS),
        ("simplex",),
        logits=True,
        least=2,
        tf=">=2.13",
    ),
    Loss(
        "SparseCategoricalCrossentropy",
        "sparse_categorical_crossentropy",
        "sparse",
        (Param("ignore_class", (0,), keras=">=2.10"),),
        ("simplex",),
        logits=True,
        least=2,
    ),
    Loss("KLDivergence", "kl_divergence", "unit", (), PROBABILITIES),
    Loss("Poisson", "poisson", "unit", (), PROBABILITIES),
    Loss("Dice", "dice", "unit", (Param("axis", (1, [1])),), PROBABILITIES, keras=">=3.3"),
    Loss(
        "Tversky",
        "tversky",
        "unit",
        (Param("alpha", (0.3,)), Param("beta", (0.7,)), Param("axis", (1,))),
        PROBABILITIES,
        keras=">=3.3",
    ),
    Loss(
        "CategoricalGeneralizedCrossEntropy",
        "categorical_generalized_cross_entropy",
        "sparse",
        (Param("q", (0.7,)),),
        ("simplex",),
        least=2,
        ranks=(1,),
        plain=False,
        keras=">=3.11",
    ),
    Loss(
        "Circle",
        "circle",
        "sparse:3",
        (Param("gamma", (4.0,)), Param("margin", (0.3,)), Param("remove_diagonal", (False,))),
        least=2,
        ranks=(1,),
        plain=False,
        keras=">=3.9",
    ),
)

CUSTOM: tuple[Json, ...] = (
    function("custom.pinball"),
    made("custom.Pinball", quantile=0.3),
    function("custom.plain_pinball"),
    made("custom.PlainPinball", quantile=0.7),
)
"""Losses of the user's own, for labels like the output."""

SHORT = {"mean_squared_error": "mse", "mean_absolute_error": "mae", "kl_divergence": "kld"}
"""Strings that Keras takes as well."""

"""Metrics, and which outputs and labels they are for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.models.catalogue.entry import Args, Json, Param, Tensor, function, made
from harness.models.catalogue.losses import PROBABILITIES, SMOOTHING

if TYPE_CHECKING:
    from collections.abc import Sequence

ANY = ("real", *PROBABILITIES)
FLOATS = ("like", "unit", "sign", "onehot")


@dataclass(frozen=True)
class Metric:
    """A metric class with its function, and what fits it."""

    cls: str
    alias: str = ""
    """Name of the function, which is also the string; none where there is only the class."""
    targets: tuple[str, ...] = FLOATS
    required: tuple[Param, ...] = ()
    optional: tuple[Param, ...] = ()
    domains: tuple[str, ...] = ANY
    ranks: tuple[int, ...] = (1, 2, 3, 4)
    least: int = 1
    masks: bool = False
    single: bool = False
    """Takes single precision only."""
    keras: str = ""
    tf: str = ""

    def suits(self, tensor: Tensor, target: str) -> bool:
        """Whether the metric is defined for this output and these labels."""
        return (
            self._takes(target, tensor.shape[-1])
            and tensor.domain in self.domains
            and len(tensor.shape) in self.ranks
            and (tensor.shape[-1] or 0) >= self.least
            and (self.masks or not tensor.masked)
            and (not self.single or tensor.dtype == "float32")
        )

    def _takes(self, target: str, width: int | None) -> bool:
        """Class numbers have to be those of the output."""
        kind, _, count = target.partition(":")
        return kind in self.targets and count in {"", str(width)}


def _axes(tensors: Sequence[Tensor], _: Args) -> tuple[Json, ...]:
    return (1,) if len(tensors[0].shape) > 1 else ()


def _classes(tensors: Sequence[Tensor], _: Args) -> tuple[Json, ...]:
    return (tensors[0].shape[-1],)


def _class_ids(tensors: Sequence[Tensor], _: Args) -> tuple[Json, ...]:
    return ((tensors[0].shape[-1] or 1) - 1, 0)


def _most(tensors: Sequence[Tensor], _: Args) -> tuple[Json, ...]:
    return (2, 1) if (tensors[0].shape[-1] or 0) > 1 and len(tensors[0].shape) == 1 else ()


def _label_weights(tensors: Sequence[Tensor], _: Args) -> tuple[Json, ...]:
    return ([1.0 + 0.5 * place for place in range(tensors[0].shape[-1] or 1)],)


COMMON = (Param("name", ("yardstick",)), Param("dtype", ("float64", "float32")))
THRESHOLDS = Param("thresholds", (0.4, [0.3, 0.6]))
NUM_THRESHOLDS = Param("num_thresholds", (20,))
CUTS = Param("thresholds", ([0.25, 0.5, 0.8], [0.5]), unless=("num_thresholds",))
SUMMATION = Param("summation_method", ("minoring", "majoring"))
LOGITS = Param("from_logits", (True,))
AXIS = Param("axis", _axes)
TOP = Param("top_k", _most)
IGNORED = Param("ignore_class", (0,), keras=">=2.10")
CLASS_ID = Param("class_id", _class_ids)
AVERAGES = Param("average", ("macro", "micro", "weighted"))
THRESHOLD = Param("threshold", (0.4,))
NUM_CLASSES = Param("num_classes", _classes)
CLASS_IDS = Param("target_class_ids", ([0], [0, 1]))
BINARY = ("unit", "onehot")


def _at(cls: str, argument: str, tf: str = ">=2.2") -> Metric:
    return Metric(cls, "", BINARY, (Param(argument, (0.5, 0.3)),), (NUM_THRESHOLDS, CLASS_ID), PROBABILITIES, tf=tf)


def _counted(cls: str) -> Metric:
    return Metric(cls, "", BINARY, (), (THRESHOLDS,), PROBABILITIES)


METRICS: tuple[Metric, ...] = (
    Metric("MeanAbsoluteError", "mean_absolute_error", masks=True),
    Metric("MeanSquaredError", "mean_squared_error", masks=True),
    Metric("RootMeanSquaredError", masks=True),
    Metric("MeanSquaredLogarithmicError", "mean_squared_logarithmic_error", ("unit",)),
    Metric("MeanAbsolutePercentageError", "mean_absolute_percentage_error", ("unit",)),
    Metric("LogCoshError"),
    Metric("CosineSimilarity", optional=(Param("axis", _axes),)),
    Metric("Hinge", "hinge", ("sign",)),
    Metric("SquaredHinge", "squared_hinge", ("sign",)),
    Metric("CategoricalHinge", "categorical_hinge", ("onehot",)),
    Metric("BinaryAccuracy", "binary_accuracy", BINARY, (), (Param("threshold", (0.4,)),)),
    Metric("BinaryCrossentropy", "binary_crossentropy", BINARY, (), (SMOOTHING, LOGITS), PROBABILITIES),
    Metric("CategoricalAccuracy", "categorical_accuracy", ("onehot",), least=2),
    Metric(
        "CategoricalCrossentropy",
        "categorical_crossentropy",
        ("onehot",),
        (),
        (SMOOTHING, LOGITS, AXIS),
        ("simplex",),
        least=2,
    ),
    Metric(
        "TopKCategoricalAccuracy",
        "top_k_categorical_accuracy",
        ("onehot",),
        (),
        (Param("k", (1, 2)),),
        least=2,
        single=True,
    ),
    Metric("SparseCategoricalAccuracy", "sparse_categorical_accuracy", ("sparse",), least=2),
    Metric(
        "SparseCategoricalCrossentropy",
        "sparse_categorical_crossentropy",
        ("sparse",),
        (),
        (LOGITS,),
        ("simplex",),
    ),
    Metric(
        "SparseTopKCategoricalAccuracy",
        "",
        ("sparse",),
        (),
        (Param("k", (1, 2)), Param("from_sorted_ids", (True,), keras=">=3.9")),
        least=2,
        single=True,
    ),
    Metric(
        "MeanMetricWrapper",
        required=(Param("fn", (function("metrics.mean_squared_error"), function("custom.spread"))),),
    ),
    Metric("KLDivergence", "kl_divergence", BINARY, (), (), PROBABILITIES),
    Metric("Poisson", "poisson", BINARY, (), (), PROBABILITIES),
    Metric(
        "AUC",
        "",
        BINARY,
        (),
        (NUM_THRESHOLDS, Param("curve", ("PR",)), SUMMATION, CUTS),
        PROBABILITIES,
    ),
    Metric("AUC", "", BINARY, (LOGITS,), (NUM_THRESHOLDS, Param("curve", ("PR",)), CUTS), ANY),
    Metric(
        "AUC",
        "",
        BINARY,
        (Param("multi_label", (True,)), Param("num_labels", _classes)),
        (NUM_THRESHOLDS, Param("label_weights", _label_weights), SUMMATION, CUTS),
        PROBABILITIES,
        ranks=(1,),
        least=2,
    ),
    Metric("Precision", "", BINARY, (), (THRESHOLDS, CLASS_ID, TOP), PROBABILITIES),
    Metric("Recall", "", BINARY, (), (THRESHOLDS, CLASS_ID, TOP), PROBABILITIES),
    _counted("TruePositives"),
    _counted("FalseNegatives"),
    _counted("TrueNegatives"),
    _counted("FalsePositives"),
    _at("PrecisionAtRecall", "recall"),
    _at("RecallAtPrecision", "precision"),
    _at("SensitivityAtSpecificity", "specificity", ""),
    _at("SpecificityAtSensitivity", "sensitivity", ""),
    Metric("F1Score", "", BINARY, (), (AVERAGES, THRESHOLD), PROBABILITIES, (1,), 2, tf=">=2.13"),
    Metric(
        "FBetaScore", "", BINARY, (), (AVERAGES, THRESHOLD, Param("beta", (0.5,))), PROBABILITIES, (1,), 2, tf=">=2.13"
    ),
    Metric(
        "R2Score",
        "",
        ("like",),
        (),
        (Param("class_aggregation", ("variance_weighted_average", None)), Param("num_regressors", (1,))),
        ranks=(1,),
        tf=">=2.13",
    ),
    Metric("PearsonCorrelation", "", ("like",), (), (), ranks=(1,), least=3, keras=">=3.9"),
    Metric("ConcordanceCorrelation", "", ("like",), (), (), ranks=(1,), least=3, keras=">=3.9"),
    Metric("BinaryIoU", "", BINARY, (), (Param("target_class_ids", ([1],)), THRESHOLD), PROBABILITIES, tf=">=2.7"),
    Metric("OneHotIoU", "", ("onehot",), (NUM_CLASSES, CLASS_IDS), (IGNORED,), ANY, least=2, tf=">=2.7"),
    Metric("OneHotMeanIoU", "", ("onehot",), (NUM_CLASSES,), (IGNORED,), ANY, least=2, tf=">=2.7"),
    Metric(
        "MeanIoU", "", ("sparse",), (NUM_CLASSES, Param("sparse_y_pred", (False,))), (IGNORED,), ("simplex",), least=2
    ),
)

CUSTOM: tuple[Json, ...] = (
    function("custom.spread"),
    made("custom.LargestError"),
    made("custom.TwoErrors"),
    function("custom.plain_spread"),
    made("custom.PlainLargestError", name="worst"),
)
"""Metrics of the user's own, for float labels."""

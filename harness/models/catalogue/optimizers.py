"""Optimizers and learning-rate schedules."""

from __future__ import annotations

from dataclasses import dataclass

from harness.models.catalogue.entry import Json, Param, function, made


@dataclass(frozen=True)
class Optimizer:
    """An optimizer class; ``alias`` is its name as a string."""

    cls: str
    optional: tuple[Param, ...]
    required: tuple[Param, ...] = ()
    alias: str = ""
    keras: str = ""
    tf: str = ""
    sparse: bool = True
    """Takes the sparse gradients of ``Embedding``."""
    bounded: bool = True
    """Its steps do not grow with the gradient."""
    half: bool = False
    """Keeps variables of half precision finite: no averages that round to 1, no tiny divisors."""


SCHEDULES: tuple[Json, ...] = (
    made("optimizers.schedules.ExponentialDecay", initial_learning_rate=0.01, decay_steps=2, decay_rate=0.5),
    made(
        "optimizers.schedules.ExponentialDecay",
        initial_learning_rate=0.02,
        decay_steps=2,
        decay_rate=0.9,
        staircase=True,
        name="slower",
    ),
    made("optimizers.schedules.PiecewiseConstantDecay", boundaries=[1, 2], values=[0.02, 0.01, 0.005]),
    made(
        "optimizers.schedules.PolynomialDecay",
        initial_learning_rate=0.02,
        decay_steps=3,
        end_learning_rate=0.001,
        power=2.0,
        cycle=True,
    ),
    made(
        "optimizers.schedules.InverseTimeDecay",
        initial_learning_rate=0.02,
        decay_steps=2,
        decay_rate=0.5,
        staircase=True,
    ),
    made("optimizers.schedules.CosineDecay", initial_learning_rate=0.02, decay_steps=4, alpha=0.1),
    made(
        "optimizers.schedules.CosineDecay",
        initial_learning_rate=0.0,
        decay_steps=4,
        alpha=0.2,
        warmup_target=0.02,
        warmup_steps=2,
    ),
    made(
        "optimizers.schedules.CosineDecayRestarts",
        initial_learning_rate=0.02,
        first_decay_steps=2,
        t_mul=1.5,
        m_mul=0.9,
        alpha=0.1,
    ),
    made("custom.Halving", initial_learning_rate=0.02),
)

RATES: tuple[Json, ...] = (0.01, 0.002, function("custom.gentle"), *SCHEDULES)
RATE = Param("learning_rate", RATES)
CLIPS = (
    Param("clipnorm", (0.5,)),
    Param("clipvalue", (0.25,), unless=("clipnorm",)),
    Param("global_clipnorm", (0.75,), unless=("clipnorm", "clipvalue")),
)
AVERAGE = (
    Param("use_ema", (True,), keras=">=2.11"),
    Param("ema_momentum", (0.9,), needs=("use_ema",), keras=">=2.11"),
    Param("ema_overwrite_frequency", (2,), needs=("use_ema",), keras=">=2.11"),
)
SCALE = Param("loss_scale_factor", (4.0,), keras=">=3.0")
ACCUMULATE = Param("gradient_accumulation_steps", (2,), keras=">=3.3")
NAME = Param("name", ("descent",))
DECAY = Param("weight_decay", (0.01,), keras=">=2.11")
EPSILON = Param("epsilon", (1e-4,))
BETAS = (Param("beta_1", (0.8,)), Param("beta_2", (0.95,)))
POSITIVE_RATE = Param("learning_rate", tuple(rate for rate in RATES if "warmup_target" not in str(rate)))
"""Without the schedule that starts at 0, by which ``Ftrl`` would divide."""
COMMON = (RATE, *CLIPS, *AVERAGE, SCALE, ACCUMULATE, NAME, DECAY)
AMSGRAD = Param("amsgrad", (True,))

DENSE_ONLY = ("loss_scale_factor", "centered")
"""Arguments that Keras cannot apply to the sparse gradients of ``Embedding`` (3.15: ``IndexedSlices`` are
neither divided nor subtracted)."""

SINGLE_ONLY = ("global_clipnorm",)
"""Arguments that Keras cannot apply to variables of different dtypes (3.15)."""

UNMIXED = ("Muon",)
"""Optimizers that cannot train variables of different dtypes (Keras 3.15); the plainest one stands in."""

INNER: tuple[Json, ...] = (
    made("optimizers.Adam", learning_rate=0.01),
    made("optimizers.SGD", learning_rate=0.02, momentum=0.5),
)

MAPS: tuple[Json, ...] = (
    made("optimizers.OptimizerMap", default_optimizer=made("optimizers.SGD", learning_rate=0.02)),
    made(
        "optimizers.OptimizerMap",
        default_optimizer=made("optimizers.SGD", learning_rate=0.02, momentum=0.5),
        optimizer_map={".*kernel": made("optimizers.Adam", learning_rate=0.01)},
    ),
)
"""Optimizers by the path of a variable."""

OPTIMIZERS: tuple[Optimizer, ...] = (
    Optimizer(
        "SGD",
        (*COMMON, Param("momentum", (0.9,)), Param("nesterov", (True,), needs=("momentum",))),
        alias="sgd",
        bounded=False,
        half=True,
    ),
    Optimizer("Adam", (*COMMON, *BETAS, EPSILON, AMSGRAD), alias="adam"),
    Optimizer(
        "RMSprop",
        (*COMMON, Param("rho", (0.8,)), Param("momentum", (0.5,)), EPSILON, Param("centered", (True,))),
        alias="rmsprop",
    ),
    Optimizer("AdamW", (*COMMON, *BETAS, EPSILON, AMSGRAD), alias="adamw", tf=">=2.12"),
    Optimizer("Adadelta", (*COMMON, Param("rho", (0.9,)), EPSILON), alias="adadelta"),
    Optimizer("Adagrad", (*COMMON, Param("initial_accumulator_value", (0.2,)), EPSILON), alias="adagrad", half=True),
    Optimizer("Adamax", (*COMMON, *BETAS, EPSILON), alias="adamax"),
    Optimizer(
        "Adafactor",
        (
            *COMMON,
            Param("beta_2_decay", (-0.7,)),
            Param("epsilon_1", (1e-20,)),
            Param("epsilon_2", (1e-2,)),
            Param("clip_threshold", (0.9,)),
            Param("relative_step", (False,)),
        ),
        sparse=False,
        alias="adafactor",
        tf=">=2.12",
    ),
    Optimizer("Nadam", (*COMMON, *BETAS, EPSILON), alias="nadam"),
    Optimizer(
        "Ftrl",
        (
            POSITIVE_RATE,
            *COMMON[1:],
            Param("learning_rate_power", (-0.6,)),
            Param("initial_accumulator_value", (0.2,)),
            Param("l1_regularization_strength", (0.01,)),
            Param("l2_regularization_strength", (0.02,)),
            Param("l2_shrinkage_regularization_strength", (0.03,)),
            Param("beta", (0.1,)),
        ),
        alias="ftrl",
    ),
    Optimizer("Lion", (*COMMON, *BETAS), alias="lion", tf=">=2.13"),
    Optimizer("Lamb", (*COMMON, *BETAS, EPSILON), alias="", keras=">=3.5"),
    Optimizer(
        "Muon",
        (
            *COMMON,
            Param("adam_beta_1", (0.8,)),
            Param("adam_beta_2", (0.95,)),
            EPSILON,
            Param("exclude_layers", (["out"],)),
            Param("exclude_embeddings", (False,)),
            Param("adam_lr_ratio", (0.5,)),
            Param("adam_weight_decay", (0.01,)),
            Param("rms_rate", (0.3,)),
            Param("muon_a", (3.2,)),
            Param("muon_b", (-4.5,)),
            Param("muon_c", (1.9,)),
            Param("momentum", (0.9,)),
            Param("ns_steps", (4,)),
            Param("nesterov", (False,)),
        ),
        alias="muon",
        keras=">=3.10",
    ),
    Optimizer(
        "LossScaleOptimizer",
        (Param("initial_scale", (1024.0,)), Param("dynamic_growth_steps", (2, 1000)), NAME),
        required=(Param("inner_optimizer", INNER),),
        sparse=False,
        bounded=False,
        keras=">=3.0",
    ),
    Optimizer(
        "MultiOptimizer",
        (SCALE, NAME),
        required=(Param("optimizer_map", MAPS),),
        keras=">=3.15",
    ),
    Optimizer("ScheduleFreeAdamW", (*COMMON, *BETAS, EPSILON, Param("warmup_steps", (2,))), alias="", keras=">=3.14"),
)

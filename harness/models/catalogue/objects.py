"""Initializers, regularizers, constraints and activations: values for layer arguments, simplest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.models.catalogue.entry import Json, Param, function, is_quantized, made, untag

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.models.catalogue.entry import Args, Tensor

MATRIX = 2
"""Rank of a dense layer's kernel."""

VECTOR_INITIALIZERS: tuple[Json, ...] = (
    "ones",
    "random_normal",
    made("initializers.Constant", value=0.25),
    made("initializers.RandomNormal", mean=0.1, stddev=0.2, seed=11),
    made("initializers.RandomUniform", minval=-0.3, maxval=0.4, seed=12),
    made("initializers.TruncatedNormal", mean=-0.1, stddev=0.3, seed=13),
    made("initializers.Zeros"),
    made("initializers.Ones"),
)
"""For variables of any rank."""

KERNEL_INITIALIZERS: tuple[Json, ...] = (
    "he_normal",
    "lecun_uniform",
    made("initializers.GlorotNormal", seed=1),
    made("initializers.GlorotUniform", seed=2),
    made("initializers.HeNormal", seed=3),
    made("initializers.HeUniform", seed=4),
    made("initializers.LecunNormal", seed=5),
    made("initializers.LecunUniform", seed=6),
    made("initializers.Orthogonal", gain=1.5, seed=7),
    made("initializers.VarianceScaling", scale=2.0, mode="fan_out", distribution="uniform", seed=8),
    made("initializers.VarianceScaling", scale=0.5, mode="fan_avg", distribution="untruncated_normal", seed=9),
    made("initializers.VarianceScaling", input_axes=[0], output_axes=[1], seed=14),
    made("initializers.GlorotNormal", input_axes=[1], output_axes=[0], seed=15),
    made("initializers.GlorotUniform", output_axes=[0], seed=16),
    made("initializers.HeNormal", input_axes=[-1], seed=17),
    made("initializers.HeUniform", input_axes=[-1], output_axes=[-2], seed=18),
    made("initializers.LecunNormal", input_axes=[-1], output_axes=[0], seed=19),
    made("initializers.LecunUniform", input_axes=[0, 1], output_axes=[-1], seed=20),
    made("initializers.HeNormal"),
    made("initializers.GlorotUniform", seed=made("random.SeedGenerator", seed=5)),
    made("initializers.RandomNormal", seed=made("random.SeedGenerator", seed=6, name="dice")),
    *VECTOR_INITIALIZERS,
)
"""For variables of rank 2 or more."""

MATRIX_INITIALIZERS: tuple[Json, ...] = (*KERNEL_INITIALIZERS, made("initializers.Identity", gain=0.7))
"""For variables of rank 2."""

REGULARIZERS: tuple[Json, ...] = (
    "l2",
    "l1",
    made("regularizers.L1", l1=0.02),
    made("regularizers.L2", l2=0.03),
    made("regularizers.L1L2", l1=0.004, l2=0.005),
    function("custom.ridge"),
)


def matrix_regularizers(_: Sequence[Tensor], args: Args) -> tuple[Json, ...]:
    """For variables of rank 2; one column has nothing to be orthogonal to (Keras would divide by 0)."""
    if args.get("units", args.get("output_dim")) == 1:
        return REGULARIZERS
    return (*REGULARIZERS, made("regularizers.OrthogonalRegularizer", factor=0.02, mode="columns"))


CONSTRAINTS: tuple[Json, ...] = (
    "non_neg",
    made("constraints.NonNeg"),
    made("constraints.MaxNorm", max_value=1.5, axis=0),
    made("constraints.UnitNorm", axis=0),
    made("constraints.MinMaxNorm", min_value=0.1, max_value=1.2, rate=0.5, axis=0),
)

ACTIVATIONS: tuple[Json, ...] = (
    "relu",
    "tanh",
    "sigmoid",
    "softmax",
    "elu",
    "selu",
    "gelu",
    "softplus",
    "softsign",
    "swish",
    "hard_sigmoid",
    "leaky_relu",
    "mish",
    "relu6",
    "silu",
    "log_softmax",
    "linear",
    function("activations.gelu"),
    function("activations.tanh"),
    function("custom.squash"),
    function("custom.plain_squash"),
    made("layers.LeakyReLU", negative_slope=0.25),
    made("layers.ReLU", max_value=4.0, negative_slope=0.1),
    made("layers.Softmax"),
    made("layers.ELU", alpha=0.5),
)

GATES: tuple[Json, ...] = ("relu", "sigmoid", "softsign", "hard_sigmoid", function("custom.squash"))
"""Activations for inside recurrent layers."""

POLICIES: tuple[Json, ...] = ("float64", "float16", "bfloat16", "mixed_float16", "mixed_bfloat16")

POLICY_OBJECTS: tuple[Json, ...] = (
    made("dtype_policies.DTypePolicy", name="mixed_bfloat16"),
    made("dtype_policies.DTypePolicy", name="float64"),
    made("dtype_policies.DTypePolicyMap", default_policy="float64"),
    made(
        "dtype_policies.DTypePolicyMap",
        policy_map={
            "elsewhere": made("dtype_policies.DTypePolicy", name="mixed_bfloat16"),
            "nowhere": made("dtype_policies.DTypePolicy", name="float64"),
        },
    ),
    made(
        "dtype_policies.DTypePolicyMap",
        default_policy="float32",
        policy_map={
            "elsewhere": made("dtype_policies.QuantizedDTypePolicy", mode="int8", source_name="mixed_bfloat16"),
            "nowhere": made("dtype_policies.AWQDTypePolicy", mode="awq/4/16", source_name="float32"),
            "anywhere": made("dtype_policies.GPTQDTypePolicy", mode="gptq/4/16", source_name="float64"),
        },
    ),
)

QUANTIZED: tuple[Json, ...] = (
    made("dtype_policies.QuantizedDTypePolicy", mode="int8", source_name="float32"),
    made("dtype_policies.QuantizedDTypePolicy", mode="int8", source_name="mixed_bfloat16"),
    "int4_from_float32",
)
"""For layers that can compute with integers."""

FLOAT8: tuple[Json, ...] = (
    made("dtype_policies.QuantizedFloat8DTypePolicy", mode="float8", source_name="float32", amax_history_length=4),
)
"""For layers that can compute in eight bits."""

INNER_POLICIES: tuple[Json, ...] = (
    made(
        "dtype_policies.DTypePolicyMap",
        default_policy="float32",
        policy_map={".*query": made("dtype_policies.DTypePolicy", name="mixed_bfloat16")},
    ),
    made(
        "dtype_policies.DTypePolicyMap",
        policy_map={
            ".*key": made("dtype_policies.DTypePolicy", name="mixed_float16"),
            ".*value": made("dtype_policies.DTypePolicy", name="mixed_bfloat16"),
        },
    ),
)
"""For layers that are made of others, by the path of each."""

REGULARIZED = (
    "regularizer",
    "activity_regularizer",
    *(
        f"{name}_regularizer"
        for name in ("kernel", "bias", "recurrent", "depthwise", "pointwise", "embeddings", "beta", "gamma", "alpha")
    ),
)
"""Keras cannot add up penalties of different dtypes."""


def _policies(_: Sequence[Tensor], args: Args) -> tuple[Json, ...]:
    """No ``bfloat16`` for orthogonal matrices: TensorFlow cannot make them so."""
    plain = (policy for policy in POLICIES if policy != "bfloat16" or "rthogonal" not in str(args))
    return (*plain, *POLICY_OBJECTS)


def _quantizing(tensors: Sequence[Tensor], args: Args) -> tuple[Json, ...]:
    """Also in integers, which Keras multiplies with dense tensors only."""
    return (*_policies(tensors, args), *(() if tensors[0].sparse else QUANTIZED))


def _narrow(tensors: Sequence[Tensor], args: Args) -> tuple[Json, ...]:
    return (*_quantizing(tensors, args), *(() if tensors[0].sparse else FLOAT8))


def _mapped(tensors: Sequence[Tensor], args: Args) -> tuple[Json, ...]:
    return (*_policies(tensors, args), *INNER_POLICIES)


def ranks(*values: int) -> Param:
    """Of matrices that are trained in the place of a kernel of floats."""
    return Param("lora_rank", lambda _, args: () if is_quantized(args) else values, keras=">=3.2")


DTYPE = Param("dtype", _policies, unless=REGULARIZED)
QUANTIZING_DTYPE = Param("dtype", _quantizing, unless=REGULARIZED)
NARROW_DTYPE = Param("dtype", _narrow, unless=REGULARIZED)
MAPPED_DTYPE = Param("dtype", _mapped, unless=REGULARIZED)
RECURRENT_DTYPE = Param("dtype", tuple(policy for policy in POLICIES if policy != "bfloat16"), unless=REGULARIZED)
NARROW = tuple(item for item in ACTIVATIONS if "oftmax" not in str(item))
"""For a last axis of length 1, over which there is nothing to normalise."""


def activations(tensors: Sequence[Tensor], args: Args) -> tuple[Json, ...]:
    """Activations for as many units as there are; of channels that come first, the last axis may be a single step."""
    if args.get("data_format") == "channels_first":
        return NARROW
    out = untag(args.get("output_shape", tensors[0].shape[-1]))
    width = args.get("units", args.get("filters", out[-1] if isinstance(out, tuple) else out))
    return NARROW if width == 1 else ACTIVATIONS


ACTIVATION = Param("activation", activations)
NO_BIAS = Param("use_bias", (False,))
ACTIVITY = Param("activity_regularizer", REGULARIZERS[:5])
SEED = Param("seed", (7, 1337))


def variable(prefix: str, *, rank: int = 3) -> tuple[Param, ...]:
    """The three arguments that every variable of a layer has: initializer, regularizer, constraint."""
    initializers = {1: VECTOR_INITIALIZERS, MATRIX: MATRIX_INITIALIZERS}.get(rank, KERNEL_INITIALIZERS)
    return (
        Param(f"{prefix}_initializer", initializers),
        Param(f"{prefix}_regularizer", matrix_regularizers if rank == MATRIX else REGULARIZERS),
        Param(f"{prefix}_constraint", CONSTRAINTS),
    )


KERNEL = variable("kernel")
BIAS = tuple(Param(param.name, param.values, unless=("use_bias",)) for param in variable("bias", rank=1))

"""What a user adds to Keras: layers, functions, losses, metrics and subclassed models.

Names that begin with ``Plain`` or ``plain_`` are not registered with Keras: loading needs ``custom_objects``.
Import it after :func:`harness.subject.env.prepare`.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import re
from typing import Any, Callable, Dict, List, Optional

from . import env, graph
from .forms import arrange, flatten

keras = env.keras()  # type: Any
Json = Any
PACKAGE = "harness"


def _registrar() -> Callable[[str], Callable[[Any], Any]]:
    saving = getattr(keras, "saving", None) or keras.utils
    register = getattr(saving, "register_keras_serializable", None)
    # TensorFlow 2.0 has no registration: what would be registered is handed over with the rest.
    return register if register is not None else lambda package: _remember


UNREGISTRABLE = []  # type: List[Any]


def _remember(item: Any) -> Any:
    UNREGISTRABLE.append(item)
    return item


registered = _registrar()(PACKAGE)


# Functions


@registered
def double(inputs: Any) -> Any:
    """For ``Lambda``."""
    return inputs * 2.0


@registered
def scaled(inputs: Any) -> Any:
    """For ``Lambda``."""
    return inputs * 0.5 - 0.25


@registered
def power(inputs: Any, exponent: float = 2.0) -> Any:
    """For ``Lambda``, with an argument."""
    return abs(inputs) ** exponent


def plain_double(inputs: Any) -> Any:
    """For ``Lambda``, not registered."""
    return inputs * 2.0 + 0.5


@registered
def squash(inputs: Any) -> Any:
    """An activation."""
    return inputs / (1.0 + abs(inputs))


def _loop() -> Callable[[int], Callable[[Any], Any]]:
    """What makes lambdas in a loop: all see the place that the loop has reached."""
    place = 0

    def made(number: int) -> Callable[[Any], Any]:
        nonlocal place
        place = number
        return lambda inputs: inputs[..., place : place + 1] * (place + 1.0)

    return made


column = _loop()


def scaling(by: float) -> Any:
    """A lambda that has an argument with a default."""
    return lambda inputs, factor=by: inputs * factor


@registered
def gentle(step: Any = None) -> Any:
    """A learning rate."""
    return 0.004


@registered
def standardized(texts: Any) -> Any:
    """For ``TextVectorization``."""
    import tensorflow as tf

    return tf.strings.upper(texts)


def plain_squash(inputs: Any) -> Any:
    """An activation, not registered."""
    return 2.0 * inputs / (1.0 + abs(inputs))


@registered
def ridge(weights: Any) -> Any:
    """A regularizer."""
    import tensorflow as tf

    return 0.01 * tf.reduce_sum(tf.square(tf.cast(weights, "float32")))


def _pinball(y_true: Any, y_pred: Any, quantile: float) -> Any:
    import tensorflow as tf

    error = tf.cast(y_true, y_pred.dtype) - y_pred
    return tf.reduce_mean(tf.maximum(quantile * error, (quantile - 1.0) * error), axis=-1)


@registered
def pinball(y_true: Any, y_pred: Any) -> Any:
    """A loss."""
    return _pinball(y_true, y_pred, 0.4)


def plain_pinball(y_true: Any, y_pred: Any) -> Any:
    """A loss, not registered."""
    return _pinball(y_true, y_pred, 0.6)


@registered
def spread(y_true: Any, y_pred: Any) -> Any:
    """A metric."""
    import tensorflow as tf

    return tf.reduce_max(abs(tf.cast(y_true, y_pred.dtype) - y_pred), axis=-1)


def plain_spread(y_true: Any, y_pred: Any) -> Any:
    """A metric, not registered."""
    import tensorflow as tf

    return tf.reduce_min(abs(tf.cast(y_true, y_pred.dtype) - y_pred), axis=-1)


# Losses, metrics, schedules


class PlainPinball(keras.losses.Loss):
    """A loss with an argument, not registered."""

    def __init__(self, quantile: float = 0.5, name: str = "pinball", **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)
        self.quantile = quantile

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return _pinball(y_true, y_pred, self.quantile)

    def get_config(self) -> Dict[str, Any]:
        return dict(super().get_config(), quantile=self.quantile)


@registered
class Pinball(PlainPinball):
    """A loss with an argument."""


class PlainLargestError(keras.metrics.Metric):
    """A metric with state of its own, not registered."""

    def __init__(self, name: str = "largest_error", **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)
        self.largest = self.add_weight(name="largest", shape=(), initializer="zeros")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        import tensorflow as tf

        error = tf.reduce_max(abs(tf.cast(y_true, "float32") - tf.cast(y_pred, "float32")))
        self.largest.assign(tf.maximum(tf.convert_to_tensor(self.largest), error))

    def result(self) -> Any:
        import tensorflow as tf

        return tf.convert_to_tensor(self.largest)


@registered
class LargestError(PlainLargestError):
    """A metric with state of its own."""


@registered
class TwoErrors(keras.metrics.Metric):
    """A metric that is made of others."""

    def __init__(self, name: str = "two_errors", **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)
        self.absolute = keras.metrics.MeanAbsoluteError(name="absolute")
        self.squared = keras.metrics.MeanSquaredError(name="squared")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        self.absolute.update_state(y_true, y_pred, sample_weight)
        self.squared.update_state(y_true, y_pred, sample_weight)

    def result(self) -> Any:
        return self.absolute.result() + 2.0 * self.squared.result()


@registered
class Halving(keras.optimizers.schedules.LearningRateSchedule):
    """A learning rate that shrinks with every step."""

    def __init__(self, initial_learning_rate: float) -> None:
        self.initial_learning_rate = initial_learning_rate

    def __call__(self, step: Any) -> Any:
        import tensorflow as tf

        return self.initial_learning_rate / (1.0 + tf.cast(step, "float32"))

    def get_config(self) -> Dict[str, Any]:
        return {"initial_learning_rate": self.initial_learning_rate}


# Layers


class PlainScale(keras.layers.Layer):
    """Multiplies by a constant and by a vector that is learned; not registered."""

    def __init__(
        self, factor: float, initializer: Any = "ones", regularizer: Any = None, activation: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.factor = factor
        self.initializer = keras.initializers.get(initializer)
        self.regularizer = keras.regularizers.get(regularizer)
        self.activation = keras.activations.get(activation)

    def build(self, input_shape: Any) -> None:
        self.scale = self.add_weight(
            name="scale",
            shape=(input_shape[-1],),
            initializer=self.initializer,
            regularizer=self.regularizer,
            trainable=True,
        )
        super().build(input_shape)

    def call(self, inputs: Any) -> Any:
        return self.activation(inputs * self.scale * self.factor)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape

    def get_config(self) -> Dict[str, Any]:
        return dict(
            super().get_config(),
            factor=self.factor,
            initializer=keras.initializers.serialize(self.initializer),
            regularizer=keras.regularizers.serialize(self.regularizer),
            activation=keras.activations.serialize(self.activation),
        )


@registered
class Scale(PlainScale):
    """Multiplies by a constant and by a vector that is learned."""


@registered
class Stored(keras.layers.Layer):
    """Says itself how it is stored and built again, as https://keras.io/guides/customizing_saving_and_serialization has it."""

    def __init__(self, factor: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.factor = factor

    def build(self, input_shape: Any) -> None:
        self.width = int(input_shape[-1])
        self.slope = self.add_weight(name="slope", shape=(self.width,), initializer="ones", trainable=True)
        self.start = self.add_weight(name="start", shape=(self.width,), initializer="zeros", trainable=False)
        super().build(input_shape)

    def call(self, inputs: Any) -> Any:
        return inputs * self.slope * self.factor + self.start

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape

    def get_build_config(self) -> Any:
        return {"width": self.width} if self.built else None

    def build_from_config(self, config: Dict[str, Any]) -> None:
        self.build((None, config["width"]))

    def save_own_variables(self, store: Any) -> None:
        if self.built:
            store["the slope"] = self.slope.numpy()
            store["the start"] = self.start.numpy()

    def load_own_variables(self, store: Any) -> None:
        if not self.built:
            return
        if "the start" not in store:
            raise ValueError("where it starts is not in the file")
        self.slope.assign(store["the slope"])
        self.start.assign(store["the start"])

    def get_config(self) -> Dict[str, Any]:
        return dict(super().get_config(), factor=self.factor)


@registered
class Typed(keras.layers.Layer):
    """Knows what it is for, as layers of TensorFlow's own libraries do: a ``TypeSpec`` or a tensor in its configuration."""

    def __init__(self, spec: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.spec = spec

    def call(self, inputs: Any) -> Any:
        return inputs * 1.0

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape

    def get_config(self) -> Dict[str, Any]:
        return dict(super().get_config(), spec=self.spec)

    @classmethod
    def from_config(cls, config: Dict[str, Any]) -> "Typed":
        spec = config["spec"]
        made = keras.saving.deserialize_keras_object(spec) if isinstance(spec, dict) else spec
        return cls(**dict(config, spec=made))


@registered
class Block(keras.layers.Layer):
    """A few dense layers, held in a list, in a dict or in a list of lists."""

    def __init__(self, units: int, depth: int, holds: str = "list", activation: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.depth = depth
        self.holds = holds
        self.activation = keras.activations.get(activation)
        stack = [keras.layers.Dense(units, activation=activation) for _ in range(depth)]
        if holds == "dict":
            # Against the alphabet, which is the order that some formats save in.
            self.blocks: Any = {"zyx"[place]: layer for place, layer in enumerate(stack)}
        else:
            self.blocks = [[layer] for layer in stack] if holds == "nested" else stack

    def _stack(self) -> List[Any]:
        if self.holds == "dict":
            return [self.blocks["zyx"[place]] for place in range(self.depth)]
        return [item[0] for item in self.blocks] if self.holds == "nested" else list(self.blocks)

    def build(self, input_shape: Any) -> None:
        shape = tuple(input_shape)
        for layer in self._stack():
            layer.build(shape)
            shape = shape[:-1] + (self.units,)
        super().build(input_shape)

    def call(self, inputs: Any) -> Any:
        for layer in self._stack():
            inputs = layer(inputs)
        return inputs

    def compute_output_shape(self, input_shape: Any) -> Any:
        return tuple(input_shape[:-1]) + (self.units,)

    def get_config(self) -> Dict[str, Any]:
        return dict(
            super().get_config(),
            units=self.units,
            depth=self.depth,
            holds=self.holds,
            activation=keras.activations.serialize(self.activation),
        )


def _generator() -> Any:
    """A generator with a name of its own, where it may have one."""
    named = "name" in inspect.signature(keras.random.SeedGenerator.__init__).parameters
    return keras.random.SeedGenerator(11, **({"name": "noise_seed"} if named else {}))


@registered
class Noise(keras.layers.Layer):
    """Adds noise while training, with a generator of its own where Keras has one."""

    def __init__(self, stddev: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.stddev = stddev
        self.generator = _generator() if env.is_keras_3() else None

    def call(self, inputs: Any, training: Any = None) -> Any:
        if not training:
            return inputs
        return inputs + self.stddev * self._normal(inputs)

    def _normal(self, inputs: Any) -> Any:
        if self.generator is not None:
            return keras.random.normal(keras.ops.shape(inputs), dtype=inputs.dtype, seed=self.generator)
        import tensorflow as tf

        return tf.random.normal(tf.shape(inputs), dtype=inputs.dtype)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape

    def get_config(self) -> Dict[str, Any]:
        return dict(super().get_config(), stddev=self.stddev)


@registered
class Penalty(keras.layers.Layer):
    """Hands its inputs on, and adds the mean of their squares to the loss."""

    def __init__(self, rate: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rate = rate

    def call(self, inputs: Any) -> Any:
        import tensorflow as tf

        self.add_loss(self.rate * tf.reduce_mean(tf.square(tf.cast(inputs, "float32"))))
        return inputs

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape

    def get_config(self) -> Dict[str, Any]:
        return dict(super().get_config(), rate=self.rate)


@registered
class LeakyCell(keras.layers.Layer):
    """A recurrent cell with two states."""

    def __init__(self, units: int, holds: str = "list", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.holds = holds
        self.state_size = (units, units) if holds == "tuple" else [units, units]
        self.output_size = units
        self.project = keras.layers.Dense(units)

    def build(self, input_shape: Any) -> None:
        self.project.build(tuple(input_shape))
        self.leak = self.add_weight(name="leak", shape=(self.units,), initializer="ones", trainable=True)
        super().build(input_shape)

    def call(self, inputs: Any, states: Any, training: Any = None) -> Any:
        fast, slow = states
        fast = self.project(inputs) + 0.5 * fast
        slow = 0.5 * slow + self.leak * fast
        return slow, (fast, slow) if self.holds == "tuple" else [fast, slow]

    def compute_output_shape(self, input_shape: Any) -> Any:
        return (input_shape[0], self.units)

    def get_config(self) -> Dict[str, Any]:
        return dict(super().get_config(), units=self.units, holds=self.holds)


# Models


class _GraphModel(keras.Model):
    """Layers as its graph says, held as its plan says."""

    def _set_up(self, plan: Dict[str, Json], batch: Optional[int]) -> None:
        self._plan_text = json.dumps({"model": plan, "batch": batch})
        layers = graph.make_layers(plan, batch)
        held = [(layer["name"], made) for layer, made in zip(plan["layers"], layers) if not graph.is_operator(layer)]
        if plan["holds"] == "own":
            self.gain = self.add_weight(name="gain", shape=(), initializer="ones", trainable=True)
        if plan["holds"] == "list":
            self.blocks = [layer for _, layer in held]  # type: Any
        elif plan["holds"] == "nested":
            self.blocks = [[layer] for _, layer in held]
        elif plan["holds"] == "dict":
            self.blocks = dict(held)
        else:
            for name, layer in held:
                setattr(self, attribute(name), layer)

    def _held(self, plan: Dict[str, Json]) -> List[Any]:
        names = [layer["name"] for layer in plan["layers"] if not graph.is_operator(layer)]
        if plan["holds"] in ("list", "nested"):
            held = [item[0] if plan["holds"] == "nested" else item for item in self.blocks]
        elif plan["holds"] == "dict":
            held = [self.blocks[name] for name in names]
        else:
            held = [getattr(self, attribute(name)) for name in names]
        pending = iter(held)
        return [graph.operator(layer) if graph.is_operator(layer) else next(pending) for layer in plan["layers"]]

    def call(self, inputs: Any) -> Any:
        plan = json.loads(self._plan_text)["model"]
        outputs = graph.run(plan, self._held(plan), flatten(inputs, plan["takes"]))
        if plan["holds"] == "own":
            outputs = [output * _cast(self.gain, output) for output in outputs]
        return arrange(outputs, plan["returns"])


def _cast(weight: Any, like: Any) -> Any:
    import tensorflow as tf

    return tf.cast(tf.convert_to_tensor(weight), like.dtype)


def attribute(name: str) -> str:
    """A layer's name as the name of an attribute."""
    return re.sub(r"\W", "_", "block_" + name)


class PlainConfiguredModel(_GraphModel):
    """A subclassed model with ``get_config``, not registered."""

    def __init__(self, plan: str, batch: Optional[int], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._set_up(json.loads(plan), batch)

    def get_config(self) -> Dict[str, Any]:
        text = json.loads(self._plan_text)
        config = {"name": self.name, "trainable": self.trainable}
        return dict(config, plan=json.dumps(text["model"]), batch=text["batch"])

    @classmethod
    def from_config(cls, config: Dict[str, Any], custom_objects: Optional[Dict[str, Any]] = None) -> Any:
        settings = dict(config)
        trainable = settings.pop("trainable", True)
        made = cls(**settings)
        if not trainable:
            # Setting it to what it is would thaw the layers that are frozen by themselves.
            made.trainable = False
        return made


@registered
class ConfiguredModel(PlainConfiguredModel):
    """A subclassed model with ``get_config``."""


class PlainArgumentsModel(_GraphModel):
    """A subclassed model with constructor arguments that no ``get_config`` tells of."""

    def __init__(self, plan: Dict[str, Json], batch: Optional[int], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._set_up(plan, batch)


def argumentless(model: Dict[str, Json], batch: Optional[int]) -> Any:
    """The class of a subclassed model whose constructor takes no arguments: its graph is in its code.

    Models of equal graphs share one class, named after the graph.
    """
    text = json.dumps([model, batch], sort_keys=True)
    name = "PlainModel" + hashlib.sha256(text.encode()).hexdigest()[:8]
    if name not in _ARGUMENTLESS:
        _ARGUMENTLESS[name] = _argumentless(name, model, batch)
    return _ARGUMENTLESS[name]


_ARGUMENTLESS = {}  # type: Dict[str, Any]


def _argumentless(name: str, model: Dict[str, Json], batch: Optional[int]) -> Any:
    def __init__(self: Any, **kwargs: Any) -> None:
        _GraphModel.__init__(self, **dict({"name": model["name"]}, **kwargs))
        self._set_up(model, batch)

    return type(name, (_GraphModel,), {"__init__": __init__, "__doc__": "A subclassed model."})


def subclassed(model: Dict[str, Json], batch: Optional[int]) -> Any:
    """A subclassed model, written down as its ``config`` says."""
    if model["config"] == "none":
        return argumentless(model, batch)()
    if model["config"] == "arguments":
        return PlainArgumentsModel(model, batch, name=model["name"])
    cls = ConfiguredModel if model["config"] == "registered" else PlainConfiguredModel
    return cls(json.dumps(model), batch, name=model["name"])


PLAIN = (
    plain_double,
    plain_squash,
    plain_pinball,
    plain_spread,
    PlainPinball,
    PlainLargestError,
    PlainScale,
    PlainConfiguredModel,
    PlainArgumentsModel,
)
"""What Keras does not know by itself."""


def custom_objects(spec: Optional[Dict[str, Json]] = None) -> Dict[str, Any]:
    """Everything unregistered, by name; with a spec, the classes made for its subclassed models too."""
    objects = {item.__name__: item for item in PLAIN + tuple(UNREGISTRABLE)}
    if spec is not None:
        objects.update(_made_for(spec["model"], graph.static_batch(spec)))
    return objects


def _made_for(model: Dict[str, Json], batch: Optional[int]) -> Dict[str, Any]:
    found = {}  # type: Dict[str, Any]
    for layer in model["layers"]:
        if layer["model"] is not None:
            found.update(_made_for(layer["model"], batch))
    if model["kind"] == "subclassed" and model["config"] == "none":
        cls = argumentless(model, batch)
        found[cls.__name__] = cls
    return found

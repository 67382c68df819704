"""Takes a model's portrait: everything that saving promises to keep, as plain data and arrays.

The order of the steps matters: variables are read before anything is called, since calling a model moves
its random and recurrent state, and evaluating it resets its metrics.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterable, Iterator, List, NamedTuple, Optional, Sequence

from . import env, portrait, variables
from .arrays import as_numpy
from .forms import arrange

if TYPE_CHECKING:
    from .arrays import Arrays

LOOKS = ("predictions", "evaluate", "resume")
"""What takes calling or training the model to see."""


class Data(NamedTuple):
    """Inputs and labels, one array each, and in which forms the model takes them."""

    x: List[Any]
    y: List[Any]
    takes: str = "list"
    returns: str = "list"


class Function:
    """A loaded artifact that is no model: only its predictions are promised."""

    def __init__(self, call: Callable[..., Any], keep: Any = None, variables: Sequence[Any] = ()) -> None:
        self.call = call
        self.keep = keep
        self.variables = variables


def light(model: Any, arrays: Arrays) -> Dict[str, Any]:
    """Portrait without calling the model: what purity compares, before and after each save."""
    if isinstance(model, Function):
        return {"function": True}
    return {
        "function": False,
        "built": bool(getattr(model, "built", False)),
        "architecture": architecture(model, arrays),
        "weights": weights(model, arrays),
        "state": state(model, arrays),
        "compile": compiled(model, arrays),
        "writes": compile_config(model, arrays),
        "optimizer": optimizer(model, arrays),
        "metrics": metrics(model, arrays),
    }


def full(model: Any, data: Data, seed: int, arrays: Arrays, looks: Sequence[str] = LOOKS) -> Dict[str, Any]:
    """Portrait with predictions, ``evaluate`` and further training, if asked for. Leaves the model changed."""
    found = light(model, arrays)
    if not found["function"] and not found["built"]:
        # Calling it would build it, with weights that nothing has saved.
        return found
    if "predictions" in looks:
        found["predictions"] = guarded(lambda: predictions(model, data, seed, arrays))
    if found["function"] or found["compile"] is None:
        return found
    if "evaluate" in looks:
        found["evaluate"] = guarded(lambda: evaluate(model, data, seed, arrays))
    if "resume" in looks:
        found["resume"] = guarded(lambda: resume(model, data, seed, arrays))
    return found


def build_by_call(model: Any, data: Data) -> None:
    """Build a model that has come back unbuilt, as its user would: only then can it be compared with a built one.

    If that fails it stays unbuilt, and that shows in the portrait.
    """
    if not isinstance(model, Function) and not model.built:
        guarded(lambda: model(arrange(data.x, data.takes), training=False))


def guarded(look: Callable[[], Any]) -> Dict[str, Any]:
    """The result of looking, or the exception that looking met: both are facts about the model."""
    from .server import describe_error

    try:
        return {"value": look()}
    except Exception as error:  # noqa: BLE001 - recorded, compared and judged
        return {"raised": describe_error(error)}


def architecture(model: Any, arrays: Arrays) -> Dict[str, Any]:
    """The tree of layers with their options, and the connections between them."""
    return of_layer(model, arrays, trained=True)


def of_layer(layer: Any, arrays: Arrays, trained: bool, named: bool = True) -> Dict[str, Any]:
    """Portrait of one layer (or model) and the layers that it holds.

    ``trainable`` is what counts in training: a layer inside a frozen one does not train, whatever its own flag.
    ``named``: it is a model that holds it. What a layer calls its own parts is its own affair, and where it writes
    their names they are in its configuration.
    """
    trained = trained and bool(layer.trainable)
    found = {
        "class": type(layer).__name__,
        "name": getattr(layer, "name", None) if named else None,
        # An input has nothing to train: its flag is nobody's promise.
        "trainable": None if type(layer).__name__ == "InputLayer" else trained,
        "dtype": _dtype(layer),
        "args": _arguments(layer, arrays),
        "layers": [of_layer(child, arrays, trained, is_model(layer)) for child in sublayers(layer)],
    }  # type: Dict[str, Any]
    config = portrait.config(layer, arrays)
    found["graph"] = graph(config)
    found["config"] = _options(config)
    if found["class"] != "InputLayer" and isinstance(found["config"], dict):
        # Of a first layer of Keras 2, once its model has been built.
        found["config"].pop("batch_input_shape", None)
    return found


def is_model(layer: Any) -> bool:
    """Whether it is a model, not one of its layers."""
    return isinstance(layer, env.keras().Model)


def _arguments(layer: Any, arrays: Arrays) -> Dict[str, Any]:
    found = portrait.arguments(layer, arrays)
    if not layer.trainable and "cell" in found:
        # It has a portrait of its own, where it is as frozen as its layer.
        for told in ("args", "config"):
            found["cell"][told].pop("trainable", None)
    return {name: value for name, value in found.items() if name not in portrait.ELSEWHERE}


def sublayers(layer: Any) -> List[Any]:
    """The layers that a layer holds directly, in the order in which Keras tracks them."""
    if hasattr(layer, "_flatten_layers"):
        return list(layer._flatten_layers(include_self=False, recursive=False))
    return _unwrapped(getattr(layer, "layers", None) or getattr(layer, "_layers", []))


def _unwrapped(held: Iterable[Any]) -> List[Any]:
    """Layers out of the lists and dicts that Keras before 2.4 wraps them in."""
    found = []  # type: List[Any]
    for item in held:
        found.extend([item] if hasattr(item, "get_config") else _unwrapped(getattr(item, "layers", [])))
    return found


def graph(config: Any) -> Any:
    """Connections of a functional model: who is called on what, and which tensors go in and out."""
    if not isinstance(config, dict) or "input_layers" not in config:
        return None
    nodes = [[item.get("name"), item.get("inbound_nodes")] for item in config.get("layers", [])]
    return {"nodes": nodes, "inputs": config["input_layers"], "outputs": config["output_layers"]}


def _options(config: Any) -> Any:
    """A configuration without the layers in it: those have portraits of their own."""
    if not isinstance(config, dict):
        return config
    return {
        key: value if key != "batch_input_shape" else _without_batch(value)
        for key, value in config.items()
        if key not in ("layers", "input_layers", "output_layers", "name", "trainable", "build_input_shape")
    }


def _without_batch(shape: Any) -> Any:
    """A shape without the size of the batch: Keras 2 notes that of the first call, and forgets it at the next."""
    return shape[1:] if isinstance(shape, list) else shape


def _dtype(layer: Any) -> Optional[str]:
    policy = getattr(layer, "dtype_policy", None) or getattr(layer, "_dtype_policy", None)
    if policy is None:
        return getattr(layer, "dtype", None)
    name = str(getattr(policy, "name", policy))
    # One that is a map: what it says of the paths of parts is not in its name.
    parts = sorted("%s: %s" % (path, policy[path].name) for path in policy) if isinstance(policy, Mapping) else []
    return " ".join([name] + parts)


def weights(model: Any, arrays: Arrays) -> List[Dict[str, Any]]:
    """All weights by the layer that owns them, in an order that no ``trainable`` flag changes."""
    found = []  # type: List[Dict[str, Any]]
    seen = set()
    training = {id(variable) for variable in variables.trainable_weights(model)}
    for layer in [model, *_descendants(model)]:
        for variable in own_variables(layer):
            if id(variable) not in seen:
                seen.add(id(variable))
                item = of_variable(variable, arrays, type(layer).__name__, _holder(layer, model))
                found.append(dict(item, trainable=id(variable) in training))
    for variable in variables.weights(model):
        if id(variable) not in seen and id(getattr(variable, "value", None)) not in seen:
            seen.add(id(variable))
            found.append(of_variable(variable, arrays, owner="", holder=""))
    return found


def _holder(layer: Any, model: Any) -> str:
    return "" if layer is model else str(getattr(layer, "name", ""))


def _descendants(layer: Any) -> List[Any]:
    found = []  # type: List[Any]
    pending = list(sublayers(layer))
    while pending:
        child = pending.pop(0)
        if not any(child is other for other in found):
            found.append(child)
            pending = sublayers(child) + pending
    return found


def own_variables(layer: Any) -> List[Any]:
    """Weights that the layer itself has added, not its sublayers."""
    own = []  # type: List[Any]
    for name in ("_trainable_variables", "_non_trainable_variables", "_trainable_weights", "_non_trainable_weights"):
        own.extend(item for item in vars(layer).get(name) or [] if not variables.is_handler(item))
    return own


def of_variable(variable: Any, arrays: Arrays, owner: str = "", holder: str = "") -> Dict[str, Any]:
    """Portrait of a variable; of its path only the last part is promised to survive."""
    path = str(getattr(variable, "path", variable.name))
    found = {
        "owner": owner,
        "holder": holder,
        "name": path.rsplit("/", maxsplit=1)[-1].split(":", maxsplit=1)[0],
        "path": path,
        "trainable": bool(getattr(variable, "trainable", True)),
    }  # type: Dict[str, Any]
    found.update(arrays.add(variable))
    return found


def state(model: Any, arrays: Arrays) -> List[Dict[str, Any]]:
    """Variables that are no weights: seeds of random layers, states of stateful ones."""
    taken = {id(variable) for variable in variables.weights(model)}
    taken.update(id(variable) for metric in getattr(model, "metrics", []) for variable in counts(metric))
    found = [variable for variable in variables.variables(model) if id(variable) not in taken]
    known = taken.union(id(variable) for variable in found)
    carried = [value for value in carried_states(model) if id(value) not in known]
    return [of_variable(variable, arrays, "state") for variable in found + carried]


def carried_states(model: Any) -> List[Any]:
    """What stateful layers carry from batch to batch, which Keras 3 does not count among a model's variables."""
    found = []  # type: List[Any]
    for layer in _descendants(model):
        if getattr(layer, "stateful", False):
            found.extend(_leaves(getattr(layer, "states", None)))
    return found


def _leaves(value: Any) -> List[Any]:
    if isinstance(value, (list, tuple)):
        return [leaf for item in value for leaf in _leaves(item)]
    return [value] if hasattr(value, "numpy") else []


def compiled(model: Any, arrays: Arrays) -> Optional[Dict[str, Any]]:
    """Compile settings: as the user gave them and as the model would write them; None if not compiled."""
    if not is_compiled(model):
        return None
    found = {
        "loss": portrait.of_value(by_output(getattr(model, "loss", None), model), arrays),
        "options": {
            name: portrait.of_value(getattr(model, name), arrays)
            for name in ("run_eagerly", "jit_compile", "steps_per_execution", "auto_scale_loss")
            if hasattr(model, name)
        },
    }  # type: Dict[str, Any]
    written = compile_config(model, arrays)
    if isinstance(written, dict):
        settings = {key: by_output(item, model) for key, item in written.items() if key != "optimizer"}
        found["config"] = _before_use(settings, model)
    found.update(_user_metrics(model, arrays))
    return found


def is_compiled(model: Any) -> bool:
    """Whether ``compile`` has been called, in Keras 3 and in Keras 2."""
    return bool(getattr(model, "compiled", getattr(model, "_is_compiled", False)))


def by_output(setting: Any, model: Any) -> Any:
    """Settings by the name of an output, as a list: names are the user's, and no part of what a difference is."""
    if not env.is_keras_3():
        return _by_position(setting, getattr(model, "output_names", None) or ())
    if not isinstance(setting, dict) or "class_name" in setting:
        return setting
    return [[name, by_output(setting[name], model)] for name in sorted(setting)]


def _by_position(setting: Any, names: Sequence[str]) -> Any:
    """Once a model has been used, Keras 2 has its settings in the order of its outputs, however they were given."""
    if isinstance(setting, dict) and names and set(setting) == set(names):
        setting = [setting[name] for name in names]
    return _lone(setting)


def _lone(setting: Any) -> Any:
    """The settings of a single output: once a model has been used, Keras 2 has them in a list of one list."""
    while isinstance(setting, (list, tuple)) and len(setting) == 1 and isinstance(setting[0], (list, tuple)):
        setting = setting[0]
    return setting


def compile_config(model: Any, arrays: Arrays) -> Any:
    """What saving would write of the compile settings, the optimizer's included; None if there are none."""
    if not is_compiled(model) or not hasattr(model, "get_compile_config"):
        return None
    written = guarded(model.get_compile_config)
    return portrait.of_config(written.get("value"), arrays) if "value" in written else written


def _user_metrics(model: Any, arrays: Arrays) -> Dict[str, Any]:
    holder = getattr(model, "_compile_metrics", None) or getattr(model, "compiled_metrics", None)
    losses = getattr(model, "_compile_loss", None) or getattr(model, "compiled_loss", None)
    weights = getattr(losses, "_user_loss_weights", getattr(losses, "_loss_weights", None))
    metrics, weighted = getattr(holder, "_user_metrics", None), getattr(holder, "_user_weighted_metrics", None)
    return {
        "metrics": _before_use(portrait.of_value(by_output(metrics, model), arrays), model),
        "weighted_metrics": _before_use(portrait.of_value(by_output(weighted, model), arrays), model, "weighted_"),
        "loss_weights": portrait.of_value(weights if env.is_keras_3() else by_output(weights, model), arrays),
    }


def _before_use(setting: Any, model: Any, mark: str = "") -> Any:
    """Settings without what Keras 2 puts before the name of a metric at its first use.

    That is the name of the output, and a mark if another metric has that name already.
    """
    if isinstance(setting, list):
        return [_before_use(item, model, mark) for item in setting]
    if not isinstance(setting, dict):
        return setting
    found = {key: _before_use(item, model, mark) for key, item in setting.items()}
    return dict(found, name=_given(found["name"], model, mark)) if isinstance(found.get("name"), str) else found


def _given(name: str, model: Any, mark: str) -> str:
    """The name that a metric was given."""
    if env.is_keras_3():
        return name
    outputs = getattr(model, "output_names", None) or ()
    prefix = next((item + "_" for item in outputs if len(outputs) > 1 and name.startswith(item + "_")), "")
    name = name[len(prefix) :]
    return name[len(mark) :] if name.startswith(mark) else name


def optimizer(model: Any, arrays: Arrays) -> Optional[Dict[str, Any]]:
    """Class, hyperparameters, iterations and slots; None if there is none.

    What TensorFlow revives of an optimizer whose class it does not know is no optimizer: it cannot train.
    """
    held = getattr(model, "optimizer", None)
    if held is None or not hasattr(held, "iterations"):
        return None
    found = portrait.of_object(held, arrays)
    found["built"] = bool(getattr(held, "built", True))
    found["iterations"] = int(as_numpy(held.iterations))
    found["variables"] = [_slot(variable, arrays) for variable in _in_order(held, model)]
    return found


def _slot(variable: Any, arrays: Arrays) -> Dict[str, Any]:
    """A slot is named after the path of its variable, which may change; what it is for comes last."""
    found = of_variable(variable, arrays)
    found["name"] = str(found["name"]).split("_")[-1]
    return found


def _in_order(held: Any, model: Any) -> List[Any]:
    """All variables of an optimizer; its slots in the order of what they belong to.

    The first optimizers of Keras 2 list them as they came to be, which loading does in another order than training.
    """
    found = optimizer_variables(held)
    if not env.is_keras_3() and int(as_numpy(held.iterations)) == 0:
        # Nothing to keep, whether or not Keras 2 has made the slots by now.
        return []
    if not hasattr(held, "get_slot_names"):
        return found
    owned = [held._slots.get(getattr(variable, "_unique_id", None), {}) for variable in variables.weights(model)]
    slots = [slot[name] for name in sorted(held.get_slot_names()) for slot in owned if name in slot]
    known = {id(slot) for slot in slots}
    return [variable for variable in found if id(variable) not in known] + slots


def optimizer_variables(held: Any) -> List[Any]:
    """All variables of an optimizer: an attribute or a method, by version; also one that is not told of."""
    told = list(held.variables() if callable(held.variables) else held.variables)
    return _and_others(told, _kept(held) if env.is_keras_3() else [])


def _kept(thing: Any) -> List[Any]:
    """What Keras 3 keeps in an optimizer or a metric, and in those in it."""
    held = vars(thing)
    inner = [*(held.get("_metrics") or []), *(held.get("_inner_optimizers") or []), held.get("inner_optimizer")]
    if type(thing).__name__ == "CompileMetrics":
        inner += thing.metrics
    found = list(held.get("_variables") or [])
    return found + [variable for each in inner if each is not None for variable in _kept(each)]


def _and_others(told: List[Any], held: List[Any]) -> List[Any]:
    found = list(told)
    for variable in held:
        if not any(variable is other for other in found):
            found.append(variable)
    return found


def metrics(model: Any, arrays: Arrays) -> List[Dict[str, Any]]:
    """State of the compiled metrics that have been built so far."""
    return [
        {"name": metric.name, "class": type(metric).__name__, "variables": [arrays.add(v) for v in counts(metric)]}
        for metric in getattr(model, "metrics", [])
    ]


def counts(metric: Any) -> List[Any]:
    """The variables that a metric says it has, and those that it has: one that is not told of is state all the same."""
    return _and_others(list(metric.variables), _kept(metric))


def predictions(model: Any, data: Data, seed: int, arrays: Arrays) -> Any:
    """Outputs in inference mode, and of random layers in training mode with seeds set alike."""
    env.seed_inference(seed)
    with same_random_state(model):
        if isinstance(model, Function):
            return outputs(model.call(data.x), arrays)
        return outputs(model(arrange(data.x, data.takes), training=False), arrays)


def outputs(value: Any, arrays: Arrays) -> Any:
    """Outputs as a flat list: kind of tensor, and its array."""
    if isinstance(value, dict):
        return [item for key in sorted(value) for item in outputs(value[key], arrays)]
    if isinstance(value, (list, tuple)):
        return [item for part in value for item in outputs(part, arrays)]
    return [dict(arrays.add(value), tensor=_tensor_kind(value))]


def _tensor_kind(value: Any) -> str:
    name = type(value).__name__
    return name if name in ("SparseTensor", "RaggedTensor") else "Tensor"


def evaluate(model: Any, data: Data, seed: int, arrays: Arrays) -> Any:
    """What ``evaluate`` would say of one batch, by name: metrics start anew, no running averages of training.

    ``evaluate`` itself spends most of its time on making a data set of that batch.
    """
    import numpy as np

    env.seed_inference(seed)
    model.reset_metrics()
    with same_random_state(model):
        values = model.test_on_batch(arrange(data.x, data.takes), arrange(data.y, data.returns))
    values = values if isinstance(values, (list, tuple)) else [values]
    # Python floats, but computed in single precision.
    return {
        "names": list(model.metrics_names)[: len(values)],
        "values": [arrays.add(np.float32(value)) for value in values],
    }


def resume(model: Any, data: Data, seed: int, arrays: Arrays) -> Any:
    """Weights after further training steps, with all random state set alike before."""
    env.seed_all(seed)
    reset_random_state(model)
    # One step shows a lost slot or iteration; an optimizer that accumulates shows it when it applies.
    for _ in range(getattr(model.optimizer, "gradient_accumulation_steps", None) or 1):
        model.train_on_batch(arrange(data.x, data.takes), arrange(data.y, data.returns))
    return weights(model, arrays)


@contextmanager
def same_random_state(model: Any) -> Iterator[None]:
    """For as long as it lasts, seeds that layers hold are set alike; whether a model keeps them its state tells.

    What a call has moved is as before in the end: a model that is looked at once more must not be another for it.
    """
    before = [(variable, variable.numpy()) for variable in moving(model)]
    counted = [(counter, counter._seed) for counter in seed_counters(model)]
    reset_random_state(model)
    for counter, _ in counted:
        counter._seed = 7
    try:
        yield
    finally:
        for variable, value in before:
            variable.assign(value)
        for counter, count in counted:
            counter._seed = count


def reset_random_state(model: Any) -> None:
    """Set the seeds that layers hold: what they draw must not depend on how often they drew before.

    Nor on a seed that nobody has given.
    """
    for variable in random_state(model):
        variable.assign([7, 7])


def moving(model: Any) -> List[Any]:
    """Variables that a call may move: seeds, and averages of layers that are called with ``training=True``."""
    if isinstance(model, Function):
        return random_state(model)
    return [variable for variable in variables.variables(model) if not variable.trainable]


def random_state(model: Any) -> List[Any]:
    """Variables in which Keras 3 counts the random numbers that layers have drawn."""
    every = model.variables if isinstance(model, Function) else variables.variables(model)
    return [variable for variable in every if "seed_generator_state" in str(getattr(variable, "path", variable.name))]


def seed_counters(model: Any) -> List[Any]:
    """What layers of Keras 2 count their seeds with: one more for each operation that they draw with.

    A function that has been traced keeps the seed that it was traced with.
    """
    if env.is_keras_3() or not hasattr(model, "_flatten_layers"):
        return []
    held = [getattr(layer, "_random_generator", None) for layer in model._flatten_layers()]
    return [counter for counter in held if getattr(counter, "_seed", None) is not None]

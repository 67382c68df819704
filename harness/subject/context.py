"""What savers and loaders are handed: the namespaces under test, the live model and the target to fill."""

from __future__ import annotations

import hashlib
import json
import os
from types import SimpleNamespace
from typing import Any, Dict, List, Set

from . import build, custom, env, graph, snapshot, variables
from .arrays import Arrays, as_numpy
from .forms import arrange


class NoTargetError(Exception):
    """The model to load into cannot be made by the route that the loader names; the route does not apply."""


class Context:
    """One model under trial. ``target`` is made before the loader runs, so that its faults are not the loader's."""

    def __init__(self, spec: Dict[str, Any], built: Any) -> None:
        import tensorflow as tf

        self.tf = tf
        self.keras = env.keras()
        self.models = self.keras.models
        self.saving = _saving(self.keras)
        self.spec = spec
        self.built = built
        self.custom_objects = custom.custom_objects(spec)
        self.target = None  # type: Any
        self._targets = {}  # type: Dict[str, Target]

    @property
    def model(self) -> Any:
        """The live model, as a user would hold it."""
        return self.built.model

    def make_target(self, kind: str) -> None:
        """Make the model that a loader fills.

        Args:
            kind: ``rebuilt`` (by the builder, with other weights), ``refrozen`` (the same with the trainable
                flags of its layers flipped), ``renamed`` (the same with other names for the models inside it, whose
                layers keep theirs), ``namesake`` (rebuilt, used like the original, with variables of the same
                paths) or ``from_json`` (from the original's own JSON).

        Raises:
            NoTargetError: the original cannot be written to JSON and read back, has no models inside, or has
                variables whose paths another model cannot have.
        """
        if kind not in self._targets:
            self._targets[kind] = Target(self._new_target(kind))
        self.target = self._targets[kind].model

    def give_back(self, kind: str, artifact: Any) -> None:
        """A loader is done with the target: put its values back, or forget it if that does not restore it."""
        target = self._targets.get(kind)
        if target is not None and (_lingers(artifact) or not target.restored()):
            del self._targets[kind]

    def _new_target(self, kind: str) -> Any:
        if kind == "from_json":
            return self._from_json()
        if kind == "namesake":
            return self._namesake()
        target = build.build(self.spec, salt=1, train=False).model
        if kind == "refrozen":
            build.flip_trainable(target)
        if kind == "renamed":
            self._rename(target)
        return target

    def _namesake(self) -> Any:
        with env.naming_from(self.built.counters):
            target = build.build(self.spec, salt=1, train=False).model
            self._use(target)
        lacking = _paths(self.model) - _paths(target)
        if lacking:
            raise NoTargetError("a model that is built once more has no variable '%s'" % min(lacking))
        return target

    def _use(self, target: Any) -> None:
        """Let the optimizer and the metrics have the variables that those of the original have."""
        optimizer = getattr(self.model, "optimizer", None)
        if optimizer is not None and optimizer.built and not target.optimizer.built:
            target.optimizer.build(target.trainable_variables)
        if len(target.metrics_variables) < len(self.model.metrics_variables):
            plan = self.spec["model"]
            target.test_on_batch(arrange(self.built.x, plan["takes"]), arrange(self.built.y, plan["returns"]))
            target.reset_metrics()

    @staticmethod
    def _rename(target: Any) -> None:
        inner = [layer for layer in target.layers if snapshot.is_model(layer)]
        if not inner:
            raise NoTargetError("there is no model inside to call otherwise")
        for layer in inner:
            graph.set_name(layer, layer.name + "_elsewhere")

    def _from_json(self) -> Any:
        try:
            made = self.models.model_from_json(self.model.to_json(), custom_objects=self.custom_objects)
        except Exception as error:
            raise NoTargetError("%s: %s" % (type(error).__name__, error)) from error
        if not snapshot.is_model(made):
            raise NoTargetError("model_from_json returns %s" % type(made).__name__)
        return made


def _lingers(artifact: Any) -> bool:
    """Whether Keras 2 reads it as a TensorFlow checkpoint: what could not be restored yet, it restores later on."""
    return not env.is_keras_3() and isinstance(artifact, str) and not os.path.isfile(artifact)


def _saving(keras: Any) -> Any:
    """``keras.saving`` where it is complete, else the same calls under their older names."""
    saving = getattr(keras, "saving", None)
    if saving is not None and hasattr(saving, "load_model"):
        return saving
    return SimpleNamespace(
        save_model=keras.models.save_model,
        load_model=keras.models.load_model,
        custom_object_scope=keras.utils.custom_object_scope,
    )


class Target:
    """A model to load into, and what its variables held before: cheaper to put back than to build again."""

    def __init__(self, model: Any) -> None:
        self.model = model
        self.values = [(variable, as_numpy(variable)) for variable in _variables(model)]
        self.digest = digest(model)

    def restored(self) -> bool:
        """Put the values back; whether the model then is what it was."""
        if digest(self.model) == self.digest:
            return True
        if len(_variables(self.model)) != len(self.values):
            return False
        for variable, value in self.values:
            variable.assign(value)
        return digest(self.model) == self.digest


def digest(model: Any) -> str:
    """Digest of all that a load could change in a model that it fills."""
    arrays = Arrays()
    looks = (snapshot.weights, snapshot.state, snapshot.optimizer, snapshot.metrics)
    found = [look(model, arrays) for look in looks]
    return hashlib.sha256(json.dumps(found, sort_keys=True).encode()).hexdigest()


def _paths(model: Any) -> Set[str]:
    return {variable.path for variable in _variables(model) + model.metrics_variables}


def _variables(model: Any) -> List[Any]:
    optimizer = getattr(model, "optimizer", None)
    return variables.variables(model) + ([] if optimizer is None else snapshot.optimizer_variables(optimizer))

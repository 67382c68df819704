"""Compares two snapshots as plain data, facet by facet, into differences.

Every difference has a key without names, indices and numbers, ``Dense.activation``: the same problem in
another model has the same key. What differs between two builds of the same spec (the noise) is no
difference. What may follow from another difference names it as a cause.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from harness.trial.arrays import Closeness, Store, closeness, worst

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.trial.records import Observed

Json = Any

CAUSES: dict[str, tuple[str, ...]] = {
    "predictions": ("architecture", "weights", "state"),
    "evaluate": ("architecture", "weights", "state", "predictions", "compile"),
    "resume": ("architecture", "weights", "state", "predictions", "compile", "optimizer"),
}
"""If one of these differs, the facet may well differ too."""

LOADED = ("architecture", "weights", "state", "compile", "optimizer", "metrics", "predictions", "resume")
"""Facets of a loaded model."""

LOOKS = ("predictions", "evaluate", "resume")
"""Facets that calling the model shows."""

LONGEST = 80
"""Characters of a value that a difference quotes."""

ABSENT = "<absent>"
HOLDERS = frozenset(
    ("args", "config", "options", "value", "$fn", "$array", "class", "class_name", "registered_name", "module")
)
"""Steps of a path that say where a value was found, not what it is."""


@dataclass(frozen=True)
class Difference:
    """One place where two snapshots disagree."""

    key: str
    path: str
    before: str
    after: str
    closeness: Closeness = "structure"
    form: bool = False
    """A name on one side, an object on the other: ``"mae"`` and ``MeanAbsoluteError()``. Whether they mean the
    same shows in ``evaluate``."""


@dataclass(frozen=True)
class Comparison:
    """One facet compared."""

    observed: Observed
    closeness: Closeness = "exact"
    differences: tuple[Difference, ...] = ()
    causes: tuple[str, ...] = ()
    """Other facets that differ too, and explain this one if their own difference is accounted for."""
    vacuous: bool = False
    """There was nothing to lose: an optimizer that has not taken a step."""


@dataclass(frozen=True)
class Side:
    """A snapshot and its arrays."""

    snapshot: dict[str, Json]
    arrays: Store = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class Scope:
    """What a comparison needs beside its two sides."""

    depth: int = 1
    noise: frozenset[str] = frozenset()
    """Paths that differ between two builds of one spec."""
    own_flags: bool = False
    """The target had other ``trainable`` flags by design."""
    floor: float = 0.0
    """The finest that a result can be, as a distance from 1.0: that of the dtypes in which the model computes."""
    looks: frozenset[str] = frozenset(LOOKS)
    """Of what takes calling the model: what was asked for. Of the rest there is nothing to say."""


def noise(reference: Side, twin: Side) -> frozenset[str]:
    """Paths at which two builds of the same spec differ, each ``facet:path``."""
    compared = _compared(reference, twin, Scope())
    return frozenset(
        f"{facet}:{difference.path}"
        for facet, comparison in compared.items()
        for difference in comparison.differences
        if difference.closeness != "exact"
    )


def compare(before: Side, after: Side, scope: Scope) -> dict[str, Comparison]:
    """All facets of two snapshots; ``evaluate`` belongs to ``compile``, whose observable it is."""
    compared = _compared(before, after, scope)
    return _fold_evaluate(compared) if "evaluate" in compared else compared


def _compared(before: Side, after: Side, scope: Scope) -> dict[str, Comparison]:
    walk = _Walk(before, after, scope)
    if "not_a_model" in after.snapshot:
        difference = Difference(f"returns {after.snapshot['not_a_model']}", "", "a model", "no model")
        return {name: Comparison("lost", "structure", (difference,)) for name in LOADED}
    if after.snapshot.get("function"):
        return walk.all_looked(("predictions",))
    compared = {
        "architecture": walk.architecture(),
        "weights": walk.variables("weights"),
        "state": walk.variables("state"),
        "compile": walk.compiled(),
        "optimizer": walk.optimizer(),
        "metrics": walk.metrics(),
        **walk.all_looked(LOOKS),
    }
    return _with_causes(compared)


def damage(before: Side, after: Side, scope: Scope) -> Comparison:
    """The live model before and after a save: every facet that shows without calling it, and what it would write."""
    compared = compare(before, after, scope)
    compared["next save"] = _Walk(before, after, scope).writes()
    differences = tuple(
        replace(difference, key=f"{facet}: {difference.key}")
        for facet, comparison in compared.items()
        if comparison.observed in {"changed", "lost"}
        for difference in comparison.differences
    )
    return Comparison("changed" if differences else "survived", "exact", differences)


def _with_causes(compared: dict[str, Comparison]) -> dict[str, Comparison]:
    changed = {name for name, comparison in compared.items() if comparison.observed in {"changed", "lost"}}
    return {
        name: replace(comparison, causes=tuple(cause for cause in CAUSES.get(name, ()) if cause in changed))
        for name, comparison in compared.items()
    }


def _fold_evaluate(compared: dict[str, Comparison]) -> dict[str, Comparison]:
    """A changed ``evaluate`` is a changed ``compile``, whose observable it is, if nothing else explains it."""
    evaluated = compared.pop("evaluate")
    changed = evaluated.observed in {"changed", "lost"} and not evaluated.causes
    if compared["compile"].observed == "survived" and changed:
        compared["compile"] = replace(evaluated, observed="changed")
    return compared


class _Walk:
    """Collects the differences of one pair of snapshots."""

    def __init__(self, before: Side, after: Side, scope: Scope) -> None:
        self.before = before
        self.after = after
        self.scope = scope

    def architecture(self) -> Comparison:
        pair = [side.snapshot["architecture"] for side in (self.before, self.after)]
        if self.before.snapshot["built"] != self.after.snapshot["built"]:
            # Building completes some arguments (an axis becomes a list of axes): compare what is written instead.
            pair = [_without_arguments(tree) for tree in pair]
        return self._result("architecture", [*self._tree("", pair[0], pair[1], owner="model"), *self._flags()])

    def variables(self, facet: str) -> Comparison:
        """Weights, or state that is no weights."""
        before, after = self.before.snapshot[facet], self.after.snapshot[facet]
        if not before and not after:
            return Comparison("absent")
        return self._result(facet, list(self._variable_lists("", before, after)))

    def compiled(self) -> Comparison:
        before, after = self.before.snapshot["compile"], self.after.snapshot["compile"]
        if before is None or after is None:
            return self._one_missing("compile", before, after)
        return self._result("compile", [item for item in self._tree("", before, after, "compile") if not item.form])

    def writes(self) -> Comparison:
        """What saving would write of the compile settings."""
        pair = (self.before.snapshot["writes"], self.after.snapshot["writes"])
        return self._result("writes", list(self._tree("", *pair, owner="compile_config")))

    def optimizer(self) -> Comparison:
        before, after = self.before.snapshot["optimizer"], self.after.snapshot["optimizer"]
        if before is None or after is None:
            return self._one_missing("optimizer", before, after)
        started = before["iterations"] != 0
        parts = [_settings(side, started=started) for side in (before, after)]
        differences = list(self._tree("", parts[0], parts[1], owner="optimizer"))
        # Slots that have never been used are nothing to lose: an optimizer may make them when it needs them.
        if started or (before["built"] and after["built"]):
            differences += self._variable_lists("variables", before["variables"], after["variables"])
        return replace(self._result("optimizer", differences), vacuous=not started)

    def metrics(self) -> Comparison:
        before, after = self.before.snapshot["metrics"], self.after.snapshot["metrics"]
        if not any(metric["variables"] for metric in before):
            return Comparison("absent")
        return self._result("metrics", list(self._tree("", before, after, owner="metrics")))

    def all_looked(self, names: tuple[str, ...]) -> dict[str, Comparison]:
        """Facets that calling the model shows, as far as they were asked for."""
        return {name: self._looked(name) for name in names if name in self.scope.looks}

    def _looked(self, name: str) -> Comparison:
        before, after = self.before.snapshot.get(name), self.after.snapshot.get(name)
        if before is None:
            return Comparison("absent")
        if "raised" in before:
            return Comparison("unknown")
        if after is None:
            return Comparison("lost")
        if "raised" in after:
            return self._result(name, [_raised(name, after["raised"])])
        if name == "resume":
            return self._result(name, list(self._variable_lists("", before["value"], after["value"])))
        return self._result(name, list(self._tree("", before["value"], after["value"], owner=name)))

    def _one_missing(self, facet: str, before: Json, after: Json) -> Comparison:
        if before is None and after is None:
            return Comparison("absent")
        if after is None:
            difference = Difference(facet, "", "present", ABSENT)
            return Comparison("lost", "structure", (difference,))
        return Comparison("changed", "structure", (Difference(facet, "", ABSENT, "present"),))

    def _result(self, facet: str, differences: list[Difference]) -> Comparison:
        heard = [item for item in differences if f"{facet}:{item.path}" not in self.scope.noise]
        counted = tuple(item for item in heard if item.closeness not in _accepted(facet))
        if not counted and any(item.closeness == "diverged" for item in differences):
            # The values are not repeatable: nothing can be said of them, though names that vary are no matter.
            return Comparison("unknown")
        return Comparison("changed" if counted else "survived", worst([item.closeness for item in heard]), counted)

    def _flags(self) -> Iterator[Difference]:
        """Trainable flags of the variables: part of the architecture, a weight file does not carry them."""
        before, after = self.before.snapshot["weights"], self.after.snapshot["weights"]
        if self.scope.own_flags or len(before) != len(after):
            return
        for index, (left, right) in enumerate(zip(before, after, strict=True)):
            if left["trainable"] != right["trainable"]:
                key = f"{left['owner']}.{left['name']}.trainable"
                yield Difference(key, f"flags[{index}]", str(left["trainable"]), str(right["trainable"]))

    def _variable_lists(self, path: str, before: list[Json], after: list[Json]) -> Iterator[Difference]:
        if len(before) != len(after):
            key = f"{path or 'variables'}.count"
            yield Difference(key, f"{path}.count", str(len(before)), str(len(after)))
            return
        if _permuted(before, after):
            yield Difference(f"{path or 'variables'}.order", f"{path}.order", "saved order", "permuted")
            return
        for index, (left, right) in enumerate(zip(before, after, strict=True)):
            yield from self._variable(f"{path}[{index}]", left, right)

    def _variable(self, path: str, left: Json, right: Json) -> Iterator[Difference]:
        key = f"{left['owner']}.{left['name']}" if left["owner"] else left["name"]
        if left["name"] != right["name"]:
            yield Difference(f"{key}.name", f"{path}.name", left["name"], right["name"])
        for name in ("shape", "dtype"):
            if left[name] != right[name]:
                yield Difference(f"{key}.{name}", f"{path}.{name}", str(left[name]), str(right[name]))
        close = closeness(left, right, (self.before.arrays, self.after.arrays), self.scope.depth)
        if close not in {"exact", "structure"}:
            yield Difference(key, path, left["sha"], right["sha"], close)

    def _tree(self, path: str, before: Json, after: Json, owner: str) -> Iterator[Difference]:
        if isinstance(before, dict) and isinstance(after, dict):
            yield from self._tables(path, before, after, owner)
        elif isinstance(before, list) and isinstance(after, list):
            yield from self._lists(path, before, after, owner)
        elif before != after or isinstance(before, bool) != isinstance(after, bool):
            form = {type(before), type(after)} == {str, dict}
            yield Difference(_key(path, owner), path, _short(before), _short(after), form=form)

    def _tables(self, path: str, before: Json, after: Json, owner: str) -> Iterator[Difference]:
        if "sha" in before and "sha" in after:
            arrays = (self.before.arrays, self.after.arrays)
            close = closeness(before, after, arrays, self.scope.depth, self.scope.floor)
            if close != "exact":
                yield Difference(_key(path, owner), path, _short(before), _short(after), close)
            if before.get("tensor") != after.get("tensor"):
                yield Difference(_key(f"{path}.tensor", owner), path, str(before["tensor"]), str(after["tensor"]))
            return
        if before.get("class") != after.get("class") or _is_function(before) != _is_function(after):
            form = _is_function(before) or _is_function(after)
            yield Difference(_key(path, owner), path, _short(before), _short(after), form=form)
            return
        inner = _owner(before, owner)
        if self.scope.own_flags and inner is not owner:
            before, after = _flagless(before), _flagless(after)
        for name in sorted({*before, *after}):
            left, right = before.get(name, ABSENT), after.get(name, ABSENT)
            yield from self._tree(f"{path}.{name}", left, right, _rebase(inner, owner, path))

    def _lists(self, path: str, before: list[Json], after: list[Json], owner: str) -> Iterator[Difference]:
        if len(before) != len(after):
            yield Difference(_key(f"{path}.length", owner), path, _short(before), _short(after))
            return
        for index, (left, right) in enumerate(zip(before, after, strict=True)):
            yield from self._tree(f"{path}[{index}]", left, right, owner)


def _is_function(table: dict[str, Json]) -> bool:
    """Whether a written object is a function: ``mean_absolute_error`` where another form has a class."""
    return "$fn" in table or table.get("class_name") == "function"


def _settings(optimizer: dict[str, Json], *, started: bool) -> dict[str, Json]:
    hidden = {"variables"} if started else {"variables", "built"}
    return {key: value for key, value in optimizer.items() if key not in hidden}


def _owner(table: dict[str, Json], owner: str) -> str:
    """A portrait of a layer owns what is below it; other objects belong to the layer that holds them."""
    return str(table["class"]) if "layers" in table and "class" in table else owner


def _rebase(inner: str, owner: str, path: str) -> str:
    """The owner's name carries the path at which it starts, so that keys are relative to it."""
    return owner if inner is owner else f"{inner}@{path}"


def _key(path: str, owner: str) -> str:
    name, _, base = owner.partition("@")
    steps = [_bare(step) for step in path[len(base) :].split(".")]
    return ".".join([name, *(step for step in steps if step and step not in HOLDERS)])


def _bare(step: str) -> str:
    return step.split("[", maxsplit=1)[0]


def _without_arguments(layer: dict[str, Json]) -> dict[str, Json]:
    return {**layer, "args": {}, "layers": [_without_arguments(child) for child in layer["layers"]]}


def _flagless(table: dict[str, Json]) -> dict[str, Json]:
    return {key: value for key, value in table.items() if key != "trainable"}


def _accepted(facet: str) -> frozenset[str]:
    """Weights and settings are copied, and copies are exact; what is computed may round differently."""
    computed = facet in {"predictions", "evaluate", "resume"}
    return frozenset(("exact", "ulp", "tolerance")) if computed else frozenset(("exact",))


def _permuted(before: list[Json], after: list[Json]) -> bool:
    left, right = [item["sha"] for item in before], [item["sha"] for item in after]
    return left != right and sorted(left) == sorted(right)


def _raised(name: str, error: dict[str, Json]) -> Difference:
    return Difference(f"{name} raises {error['type']}", "raised", "a value", f"{error['type']}: {error['message']}")


def _short(value: Json) -> str:
    text = str(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."

"""Conditions over a model's features and over versions, and whether two sets of them can hold at once.

``when`` and ``unless`` are tables of feature = value or feature = [any of]. All entries of ``when`` must hold,
and no entry of ``unless``. Text values may use ``*``; numbers may be comparisons such as ``">=2"``. For a
feature that is a set, a value holds if some element matches.

``keras`` and ``tf`` are windows of the environment in which the call is made. What one environment writes and
another reads takes ``writer_keras`` and ``writer_tf``, windows of what wrote the file, and ``writer``: ``"older"``,
``"newer"`` or ``"same"``, or several of them.
"""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

from harness.contract.situation import RELATIONS, Relation, Versions, relation
from harness.contract.tables import InvalidEntryError, choices, meant, quoted, texts
from harness.contract.windows import ANY_VERSION, Window, parse_window

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from harness.contract.situation import FeatureValue, Situation

KINDS = ("sequential", "functional", "subclassed")


@dataclass(frozen=True)
class Feature:
    """What values a feature takes: ``values`` closes the vocabulary of a text."""

    type: Literal["text", "flag", "number", "names"]
    values: tuple[str, ...] = ()


_TEXT, _FLAG, _NUMBER, _NAMES = Feature("text"), Feature("flag"), Feature("number"), Feature("names")

FEATURES: Mapping[str, Feature] = {
    "kind": Feature("text", KINDS),
    "config": Feature("text", ("registered", "unregistered", "none", "arguments", "-")),
    "holds": Feature("text", ("attributes", "list", "dict", "own", "nested", "-")),
    "built": Feature("text", ("input", "call", "never", "middle")),
    "compiled": _FLAG,
    "trained": _FLAG,
    "steps": _NUMBER,
    "classes": _NAMES,
    "adjacent": _NAMES,
    "arguments": _NAMES,
    "activations": _NAMES,
    "custom": _NAMES,
    "optimizer": _TEXT,
    "schedule": _TEXT,
    "loss": _NAMES,
    "loss_form": _NAMES,
    "metrics": _NAMES,
    "metrics_form": _NAMES,
    "loss_weights": _FLAG,
    "weighted_metrics": _FLAG,
    "outputs": _NUMBER,
    "inputs": _NUMBER,
    "nested": _NUMBER,
    "shared": _FLAG,
    "frozen": _FLAG,
    "weights": _FLAG,
    "random": _FLAG,
    "stateful": _FLAG,
    "takes": Feature("text", ("list", "tuple", "dict", "nested")),
    "returns": Feature("text", ("list", "tuple", "dict", "nested")),
    "renamed": _FLAG,
    "adapted": _FLAG,
    "operators": _FLAG,
    "keywords": _NAMES,
}
"""The features of :mod:`harness.models.features` that a rule may speak of."""

SUBCLASSED_ONLY = ("config", "holds")
"""Features that are ``-`` for the other kinds, and never for this one."""

Alternative: TypeAlias = str | bool | int

_COMPARISON = re.compile(r"(>=|<=|==|!=|>|<)\s*(\d+)")
_OPERATORS = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
}


@dataclass(frozen=True)
class Condition:
    """A feature has one of these values."""

    feature: str
    alternatives: tuple[Alternative, ...]

    def holds(self, features: Mapping[str, FeatureValue]) -> bool:
        """Whether it is so for a model with these features."""
        value = features[self.feature]
        if isinstance(value, (str, bool, int)):
            return self.admits(value)
        return any(self.admits(element) for element in value)

    def admits(self, value: Alternative) -> bool:
        """Whether one value (of a set: one element) is among the alternatives."""
        return any(_equal(alternative, value) for alternative in self.alternatives)


@dataclass(frozen=True)
class Predicate:
    """When an entry applies: conditions on the model, windows of versions."""

    when: tuple[Condition, ...] = ()
    unless: tuple[Condition, ...] = ()
    keras: Window = ANY_VERSION
    tf: Window = ANY_VERSION
    writer: tuple[Relation, ...] = RELATIONS
    writer_keras: Window = ANY_VERSION
    writer_tf: Window = ANY_VERSION

    def holds(self, situation: Situation) -> bool:
        """Whether the entry speaks of this situation (its route aside)."""
        features = {**situation.features, "kind": situation.kind}
        return (
            all(condition.holds(features) for condition in self.when)
            and not any(condition.holds(features) for condition in self.unless)
            and self.spans(situation.written, Versions(situation.tf, situation.keras))
        )

    def spans(self, writer: Versions, reader: Versions) -> bool:
        """Whether it speaks of what these versions write and read."""
        return (
            reader.keras in self.keras
            and reader.tf in self.tf
            and relation(writer, reader) in self.writer
            and writer.keras in self.writer_keras
            and writer.tf in self.writer_tf
        )

    def overlaps(self, other: Predicate) -> bool:
        """Whether some model and some versions satisfy both."""
        return (
            self.keras.intersects(other.keras)
            and self.tf.intersects(other.tf)
            and bool(set(self.writer) & set(other.writer))
            and self.writer_keras.intersects(other.writer_keras)
            and self.writer_tf.intersects(other.writer_tf)
            and satisfiable((*self.when, *other.when), (*self.unless, *other.unless))
        )


def parse_predicate(data: Mapping[str, Any], writer: tuple[Relation, ...] = ("same",)) -> Predicate:
    """Read ``kind``, ``when``, ``unless`` and the keys of versions of an entry.

    Args:
        data: the entry.
        writer: what it speaks of if it says nothing of who wrote a file.

    Raises:
        InvalidEntryError: unknown feature or kind, a value of the wrong type, an invalid window, or conditions that
            no model meets.
    """
    when = (*_kinds(data.get("kind")), *_conditions(data.get("when", {}), "when"))
    predicate = Predicate(
        when,
        _conditions(data.get("unless", {}), "unless"),
        parse_window(str(data.get("keras", "")), "keras"),
        parse_window(str(data.get("tf", "")), "tf"),
        _relations(data, writer),
        parse_window(str(data.get("writer_keras", "")), "writer_keras"),
        parse_window(str(data.get("writer_tf", "")), "writer_tf"),
    )
    if not satisfiable(predicate.when, predicate.unless):
        msg = "no model can meet its conditions"
        raise InvalidEntryError(msg)
    return predicate


def _relations(data: Mapping[str, Any], default: tuple[Relation, ...]) -> tuple[Relation, ...]:
    given = choices(texts(dict(data), "writer"), RELATIONS, "writer")
    if not given and ("writer_keras" in data or "writer_tf" in data):
        return ("older", "newer")
    return cast("tuple[Relation, ...]", given) or default


def satisfiable(when: Iterable[Condition], unless: Iterable[Condition]) -> bool:
    """Whether some model meets every ``when`` and no ``unless``.

    Features are taken as independent of one another, except that subclassed models alone have a ``config`` and
    a ``holds``.
    """
    wanted, unwanted = list(when), list(unless)
    names = sorted({condition.feature for condition in (*wanted, *unwanted)} - {"kind"})
    return any(
        all(
            _possible(
                _domain(name, kind),
                [condition for condition in wanted if condition.feature == name],
                [condition for condition in unwanted if condition.feature == name],
            )
            for name in names
        )
        for kind in KINDS
        if _allows({"kind": kind}, wanted, unwanted)
    )


def matches(pattern: str, value: str) -> bool:
    """Whether a text is the pattern, in which ``*`` stands for anything (brackets are literal: routes have them)."""
    return _compiled(pattern).fullmatch(value) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in pattern.split("*")), re.DOTALL)


def _equal(alternative: Alternative, value: Alternative) -> bool:
    if isinstance(value, str):
        return isinstance(alternative, str) and matches(alternative, value)
    comparison = _COMPARISON.fullmatch(alternative) if isinstance(alternative, str) else None
    if comparison is not None:
        return bool(_OPERATORS[comparison[1]](value, int(comparison[2])))
    return alternative == value


def _allows(features: Mapping[str, FeatureValue], wanted: list[Condition], unwanted: list[Condition]) -> bool:
    return all(item.holds(features) for item in wanted if item.feature in features) and not any(
        item.holds(features) for item in unwanted if item.feature in features
    )


def _possible(
    domain: tuple[Alternative, ...] | None, wanted: Sequence[Condition], unwanted: Sequence[Condition]
) -> bool:
    """Whether one feature can meet its conditions; ``domain`` is None for an open vocabulary."""
    feature = FEATURES[(*wanted, *unwanted)[0].feature]
    candidates = _candidates((*wanted, *unwanted)) if domain is None else domain
    allowed = [value for value in candidates if not any(condition.admits(value) for condition in unwanted)]
    if feature.type == "names":
        return all(any(condition.admits(value) for value in allowed) for condition in wanted)
    if feature.type == "text" and domain is None and _starred(wanted) > 1:
        # Two patterns may have a common text that neither shows; taking them as compatible only asks for an override.
        return True
    return any(all(condition.admits(value) for condition in wanted) for value in allowed)


def _domain(name: str, kind: str) -> tuple[Alternative, ...] | None:
    feature = FEATURES[name]
    if feature.type == "flag":
        return (True, False)
    if name in SUBCLASSED_ONLY:
        return tuple(value for value in feature.values if (value == "-") == (kind != "subclassed"))
    return feature.values or None


def _candidates(conditions: Sequence[Condition]) -> tuple[Alternative, ...]:
    """Values among which a solution is found if there is one: those named, their neighbours, and an unnamed one."""
    found: list[Alternative] = []
    for alternative in (item for condition in conditions for item in condition.alternatives):
        if isinstance(alternative, str) and (comparison := _COMPARISON.fullmatch(alternative)) is None:
            found.append(alternative.replace("*", "\0"))
        else:
            number = alternative if isinstance(alternative, int) else int(comparison[2])  # type: ignore[index]
            found += [max(number - 1, 0), number, number + 1]
    numeric = FEATURES[conditions[0].feature].type == "number"
    return (*found, 0 if numeric else "\0\0")


def _starred(conditions: Sequence[Condition]) -> int:
    return sum(any("*" in str(item) for item in condition.alternatives) for condition in conditions)


def _kinds(value: Any) -> tuple[Condition, ...]:
    if value is None:
        return ()
    return (_condition("kind", value, "kind"),)


def _conditions(table: Any, key: str) -> tuple[Condition, ...]:
    if not isinstance(table, dict):
        msg = f"{key} must be a table of features"
        raise InvalidEntryError(msg)
    return tuple(_condition(name, value, key) for name, value in table.items())


def _condition(name: str, value: Any, key: str) -> Condition:
    if name not in FEATURES:
        msg = f"unknown feature {quoted(name)} in {key}{meant(name, FEATURES)}"
        raise InvalidEntryError(msg)
    alternatives = tuple(value) if isinstance(value, list) else (value,)
    if not alternatives:
        msg = f"{key}.{name} has no values"
        raise InvalidEntryError(msg)
    for alternative in alternatives:
        _check(name, alternative)
    return Condition(name, alternatives)


def _check(name: str, value: Any) -> None:
    feature = FEATURES[name]
    if feature.type == "flag":
        valid = isinstance(value, bool)
    elif feature.type == "number":
        valid = (isinstance(value, int) and not isinstance(value, bool)) or (
            isinstance(value, str) and _COMPARISON.fullmatch(value) is not None
        )
    else:
        valid = isinstance(value, str)
    if not valid:
        msg = f"feature {quoted(name)} is a {feature.type}, not {value!r}"
        raise InvalidEntryError(msg)
    if feature.values:
        choices([value], feature.values, name)

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from harness.contract.predicate import FEATURES, parse_predicate
from harness.contract.situation import Versions
from harness.contract.tables import InvalidEntryError
from harness.models.features import features as features_of
from harness.models.generate import generate
from tests.contract.routes import situation

SAVER = "Model.save(.keras)"


def holds(data: dict[str, Any], **trial: Any) -> bool:
    return parse_predicate(data).holds(situation(SAVER, **trial))


def overlap(one: dict[str, Any], other: dict[str, Any]) -> bool:
    found = parse_predicate(one).overlaps(parse_predicate(other))
    assert found == parse_predicate(other).overlaps(parse_predicate(one))
    return found


def test_the_features_are_those_that_models_have() -> None:
    for spec in generate(12, seed=5):
        found = features_of(spec)
        assert set(found) == set(FEATURES)
        for name, value in found.items():
            expected = {"flag": bool, "number": int, "text": str, "names": frozenset}[FEATURES[name].type]
            assert type(value) is expected, name
            assert not FEATURES[name].values or value in FEATURES[name].values


@pytest.mark.parametrize(
    ("when", "features"),
    [
        ({"optimizer": "Adam"}, {}),
        ({"optimizer": ["SGD", "Adam"]}, {}),
        ({"optimizer": "A*"}, {}),
        ({"compiled": True}, {}),
        ({"steps": 2}, {}),
        ({"steps": ">=2"}, {}),
        ({"steps": ["==0", "<3"]}, {}),
        ({"loss": "mse"}, {}),
        ({"loss": ["mae", "m*e"]}, {}),
        ({"arguments": "Dense.*"}, {"arguments": frozenset({"Conv2D.padding", "Dense.activation"})}),
        ({"compiled": True, "loss_form": "string"}, {}),
        ({}, {}),
    ],
)
def test_all_of_when_must_hold(when: dict[str, Any], features: dict[str, Any]) -> None:
    assert holds({"when": when}, **features)


@pytest.mark.parametrize(
    "when",
    [
        {"optimizer": "adam"},
        {"optimizer": "Ada"},
        {"compiled": False},
        {"steps": ">2"},
        {"loss": "ms"},
        {"custom": "*"},
        {"compiled": True, "trained": False},
    ],
)
def test_it_does_not_hold_if_one_of_when_does_not(when: dict[str, Any]) -> None:
    assert not holds({"when": when})


def test_any_of_unless_excludes() -> None:
    unless = {"built": "never", "custom": ["unregistered-*", "python-lambda"]}
    assert holds({"unless": unless}, custom=frozenset({"registered-layer"}))
    assert not holds({"unless": unless}, custom=frozenset({"registered-layer", "unregistered-layer"}))
    assert not holds({"unless": unless}, built="never")


def test_a_kind_is_a_condition_too() -> None:
    assert holds({"kind": ["sequential", "functional"]})
    assert not holds({"kind": "subclassed"})


def test_windows_of_both_versions_must_admit() -> None:
    assert holds({"keras": ">=3.15", "tf": ">=2.21"}, keras="3.16.0.dev1")
    assert not holds({"keras": ">=3.16", "tf": ">=2.21"})
    assert not holds({"keras": ">=3.15", "tf": "<2.21"})


KERAS_2, KERAS_3 = Versions("2.15.0", "2.15.0"), Versions("2.21.0", "3.15.1")


@pytest.mark.parametrize(
    ("data", "writer", "reader", "speaks"),
    [
        # Without a word of writers, of what an environment has written itself.
        ({"keras": ">=3.0"}, KERAS_3, KERAS_3, True),
        ({"keras": ">=3.0"}, KERAS_2, KERAS_3, False),
        ({"writer": "older"}, KERAS_2, KERAS_3, True),
        ({"writer": "older"}, KERAS_3, KERAS_2, False),
        ({"writer": "newer"}, KERAS_3, KERAS_2, True),
        ({"writer": ["same", "older"]}, KERAS_3, KERAS_3, True),
        # Windows without a relation are about other versions.
        ({"writer_keras": "<3.0"}, KERAS_2, KERAS_3, True),
        ({"writer_keras": ">=3.0"}, KERAS_2, KERAS_3, False),
        ({"writer_keras": ">=3.0"}, KERAS_3, KERAS_3, False),
        ({"writer_tf": "<2.16"}, KERAS_2, KERAS_3, True),
        # keras and tf are the reader's.
        ({"writer": "older", "keras": "<3.0"}, KERAS_2, KERAS_3, False),
        # One Keras on two versions of TensorFlow.
        ({"writer": "older"}, Versions("2.20.0", "3.15.1"), KERAS_3, True),
    ],
)
def test_what_wrote_a_file_is_a_condition(
    data: dict[str, Any], writer: Versions, reader: Versions, speaks: bool
) -> None:
    assert parse_predicate(data).spans(writer, reader) is speaks
    trial = replace(situation(SAVER, "load_model", tf=reader.tf, keras=reader.keras), writer=writer)
    assert parse_predicate(data).holds(trial) is speaks


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"writer": "oldest"}, 'unknown writer "oldest"; did you mean "older"?'),
        ({"writer_tf": "old"}, 'invalid version window writer_tf = "old"'),
        ({"when": {"optimiser": "Adam"}}, 'unknown feature "optimiser" in when; did you mean "optimizer"?'),
        ({"unless": {"colour": "red"}}, 'unknown feature "colour" in unless'),
        ({"when": {"compiled": "yes"}}, "feature \"compiled\" is a flag, not 'yes'"),
        ({"when": {"steps": True}}, 'feature "steps" is a number, not True'),
        ({"when": {"steps": "two"}}, "feature \"steps\" is a number, not 'two'"),
        ({"when": {"loss": 3}}, 'feature "loss" is a names, not 3'),
        ({"when": {"built": "newer"}}, 'unknown built "newer"; did you mean "never"?'),
        ({"kind": ["sequentail"]}, 'unknown kind "sequentail"; did you mean "sequential"?'),
        ({"when": {"loss": []}}, "when.loss has no values"),
        ({"when": ["loss"]}, "when must be a table of features"),
        ({"keras": "about 3"}, 'invalid version window keras = "about 3"'),
        ({"kind": "functional", "when": {"config": "none"}}, "no model can meet its conditions"),
        ({"when": {"custom": "a"}, "unless": {"custom": "*"}}, "no model can meet its conditions"),
    ],
)
def test_a_condition_that_makes_no_sense_is_refused(data: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidEntryError) as error:
        parse_predicate(data)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({}, {}),
        ({"when": {"compiled": True}}, {"when": {"trained": True}}),
        ({"when": {"optimizer": ["Adam", "SGD"]}}, {"when": {"optimizer": ["SGD", "Lion"]}}),
        ({"when": {"optimizer": "A*"}}, {"when": {"optimizer": "Adam"}}),
        ({"when": {"optimizer": "A*"}}, {"when": {"optimizer": "*m"}}),
        ({"when": {"custom": "a"}}, {"when": {"custom": "b"}}),
        ({"when": {"custom": "unregistered-*"}}, {"unless": {"custom": "unregistered-layer"}}),
        ({"when": {"steps": ">=1"}}, {"when": {"steps": "<3"}}),
        ({"unless": {"optimizer": ["Adam", "SGD"]}}, {}),
        ({"unless": {"optimizer": "none"}}, {"when": {"optimizer": "*"}}),
        ({"kind": "subclassed"}, {"unless": {"config": "none"}}),
        ({"keras": ">=3.0"}, {"keras": "<3.1"}),
        ({"writer": "older", "writer_keras": ">=2.3"}, {"writer": ["same", "older"], "writer_keras": "<3.0"}),
    ],
)
def test_what_one_model_can_meet_overlaps(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert overlap(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"when": {"compiled": True}}, {"when": {"compiled": False}}),
        ({"when": {"compiled": True}}, {"unless": {"compiled": True}}),
        ({"when": {"optimizer": "Adam"}}, {"when": {"optimizer": "SGD"}}),
        ({"when": {"optimizer": "A*"}}, {"when": {"optimizer": "SGD"}}),
        ({"when": {"custom": "unregistered-*"}}, {"unless": {"custom": ["unregistered-*", "python-lambda"]}}),
        ({"when": {"custom": "unregistered-layer"}}, {"unless": {"custom": "unregistered-*"}}),
        ({"when": {"steps": ">=2"}}, {"when": {"steps": ["<1", 1]}}),
        ({"when": {"built": ["input", "call"]}}, {"when": {"built": "never"}}),
        ({"unless": {"built": ["input", "call", "middle"]}}, {"unless": {"built": "never"}}),
        ({"kind": "sequential"}, {"kind": ["functional", "subclassed"]}),
        ({"kind": "functional"}, {"when": {"config": "none"}}),
        ({"unless": {"config": "-"}}, {"unless": {"kind": "subclassed"}}),
        ({"keras": ">=3.0"}, {"keras": "<3.0"}),
        ({"tf": "<=2.15"}, {"tf": ">=2.16"}),
        ({"writer": "older"}, {"writer": "newer"}),
        ({"writer": "older"}, {}),
        ({"writer_keras": "<3.0"}, {"writer_keras": ">=3.0"}),
    ],
)
def test_what_no_model_can_meet_does_not_overlap(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert not overlap(one, other)

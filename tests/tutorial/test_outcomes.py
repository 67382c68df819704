from __future__ import annotations

import pytest

from tests.tutorial.outcomes import KERAS_2_EARLY, KERAS_2_LATE, KERAS_3, OUTCOMES, RECORDED, Raises, Returns, era


@pytest.mark.parametrize(
    ("tensorflow", "keras", "expected"),
    [
        ("2.2.3", "2.3.0-tf", KERAS_2_EARLY),
        ("2.15.1", "2.15.0", KERAS_2_LATE),
        ("2.16.2", "3.0.5", KERAS_3),
        ("2.22.0rc0", "3.15.1", KERAS_3),
        ("2.5.0", "2.5.0", None),
        ("2.21.0", "2.21.0", None),
    ],
)
def test_versions_have_their_column_or_none(tensorflow: str, keras: str, expected: str | None) -> None:
    assert era(tensorflow, keras) == expected


def test_every_step_has_an_outcome_with_a_source_in_every_column() -> None:
    for step, columns in {**OUTCOMES, **RECORDED}.items():
        assert columns.keys() == {KERAS_2_EARLY, KERAS_2_LATE, KERAS_3}, step
        assert all(expected.source for expected in columns.values()), step


@pytest.mark.parametrize(
    "outcome", [{"value": 2}, {"raised": "ValueError", "message": "one"}, {"raised": "TypeError", "message": "two"}]
)
def test_another_outcome_is_a_difference(outcome: dict[str, object]) -> None:
    assert Returns(1, "docs").difference(outcome)
    assert Raises("ValueError", "two", "docs").difference(outcome)


def test_the_expected_outcome_is_none() -> None:
    assert not Returns(1, "docs").difference({"value": 1})
    assert not Raises("ValueError", "tw.", "docs").difference({"raised": "ValueError", "message": "a two"})

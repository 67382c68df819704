from __future__ import annotations

import json
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from harness.campaign.journal import RECORDS, encode, trial_to_json
from harness.report.rows import KINDS
from harness.trial.records import FACETS, SEVERITIES, VERDICTS, Raised
from tests.campaign.test_journal import trials
from tests.report.sample import KNOWN, added_up, foot, head, journal, spec_record, trial, violation

if TYPE_CHECKING:
    from harness.campaign.journal import Record
    from harness.trial.records import Trial

SCHEMA = json.loads(files("harness.report").joinpath("schema.json").read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)


def check(record: Record) -> None:
    VALIDATOR.validate(json.loads(encode(record)))


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize(
    ("name", "words"),
    [("kind", KINDS), ("verdict", VERDICTS), ("severity", SEVERITIES), ("facet", FACETS)],
)
def test_the_schema_has_the_words_of_the_records(name: str, words: tuple[str, ...]) -> None:
    assert sorted(SCHEMA["$defs"][name]["enum"]) == sorted(words)


def test_the_schema_has_every_record() -> None:
    assert tuple(SCHEMA["properties"]["record"]["enum"]) == RECORDS


@pytest.mark.parametrize(
    "record",
    [
        head(),
        spec_record(),
        trial_to_json(trial()),
        trial_to_json(trial(loader="", exception=Raised("save", "ValueError", "no"), warnings=("careful",))),
        trial_to_json(violation()),
        *added_up(*journal(violation(), trial(verdict="known", problems=(KNOWN,)))).findings(),
        foot(stale=["an-issue"], verdicts={"known": 1}),
    ],
    ids=lambda record: record["record"],
)
def test_what_is_written_is_valid(record: Record) -> None:
    check(record)


@given(trials)
def test_any_trial_with_real_words_is_valid(original: Trial) -> None:
    words = {"spec": "0" * 12, "kind": "sequential", "saver": "a", "writer": "w", "reader": "r"}
    problems = [{**problem, "fingerprint": "f"} for problem in trial_to_json(original)["problems"]]
    verdict = "known" if original.verdict == "violation" else original.verdict
    check({**trial_to_json(original), **words, "problems": problems, "verdict": verdict})


@pytest.mark.parametrize(
    ("record", "changes"),
    [
        (head(), {"environments": []}),
        (head(), {"format": 2}),
        (head(), {"extra": 1}),
        (spec_record(), {"id": "not a hash"}),
        (spec_record(), {"kind": "graph"}),
        (trial_to_json(trial()), {"verdict": "fine"}),
        (trial_to_json(trial()), {"severity": "bad"}),
        (trial_to_json(trial()), {"facets": {"colour": {"expected": "any", "observed": "lost", "class": ""}}}),
        (trial_to_json(trial()), {"facets": {"weights": {"expected": "any", "observed": "lost"}}}),
        (trial_to_json(trial()), {"seconds": -1}),
        (trial_to_json(violation()), {"problems": []}),
        (trial_to_json(violation()), {"severity": None}),
        (foot(), {"complete": False}),
        (foot(), {"verdicts": {"fine": 1}}),
        (foot(), {"record": "rumour"}),
    ],
)
def test_what_is_wrong_is_invalid(record: Record, changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        check({**record, **changes})


@pytest.mark.parametrize("record", [head(), spec_record(), trial_to_json(trial()), foot()])
def test_every_field_but_the_optional_ones_is_required(record: Record) -> None:
    written = json.loads(encode(record))
    for name in written.keys() - {"features"}:
        with pytest.raises(ValidationError):
            VALIDATOR.validate({other: value for other, value in written.items() if other != name})

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from harness.report.terminal import Bar, show
from harness.trial.records import FACETS
from tests.report.sample import KNOWN, LOST, SPEC, added_up, foot, head, journal, spec_record, trial, violation

LONG = "Model.save_weights(.weights.json, max_shard_size)"
SUMMARY = added_up(
    *journal(
        trial(loader=""),
        trial(),
        violation(),
        violation(
            saver=LONG, loader="load_weights(skip_mismatch=True)[rebuilt]", problems=(replace(LOST, facet="error"),)
        ),
        trial(verdict="known", problems=(KNOWN,)),
        finished=False,
    ),
    foot(stale=["old-issue"], unexercised=["a-rule"]),
)


def shown(width: int = 80, *, encoding: str = "utf-8", terminal: bool = False, journal: str = "") -> str:
    buffer = io.BytesIO()
    file = io.TextIOWrapper(buffer, encoding=encoding)
    console = Console(file=file, width=width, force_terminal=terminal, highlight=False)
    show(SUMMARY, console, journal=journal)
    file.flush()
    return buffer.getvalue().decode(encoding)


@pytest.mark.parametrize("width", [40, 80, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    assert max(len(line) for line in shown(width).splitlines()) <= width


@pytest.mark.parametrize("width", [80, 200])
def test_the_matrix_has_a_row_for_each_route_and_a_column_for_each_kind(width: int) -> None:
    lines = shown(width).splitlines()
    header = next(line for line in lines if line.startswith("route"))
    assert header.split() == ["route", "sequential", "functional", "subclassed"]
    assert any(line.split() == ["→", "load_model", "✓1", "k1", "✗1", "·", "·"] for line in lines)


def test_the_facet_table_has_a_column_for_each_facet() -> None:
    assert any(line.split() == ["route", *(facet[:3] for facet in FACETS)] for line in shown(80).splitlines())
    assert any(line.split() == ["route", *FACETS] for line in shown(200).splitlines())


def test_a_violation_says_what_where_how_often_and_how_to_see_it_again() -> None:
    text = shown(200, journal="run.jsonl")
    assert "1. silent · compile · Model.save(.h5) → load_model (and 1 more route)" in text
    assert "   metrics: ['mae'] -> []" in text
    assert "   2 trials; fingerprint f00d" in text
    assert "   smallest model: Dense(units=3)" in text
    assert f"   roundtrip replay {SPEC.id} --journal run.jsonl" in text


def test_brackets_in_names_are_not_markup() -> None:
    assert "load_weights(skip_mismatch=True)[rebuilt]" in shown(200)


def test_known_stale_and_unexercised_are_named() -> None:
    text = shown(200)
    assert "1 x h5-loses-metrics" in text
    assert "old-issue" in text
    assert "a-rule" in text


def test_the_totals_and_the_versions_close_the_summary() -> None:
    *_, environment, totals = shown(200).splitlines()
    assert environment.startswith("tf2.21: TensorFlow 2.21.0, Keras 3.15.1 as keras, Python 3.11.7")
    assert totals == "1 model (1 sequential), 5 trials: 2 as-documented, 1 known, 2 violation"


def test_there_are_no_escape_codes_without_a_terminal() -> None:
    assert "\x1b" not in shown()
    assert "\x1b" in shown(terminal=True)


def test_a_terminal_without_unicode_gets_ascii() -> None:
    text = shown(encoding="ascii")
    assert "-> load_model" in text
    assert "X1" in text


def test_an_interrupted_run_says_so() -> None:
    buffer = io.StringIO()
    show(added_up(head(), spec_record()), Console(file=buffer, width=120))
    assert "the run did not finish" in buffer.getvalue()


def test_the_bar_is_shown_on_a_terminal_only() -> None:
    for terminal in (True, False):
        buffer = io.StringIO()
        with Bar(Console(file=buffer, force_terminal=terminal, width=100), models=2) as bar:
            bar.update(SUMMARY)
        assert ("5 trials, 2 violations" in buffer.getvalue()) is terminal

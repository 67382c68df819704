from __future__ import annotations

import io
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from harness.report.terminal import Bar, show
from harness.trial.records import FACETS, Facet
from tests.report.sample import (
    KNOWN,
    LOST,
    SPEC,
    added_up,
    campaign,
    foot,
    head,
    journal,
    own,
    spec_record,
    trial,
    violation,
)

if TYPE_CHECKING:
    from harness.report.summary import Summary

LONG = "Model.save_weights(.weights.json, max_shard_size)"
SUMMARY = added_up(
    *journal(
        trial(loader=""),
        trial(),
        violation(problems=(replace(LOST, detail="[0]: 'mae' -> nothing"),)),
        violation(saver="Model.save(.keras)", problems=(replace(LOST, fingerprint="f11e"),)),
        violation(
            saver=LONG,
            loader="load_weights(skip_mismatch=True)[rebuilt]",
            problems=(replace(LOST, facet="error", fingerprint="dead"),),
        ),
        trial(verdict="known", problems=(KNOWN,)),
        finished=False,
    ),
    foot(stale=["old-issue"], unexercised=["a-rule"]),
)


def text_of(summary: Summary, *, every: bool = False) -> str:
    buffer = io.StringIO()
    console = Console(file=buffer, width=200, highlight=False)
    show(summary, console, every=every)
    return buffer.getvalue()


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
    assert "1. silent · compile · metrics: ['mae'] -> []" in text
    assert "   2 trials, 2 routes: Model.save(.h5) → load_model; Model.save(.keras) → load_model" in text
    assert "   seen: [0]: 'mae' -> nothing" in text
    assert "   smallest model: Dense(units=3)" in text
    assert "   fingerprints f00d, f11e" in text
    assert f"   roundtrip replay {SPEC.id} --journal run.jsonl" in text


def test_what_is_written_out_is_limited_unless_everything_is_asked_for() -> None:
    problems = tuple(replace(LOST, fingerprint=f"{number:04d}", difference=f"lost {number}") for number in range(9))
    summary = added_up(*journal(violation(problems=problems)))
    assert "4. silent · compile · lost 3" in text_of(summary)
    assert "... and 4 more, seen in 4 trials: --all" in text_of(summary)
    assert "9. silent · compile · lost 8" in text_of(summary, every=True)
    assert "--all" not in text_of(summary, every=True)


def test_known_issues_have_their_titles() -> None:
    known = replace(KNOWN, known="h5-string-loss")
    text = text_of(added_up(*journal(trial(verdict="known", problems=(known,)))), every=True)
    assert "1 x h5-string-loss: compile(loss=" in text


def test_many_routes_are_a_row_for_each_saver_and_for_the_worst_of_their_loaders() -> None:
    many = [trial(saver=f"saver {number:02d}", facets={}) for number in range(25)]
    bad = [violation(saver=f"saver {number:02d}", loader="bad") for number in range(7) for _ in range(number + 1)]
    summary = added_up(*journal(*many, *(trial(saver=each.saver, loader="") for each in many), *bad))
    brief = text_of(summary)
    assert "Trials by saver, with all its loaders, and kind (tf2.21)" in brief
    assert ["saver", "24", "✓2"] in [line.split()[:3] for line in brief.splitlines()]
    assert brief.count("\n → bad") == 5
    assert " ... and 2 more routes with violations" in brief
    assert "saver 07 (+ 17 alike)" in brief
    assert len(brief.splitlines()) < len(text_of(summary, every=True).splitlines())


def test_rounding_and_what_could_not_be_compared_are_counted() -> None:
    facets = {"weights": Facet("survives", "survived", "ulp"), "predictions": Facet("any", "unknown")}
    text = text_of(added_up(*journal(trial(facets=facets))))
    assert "facets equal but for rounding: 1 ulp; facets that could not be compared: 1 predictions" in text


def test_coverage_is_said_for_each_kind() -> None:
    assert "sequential: 1 model, 6 trials; 4 of 4 routes judged" in text_of(SUMMARY)


def test_it_is_said_how_much_of_keras_the_models_had() -> None:
    assert re.search(r"of what Keras has there, models had 1 of \d{3} layers", " ".join(text_of(SUMMARY).split()))


def test_brackets_in_names_are_not_markup() -> None:
    assert "load_weights(skip_mismatch=True)[rebuilt]" in shown(200)


def test_known_stale_and_unexercised_are_named() -> None:
    text = shown(200)
    assert "1 x h5-loses-metrics" in text
    assert "old-issue" in text
    assert "a-rule" in text


def test_the_totals_and_the_versions_close_the_summary() -> None:
    *lines, totals, _ = shown(200).splitlines()
    assert any(line.startswith("tf2.21: TensorFlow 2.21.0, Keras 3.15.1 as keras, Python 3.11.7") for line in lines)
    assert totals == "1 model (1 sequential), 6 trials: 2 as-documented, 1 known, 3 violation"


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
            bar.update(SUMMARY, spec_record())
        assert ("6 trials, 3 violations" in buffer.getvalue()) is terminal


SEVERAL = added_up(
    *campaign(
        *own("old", trial(), trial(verdict="known", problems=(KNOWN,))),
        *own("worst", violation()),
        *(replace(each, writer="old", reader="worst") for each in (violation(), trial())),
        names=("old", "worst"),
    )
)


def test_several_environments_are_rows_worst_first() -> None:
    lines = [line.split() for line in text_of(SEVERAL).splitlines()]
    begin = next(number for number, line in enumerate(lines) if line[:2] == ["environment", "Keras"])
    assert lines[begin + 1 : begin + 3] == [["worst", "3.15.1", "1", "0", "0"], ["old", "3.15.1", "0", "1", "1"]]
    facets = next(number for number, line in enumerate(lines) if line[:2] == ["environment", "architecture"])
    assert lines[facets + 1 : facets + 3] == [["worst", "✗1"], ["old", "✓", "k1"]]
    assert "route sequential functional" not in " ".join(" ".join(line) for line in lines)


def test_what_one_wrote_and_another_read_is_shown() -> None:
    text = text_of(SEVERAL)
    assert "Written by one, read by another (1 pair, worst first)" in text
    assert "  old → worst: ✗1 ✓1" in text


def test_only_the_worst_pairs_are_written_out_unless_all_are_asked_for() -> None:
    names = [f"e{number}" for number in range(4)]
    pairs = [(writer, reader) for writer in names for reader in names if writer != reader]
    summary = added_up(*campaign(*(trial(writer=one, reader=other) for one, other in pairs), names=names))
    assert "  ... and 7 more: ✓7" in text_of(summary)
    assert sum(" → e" in line for line in text_of(summary, every=True).splitlines() if line.startswith("  e")) == 12


def test_each_environment_has_its_tables_when_everything_is_asked_for() -> None:
    text = text_of(SEVERAL, every=True)
    begins = [text.index(f"Trials by route and kind ({name})") for name in ("worst", "old", "old → worst")]
    assert begins == sorted(begins)


def test_a_violation_says_in_which_environments_it_was_seen() -> None:
    assert "   in worst (1), old → worst (1)" in text_of(SEVERAL)
    assert "   in " not in text_of(SUMMARY)


@pytest.mark.parametrize("width", [40, 80])
def test_several_environments_fit_the_terminal(width: int) -> None:
    buffer = io.StringIO()
    show(SEVERAL, Console(file=buffer, width=width, highlight=False))
    # The command to copy is never broken; here it is short.
    assert max(len(line.rstrip()) for line in buffer.getvalue().splitlines()) <= width

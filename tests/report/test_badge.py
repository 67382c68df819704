from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from harness.report.badge import GREEN, GREY, RED, YELLOW, render
from tests.report.sample import KNOWN, added_up, campaign, own, trial, violation

if TYPE_CHECKING:
    from harness.trial.records import Trial


@pytest.mark.parametrize(
    ("trials", "text", "colour"),
    [
        ([trial()], "2 environments, as documented", GREEN),
        ([trial(), trial(verdict="known", problems=(KNOWN,))], "2 environments, 1 known issue", YELLOW),
        ([trial(), violation(), violation()], "2 environments, 1 violation", RED),
        ([trial(verdict="harness-error", note="x"), violation()], "1 harness error", GREY),
        ([], "nothing was run", GREY),
    ],
)
def test_the_badge_says_and_shows_what_came_out(trials: list[Trial], text: str, colour: str) -> None:
    picture = render(added_up(*campaign(*own("a", *trials), names=("a", "b"))))
    root = ET.fromstring(picture)
    assert root.attrib["aria-label"] == f"save/load: {text}"
    assert [each.text for each in root.iter("{http://www.w3.org/2000/svg}text")] == ["save/load", text]
    assert f'fill="{colour}"' in picture


def test_an_environment_that_could_not_be_run_is_no_success() -> None:
    first, *others = campaign(*own("a", trial()), names=("a",))
    picture = render(added_up({**first, "unusable": {"gone": "no interpreter"}}, *others))
    assert "1 environment not run" in picture
    assert f'fill="{GREY}"' in picture

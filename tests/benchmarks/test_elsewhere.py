from __future__ import annotations

import pytest

from benchmarks.elsewhere import state, table


@pytest.mark.parametrize(
    ("code", "said", "expected"),
    [
        (1, "a warning\nshown: 1 -> 2\n", "shows"),
        (0, "not shown: 1 -> 1\n", "does not show"),
        (1, "not shown: ValueError: other\n", "not shown: ValueError: other"),
        (2, "failed: ImportError: no module\n", "failed: ImportError: no module"),
        (-11, "", "ended with -11"),
    ],
)
def test_a_script_shows_only_if_it_says_so_and_ends_so(code: int, said: str, expected: str) -> None:
    assert state(code, said) == expected


def test_the_table_counts_what_shows() -> None:
    text = table(["a", "b"], {"old": {"a": "shows", "b": "shows"}, "new": {"a": "does not show"}})
    assert "| 2 scripts show | 2 | 0 |" in text
    assert "| b | shows | was not run |" in text

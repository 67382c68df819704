"""Bisecting finds the first bad version, and says what could not be told."""

from __future__ import annotations

import pytest

from harness.campaign.bisect import NotBisectableError, bisect


@pytest.mark.parametrize("first_bad", range(1, 20))
def test_the_first_bad_version_is_found_in_few_tries(first_bad: int) -> None:
    tried: list[int] = []

    def shows(version: int) -> bool:
        tried.append(version)
        return version >= first_bad

    found = bisect(range(20), shows)
    assert (found.last_good, found.first_bad, found.skipped) == (first_bad - 1, first_bad, ())
    assert len(tried) == len(set(tried)) <= 7


def test_versions_that_cannot_say_are_passed_over() -> None:
    found = bisect(range(10), lambda version: None if version in {4, 5, 6} else version >= 5)
    assert (found.last_good, found.first_bad, found.skipped) == (3, 7, (4, 5, 6))


def test_neighbours_need_no_further_try() -> None:
    assert bisect("ab", lambda version: version == "b").tried == 2


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ({0: True, 1: True}, "^0 shows it"),
        ({0: False, 1: False}, "^1 does not show it"),
        ({0: None, 1: True}, "^0 cannot say"),
        ({0: False, 1: None}, "^1 cannot say"),
    ],
)
def test_ends_that_are_not_what_they_are_said_to_be_are_refused(answers: dict[int, bool | None], message: str) -> None:
    with pytest.raises(NotBisectableError, match=message):
        bisect(range(2), answers.__getitem__)

from __future__ import annotations

from collections import Counter

from harness.campaign.sampling import among, share

SAVERS = tuple("abcdefghij")


def hands(count: int, models: int) -> list[frozenset[str]]:
    return [share(SAVERS, count, position, "seed") for position in range(models)]


def test_without_a_count_a_model_meets_all() -> None:
    assert hands(0, 1) == hands(10, 1) == hands(99, 1) == [frozenset(SAVERS)]


def test_every_saver_comes_equally_often() -> None:
    assert set(Counter(name for hand in hands(2, 50) for name in hand).values()) == {10}


def test_a_hand_that_spans_two_packs_lacks_one_at_the_most() -> None:
    sizes = Counter(len(hand) for hand in hands(3, 100))
    assert set(sizes) <= {2, 3}
    assert sizes[3] > sizes[2]


def test_savers_meet_in_ever_new_company() -> None:
    assert len(set(hands(5, 40))) > 30


def test_the_same_seed_deals_the_same() -> None:
    assert hands(4, 20) == hands(4, 20)
    assert share(SAVERS, 4, 0, "seed") != share(SAVERS, 4, 0, "other")


def test_only_those_asked_for_are_among() -> None:
    assert among(SAVERS, ()) == SAVERS
    assert among(SAVERS, ("c", "x")) == ("c",)

"""Layer names come in orders that no format may depend on."""

from __future__ import annotations

import pytest

from harness.models.naming import STYLES, Namer, Style, snake


@pytest.mark.parametrize(
    ("cls", "expected"),
    [("Dense", "dense"), ("DepthwiseConv2D", "depthwise_conv2d"), ("custom.Scale", "scale"), ("LSTM", "lstm")],
)
def test_names_look_like_keras_names(cls: str, expected: str) -> None:
    assert snake(cls) == expected


@pytest.mark.parametrize("style", STYLES)
def test_no_name_is_given_twice(style: Style) -> None:
    namer = Namer(style)
    names = [namer.name(cls) for _ in range(40) for cls in ("Dense", "Dropout")]
    assert len(set(names)) == len(names)


def test_reversed_names_sort_backwards() -> None:
    namer = Namer("reversed")
    names = [namer.name("Dense") for _ in range(20)]
    assert sorted(names) == names[::-1]


def test_downward_numbers_sort_otherwise_as_text() -> None:
    namer = Namer("downwards")
    names = [namer.name("Dense") for _ in range(3)]
    assert names == ["dense_11", "dense_10", "dense_9"]
    assert sorted(names) == ["dense_10", "dense_11", "dense_9"]

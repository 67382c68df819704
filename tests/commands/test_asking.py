"""What commands are given is checked before anything runs."""

from __future__ import annotations

import pytest

from harness.commands.asking import asked_models
from harness.console import Refusal
from harness.models.generate import generate


def test_models_that_were_found_are_returned_as_they_are() -> None:
    found = generate(2, 0)
    assert asked_models(found, ("Dense",)) == found
    assert asked_models((), ()) == ()


def test_no_model_is_an_error_that_says_what_may_have_been_meant() -> None:
    with pytest.raises(Refusal, match="'Desne'; did you mean 'Dense'"):
        asked_models((), ("Desne",))

"""The version windows of the catalogue are those of the version under test: what it has, and what it lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.campaign.process import Subject

from .probes import Probe, probes

if TYPE_CHECKING:
    from harness.campaign.environments import Interpreter

pytestmark = pytest.mark.tensorflow

DEADLINE = 600.0


@pytest.fixture(scope="module")
def errors(roundtrip_environment: Interpreter) -> dict[Probe, str | None]:
    """What the environment raises where it lacks something."""
    wanted = probes()
    subject = Subject(roundtrip_environment.executable, variables=roundtrip_environment.variables)
    try:
        subject.hello()
        reply = subject.ask({"op": "make", "items": [probe.item for probe in wanted]}, DEADLINE)
    finally:
        subject.close()
    assert "fault" not in reply, reply
    return dict(zip(wanted, reply["errors"], strict=True))


def test_it_has_whatever_the_windows_say(errors: dict[Probe, str | None], roundtrip_environment: Interpreter) -> None:
    info = roundtrip_environment.info
    wrong = [
        f"{probe.item}: {error}"
        for probe, error in errors.items()
        if error is not None and not probe.lacks(info["keras"], info["tensorflow"])
    ]
    assert not wrong


def test_it_lacks_whatever_the_windows_say(errors: dict[Probe, str | None], roundtrip_environment: Interpreter) -> None:
    info = roundtrip_environment.info
    wrong = [
        f"{probe.item}: {lacking}"
        for probe, error in errors.items()
        if error is None and (lacking := probe.lacks(info["keras"], info["tensorflow"]))
    ]
    assert not wrong

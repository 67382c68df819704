"""The pytest face: options that choose the environment and the effort, and trials that tests share.

Hypothesis draws the same specs for every item of one kind (the seed is the session's, not the test's), so
that a model is built, trained and saved once, and every item asks for its own route of it.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hypothesis import settings

    from harness.campaign.environments import Interpreter
    from harness.campaign.routes import Routes
    from harness.campaign.trials import Bench, Law
    from harness.models.spec import ModelSpec
    from harness.trial.records import Trial


@dataclass(frozen=True)
class Profile:
    """How much a session tries."""

    examples: int
    shrink: bool


PROFILES = {"quick": Profile(examples=2, shrink=False), "full": Profile(examples=50, shrink=True)}


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("roundtrip", "save/load conformance of Keras")
    group.addoption("--roundtrip-python", metavar="PATH", help="interpreter under test (default: this one)")
    group.addoption("--roundtrip-env", metavar="NAME", help="environment of tox.ini under test")
    group.addoption("--roundtrip-profile", choices=sorted(PROFILES), default="quick", help="effort (default: quick)")
    group.addoption(
        "--roundtrip-examples", type=_positive, metavar="N", help="models per kind (default: the profile's)"
    )
    group.addoption("--roundtrip-seed", type=int, default=0, metavar="S", help="seed of the models (default: 0)")
    group.addoption("--roundtrip-deadline", type=float, default=120.0, metavar="SECONDS", help="per request")


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        msg = f"{text!r} is not a number from 1 on"
        raise argparse.ArgumentTypeError(msg)
    return int(text)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "tensorflow: needs an environment with TensorFlow")
    config.addinivalue_line("markers", "roundtrip(kind, saver, loader): one route of one kind of model")


@dataclass(frozen=True)
class Wanted:
    """The routes of one kind that the session's items ask for."""

    savers: frozenset[str]
    loaders: frozenset[str]


def wanted(items: list[pytest.Item], kind: str) -> Wanted:
    """What the collected items of a kind need: trials that nobody asks for are not made."""
    found = [mark.kwargs for item in items for mark in item.iter_markers("roundtrip") if mark.kwargs["kind"] == kind]
    return Wanted(frozenset(mark["saver"] for mark in found), frozenset(mark["loader"] for mark in found))


class SharedTrials:
    """Trials of one environment, made once for each spec and kept for all items of the session."""

    def __init__(self, bench: Bench, law: Law, routes: Routes, items: list[pytest.Item], scratch: Path) -> None:
        self.bench = bench
        self.law = law
        self.routes = routes
        self.items = items
        self.scratch = scratch
        self.made: dict[tuple[str, str, str], Trial] = {}

    def trial(self, spec: ModelSpec, saver: str, loader: str, *, alone: bool = False) -> Trial | None:
        """The trial of one route; None if the save before it has failed.

        Args:
            spec: the model.
            saver, loader: names; an empty loader is the save itself.
            alone: make this trial only (while shrinking), not those of the session's other items.
        """
        if (spec.id, saver, "") not in self.made:
            routes = Wanted(frozenset({saver}), frozenset({loader})) if alone else wanted(self.items, spec.kind)
            self._make(spec, routes)
        return self.made.get((spec.id, saver, loader))

    def _make(self, spec: ModelSpec, routes: Wanted) -> None:
        from harness.campaign.trials import ModelTrials, Selection

        selection = Selection(self.routes, routes.savers, routes.loaders)
        for trial in ModelTrials(spec, self.bench, self.law, selection, self.scratch).run():
            self.made[trial.spec, trial.saver, trial.loader] = trial


@pytest.fixture(scope="session")
def roundtrip_environment(request: pytest.FixtureRequest) -> Interpreter:
    """The interpreter under test; the tests that need it are skipped where it has no TensorFlow and none was named."""
    from harness.campaign.environments import EnvironmentError_, resolve

    python, env = request.config.getoption("roundtrip_python"), request.config.getoption("roundtrip_env")
    try:
        return resolve(python, env)
    except EnvironmentError_ as error:
        reason = str(error).replace("--python", "--roundtrip-python")
        if python or env:
            # One line for the session, not the same one for each item.
            pytest.exit(reason, returncode=pytest.ExitCode.USAGE_ERROR)
        pytest.skip(reason)


@pytest.fixture(scope="session")
def roundtrip_trials(request: pytest.FixtureRequest, roundtrip_environment: Interpreter) -> Iterator[SharedTrials]:
    """Makes and keeps trials in the environment under test."""
    from harness.campaign.routes import routes
    from harness.campaign.run import contract
    from harness.campaign.trials import Bench, Law
    from harness.contract.ledger import load_ledger

    known = routes()
    bench = Bench(roundtrip_environment, request.config.getoption("roundtrip_deadline"), known.formats)
    with tempfile.TemporaryDirectory(prefix="roundtrip-") as scratch:
        law = Law(contract(known), load_ledger())
        yield SharedTrials(bench, law, known, request.session.items, Path(scratch))
        bench.stop()


@pytest.fixture(scope="session")
def roundtrip_settings(request: pytest.FixtureRequest) -> settings:
    """Hypothesis settings of the chosen profile."""
    from hypothesis import HealthCheck, Phase, settings

    profile = PROFILES[request.config.getoption("roundtrip_profile")]
    phases = [Phase.generate, Phase.shrink] if profile.shrink else [Phase.generate]
    return settings(
        max_examples=request.config.getoption("roundtrip_examples") or profile.examples,
        phases=phases,
        # Every item must draw the same models, or none could be shared.
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )

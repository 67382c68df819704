"""The harness itself: every kind of model through every saver into every loader, one item each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, seed

from harness.campaign.routes import pairs_with, routes
from harness.models.spec import KINDS, Kind, ModelSpec
from harness.models.strategies import specs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _pytest.mark.structures import ParameterSet
    from hypothesis import settings

    from harness.pytest_plugin import SharedTrials

pytestmark = pytest.mark.tensorflow


def all_routes() -> Iterator[ParameterSet]:
    for kind in KINDS:
        for saver in routes().savers:
            for loader in ("", *(loader.name for loader in routes().loaders if pairs_with(saver, loader))):
                route = f"{saver.name} -> {loader}" if loader else saver.name
                mark = pytest.mark.roundtrip(kind=kind, saver=saver.name, loader=loader)
                yield pytest.param(kind, saver.name, loader, id=f"{kind}: {route}", marks=mark)


@pytest.mark.parametrize(("kind", "saver", "loader"), list(all_routes()))
def test_route_is_as_documented(
    kind: Kind,
    saver: str,
    loader: str,
    roundtrip_trials: SharedTrials,
    roundtrip_settings: settings,
    request: pytest.FixtureRequest,
) -> None:
    failing: list[str | None] = []

    @seed(request.config.getoption("roundtrip_seed"))
    @roundtrip_settings
    @given(specs(kind))
    def check(spec: ModelSpec) -> None:
        trial = roundtrip_trials.trial(spec, saver, loader, alone=bool(failing))
        if trial is None or trial.verdict not in {"violation", "harness-error"}:
            return
        # Shrinking must end at the problem that it started from.
        if not failing:
            failing.append(trial.fingerprint)
        if trial.fingerprint == failing[0]:
            problems = "\n".join(f"{item.facet}: {item.difference} ({item.detail})" for item in trial.problems)
            pytest.fail(f"{trial.verdict} [{trial.fingerprint}] {problems or trial.note}", pytrace=False)

    check()

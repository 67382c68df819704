"""What commands ask for: their common options, and the names that they are given."""

from __future__ import annotations

import os
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.console import Refusal, refusing

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from harness.campaign.routes import Routes
    from harness.contract.ledger import Ledger
    from harness.contract.rules import Contract
    from harness.models.spec import ModelSpec

DEADLINE_SECONDS = 120.0
COMMON = 300
"""Models that have most of the names that there are."""
SHORTEST_PREFIX = 4
"""Characters of an id that may stand for all of it."""

Command = Any


def env_folder_option() -> Callable[[Command], Command]:
    """Where environments are installed."""
    return click.option(
        "--env-folder",
        type=click.Path(path_type=Path, file_okay=False),
        envvar="ROUNDTRIP_ENVS",
        help="Where the environments are installed.  [env: ROUNDTRIP_ENVS; default: .tox]",
    )


def environment_options(command: Command) -> Command:
    """Options that say where to run something, and how long to wait for it."""
    options = (
        click.option("--python", "pythons", multiple=True, metavar="PATH", help="Interpreter to test; repeatable."),
        click.option(
            "--env",
            "envs",
            multiple=True,
            metavar="NAME",
            help="Environment of tox.ini to test, or 'all' that are installed; repeatable.",
        ),
        env_folder_option(),
        click.option(
            "--deadline",
            type=click.FloatRange(min=0, min_open=True),
            default=DEADLINE_SECONDS,
            show_default=True,
            help="Seconds before a request to the environment counts as hanging.",
        ),
    )
    return _with(command, options)


def campaign_options(command: Command) -> Command:
    """Options of everything that runs trials."""
    options = (
        click.option("--saver", "savers", multiple=True, metavar="SAVER", help="Only this saver; repeatable."),
        click.option("--loader", "loaders", multiple=True, metavar="LOADER", help="Only this loader; repeatable."),
        click.option("--no-ledger", is_flag=True, help="Report known issues as violations."),
        click.option("--strict", is_flag=True, help="Exit with 1 for stale known issues, too."),
        click.option("--all", "every", is_flag=True, help="Show every route, problem and known issue."),
    )
    return environment_options(_with(command, options))


def _with(command: Command, options: Sequence[Callable[[Command], Command]]) -> Command:
    for option in reversed(options):
        command = option(command)
    return command


def checked_routes(savers: Iterable[str] = (), loaders: Iterable[str] = ()) -> Routes:
    """All routes there are, the given names being among them."""
    from harness.campaign.routes import routes

    try:
        found = routes()
    except (ImportError, AttributeError, SyntaxError, ValueError) as error:
        raise Refusal(f"a format of the entry point group harness.formats cannot be used: {error}") from error
    check_names("saver", savers, found.saver_names)
    check_names("loader", loaders, found.loader_names)
    return found


def check_names(what: str, given: Iterable[str], known: Collection[str]) -> None:
    """Refuse what is not known, with what may have been meant."""
    for name in given:
        if name not in known:
            raise Refusal(f"unknown {what} {name!r}{_meant(name, known)}")


def _meant(name: str, known: Collection[str]) -> str:
    close = get_close_matches(name, known, n=3, cutoff=0.5)
    shown = close or list(known)
    return f"; {'did you mean' if close else 'there are'} {', '.join(repr(each) for each in shown)}"


def asked_models(found: tuple[ModelSpec, ...], having: Sequence[str]) -> tuple[ModelSpec, ...]:
    """The models that were found to have what was asked for.

    Raises:
        Refusal: there are none, be it that a name is mistyped or that no model has all of the names.
    """
    if found or not having:
        return found
    from harness.models.generate import generate
    from harness.models.having import names

    known = {name for spec in generate(COMMON, 0) for name in names(spec)}
    meant = "".join(_meant(name, known) for name in having if name not in known)
    raise Refusal(f"no random model of these kinds has {' and '.join(map(repr, having))}{meant}")


def asked_for(options: dict[str, Any]) -> dict[str, Any]:
    """Arguments that decide what is tried and how it is judged, as the header has them."""
    return {
        "saver": list(options["savers"]),
        "loader": list(options["loaders"]),
        "deadline": options["deadline"],
        "jobs": options.get("jobs") or 1,
        "savers_per_model": options.get("savers_per_model", 0),
        "no_ledger": options["no_ledger"],
    }


def cpus() -> int:
    """CPUs that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def read_contract(routes: Routes) -> Contract:
    """The rules for the routes that there are."""
    from harness.campaign.run import contract as read
    from harness.contract.tables import ContractError

    with refusing(ContractError):
        return read(routes)


def read_ledger() -> Ledger:
    """The known issues."""
    from harness.contract.ledger import load_ledger
    from harness.contract.tables import ContractError

    with refusing(ContractError):
        return load_ledger()

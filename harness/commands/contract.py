"""``roundtrip contract``: what is documented."""

from __future__ import annotations

import click

from harness.commands.asking import checked_routes, read_contract
from harness.console import Refusal, printed
from harness.report.outcome import Exit


@click.group(invoke_without_command=True)
@click.pass_context
def contract(context: click.Context) -> int:
    """What the documentation promises, rule by rule."""
    if context.invoked_subcommand is None:
        raise Refusal("no command given, see roundtrip contract --help")
    return Exit.OK


@contract.command("list")
def contract_list() -> int:
    """One line per rule."""
    from harness.contract.explain import listing

    return printed(listing(read_contract(checked_routes())))


@contract.command("explain")
@click.argument("route", metavar="ROUTE")
def contract_explain(route: str) -> int:
    """The rules for a ROUTE ('SAVER -> LOADER', a saver or a loader), and where they come from."""
    from harness.contract.explain import UnknownRouteError, explain

    known = checked_routes()
    try:
        # Reports write the arrow.
        return printed(explain(read_contract(known), route.replace("→", "->")))
    except UnknownRouteError as error:
        message = str(error)
        meant = "" if "did you mean" in message else "; name a saver, a loader or 'SAVER -> LOADER': there are "
        names = ", ".join(repr(name) for name in (*known.saver_names, *known.loader_names)) if meant else ""
        raise Refusal(f"{message}{meant}{names}") from error

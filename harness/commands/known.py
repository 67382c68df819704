"""``roundtrip known``: the ledger of known issues."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.commands import findings
from harness.commands.asking import check_names, checked_routes, environment_options, read_contract, read_ledger
from harness.commands.campaign import Campaign
from harness.console import Refusal, printed
from harness.report.outcome import Exit

if TYPE_CHECKING:
    from harness.campaign.cases import Solved
    from harness.campaign.environments import Interpreter
    from harness.contract.entries import Draft


@click.group(invoke_without_command=True)
@click.pass_context
def known(context: click.Context) -> int:
    """The ledger: confirmed disagreements of Keras with its documentation."""
    if context.invoked_subcommand is None:
        raise Refusal("no command given, see roundtrip known --help")
    return Exit.OK


@known.command()
@click.argument("target", metavar="FINGERPRINT|ID")
@findings.options
@click.option("--id", "name", required=True, help="Name of the entry: small letters and hyphens.")
@click.option("--title", required=True, help="What is wrong, in a sentence.")
@click.option("--source", "sources", multiple=True, help="An issue, or the place in the source; repeatable.")
@click.option("--ledger", type=click.Path(path_type=Path, dir_okay=False), help="Another ledger than the harness's.")
def add(
    target: str,
    journal: Path,
    name: str,
    title: str,
    sources: tuple[str, ...],
    ledger: Path | None,
    budget: float,
    **options: Any,
) -> int:
    """Enter a finding in the ledger, with its smallest model beside it.

    The entry speaks of the routes on which the journal has the finding, and of models with the culprit. It is refused
    if the finding does not show, and if the entry would explain what is none of its own.
    """
    from harness.campaign.cases import solve
    from harness.contract.entries import EntryRefusedError
    from harness.contract.entries import add as enter
    from harness.contract.ledger import KNOWN_ISSUES
    from harness.contract.tables import ContractError

    case = findings.case_of(target, journal)
    interpreter, writer = findings.ends(case, options)
    with findings.probing(interpreter, writer, ledger=not options["no_ledger"]) as probe:
        solved = solve(case, probe, budget)
    if solved.problem is None:
        raise Refusal(f"{target} does not show with {interpreter.title}: nothing to enter")
    if solved.problem.known is not None:
        raise Refusal(f"{target} is known already: {solved.problem.known}")
    written = "" if writer is None else f"=={_major_minor(writer)}.*"
    draft = replace(_draft(solved, interpreter, journal, name, title, sources), writer_keras=written)
    path = KNOWN_ISSUES if ledger is None else ledger
    try:
        enter(draft, path)
    except (EntryRefusedError, ContractError, OSError) as error:
        raise Refusal(str(error)) from error
    click.echo(draft.text(), nl=False)
    click.echo(f"roundtrip: entered in {path}; read it again, and say since which version", err=True)
    return 0


def _draft(
    solved: Solved, interpreter: Interpreter, journal: Path, name: str, title: str, sources: tuple[str, ...]
) -> Draft:
    from harness.contract.entries import Draft
    from harness.models.ingredients import conditions

    clue, spec = solved.case.clue, solved.spec
    routes = _routes(journal, clue.fingerprint) or [(clue.saver, clue.loader)]
    return Draft(
        id=name,
        title=title,
        savers=tuple(sorted({saver for saver, _ in routes})),
        loaders=tuple(sorted({loader for _, loader in routes})),
        kinds=() if spec.kind == "sequential" else (spec.kind,),
        when=conditions(spec, clue.difference),
        keras=f">={_major_minor(interpreter)}",
        facet=clue.facet,
        difference=clue.difference,
        severity=solved.case.severity,
        sources=(*sources, "own model"),
        spec=spec.to_json(),
    )


def _major_minor(interpreter: Interpreter) -> str:
    return ".".join(interpreter.info["keras"].split(".")[:2])


def _routes(journal: Path, fingerprint: str) -> list[tuple[str, str]]:
    """The routes on which a journal has a finding."""
    from harness.campaign.journal import read

    return [
        (record["saver"], record["loader"])
        for record in read(journal)
        if record["record"] == "trial" and any(each["fingerprint"] == fingerprint for each in record["problems"])
    ]


@known.command()
@click.argument("issues", nargs=-1, metavar="[ISSUE]...")
@environment_options
def check(issues: tuple[str, ...], **options: Any) -> int:
    """Replay the smallest model of each ISSUE (or of all) whatever its version windows say.

    Exits with 1 if one shows outside of its windows, or does not show inside.
    """
    from harness.campaign.known import Check, told

    routes = checked_routes()
    checks = Check(routes, read_contract(routes), read_ledger())
    check_names("known issue", issues, checks.ids)
    campaign = Campaign(seed=0, request={}, routes=routes, kinds=(), options=options)
    sightings = list(checks.every(issues, campaign.environments(), options["deadline"]))
    printed(told(sightings))
    if campaign.unusable or any(each.state == "harness-error" for each in sightings):
        return Exit.UNUSABLE
    return Exit.VIOLATIONS if any(each.disagrees for each in sightings) else Exit.OK

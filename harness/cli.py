"""The command line: a thin face over the campaign and the report.

What is heavy is imported inside the commands, so that ``--help`` starts at once.
"""

from __future__ import annotations

import errno
import tempfile
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness import __version__
from harness.commands import findings, golden
from harness.commands.asking import asked_for, asked_models, campaign_options, check_names, checked_routes
from harness.commands.campaign import Campaign
from harness.commands.contract import contract
from harness.commands.environments import envs
from harness.commands.gate import gate
from harness.commands.known import known
from harness.commands.report import publish, report
from harness.console import Refusal, said
from harness.report.outcome import Exit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.campaign.environments import Interpreter
    from harness.models.spec import Kind, ModelSpec

NO_SPACE = (errno.ENOSPC, errno.EDQUOT)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; an error is one line on stderr."""
    try:
        return int(cli.main(args=arguments, prog_name="roundtrip", standalone_mode=False) or Exit.OK)
    except click.exceptions.Abort:
        return said("interrupted", Exit.INTERRUPTED)
    except click.ClickException as error:
        return said(" ".join(error.format_message().split()), Exit.UNUSABLE)
    except Exception as error:  # noqa: BLE001 - a fault of ours must not exit with 1, which says that Keras has one
        if isinstance(error, OSError) and error.errno in NO_SPACE:
            where = error.filename or f"the output or {tempfile.gettempdir()}"
            return said(f"{error.strerror}: {where}; free some space", Exit.UNUSABLE)
        traceback.print_exc()
        return Exit.UNUSABLE


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, invoke_without_command=True)
@click.version_option(__version__, prog_name="roundtrip")
@click.pass_context
def cli(context: click.Context) -> int:
    """Save and load random Keras models every documented way, and judge what comes back.

    Exit codes: 0 all as documented or known; 1 violations; 2 bad arguments, or could not run; 5 nothing was run;
    130 interrupted.
    """
    if context.invoked_subcommand is None:
        raise Refusal("no command given, see roundtrip --help")
    return Exit.OK


@cli.command()
@campaign_options
@click.option("--models", type=click.IntRange(min=1), default=20, show_default=True, help="How many random models.")
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed gives the same models.")
@click.option(
    "--kind", "kinds", multiple=True, metavar="KIND", help="sequential, functional or subclassed; repeatable."
)
@click.option("--having", multiple=True, metavar="NAME", help="Only models with this class or function; repeatable.")
@click.option("--buildable", is_flag=True, help="Only models that all of the environments can build.")
@click.option("--cross", is_flag=True, help="Also read with each environment what each other one has written.")
@click.option("--cross-only", is_flag=True, help="Only that: no environment reads what it has written itself.")
@click.option(
    "--savers-per-model",
    type=click.IntRange(min=0),
    default=0,
    metavar="N",
    help="Each model meets N of the savers, by turns.  [default: all]",
)
@click.option(
    "--coverage-floor",
    type=click.FloatRange(min=0, max=100),
    default=0.0,
    metavar="PERCENT",
    help="Fail if the models have less than this of the layers, arguments, losses and so on that Keras has.",
)
@click.option("--jobs", type=click.IntRange(min=1), help="Processes at work at once.  [default: the CPUs there are]")
@click.option("--out", type=click.Path(path_type=Path), help="Write the journal here (JSON Lines).")
@click.option("--resume", is_flag=True, help="Finish the run that --out holds.")
@click.option("--shrink", is_flag=True, help="Find the smallest model of each finding, up to a minute each.")
@click.option("--corpus", type=click.Path(path_type=Path, file_okay=False), help="Folder of findings to try first.")
def run(
    models: int,
    seed: int,
    kinds: tuple[str, ...],
    having: tuple[str, ...],
    buildable: bool,
    out: Path | None,
    resume: bool,
    **options: Any,
) -> int:
    """Run random models through every route, and print what came of it."""
    from harness.commands.aftermath import Aftermath
    from harness.models.generate import generate, generate_fitting
    from harness.models.having import fitting
    from harness.models.spec import KINDS

    if resume and out is None:
        raise Refusal("--resume needs --out, the journal to go on with")
    routes = checked_routes(options["savers"], options["loaders"])
    check_names("kind", kinds, KINDS)
    picked: tuple[Kind, ...] = tuple(kind for kind in KINDS if kind in kinds or not kinds)
    across = {name: True for name in ("cross", "cross_only") if options[name]}
    request = {"models": models, "kind": list(picked), "having": list(having), "buildable": buildable, **across}
    request |= asked_for(options)
    aftermath = Aftermath.of(options["corpus"], shrink=options["shrink"], ledger=not options["no_ledger"])
    remembered = aftermath.specs(picked)
    campaign = Campaign(seed=seed, request=request, routes=routes, kinds=picked, options=options)
    campaign.aftermath = aftermath

    def drawn(environments: Sequence[Interpreter]) -> tuple[ModelSpec, ...]:
        if not buildable and not having:
            return generate(models, seed, picked)
        versions = [(each.info["keras"], each.info["tensorflow"]) for each in environments]
        found = generate_fitting(models, seed, picked, fitting(having), versions if buildable else (), having)
        return asked_models(found, having)

    def specs(environments: Sequence[Interpreter]) -> tuple[ModelSpec, ...]:
        # The seed may draw what the corpus remembers: no model is tried twice.
        return tuple({spec.id: spec for spec in (*remembered, *drawn(environments))}.values())

    return campaign.run(specs, out, resume=resume)


@cli.command()
@click.argument("target", metavar="ID|FILE")
@click.option("--journal", type=click.Path(path_type=Path), help="Journal that holds the model with this ID.")
@campaign_options
def replay(target: str, journal: Path | None, **options: Any) -> int:
    """Run one model again: by its ID (or the start of it) in a journal, or from a FILE with its JSON."""
    from harness.commands.lookup import find_spec

    spec = find_spec(target, journal)
    routes = checked_routes(options["savers"], options["loaders"])
    request = {"replay": spec.id, **asked_for(options)}
    # Without kinds no rule counts as unexercised: one model cannot meet them all.
    campaign = Campaign(seed=spec.seed, request=request, routes=routes, kinds=(), options={**options, "jobs": 1})
    return campaign.run(lambda _: (spec,))


for _command in (report, publish, gate, *findings.COMMANDS, known, contract, envs):
    cli.add_command(_command)
golden.add_to(cli, campaign_options)

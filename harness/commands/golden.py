"""``roundtrip golden``: files that versions have left, for newer ones to read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.commands.asking import env_folder_option
from harness.console import Refusal, refusing
from harness.report.outcome import Exit

if TYPE_CHECKING:
    from harness.campaign.golden_run import Written

MEGABYTE = 1e6


def add_to(cli: click.Group, campaign_options: Any) -> None:
    """Add the group of commands; reading takes the options of everything that runs trials."""
    group = click.Group("golden", help="Keep files that versions have written, and read them again with newer ones.")
    group.add_command(write)
    group.add_command(click.command("read")(campaign_options(read)))
    cli.add_command(group)


def _running_options(command: Any) -> Any:
    jobs = click.option(
        "--jobs", type=click.IntRange(min=1), help="Processes at work at once.  [default: the CPUs there are]"
    )
    return jobs(command)


@click.command("write")
@click.option("--python", "pythons", multiple=True, metavar="PATH", help="Interpreter that writes; repeatable.")
@click.option("--env", "envs", multiple=True, metavar="NAME", help="Environment of tox.ini that writes; repeatable.")
@env_folder_option()
@click.option("--models", type=click.IntRange(min=1), default=200, show_default=True, help="Of each, at the most.")
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed gives the same models.")
@click.option("--having", multiple=True, metavar="NAME", help="Models with this instead; repeatable: with all of them.")
@click.option("--deadline", type=click.FloatRange(min=0, min_open=True), default=120.0, show_default=True)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder; what others wrote stays there.")
@_running_options
def write(
    models: int, seed: int, having: tuple[str, ...], jobs: int | None, deadline: float, out: Path, **options: Any
) -> int:
    """Have environments write a corpus: few models that together have every layer class, in the main formats."""
    from harness.campaign import golden_run
    from harness.campaign.golden import CorpusError, opened
    from harness.commands.asking import checked_routes, cpus
    from harness.commands.campaign import Campaign

    faults: list[str] = []
    with refusing(CorpusError):
        corpus = opened(out)
        campaign = Campaign(seed=seed, request={}, routes=checked_routes(), kinds=(), options=options)
        environments = campaign.environments()
        for name, written in golden_run.write(corpus, environments, models, seed, jobs or cpus(), deadline, having):
            click.echo(_said(name, written))
            faults += (f"{name}: {fault.strip().splitlines()[-1]}" for fault in written.faults)
    for fault in faults:
        click.echo(f"roundtrip: {fault}", err=True)
    return Exit.UNUSABLE if faults or campaign.unusable else Exit.OK


def _said(name: str, written: Written) -> str:
    from harness.campaign.golden import INDEX

    entries, absent = written.writer.entries, written.writer.absent
    size = sum(entry.bytes for entry in entries) / MEGABYTE
    if not entries:
        return f"{name}: no model, for these versions have none that is like that"
    missing = f"{len(absent)} layer classes in none of them ({INDEX} names them)" if absent else "every layer class"
    return f"{name}: {len(entries)} models, {size:.1f} MB, {missing}"


@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Write the journal here (JSON Lines).")
@click.option("--resume", is_flag=True, help="Finish the run that --out holds.")
@_running_options
def read(folder: Path, out: Path | None, resume: bool, **options: Any) -> int:
    """Read all of a corpus with other versions, and print what came of it."""
    from harness.campaign.deposit import DepositError
    from harness.campaign.golden import CorpusError, read_corpus
    from harness.commands.reading import Reading

    if resume and out is None:
        raise Refusal("--resume needs --out, the journal to go on with")
    with refusing(CorpusError, DepositError):
        corpus = read_corpus(folder)
        if not any(writer.entries for writer in corpus.writers.values()):
            raise Refusal(f"{folder} holds no models: roundtrip golden write --out {folder}")
        corpus.verify()
        reading = Reading(corpus, options)
        return reading.run(reading.specs, out, resume=resume)

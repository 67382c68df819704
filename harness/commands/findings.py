"""``roundtrip shrink``, ``repro``, ``bisect``: what becomes of a finding."""

from __future__ import annotations

import json
import tempfile
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.commands.asking import DEADLINE_SECONDS, env_folder_option

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from harness.campaign.cases import Case, Solved
    from harness.campaign.environments import Interpreter
    from harness.campaign.probe import Probe

BUDGET = 60.0
"""Seconds that shrinking may take."""

Command = Any


def options(command: Command) -> Command:
    """What every command about one finding in one environment takes."""
    env = click.option("--env", metavar="NAME", help="Environment of tox.ini to try it with.")
    python = click.option("--python", metavar="PATH", help="Interpreter to try it with.  [default: the journal's]")
    return finding_options(python(env(command)))


def finding_options(command: Command) -> Command:
    """What every command about one finding takes."""
    made = (
        click.option(
            "--journal",
            type=click.Path(path_type=Path, dir_okay=False),
            required=True,
            help="Journal that has the finding.",
        ),
        env_folder_option(),
        click.option("--no-ledger", is_flag=True, help="Take known issues for violations, as the run did."),
        click.option(
            "--budget",
            type=click.FloatRange(min=0),
            default=BUDGET,
            show_default=True,
            help="Seconds that shrinking may take; 0 for none.",
        ),
    )
    for option in reversed(made):
        command = option(command)
    return command


@click.command()
@click.argument("target", metavar="FINGERPRINT|ID")
@options
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the smallest model here (JSON).")
def shrink(target: str, journal: Path, out: Path | None, budget: float, **options: Any) -> int:
    """Find the smallest model that shows a finding: by its FINGERPRINT, or the ID of a model that shows one."""
    case = case_of(target, journal)
    reader, writer = ends(case, options)
    with probing(reader, writer, ledger=not options["no_ledger"]) as probe:
        from harness.campaign.cases import solve

        solved = solve(case, probe, budget)
    if out is not None:
        write(out, json.dumps(solved.spec.to_json(), indent=1, sort_keys=True) + "\n")
    for line in told(solved):
        click.echo(line)
    return _shown(solved)


def _shown(solved: Solved) -> int:
    """1 if the finding shows, as for ``run``; 0 if not."""
    return int(solved.problem is not None)


def told(solved: Solved) -> Iterator[str]:
    """What there is to say of a finding that was shrunk, line by line."""
    from harness.models.describe import describe

    clue, shrunk = solved.case.clue, solved.shrunk
    yield f"{solved.case.severity} | {clue.facet} | {clue.difference}"
    yield f"route:    {clue.saver}{f' -> {clue.loader}' if clue.loader else ''}"
    if not shrunk.reproduced:
        yield "does not show: not with this model alone, nor after the savers that the run had before"
        return
    if solved.problem is not None and solved.problem.detail:
        yield f"seen:     {' '.join(solved.problem.detail.split())[:400]}"
    yield f"model:    {describe(solved.spec)}"
    if shrunk.candidate.before:
        yield f"after:    {', '.join(shrunk.candidate.before)}"
    yield f"culprit:  {', '.join(solved.culprit) or 'any model'}"
    if solved.side:
        yield f"side:     {SIDES[solved.side]}"
    if clue.known:
        yield f"known:    {clue.known}"
    ended = "" if shrunk.finished else "; the budget ended it, there may be a smaller one"
    yield f"{shrunk.tried} models tried in {shrunk.seconds:.0f} s{ended}"


SIDES: Mapping[str, str] = {
    "save": "the save: what is lost is not in what was written",
    "load": "the load: what is lost is in what was written",
}


def case_of(target: str, journal: Path) -> Case:
    """The finding of a journal that is meant."""
    from harness.campaign.cases import NoCaseError, find
    from harness.campaign.journal import JournalError, read
    from harness.campaign.routes import routes
    from harness.commands.asking import SHORTEST_PREFIX
    from harness.console import Refusal
    from harness.models.spec import InvalidSpecError

    if len(target) < SHORTEST_PREFIX:
        raise Refusal(f"{target!r} is too short for a name: give at least {SHORTEST_PREFIX} characters of it")
    try:
        return find(read(journal), target, routes())
    except (JournalError, InvalidSpecError) as error:
        raise Refusal(str(error)) from error
    except NoCaseError as error:
        raise Refusal(f"{journal}: {error}") from error


def ends(case: Case, options: Mapping[str, Any]) -> tuple[Interpreter, Interpreter | None]:
    """The reader, and the writer if it is another: options name the reader, the writer is the journal's."""
    reader = interpreter_for(case.environment, options)
    if not case.crosses:
        return reader, None
    return reader, interpreter_for(case.writer, {**options, "python": None, "env": None})


def refuse_crossing(case: Case) -> None:
    """What is about one environment cannot be said of a file that went from one to another."""
    from harness.console import Refusal

    if case.crosses:
        raise Refusal(f"{case.writer['name']} wrote it and {case.environment['name']} read it: there are two versions")


def interpreter_for(recorded: Mapping[str, Any], options: Mapping[str, Any]) -> Interpreter:
    """The one that was asked for, or that the journal was made with if it is still there."""
    from harness.campaign.environments import EnvironmentError_, resolve
    from harness.console import Refusal

    python, env = options["python"], options["env"]
    if not python and not env:
        python = recorded.get("executable")
        if python is None or not Path(python).is_file():
            raise Refusal(f"the interpreter of {recorded['name']} is not here: name one with --python or --env")
        if _is_declared(recorded, options["env_folder"]):
            # What tox.ini sets for it decides which Keras it has.
            python, env = None, recorded["name"]
    try:
        return resolve(python, env, options["env_folder"])
    except EnvironmentError_ as error:
        raise Refusal(str(error)) from error


def _is_declared(recorded: Mapping[str, Any], folder: Path | None) -> bool:
    """Whether an environment of a journal is the one of that name in ``tox.ini``."""
    from harness.campaign.environments import declared

    environment = declared().get(recorded["name"])
    # Interpreters of virtual environments are links to one and the same.
    return environment is not None and environment.python(folder).absolute() == Path(recorded["executable"]).absolute()


@contextmanager
def probing(interpreter: Interpreter, writer: Interpreter | None = None, *, ledger: bool = True) -> Iterator[Probe]:
    """A probe into an environment, or from one that writes into it, and its end."""
    from harness.campaign.probe import CrossProbe, Probe
    from harness.campaign.routes import routes
    from harness.campaign.run import contract
    from harness.campaign.trials import Bench, Law
    from harness.contract.ledger import Ledger, load_ledger

    known = routes()
    bench = Bench(interpreter, DEADLINE_SECONDS, known.formats)
    other = None if writer is None else Bench(writer, DEADLINE_SECONDS, known.formats)
    law = Law(contract(known), load_ledger() if ledger else Ledger())
    with tempfile.TemporaryDirectory(prefix="roundtrip-") as scratch:
        try:
            folder = Path(scratch)
            yield Probe(bench, law, known, folder) if other is None else CrossProbe(other, bench, law, known, folder)
        finally:
            for each in (bench, other):
                if each is not None:
                    each.stop()


def write(path: Path, text: str) -> None:
    """Write a file that was asked for."""
    from harness.console import Refusal

    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Refusal(f"cannot write {path}: {error.strerror}") from error


@click.command()
@click.argument("target", metavar="FINGERPRINT|ID")
@options
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the script here.")
@click.option("--issue", is_flag=True, help="Print the text of a bug report, with the script in it.")
@click.option("--since", default="", metavar="VERSION", help="First version that shows it (see bisect), for --issue.")
def repro(target: str, journal: Path, out: Path | None, issue: bool, since: str, budget: float, **options: Any) -> int:
    """Write a script of Keras calls only that shows a finding, and run it.

    The model is shrunk first. Exits with 1 if the script shows the finding (it is reproduced), with 0 if not.
    """
    from harness.campaign.cases import solve

    case = case_of(target, journal)
    interpreter, writer = ends(case, options)
    with probing(interpreter, writer, ledger=not options["no_ledger"]) as probe:
        solved = solve(case, probe, budget)
        text = script_of(solved, interpreter, probe, writer)
        promises = _documented(solved, interpreter, probe, writer)
    from harness.campaign.reproduce import reproduce

    with tempfile.TemporaryDirectory(prefix="roundtrip-") as scratch:
        path = Path(scratch) / "script.py"
        path.write_text(text, encoding="utf-8")
        made = reproduce(path, solved.case.clue, interpreter, writer)
    if out is not None:
        write(out, text)
    click.echo(_report(solved, (interpreter, writer), promises, made.said, text, since) if issue else text, nl=False)
    verdict = "reproduced" if made.reproduced else "NOT reproduced"
    written = "" if writer is None else f", written with {writer.title}"
    click.echo(f"roundtrip: {verdict} with {interpreter.title}{written}: {made.said[:300]}", err=True)
    return int(made.reproduced)


def script_of(solved: Solved, interpreter: Interpreter, probe: Probe, writer: Interpreter | None = None) -> str:
    """The script of a finding, for an environment, or for one that writes and one that reads."""
    from harness.console import Refusal
    from harness.repro.across import script_across
    from harness.repro.calls import NotWritableError
    from harness.repro.script import Subject, script

    clue = solved.case.clue
    subject = Subject(
        spec=solved.spec,
        clue=clue,
        before=solved.shrunk.candidate.before,
        suffixes={saver.name: saver.suffix for saver in probe.routes.savers},
        keras3=interpreter.info["namespace"] == "keras",
        versions=interpreter.title,
        title=_title(solved),
    )
    try:
        if writer is not None:
            keras3 = writer.info["namespace"] == "keras"
            return script_across(replace(subject, keras3=keras3, versions=writer.title), subject)
        return script(subject)
    except NotWritableError as error:
        raise Refusal(str(error)) from error


def _title(solved: Solved) -> str:
    clue = solved.case.clue
    culprit = ", ".join(solved.culprit[:3]) or "Any model"
    return f"{culprit}: {clue.difference[:100]} ({clue.saver})"


def _documented(
    solved: Solved, interpreter: Interpreter, probe: Probe, writer: Interpreter | None = None
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The rules that speak of it: what they promise, and their sources."""
    from harness.contract.explain import outcome
    from harness.contract.situation import Situation, Versions
    from harness.models.features import features

    clue, info = solved.case.clue, interpreter.info
    versions = info["tensorflow"], info["keras"]
    written = None if writer is None else Versions.of(writer.info)
    situation = Situation(clue.saver, clue.loader, solved.spec.kind, features(solved.spec), *versions, writer=written)
    met = probe.law.contract.expectation(situation).rules
    rules = [rule for rule in probe.law.contract.rules if rule.id in met]
    return tuple((outcome(rule), rule.source) for rule in rules) or (
        ("What is loaded without an error or a warning is what was saved.", ()),
    )


def _report(
    solved: Solved,
    ends: tuple[Interpreter, Interpreter | None],
    promises: tuple[tuple[str, tuple[str, ...]], ...],
    said: str,
    text: str,
    since: str,
) -> str:
    from harness.repro.issue import Report, issue

    side = SIDES.get(solved.side, "")
    told = f"It is {side}." if side else ""
    reader, writer = ends
    written = None if writer is None else writer.info
    return issue(
        Report(_title(solved), solved.case.clue, reader.info, promises, said[:1500], text, told, since, written)
    )


@click.command()
@click.argument("target", metavar="FINGERPRINT|ID")
@finding_options
@click.option("--good", required=True, metavar="NAME", help="Environment of tox.ini that does not show it.")
@click.option("--bad", required=True, metavar="NAME", help="Environment of tox.ini that shows it.")
@click.option(
    "--releases",
    metavar="PROJECT",
    help="Then also over the releases of this project on PyPI (keras, tensorflow-cpu), which are installed on the way.",
)
@click.option("--nightlies", is_flag=True, help="With --releases: development releases, too.")
def bisect(
    target: str,
    journal: Path,
    good: str,
    bad: str,
    releases: str | None,
    nightlies: bool,
    budget: float,
    **options: Any,
) -> int:
    """Find the first version that shows a finding: over the environments of tox.ini, in their order."""
    from harness.campaign.environments import EnvironmentError_
    from harness.campaign.versions import NotBisectableError, Versions
    from harness.console import Refusal

    case = case_of(target, journal)
    refuse_crossing(case)
    try:
        versions = Versions(options["env_folder"], case, ledger=not options["no_ledger"], say=_said)
        versions.shrink_in(bad, budget)
        found = versions.among_environments(good, bad)
        if releases is not None:
            found = versions.among_releases(found, releases, nightlies=nightlies)
    except (EnvironmentError_, NotBisectableError) as error:
        raise Refusal(str(error)) from error
    skipped = f" (could not say: {', '.join(found.skipped)})" if found.skipped else ""
    click.echo(f"first bad: {found.first_bad}; last good: {found.last_good}{skipped}")
    return 0


def _said(text: str) -> None:
    click.echo(text, err=True)


COMMANDS: tuple[click.Command, ...] = (shrink, repro, bisect)

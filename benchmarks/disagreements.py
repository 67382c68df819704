"""Known issues that an environment has, each shown by a script of Keras calls: ``python -m benchmarks.disagreements``."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.campaign.environments import EnvironmentError_, resolve
from harness.campaign.known import Check, in_windows, selection, smallest
from harness.campaign.probe import Clue
from harness.campaign.reproduce import reproduce
from harness.campaign.routes import routes
from harness.campaign.run import contract
from harness.campaign.trials import Bench, ModelTrials
from harness.contract.ledger import load_ledger
from harness.repro.calls import NotWritableError
from harness.repro.script import Subject, script

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.campaign.environments import Interpreter
    from harness.contract.ledger import Issue

DEADLINE = 120.0
HEAD = """| issue | what Keras does | route | shown by its script | source |
|---|---|---|---|---|"""


@dataclass(frozen=True)
class Disagreement:
    """A known issue in one environment."""

    issue: Issue
    clue: Clue | None
    """Where it showed; None if it did not."""
    script: str
    """Empty if there are no lines for it."""
    reproduced: bool
    said: str

    @property
    def state(self) -> str:
        """In a word or two, for the table."""
        if self.clue is None:
            return "does not show"
        if not self.script:
            return f"no script: {self.said}"
        return "yes" if self.reproduced else f"no: {self.said[:80]}"


@click.command()
@click.option("--python", metavar="PATH", help="Interpreter with TensorFlow.")
@click.option("--env", metavar="NAME", help="Environment of tox.ini.")
@click.option("--env-folder", type=click.Path(path_type=Path), envvar="ROUNDTRIP_ENVS", help="Where these are.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder for scripts.")
@click.option("--only", multiple=True, metavar="ID", help="Only these issues; repeatable.")
def main(python: str | None, env: str | None, env_folder: Path | None, out: Path, only: tuple[str, ...]) -> None:
    """Write a script for every known issue that this environment has, run each, and list them in README.md."""
    try:
        interpreter = resolve(python, env, env_folder)
    except EnvironmentError_ as error:
        raise click.ClickException(str(error)) from error
    out.mkdir(parents=True, exist_ok=True)
    found = []
    for each in disagreements(interpreter, only):
        if each.script:
            (out / f"{each.issue.id}.py").write_text(each.script, encoding="utf-8")
        click.echo(f"{each.issue.id}: {each.state}")
        found.append(each)
        (out / "README.md").write_text(table(found, interpreter.title), encoding="utf-8")


def disagreements(interpreter: Interpreter, only: Sequence[str] = ()) -> Iterator[Disagreement]:
    """The issues whose windows have the environment, one after the other."""
    known = routes()
    check = Check(known, contract(known), load_ledger())
    bench = Bench(interpreter, DEADLINE, known.formats)
    try:
        for issue in check.ledger.issues:
            if (not only or issue.id in only) and not issue.crosses and in_windows(issue, interpreter):
                yield _one(issue, check, bench)
                bench.recycle()
    finally:
        bench.stop()


def table(found: Sequence[Disagreement], title: str) -> str:
    """Markdown: what was asked, and a row for each."""
    shown = sum(each.reproduced for each in found)
    lines = [
        f"# Disagreements between Keras and its documentation: {title}",
        "",
        f"{len(found)} known issues have these versions in their windows; {shown} are shown by a script of their own,",
        "which calls nothing but Keras, TensorFlow and NumPy and exits with 1 if it shows what it says.",
        "",
        HEAD,
        *map(_row, found),
        "",
    ]
    return "\n".join(lines)


def _row(each: Disagreement) -> str:
    route = "-" if each.clue is None else f"{each.clue.saver} → {each.clue.loader or '(saving)'}"
    name = f"[{each.issue.id}]({each.issue.id}.py)" if each.script else each.issue.id
    cells = (name, each.issue.title, route, each.state, each.issue.source[0])
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _one(issue: Issue, check: Check, bench: Bench) -> Disagreement:
    with tempfile.TemporaryDirectory(prefix="roundtrip-") as folder:
        clue = _seen(issue, check, bench, Path(folder))
        if clue is None:
            return Disagreement(issue, None, "", reproduced=False, said="")
        try:
            text = script(_subject(issue, clue, check, bench.environment))
        except NotWritableError as error:
            return Disagreement(issue, clue, "", reproduced=False, said=str(error))
        path = Path(folder) / "script.py"
        path.write_text(text, encoding="utf-8")
        made = reproduce(path, clue, bench.environment)
    return Disagreement(issue, clue, text, made.reproduced, made.said)


def _seen(issue: Issue, check: Check, bench: Bench, folder: Path) -> Clue | None:
    for trial in ModelTrials(smallest(issue), bench, check.law(issue), selection(issue, check.routes), folder).run():
        for problem in trial.problems:
            if problem.known is not None:
                return Clue(trial.saver, trial.loader, problem.facet, problem.fingerprint, problem.difference)
    return None


def _subject(issue: Issue, clue: Clue, check: Check, environment: Interpreter) -> Subject:
    return Subject(
        spec=smallest(issue),
        clue=clue,
        suffixes={saver.name: saver.suffix for saver in check.routes.savers},
        keras3=environment.info["namespace"] == "keras",
        versions=environment.title,
        title=issue.title,
    )


if __name__ == "__main__":
    main()

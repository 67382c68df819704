"""``python -m benchmarks.bugs``: hunt historical bugs, each in an environment that has it, and add up what came of it."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from benchmarks.bugs.across import Crossing
from benchmarks.bugs.catalogue import CatalogueError, load_catalogue, load_facts
from benchmarks.bugs.hunt import Hunter
from benchmarks.bugs.table import table_of
from harness.campaign.environments import EnvironmentError_, Interpreter, resolve
from harness.commands.asking import env_folder_option
from harness.console import refusing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from benchmarks.bugs.catalogue import Bug, Facts
    from benchmarks.bugs.hunt import Result

Record = dict[str, Any]

CATALOGUE = click.option(
    "--catalogue",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    required=True,
    help="Folder with a catalogue.json.",
)

PHASES = ("buggy", "fixed", "control")


@click.group()
def main() -> None:
    """Detection power: historical bugs, each hunted in an environment that has it."""


@main.command()
@CATALOGUE
@env_folder_option()
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Results, a line of JSON each.")
@click.option("--only", multiple=True, metavar="ID", help="Only these; repeatable.")
@click.option("--env", "envs", multiple=True, metavar="NAME", help="Only in these environments; repeatable.")
@click.option("--phase", "phases", multiple=True, type=click.Choice(PHASES), help="Only this; repeatable.")
@click.option("--retry", is_flag=True, help="Try once more what was not found, or not silent.")
@click.option("--shrink", type=click.FloatRange(min=1), default=60.0, show_default=True, help="Seconds per finding.")
def run(**options: Any) -> None:
    """Hunt what --out does not have yet: in buggy environments first, then in those that are fixed."""
    with refusing(CatalogueError, EnvironmentError_):
        facts = load_facts()
        bugs = [
            bug
            for bug in load_catalogue(options["catalogue"], facts)
            if not options["only"] or bug.id in options["only"]
        ]
        with tempfile.TemporaryDirectory(prefix="bugs-") as folder:
            Work(facts, Path(folder), options).all(bugs)


class Work:
    """A run: one environment after the other, and a line for each result."""

    def __init__(self, facts: Facts, scratch: Path, options: dict[str, Any]) -> None:
        self.facts, self.scratch, self.options = facts, scratch, options
        self.out: Path = options["out"]
        self.resolved: dict[str, Interpreter] = {}
        self.done = {} if not self.out.exists() else {(each["id"], each["phase"]): each for each in results(self.out)}

    def all(self, bugs: Sequence[Bug]) -> None:
        """Everything that is left to do."""
        for name in _names(bug.buggy for bug in bugs if not bug.crosses and self._open(bug, "buggy", bug.buggy)):
            self._buggy(name, [bug for bug in bugs if bug.buggy == (name,) and self._open(bug, "buggy", bug.buggy)])
        for name in _names(bug.fixed for bug in bugs if not bug.crosses):
            self._fixed(name, [bug for bug in bugs if bug.fixed == (name,)])
        for bug in bugs:
            if bug.crosses:
                self._across(bug)

    def _open(self, bug: Bug, phase: str, where: Sequence[str]) -> bool:
        """Whether a result is wanted that is not there yet."""
        envs = self.options["envs"]
        phases = self.options["phases"]
        if not where or (envs and not set(where) <= set(envs)) or (phases and phase not in phases):
            return False
        before = self.done.get((bug.id, phase))
        return before is None or (self.options["retry"] and before["found"] != (phase == "buggy"))

    def _environment(self, name: str) -> Interpreter:
        if name not in self.resolved:
            self.resolved[name] = resolve(None, name, self.options["env_folder"])
        return self.resolved[name]

    def _hunter(self, name: str) -> Hunter:
        return Hunter(self._environment(name), self.facts, self.scratch / name, self.options["shrink"])

    def _buggy(self, name: str, bugs: list[Bug]) -> None:
        hunter = self._hunter(name)
        try:
            for result in hunter.hunt([bug for bug in bugs if bug.role == "bug"]):
                self._tell(result)
        finally:
            hunter.close()

    def _fixed(self, name: str, bugs: list[Bug]) -> None:
        wanted = [bug for bug in bugs if self._open(bug, _watch(bug), bug.fixed) and self._may(bug)]
        if not wanted:
            return
        hunter = self._hunter(name)
        try:
            for bug in wanted:
                where = (
                    hunter
                    if bug.role == "control"
                    else Hunter(self._environment(bug.buggy[0]), self.facts, self.scratch, self.options["shrink"])
                )
                models = where.having(bug, self._count(bug))
                self._tell(hunter.watch(bug, _watch(bug), hunter.buildable(models)))
        finally:
            hunter.close()

    def _may(self, bug: Bug) -> bool:
        """What was never found has no models to try."""
        return bug.role == "control" or (bug.id, "buggy") in self.done

    def _count(self, bug: Bug) -> int:
        """Models with the ingredient up to the one that showed it, and some more."""
        if bug.role == "control":
            return int(self.facts.margin * 2)
        return int(self.done[bug.id, "buggy"]["having"] + self.facts.margin)

    def _across(self, bug: Bug) -> None:
        for phase, pair in (("buggy", bug.buggy), ("fixed", bug.fixed)):
            if self._open(bug, phase, pair):
                writer, reader = (self._environment(name) for name in pair)
                crossing = Crossing(writer, reader, self.facts, self.scratch, self.options["shrink"])
                before = self.done.get((bug.id, "buggy"))
                most = self.facts.budget if phase == "buggy" or before is None else before["models"] + self.facts.margin
                self._tell(crossing.hunt(bug, phase, most))

    def _tell(self, result: Result) -> None:
        record = result.to_json()
        self.done[result.id, result.phase] = record
        with self.out.open("a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")
        outcome = {True: "found", False: "not found"}[result.found]
        click.echo(
            f"{result.phase:<8} {outcome:<10} {result.models:4} {result.seconds:6.0f} s  {result.environment}: {result.id}"
        )


@main.command()
@CATALOGUE
@click.argument("out", type=click.Path(path_type=Path, exists=True))
def table(catalogue: Path, out: Path) -> None:
    """Add up results: a table in Markdown."""
    with refusing(CatalogueError):
        facts = load_facts()
        click.echo("\n".join(table_of(load_catalogue(catalogue, facts), results(out))))


def results(out: Path) -> list[Record]:
    """Results, one of each bug and phase: the last word counts."""
    lines = map(json.loads, out.read_text(encoding="utf-8").splitlines())
    return list({(each["id"], each["phase"]): each for each in lines}.values())


def _names(places: Iterable[Sequence[str]]) -> list[str]:
    """Environments, each once, in the order in which they come."""
    return list(dict.fromkeys(place[0] for place in places if len(place) == 1))


def _watch(bug: Bug) -> str:
    return "control" if bug.role == "control" else "fixed"


if __name__ == "__main__":
    main()

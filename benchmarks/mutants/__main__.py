"""``python -m benchmarks.mutants``: list mutants, hunt them, and add up what came of it."""

from __future__ import annotations

import json
import tempfile
from collections import Counter, defaultdict
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from benchmarks.mutants.gaps import drawn, gaps
from benchmarks.mutants.hunt import Effort, Hunter, append, unpacked
from benchmarks.mutants.own_tests import OwnTests
from benchmarks.mutants.plant import NoKerasError, forking, overlay, sources
from benchmarks.mutants.reach import Reach
from benchmarks.mutants.sample import AREAS, sample
from harness.campaign.deposit import DepositError
from harness.campaign.environments import Interpreter
from harness.campaign.golden import CorpusError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from benchmarks.mutants.sample import Mutant
    from harness.campaign.deposit import Deposit

PYTHON = click.option("--python", required=True, metavar="PATH", help="Interpreter with TensorFlow and Keras 3.")
COUNT = click.option("--count", type=click.IntRange(min=1), default=150, show_default=True)
SEED = click.option("--seed", type=int, default=0, show_default=True)
CORPUS = click.option(
    "--corpus",
    type=click.Path(path_type=Path, exists=True),
    help="Files of old versions to read, too (roundtrip golden write).",
)
HAVING = click.option(
    "--having",
    multiple=True,
    metavar="REGEX",
    help="Only models whose JSON has words like it; repeatable: all of them.",
)
ONLY = click.option("--only", multiple=True, metavar="ID", help="Only these mutants; repeatable.")


@click.group()
def main() -> None:
    """Detection power: single faults planted into Keras, gated against the clean one."""


@main.command("list")
@PYTHON
@COUNT
@SEED
def listing(python: str, count: int, seed: int) -> None:
    """The mutants of a sample, a line of JSON each."""
    for mutant in sample(_sources(python), count, seed):
        click.echo(json.dumps(mutant.to_json()))


@main.command("reach")
@PYTHON
@COUNT
@SEED
@click.option("--models", type=click.IntRange(min=1), default=80, show_default=True, help="Models, each on all routes.")
@HAVING
@CORPUS
@ONLY
@click.option("--out", type=click.Path(path_type=Path), required=True, help="What gets to which mutant, as JSON.")
def find_reach(
    python: str,
    count: int,
    seed: int,
    models: int,
    having: tuple[str, ...],
    corpus: Path | None,
    only: tuple[str, ...],
    out: Path,
) -> None:
    """Which trials get to the mutants of a sample, so that hunting them tries no others."""
    with hunting(python, seed, Reach(), corpus, having) as hunter:
        mutants = _chosen(hunter.keras, count, seed, only)
        reach = hunter.reached(mutants, models)
    reach.write(out)
    click.echo(f"{len(reach.places)} of {len(mutants)} mutants are gone through by {reach.models} models")


@main.command()
@PYTHON
@COUNT
@SEED
@click.option("--budget", type=click.FloatRange(min=1), default=40.0, show_default=True, help="Seconds per mutant.")
@click.option("--few", type=click.IntRange(min=1), default=6, show_default=True, help="Models for the first routes.")
@click.option("--every", type=click.IntRange(min=0), default=2, show_default=True, help="Models for all routes.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Results, a line of JSON each.")
@click.option("--reach", type=click.Path(path_type=Path, exists=True), help="What the command `reach` has written.")
@HAVING
@CORPUS
@ONLY
@click.option("--resume", is_flag=True, help="Pass over mutants that --out has.")
@click.option("--retry", is_flag=True, help="With --resume: try those that survived once more.")
def run(
    python: str,
    count: int,
    seed: int,
    budget: float,
    few: int,
    every: int,
    out: Path,
    reach: Path | None,
    having: tuple[str, ...],
    corpus: Path | None,
    only: tuple[str, ...],
    resume: bool,
    retry: bool,
) -> None:
    """Hunt the mutants of a sample, one after the other."""
    if out.exists() and not resume:
        raise click.UsageError(f"{out} already exists: continue it with --resume")
    old = results(out) if out.exists() else []
    done = {each["id"] for each in old if not (retry and each["outcome"] == "survived")}
    with hunting(python, seed, Reach.read(reach) if reach else Reach(), corpus, having) as hunter:
        for mutant in _chosen(hunter.keras, count, seed, only):
            if mutant.id not in done:
                found = hunter.hunt(mutant, Effort(budget, few, every))
                append(out, found)
                click.echo(_told(found))


@contextmanager
def hunting(
    python: str, seed: int, reach: Reach, corpus: Path | None, having: tuple[str, ...] = ()
) -> Iterator[Hunter]:
    """A hunter, until the end of the block."""
    keras, interpreter = _sources(python), Interpreter("clean", python)
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        old = _old(corpus, Path(folder) / "old")
        with forking(interpreter, Path(folder)) as fast:
            hunter = Hunter(fast, keras, seed, Path(folder), reach=reach, old=old, having=having)
            try:
                if not hunter.pool:
                    raise click.ClickException(f"no model that these versions can build has {', '.join(having)}")
                yield hunter
            finally:
                hunter.close()


@main.command("own-tests")
@PYTHON
@COUNT
@SEED
@click.option("--every", type=click.IntRange(min=1), default=5, show_default=True, help="Only every so many mutants.")
@click.option("--pytest", type=click.Path(path_type=Path, exists=True), required=True, help="A folder with pytest.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Results, a line of JSON each.")
def own_tests(python: str, count: int, seed: int, every: int, pytest: Path, out: Path) -> None:
    """The same mutants by Keras's own tests; --out is continued if it exists."""
    keras = _sources(python)
    done = {each["id"] for each in results(out)} if out.exists() else set()
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        tests = OwnTests(python, overlay(keras, Path(folder)), pytest.resolve())
        passed_over = tests.failing()
        click.echo(f"{len(passed_over)} tests fail without a fault")
        for mutant in sample(keras, count, seed)[::every]:
            if mutant.id not in done:
                found = tests.tried(mutant, passed_over)
                append(out, found)
                click.echo(
                    f"{found['outcome']:<9} {found['seconds']:6.1f} s  {mutant.area}: {mutant.file}:{mutant.line}"
                )


@main.command("gaps")
@PYTHON
@SEED
@click.option("--models", type=click.IntRange(min=1), default=4000, show_default=True, help="Models to draw.")
def list_gaps(python: str, seed: int, models: int) -> None:
    """Classes that are never drawn and configuration that is never set: there, every fault survives."""
    for each in gaps(_sources(python), drawn(models, seed)):
        click.echo(f"{each.area}\n  never drawn: {', '.join(each.never_drawn) or '-'}")
        click.echo(f"  never set: {', '.join(each.never_set) or '-'}")


@main.command()
@click.argument("out", type=click.Path(path_type=Path, exists=True))
@click.option(
    "--equivalent",
    type=click.Path(path_type=Path, exists=True),
    help="Survivors that do the same, and why: JSON, by ID.",
)
def table(out: Path, equivalent: Path | None) -> None:
    """Add up results: kill rate by area and by operator, then what survived."""
    reasons = {} if equivalent is None else json.loads(equivalent.read_text(encoding="utf-8"))
    found = judged(results(out), reasons)
    for title, key in (("area", "area"), ("operator", "operator")):
        click.echo("\n".join(_table(title, found, key)))
    for each in found:
        if each["outcome"] in {"survived", "equivalent"}:
            click.echo(f"### {each['id']} {each['operator']} {each['file']}:{each['line']} {each['function']}\n")
            click.echo(f"```diff\n{each['diff']}\n```\n")
            if each["id"] in reasons:
                click.echo(f"Equivalent: {reasons[each['id']]}\n")


def _chosen(keras: Path, count: int, seed: int, only: tuple[str, ...]) -> list[Mutant]:
    return [mutant for mutant in sample(keras, count, seed) if not only or mutant.id in only]


def _old(corpus: Path | None, folder: Path) -> tuple[Deposit, ...]:
    try:
        return () if corpus is None else tuple(unpacked(corpus, folder))
    except (CorpusError, DepositError) as error:
        raise click.ClickException(str(error)) from error


def _sources(python: str) -> Path:
    try:
        return sources(Interpreter("clean", python))
    except NoKerasError as error:
        raise click.ClickException(str(error)) from error


def results(out: Path) -> list[dict[str, Any]]:
    """Results, one of each mutant: the last word counts."""
    lines = map(json.loads, out.read_text(encoding="utf-8").splitlines())
    return list({each["id"]: each for each in lines}.values())


def judged(found: list[dict[str, Any]], reasons: Mapping[str, str]) -> list[dict[str, Any]]:
    """Results in which those that are said to do the same are no survivors.

    Raises:
        ClickException: one of them was killed, or is none of the sample: what is said of it is wrong.
    """
    survived = {each["id"] for each in found if each["outcome"] == "survived"}
    if wrong := sorted(set(reasons) - survived):
        raise click.ClickException(f"said to be equivalent, and no survivors: {', '.join(wrong)}")
    return [{**each, "outcome": "equivalent"} if each["id"] in reasons else each for each in found]


def _told(found: dict[str, Any]) -> str:
    return f"{found['outcome']:<9} {found['seconds']:6.1f} s  {found['area']}: {found['file']}:{found['line']}"


def _table(title: str, found: list[dict[str, Any]], key: str) -> list[str]:
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    for each in found:
        counted[each[key]][each["outcome"]] += 1
        counted["all"][each["outcome"]] += 1
    order = [*(area for area in AREAS if area in counted), *sorted(set(counted) - set(AREAS) - {"all"}), "all"]
    lines = [
        f"| {title} | mutants | killed | broken | equivalent | survived | killed of those that are neither |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for name in order:
        one = counted[name]
        counted_ones = one["killed"] + one["survived"]
        rate = f"{one['killed'] / counted_ones:.0%}" if counted_ones else "-"
        counts = " | ".join(str(one[outcome]) for outcome in ("killed", "broken", "equivalent", "survived"))
        lines.append(f"| {name} | {one.total()} | {counts} | {rate} |")
    return [*lines, ""]


if __name__ == "__main__":
    main()

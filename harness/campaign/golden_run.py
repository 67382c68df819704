"""Has environments write a corpus, and read one again."""

from __future__ import annotations

import shutil
import tempfile
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from harness.campaign.cross import CrossTrials
from harness.campaign.deposit import Depositor
from harness.campaign.golden import SAVERS, Entry, Writer, pack
from harness.campaign.routes import exists, routes
from harness.campaign.run import Plan, Round, Sink, contract
from harness.campaign.trials import Law, ModelTrials, Selection
from harness.contract.ledger import Ledger, load_ledger
from harness.models.generate import generate_fitting
from harness.models.having import fitting
from harness.models.selection import absent, select
from harness.models.spec import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Sequence

    from harness.campaign.environments import Interpreter
    from harness.campaign.golden import Corpus
    from harness.campaign.run import Benches, Key
    from harness.models.spec import ModelSpec

NONE = frozenset({""})
"""Of loaders: no one has this name."""


@dataclass
class Written:
    """What one environment has written, and what went wrong."""

    writer: Writer
    faults: list[str] = field(default_factory=list)
    """Faults of the harness, or of the environment: not of Keras."""
    lock: Lock = field(default_factory=Lock)


def write(
    corpus: Corpus,
    environments: Sequence[Interpreter],
    models: int,
    seed: int,
    jobs: int,
    deadline: float,
    having: Sequence[str] = (),
) -> Iterator[tuple[str, Written]]:
    """Have each environment write its models; what it wrote before is replaced.

    Args:
        corpus: where to; its index is written after each environment.
        environments: the writers.
        models: how many of each at the most.
        seed: decides which.
        jobs: how many processes at a time.
        deadline: seconds for each request.
        having: what models must have, all of it; any that have it are taken, not those with every layer class.
    """
    for environment in environments:
        versions = (environment.info["keras"], environment.info["tensorflow"])
        specs = (
            generate_fitting(models, seed, KINDS, fitting(having), [versions], having)
            if having
            else select(models, seed, versions)
        )
        written = Written(Writer(dict(environment.info), seed, absent(specs, versions)))
        with _round(Plan(specs, (environment,), jobs=jobs, deadline=deadline)) as (round_, pool):
            if corpus.writers.pop(environment.name, None) is not None:
                # Whatever ends this, the index names no file that is gone.
                corpus.write()
            shutil.rmtree(corpus.folder / environment.name, ignore_errors=True)
            task = partial(_write_one, round_, environment, corpus.folder, written)
            round_.work(pool, [[(environment, partial(task, spec)) for spec in specs]])
        written.writer.entries.sort(key=lambda entry: entry.spec)
        corpus.writers[environment.name] = written.writer
        corpus.write()
        yield environment.name, written


def _write_one(
    round_: Round, environment: Interpreter, corpus: Path, written: Written, spec: ModelSpec, benches: Benches
) -> None:
    savers = frozenset(
        saver.name for saver in round_.known.savers if saver.name in SAVERS and exists(saver, environment)
    )
    folder = round_.deposit(spec, environment.name)
    with benches.lend(environment) as bench:
        trials = ModelTrials(
            spec,
            bench,
            round_.law,
            Selection(round_.known, savers, NONE),
            round_.scratch / environment.name,
            keeper=Depositor(folder, savers),
        )
        faults = [f"{spec.id}: {trial.note}" for trial in trials.run() if trial.verdict == "harness-error"]
    entry = pack(folder, corpus, f"{environment.name}/{spec.id}.tar.xz") if folder.is_dir() and not faults else None
    with written.lock:
        written.faults += faults
        written.writer.entries += [entry] if entry is not None else []
    shutil.rmtree(folder, ignore_errors=True)


def writer_name(name: str) -> str:
    """How a writer of a corpus is called beside an environment that may have the same name, and be another by now."""
    return f"golden {name}"


def specs(corpus: Corpus) -> tuple[ModelSpec, ...]:
    """All models of a corpus, each once."""
    found: dict[str, ModelSpec] = {}
    with tempfile.TemporaryDirectory(prefix="roundtrip-") as scratch:
        for number, entry in enumerate(_entries(corpus)):
            if entry.spec not in found:
                found[entry.spec] = corpus.deposit(entry, Path(scratch) / str(number)).spec
    return tuple(found.values())


def _entries(corpus: Corpus) -> Iterator[Entry]:
    for writer in corpus.writers.values():
        yield from writer.entries


def read(corpus: Corpus, plan: Plan, done: Container[Key], emit: Callable[[dict[str, Any]], None]) -> None:
    """Have each environment of a plan read the whole corpus.

    Args:
        corpus: what to read.
        plan: the readers, the routes, and how; its models are not asked for.
        done: keys of trials that an earlier run has measured.
        emit: takes each record.
    """
    with _round(plan, done, emit) as (round_, pool):
        tasks = [
            (reader, partial(_read_one, round_, corpus, name, entry, reader))
            for reader in plan.environments
            for name, writer in corpus.writers.items()
            for entry in writer.entries
        ]
        round_.work(pool, [tasks])


def _read_one(round_: Round, corpus: Corpus, writer: str, entry: Entry, reader: Interpreter, benches: Benches) -> None:
    if benches.closed.is_set():
        return
    plan, name = round_.plan, writer_name(writer)
    folder = round_.scratch / reader.name / writer / entry.spec
    deposit = corpus.deposit(entry, folder)
    deposit = replace(deposit, writer={**deposit.writer, "name": name})
    selection = Selection(
        round_.known,
        frozenset(plan.savers),
        frozenset(plan.loaders),
        lambda spec, saver, loader: (spec, saver, loader, name, reader.name) in round_.done,
    )
    round_.sink.spec(deposit.spec)
    with benches.lend(reader) as bench:
        trials = CrossTrials(deposit, bench, round_.law, selection, round_.scratch / "read" / reader.name / writer)
        round_.record(trials.run(), benches)
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _round(
    plan: Plan, done: Container[Key] = frozenset(), emit: Callable[[dict[str, Any]], None] = lambda _: None
) -> Iterator[tuple[Round, Executor]]:
    known = routes(plan.formats)
    law = Law(contract(known), load_ledger() if plan.ledger else Ledger())
    scratch = Path(tempfile.mkdtemp(prefix="roundtrip-"))
    pool = ThreadPoolExecutor(plan.jobs)
    try:
        yield Round(plan, known, law, {}, scratch, Sink(emit), done), pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        shutil.rmtree(scratch, ignore_errors=True)

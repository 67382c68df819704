"""A run: what was asked for, and what it adds up to."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from functools import cache
from typing import TYPE_CHECKING, Any

import click

from harness.commands.asking import cpus, read_contract, read_ledger
from harness.console import Refusal, console, refusing, said, show
from harness.report.outcome import Exit, outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Container, Iterator, Sequence
    from pathlib import Path

    from harness.campaign.environments import Interpreter
    from harness.campaign.journal import Key, Record, Resumable, Writer
    from harness.campaign.routes import Routes
    from harness.campaign.run import Plan
    from harness.commands.aftermath import Aftermath
    from harness.models.spec import ModelSpec
    from harness.report.exercise import Exercise
    from harness.report.recorder import Recorder

EVERY_ENVIRONMENT = "all"


class Campaign:
    """One run: what was asked for, and what it adds up to."""

    def __init__(
        self, *, seed: int, request: dict[str, Any], routes: Routes, kinds: Collection[str], options: dict[str, Any]
    ) -> None:
        from harness.report.summary import Summary

        self.seed, self.request, self.routes, self.kinds, self.options = seed, request, routes, kinds, options
        self.summary = Summary()
        self.unusable: dict[str, str] = {}
        self.aftermath: Aftermath | None = None
        self.pairs: tuple[tuple[str, str], ...] = ()

    def _pairs(self, environments: Sequence[Interpreter]) -> tuple[tuple[str, str], ...]:
        from harness.campaign.cross import every_pair

        if not (self.options.get("cross") or self.options.get("cross_only")):
            return ()
        if len(environments) == 1:
            raise Refusal("--cross needs two environments that can be used: name them with --env or --python")
        return every_pair(environments)

    def run(
        self,
        specs: Callable[[Sequence[Interpreter]], tuple[ModelSpec, ...]],
        out: Path | None = None,
        *,
        resume: bool = False,
    ) -> int:
        """Run it, write its journal, show its summary."""
        from harness.campaign.journal import JournalError, Writer, check_same_run, header, resumable

        with refusing(JournalError):
            old = resumable(out) if resume and out is not None else None
            with nullcontext() if out is None else Writer(out, end=old.end if old else None) as writer:
                environments = self.environments()
                self.pairs = self._pairs(environments)
                head = header(
                    self._described(environments), seed=self.seed, arguments=self.request, unusable=self.unusable
                )
                if old is not None and out is not None:
                    check_same_run(out, old.header, head)
                return self._recorded(specs(environments), environments, head, old, writer)

    def _recorded(
        self,
        specs: tuple[ModelSpec, ...],
        environments: tuple[Interpreter, ...],
        head: Record,
        old: Resumable | None,
        writer: Writer | None,
    ) -> int:
        from harness.campaign.journal import read
        from harness.report.recorder import Recorder
        from harness.report.wording import short_of

        journal = "" if writer is None else str(writer.path)
        earlier = writer.path if writer is not None and old is not None else None
        recorder = Recorder(self.summary, self._exercise((*_specs(earlier), *specs), head), writer, old)
        follow = self.aftermath.add if self.aftermath else _pass
        try:
            if old is None:
                recorder.emit(head)
            for record in [head] if earlier is None else read(earlier):
                follow(record)
            if old is None or not old.complete:
                self._measured(specs, environments, recorder, follow)
        except KeyboardInterrupt:
            return said(f"interrupted{'; go on with --resume' if journal else ''}", Exit.INTERRUPTED)
        finally:
            # Whatever ended the run, what was measured is shown.
            if self.summary.runs:
                show(self.summary, journal, every=self.options["every"])
        if self.aftermath is not None:
            self.aftermath.finish(self.summary, environments)
        floor = self.options.get("coverage_floor", 0.0)
        if short := short_of(self.summary, floor):
            said(short, Exit.UNUSABLE)
        return outcome(self.summary, strict=self.options["strict"], floor=floor)

    def _measured(
        self,
        specs: tuple[ModelSpec, ...],
        environments: tuple[Interpreter, ...],
        recorder: Recorder,
        follow: Callable[[Record], None],
    ) -> None:
        from harness.campaign.run import Plan
        from harness.report.terminal import Bar

        plan = Plan(
            specs=specs,
            environments=environments,
            savers=self.options["savers"],
            loaders=self.options["loaders"],
            jobs=self.options["jobs"] or cpus(),
            deadline=self.options["deadline"],
            seed=self.seed,
            ledger=not self.options["no_ledger"],
            pairs=self.pairs,
            alone=not self.options.get("cross_only"),
            savers_per_model=self.options.get("savers_per_model", 0),
        )

        def take(record: Record) -> None:
            bar.update(recorder.emit(record), record)
            follow(record)

        with Bar(console(stderr=True), len(specs) * len(environments)) as bar:
            self._run(plan, recorder.done, take)
        recorder.finish()

    def _run(self, plan: Plan, done: Container[Key], emit: Callable[[Record], None]) -> None:
        from harness.campaign.run import run as run_plan

        run_plan(plan, done, emit)

    def _described(self, environments: Sequence[Interpreter]) -> list[Record]:
        return [{**each.info, "name": each.name} for each in environments]

    def environments(self) -> tuple[Interpreter, ...]:
        """The environments that the options name, each tried once."""
        pythons, envs = self.options["pythons"], self._env_names()
        asked = [(python, None) for python in pythons] + [(None, env) for env in envs] or [(None, None)]
        found = tuple(each for each in self._each_usable(asked) if each is not None)
        if not found:
            raise Refusal("none of the environments can be used")
        names = [each.name for each in found]
        for name in names:
            if names.count(name) > 1:
                raise Refusal(f"two of the environments are {name}: a trial could not say which one it means")
        return found

    def _each_usable(self, asked: Sequence[tuple[str | None, str | None]]) -> list[Interpreter | None]:
        pool = ThreadPoolExecutor(self.options.get("jobs") or cpus())
        try:
            return list(pool.map(lambda each: self._usable(*each, alone=len(asked) == 1), asked))
        finally:
            pool.shutdown(cancel_futures=True)

    def _env_names(self) -> tuple[str, ...]:
        from harness.campaign.environments import EnvironmentError_, installed, repeated

        if EVERY_ENVIRONMENT not in self.options["envs"]:
            return tuple(self.options["envs"])
        with refusing(EnvironmentError_):
            names = installed(self.options["env_folder"])
            same = repeated(names)
        if not names:
            raise Refusal("no environment of tox.ini is installed: roundtrip envs --install")
        for name, other in same.items():
            click.echo(f"roundtrip: {name} is made as {other} is, and left out", err=True)
        return tuple(name for name in names if name not in same)

    def _usable(self, python: str | None, env: str | None, *, alone: bool) -> Interpreter | None:
        """The interpreter; None for one of several that cannot be used: the others are run all the same."""
        from harness.campaign.environments import EnvironmentError_, resolve

        try:
            return resolve(python, env, self.options["env_folder"])
        except EnvironmentError_ as error:
            if alone:
                raise Refusal(str(error)) from error
            self.unusable[env or str(python)] = str(error)
            said(f"{error}; going on without it", Exit.UNUSABLE)
            return None

    def _exercise(self, specs: tuple[ModelSpec, ...], head: Record) -> Exercise:
        from harness.contract.ledger import Ledger
        from harness.models.features import features
        from harness.report.exercise import Exercise, Scope

        ledger = Ledger() if self.options["no_ledger"] else read_ledger()
        scope = Scope(
            savers=self.options["savers"] or self.routes.saver_names,
            loaders=self.options["loaders"] or self.routes.loader_names,
            kinds=self.kinds,
            environments={each["name"]: each for each in head["environments"]},
            pairs=self.pairs,
        )
        by_id = {spec.id: spec for spec in specs}
        return Exercise(read_contract(self.routes), ledger, scope, cache(lambda identity: features(by_id[identity])))


def _specs(journal: Path | None) -> Iterator[ModelSpec]:
    """The models of a journal; a corpus may since have forgotten some of them."""
    from harness.campaign.journal import read
    from harness.models.spec import from_json

    if journal is not None:
        yield from (from_json(record["spec"]) for record in read(journal) if record["record"] == "spec")


def _pass(_: Record) -> None:
    """Do nothing with a record."""

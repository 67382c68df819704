"""``roundtrip gate``: did a candidate version get worse?"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness import __version__
from harness.commands.asking import asked_models, env_folder_option
from harness.console import Refusal, console, printed, refusing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from harness.campaign.environments import Interpreter
    from harness.campaign.journal import Record, Resumable, Writer
    from harness.campaign.run import Plan
    from harness.contract.ledger import Ledger
    from harness.gate.classes import Comparison, Key
    from harness.gate.engine import Stored
    from harness.gate.outcomes import Reason
    from harness.gate.verdict import Verdict
    from harness.models.spec import ModelSpec

MODELS = 30
"""About ten minutes of two cores."""

SECONDS_PER_MODEL = 3
"""Less than any model takes on both sides: how many to draw for a given time."""

JOURNAL = re.compile(r"\.jsonl(\.\w+)?$")
"""Names of journals, compressed ones among them."""

UNITS = {"": 1, "s": 1, "m": 60, "h": 3600}


class Seconds(click.ParamType[float]):
    """A time, ``90s``, ``10m`` or ``1h``."""

    name = "TIME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read it."""
        found = re.fullmatch(r"(\d+(?:\.\d+)?)([smh]?)", str(value).strip())
        if found is None or float(found[1]) == 0:
            self.fail(f"{value!r} is no time: 90s, 10m, 1h", param, ctx)
        return float(found[1]) * UNITS[found[2]]


@click.command()
@click.option("--baseline", metavar="PATH|NAME|FILE.jsonl", help="Interpreter, environment or stored journal.")
@click.option("--candidate", metavar="PATH|NAME", required=True, help="Interpreter, or environment of tox.ini.")
@click.option(
    "--baseline-journal",
    type=click.Path(path_type=Path, dir_okay=False),
    help="What the baseline did, from run --out; with --baseline, suspects are still repeated there.",
)
@click.option("--models", type=click.IntRange(min=1), help=f"How many random models.  [default: {MODELS}]")
@click.option("--seed", type=int, help="The same seed gives the same models.  [default: 0]")
@click.option("--for", "seconds", type=Seconds(), help="Begin no new model after this time (90s, 10m, 1h).")
@click.option("--kind", "kinds", multiple=True, metavar="KIND", help="Only models of this kind; repeatable.")
@click.option("--having", multiple=True, metavar="NAME", help="Only models with this class or function; repeatable.")
@click.option("--buildable", is_flag=True, help="Only models that both sides can build.")
@click.option("--saver", "savers", multiple=True, metavar="SAVER", help="Only this saver; repeatable.")
@click.option("--loader", "loaders", multiple=True, metavar="LOADER", help="Only this loader; repeatable.")
@click.option(
    "--deadline",
    type=click.FloatRange(min=0, min_open=True),
    default=120.0,
    show_default=True,
    help="Seconds before a request to an environment counts as hanging.",
)
@click.option("--jobs", type=click.IntRange(min=1), help="Processes at work at once.  [default: the CPUs there are]")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("gate"),
    show_default=True,
    help="Folder for gate.jsonl, the journal, and gate.md, the verdict.",
)
@click.option("--resume", is_flag=True, help="Finish the gate that --out holds.")
@click.option("--no-ledger", is_flag=True, help="Known issues explain nothing.")
@env_folder_option()
@click.option(
    "--cross/--no-cross",
    default=True,
    show_default=True,
    help="The candidate also reads what the baseline has written.",
)
def gate(**options: Any) -> int:
    """Run the same models with two versions, and fail if saving or loading got worse.

    Exit codes: 0 nothing regressed; 1 something did; 2 bad arguments, or an environment that cannot be used;
    5 nothing could be compared; 130 interrupted.
    """
    with _refusing():
        return _Gate(options).run()


def _refusing() -> AbstractContextManager[None]:
    """Turn errors that are the caller's to mend into one line."""
    from harness.campaign.environments import EnvironmentError_
    from harness.campaign.journal import JournalError
    from harness.contract.tables import ContractError
    from harness.gate.engine import StoredError
    from harness.models.spec import InvalidSpecError

    return refusing(EnvironmentError_, JournalError, ContractError, StoredError, InvalidSpecError)


@dataclass(frozen=True)
class _Parties:
    """The two sides: the baseline as an interpreter, as a stored journal, or both."""

    baseline: Interpreter | None
    stored: Stored | None
    candidate: Interpreter

    @property
    def names(self) -> tuple[str, str]:
        return self.before["name"], self.candidate.name

    @property
    def before(self) -> Record:
        """What the baseline's environment says of itself."""
        if self.stored is not None:
            return self.stored.environment
        assert self.baseline is not None
        return {**self.baseline.info, "name": self.baseline.name}

    @property
    def running(self) -> tuple[Interpreter, ...]:
        """Those whose trials are to be made."""
        return (self.candidate,) if self.baseline is None else (self.baseline, self.candidate)


class _Gate:
    """One run of the command."""

    def __init__(self, options: dict[str, Any]) -> None:
        from harness.commands.asking import check_names, checked_routes, cpus
        from harness.models.spec import KINDS

        self.options = options
        self.routes = checked_routes(options["savers"], options["loaders"])
        check_names("kind", options["kinds"], KINDS)
        self.kinds = tuple(kind for kind in KINDS if kind in options["kinds"] or not options["kinds"])
        self.jobs = options["jobs"] or cpus()
        self.ledger = self._ledger()

    def run(self) -> int:
        """Run it, and write its journal and its verdict."""
        from harness.campaign.journal import Writer, check_same_run, resumable

        folder: Path = self.options["out"]
        path = folder / "gate.jsonl"
        parties = self._parties()
        old = resumable(path) if self.options["resume"] else None
        specs = self._specs(parties, old)
        head = self._header(parties)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Refusal(f"cannot write {folder}: {error.strerror or error}") from error
        with Writer(path, end=old.end if old else None) as writer:
            if old is not None:
                check_same_run(path, old.header, head)
            return self._measured(parties, specs, head, writer, old)

    def _measured(
        self,
        parties: _Parties,
        specs: tuple[ModelSpec, ...],
        head: Record,
        writer: Writer,
        old: Resumable | None,
    ) -> int:
        from harness.campaign.journal import read
        from harness.gate.engine import Budget, Gate, Spent
        from harness.report.recorder import Recorder
        from harness.report.summary import Summary

        comparison = self._comparison(parties, specs)
        recorder = Recorder(Summary(), self._exercise(specs, head), writer, old)
        if old is None:
            recorder.emit(head)
        spent = Spent(frozenset(each.name for each in parties.running), self.jobs)
        for record in read(writer.path):
            comparison.add(record)
            spent.add(record)
        seconds = next(iter(self._asked_seconds(old)), None)
        budget = Budget(seconds, spent.begun, comparison.refused, spent.started)
        one = Gate(
            self._plan(parties, specs), comparison, recorder.emit, recorder.done, budget, parties.stored is not None
        )
        interrupted = True
        try:
            if old is None or not old.complete:
                self._go(one, parties, specs, recorder)
            interrupted = False
        except KeyboardInterrupt:
            pass
        finally:
            verdict = self._verdict(parties, comparison, writer.path, len(budget.refused), interrupted=interrupted)
            self._show(verdict)
        return verdict.exit

    def _go(self, one: Any, parties: _Parties, specs: tuple[ModelSpec, ...], recorder: Any) -> None:
        from harness.campaign.journal import key
        from harness.report.terminal import Bar

        with Bar(console(stderr=True), len(specs) * len(parties.running)) as bar:
            take = one.emit
            shown = replace(one, emit=lambda record: bar.update(take(record), record))
            if parties.stored is not None:
                for record in parties.stored.records({spec.id for spec in specs}, self._asked):
                    if record["record"] == "spec" or key(record) not in recorder.done:
                        shown.take(record)
            shown.measure()
            shown.confirm()
        recorder.finish()

    def _parties(self) -> _Parties:
        from concurrent.futures import ThreadPoolExecutor

        from harness.gate.engine import stored

        baseline: str | None = self.options["baseline"]
        journal: Path | None = self.options["baseline_journal"]
        if baseline is not None and JOURNAL.search(baseline):
            if journal is not None:
                raise click.UsageError("two journals of the baseline: --baseline names one, --baseline-journal another")
            journal, baseline = Path(baseline), None
        if baseline is None and journal is None:
            raise click.UsageError("no baseline: name an interpreter, an environment or a journal with --baseline")
        kept = None if journal is None else stored(journal, __version__)
        # Each is started twice, and starting TensorFlow is slow: both at once.
        with ThreadPoolExecutor(2) as pool:
            first = None if baseline is None else pool.submit(self._sound, baseline)
            second = pool.submit(self._sound, self.options["candidate"])
            before, after = None if first is None else first.result(), second.result()
        if before is not None and kept is not None:
            before = _as_stored(before, kept)
        name = kept.environment["name"] if kept else before.name if before else ""
        if after.name == name:
            after = replace(after, name=f"{after.name}-candidate")
        return _Parties(before, kept, after)

    def _sound(self, text: str) -> Interpreter:
        """An interpreter that can build and train a model, if nothing else."""
        from harness.gate.engine import sound

        found = self._interpreter(text)
        sound(found)
        return found

    def _interpreter(self, text: str) -> Interpreter:
        """An environment of ``tox.ini``, or an interpreter, by its path or by a name on the ``PATH``."""
        from harness.campaign.environments import EnvironmentError_, declared, resolve

        if "/" not in text and "\\" not in text and not Path(text).is_file():
            known = declared()
            if text in known:
                return resolve(env=text, folder=self.options["env_folder"])
            if shutil.which(text) is None:
                names = f"those of tox.ini here are: {', '.join(known)}" if known else "there is no tox.ini here"
                raise EnvironmentError_(f"{text!r} is neither an interpreter nor an environment: {names}")
        return resolve(python=text)

    def _specs(self, parties: _Parties, old: Resumable | None) -> tuple[ModelSpec, ...]:
        from harness.models.generate import generate_fitting
        from harness.models.having import fitting
        from harness.models.spec import from_json
        from harness.models.windows import buildable

        versions = [(each["keras"], each["tensorflow"]) for each in (parties.before, parties.candidate.info)]
        having = self.options["having"]
        fits = fitting(having)
        needed = versions if self.options["buildable"] else []
        if parties.stored is None:
            found = generate_fitting(self._count(old), self._seed(parties), self.kinds, fits, needed, having)
            return asked_models(found, having)
        kept = (from_json(data) for data in parties.stored.specs.values())
        picked = [spec for spec in kept if spec.kind in self.kinds and fits(spec) and buildable(spec, needed)]
        return tuple(picked[: self.options["models"]])

    def _count(self, old: Resumable | None) -> int:
        models: int | None = self.options["models"]
        asked = (int(seconds / SECONDS_PER_MODEL) for seconds in self._asked_seconds(old))
        return max(MODELS, *asked, 0) if models is None else models

    def _asked_seconds(self, old: Resumable | None) -> list[float]:
        """Times that were asked for, now and before: the first counts, and no model of the other is forgotten."""
        before = None if old is None else old.header["arguments"].get("seconds")
        return [seconds for seconds in (self.options["seconds"], before) if seconds is not None]

    def _seed(self, parties: _Parties) -> int:
        asked = self.options["seed"]
        if parties.stored is None:
            return int(asked or 0)
        if asked is not None and asked != parties.stored.seed:
            raise click.UsageError(f"{parties.stored.path} was made with seed {parties.stored.seed}, not {asked}")
        return parties.stored.seed

    def _header(self, parties: _Parties) -> Record:
        from harness.campaign.journal import header
        from harness.gate.classes import AGAIN

        first = [parties.before, {**parties.candidate.info, "name": parties.candidate.name}]
        repeated = [{**each.info, "name": each.name + AGAIN} for each in parties.running]
        asked = (
            "models",
            "kinds",
            "having",
            "buildable",
            "savers",
            "loaders",
            "deadline",
            "no_ledger",
            "seconds",
            "cross",
        )
        arguments = {
            "gate": {"baseline": parties.names[0], "candidate": parties.names[1]},
            **{name: _plain(self.options[name]) for name in asked},
            "jobs": self.jobs,
        }
        return header([*first, *repeated], seed=self._seed(parties), arguments=arguments)

    def _plan(self, parties: _Parties, specs: tuple[ModelSpec, ...]) -> Plan:
        from harness.campaign.run import Plan

        return Plan(
            specs=specs,
            environments=parties.running,
            savers=self.options["savers"],
            loaders=self.options["loaders"],
            jobs=self.jobs,
            deadline=self.options["deadline"],
            ledger=not self.options["no_ledger"],
            pairs=self._pairs(parties),
            # Whenever the time is over, both sides have tried the same models.
            abreast=True,
        )

    def _ledger(self) -> Ledger:
        from harness.contract.ledger import Ledger, load_ledger

        return Ledger() if self.options["no_ledger"] else load_ledger()

    def _comparison(self, parties: _Parties, specs: tuple[ModelSpec, ...]) -> Comparison:
        from harness.gate.classes import Comparison, Sides

        families = {saver.name: saver.family or saver.name for saver in self.routes.savers}
        return Comparison(Sides(*parties.names), families, self._applied_before(parties.before, specs))

    def _applied_before(self, before: Record, specs: tuple[ModelSpec, ...]) -> Callable[[Key, Reason], bool]:
        """Whether a known issue was to be expected of the baseline as well."""
        from harness.contract.situation import Situation
        from harness.models.features import features

        issues = {issue.id: issue for issue in self.ledger.issues}
        by_id = {spec.id: spec for spec in specs}

        @cache
        def applies(issue: str, spec: str, saver: str, loader: str) -> bool:
            model = by_id[spec]
            versions = before["tensorflow"], before["keras"]
            return issues[issue].applies(Situation(saver, loader, model.kind, features(model), *versions))

        return lambda key, reason: applies(reason.known, key.spec, key.saver, key.loader)

    def _exercise(self, specs: tuple[ModelSpec, ...], head: Record) -> Any:
        from harness.campaign.run import contract
        from harness.models.features import features
        from harness.report.exercise import Exercise, Scope

        scope = Scope(
            savers=self.options["savers"] or self.routes.saver_names,
            loaders=self.options["loaders"] or self.routes.loader_names,
            kinds=self.kinds,
            environments={each["name"]: each for each in head["environments"]},
        )
        by_id = {spec.id: spec for spec in specs}
        return Exercise(contract(self.routes), self.ledger, scope, cache(lambda spec: features(by_id[spec])))

    def _asked(self, saver: str, loader: str) -> bool:
        """Whether a route of a stored baseline is one that the candidate is tried on; a save alone has no loader."""
        from harness.campaign.trials import NO_ROUTE

        savers, loaders = (NO_ROUTE, *self.options["savers"]), ("", *self.options["loaders"])
        return (len(savers) == 1 or saver in savers) and (len(loaders) == 1 or loader in loaders)

    def _verdict(
        self, parties: _Parties, comparison: Comparison, path: Path, refused: int, *, interrupted: bool
    ) -> Verdict:
        from harness.gate.verdict import Run, Verdict
        from harness.report import wording

        before = parties.before
        described = (before, {**parties.candidate.info, "name": parties.candidate.name})
        sides = zip(("baseline", "candidate"), described, strict=True)
        candidate = self.options["candidate"]
        declared = parties.candidate.name.removesuffix("-candidate") == candidate
        named = f"--env {candidate}" if declared else f"--python {candidate}"
        run = Run(
            *parties.names,
            tuple(f"{side}: {wording.environment(each)}" for side, each in sides),
            str(path),
            named,
            refused,
            interrupted,
            tuple(self._notes(parties)),
        )
        return Verdict(run, comparison)

    def _notes(self, parties: _Parties) -> Iterator[str]:
        if parties.baseline is None:
            yield "the baseline is stored: suspects were repeated with the candidate only"
            if self.options["cross"]:
                yield "what the baseline has written: a stored baseline keeps no files (name an interpreter as well)"

    def _pairs(self, parties: _Parties) -> tuple[tuple[str, str], ...]:
        if not self.options["cross"] or parties.baseline is None:
            return ()
        return ((parties.baseline.name, parties.candidate.name),)

    def _show(self, verdict: Verdict) -> None:
        path: Path = self.options["out"] / "gate.md"
        try:
            path.write_text(verdict.markdown(), encoding="utf-8")
        except OSError as error:
            raise Refusal(f"cannot write {path}: {error.strerror or error}") from error
        printed([*verdict.brief(), f"the whole verdict: {path}"])


def _as_stored(interpreter: Interpreter, kept: Stored) -> Interpreter:
    """The baseline's interpreter, under the name that its journal has for it."""
    from harness.gate.engine import StoredError

    for name in ("tensorflow", "keras", "namespace"):
        if interpreter.info[name] != kept.environment[name]:
            raise StoredError(
                f"{kept.path} is of {name} {kept.environment[name]}, and --baseline has {interpreter.info[name]}"
            )
    return replace(interpreter, name=kept.environment["name"])


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value

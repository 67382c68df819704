"""The command line: a thin face over the campaign and the report.

What is heavy is imported inside the commands, so that ``--help`` starts at once.
"""

from __future__ import annotations

import errno
import os
import tempfile
import traceback
from contextlib import nullcontext
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness import __version__
from harness.cli_report import publish, report
from harness.commands.gate import gate
from harness.console import Refusal
from harness.console import console as _console
from harness.console import printed as _printed
from harness.console import refusing as _refusing
from harness.console import show as _show
from harness.report.outcome import Exit, outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from harness.campaign.environments import Interpreter
    from harness.campaign.journal import Record, Resumable, Writer
    from harness.campaign.routes import Routes
    from harness.campaign.tox import Declared
    from harness.contract.ledger import Ledger
    from harness.contract.rules import Contract
    from harness.models.spec import Kind, ModelSpec
    from harness.report.exercise import Exercise
    from harness.report.recorder import Recorder

NO_SPACE = (errno.ENOSPC, errno.EDQUOT)
DEADLINE_SECONDS = 120.0
EVERY_ENVIRONMENT = "all"
SHORTEST_PREFIX = 4
"""Characters of an id that may stand for all of it."""

Command = Any


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; an error is one line on stderr."""
    try:
        return int(cli.main(args=arguments, prog_name="roundtrip", standalone_mode=False) or Exit.OK)
    except click.exceptions.Abort:
        return _said("interrupted", Exit.INTERRUPTED)
    except click.ClickException as error:
        return _said(" ".join(error.format_message().split()), Exit.UNUSABLE)
    except Exception as error:  # noqa: BLE001 - a fault of ours must not exit with 1, which says that Keras has one
        if isinstance(error, OSError) and error.errno in NO_SPACE:
            where = error.filename or f"the output or {tempfile.gettempdir()}"
            return _said(f"{error.strerror}: {where}; free some space", Exit.UNUSABLE)
        traceback.print_exc()
        return Exit.UNUSABLE


def _said(message: str, code: Exit) -> Exit:
    click.echo(f"roundtrip: {message}", err=True)
    return code


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


cli.add_command(gate)


def _env_folder_option() -> Callable[[Command], Command]:
    return click.option(
        "--env-folder",
        type=click.Path(path_type=Path, file_okay=False),
        envvar="ROUNDTRIP_ENVS",
        help="Where the environments are installed.  [env: ROUNDTRIP_ENVS; default: .tox]",
    )


def _environment_options(command: Command) -> Command:
    """Options that say where to run something, and how long to wait for it."""
    options = (
        click.option("--python", "pythons", multiple=True, metavar="PATH", help="Interpreter to test; repeatable."),
        click.option(
            "--env",
            "envs",
            multiple=True,
            metavar="NAME",
            help="Environment of tox.ini to test, or 'all' that are installed; repeatable.",
        ),
        _env_folder_option(),
        click.option(
            "--deadline",
            type=click.FloatRange(min=0, min_open=True),
            default=DEADLINE_SECONDS,
            show_default=True,
            help="Seconds before a request to the environment counts as hanging.",
        ),
    )
    return _with(command, options)


def _campaign_options(command: Command) -> Command:
    """Options of everything that runs trials."""
    options = (
        click.option("--saver", "savers", multiple=True, metavar="SAVER", help="Only this saver; repeatable."),
        click.option("--loader", "loaders", multiple=True, metavar="LOADER", help="Only this loader; repeatable."),
        click.option("--no-ledger", is_flag=True, help="Report known issues as violations."),
        click.option("--strict", is_flag=True, help="Exit with 1 for stale known issues, too."),
        click.option("--all", "every", is_flag=True, help="Show every route, problem and known issue."),
    )
    return _environment_options(_with(command, options))


def _with(command: Command, options: Sequence[Callable[[Command], Command]]) -> Command:
    for option in reversed(options):
        command = option(command)
    return command


@cli.command()
@_campaign_options
@click.option("--models", type=click.IntRange(min=1), default=20, show_default=True, help="How many random models.")
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed gives the same models.")
@click.option(
    "--kind", "kinds", multiple=True, metavar="KIND", help="sequential, functional or subclassed; repeatable."
)
@click.option("--having", multiple=True, metavar="NAME", help="Only models with this class or function; repeatable.")
@click.option("--buildable", is_flag=True, help="Only models that all of the environments can build.")
@click.option(
    "--savers-per-model",
    type=click.IntRange(min=0),
    default=0,
    metavar="N",
    help="Each model meets N of the savers, by turns.  [default: all]",
)
@click.option("--jobs", type=click.IntRange(min=1), help="Processes at work at once.  [default: the CPUs there are]")
@click.option("--out", type=click.Path(path_type=Path), help="Write the journal here (JSON Lines).")
@click.option("--resume", is_flag=True, help="Finish the run that --out holds.")
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
    from harness.models.generate import generate, generate_fitting
    from harness.models.having import fitting
    from harness.models.spec import KINDS

    if resume and out is None:
        raise Refusal("--resume needs --out, the journal to go on with")
    routes = _checked_routes(options["savers"], options["loaders"])
    _check_names("kind", kinds, KINDS)
    picked: tuple[Kind, ...] = tuple(kind for kind in KINDS if kind in kinds or not kinds)
    request = {"models": models, "kind": list(picked), "having": list(having), "buildable": buildable}
    request |= _asked(options)
    campaign = _Campaign(seed=seed, request=request, routes=routes, kinds=picked, options=options)

    def specs(environments: Sequence[Interpreter]) -> tuple[ModelSpec, ...]:
        if not buildable and not having:
            return generate(models, seed, picked)
        versions = [(each.info["keras"], each.info["tensorflow"]) for each in environments]
        return generate_fitting(models, seed, picked, fitting(having, versions if buildable else ()))

    return campaign.run(specs, out, resume=resume)


@cli.command()
@click.argument("target", metavar="ID|FILE")
@click.option("--journal", type=click.Path(path_type=Path), help="Journal that holds the model with this ID.")
@_campaign_options
def replay(target: str, journal: Path | None, **options: Any) -> int:
    """Run one model again: by its ID (or the start of it) in a journal, or from a FILE with its JSON."""
    spec = _find_spec(target, journal)
    routes = _checked_routes(options["savers"], options["loaders"])
    request = {"replay": spec.id, **_asked(options)}
    # Without kinds no rule counts as unexercised: one model cannot meet them all.
    campaign = _Campaign(seed=spec.seed, request=request, routes=routes, kinds=(), options={**options, "jobs": 1})
    return campaign.run(lambda _: (spec,))


cli.add_command(report)
cli.add_command(publish)


@cli.group(invoke_without_command=True)
@click.pass_context
def contract(context: click.Context) -> int:
    """What the documentation promises, rule by rule."""
    if context.invoked_subcommand is None:
        raise Refusal("no command given, see roundtrip contract --help")
    return Exit.OK


@contract.command("list")
def contract_list() -> int:
    """One line per rule."""
    from harness.contract.explain import listing

    return _printed(listing(_contract(_checked_routes())))


@contract.command("explain")
@click.argument("route", metavar="ROUTE")
def contract_explain(route: str) -> int:
    """The rules for a ROUTE ('SAVER -> LOADER', a saver or a loader), and where they come from."""
    from harness.contract.explain import UnknownRouteError, explain

    known = _checked_routes()
    try:
        # Reports write the arrow.
        return _printed(explain(_contract(known), route.replace("→", "->")))
    except UnknownRouteError as error:
        message = str(error)
        meant = "" if "did you mean" in message else "; name a saver, a loader or 'SAVER -> LOADER': there are "
        names = ", ".join(repr(name) for name in (*known.saver_names, *known.loader_names)) if meant else ""
        raise Refusal(f"{message}{meant}{names}") from error


@cli.group(invoke_without_command=True)
@click.pass_context
def known(context: click.Context) -> int:
    """Known issues: confirmed disagreements of Keras with its documentation."""
    if context.invoked_subcommand is None:
        raise Refusal("no command given, see roundtrip known --help")
    return Exit.OK


@known.command("check")
@click.argument("issues", nargs=-1, metavar="[ISSUE]...")
@_environment_options
def known_check(issues: tuple[str, ...], **options: Any) -> int:
    """Replay the smallest model of each ISSUE (or of all) whatever its version windows say.

    Exits with 1 if one shows outside of its windows, or does not show inside.
    """
    from harness.campaign.known import Check, told

    routes = _checked_routes()
    check = Check(routes, _contract(routes), _ledger())
    _check_names("known issue", issues, check.ids)
    campaign = _Campaign(seed=0, request={}, routes=routes, kinds=(), options=options)
    sightings = list(check.every(issues, campaign.environments(), options["deadline"]))
    _printed(told(sightings))
    if any(each.state == "harness-error" for each in sightings):
        return Exit.UNUSABLE
    return Exit.VIOLATIONS if any(each.disagrees for each in sightings) else Exit.OK


@cli.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--install", is_flag=True, help="Make them with uv, and try whether they work.")
@click.option("--check", is_flag=True, help="Try whether those that are installed work.")
@_env_folder_option()
def envs(names: tuple[str, ...], install: bool, check: bool, env_folder: Path | None) -> int:
    """The environments of tox.ini, for --env: all, or those with a NAME.

    Exits with 2 if one of them could not be installed or does not work.
    """
    from harness.campaign.environments import EnvironmentError_, declared

    with _refusing(EnvironmentError_):
        known = declared()
    if not known:
        raise Refusal("no tox.ini with environments here: run this in a checkout, or name one with run --python PATH")
    _check_names("environment", names, known)
    picked = [known[name] for name in names or known]
    broken = False
    for each in picked:
        fault = _readied(each, env_folder, install=install, check=check)
        broken = broken or fault is not None
        click.echo(_shown(each, env_folder, fault))
    return Exit.UNUSABLE if broken else Exit.OK


def _readied(environment: Declared, folder: Path | None, *, install: bool, check: bool) -> str | None:
    """Install and try an environment as far as asked; the one line that says why it cannot be used, if so."""
    from harness.campaign.environments import EnvironmentError_
    from harness.campaign.install import install as make
    from harness.campaign.install import smoke_test

    try:
        if install:
            make(environment, folder)
        if install or (check and environment.python(folder).is_file()):
            smoke_test(environment.name, folder)
    except EnvironmentError_ as error:
        return str(error)
    return None


def _shown(environment: Declared, folder: Path | None, fault: str | None) -> str:
    state = "installed" if environment.python(folder).is_file() else "not installed"
    return f"{environment.name:<16} {state if fault is None else fault:<14} {environment.description}"


class _Campaign:
    """One run: what was asked for, and what it adds up to."""

    def __init__(
        self, *, seed: int, request: dict[str, Any], routes: Routes, kinds: Collection[str], options: dict[str, Any]
    ) -> None:
        from harness.report.summary import Summary

        self.seed, self.request, self.routes, self.kinds, self.options = seed, request, routes, kinds, options
        self.summary = Summary()
        self.unusable: dict[str, str] = {}

    def run(
        self,
        specs: Callable[[Sequence[Interpreter]], tuple[ModelSpec, ...]],
        out: Path | None = None,
        *,
        resume: bool = False,
    ) -> int:
        """Run it, write its journal, show its summary."""
        from harness.campaign.journal import JournalError, Writer, check_same_run, header, resumable

        with _refusing(JournalError):
            old = resumable(out) if resume and out is not None else None
            with nullcontext() if out is None else Writer(out, end=old.end if old else None) as writer:
                environments = self.environments()
                described = [{**each.info, "name": each.name} for each in environments]
                head = header(described, seed=self.seed, arguments=self.request, unusable=self.unusable)
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
        from harness.report.recorder import Recorder

        recorder = Recorder(self.summary, self._exercise(specs, head), writer, old)
        journal = "" if writer is None else str(writer.path)
        try:
            if old is None:
                recorder.emit(head)
            if old is None or not old.complete:
                self._measured(specs, environments, recorder)
        except KeyboardInterrupt:
            return _said(f"interrupted{'; go on with --resume' if journal else ''}", Exit.INTERRUPTED)
        finally:
            # Whatever ended the run, what was measured is shown.
            if self.summary.runs:
                _show(self.summary, journal, every=self.options["every"])
        return outcome(self.summary, strict=self.options["strict"])

    def _measured(
        self, specs: tuple[ModelSpec, ...], environments: tuple[Interpreter, ...], recorder: Recorder
    ) -> None:
        from harness.campaign.run import Plan
        from harness.campaign.run import run as run_plan
        from harness.report.terminal import Bar

        plan = Plan(
            specs=specs,
            environments=environments,
            savers=self.options["savers"],
            loaders=self.options["loaders"],
            jobs=self.options["jobs"] or _cpus(),
            deadline=self.options["deadline"],
            seed=self.seed,
            ledger=not self.options["no_ledger"],
            savers_per_model=self.options.get("savers_per_model", 0),
        )
        with Bar(_console(stderr=True), len(specs) * len(environments)) as bar:
            run_plan(plan, recorder.done, lambda record: bar.update(recorder.emit(record), record))
        recorder.finish()

    def environments(self) -> tuple[Interpreter, ...]:
        pythons, envs = self.options["pythons"], self._env_names()
        asked = [(python, None) for python in pythons] + [(None, env) for env in envs] or [(None, None)]
        found = tuple(
            each for python, env in asked if (each := self._usable(python, env, alone=len(asked) == 1)) is not None
        )
        if not found:
            raise Refusal("none of the environments can be used")
        names = [each.name for each in found]
        for name in names:
            if names.count(name) > 1:
                raise Refusal(f"two of the environments are {name}: a trial could not say which one it means")
        return found

    def _env_names(self) -> tuple[str, ...]:
        from harness.campaign.environments import EnvironmentError_, installed

        if EVERY_ENVIRONMENT not in self.options["envs"]:
            return tuple(self.options["envs"])
        with _refusing(EnvironmentError_):
            names = installed(self.options["env_folder"])
        if not names:
            raise Refusal("no environment of tox.ini is installed: roundtrip envs --install")
        return names

    def _usable(self, python: str | None, env: str | None, *, alone: bool) -> Interpreter | None:
        """The interpreter; None for one of several that cannot be used: the others are run all the same."""
        from harness.campaign.environments import EnvironmentError_, resolve

        try:
            return resolve(python, env, self.options["env_folder"])
        except EnvironmentError_ as error:
            if alone:
                raise Refusal(str(error)) from error
            self.unusable[env or str(python)] = str(error)
            _said(f"{error}; going on without it", Exit.UNUSABLE)
            return None

    def _exercise(self, specs: tuple[ModelSpec, ...], head: Record) -> Exercise:
        from harness.contract.ledger import Ledger
        from harness.models.features import features
        from harness.report.exercise import Exercise, Scope

        ledger = Ledger() if self.options["no_ledger"] else _ledger()
        scope = Scope(
            savers=self.options["savers"] or self.routes.saver_names,
            loaders=self.options["loaders"] or self.routes.loader_names,
            kinds=self.kinds,
            environments={each["name"]: each for each in head["environments"]},
        )
        by_id = {spec.id: spec for spec in specs}
        return Exercise(_contract(self.routes), ledger, scope, cache(lambda identity: features(by_id[identity])))


def _checked_routes(savers: Iterable[str] = (), loaders: Iterable[str] = ()) -> Routes:
    """All routes there are, the given names being among them."""
    from harness.campaign.routes import routes

    try:
        found = routes()
    except (ImportError, AttributeError, SyntaxError, ValueError) as error:
        raise Refusal(f"a format of the entry point group harness.formats cannot be used: {error}") from error
    _check_names("saver", savers, found.saver_names)
    _check_names("loader", loaders, found.loader_names)
    return found


def _check_names(what: str, given: Iterable[str], known: Collection[str]) -> None:
    for name in given:
        if name not in known:
            raise Refusal(f"unknown {what} {name!r}{_meant(name, known)}")


def _meant(name: str, known: Collection[str]) -> str:
    close = get_close_matches(name, known, n=3, cutoff=0.5)
    shown = close or list(known)
    return f"; {'did you mean' if close else 'there are'} {', '.join(repr(each) for each in shown)}"


def _asked(options: dict[str, Any]) -> dict[str, Any]:
    """Arguments that decide what is tried and how it is judged, as the header has them."""
    return {
        "saver": list(options["savers"]),
        "loader": list(options["loaders"]),
        "deadline": options["deadline"],
        "jobs": options.get("jobs") or 1,
        "savers_per_model": options.get("savers_per_model", 0),
        "no_ledger": options["no_ledger"],
    }


def _cpus() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def _find_spec(target: str, journal: Path | None) -> ModelSpec:
    from harness.campaign.journal import JournalError
    from harness.models.spec import InvalidSpecError, from_json

    with _refusing(JournalError, InvalidSpecError):
        if Path(target).is_file():
            return from_json(_spec_file(Path(target)))
        if journal is None:
            raise Refusal(f"{target} is no file; an ID needs --journal, the journal that holds it")
        return from_json(_spec_in(journal, target))


def _spec_file(path: Path) -> Any:
    import json

    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Refusal(f"cannot read {path}: {error.strerror or error}") from error
    except ValueError as error:
        raise Refusal(f"{path} is no model: it is not JSON (of a journal: replay ID --journal {path})") from error
    return data.get("spec") if isinstance(data, dict) and data.get("record") == "spec" else data


def _spec_in(journal: Path, identity: str) -> Any:
    from harness.campaign.journal import read

    if len(identity) < SHORTEST_PREFIX:
        raise Refusal(f"{identity!r} is too short for an id: give at least {SHORTEST_PREFIX} characters of it")
    found = {
        record["id"]: record["spec"]
        for record in read(journal)
        if record["record"] == "spec" and record["id"].startswith(identity)
    }
    if not found:
        raise Refusal(f"{journal} holds no model {identity!r}: roundtrip report names them")
    if len(found) > 1:
        raise Refusal(f"{identity!r} is the start of several ids: {', '.join(sorted(found))}")
    return next(iter(found.values()))


def _contract(routes: Routes) -> Contract:
    from harness.campaign.run import contract as read_contract
    from harness.contract.tables import ContractError

    with _refusing(ContractError):
        return read_contract(routes)


def _ledger() -> Ledger:
    from harness.contract.ledger import load_ledger
    from harness.contract.tables import ContractError

    with _refusing(ContractError):
        return load_ledger()

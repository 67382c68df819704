"""Scripts of disagreements, run in other environments: ``python -m benchmarks.elsewhere FOLDER --env nightly``.

One process for each environment imports Keras, and each script runs in a copy of it, which costs no import.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.campaign.environments import EnvironmentError_, resolve
from harness.repro.script import NOT_SHOWN, SHOWN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.campaign.environments import Interpreter

RUNNER = """
import json, os, runpy, signal, sys, tempfile
os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="-1")
import numpy, tensorflow, keras

def run(path):
    try:
        runpy.run_path(path, run_name="__main__")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException as error:
        print("failed: %s: %s" % (type(error).__name__, str(error)[:300]))
        return 2
    return 0

for path in sys.argv[1:]:
    with tempfile.TemporaryFile("w+") as said:
        child = os.fork()
        if child == 0:
            # What hangs is ended by the signal, and says so by how it ended.
            signal.alarm(120)
            sys.stdin, sys.stdout = open(os.devnull), said
            code = run(path)
            said.flush()
            os._exit(code)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        said.seek(0)
        print("RESULT " + json.dumps([path, code, said.read()]), flush=True)
"""
"""Runs in the environment, where nothing of ours is installed."""


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option(
    "--env", "names", multiple=True, required=True, metavar="NAME", help="Environment of tox.ini; repeatable."
)
@click.option("--env-folder", type=click.Path(path_type=Path), envvar="ROUNDTRIP_ENVS", help="Where these are.")
@click.option("--out", type=click.Path(path_type=Path), help="Write the table as Markdown.")
def main(folder: Path, names: tuple[str, ...], env_folder: Path | None, out: Path | None) -> None:
    """Print which scripts of FOLDER show in which environments what they say."""
    scripts = sorted(folder.glob("*.py"))
    try:
        environments = {name: resolve(None, name, env_folder) for name in names}
        found = {name: shown(scripts, environment) for name, environment in environments.items()}
    except EnvironmentError_ as error:
        raise click.ClickException(str(error)) from error
    text = table([script.stem for script in scripts], found)
    click.echo(text)
    if out is not None:
        out.write_text(text, encoding="utf-8")


def shown(scripts: Sequence[Path], environment: Interpreter) -> dict[str, str]:
    """What became of each script, by its name: ``shows``, ``does not show``, or why it says neither.

    Raises:
        EnvironmentError_: no script can be run there, say for want of the package ``keras``.
    """
    command = [environment.executable, "-c", RUNNER, *(str(script.resolve()) for script in scripts)]
    variables = {**os.environ, **environment.variables}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=variables)
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or [f"ended with {done.returncode}"])[-1]
        msg = f"environment {environment.name!r} cannot run these scripts: {last}"
        raise EnvironmentError_(msg)
    lines = [line.removeprefix("RESULT ") for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    return {Path(path).stem: state(code, said) for path, code, said in map(json.loads, lines)}


def state(code: int, said: str) -> str:
    """What a script says of itself: how it ended has to agree with it."""
    last = next((line for line in said.splitlines() if line.startswith((SHOWN, NOT_SHOWN, "failed: "))), "")
    if code == 1 and last.startswith(SHOWN):
        return "shows"
    if code == 0 and last.startswith(NOT_SHOWN):
        return "does not show"
    return last or f"ended with {code}"


def table(names: Sequence[str], found: dict[str, dict[str, str]]) -> str:
    """Markdown: a row for each script, a column for each environment, and how many show there."""
    counts = (sum(states.get(name) == "shows" for name in names) for states in found.values())
    rows = ([name, *(states.get(name, "was not run") for states in found.values())] for name in names)
    lines = (
        ["script", *found],
        ["---"] * (len(found) + 1),
        [f"{len(names)} scripts show", *map(str, counts)],
        *([cell.replace("|", "\\|")[:120] for cell in row] for row in rows),
    )
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    main()

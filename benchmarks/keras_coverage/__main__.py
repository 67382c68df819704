"""``python -m benchmarks.keras_coverage``: how much of ``keras/src/saving`` and its legacy the harness executes."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from benchmarks.keras_coverage.measure import Effort, Measured, keras_folder, run_harness, run_own_tests
from benchmarks.keras_coverage.totals import Totals, reasons, totals
from harness.campaign.environments import resolve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.campaign.environments import Interpreter

EDITOR = ("file_editor.py",)
UNTOLD = "not looked into"


@click.command()
@click.option("--python", required=True, metavar="PATH", help="Interpreter with TensorFlow, Keras 3 and coverage.")
@click.option("--seconds", type=click.FloatRange(min=1), default=80.0, show_default=True, help="Of CPU time.")
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--own-tests", is_flag=True, help="Measure Keras's own tests of saving, too (they need pytest there).")
@click.option("--out", type=click.Path(path_type=Path), help="Write the tables as Markdown.")
def main(python: str, seconds: float, seed: int, own_tests: bool, out: Path | None) -> None:
    """Statements and branches of Keras's code that saves and loads, and the functions that nothing reaches."""
    environment = resolve(python)
    keras_folder(environment)
    with tempfile.TemporaryDirectory(prefix="coverage-") as folder:
        ours = _measured(environment, Path(folder) / "ours", lambda to: run_harness(environment, to, seconds, seed))
        theirs = None
        if own_tests:
            theirs = _measured(environment, Path(folder) / "theirs", lambda to: run_own_tests(environment, to))
    lines = list(_lines(environment, ours, theirs))
    click.echo("\n".join(lines))
    if out is not None:
        out.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _measured(environment: Interpreter, folder: Path, run: Callable[[Measured], Effort]) -> tuple[str, Effort, Totals]:
    folder.mkdir()
    measured = Measured(folder)
    effort = run(measured)
    return folder.name, effort, totals(environment.executable, measured)


def _lines(
    environment: Interpreter, ours: tuple[str, Effort, Totals], theirs: tuple[str, Effort, Totals] | None
) -> Iterator[str]:
    sides = [side for side in (ours, theirs) if side is not None]
    yield f"{environment.title}:"
    yield from (f"- {name}: {effort.what}, {effort.seconds:.0f} s of CPU time" for name, effort, _ in sides)
    yield ""
    yield f"| file | statements and branches | {' | '.join(name for name, *_ in sides)} |"
    yield f"| --- | ---: |{' ---: |' * len(sides)}"
    for file, counted in ours[2].files.items():
        yield _row(file, counted.total, [side[2].files[file].percent for side in sides])
    yield _row("without file_editor.py", ours[2].of(EDITOR).total, [side[2].of(EDITOR).percent for side in sides])
    yield _row("all", ours[2].of().total, [side[2].of().percent for side in sides])
    yield ""
    yield "Functions that the harness never reached:"
    yield ""
    told = reasons()
    yield from (f"- `{name}`: {told.get(name, UNTOLD)}" for name in ours[2].unreached)


def _row(name: str, total: int, shares: list[float]) -> str:
    return f"| {name} | {total} | {' | '.join(f'{share:.1f} %' for share in shares)} |"


if __name__ == "__main__":
    main()

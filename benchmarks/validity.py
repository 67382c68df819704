"""Whether models that are generated are models: ``python -m benchmarks.validity --env tf2.15``.

Each is built, trained as its spec says and asked for predictions; none is saved.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from harness.campaign.environments import EnvironmentError_, resolve
from harness.campaign.process import Died
from harness.campaign.routes import routes
from harness.campaign.trials import Bench, HarnessFault
from harness.models.describe import describe
from harness.models.generate import generate_fitting
from harness.models.spec import KINDS

if TYPE_CHECKING:
    from harness.models.spec import ModelSpec

DEADLINE = 120.0


@click.command()
@click.option("--python", metavar="PATH", help="Interpreter with TensorFlow.")
@click.option("--env", metavar="NAME", help="Environment of tox.ini.")
@click.option("--env-folder", type=click.Path(path_type=Path), envvar="ROUNDTRIP_ENVS", help="Where these are.")
@click.option("--models", type=click.IntRange(min=1), default=2000, show_default=True)
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--out", type=click.Path(path_type=Path), help="Write a line of JSON for each model that is none.")
def main(
    python: str | None, env: str | None, env_folder: Path | None, models: int, seed: int, out: Path | None
) -> None:
    """Build, train and call models that an environment should be able to make; print what came of them."""
    try:
        interpreter = resolve(python, env, env_folder)
    except EnvironmentError_ as error:
        raise click.ClickException(str(error)) from error
    bench = Bench(interpreter, DEADLINE, routes().formats)
    counted: Counter[str] = Counter()
    try:
        versions = [(interpreter.info["keras"], interpreter.info["tensorflow"])]
        for spec in generate_fitting(models, seed, KINDS, lambda _spec: True, versions):
            came, why = tried(spec, bench)
            counted.update([came, *(["trained"] if spec.compile is not None and spec.steps else [])])
            if out is not None and why:
                _keep(out, {"came": came, "why": why, "description": describe(spec), "spec": spec.to_json()})
            bench.recycle()
    finally:
        bench.stop()
    click.echo(f"{interpreter.title}: {models} models of seed {seed}, {counted.pop('trained', 0)} of them trained")
    for came, number in counted.most_common():
        click.echo(f"  {number:6} {came}")


def tried(spec: ModelSpec, bench: Bench) -> tuple[str, str]:
    """What came of a model, and why if it is none."""
    with tempfile.TemporaryDirectory(prefix="roundtrip-") as folder:
        arrays = Path(folder) / "before.npz"
        request: dict[str, Any] = {
            "op": "look",
            "spec": spec.to_json(),
            "arrays": str(arrays),
            "looks": ["predictions"],
        }
        try:
            seen = bench.ask(request).get("predictions")
        except (Died, HarnessFault) as fault:
            return "cannot be made", str(fault)[-2000:]
        if seen is None:
            return "not built before it is saved", ""
        if "raised" in seen:
            return "predicts nothing", json.dumps(seen["raised"])
        with np.load(arrays) as stored:
            finite = all(np.isfinite(array).all() for array in stored.values() if array.dtype.kind == "f")
        return ("finite", "") if finite else ("not finite", "weights or predictions")


def _keep(out: Path, record: dict[str, Any]) -> None:
    with out.open("a", encoding="utf-8") as lines:
        lines.write(json.dumps(record) + "\n")


if __name__ == "__main__":
    main()

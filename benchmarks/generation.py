"""How fast models are generated, beside what other tools need: ``python -m benchmarks.generation``."""

from __future__ import annotations

import argparse
import sys
import time
from typing import TYPE_CHECKING

from harness.models import traits
from harness.models.choice import Dice
from harness.models.generate import draw, generate
from harness.models.spec import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness.models.spec import ModelSpec

NNSMITH = 15.0
"""Models of about 10 operators a second, of the generator of nnsmith, which asks an SMT solver for valid shapes."""
HYPOTHESIS = 22_000.0
"""Single draws a second that Hypothesis makes on one core: the most that its strategies can be built upon."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Print models a second of CPU time, and the ratio to nnsmith's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    _write(f"{'':24}{'models/s':>10}{'layers':>8}{'of nnsmith':>12}")
    _show("steered to the rare", lambda: generate(options.models, options.seed))
    _show("drawn blindly", lambda: _blind(options.models, options.seed))
    _write(f"{'nnsmith':24}{NNSMITH:10.0f}{10:8.1f}{1:11.1f}x")
    _write(f"Hypothesis makes about {HYPOTHESIS:,.0f} single draws a second.")
    return 0


def _write(line: str) -> None:
    sys.stdout.write(line + "\n")


def _blind(count: int, seed: int) -> tuple[ModelSpec, ...]:
    return tuple(draw(Dice(f"blind/{seed}/{number}"), KINDS[number % len(KINDS)]) for number in range(count))


def _show(name: str, make: Callable[[], tuple[ModelSpec, ...]]) -> None:
    start = time.process_time()
    specs = make()
    rate = len(specs) / (time.process_time() - start)
    layers = sum(sum(1 for _ in traits.every_layer(spec.model)) for spec in specs) / len(specs)
    _write(f"{name:24}{rate:10.0f}{layers:8.1f}{rate / NNSMITH:11.1f}x")


if __name__ == "__main__":
    raise SystemExit(main())

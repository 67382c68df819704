"""What one environment leaves for others to read: a model's artifacts, and its portrait beside them.

A deposit is a folder: ``deposit.json`` with the spec, the writer's versions and its snapshot, ``before.npz`` with the
snapshot's arrays, and a numbered folder for each artifact.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from harness.campaign.trials import StoredArrays
from harness.models.spec import InvalidSpecError, from_json
from harness.trial.canonical import canonical
from harness.trial.compare import Side, noise

if TYPE_CHECKING:
    from pathlib import Path

    from harness.campaign.trials import ModelTrials
    from harness.models.spec import ModelSpec
    from harness.subject.formats import Saver

Json = Any
FACTS, ARRAYS = "deposit.json", "before.npz"


class DepositError(Exception):
    """A deposit is damaged; the message names it and what is wrong with it."""


@dataclass(frozen=True)
class Artifact:
    """What one saver has written."""

    saver: str
    path: str
    """Inside of the deposit; two savers that have written the same share one."""
    digest: str


@dataclass(frozen=True)
class Deposit:
    """One model as one environment has written it."""

    folder: Path
    spec: ModelSpec
    writer: dict[str, Json]
    """What the environment reports of itself, and its ``name``."""
    reference: dict[str, Json]
    outputs: dict[str, Json]
    noise: frozenset[str]
    artifacts: tuple[Artifact, ...]

    @property
    def before(self) -> Side:
        """The writer's snapshot."""
        return Side(self.reference, StoredArrays(self.folder / ARRAYS))

    def write(self) -> None:
        """Write ``deposit.json``; the arrays and the artifacts are in the folder already."""
        facts = {
            "spec": self.spec.to_json(),
            "writer": self.writer,
            "reference": self.reference,
            "outputs": self.outputs,
            "noise": sorted(self.noise),
            "artifacts": [asdict(artifact) for artifact in self.artifacts],
        }
        (self.folder / FACTS).write_text(json.dumps(facts, separators=(",", ":")), encoding="utf-8")


def read_deposit(folder: Path) -> Deposit:
    """Read a deposit back.

    Raises:
        DepositError: something is missing, or is not what it should be.
    """
    try:
        facts = json.loads((folder / FACTS).read_text(encoding="utf-8"))
        found = Deposit(
            folder,
            from_json(facts["spec"]),
            facts["writer"],
            facts["reference"],
            facts["outputs"],
            frozenset(facts["noise"]),
            tuple(Artifact(**artifact) for artifact in facts["artifacts"]),
        )
    except (OSError, ValueError, KeyError, TypeError, InvalidSpecError) as error:
        msg = f"{folder.name} is damaged: {error}"
        raise DepositError(msg) from error
    return found


@dataclass
class Depositor:
    """Keeps the artifacts of one model while its savers run."""

    folder: Path
    wanted: frozenset[str]
    """Names of savers."""
    artifacts: list[Artifact] = field(default_factory=list)

    def wants(self, saver: Saver) -> bool:
        """Whether there is still somebody to read what this saver writes."""
        return saver.name in self.wanted

    def keep(self, saver: Saver, path: Path, digest: str) -> None:
        """Copy an artifact, unless another saver has written the same under the same kind of name."""
        same = [item.path for item in self.artifacts if item.digest == digest and item.path.endswith(path.name)]
        if same:
            self.artifacts.append(Artifact(saver.name, same[0], digest))
            return
        place = str(len(self.artifacts))
        shutil.copytree(path.parent, self.folder / place)
        self.artifacts.append(Artifact(saver.name, f"{place}/{path.name}", digest))

    def finish(self, trials: ModelTrials) -> None:
        """Write down what the artifacts are of, if there are any."""
        if not self.artifacts:
            return
        shutil.copyfile(trials.folder / ARRAYS, self.folder / ARRAYS)
        environment = trials.bench.environment
        Deposit(
            self.folder,
            trials.spec,
            {**environment.info, "name": environment.name},
            trials.before.snapshot,
            trials.outputs,
            noise(*canonical(trials.before, trials.twin, near=True)),
            tuple(self.artifacts),
        ).write()

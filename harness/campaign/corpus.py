"""What earlier runs found, kept in a folder: tried first, and forgotten once it no longer fails.

One JSON file for each fingerprint and environment. A finding is fixed when its own model, on its own route and in its
own environment, was judged again without it; what was not tried again stays.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from harness.models.spec import InvalidSpecError, ModelSpec, from_json

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

    from harness.report.triage import Finding

SAYS_NOTHING = frozenset({"not-applicable", "harness-error"})

Key = tuple[str, str, str, str]
"""Spec, saver, loader and reader of a trial."""


class CorpusError(Exception):
    """The folder cannot be read or written; the message names the file."""


@dataclass(frozen=True)
class Remembered:
    """One finding of an earlier run."""

    fingerprint: str
    environment: str
    saver: str
    loader: str
    facet: str
    difference: str
    spec: dict[str, Any]

    @property
    def model(self) -> ModelSpec:
        """Its model."""
        return from_json(self.spec)

    @property
    def file(self) -> str:
        """Name of its file."""
        return f"{self.fingerprint}-{re.sub(r'[^A-Za-z0-9.]+', '-', self.environment)}.json"


@dataclass
class Corpus:
    """The folder, and what a run makes of it."""

    folder: Path
    known: dict[str, Remembered] = field(default_factory=dict)
    """By file name."""
    _specs: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    _shown: dict[Key, frozenset[str]] = field(default_factory=dict)
    """Fingerprints that each judged trial showed."""

    @classmethod
    def read(cls, folder: Path) -> Corpus:
        """What the folder holds; nothing if there is none yet.

        Raises:
            CorpusError: a file is not one of a corpus.
        """
        corpus = cls(folder)
        for path in sorted(folder.glob("*.json")):
            try:
                found = Remembered(**json.loads(path.read_text(encoding="utf-8")))
                from_json(found.spec)
            except (OSError, ValueError, TypeError, InvalidSpecError) as error:
                msg = f"{path} is no finding of a corpus: {error}"
                raise CorpusError(msg) from error
            corpus.known[path.name] = found
        return corpus

    def specs(self, kinds: Collection[str]) -> tuple[ModelSpec, ...]:
        """The models of these kinds, each once: what a run tries first."""
        found = {spec.id: spec for each in self.known.values() if (spec := each.model).kind in kinds}
        return tuple(found.values())

    def add(self, record: Mapping[str, Any]) -> None:
        """Take one record of the run."""
        if record["record"] == "spec":
            self._specs[record["id"]] = record["spec"]
        elif record["record"] == "trial" and record["verdict"] not in SAYS_NOTHING:
            if record["writer"] != record["reader"]:
                # Of another environment's file: nothing about the one alone.
                return
            key = (record["spec"], record["saver"], record["loader"], record["reader"])
            # What a known issue explains fails still.
            self._shown[key] = frozenset(problem["fingerprint"] for problem in record["problems"])

    def fixed(self) -> list[Remembered]:
        """What was tried again and did not fail."""
        return [each for each in self.known.values() if self._is_fixed(each)]

    def _is_fixed(self, each: Remembered) -> bool:
        shown = self._shown.get((each.model.id, each.saver, each.loader, each.environment))
        return shown is not None and each.fingerprint not in shown

    def heal(self, findings: Iterable[Finding], environments: Iterable[str]) -> None:
        """Forget what is fixed, and remember what the run found.

        Raises:
            CorpusError: the folder cannot be written.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            for gone in self.fixed():
                (self.folder / gone.file).unlink(missing_ok=True)
            for new in self._new(findings, list(environments)):
                text = json.dumps(asdict(new), indent=1, sort_keys=True)
                (self.folder / new.file).write_text(f"{text}\n", encoding="utf-8")
        except OSError as error:
            msg = f"cannot write {self.folder}: {error.strerror or error}"
            raise CorpusError(msg) from error

    def _new(self, findings: Iterable[Finding], environments: list[str]) -> Iterable[Remembered]:
        for finding in findings:
            spec, saver, loader, fingerprint = finding.clue
            for environment in environments:
                shows = fingerprint in self._shown.get((spec, saver, loader, environment), ())
                if shows and spec in self._specs:
                    data = dict(self._specs[spec])
                    found = (finding.facets[0], finding.differences[0])
                    yield Remembered(fingerprint, environment, saver, loader, *found, data)

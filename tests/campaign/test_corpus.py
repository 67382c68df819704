"""A corpus remembers what failed, tries it first, and forgets what no longer fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from harness.campaign.corpus import Corpus, CorpusError
from harness.models.generate import generate
from harness.report.triage import Triage

if TYPE_CHECKING:
    from pathlib import Path

SPEC, OTHER = generate(2, 0)
PROBLEM = {"facet": "compile", "severity": "silent", "difference": "compile.loss.delta", "fingerprint": "f00d"} | {
    "known": None,
    "detail": "",
}


def spec_record(spec: Any = SPEC) -> dict[str, Any]:
    return {"record": "spec", "id": spec.id, "spec": spec.to_json(), "features": {}}


def trial(*problems: dict[str, Any], reader: str = "tf2.21", **changes: Any) -> dict[str, Any]:
    return {"record": "trial", "spec": SPEC.id, "saver": "s", "loader": "l", "writer": reader, "reader": reader} | {
        "verdict": "violation" if problems else "as-documented",
        "problems": list(problems),
        **changes,
    }


def after(folder: Path, *trials: dict[str, Any]) -> list[str]:
    """Run with a corpus; what is reported as fixed."""
    corpus, triage = Corpus.read(folder), Triage()
    for record in (spec_record(), *trials):
        corpus.add(record)
        triage.add(record)
    fixed = [each.fingerprint for each in corpus.fixed()]
    corpus.heal(triage.findings(), ["tf2.21", "nightly"])
    return fixed


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_finding_is_remembered_and_its_model_is_tried_first(tmp_path: Path) -> None:
    folder = tmp_path / "corpus"
    assert after(folder, trial(PROBLEM)) == []
    assert files(folder) == ["f00d-tf2.21.json"]
    assert [spec.id for spec in Corpus.read(folder).specs([SPEC.kind])] == [SPEC.id]
    assert Corpus.read(folder).specs(["no such kind"]) == ()


def test_what_no_longer_fails_is_fixed_and_forgotten(tmp_path: Path) -> None:
    after(tmp_path, trial(PROBLEM))
    assert after(tmp_path, trial()) == ["f00d"]
    assert files(tmp_path) == []


def test_what_still_fails_stays(tmp_path: Path) -> None:
    after(tmp_path, trial(PROBLEM))
    assert after(tmp_path, trial(PROBLEM)) == []
    assert files(tmp_path) == ["f00d-tf2.21.json"]


def test_what_fails_as_a_known_issue_is_not_fixed(tmp_path: Path) -> None:
    after(tmp_path, trial(PROBLEM))
    assert after(tmp_path, trial({**PROBLEM, "known": "huber-delta"})) == []


@pytest.mark.parametrize(
    "unrelated",
    [
        trial(verdict="not-applicable"),
        trial(reader="nightly"),
        trial(writer="nightly"),
        trial(saver="other"),
        trial(spec=OTHER.id),
    ],
)
def test_what_was_not_tried_again_stays(tmp_path: Path, unrelated: dict[str, Any]) -> None:
    after(tmp_path, trial(PROBLEM))
    assert after(tmp_path, unrelated) == []
    assert files(tmp_path) == ["f00d-tf2.21.json"]


def test_each_environment_is_remembered_by_itself(tmp_path: Path) -> None:
    after(tmp_path, trial(PROBLEM), trial(PROBLEM, reader="nightly"))
    assert files(tmp_path) == ["f00d-nightly.json", "f00d-tf2.21.json"]
    assert after(tmp_path, trial(PROBLEM), trial(reader="nightly")) == ["f00d"]
    assert files(tmp_path) == ["f00d-tf2.21.json"]


def test_a_file_that_is_none_of_a_corpus_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("{}", encoding="utf-8")
    with pytest.raises(CorpusError, match=r"x\.json"):
        Corpus.read(tmp_path)

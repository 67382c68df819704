"""A corpus on disk, without any environment: what is kept, and what is said of what is damaged."""

from __future__ import annotations

import io
import json
import tarfile
from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness.campaign.deposit import Artifact, Deposit
from harness.campaign.golden import Corpus, CorpusError, Writer, opened, pack, read_corpus, unpack
from harness.campaign.golden_run import specs
from tests.campaign.crossed import MODEL, OLD

if TYPE_CHECKING:
    from pathlib import Path

FILE = "old/model.tar.xz"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A deposit, as a writer leaves it."""
    found = tmp_path / "deposits" / MODEL.id
    (found / "0" / "assets").mkdir(parents=True)
    (found / "0" / "model.h5").write_bytes(b"weights" * 1000)
    np.savez(found / "before.npz", kernel=np.arange(3.0))
    outputs = {"built": True, "names": [], "shapes": [[4, 2]]}
    artifact = Artifact("Model.save(.h5)", "0/model.h5", "abc")
    Deposit(found, MODEL, {**OLD.info, "name": "old"}, {"built": True}, outputs, frozenset(), (artifact,)).write()
    return found


@pytest.fixture
def corpus(folder: Path, tmp_path: Path) -> Corpus:
    made = opened(tmp_path / "corpus")
    made.writers["old"] = Writer(dict(OLD.info), seed=0, entries=[pack(folder, made.folder, FILE)])
    made.write()
    return made


def test_what_was_kept_is_what_is_read(corpus: Corpus, tmp_path: Path) -> None:
    found = read_corpus(corpus.folder)
    assert found == corpus
    found.verify()
    deposit = found.deposit(found.writers["old"].entries[0], tmp_path / "again")
    assert (deposit.spec, deposit.writer["name"]) == (MODEL, "old")
    assert (tmp_path / "again" / "0" / "model.h5").read_bytes() == b"weights" * 1000
    assert (tmp_path / "again" / "0" / "assets").is_dir(), "empty folders are part of a SavedModel"
    assert specs(found) == (MODEL,)


def test_the_same_deposit_makes_the_same_file(corpus: Corpus, folder: Path) -> None:
    again = pack(folder, corpus.folder, "old/again.tar.xz")
    assert again.sha256 == corpus.writers["old"].entries[0].sha256


def test_others_stay_in_a_corpus_that_is_written_to(corpus: Corpus) -> None:
    assert set(opened(corpus.folder).writers) == {"old"}


def test_a_folder_of_something_else_is_not_written_to(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(CorpusError, match="holds something else than a corpus"):
        opened(tmp_path)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda path: path.unlink(), "cannot be read: No such file"),
        (lambda path: path.write_bytes(path.read_bytes()[:-9]), "is damaged: it is not what was written"),
        (lambda path: path.write_bytes(path.read_bytes()[:-1] + b"!"), "is damaged: it is not what was written"),
    ],
    ids=["missing", "cut", "altered"],
)
def test_a_file_that_is_not_what_was_written_is_one_error_that_names_it(
    corpus: Corpus, damage: object, said: str
) -> None:
    assert callable(damage)
    damage(corpus.folder / FILE)
    with pytest.raises(CorpusError, match=said) as error:
        read_corpus(corpus.folder).verify()
    assert FILE in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [("{", "is damaged"), ('{"format": 1}', "is damaged: KeyError"), ('{"format": 9, "writers": {}}', "of format 9")],
)
def test_an_index_that_cannot_be_read_is_one_error(corpus: Corpus, text: str, said: str) -> None:
    (corpus.folder / "index.json").write_text(text)
    with pytest.raises(CorpusError, match=said):
        read_corpus(corpus.folder)


def test_no_index_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="no corpus in"):
        read_corpus(tmp_path)


def test_what_would_leave_the_folder_is_not_unpacked(tmp_path: Path) -> None:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:xz") as archive:
        archive.addfile(tarfile.TarInfo("../outside"), io.BytesIO())
    with pytest.raises(CorpusError, match="has no place there"):
        unpack(data.getvalue(), tmp_path / "inside", tmp_path / FILE)
    assert not (tmp_path / "outside").exists()


def test_the_index_says_who_wrote_what(corpus: Corpus) -> None:
    (writer,) = json.loads((corpus.folder / "index.json").read_text())["writers"].values()
    assert writer["info"]["tensorflow"] == OLD.info["tensorflow"]
    assert set(writer["entries"][0]) == {"spec", "file", "sha256", "bytes"}


def test_an_index_that_cannot_be_written_whole_leaves_the_old_one(
    corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, text: str, encoding: str) -> None:
        with path.open("w", encoding=encoding) as file:
            file.write(text[:20])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_text", full)
    with pytest.raises(CorpusError, match="No space left on device"):
        Corpus(corpus.folder, {}).write()
    assert read_corpus(corpus.folder) == corpus

"""The commands about one finding refuse in one line what they cannot do, and say what they found."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from harness.campaign.cases import Solved
from harness.campaign.environments import Interpreter
from harness.campaign.reproduce import Reproduction, same_error
from harness.campaign.routes import routes
from harness.campaign.run import contract
from harness.campaign.shrink import Candidate, Shrunk
from harness.campaign.trials import Law
from harness.cli import main
from harness.commands.aftermath import Aftermath
from harness.contract.ledger import Ledger, load_ledger
from harness.report.outcome import Exit
from harness.report.summary import Summary
from harness.trial.records import Problem
from tests.report.sample import ENVIRONMENT, head, journal, trial, violation, write

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from harness.campaign.cases import Case

    Capture = pytest.CaptureFixture[str]

COMMANDS = (("shrink",), ("repro",), ("bisect", "--good", "a", "--bad", "b"))
INTERPRETER = Interpreter("tf2.21", "/usr/bin/python3", {name: ENVIRONMENT[name] for name in ENVIRONMENT})

OTHER = {**ENVIRONMENT, "name": "tf2.5", "tensorflow": "2.5.0", "keras": "2.5.0"}


class FakeProbe:
    """Has the routes and the law, and no process."""

    routes = routes()
    law = Law(contract(routes), Ledger())


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    return write(tmp_path / "run.jsonl", journal(violation()))


@pytest.fixture
def solving(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Solves every case at once: as it stands, or as ``problem`` says."""
    told: dict[str, Any] = {"reproduced": True, "known": None, "said": "shown: 3.0 -> 1.0", "probed": []}

    def solve(case: Case, _probe: Any, _budget: float = 0) -> Solved:
        clue = case.clue
        problem = Problem(clue.facet, "silent", clue.difference, clue.fingerprint, "delta: 3.0 -> 1.0", told["known"])
        shown = told["reproduced"]
        shrunk = Shrunk(Candidate(case.candidate.spec), shown, 7, 3.0, finished=True)
        return Solved(case, shrunk, problem if shown else None, "save")

    @contextmanager
    def probing(*ends: Interpreter | None, **__: Any) -> Iterator[FakeProbe]:
        told["probed"].append(tuple(each.name for each in ends if each is not None))
        yield FakeProbe()

    def reproduce(_path: Path, clue: Any, *_: Interpreter | None) -> Reproduction:
        return Reproduction(
            same_error(clue.difference, told["said"]) and told["said"].startswith("shown"), told["said"]
        )

    monkeypatch.setattr("harness.campaign.cases.solve", solve)
    for module in ("findings", "aftermath"):
        monkeypatch.setattr(f"harness.commands.{module}.probing", probing)
    monkeypatch.setattr("harness.campaign.environments.resolve", lambda *_: INTERPRETER)
    monkeypatch.setattr("harness.campaign.reproduce.reproduce", reproduce)
    return told


def run(recorded: Path, *arguments: str) -> int:
    return main([*arguments, "f00d", "--journal", str(recorded), "--python", "python3"])


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("target", "message"),
    [("f0", "too short"), ("beefbeef", "no problem 'beefbeef'")],
)
def test_what_the_journal_does_not_name_is_refused(
    command: tuple[str, ...], target: str, message: str, recorded: Path, capsys: Capture
) -> None:
    assert main([*command, target, "--journal", str(recorded)]) == Exit.UNUSABLE
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--python", "--env"])
def test_bisect_takes_no_environment_beside_its_two_ends(recorded: Path, capsys: Capture, option: str) -> None:
    ends = ("--good", "a", "--bad", "b")
    assert main(["bisect", "f00d", "--journal", str(recorded), *ends, option, "x"]) == Exit.UNUSABLE
    said = capsys.readouterr().err
    assert "No such option" in said
    assert option in said


def test_an_interpreter_that_is_gone_is_asked_for(recorded: Path, capsys: Capture) -> None:
    assert main(["shrink", "f00d", "--journal", str(recorded)]) == Exit.UNUSABLE
    assert "--python" in capsys.readouterr().err


def test_shrink_tells_the_model_the_culprit_and_the_side(
    recorded: Path, solving: dict[str, Any], capsys: Capture, tmp_path: Path
) -> None:
    assert run(recorded, "shrink", "--out", str(tmp_path / "model.json")) == Exit.VIOLATIONS
    shown = capsys.readouterr().out
    for part in ("model:    Sequential[Dense(units=3", "culprit:", "side:     the save", "7 models tried in 3 s"):
        assert part in shown
    assert (tmp_path / "model.json").read_text(encoding="utf-8").startswith("{")


def test_shrink_says_that_a_finding_does_not_show(recorded: Path, solving: dict[str, Any], capsys: Capture) -> None:
    solving["reproduced"] = False
    assert run(recorded, "shrink") == Exit.OK
    assert "does not show" in capsys.readouterr().out


def test_repro_prints_a_script_and_says_that_it_shows_it(
    recorded: Path, solving: dict[str, Any], capsys: Capture, tmp_path: Path
) -> None:
    assert run(recorded, "repro", "--out", str(tmp_path / "script.py")) == Exit.VIOLATIONS
    shown = capsys.readouterr()
    assert "import keras" in shown.out
    assert (tmp_path / "script.py").read_text(encoding="utf-8") == shown.out
    assert "roundtrip: reproduced with" in shown.err


def test_repro_is_not_reproduced_unless_the_script_shows_it(
    recorded: Path, solving: dict[str, Any], capsys: Capture
) -> None:
    solving["said"] = "not shown: 3.0 -> 3.0"
    assert run(recorded, "repro") == Exit.OK
    assert "NOT reproduced" in capsys.readouterr().err


def test_repro_writes_a_bug_report(recorded: Path, solving: dict[str, Any], capsys: Capture) -> None:
    run(recorded, "repro", "--issue", "--since", "Keras 3.0")
    shown = capsys.readouterr().out
    for part in ("**Versions:** TensorFlow", "**Since:** Keras 3.0", "## What is documented", "```python"):
        assert part in shown


@pytest.fixture
def crossed(tmp_path: Path) -> Path:
    """A journal of a finding that one environment has in what another has written."""
    here = {**OTHER, "executable": "/usr/bin/python3"}
    records = [head(environments=[ENVIRONMENT, here]), *journal(violation(writer="tf2.5"))[1:]]
    return write(tmp_path / "run.jsonl", records)


def test_repro_of_two_versions_is_a_script_that_saves_in_one_and_loads_in_the_other(
    crossed: Path, solving: dict[str, Any], capsys: Capture
) -> None:
    assert run(crossed, "repro") == Exit.VIOLATIONS
    shown = capsys.readouterr()
    assert 'saving, folder = sys.argv[1] == "save", sys.argv[2]' in shown.out
    assert ", written with TF" in shown.err
    assert solving["probed"] == [("tf2.21", "tf2.21")]


def test_known_add_of_two_versions_names_the_writer(
    crossed: Path, solving: dict[str, Any], capsys: Capture, tmp_path: Path
) -> None:
    ledger = tmp_path / "issues.toml"
    ledger.write_text("", encoding="utf-8")
    assert known_add(crossed, ledger) == Exit.OK
    (issue,) = load_ledger(ledger).issues
    assert issue.crosses
    assert 'writer_keras = "==3.15.*"' in capsys.readouterr().out


def test_bisect_refuses_what_takes_two_versions(crossed: Path, capsys: Capture) -> None:
    assert main(["bisect", "f00d", "--journal", str(crossed), "--good", "a", "--bad", "b"]) == Exit.UNUSABLE
    assert "tf2.5 wrote it and tf2.21 read it: there are two versions" in capsys.readouterr().err


def test_an_error_is_the_same_if_its_type_and_the_beginning_of_its_message_are() -> None:
    difference = "undocumented error: load raises ValueError: Unknown layer: <quoted>. Please ensure"
    assert same_error(difference, "ValueError: Unknown layer: 'NotEqual'. Please ensure")
    assert not same_error(difference, "TypeError: Unknown layer: 'NotEqual'. Please ensure")
    assert not same_error(difference, "ValueError: Another message")


def known_add(recorded: Path, ledger: Path, name: str = "dense-bug") -> int:
    entry = ("--id", name, "--title", "a title", "--ledger", str(ledger))
    return run(recorded, "known", "add", *entry)


def test_known_add_enters_a_finding(recorded: Path, solving: dict[str, Any], capsys: Capture, tmp_path: Path) -> None:
    ledger = tmp_path / "issues.toml"
    ledger.write_text("", encoding="utf-8")
    assert known_add(recorded, ledger) == Exit.OK
    (issue,) = load_ledger(ledger).issues
    assert (issue.id, issue.savers, issue.loaders) == ("dense-bug", ("Model.save(.h5)",), ("load_model",))
    assert "[[issue]]" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("told", "message"),
    [({"reproduced": False}, "does not show"), ({"known": "huber-delta"}, "is known already: huber-delta")],
)
def test_known_add_enters_only_what_is_news(
    told: dict[str, Any], message: str, recorded: Path, solving: dict[str, Any], capsys: Capture, tmp_path: Path
) -> None:
    solving.update(told)
    ledger = tmp_path / "issues.toml"
    ledger.write_text("", encoding="utf-8")
    assert known_add(recorded, ledger) == Exit.UNUSABLE
    assert message in capsys.readouterr().err
    assert ledger.read_text(encoding="utf-8") == ""


def test_a_corpus_that_is_none_is_refused(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "x.json").write_text("[]", encoding="utf-8")
    assert main(["run", "--corpus", str(tmp_path)]) == Exit.UNUSABLE
    assert "x.json is no finding of a corpus" in capsys.readouterr().err


def followed(tmp_path: Path, *trials: Any, shrink: bool = False) -> None:
    """A run that shows these trials, with a corpus."""
    aftermath = Aftermath.of(tmp_path / "corpus", shrink=shrink, ledger=True)
    summary = Summary()
    for record in (head(environments=[ENVIRONMENT, OTHER]), *journal(*trials)[1:]):
        aftermath.add(record)
        summary.add(record)
    aftermath.finish(summary, [INTERPRETER, Interpreter("tf2.5", "/usr/bin/python3", OTHER)])


def test_a_run_shrinks_each_of_its_findings(tmp_path: Path, solving: dict[str, Any], capsys: Capture) -> None:
    followed(tmp_path, violation(), trial(loader="other"), shrink=True)
    shown = capsys.readouterr().out
    assert "Shrunk 1/1 (tf2.21)" in shown
    assert "model:    Sequential[Dense(units=3" in shown


def test_a_finding_that_takes_a_file_of_another_environment_is_shrunk_from_writer_to_reader(
    tmp_path: Path, solving: dict[str, Any], capsys: Capture
) -> None:
    followed(tmp_path, violation(writer="tf2.5"), shrink=True)
    assert "Shrunk 1/1 (tf2.5 to tf2.21)" in capsys.readouterr().out
    assert solving["probed"] == [("tf2.21", "tf2.5")]


def test_what_is_interrupted_while_it_shrinks_is_remembered(
    tmp_path: Path, solving: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("harness.campaign.cases.solve", interrupted)
    with pytest.raises(KeyboardInterrupt):
        followed(tmp_path, violation(), shrink=True)
    assert [path.suffix for path in (tmp_path / "corpus").iterdir()] == [".json"]


def test_a_run_says_what_is_fixed_since_the_last_one(tmp_path: Path, capsys: Capture) -> None:
    followed(tmp_path, violation())
    assert "fixed" not in capsys.readouterr().out
    followed(tmp_path, trial())
    assert "fixed: compile: " in capsys.readouterr().out
    followed(tmp_path, trial())
    assert capsys.readouterr().out == ""

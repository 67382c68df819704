from __future__ import annotations

import gzip
import json
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from harness.campaign.environments import EnvironmentError_, Interpreter
from harness.campaign.journal import key, read
from harness.cli import main
from harness.gate.classes import AGAIN
from harness.report.outcome import Exit
from tests.gate.pairs import good, lost, on
from tests.report.sample import ENVIRONMENT, SPEC, head, model_spec, spec_record, write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from harness.campaign.journal import Record
    from harness.campaign.run import Plan

    Capture = pytest.CaptureFixture[str]

SPECS = (SPEC, model_spec(layers=2))
INFO = {name: ENVIRONMENT[name] for name in ENVIRONMENT if name != "name"}
RECORDS: dict[str, Callable[..., Record]] = {"good": good, "lost": lost}


class FakeCampaign:
    """Stands in for the engine: each environment has one outcome, or one the first time and another again."""

    def __init__(self, **outcomes: str) -> None:
        self.outcomes = outcomes
        self.plans: list[Plan] = []
        self.made: list[Record] = []
        self.fault: BaseException | None = None

    def __call__(self, plan: Plan, done: Any, emit: Any, admit: Any = lambda _spec: True) -> None:
        self.plans.append(plan)
        for spec in plan.specs:
            if admit(spec):
                emit(spec_record(spec))
                for record in self._trials(plan, spec.id, done):
                    self.made.append(record)
                    emit(record)
        if self.fault is not None:
            raise self.fault

    def _trials(self, plan: Plan, spec: str, done: Any) -> Iterator[Record]:
        for each in plan.environments:
            name = each.name.removesuffix(AGAIN)
            kind = self.outcomes.get(each.name.replace("-", "_"), self.outcomes[name.replace("-", "_")])
            record = on(RECORDS[kind](spec=spec), each.name)
            if key(record) not in done:
                yield record


@pytest.fixture
def campaign(monkeypatch: pytest.MonkeyPatch) -> Callable[..., FakeCampaign]:
    """Put a fake in the place of the engine and of the interpreters."""

    def resolve(python: str | None = None, env: str | None = None, folder: Path | None = None) -> Interpreter:
        return Interpreter(str(python or env).rpartition("/")[2], f"/{python or env}", INFO)

    def install(**outcomes: str) -> FakeCampaign:
        fake = FakeCampaign(**outcomes)
        monkeypatch.setattr("harness.gate.engine.run", fake)
        monkeypatch.setattr("harness.gate.engine.sound", lambda interpreter: None)
        monkeypatch.setattr("harness.campaign.environments.resolve", resolve)
        monkeypatch.setattr("harness.models.generate.generate_fitting", lambda count, *_: SPECS[:count])
        return fake

    return install


@pytest.fixture
def gate(tmp_path: Path) -> Callable[..., int]:
    def run(*arguments: object, baseline: str = "./old") -> int:
        named = ["--baseline", baseline, "--candidate", "./new", "--out", str(tmp_path / "gate")]
        return main(["gate", *named, *map(str, arguments)])

    return run


def told(folder: Path) -> str:
    return (folder / "gate" / "gate.md").read_text(encoding="utf-8")


def refusal(capsys: Capture, arguments: Iterable[object]) -> str:
    assert main(["gate", *map(str, arguments)]) == Exit.UNUSABLE
    out, err = capsys.readouterr()
    assert out == ""
    (line,) = err.splitlines()
    return line.removeprefix("roundtrip: ")


def test_two_sides_that_do_the_same_pass(
    campaign: Callable[..., FakeCampaign], gate: Callable[..., int], tmp_path: Path, capsys: Capture
) -> None:
    fake = campaign(old="good", new="good")
    assert gate() == Exit.OK
    assert told(tmp_path).startswith("PASS: new against old: nothing regressed in 2 trials of 2 models\n")
    assert capsys.readouterr().out.startswith("PASS: ")
    (plan,) = fake.plans
    assert [each.name for each in plan.environments] == ["old", "new"]


def test_a_regression_is_repeated_on_both_sides_before_it_is_believed(
    campaign: Callable[..., FakeCampaign], gate: Callable[..., int], tmp_path: Path
) -> None:
    fake = campaign(old="good", new="lost")
    assert gate() == Exit.VIOLATIONS
    assert told(tmp_path).startswith("FAIL: new against old: 2 trials regressed, in 1 way")
    assert [[each.name for each in plan.environments] for plan in fake.plans] == [
        ["old", "new"],
        ["old-again", "new-again"],
    ]


def test_what_does_not_repeat_passes(
    campaign: Callable[..., FakeCampaign], gate: Callable[..., int], tmp_path: Path
) -> None:
    campaign(old="good", new="lost", new_again="good")
    assert gate() == Exit.OK
    assert "(2 spurious)" in told(tmp_path)


def test_a_version_is_gated_against_itself(campaign: Callable[..., FakeCampaign], tmp_path: Path) -> None:
    fake = campaign(same="good", same_candidate="good")
    out = ["--out", str(tmp_path / "gate")]
    assert main(["gate", "--baseline", "./same", "--candidate", "./same", *out]) == Exit.OK
    assert [each.name for each in fake.plans[0].environments] == ["same", "same-candidate"]


def test_a_stored_baseline_need_not_run(
    campaign: Callable[..., FakeCampaign], gate: Callable[..., int], tmp_path: Path
) -> None:
    fake = campaign(new="lost")
    record = on(good(), "tf2.21")
    path = write(tmp_path / "base.jsonl", [head(), spec_record(), record])
    assert gate(baseline=str(path)) == Exit.VIOLATIONS
    assert [[each.name for each in plan.environments] for plan in fake.plans] == [["new"], ["new-again"]]
    assert fake.plans[0].specs == (SPEC,)
    assert "the baseline is stored" in told(tmp_path)
    kept = [each for each in read(tmp_path / "gate" / "gate.jsonl") if each["record"] == "trial"]
    assert kept[0] == record


def test_the_candidate_reads_what_the_baseline_has_written_unless_that_is_not_wanted(
    campaign: Callable[..., FakeCampaign], gate: Callable[..., int], tmp_path: Path
) -> None:
    fake = campaign(old="good", new="lost")
    gate()
    assert [plan.pairs for plan in fake.plans] == [(("old", "new"),), (("old-again", "new-again"),)]
    fake = campaign(old="good", new="good")
    gate("--no-cross", "--out", tmp_path / "other")
    assert [plan.pairs for plan in fake.plans] == [()]


def test_a_gate_is_resumed_with_the_reading_that_it_began_with(
    campaign: Callable[..., FakeCampaign], gate: Callable[..., int], capsys: Capture
) -> None:
    campaign(old="good", new="good")
    gate("--no-cross")
    capsys.readouterr()
    assert gate("--resume") == Exit.UNUSABLE
    assert "--cross false, now true" in capsys.readouterr().err


def test_a_stored_baseline_says_that_its_files_were_not_read(
    campaign: Callable[..., FakeCampaign], gate: Callable[..., int], tmp_path: Path
) -> None:
    campaign(new="good")
    path = write(tmp_path / "base.jsonl", [head(), spec_record(), on(good(), "tf2.21")])
    gate(baseline=str(path))
    assert "- what the baseline has written: a stored baseline keeps no files" in told(tmp_path)


def test_routes_of_a_stored_baseline_that_were_not_asked_for_are_no_gaps(
    campaign: Callable[..., FakeCampaign], gate: Callable[..., int], tmp_path: Path
) -> None:
    campaign(new="good")
    records = [on(good(loader=loader), "tf2.21") for loader in ("load_model", "load_model(compile=False)")]
    path = write(tmp_path / "base.jsonl", [head(), spec_record(), *records])
    assert gate("--loader", "load_model", baseline=str(path)) == Exit.OK
    assert "not tried with the candidate" not in told(tmp_path)


def test_models_of_a_stored_baseline_that_there_was_no_time_for_are_not_counted(
    campaign: Callable[..., FakeCampaign], gate: Callable[..., int], tmp_path: Path
) -> None:
    campaign(new="good")
    records = [record for spec in SPECS for record in (spec_record(spec), on(good(spec=spec.id), "tf2.21"))]
    path = write(tmp_path / "base.jsonl", [head(), *records])
    assert gate("--for", "0.000001s", baseline=str(path)) == Exit.OK
    assert "nothing regressed in 1 trial of 1 model\n" in told(tmp_path)


def test_a_resumed_gate_may_be_given_more_time(
    campaign: Callable[..., FakeCampaign], gate: Callable[..., int], tmp_path: Path
) -> None:
    fake = campaign(old="good", new="good")
    fake.fault = KeyboardInterrupt()
    assert gate("--for", "0.000001s") == Exit.INTERRUPTED
    campaign(old="good", new="good")
    assert gate("--for", "10m", "--resume") == Exit.OK
    assert "nothing regressed in 2 trials of 2 models\n" in told(tmp_path)


def test_a_stored_baseline_may_be_compressed(
    campaign: Callable[..., FakeCampaign], gate: Callable[..., int], tmp_path: Path
) -> None:
    campaign(new="good")
    plain = write(tmp_path / "base.jsonl", [head(), spec_record(), on(good(), "tf2.21")])
    path = tmp_path / "base.jsonl.gz"
    path.write_bytes(gzip.compress(plain.read_bytes()))
    assert gate(baseline=str(path)) == Exit.OK


def test_suspects_are_repeated_with_the_baseline_of_a_journal_if_it_is_named(
    campaign: Callable[..., FakeCampaign], gate: Callable[..., int], tmp_path: Path
) -> None:
    fake = campaign(tf2_21="good", new="lost", **{"tf2.21": "good"})
    path = write(tmp_path / "base.jsonl", [head(), spec_record(), on(good(), "tf2.21")])
    assert gate("--baseline-journal", path) == Exit.VIOLATIONS
    assert [[each.name for each in plan.environments] for plan in fake.plans] == [
        ["tf2.21", "new"],
        ["tf2.21-again", "new-again"],
    ]
    assert [record["reader"] for record in fake.made] == ["new", "tf2.21-again", "new-again"]


@pytest.mark.parametrize(
    ("records", "message"),
    [
        ([head(environments=[ENVIRONMENT, {**ENVIRONMENT, "name": "x"}])], "is of 2 environments"),
        ([head()], "holds no model"),
        ([head(tool={"name": "keras-roundtrip", "version": "0.0.0"}), spec_record()], "was made by version 0.0.0"),
    ],
)
def test_a_journal_that_is_no_baseline_is_one_line(
    campaign: Callable[..., FakeCampaign], tmp_path: Path, capsys: Capture, records: list[Record], message: str
) -> None:
    campaign(new="good")
    path = write(tmp_path / "base.jsonl", records)
    assert message in refusal(capsys, ["--baseline", path, "--candidate", "./new"])


def test_a_journal_of_another_version_is_one_line(
    campaign: Callable[..., FakeCampaign], tmp_path: Path, capsys: Capture
) -> None:
    campaign(new="good")
    path = write(tmp_path / "base.jsonl", [head(environments=[{**ENVIRONMENT, "keras": "3.0"}]), spec_record()])
    line = refusal(capsys, ["--baseline", "./old", "--baseline-journal", path, "--candidate", "./new"])
    assert "is of keras 3.0, and --baseline has 3.15.1" in line


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--candidate", "./new"], "no baseline"),
        (["--baseline", "./old"], "Missing option '--candidate'"),
        (["--baseline", "./old", "--candidate", "no-such-thing"], "neither an interpreter nor an environment"),
        (["--baseline", "./old", "--candidate", "./new", "--for", "soon"], "'soon' is no time: 90s, 10m, 1h"),
        (["--baseline", "./old", "--candidate", "./new", "--saver", "x"], "unknown saver 'x'"),
        (["--baseline", "a.jsonl", "--baseline-journal", "b.jsonl", "--candidate", "./new"], "two journals"),
    ],
)
def test_wrong_arguments_are_one_line(
    campaign: Callable[..., FakeCampaign], capsys: Capture, arguments: list[str], message: str
) -> None:
    campaign()
    assert message in refusal(capsys, arguments)


def test_a_broken_environment_is_one_line_and_leaves_nothing(
    campaign: Callable[..., FakeCampaign], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Capture
) -> None:
    campaign(old="good", new="good")

    def sound(interpreter: Interpreter) -> None:
        raise EnvironmentError_(f"{interpreter.name} cannot build and train a trivial model")

    monkeypatch.setattr("harness.gate.engine.sound", sound)
    arguments = ["--baseline", "./old", "--candidate", "./new", "--out", tmp_path / "gate"]
    assert "cannot build and train" in refusal(capsys, arguments)
    assert not (tmp_path / "gate").exists()


def test_no_new_model_is_begun_when_the_time_is_over(
    campaign: Callable[..., FakeCampaign], gate: Callable[..., int], tmp_path: Path
) -> None:
    campaign(old="good", new="good")
    assert gate("--for", "0.000001s") == Exit.OK
    assert told(tmp_path).startswith("PASS: new against old: nothing regressed in 1 trial of 1 model\n")
    assert "- 1 model: no time for them" in told(tmp_path)


def test_ctrl_c_keeps_what_was_measured_and_a_resumed_gate_goes_on(
    campaign: Callable[..., FakeCampaign], gate: Callable[..., int], tmp_path: Path
) -> None:
    fake = campaign(old="good", new="lost")
    fake.fault = KeyboardInterrupt()
    assert gate() == Exit.INTERRUPTED
    assert told(tmp_path).startswith("INTERRUPTED: new against old: 2 trials of 2 models compared so far")
    fake = campaign(old="good", new="lost")
    assert gate("--resume") == Exit.VIOLATIONS
    assert {record["reader"] for record in fake.made} == {"old-again", "new-again"}
    fake = campaign(old="good", new="lost")
    assert gate("--resume") == Exit.VIOLATIONS
    assert not fake.plans


def test_an_existing_gate_is_not_overwritten(
    campaign: Callable[..., FakeCampaign], gate: Callable[..., int], capsys: Capture
) -> None:
    campaign(old="good", new="good")
    gate()
    capsys.readouterr()
    assert gate() == Exit.UNUSABLE
    assert "already exists" in capsys.readouterr().err


def test_the_journal_of_a_gate_is_a_valid_input_of_a_report(
    campaign: Callable[..., FakeCampaign], gate: Callable[..., int], tmp_path: Path, capsys: Capture
) -> None:
    campaign(old="good", new="lost")
    gate()
    path = tmp_path / "gate" / "gate.jsonl"
    schema = jsonschema.Draft202012Validator(json.loads(files("harness.report").joinpath("schema.json").read_text()))
    for record in read(path):
        schema.validate(record)
    capsys.readouterr()
    assert main(["report", str(path)]) == Exit.VIOLATIONS

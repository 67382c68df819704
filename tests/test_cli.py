from __future__ import annotations

import errno
import gzip
import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from harness import __version__
from harness.campaign.environments import EnvironmentError_, Interpreter
from harness.campaign.journal import encode, key, read, trial_to_json
from harness.cli import main
from harness.report.outcome import Exit
from tests.report.sample import ENVIRONMENT, SPEC, foot, head, journal, model_spec, spec_record, trial, violation, write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from harness.campaign.run import Plan
    from harness.trial.records import Trial

    Capture = pytest.CaptureFixture[str]

INTERPRETER = Interpreter(
    "tf2.21", "/usr/bin/python3", {name: ENVIRONMENT[name] for name in ENVIRONMENT if name != "name"}
)
SPECS = (model_spec(), model_spec(layers=2))


class FakeCampaign:
    """Stands in for the engine: hands out the trials it is given, and remembers what it was asked."""

    def __init__(self, *trials: Trial, fault: BaseException | None = None) -> None:
        self.trials, self.fault = trials, fault
        self.plans: list[Plan] = []
        self.skipped: list[Trial] = []

    def __call__(self, plan: Plan, done: Any, emit: Callable[[dict[str, Any]], None]) -> None:
        self.plans.append(plan)
        for spec in plan.specs:
            emit(spec_record(spec))
        for each in self.trials:
            if key(trial_to_json(each)) in done:
                self.skipped.append(each)
            else:
                emit(trial_to_json(each))
        if self.fault is not None:
            raise self.fault


@pytest.fixture
def campaign(monkeypatch: pytest.MonkeyPatch) -> Callable[..., FakeCampaign]:
    """Put a fake in the place of the engine, of the interpreters and of the random models."""

    def install(*trials: Trial, fault: BaseException | None = None) -> FakeCampaign:
        fake = FakeCampaign(*trials, fault=fault)
        monkeypatch.setattr("harness.campaign.run.run", fake)
        monkeypatch.setattr("harness.campaign.environments.resolve", lambda python, env, folder: INTERPRETER)
        monkeypatch.setattr("harness.models.generate.generate", lambda count, seed, kinds: SPECS[:count])
        return fake

    return install


def refusal(capsys: Capture, arguments: Iterable[object]) -> str:
    """The one line on stderr with which a command is refused."""
    assert main([str(argument) for argument in arguments]) == Exit.UNUSABLE
    out, err = capsys.readouterr()
    assert out == ""
    (line,) = err.splitlines()
    assert line.startswith("roundtrip: ")
    return line.removeprefix("roundtrip: ")


@pytest.mark.parametrize(
    ("trials", "code"),
    [((trial(),), 0), ((trial(), violation()), 1), ((trial(verdict="harness-error", note="x"),), 2), ((), 5)],
)
def test_the_exit_code_is_that_of_the_summary(
    campaign: Callable[..., FakeCampaign], trials: tuple[Trial, ...], code: int
) -> None:
    campaign(*trials)
    assert main(["run", "--models", "1"]) == code


def test_a_run_prints_its_summary_and_writes_its_journal(
    campaign: Callable[..., FakeCampaign], tmp_path: Path, capsys: Capture
) -> None:
    campaign(trial(), violation(saver="Model.save(.keras)"))
    path = tmp_path / "report.jsonl"
    assert main(["run", "--models", "1", "--seed", "7", "--out", str(path)]) == Exit.VIOLATIONS
    header, *_, footer = read(path)
    assert [each["record"] for each in read(path)] == ["header", "spec", "trial", "trial", "finding", "footer"]
    assert (header["seed"], header["arguments"]["models"]) == (7, 1)
    assert header["environments"] == [ENVIRONMENT]
    assert footer["verdicts"] == {"as-documented": 1, "violation": 1}
    out, err = capsys.readouterr()
    assert f"   roundtrip replay {SPEC.id} --journal {path}\n" in out
    assert "1 model (1 sequential), 2 trials" in out
    assert err == ""


def test_what_is_asked_for_reaches_the_engine(campaign: Callable[..., FakeCampaign]) -> None:
    fake = campaign(trial())
    arguments = "--models 2 --seed 3 --jobs 4 --deadline 9 --no-ledger --saver Model.save(.h5) --loader load_model --savers-per-model 5"
    main(["run", *arguments.split()])
    (plan,) = fake.plans
    assert (plan.specs, plan.environments, plan.seed, plan.jobs) == (SPECS, (INTERPRETER,), 3, 4)
    assert (plan.savers, plan.loaders) == (("Model.save(.h5)",), ("load_model",))
    assert (plan.deadline, plan.ledger, plan.savers_per_model) == (9.0, False, 5)


def test_only_the_kinds_asked_for_are_made(
    campaign: Callable[..., FakeCampaign], monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign(trial())
    asked: list[object] = []

    def generate(*request: object) -> object:
        asked.append(request)
        return SPECS

    monkeypatch.setattr("harness.models.generate.generate", generate)
    main(["run", "--kind", "subclassed", "--kind", "sequential"])
    assert asked == [(20, 0, ("sequential", "subclassed"))]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--saver", "Model.save(.h6)"], "unknown saver 'Model.save(.h6)'; did you mean 'Model.save(.h5)'"),
        (["--loader", "load_modle"], "unknown loader 'load_modle'; did you mean 'load_model'"),
        (["--kind", "functionl"], "unknown kind 'functionl'; did you mean 'functional'"),
        (["--kind", "xyz"], "unknown kind 'xyz'; there are 'sequential', 'functional', 'subclassed'"),
        (["--models", "0"], "Invalid value for '--models'"),
        (["--deadline", "0"], "Invalid value for '--deadline'"),
        (["--modles", "3"], "No such option"),
        (["--resume"], "--resume needs --out"),
    ],
)
def test_wrong_arguments_are_one_line(
    campaign: Callable[..., FakeCampaign], capsys: Capture, arguments: list[str], message: str
) -> None:
    campaign(trial())
    assert message in refusal(capsys, ["run", *arguments])


def test_an_unknown_command_is_one_line(capsys: Capture) -> None:
    assert "No such command 'rnu'" in refusal(capsys, ["rnu"])


def test_no_command_is_one_line(capsys: Capture) -> None:
    assert refusal(capsys, []) == "no command given, see roundtrip --help"


def test_a_journal_that_cannot_be_written_is_one_line(
    campaign: Callable[..., FakeCampaign], tmp_path: Path, capsys: Capture
) -> None:
    fake = campaign(trial())
    line = refusal(capsys, ["run", "--out", tmp_path / "missing" / "report.jsonl"])
    assert line.startswith("cannot write ")
    assert line.endswith("No such file or directory")
    assert not fake.plans


def test_a_full_disk_is_one_line_after_what_was_measured(
    campaign: Callable[..., FakeCampaign], capsys: Capture
) -> None:
    campaign(trial())
    assert main(["run", "--out", "/dev/full"]) == Exit.UNUSABLE
    assert capsys.readouterr().err.splitlines() == [
        "roundtrip: cannot write /dev/full: No space left on device; what was measured so far is kept"
    ]


def test_an_existing_journal_is_not_overwritten(
    campaign: Callable[..., FakeCampaign], tmp_path: Path, capsys: Capture
) -> None:
    campaign(trial())
    path = write(tmp_path / "report.jsonl", journal(trial()))
    before = path.read_bytes()
    assert "already exists" in refusal(capsys, ["run", "--out", path])
    assert path.read_bytes() == before


def test_an_unusable_interpreter_is_one_line_and_leaves_no_journal(
    campaign: Callable[..., FakeCampaign], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Capture
) -> None:
    campaign(trial())

    def resolve(python: str | None, env: str | None, folder: Path | None) -> Interpreter:
        message = f"{python} has no TensorFlow: install it there"
        raise EnvironmentError_(message)

    monkeypatch.setattr("harness.campaign.environments.resolve", resolve)
    path = tmp_path / "report.jsonl"
    assert refusal(capsys, ["run", "--python", "py", "--out", path]) == "py has no TensorFlow: install it there"
    assert not path.exists()


def test_one_unusable_environment_of_several_is_told_and_the_others_are_run(
    campaign: Callable[..., FakeCampaign], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Capture
) -> None:
    fake = campaign(trial())

    def resolve(python: str | None, env: str | None, folder: Path | None) -> Interpreter:
        if python == "broken":
            message = "broken has no TensorFlow"
            raise EnvironmentError_(message)
        return INTERPRETER

    monkeypatch.setattr("harness.campaign.environments.resolve", resolve)
    path = tmp_path / "report.jsonl"
    assert main(["run", "--python", "broken", "--python", "whole", "--out", str(path)]) == Exit.UNUSABLE
    assert [plan.environments for plan in fake.plans] == [(INTERPRETER,)]
    assert next(iter(read(path)))["unusable"] == {"broken": "broken has no TensorFlow"}
    out, err = capsys.readouterr()
    assert "broken has no TensorFlow; going on without it" in err
    assert "environment broken was not run: broken has no TensorFlow" in out


def test_all_means_those_that_are_installed(
    campaign: Callable[..., FakeCampaign], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Capture
) -> None:
    fake = campaign(trial())
    asked: list[str | None] = []

    def resolve(python: str | None, env: str | None, folder: Path | None) -> Interpreter:
        asked.append(env)
        return replace(INTERPRETER, name=str(env))

    monkeypatch.setattr("harness.campaign.environments.resolve", resolve)
    monkeypatch.setattr("harness.campaign.environments.installed", lambda folder: ("old", "new"))
    main(["run", "--env", "all"])
    assert asked == ["old", "new"]
    assert [each.name for each in fake.plans[0].environments] == ["old", "new"]
    monkeypatch.setattr("harness.campaign.environments.installed", lambda folder: ())
    capsys.readouterr()
    assert "roundtrip envs --install" in refusal(capsys, ["run", "--env", "all"])


def test_two_interpreters_with_one_name_are_refused(campaign: Callable[..., FakeCampaign], capsys: Capture) -> None:
    campaign(trial())
    assert "two of the environments are tf2.21" in refusal(capsys, ["run", "--python", "a", "--python", "b"])


def test_ctrl_c_shows_what_was_measured_and_leaves_a_journal(
    campaign: Callable[..., FakeCampaign], tmp_path: Path, capsys: Capture
) -> None:
    campaign(trial(), fault=KeyboardInterrupt())
    path = tmp_path / "report.jsonl"
    assert main(["run", "--models", "1", "--out", str(path)]) == Exit.INTERRUPTED
    out, err = capsys.readouterr()
    assert "1 trial: 1 as-documented" in out
    assert "did not finish" in out
    assert err == "roundtrip: interrupted; go on with --resume\n"
    assert [each["record"] for each in read(path)] == ["header", "spec", "trial"]


def test_a_resumed_run_does_only_what_is_left(
    campaign: Callable[..., FakeCampaign], tmp_path: Path, capsys: Capture
) -> None:
    first, second = trial(), violation(saver="Model.save(.keras)")
    path = tmp_path / "report.jsonl"
    arguments = ["run", "--models", "1", "--out", str(path)]
    campaign(first, fault=KeyboardInterrupt())
    main(arguments)
    with path.open("ab") as file:
        file.write(b'{"record":"trial","sp')
    fake = campaign(first, second)
    assert main([*arguments, "--resume"]) == Exit.VIOLATIONS
    assert fake.skipped == [first]
    assert [each["record"] for each in read(path)] == ["header", "spec", "trial", "trial", "finding", "footer"]
    assert "2 trials: 1 as-documented, 1 violation" in capsys.readouterr().out


def test_resuming_a_finished_run_runs_nothing_and_says_what_it_found(
    campaign: Callable[..., FakeCampaign], tmp_path: Path
) -> None:
    path = tmp_path / "report.jsonl"
    arguments = ["run", "--models", "1", "--out", str(path)]
    campaign(violation())
    main(arguments)
    before = path.read_bytes()
    fake = campaign(violation())
    assert main([*arguments, "--resume"]) == Exit.VIOLATIONS
    assert not fake.plans
    assert path.read_bytes() == before


def test_resuming_what_was_never_begun_begins_it(campaign: Callable[..., FakeCampaign], tmp_path: Path) -> None:
    campaign(trial())
    path = tmp_path / "report.jsonl"
    assert main(["run", "--models", "1", "--out", str(path), "--resume"]) == Exit.OK
    assert [each["record"] for each in read(path)] == ["header", "spec", "trial", "footer"]


def test_a_model_of_the_corpus_that_the_seed_draws_again_is_tried_once(
    campaign: Callable[..., FakeCampaign], tmp_path: Path
) -> None:
    arguments = ["run", "--models", "2", "--corpus", str(tmp_path)]
    campaign(violation())
    assert main(arguments) == Exit.VIOLATIONS
    assert list(tmp_path.iterdir())
    fake = campaign(violation())
    main(arguments)
    assert fake.plans[0].specs == SPECS


def test_a_resumed_run_remembers_what_was_found_before_it_was_interrupted(
    campaign: Callable[..., FakeCampaign], tmp_path: Path, capsys: Capture
) -> None:
    arguments = ["run", "--models", "1", "--out", str(tmp_path / "report.jsonl"), "--corpus", str(tmp_path / "corpus")]
    campaign(violation(), fault=KeyboardInterrupt())
    main(arguments)
    campaign(violation())
    assert main([*arguments, "--resume"]) == Exit.VIOLATIONS
    assert len(list((tmp_path / "corpus").iterdir())) == 1
    # The corpus knows more by now than when the run began, and then less: it is the same run.
    assert main([*arguments, "--resume"]) == Exit.VIOLATIONS
    for path in (tmp_path / "corpus").iterdir():
        path.unlink()
    assert main([*arguments, "--resume"]) == Exit.VIOLATIONS


def test_another_run_is_not_resumed(campaign: Callable[..., FakeCampaign], tmp_path: Path, capsys: Capture) -> None:
    campaign(trial(), fault=KeyboardInterrupt())
    path = tmp_path / "report.jsonl"
    main(["run", "--models", "1", "--out", str(path)])
    before = path.read_bytes()
    capsys.readouterr()
    line = refusal(capsys, ["run", "--models", "1", "--seed", "5", "--out", path, "--resume"])
    assert line == f"cannot resume {path}: it was run with seed 0, now 5"
    assert path.read_bytes() == before


def test_a_fault_of_the_harness_does_not_look_like_a_violation(
    campaign: Callable[..., FakeCampaign], capsys: Capture
) -> None:
    campaign(trial(), fault=ZeroDivisionError("oops"))
    assert main(["run", "--models", "1"]) == Exit.UNUSABLE
    assert "ZeroDivisionError: oops" in capsys.readouterr().err


def test_a_model_is_replayed_from_a_journal(
    campaign: Callable[..., FakeCampaign], tmp_path: Path, capsys: Capture
) -> None:
    fake = campaign(violation())
    path = write(tmp_path / "report.jsonl", journal(violation()))
    assert main(["replay", SPEC.id, "--journal", str(path)]) == Exit.VIOLATIONS
    assert main(["replay", SPEC.id[:5], "--journal", str(path)]) == Exit.VIOLATIONS
    assert [plan.specs for plan in fake.plans] == [(SPEC,), (SPEC,)]
    assert "never exercised" not in capsys.readouterr().out


@pytest.mark.parametrize("content", [SPEC.to_json(), spec_record()])
def test_a_model_is_replayed_from_a_file(
    campaign: Callable[..., FakeCampaign], tmp_path: Path, content: dict[str, Any]
) -> None:
    fake = campaign(trial())
    path = tmp_path / "model.json"
    path.write_bytes(encode(content) if "record" in content else json.dumps(content).encode())
    assert main(["replay", str(path), "--saver", "Model.save(.h5)"]) == Exit.OK
    assert fake.plans[0].specs == (SPEC,)
    assert fake.plans[0].savers == ("Model.save(.h5)",)


def test_a_model_that_is_nowhere_is_one_line(
    campaign: Callable[..., FakeCampaign], tmp_path: Path, capsys: Capture
) -> None:
    campaign(trial())
    path = write(tmp_path / "report.jsonl", journal(trial()))
    assert "needs --journal" in refusal(capsys, ["replay", SPEC.id])
    assert "'fff' is too short" in refusal(capsys, ["replay", "fff", "--journal", path])
    assert "holds no model 'ffffffff'" in refusal(capsys, ["replay", "ffffffff", "--journal", path])
    assert "cannot read" in refusal(capsys, ["replay", SPEC.id, "--journal", tmp_path / "none.jsonl"])


def test_an_ambiguous_start_of_an_id_is_one_line(
    campaign: Callable[..., FakeCampaign], tmp_path: Path, capsys: Capture
) -> None:
    campaign(trial())
    records = [head(), *({**spec_record(), "id": f"abcd{number:08d}"} for number in range(2))]
    path = write(tmp_path / "report.jsonl", records)
    assert "start of several ids" in refusal(capsys, ["replay", "abcd", "--journal", path])


@pytest.mark.parametrize("content", ["not json", '{"format": 99}', "[]", '{"record": "spec"}'])
def test_a_file_that_holds_no_model_is_one_line(
    campaign: Callable[..., FakeCampaign], tmp_path: Path, capsys: Capture, content: str
) -> None:
    campaign(trial())
    path = tmp_path / "model.json"
    path.write_text(content)
    refusal(capsys, ["replay", path])


def test_a_report_judges_as_the_run_did(tmp_path: Path, capsys: Capture) -> None:
    path = write(tmp_path / "report.jsonl", journal(trial(), violation()))
    assert main(["report", str(path)]) == Exit.VIOLATIONS
    assert "2 trials: 1 as-documented, 1 violation" in capsys.readouterr().out


def test_several_journals_add_up(tmp_path: Path, capsys: Capture) -> None:
    first = write(tmp_path / "a.jsonl", journal(trial()))
    both = write(tmp_path / "b.jsonl", [*journal(trial()), *journal(trial(), finished=False)])
    assert main(["report", str(first), str(both)]) == Exit.OK
    out = capsys.readouterr().out
    assert "3 trials" in out
    assert "1 of 3 runs did not finish" in out


def test_a_report_of_nothing_is_not_green(tmp_path: Path) -> None:
    assert main(["report", str(write(tmp_path / "a.jsonl", journal()))]) == Exit.NOTHING


def test_stale_issues_fail_a_strict_report(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", [*journal(trial(), finished=False), foot(stale=["old"])])
    assert main(["report", str(path)]) == Exit.OK
    assert main(["report", str(path), "--strict"]) == Exit.VIOLATIONS


def test_a_report_reads_standard_input(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", journal(trial()))
    command = [sys.executable, "-m", "harness", "report", "-"]
    with path.open("rb") as file:
        done = subprocess.run(command, stdin=file, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


COMMANDS = [["report", "JOURNAL"], ["contract", "list"], ["report", "--schema"]]


def run_command(arguments: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "harness", *arguments]
    return subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False, **options)


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_a_full_standard_output_is_one_line(tmp_path: Path, arguments: list[str]) -> None:
    path = write(tmp_path / "a.jsonl", journal(trial()))
    with open("/dev/full", "wb") as full:  # noqa: PTH123 - a device
        done = run_command([str(path) if each == "JOURNAL" else each for each in arguments], stdout=full)
    assert done.returncode == Exit.UNUSABLE
    assert done.stderr == "roundtrip: cannot write to standard output: No space left on device\n"


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_a_reader_that_has_seen_enough_changes_nothing(tmp_path: Path, arguments: list[str]) -> None:
    path = write(tmp_path / "a.jsonl", journal(trial()))
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = run_command([str(path) if each == "JOURNAL" else each for each in arguments], stdout=writer)
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (Exit.OK, "")


def test_a_full_disk_elsewhere_is_one_line(campaign: Callable[..., FakeCampaign], capsys: Capture) -> None:
    campaign(trial(), fault=OSError(errno.ENOSPC, "No space left on device", "/tmp/x.npz"))
    assert main(["run", "--models", "1"]) == Exit.UNUSABLE
    out, err = capsys.readouterr()
    assert "1 trial: 1 as-documented" in out
    assert err == "roundtrip: No space left on device: /tmp/x.npz; free some space\n"


def test_a_report_is_written_as_markdown(tmp_path: Path, capsys: Capture) -> None:
    path = write(tmp_path / "a.jsonl", journal(trial()))
    target = tmp_path / "report.md"
    assert main(["report", str(path), "--markdown", str(target)]) == Exit.OK
    assert target.read_text(encoding="utf-8").startswith("# Save/load conformance\n")
    capsys.readouterr()
    main(["report", str(path), "--markdown", "-"])
    assert capsys.readouterr().out == target.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("option", "start"), [("--html", b"<!doctype html>"), ("--junit", b"<?xml"), ("--badge", b"<svg")]
)
def test_a_report_is_written_in_other_forms(tmp_path: Path, capsys: Capture, option: str, start: bytes) -> None:
    path = write(tmp_path / "a.jsonl", journal(trial()))
    assert main(["report", str(path), option, str(tmp_path / "out")]) == Exit.OK
    assert (tmp_path / "out").read_bytes().lstrip().startswith(start)
    assert "1 trial: 1 as-documented" in capsys.readouterr().out
    assert refusal(capsys, ["report", path, option, tmp_path / "none" / "out"]).endswith("No such file or directory")


def test_a_compressed_journal_is_reported(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(write(tmp_path / "a.jsonl", journal(trial())).read_bytes()))
    assert main(["report", str(path)]) == Exit.OK
    assert "1 trial: 1 as-documented" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "name at least one journal"),
        (["none.jsonl"], "cannot read none.jsonl: No such file or directory"),
        ([__file__], "not a journal"),
        (["/dev/null"], "/dev/null is empty: no run was written to it"),
    ],
)
def test_what_cannot_be_reported_is_one_line(capsys: Capture, arguments: list[str], message: str) -> None:
    assert message in refusal(capsys, ["report", *arguments])


def test_the_schema_is_printed(capsys: Capture) -> None:
    assert main(["report", "--schema"]) == Exit.OK
    assert json.loads(capsys.readouterr().out)["$id"] == "urn:keras-roundtrip:journal:1"


def test_the_contract_is_listed_and_explained(capsys: Capture) -> None:
    assert main(["contract", "list"]) == Exit.OK
    assert main(["contract", "explain", "Model.save(.h5) -> load_model"]) == Exit.OK
    assert "source" in capsys.readouterr().out


def test_a_route_of_a_report_is_explained(capsys: Capture) -> None:
    assert main(["contract", "explain", "Model.save(.h5) → load_model"]) == Exit.OK
    assert "source" in capsys.readouterr().out


def test_an_unknown_route_is_one_line(capsys: Capture) -> None:
    assert "load_model" in refusal(capsys, ["contract", "explain", "load_modle"])
    assert "there are 'Model" in refusal(capsys, ["contract", "explain", "nonsense"])
    assert "there are 'Model" in refusal(capsys, ["contract", "explain", "Model.save(.h5) -> nonsense"])


@pytest.mark.parametrize("fault", [ModuleNotFoundError("No module named 'acme'"), ValueError("'a' is declared twice")])
def test_a_broken_format_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: Capture, fault: Exception) -> None:
    def routes() -> None:
        raise fault

    monkeypatch.setattr("harness.campaign.routes.routes", routes)
    assert refusal(capsys, ["contract", "list"]).endswith(f"harness.formats cannot be used: {fault}")


def test_no_command_of_the_contract_is_one_line(capsys: Capture) -> None:
    assert refusal(capsys, ["contract"]) == "no command given, see roundtrip contract --help"


def test_the_environments_of_tox_are_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ROUNDTRIP_ENVS", raising=False)
    (tmp_path / "tox.ini").write_text("[testenv:lint]\n[testenv:tf2.21]\nbase = under_test\ndescription = TF\n")
    assert main(["envs"]) == Exit.OK
    assert capsys.readouterr().out == "tf2.21           not installed  TF\n"


def test_an_environment_that_cannot_be_installed_is_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ROUNDTRIP_ENVS", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "tox.ini").write_text("[testenv:tf2.21]\nbase = under_test\n")
    assert main(["envs", "--install", "tf2.21"]) == Exit.UNUSABLE
    assert "pip install uv" in capsys.readouterr().out


def test_an_unknown_environment_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tox.ini").write_text("[testenv:tf2.21]\nbase = under_test\n")
    assert "did you mean 'tf2.21'" in refusal(capsys, ["envs", "tf2.12"])


def test_no_tox_ini_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.chdir(tmp_path)
    assert "no tox.ini with environments here" in refusal(capsys, ["envs"])


def test_the_version_is_printed(capsys: Capture) -> None:
    assert main(["--version"]) == Exit.OK
    assert __version__ in capsys.readouterr().out


def test_help_starts_at_once_and_without_what_is_heavy() -> None:
    heavy = "{'numpy', 'hypothesis', 'h5py', 'jsonschema', 'jinja2', 'rich', 'tensorflow'}"
    code = (
        f"import sys; from harness.cli import main; main(['run', '--help']); sys.exit(str({heavy} & {{*sys.modules}}))"
    )
    begun = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "--resume" in done.stdout
    assert done.stderr.strip() == "set()"
    assert time.perf_counter() - begun < 2

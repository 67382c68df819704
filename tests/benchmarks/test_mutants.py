from __future__ import annotations

import ast
import json
from typing import TYPE_CHECKING

import click
import pytest
from click.testing import CliRunner

from benchmarks.mutants.__main__ import _old, judged, main
from benchmarks.mutants.gaps import Drawn, Gaps, drawn, gaps
from benchmarks.mutants.operators import mutations
from benchmarks.mutants.plant import overlay
from benchmarks.mutants.sample import descendants, sample

if TYPE_CHECKING:
    from pathlib import Path

LAYER = '''
class Dense(Layer):
    def __init__(self, units):
        self.units = {"not": "config"}

    def get_config(self):
        """Of a layer: ä."""
        config = {
            "units": self.units,
            "use_bias": self.bias,
        }
        return {**super().get_config(), **config}

    @classmethod
    def from_config(cls, config):
        if "units" not in config:
            raise ValueError(f"{[key for key in config]}")
        config.pop("name", None)
        return cls(**config)

    def save_own_variables(self, store):
        for index, variable in enumerate(self.variables):
            store[str(index)] = variable.numpy()

    def call(self, inputs):
        for layer in self.layers:
            inputs = layer(inputs)
        return inputs


class Wide(Dense):
    pass
'''


def made(operator: str, source: str = LAYER) -> list[str]:
    """Lines that the faults of an operator leave in the place of others."""
    found = []
    for each in mutations(source, everywhere=False):
        if each.operator == operator:
            ast.parse(each.applied(source))
            before, after = source.splitlines(), each.applied(source).splitlines()
            found.append("; ".join(line.strip() for line in after if line not in before))
    return found


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        ("drop-key", ["", ""]),
        ("swap-values", ['"units": self.bias,; "use_bias": self.units,']),
        ("change-default", ['config.pop("name", 0)']),
        ("reverse", ["for index, variable in enumerate(list(self.variables)[::-1]):"]),
        ("skip-first", ["for index, variable in list(enumerate(self.variables))[1:]:"]),
        ("truncate", ["for index, variable in list(enumerate(self.variables))[:-1]:"]),
        ("wrong-dtype", ['store[str(index)] = variable.numpy().astype("float16")']),
    ],
)
def test_an_operator_makes_one_fault_at_a_time(operator: str, expected: list[str]) -> None:
    assert made(operator) == expected


def test_statements_that_do_something_are_forgotten() -> None:
    assert made("drop-statement") == ["pass", "pass"]


def test_what_guards_an_error_and_what_an_error_says_is_left_alone() -> None:
    assert made("negate") == []


def test_only_functions_that_save_or_load_are_mutated_unless_all_are() -> None:
    assert {each.function for each in mutations(LAYER, everywhere=False)} == {
        "Dense.get_config",
        "Dense.from_config",
        "Dense.save_own_variables",
    }
    assert "Dense.call" in {each.function for each in mutations(LAYER, everywhere=True)}


@pytest.fixture
def keras(tmp_path: Path) -> Path:
    """A Keras of one layer."""
    folder = tmp_path / "keras" / "src" / "layers"
    folder.mkdir(parents=True)
    (folder / "dense.py").write_text(LAYER, encoding="utf-8")
    (folder / "dense_test.py").write_text(LAYER, encoding="utf-8")
    return tmp_path / "keras"


def test_a_sample_is_the_same_for_the_same_seed(keras: Path) -> None:
    first, again, other = (sample(keras, 5, seed) for seed in (0, 0, 1))
    assert first == again != other
    assert {mutant.file for mutant in first} == {"src/layers/dense.py"}
    assert len({mutant.operator for mutant in first}) == 5


def test_a_fault_is_planted_in_the_copy_and_taken_out_again(keras: Path, tmp_path: Path) -> None:
    mutant = next(each for each in sample(keras, 20, 0) if each.operator == "swap-values")
    copy = overlay(keras, tmp_path / "overlay")
    path = copy.keras / mutant.file
    with copy.planted(mutant):
        assert '"units": self.bias' in path.read_text(encoding="utf-8")
    assert path.read_text(encoding="utf-8") == LAYER == (keras / mutant.file).read_text(encoding="utf-8")
    assert '+            "units": self.bias,' in mutant.diff


def test_a_fault_of_a_class_is_one_of_those_that_inherit_from_it(keras: Path) -> None:
    assert descendants(keras)["Dense"] == {"Dense", "Wide"}


def test_what_no_model_sets_is_a_gap(keras: Path) -> None:
    known = gaps(keras, Drawn(frozenset({"Wide"}), frozenset({"Wide.units"})))
    assert known[0] == Gaps("layers", never_drawn=(), never_set=("Dense.use_bias",))
    assert gaps(keras, Drawn(frozenset(), frozenset()))[0] == Gaps("layers", never_drawn=("Dense",), never_set=())


def test_models_have_names_and_set_arguments() -> None:
    have = drawn(20, 0)
    assert "Dense" in have.names
    assert any(name.startswith("Dense.") for name in have.arguments)


@pytest.mark.parametrize("python", ["/nowhere/python", "false"])
def test_an_environment_without_keras_is_named(python: str) -> None:
    ran = CliRunner().invoke(main, ["list", "--python", python])
    assert ran.exit_code == 1
    assert f"no Keras at {python}" in ran.output


def test_a_folder_that_is_no_corpus_is_named_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(click.ClickException, match="no corpus in"):
        _old(tmp_path, tmp_path / "old")


def test_a_table_counts_by_area_and_shows_what_survived(tmp_path: Path) -> None:
    common = {"id": "a", "operator": "reverse", "file": "f.py", "line": 3, "function": "g", "diff": "-x\n+y"}
    found = [
        {**common, "area": area, "outcome": outcome}
        for area, outcome in (
            ("layers", "killed"),
            ("layers", "survived"),
            ("saving", "survived"),
            ("saving", "broken"),
        )
    ]
    # The last was tried twice.
    for number, each in zip((0, 1, 2, 2), found, strict=True):
        each["id"] = f"a{number}"
    path = tmp_path / "out.jsonl"
    path.write_text("".join(json.dumps(each) + "\n" for each in found), encoding="utf-8")
    printed = CliRunner().invoke(main, ["table", str(path)]).output
    assert "| layers | 2 | 1 | 0 | 0 | 1 | 50% |" in printed
    assert "| saving | 1 | 0 | 1 | 0 | 0 | - |" in printed
    assert "| all | 3 | 1 | 1 | 0 | 1 | 50% |" in printed
    assert "### a1 reverse f.py:3 g\n\n```diff\n-x\n+y\n```" in printed


def test_what_does_the_same_is_neither_found_nor_missed() -> None:
    found = [{"id": "a", "outcome": "survived"}, {"id": "b", "outcome": "survived"}, {"id": "c", "outcome": "killed"}]
    outcomes = [each["outcome"] for each in judged(found, {"b": "only the order of attributes"})]
    assert outcomes == ["survived", "equivalent", "killed"]


def test_what_was_found_cannot_do_the_same() -> None:
    with pytest.raises(click.ClickException, match="no survivors: c"):
        judged([{"id": "c", "outcome": "killed"}], {"c": "dead code"})

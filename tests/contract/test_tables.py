from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.contract.tables import ContractError, InvalidEntryError, choices, read_entries, sources, texts

if TYPE_CHECKING:
    from pathlib import Path


def written(folder: Path, text: str) -> Path:
    path = folder / "rules" / "some.toml"
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    return path


def test_entries_know_the_line_of_their_header(tmp_path: Path) -> None:
    path = written(tmp_path, '# first\n\n[[rule]]\nid = "a"\n\n\n  [[ rule ]]  # second\nid = "b"\n')
    assert [(entry.id, entry.line) for entry in read_entries(path, "rule")] == [("a", 3), ("b", 7)]


def test_an_error_names_the_file_the_line_and_the_entry(tmp_path: Path) -> None:
    (entry,) = read_entries(written(tmp_path, '\n[[rule]]\nid = "a"\n'), "rule")
    assert str(entry.error("wrong")) == 'rules/some.toml:2: rule "a": wrong'


def test_an_entry_without_a_usable_id_is_named_by_its_line(tmp_path: Path) -> None:
    (entry,) = read_entries(written(tmp_path, "[[rule]]\nid = 3\n"), "rule")
    assert str(entry.error("wrong")) == "rules/some.toml:1: rule: wrong"


def test_a_comment_is_no_header(tmp_path: Path) -> None:
    assert read_entries(written(tmp_path, "# [[rule]]\n"), "rule") == ()


def test_text_that_is_not_toml_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match=r"^rules/some.toml: .*line 2"):
        read_entries(written(tmp_path, "[[rule]]\nid = \n"), "rule")


def test_another_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match=r'unknown table "rules"; did you mean "rule"\?'):
        read_entries(written(tmp_path, "[[rules]]\n"), "rule")


def test_entries_without_headers_of_their_own_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match=r"every rule needs a line \[\[rule\]\] of its own"):
        read_entries(written(tmp_path, 'rule = [{ id = "a" }]\n'), "rule")


def test_a_header_inside_of_a_text_is_refused_rather_than_counted(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="of its own"):
        read_entries(written(tmp_path, "[[rule]]\nnote = '''\n[[rule]]\n'''\n"), "rule")


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match=r"none\.toml"):
        read_entries(tmp_path / "none.toml", "rule")


def test_one_text_is_a_list_of_one() -> None:
    assert texts({"saver": "one"}, "saver") == ("one",)


def test_a_list_of_other_things_is_refused() -> None:
    with pytest.raises(InvalidEntryError, match="saver must be a list of strings"):
        texts({"saver": [1]}, "saver")


@pytest.mark.parametrize("data", [{}, {"source": []}, {"source": [" "]}])
def test_an_entry_without_a_source_is_refused(data: dict[str, object]) -> None:
    with pytest.raises(InvalidEntryError, match="missing source"):
        sources(data)


def test_an_unknown_choice_is_refused_with_the_closest_known_one() -> None:
    with pytest.raises(InvalidEntryError, match=r'unknown facet "weigths"; did you mean "weights"\?'):
        choices(["weigths"], ["weights", "compile"], "facet")


def test_an_unknown_choice_far_from_all_is_refused_without_a_guess() -> None:
    with pytest.raises(InvalidEntryError, match=r'unknown facet "xyz"$'):
        choices(["xyz"], ["weights"], "facet")

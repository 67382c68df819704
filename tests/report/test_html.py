from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from harness.report import html, wording
from harness.report.html import anchor, render, route_anchor
from tests.report.sample import KNOWN, LOST, added_up, campaign, foot, journal, own, spec_record, trial, violation

if TYPE_CHECKING:
    from harness.report.summary import Summary

PLANTED = "</script><script>alert(1)</script><img src=x onerror=alert(2)>&\"'ü\u2028{{ 7 * 7 }}"


class Page(HTMLParser):
    """Collects what a page holds."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def ids(self) -> list[str]:
        return [str(attributes["id"]) for _, attributes in self.tags if "id" in attributes]


def planted() -> Summary:
    """A journal in which everything that can be is an attack."""
    problem = replace(LOST, difference=PLANTED, detail=PLANTED)
    known = replace(KNOWN, known=PLANTED, difference=PLANTED)
    records = campaign(
        *own(PLANTED, violation(saver=PLANTED, loader=PLANTED, problems=(problem, known))),
        replace(violation(problems=(problem,)), writer=PLANTED, reader="old"),
        *own("old", trial(verdict="harness-error", note=PLANTED)),
        names=(PLANTED, "old"),
    )
    records[1] = spec_record(description=PLANTED)
    return added_up(*records, foot(stale=[PLANTED], unexercised=[PLANTED]))


SUMMARY = added_up(
    *campaign(
        *own("old", trial(), trial(verdict="known", problems=(KNOWN,))),
        *own("worst", violation(), trial(kind="functional")),
        replace(trial(), writer="old", reader="worst"),
        names=("old", "worst"),
    )
)


def test_what_a_journal_holds_is_never_markup() -> None:
    page = Page(render(planted(), journal=PLANTED))
    assert [attributes for attributes in page.of("script") if "id" not in attributes] == [{}]
    assert not page.of("img")
    assert not [attributes for _, attributes in page.tags if any(name.startswith("on") for name in attributes)]
    # It is shown as it is, and nothing of it is computed.
    assert any("{{ 7 * 7 }}" in text and "<img src=x" in text for text in page.texts)


def test_the_data_is_what_was_planted() -> None:
    text = render(planted())
    (found,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', text, flags=re.DOTALL)
    assert PLANTED in json.loads(found)["names"]


def test_the_page_asks_for_nothing_else() -> None:
    page = Page(render(SUMMARY))
    links = [value for _, each in page.tags for name, value in each.items() if name in {"src", "href", "action"}]
    assert links
    assert all(str(link).startswith(("#", "data:")) for link in links)
    assert "@import" not in "".join(page.texts)
    assert "url(" not in "".join(page.texts)


def test_no_other_script_may_run() -> None:
    text = render(SUMMARY)
    (script,) = re.findall(r"<script>(.*?)</script>", text, flags=re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', text)
    assert f"script-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none';")


@pytest.mark.parametrize("summary", [SUMMARY, planted(), added_up(*journal(trial(), violation())), added_up()])
def test_each_id_is_there_once_and_each_link_leads_somewhere(summary: Summary) -> None:
    page = Page(render(summary))
    assert sorted(page.ids) == sorted(set(page.ids))
    routes = {route_anchor(route) for table in summary.tables.values() for route in table.verdicts}
    targets = {str(each["href"]).removeprefix("#") for each in page.of("a")}
    assert targets <= {*page.ids, *routes}


def test_environments_are_worst_first_with_what_came_of_them() -> None:
    rows = re.findall(r'<tr id="environment-[^"]*">(.*?)</tr>', render(SUMMARY), flags=re.DOTALL)
    cells = [re.findall(r">([^<>\n]+)</t[hd]>", row) for row in rows]
    assert cells == [
        ["worst", "2.21.0 / 3.15.1", "1", "0", "1", "2"],
        ["old", "2.21.0 / 3.15.1", "0", "1", "1", "2"],
    ]


def test_tables_have_captions_and_heads_with_a_scope() -> None:
    page = Page(render(SUMMARY))
    # The last table is the one that the script fills.
    assert len(page.of("caption")) == len(page.of("table")) - 1
    assert all(each.get("scope") in {"row", "col"} for each in page.of("th"))


def test_a_colour_is_never_the_only_sign() -> None:
    cells = re.findall(r'<td class="(violation|known|as-documented)" title="([^"]+)">([^<]+)', render(SUMMARY))
    assert cells
    assert {(verdict, text[0]) for verdict, _, text in cells} == {
        ("violation", "✗"),
        ("known", "k"),
        ("as-documented", "✓"),
    }


def test_everything_across_versions_is_there_only_if_there_was_any() -> None:
    assert 'id="cross"' in render(SUMMARY)
    assert 'id="cross"' not in render(added_up(*journal(trial())))


def test_a_known_issue_has_its_title_its_window_and_where_it_was_met() -> None:
    known = replace(KNOWN, known="h5-string-loss")
    page = render(added_up(*campaign(*own("old", trial(verdict="known", problems=(known,))))))
    assert "compile(loss=" in page
    assert re.search(r"<code>h5-string-loss</code>: known in (Keras|all versions)", page)
    assert "1 trial, 1 route; old (1)" in page


def test_an_anchor_is_readable_and_its_own() -> None:
    assert re.fullmatch(r"model-save-h5-load-model-[0-9a-f]{6}", anchor("Model.save(.h5) -> load_model"))
    assert anchor("a.b") != anchor("a b")
    assert anchor("a.b") == anchor("a.b")


def test_the_routes_of_one_problem_are_not_all_written_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html, "MOST_ROUTES", 2)
    page = render(added_up(*campaign(*own("old", *(violation(loader=f"loader {number}") for number in range(5))))))
    assert "and 3 more: choose them" in page
    (numbers,) = re.findall(r'data-routes="([^"]*)"', page)
    assert len(numbers.split()) == 5


def test_the_page_does_not_grow_with_the_number_of_trials() -> None:
    few = render(added_up(*campaign(*own("old", violation()))))
    many = render(added_up(*campaign(*own("old", *[violation()] * 500))))
    assert len(many) < len(few) + 100


def test_an_environment_that_could_not_be_run_is_said_at_the_top() -> None:
    first, *others = campaign(*own("old", trial()))
    page = render(added_up({**first, "unusable": {"gone": PLANTED}}, *others))
    assert "environment gone was not run: &lt;/script&gt;" in page[: page.index("<main")]


def test_a_violation_says_what_causes_it_and_what_shows_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wording, "culprit", lambda group: "culprit: Dense.<units>")
    monkeypatch.setattr(wording, "further", lambda group, most: "with it: weights")
    known = trial(verdict="known", problems=(KNOWN,))
    page = render(added_up(*campaign(*own("old", violation(), known))))
    assert page.count("<p>culprit: Dense.&lt;units&gt;</p>") == 1
    assert page.count("<p>with it: weights</p>") == 1


def test_a_violation_is_found_by_each_of_its_facets() -> None:
    both = violation(problems=(LOST, replace(LOST, facet="weights", fingerprint="cafe")))
    page = render(added_up(*campaign(*own("old", *[both] * 3))))
    facets = {facet for found in re.findall(r'data-facets="([^"]*)"', page) for facet in found.split()}
    assert facets == {"compile", "weights"}


def test_a_problem_that_is_part_of_two_findings_has_two_anchors(monkeypatch: pytest.MonkeyPatch) -> None:
    summary = added_up(*campaign(*own("old", violation())))
    twice = [summary.groups[0], summary.groups[0]]
    monkeypatch.setattr(type(summary), "groups", twice)
    page = Page(render(summary))
    assert [name for name in page.ids if name.startswith("finding-")] == ["finding-f00d", "finding-f00d-2"]

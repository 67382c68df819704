from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("selenium", reason="selenium comes with the extra 'test'")

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait

from harness.report.html import anchor, render, route_anchor
from harness.trial.records import Facet
from tests.report.browser import browser
from tests.report.sample import KNOWN, LOST, added_up, campaign, own, trial, violation
from tests.report.test_html import planted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.browser

OTHER = replace(LOST, facet="weights", difference="kernel diverged", fingerprint="cafe")
FOR_SCREEN_READERS = {"nothing tried", "never looked at"}
ROUTE = ("Model.save(.h5)", "load_model")
SUMMARY = added_up(
    *campaign(
        *own("old", trial(), trial(loader="", facets={"purity": Facet("survives", "survived")})),
        *own("old", trial(verdict="known", problems=(KNOWN,))),
        *own("worst", violation(), violation(kind="functional", saver="Model.save(.keras)", problems=(OTHER,))),
        *own("worst", violation(), trial(saver="copy.deepcopy")),
        replace(trial(), writer="old", reader="new"),
        replace(trial(), writer="worst", reader="new"),
    )
)


@pytest.fixture(scope="module")
def driver() -> Iterator[Any]:
    with browser() as opened:
        yield opened


@pytest.fixture
def page(driver: Any, tmp_path: Path) -> Any:
    """The driver, with the report opened from disk."""
    path = tmp_path / "report.html"
    path.write_text(render(SUMMARY, journal="run.jsonl"), encoding="utf-8")
    return opened(driver, path)


def opened(driver: Any, path: Path, fragment: str = "") -> Any:
    for log in ("browser", "performance"):
        driver.get_log(log)
    driver.set_window_size(1600, 1000)
    driver.get(f"{path.as_uri()}{fragment}")
    return driver


def choose(driver: Any, name: str, value: str) -> None:
    Select(driver.find_element(By.ID, f"filter-{name}")).select_by_visible_text(value)


def matches(driver: Any) -> str:
    return str(driver.find_element(By.ID, "matches").text)


def rows(driver: Any) -> list[list[str]]:
    """The table of routes as people see it."""
    found = driver.find_elements(By.CSS_SELECTOR, "#explorer tbody tr")
    cells = [[cell.text for cell in row.find_elements(By.CSS_SELECTOR, "th, td")] for row in found]
    return [["" if text in FOR_SCREEN_READERS else text for text in row] for row in cells]


def shown(driver: Any, selector: str) -> list[str]:
    return [each.get_attribute("id") for each in driver.find_elements(By.CSS_SELECTOR, selector) if each.is_displayed()]


def test_it_opens_from_disk_without_an_error_or_a_request(page: Any) -> None:
    assert matches(page) == "2 of 2 violations, 1 of 1 known issues, 4 of 4 routes"
    assert page.get_log("browser") == []
    messages = [json.loads(each["message"])["message"] for each in page.get_log("performance")]
    asked = [each["params"]["request"]["url"] for each in messages if each["method"] == "Network.requestWillBeSent"]
    assert {url.partition(":")[0] for url in asked} <= {"file", "data"}
    assert len([url for url in asked if url.startswith("file:")]) == 1


def test_nothing_that_was_planted_runs(driver: Any, tmp_path: Path) -> None:
    path = tmp_path / "planted.html"
    path.write_text(render(planted()), encoding="utf-8")
    opened(driver, path)
    assert driver.get_log("browser") == []
    assert driver.find_elements(By.TAG_NAME, "img") == []
    assert any("<img src=x" in row[0] for row in rows(driver))


def test_routes_are_by_environment_worst_first(page: Any) -> None:
    heads = [each.text for each in page.find_elements(By.CSS_SELECTOR, "#explorer thead th")]
    assert heads == ["route", "worst", "old"]
    assert rows(page) == [
        ["copy.deepcopy → load_model", "✓1", ""],
        ["Model.save(.h5)", "", "✓1"],
        ["→ load_model", "✗2", "k1 ✓1"],
        ["Model.save(.keras) → load_model", "✗1", ""],
    ]


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("kind", "functional", "1 of 2 violations, 0 of 1 known issues, 1 of 4 routes"),
        ("facet", "weights", "1 of 2 violations, 0 of 1 known issues, 3 of 4 routes"),
        ("environment", "old", "0 of 2 violations, 1 of 1 known issues, 2 of 4 routes"),
        ("verdict", "known", "0 of 2 violations, 1 of 1 known issues, 1 of 4 routes"),
        ("saver", "Model.save(.keras)", "1 of 2 violations, 0 of 1 known issues, 1 of 4 routes"),
    ],
)
def test_a_filter_leaves_what_it_names(page: Any, name: str, value: str, expected: str) -> None:
    choose(page, "name" if name == "environment" else name, value)
    assert matches(page) == expected
    visible = len(shown(page, ".item"))
    assert visible == sum(int(part.split()[0]) for part in expected.split(", ")[:2])
    page.find_element(By.CSS_SELECTOR, "#filters [type=reset]").click()
    WebDriverWait(page, 5).until(lambda driver: matches(driver).startswith("2 of 2"))


def test_a_facet_shows_what_became_of_it(page: Any) -> None:
    choose(page, "facet", "compile")
    assert [row[1:] for row in rows(page)] == [["○", ""], ["✗", "k"], ["○", ""]]


def test_the_search_finds_differences_and_routes(page: Any) -> None:
    page.find_element(By.ID, "filter-text").send_keys("DIVERGED")
    assert shown(page, ".item") == ["finding-cafe"]
    page.find_element(By.ID, "filter-text").clear()
    page.find_element(By.ID, "filter-text").send_keys("deepcopy")
    assert [row[0] for row in rows(page)] == ["copy.deepcopy → load_model"]


def test_files_of_another_environment_have_columns_of_their_own(page: Any) -> None:
    choose(page, "pairs", "of another environment")
    assert [each.text for each in page.find_elements(By.CSS_SELECTOR, "#explorer thead th")] == ["route", "read by new"]
    assert rows(page) == [["Model.save(.h5) → load_model", "✓2"]]
    choose(page, "name", "old")
    assert [each.text for each in page.find_elements(By.CSS_SELECTOR, "#explorer thead th")] == ["route", "old → new"]


@pytest.mark.parametrize("fragment", ["finding-cafe", f"issue-{anchor('h5-loses-metrics')}"])
def test_a_permalink_opens_its_finding(driver: Any, tmp_path: Path, fragment: str) -> None:
    path = tmp_path / "report.html"
    path.write_text(render(SUMMARY), encoding="utf-8")
    opened(driver, path, f"#{fragment}")
    assert driver.find_element(By.CSS_SELECTOR, f"#{fragment} details").get_attribute("open")
    assert shown(driver, ".item:target") == [fragment]


def test_a_permalink_shows_what_a_filter_hides(page: Any) -> None:
    choose(page, "kind", "functional")
    assert shown(page, "#finding-f00d") == []
    page.execute_script("location.hash = 'finding-f00d'")
    WebDriverWait(page, 5).until(lambda driver: shown(driver, "#finding-f00d"))
    assert matches(page).startswith("2 of 2")


def test_a_permalink_opens_its_route(driver: Any, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(render(SUMMARY), encoding="utf-8")
    opened(driver, path, f"#{route_anchor(ROUTE)}")
    detail = driver.find_element(By.ID, "detail")
    assert detail.find_element(By.TAG_NAME, "h3").text == "Model.save(.h5) → load_model"
    names = [row.text for row in detail.find_elements(By.CSS_SELECTOR, "tbody th")]
    assert names == ["worst", "old", "worst → new", "old → new"]
    links = [each.get_attribute("href").partition("#")[2] for each in detail.find_elements(By.CSS_SELECTOR, "ul a")]
    assert links == ["finding-f00d", f"issue-{anchor('h5-loses-metrics')}"]


def test_everything_is_reached_with_the_keyboard(page: Any) -> None:
    page.execute_script("document.querySelector('#explorer tbody a').focus()")
    page.switch_to.active_element.send_keys(Keys.ENTER)
    WebDriverWait(page, 5).until(lambda driver: driver.switch_to.active_element.get_attribute("id") == "detail")
    unreachable = page.execute_script(
        "return [...document.querySelectorAll('a, input, select, button, summary, .scroll')]"
        ".filter(each => each.tabIndex < 0).length"
    )
    assert unreachable == 0


@pytest.mark.parametrize("width", [400, 1600])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_and_can_be_read(page: Any, width: int, scheme: str) -> None:
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    page.execute_cdp_cmd(
        "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    )
    try:
        assert page.execute_script("return document.documentElement.scrollWidth") <= width
        assert min(page.execute_script(CONTRASTS)) >= 4.5
    finally:
        page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


CONTRASTS = """
const luminance = (colour) => {
  const parts = colour.match(/[\\d.]+/g).slice(0, 3).map(Number).map((value) => value / 255)
    .map((value) => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
};
const ground = (element) => {
  for (let each = element; each; each = each.parentElement) {
    const colour = getComputedStyle(each).backgroundColor;
    if (!colour.endsWith(", 0)")) return colour;
  }
  return "rgb(255, 255, 255)";
};
return [...document.querySelectorAll("h1, h2, h3, p, th, td, caption, label, a, summary, output, .sign")]
  .filter((each) => each.textContent.trim() && each.checkVisibility())
  .map((each) => [luminance(getComputedStyle(each).color), luminance(ground(each))].sort((a, b) => b - a))
  .map(([light, dark]) => (light + 0.05) / (dark + 0.05));
"""

"""The summary as JUnit XML: one test case for each route, kind and environment."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from harness.report import wording
from harness.report.rows import PLAIN
from harness.report.summary import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.report.summary import Found, Summary, Table

NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no place for, escaped or not."""

LONGEST_MESSAGE = 300
MOST_PROBLEMS = 20

Problems = dict[Place, list["Found"]]


def render(summary: Summary) -> bytes:
    """XML with a suite for each writer and reader; a known issue is no failure."""
    root = ET.Element("testsuites", name="roundtrip")
    problems = _by_place(summary)
    for (writer, reader), table in summary.tables.items():
        name = writer if writer == reader else f"{writer} -> {reader}"
        root.append(_suite(name, list(_cases(name, (writer, reader), table, problems))))
    for name, why in summary.unusable.items():
        case = ET.Element("testcase", classname=_clean(name), name="start", time="0")
        ET.SubElement(case, "error", type="unusable", message=_clean(why))
        root.append(_suite(name, [case]))
    ET.indent(root, space=" ")
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _by_place(summary: Summary) -> Problems:
    placed: Problems = {}
    for found in summary.violations:
        for place in found.places:
            placed.setdefault(place, []).append(found)
    return placed


def _suite(name: str, cases: list[ET.Element]) -> ET.Element:
    outcomes = Counter(child.tag for case in cases for child in case)
    suite = ET.Element(
        "testsuite",
        name=_clean(name),
        tests=str(len(cases)),
        failures=str(outcomes["failure"]),
        errors=str(outcomes["error"]),
        skipped=str(outcomes["skipped"]),
        time=f"{sum(float(case.attrib['time']) for case in cases):.3f}",
    )
    suite.extend(cases)
    return suite


def _cases(name: str, pair: tuple[str, str], table: Table, problems: Problems) -> Iterator[ET.Element]:
    for route, by_kind in table.verdicts.items():
        for kind, verdicts in by_kind.items():
            case = ET.Element(
                "testcase",
                classname=_clean(name),
                name=_clean(f"{wording.route(route, PLAIN)} [{kind}]"),
                time=f"{table.seconds[route][kind]:.3f}",
            )
            _judge(case, verdicts, problems.get(Place(*pair, *route, kind), []))
            yield case


def _judge(case: ET.Element, verdicts: Counter[str], problems: list[Found]) -> None:
    said = ", ".join(f"{count} {verdict}" for verdict, count in sorted(verdicts.items()))
    if verdicts["violation"]:
        worst = problems[0].severity if problems else "violation"
        failure = ET.SubElement(case, "failure", type=worst, message=_clean(_message(problems, said)))
        failure.text = _clean("\n".join(_lines(problems)))
    elif verdicts["harness-error"]:
        ET.SubElement(case, "error", type="harness-error", message=_clean(said))
    elif set(verdicts) == {"not-applicable"}:
        ET.SubElement(case, "skipped", message="this version or this model does not have it")


def _message(problems: list[Found], said: str) -> str:
    first = f"; {problems[0].facet}: {problems[0].difference}" if problems else ""
    return wording.cut(f"{said}{first}", LONGEST_MESSAGE)


def _lines(problems: list[Found]) -> Iterator[str]:
    for found in problems[:MOST_PROBLEMS]:
        yield f"{found.severity}, {found.facet}: {found.difference} (fingerprint {found.fingerprint}, spec {found.spec})"
    if len(problems) > MOST_PROBLEMS:
        yield f"and {len(problems) - MOST_PROBLEMS} more"


def _clean(text: str) -> str:
    return NO_XML.sub("�", text)

"""Sentences that the terminal and Markdown share."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any, NamedTuple

from harness.trial.records import FACETS, VERDICTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from harness.contract.predicate import Predicate
    from harness.report.rows import Symbols
    from harness.report.summary import Group, Pair, Route, Summary

WIDE = 132
"""From this width on, facets are written in full."""


LONGEST_DESCRIPTION = 240
"""Characters of a model; its spec says the rest."""


LONGEST_FURTHER = 60
"""Characters of what shows beside a difference."""


def cut(text: str, longest: int) -> str:
    """The text, or its beginning."""
    return text if len(text) <= longest else f"{text[: longest - 3]}..."


def counted(number: int, noun: str) -> str:
    """``1 trial``, ``2 trials``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def legend(symbols: Symbols) -> str:
    """What the signs mean."""
    verdicts = "  ".join(f"{symbols.verdicts[verdict]} {verdict}" for verdict in VERDICTS)
    marks = "  ".join(
        f"{symbols.marks[mark]} {meaning}"
        for mark, meaning in (
            ("survived", "survives"),
            ("lost", "lost as documented, or with another facet"),
            ("absent", "the model has none"),
            ("unknown", "could not be compared"),
        )
    )
    return f"Trials: {verdicts}\nFacets: {marks}"


def route(names: Route, symbols: Symbols) -> str:
    """A route, as ``contract explain`` takes it."""
    saver, loader = names
    return f"{saver} {symbols.arrow} {loader}" if loader else saver


def pair(names: Pair, symbols: Symbols) -> str:
    """An environment, or two of them: who wrote and who read."""
    writer, reader = names
    return writer if writer == reader else f"{writer} {symbols.arrow} {reader}"


def where(group: Group, symbols: Symbols, most: int) -> str:
    """The environments that show a problem, and how often; the most frequent first."""
    counts = group.pairs.most_common()
    named = [f"{pair(names, symbols)} ({count})" for names, count in counts[:most]]
    more = len(counts) - most
    return ", ".join([*named, f"and {more} more"] if more > 0 else named)


def routes(group: Group, symbols: Symbols, most: int) -> str:
    """The routes that show a problem, the most frequent first; loaders of one saver together."""
    by_saver: dict[str, list[str]] = {}
    for saver, loader in group.routes[:most]:
        by_saver.setdefault(saver, []).append(loader)
    named = [
        route((saver, " | ".join(loader for loader in loaders if loader)), symbols)
        for saver, loaders in by_saver.items()
    ]
    more = len(group.routes) - most
    return "; ".join([*named, f"and {more} more"] if more > 0 else named)


def again(group: Group, journal: str) -> str:
    """The command that shows a problem again, or what to look for."""
    spec = group.smallest.spec
    return f"roundtrip replay {spec} --journal {shlex.quote(journal)}" if journal else f"spec {spec}"


def fingerprints(group: Group, most: int) -> str:
    """Those of a group."""
    named = ", ".join(found.fingerprint for found in group.members[:most])
    more = f" and {len(group.members) - most} more" if len(group.members) > most else ""
    return f"fingerprint{'' if len(group.members) == 1 else 's'} {named}{more}"


def seen(group: Group) -> str:
    """How often, and on how many routes."""
    return f"{counted(group.count, 'trial')}, {counted(len(group.routes), 'route')}"


def culprit(group: Group) -> str:
    """What the models that show it have in common, and how many others have it too; empty if there is no telling."""
    cause = group.cause
    if cause is None or not cause.culprit:
        return ""
    others = f"{cause.passing} of the others" if cause.passing else "none of the others"
    return f"culprit: {' and '.join(cause.culprit)} (in {counted(cause.failing, 'failing model')}, and in {others})"


def further(group: Group, most: int) -> str:
    """What else shows with it, and may follow from it; empty if nothing does."""
    others = list(dict.fromkeys(f"{found.facet}: {found.difference}" for found in group.members[1:]))
    others = [text for text in others if text != f"{group.facet}: {group.difference}"]
    more = f", and {len(others) - most} more" if len(others) > most else ""
    return f"with it: {', '.join(cut(text, LONGEST_FURTHER) for text in others[:most])}{more}" if others else ""


def coverage(summary: Summary) -> list[str]:
    """What was tried of each kind."""
    return [
        f"{kind}: {counted(each.models, 'model')}, {counted(each.trials, 'trial')}; "
        f"{each.judged} of {counted(each.routes, 'route')} judged"
        for kind, each in summary.coverage.items()
    ]


def spanned(summary: Summary) -> str:
    """How much of Keras the models had in them; empty if there is no telling."""
    rows = [f"{len(row.covered)} of {row.total} {row.title}" for row in summary.spans]
    told = [", ".join(rows), counted(summary.adjacent, "pair") + " of adjacent layers" if summary.adjacent else ""]
    return f"of what Keras has there, models had {'; '.join(filter(None, told))}" if rows else ""


def short_of(summary: Summary, floor: float) -> str:
    """Of what the models had less than this many percent; empty if of nothing."""
    rows = [f"{row.title} {row.percent:.1f} %" for row in summary.spans if row.percent < floor]
    return f"covered less than {floor:g} %: {', '.join(rows)}" if rows else ""


def noise(summary: Summary) -> str:
    """What was equal but for rounding, and what could not be compared; empty if there is nothing to say."""
    rounded = [f"{summary.rounded[name]} {name}" for name in sorted(summary.rounded, reverse=True)]
    counts = summary.unknown
    unknown = [f"{counts[name]} {name}" for name in FACETS if counts[name]]
    parts = [
        f"facets equal but for rounding: {', '.join(rounded)}" if rounded else "",
        f"facets that could not be compared: {', '.join(unknown)}" if unknown else "",
    ]
    return "; ".join(part for part in parts if part)


class Titled(NamedTuple):
    """What the ledger says of a known issue."""

    title: str
    window: str
    """Versions that it is known in, ``Keras >=3.0``; empty for all."""
    sources: tuple[str, ...]


def issues() -> dict[str, Titled]:
    """The known issues of the ledger, by id."""
    from harness.contract.ledger import load_ledger
    from harness.contract.tables import ContractError

    try:
        return {issue.id: Titled(issue.title, _window(issue.predicate), issue.source) for issue in load_ledger().issues}
    except ContractError:
        # A report of an old journal is worth more than the titles of a ledger that is being edited.
        return {}


def _window(predicate: Predicate) -> str:
    parts = (("Keras", predicate.keras.spec), ("TensorFlow", predicate.tf.spec))
    return ", ".join(f"{name} {window}" for name, window in parts if window)


def titles() -> dict[str, str]:
    """What the known issues are called, by id."""
    return {name: issue.title for name, issue in issues().items()}


def environment(record: Mapping[str, Any]) -> str:
    """The versions that decide an outcome."""
    return (
        f"{record['name']}: TensorFlow {record['tensorflow']}, Keras {record['keras']} as {record['namespace']}, "
        f"Python {record['python']}, NumPy {record['numpy']}, h5py {record['h5py']}, {record['platform']}"
    )


def totals(summary: Summary) -> str:
    """Models, trials and verdicts in one line."""
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(summary.specs.items()))
    models = f"{counted(summary.specs.total(), 'model')}{f' ({kinds})' if kinds else ''}"
    verdicts = ", ".join(f"{summary.verdicts[name]} {name}" for name in VERDICTS if summary.verdicts[name])
    trials = f"{counted(summary.trials, 'trial')}{f': {verdicts}' if verdicts else ''}"
    return f"{models}, {trials}"


def unusable(summary: Summary) -> Iterator[str]:
    """Environments that were asked for and could not be run."""
    for name, why in summary.unusable.items():
        yield f"environment {name} was not run: {why}"


def interrupted(summary: Summary) -> str:
    """What a missing footer means."""
    runs = "the run" if summary.runs == 1 else f"{summary.interrupted} of {summary.runs} runs"
    return f"{runs} did not finish: this is what was measured so far (--resume goes on from here)"

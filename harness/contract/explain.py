"""The contract in words: which rules speak of a route, what they promise and where that comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.contract.tables import meant, quoted

if TYPE_CHECKING:
    from collections.abc import Collection

    from harness.contract.predicate import Condition, Predicate
    from harness.contract.rules import Contract, Rule

ARROW = "->"
INDENT = "  "


class UnknownRouteError(ValueError):
    """No saver, loader or pair of them has this name."""


def explain(contract: Contract, route: str) -> list[str]:
    """The rules of a saver, of a loader, or of ``SAVER -> LOADER``, as lines to print.

    Raises:
        UnknownRouteError: there is no such route; the message has the closest name.
    """
    saver, loader = parse_route(contract, route)
    found = [rule for rule in contract.rules if _speaks_of(rule, saver, loader)]
    if not found:
        return [f"{route}: undocumented, no rule speaks of it"]
    lines = [f"{route}: {counted(len(found), 'rule')}"]
    for rule in found:
        lines += ["", *describe(rule)]
    return lines


def listing(contract: Contract) -> list[str]:
    """One line per rule."""
    width = max((len(rule.id) for rule in contract.rules), default=0)
    return [
        f"{rule.id:<{width}}  {outcome(rule)}  [{counted(len(rule.routes), 'route')}]  {rule.where}"
        for rule in contract.rules
    ]


def unexercised(contract: Contract, used: Collection[str]) -> tuple[str, ...]:
    """Ids of the rules that decided no trial of a run."""
    return tuple(rule.id for rule in contract.rules if rule.id not in used)


def parse_route(contract: Contract, route: str) -> tuple[str | None, str | None]:
    """Saver and loader that a route names; None stands for any, an empty loader for the save itself.

    Raises:
        UnknownRouteError: no such saver or loader.
    """
    savers, loaders = contract.routes.savers, contract.routes.loaders
    if ARROW in route:
        saver, loader = (part.strip() for part in route.split(ARROW, 1))
        return _named(saver, savers, "saver"), _named(loader, loaders, "loader")
    name = route.strip()
    if name in savers:
        return name, None
    if name in loaders:
        return None, name
    msg = f"unknown route {quoted(name)}{meant(name, (*savers, *loaders))}"
    raise UnknownRouteError(msg)


def describe(rule: Rule) -> list[str]:
    """One rule as a paragraph: its conditions, its promise, its sources."""
    rows = [
        ("save", ", ".join(rule.savers)),
        ("load", ", ".join(rule.loaders) or "(the save itself)"),
        ("if", conditions(rule.predicate)),
        ("in", versions(rule.predicate)),
        ("expect", outcome(rule)),
        *(("source", item) for item in rule.source),
        ("note", rule.note),
        ("before", ", ".join(rule.overrides)),
    ]
    return [f"{rule.id}  ({rule.where})", *(f"{INDENT}{label:<7} {value}" for label, value in rows if value)]


def conditions(predicate: Predicate) -> str:
    """The conditions on the model, empty if there are none."""
    wanted = [_condition(condition) for condition in predicate.when]
    unwanted = [_condition(condition) for condition in predicate.unless]
    parts = (" and ".join(wanted), f"unless {' or '.join(unwanted)}" if unwanted else "")
    return ", ".join(part for part in parts if part)


def versions(predicate: Predicate) -> str:
    """The version windows, empty if there are none."""
    windows = (
        ("keras", predicate.keras.spec),
        ("tf", predicate.tf.spec),
        ("written by keras", predicate.writer_keras.spec),
        ("written by tf", predicate.writer_tf.spec),
    )
    others = "" if "same" in predicate.writer else f"written by {' or '.join(predicate.writer)} versions"
    return ", ".join([*(f"{name} {spec}" for name, spec in windows if spec), *([others] if others else [])])


def outcome(rule: Rule) -> str:
    """What the rule promises, in one line."""
    if rule.raises is not None:
        return f"raises {rule.raises.type} matching {rule.raises.message!r}"
    return ", ".join(f"{facet} {expected}" for facet, expected in rule.expect.items())


def counted(number: int, noun: str) -> str:
    """``1 rule``, ``2 rules``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _condition(condition: Condition) -> str:
    values = [str(item).lower() if isinstance(item, bool) else str(item) for item in condition.alternatives]
    return f"{condition.feature} = {' | '.join(values)}"


def _speaks_of(rule: Rule, saver: str | None, loader: str | None) -> bool:
    if saver is not None and saver not in rule.savers:
        return False
    return loader is None or loader in rule.loaders or (loader == "" and not rule.loaders)


def _named(name: str, known: tuple[str, ...], what: str) -> str:
    if name not in known:
        msg = f"unknown {what} {quoted(name)}{meant(name, known)}"
        raise UnknownRouteError(msg)
    return name

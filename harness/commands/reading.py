"""A campaign in which all that is read has been written before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.campaign import golden_run
from harness.campaign.golden_run import writer_name
from harness.commands.asking import asked_for, checked_routes
from harness.commands.campaign import Campaign

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Sequence

    from harness.campaign.environments import Interpreter
    from harness.campaign.golden import Corpus
    from harness.campaign.journal import Key, Record
    from harness.campaign.run import Plan
    from harness.models.spec import ModelSpec


class Reading(Campaign):
    """Reads a corpus with every environment that the options name."""

    def __init__(self, corpus: Corpus, options: dict[str, Any]) -> None:
        routes = checked_routes(options["savers"], options["loaders"])
        request = {"golden": {name: len(each.entries) for name, each in corpus.writers.items()}, **asked_for(options)}
        # Without kinds no rule counts as unexercised: a corpus has the routes that it has.
        super().__init__(seed=0, request=request, routes=routes, kinds=(), options=options)
        self.corpus = corpus

    def specs(self, _environments: Sequence[Interpreter]) -> tuple[ModelSpec, ...]:
        """The models of the corpus."""
        return golden_run.specs(self.corpus)

    def _pairs(self, environments: Sequence[Interpreter]) -> tuple[tuple[str, str], ...]:
        return tuple((writer_name(name), each.name) for name in self.corpus.writers for each in environments)

    def _described(self, environments: Sequence[Interpreter]) -> list[Record]:
        writers = [{**writer.info, "name": writer_name(name)} for name, writer in self.corpus.writers.items()]
        return [*super()._described(environments), *writers]

    def _run(self, plan: Plan, done: Container[Key], emit: Callable[[Record], None]) -> None:
        golden_run.read(self.corpus, plan, done, emit)

"""Templates of reports, with everything escaped that comes from a journal."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined, Template


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("harness.report"),
        # For every template: what a journal holds is never markup.
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.policies["json.dumps_kwargs"] = {"separators": (",", ":")}
    return environment


def template(name: str) -> Template:
    """A template of this package."""
    return _environment().get_template(name)


def text(name: str) -> str:
    """A file beside the templates, as it is."""
    return files("harness.report").joinpath("templates", name).read_text(encoding="utf-8")

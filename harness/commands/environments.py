"""``roundtrip envs``: the environments that can be tested."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from harness.commands.asking import check_names, env_folder_option
from harness.console import Refusal, refusing
from harness.report.outcome import Exit

if TYPE_CHECKING:
    from pathlib import Path

    from harness.campaign.tox import Declared


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--install", is_flag=True, help="Make them with uv, and try whether they work.")
@click.option("--check", is_flag=True, help="Try whether those that are installed work.")
@env_folder_option()
def envs(names: tuple[str, ...], install: bool, check: bool, env_folder: Path | None) -> int:
    """The environments of tox.ini, for --env: all, or those with a NAME.

    Exits with 2 if one of them could not be installed or does not work.
    """
    from harness.campaign.environments import EnvironmentError_, declared

    with refusing(EnvironmentError_):
        known = declared()
    if not known:
        raise Refusal("no tox.ini with environments here: run this in a checkout, or name one with run --python PATH")
    check_names("environment", names, known)
    picked = [known[name] for name in names or known]
    broken = False
    for each in picked:
        fault = _readied(each, env_folder, install=install, check=check)
        broken = broken or fault is not None
        click.echo(_shown(each, env_folder, fault))
    return Exit.UNUSABLE if broken else Exit.OK


def _readied(environment: Declared, folder: Path | None, *, install: bool, check: bool) -> str | None:
    """Install and try an environment as far as asked; the one line that says why it cannot be used, if so."""
    from harness.campaign.environments import EnvironmentError_
    from harness.campaign.install import install as make
    from harness.campaign.install import smoke_test

    try:
        if install:
            make(environment, folder)
        if install or (check and environment.python(folder).is_file()):
            smoke_test(environment.name, folder)
    except EnvironmentError_ as error:
        return str(error)
    return None


def _shown(environment: Declared, folder: Path | None, fault: str | None) -> str:
    state = "installed" if environment.python(folder).is_file() else "not installed"
    return f"{environment.name:<16} {state if fault is None else fault:<14} {environment.description}"

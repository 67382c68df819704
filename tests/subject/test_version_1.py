"""TensorFlow 1.15 is driven through the interface of 2.0 that it has inside."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from harness.subject import env

if TYPE_CHECKING:
    import pytest


def installed(monkeypatch: pytest.MonkeyPatch, version: str) -> tuple[SimpleNamespace, list[str]]:
    said: list[str] = []
    v1 = SimpleNamespace(enable_v2_behavior=lambda: said.append("version 2"))
    module = SimpleNamespace(__version__=version, compat=SimpleNamespace(v1=v1, v2=SimpleNamespace()))
    monkeypatch.setitem(sys.modules, "tensorflow", module)
    return module, said


def tensorflow() -> Any:
    return sys.modules["tensorflow"]


def test_version_1_behaves_as_2_and_stands_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    module, said = installed(monkeypatch, "1.15.5")
    env._as_version_2()
    assert tensorflow() is module.compat.v2
    assert said == ["version 2"]


def test_version_2_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    module, said = installed(monkeypatch, "2.0.4")
    env._as_version_2()
    assert tensorflow() is module
    assert said == []

"""A spec says which versions it can be built in."""

from __future__ import annotations

from dataclasses import replace

from harness.models.catalogue.entry import made
from harness.models.spec import Compile, Layer
from harness.models.windows import windows

from .test_spec import DENSE


def test_a_plain_model_can_be_built_anywhere() -> None:
    assert windows(DENSE) == (frozenset(), frozenset())


def test_classes_and_arguments_ask_for_versions() -> None:
    layers = (Layer("dense", "Dense", {"units": 1, "lora_rank": 1}),)
    settings = Compile(made("optimizers.Muon", use_ema=True), made("losses.Huber"), ("like",))
    found = windows(replace(DENSE, model=replace(DENSE.model, layers=layers), compile=settings))
    assert found.keras == {">=3.2", ">=3.10", ">=2.11"}
    assert found.tf == {">=2.1"}


def test_layers_inside_layers_ask_too() -> None:
    inner = made("layers.SpectralNormalization", layer=made("layers.Dense", units=1))
    layers = (Layer("steps", "TimeDistributed", {"layer": inner}),)
    assert windows(replace(DENSE, model=replace(DENSE.model, layers=layers))).keras == {">=3.0"}

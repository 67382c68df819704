"""Weights in files of their own, and the models they are loaded into."""

from __future__ import annotations

from typing import Any

from . import Loader, Saver

GIGABYTE = 1024.0**3
MIN_SHARD = 64

CLAIMS = ("weights", "predictions")


def save_weights(context: Any, path: str) -> None:
    context.model.save_weights(path)


def save_sharded(context: Any, path: str) -> None:
    # Far smaller than any real use, so that a model of a few layers needs several; no variable may be larger.
    largest = max([weight.nbytes for weight in context.model.get_weights()] + [MIN_SHARD])
    context.model.save_weights(path, max_shard_size=1.01 * largest / GIGABYTE)


def load_weights(context: Any, path: str) -> Any:
    context.target.load_weights(path)
    return context.target


def load_weights_skipping(context: Any, path: str) -> Any:
    context.target.load_weights(path, skip_mismatch=True)
    return context.target


def load_weights_by_name(context: Any, path: str) -> Any:
    context.target.load_weights(path, by_name=True)
    return context.target


SAVERS = (
    Saver(
        "Model.save_weights(.weights.h5)",
        save_weights,
        family="weights",
        suffix=".weights.h5",
        layout="weights_h5",
        keras=">=2.13",
    ),
    Saver(
        "Model.save_weights(.weights.json, max_shard_size)",
        save_sharded,
        family="weights",
        suffix=".weights.json",
        layout="weights_sharded",
        keras=">=3.10",
    ),
    Saver("Model.save_weights(.h5)", save_weights, family="weights_legacy", suffix=".h5"),
    Saver("Model.save_weights(no extension)", save_weights, family="weights_checkpoint", keras="<3.0"),
)

LOADERS = (
    Loader("load_weights[rebuilt]", load_weights, claims=CLAIMS, target="rebuilt"),
    Loader("load_weights[refrozen]", load_weights, claims=CLAIMS, target="refrozen"),
    Loader("load_weights[renamed]", load_weights, claims=CLAIMS, target="renamed"),
    Loader("load_weights[from_json]", load_weights, claims=CLAIMS, target="from_json"),
    Loader(
        "load_weights(skip_mismatch=True)[rebuilt]",
        load_weights_skipping,
        claims=CLAIMS,
        target="rebuilt",
        keras=">=2.3",
    ),
    Loader("load_weights(by_name=True)[rebuilt]", load_weights_by_name, claims=CLAIMS, target="rebuilt"),
    Loader("load_weights(by_name=True)[renamed]", load_weights_by_name, claims=CLAIMS, target="renamed"),
)

"""TensorFlow checkpoints of a model and its optimizer."""

from __future__ import annotations

from typing import Any

from . import Loader, Saver


def write(context: Any, path: str) -> None:
    _checkpoint(context, context.model).write(path)


def restore(context: Any, path: str) -> Any:
    checkpoint = _checkpoint(context, context.target)
    # Before TF 2.3, restore is the only way to read.
    getattr(checkpoint, "read", checkpoint.restore)(path).expect_partial()
    create_slots(context.target)
    return context.target


def create_slots(model: Any) -> None:
    """Restoring waits for variables that do not exist yet; the first training step would create them."""
    optimizer = getattr(model, "optimizer", None)
    if optimizer is None or not model.built:
        return
    if hasattr(optimizer, "_create_hypers"):
        # The optimizers of Keras 2 before 2.11 have no other way.
        optimizer._create_hypers()
        optimizer._create_slots(model.trainable_variables)
    elif not getattr(optimizer, "built", getattr(optimizer, "_built", False)):
        optimizer.build(model.trainable_variables)


def _checkpoint(context: Any, model: Any) -> Any:
    optimizer = getattr(model, "optimizer", None)
    parts = {"model": model} if optimizer is None else {"model": model, "optimizer": optimizer}
    return context.tf.train.Checkpoint(**parts)


SAVERS = (
    Saver(
        "tf.train.Checkpoint.write",
        write,
        family="checkpoint",
        suffix=".ckpt",
        layout="checkpoint",
    ),
)

LOADERS = (
    Loader(
        "tf.train.Checkpoint.restore[rebuilt]",
        restore,
        claims=("weights", "optimizer", "predictions", "resume"),
        target="rebuilt",
    ),
)

"""Scripts are plain Keras: complete, for every route and every kind of model, and without the harness."""

from __future__ import annotations

import ast
import builtins
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from harness.campaign.probe import Clue
from harness.campaign.routes import pairs_with, routes
from harness.models.catalogue.entry import made
from harness.models.generate import generate
from harness.models.spec import Call, Compile, Input, Layer, Model, ModelSpec
from harness.repro.calls import LOADERS, SAVERS, NotWritableError
from harness.repro.custom import definitions
from harness.repro.forms import arranged, unpacked
from harness.repro.operations import OPERATIONS, operation
from harness.repro.script import Subject, script
from harness.subject.operators import OPERATORS

if TYPE_CHECKING:
    from collections.abc import Iterator

ROUTES = routes()
SUFFIXES = {saver.name: saver.suffix for saver in ROUTES.savers}
WEIGHTS = Clue("Model.save(.keras)", "load_model", "weights", "f00d", "Dense.kernel diverged")


def model(kind: str = "sequential", **changes: object) -> ModelSpec:
    layers = (Layer("d", "Dense", {"units": 2, "activation": "relu"}),)
    inner = Model(kind, "m", (Input("x", (3,)),), layers, (Call(0, ("i0",)),), ("c0",), **changes)  # type: ignore[arg-type]
    return ModelSpec(inner, Compile({"$": "optimizers.Adam"}, "mse", ("like",)), steps=2)


def written(spec: ModelSpec, clue: Clue = WEIGHTS, *, before: tuple[str, ...] = (), keras3: bool = True) -> str:
    return script(Subject(spec, clue, before, SUFFIXES, keras3, "TF 2.21.0 / Keras 3.15.1", "a title"))


def unbound(text: str) -> set[str]:
    """Names that a script reads and nowhere binds."""
    tree = ast.parse(text)
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    bound = {node.id for node in names if isinstance(node.ctx, ast.Store)}
    bound |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    bound |= {node.name for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    bound |= {
        alias.asname or alias.name
        for node in ast.walk(tree)
        for alias in getattr(node, "names", ())
        if isinstance(alias, ast.alias)
    }
    bound |= {str(node.name) for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler)}
    return {node.id for node in names} - bound - set(dir(builtins))


def every_route() -> Iterator[tuple[str, str]]:
    for saver in ROUTES.savers:
        yield saver.name, ""
        yield from ((saver.name, loader.name) for loader in ROUTES.loaders if pairs_with(saver, loader))


def test_a_model_whose_name_begins_with_a_number_is_a_class_all_the_same() -> None:
    text = written(replace(model("subclassed"), model=replace(model("subclassed").model, name="0.subclassed-0")))
    assert "class Model0Subclassed0(keras.Model):" in text


def test_kernels_of_integers_get_values_of_their_own_too() -> None:
    policy = made("dtype_policies.QuantizedDTypePolicy", mode="int8", source_name="float32")
    layers = (Layer("dense", "Dense", {"units": 2, "dtype": policy}),)
    text = written(replace(model(), model=replace(model().model, layers=layers)))
    assert 'elif "int8" in str(weight.dtype):' in text
    assert "int8" not in written(model())


def test_every_saver_and_loader_has_its_lines() -> None:
    assert set(SAVERS) == set(ROUTES.saver_names)
    assert set(LOADERS) == set(ROUTES.loader_names)


def test_a_script_of_every_route_is_complete() -> None:
    for saver, loader in every_route():
        text = written(
            model(), Clue(saver, loader, "error", "f", f"{'load' if loader else 'save'} raises ValueError: x")
        )
        assert unbound(text) == set(), (saver, loader)


@pytest.mark.parametrize(
    ("facet", "difference"),
    [
        ("architecture", "Dense.activation"),
        ("architecture", "Dense.kernel.trainable"),
        ("architecture", "returns dict"),
        ("weights", "variables.count"),
        ("state", "state.seed_generator_state diverged"),
        ("compile", "compile.loss.delta"),
        ("compile", "compile.metrics.axis"),
        ("compile", "compile.run_eagerly"),
        ("compile", "evaluate diverged"),
        ("compile", "compile survives, though its loss is documented"),
        ("optimizer", "optimizer.iterations"),
        ("optimizer", "optimizer.learning_rate diverged"),
        ("optimizer", "momentum diverged"),
        ("metrics", "metrics diverged"),
        ("predictions", "predictions diverged"),
        ("predictions", "predictions raises TypeError: x"),
        ("resume", "Dense.kernel diverged"),
        ("layout", "keras_zip weights lack Dense.kernel"),
        ("purity", "weights: Dense.kernel diverged"),
        ("purity", "next save: compile_config.optimizer"),
        ("error", "no TypeError, though it is documented"),
        ("error", "undocumented error: load raises TypeError: x"),
    ],
)
def test_a_script_of_every_facet_is_complete(facet: str, difference: str) -> None:
    loader = "" if facet in {"layout", "purity"} else "load_model"
    text = written(model(), Clue("Model.save(.keras)", loader, facet, "f", difference))
    assert unbound(text) == set()
    assert "sys.exit(" in text


@pytest.mark.parametrize("keras3", [True, False])
def test_a_script_of_any_model_is_complete_and_knows_no_harness(keras3: bool) -> None:
    for spec in generate(60, 11):
        text = written(spec, keras3=keras3)
        assert unbound(text) == set(), text
        assert "harness" not in text
        assert '"$' not in text


@pytest.mark.parametrize(
    ("cls", "args", "line"),
    [
        ("Rescaling", {"scale": {"$tensor": [0.5, 2.0]}}, 'scale=tf.constant([0.5, 2.0], dtype="float32")'),
        ("Normalization", {"mean": {"$array": [0.5]}}, 'mean=np.array([0.5], dtype="float32")'),
        ("Lambda", {"function": {"$loop": 1}}, "function=column(1)"),
        ("Lambda", {"function": {"$default": 0.5}}, "function=lambda inputs, factor=0.5: inputs * factor"),
    ],
)
def test_values_that_json_has_no_words_for_are_written_as_calls(cls: str, args: dict[str, object], line: str) -> None:
    plain = model().model
    text = written(ModelSpec(Model("sequential", "m", plain.inputs, (Layer("d", cls, args),), plain.calls, ("c0",))))
    assert line in text
    assert unbound(text) == set()


def test_models_are_written_as_a_person_would_write_them() -> None:
    text = written(model())
    assert 'keras.layers.Dense(units=2, activation="relu", name="d"),' in text
    assert 'model.compile(optimizer=keras.optimizers.Adam(), loss="mse")' in text
    assert "for _ in range(2):\n    model.train_on_batch(x, y)" in text


def test_a_subclassed_model_is_a_class_held_and_configured_as_the_spec_says() -> None:
    plain = written(model("subclassed", holds="dict"))
    assert '@keras.saving.register_keras_serializable("example")\nclass M(keras.Model):' in plain
    assert 'self.blocks["d"](x)' in plain
    unconfigured = written(model("subclassed", config="none"))
    assert "get_config" not in unconfigured.partition("def make_model")[0]
    assert '"M": M' in unconfigured


def test_a_graph_from_the_middle_of_another_is_written_as_one() -> None:
    text = written(model("functional", built="middle"))
    assert "x = keras.layers.Identity()(keras.Input(shape=(3,), name='x'))" in text.replace('"', "'")
    assert "keras.Model(x, " in text


def test_keras_2_is_imported_from_tensorflow() -> None:
    text = written(model("subclassed"), keras3=False)
    assert "from tensorflow import keras" in text
    assert "keras.utils.register_keras_serializable" in text


def test_savers_that_it_takes_are_called_before() -> None:
    text = written(model(), before=("Model.save(.h5)",))
    assert text.index("before0.h5") < text.index("model.keras")


def test_a_frozen_layer_is_frozen_before_it_is_built() -> None:
    spec = model()
    layer = Layer("d", "Dense", {"units": 2}, trainable=False)
    text = written(ModelSpec(Model("sequential", "m", spec.model.inputs, (layer,), spec.model.calls, ("c0",))))
    assert text.index("d.trainable = False") < text.index("keras.Sequential(")


def test_a_route_of_another_package_is_refused() -> None:
    with pytest.raises(NotWritableError, match="acme"):
        written(model(), Clue("acme.save", "", "error", "f", "save raises ValueError: x"))


def test_custom_definitions_bring_what_they_are_made_of() -> None:
    text = "\n".join(definitions(["Pinball"], keras3=True))
    assert text.index("def _pinball(") < text.index("class PlainPinball(") < text.index("class Pinball(PlainPinball)")
    assert "->" not in text
    assert "register_keras_serializable('example')" in text


def test_operations_are_functions_of_tensors() -> None:
    assert operation("op.Times", {"value": 2.0}, keras3=True) == "(lambda x: x * 2.0)"
    assert operation("op.Slice", {"axis": 2, "start": 1}, keras3=True) == "(lambda x: x[:, :, 1:])"
    assert operation("op.Joined", {}, keras3=True) == "(lambda *parts: keras.ops.concatenate(parts, axis=-1))"
    assert operation("op.Joined", {}, keras3=False) == "(lambda *parts: tf.concat(parts, axis=-1))"


def test_every_operation_can_be_written() -> None:
    assert set(OPERATIONS) == set(OPERATORS)


@pytest.mark.parametrize(
    ("form", "whole", "parts"),
    [
        ("list", "[a, b]", ["a, b = x"]),
        ("tuple", "(a, b)", ["a, b = x"]),
        ("dict", "{'zeta': a, 'theta': b}", ["a = x['zeta']", "b = x['theta']"]),
        ("nested", "(a, {'rest': [b]})", ["a = x[0]", "b = x[1]['rest'][0]"]),
    ],
)
def test_tensors_go_in_and_out_in_the_form_of_the_model(form: str, whole: str, parts: list[str]) -> None:
    assert arranged(["a", "b"], form).replace('"', "'") == whole
    assert [line.replace('"', "'") for line in unpacked(["a", "b"], form, "x")] == parts

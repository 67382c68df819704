"""The packaged rules: what they say of well-known cases."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from harness.contract.rules import RULES, Contract, Expectation, load_contract
from harness.trial.records import FACETS
from tests.contract.routes import ROUTES, TODAY, situation

LOADABLE = ("load_model", "load_model(compile=False)", "load_model(custom_objects)")
WHOLE = ("architecture", "weights", "compile", "optimizer", "predictions", "resume")
SAVED_MODELS = ("tf.saved_model.save", "Model.export")


@cache
def contract() -> Contract:
    return load_contract(routes=ROUTES)


def said(saver: str, loader: str = "", **changes: Any) -> Expectation:
    return contract().expectation(situation(saver, loader, **changes))


def error(saver: str, loader: str = "", **changes: Any) -> tuple[str, ...]:
    return tuple(sorted(raises.type for raises in said(saver, loader, **changes).raises))


def test_the_packaged_rules_are_valid() -> None:
    assert len(contract().rules) > 80
    assert {rule.where.split(":")[0] for rule in contract().rules} == {
        f"rules/{path.name}" for path in RULES.glob("*.toml")
    }


def test_every_rule_cites_a_place() -> None:
    for rule in contract().rules:
        assert all("/" in source for source in rule.source), rule.id


def test_every_saver_is_spoken_of() -> None:
    spoken = {saver for rule in contract().rules if not rule.loaders for saver in rule.savers}
    assert spoken == set(ROUTES.savers)


def test_every_loader_is_promised_to_work_for_something() -> None:
    spoken = {loader for rule in contract().rules if rule.expect for loader in rule.loaders}
    assert spoken == set(ROUTES.loaders)


@pytest.mark.parametrize("kind", ["sequential", "functional", "subclassed"])
@pytest.mark.parametrize("saver", ["Model.save(.keras)", "Model.save(zipped=False)", "ModelCheckpoint(.keras)"])
def test_a_keras_file_brings_everything_back(saver: str, kind: str) -> None:
    facets = said(saver, "load_model", kind=kind).facets
    assert facets == dict.fromkeys((*WHOLE, "state"), "survives")


def test_the_state_of_metrics_is_promised_by_the_state_tree_alone() -> None:
    assert {saver for rule in contract().rules if "metrics" in rule.expect for saver in rule.savers} == {
        "Model.get_state_tree"
    }


def test_saving_leaves_the_model_alone() -> None:
    for saver in TODAY:
        expectation = said(saver)
        assert expectation.raises or expectation.facets["purity"] == "survives", saver


@pytest.mark.parametrize("saver", ["Model.save(.keras)", "Model.save(.h5)", "OrbaxCheckpoint"])
def test_without_compile_the_compilation_is_lost_and_the_rest_is_not(saver: str) -> None:
    facets = said(saver, "load_model(compile=False)").facets
    assert {name for name in WHOLE if facets[name] == "lost"} == {"compile", "optimizer"}
    assert {name for name in WHOLE if facets[name] == "survives"} == {"architecture", "weights", "predictions"}


def test_without_the_optimizer_hdf5_loses_the_compilation_and_keras_says_nothing_of_it() -> None:
    assert said("Model.save(.h5, include_optimizer=False)", "load_model").facets["optimizer"] == "lost"
    assert said("Model.save(.h5, include_optimizer=False)", "load_model").facets["compile"] == "lost"
    assert said("Model.save(.keras, include_optimizer=False)", "load_model").facets["optimizer"] == "any"


def test_a_string_loss_in_hdf5_is_promised_to_load() -> None:
    assert said("Model.save(.h5)", "load_model", loss_form=frozenset({"string"})).facets["compile"] == "survives"


@pytest.mark.parametrize("config", ["registered", "unregistered", "none"])
def test_a_subclassed_model_in_hdf5_is_documented_to_fail(config: str) -> None:
    assert error("Model.save(.h5)", "load_model", kind="subclassed", config=config) == ("ValueError",)


def test_before_keras_3_it_was_documented_to_fail_when_saved() -> None:
    (raises,) = said("Model.save(.h5)", kind="subclassed", keras="2.15.0", tf="2.15.0").raises
    assert raises.explains(
        "NotImplementedError",
        "Saving the model to HDF5 format requires the model to be a Functional model or a Sequential model. It",
    )


@pytest.mark.parametrize(
    "saver",
    [
        "Model.save(.keras)",
        "KerasFileEditor(.keras).save",
        "Model.save(.h5)",
        "Model.to_json",
        "models.clone_model",
        "pickle.dumps",
        "copy.deepcopy",
    ],
)
@pytest.mark.parametrize("kind", ["functional", "subclassed"])
def test_constructor_arguments_without_get_config_fail_to_save(saver: str, kind: str) -> None:
    custom = frozenset({"unregistered-model", "unserializable-model"})
    assert "NotImplementedError" in error(saver, kind=kind, custom=custom)


def test_an_unregistered_layer_needs_custom_objects() -> None:
    custom = frozenset({"unregistered-layer"})
    assert error("Model.save(.keras)", "load_model", custom=custom) == ("TypeError",)
    assert said("Model.save(.keras)", "load_model(custom_objects)", custom=custom).facets["weights"] == "survives"
    assert error("Model.save(.h5)", "load_model", custom=custom) == ("TypeError", "ValueError")
    assert error("Model.to_json", "model_from_json", custom=custom) == ("TypeError",)
    assert error("pickle.dumps", "pickle.loads", custom=custom) == ("TypeError",)


def test_an_unregistered_loss_is_needed_only_to_compile() -> None:
    custom = frozenset({"unregistered-loss"})
    assert error("Model.save(.keras)", "load_model", custom=custom) == ("TypeError",)
    assert said("Model.save(.keras)", "load_model(compile=False)", custom=custom).facets["weights"] == "survives"
    assert said("Model.to_json", "model_from_json", custom=custom).facets["architecture"] == "survives"


def test_the_class_of_a_subclassed_model_is_at_hand_for_from_config() -> None:
    custom = frozenset({"unregistered-model"})
    facets = said("Model.get_config", "from_config", kind="subclassed", config="unregistered", custom=custom).facets
    assert facets["architecture"] == "survives"
    assert error("Model.get_config", "from_config", kind="functional", custom=custom) == ("TypeError",)


def test_a_python_lambda_is_not_loaded_by_default() -> None:
    custom = frozenset({"python-lambda"})
    assert error("Model.save(.keras)", "load_model(custom_objects)", custom=custom) == ("ValueError",)
    assert said("pickle.dumps", "pickle.loads", custom=custom).facets["weights"] == "survives"


def test_a_clone_refuses_a_python_lambda_unless_something_else_cannot_be_found() -> None:
    lambdas = frozenset({"python-lambda"})
    assert error("models.clone_model", custom=lambdas) == ("ValueError",)
    assert error("models.clone_model", custom=lambdas | {"unregistered-function"}) == ()


@pytest.mark.parametrize("saver", ["Model.to_json", "Model.get_config", "models.clone_model"])
def test_the_architecture_alone_keeps_neither_weights_nor_compilation(saver: str) -> None:
    loader = {"Model.to_json": "model_from_json", "Model.get_config": "from_config"}.get(saver, "result")
    facets = said(saver, loader).facets
    lost = {"weights": "lost", "compile": "lost", "optimizer": "lost"}
    assert facets == {"architecture": "survives", "predictions": "any", "resume": "any", **lost}


def test_a_model_without_weights_has_none_to_lose() -> None:
    assert "weights" not in said("Model.to_json", "model_from_json", weights=False).facets


def test_a_subclassed_model_is_not_promised_to_be_cloned() -> None:
    assert said("models.clone_model", "result", kind="subclassed").rules == ()


@pytest.mark.parametrize("saver", ["Model.save_weights(.weights.h5)", "Model.save(.keras)", "Model.save(.h5)"])
@pytest.mark.parametrize("target", ["rebuilt", "refrozen", "from_json"])
def test_weights_load_into_a_model_of_the_same_architecture(saver: str, target: str) -> None:
    facets = said(saver, f"load_weights[{target}]").facets
    assert (facets["weights"], facets["predictions"], facets["optimizer"]) == ("survives", "survives", "any")


def test_checkpointed_weights_bring_the_optimizer_to_a_compiled_model() -> None:
    assert said("ModelCheckpoint(save_weights_only=True)", "load_weights[rebuilt]").facets["optimizer"] == "survives"


@pytest.mark.parametrize(
    "saver",
    [
        "Model.save_weights(.weights.h5)",
        "Model.save_weights(.weights.json, max_shard_size)",
        "ModelCheckpoint(save_weights_only=True)",
        "BackupAndRestore",
        "Model.export",
    ],
)
def test_a_model_that_was_never_built_is_refused(saver: str) -> None:
    assert error(saver, built="never", trained=False, steps=0) == ("ValueError",)


def test_a_keras_file_of_an_unbuilt_model_is_saved() -> None:
    assert said("Model.save(.keras)", built="never").facets["layout"] == "survives"


@pytest.mark.parametrize("loader", ["tf.train.Checkpoint.restore[rebuilt]"])
def test_a_checkpoint_restores_training(loader: str) -> None:
    facets = said("tf.train.Checkpoint.write", loader).facets
    assert facets == dict.fromkeys(("weights", "state", "optimizer", "predictions", "resume"), "survives")


@pytest.mark.parametrize("saver", SAVED_MODELS)
def test_a_saved_model_predicts_and_promises_no_more(saver: str) -> None:
    assert said(saver, "tf.saved_model.load").facets == {"predictions": "survives"}


def test_an_exported_model_has_serve_and_another_saved_model_has_not() -> None:
    assert said("Model.export", "TFSMLayer").facets == {"predictions": "survives"}
    assert error("tf.saved_model.save", "TFSMLayer") == ("ValueError",)
    assert said("tf.saved_model.save", "TFSMLayer(call_endpoint='serving_default')").rules


def test_several_inputs_by_name_are_beyond_tfsm_layer() -> None:
    facets = said("tf.saved_model.save", "TFSMLayer(call_endpoint='serving_default')", inputs=2).facets
    assert facets == {"predictions": "any"}


@pytest.mark.parametrize("loader", LOADABLE)
@pytest.mark.parametrize(
    "saver", [*SAVED_MODELS, "Model.to_json", "tf.train.Checkpoint.write", "Model.save_weights(.weights.h5)"]
)
def test_load_model_refuses_what_is_no_model(saver: str, loader: str) -> None:
    assert error(saver, loader) == ("ValueError",)


@pytest.mark.parametrize(
    ("saver", "loader", "type_"),
    [
        ("Model.save(.keras)", "load_weights(by_name=True)[rebuilt]", "ValueError"),
        ("Model.save(zipped=False)", "load_weights[rebuilt]", "ValueError"),
        ("Model.save(.h5)", "tf.saved_model.load", "OSError"),
        ("Model.to_json", "tf.train.Checkpoint.restore[rebuilt]", "DataLossError"),
        ("OrbaxCheckpoint(save_weights_only=True)", "load_model", "ValueError"),
        ("Model.save(save_format='tf')", "", "ValueError"),
        ("Model.save(no extension)", "", "ValueError"),
        ("Model.save_weights(.h5)", "", "ValueError"),
        ("Model.to_yaml", "", "AttributeError"),
    ],
)
def test_misuse_is_documented_to_fail(saver: str, loader: str, type_: str) -> None:
    assert error(saver, loader) == (type_,)


@pytest.mark.parametrize(
    ("saver", "loader", "type_", "message"),
    [
        (
            "Model.save(.keras)",
            "load_weights(by_name=True)[rebuilt]",
            "ValueError",
            "`by_name` only supports loading legacy '.h5' or '.hdf5' files. Received: m.keras",
        ),
        (
            "tf.saved_model.save",
            "load_model",
            "ValueError",
            "File format not supported: filepath=m. Keras 3 only supports V3 `.keras` files, legacy H5 format files",
        ),
        (
            "Model.save_weights(.h5)",
            "",
            "ValueError",
            "The filename must end in `.weights.h5`. Received: filepath=w.h5",
        ),
        (
            "Model.save(.keras)",
            "tf.saved_model.load",
            "OSError",
            "SavedModel file does not exist at: m.keras/{saved_model.pbtxt|saved_model.pb}",
        ),
    ],
)
def test_messages_match_what_keras_says(saver: str, loader: str, type_: str, message: str) -> None:
    (raises,) = said(saver, loader).raises
    assert raises.explains(type_, message)


def test_the_message_about_get_config_is_found_over_line_breaks() -> None:
    (raises,) = said("Model.save(.keras)", custom=frozenset({"unserializable-model"})).raises
    text = "\nObject A was created by passing\nnon-serializable argument values in `__init__()`,\nand therefore the"
    assert raises.explains("NotImplementedError", text + " object must override `get_config()` in\norder to be")


def test_a_folder_without_a_backup_leaves_everything_open() -> None:
    facets = said("Model.save(.keras)", "BackupAndRestore[rebuilt]").facets
    assert set(facets.values()) == {"any"}


def test_a_release_candidate_of_the_next_keras_is_under_the_same_rules() -> None:
    assert said("Model.save(.keras)", "load_model", keras="3.16.0.dev2026010103", tf="2.22.0rc0").rules


def test_rules_speak_of_known_facets_only() -> None:
    assert {facet for rule in contract().rules for facet in rule.expect} <= {*FACETS, "error"}


KERAS_2 = {"tf": "2.11.1", "keras": "2.11.0"}


@pytest.mark.parametrize("saver", ["Model.save(.h5)", "Model.save(save_format='tf')", "Model.save(no extension)"])
def test_keras_2_brings_everything_back_from_both_of_its_formats(saver: str) -> None:
    facets = said(saver, "load_model", **KERAS_2).facets
    assert facets == dict.fromkeys(WHOLE, "survives")


def test_keras_2_refuses_subclassed_models_in_hdf5_only() -> None:
    assert error("Model.save(.h5)", kind="subclassed", **KERAS_2) == ("NotImplementedError",)
    assert said("Model.save(save_format='tf')", kind="subclassed", **KERAS_2).facets["layout"] == "survives"


def test_weights_come_back_from_both_formats_of_keras_2() -> None:
    for saver in ("Model.save_weights(.h5)", "Model.save_weights(no extension)"):
        assert said(saver, "load_weights[rebuilt]", **KERAS_2).facets["weights"] == "survives"
    assert error("Model.save_weights(no extension)", "load_weights(by_name=True)[rebuilt]", **KERAS_2) == (
        "NotImplementedError",
    )


@pytest.mark.parametrize(
    ("tf", "keras", "works"),
    [
        ("2.0.4", "2.2.4-tf", True),
        ("2.2.3", "2.3.0-tf", True),
        ("2.3.4", "2.4.0", False),
        ("2.4.4", "2.4.0", False),
        ("2.5.0", "2.5.0", True),
        ("2.6.5", "2.6.0", False),
        ("2.15.1", "2.15.0", False),
    ],
)
def test_yaml_is_not_monotonic(tf: str, keras: str, *, works: bool) -> None:
    loaded = said("Model.to_yaml", "model_from_yaml(custom_objects)", tf=tf, keras=keras).facets
    assert (loaded.get("architecture") == "survives") == works
    refused = ("RuntimeError",) if tf in {"2.6.5", "2.15.1"} else ()
    assert error("Model.to_yaml", tf=tf, keras=keras) == refused


@pytest.mark.parametrize(
    ("saver", "loader", "optimizer"),
    [
        ("Model.get_weights", "set_weights[rebuilt]", "any"),
        ("Optimizer.variables", "Optimizer.set_weights[rebuilt]", "survives"),
        ("Model.get_state_tree", "set_state_tree[namesake]", "survives"),
    ],
)
def test_arrays_carry_weights_and_what_the_optimizer_keeps(saver: str, loader: str, optimizer: str) -> None:
    facets = said(saver, loader).facets
    assert (facets["weights"], facets["predictions"], facets["optimizer"]) == ("survives", "survives", optimizer)

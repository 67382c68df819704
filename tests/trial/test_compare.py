from __future__ import annotations

from typing import Any

import pytest

from harness.trial.compare import Comparison, Scope, Side, compare, damage, noise
from tests.trial.miniatures import Snapshot, architecture


@pytest.fixture
def snapshot() -> Snapshot:
    return Snapshot()


def keys(comparison: Comparison) -> list[str]:
    return sorted({difference.key for difference in comparison.differences})


def test_equal_snapshots_survive_in_every_facet(snapshot: Snapshot) -> None:
    compared = compare(snapshot.side(), snapshot.side(), Scope())
    assert {name: item.observed for name, item in compared.items()} == dict.fromkeys(
        ("architecture", "weights", "compile", "optimizer", "metrics", "predictions", "resume"), "survived"
    ) | {"state": "absent"}
    assert all(item.closeness == "exact" for item in compared.values())


def test_a_lost_option_is_one_difference_named_after_class_and_argument(snapshot: Snapshot) -> None:
    lost = architecture(args={"units": 2, "activation": {"$fn": "linear"}}, config={"units": 2, "activation": "linear"})
    compared = compare(snapshot.side(), snapshot.side(architecture=lost), Scope())
    assert compared["architecture"].observed == "changed"
    assert keys(compared["architecture"]) == ["Dense.activation"]


def test_another_class_is_one_difference_not_one_per_option(snapshot: Snapshot) -> None:
    other = architecture(**{"class": "EinsumDense", "args": {"equation": "a"}})
    compared = compare(snapshot.side(), snapshot.side(architecture=other), Scope())
    assert len(compared["architecture"].differences) == 1


def test_true_is_not_one(snapshot: Snapshot) -> None:
    before, after = (snapshot.side(architecture=architecture(args={"use_bias": value})) for value in (True, 1))
    assert keys(compare(before, after, Scope())["architecture"]) == ["Dense.use_bias"]


def test_what_may_follow_from_a_lost_option_names_its_cause(snapshot: Snapshot) -> None:
    changes: dict[str, Any] = {
        "architecture": architecture(args={"units": 3}),
        "predictions": {"value": [{**snapshot.array([[9.0, 9.0]]), "tensor": "Tensor"}]},
    }
    compared = compare(snapshot.side(), snapshot.side(**changes), Scope())
    assert compared["predictions"].observed == "changed"
    assert compared["predictions"].causes == ("architecture",)
    assert compared["architecture"].causes == ()


def test_other_predictions_alone_are_a_difference(snapshot: Snapshot) -> None:
    changed = {"value": [{**snapshot.array([[9.0, 9.0]]), "tensor": "Tensor"}]}
    compared = compare(snapshot.side(), snapshot.side(predictions=changed), Scope())
    assert compared["predictions"].closeness == "diverged"
    assert compared["predictions"].causes == ()


def test_predictions_that_round_otherwise_survive_and_say_so(snapshot: Snapshot) -> None:
    changed = {"value": [{**snapshot.array([[0.1, 0.2 + 2e-8]]), "tensor": "Tensor"}]}
    compared = compare(snapshot.side(), snapshot.side(predictions=changed), Scope())
    assert (compared["predictions"].observed, compared["predictions"].closeness) == ("survived", "ulp")


def test_weights_that_round_otherwise_have_changed(snapshot: Snapshot) -> None:
    changed = [snapshot.variable("kernel", [[1.0, 2.0 + 2e-7]]), snapshot.variable("bias", [3.0, 4.0])]
    assert keys(compare(snapshot.side(), snapshot.side(weights=changed), Scope())["weights"]) == ["Dense.kernel"]


def test_permuted_weights_are_told_from_other_weights(snapshot: Snapshot) -> None:
    base = snapshot.base()
    before = [snapshot.variable("gamma", [1.0, 2.0]), snapshot.variable("beta", [3.0, 4.0])]
    after = [snapshot.variable("gamma", [3.0, 4.0]), snapshot.variable("beta", [1.0, 2.0])]
    left, right = (Side({**base, "weights": weights}, snapshot.arrays) for weights in (before, after))
    assert keys(compare(left, right, Scope())["weights"]) == ["variables.order"]


def test_a_missing_variable_is_not_cut_off_by_the_shorter_list(snapshot: Snapshot) -> None:
    shorter = snapshot.base()["weights"][:1]
    assert keys(compare(snapshot.side(), snapshot.side(weights=shorter), Scope())["weights"]) == ["variables.count"]


@pytest.mark.parametrize(
    ("change", "key"),
    [({"name": "scale"}, "Dense.kernel.name"), ({"dtype": "float16"}, "Dense.kernel.dtype")],
)
def test_name_and_dtype_of_variables_are_compared(snapshot: Snapshot, change: dict[str, str], key: str) -> None:
    kernel, bias = snapshot.base()["weights"]
    compared = compare(snapshot.side(), snapshot.side(weights=[{**kernel, **change}, bias]), Scope())
    assert key in keys(compared["weights"])


def test_state_variables_are_a_facet_of_their_own(snapshot: Snapshot) -> None:
    before, after = (
        snapshot.side(state=[snapshot.variable("seed_generator_state", [value, 1], owner="state")])
        for value in (0.0, 1.0)
    )
    compared = compare(before, after, Scope())
    assert keys(compared["state"]) == ["state.seed_generator_state"]
    assert compared["weights"].observed == "survived"


def test_a_variables_lost_trainable_flag_is_architecture_unless_the_target_has_its_own(snapshot: Snapshot) -> None:
    kernel, bias = snapshot.base()["weights"]
    after = snapshot.side(weights=[{**kernel, "trainable": False}, bias])
    assert keys(compare(snapshot.side(), after, Scope())["architecture"]) == ["Dense.kernel.trainable"]
    refrozen = compare(snapshot.side(), after, Scope(own_flags=True))
    assert refrozen["architecture"].observed == refrozen["weights"].observed == "survived"


def test_lost_compile_and_optimizer_are_lost_not_changed(snapshot: Snapshot) -> None:
    compared = compare(snapshot.side(), snapshot.side(compile=None, optimizer=None), Scope())
    assert compared["compile"].observed == compared["optimizer"].observed == "lost"


def test_a_facet_that_the_original_lacks_is_absent(snapshot: Snapshot) -> None:
    bare: dict[str, Any] = {"compile": None, "optimizer": None, "metrics": [], "evaluate": None, "resume": None}
    compared = compare(snapshot.side(**bare), snapshot.side(**bare), Scope())
    assert {compared[name].observed for name in ("compile", "optimizer", "metrics", "resume")} == {"absent"}


def test_reset_slots_change_the_optimizer(snapshot: Snapshot) -> None:
    reset = {**snapshot.base()["optimizer"], "variables": [snapshot.variable("momentum", [0.0, 0.0], owner="")]}
    assert keys(compare(snapshot.side(), snapshot.side(optimizer=reset), Scope())["optimizer"]) == ["momentum"]


def test_an_optimizer_without_a_step_has_nothing_to_lose(snapshot: Snapshot) -> None:
    idle = {**snapshot.base()["optimizer"], "iterations": 0}
    assert compare(snapshot.side(optimizer=idle), snapshot.side(optimizer=idle), Scope())["optimizer"].vacuous


def test_an_optimizer_that_never_stepped_may_make_its_slots_later(snapshot: Snapshot) -> None:
    idle = {**snapshot.base()["optimizer"], "iterations": 0}
    unbuilt = {**idle, "built": False, "variables": []}
    assert compare(snapshot.side(optimizer=idle), snapshot.side(optimizer=unbuilt), Scope())["optimizer"].observed == (
        "survived"
    )
    started = {**idle, "iterations": 1}
    compared = compare(snapshot.side(optimizer=started), snapshot.side(optimizer=unbuilt), Scope())["optimizer"]
    assert {"optimizer.built", "variables.count"} <= set(keys(compared))


def test_evaluate_shows_settings_that_the_portrait_does_not(snapshot: Snapshot) -> None:
    changed = {"value": {"names": ["loss"], "values": [snapshot.array(5.0)]}}
    compared = compare(snapshot.side(), snapshot.side(evaluate=changed), Scope())
    assert compared["compile"].observed == "changed"
    assert keys(compared["compile"]) == ["evaluate.values"]


def test_evaluate_that_follows_from_other_weights_says_nothing_of_the_settings(snapshot: Snapshot) -> None:
    changes: dict[str, Any] = {
        "weights": [snapshot.variable("kernel", [[9.0, 9.0]]), snapshot.variable("bias", [3.0, 4.0])],
        "evaluate": {"value": {"names": ["loss"], "values": [snapshot.array(5.0)]}},
    }
    assert compare(snapshot.side(), snapshot.side(**changes), Scope())["compile"].observed == "survived"


def test_raising_on_use_is_a_difference_with_the_exceptions_type(snapshot: Snapshot) -> None:
    raised = {"raised": {"type": "ValueError", "message": "Unknown variable"}}
    compared = compare(snapshot.side(), snapshot.side(resume=raised), Scope())
    assert keys(compared["resume"]) == ["resume raises ValueError"]


def test_a_reference_that_raises_is_unknown(snapshot: Snapshot) -> None:
    raised = {"raised": {"type": "ValueError", "message": "no"}}
    assert compare(snapshot.side(resume=raised), snapshot.side(), Scope())["resume"].observed == "unknown"


def test_what_differs_between_two_builds_is_noise(snapshot: Snapshot) -> None:
    reference = snapshot.side()
    twin = snapshot.side(architecture=architecture(name="d_1"))
    heard = noise(reference, twin)
    assert heard == frozenset({"architecture:.layers[0].name"})
    loaded = snapshot.side(architecture=architecture(name="d_7"))
    assert compare(reference, loaded, Scope(noise=heard))["architecture"].observed == "survived"


def test_values_that_differ_between_two_builds_are_unknown(snapshot: Snapshot) -> None:
    twin, loaded = (
        snapshot.side(predictions={"value": [{**snapshot.array([[value, 0.2]]), "tensor": "Tensor"}]})
        for value in (5.0, 7.0)
    )
    heard = noise(snapshot.side(), twin)
    assert compare(snapshot.side(), loaded, Scope(noise=heard))["predictions"].observed == "unknown"


def test_a_name_and_an_object_are_one_setting_in_two_forms(snapshot: Snapshot) -> None:
    after = snapshot.side(compile={"loss": "mse", "metrics": [{"class": "MeanAbsoluteError", "args": {}}]})
    assert compare(snapshot.side(), after, Scope())["compile"].observed == "survived"


def test_a_function_and_a_metric_object_are_one_setting_in_two_forms(snapshot: Snapshot) -> None:
    function = {"class_name": "function", "config": "mean_absolute_error"}
    before = snapshot.side(compile={"metrics": [function]})
    after = snapshot.side(compile={"metrics": [{"class_name": "MeanAbsoluteError", "config": {"name": "mae"}}]})
    assert compare(before, after, Scope())["compile"].observed == "survived"


def test_names_of_metrics_that_differ_between_two_builds_are_noise(snapshot: Snapshot) -> None:
    def named(name: str) -> Side:
        return snapshot.side(evaluate={"value": {"names": ["loss", name], "values": [snapshot.array(0.75)] * 2}})

    heard = noise(named("auc"), named("auc_1"))
    assert compare(named("auc"), named("auc_2"), Scope(noise=heard))["compile"].observed == "survived"
    assert compare(named("auc"), named("auc_2"), Scope())["compile"].observed == "changed"


def test_noise_hides_nothing_else(snapshot: Snapshot) -> None:
    reference = snapshot.side()
    heard = noise(reference, snapshot.side(architecture=architecture(name="d_1")))
    loaded = snapshot.side(architecture=architecture(name="d_7", args={"units": 3}))
    compared = compare(reference, loaded, Scope(noise=heard))
    assert keys(compared["architecture"]) == ["Dense.activation", "Dense.units"]


def test_what_is_no_model_has_lost_everything(snapshot: Snapshot) -> None:
    compared = compare(snapshot.side(), Side({"not_a_model": "dict"}), Scope())
    assert {item.observed for item in compared.values()} == {"lost"}
    assert keys(compared["architecture"]) == ["returns dict"]


def test_a_function_shows_predictions_only(snapshot: Snapshot) -> None:
    function = Side({"function": True, "predictions": snapshot.base()["predictions"]}, snapshot.arrays)
    compared = compare(snapshot.side(), function, Scope())
    assert {name: item.observed for name, item in compared.items()} == {"predictions": "survived"}


def test_a_sparse_output_that_comes_back_dense_is_a_difference(snapshot: Snapshot) -> None:
    (output,) = snapshot.base()["predictions"]["value"]
    before = snapshot.side(predictions={"value": [{**output, "tensor": "SparseTensor"}]})
    assert keys(compare(before, snapshot.side(), Scope())["predictions"]) == ["predictions.tensor"]


def test_saving_that_changes_nothing_is_pure(snapshot: Snapshot) -> None:
    assert damage(snapshot.side(), snapshot.side(), Scope()).observed == "survived"


def test_what_the_next_save_would_write_belongs_to_the_live_model(snapshot: Snapshot) -> None:
    after = snapshot.side(writes={"loss": "mse", "optimizer": None})
    assert keys(damage(snapshot.side(), after, Scope())) == ["next save: compile_config.optimizer"]


def test_damaged_weights_are_named_with_their_facet(snapshot: Snapshot) -> None:
    zeroed = [snapshot.variable("kernel", [[0.0, 0.0]]), snapshot.variable("bias", [3.0, 4.0])]
    assert keys(damage(snapshot.side(), snapshot.side(weights=zeroed), Scope())) == ["weights: Dense.kernel"]


def test_an_unbuilt_copy_is_compared_by_what_it_would_write(snapshot: Snapshot) -> None:
    completed = architecture(args={"units": 2, "axis": [1]})
    after = snapshot.side(built=False, weights=[], architecture=architecture(args={"units": 2, "axis": 1}))
    compared = compare(snapshot.side(architecture=completed), after, Scope())
    assert compared["architecture"].observed == "survived"


def test_what_was_not_asked_for_is_not_said_to_be_lost(snapshot: Snapshot) -> None:
    after = snapshot.side()
    del after.snapshot["evaluate"], after.snapshot["resume"]
    compared = compare(snapshot.side(), after, Scope(looks=frozenset({"predictions"})))
    assert "resume" not in compared
    assert compared["compile"].observed == compared["predictions"].observed == "survived"


def test_what_was_asked_for_and_cannot_be_seen_is_lost(snapshot: Snapshot) -> None:
    after = snapshot.side()
    del after.snapshot["resume"]
    assert compare(snapshot.side(), after, Scope())["resume"].observed == "lost"

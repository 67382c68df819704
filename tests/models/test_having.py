from __future__ import annotations

from harness.models.generate import generate_fitting
from harness.models.having import fitting, names
from harness.models.spec import KINDS, Call, Compile, Input, Layer, Model, ModelSpec

SPEC = ModelSpec(
    Model(
        "functional",
        "m",
        inputs=(Input("i", (4,)),),
        layers=(
            Layer(
                "d",
                "Dense",
                {
                    "units": 3,
                    "activation": "relu",
                    "kernel_initializer": {"$": "initializers.HeNormal", "args": {"seed": 1}},
                },
            ),
        ),
        calls=(Call(0, ("i0",)),),
        outputs=("c0",),
    ),
    Compile(optimizer="rmsprop", loss={"$fn": "losses.mean_squared_error"}, targets=("like",)),
)


def test_a_model_names_its_classes_functions_and_strings() -> None:
    assert names(SPEC) == {"Functional", "Dense", "relu", "HeNormal", "RMSprop", "mean_squared_error"}


def test_only_models_with_all_of_the_names_fit() -> None:
    assert fitting(("Dense", "HeNormal"))(SPEC)
    assert not fitting(("Dense", "GlorotNormal"))(SPEC)


def test_models_are_drawn_until_some_fit() -> None:
    found = generate_fitting(3, 0, KINDS, fitting(("LSTM",)))
    assert len(found) == 3
    assert all("LSTM" in names(spec) for spec in found)


def test_a_kind_that_cannot_have_it_does_not_keep_the_others_from_it() -> None:
    found = generate_fitting(4, 0, ("sequential", "functional"), lambda spec: len(spec.model.inputs) > 1)
    assert [spec.kind for spec in found] == ["functional"] * 4


def test_what_is_rare_is_drawn_more_often_where_it_is_wanted() -> None:
    plain = generate_fitting(10, 0, KINDS, fitting(("Equalization",)))
    wanted = generate_fitting(10, 0, KINDS, fitting(("Equalization",)), wanted=("Equalization",))
    assert len(plain) < len(wanted) == 10
    assert all("Equalization" in names(spec) for spec in wanted)

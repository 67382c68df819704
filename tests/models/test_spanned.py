"""What models have of what Keras has: nothing counts that a version lacks, and nothing is counted twice."""

from __future__ import annotations

from harness.models.features import features
from harness.models.generate import generate
from harness.models.spanned import PAIRS, Span, adjacent, names, spans
from harness.models.spec import Call, Compile, Input, Layer, Model, ModelSpec

NEWEST, OLD = ("3.15.1", "2.21.0"), ("2.5.0", "2.5.3")
SPEC = ModelSpec(
    Model(
        "functional",
        "model",
        (Input("i", (3,)),),
        (Layer("dense", "Dense", {"units": 2, "use_bias": False}),),
        (Call(0, ("i0",)),),
        ("c0",),
    ),
    Compile("adam", "mse", ("like",), metrics="mean_absolute_error", options={"jit_compile": False}),
)


def _rows(*specs: ModelSpec, versions: tuple[tuple[str, str], ...] = (NEWEST,)) -> dict[str, Span]:
    met = {name for spec in specs for name in names(features(spec))}
    return {row.title: row for row in spans(met, versions)}


def test_what_a_model_has_is_covered_and_nothing_else() -> None:
    covered = {row.title: row.covered for row in _rows(SPEC).values() if row.covered and row.title != PAIRS}
    assert covered == {
        "layers": {"Dense"},
        "layer arguments": {"Dense.units", "Dense.use_bias"},
        "optimizers": {"optimizer Adam"},
        "losses": {"loss MeanSquaredError"},
        "metrics": {"metric MeanAbsoluteError"},
        "options of compile": {"compile.jit_compile"},
    }


def test_what_a_version_lacks_is_not_missing() -> None:
    newest, old = _rows(), _rows(versions=(OLD,))
    assert "UnitNormalization" in newest["layers"].missing - old["layers"].missing
    assert "Dense.lora_rank" in newest["layer arguments"].missing - old["layer arguments"].missing
    assert "optimizer Lion" in newest["optimizers"].missing - old["optimizers"].missing


def test_what_one_of_several_versions_has_counts() -> None:
    assert _rows(versions=(OLD, NEWEST))["layers"].total >= _rows()["layers"].total


def test_more_models_cover_more() -> None:
    few, many = _rows(*generate(6, 0)), _rows(*generate(24, 0))
    for title, row in few.items():
        assert row.covered <= many[title].covered
    assert few["layers"].percent < many["layers"].percent < 100


def test_pairs_of_features_and_of_layers_count() -> None:
    row = _rows(SPEC)[PAIRS]
    assert "kind=functional & compiled" in row.covered
    assert "kind=functional & not compiled" in row.missing
    assert adjacent(names({"adjacent": ["Dense > Dropout"], "classes": ["Dense"]})) == 1


def test_all_of_nothing_is_covered() -> None:
    assert Span("none", frozenset(), frozenset()).percent == 100

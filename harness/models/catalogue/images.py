"""Layers that crop, turn, paint over and measure images and sounds."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.models.catalogue.convolutional import channels, placed
from harness.models.catalogue.entry import IMAGE, Args, Entry, Json, Param, Shape, Tensor, couple, made, smallest
from harness.models.catalogue.objects import SEED

if TYPE_CHECKING:
    from collections.abc import Sequence

COLOURS = 3
"""Channels of an image in colour."""
SMALL = 4
"""Height and width of what is cropped out of an image."""


def _resized(shapes: Sequence[Shape], args: Args) -> tuple[Shape, ...]:
    return (placed((args["height"], args["width"]), channels(shapes[0], args), args),)


def _first_where_fitting(tensors: Sequence[Tensor], args: Args) -> tuple[Json, ...]:
    """Channels first, where what is to be cropped out is then still all of the image."""
    shape = tensors[0].shape
    whole = "height" not in args or (args["height"], args["width"]) == shape[1:]
    return ("channels_first",) if whole and smallest(shape[1:]) > 1 else ()


def _piped(shapes: Sequence[Shape], args: Args) -> tuple[Shape, ...]:
    shape = shapes[0]
    for layer in args["layers"]:
        settings = layer["args"]
        shape = (settings["height"], settings["width"], shape[-1]) if "height" in settings else shape
    return (shape,)


def _is_image(tensor: Tensor) -> bool:
    return smallest(tensor.shape[:2]) >= SMALL


def _is_single_image(tensor: Tensor) -> bool:
    return _is_image(tensor) and tensor.dtype == "float32"


def _is_coloured(tensor: Tensor) -> bool:
    return _is_image(tensor) and tensor.shape[-1] == COLOURS


def _is_grey_or_coloured(tensor: Tensor) -> bool:
    return _is_image(tensor) and tensor.shape[-1] in {1, COLOURS}


def _mel(shapes: Sequence[Shape], args: Args) -> tuple[Shape, ...]:
    return ((args["num_mel_bins"], 1 + (shapes[0][0] or 0) // args["sequence_stride"]),)


def _stft(shapes: Sequence[Shape], args: Args) -> tuple[Shape, ...]:
    steps = 1 + ((shapes[0][0] or 0) - args["frame_length"]) // args["frame_step"]
    bins = args["frame_length"] // 2 + 1
    return ((steps, (shapes[0][1] or 0) * (bins if args.get("mode") != "stft" else 2 * bins)),)


def _is_long(tensor: Tensor) -> bool:
    return (tensor.shape[0] or 0) >= 2 * SMALL


UNIT = Param("value_range", (couple(0, 1), [0.0, 1.0]))
FACTOR = Param("factor", (0.25, couple(0.1, 0.5)))
FILL = (Param("fill_mode", ("constant", "nearest")), Param("fill_value", (0.25,)))
NEAREST = Param("interpolation", ("nearest",))
CROPS = (Param("height", (SMALL, 2)), Param("width", (3, SMALL)))
RESIZED_FIRST = Param("data_format", ("channels_first",), keras=">=3.0")
FIRST = Param("data_format", _first_where_fitting, keras=">=3.9")


def _random(cls: str, *required: Param, optional: tuple[Param, ...] = (), keras: str = "", tf: str = ">=2.6") -> Entry:
    return Entry(
        cls,
        ranks=(IMAGE,),
        required=required,
        optional=(*optional, FIRST, *(() if SEED in required else (SEED,))),
        accepts=_is_image,
        random=True,
        keras=keras,
        tf=tf,
    )


def _coloured(
    cls: str, *required: Param, optional: tuple[Param, ...] = (), draws: bool = True, keras: str = ">=3.9"
) -> Entry:
    return Entry(
        cls,
        ranks=(IMAGE,),
        required=required,
        optional=(UNIT, *optional, *((SEED,) if draws else ())),
        accepts=_is_coloured,
        random=draws,
        raw=True,
        keras=keras,
    )


def _resizing(cls: str, *optional: Param) -> Entry:
    return Entry(cls, _resized, (IMAGE,), CROPS, (*optional, RESIZED_FIRST), accepts=_is_image, tf=">=2.6")


PIPES: tuple[Json, ...] = (
    [made("layers.Rescaling", scale=0.5)],
    [made("layers.RandomFlip", mode="horizontal", seed=3), made("layers.Rescaling", scale=0.5, offset=-0.25)],
    [made("layers.Rescaling", scale=2.0), made("layers.CenterCrop", height=3, width=4)],
    [made("layers.Resizing", height=4, width=3), made("layers.RandomContrast", factor=0.25, seed=5)],
)

ENTRIES: tuple[Entry, ...] = (
    _resizing("CenterCrop"),
    _resizing(
        "Resizing",
        Param("interpolation", ("nearest", "bicubic")),
        Param("crop_to_aspect_ratio", (True,)),
        Param("pad_to_aspect_ratio", (True,), unless=("crop_to_aspect_ratio",), keras=">=3.4"),
        Param("fill_value", (0.25,), needs=("pad_to_aspect_ratio",), keras=">=3.4"),
        Param("antialias", (True,), keras=">=3.9"),
    ),
    # Of Keras 3.15, it returns another shape at inference than it says it will: unless nothing is cut away. The seed
    # that it draws without one cannot be told from one that it was given. It returns what it takes in its dtype.
    replace(
        _random(
            "RandomCrop",
            Param("height", lambda tensors, _: tensors[0].shape[:1]),
            Param("width", lambda tensors, _: tensors[0].shape[1:2]),
            SEED,
        ),
        accepts=_is_single_image,
    ),
    _random("RandomFlip", optional=(Param("mode", ("horizontal", "vertical")),)),
    _random("RandomRotation", FACTOR, optional=(*FILL, NEAREST)),
    _random(
        "RandomTranslation",
        Param("height_factor", (0.25, couple(-0.25, 0.5))),
        Param("width_factor", (0.25,)),
        optional=(*FILL, NEAREST),
    ),
    _random("RandomZoom", Param("height_factor", (0.25,)), optional=(Param("width_factor", (0.5,)), *FILL, NEAREST)),
    _random("RandomContrast", FACTOR, optional=(Param("value_range", (couple(0, 1),), keras=">=3.9"),)),
    _random("RandomBrightness", FACTOR, optional=(UNIT,), tf=">=2.9"),
    replace(
        _random("RandomGrayscale", Param("factor", (0.25, 0.75)), keras=">=3.9", tf=""),
        optional=(SEED,),
        accepts=_is_grey_or_coloured,
    ),
    _random(
        "RandomShear", Param("x_factor", (0.25,)), Param("y_factor", (0.5,)), optional=(*FILL, NEAREST), keras=">=3.9"
    ),
    _random("RandomErasing", optional=(FACTOR, UNIT, Param("scale", (couple(0.1, 0.2),))), keras=">=3.10"),
    _random("RandomPerspective", optional=(FACTOR, Param("scale", (0.5,)), FILL[1], NEAREST), keras=">=3.10"),
    _random("RandomElasticTransform", optional=(FACTOR, Param("scale", (0.5,)), *FILL, NEAREST), keras=">=3.10"),
    _random("RandomGaussianBlur", optional=(FACTOR, Param("sigma", (0.5,)), UNIT), keras=">=3.10"),
    _coloured("RandomColorDegeneration", FACTOR),
    _coloured(
        "RandomColorJitter",
        optional=(
            Param("brightness_factor", (0.25,)),
            Param("contrast_factor", (0.25,)),
            Param("saturation_factor", (0.5,)),
            Param("hue_factor", (0.25,)),
        ),
    ),
    _coloured("RandomHue", FACTOR),
    _coloured("RandomInvert", optional=(FACTOR,), keras=">=3.10"),
    _coloured("RandomPosterization", Param("factor", (4,))),
    _coloured("RandomSaturation", FACTOR),
    _coloured("RandomSharpness", FACTOR),
    _coloured("Solarization", optional=(Param("addition_factor", (0.25,)), Param("threshold_factor", (0.5,)))),
    _coloured("AutoContrast", draws=False),
    _coloured("Equalization", optional=(Param("bins", (16,)),), draws=False),
    _coloured("AugMix", optional=(Param("num_chains", (1,)), Param("chain_depth", (1,)), FACTOR), keras=">=3.11"),
    _coloured("RandAugment", optional=(Param("num_ops", (1,)), FACTOR)),
    Entry(
        "ContrastLimitedAdaptiveHistogramEqualization",
        ranks=(IMAGE,),
        optional=(UNIT, Param("clip_limit", (2.0,)), Param("tile_grid_size", (couple(2, 2),))),
        accepts=lambda tensor: tensor.shape == (8, 8, COLOURS),
        raw=True,
        keras=">=3.15",
    ),
    Entry(
        "Pipeline",
        _piped,
        (IMAGE,),
        (Param("layers", PIPES),),
        accepts=_is_image,
        random=lambda args: "Random" in str(args),
        keras=">=3.6",
    ),
    Entry(
        "MelSpectrogram",
        _mel,
        (1,),
        (Param("fft_length", (SMALL, 2 * SMALL)), Param("sequence_stride", (2, SMALL)), Param("num_mel_bins", (2, 3))),
        (
            Param("sampling_rate", (8000,)),
            Param("min_freq", (40.0,)),
            Param("max_freq", (3000.0,)),
            Param("power_to_db", (False,)),
            Param("mag_exp", (1.0,)),
            Param("min_power", (1e-3,)),
            Param("ref_power", (2.0,)),
            Param("top_db", (40.0,)),
            Param("window", ("hamming",)),
        ),
        accepts=_is_long,
        raw=True,
        keras=">=3.6",
    ),
    Entry(
        "STFTSpectrogram",
        _stft,
        (2,),
        (Param("frame_length", (SMALL,)), Param("frame_step", (2, 3))),
        (
            Param("mode", ("magnitude", "psd", "stft")),
            Param("window", ("hamming",)),
            Param("periodic", (True,)),
            Param("scaling", ("spectrum",)),
        ),
        accepts=_is_long,
        raw=True,
        keras=">=3.9",
    ),
)

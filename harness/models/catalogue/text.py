"""Layers that look strings and numbers up in a vocabulary, given or learned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.models.catalogue.entry import Args, Entry, Json, Param, Shape, Tensor, couple, function, sample

if TYPE_CHECKING:
    from collections.abc import Sequence

VOCABULARIES: tuple[Json, ...] = (["oak", "elm"], ["yew", "oak", "fir"], ["elm", "ash", "oak", "fir"], None)
"""Of the words that string inputs are made of, and not in their order; None: learned by ``adapt``."""
LEARNED = (4, 5)
"""Sizes of vocabularies that are learned: no more than there are words."""
SUMMED = ("multi_hot", "count", "tf_idf")
"""Modes that make one row of a row."""


def size(args: Args) -> int:
    """Number of different values that a lookup may return, or the width of its rows."""
    if args.get("max_tokens") is not None and (args["vocabulary"] is None or args.get("pad_to_max_tokens")):
        return int(args["max_tokens"])
    masks = "mask_token" in args and args.get("output_mode", "int") == "int"
    return len(args["vocabulary"]) + int(args.get("num_oov_indices", 1)) + int(masks)


def encoded(shape: Shape, args: Args, width: int) -> Shape:
    """Numbers in the same shape, or rows of this width."""
    mode = args.get("output_mode", "int")
    if mode == "int":
        return shape
    return (*shape[:-1], width) if mode in SUMMED or shape[-1] == 1 else (*shape, width)


def _looked_up(shapes: Sequence[Shape], args: Args) -> tuple[Shape, ...]:
    return (encoded(shapes[0], args, size(args)),)


def _vectorized(_: Sequence[Shape], args: Args) -> tuple[Shape, ...]:
    return ((args["output_sequence_length"],) if args["output_mode"] == "int" else (size(args),),)


def domain(args: Args) -> str:
    """Of numbers, how many there are; rows are floats."""
    return f"index:{size(args)}" if args.get("output_mode", "int") == "int" else "real"


def _text_domain(args: Args) -> str:
    if args["output_mode"] != "int":
        return "real"
    return f"index:{args['max_tokens'] if args['vocabulary'] is None else len(args['vocabulary']) + 2}"


def _numbers(tensors: Sequence[Tensor], _: Args) -> tuple[Json, ...]:
    classes = tensors[0].classes
    return (list(range(1, classes)), list(range(classes - 1, 0, -1)), None)


def _modes(tensors: Sequence[Tensor], _: Args) -> tuple[Json, ...]:
    """One value in a row is looked up or marked; of more, there is something to count."""
    return ("int", "one_hot", "multi_hot") if tensors[0].shape[-1] == 1 else ("int", "one_hot", *SUMMED)


def _learned_sizes(_: Sequence[Tensor], args: Args) -> tuple[Json, ...]:
    return LEARNED if args["vocabulary"] is None else ()


def _spare(_: Sequence[Tensor], args: Args) -> tuple[Json, ...]:
    """Room for more words than there are."""
    return () if args["vocabulary"] is None else (len(args["vocabulary"]) + 4,)


def _weights(_: Sequence[Tensor], args: Args) -> tuple[Json, ...]:
    """A weight for each word that is given, where they are asked for."""
    if args["output_mode"] != "tf_idf" or args["vocabulary"] is None:
        return ()
    return ([0.5 + 0.25 * place for place in range(len(args["vocabulary"]))],)


def _row(_: Sequence[Tensor], args: Args) -> tuple[Json, ...]:
    """Not of weighted words: Keras 3 does not find the weights of sparse rows."""
    return (True,) if args["output_mode"] in SUMMED and args["output_mode"] != "tf_idf" else ()


def _padded(_: Sequence[Tensor], args: Args) -> tuple[Json, ...]:
    return (True,) if args["output_mode"] != "int" else ()


def _lengths(_: Sequence[Tensor], args: Args) -> tuple[Json, ...]:
    return (3, 2) if args["output_mode"] == "int" else ()


def _lessons(tensors: Sequence[Tensor], args: Args) -> tuple[Json, ...]:
    return (sample(tensors[0], rows=16),) if args["vocabulary"] is None else ()


def _flat(tensor: Tensor) -> bool:
    return None not in tensor.shape


def _of_words(tensor: Tensor) -> bool:
    return tensor.domain == "words"


def _of_text(tensor: Tensor) -> bool:
    return tensor.domain == "text"


MODE = Param("output_mode", _modes)
LEARNED_SIZE = Param("max_tokens", _learned_sizes)
SPARE = Param("pad_to_max_tokens", _padded, needs=("max_tokens",))
SPARSE = Param("sparse", _row)
IDF = Param("idf_weights", _weights, keras=">=2.8")

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "StringLookup",
        _looked_up,
        (1,),
        (Param("vocabulary", VOCABULARIES), MODE, LEARNED_SIZE, IDF),
        (
            Param("num_oov_indices", (2,)),
            Param("mask_token", ("",), unless=("idf_weights",)),
            Param("oov_token", ("[none]",)),
            Param("encoding", ("latin-1",)),
            SPARE,
            SPARSE,
        ),
        takes="string",
        accepts=_of_words,
        domain=domain,
        adapt=_lessons,
        counts=True,
        raw=True,
        tf=">=2.6",
    ),
    Entry(
        "IntegerLookup",
        _looked_up,
        (1,),
        (Param("vocabulary", _numbers), MODE, LEARNED_SIZE, IDF),
        (Param("num_oov_indices", (2,)), Param("mask_token", (0,), unless=("idf_weights",)), SPARE, SPARSE),
        takes="index",
        accepts=lambda tensor: tensor.classes > max(LEARNED),
        domain=domain,
        adapt=_lessons,
        counts=True,
        raw=True,
        tf=">=2.6",
    ),
    Entry(
        "TextVectorization",
        _vectorized,
        (0, 1),
        (
            Param("vocabulary", VOCABULARIES),
            Param("output_mode", lambda tensors, _: SUMMED if not tensors[0].shape else ("int",)),
            LEARNED_SIZE,
            IDF,
            Param("output_sequence_length", _lengths),
        ),
        (
            Param("standardize", ("lower", "strip_punctuation", None, function("custom.standardized"))),
            Param("split", lambda tensors, _: ("character", None) if tensors[0].shape else ("character",)),
            Param("ngrams", (2, couple(1, 2))),
            Param("encoding", ("latin-1",), keras=">=2.11"),
            SPARE,
            Param("sparse", _row, keras=">=2.8"),
        ),
        takes="string",
        accepts=_of_text,
        domain=_text_domain,
        adapt=_lessons,
        counts=True,
        raw=True,
        tf=">=2.6",
    ),
)

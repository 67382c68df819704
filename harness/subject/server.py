"""Answers requests over a pipe, one JSON object a line; a model stays open between requests.

Requests and replies (``->``):

- ``hello {formats}`` -> the environment's versions and which routes need what;
- ``open {spec, arrays, looks}`` -> ``reference``, ``twin`` (full portraits of two equal models), ``live`` (light) and
  ``outputs`` (what another environment has to know of it);
- ``adopt {spec, outputs}`` -> nothing: what another environment has written of this model can be loaded;
- ``save {saver, path}`` -> ``raised`` or nothing, ``warnings``, and ``live`` (the model after saving);
- ``load {loader, path, saver, arrays, looks}`` -> ``raised`` or ``snapshot``, and ``warnings``;
- ``fresh`` -> replaces the live model by a newly built one;
- ``make {items}`` -> ``errors``, one for each item, null where there is such a thing: an object or function
  (``make``), a name (``get``, ``of`` a namespace), an argument of ``compile`` (``option``).

A reply with ``fault`` tells of a fault of the harness itself, with its traceback.
"""

from __future__ import annotations

import inspect
import json
import logging
import os
import re
import traceback
import warnings
from typing import Any, Callable, Dict, Iterable, List, Optional, Sequence, TextIO

from . import build, env, graph, routes, snapshot
from .arrays import Arrays
from .context import Context, NoTargetError

ANSI = re.compile(r"\x1b\[[0-9;]*m")


class Server:
    """State of one subject process: the routes it knows and the model that is open."""

    def __init__(self) -> None:
        self.routes = routes.Routes({}, {})
        self.context = None  # type: Optional[Context]
        self.objects = {}  # type: Dict[str, Any]

    def answer(self, request: Dict[str, Any]) -> Dict[str, Any]:
        """The reply to one request; a fault of the harness becomes a reply too."""
        try:
            reply = getattr(self, "do_" + request["op"])(request)  # type: Dict[str, Any]
        except Exception:  # noqa: BLE001 - the driver judges it as a fault of the harness
            return {"fault": traceback.format_exc()}
        return reply

    def do_hello(self, request: Dict[str, Any]) -> Dict[str, Any]:
        env.prepare()
        self.routes = routes.load(request["formats"])
        return {"environment": env.describe()}

    def do_open(self, request: Dict[str, Any]) -> Dict[str, Any]:
        spec = request["spec"]
        looks = request.get("looks", snapshot.LOOKS)
        self.close()
        arrays = Arrays()
        reply = {}
        # Without a look or a step nothing can differ between two builds: the live model is its own reference.
        for name in ("reference", "twin") if looks or spec["steps"] else ():
            built = build.build(spec)
            reply[name] = self._full(built.model, built, arrays, looks)
        self.context = Context(spec, build.build(spec))
        reply["live"] = snapshot.light(self.context.model, arrays)
        reply["outputs"] = build.known(self.context.built)
        arrays.write(request["arrays"])
        return dict({"reference": reply["live"], "twin": reply["live"]}, **reply)

    def do_look(self, request: Dict[str, Any]) -> Dict[str, Any]:
        """Build the model once, and look at it; nothing stays open."""
        self.close()
        arrays = Arrays()
        built = build.build(request["spec"])
        reply = self._full(built.model, built, arrays, request["looks"])
        arrays.write(request["arrays"])
        return reply

    def do_adopt(self, request: Dict[str, Any]) -> Dict[str, Any]:
        self.close()
        self.context = Context(request["spec"], build.absent(request["spec"], request["outputs"]))
        return {}

    def do_fresh(self, request: Dict[str, Any]) -> Dict[str, Any]:
        context = self._open()
        context.built = build.build(context.spec)
        return {"live": snapshot.light(context.model, Arrays())}

    def do_save(self, request: Dict[str, Any]) -> Dict[str, Any]:
        context, saver = self._open(), self.routes.savers[request["saver"]]
        arguments = [request["path"]] if saver.medium == "path" else []
        reply = attempt("save", lambda: saver.run(context, *arguments), hide=request["path"])
        result = reply.pop("result", None)
        if saver.medium != "path":
            self.objects[saver.name] = result
        reply["live"] = snapshot.light(context.model, Arrays())
        return reply

    def do_load(self, request: Dict[str, Any]) -> Dict[str, Any]:
        context, loader = self._open(), self.routes.loaders[request["loader"]]
        try:
            self._prepare_target(loader)
        except NoTargetError as error:
            return {"no_target": str(error)[:500]}
        artifact = request["path"] if loader.medium == "path" else self.objects[request["saver"]]
        env.seed_inference(context.spec["seed"] + 1)
        reply = attempt("load", lambda: loader.run(context, artifact), hide=request["path"])
        result = reply.pop("result", None)
        if reply["raised"] is None:
            arrays = Arrays()
            is_model = isinstance(result, (snapshot.Function, context.keras.Model))
            reply["snapshot"] = (
                self._full(result, context.built, arrays, request["looks"])
                if is_model
                else {"not_a_model": type(result).__name__}
            )
            arrays.write(request["arrays"])
        context.give_back(str(loader.target), artifact)
        return reply

    def do_make(self, request: Dict[str, Any]) -> Dict[str, Any]:
        return {"errors": [_error_of(item) for item in request["items"]]}

    def close(self) -> None:
        """Forget the open model: memory must not grow with the number of models."""
        self.context = None
        self.objects.clear()
        clear = getattr(env.keras().backend, "clear_session", None)
        if clear is not None:
            clear()

    def _prepare_target(self, loader: Any) -> None:
        context = self._open()
        context.target = None
        if loader.target is not None:
            context.make_target(loader.target)

    def _open(self) -> Context:
        if self.context is None:
            raise ValueError("no model is open")
        return self.context

    def _full(self, model: Any, built: Any, arrays: Arrays, looks: Sequence[str]) -> Dict[str, Any]:
        plan = built.spec["model"]
        data = snapshot.Data(built.x, built.y, plan["takes"], plan["returns"])
        if built.model.built:
            snapshot.build_by_call(model, data)
        return snapshot.full(model, data, int(built.spec["seed"]), arrays, looks)


def _error_of(item: Dict[str, Any]) -> Optional[str]:
    """What is raised where there is no such class, argument, name or option here."""
    try:
        if "option" in item:
            _find_option(env.keras().Model, item["option"])
        elif "get" in item:
            getattr(env.keras(), item["of"]).get(item["get"])
        else:
            graph.decode(item["make"])
    except Exception as error:  # noqa: BLE001 - the exception is the answer
        return "%s: %s" % (type(error).__name__, str(error)[:300])
    return None


def _find_option(model: Any, name: str) -> None:
    """An argument of ``compile``: before TF 2.3 one of them has no name there, but shows as a property.

    Raises:
        KeyError: there is none.
    """
    if not hasattr(model, name):
        inspect.signature(model.compile).parameters[name]


def attempt(stage: str, call: Callable[[], Any], hide: Optional[str]) -> Dict[str, Any]:
    """Run a saver or a loader: what it returned, what it raised, and what it warned of."""
    heard = []  # type: List[str]
    reply = {"raised": None}  # type: Dict[str, Any]
    with warnings.catch_warnings(record=True) as caught, listening(heard):
        warnings.simplefilter("always")
        try:
            reply["result"] = call()
        except Exception as error:  # noqa: BLE001 - the exception is the observation
            reply["raised"] = describe_error(error, stage, hide)
    heard.extend(str(item.message) for item in caught if not issubclass(item.category, DeprecationWarning))
    reply["warnings"] = sorted({tidy(text, hide)[:300] for text in heard})
    return reply


class listening:  # noqa: N801 - reads as a verb in its with statement
    """Collects what Keras and TensorFlow log as warnings, though TensorFlow's are not to be shown."""

    def __init__(self, heard: List[str]) -> None:
        self.handler = _Listener(heard)
        self.levels = []  # type: List[int]

    def __enter__(self) -> None:
        for logger in self._loggers():
            self.levels.append(logger.level)
            logger.setLevel(min(logger.level, logging.WARNING))
            logger.addHandler(self.handler)

    def __exit__(self, *exception: object) -> None:
        for logger, level in zip(self._loggers(), self.levels):
            logger.removeHandler(self.handler)
            logger.setLevel(level)

    @staticmethod
    def _loggers() -> Iterable[logging.Logger]:
        return [logging.getLogger(), logging.getLogger("absl"), logging.getLogger("tensorflow")]


class _Listener(logging.Handler):
    def __init__(self, heard: List[str]) -> None:
        super().__init__(logging.WARNING)
        self.heard = heard

    def emit(self, record: logging.LogRecord) -> None:
        self.heard.append(record.getMessage())


def describe_error(error: BaseException, stage: str = "look", hide: Optional[str] = None) -> Dict[str, Any]:
    """An exception as data: its type, its message without paths and colours, and where in Keras it arose."""
    return {
        "stage": stage,
        "type": type(error).__name__,
        "message": tidy(str(error), hide),
        "where": _where(error),
    }


def tidy(text: str, hide: Optional[str] = None) -> str:
    """A message without colours and without the scratch path, on which nothing may depend."""
    text = ANSI.sub("", text)
    return text.replace(hide, "<path>") if hide else text


def _where(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    for frame in reversed(frames):
        path = frame.filename.replace(os.sep, "/").rpartition("site-packages/")[2]
        if path.split("/")[0] in ("keras", "tf_keras", "tensorflow", "tensorflow_core"):
            return "%s:%s" % (path, frame.name)
    return ""


def serve(requests: TextIO, replies: TextIO) -> None:
    """Answer until the pipe is closed."""
    server = Server()
    for line in requests:
        replies.write(json.dumps(server.answer(json.loads(line))) + "\n")
        replies.flush()

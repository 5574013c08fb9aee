"""A question as Python that asks it again: the same fits are found, whichever door made them."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import MISSING, fields, is_dataclass
from importlib import import_module
from typing import Any, NamedTuple

from galaxy_causal.dataset import pair
from galaxy_causal.estimator import ESTIMATORS
from galaxy_causal.fitting import Fitting
from galaxy_causal.network import NETWORKS, Network, preset
from galaxy_causal.types import (
    TARGET,
    Catalogue,
    Described,
    InputPair,
    InputSet,
    UserError,
    public_path,
    snake_case,
    spec_of,
)

RENAMED = {"class": "galaxy_class", "split": "split_column"}
"""Columns of a table by the names that functions have for them."""
TABLES = ("table", "cutouts")
SMALL = "_small"
LONGEST = 100
"""Letters of a statement in one line."""
WITH_SCHEMES = ("ebv",)
"""Modalities that come along in Python where there are any."""


class Call(NamedTuple):
    """A function of the library, and the arguments that are not its defaults."""

    function: str
    arguments: Mapping[str, object]


def store_code(folder: str | None, shared: Mapping[str, object]) -> str:
    """A store as functions take it.

    Parameters
    ----------
    folder
        Of fits and runs; None: nothing is kept.
    shared
        Of a store that others share, its ``fits`` and ``server``, which may be None.

    Returns
    -------
    str
        Python.

    Examples
    --------
    >>> store_code("mlruns", {}), store_code("mlruns", {"fits": "s3://b/fits", "server": None})
    ("'mlruns'", "gc.Store('mlruns', fits='s3://b/fits')")
    """
    more = "".join(f", {name}={value!r}" for name, value in shared.items() if value is not None)
    return f"gc.Store({folder!r}{more})" if more else repr(folder)


def twin(call: Call, dataset: Mapping[str, object] | None, store: str) -> str:
    """Python that asks a question.

    Parameters
    ----------
    call
        The function, and what it is given beside galaxies and store.
    dataset
        Options of what reads the galaxies, with its ``_target_``; None: they are there.
    store
        Where fits and runs are kept, as Python.

    Returns
    -------
    str
        Statements.
    """
    imports: set[str] = {"import galaxy_causal as gc"}
    galaxies = "galaxies = ...  # as you read them" if dataset is None else _reading(dataset, imports)
    given = [f"{name}={_code(value, imports)}" for name, value in call.arguments.items()]
    lines = [f"    {one}," for one in (*given, f"store={store}")]
    asked = "\n".join([f"result = gc.{call.function}(", "    galaxies,", *lines, ")", "print(result.answer)"])
    return "\n".join([*sorted(imports, reverse=True), "", galaxies, asked])


def chosen(inputs: InputSet) -> dict[str, list[str]]:
    """Inputs as a function takes them: of a modality the names in it; what comes along is left out."""
    found: dict[str, list[str]] = {}
    for item in inputs.items:
        if item.modality not in WITH_SCHEMES:
            found.setdefault(item.modality, []).append(item.name)
    return found


def can_be_said(inputs: InputPair, catalogue: Catalogue) -> bool:
    """Whether functions take just these inputs, errors and what accompanies them included."""
    said = pair(
        catalogue.features, catalogue.name, chosen(inputs.x1), chosen(inputs.x2),
        errors="available", accompany={"ebv": "available"}, images=catalogue.image_bands,
    )  # fmt: skip
    return (said.x1.items, said.x2.items) == (inputs.x1.items, inputs.x2.items)


def fitted(fitting: Fitting, network: str, estimator: str, seeds: int = 3) -> dict[str, object]:
    """How fits are made, where that is not the default of a function.

    Parameters
    ----------
    fitting
        How they are made.
    network, estimator, seeds
        The function's defaults.

    Returns
    -------
    dict of str to object
        Its arguments.
    """
    found: dict[str, object] = {}
    if fitting.estimator.uses_network and spec_of(fitting.network) != spec_of(preset(network)):
        found["network"] = fitting.network
    if spec_of(fitting.estimator) != spec_of(ESTIMATORS[estimator]):
        spec = spec_of(fitting.estimator)
        names = [name for name, one in ESTIMATORS.items() if spec_of(one) == spec]
        found["estimator"] = names[0] if names else fitting.estimator
    if fitting.seed:
        found["seed"] = fitting.seed
    if fitting.seeds != seeds:
        found["seeds"] = fitting.seeds
    return found | ({"trainer": fitting.trainer.given} if fitting.trainer.given else {})


def changed(options: object, names: Iterable[str] | None = None) -> dict[str, object]:
    """Fields of a dataclass that are not its defaults."""
    found = {}
    for item in fields(options):  # type: ignore[arg-type]
        value, usual = getattr(options, item.name), item.default
        if usual is MISSING and item.default_factory is not MISSING:
            usual = item.default_factory()
        if item.init and value != usual and (names is None or item.name in names):
            found[item.name] = value
    return found


def _reading(dataset: Mapping[str, object], imports: set[str]) -> str:
    room, _, name = str(dataset[TARGET]).rpartition(".")
    given = {key: value for key, value in dataset.items() if not key.startswith("_")}
    if name in TABLES and room == "galaxy_causal.dataset":
        columns = given.pop("columns")
        path, flat = given.pop("path"), dict(columns) if isinstance(columns, Mapping) else {}
        own = {RENAMED.get(key, key): value for key, value in flat.items()} | given
        own = {
            key: value for key, value in own.items() if not _is_nothing(value, _usual(room, name).get(key))
        }
        return _read_by("gc.read_table", {"": path} | own, imports)
    imports.add(f"from {room} import {name}")
    usual = _usual(room, name)
    own = {key: value for key, value in given.items() if not _is_nothing(value, usual.get(key))}
    return _read_by(name, own, imports)


def _read_by(function: str, given: Mapping[str, object], imports: set[str]) -> str:
    """The statement that reads galaxies; a long one has a line for each argument."""
    code = f"galaxies = {function}({_arguments(given, imports)})"
    if len(code) <= LONGEST:
        return code
    lines = [f"    {_arguments({name: value}, imports)}," for name, value in given.items()]
    return "\n".join([f"galaxies = {function}(", *lines, ")"])


def _usual(room: str, name: str) -> dict[str, object]:
    """Defaults of a function's arguments."""
    parameters = inspect.signature(getattr(import_module(room), name)).parameters
    return {key: one.default for key, one in parameters.items() if one.default is not one.empty}


def _is_nothing(value: object, usual: object) -> bool:
    return value is None or value == usual or value in ([], {})


def _arguments(given: Mapping[str, object], imports: set[str]) -> str:
    return ", ".join(f"{name}{'=' if name else ''}{_code(value, imports)}" for name, value in given.items())


def _code(value: object, imports: set[str]) -> str:
    """A value as Python."""
    if isinstance(value, Network) and type(value) in NETWORKS:
        return _network(value, imports)
    if isinstance(value, Mapping):
        items = (f"{str(key)!r}: {_code(one, imports)}" for key, one in value.items())
        return f"{{{', '.join(items)}}}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"[{', '.join(_code(one, imports) for one in value)}]"
    if isinstance(value, Described) or (is_dataclass(value) and not isinstance(value, type)):
        return _made(value, imports)
    if callable(value) and hasattr(value, "__qualname__"):
        imports.add(f"from {value.__module__} import {value.__qualname__}")
        return str(value.__qualname__)
    return repr(value)


def _made(value: Any, imports: set[str]) -> str:  # noqa: ANN401  (an object that is told by its options)
    kind = type(value)
    room, _, name = public_path(kind).rpartition(".")
    imports.add(f"from {room} import {name}")
    if isinstance(value, Described):
        parameters = inspect.signature(kind.__init__).parameters
        given = {key: one for key, one in value.given.items() if one != parameters[key].default}
    else:
        given = changed(value)
    return f"{name}({_arguments(given, imports)})"


def _network(network: Network, imports: set[str]) -> str:
    """The nearest network that has a name, with what is changed of it."""
    name = snake_case(type(network).__name__)
    known = {name: preset(name)}
    with suppress(UserError):  # not each has one
        known[name + SMALL] = preset(name + SMALL)
    said = [_replaced(one, network, f"gc.preset({key!r})", imports) for key, one in known.items()]
    names = {f"gc.preset({key!r})": repr(key) for key in known}
    nearest = min(said, key=len)
    return names.get(nearest, nearest)


def _replaced(usual: Any, value: Any, code: str, imports: set[str]) -> str:  # noqa: ANN401  (dataclasses)
    """What makes a value of a usual one of the same class."""
    parts = {}
    for item in fields(value):
        before, now = getattr(usual, item.name), getattr(value, item.name)
        if now == before or not item.init:
            continue
        same = is_dataclass(now) and type(now) is type(before)
        parts[item.name] = (
            _replaced(before, now, f"{code}.{item.name}", imports) if same else _code(now, imports)
        )
    if not parts:
        return code
    imports.add("from dataclasses import replace")
    return f"replace({code}, {', '.join(f'{key}={one}' for key, one in parts.items())})"

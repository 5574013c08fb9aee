"""Options: declared once, by the annotation of the parameter that takes them, and checked by it.

A bound or a choice stands in the annotation, as pydantic reads it: ``Annotated[int, Ge(1)]``,
``Literal["exact", "sampled"]``, or ``Annotated[int, Ge(1), at_most(1000, "each trains anew")]``.
"""

from __future__ import annotations

import inspect
import math
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import is_dataclass
from functools import cache, wraps
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

import numpy as np
from annotated_types import Ge, Gt, Le
from pydantic import ConfigDict, Field, InstanceOf, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from galaxy_causal.types.checks import UserError
from galaxy_causal.types.wording import by_door, nothing, option

K = TypeVar("K")
T = TypeVar("T", bound=Callable[..., Any])

Count = Annotated[int, Ge(1)]
Whole = Annotated[int, Ge(0)]
Positive = Annotated[float, Gt(0)]
Fraction = Annotated[float, Ge(0), Le(1)]
Seed = Annotated[int, Ge(0), Field(le=4_000_000_000, description="generators of random numbers take 32 bits")]
"""Bounds that many options have."""

WORDS: Mapping[object, str] = {
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    str: "a word",
    Path: "a path",
    type(None): "nothing",
}
"""What users call values of a type."""
MANY = {int: "whole numbers", float: "numbers", str: "words"}
BOUNDS = {"greater_than_equal", "greater_than", "less_than_equal", "less_than"}
_ANNOTATED: Any = Annotated
_SEQUENCE: Any = Sequence
_INSTANCE: Any = InstanceOf
CONFIG = ConfigDict(strict=True, arbitrary_types_allowed=True)


def at_most(most: float, why: str) -> Any:  # noqa: ANN401  (what pydantic makes)
    """An upper bound, for an option's ``Annotated``, beyond which a value is a slip of the hand.

    Parameters
    ----------
    most
        The largest value that is allowed.
    why
        What the message says of it.

    Returns
    -------
    pydantic.fields.FieldInfo
        Of the bound.
    """
    return Field(le=most, description=why)


def check_option(name: str, value: object, annotation: object) -> None:
    """Refuse a value that the annotation of its option does not allow.

    Parameters
    ----------
    name
        Of the option, as messages are to spell it.
    value
        What was given. NaN is no number.
    annotation
        A type, with bounds in ``Annotated`` or choices in ``Literal``. What is no plain type, list, mapping
        or class passes.

    Raises
    ------
    UserError
        It says what the value must be.

    Examples
    --------
    >>> check_option("seeds", 0, Annotated[int, Ge(1)])
    Traceback (most recent call last):
    galaxy_causal.types.checks.UserError: seeds=0 must be a whole number, at least 1
    """
    adapter = _adapter(annotation)
    if adapter is None:
        return
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, Sequence) and not isinstance(value, str | tuple | bytes):
        value = list(value)  # pydantic knows no lists of a configuration
    try:
        adapter.validate_python(None if isinstance(value, float) and math.isnan(value) else value)
    except ValidationError as error:
        for one in (one for one in error.errors() if one["type"] in BOUNDS):
            for bound, words in (("le", "at most"), ("lt", "below")):
                if bound in one.get("ctx", {}) and not isinstance(value, Sequence):
                    limit = one["ctx"][bound]
                    why = _why(annotation, limit)
                    raise UserError(f"{name}={value:,} must be {words} {limit:,.12g}{why}") from None
        plain = value is None or isinstance(value, str | int | float | Path | Sequence | Mapping)
        shown = value if plain else f"<{type(value).__name__}>"  # a table would fill pages
        raise UserError(f"{name}={shown} must be {in_words(annotation)}") from None


def annotations_of(target: Callable[..., Any]) -> dict[str, Any]:
    """The annotations of what a class or function takes.

    Parameters
    ----------
    target
        The class or function.

    Returns
    -------
    dict of str to object
        By the names of its parameters, ``Annotated`` and all; without those that cannot be resolved.
    """
    function: Any = target.__init__ if inspect.isclass(target) else target
    source: Any = target if is_dataclass(target) else function
    try:
        hints = typing.get_type_hints(source, include_extras=True)
    except (NameError, TypeError, AttributeError):
        scope, hints = getattr(function, "__globals__", {}), {}
        for name, one in getattr(function, "__annotations__", {}).items():
            try:
                hints[name] = eval(one, scope) if isinstance(one, str) else one
            except (NameError, TypeError, AttributeError):
                continue
    if not hints:  # nor need it have a signature
        return {}
    return {name: hints[name] for name in inspect.signature(target).parameters if name in hints}


def checked(group: str = "") -> Callable[[T], T]:
    """Let a class or function refuse arguments that their annotations do not allow.

    Parameters
    ----------
    group
        Of the command line in which these options are, such as ``estimator``.

    Returns
    -------
    callable
        A decorator; on dataclasses it stands above ``@dataclass``. What it decorates raises `UserError`.
    """

    def decorate(target: T) -> T:
        function: Any = target.__init__ if inspect.isclass(target) else target
        signature = inspect.signature(function)

        @wraps(function)
        def checking(*args: object, **kwargs: object) -> object:
            given = signature.bind(*args, **kwargs).arguments
            hints = _hints(target)
            for name, value in given.items():
                if name in hints:
                    check_option(option(f"{group}.{name}" if group else name), value, hints[name])
            return function(*args, **kwargs)

        if not inspect.isclass(target):
            return typing.cast(T, checking)
        target.__init__ = checking  # type: ignore[method-assign, assignment]
        return target

    return decorate


def group_of(kind: type[K], group: str, given: object) -> K:
    """A mapping of options as the class that declares them.

    Parameters
    ----------
    kind
        A class whose parameters are the options.
    group
        Its name on the command line, such as ``trainer``.
    given
        What should be a mapping of options to values.

    Returns
    -------
    object
        Of the class.

    Raises
    ------
    UserError
        For what is no mapping, for options that there are not, and values that they cannot have.
    """
    if not isinstance(given, Mapping):
        raise UserError(f"{option(group, given)} must be {in_words(Mapping[str, object])}")
    known = list(inspect.signature(kind).parameters)
    for name, value in given.items():
        if name not in known:
            raise UserError(f"{option(group)} has no option {name}; it has {', '.join(known)}")
        if isinstance(value, str) and value == "???":
            raise UserError(f"{option(f'{group}.{name}', value)} must be given")
    return kind(**given)


def by_name(kind: str, name: str, known: Mapping[str, K]) -> K:
    """What goes by a name, such as a network.

    Parameters
    ----------
    kind
        The option that names it, as on the command line.
    name
        Of one of them.
    known
        All there are.

    Returns
    -------
    object
        That of the name.

    Raises
    ------
    UserError
        For another name.
    """
    if name not in known:
        raise UserError(f"{option(kind, name)} is unknown; choose one of {', '.join(known)}")
    return known[name]


def in_words(annotation: object) -> str:
    """What a value of an annotation is, as users call it.

    Parameters
    ----------
    annotation
        As of `check_option`.

    Returns
    -------
    str
        Upper bounds are left out: a message gives one, with its reason, where it is passed.

    Examples
    --------
    >>> in_words(Annotated[int, Ge(2)] | str)
    'a whole number, at least 2, or a word'
    """
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        bounds = [f"at least {b.ge:g}" for b in args[1:] if isinstance(b, Ge)]
        bounds += [f"above {b.gt:g}" for b in args[1:] if isinstance(b, Gt)]
        notes = [part for part in args[1:] if isinstance(part, FieldInfo) and not part.metadata]
        return ", ".join([in_words(args[0]), *bounds, *(str(note.description) for note in notes)])
    if origin in (Union, types.UnionType):
        return ", or ".join(dict.fromkeys(map(in_words, args)))
    if origin is Literal:
        names = [nothing() if a is None else str(a).lower() if isinstance(a, bool) else str(a) for a in args]
        return names[0] if len(names) == 1 else f"one of {', '.join(names)}"
    if inspect.isclass(origin) and issubclass(origin, Mapping):
        return by_door("a group of options", "a mapping")
    if inspect.isclass(origin) and issubclass(origin, Sequence):
        inner = get_args(args[0])[0] if get_origin(args[0]) is Annotated else args[0]
        return f"a list of {MANY[inner]}" if inner in MANY else "a list"
    made = by_door("a group of options", f"of class {getattr(annotation, '__name__', annotation)}")
    return nothing() if annotation is type(None) else WORDS.get(annotation, made)


_hints = cache(annotations_of)


@cache
def _adapter(annotation: Any) -> TypeAdapter[Any] | None:  # noqa: ANN401
    """What checks values; None where the annotation is none that values can be checked by."""
    known = _known(annotation)
    bare = get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation
    own = inspect.isclass(bare) and bare not in WORDS  # an instance is not looked into
    return None if known is None else TypeAdapter(known, config=None if own else CONFIG)


def _known(annotation: Any) -> Any:  # noqa: ANN401, PLR0911  (types of any kind)
    """The annotation with instances of classes in place of what pydantic would look into; or None."""
    origin, args = get_origin(annotation), get_args(annotation)
    if annotation in WORDS or origin is Literal:
        return annotation
    if origin is Annotated:
        inner = _known(args[0])
        return None if inner is None else _ANNOTATED[(inner, *args[1:])]
    if origin in (Union, types.UnionType):
        parts = [_known(a) for a in args]
        return None if None in parts else Union[tuple(parts)]  # noqa: UP007
    if inspect.isclass(origin) and issubclass(origin, Mapping):
        return _INSTANCE[Mapping]
    if annotation == tuple[str, ...]:  # which a word such as ugriz is made into
        return _known(str | Sequence[str])
    if inspect.isclass(origin) and issubclass(origin, Sequence):
        inner = object if args[0] in (object, Any) else _known(args[0])
        return None if inner is None else _SEQUENCE[inner]
    if annotation is object or annotation is Any or not inspect.isclass(annotation) or origin is not None:
        return None
    return _INSTANCE[annotation]


def _why(annotation: object, limit: float) -> str:
    """Why an upper bound is one, where its declaration says so."""
    for part in get_args(annotation):
        found = _why(part, limit)
        if found:
            return found
        limits = [getattr(one, "le", getattr(one, "lt", None)) for one in getattr(part, "metadata", ())]
        if isinstance(part, FieldInfo) and part.description and limit in limits:
            return f": {part.description}"
    return ""

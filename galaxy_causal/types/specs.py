"""Objects as plain options, by which recipes and files know them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from difflib import get_close_matches
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Self

from galaxy_causal.types.checks import UserError

TARGET = "_target_"


class Described:
    """Keeps the arguments that an object was made with, defaults included, as ``given``."""

    given: dict[str, Any]

    def __new__(cls, *args: object, **kwargs: object) -> Self:
        """As any object; a copy is made without arguments, and gets its state afterwards."""
        made = super().__new__(cls)
        try:
            bound = inspect.signature(cls.__init__).bind(made, *args, **kwargs)
        except TypeError:  # of which __init__ tells more
            return made
        bound.apply_defaults()
        made.given = {name: value for name, value in bound.arguments.items() if name != "self"}
        return made


def imported(path: str, option: str) -> Any:  # noqa: ANN401  (a class or function of any kind)
    """What a dotted path names, of this package or a user's own.

    Parameters
    ----------
    path
        A module and a name in it, as ``my_file.my_measure``.
    option
        What messages call the option.

    Returns
    -------
    object

    Raises
    ------
    UserError
        With how to be found, where there is no such module or name in it, and where importing it fails.
    """
    name, (module, _, attribute) = f"{option}={path}", path.rpartition(".")
    if not module:
        raise UserError(f"{name} must be a path of a module and a name in it, such as my_file.MyClass")
    top = module.partition(".")[0]
    if not _is_there(top):
        raise UserError(
            f"{name}: there is no module {top} here; run from the folder that holds {top}.py, or put that "
            "folder on PYTHONPATH"
        )
    try:
        found = import_module(module)
    except ModuleNotFoundError as error:
        if error.name and (module + ".").startswith(error.name + "."):
            parent = error.name.rpartition(".")[0]
            raise UserError(
                f"{name}: {parent} has no module {error.name.removeprefix(parent + '.')}"
            ) from error
        raise UserError(f"{name}: {module} cannot be imported: {error}") from error
    except Exception as error:  # whatever a module of one's own does
        raise UserError(f"{name}: {module} cannot be imported: {type(error).__name__}: {error}") from error
    if not hasattr(found, attribute):
        close = get_close_matches(attribute, dir(found), n=1)
        hint = f"; did you mean {module}.{close[0]}?" if close else ""
        raise UserError(f"{name}: {module} has no {attribute}{hint}")
    return getattr(found, attribute)


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ValueError:  # of a module that was made, not found
        return True


def spec_of(thing: object) -> Any:  # noqa: ANN401  (plain values of any kind)
    """Plain options that make an object again.

    Parameters
    ----------
    thing
        A dataclass, or ``Described``; values, lists and mappings are as they are.

    Returns
    -------
    object
        ``_target_``, its public path, and every option of it.

    Raises
    ------
    UserError
        For other objects.
    """
    if thing is None or isinstance(thing, bool | int | float | str):
        return thing
    if isinstance(thing, Mapping):
        return {str(key): spec_of(value) for key, value in thing.items()}
    if isinstance(thing, Described):
        given = thing.given
    elif is_dataclass(thing) and not isinstance(thing, type):
        given = {item.name: getattr(thing, item.name) for item in fields(thing) if item.init}
    elif isinstance(thing, Sequence):
        return [spec_of(value) for value in thing]
    else:
        raise UserError(
            f"{type(thing).__name__} cannot be told from its options: make it a dataclass, whose fields are "
            "its options"
        )
    return {TARGET: public_path(type(thing)), **{name: spec_of(value) for name, value in given.items()}}


def snake_case(name: str) -> str:
    """The name of a class as options spell it.

    Parameters
    ----------
    name
        In capitals.

    Returns
    -------
    str

    Examples
    --------
    >>> snake_case("PaperPhotometry"), snake_case("TabICL"), snake_case("KSGLatent")
    ('paper_photometry', 'tab_icl', 'ksg_latent')
    """
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def public_path(kind: type) -> str:
    """Where people find a class.

    Parameters
    ----------
    kind
        The class.

    Returns
    -------
    str
        Of this package's its room and name, of others their module and name.
    """
    package, _, rest = kind.__module__.partition(".")
    if package == __name__.partition(".")[0]:
        return f"{package}.{rest.partition('.')[0]}.{kind.__qualname__}"
    return f"{kind.__module__}.{kind.__qualname__}"

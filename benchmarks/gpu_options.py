"""In place of pydantic and annotated_types on a machine without them: options are then taken as they come.

The package checks every option by pydantic. A lent GPU may have torch and nothing to install from, and the
options of a benchmark are its own.
"""

import sys
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType


class Anything:
    """Takes whatever it is made with, and stands for any annotation."""

    metadata = ()
    description = None

    def __init__(self, *_: object, **__: object) -> None: ...

    def __class_getitem__(cls, _: object) -> type:
        return cls

    def validate_python(self, value: object) -> object:
        """The value, unchecked."""
        return value


class Never(Exception):  # noqa: N818  (in place of pydantic's ValidationError)
    """What nothing raises."""


MODULES = {
    "annotated_types": ("Ge", "Gt", "Le", "Lt"),
    "pydantic": ("ConfigDict", "Field", "InstanceOf", "TypeAdapter"),
    "pydantic.fields": ("FieldInfo",),
}


def stand_in() -> bool:
    """Put stand-ins in the place of what is missing; whether any were needed."""
    if all(find_spec(name) for name in ("annotated_types", "pydantic")):
        return False
    for name, contents in MODULES.items():
        module = ModuleType(name)
        module.__spec__ = ModuleSpec(name, None)
        for one in contents:
            setattr(module, one, type(one, (Anything,), {}))
        sys.modules[name] = module
    sys.modules["pydantic"].ValidationError = Never  # type: ignore[attr-defined]
    return True

"""The code of what is not this package's own, by checksum: a recipe that holds it knows an edited file."""

from __future__ import annotations

import ast
import hashlib
import sys
import sysconfig
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.machinery import ModuleSpec
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from importlib.util import find_spec, resolve_name
from pathlib import Path
from subprocess import SubprocessError, run
from types import CodeType, FunctionType, ModuleType

from galaxy_causal.types import TARGET

SESSION = "__main__"
"""The module of what is written in a notebook or a script."""
OWN = __name__.partition(".")[0]
NOT_CODE = {"__dict__", "__doc__", "__firstlineno__", "__module__", "__static_attributes__", "__weakref__"}
"""Of a class, what changes with the place where it stands."""
INSTALLED = {"site-packages", "dist-packages"}
"""Folders of installed packages, also of other environments whose packages this one sees."""


def foreign_code(options: object) -> dict[str, str]:
    """What code outside this package nested options name.

    Parameters
    ----------
    options
        Mappings and lists, within each other; a ``_target_`` names code.

    Returns
    -------
    dict of str to str
        By such a ``_target_``. Of a user's own module the SHA-256 of its source and of the source of the
        modules, not installed either, that it imports, they in turn, and so on; of an installed package its
        name and version.

    Examples
    --------
    >>> foreign_code({"network": {"_target_": "galaxy_causal.network.Mlp"}})
    {}
    """
    return {target: _code(target) for target in sorted(set(_targets(options))) if not _within(target, OWN)}


def _targets(options: object) -> Iterator[str]:
    if isinstance(options, Mapping):
        if isinstance(options.get(TARGET), str):
            yield options[TARGET]
        for value in options.values():
            yield from _targets(value)
    elif isinstance(options, Sequence) and not isinstance(options, str):
        for value in options:
            yield from _targets(value)


def _code(target: str) -> str:
    """What stands behind a dotted path: the last of its parts that is a module, and all that this imports."""
    parts = target.split(".")
    if parts[0] == SESSION:
        return _compiled(parts[1])
    modules = [".".join(parts[:k]) for k in range(len(parts) - 1, 0, -1)]
    module = next((name for name in modules if _source(name) is not None), None)
    if module is None:
        return _installed(parts[0])
    sources: dict[str, bytes] = {}
    left = [module]
    while left:
        name = left.pop()
        source = _source(name)
        if name not in sources and source is not None:
            sources[name] = source.read_bytes()
            left += [found for found in _imports(name, source) if found not in sources]
    digest = hashlib.sha256()
    for name in sorted(sources):
        digest.update(f"{name}\0{len(sources[name])}\0".encode() + sources[name])
    return digest.hexdigest()


def _compiled(name: str) -> str:
    """What was written in a notebook or a script: its compiled code, and that of what it names there."""
    here = vars(sys.modules[SESSION])
    found: dict[str, str] = {}
    left = [name]
    while left:
        name = left.pop()
        if name in found or name not in here:
            continue
        thing, used = here[name], set[str]()
        module = thing.__name__ if isinstance(thing, ModuleType) else getattr(thing, "__module__", SESSION)
        if module != SESSION:  # imported: a file of the user's own, or a library
            found[name] = _code(f"{module}.{name}") if _source(module) is not None else ""
        elif isinstance(thing, type):
            own = sorted((key, value) for key, value in vars(thing).items() if key not in NOT_CODE)
            used |= {base.__name__ for base in thing.__bases__}
            found[name] = "\n".join(f"{key} {_text(value, used)}" for key, value in own)
        else:
            found[name] = _text(thing, used)
        left += sorted(used)
    return hashlib.sha256("\n".join(f"{key}\n{found[key]}" for key in sorted(found)).encode()).hexdigest()


def _text(thing: object, used: set[str]) -> str:
    """A function, its code or a plain value as text; names that it uses are added to ``used``."""
    if isinstance(thing, classmethod | staticmethod):
        thing = thing.__func__
    if isinstance(thing, property):
        return " ".join(_text(part, used) for part in (thing.fget, thing.fset))
    if isinstance(thing, FunctionType):
        return (
            _text(thing.__code__, used) + _text(thing.__defaults__, used) + _text(thing.__kwdefaults__, used)
        )
    if isinstance(thing, CodeType):
        used |= set(thing.co_names)
        constants = " ".join(_text(one, used) for one in thing.co_consts)
        return f"{thing.co_code.hex()} {thing.co_names} {thing.co_varnames} {constants}"
    if isinstance(thing, frozenset):  # whose order changes from process to process
        return str(sorted(map(repr, thing)))
    if isinstance(thing, tuple | list):
        return " ".join(_text(one, used) for one in thing)
    return repr(thing) if thing is None or isinstance(thing, bool | int | float | str | bytes) else ""


def _source(module: str) -> Path | None:
    """The file of a module that is neither ours nor installed nor Python's, else None."""
    top = module.partition(".")[0]
    if top == OWN or (top != module and _is_library(_spec(top))):  # nor need a library's parts be imported
        return None
    spec = _spec(module)
    if spec is None or spec.origin is None or not spec.origin.endswith(".py") or _is_library(spec):
        return None
    return Path(spec.origin).resolve()


def _spec(module: str) -> ModuleSpec | None:
    try:
        return find_spec(module)
    except (ImportError, ValueError):  # a part of its path is no package, or it was made by hand
        return None


def _is_library(spec: ModuleSpec | None) -> bool:
    """Whether a module is installed, or Python's own."""
    if spec is None:
        return False
    places = [*([spec.origin] if spec.origin else []), *(spec.submodule_search_locations or ())]
    files = [Path(place).resolve() for place in places]
    return spec.origin in ("built-in", "frozen") or any(
        INSTALLED & set(file.parts) or any(file.is_relative_to(place) for place in _libraries())
        for file in files
    )


def _imports(module: str, source: Path) -> Iterator[str]:
    """Modules that a source may import: of ``from a import b`` both a and a.b, and their packages."""
    package = module if source.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(source.read_bytes())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                base = resolve_name("." * node.level + base, package)
            names = [base, *(f"{base}.{alias.name}" for alias in node.names)]
        else:
            continue
        for name in names:
            parts = name.split(".")
            yield from (".".join(parts[:k]) for k in range(1, len(parts) + 1))


@cache
def versions() -> dict[str, str]:
    """Of this package and of torch; of a checkout its commit too, with ``+`` behind it where files differ."""
    found = releases()
    here = Path(__file__).resolve().parent
    git = ["git", "-C", str(here), "-c", "core.fsmonitor=false"]
    try:
        ours = run(
            [*git, "ls-files", "--error-unmatch", __file__], capture_output=True, check=False, timeout=5
        )
        if ours.returncode == 0:  # and not a package that is installed within somebody's checkout
            commit = run([*git, "rev-parse", "HEAD"], capture_output=True, check=True, text=True, timeout=5)
            same = run([*git, "diff", "--quiet", "HEAD", "--", here.parent], check=False, timeout=5)
            found["commit"] = commit.stdout.strip() + "+" * (same.returncode != 0)
    except (OSError, SubprocessError):  # there is no git, or it is slow: the versions must do
        pass
    return found


def releases() -> dict[str, str]:
    """Versions of this package and of torch.

    Returns
    -------
    dict of str to str
        By their names.
    """
    return {name: _version(name) for name in (OWN, "torch")}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "unknown"


def _installed(package: str) -> str:
    names = packages_distributions().get(package, [package])
    try:
        return ", ".join(f"{name} {version(name)}" for name in sorted(set(names)))
    except PackageNotFoundError:
        return package


@cache
def _libraries() -> tuple[Path, ...]:
    """Where installed packages and Python's own lie."""
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    return tuple({Path(sysconfig.get_path(name)).resolve() for name in names})


def _within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")

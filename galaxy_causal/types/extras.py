"""Packages that only some jobs need: which they are, and how to get those that are missing."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, distribution, requires

OWN = "galaxy_causal"
EXTRA = re.compile(r"""extra == ['"]([\w-]+)['"]""")
OTHERWISE_NAMED = {"causallearn": "causal-learn", "faiss": "faiss-cpu", "dust_extinction": "dust-extinction"}
"""Distributions of modules that have another name."""
OF_JOBS = ("archive", "causal", "discovery", "images", "measures", "mock")
"""The extras that jobs need, as ``pyproject.toml`` has them; ``all`` takes every one."""


def extras() -> dict[str, tuple[str, ...]]:
    """The distributions that each extra of jobs brings.

    Returns
    -------
    dict of str to tuple of str
        Names as installers normalise them; nothing of a package that is not installed.
    """
    found: dict[str, list[str]] = {name: [] for name in OF_JOBS}
    try:
        lines = requires(OWN) or []
    except PackageNotFoundError:
        lines = []
    for line in lines:
        for name in EXTRA.findall(line):
            if name in found and not line.startswith(OWN):
                found[name].append(_normal(re.match(r"[\w.-]+", line)[0]))  # type: ignore[index]
    return {name: tuple(packages) for name, packages in found.items()}


def missing() -> dict[str, list[str]]:
    """The distributions that are not here, by the extra that brings them."""
    lacking = {name: [one for one in packages if not _is_here(one)] for name, packages in extras().items()}
    return {name: packages for name, packages in lacking.items() if packages}


def remedy(module: str) -> str | None:
    """What to tell of a module that cannot be imported.

    Parameters
    ----------
    module
        Its name, such as ``galsim.hsm``.

    Returns
    -------
    str or None
        Which package is missing, and the command that installs it; None of modules that no extra brings.
    """
    root = module.partition(".")[0]
    package = _normal(OTHERWISE_NAMED.get(root, root))
    for extra, packages in extras().items():
        if package in packages:
            return (
                f"this needs the package {package}, which is not installed: "
                f"pip install 'galaxy_causal[{extra}]', or 'galaxy_causal[all]' for whatever any job needs"
            )
    return None


def _is_here(name: str) -> bool:
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()

"""Recipes that come with the package, and those of a user's own files."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from galaxy_causal.archive.recipe import Recipe
from galaxy_causal.files import read_text
from galaxy_causal.types import UserError, group_of, option

SURVEYS = "surveys"
"""Folder of the recipes that come with the package."""


def recipes() -> list[str]:
    """Recipes that come with the package.

    Returns
    -------
    list of str
        Their names.
    """
    return sorted(
        file.name.removesuffix(".yaml") for file in _home().iterdir() if file.name.endswith(".yaml")
    )


def recipe_of(name: str) -> Recipe:
    """A recipe by its name, or of a file.

    Parameters
    ----------
    name
        One of `recipes`, or the path of a YAML file.

    Returns
    -------
    Recipe
        Checked.

    Raises
    ------
    UserError
        For a name that there is not, and for a file that is no recipe.
    """
    if name in recipes():
        text, own = (_home() / f"{name}.yaml").read_text(encoding="utf-8"), name
    elif name.endswith((".yaml", ".yml")):
        named = f"{option('acquire.recipe', name)}: {name}"
        text, own = read_text(Path(name), "give the YAML file of a recipe", named), Path(name).stem
    else:
        raise UserError(
            f"{option('acquire.recipe', name)} is unknown; choose one of {', '.join(recipes())}, or give the "
            "path of a YAML file of your own"
        )
    try:
        given = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise UserError(f"{name} is no YAML: {' '.join(str(error).split())}") from error
    if not isinstance(given, Mapping):
        raise UserError(f"{name} holds no recipe; see docs/guide/acquire.md for what one has")
    lacking = [key for key in ("title", "service", "columns") if key not in given]
    if lacking:
        raise UserError(f"{name} lacks {', '.join(lacking)}; see docs/guide/acquire.md for what a recipe has")
    found = group_of(Recipe, "recipe", {"name": own, "address": None, **given})
    _check(found)
    return found


def _check(recipe: Recipe) -> None:
    """Refuse what only shows when the parts are looked at together."""
    _ = recipe.own_limits, recipe.own_expected, recipe.own_repeats, recipe.own_columns
    if recipe.service in ("skyserver", "tap") and (recipe.own_slices is None or not recipe.tables):
        raise UserError(f"recipe {recipe.name}: a query needs tables and slices")
    if recipe.service == "files" and not recipe.files:
        raise UserError(f"recipe {recipe.name}: name at least one file by files")


def _home() -> Any:  # noqa: ANN401  (importlib's own)
    return files("galaxy_causal.archive") / SURVEYS

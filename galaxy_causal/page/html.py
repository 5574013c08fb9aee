"""A page as HTML: everything that it shows is within it."""

from __future__ import annotations

import math
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from galaxy_causal.page.charts import drawn, library
from galaxy_causal.page.content import Chart, Intervals, Number, Page
from galaxy_causal.page.pictures import BUDGET, inlined


@cache
def _environment() -> Environment:
    found = Environment(
        loader=PackageLoader("galaxy_causal.page", "templates"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.tests["number"] = lambda cell: isinstance(cell, Number)
    found.tests["tabled"] = _is_tabled
    found.filters["order"] = lambda value: "" if math.isnan(value) else repr(float(value))
    return found


def render(page: Page) -> str:
    """A page as HTML.

    Parameters
    ----------
    page
        What stands on it.

    Returns
    -------
    str
        A document without any address but those within it; a browser is told to fetch nothing.
    """
    charts = drawn(page.charts)
    pictures = inlined([*page.figures, *page.gallery], BUDGET)
    return (
        _environment()
        .get_template("page.html")
        .render(
            page=page,
            charts=charts,
            figures=pictures[: len(page.figures)],
            gallery=pictures[len(page.figures) :],
            library=Markup(library() if charts else ""),
            style=Markup(_source("page.css")),
            own=Markup(_source("page.js")),
        )
    )


def _is_tabled(chart: Chart) -> bool:
    """Whether tables hold the numbers of a chart: those of named ones, not of curves."""
    return all(isinstance(panel, Intervals) for panel in chart.panels)


def _source(name: str) -> str:
    """A file of our own, which stands in the page as it is."""
    loader = _environment().loader
    if loader is None:
        raise TypeError("an environment of templates has a loader")
    return loader.get_source(_environment(), name)[0]

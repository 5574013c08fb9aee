"""One look for all figures: colours, type, and how things are called."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from typing import Any

from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cbook import is_math_text
from matplotlib.container import ErrorbarContainer
from matplotlib.figure import Figure
from matplotlib.mathtext import MathTextParser
from matplotlib.patheffects import Normal, withStroke

from galaxy_causal.plot.labels import filled, people, symbols, told_title
from galaxy_causal.plot.values import group_name
from galaxy_causal.types import Floats, without_unit

# Okabe & Ito (2008) for what must be told apart without red-green vision. What both inputs share
# is neutral, each input keeps its colour whether it appears as an atom or as an information.
COLOURS = {
    "redundant": "#C4C4C4",
    "unique_1": "#0072B2",
    "unique_2": "#E69F00",
    "synergistic": "#009E73",
}
LINES = {"mi_x1": "#004C78", "mi_x2": "#A85F00", "mi_union": "#111111"}
INK = "#222222"
FAINT = "#666666"
# A thin line over an area, perhaps of its own colour, needs a rim to be seen.
RIM = (withStroke(linewidth=2.4, foreground="white"), Normal())
LEADING = 1.06  # this font sets its lines too far apart
WIDTH = 7.2
"""Width of a figure in inches: a page of a journal, or 1300 pixels as saved."""

# Both fonts come with matplotlib, so a figure is the same on every machine; the second one
# fills in glyphs that the first lacks.
_SETTINGS = {
    "font.family": ["STIXGeneral", "DejaVu Sans"],
    "mathtext.fontset": "stix",
    "font.size": 11.0,
    "axes.titlesize": 11.0,
    "axes.labelsize": 12.0,
    "figure.labelsize": 12.0,
    "figure.titlesize": 13.0,
    "legend.fontsize": 10.5,
    "legend.frameon": False,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    # Mathematics in every tick label would cost more time than the rest of a figure.
    "axes.formatter.use_mathtext": False,
    "axes.formatter.limits": (-3, 5),
    "xtick.color": INK,
    "ytick.color": INK,
    "text.color": INK,
    "grid.color": "#E4E4E4",
    "grid.linewidth": 0.7,
    "axes.axisbelow": True,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "pdf.fonttype": 42,
}


@contextmanager
def styled() -> Iterator[None]:
    """Draw in the style of this package, whatever a user's own matplotlib settings are."""
    with style.context(["default", _SETTINGS]):
        yield


class NotebookFigure(Figure):
    """A figure that notebooks show by itself, where nobody has imported pyplot."""

    def _repr_png_(self) -> bytes:
        """What Jupyter asks for; with pyplot it asks the figure's class, and shows it once."""
        picture = BytesIO()
        with styled():
            self.savefig(picture, format="png", dpi=100)
        return picture.getvalue()


def blank(height: float, width: float = WIDTH) -> Figure:
    """An empty figure, sizes in inches, that pyplot does not know and so need not be closed."""
    figure = NotebookFigure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def points(
    axes: Axes, place: Floats, value: Floats, error: Floats, mark: str, colour: str, size: float
) -> ErrorbarContainer:
    """Inked marks of one colour with one-sigma errors along y, above bars."""
    return axes.errorbar(
        place,
        value,
        error,
        fmt=mark,
        markersize=size,
        markerfacecolor=colour,
        markeredgecolor=INK,
        markeredgewidth=0.8,
        ecolor=INK,
        elinewidth=1.0,
        capsize=2.5,
        zorder=4,
    )


def readable(label: str) -> str:
    """A label that matplotlib can draw: mathematics where it is valid, symbols of columns, else text."""
    if "\n" in label:  # each line is set by itself
        return "\n".join(readable(line) for line in label.split("\n"))
    label = symbols(label)
    if is_math_text(label):
        try:
            MathTextParser("path").parse(label)
        except ValueError:
            return label.replace("$", r"\$")
    return label


def information_label(target: str, width: int = 48) -> str:
    """Label of an axis of information about the target, whose own unit in brackets is left out."""
    line = f"information about {without_unit(target)} [nats]"
    # Mathematics is shorter when drawn than as written, and must not be broken.
    return readable(line if is_math_text(line) else textwrap.fill(line, width, break_on_hyphens=False))


def group_label(group: str, width: int = 16) -> str:
    """The name of a group of galaxies as people write it, each of its lines broken into some of ``width``."""
    return readable("\n".join(textwrap.fill(line, width) for line in group_name(group).split("\n")))


def atom_labels(x1: str, x2: str) -> dict[str, str]:
    """What the legend calls each atom."""
    return {
        "redundant": "redundant",
        "unique_1": readable(f"unique: {people(x1)}"),
        "unique_2": readable(f"unique: {people(x2)}"),
        "synergistic": "synergistic",
    }


def information_labels(x1: str, x2: str) -> dict[str, str]:
    """What the legend calls each mutual information."""
    return {
        "mi_x1": readable(f"$I(Y;$ {people(x1)}$)$"),
        "mi_x2": readable(f"$I(Y;$ {people(x2)}$)$"),
        "mi_union": "$I(Y;$ both together$)$",
    }


def headed(figure: Figure, axes: Axes, title: str, below: str) -> None:
    """A bold title, broken where it is long, and below it fainter lines; ``axes`` are any of the figure's."""
    width = int(11.2 * figure.get_figwidth())
    bold = filled(title, width)
    faint = "\n".join(readable(filled(line, int(1.25 * width))) for line in below.split("\n"))
    # Blank last lines make room for the lines below, which are set in another weight and colour.
    room = "\n ".join([""] * (faint.count("\n") + 2)) if below else ""
    drawn = figure.suptitle(
        readable(bold) + room, x=0.012, horizontalalignment="left", fontweight="bold", linespacing=LEADING
    )
    if not below:
        return
    axes.annotate(
        faint, (0.0, 0.0), xycoords=drawn, color=FAINT, va="bottom", linespacing=LEADING,
        annotation_clip=False,
    ).set_in_layout(False)  # fmt: skip


def caption(
    figure: Figure,
    axes: Axes,
    described: str,
    x1: str,
    x2: str,
    note: str = "",
    *,
    target: str = "$Y$",
    sample: str = "",
    title: str = "",
) -> None:
    """Say above the figure what is shown, and below that the sample, the measure and a note.

    A ``title`` takes the place of the one that names the inputs.
    """
    below = [one for one in (sample, described, note) if one]
    headed(figure, axes, title or told_title(x1, x2, target), "\n".join(below))


def legend_columns(labels: Sequence[str], most: int) -> int:
    """How many columns of these labels fit under a figure of the usual width, at most ``most``."""
    longest = max(len(label.replace("$", "")) for label in labels)
    return max(1, min(most, 106 // (longest + 8)))


def legend_height(labels: Sequence[str], most: int) -> float:
    """Height in inches of the legend below."""
    return 0.23 * -(-len(labels) // legend_columns(labels, most))


def legend_below(
    figure: Figure, handles: Sequence[Any], labels: Sequence[str], most: int, note: str = ""
) -> None:
    """A legend under the figure in at most so many columns, fewer where long labels need it.

    A ``note`` stands above it.
    """
    legend = figure.legend(
        handles,
        labels,
        loc="outside lower center",
        ncols=legend_columns(labels, most),
        columnspacing=1.8,
        handlelength=1.7,
        title=note or None,
        title_fontproperties={"size": 10.0},
    )
    legend.get_title().set_color(FAINT)
    legend.get_title().set_multialignment("center")

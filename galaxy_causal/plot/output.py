"""Figures to files."""

from __future__ import annotations

from pathlib import Path

from matplotlib.figure import Figure

from galaxy_causal.plot.style import styled

_DOTS_PER_INCH = 180


def save(figure: Figure, folder: Path, name: str) -> tuple[Path, Path]:
    """Write a figure as ``name.png`` and ``name.pdf``.

    Parameters
    ----------
    figure
        It stays usable, and as pyplot does not know it, it is freed with its last reference.
    folder
        It is made where it is not there.
    name
        Of both files.

    Returns
    -------
    png, pdf : Path

    Notes
    -----
    No time and no program name goes into the files, so the same numbers give the same bytes. Both have the
    same layout, which takes as long as drawing and is worked out once.
    """
    folder.mkdir(parents=True, exist_ok=True)
    png, pdf = folder / f"{name}.png", folder / f"{name}.pdf"
    with styled():
        layout, dots = figure.get_layout_engine(), figure.dpi
        if layout is not None:
            figure.dpi = _DOTS_PER_INCH
            layout.execute(figure)
            figure.dpi = dots
            figure.set_layout_engine(None)
        try:
            figure.savefig(png, dpi=_DOTS_PER_INCH, metadata={"Software": None})
            figure.savefig(pdf, metadata={"CreationDate": None, "Creator": None, "Producer": None})
        finally:
            if layout is not None:
                figure.set_layout_engine(layout)
    return png, pdf

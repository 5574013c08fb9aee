"""Catalogues from public archives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from galaxy_causal.jobs.acquire.asking import acquire as ask
from galaxy_causal.jobs.acquire.options import AcquireOptions
from galaxy_causal.jobs.acquire.result import Acquired, Checked, Planned
from galaxy_causal.library.asking import asked, console_of
from galaxy_causal.library.store import Place, opening


@asked
def acquire(
    recipe: str = "sdss_mgs",
    output: str | Path | None = None,
    *,
    address: str | None = None,
    between: Sequence[float] | None = None,
    columns: Sequence[str] | Mapping[str, str] | None = None,
    cone: Mapping[str, float] | None = None,
    pixels: Sequence[object] | None = None,
    storage_options: Mapping[str, object] | None = None,
    frames: int = 0,
    check: bool = False,
    dry_run: bool = False,
    keep: bool = False,
    tries: int = 6,
    pause: float = 2.0,
    seed: int = 0,
    store: Place | None = None,
    progress: bool = True,
) -> Acquired | Planned | Checked:
    """Ask a public archive for a catalogue, slice by slice; what was interrupted goes on.

    Parameters
    ----------
    recipe
        ``"allwise"``, ``"desi_provabgs"``, ``"hats"``, ``"sdss_mgs"``, ``"sdss_wise"``, or the path of a
        YAML file of your own.
    output
        The Parquet file; None is the recipe's name in the current folder.
    address
        Of the service, in place of the recipe's; of ``"hats"`` a folder, ``s3://...`` or ``https://...``.
    between
        A part of the recipe's slices, such as redshifts ``[0.02, 0.03]``.
    columns, cone, pixels, storage_options
        Of ``"hats"``: which columns; of which part of the sky, ``{"ra": 180, "dec": 0, "radius": 2}`` [deg]
        or ``["3/412"]``; and what the file system of fsspec takes.
    frames
        So many galaxies, drawn at random, of which the frames that they lie in are listed.
    check
        Ask for ten rows, and tell what differs from what is expected.
    dry_run
        Tell what would be asked, and ask nothing.
    keep
        Keep the slices once the catalogue is whole.
    tries, pause
        At each question, and [s] before the second one, doubled with each.
    seed
        Of the draw of galaxies, and of how pauses are spread.
    store
        Whose runs keep where the catalogue comes from: a folder or a `Store`, as in `decompose`.
    progress
        Whether to show it.

    Returns
    -------
    Acquired, Planned or Checked
        `Acquired` has ``output``, ``about`` and ``catalogue()``, which reads the galaxies; ``dry_run`` gives
        what is `Planned`, ``check`` what was `Checked`.

    Raises
    ------
    UserError
        For what cannot be asked, a service that does not answer, and a place that cannot be written.
    """
    options = AcquireOptions(
        recipe, output, address, between, columns, cone, pixels, storage_options, frames, check, dry_run,
        keep, tries, pause,
    )  # fmt: skip
    return ask(console_of(progress), options, seed, opening(store), prints=False)

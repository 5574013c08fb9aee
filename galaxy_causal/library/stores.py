"""What a folder of fits and runs holds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from galaxy_causal.fitting import FitStore, reading
from galaxy_causal.jobs.causal.result import CausalAnalysis
from galaxy_causal.jobs.decompose.result import Decomposition
from galaxy_causal.jobs.discover.result import Discovery
from galaxy_causal.jobs.merge.merging import merge as bring_home
from galaxy_causal.jobs.merge.result import Merged
from galaxy_causal.jobs.predict.result import Predictions
from galaxy_causal.jobs.subsets.result import Subsets
from galaxy_causal.library.asking import asked, console_of
from galaxy_causal.library.store import Place, Store, opening
from galaxy_causal.tracking import EXPERIMENT
from galaxy_causal.types import UserError

RESULTS: Mapping[str, type[Decomposition | Subsets | CausalAnalysis | Discovery | Predictions]] = {
    "causal": CausalAnalysis,
    "decompose": Decomposition,
    "discover": Discovery,
    "predict": Predictions,
    "subsets": Subsets,
}
"""What a finished job's run is read back as."""


@asked
def runs(store: Place) -> pd.DataFrame:
    """Finished runs of a folder of fits, the newest first.

    Parameters
    ----------
    store
        As in `decompose`, or ``tracking.root`` of the command line.

    Returns
    -------
    pandas.DataFrame
        A row for each: ``run_id``, ``name``, its tags, such as ``job``, ``x1`` and ``verdict_mi_union``, and
        its metrics [nats], such as ``redundant``.

    Raises
    ------
    UserError
        For a folder that there is not.
    """
    return pd.DataFrame(kept_in(store).tracker.finished())


@asked
def load(store: Place, run_id: str) -> Decomposition | Subsets | CausalAnalysis | Discovery | Predictions:
    """A finished run as its result: it prints, draws and measures the same as when it was found.

    Parameters
    ----------
    store
        As in `runs`.
    run_id
        Of a decomposition, of subsets, of a causal analysis or of a discovery, as in `runs`.

    Returns
    -------
    Decomposition, Subsets, CausalAnalysis, Discovery or Predictions

    Raises
    ------
    UserError
        For a run that there is not, that is none of these, or whose files are damaged.
    """
    opened = kept_in(store)
    found = opened.tracker.job_of(run_id)
    if found is None or found[0] not in RESULTS:
        what = "there is no finished run" if found is None else f"a {found[0]} has no result: run"
        jobs = ", ".join(RESULTS)
        raise UserError(f"{what} {run_id} in {opened.root}; gc.runs(store) lists those of {jobs}")
    job, kept = found
    with reading(kept, "summary.json"):
        return RESULTS[job].read(kept.folder)


@asked
def merge(source: str | Path, store: Place, progress: bool = True) -> Merged:
    """Bring fits and runs of another store into one's own, without doubles.

    Parameters
    ----------
    source
        The other store: its folder, or a folder or address of fits alone, such as ``s3://bucket/fits``.
        Nothing is written there.
    store
        One's own, as in `decompose`; made if absent.
    progress
        Whether to show it.

    Returns
    -------
    Merged
        What was brought, was here already, and is damaged there; it prints as a table.

    Raises
    ------
    UserError
        For a source that there is not, that is the store itself, or that cannot be read.
    """
    return bring_home(console_of(progress), opening(store)(), str(source), EXPERIMENT)


def kept_in(place: Place) -> FitStore:
    """The store in a folder, which is there."""
    folder = place.folder if isinstance(place, Store) else place
    if not Path(folder).expanduser().is_dir():
        raise UserError(f"there is no folder {folder}; give the store of a question, such as mlruns")
    return opening(place)()

"""What a fit leaves behind: files and metrics."""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import torch
from numpy.typing import NDArray

from galaxy_causal.files import write_columns
from galaxy_causal.fitting.folder import Made
from galaxy_causal.types import Catalogue, Fit, Floats, Information, Stored, UserError

GALAXIES = "galaxies.parquet"
LATENT = "latent.npy"
"""Of a network that has a latent: float32, a row for each galaxy of the catalogue."""
WEIGHTS = "weights.pt"
UNREADABLE = (ValueError, KeyError, EOFError, OSError, RuntimeError, pickle.UnpicklingError)
"""What pyarrow, numpy, torch and json raise on files that are cut, emptied or of another kind."""


def write_fit(
    folder: Path, catalogue: Catalogue, held_out: NDArray[np.bool_], information: Information, name: str
) -> Made:
    """Everything that a fit leaves behind, as files in ``folder`` and metrics of ``held_out`` galaxies."""
    from galaxy_causal import plot

    columns = {"information": information.pointwise_mi, **information.columns}
    write_columns(folder / GALAXIES, {"id": catalogue.id, "split": catalogue.split, **columns})
    if information.weights is not None:
        torch.save(dict(information.weights), folder / WEIGHTS)
    if information.latent is not None:
        np.save(folder / LATENT, information.latent)
    if information.history:
        _draw_history(folder, information.history, name)
    if "pit" in information.columns:
        plot.save(plot.pit_histogram(information.columns["pit"][held_out], name), folder, "pit")
    if "estimate" in information.columns and not catalogue.target_classes:
        of_target, y = information.columns["estimate"][held_out], catalogue.target[held_out]
        if np.isfinite(of_target + y).any():
            drawn = plot.estimate_against(y, of_target, catalogue.target_label, name)
            plot.save(drawn, folder, "estimate")
    estimate = float(information.pointwise_mi[held_out].mean())
    metrics: Mapping[str, float] = {"mi": estimate, **information.metrics}
    return Made(metrics=metrics, history=information.history)


@contextmanager
def reading(kept: Stored, name: str) -> Iterator[Path]:
    """Around what reads a stored file: one kind of error for whatever is wrong with it.

    Parameters
    ----------
    kept
        What the file is of.
    name
        Of the file.

    Returns
    -------
    context manager
        Of the file's path.

    Raises
    ------
    UserError
        Naming the file, where it is damaged. Files of fits are compared with their checksums before; this is
        for those that were stored without.
    """
    file = kept.folder / name
    try:
        yield file
    except PermissionError:
        raise  # it may be whole
    except UNREADABLE as error:
        why = str(error).partition("\n")[0] or type(error).__name__
        raise UserError(
            f"{file} is damaged, and was stored without checksums ({why}). Delete its folder, and its run in "
            "MLflow's pages, and run the command that made it again."
        ) from error


def stored_fit(kept: Stored, catalogue: Catalogue, reused: bool) -> Fit:
    """A fit as it is kept; UserError where it is of other galaxies than those of the catalogue."""
    with reading(kept, GALAXIES) as file:
        alike = np.array_equal(_column(file, "id"), catalogue.id)
        pointwise = _column(file, "information")
        estimate = _column(file, "estimate") if "estimate" in pq.read_schema(file).names else None
    if not alike:
        raise UserError(
            f"the stored fit {kept.folder} holds other galaxies than dataset {catalogue.name}; "
            "delete that folder and start again"
        )
    return Fit(kept.key, pointwise, kept.metrics, reused, estimate)


def stored_latent(kept: Stored, catalogue: Catalogue, name: str) -> NDArray[np.float32]:
    """What a fit of this name keeps of each galaxy, (n, l); UserError where it holds NaN or infinities."""
    with reading(kept, LATENT) as file:
        latent: NDArray[np.float32] = np.load(file)
    bad = ~np.isfinite(latent).all(axis=1)
    if bad.any():
        examples = ", ".join(str(i) for i in catalogue.id[bad][:5])
        raise UserError(
            f"the latent of {name} is NaN or infinite for {bad.sum()} of {len(latent)} galaxies (ids "
            f"{examples}): training diverged. Lower network.training.learning_rate, or look for outliers in "
            "the inputs."
        )
    return latent


def stored_weights(fit: Stored) -> dict[str, Any]:
    """What a network is restored from."""
    with reading(fit, WEIGHTS) as file:
        weights: dict[str, Any] = torch.load(file, weights_only=True)
    return weights


def _draw_history(folder: Path, history: Mapping[str, tuple[tuple[int, float], ...]], name: str) -> None:
    """Cross-entropies in one figure; the terms of a loss that has several (``loss/...``) in another."""
    from galaxy_causal import plot

    terms = {k.removeprefix("loss/"): curve for k, curve in history.items() if k.startswith("loss/")}
    rest = {k: curve for k, curve in history.items() if not k.startswith("loss/")}
    plot.save(plot.loss_curves(rest, name), folder, "loss")
    if terms:
        plot.save(plot.loss_terms(terms, name), folder, "loss_terms")


def stored_estimate(fit: Stored) -> Floats:
    """What a fit estimates of each galaxy's target.

    Parameters
    ----------
    fit
        Of an estimator that predicts.

    Returns
    -------
    ndarray
        (n,), in the target's unit, in the catalogue's order.

    Raises
    ------
    UserError
        Where its file is damaged, or it holds no estimate.
    """
    with reading(fit, GALAXIES) as file:
        return _column(file, "estimate")


def _column(file: Path, name: str) -> Floats:
    """One column, which the library's own memory does not hold too."""
    column: Floats = pq.read_table(file, columns=[name])[name].to_numpy()
    return column


def stored_pit(fit: Stored) -> tuple[Floats, Floats] | None:
    """What a fit's densities say of each galaxy's target.

    Parameters
    ----------
    fit
        Any.

    Returns
    -------
    tuple of ndarray or None
        F(target | inputs), in [0, 1], and the estimate in the target's unit, each (n,) in the catalogue's
        order; None of an estimator without densities.

    Raises
    ------
    UserError
        Where its file is damaged.
    """
    with reading(fit, GALAXIES) as file:
        if not {"pit", "estimate"} <= set(pq.read_schema(file).names):
            return None
        return _column(file, "pit"), _column(file, "estimate")

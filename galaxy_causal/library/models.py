"""Fits as models of MLflow's."""

from __future__ import annotations

from galaxy_causal.fitting import FittedDensity, PortableDensity
from galaxy_causal.library.asking import asked
from galaxy_causal.library.store import Place
from galaxy_causal.library.stores import kept_in
from galaxy_causal.processes import temporary_folder
from galaxy_causal.tracking import MODEL, save_model
from galaxy_causal.types import UserError


@asked
def log_model(fitted: FittedDensity, store: Place) -> str:
    """Keep a fit as a model of MLflow's, with its run: a frame of input columns in, p(target | inputs) out.

    Parameters
    ----------
    fitted
        Of `fit`, of inputs without images.
    store
        In which it was made, as in `fit`.

    Returns
    -------
    str
        Where the model is, for ``mlflow.pyfunc.load_model``. It needs this package, and neither catalogue nor
        store. Of a number it gives the mean and quantiles, of a class probabilities.

    Raises
    ------
    UserError
        For a fit of images, and one that the store does not show.
    """
    density, key = PortableDensity.of(fitted), fitted.key
    opened = kept_in(store)
    with temporary_folder() as folder:
        save_model(density, folder)
        place = opened.tracker.add(key, folder)
    if not place:
        raise UserError(f"{opened.root} shows no fit {key}; give the store in which it was made")
    return f"{place}/{MODEL}"

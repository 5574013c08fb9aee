"""A fit as a model of MLflow's, with a signature, which needs no catalogue and no store."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from galaxy_causal.fitting import PortableDensity, releases

MODEL = "model"
"""Among the artifacts of a fit's run."""


@contextmanager
def _silent(logger: logging.Logger) -> Iterator[None]:
    """Without what a logger has to say: that it pickles, which is what is wanted."""
    was, logger.disabled = logger.disabled, True
    try:
        yield
    finally:
        logger.disabled = was


def save_model(density: PortableDensity, folder: Path) -> Path:
    """Write a fit as a model of MLflow's.

    Parameters
    ----------
    density
        The fit.
    folder
        In which the model is a folder of its own.

    Returns
    -------
    pathlib.Path
        The model: ``mlflow.pyfunc.load_model(path).predict(frame)``.
    """
    with warnings.catch_warnings(), _silent(logging.getLogger("mlflow.pyfunc")):
        warnings.simplefilter("ignore")  # MLflow's own, of type hints and of what is new in it
        import mlflow.pyfunc
        from mlflow.models import ModelSignature
        from mlflow.pyfunc.model import PythonModel
        from mlflow.types import ColSpec, Schema

        class Told(PythonModel):
            """What MLflow calls."""

            def predict(self, context, model_input, params=None):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
                """Tell of the galaxies of a frame."""
                return density.tell(model_input)

        kind = "string" if density.classes else "double"
        signature = ModelSignature(
            inputs=Schema([ColSpec("double", name) for name in density.columns]),
            outputs=Schema(
                [ColSpec(kind if k == 0 else "double", name) for k, name in enumerate(density.told)]
            ),
        )
        place = folder / MODEL
        mlflow.pyfunc.save_model(
            path=str(place),
            python_model=Told(),
            signature=signature,
            pip_requirements=[f"{name}=={version}" for name, version in releases().items()],
        )
    return place

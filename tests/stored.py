"""What a command left in the tracking store of its folder."""

import warnings

import mlflow


def client(tmp_path):
    with warnings.catch_warnings():  # of MLflow's own models against new SQLAlchemy, when first imported
        warnings.filterwarnings("ignore", "The ``noload`` loader strategy", DeprecationWarning)
        return mlflow.MlflowClient(f"sqlite:///{tmp_path}/mlruns/mlflow.db")


def runs(tmp_path, job=None):
    """Runs of one job, or all of them."""
    store = client(tmp_path)
    experiment = store.get_experiment_by_name("galaxy_causal")
    return store.search_runs([experiment.experiment_id], f"tags.job = '{job}'" if job else "")


def artifacts(tmp_path, run):
    """The files of a job, or of what is known by a recipe."""
    own = run.data.tags.get("folder", f"artifacts/{run.info.run_id}/artifacts")
    return tmp_path / "mlruns" / own

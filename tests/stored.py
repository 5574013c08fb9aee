"""What a command left in the tracking store of its folder."""

import mlflow


def runs(tmp_path, job):
    client = mlflow.MlflowClient(f"sqlite:///{tmp_path}/mlruns/mlflow.db")
    experiment = client.get_experiment_by_name("galaxy_causal")
    return client.search_runs([experiment.experiment_id], f"tags.job = '{job}'")


def artifacts(tmp_path, run):
    return tmp_path / "mlruns" / "artifacts" / run.info.run_id / "artifacts"

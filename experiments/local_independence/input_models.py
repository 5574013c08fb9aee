"""Tables and a figure of what each set of inputs leaves open, from the runs of this study on the mock.

    python experiments/local_independence/input_models.py [mlruns] [figure]

Prints the mean local correlations and the shares of significant galaxies, in the order in which the runs
finished, and draws the former to ``figure``.png and .pdf (input_models).
"""

import sys
from pathlib import Path

import mlflow

from galaxy_causal.plot import dependence_by_inputs, save


def main() -> None:
    """Read, print and draw."""
    root = Path(sys.argv[1] if len(sys.argv) > 1 else "mlruns")
    figure = Path(sys.argv[2] if len(sys.argv) > 2 else "input_models")
    client = mlflow.MlflowClient(f"sqlite:///{root}/mlflow.db")
    experiments = [experiment.experiment_id for experiment in client.search_experiments()]
    wanted = "tags.job = 'causal' and tags.dataset = 'mock' and attributes.status = 'FINISHED'"
    runs = client.search_runs(experiments, wanted, order_by=["attributes.end_time"])
    found: dict[str, dict[str, tuple[float, float]]] = {}
    shares: dict[str, dict[str, float]] = {}
    for run in runs:
        inputs, metrics = run.data.tags["inputs"], run.data.metrics
        queries = run.data.tags["query"].split(", ")
        found[inputs] = {q: (metrics[f"{q}/corr"], metrics[f"{q}/corr_error"]) for q in queries}
        shares[inputs] = {q: metrics[f"{q}/significant"] for q in queries}
    names = list(dict.fromkeys(query for by in found.values() for query in by))
    print("| query | " + " | ".join(found) + " |\n" + "|---" * (1 + len(found)) + "|")
    for query in names:
        cells = [
            f"{by[query][0]:+.3f} ± {by[query][1]:.3f} ({shares[inputs][query]:.0%})" if query in by else ""
            for inputs, by in found.items()
        ]
        print(f"| {query} | " + " | ".join(cells) + " |")
    save(dependence_by_inputs(found, "log mass"), figure.parent, figure.name)


if __name__ == "__main__":
    main()

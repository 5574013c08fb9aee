"""A star-formation rate as the target: nothing that is printed, drawn, written or tracked calls it a mass."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text
from stored import runs

import galaxy_causal as gc

pytestmark = pytest.mark.usefixtures("light_figures")

WRONG = re.compile(r"(?i)mass|M_\\star|M_\*")
N = 500
READ = {".json", ".yaml", ".csv", ".txt"}


def small(name, **options):
    network = gc.preset(name)
    training = replace(network.training, max_epochs=3, batch_size=64)
    return replace(network, width=16, blocks=1, training=training, **options)


@pytest.fixture(scope="module")
def galaxies():
    rng = np.random.default_rng(0)
    rate, z = rng.normal(0, 0.7, N), rng.uniform(0.02, 0.2, N)
    frame = pd.DataFrame(
        {
            "LOGSFR": rate,
            "z": z,
            "g": 18 - rate + 0.3 * rng.normal(size=N),
            "r": 17 - 0.5 * rate + 0.3 * rng.normal(size=N),
            "size": rng.normal(size=N),
            "err": np.full(N, 0.2),
        }
    )
    return gc.from_table(
        frame, "LOGSFR", target_kind="sfr", target_error="err", redshift="z", photometry={"g": "g", "r": "r"},
        photometry_unit="magnitude", other={"size": "size"}, name="survey",
        galaxy_class={"column": "LOGSFR", "cuts": [0], "names": ["faint", "bright"]},
    )  # fmt: skip


@pytest.fixture(scope="module")
def shared_folder(tmp_path_factory):
    """Of one store: a new one takes MLflow seconds."""
    return tmp_path_factory.mktemp("rates")


def of_question(galaxies, job, store):
    shared = {"seeds": 1, "store": store}
    x1, x2 = {"photometry": "gr"}, {"redshift": True}
    quick = {"draws": 20, "referee": False}
    if job == "decompose":
        also = ["i_min"]
        return gc.decompose(
            galaxies, x1, x2, network=small("mlp"), also=also, curve_draws=5, **quick, **shared
        )
    if job == "subsets":
        return gc.subsets(galaxies, x1, x2, network=small("amortised"), **quick, **shared)
    scl = small("scl")
    return gc.causal_analysis(
        galaxies,
        x1,
        query=["redshift", "size"],
        network=scl,
        permutations=19,
        k=40,
        sufficiency=False,
        **shared,
    )


def words_of(figure):
    return [text.get_text() for text in figure.findobj(Text)]


def written(folder):
    for file in sorted(folder.rglob("*")):
        if file.suffix in READ:
            yield file.name, file.read_text()
        elif file.suffix == ".parquet":
            frame = pd.read_parquet(file)
            texts = frame.select_dtypes(exclude="number").iloc[:, :].map(str).to_numpy().ravel()
            yield file.name, " ".join([*frame.columns, *dict.fromkeys(texts)])


@pytest.mark.parametrize("job", ["decompose", "subsets", "causal"])
def test_every_word_is_of_the_target(galaxies, job, shared_folder, capsys):
    found = of_question(galaxies, job, shared_folder / "mlruns")
    said = {"printed": capsys.readouterr().out, "shown": str(found), "frame": found.to_pandas().to_string()}
    said |= {f"figure {name}": "\n".join(words_of(figure)) for name, figure in found.figures().items()}
    said |= {"metrics": "\n".join(found.metrics()), "columns": "\n".join(found.galaxies.colnames)}
    for run in runs(shared_folder):
        kept = (run.data.metrics, run.data.params, run.data.tags)
        said[f"run {run.info.run_id}"] = "\n".join(f"{k} {v}" for part in kept for k, v in part.items())
    said |= {f"file {name}": text for name, text in written(shared_folder / "mlruns")}
    assert len(said) > 10
    for where, text in said.items():
        wrong = WRONG.search(text)
        assert wrong is None, f"{where}: {text[max(0, wrong.start() - 80) : wrong.end() + 80]}"
    assert "target = sfr, column LOGSFR [log10 of Msun/yr], in " in said["printed"]

"""The paper's studies as presets, what they share, and their results side by side."""

import csv
from itertools import pairwise

import hydra
import numpy as np
import pytest
from command import QUICK
from image_samples import images_of

from galaxy_causal.dataset.mock.columns import MORPHOLOGY
from galaxy_causal.jobs.decompose.result import Decomposition
from galaxy_causal.jobs.report.command import count, member, members
from galaxy_causal.jobs.report.result import Report
from galaxy_causal.types import ATOMS, Catalogue, Curve, Feature, Summary, UserError

N = 30
PAPER = ("modalities", "image_bands", "photometry_bands")
U_TO_Z = tuple("ugriz")
ALL = (*U_TO_Z, "W1", "W2", "W3")


def galaxies(bands=ALL, without_error=("W3",), images="ugriz"):
    """What the presets ask for, with values that nobody looks at."""
    rng = np.random.default_rng(0)

    def feature(error=None):
        return Feature(rng.normal(size=N), "", error)

    features = {
        "photometry": {b: feature(None if b in without_error else np.full(N, 0.1)) for b in bands},
        "redshift": {"redshift": feature()},
        "ebv": {"ebv": feature()},
        "morphology": {name: feature() for name in MORPHOLOGY},
    }
    pixels = rng.normal(size=(N, len(images), 16, 16)).astype(np.float32)
    split = np.repeat(["train", "validation", "test"], N // 3)
    target = rng.normal(10, 0.6, N)
    return Catalogue(
        "mine",
        np.arange(N),
        target,
        "y",
        features,
        split,
        images=images_of(pixels, images) if images else None,
    )


def study(name, *overrides, only=slice(None)):
    """The configurations of a study's decompositions."""
    with hydra.initialize_config_module("galaxy_causal.conf", version_base="1.3"):
        return [hydra.compose("config", own) for own in members(name, overrides)[only]]


def test_a_value_of_the_command_line_wins_over_the_sweep():
    """As in Hydra's own multirun."""
    (only,) = study("photometry_bands", "bands.take=u", "bands=split_photometry", "dataset.n=5")
    assert (only.bands.take, only.dataset.n) == ("u", 5)


@pytest.fixture(scope="module")
def paper():
    catalogue = galaxies()
    return {name: [member(cfg, catalogue) for cfg in study(name, "scale=small")] for name in PAPER}


def test_the_papers_29_decompositions_need_59_models(paper):
    assert {name: len(each) for name, each in paper.items()} == dict(zip(PAPER, (5, 9, 15), strict=True))
    everything = [each for name in PAPER for each in paper[name]]
    assert len({each.name for each in everything}) == 29
    fits = [fit for each in everything for fit in each.fits]
    assert (len(fits), len(set(fits))) == (87, 59)
    assert count(everything).startswith("29 decompositions: 59 models for each seed")
    assert "87 if none were shared" in count(everything)


def test_the_pairs_are_those_of_the_paper(paper):
    names = {name: [each.name for each in found] for name, found in paper.items()}
    assert names["modalities"] == [
        "photometry[ugriz] | normalised_images[ugriz]",
        "photometry[ugriz] | morphology[all 20]",
        "photometry[ugriz] | photometry[W1W2W3]",
        "images[ugriz] | photometry[W1W2W3]",
        "photometry[W1W2W3]+images[ugriz] | redshift",
    ]
    for name, bands in (("image_bands", U_TO_Z), ("photometry_bands", ALL)):
        modality = name.removesuffix("_bands").replace("image", "images")
        taken = [[band] for band in bands] + [list(pair) for pair in pairwise(bands)]
        expected = [
            f"{modality}[{''.join(some)}] | {modality}[{''.join(b for b in bands if b not in some)}]"
            for some in taken
        ]
        assert names[name] == expected


@pytest.mark.parametrize(
    ("name", "bands", "last"),
    [
        ("photometry_bands_sdss", "ugrizJHK", "photometry[HK] | photometry[ugrizJ]"),
        ("photometry_bands_desi", ["g", "r", "z", "W1", "W2"], "photometry[W1W2] | photometry[grz]"),
    ],
)
def test_the_same_bands_on_real_tables(name, bands, last):
    (cfg,) = study(name, only=slice(-1, None))
    assert member(cfg, galaxies(bands, without_error=(), images="")).name == last
    assert len(cfg.bands.of.replace("W1", "w").replace("W2", "w")) == len(bands)


def test_overrides_of_the_command_line_win():
    fewer = (
        "scale=small",
        "network=image_small",
        "dataset.n=50",
        "hydra.sweeper.params={bands.take: 'g,ri'}",
    )
    first, second = study("image_bands", *fewer)
    assert (first.dataset.n, first.network.width, first.bands.take) == (50, 16, "g")
    assert first.network._target_.endswith(".Image")
    assert second.bands.take == "ri"


def test_a_preset_without_a_sweep_is_no_study():
    with pytest.raises(UserError, match="experiment=gaussian_noise is no study"):
        study("gaussian_noise")


PRESET = """# @package _global_
hydra:
  sweeper:
    params:
      dataset.r1: 0.5,0.9
"""


def test_the_job_reports_what_is_finished_and_names_what_is_not(galaxy_causal, tmp_path, full_figures):
    (tmp_path / "mine" / "experiment").mkdir(parents=True)
    (tmp_path / "mine" / "experiment" / "signals.yaml").write_text(PRESET)
    report = ("--config-dir", "mine", "job=report", "studies=[signals]", *QUICK)
    nothing = galaxy_causal(*report)
    assert nothing.code == 2
    assert "nothing to report yet; run galaxy-causal -m experiment=signals" in nothing.err
    assert galaxy_causal("dataset.r1=0.5", *QUICK).code == 0
    partial = galaxy_causal(*report)
    assert partial.code == 0, partial.err
    assert "2 decompositions: 6 models for each seed" in partial.out
    assert "signals: 1 of 2 are not made yet" in partial.out
    whole = galaxy_causal("--config-dir", "mine", "-m", "experiment=signals", *QUICK)
    assert whole.code == 0, whole.err
    assert "3 fits: 0 trained, 3 reused" in whole.out
    whole = galaxy_causal(*report)
    assert "not made" not in whole.out
    folders = {file.parent for file in tmp_path.glob("mlruns/artifacts/*/artifacts/report.csv")}
    assert len(folders) == 2  # of the sweep, which ends with its members side by side, and of the report
    (folder,) = (one for one in folders if str(one) in whole.out)
    for name in ("signals", "signals_against"):
        assert {file.suffix for file in folder.glob(f"{name}.*")} == {".png", ".pdf"}
    with (folder / "report.csv").open() as file:
        rows = list(csv.DictReader(file))
    with (folder / "curves.csv").open() as file:
        bins = list(csv.DictReader(file))
    assert {row["quantity"] for row in bins} == {"y"}
    labels = {row["decomposition"] for row in rows}
    for name in labels:
        some = [row for row in bins if row["decomposition"] == name and row["group"] == "all"]
        (whole_row,) = (row for row in rows if row["decomposition"] == name and row["group"] == "all")
        weights = [int(row["galaxies"]) for row in some]
        mean = sum(w * float(row["mi_union"]) for w, row in zip(weights, some, strict=True)) / sum(weights)
        assert sum(weights) == int(whole_row["galaxies"])
        assert mean == pytest.approx(float(whole_row["mi_union"]))
    label = "signal[x1] | signal[x2] (dataset.r1={})"
    assert [row["decomposition"] for row in rows] == [label.format(0.5), label.format(0.9)]
    files = tmp_path.glob("mlruns/artifacts/*/artifacts/summary.json")
    singles = [Decomposition.read(file.parent).summaries for file in files]
    told = {float(row["mi_union"]): float(row["population_min/synergistic_err"]) for row in rows}
    assert told == {
        every.value["mi_union"]: every.error["population_min/synergistic"] for every, *_ in singles
    }
    summary = next(tmp_path.glob("mlruns/artifacts/*/artifacts/summary.json"))
    summary.write_text(summary.read_text()[:-100])
    refused = galaxy_causal(*report)
    assert refused.code == 2
    assert f"{summary} is damaged" in refused.err
    assert len(refused.err.splitlines()) == 1


def decomposition(name, labels, x1="photometry[u]"):
    """One of 200 galaxies, with curves along these quantities."""
    value = dict.fromkeys(("mi_x1", "mi_x2"), 0.5) | {"mi_union": 0.9}
    atoms = dict(zip(ATOMS, (0.5, 0.0, 0.0, 0.4), strict=True))
    value |= {f"population_min/{atom}": one for atom, one in atoms.items()}
    summary = Summary("all", 200, value, dict.fromkeys(value, 0.02))
    curves = [Curve("all", label, np.array([1.0, 2.0]), (summary, summary)) for label in labels]
    return Decomposition(
        x1, name, "y", "population_min", {}, {"name": "mine"}, {}, (summary,), tuple(curves), (), {}, (), {},
        {"y": np.zeros(2)}, 20,
    )  # fmt: skip


@pytest.mark.parametrize(("pairs", "ends"), [(3, ["against"]), (8, ["against", "against_magnitude"])])
def test_many_pairs_have_a_figure_for_each_quantity(pairs, ends):
    found = {f"photometry[u] | b{k}": decomposition(f"b{k}", ["y", "r [mag]"]) for k in range(pairs)}
    report = Report({"study": found}, {"study": "y"}, "population_min", {})
    figures = report.figures()
    assert list(figures) == ["study", *(f"study_{end}" for end in ends)]
    for figure in figures.values():
        assert figure.get_suptitle().startswith("What two inputs tell of y, pair by pair")
        words = [text.get_text() for axes in figure.axes for text in axes.texts]
        assert any("mine: 200 held-out galaxies" in text for text in words)
    assert max(figure.get_figheight() for figure in figures.values()) < 9


@pytest.mark.long
def test_a_mock_of_which_nothing_is_finished_is_not_simulated(galaxy_causal, tmp_path):
    assert galaxy_causal(*QUICK).code == 0  # a decomposition of another dataset
    nothing = galaxy_causal("job=report", "studies=[modalities]", "scale=small", "tracking.root=mlruns")
    assert nothing.code == 2
    assert "nothing to report yet; run galaxy-causal -m experiment=modalities scale=small" in nothing.err
    assert not list(tmp_path.rglob("mock*"))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("experiment=gaussian_noise",), "leave experiment= out"),
        (("studies=modalities",), "studies=modalities: give a list of presets"),
        (("studies=[]",), "give a list of presets"),
        (("studies=[modality]",), "modality"),
    ],
)
def test_what_is_no_study_is_refused_with_the_remedy(galaxy_causal, tmp_path, arguments, words):
    outcome = galaxy_causal("job=report", *QUICK, *arguments)
    assert outcome.code == 2
    assert words in outcome.err
    assert "Traceback" not in outcome.err
    assert not (tmp_path / "mlruns").exists()

"""The paper's studies as presets, what they share, and their results side by side."""

from itertools import pairwise

import hydra
import numpy as np
import pytest
from image_samples import images_of

from galaxy_causal.dataset.mock.columns import MORPHOLOGY
from galaxy_causal.jobs.report import count, member, members
from galaxy_causal.types import Catalogue, Feature, UserError

N = 30
PAPER = ("modalities", "image_bands", "photometry_bands")
U_TO_Z = tuple("ugriz")
ALL = (*U_TO_Z, "W1", "W2", "W3")


@pytest.fixture(scope="module", autouse=True)
def initialised():
    with hydra.initialize_config_module("galaxy_causal.conf", version_base="1.3"):
        yield


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


def study(name, *overrides, of=None):
    catalogue = of or galaxies()
    return [member(cfg, catalogue) for cfg in members(name, overrides)]


@pytest.fixture(scope="module")
def paper(initialised):
    catalogue = galaxies()
    return {name: study(name, "scale=small", of=catalogue) for name in PAPER}


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
    ("name", "bands", "pairs", "models"),
    [
        ("photometry_bands_sdss", "ugrizJHK", 15, 31),
        ("photometry_bands_desi", ["g", "r", "z", "W1", "W2"], 9, 19),
    ],
)
def test_the_same_bands_on_real_tables(name, bands, pairs, models):
    found = study(name, of=galaxies(bands, without_error=(), images=""))
    fits = [fit for each in found for fit in each.fits]
    assert (len(found), len(set(fits))) == (pairs, models)


def test_overrides_of_the_command_line_win():
    (first, *_) = members("image_bands", ["scale=small", "network=image_d4", "dataset.n=50"])
    assert (first.dataset.n, first.network.width, first.bands.take) == (50, 16, "u")
    assert first.network._target_.endswith("ImageD4")
    assert [
        cfg.bands.take for cfg in members("image_bands", ["hydra.sweeper.params={bands.take: 'g,ri'}"])
    ] == [
        "g",
        "ri",
    ]


def test_a_preset_without_a_sweep_is_no_study():
    with pytest.raises(UserError, match="experiment=gaussian_noise is no study"):
        members("gaussian_noise")

import subprocess
import sys

import hydra
import numpy as np
import pytest
from hydra.utils import instantiate

from galaxy_causal.jobs.quoting import quoted
from galaxy_causal.types import Feature

HEAVY = ("astropy", "galsim", "h5py", "joblib", "kcorrect", "pyarrow", "zarr")


def compose(*overrides):
    with hydra.initialize_config_module("galaxy_causal.conf", version_base="1.3"):
        return hydra.compose("config", overrides=list(overrides))


def test_the_room_is_cheap_to_import():
    code = f"import sys, galaxy_causal.dataset; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_gaussian_signals():
    cfg = compose("dataset=gaussian", "bands=signals", "dataset.n=200")
    catalogue = instantiate(cfg.dataset)
    inputs = instantiate(cfg.bands)(features=catalogue.features, dataset=catalogue.name)
    assert len(catalogue) == 200
    assert (inputs.x1.label, inputs.union.label) == ("signal[x1]", "signal[x1x2]")


@pytest.mark.parametrize("unit", ["magnitude", "null"])
def test_a_table_from_the_command_line(galaxies, tmp_path, unit):
    for column in ("G", "R", "W1"):
        galaxies[column].unit = "mag"
    galaxies.write(tmp_path / "galaxies.fits")
    cfg = compose(
        "dataset=table",
        f"dataset.path={tmp_path / 'galaxies.fits'}",
        "dataset.columns.id=ID",
        "dataset.columns.target=LOGM",
        "dataset.columns.redshift=Z",
        "dataset.columns.photometry={g: G, r: R, W1: W1}",
        "dataset.columns.photometry_error={g: E_G}",
        "dataset.columns.morphology={sersic_index: SERSIC}",
        "dataset.null_values=[-1]",
        "dataset.split.train=0.6",
        f"dataset.photometry_unit={unit}",
        "bands.x1.photometry=grW1",
        "bands.x2.morphology=true",
    )
    catalogue = instantiate(cfg.dataset)
    kept = np.isin(galaxies["ID"], catalogue.id)
    found = catalogue.features["morphology"]["sersic_index"].value
    np.testing.assert_array_equal(found, galaxies["SERSIC"][kept])
    assert catalogue.dropped == {"in no split": 4}
    inputs = instantiate(cfg.bands)(features=catalogue.features, dataset=catalogue.name)
    assert inputs.x1.label == "photometry[grW1]"
    assert inputs.x2.label == "redshift+morphology[sersic_index]"


def test_expressions_filters_and_nulls_from_the_command_line(galaxies, tmp_path):
    galaxies["MASS"], galaxies["CZ"] = 10 ** galaxies["LOGM"], galaxies["Z"] * 299_792.458
    galaxies["CZ"][4] = -1
    galaxies["VECTOR"] = np.random.default_rng(0).normal(size=(40, 6)).astype(np.float32)
    galaxies["NMGY"] = np.geomspace(1, 100, 80).reshape(40, 2)
    galaxies.write(tmp_path / "galaxies.fits")
    arguments = (
        "dataset=table",
        f"dataset.path={tmp_path / 'galaxies.fits'}",
        "dataset.columns.id=ID",
        "dataset.columns.target=log10(MASS)",
        "dataset.columns.redshift=CZ/299792.458",
        "dataset.columns.photometry={g: NMGY[0], r: NMGY[1]}",
        "dataset.columns.photometry_transmission={g: 10**(-0.4*0.1*SERSIC)}",
        "dataset.columns.embedding={aion: VECTOR}",
        "dataset.photometry_unit=uJy",
        "dataset.null_values={redshift: [-1]}",
        "dataset.nulls=drop",
        "dataset.where=SERSIC>1 and Z!=0.5",
        "bands=pair",
        "bands.x1.photometry=gr",
        "bands.x2.embedding=true",
    )
    cfg = compose(*(quoted(argument) for argument in arguments))
    catalogue = instantiate(cfg.dataset)
    assert catalogue.dropped == {"null in CZ/299792.458": 1}
    np.testing.assert_allclose(catalogue.target, np.delete(np.asarray(galaxies["LOGM"]), 4), rtol=1e-14)
    inputs = instantiate(cfg.bands)(features=catalogue.features, dataset=catalogue.name)
    assert inputs.union.label == "photometry[gr]+embedding[aion]"


@pytest.mark.parametrize(
    ("overrides", "x1", "x2"),
    [
        ("", "ugriz", "redshift"),
        ("bands.x2.redshift=null bands.x2.photometry=JK", "ugriz", "JK"),
        ("bands=optical_infrared", "ugriz", "JHK"),
        ("bands=pair bands.x1.ebv=true bands.x2.photometry=[g]", "ebv", "g"),
        ("bands=split_photometry", "g", "uriz"),
        ("bands=split_photometry bands.take=iz", "iz", "ugr"),
        ("bands=split_photometry bands.of=ugrizJHK bands.take=zJ", "zJ", "ugriHK"),
        ("bands=split_photometry bands.of=true bands.take=K", "K", "ugrizJH"),
    ],
)
def test_bands(overrides, x1, x2):
    feature = Feature(np.zeros(3), "mag", np.ones(3))
    scalars = {m: {m: feature} for m in ("redshift", "ebv")}
    features = {"photometry": dict.fromkeys("ugrizJHK", feature), **scalars}
    inputs = instantiate(compose(*overrides.split()).bands)(features=features, dataset="sdss")
    wanted = [label if label in scalars else f"photometry[{label}]" for label in (x1, x2)]
    assert [inputs.x1.label, inputs.x2.label] == wanted
    for chosen in (inputs.x1, inputs.x2, inputs.union):
        assert any(item.modality == "ebv" for item in chosen.items)


@pytest.mark.parametrize(
    ("overrides", "x1", "x2"),
    [
        ("bands=photometry_images", "photometry[ugriz]", "normalised_images[ugriz]"),
        ("bands=photometry_morphology", "photometry[ugriz]", "morphology[sersic_index,axis_ratio]"),
        ("bands=photometry_wise", "photometry[ugriz]", "photometry[W1W2W3]"),
        ("bands=images_wise", "images[ugriz]", "photometry[W1W2W3]"),
        ("bands=images_wise_redshift", "photometry[W1W2W3]+images[ugriz]", "redshift"),
        ("bands=split_images", "images[g]", "images[uriz]"),
        (
            "bands=split_images bands.take=iz bands.normalised=true",
            "normalised_images[iz]",
            "normalised_images[ugr]",
        ),
        ("bands=pair bands.x1.images=true bands.x2.images=[u]", "images[ugriz]", "images[u]"),
    ],
)
def test_bands_of_images(overrides, x1, x2):
    feature = Feature(np.zeros(3), "mag", np.ones(3))
    features = {
        "photometry": dict.fromkeys([*"ugriz", "W1", "W2", "W3"], feature),
        "redshift": {"redshift": feature},
        "ebv": {"ebv": feature},
        "morphology": dict.fromkeys(["sersic_index", "axis_ratio"], feature),
    }
    bands = instantiate(compose(*overrides.split()).bands)
    inputs = bands(features=features, dataset="mock", images=tuple("ugriz"))
    assert sorted(inputs.x1.label.split("+")) == sorted(x1.split("+"))
    assert inputs.x2.label == x2

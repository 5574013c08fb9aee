"""What a table cannot hold is refused when it is read, with column, rows and remedy."""

import numpy as np
import pytest
from astropy.table import vstack

from galaxy_causal.types import UserError


def many(galaxies, n=400):
    """``n`` galaxies like those of the fixture."""
    rng = np.random.default_rng(8)
    data = vstack([galaxies] * (n // len(galaxies)))
    data["ID"] = np.arange(n)
    for column, low, high in (("G", 15, 20), ("R", 14, 19), ("W1", 13, 18), ("Z", 0.01, 0.5)):
        data[column] = rng.uniform(low, high, n)
    data["LOGM"] = rng.normal(10.3, 0.5, n)
    return data


def put(column, value, rows=(3, 8, 9)):
    def change(data):
        data[column][list(rows)] = value

    return change


def scaled(column, function):
    return lambda data: data.replace_column(column, function(data[column]))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            put("LOGM", -99),
            r"the target \(column LOGM\) is -99 in 3 rows \(first 3, 8, 9\), .*\{target: \[-99\]\}",
        ),
        (put("LOGM", 0), r"is 0 in 3 rows"),
        (put("LOGM", 1e20, [5]), r"is 1e\+20 in 1 rows \(first 5\)"),
        (
            put("Z", -999),
            r"redshift, column Z: 3 of 400 rows \(first 3, 8, 9\), lies .* to 20, .*\{redshift: \[-999\]\}",
        ),
        (put("Z", -1), "outside -0.02 to 20, such as -1"),
        (put("Z", 99), "outside -0.02 to 20, such as 99"),
        (put("Z", 19), r"the redshift \(column Z\) is 19 in 3 rows"),
        (put("EBV", -0.1), r"E\(B-V\), column EBV: 3 of 400 rows .*outside 0 to 10, such as -0.1"),
        (put("EBV", 99), r"E\(B-V\), .*null_values=\{ebv: \[99\]\}"),
        (put("G", 0), r"the magnitude g \(column G\) is 0 in 3 rows"),
        (put("R", -9), r"the magnitude r \(column R\) is -9 in 3 rows"),
        (scaled("Z", lambda z: z * 299_792.458), "km/s; divide it by 299792.458: .*redshift=.*Z/299792.458"),
        (scaled("LOGM", lambda m: 10**m),
         r"has median .* masses in Suns, .*give the log10, as .*log10\(LOGM\)"),
    ],
)  # fmt: skip
def test_values_that_cannot_be_are_refused(galaxies, read, change, message):
    data = many(galaxies)
    data["EBV"] = np.linspace(0, 0.3, len(data))
    change(data)
    with pytest.raises(UserError, match=rf"galaxies.fits: .*{message}"):
        read(data, columns={"ebv": "EBV"})


def test_the_remedy_leaves_them_out_in_any_precision(galaxies, read):
    data = many(galaxies)
    data["LOGM"][[3, 8]] = -99.9
    data["LOGM"] = data["LOGM"].astype(np.float32)
    with pytest.raises(UserError, match=r"null_values=\{target: \[-99.9000015258\d+\]\}"):
        read(data)
    for null in (-99.9, float(np.float32(-99.9))):
        catalogue = read(data, null_values=[null], nulls="drop")
        assert catalogue.dropped == {"null in LOGM": 2}


def test_fluxes_that_are_repeated_far_below_the_sky(galaxies, read):
    data = many(galaxies)
    for column in ("G", "R", "W1"):
        data[column] = np.random.default_rng(4).lognormal(3, 1.5, len(data)) - 2
    read(data, photometry_unit="nanomaggy")
    data["G"][[1, 2]] = -99
    with pytest.raises(UserError, match=r"the nanomaggy g \(column G\) is -99 in 2 rows"):
        read(data, photometry_unit="nanomaggy")


def test_large_numbers_are_kept_where_a_column_holds_them(galaxies, read):
    galaxies["HALO"] = np.geomspace(1e11, 1e15, 40)
    galaxies["HALO"][[2, 5]] = -9999
    galaxies["TEMPERATURE"] = np.linspace(3000, 8000, 40)
    galaxies["TEMPERATURE"][[7, 8]] = 12_345.0, 99_999.0
    columns = {"other": {"halo": "HALO", "t": "TEMPERATURE"}}
    catalogue = read(galaxies, columns=columns, nulls="drop")
    assert catalogue.dropped == {"null in HALO": 2, "null in TEMPERATURE": 1}
    assert catalogue.features["other"]["halo"].value.max() == pytest.approx(1e15)
    assert catalogue.features["other"]["t"].value.max() == 12_345


def test_another_target_may_be_large(galaxies, read):
    galaxies["LOGM"] = 10 ** galaxies["LOGM"]
    assert read(galaxies, target_label="luminosity").target.min() > 1e8


def test_a_target_that_hardly_varies_is_refused(galaxies, read):
    galaxies["LOGM"] = np.where(np.arange(40) < 4, 11.0, 10.0)
    with pytest.raises(UserError, match=r"target is constant \(10\) but for 4 of 40 galaxies"):
        read(galaxies)
    galaxies["LOGM"] = np.arange(40) % 2
    assert set(read(galaxies).target) == {0, 1}
    galaxies["SPLIT"] = ["train"] * 20 + ["validation"] * 10 + ["test"] * 10
    galaxies["LOGM"] = np.where(np.arange(40) < 20, 10, 11)
    with pytest.raises(UserError, match=r"target is constant \(10\) among the training galaxies"):
        read(galaxies, columns={"split": "SPLIT"})


def test_rows_that_repeat_are_refused_unless_they_share_a_group(galaxies, read):
    twice = vstack([galaxies, galaxies[:3]])
    with pytest.raises(UserError, match=r"rows 40, 41, 42 repeat rows 0, 1, 2; .*dataset.columns.id"):
        read(twice, columns={"id": None})
    twice["SPLIT"] = ["train"] * 30 + ["validation"] * 5 + ["test"] * 8
    with pytest.raises(UserError, match=r"rows 40, 41, 42 repeat rows 0, 1, 2"):
        read(twice, columns={"id": None, "split": "SPLIT"})
    twice["ID"] = np.arange(43)
    with pytest.raises(UserError, match=r"but id, split and group: .*name in dataset.columns.group"):
        read(twice)
    twice["FIELD"] = [f"f{k % 40}" for k in range(43)]
    assert len(read(twice, columns={"group": "FIELD"})) == 43


@pytest.mark.parametrize(("column", "value"), [("LOGM", 0), ("R", 270), ("E_LOGM", 0), ("E_G", -1)])
def test_galaxies_that_are_left_out_may_hold_anything(galaxies, read, column, value):
    data = many(galaxies)
    data["E_LOGM"] = np.random.default_rng(4).uniform(0.05, 0.2, len(data))
    data[column][[3, 8]] = value
    columns = {"target_error": "E_LOGM", "photometry_error": {"g": "E_G"}}
    with pytest.raises(UserError, match=column):
        read(data, columns=columns, nulls="drop")
    data["Z"][[3, 8]] = np.nan
    assert read(data, columns=columns, nulls="drop").dropped == {"null in Z": 2}
    with pytest.raises(UserError, match=column):
        read(data, columns=columns)


@pytest.mark.parametrize("column", ["LOGM", "R"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_most_galaxies_may_lack_a_value(galaxies, read, column, share):
    data = many(galaxies)
    data[column][np.arange(len(data)) < share * len(data)] = 0
    with pytest.raises(UserError, match=rf"column {column}\) is 0 in {share * len(data):.0f} rows"):
        read(data)
    assert len(read(data, null_values=[0], nulls="drop")) == round((1 - share) * len(data))


@pytest.mark.parametrize("law", ["none of it", "one of two", "counts"])
def test_targets_that_are_mostly_zero_pass(galaxies, read, law):
    data, rng = many(galaxies), np.random.default_rng(12)
    more = {
        "none of it": rng.lognormal(0, 1, len(data)),
        "one of two": np.ones(len(data)),
        "counts": 1.0 + rng.poisson(2, len(data)),
    }[law]
    data["LOGM"] = np.where(rng.random(len(data)) < 0.7, 0, more)
    assert len(read(data, target_label="what is counted")) == len(data)

"""Units, inverse variances and extinction, against the magnitudes that they must give."""

import numpy as np
import pytest
from astropy.table import Table

from galaxy_causal.dataset import from_table, table
from galaxy_causal.types import UserError

N = 60
RNG = np.random.default_rng(5)
FLUX = RNG.uniform(5, 500, N)
ERROR = RNG.uniform(0.1, 0.5, N)
EBV = RNG.uniform(0, 0.3, N)
TARGET = RNG.normal(10, 0.5, N)
FLUXES = {"m": TARGET, "G": FLUX, "E": ERROR, "I": ERROR**-2, "EBV": EBV, "T": 10 ** (-0.4 * 3.2 * EBV)}
NANOJANSKY = 10 ** (0.4 * (22.5 - 31.4))
SPLIT = {"train": 0.6, "validation": 0.2, "test": 0.2, "seed": 0}


def g_of(columns=None, unit="nanomaggy", photometry="G", **options):
    found = from_table(
        {**FLUXES, **(columns or {})}, "m", photometry={"g": photometry}, photometry_unit=unit, **options
    )
    return found.features["photometry"]["g"]


EXPECTED = g_of(photometry_error={"g": "E"})


@pytest.mark.parametrize(
    ("unit", "scale"), [("1000 nanomaggy", 1e-3), ("nJy", 1 / NANOJANSKY), ("mgy", 1e-9)]
)
def test_scaled_units_give_the_same_magnitudes(unit, scale):
    columns = {"G": FLUX * scale, "E": ERROR * scale, "I": (ERROR * scale) ** -2}
    for errors in ({"photometry_error": {"g": "E"}}, {"photometry_ivar": {"g": "I"}}):
        found = g_of(columns, unit, **errors)
        np.testing.assert_allclose(found.value, EXPECTED.value, rtol=1e-9)
        np.testing.assert_allclose(found.error, EXPECTED.error, rtol=1e-9)
        assert (found.unit, found.softening) == ("mag", 0.1)


def test_noise_below_minus_9000_nanojanskys_is_none_for_missing():
    flux = FLUX / NANOJANSKY
    flux[:4] = -12_345.6, -9_001, -30_000, -9999
    found = g_of({"G": flux}, "nJy", nulls="drop")
    assert len(found.value) == N - 1
    np.testing.assert_allclose(found.value[3:], EXPECTED.value[4:], rtol=1e-9)


def test_scaled_magnitudes():
    magnitude = np.linspace(15, 22, N)
    plain = g_of({"G": magnitude, "E": ERROR}, "magnitude", photometry_error={"g": "E"})
    found = g_of({"G": 100 * magnitude, "E": 100 * ERROR}, "0.01 mag", photometry_error={"g": "E"})
    np.testing.assert_allclose(found.value, plain.value, rtol=1e-12)
    np.testing.assert_allclose(found.error, plain.error, rtol=1e-12)


@pytest.mark.parametrize(
    ("unit", "values", "null", "kept"),
    [
        ("uJy", FLUX / 1e3 / NANOJANSKY, -99, EXPECTED.value),
        ("mmag", np.linspace(15e3, 22e3, N), 99, np.linspace(15, 22, N)),
    ],
)
def test_values_for_missing_are_known_as_the_file_has_them(unit, values, null, kept):
    given = {"G": np.array(values, dtype=np.float32)}
    given["G"][[3, 8, 9]] = null
    with pytest.raises(
        UserError, match=rf"is {null} in 3 rows .*null_values=.*photometry/g.*: \[{null}\]\}}"
    ):
        g_of(given, unit)
    found = g_of(given, unit, null_values={"photometry/g": [null]}, nulls="drop")
    np.testing.assert_allclose(found.value, np.delete(kept, [3, 8, 9]), rtol=1e-6)


def test_no_weight_is_a_missing_error():
    ivar = ERROR**-2
    ivar[[3, 7]] = 0
    found = g_of({"I": ivar}, photometry_ivar={"g": "I"})
    assert np.flatnonzero(np.isnan(found.error)).tolist() == [3, 7]
    np.testing.assert_allclose(np.delete(found.error, [3, 7]), np.delete(EXPECTED.error, [3, 7]), rtol=1e-12)
    kept = from_table(
        {**FLUXES, "I": ivar}, "m", photometry={"g": "G"}, photometry_ivar={"g": "I"},
        photometry_unit="nanomaggy", nulls="drop",
    )  # fmt: skip
    assert kept.dropped == {"null in I": 2}
    ivar[5] = -1
    with pytest.raises(
        UserError, match=r"the inverse variance I is negative in 1 rows \(first 5, such as -1\)"
    ):
        g_of({"I": ivar}, photometry_ivar={"g": "I"})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"photometry_error": {"g": "E"}, "photometry_ivar": {"g": "I"}}, "both name g"),
        ({"photometry_ivar": {"g": "G"}}, "names G, which is something else too"),
        ({"photometry_ivar": {"r": "I"}}, "photometry_ivar names r, but photometry has g"),
        ({"extinction": {"g": 3.2}}, "extinction needs E"),
        ({"extinction": {"r": 3.2}, "ebv": "EBV"}, "extinction names r, which is no band of photometry"),
        ({"extinction": {"g": -3.2}, "ebv": "EBV"}, "which is positive"),
        ({"extinction": {"g": "all"}, "ebv": "EBV"}, "must be a number"),
        ({"extinction": {"g": 3.2}, "ebv": "EBV", "photometry_transmission": {"g": "T"}}, "corrected twice"),
        ({"photometry_transmission": {"g": "EBV"}}, r"transmission EBV is .* not above 0"),
        ({"photometry_transmission": {"g": "G"}}, r"transmission G is .* at most 1"),
    ],
)
def test_what_contradicts_is_refused(options, message):
    with pytest.raises(UserError, match=message):
        g_of({"EBV": np.where(np.arange(N) == 4, 0, EBV)}, **options)


@pytest.mark.parametrize("unit", ["nanomaggy", "magnitude"])
def test_extinction_by_transmission_by_reddening_and_by_an_expression_are_one(unit):
    dimmed = FLUX * FLUXES["T"] if unit == "nanomaggy" else 22.5 - 2.5 * np.log10(FLUX * FLUXES["T"])
    error = ERROR * FLUXES["T"] if unit == "nanomaggy" else ERROR
    plain = EXPECTED if unit == "nanomaggy" else g_of({"G": 22.5 - 2.5 * np.log10(FLUX)}, unit)
    columns, errors = {"G": dimmed, "E": error}, {"photometry_error": {"g": "E"}}
    by_transmission = g_of(columns, unit, photometry_transmission={"g": "T"}, **errors)
    by_reddening = g_of(columns, unit, ebv="EBV", extinction={"g": 3.2}, **errors)
    text = "G/T" if unit == "nanomaggy" else "G + 2.5*log10(T)"
    by_expression = g_of(columns, unit, photometry=text)
    for found in (by_transmission, by_reddening, by_expression):
        np.testing.assert_allclose(found.value, plain.value, rtol=1e-12)
    for found in (by_transmission, by_reddening):
        np.testing.assert_allclose(found.error, EXPECTED.error if unit == "nanomaggy" else ERROR, rtol=1e-12)
    catalogue = from_table(
        {**FLUXES, **columns}, "m", photometry={"g": "G"}, photometry_transmission={"g": "T"},
        photometry_unit=unit,
    )  # fmt: skip
    assert catalogue.provenance["photometry"].endswith("; corrected for extinction, g by T")


def test_a_missing_transmission_is_refused_as_a_missing_flux_is():
    with pytest.raises(UserError, match=r"missing values .* in column T: 1 of 60 rows \(first 8\)"):
        g_of({"T": np.where(np.arange(N) == 8, np.nan, FLUXES["T"])}, photometry_transmission={"g": "T"})


@pytest.mark.parametrize("suffix", [".parquet", ".fits", ".ecsv"])
def test_units_that_astropy_writes_are_read(tmp_path, suffix):
    data = Table({"m": TARGET, "G": FLUX * NANOJANSKY**-1, "I": (ERROR / NANOJANSKY) ** -2})
    data["G"].unit, data["I"].unit = "nJy", "1 / nJy2"
    data.write(tmp_path / f"t{suffix}")
    columns = {"target": "m", "photometry": {"g": "G"}, "photometry_ivar": {"g": "I"}}
    found = table(str(tmp_path / f"t{suffix}"), columns, SPLIT).features["photometry"]["g"]
    np.testing.assert_allclose(found.value, EXPECTED.value, rtol=1e-9)
    np.testing.assert_allclose(found.error, EXPECTED.error, rtol=1e-9)
    with pytest.raises(UserError, match=r"column I is in .*, that of an inverse variance"):
        table(
            str(tmp_path / f"t{suffix}"),
            {**columns, "photometry_ivar": None, "photometry_error": {"g": "I"}},
            SPLIT,
        )


SENTINELS = ((99, 7), (999, 4), (-99, 3), (9999, 5), (77_777, 6))


@pytest.mark.parametrize(("value", "count"), SENTINELS)
@pytest.mark.parametrize(
    ("unit", "role"),
    [
        ("nanomaggy", "photometry_error"),
        ("uJy", "photometry_error"),
        ("magnitude", "photometry_error"),
        ("nanomaggy", "photometry_ivar"),
        ("uJy", "photometry_ivar"),
    ],
)
def test_values_for_missing_among_errors_are_known_as_the_file_has_them(unit, role, value, count):
    column = {"photometry_error": "E", "photometry_ivar": "I"}[role]
    given = (FLUXES[column] / 10).astype(np.float32)
    given[5 : 5 + count] = value
    columns = {column: given} | ({"G": np.linspace(15, 22, N)} if unit == "magnitude" else {})
    if value == 9999 and unit == "magnitude":  # nothing but a flux is as large
        assert np.isnan(g_of(columns, unit, **{role: {"g": column}}).error).sum() == count
        return
    with pytest.raises(UserError, match=f"{column} .*{value}|column {column}") as error:
        g_of(columns, unit, **{role: {"g": column}})
    if value > 0:
        assert f'null_values={{"photometry/g/error": [{value}]}}' in str(error.value)
    null = {"null_values": {"photometry/g/error": [value]}}
    assert np.isnan(g_of(columns, unit, **{role: {"g": column}}, **null).error).sum() == count
    assert len(g_of(columns, unit, **{role: {"g": column}}, **null, nulls="drop").error) == N - count


def test_errors_that_are_left_out_may_hold_anything():
    for column, role in (("E", "photometry_error"), ("I", "photometry_ivar")):
        given = FLUXES[column].copy()
        given[:4] = 999, -3, 99, 99
        keep = np.arange(N) > 3
        found = g_of({column: given, "KEEP": keep}, **{role: {"g": column}}, where="KEEP")
        np.testing.assert_allclose(found.error, EXPECTED.error[4:], rtol=1e-9)


@pytest.mark.parametrize("law", ["depths", "floor", "rounded", "wide"])
@pytest.mark.parametrize("power", [1, -2])
def test_errors_as_surveys_have_them_pass(law, power):
    rng = np.random.default_rng(11)
    width = rng.lognormal(0, 0.3, N)
    error = {
        "depths": np.where(rng.random(N) < 0.9, 0.02, 0.2) * width,
        "floor": np.maximum(0.03 * width, 0.03),
        "rounded": np.maximum(np.round(0.05 * width, 2), 0.01),
        "wide": 0.01 * rng.lognormal(0, 2, N),
    }[law]
    role = "photometry_error" if power == 1 else "photometry_ivar"
    found = g_of({"E": error**power}, **{role: {"g": "E"}})
    assert np.isfinite(found.error).all()


@pytest.mark.parametrize("unit", ["uJy", "mmag"])
def test_a_band_in_another_unit_is_another_input_as_the_file_has_it(unit):
    rng = np.random.default_rng(12)
    value = rng.uniform(15e3, 22e3, N) if unit == "mmag" else FLUX
    mapped = {"other": {"band": "G", "error": "E"}, "morphology": {"band": "G"}}
    found = from_table(
        FLUXES | {"G": value}, "m", photometry={"g": "G"}, photometry_error={"g": "E"},
        photometry_unit=unit, **mapped,
    ).features  # fmt: skip
    np.testing.assert_array_equal(found["other"]["band"].value, value)
    np.testing.assert_array_equal(found["morphology"]["band"].value, value)
    np.testing.assert_array_equal(found["other"]["error"].value, ERROR)
    alone = g_of({"G": value}, unit, photometry_error={"g": "E"})
    np.testing.assert_array_equal(found["photometry"]["g"].value, alone.value)
    np.testing.assert_array_equal(found["photometry"]["g"].error, alone.error)

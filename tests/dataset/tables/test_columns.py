"""Columns that are elements, expressions or filtered, and nulls that go by column or role."""

import numpy as np
import pytest
from astropy.table import MaskedColumn, Table

from galaxy_causal.dataset import catalogue_checksums, from_table
from galaxy_causal.types import UserError


@pytest.fixture
def data(galaxies):
    """Galaxies with fluxes in a vector, linear masses, velocities, flags and types."""
    rng = np.random.default_rng(3)
    galaxies["MASS"] = (10 ** galaxies["LOGM"]).astype(np.float32)
    galaxies["CZ"] = galaxies["Z"] * 299_792.458
    galaxies["FLAG"] = np.where(np.arange(40) < 30, 0, 4)
    galaxies["TYPE"] = np.where(np.arange(40) % 2, "GALAXY", "QSO")
    galaxies["NMGY"] = rng.uniform(1, 100, (40, 3)).astype(np.float32)
    return galaxies


FLUXES = {"g": "NMGY[1]", "r": "NMGY.2", "W1": None}


def test_elements_and_expressions_in_a_file(data, read):
    data["NMGY"].unit = "nanomaggy"
    columns = {"target": "log10(MASS)", "redshift": "CZ/299792.458", "photometry": FLUXES}
    found = read(data, ".ecsv", columns=columns, photometry_unit=None)
    assert found.target.dtype == np.float64
    np.testing.assert_allclose(found.target, np.log10(data["MASS"].astype(float)), rtol=1e-15)
    np.testing.assert_allclose(found.features["redshift"]["redshift"].value, data["Z"], rtol=1e-14)
    plain = data["ID", "LOGM", "Z"]
    plain["G"], plain["R"] = np.asarray(data["NMGY"])[:, 1], np.asarray(data["NMGY"])[:, 2]
    other = read(plain, columns={"photometry": {"g": "G", "r": "R"}}, photometry_unit="nanomaggy")
    with pytest.raises(UserError, match=r"does not give the unit of column NMGY\[1\]/2"):
        read(data, ".ecsv", columns={"photometry": {"g": "NMGY[1]/2"}}, photometry_unit=None)
    same = [f"photometry/{band}" for band in "gr"]
    sums = [catalogue_checksums(catalogue) for catalogue in (found, other)]
    assert [sums[0][name] for name in same] == [sums[1][name] for name in same]
    assert found.features["photometry"]["r"].softening == 0.1
    assert found.provenance["target"] == "column log10(MASS)"


def test_a_column_whose_name_reads_like_an_expression_is_that_column(data, read):
    data["G-R"], data["log10(MASS)"] = np.arange(40.0), data["LOGM"] + 0.1
    found = read(data, columns={"other": {"c": "G-R"}, "target": "log10(MASS)"})
    np.testing.assert_array_equal(found.features["other"]["c"].value, np.arange(40.0))
    np.testing.assert_array_equal(found.target, data["LOGM"] + 0.1)


def test_derived_columns_keep_single_precision_and_lack_what_their_columns_lack(data, read):
    data["A"], data["B"] = np.linspace(1, 2, 40).astype(np.float32), np.linspace(3, 5, 40).astype(np.float32)
    data["A"][[3, 9]] = -9999.0
    data["B"][4] = np.nan
    found = read(data, columns={"other": {"q": "A/B", "d": "where(B > 4, A, 0)", "n": "log10(A - 1)"}})
    other = {name: feature.value for name, feature in found.features["other"].items()}
    assert {value.dtype for value in other.values()} == {np.dtype(np.float32)}
    for name, missing in (("q", [3, 4, 9]), ("d", [3, 4, 9]), ("n", [0, 3, 9])):
        assert np.flatnonzero(np.isnan(other[name])).tolist() == missing
    np.testing.assert_allclose(other["q"][5], data["A"][5] / data["B"][5], rtol=1e-6)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"target": "log10(MAS)"}, r"^log10\(MAS\): .*no column 'MAS'; did you mean MASS\?"),
        (
            {"target": "lg(MASS)"},
            r"no column 'lg\(MASS\)'.* As an expression of columns .*no function lg",
        ),
        ({"target": "log10(TYPE)"}, r"log10\(TYPE\): TYPE is no number"),
        (
            {"target": "LOG M"},
            r"no column 'LOG M'; did you mean LOGM\?.* cannot be read from 'M'",
        ),
        (
            {"photometry": {"g": "NMGY[3]"}},
            r"NMGY\[3\]: NMGY holds 3 numbers per galaxy, .* 0 to 2",
        ),
        (
            {"photometry": {"g": "NMGY"}},
            r"column NMGY holds 3 numbers .*choose one, as NMGY\[0\]",
        ),
        ({"other": {"m": "2*LOGM"}}, "names 2.LOGM, which is made of LOGM, and so is the target"),
    ],
)
def test_what_is_wrong_with_a_column_is_named(data, read, columns, message):
    with pytest.raises(UserError, match=message):
        read(data, columns={"photometry": None, **columns}, photometry_unit="nanomaggy")


@pytest.mark.parametrize(
    ("where", "kept"),
    [
        ("FLAG == 0", np.arange(40) < 30),
        ("(FLAG & 4) != 4 or TYPE == 'QSO'", (np.arange(40) < 30) | (np.arange(40) % 2 == 0)),
    ],
)
@pytest.mark.parametrize("suffix", [".fits", ".ecsv"])
def test_rows_are_filtered_and_counted(data, read, where, kept, suffix):
    data["LOGM"][35], data["Z"][37] = np.nan, -5  # of galaxies that are left out
    found = read(data, suffix, where=where, split={"train": 0.5, "validation": 0.25, "test": 0.25, "seed": 0})
    np.testing.assert_array_equal(found.id, data["ID"][kept])
    assert found.dropped == {f"not {where}": 40 - kept.sum()}
    assert found.provenance["where"] == f"{where}, which leaves {kept.sum()} of 40 rows"


def test_rows_that_lack_what_a_filter_asks_for_are_left_out(data, read):
    data["FLAG"] = MaskedColumn(data["FLAG"], mask=np.arange(40) == 2)
    found = read(data, ".ecsv", where="FLAG != 4", split={"train": 0.5, "validation": 0.25, "test": 0.25})
    assert found.dropped == {"null in a column of FLAG != 4": 1, "not FLAG != 4": 10}
    assert found.provenance["where"] == "FLAG != 4, which leaves 29 of 40 rows"
    with pytest.raises(UserError, match="where=FLAG > 9' leaves none of 40 rows"):
        read(data, where="FLAG > 9")
    with pytest.raises(UserError, match="FLAG is no comparison"):
        read(data, where="FLAG")
    with pytest.raises(UserError, match="no column 'FLAGS'; did you mean FLAG"):
        read(data, where="FLAGS == 0")


@pytest.mark.parametrize(
    "nulls",
    [
        {"redshift": [-1], "other/h": [-2]},
        {"CZ": [-1], "H": [-2]},
        {"redshift": [-1], "other": [-2]},
        {"CZ/299792.458": [-1], "H": [-2]},
    ],
)
def test_nulls_go_by_column_or_role_as_the_file_has_them(data, read, nulls):
    """A redshift's -1 is a velocity's in the file; the same number elsewhere is a value."""
    data["H"] = np.linspace(-3, 3, 40)
    data["H"][[4, 5]] = -2, -1
    data["CZ"][7] = -1
    columns = {"redshift": "CZ/299792.458", "other": {"h": "H"}}
    found = read(data, columns=columns, null_values=nulls, nulls="drop")
    assert found.dropped == {"null in H": 1, "null in CZ/299792.458": 1}
    assert -1 in found.features["other"]["h"].value


def test_a_redshift_of_exactly_zero_is_refused_where_many_have_it(data, read):
    data["Z"] = np.random.default_rng(1).uniform(1e-4, 0.4, 40)
    data = Table(np.repeat(data.as_array(), 10))
    rng = np.random.default_rng(2)
    for column in ("Z", "LOGM", "G", "R", "W1"):
        data[column] = rng.normal(10, 1, 400) if column != "Z" else rng.uniform(1e-4, 0.4, 400)
    data["ID"] = np.arange(400)
    assert not read(data).remarks
    data["LOGM"] = np.maximum(data["LOGM"], np.sort(data["LOGM"])[20])
    (remark,) = read(data).remarks
    assert remark.startswith("warning: target (column LOGM) is ")
    assert "its lowest value, for 21 of 400 galaxies: a limit, or a value for missing?" in remark
    data["Z"][:8] = 0
    with pytest.raises(UserError, match=r"Z: 8 of 400 rows .*exactly 0, .*values=\{redshift: \[0\]\}"):
        read(data)


def test_a_table_in_memory_takes_expressions_too(data):
    options = {"photometry_unit": "nanomaggy", "id": "ID", "where": "TYPE == 'GALAXY' or FLAG == 0"}
    columns = {name: data[name] for name in data.colnames}
    found = from_table(columns, "log10(MASS)", redshift="Z", photometry={"g": "NMGY[1]"}, **options)
    assert len(found) == 35
    changed = {**columns, "MASS": 2 * data["MASS"]}
    other = from_table(changed, "log10(MASS)", redshift="Z", photometry={"g": "NMGY[1]"}, **options)
    np.testing.assert_allclose(other.target - found.target, np.log10(2), rtol=1e-6)
    assert found.provenance["sha256"] != other.provenance["sha256"]

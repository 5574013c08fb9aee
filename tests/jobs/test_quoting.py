import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser

from galaxy_causal.jobs.quoting import quoted


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("dataset.where=Z_WARN==0", "Z_WARN==0"),
        ("dataset.where=CLASS == 'GALAXY' and z<0.3", "CLASS == 'GALAXY' and z<0.3"),
        ("dataset.where='Z < 0.2'", "Z < 0.2"),
        ("dataset.columns.target=log10(MASS)", "log10(MASS)"),
        ("+dataset.columns.target=NMGY[3]", "NMGY[3]"),
        ("dataset.columns.target='\"log10(MASS)\"'", '"log10(MASS)"'),
        ("dataset.columns.redshift=`cz [km/s]`/299792.458", "`cz [km/s]`/299792.458"),
        (
            "dataset.columns.photometry={g: NMGY[3], r: where(A>0, A, B), i: 'I'}",
            {"g": "NMGY[3]", "r": "where(A>0, A, B)", "i": "I"},
        ),
        ("dataset.columns.target_draws=[A,B]", ["A", "B"]),
        ("dataset.columns.target_draws=[log10(A),B]", ["log10(A)", "B"]),
        ("dataset.columns.other={a: A}", {"a": "A"}),
        ("dataset.columns.id=null", None),
        (
            "dataset.columns.target={column: TYPE, names: {\"0\": early, 'E, S0': 'E/S0: b', E/S: c}}",
            {"column": "TYPE", "names": {0: "early", "E, S0": "E/S0: b", "E/S": "c"}},
        ),
        (
            "dataset.columns.class={column: A*B - log10(C), cuts: [-11, 2.5], names: [a, 'b, c']}",
            {"column": "A*B - log10(C)", "cuts": [-11, 2.5], "names": ["a", "b, c"]},
        ),
        (
            "dataset.columns.class={one_hot: {E: A>0, 'S (b)': V[1]}}",
            {"one_hot": {"E": "A>0", "S (b)": "V[1]"}},
        ),
    ],
)
def test_values_reach_hydra_as_they_were_written(argument, value):
    assert OverridesParser.create().parse_override(quoted(argument)).value() == value


@pytest.mark.parametrize(
    "argument",
    ["seeds=3", "bands.x1.photometry=a(b", "dataset.columns.other={a: ,", "dataset.columns.other=[A", "-m"],
)
def test_other_arguments_stay(argument):
    assert quoted(argument) == argument

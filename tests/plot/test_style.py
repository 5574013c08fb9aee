"""How figures set what people call things."""

import pytest

from galaxy_causal.plot.labels import filled, people
from galaxy_causal.plot.style import blank, headed, readable, styled


@pytest.mark.parametrize(
    ("label", "drawn"),
    [
        ("M_r", "$M_{r}$"),
        ("M_W1", "$M_{W1}$"),
        ("photometry[M_r]", "photometry[$M_{r}$]"),
        ("log_ssfr", r"$\log_{10}\,\mathrm{sSFR}$"),
        ("log_sfr", r"$\log_{10}\,\mathrm{SFR}$"),
        ("logmass", r"$\log_{10} M_\star$"),
        ("log M*", r"$\log\,M_\star$"),
        ("E(B-V)", "$E(B-V)$"),
        ("log mass", "log mass"),
        ("FROM_r", "FROM_r"),
        ("M_r_total", "M_r_total"),
        (r"$M_r$ of M_r", r"$M_r$ of M_r"),
        ("M_r\n10 galaxies", "$M_{r}$\n10 galaxies"),
        ("$5", "$5"),
    ],
)
def test_columns_are_set_as_symbols(label, drawn):
    assert readable(label) == drawn


def test_underscores_are_blanks_but_in_symbols():
    assert people("normalised_images[ugriz]+M_r") == "normalised images[ugriz]+$M_{r}$"
    assert people("x_1 of $M_r$") == "x 1 of $M_r$"


def test_mathematics_is_never_broken():
    text = r"What photometry and redshift tell of $\log_{10} M_\star/M_\odot$ of galaxies"
    lines = filled(text, 40).split("\n")
    assert " ".join(lines) == text
    assert len(lines) == 2
    assert all(line.count("$") % 2 == 0 for line in lines)


def test_a_head_without_more_lines_leaves_no_room_for_them():
    with styled():
        figure = blank(2.0)
        axes = figure.add_subplot()
        headed(figure, axes, "title", "")
    assert figure.get_suptitle() == "title"
    assert not axes.texts

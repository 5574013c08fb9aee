import pytest

from galaxy_causal.dataset.tables.units import PhotometricUnit, error_unit, ivar_unit, photometric_unit
from galaxy_causal.types import UserError

MAGNITUDE, FLUX = PhotometricUnit("magnitude"), PhotometricUnit("nanomaggy")
MICROJANSKY = 10 ** (0.4 * (22.5 - 23.9))
"""In nanomaggies: AB magnitudes have the zero points 22.5 and 23.9."""


def unit_of(text, declared=None):
    return photometric_unit("t.fits", "G", text, declared)


@pytest.mark.parametrize(
    ("text", "kind", "scale"),
    [
        *((text, "nanomaggy", 1) for text in ("nmgy", "nanomaggy", "nanomaggies", "nMgy", "1e-9 maggy")),
        ("1000 nanomaggy", "nanomaggy", 1000),
        ("uJy", "nanomaggy", MICROJANSKY),
        ("Jy", "nanomaggy", 1e6 * MICROJANSKY),
        ("10**-29 erg/(s cm2 Hz)", "nanomaggy", MICROJANSKY),
        *((text, "magnitude", 1) for text in ("mag", "AB mag", "mag(AB)", "[mag]", "Vega_mag", "magnitudes")),
        ("0.01 mag", "magnitude", 0.01),
        ("0.01 AB mag", "magnitude", 0.01),
        ("mmag", "magnitude", 0.001),
    ],
)
def test_units_are_scaled(text, kind, scale):
    found = unit_of(text)
    assert found.kind == kind
    assert found.scale == pytest.approx(scale, rel=1e-6)
    assert unit_of("", text) == found


@pytest.mark.parametrize(
    ("text", "what"),
    [
        *((t, "inverse variance") for t in ("1/nanomaggy^2", "nanomaggy**(-2)", "nmgy-2", "1/Jy2", "mag-2")),
        *((text, "of a variance") for text in ("nanomaggy^2", "mag2")),
        *((text, "the inverse of one") for text in ("1/mag", "1/nanomaggy")),
        *((t, "no unit of photometry") for t in ("ct", "dex", "dB", "mag(nmgy)", "erg/s/cm2/AA", "what")),
    ],
)
def test_other_units_are_refused_by_name(text, what):
    with pytest.raises(UserError, match=rf"t.fits: column G is in .*, .*{what}"):
        unit_of(text)


def test_the_file_and_what_is_declared_must_agree():
    assert unit_of("3.631e-6 Jy", "nanomaggy").scale == pytest.approx(1, rel=1e-4)
    with pytest.raises(UserError, match=r"in uJy, which contradicts .*photometry_unit=nanomaggy"):
        unit_of("uJy", "nanomaggy")
    with pytest.raises(UserError, match=r"in 0.01 mag, which contradicts"):
        unit_of("0.01 mag", "magnitude")
    with pytest.raises(UserError, match="does not give the unit of column G"):
        unit_of("")


def test_errors_and_inverse_variances():
    assert error_unit("t", "E", "", MAGNITUDE) == MAGNITUDE
    assert error_unit("t", "E", "uJy", FLUX).scale == pytest.approx(MICROJANSKY, rel=1e-6)
    with pytest.raises(UserError, match="column E is in mag, which contradicts nanomaggy"):
        error_unit("t", "E", "mag", FLUX)
    with pytest.raises(UserError, match=r"inverse variance.*photometry_ivar"):
        error_unit("t", "E", "1/nanomaggy^2", FLUX)
    assert ivar_unit("t", "I", "", FLUX) == FLUX
    assert ivar_unit("t", "I", "1/nanomaggy^2", FLUX).scale == 1
    assert ivar_unit("t", "I", "uJy**-2", FLUX).scale == pytest.approx(MICROJANSKY, rel=1e-6)
    for text in ("nanomaggy", "1/mag^2", "1/nanomaggy"):
        with pytest.raises(UserError, match=rf"column I is in {text}, and inverse".replace("^", r"\^")):
            ivar_unit("t", "I", text, FLUX)

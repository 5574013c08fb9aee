"""A simulated SDSS and WISE survey with known truth; see docs/guide/mock.md.

``model`` is the structural causal model and ``graph`` its graph. ``spectra`` turns masses into fluxes,
``images`` draws them, ``noise`` observes, ``petrosian``, ``profile`` and ``shape`` measure; ``chunk`` joins
these for some galaxies, ``run`` repeats that in parallel into a ``store``, ``survey`` gives the catalogue.
"""

from galaxy_causal.dataset.mock.survey import mock_survey

__all__ = ["mock_survey"]

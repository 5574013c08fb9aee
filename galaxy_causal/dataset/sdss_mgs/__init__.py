"""The images and labels of Pasquet et al. (2019), with what tables of the user's own say of them."""

from galaxy_causal.dataset.sdss_mgs.catalogue import sdss_mgs

__all__ = ["sdss_mgs"]

"""A result as one page of HTML that opens anywhere, without a network. Knows no job."""

from galaxy_causal.page.content import Chart, Curves, Intervals, Listing, Number, Page, Picture
from galaxy_causal.page.html import render

__all__ = ["Chart", "Curves", "Intervals", "Listing", "Number", "Page", "Picture", "render"]

"""The library's door: what ``import galaxy_causal as gc`` offers, for notebooks and programs."""

"""Images of galaxies, cut from survey frames."""

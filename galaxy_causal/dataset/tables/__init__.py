"""Tables of galaxies: their files, what columns mean, and what they can only hold by mistake."""

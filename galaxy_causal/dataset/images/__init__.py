"""Images of galaxies: their files, how they are joined to a table, and their pixels."""

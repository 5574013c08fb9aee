"""Several studies beside one another, in tables and figures."""

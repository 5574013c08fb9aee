"""Placeholder."""


def setup(app):
    """What Sphinx asks of an extension."""
    return {"version": "1", "parallel_read_safe": True}

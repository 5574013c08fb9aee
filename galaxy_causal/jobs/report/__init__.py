"""Several studies beside one another, in tables and figures."""

from galaxy_causal.jobs.decompose import JOB

__all__ = ["JOB"]

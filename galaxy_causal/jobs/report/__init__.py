"""Several studies beside one another, in tables and figures."""

from galaxy_causal.jobs.decompose import JOB as DECOMPOSE
from galaxy_causal.jobs.job import Job

JOB = Job(DECOMPOSE.options)

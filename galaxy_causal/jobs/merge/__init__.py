"""Fits and runs of another store, brought into one's own."""

from galaxy_causal.jobs.job import Job

JOB = Job(reads=("tracking", "from"), fits=False)

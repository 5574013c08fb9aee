"""Ends what still waits or runs of a sweep that was submitted."""

from galaxy_causal.jobs.job import Job

JOB = Job(reads=("tracking", "sweep"), fits=False, here=True)

"""What is installed here, what is slow or does not work, and the remedy."""

from galaxy_causal.jobs.job import Job

JOB = Job(reads=("tracking",), fits=False, here=True)

"""What waits, runs, is done or has failed of sweeps that were submitted?"""

from galaxy_causal.jobs.job import Job

JOB = Job(reads=("tracking", "sweep", "wait"), fits=False, here=True)

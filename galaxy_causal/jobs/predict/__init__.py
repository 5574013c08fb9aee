"""What does a network that was trained tell of the galaxies of another table?"""

from galaxy_causal.jobs.job import Job

JOB = Job({"predict": "galaxy_causal.jobs.predict.options.PredictOptions"})

"""Images of galaxies, cut from survey frames."""

from galaxy_causal.jobs.job import Job

JOB = Job(reads=("cutouts", "tracking"), fits=False)

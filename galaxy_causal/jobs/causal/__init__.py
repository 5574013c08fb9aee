"""Does the target still depend on a quantity among galaxies that a network cannot tell apart?"""

from galaxy_causal.jobs.job import Job

JOB = Job(
    {"causal": "galaxy_causal.jobs.causal.options.CausalOptions"}, reads=("neighbours",), asks_given=True
)

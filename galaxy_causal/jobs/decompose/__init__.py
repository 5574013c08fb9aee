"""How much do two inputs each tell of the target: redundant, unique and synergistic?"""

from galaxy_causal.jobs.job import Job

JOB = Job(
    {
        "decomposition": "galaxy_causal.jobs.decompose.options.DecomposeOptions",
        "decomposition.quantised": "galaxy_causal.jobs.decompose.options.Quantised",
    }
)

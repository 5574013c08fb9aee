"""Which graph of causes does the catalogue support?"""

from galaxy_causal.jobs.job import Job

JOB = Job(
    {
        "discovery": "galaxy_causal.jobs.discover.options.DiscoverOptions",
        "discovery.knowledge": "galaxy_causal.jobs.discover.options.KnowledgeOptions",
        "discovery.stability": "galaxy_causal.jobs.discover.options.StabilityOptions",
    },
    reads=("dataset", "tracking"),
    fits="discovery.estimate",
)

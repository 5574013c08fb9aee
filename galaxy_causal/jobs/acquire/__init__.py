"""From a public archive to a catalogue."""

from galaxy_causal.jobs.job import Job

JOB = Job(
    {"acquire": "galaxy_causal.jobs.acquire.options.AcquireOptions"},
    reads=("tracking", "seed"),
    fits=False,
    here=True,  # nodes of clusters seldom reach other machines
)

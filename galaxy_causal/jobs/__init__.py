"""Where the rooms meet: each module is a job, with ``run(cfg)``."""

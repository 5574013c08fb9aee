"""Where the rooms meet: each package is a job, and says in its ``__init__`` which options it reads."""

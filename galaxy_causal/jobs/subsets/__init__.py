"""What does every subset of the inputs tell, and what is each input worth?"""

from galaxy_causal.jobs.job import Job

JOB = Job({"subsets": "galaxy_causal.jobs.subsets.question.SubsetsOptions"})

"""All rooms of the package, however many there are, and the configuration beside them."""

from setuptools import find_packages, setup

setup(packages=[*find_packages(include=["galaxy_causal*"]), "galaxy_causal.conf"])

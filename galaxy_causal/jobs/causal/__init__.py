"""Does the target still depend on a quantity among galaxies that a network cannot tell apart?"""

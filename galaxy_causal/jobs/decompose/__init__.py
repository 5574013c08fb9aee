"""How much do two inputs each tell of the target: redundant, unique and synergistic?"""

"""Which graph of causes does the catalogue support?"""

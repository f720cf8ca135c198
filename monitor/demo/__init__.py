"""A small country on loopback, for the first minute and for load."""

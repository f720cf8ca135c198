"""A small country on loopback: for the first minute with the product, and as the load of its benchmarks."""

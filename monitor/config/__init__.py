"""Files to documents to an Inventory; every problem found, with its place and a remedy."""

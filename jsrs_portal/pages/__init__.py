"""Functions that return components; the tree mirrors the addresses."""

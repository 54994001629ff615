"""The rules of the house as data and pure functions: no input or output, ``now`` is an argument."""

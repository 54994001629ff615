"""The shipped content as data."""

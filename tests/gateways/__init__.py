"""Tests of the outside systems: clients, signatures, simulators."""

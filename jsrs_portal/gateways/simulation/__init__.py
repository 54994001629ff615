"""What the simulators of the outside systems share: their database, their faults on demand, their pages."""

"""Real-name check (实名核验): the port, the signed-JSON client and its simulator."""

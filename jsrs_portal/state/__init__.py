"""Reflex state, one thin module per page area: parse, call a service, keep the view (rules 1 and 9)."""

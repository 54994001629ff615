"""``python -m jsrs_portal.cli``."""

from jsrs_portal.cli import app

app()

"""The tables, one module per aggregate; :mod:`jsrs_portal.models.registry` imports them all for alembic."""

"""All tables in one place, for the migrations and for nothing else."""

from sqlmodel import SQLModel

from jsrs_portal.models import (
    addresses,
    audit,
    case_exports,
    cases,
    catalog,
    certificates,
    drafts,
    legacy,
    notices,
    outside,
    own_data,
    people,
    proofs,
    ratings,
    results,
    scans,
    sessions,
    shipments,
    staff,
    units,
    work,
)

TABLES = (
    addresses,
    audit,
    case_exports,
    cases,
    catalog,
    certificates,
    drafts,
    legacy,
    notices,
    outside,
    own_data,
    people,
    proofs,
    ratings,
    results,
    scans,
    sessions,
    shipments,
    staff,
    units,
    work,
)
metadata = SQLModel.metadata
"""Everything alembic compares the database with."""

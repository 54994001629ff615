"""The catalogue as it is shipped, read once: reading it takes half a second, and every definition in it is frozen."""

from functools import cache

from jsrs_portal.catalog.loader import Catalogue, read_catalogue


@cache
def shipped_catalogue() -> Catalogue:
    """Return what the files under ``jsrs_portal/catalog`` say; nobody changes it."""
    return read_catalogue()

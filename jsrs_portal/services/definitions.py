"""Matters' definitions as they are stored, each version taken apart once: versions never change."""

from functools import lru_cache

from jsrs_portal.domain.matters import MatterDefinition


@lru_cache(maxsize=256)
def parsed(version_id: str, definition: str) -> MatterDefinition:
    """Return the definition that the version ``version_id`` keeps as JSON."""
    return MatterDefinition.model_validate_json(definition)

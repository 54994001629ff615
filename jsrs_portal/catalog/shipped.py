"""The taxonomy, the regions, the divisions and the old systems this installation ships with, read once."""

import csv
from functools import lru_cache
from pathlib import Path

from jsrs_portal.catalog.marked_yaml import read_marked
from jsrs_portal.domain.divisions import Divisions
from jsrs_portal.domain.legacy import LegacySystems
from jsrs_portal.domain.regions import RegionTree
from jsrs_portal.domain.taxonomy import Taxonomy
from jsrs_portal.settings import get_settings

FOLDER = Path(__file__).resolve().parent
"""Where the shipped catalogue lies."""


@lru_cache
def taxonomy() -> Taxonomy:
    """Return categories, themes and 「我是」 in their order (R-2.1.4, R-2.1.5, R-2.1.6)."""
    return Taxonomy.model_validate(read_marked(FOLDER / "taxonomy.yaml").value)


@lru_cache
def regions() -> RegionTree:
    """Return the province with its cities and counties (R-2.1.3; GB/T 2260)."""
    return RegionTree.model_validate(read_marked(FOLDER / "regions.yaml").value)


@lru_cache
def divisions() -> Divisions:
    """Return the whole country's provinces, cities and counties (R-2.6.8.4; GB/T 2260, as of 2026)."""
    with (FOLDER / "divisions.csv").open(encoding="utf-8", newline="") as file:
        return Divisions((row["code"], row["name"]) for row in csv.DictReader(file))


@lru_cache
def legacy_systems() -> LegacySystems:
    """Return the old systems that can be upgraded from (R-2.3.2): the settings' file, else the one shipped."""
    own = get_settings().legacy_systems
    return LegacySystems.model_validate(read_marked(Path(own) if own else FOLDER / "legacy.yaml").value)

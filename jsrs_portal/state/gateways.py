"""The outside systems of this process, opened at first use."""

from functools import lru_cache

from jsrs_portal.gateways import Gateways, build_gateways
from jsrs_portal.settings import get_settings


@lru_cache
def gateways() -> Gateways:
    """Return this process's gateways, live or sandbox as the settings say."""
    return build_gateways(get_settings())

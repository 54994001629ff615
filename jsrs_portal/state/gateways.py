"""The outside systems of this process, opened at first use."""

from jsrs_portal.gateways import gateways_here as gateways

__all__ = ["gateways"]

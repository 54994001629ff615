"""Network addresses as far as limits count them."""

from ipaddress import IPv6Address, ip_address, ip_network

_ONE_SUBSCRIBER, _ONE_SITE = 64, 48
"""Bits of an IPv6 address that name a subscriber, whose rest is chosen at will; and a site, which may have 65,536."""


def source_of(address: str) -> str:
    """Return what one source of requests is: an IPv4 address, or an IPv6 network of 64 bits; other text as it is."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ip_network((found, _ONE_SUBSCRIBER), strict=False))


def site_of(address: str) -> str:
    """Return the IPv6 network of 48 bits that a customer may have as a whole; "" for every other address."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    if not isinstance(found, IPv6Address) or found.ipv4_mapped is not None:
        return ""
    return str(ip_network((found, _ONE_SITE), strict=False))

"""Network addresses as far as limits count them and people are shown them."""

from ipaddress import IPv6Address, ip_address, ip_network

_INNER = tuple(
    ip_network(text)
    for text in (
        *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "169.254.0.0/16"),
        *("::/64", "fc00::/7", "fe80::/10"),
    )
)
"""Networks that no provider routes (RFC 1918, 4193, 3927): an office's own."""
_ONE_SUBSCRIBER, _ONE_SITE = 64, 48
"""Bits of an IPv6 address that name a subscriber, whose rest is chosen at will; and a site, which may have 65,536."""


def address_in(text: str) -> str:
    """Return the address that a proxy wrote down, without its port, brackets and zone; "" when it is none.

    Proxies differ in what they write (RFC 7239 section 6), and a client may have written the rest of the header.
    """
    bare = text.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        return str(ip_address(bare.partition("%")[0]))
    except ValueError:
        return ""


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


def describe_place(address: str) -> str:
    """Return where a request came from, as far as its address says: 「外网 203.0.113.7」; IPv6 as its network.

    No town: the portal has no table of them, and what such tables say of a company's line is often wrong.
    """
    source = source_of(address)
    try:
        network = ip_network(source)
    except ValueError:
        return "未知网络"
    inner = any(network.version == one.version and network.network_address in one for one in _INNER)
    return f"{'内网' if inner else '外网'} {source}"

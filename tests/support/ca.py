"""A CA for tests: the demonstration's own, its lists, and signatures as drivers and middleware give them."""

import base64
import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from asn1crypto import cms, core
from gmssl_pyx import sm3_hash

from jsrs_portal.certificates.crls import RevocationList, read_list
from jsrs_portal.certificates.reading import Kind
from jsrs_portal.gateways.ca.demo_ca import KINDS, LEVELS, DemoCa, Flavour, Issued
from jsrs_portal.gateways.ca.directory import CaDirectory
from jsrs_portal.gateways.errors import GatewayError, GatewayFailure, System

ORIGIN = "http://localhost:9"
USCC = "91320000134791231T"
NAMES = tuple(f"{kind}-{level}" for kind in KINDS for level in LEVELS)


def make_ca(folder: Path) -> DemoCa:
    """Return a CA under ``folder``, made once."""
    return DemoCa.open(folder, ORIGIN)


@dataclass(frozen=True)
class Near(CaDirectory):
    """The CAs as the portal sees them, their lists made on the spot; ``instead`` stands at an address for the list."""

    ca: DemoCa | None = None
    instead: dict[str, bytes | GatewayFailure] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def fetch(self, url: str) -> bytes:
        """Answer as the CA does."""
        assert self.ca is not None
        self.asked.append(url)
        found = self.instead.get(url)
        if isinstance(found, GatewayFailure):
            raise GatewayError(System.CA, found)
        return found if found is not None else self.ca.list_of(url.rpartition("/")[2].removesuffix(".crl"))


def near(ca: DemoCa) -> Near:
    """Return the CA as a gateway."""
    return Near(lambda: ca.trust, ca=ca)


def fetched(ca: DemoCa, **how: object) -> dict[str, RevocationList]:
    """Return all its lists as they are now, verified."""
    found = {}
    for name in NAMES:
        url = ca.crl_url(name)
        issuer = ca.trust.address(url)
        assert issuer is not None
        found[url] = read_list(ca.list_of(name, **how), issuer.authorities)  # pyright: ignore[reportArgumentType]
    return found


def text(der: bytes) -> str:
    """Return bytes as they travel."""
    return base64.b64encode(der).decode()


def as_message(issued: Issued, message: bytes, *, attached: bool = False, attributes: bool = False) -> bytes:
    """Return a signature as PKCS #7, or for SM2 as GM/T 0010 has it: with other names, mostly without attributes."""
    sm2 = issued.key.kind is Kind.SM2
    data = "1.2.156.10197.6.1.4.2.1" if sm2 else "1.2.840.113549.1.7.1"
    signed_data = "1.2.156.10197.6.1.4.2.2" if sm2 else "1.2.840.113549.1.7.2"
    digest = core.ObjectIdentifier("1.2.156.10197.1.401" if sm2 else "2.16.840.1.101.3.4.2.1").dump()
    algorithm = core.ObjectIdentifier("1.2.156.10197.1.301.1" if sm2 else "1.2.840.113549.1.1.11").dump()
    hashed = sm3_hash(message) if sm2 else hashlib.sha256(message).digest()
    attrs = b""
    to_sign = message
    if attributes:
        both = [
            _sequence(core.ObjectIdentifier("1.2.840.113549.1.9.3").dump(), _set(core.ObjectIdentifier(data).dump())),
            _sequence(core.ObjectIdentifier("1.2.840.113549.1.9.4").dump(), _set(core.OctetString(hashed).dump())),
        ]
        attrs = b"".join(sorted(both))
        to_sign = _tagged(0x31, attrs)
    sid = cms.IssuerAndSerialNumber(
        {"issuer": issued.certificate.issuer, "serial_number": issued.certificate.serial_number}
    )
    signer = _sequence(
        core.Integer(1).dump(),
        sid.dump(),
        _sequence(digest),
        *([_tagged(0xA0, attrs)] if attributes else []),
        _sequence(algorithm),
        core.OctetString(issued.key.sign(to_sign)).dump(),
    )
    content = [_tagged(0xA0, core.OctetString(message).dump())] if attached else []
    body = _sequence(
        core.Integer(1).dump(),
        _set(_sequence(digest)),
        _sequence(core.ObjectIdentifier(data).dump(), *content),
        _tagged(0xA0, issued.der),
        _set(signer),
    )
    return _sequence(core.ObjectIdentifier(signed_data).dump(), _tagged(0xA0, body))


def _tagged(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def _sequence(*parts: bytes) -> bytes:
    return _tagged(0x30, b"".join(parts))


def _set(*parts: bytes) -> bytes:
    return _tagged(0x31, b"".join(parts))


__all__ = ["KINDS", "NAMES", "USCC", "Flavour", "Kind", "as_message", "fetched", "make_ca", "near", "text"]

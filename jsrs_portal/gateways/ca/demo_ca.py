"""The demonstration's CA: real roots, a real issuing CA below each, real certificates good and bad, real lists.

Made once per installation under ``var``, never shipped; production refuses its mark. Several processes may begin at
the same moment: each makes a whole folder beside the target, one of them gets its own into place.
"""

import contextlib
import json
import os
import shutil
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import cached_property
from pathlib import Path

from asn1crypto import pem, x509

from jsrs_portal import clock
from jsrs_portal.certificates.reading import Kind, read_certificate
from jsrs_portal.certificates.trust import Issuer, Trust
from jsrs_portal.domain.certificates import IssuerPolicy
from jsrs_portal.gateways.ca import issuing
from jsrs_portal.gateways.ca.issuing import Authority, Order
from jsrs_portal.gateways.ca.keys import Key, unarmored
from jsrs_portal.settings import DEMO_MARK

FOLDER = "demo-ca"
CRL_PATH = "/ca/crl"
USCC_OID = "1.2.156.10260.4.1.4"
ORGANISATION = f"演示CA（{DEMO_MARK}）"
LEVELS = ("root", "issuing")
KINDS = (Kind.RSA, Kind.SM2)
_REVOKED = "revoked.json"


class Flavour(StrEnum):
    """The certificates that can be had: one that is good, and every way in which one is not."""

    GOOD = "good"
    EXPIRED = "expired"
    NOT_YET = "not-yet"
    REVOKED = "revoked"
    ENCRYPTION = "encryption"
    SELF_SIGNED = "self-signed"
    FOREIGN = "foreign"
    WEAK = "weak"
    SHA1 = "sha1"


@dataclass(frozen=True)
class Issued:
    """What somebody gets on their key: two certificates with a key each; the one for encryption may be missing."""

    key: Key
    certificate: x509.Certificate
    encryption_key: Key | None = None
    encryption_certificate: x509.Certificate | None = None

    @property
    def der(self) -> bytes:
        """The certificate for signatures."""
        return self.certificate.dump()


@dataclass(frozen=True)
class DemoCa:
    """The CA in one folder; its lists are answered at ``origin``."""

    folder: Path
    origin: str

    @classmethod
    def open(cls, var_dir: Path, origin: str) -> "DemoCa":
        """Return the CA under ``var_dir``, making it if it is missing."""
        folder = var_dir / FOLDER
        if not folder.is_dir():
            _make(folder)
        return cls(folder, origin)

    @cached_property
    def authorities(self) -> dict[str, Authority]:
        """Everybody of it who issues: rsa-root, rsa-issuing, sm2-root, sm2-issuing."""
        return {name: _load(self.folder, name) for name in (f"{kind}-{level}" for kind in KINDS for level in LEVELS)}

    def crl_url(self, name: str) -> str:
        """Return where the list of one of them stands."""
        return f"{self.origin}{CRL_PATH}/{name}.crl"

    @property
    def trust(self) -> Trust:
        """The configuration that believes it."""
        return Trust(tuple(self._issuer(kind) for kind in KINDS))

    def issue(
        self,
        *,
        uscc: str,
        kind: Kind,
        flavour: Flavour = Flavour.GOOD,
        name: str = "",
        extensions: dict[str, bytes] | None = None,
    ) -> Issued:
        """Return a pair for the unit ``uscc``; whether the number is one is not this CA's business.

        ``extensions`` replace the one that usually holds the number. ``ValueError`` for what SM2 does not have.
        """
        if kind is Kind.SM2 and flavour in (Flavour.WEAK, Flavour.SHA1):
            raise ValueError("an SM2 key is neither short nor used with SHA-1")
        now = clock.now()
        key = Key.new(kind, 1024 if flavour is Flavour.WEAK else 2048)
        signer = self.authorities[f"{kind}-issuing"]
        starts, ends = now - timedelta(days=30), now + timedelta(days=335)
        if flavour is Flavour.EXPIRED:
            starts, ends = now - timedelta(days=400), now - timedelta(days=2)
        if flavour is Flavour.NOT_YET:
            starts = now + timedelta(days=3)
        order = Order(
            subject=_subject(name or uscc),
            usage=issuing.ENCRYPTING if flavour is Flavour.ENCRYPTION else issuing.SIGNING,
            not_before=starts,
            not_after=ends,
            extensions=extensions if extensions is not None else {USCC_OID: issuing.printable(uscc)},
            crl_url=self.crl_url(f"{kind}-issuing"),
            digest="sha1" if flavour is Flavour.SHA1 and kind is Kind.RSA else "",
        )
        if flavour is Flavour.SELF_SIGNED:
            return Issued(key, issuing.self_signed(key, order))
        if flavour is Flavour.FOREIGN:
            signer = _authority("另一家CA", kind, None)
        certificate = issuing.issue(signer, key, order)
        if flavour is Flavour.REVOKED:
            self.revoke(certificate.serial_number, kind)
        other = Key.new(kind)
        pair = Order(
            subject=order.subject,
            usage=issuing.ENCRYPTING,
            not_before=starts,
            not_after=ends,
            extensions=order.extensions,
            crl_url=order.crl_url,
        )
        return Issued(key, certificate, other, issuing.issue(signer, other, pair))

    def revoke(self, serial: int, kind: Kind) -> None:
        """Have ``serial`` stand in the next list."""
        found = self._revoked()
        found.setdefault(f"{kind}-issuing", []).append(str(serial))
        target = self.folder / _REVOKED
        candidate = target.with_name(f".{_REVOKED}.{clock.new_id()}")
        candidate.write_text(json.dumps(found))
        candidate.replace(target)

    def list_of(self, name: str, *, lasts: timedelta = timedelta(days=1)) -> bytes:
        """Return the list of one of its authorities as of now; ``KeyError`` when there is none of that name."""
        serials = [int(serial) for serial in self._revoked().get(name, [])]
        return issuing.revocation_list(self.authorities[name], serials, at=clock.now(), lasts=lasts)

    def _revoked(self) -> dict[str, list[str]]:
        file = self.folder / _REVOKED
        return json.loads(file.read_text()) if file.exists() else {}

    def _issuer(self, kind: Kind) -> Issuer:
        root, between = (read_certificate(self.authorities[f"{kind}-{level}"].certificate.dump()) for level in LEVELS)
        urls = tuple(self.crl_url(f"{kind}-{level}") for level in LEVELS)
        return Issuer(IssuerPolicy(name=f"演示CA（{kind.upper()}）"), (root,), (between,), urls)


def write_key(folder: Path, issued: Issued, *, name: str) -> None:
    """Write a key and its certificates as the driver reads them; the key in the open, as it is for a demonstration."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _private(folder / "sign.key.pem", issued.key.pem)
    (folder / "sign.cert.der").write_bytes(issued.der)
    (folder / "name.txt").write_text(name, encoding="utf-8")
    if issued.encryption_certificate is not None:
        (folder / "encrypt.cert.der").write_bytes(issued.encryption_certificate.dump())


def _subject(name: str) -> dict[str, str]:
    return {"country_name": "CN", "organization_name": name[:60], "common_name": name[:60]}


def _authority(name: str, kind: Kind, above: Authority | None, crl_url: str = "") -> Authority:
    now, key = clock.now(), Key.new(kind)
    order = Order(
        subject={"country_name": "CN", "organization_name": ORGANISATION, "common_name": name},
        usage=issuing.AUTHORITY,
        not_before=now - timedelta(days=800),
        not_after=now + timedelta(days=3650 if above else 7300),
        authority=True,
        path_length=0 if above else None,
        crl_url=crl_url,
    )
    return Authority(issuing.issue(above, key, order) if above else issuing.self_signed(key, order), key)


def _make(folder: Path) -> None:
    """Make the whole CA and put it into place unless another process was faster."""
    candidate = folder.with_name(f".{folder.name}.{clock.new_id()}")
    candidate.mkdir(mode=0o700, parents=True)
    try:
        for kind in KINDS:
            root = _authority(f"演示根CA {kind.upper()}", kind, None)
            between = _authority(f"演示运营CA {kind.upper()}", kind, root)
            for name, made in ((f"{kind}-root", root), (f"{kind}-issuing", between)):
                _private(candidate / f"{name}.key.pem", made.key.pem)
                (candidate / f"{name}.cert.pem").write_bytes(pem.armor("CERTIFICATE", made.certificate.dump()))
        with contextlib.suppress(OSError):
            candidate.rename(folder)
    finally:
        shutil.rmtree(candidate, ignore_errors=True)


def _private(file: Path, content: bytes) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)


def _load(folder: Path, name: str) -> Authority:
    certificate = x509.Certificate.load(unarmored((folder / f"{name}.cert.pem").read_bytes()))
    return Authority(certificate, Key.from_pem((folder / f"{name}.key.pem").read_bytes()))

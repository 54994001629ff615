"""Whom certificates are taken from: the CAs of the configuration, and nobody whom a certificate names itself."""

from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from jsrs_portal.certificates.reading import Certificate, Kind, Unreadable, read_pem
from jsrs_portal.domain.certificates import USCC_OIDS, IssuerPolicy

_NAME_CONSTRAINTS = "2.5.29.30"
"""Enforced for RSA by the library; our own walk of SM2 chains does not."""
_PEM = "-----BEGIN"


class BadTrust(ValueError):
    """The configuration cannot be used; the message says why, in Chinese."""


@dataclass(frozen=True)
class Issuer:
    """One CA: what is agreed with it, its roots, what stands between them and people, where its lists are."""

    policy: IssuerPolicy
    anchors: tuple[Certificate, ...] = field(repr=False)
    intermediates: tuple[Certificate, ...] = field(repr=False)
    crls: tuple[str, ...]

    @property
    def authorities(self) -> tuple[Certificate, ...]:
        """Everybody of this CA who may issue or sign a list."""
        return (*self.anchors, *self.intermediates)


@dataclass(frozen=True)
class Trust:
    """All CAs."""

    issuers: tuple[Issuer, ...] = ()

    def of(self, certificate: Certificate) -> Issuer | None:
        """Return the CA that ``certificate`` names as its issuer, by name and, where both say it, by key."""
        for issuer in self.issuers:
            for one in issuer.authorities:
                if one.subject == certificate.issuer and same_key(one, certificate):
                    return issuer
        return None

    def address(self, url: str) -> Issuer | None:
        """Return the CA whose list stands at ``url``."""
        return next((one for one in self.issuers if url in one.crls), None)


class _Issuer(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    name: str = Field(min_length=1, max_length=60)
    anchors: list[str] = Field(min_length=1)
    intermediates: list[str] = []
    crls: list[str] = Field(min_length=1)
    uscc_oids: list[str] = Field(list(USCC_OIDS), min_length=1)
    allow_sha1: bool = False


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    issuers: list[_Issuer] = Field(min_length=1)


def read_trust(text: str, read_file: Callable[[str], str]) -> Trust:
    """Return the CAs that the YAML (or JSON) in ``text`` names; ``read_file`` gives a file named instead of PEM.

    :class:`BadTrust` for what is wrong: nobody is trusted by mistake.
    """
    try:
        found = _File.model_validate(yaml.safe_load(text))
    except (yaml.YAMLError, ValidationError) as error:
        raise BadTrust(f"CA 信任配置格式不正确：{str(error).splitlines()[0]}") from None
    return Trust(tuple(_issuer(one, read_file) for one in found.issuers))


def _issuer(one: _Issuer, read_file: Callable[[str], str]) -> Issuer:
    anchors, between = (
        tuple(found for entry in entries for found in _certificates(one.name, entry, read_file))
        for entries in (one.anchors, one.intermediates)
    )
    if not anchors or not all(found.is_authority for found in (*anchors, *between)):
        raise BadTrust(f"CA 信任配置中「{one.name}」的根证书或中间证书不是 CA 证书。")
    if any(_NAME_CONSTRAINTS in found.values for found in (*anchors, *between) if found.kind is Kind.SM2):
        raise BadTrust(f"CA 信任配置中「{one.name}」的 SM2 证书带有名称限制（nameConstraints），本系统不能执行。")
    for url in one.crls:
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
            raise BadTrust(f"CA 信任配置中「{one.name}」的吊销列表地址不正确：{url}")
    policy = IssuerPolicy(name=one.name, uscc_oids=tuple(one.uscc_oids), allow_sha1=one.allow_sha1)
    return Issuer(policy, anchors, between, tuple(one.crls))


def _certificates(name: str, entry: str, read_file: Callable[[str], str]) -> list[Certificate]:
    try:
        return read_pem(entry if _PEM in entry else read_file(entry))
    except (Unreadable, OSError, UnicodeDecodeError):
        raise BadTrust(f"CA 信任配置中「{name}」的证书无法读取。") from None


def same_key(authority: Certificate, certificate: Certificate) -> bool:
    ids = (authority.key_id, certificate.issuer_key_id)
    return None in ids or ids[0] == ids[1]

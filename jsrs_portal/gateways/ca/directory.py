"""The CAs as the portal needs them: who is believed, and their lists from the addresses of the configuration only."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

from jsrs_portal.certificates import crls
from jsrs_portal.certificates.trust import BadTrust, Trust, read_trust
from jsrs_portal.gateways.ca.demo_ca import ORGANISATION, DemoCa
from jsrs_portal.gateways.errors import GatewayError, GatewayFailure, System
from jsrs_portal.gateways.http import call
from jsrs_portal.settings import Settings

LEAST_SECONDS = 30.0
"""A list of some megabytes takes longer than an answer; nobody waits for it."""


@dataclass(frozen=True)
class CaDirectory:
    """Whom certificates are taken from, read when it is first needed; without anybody, CA login is closed."""

    source: Callable[[], Trust] = Trust
    timeout: float = LEAST_SECONDS

    @cached_property
    def trust(self) -> Trust:
        """The CAs."""
        return self.source()

    async def fetch(self, url: str) -> bytes:
        """Return what stands at ``url``, an address of the configuration; :class:`GatewayError` otherwise."""
        if self.trust.address(url) is None:
            raise GatewayError(System.CA, GatewayFailure.MISCONFIGURED, "url", answered=False)
        answer = await call(System.CA, "GET", url, timeout=self.timeout, most=crls.MOST_BYTES)
        if answer.status != 200:
            raise GatewayError(System.CA, GatewayFailure.BAD_ANSWER, str(answer.status))
        return answer.body


def open_directory(settings: Settings) -> CaDirectory:
    """Return the CAs of these settings; the demonstration has its own if no file is named.

    ``ValueError`` (:class:`BadTrust`) for a file that cannot be used, and in production for the demonstration's CA.
    """
    file = settings.ca_trust
    if file is None:
        # Made when it is first needed: two pairs of keys take a while.
        made = partial(DemoCa.open, settings.var_dir, settings.sandbox_origin)
        return CaDirectory(lambda: made().trust) if settings.demo else CaDirectory()
    try:
        trust = read_trust(file.read_text(encoding="utf-8"), lambda name: _beside(file, name))
    except (OSError, UnicodeDecodeError):
        raise BadTrust(f"CA 信任配置无法读取：{file}") from None
    if not settings.demo and _is_demo(trust):
        raise BadTrust("生产环境不能使用演示CA的证书：请检查 JSRS_CA_TRUST。")
    return CaDirectory(lambda: trust)


def require_trust(settings: Settings) -> None:
    """End the process if the CAs of these settings cannot be used, rather than let everybody wait for nothing."""
    try:
        _ = open_directory(settings).trust
    except BadTrust as refused:
        raise SystemExit(str(refused)) from None


def _beside(file: Path, name: str) -> str:
    return (file.parent / name).read_text(encoding="utf-8")


def _is_demo(trust: Trust) -> bool:
    names = (one.asn1.subject.native for issuer in trust.issuers for one in issuer.authorities)
    return any(ORGANISATION in name.values() for name in names)

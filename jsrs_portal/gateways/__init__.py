"""The outside systems: what the portal needs of each (``port``), the live clients, and their simulators (rule 5).

The live client speaks to whatever address the settings name; without one, to the simulator's. Nothing else tells a
demonstration from the real thing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from jsrs_portal.gateways import clients
from jsrs_portal.gateways.breaker import Breaker, BreakerState, GatewayHealth, Guard
from jsrs_portal.gateways.business_registry.port import BusinessRegistry
from jsrs_portal.gateways.ca.directory import CaDirectory, open_directory
from jsrs_portal.gateways.courier.port import Courier
from jsrs_portal.gateways.courier.routed import RoutedCourier
from jsrs_portal.gateways.elicence.port import ELicence
from jsrs_portal.gateways.errors import System
from jsrs_portal.gateways.face.port import FaceVerifier
from jsrs_portal.gateways.guarded import (
    GuardedCourier,
    GuardedFace,
    GuardedIdentity,
    GuardedLegacy,
    GuardedLicence,
    GuardedRegistry,
    GuardedScanner,
    GuardedSms,
    GuardedSso,
    GuardedTracker,
)
from jsrs_portal.gateways.identity.port import IdentityVerifier
from jsrs_portal.gateways.legacy.port import LegacyChecker
from jsrs_portal.gateways.scanner.port import Scanner
from jsrs_portal.gateways.sms import aliyun, tencent
from jsrs_portal.gateways.sms.failover import FailoverSms
from jsrs_portal.gateways.sms.port import SmsSender
from jsrs_portal.gateways.sso.port import SsoProvider
from jsrs_portal.settings import Settings, get_settings

__all__ = ["BreakerState", "GatewayHealth", "Gateways", "build_gateways", "gateways_here"]


@dataclass(frozen=True)
class Gateways:
    """One client per outside system."""

    face: FaceVerifier
    sms: SmsSender
    registry: BusinessRegistry
    identity: IdentityVerifier
    ca: CaDirectory = field(default_factory=CaDirectory)
    sso: SsoProvider | None = None
    licence: ELicence | None = None
    legacy: Mapping[str, LegacyChecker] = field(default_factory=dict)
    """The old systems that are asked, by key."""
    scanner: Scanner | None = None
    """Who looks into uploaded files; without one they are taken as they are."""
    courier: Courier | None = None
    """Who knows where parcels are; without one they are listed without their way."""
    guards: Mapping[str, Guard] = field(default_factory=dict)

    def health(self) -> dict[str, GatewayHealth]:
        """Return how each system did lately in this process; SMS providers and old systems by names of their own."""
        return {name: guard.health() for name, guard in self.guards.items()}


def build_gateways(settings: Settings) -> Gateways:
    """Return the clients for these settings; ValueError for keys or CAs that cannot be read. No network is used."""
    guards: dict[str, Guard] = {}

    def guard(name: str, system: System) -> Guard:
        breaker = Breaker(
            failures=settings.gateway_breaker_failures,
            window=settings.gateway_breaker_window,
            pause=settings.gateway_breaker_pause,
        )
        return guards.setdefault(name, Guard(system, breaker))

    face = GuardedFace(clients.face_client(settings), guard("face", System.FACE))
    sms: SmsSender = GuardedSms(clients.aliyun_client(settings), guard("sms_aliyun", System.SMS))
    second = clients.tencent_client(settings)
    if second is not None:
        guarded = GuardedSms(second, guard("sms_tencent", System.SMS))
        sms = FailoverSms((aliyun.PROVIDER, sms), (tencent.PROVIDER, guarded))
    registry = GuardedRegistry(clients.registry_client(settings), guard("registry", System.REGISTRY))
    identity = GuardedIdentity(clients.identity_client(settings), guard("identity", System.IDENTITY))
    provincial = clients.sso_client(settings)
    sso = GuardedSso(provincial, guard("sso", System.SSO)) if provincial else None
    licences = clients.licence_client(settings)
    licence = GuardedLicence(licences, guard("licence", System.LICENCE)) if licences else None
    legacy = {
        key: GuardedLegacy(client, guard(f"legacy_{key}", System.LEGACY))
        for key, client in clients.legacy_clients(settings).items()
    }
    looking = clients.scanner_client(settings)
    scanner = GuardedScanner(looking, guard("scanner", System.SCANNER)) if looking else None
    parcels, own = clients.kuaidi100_client(settings), clients.sf_client(settings)
    every = GuardedCourier(parcels, guard("courier_kuaidi100", System.COURIER)) if parcels else None
    sf = GuardedTracker(own, guard("courier_sf", System.COURIER)) if own else None
    return Gateways(
        face=face,
        sms=sms,
        registry=registry,
        identity=identity,
        ca=open_directory(settings),
        sso=sso,
        licence=licence,
        legacy=legacy,
        scanner=scanner,
        courier=RoutedCourier(every, sf) if every or sf else None,
        guards=guards,
    )


@lru_cache
def gateways_here() -> Gateways:
    """Return this process's gateways, live or sandbox as the settings say; its breakers are its own too."""
    return build_gateways(get_settings())

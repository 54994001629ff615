"""The outside systems: what the portal needs of each (``port``), the live clients, and their simulators (rule 5).

The live client speaks to whatever address the settings name; without one, to the simulator's. Nothing else tells a
demonstration from the real thing.
"""

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from jsrs_portal.gateways.business_registry.port import BusinessRegistry
from jsrs_portal.gateways.business_registry.signed import SignedBusinessRegistry
from jsrs_portal.gateways.demo_keys import load_demo_keys
from jsrs_portal.gateways.errors import System
from jsrs_portal.gateways.face import signing
from jsrs_portal.gateways.face.alipay_open import AlipayOpenFace
from jsrs_portal.gateways.face.port import FaceVerifier
from jsrs_portal.gateways.identity.port import IdentityVerifier
from jsrs_portal.gateways.identity.signed import SignedIdentityVerifier
from jsrs_portal.gateways.signed_json import SignedJsonClient
from jsrs_portal.gateways.sms.aliyun import AliyunSms
from jsrs_portal.gateways.sms.port import SmsSender
from jsrs_portal.settings import Settings

FACE_PATH = "/gateway.do"
SMS_PATH = "/sms/"
REGISTRY_PATH = "/registry"
IDENTITY_PATH = "/identity"
"""Where the simulator answers for each system."""


@dataclass(frozen=True)
class Gateways:
    """One client per outside system."""

    face: FaceVerifier
    sms: SmsSender
    registry: BusinessRegistry
    identity: IdentityVerifier


def build_gateways(settings: Settings) -> Gateways:
    """Return the clients for these settings; ValueError for keys that cannot be read. No network is used."""
    app_key, alipay_key = face_keys(settings)
    timeout = settings.gateway_timeout
    return Gateways(
        face=AlipayOpenFace(
            gateway=settings.face_gateway_url or settings.sandbox_origin + FACE_PATH,
            app_id=settings.face_app_id,
            app_key=app_key,
            alipay_key=alipay_key,
            timeout=timeout,
        ),
        sms=AliyunSms(
            endpoint=settings.sms_endpoint or settings.sandbox_origin + SMS_PATH,
            access_key=settings.sms_access_key_id,
            secret=settings.sms_access_key_secret.get_secret_value(),
            sign_name=settings.sms_sign_name,
            timeout=timeout,
        ),
        registry=SignedBusinessRegistry(
            SignedJsonClient(
                System.REGISTRY,
                base=settings.registry_url or settings.sandbox_origin + REGISTRY_PATH,
                app_id=settings.registry_app_id,
                secret=settings.registry_secret.get_secret_value(),
                timeout=timeout,
            )
        ),
        identity=SignedIdentityVerifier(
            SignedJsonClient(
                System.IDENTITY,
                base=settings.identity_url or settings.sandbox_origin + IDENTITY_PATH,
                app_id=settings.identity_app_id,
                secret=settings.identity_secret.get_secret_value(),
                timeout=timeout,
            )
        ),
    )


def face_keys(settings: Settings) -> tuple[RSAPrivateKey, RSAPublicKey]:
    """Return our private key and Alipay's public key, the demonstration's where none is set."""
    own, theirs = settings.face_app_private_key.get_secret_value(), settings.face_alipay_public_key
    if own and theirs:
        return signing.load_private_key(own), signing.load_public_key(theirs)
    demo = load_demo_keys(settings.var_dir)
    return (
        signing.load_private_key(own) if own else demo.app,
        signing.load_public_key(theirs) if theirs else demo.alipay.public_key(),
    )

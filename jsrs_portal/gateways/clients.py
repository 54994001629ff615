"""One live client per outside system, made from the settings; which address each calls is all that they decide."""

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from jsrs_portal.gateways.business_registry.signed import SignedBusinessRegistry
from jsrs_portal.gateways.demo_keys import load_demo_keys
from jsrs_portal.gateways.errors import System
from jsrs_portal.gateways.face import signing
from jsrs_portal.gateways.face.alipay_client import AlipayClient
from jsrs_portal.gateways.face.alipay_h5 import AlipayH5Face
from jsrs_portal.gateways.face.alipay_open import AlipayOpenFace
from jsrs_portal.gateways.face.port import FaceVerifier
from jsrs_portal.gateways.identity.signed import SignedIdentityVerifier
from jsrs_portal.gateways.signed_json import SignedJsonClient
from jsrs_portal.gateways.sms.aliyun import AliyunSms
from jsrs_portal.gateways.sms.tencent import Template, TencentSms
from jsrs_portal.settings import Settings

FACE_PATH = "/gateway.do"
SMS_PATH = "/sms/"
REGISTRY_PATH = "/registry"
IDENTITY_PATH = "/identity"
"""Where the simulator answers for each system."""


def face_client(settings: Settings) -> FaceVerifier:
    """Return the client of the face product chosen; ValueError for keys that cannot be read."""
    app_key, alipay_key = face_keys(settings)
    client = AlipayClient(
        gateway=settings.face_gateway_url or settings.sandbox_origin + FACE_PATH,
        app_id=settings.face_app_id,
        app_key=app_key,
        alipay_key=alipay_key,
        timeout=settings.gateway_timeout,
    )
    return AlipayH5Face(client) if settings.face_product == "h5" else AlipayOpenFace(client)


def aliyun_client(settings: Settings) -> AliyunSms:
    """Return the client of the first SMS provider."""
    return AliyunSms(
        endpoint=settings.sms_endpoint or settings.sandbox_origin + SMS_PATH,
        access_key=settings.sms_access_key_id,
        secret=settings.sms_access_key_secret.get_secret_value(),
        sign_name=settings.sms_sign_name,
        timeout=settings.gateway_timeout,
    )


def tencent_client(settings: Settings) -> TencentSms | None:
    """Return the client of the second SMS provider, ``None`` if there is none."""
    if not settings.sms_tencent_url:
        return None
    return TencentSms(
        endpoint=settings.sms_tencent_url,
        secret_id=settings.sms_tencent_secret_id,
        secret=settings.sms_tencent_secret_key.get_secret_value(),
        region=settings.sms_tencent_region,
        app_id=settings.sms_tencent_app_id,
        sign_name=settings.sms_sign_name,
        templates={
            settings.sms_template_code: Template(settings.sms_tencent_template_code, ("code",)),
            settings.sms_template_notice: Template(settings.sms_tencent_template_notice, ("text",)),
        },
        timeout=settings.gateway_timeout,
    )


def registry_client(settings: Settings) -> SignedBusinessRegistry:
    """Return the business registry's client."""
    return SignedBusinessRegistry(
        SignedJsonClient(
            System.REGISTRY,
            base=settings.registry_url or settings.sandbox_origin + REGISTRY_PATH,
            app_id=settings.registry_app_id,
            secret=settings.registry_secret.get_secret_value(),
            timeout=settings.gateway_timeout,
        )
    )


def identity_client(settings: Settings) -> SignedIdentityVerifier:
    """Return the real-name check's client."""
    return SignedIdentityVerifier(
        SignedJsonClient(
            System.IDENTITY,
            base=settings.identity_url or settings.sandbox_origin + IDENTITY_PATH,
            app_id=settings.identity_app_id,
            secret=settings.identity_secret.get_secret_value(),
            timeout=settings.gateway_timeout,
        )
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

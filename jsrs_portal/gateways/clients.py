"""One live client per outside system, made from the settings; which address each calls is all that they decide."""

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from jsrs_portal.catalog.shipped import legacy_systems
from jsrs_portal.gateways.business_registry.signed import SignedBusinessRegistry
from jsrs_portal.gateways.courier.kuaidi100 import Kuaidi100
from jsrs_portal.gateways.courier.sf import SfExpress
from jsrs_portal.gateways.demo_keys import load_demo_keys, load_licence_pair
from jsrs_portal.gateways.elicence.client import LicenceClient
from jsrs_portal.gateways.elicence.fields import LicenceFields, Words
from jsrs_portal.gateways.elicence.port import ELicence
from jsrs_portal.gateways.elicence.sm2 import read_public_key
from jsrs_portal.gateways.errors import System
from jsrs_portal.gateways.face import signing
from jsrs_portal.gateways.face.alipay_client import AlipayClient
from jsrs_portal.gateways.face.alipay_h5 import AlipayH5Face
from jsrs_portal.gateways.face.alipay_open import AlipayOpenFace
from jsrs_portal.gateways.face.port import FaceVerifier
from jsrs_portal.gateways.identity.signed import SignedIdentityVerifier
from jsrs_portal.gateways.legacy.signed import SignedLegacySystem
from jsrs_portal.gateways.scanner.clamd import ClamdScanner
from jsrs_portal.gateways.signed_json import SignedJsonClient
from jsrs_portal.gateways.sms.aliyun import AliyunSms
from jsrs_portal.gateways.sms.tencent import Template, TencentSms
from jsrs_portal.gateways.sso import jis
from jsrs_portal.gateways.sso.claims import ClaimNames
from jsrs_portal.gateways.sso.jis import JisClient, JisProvider
from jsrs_portal.gateways.sso.keys import Published
from jsrs_portal.gateways.sso.oidc import OidcClient, OidcProvider
from jsrs_portal.gateways.sso.port import SsoProvider
from jsrs_portal.settings import Settings

FACE_PATH = "/gateway.do"
SMS_PATH = "/sms/"
REGISTRY_PATH = "/registry"
IDENTITY_PATH = "/identity"
JIS_LOGIN_PATH = "/jis/login"
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


def sso_client(settings: Settings) -> SsoProvider | None:
    """Return the client of the province's login, ``None`` if there is none; ValueError for claims nobody has."""
    if not settings.sso_address:
        return None
    if settings.sso_kind == "jis":
        return JisProvider(
            JisClient(
                interface=settings.sso_address,
                login=settings.sso_jis_login_url or settings.sandbox_origin + JIS_LOGIN_PATH,
                appmark=settings.sso_jis_appmark,
                appword=settings.sso_jis_appword.get_secret_value(),
                subject=settings.sso_jis_subject,
                claims=ClaimNames.model_validate(jis.NAMES | settings.sso_claims),
                id_types=settings.sso_id_types,
            ),
            timeout=settings.gateway_timeout,
        )
    return OidcProvider(
        OidcClient(
            client_id=settings.sso_client_id,
            client_secret=settings.sso_client_secret.get_secret_value(),
            authentication=settings.sso_client_auth,
            scope=settings.sso_scope,
            claims=ClaimNames.model_validate(settings.sso_claims),
            id_types=settings.sso_id_types,
            request_claims=settings.sso_request_claims,
            prompt=settings.sso_prompt,
        ),
        Published(issuer=settings.sso_address, timeout=settings.gateway_timeout),
        timeout=settings.gateway_timeout,
    )


def licence_client(settings: Settings) -> ELicence | None:
    """Return the licence system's client, ``None`` if there is none; ValueError for keys that cannot be read."""
    if not settings.licence_address:
        return None
    keys = [read_public_key(text) for text in settings.licence_public_keys]
    return LicenceClient(
        base=settings.licence_address,
        app_id=settings.licence_app_id,
        secret=settings.licence_secret.get_secret_value(),
        keys=keys or ([] if settings.licence_url else [load_licence_pair(settings.var_dir).public_key]),
        fields=LicenceFields.model_validate(settings.licence_fields),
        words=Words(settings.licence_words, settings.licence_normal),
        timeout=settings.gateway_timeout,
    )


def kuaidi100_client(settings: Settings) -> Kuaidi100 | None:
    """Return kuaidi100's client, ``None`` if there is none."""
    if not settings.kuaidi100_address:
        return None
    return Kuaidi100(
        base=settings.kuaidi100_address,
        customer=settings.kuaidi100_customer,
        key=settings.kuaidi100_key.get_secret_value(),
        timeout=settings.gateway_timeout,
    )


def sf_client(settings: Settings) -> SfExpress | None:
    """Return the client of SF's own interface, ``None`` if there is none."""
    if not settings.sf_address:
        return None
    return SfExpress(
        url=settings.sf_address,
        partner_id=settings.sf_partner_id,
        checkword=settings.sf_checkword.get_secret_value(),
        timeout=settings.gateway_timeout,
    )


def scanner_client(settings: Settings) -> ClamdScanner | None:
    """Return ClamAV's client, ``None`` if there is none."""
    if not settings.clamd_host:
        return None
    return ClamdScanner(host=settings.clamd_host, port=settings.clamd_port, timeout=settings.clamd_timeout)


def legacy_clients(settings: Settings) -> dict[str, SignedLegacySystem]:
    """Return the client of each old system that is asked, by its key; production has those the settings connect."""
    found: dict[str, SignedLegacySystem] = {}
    for system in legacy_systems().systems:
        url, secret = settings.legacy_connection(system.key)
        if system.adapter == "signed" and url:
            found[system.key] = SignedLegacySystem(
                SignedJsonClient(
                    System.LEGACY,
                    base=url,
                    app_id=settings.legacy_app_id,
                    secret=secret,
                    timeout=settings.gateway_timeout,
                )
            )
    return found


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

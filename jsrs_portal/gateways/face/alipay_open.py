"""Face check by Alipay's open platform, 支付宝身份验证 (``alipay.user.certify.open.*``, protocol reference §1.3).

``initialize`` and ``query`` are calls from server to server; ``certify`` is a signed address the person opens in
Alipay.
"""

from jsrs_portal.domain.documents import DocumentType
from jsrs_portal.gateways.errors import GatewayError, GatewayFailure, System
from jsrs_portal.gateways.face.alipay_client import (
    TYPE_NOT_SUPPORTED,
    AlipayClient,
    certify_id_of,
    check_order_no,
    face_answer,
)
from jsrs_portal.gateways.face.port import FaceAnswer, FaceOrder

INITIALIZE = "alipay.user.certify.open.initialize"
CERTIFY = "alipay.user.certify.open.certify"
QUERY = "alipay.user.certify.open.query"


def certificate_type(id_type: str, id_number: str) -> str:
    """Return Alipay's ``cert_type`` for a document; GatewayError (REFUSED) for one it cannot check."""
    table = {
        DocumentType.RESIDENT_ID: "IDENTITY_CARD",
        DocumentType.HK_MO_PERMIT: "HOME_VISIT_PERMIT_HK_MC",
        DocumentType.TAIWAN_PERMIT: "HOME_VISIT_PERMIT_TAIWAN",
        DocumentType.FOREIGN_PERMANENT_RESIDENCE: "PERMANENT_RESIDENCE_FOREIGNER",
        DocumentType.HK_MO_TW_RESIDENCE: (
            "RESIDENCE_PERMIT_TAIWAN" if id_number.startswith("83") else "RESIDENCE_PERMIT_HK_MC"
        ),
    }
    found = {kind.value: name for kind, name in table.items()}.get(id_type)
    if found is None:
        raise GatewayError(System.FACE, GatewayFailure.REFUSED, "cert_type", TYPE_NOT_SUPPORTED, answered=False)
    return found


class AlipayOpenFace:
    """The live client; implements :class:`jsrs_portal.gateways.face.port.FaceVerifier`."""

    def __init__(self, client: AlipayClient) -> None:
        """Take the client that knows the gateway and the keys."""
        self._client = client

    async def initialize(self, *, order_no: str, name: str, id_type: str, id_number: str, return_url: str) -> FaceOrder:
        """Begin a check and return its signed address. Alipay keeps no picture: ``face_reserve_strategy=never``."""
        check_order_no(order_no)
        content = {
            "outer_order_no": order_no,
            "biz_code": "FACE",
            "identity_param": {
                "identity_type": "CERT_INFO",
                "cert_type": certificate_type(id_type, id_number),
                "cert_name": name,
                "cert_no": id_number,
            },
            "merchant_config": {"return_url": return_url, "face_reserve_strategy": "never"},
        }
        certify_id = certify_id_of(await self._client.execute(INITIALIZE, content))
        return FaceOrder(certify_id, self.certify_url(certify_id))

    def certify_url(self, certify_id: str) -> str:
        """Return the address the person opens (扫码): gateway and all parameters, signed."""
        return self._client.address(self._client.signed(CERTIFY, {"certify_id": certify_id}))

    async def query(self, certify_id: str) -> FaceAnswer:
        """Ask how a check stands; an expired one is an answer, not an error."""
        return face_answer(await self._client.execute(QUERY, {"certify_id": certify_id}))

"""Face check by Alipay's H5 product, H5 人脸核身 (``datadigital.fincloud.generalsaas.face.certify.*``, reference §1.5).

Three calls from server to server: ``initialize`` gives the id, ``verify`` the address, ``query`` the outcome. The
address opens in any phone browser, so the person needs no Alipay; it serves 居民身份证 only.
"""

from urllib.parse import urlsplit

from jsrs_portal.domain.documents import DocumentType
from jsrs_portal.gateways.errors import GatewayError, GatewayFailure, System
from jsrs_portal.gateways.face.alipay_client import (
    TYPE_NOT_SUPPORTED,
    AlipayClient,
    certify_id_of,
    check_order_no,
    face_answer,
    require_success,
    text_of,
)
from jsrs_portal.gateways.face.port import FaceAnswer, FaceOrder

INITIALIZE = "datadigital.fincloud.generalsaas.face.certify.initialize"
VERIFY = "datadigital.fincloud.generalsaas.face.certify.verify"
QUERY = "datadigital.fincloud.generalsaas.face.certify.query"
BIZ_CODE = "FUTURE_TECH_BIZ_FACE_SDK"
MOST_CHARACTERS = 2048


class AlipayH5Face:
    """The live client; implements :class:`jsrs_portal.gateways.face.port.FaceVerifier`."""

    def __init__(self, client: AlipayClient) -> None:
        """Take the client that knows the gateway and the keys."""
        self._client = client

    async def initialize(self, *, order_no: str, name: str, id_type: str, id_number: str, return_url: str) -> FaceOrder:
        """Begin a check and fetch its address. Alipay keeps no picture: ``face_reserve_strategy=never``."""
        check_order_no(order_no)
        if id_type != DocumentType.RESIDENT_ID:
            raise GatewayError(System.FACE, GatewayFailure.REFUSED, "cert_type", TYPE_NOT_SUPPORTED, answered=False)
        content = {
            "outer_order_no": order_no,
            "biz_code": BIZ_CODE,
            "identity_param": {
                "identity_type": "CERT_INFO",
                "cert_type": "IDENTITY_CARD",
                "cert_name": name,
                "cert_no": id_number,
            },
            "merchant_config": {"return_url": return_url, "face_reserve_strategy": "never"},
        }
        certify_id = certify_id_of(await self._client.execute(INITIALIZE, content))
        reply = await self._client.execute(VERIFY, {"certify_id": certify_id})
        require_success(reply)
        url = text_of(reply, "certify_url")
        if not self._may_be_opened(url):
            raise GatewayError(System.FACE, GatewayFailure.BAD_ANSWER, "certify_url")
        return FaceOrder(certify_id, url)

    async def query(self, certify_id: str) -> FaceAnswer:
        """Ask how a check stands; an expired one is an answer, not an error."""
        return face_answer(await self._client.execute(QUERY, {"certify_id": certify_id}))

    def _may_be_opened(self, url: str) -> bool:
        """Tell whether an address may be given to a browser: HTTPS, or plain HTTP from a gateway that is itself."""
        try:
            parts = urlsplit(url)
        except ValueError:
            return False
        schemes = {"https", urlsplit(self._client.address({})).scheme}
        printable = url.isascii() and url.isprintable() and " " not in url and len(url) <= MOST_CHARACTERS
        return printable and parts.scheme in schemes and bool(parts.hostname) and "@" not in parts.netloc

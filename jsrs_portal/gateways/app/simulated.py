"""What the server of a scanning app does: signs a request to the portal's interface for apps and reads the answer."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from jsrs_portal.gateways.signed_json import request_headers


@dataclass(frozen=True)
class SimulatedApp:
    """An app known to the portal at ``portal`` (its origin) by ``app_id`` and a shared secret."""

    portal: str
    app_id: str
    secret: str
    timeout: float = 8.0

    async def post(self, path: str, content: Mapping[str, Any], **changed: str) -> tuple[int, dict[str, Any]]:
        """Post ``content`` to ``/app<path>``; return status and object. ``changed`` replaces headers, for tests."""
        body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
        headers = request_headers(self.secret, path=f"/app{path}", app_id=self.app_id, body=body)
        async with httpx.AsyncClient(base_url=self.portal, trust_env=False, timeout=self.timeout) as client:
            answer = await client.post(f"/app{path}", content=body, headers=headers | changed)
        return answer.status_code, answer.json()

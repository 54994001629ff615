"""Messages in the outbox, and which of them the simulated phone has."""

import json
from datetime import datetime

import httpx

from jsrs_portal import clock, crypto
from tests.faults.conftest import APPLICANT, Hall


def put_messages(hall: Hall, count: int, *, due: datetime | None = None) -> list[str]:
    """Put messages in the outbox, ``due`` now by default, and return their texts."""
    texts = [f"第 {number} 条 {clock.new_id()[:8]}" for number in range(count)]
    for text in texts:
        row = clock.new_id()
        body = json.dumps({"mobile": APPLICANT.mobile, "text": text, "about": row}, ensure_ascii=False)
        sealed = crypto.encrypt(body, table="outbox", column="body_cipher", row=row)
        hall.database.execute(
            "INSERT INTO outbox (id, created_at, kind, body_cipher, state, tries, due_at)"
            " VALUES (?, ?, 'sms', ?, 'PENDING', 0, ?)",
            *(row, clock.now(), sealed, due or clock.now()),
        )
    return texts


def arrived(hall: Hall, texts: list[str]) -> list[str]:
    """Return which of ``texts`` the phone has, as often as it has them."""
    found = httpx.get(f"{hall.sandbox}/sms/outbox.json", params={"phone": APPLICANT.mobile}, trust_env=False).json()
    return sorted(text for text in texts for message in found if text in message["text"])

"""「模拟手机短信」: the screen of every phone, filled by both simulated providers.

What becomes of a message depends on the number: it is lost for numbers ending in 0000, the receipt never comes for
those ending in 0001, and it arrives at once everywhere else.
"""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import Enum
from html import escape
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from jsrs_portal import clock
from jsrs_portal.gateways.simulation.pages import page
from jsrs_portal.gateways.simulation.store import Store

SCHEMA = """
CREATE TABLE IF NOT EXISTS sms_messages (
    serial INTEGER PRIMARY KEY AUTOINCREMENT, biz_id TEXT NOT NULL, out_id TEXT NOT NULL, phone TEXT NOT NULL,
    template_code TEXT NOT NULL, params TEXT NOT NULL, text TEXT NOT NULL, sent_at REAL NOT NULL,
    sent_on TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS ix_sms_messages_phone ON sms_messages (phone, serial);
CREATE TABLE IF NOT EXISTS sms_senders (biz_id TEXT PRIMARY KEY, provider TEXT NOT NULL) WITHOUT ROWID;
"""
SHOWN = 100
DEFAULT_PROVIDER = "aliyun"
_NAMES = {"aliyun": "阿里云", "tencent": "腾讯云"}
_SELECT = (
    "SELECT m.biz_id, m.phone, coalesce(s.provider, ?) AS provider, m.out_id, m.template_code, m.params, m.text,"
    " m.sent_at FROM sms_messages m LEFT JOIN sms_senders s ON s.biz_id = m.biz_id"
)


class Fate(Enum):
    """What becomes of a message after the provider took it on."""

    LOST = "0000"
    SILENT = "0001"
    ARRIVES = ""


@dataclass(frozen=True)
class Message:
    """One message on one phone."""

    biz_id: str
    phone: str
    provider: str
    out_id: str
    template_code: str
    params: dict[str, str]
    text: str
    sent_at: datetime

    @property
    def fate(self) -> Fate:
        """What becomes of it, by the phone's number."""
        return next((fate for fate in (Fate.LOST, Fate.SILENT) if self.phone.endswith(fate.value)), Fate.ARRIVES)


class Outbox:
    """The messages all phones hold."""

    def __init__(self, store: Store) -> None:
        """Take the simulators' database."""
        self._store = store

    def routes(self) -> list[Route]:
        """Return the page and the same as JSON."""
        return [
            Route("/sms/outbox", self._page, methods=["GET"]),
            Route("/sms/outbox.json", self._json, methods=["GET"]),
        ]

    async def put(self, messages: list[Message], *, minute_limit: bool) -> bool:
        """Keep messages of one provider; with ``minute_limit`` none if it sent to any of the phones a minute ago."""
        provider, now = messages[0].provider, messages[0].sent_at
        phones = [message.phone for message in messages]
        async with self._store.transaction() as connection:
            if minute_limit:
                recent = await connection.execute_fetchall(
                    f"{_SELECT} WHERE sent_at > ? AND coalesce(s.provider, ?) = ?"
                    f" AND phone IN ({','.join('?' * len(phones))})",
                    (DEFAULT_PROVIDER, now.timestamp() - 60, DEFAULT_PROVIDER, provider, *phones),
                )
                if recent:
                    return False
            await connection.executemany(
                "INSERT INTO sms_messages (biz_id, out_id, phone, template_code, params, text, sent_at, sent_on)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [_row(message) for message in messages],
            )
            await connection.executemany(
                "INSERT INTO sms_senders VALUES (?, ?) ON CONFLICT DO NOTHING", [(m.biz_id, provider) for m in messages]
            )
        return True

    async def sent(
        self, provider: str, *, phone: str, day: str = "", biz_id: str = "", since: float = 0, until: float = 1e12
    ) -> list[Message]:
        """Return what one provider sent to one phone on a day (yyyyMMdd) or between two instants, newest first."""
        found = await self._store.rows(
            f"{_SELECT} WHERE m.phone = ? AND coalesce(s.provider, ?) = ? AND (? = '' OR m.sent_on = ?)"
            " AND (? = '' OR m.biz_id = ?) AND m.sent_at >= ? AND m.sent_at <= ? ORDER BY m.serial DESC",
            *(DEFAULT_PROVIDER, phone, DEFAULT_PROVIDER, provider, day, day, biz_id, biz_id, since, until),
        )
        return [_message(dict(row)) for row in found]

    async def _latest(self, request: Request) -> list[Message]:
        """Return the newest messages, of one phone if ``?phone=`` names it."""
        phone = request.query_params.get("phone", "").strip()
        found = await self._store.rows(
            f"{_SELECT} WHERE ? = '' OR m.phone = ? ORDER BY m.serial DESC LIMIT ?",
            *(DEFAULT_PROVIDER, phone, phone, SHOWN),
        )
        return [_message(dict(row)) for row in found]

    async def _json(self, request: Request) -> Response:
        """``GET /sms/outbox.json``: the outbox for tests, newest first."""
        found = [asdict(message) | {"sent_at": message.sent_at.isoformat()} for message in await self._latest(request)]
        return JSONResponse(found, headers={"Cache-Control": "no-store"})

    async def _page(self, request: Request) -> Response:
        """``GET /sms/outbox``: what the phones show, newest first."""
        phone = request.query_params.get("phone", "").strip()
        items = "".join(
            f'<li class="card"><p class="note">{escape(message.phone)} · '
            f'<time datetime="{message.sent_at.isoformat()}">'
            f"{message.sent_at.astimezone(clock.BEIJING):%Y-%m-%d %H:%M:%S}</time>"
            f" · 经{_NAMES.get(message.provider, '')}发送</p>"
            f"<p>{escape(message.text)}</p></li>"
            for message in await self._latest(request)
        )
        search = (
            '<form method="get" action="/sms/outbox" class="card"><label for="phone">手机号</label>'
            f'<input id="phone" name="phone" inputmode="numeric" autocomplete="off" value="{escape(phone)}"> '
            '<button class="primary">查看短信</button></form>'
        )
        empty = '<p class="card">还没有短信。在门户获取验证码后，刷新本页即可看到。</p>'
        return page("模拟手机短信", search + (f'<ol class="plain" reversed>{items}</ol>' if items else empty))


def code_text(sign_name: str, code: str) -> str:
    """Return the text of both providers' template of verification codes."""
    return f"【{sign_name}】您的验证码是 {code},5 分钟内有效，请勿告诉他人。"


def notice_text(sign_name: str, text: str) -> str:
    """Return the text of both providers' template of notices."""
    return f"【{sign_name}】{text}"


def _row(message: Message) -> tuple[str | float, ...]:
    return (
        message.biz_id,
        message.out_id,
        message.phone,
        message.template_code,
        json.dumps(message.params, ensure_ascii=False),
        message.text,
        message.sent_at.timestamp(),
        message.sent_at.astimezone(clock.BEIJING).strftime("%Y%m%d"),
    )


def _message(row: dict[str, Any]) -> Message:
    values = row | {"params": json.loads(row["params"]), "sent_at": datetime.fromtimestamp(row["sent_at"], UTC)}
    return Message(**values)

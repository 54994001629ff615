"""The simulated couriers' parcels: a way in five steps, and what can go wrong on it, in their own words and codes.

A number is known from its first mention on, except one that ends in 0000. The words name people and phones, as the
real ones do, so that whoever shows them has something to mask.
"""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from jsrs_portal import clock
from jsrs_portal.catalog.demo_parcels import DEMO_INJURIES
from jsrs_portal.domain.shipments import COMPANY
from jsrs_portal.gateways.simulation.store import Store

SCHEMA = """
CREATE TABLE IF NOT EXISTS courier_parcels (
    number TEXT PRIMARY KEY, company TEXT NOT NULL, phone TEXT NOT NULL, made_at REAL NOT NULL, asked INTEGER NOT NULL,
    events TEXT NOT NULL DEFAULT '[]', callback TEXT NOT NULL DEFAULT '', salt TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
"""
UNKNOWN = "0000"


@dataclass(frozen=True)
class Step:
    """Something that happens with a parcel: kuaidi100's main and advanced state, SF's operation, the words."""

    main: str
    advanced: str
    operation: str
    text: str


WAY = (
    Step("1", "103", "50", "【南京市】快递员陈大力（13800138000）已揽收快件"),
    Step("0", "1002", "30", "【南京市】快件已离开南京集散中心，发往下一站"),
    Step("0", "1001", "31", "【苏州市】快件已到达苏州转运中心"),
    Step("5", "5", "44", "【苏州市】派件员：王小明（电话13900139000）正在派送，请保持电话畅通"),
    Step("3", "301", "80", "【苏州市】快件已签收，签收人：李思源，感谢使用"),
)
TROUBLE = Step("2", "204", "33", "【苏州市】派送不成功，收件人电话0512-66668888无人接听，改日再派")
POINT = Step("5", "501", "657", "【苏州市】快件已暂存至云杉路驿站，请凭取件码取件，联系电话13700137000")
RETURN = Step("4", "4", "80", "【南京市】快件已退回，寄件人张明远已签收")
ACTS = {"trouble": TROUBLE, "point": POINT, "return": RETURN}
STEPS = dict(zip(("collected", "left", "arrived", "out", "signed"), WAY, strict=True)) | ACTS
END = ("3", "4")
_DEMO = {parcel.number: parcel.news for one in DEMO_INJURIES for parcel in one.parcels}
"""The demonstration's own parcels are under way already when they are first mentioned."""


@dataclass(frozen=True)
class SimulatedParcel:
    """One parcel; ``events`` are [seconds, main, advanced, operation, text], oldest first."""

    number: str
    company: str
    phone: str
    asked: int
    callback: str
    salt: str
    events: list[list[str]] = field(default_factory=list)

    @property
    def over(self) -> bool:
        """Whether it has arrived, or gone back."""
        return bool(self.events) and self.events[-1][1] in END

    @property
    def company_name(self) -> str:
        """The company's name."""
        return COMPANY[self.company].name

    def before(self, fewer: int) -> "SimulatedParcel":
        """Return it as it was so many events ago."""
        kept = self.events[: max(0, len(self.events) - fewer)]
        return SimulatedParcel(self.number, self.company, self.phone, self.asked, self.callback, self.salt, kept)


class Parcels:
    """All of them, in the simulators' database."""

    def __init__(self, store: Store) -> None:
        """Take the database."""
        self._store = store

    async def mention(self, *, number: str, company: str, phone: str, asked: bool) -> SimulatedParcel | None:
        """Return the parcel, making it at its first mention; ``None`` for a number nobody knows."""
        if number.endswith(UNKNOWN):
            return None
        async with self._store.transaction() as connection:
            await connection.execute(
                "INSERT INTO courier_parcels (number, company, phone, made_at, asked, events) VALUES (?, ?, ?, ?, 0, ?)"
                " ON CONFLICT DO NOTHING",
                (number, company, phone, clock.now().timestamp(), _begun(number)),
            )
            if asked:
                await connection.execute("UPDATE courier_parcels SET asked = asked + 1 WHERE number = ?", (number,))
        return await self.find(number)

    async def subscribe(self, number: str, *, callback: str, salt: str) -> bool:
        """Note where news go; return whether that was new."""
        async with self._store.transaction() as connection:
            cursor = await connection.execute(
                "UPDATE courier_parcels SET callback = ?, salt = ? WHERE number = ? AND callback = ''",
                (callback, salt, number),
            )
            return cursor.rowcount == 1

    async def go_on(self, number: str, act: str) -> SimulatedParcel | None:
        """Let the next thing happen, or what ``act`` says; ``None`` for an unknown number. An end stays an end."""
        found = await self.find(number)
        if found is None or found.over:
            return found
        done = {event[4] for event in found.events}
        step = ACTS.get(act) or next((one for one in WAY if one.text not in done), WAY[-1])
        at = clock.now()
        if found.events:  # two clicks in one second still follow one another
            at = max(at, datetime.fromisoformat(found.events[-1][0]) + timedelta(seconds=1))
        event = [at.isoformat(), step.main, step.advanced, step.operation, step.text]
        async with self._store.transaction() as connection:
            await connection.execute(
                "UPDATE courier_parcels SET events = ? WHERE number = ?",
                (json.dumps([*found.events, event], ensure_ascii=False), number),
            )
        return await self.find(number)

    async def find(self, number: str) -> SimulatedParcel | None:
        """Return one."""
        rows = await self._store.rows("SELECT * FROM courier_parcels WHERE number = ?", number)
        return _parcel(dict(rows[0])) if rows else None

    async def newest(self, most: int = 50) -> list[SimulatedParcel]:
        """Return the newest ones."""
        rows = await self._store.rows("SELECT * FROM courier_parcels ORDER BY made_at DESC, number LIMIT ?", most)
        return [_parcel(dict(row)) for row in rows]


def _parcel(row: dict[str, object]) -> SimulatedParcel:
    texts = {name: str(row[name]) for name in ("number", "company", "phone", "callback", "salt")}
    return SimulatedParcel(**texts, asked=int(str(row["asked"])), events=json.loads(str(row["events"])))


def _begun(number: str) -> str:
    """Return the events of a parcel that is mentioned for the first time: none, but for the demonstration's own."""
    news = [(one.happened(clock.today(), clock.BEIJING), STEPS[one.step]) for one in _DEMO.get(number, ())]
    events = [[at.isoformat(), step.main, step.advanced, step.operation, step.text] for at, step in news]
    return json.dumps(events, ensure_ascii=False)


def here(text: str) -> str:
    """Return an instant as couriers write it: Beijing's, without a zone."""
    return datetime.fromisoformat(text).astimezone(clock.BEIJING).strftime("%Y-%m-%d %H:%M:%S")

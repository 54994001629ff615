"""快递 of cases: where results are to be sent, the parcels under way, and what couriers said of them (R-2.6.4)."""

# SQLModel types a table name as something to be computed.
# pyright: reportAssignmentType=false

from datetime import datetime

from sqlalchemy import Index, LargeBinary, UniqueConstraint
from sqlmodel import Field

from jsrs_portal.domain.shipments import ShipmentState
from jsrs_portal.models.base import Encrypted, Row, instant, sealed


class CaseDelivery(Row, table=True):
    """结果寄送: where the applicant wants a case's result sent, as the address was when they chose it.

    ``person_id`` chose it. ``address_id`` is the unit's address it was taken from, which may have changed since.
    """

    __tablename__ = "case_deliveries"

    case_id: str = Field(foreign_key="cases.id", max_length=32, unique=True)
    person_id: str = Field(foreign_key="persons.id", max_length=32)
    address_id: str = Field(default="", max_length=32)
    division: str = Field(max_length=6)
    name_cipher: bytes = sealed()
    mobile_cipher: bytes = sealed()
    detail_cipher: bytes = sealed()
    version: int = 1

    name = Encrypted("name")
    mobile = Encrypted("mobile")
    detail = Encrypted("detail")


class Parcel(Row, table=True):
    """What a courier carries under one number, whatever cases are in it; all of them of one house.

    ``state`` and ``moved_at`` (when the newest thing known happened) are where it is. ``asked_at`` is when somebody
    was last asked, ``heard_at`` when there was last an answer or a push; ``subscribed_at`` when pushes were ordered,
    ``due_at`` when the worker looks at it next: ``None`` for what has come to its end. ``phone`` is the last four
    digits that its company asks for.
    """

    __tablename__ = "parcels"
    __table_args__ = (UniqueConstraint("company", "number"),)

    company: str = Field(max_length=24)
    number: str = Field(max_length=32)
    state: str = Field(default=ShipmentState.ORDERED, max_length=16)
    moved_at: datetime | None = instant(nullable=True)
    asked_at: datetime | None = instant(nullable=True)
    heard_at: datetime | None = instant(nullable=True)
    subscribed_at: datetime | None = instant(nullable=True)
    due_at: datetime | None = instant(nullable=True, index=True)
    phone_cipher: bytes | None = Field(default=None, sa_type=LargeBinary, nullable=True)
    version: int = 1

    phone = Encrypted("phone")


class ParcelEvent(Row, table=True):
    """One report of a courier's. ``digest`` is of its moment and its words: told twice, it is here once.

    ``state`` is where it put the parcel, empty where it does not say. Names and phones are masked in ``text``.
    """

    __tablename__ = "parcel_events"
    __table_args__ = (
        UniqueConstraint("parcel_id", "digest"),
        Index("ix_parcel_events_parcel_id_happened_at", "parcel_id", "happened_at"),
    )

    parcel_id: str = Field(foreign_key="parcels.id", max_length=32)
    happened_at: datetime = instant()
    state: str = Field(default="", max_length=16)
    digest: str = Field(max_length=64)
    text_cipher: bytes = sealed()

    text = Encrypted("text")


class Shipment(Row, table=True):
    """A parcel that goes with a case, one way or the other (``direction``); sent by a person or an officer.

    ``house_id``, ``institution_id`` and ``owner_id`` (a person who applied for themselves) say whose list it stands in,
    as the case does.
    """

    __tablename__ = "shipments"
    __table_args__ = (
        UniqueConstraint("case_id", "parcel_id", "direction"),
        Index("ix_shipments_house", "house_id", "created_at", "id"),
        Index("ix_shipments_institution", "institution_id", "created_at", "id"),
        Index("ix_shipments_owner", "owner_id", "created_at", "id"),
        Index("ix_shipments_parcel_id", "parcel_id"),
    )

    case_id: str = Field(foreign_key="cases.id", max_length=32)
    parcel_id: str = Field(foreign_key="parcels.id", max_length=32)
    direction: str = Field(max_length=12)
    number: str = Field(max_length=32)
    house_id: str | None = Field(default=None, foreign_key="units.id", max_length=32)
    institution_id: str | None = Field(default=None, foreign_key="institutions.id", max_length=32)
    owner_id: str | None = Field(default=None, foreign_key="persons.id", max_length=32)
    person_id: str | None = Field(default=None, foreign_key="persons.id", max_length=32)
    staff_id: str | None = Field(default=None, foreign_key="staff.id", max_length=32)


class ShipmentMilestone(Row, table=True):
    """That a case's parcel came to ``state``: an entry of the case's timeline, once, whoever tells it how often."""

    __tablename__ = "shipment_milestones"
    __table_args__ = (UniqueConstraint("shipment_id", "state"),)

    shipment_id: str = Field(foreign_key="shipments.id", max_length=32)
    case_id: str = Field(foreign_key="cases.id", max_length=32, index=True)
    state: str = Field(max_length=16)
    happened_at: datetime = instant()

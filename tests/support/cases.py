"""Submitted cases put into the running portal's database behind its back."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from jsrs_portal import clock, crypto
from jsrs_portal.services.people import mobile_index
from tests.support.database import Database

RENEWAL = "labour-contract-renewal"
_SERIAL = "1132000046600712" + "0A" * 7 + "1"


def number(serial: int) -> str:
    """Return a 办件编号 that no other test uses."""
    return f"{_SERIAL}20200102{serial:04d}"


def put_cases(
    database: Database,
    *,
    mobile: str,
    uscc: str = "",
    institution: str = "",
    key: str = RENEWAL,
    count: int = 1,
    first: int = 1,
    answers: dict[str, Any] | None = None,
    **columns: Any,
) -> list[str]:
    """Put cases there as if the person with this ``mobile`` had handed them in; return their identifiers.

    In the name of the unit with ``uscc``, or of the ``institution`` with that number; the last is the newest.
    """
    (person,) = database.records("SELECT id FROM persons WHERE mobile_index = ?", mobile_index(mobile))
    (matter,) = database.records("SELECT id, version_id, name FROM matters WHERE key = ?", key)
    units = database.records("SELECT id FROM units WHERE uscc = ?", uscc)
    places = database.records("SELECT id, unit_id FROM institutions WHERE number = ?", institution)
    where = "institution_id = ?" if places else "institution_id IS NULL AND unit_id = ?"
    whose = places[0]["id"] if places else units[0]["id"] if units else ""
    grants = database.records(f"SELECT id, role FROM grants WHERE person_id = ? AND {where}", person["id"], whose)
    made: list[str] = []
    for serial in range(first, first + count):
        at = _instant(clock.now() - timedelta(days=1) + timedelta(minutes=serial))
        case_id = clock.new_id()
        row = {
            "id": case_id,
            "created_at": at,
            "person_id": person["id"],
            "unit_id": units[0]["id"] if units and not places else None,
            "institution_id": places[0]["id"] if places else None,
            "house_id": places[0]["unit_id"] if places else units[0]["id"] if units else None,
            "grant_id": grants[0]["id"] if grants else None,
            "role": grants[0]["role"] if grants else "",
            "matter_id": matter["id"],
            "version_id": matter["version_id"],
            "matter_name": matter["name"],
            "region": "320000",
            "status": "SUBMITTED",
            "stage": "accept",
            "step": "receipt",
            "number": number(serial),
            "version": 1,
            "returned": 0,
            "reviewers": "",
            "saved_at": at,
            "submitted_at": at,
            "handed_in_at": at,
        } | columns
        _insert(database, "cases", row)
        form: dict[str, Any] = {"id": case_id, "created_at": at}
        for column, text in (
            ("typed_cipher", json.dumps({"typed": {}, "rows": {}, "locked": []})),
            ("answers_cipher", json.dumps(answers or {}, ensure_ascii=False)),
        ):
            form[column] = crypto.encrypt(text, table="case_forms", column=column, row=case_id)
        _insert(database, "case_forms", form)
        made.append(case_id)
    return made


def put_event(database: Database, case_id: str, act: str, status: str, *, said: dict[str, Any], **columns: Any) -> None:
    """Put an entry of a case's timeline there, in which ``said`` was said."""
    event_id = clock.new_id()
    row = {
        "id": event_id,
        "created_at": _instant(clock.now()),
        "case_id": case_id,
        "position": 1,
        "act": act,
        "status": status,
        "stage": "accept",
        "at_stage": "accept",
        "role": "",
        "said_cipher": crypto.encrypt(
            json.dumps(said, ensure_ascii=False), table="case_events", column="said_cipher", row=event_id
        ),
    } | columns
    _insert(database, "case_events", row)


def forget_cases(database: Database) -> None:
    """Take everything away that has to do with cases."""
    rated = ("rectifications", "ratings", "case_results")
    parcels = ("shipment_milestones", "parcel_events", "shipments", "parcels", "case_deliveries")
    tables = ("case_export_parts", "case_exports", "case_events", "case_submissions", "case_files", "case_forms")
    database.change(*(f"DELETE FROM {table}" for table in (*rated, *parcels, *tables, "cases")))


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(" ")


def _insert(database: Database, table: str, row: dict[str, Any]) -> None:
    marks = ", ".join("?" for _ in row)
    database.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", *row.values())

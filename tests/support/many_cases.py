"""Up to millions of cases in a PostgreSQL, put there by SQL within seconds, and skewed as a province's are.

One unit has a fifth of all cases, one county three tenths; most have ended, some matters hardly occur.
"""

from dataclasses import dataclass

import psycopg

from jsrs_portal import clock, db
from jsrs_portal.domain.authority import Actor, Role, Scope
from jsrs_portal.domain.permissions import StaffRole
from jsrs_portal.models.people import Person
from jsrs_portal.models.staff import Staff
from jsrs_portal.models.units import Institution, Unit
from jsrs_portal.services import catalog_load
from jsrs_portal.settings import get_settings
from tests.support.matters import catalogue, thousands
from tests.support.shipped import shipped_catalogue

COUNTY, CITY = "320583", "320500"
RENEWAL = "labour-contract-renewal"
_SHIPPED = (RENEWAL, "enterprise-pay-survey", "labour-arbitration-application", "shortage-skills-results")
_PEOPLE, _UNITS, _OFFICERS, _MATTERS = 60, 40, 12, 40

_CASES = """
WITH drawn AS MATERIALIZED (
  SELECT g, random() AS unit, random() AS region, random() AS matter, random() AS status, random() AS person,
         random() AS officer, random() AS at, random() AS due, random() AS school
    FROM generate_series(1, %(count)s) g
), known AS (
  SELECT (SELECT array_agg(id ORDER BY unit_number) FROM units) AS units,
         (SELECT array_agg(id ORDER BY mobile_index) FROM persons) AS persons,
         (SELECT array_agg(id ORDER BY login) FROM staff) AS staff,
         (SELECT array_agg(id ORDER BY key <> %(first)s, key) FROM matters) AS matters,
         (SELECT id FROM institutions LIMIT 1) AS school, (SELECT unit_id FROM institutions LIMIT 1) AS house
), placed AS (
  SELECT drawn.*, known.school AS school_id, known.house,
         CASE WHEN unit < 0.2 THEN units[1] WHEN unit < 0.9
              THEN units[2 + floor(unit * 1e4)::int %% (cardinality(units) - 1)] END AS named,
         CASE WHEN region < 0.3 THEN %(county)s
              ELSE (%(regions)s::text[])[1 + floor(region * 1e5)::int %% %(many_regions)s] END AS code,
         matters[least(1 + floor(ln(1 - matter) * -3)::int, cardinality(matters))] AS matter_id,
         persons[1 + floor(power(person, 2) * cardinality(persons))::int] AS person_id,
         staff[1 + floor(officer * cardinality(staff))::int] AS staff_id,
         CASE WHEN status < 0.015 THEN 'DRAFT' WHEN status < 0.025 THEN 'UNIT_REVIEW'
              WHEN status < 0.03 THEN 'UNIT_RETURNED' WHEN status < 0.05 THEN 'SUBMITTED'
              WHEN status < 0.09 THEN 'ACCEPTED' WHEN status < 0.1 THEN 'CORRECTION'
              WHEN status < 0.8 THEN 'COMPLETED' WHEN status < 0.86 THEN 'REJECTED'
              WHEN status < 0.88 THEN 'NOT_ACCEPTED' WHEN status < 0.89 THEN 'TRANSFERRED'
              WHEN status < 0.91 THEN 'UNIT_REJECTED' WHEN status < 0.97 THEN 'WITHDRAWN' ELSE 'LAPSED' END AS stands
    FROM drawn, known
)
INSERT INTO cases (id, created_at, person_id, unit_id, institution_id, house_id, role, matter_id, version_id,
  matter_name, region, status, step, number, version, saved_at, submitted_at, handed_in_at, stage, returned, answer_by,
  step_by, officer_id, reviewed_at, moved_at, finished_at, reviewers, review_unit_id)
SELECT md5('case' || g), now, person_id,
       CASE WHEN school < 0.05 AND named = house THEN NULL ELSE named END,
       CASE WHEN school < 0.05 AND named = house THEN school_id END, named,
       CASE WHEN named IS NULL THEN '' ELSE 'AGENT' END, matters.id, matters.version_id, matters.name, code, stands,
       'receipt', CASE WHEN stands <> 'DRAFT' THEN %(number)s || lpad(g::text, 8, '0') END, 1, now,
       CASE WHEN stands <> 'DRAFT' THEN now END, CASE WHEN stands <> 'DRAFT' THEN now END,
       CASE WHEN stands IN ('DRAFT', 'UNIT_REVIEW', 'UNIT_RETURNED') THEN '' ELSE 'accept' END, 0,
       CASE WHEN stands IN ('UNIT_REVIEW', 'UNIT_RETURNED', 'CORRECTION') THEN %(today)s::date + (due * 90)::int END,
       CASE WHEN stands IN ('SUBMITTED', 'ACCEPTED') THEN %(today)s::date + (due * 60 - 5)::int END,
       CASE WHEN stands = 'SUBMITTED' AND officer < 0.5 OR stands IN ('DRAFT', 'UNIT_REVIEW', 'UNIT_RETURNED')
            THEN NULL ELSE staff_id END,
       CASE WHEN school >= 0.5 AND named IS NOT NULL AND stands NOT IN ('DRAFT', 'UNIT_REVIEW')
            THEN now + interval '1 day' END,
       now, CASE WHEN placed.status >= 0.1 THEN now + interval '2 days' END,
       CASE WHEN named IS NULL THEN '' WHEN ascii(matters.id) %% 2 = 0 THEN 'LEGAL_REP ADMIN' ELSE 'LEGAL_REP' END,
       CASE WHEN school >= 0.05 OR named <> house THEN named END
  FROM placed JOIN matters ON matters.id = placed.matter_id,
       LATERAL (SELECT %(now)s::timestamptz - at * interval '1000 days' - interval '3 days' AS now) AS instant
"""
_EVENTS = """
INSERT INTO case_events (id, created_at, case_id, position, act, status, stage, at_stage, person_id, role)
SELECT md5(cases.id || place), submitted_at, cases.id, place, CASE place WHEN 1 THEN 'SUBMIT' ELSE 'APPROVE' END,
       'SUBMITTED', 'accept', '', person_id, role
  FROM cases, generate_series(1, 2) AS place WHERE status IN ('SUBMITTED', 'ACCEPTED', 'CORRECTION')
"""


@dataclass(frozen=True)
class Filled:
    """Who looks at the cases: of the unit that has most of them, of its institution, at the bureau; and what occurs.

    ``rare`` is a matter that hardly occurs, as (key, name, identifier).
    """

    boss: Actor
    admin: Actor
    agent: Actor
    school: Actor
    alone: Actor
    province: Actor
    city: Actor
    county: Actor
    rare: tuple[str, str, str]


async def fill(count: int) -> Filled:
    """Fill this process's empty PostgreSQL with ``count`` cases, and everything that belongs to them."""
    matters = [shipped_catalogue().matters[key] for key in _SHIPPED] + list(thousands(_MATTERS))
    async with db.unit_of_work() as session:
        await catalog_load.load_catalogue(session, catalogue=catalogue(*matters), files_digest="many", now=clock.now())
        people = [_person(serial) for serial in range(_PEOPLE)]
        units = [Unit(uscc=f"91{n:016d}", unit_number=f"32{n:012d}", name=f"办件很多的单位{n}") for n in range(_UNITS)]
        session.add_all([*people, *units])
        await session.flush()
        session.add(
            Institution(
                unit_id=units[0].id, number="J1", name="所属机构", kind="学校", level="省级", region=CITY, status="OPEN"
            )
        )
        session.add_all([_officer(serial) for serial in range(_OFFICERS)])
    with psycopg.connect(get_settings().sqlalchemy_url.replace("+psycopg", ""), autocommit=True) as connection:
        _pour(connection, count)
        return _found(connection, matters[0].category)


def _pour(connection: "psycopg.Connection[tuple[object, ...]]", count: int) -> None:
    """Insert without indexes and checks, which are made again afterwards."""
    from jsrs_portal.catalog.shipped import regions

    codes = [code for code in regions().by_code if code != COUNTY]
    values = {
        "count": count,
        "county": COUNTY,
        "regions": codes,
        "many_regions": len(codes),
        "first": RENEWAL,
        "number": "1132000046600712" + "0A" * 7 + "1",
        "now": clock.now(),
        "today": clock.today(),
    }
    known = "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'cases' AND indexdef NOT LIKE '%UNIQUE%'"
    indexes = connection.execute(known).fetchall()
    with connection.transaction():
        connection.execute("SET LOCAL session_replication_role = replica")
        connection.execute("SET LOCAL statement_timeout = 0")
        connection.execute("SET LOCAL maintenance_work_mem = '512MB'")
        for name, _ in indexes:
            connection.execute(f"DROP INDEX {name}")
        connection.execute("SELECT setseed(0.42)")
        connection.execute(_CASES, values)
        connection.execute(_EVENTS)
        for _, definition in indexes:
            connection.execute(str(definition))
    connection.execute("VACUUM ANALYZE")


def _found(connection: "psycopg.Connection[tuple[object, ...]]", category: str) -> Filled:
    def one(statement: str) -> tuple[str, ...]:
        row = connection.execute(statement).fetchone()
        assert row is not None, statement
        return tuple(str(value) for value in row)

    (unit,) = one("SELECT house_id FROM cases WHERE house_id IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC LIMIT 1")
    (person,) = one(f"SELECT person_id FROM cases WHERE unit_id = '{unit}' GROUP BY 1 ORDER BY count(*) LIMIT 1")
    (busy,) = one(f"SELECT person_id FROM cases WHERE unit_id = '{unit}' GROUP BY 1 ORDER BY count(*) DESC LIMIT 1")
    (school,) = one("SELECT id FROM institutions")
    (staff,) = one("SELECT officer_id FROM cases WHERE officer_id IS NOT NULL GROUP BY 1 ORDER BY count(*) LIMIT 1")
    key, name, rare = one(
        "SELECT key, name, matters.id FROM cases JOIN matters ON matters.id = matter_id"
        f" WHERE house_id = '{unit}' GROUP BY 1, 2, 3 ORDER BY count(*), 1 LIMIT 1"
    )
    boss = Actor(session_key="k", person_id=person, unit_id=unit, role=Role.LEGAL_REP)

    def officer(region: str) -> Actor:
        return Actor(session_key="o", staff_id=staff, staff_role=StaffRole.OFFICER, staff_region=region)

    return Filled(
        boss=boss,
        admin=Actor(session_key="k", person_id=person, unit_id=unit, role=Role.ADMIN),
        agent=Actor(
            session_key="k", person_id=busy, unit_id=unit, role=Role.AGENT, scope=Scope.of((), (key, _SHIPPED[1]))
        ),
        school=Actor(session_key="k", person_id=person, institution_id=school, role=Role.INSTITUTION_ADMIN),
        alone=Actor(session_key="k", person_id=person, personal=True),
        province=officer(""),
        city=officer(CITY),
        county=officer(COUNTY),
        rare=(key, name, rare),
    )


def _person(serial: int) -> Person:
    made = Person(id_type="01", id_number_index=f"{serial:064d}", mobile_index=f"{serial:064d}")
    made.name, made.id_number, made.mobile = f"王测试{serial}", f"3201061990{serial:08d}", f"138{serial:08d}"
    return made


def _officer(serial: int) -> Staff:
    made = Staff(login=f"officer.{serial:02d}", role=StaffRole.OFFICER, password_hash="x", binding="x")
    made.name, made.totp = f"李审批{serial}", "JBSWY3DPEHPK3PXP"
    return made

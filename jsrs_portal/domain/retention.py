"""How long everything is kept, and why: the one place that says so (个人信息保护法 第十九条：最短必要时间)."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Period:
    """How long rows of a kind stay after the moment named in ``since``, and the reason."""

    kind: str
    keep: timedelta
    since: str
    reason: str


HALF_A_YEAR = timedelta(days=183)
A_YEAR = timedelta(days=365)
AUDIT_LEAST = HALF_A_YEAR
"""网络安全法 第二十一条: logs of the network's operation and security events stay at least six months."""

DRAFTS = Period("drafts", timedelta(0), "their end", "what is typed is personal data and serves nobody afterwards")
APPLICATIONS = Period("drafts of applications", timedelta(0), "their end", DRAFTS.reason)
DRAFT_DELIVERIES = Period("their addresses", timedelta(0), APPLICATIONS.since, DRAFTS.reason)
DELIVERIES = Period("addresses of results", HALF_A_YEAR, "the case's end", "a parcel that is lost is asked for by then")
PARCEL_EVENTS = Period("reports of parcels", HALF_A_YEAR, "the last one", DELIVERIES.reason)
APPLICATION_FORMS = Period("their forms", timedelta(0), APPLICATIONS.since, DRAFTS.reason)
APPLICATION_FILES = Period("their files", timedelta(0), APPLICATIONS.since, DRAFTS.reason)
WITHDRAWN_FILES = Period(
    "files of what was withdrawn before the bureau had it",
    timedelta(days=30),
    "the withdrawal",
    "nobody decides by them; a month to look up what one had handed in",
)
TICKETS = Period("login tickets", timedelta(days=1), "their end", "a day to look into a login that went wrong")
CODES = Period("SMS codes", timedelta(days=1), "their end", "a day to answer who asks why no code came")
FACES = Period("face checks", timedelta(days=1), "their end", "a day to answer why a face was not accepted")
UNIT_PROOFS = Period("proven units", timedelta(days=1), "their end", "as scan logins, which name them")
CA_CHALLENGES = Period("CA challenges", timedelta(days=1), "their end", "a day to look into a login that went wrong")
PUZZLES = Period("puzzles", timedelta(days=1), "their end", "as SMS codes: a day to answer why none was accepted")
SCANS = Period("scan logins", timedelta(days=1), "their end", "a day to look into a login that went wrong")
PROVINCIAL = Period("provincial logins", SCANS.keep, SCANS.since, SCANS.reason)
LICENCES = Period("licence logins", SCANS.keep, SCANS.since, SCANS.reason)
NONCES = Period("requests seen", timedelta(0), "their end", "a request that old is refused by its time stamp")
ALERTS = Period("login alerts", timedelta(0), "their end", "the link in the message works no longer")
PHONES = Period("trusted phones", HALF_A_YEAR, "being taken off", "which phone confirmed a login is a security record")
COUNTERS = Period("counters", timedelta(0), "the window's end", "a limit that is over says nothing")
SENT = Period("messages sent", timedelta(days=30), "being written", "complaints about a message come within a month")
DEAD = Period("messages given up", HALF_A_YEAR, "being written", "staff must be able to see whom nobody told")
EXPORTS = Period("data exports", timedelta(0), "their end", "the file is one's own by then, or asked for anew")
CASE_EXPORTS = Period("exports of lists", timedelta(0), EXPORTS.since, EXPORTS.reason)
CASE_EXPORT_PARTS = Period("their parts", timedelta(0), EXPORTS.since, EXPORTS.reason)
NOTICES = Period("notices", HALF_A_YEAR, "being written", "what one was told about grants and logins is a record")
UNIT_CHANGES = Period("changes of units", timedelta(days=5 * 366), "being written", "what a unit was, for its cases")
SESSIONS = Period("sessions", HALF_A_YEAR, "their end", "who was logged in from where is a security record")
STAFF_TICKETS = Period("officers' login tickets", TICKETS.keep, TICKETS.since, TICKETS.reason)
STAFF_SESSIONS = Period("officers' sessions", HALF_A_YEAR, "their end", "who of the bureau was logged in, from where")
HEARTBEATS = Period("signs of life", timedelta(days=1), "the last one", "a process that is gone for good")
LEGACY_UNITS = Period("units of old accounts", A_YEAR, "their last import", "who has not upgraded by then registers")
LEGACY_ACCOUNTS = Period("old accounts", A_YEAR, LEGACY_UNITS.since, "who knows the old password hears 「已经升级」")
AUDIT = Period("audit entries", AUDIT_LEAST, "being written", "never less; JSRS_AUDIT_KEPT_DAYS says how much more")

PERIODS = (
    *(DRAFTS, APPLICATION_FILES, DRAFT_DELIVERIES, APPLICATION_FORMS, APPLICATIONS),
    *(WITHDRAWN_FILES, DELIVERIES, PARCEL_EVENTS),
    *(TICKETS, STAFF_TICKETS, CODES, FACES, COUNTERS, SENT, DEAD),
    *(PUZZLES, SCANS, UNIT_PROOFS, CA_CHALLENGES, PROVINCIAL, LICENCES, NONCES, ALERTS, PHONES),
    *(CASE_EXPORT_PARTS, CASE_EXPORTS),
    *(EXPORTS, UNIT_CHANGES, NOTICES, SESSIONS, STAFF_SESSIONS, HEARTBEATS, LEGACY_UNITS, LEGACY_ACCOUNTS, AUDIT),
)

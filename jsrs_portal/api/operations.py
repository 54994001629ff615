"""What each of our HTTP routes takes and may answer, one entry for each of ``ROUTES``: a new route needs one here."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from jsrs_portal.api import bodies, phone_api
from jsrs_portal.api.file_operations import FILE_OPERATIONS
from jsrs_portal.api.operation import TEXT, Answer, Operation, Parameter, Schema
from jsrs_portal.domain.hall_content import MEDIA_TYPES

_AN_HOUR = "public, max-age=3600"
_FIVE_MINUTES = "public, max-age=300"


def _enum(*values: str) -> dict[str, Any]:
    return {"type": "string", "enum": list(values)}


def _each(*values: str) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": _enum(*values)}


_HEALTH: dict[str, Any] = {
    "type": "object",
    "required": ["status", "database", "migrations", "worker", "redis", "duties", "outside", "scanning", "files"],
    "additionalProperties": False,
    "properties": {
        "status": _enum("ok", "degraded", "down"),
        "database": _enum("ok", "down"),
        "migrations": _enum("ok", "behind", "unknown"),
        "worker": _enum("ok", "silent", "unknown"),
        "redis": _enum("ok", "down", "unused"),
        "duties": _each("ok", "late"),
        "outside": _each("ok", "failing", "misconfigured"),
        "scanning": _enum("on", "off"),
        "files": _enum("ok", "full", "failing"),
        "note": {"type": "string"},
    },
}
_ACCEPTED: dict[str, Any] = {
    "type": "object",
    "required": ["accepted"],
    "additionalProperties": False,
    "properties": {"accepted": {"type": "boolean"}},
}
_PUSHED: dict[str, Any] = {
    "type": "object",
    "required": ["result", "returnCode", "message"],
    "additionalProperties": False,
    "properties": {"result": {"type": "boolean"}, "returnCode": {"type": "string"}, "message": {"type": "string"}},
}
_FILE = {"type": "string", "format": "binary"}
_OWN_PAGE = r"^/(?![/\\])[!-~]*$"
"""An address of this portal: never another host's, whatever was asked for."""
_OWN_PAGE_OR_GATEWAY = r"^(/(?![/\\])|https?://)[!-~]*$"
_NO_ADDRESS = Answer("no token: it holds a slash, dots alone or control characters", {"text/*": TEXT}, cache="")
_TOKEN = Parameter("token", "path", "what the QR code carries: names one face check, once", required=True)

_SIGNED = tuple(
    Parameter(name, "header", what)
    for name, what in (
        ("X-App-Id", "which app asks"),
        ("X-Timestamp", "Unix seconds; at most 300 off"),
        ("X-Nonce", "32 hexadecimal digits, never used before"),
        ("X-Signature", "hex HMAC-SHA256 over POST, path, app, timestamp, nonce and the body's SHA-256, a line each"),
    )
)


def _for_apps(summary: str, body: type[BaseModel], answer: type[BaseModel]) -> Operation:
    """Describe a signed request of an app that scans for its users."""
    refused: Mapping[str, Schema] = {"application/json": bodies.Refused}
    return Operation(
        summary,
        {
            200: Answer("done", {"application/json": answer}),
            401: Answer("the app is not believed: unknown, wrong signature, old, or seen before", refused),
            404: Answer("no such person or phone", refused),
            409: Answer("not in the state the code is in, or too many phones; the code says which", refused),
            413: Answer("the body is too large", refused),
            422: Answer("the body is none of ours", refused),
            429: Answer("too often", refused),
        },
        _SIGNED,
        body,
    )


OPERATIONS: dict[tuple[str, str], Operation] = {
    ("GET", "/_health"): Operation(
        "Whether the portal can serve: database reachable, migrations complete, worker alive.",
        {
            200: Answer("it can; what else fails is said", {"application/json": _HEALTH}),
            503: Answer(
                "it cannot, and says why; or it took too long", {"application/json": _HEALTH, "text/plain": TEXT}
            ),
        },
    ),
    ("GET", "/metrics"): Operation(
        "Counts for Prometheus; without the token there is no such page.",
        {
            200: Answer("the counts", {"text/plain": TEXT}),
            404: Answer("no token in the settings, or another one", {"text/plain": TEXT}, cache="no-cache"),
        },
        bearer=True,
    ),
    ("GET", "/session/open"): Operation(
        "Fetches the session that a login has opened: the visitor's cookie becomes a signed-in one, once.",
        {303: Answer("to the page wanted, or back to the login", location=_OWN_PAGE, sets_cookie=True)},
        (
            Parameter("ticket", "query", "what the login gave: thirty seconds, once, this browser"),
            Parameter("next", "query", "the inner page that was on the way; anything else leads to the centre"),
        ),
    ),
    ("GET", "/session/ended"): Operation(
        "Makes a browser whose session is over a visitor again; a living session is left alone.",
        {303: Answer("to the login with the reason, or back into the session", location=_OWN_PAGE, sets_cookie=True)},
        (Parameter("because", "query", "why the session is over, if another tab has taken the cookie away already"),),
    ),
    ("GET", "/staff/session/open"): Operation(
        "Fetches the session that an officer's login has opened: the visitor's cookie becomes an officer's, once.",
        {303: Answer("to the page wanted, or back to the officers' login", location=_OWN_PAGE, sets_cookie=True)},
        (
            Parameter("ticket", "query", "what the login gave: thirty seconds, once, this browser"),
            Parameter("next", "query", "the officers' page that was on the way; anything else leads to their home"),
        ),
    ),
    ("GET", "/region"): Operation(
        "Remembers the region a visitor looks from and leads back to the page they came from.",
        {303: Answer("to that page, or to the hall", location=_OWN_PAGE, sets_cookie=True)},
        (Parameter("code", "query", "GB/T 2260; an unknown one is the province"),),
    ),
    ("GET", "/robots.txt"): Operation(
        "Tells search engines which pages are for them; a demonstration is for none.",
        {200: Answer("the rules", {"text/plain": TEXT}, cache=_AN_HOUR)},
    ),
    ("GET", "/sitemap.xml"): Operation(
        "Tells search engines where the public pages are.",
        {200: Answer("their addresses", {"application/xml": TEXT}, cache=_AN_HOUR)},
    ),
    ("GET", "/announcements/{key}/files/{number}"): Operation(
        "A file that goes with a published announcement, to be saved.",
        {
            200: Answer("the file", {kind: _FILE for kind in sorted(MEDIA_TYPES.values())}, cache=_FIVE_MINUTES),
            304: Answer("the asker has it", cache=_FIVE_MINUTES),
            404: Answer("no such file, or none that is published", {"text/*": TEXT}, cache=""),
        },
        (
            Parameter("key", "path", "the announcement's name in its address", required=True),
            Parameter("number", "path", "its place among the attachments, from 1", required=True),
            Parameter("If-None-Match", "header", "the ETag of the file one has"),
        ),
    ),
    ("GET", "/exports/{id}"): Operation(
        "The file of an export of one's own data, to be saved: for its person's session alone, once.",
        {
            200: Answer("the ZIP", {"application/zip": _FILE}),
            404: Answer("no such file, somebody else's, fetched already or over", {"text/*": TEXT}, cache=""),
        },
        (Parameter("id", "path", "names one export", required=True),),
    ),
    ("GET", "/case-exports/{id}"): Operation(
        "The Excel file of a list of cases, to be saved: for who asked for it, in the name they act in, for a day.",
        {
            200: Answer("the file", {MEDIA_TYPES["xlsx"]: _FILE}),
            404: Answer("no such file, somebody else's, of another name, or over", {"text/*": TEXT}, cache=""),
        },
        (Parameter("id", "path", "names one export", required=True),),
    ),
    ("GET", "/case-results/{id}"): Operation(
        "The document of a decision as PDF, to be saved: for those who may see the case, and its officers.",
        {
            200: Answer("the PDF", {"application/pdf": _FILE}),
            404: Answer("no such case, none of theirs, not made yet, or withdrawn", {"text/*": TEXT}, cache=""),
        },
        (Parameter("id", "path", "the case", required=True),),
    ),
    ("GET", "/applications/{id}/tables/{table}.xlsx"): Operation(
        "A table of a draft as an Excel file to be filled in: for whoever fills the draft in.",
        {
            200: Answer("the file, with the rows that the draft has", {MEDIA_TYPES["xlsx"]: _FILE}),
            404: Answer("no such draft or table, or somebody else's", {"text/*": TEXT}, cache=""),
            429: Answer("too often", {"text/*": TEXT}),
        },
        (
            Parameter("id", "path", "the application", required=True),
            Parameter("table", "path", "the table's key in the matter's form", required=True),
        ),
    ),
    **FILE_OPERATIONS,
    ("GET", "/downloads/{file}"): Operation(
        "The driver for the key of a CA, as a Python wheel that serves this hall's login alone.",
        {
            200: Answer("the wheel", {"application/zip": _FILE}, cache=_FIVE_MINUTES),
            304: Answer("the asker has it", cache=_FIVE_MINUTES),
            404: Answer("no such file: the name has the version in it", {"text/*": TEXT}, cache=""),
        },
        (
            Parameter("file", "path", "its name as the page of the driver links it", required=True),
            Parameter("If-None-Match", "header", "the ETag of the file one has"),
        ),
    ),
    ("GET", "/puzzle/{id}/{part}"): Operation(
        "One of the two pictures of a slider puzzle, for the browser that has to solve it.",
        {
            200: Answer("the picture", {"image/webp": _FILE}),
            404: Answer("another browser's puzzle, one that is over, or none", {"text/*": TEXT}, cache=""),
        },
        (
            Parameter("id", "path", "the puzzle", required=True),
            Parameter("part", "path", "ground or piece", required=True),
        ),
    ),
    ("GET", "/q/{code}"): Operation(
        "Sends a phone that opened a login QR code with its camera to the phone's page; nothing has happened yet.",
        {303: Answer("to that page", location=_OWN_PAGE), 404: _NO_ADDRESS},
        (Parameter("code", "path", "what the QR code carries", required=True),),
    ),
    ("GET", "/sso/start"): Operation(
        "Sends a visitor's browser to the login page of the province's platform.",
        {303: Answer("to the platform, or back to the login with the reason", location=_OWN_PAGE_OR_GATEWAY)},
    ),
    ("GET", "/sso/callback"): Operation(
        "Where the province's platform sends the browser back to, once; the platform itself is asked who logged in.",
        {
            303: Answer(
                "on to the session, the registration or the confirmation, or to the login with the reason",
                location=_OWN_PAGE,
                sets_cookie=True,
            )
        },
        (
            Parameter("state", "query", "names the flow that this browser began"),
            Parameter("code", "query", "what the platform is asked with (OpenID Connect)"),
            Parameter("iss", "query", "who says so (RFC 9207)"),
            Parameter("error", "query", "why the platform does not say who it was"),
            Parameter("ticket", "query", "what the platform is asked with (JIS)"),
        ),
    ),
    ("POST", "/licence/callback"): Operation(
        "What the licence system tells by itself, signed by it; the browser that shows the code goes on.",
        {
            200: Answer("believed", {"application/json": _ACCEPTED}),
            404: Answer("there is no licence system here", {"application/json": _ACCEPTED}),
            413: Answer("the body is too large", {"application/json": _ACCEPTED}),
            401: Answer("not believed: no result that the licence system has signed", {"application/json": _ACCEPTED}),
        },
        body={"type": "object"},
    ),
    ("POST", "/courier/kuaidi100/{id}"): Operation(
        "What kuaidi100 tells of a parcel by itself: a form with param and sign, an MD5 over both it and the salt.",
        {
            200: Answer("believed", {"application/json": _PUSHED}),
            401: Answer("not signed for this parcel, or no parcel of ours", {"application/json": _PUSHED}),
            404: Answer(
                "no address of a parcel, or nobody is asked about parcels",
                {"application/json": _PUSHED, "text/*": TEXT},
                cache="",
            ),
            405: Answer("no address of a parcel: it holds a slash or dots alone", {"text/*": TEXT}, cache=""),
            413: Answer("the body is too large", {"application/json": _PUSHED}),
        },
        (Parameter("id", "path", "the parcel", required=True),),
        body={"type": "object", "properties": {"param": TEXT, "sign": TEXT}},
        body_type="application/x-www-form-urlencoded",
    ),
    ("POST", "/app/phones"): _for_apps(
        "Trusts a phone of a registered person, for whom the app vouches; the same phone again is the same.",
        phone_api.NewPhone,
        phone_api.PhoneAnswer,
    ),
    ("POST", "/app/phones/remove"): _for_apps(
        "Trusts a phone no longer; the sessions it confirmed end.", phone_api.OnePhone, phone_api.PhoneAnswer
    ),
    ("POST", "/app/scans/scan"): _for_apps(
        "Notes that a phone scanned a code, and says what confirming it would do.",
        phone_api.OneCode,
        phone_api.ScanAnswer,
    ),
    ("POST", "/app/scans/confirm"): _for_apps(
        "Lets the browser that shows the code log in as the phone's holder.", phone_api.OneCode, phone_api.ScanAnswer
    ),
    ("POST", "/app/scans/cancel"): _for_apps(
        "Ends what the phone scanned; the browser hears it.", phone_api.OneCode, phone_api.ScanAnswer
    ),
    ("GET", "/n/{token}"): Operation(
        "Sends whoever opens the link in a message about a login from a new device to the page it is about.",
        {303: Answer("to that page, which says so if the link is none", location=_OWN_PAGE), 404: _NO_ADDRESS},
        (Parameter("token", "path", "what the message carries: names one login, for seven days", required=True),),
    ),
    ("GET", "/v/{token}"): Operation(
        "Sends the phone from the QR code to the page that says what the face check is for.",
        {303: Answer("to that page, or to one that says it is over", location=_OWN_PAGE), 404: _NO_ADDRESS},
        (_TOKEN,),
    ),
    ("GET", "/v/{token}/go"): Operation(
        "Sends the phone from there to the face check.",
        {
            303: Answer("to the gateway, or to a page that says it is over", location=_OWN_PAGE_OR_GATEWAY),
            404: _NO_ADDRESS,
        },
        (_TOKEN,),
    ),
    ("GET", "/v/{token}/back"): Operation(
        "Where the gateway sends the phone afterwards; it proves nothing, the gateway is asked.",
        {303: Answer("to a page that says so", location=_OWN_PAGE), 404: _NO_ADDRESS},
        (_TOKEN,),
    ),
}
"""By method and path as OpenAPI writes it."""

"""What the routes of files take and may answer: a part of :mod:`.operations`."""

from collections.abc import Mapping

from jsrs_portal.api import case_files
from jsrs_portal.api.bodies import Refused
from jsrs_portal.api.operation import TEXT, Answer, Operation, Parameter, Schema
from jsrs_portal.domain.case_files import KINDS
from jsrs_portal.domain.file_types import MEDIA_TYPES

_BYTES = {"type": "string", "format": "binary"}
_JSON: Mapping[str, Schema] = {"application/json": Refused}
_ID = Parameter("id", "path", "names one file", required=True)
_NO_FILE = "no such file or draft, somebody else's, or asked from another site"
_NO_ADDRESS = Answer("no address of a file: it holds a slash or dots alone", {"text/*": TEXT}, cache="")
_NOT_THERE = Answer(f"{_NO_FILE}; or no address of one", {**_JSON, "text/*": TEXT}, cache="")
_BUSY = Answer("it took too long, or the file cannot be looked into just now", {**_JSON, "text/plain": TEXT})
_OFTEN = Answer("too often", _JSON)

FILE_OPERATIONS: dict[tuple[str, str], Operation] = {
    ("POST", "/files"): Operation(
        "Begins to hand in a file for a draft, or says which parts of the same file are there.",
        {
            200: Answer("the upload", {"application/json": case_files.UploadAnswer}),
            404: Answer(_NO_FILE, _JSON),
            409: Answer("more than may be handed in; the code says of what", _JSON),
            413: Answer("the file, or the body, is too large", _JSON),
            422: Answer("no such field, an empty file, or the body is none of ours", _JSON),
            429: _OFTEN,
        },
        body=case_files.NewUpload,
    ),
    ("GET", "/files/{id}"): Operation(
        "A file of a case, to be saved: for whose case it is.",
        {
            200: Answer("the file", {MEDIA_TYPES[kind]: _BYTES for kind in sorted(KINDS)}),
            404: Answer(_NO_FILE, {"text/*": TEXT}, cache=""),
        },
        (_ID,),
    ),
    ("DELETE", "/files/{id}"): Operation(
        "Takes a file of a draft away, be it complete or not.",
        {204: Answer("it is gone"), 404: _NOT_THERE, 405: _NO_ADDRESS},
        (_ID,),
    ),
    ("PUT", "/files/{id}/parts/{number}"): Operation(
        "One part of a file; the same part again changes nothing.",
        {
            204: Answer("it is there"),
            404: _NOT_THERE,
            405: _NO_ADDRESS,
            409: Answer("the upload is over", _JSON),
            413: Answer("longer than any part", _JSON),
            422: Answer("no such part, or not as long as it must be", _JSON),
            507: Answer("no room; what is there stays, and it may go on later", _JSON),
        },
        (_ID, Parameter("number", "path", "its place, from 0", required=True)),
        body=_BYTES,
        body_type="application/octet-stream",
    ),
    ("POST", "/files/{id}/complete"): Operation(
        "Has a file looked into once all its parts are there; it is kept, or refused with a sentence.",
        {
            200: Answer("what became of it", {"application/json": case_files.FileAnswer}),
            404: _NOT_THERE,
            405: _NO_ADDRESS,
            409: Answer("parts are missing", _JSON),
            503: _BUSY,
        },
        (_ID,),
    ),
    ("GET", "/files/{id}/pages/{number}"): Operation(
        "A page of a PDF, or a picture, drawn anew.",
        {
            200: Answer("the page", {case_files.PNG: _BYTES}),
            404: Answer(_NO_FILE, {"text/*": TEXT}, cache=""),
            429: Answer("too often", {"text/plain": TEXT}),
            503: Answer("it took too long", {"text/plain": TEXT}),
        },
        (_ID, Parameter("number", "path", "from 1", required=True)),
    ),
}

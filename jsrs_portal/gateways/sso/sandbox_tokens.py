"""The signing keys of the simulated provider, and its ID tokens: right ones, and those wrong in an ordered way."""

import base64
import json
from dataclasses import dataclass, field
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, KeyParameters, OctKey, RSAKey

from jsrs_portal import clock
from jsrs_portal.gateways.simulation.faults import Fault, Mode
from jsrs_portal.gateways.sso.sandbox_people import Account

LIFE = 300
_OLD = 3600
Key = RSAKey | ECKey


def new_key(algorithm: str) -> Key:
    """Make a key for RS256, PS256 or ES256, named for once."""
    about: KeyParameters = {"kid": clock.new_id(), "use": "sig", "alg": algorithm}
    return ECKey.generate_key("P-256", about) if algorithm == "ES256" else RSAKey.generate_key(2048, about)


@dataclass
class Keys:
    """The key in use and the one before, which stays published for a while; a restart is a change of keys too."""

    algorithm: str = "RS256"
    current: Key = field(default_factory=lambda: new_key("RS256"))
    former: Key | None = None
    foreign: Key = field(default_factory=lambda: new_key("RS256"))
    """Nobody has published it."""

    def rotate(self, algorithm: str) -> None:
        """Sign with a new key from now on."""
        self.former, self.current, self.algorithm = self.current, new_key(algorithm), algorithm

    def published(self) -> dict[str, Any]:
        """Return the JWKS."""
        keys = [self.current, *([self.former] if self.former else [])]
        return {"keys": [key.as_dict(private=False) for key in keys]}


def claims_of(account: Account) -> dict[str, Any]:
    """Return what the platform says about an account."""
    person, unit = account.person, account.unit
    said: dict[str, Any] = {"name": person.name, "id_type": person.id_type, "id_number": person.id_number}
    if unit is not None:
        said |= {
            "uscc": unit.uscc,
            "unit_name": unit.name,
            "legal_name": unit.legal_rep.name,
            "legal_id_type": unit.legal_rep.id_type,
            "legal_id_number": unit.legal_rep.id_number,
        }
    return said


def id_token(keys: Keys, fault: Fault, *, issuer: str, client_id: str, nonce: str, account: Account) -> str:
    """Return an ID token; a fault makes it one that a client must refuse. ``""`` for none at all."""
    wrong = fault.code if fault.mode is Mode.BUSINESS_REFUSAL else ""
    now = int(clock.now().timestamp()) - (_OLD if fault.mode is Mode.OLD_TIMESTAMP else 0)
    said = {} if wrong.startswith("bare_token") else claims_of(account)
    claims = said | {
        "iss": issuer,
        "aud": client_id,
        "sub": "somebody-else" if wrong == "bare_token_of_another" else account.subject,
        "iat": now + _OFF.get(wrong, 0),
        "exp": now + LIFE if wrong != "slow_clock" else now - 30,
        "nonce": nonce,
    }
    claims |= _WRONG.get(wrong, {})
    header: dict[str, Any] = {"alg": keys.algorithm, "kid": keys.current.kid}
    key: Any = keys.current
    if wrong == "no_token":
        return ""
    if wrong == "no_expiry":
        del claims["exp"]
    if fault.mode is Mode.BAD_SIGNATURE:  # the right name, another key
        header, key = {"alg": "RS256", "kid": keys.current.kid}, keys.foreign
    if wrong == "foreign_key":
        header, key = {"alg": "RS256", "kid": keys.foreign.kid}, keys.foreign
    if wrong == "hs256":
        header, key = {"alg": "HS256", "kid": keys.current.kid}, OctKey.generate_key(256)
    if wrong == "unsigned":
        return f"{_part({'alg': 'none', 'kid': keys.current.kid})}.{_part(claims)}."
    return jwt.encode(header, claims, key, algorithms=[header["alg"]])


def _part(content: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


_OFF = {"fast_clock": 30, "slow_clock": -330, "from_the_future": 3600, "old_issue": -3600}
"""Seconds by which the time of issue is wrong; the first two are within what is borne."""
_WRONG: dict[str, dict[str, Any]] = {
    "wrong_issuer": {"iss": "http://somebody.example/sso"},
    "wrong_audience": {"aud": "another-portal"},
    "several_audiences": {"aud": ["jsrs-portal", "another-portal"]},
    "wrong_azp": {"azp": "another-portal"},
    "wrong_nonce": {"nonce": "nobody-asked-with-this"},
    "wrong_uscc": {"uscc": "91320000134791231X"},
}

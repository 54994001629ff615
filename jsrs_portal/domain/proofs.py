"""What opened a session, and what else may be entered from there without another proof (R-2.4.5, R-2.4.9).

A password opens what it was set for: ``personal`` a person and the roles without a password of their own,
``unit:<id>`` and ``institution:<id>`` that one. A phone that a person took into trust by the personal password opens
what that password opens, no more. An app that vouches for its user has proven the person itself, as a face check does:
it opens whatever they hold. A certificate, a provincial login and a licence prove what they name and open that unit
alone: ``ca:<unit id>``, ``oidc:…``, ``jis:…``, ``licence:…``.
"""

PERSONAL = "personal"
"""The realm of a person's own password."""
_PHONE, _APP = "phone:", "app:"
_ROLES = ("unit:", "institution:")
_ASSERTED = ("ca:", "oidc:", "jis:", "licence:")


def by_phone(phone_id: str, *, app: str = "") -> str:
    """Return the proof that a trusted phone gives: one with a key of its own, or one for which ``app`` vouches."""
    return f"{_APP if app else _PHONE}{phone_id}"


def by_assertion(source: str, unit_id: str) -> str:
    """Return the proof that ``source`` (:class:`~jsrs_portal.domain.assertions.Source`) gives for a unit."""
    return f"{source}:{unit_id}"


def password_behind(proof: str) -> str | None:
    """Return the realm of the password by which ``proof`` could be given; ``None`` when there is none behind it."""
    if proof.startswith(_ROLES):
        return proof
    return None if proof.startswith(_ASSERTED) else PERSONAL


def proves_person(proof: str) -> bool:
    """Tell whether ``proof`` is of the person themself, and not only of a role of theirs."""
    return proof == PERSONAL or proof.startswith((_PHONE, _APP))


def opens(proof: str, realm: str) -> bool:
    """Tell whether what ``proof`` was given for includes the role whose password belongs to ``realm``."""
    if proof.startswith(_APP):
        return True
    return proof == realm or (realm == PERSONAL and proves_person(proof))

"""What opened a session, and what else may be entered from there without another proof (R-2.4.5, R-2.4.9).

A password opens what it was set for: ``personal`` a person and the roles without a password of their own,
``unit:<id>`` and ``institution:<id>`` that one. A phone of the person's own proves the person, like their face would:
it opens whatever they hold.
"""

PERSONAL = "personal"
"""The realm of a person's own password."""
_PHONE = "phone:"


def by_phone(phone_id: str) -> str:
    """Return the proof that a trusted phone gives."""
    return f"{_PHONE}{phone_id}"


def proves_person(proof: str) -> bool:
    """Tell whether ``proof`` is of the person themself, and not only of a role of theirs."""
    return proof == PERSONAL or proof.startswith(_PHONE)


def opens(proof: str, realm: str) -> bool:
    """Tell whether what ``proof`` was given for includes the role whose password belongs to ``realm``."""
    return proof == realm or proof.startswith(_PHONE)

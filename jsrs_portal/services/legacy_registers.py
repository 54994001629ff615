"""Whether what an old system says of a unit still holds: step 3 of the upgrade asks the registers (R-2.3.4, R-2.2.2).

An account may be years old. A unit that is gone, has another name or another legal representative is sent to what a
registration can do for it, before anything is written that would stand in that registration's way.
"""

import structlog

from jsrs_portal.domain import legacy as rules
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.wizards import Answers
from jsrs_portal.gateways.business_registry.port import BusinessRegistry, RegistryAnswer, RegistryFacts
from jsrs_portal.gateways.errors import GatewayError
from jsrs_portal.gateways.identity.port import IdentityAnswer, IdentityVerifier
from jsrs_portal.services.registration import count_lookup

log = structlog.get_logger(__name__)
NOT_THAT_PERSON = Refusal(rules.NOT_THAT_PERSON, code="not_that_person")


async def compare(
    registry: BusinessRegistry, identity: IdentityVerifier, *, actor: Actor, account: Answers
) -> dict[str, str] | Refusal:
    """Return what the business registry holds about the unit of step 2, by the columns of a unit; one call each.

    Errors: too many questions; a registry that knows otherwise; a legal representative whose name and number do not
    belong together; a register that does not answer.
    """
    number = account["id_number"]
    too_often = await count_lookup(actor, "registry", account["uscc"], number)
    if too_often:
        return too_often
    try:
        answer = await registry.check(
            uscc=account["uscc"],
            name=account["unit_name"],
            legal_rep_id_type=account["id_type"],
            legal_rep_id_number=number,
            legal_rep_name=account["legal_name"],
        )
    except GatewayError as error:
        log.warning("registry.not_answered", failure=error.failure, code=error.code)
        return Refusal(error.sentence, code="registry")
    refused = _differs(answer) or await count_lookup(actor, "identity", number)
    if refused:
        return refused
    try:
        person = await identity.verify(name=account["legal_name"], id_type=account["id_type"], id_number=number)
    except GatewayError as error:
        log.warning("identity.not_answered", failure=error.failure, code=error.code)
        return Refusal(error.sentence, code="identity")
    return _columns(answer.facts, account) if person is IdentityAnswer.MATCH else NOT_THAT_PERSON


def _differs(answer: RegistryAnswer) -> Refusal | None:
    if not answer.found:
        return Refusal(rules.NOT_IN_REGISTRY, code="not_found")
    if not answer.active:
        return Refusal(rules.INACTIVE, code="inactive")
    if not answer.name_matches:
        return Refusal(rules.OTHER_NAME, code="other_name")
    if not answer.all_matches:
        return Refusal(rules.OTHER_REPRESENTATIVE, code="other_representative")
    return None


def _columns(facts: RegistryFacts | None, account: Answers) -> dict[str, str]:
    if facts is None:
        return {"authority_region": account["uscc"][2:8]}  # of the authority that registered it (GB 32100)
    return {
        "registered_address": facts.registered_address,
        "authority_name": facts.authority_name,
        "authority_region": facts.authority_region,
        "economic_type": facts.economic_type,
        "industry_code": facts.industry_code,
    }

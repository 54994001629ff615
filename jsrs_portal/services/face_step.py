"""The step of a wizard in which somebody shows their face: begun, followed, done once the check has passed."""

from collections.abc import Callable
from dataclasses import dataclass

from jsrs_portal import db
from jsrs_portal.domain import wizards
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.faces import FacePurpose
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.wizards import Progress, WizardSpec
from jsrs_portal.gateways.face.port import FaceVerifier
from jsrs_portal.models.proofs import FaceState
from jsrs_portal.services import face_checks
from jsrs_portal.services.drafts import SavedProgress, load_progress
from jsrs_portal.services.face_checks import FaceView, Subject
from jsrs_portal.services.registration import STALE, save_step


@dataclass(frozen=True)
class FaceStep:
    """Which step of which wizard it is, what its check is for, whom it is about, and what the phone is told.

    ``proof`` names the check in the draft: what is kept as the step's answer once it has passed.
    """

    spec: WizardSpec
    key: str
    purpose: FacePurpose
    subject_of: Callable[[Progress], Subject | None]
    unit_of: Callable[[Progress], str]
    proof: tuple[str, str] = ("way", "face")

    def subject(self, saved: SavedProgress) -> Subject | None:
        """Return whom the check is about, if the wizard has come that far."""
        return self.subject_of(saved.progress) if wizards.may_submit(self.spec, saved.progress, self.key) else None


async def start(face: FaceVerifier, step: FaceStep, *, actor: Actor, saved: SavedProgress) -> FaceView | Refusal:
    """Begin the check of whoever the earlier steps named."""
    subject = step.subject(saved)
    if subject is None:
        return STALE
    unit_name = step.unit_of(saved.progress)
    return await face_checks.start_face_check(
        face, actor=actor, purpose=step.purpose, subject=subject, unit_name=unit_name
    )


async def latest(step: FaceStep, *, actor: Actor, saved: SavedProgress) -> FaceView | None:
    """Return where this browser's check was when somebody last looked; ``None`` when none has begun, or it was used."""
    subject = step.subject(saved)
    if subject is None:
        return None
    async with db.reading() as session:
        check = await face_checks.latest_check(session, actor=actor, purpose=step.purpose, subject=subject)
    return face_checks.view_check(check) if check and check.state != FaceState.USED else None


async def follow(
    face: FaceVerifier, step: FaceStep, *, actor: Actor, saved: SavedProgress
) -> tuple[SavedProgress, FaceView | None]:
    """Return where the check is; once it has passed, the step is done and the draft says so."""
    subject = step.subject(saved)
    if subject is None:
        return saved, None
    view = await face_checks.follow_face_check(face, actor=actor, purpose=step.purpose, subject=subject)
    if view is None or view.state is not FaceState.PASSED:
        return saved, view
    async with db.unit_of_work() as session:
        done = await save_step(session, actor, step.spec, saved, step.key, dict([step.proof]))
        if isinstance(done, list):
            done = await load_progress(session, spec=step.spec, owner=actor.session_key)
    return done, view

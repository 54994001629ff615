"""法人注册: the four steps on the screen (R-2.2.1 to R-2.2.6, R-2.2.8)."""

from typing import Any

import reflex as rx
import segno

from jsrs_portal import clock, db
from jsrs_portal.access.actor import current_actor
from jsrs_portal.access.policies import public
from jsrs_portal.domain import masking
from jsrs_portal.domain.codes import CodePurpose
from jsrs_portal.domain.documents import DocumentType
from jsrs_portal.domain.faces import FacePurpose
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.registration import UNIT_REGISTRATION
from jsrs_portal.domain.wizards import Answers
from jsrs_portal.models.proofs import FaceState
from jsrs_portal.services import face_checks, unit_registration
from jsrs_portal.services.drafts import SavedProgress
from jsrs_portal.services.face_checks import FaceView
from jsrs_portal.services.unit_registration import UnitStep
from jsrs_portal.state.account_step import AccountForm, AccountStepState
from jsrs_portal.state.forms import FormModel, epoch_ms, read_form
from jsrs_portal.state.gateways import gateways
from jsrs_portal.state.wizard import MALFORMED

_SHOWN_AS = {
    FaceState.WAITING: "waiting",
    FaceState.PASSED: "passed",
    FaceState.USED: "passed",
    FaceState.FAILED: "failed",
    FaceState.CANCELLED: "cancelled",
    FaceState.EXPIRED: "expired",
}


class UnitForm(FormModel):
    """Step 1 as typed."""

    uscc: str = ""
    unit_name: str = ""
    id_type: str = ""
    id_number: str = ""
    legal_name: str = ""
    agreed: str = ""


class UnitRegistrationState(AccountStepState, rx.State):
    """The wizard; personal values typed in step 1 never come back to the browser but masked."""

    _spec = UNIT_REGISTRATION
    _purpose = CodePurpose.UNIT_REGISTRATION

    uscc: str = ""
    unit_name: str = ""
    id_type: str = "01"
    id_number_hint: str = ""
    legal_name_hint: str = ""
    kept_agreement: bool = False
    qr: str = ""
    face_state: str = "preparing"
    face_until: int = 0

    @rx.event
    @public(passive=True)
    async def load(self):
        """Open the page where this browser left it (R-2.2.8)."""
        self._show(await self._load())
        await self._opened()

    @rx.event
    @public()
    async def submit_unit(self, form: dict[str, Any]):
        """Step 1: check against the business registry, then on to the face check."""
        self.busy = True
        yield
        try:
            read = read_form(UnitForm, form)
            if read is None:
                self._refuse([MALFORMED])
                return
            saved = await self._load()
            outcome = await unit_registration.submit_unit_step(
                gateways().registry, actor=current_actor(), saved=saved, typed=_with_kept(read, saved.progress.answers)
            )
            await self._settle(outcome)
            if self.step == "face" and not isinstance(outcome, list):
                await self._start_face(outcome)
        except Exception:
            self.busy = False
            raise

    @rx.event
    @public()
    async def start_face(self):
        """Show a fresh QR code, the first one or after one that expired or failed."""
        self.face_state = "preparing"
        yield
        await self._start_face(await self._load())

    @rx.event
    @public(passive=True)
    async def poll_face(self):
        """Ask where the face check is; when it has passed the page moves on by itself (R-2.2.3)."""
        saved = await self._load()
        saved, view = await unit_registration.follow_unit_face(gateways().face, actor=current_actor(), saved=saved)
        if view is not None:
            self._show_face(view)
        if "face" in saved.progress.answers and self.step == "face":
            self._show(saved)

    @rx.event
    @public()
    async def send_code(self, form: dict[str, Any]):
        """Step 3: 「获取验证码」."""
        await self._send_code(form)

    @rx.event
    @public()
    async def submit_account(self, form: dict[str, Any]):
        """Step 3: open the account; asked twice it answers twice and does it once."""
        self.busy = True
        yield
        try:
            read = read_form(AccountForm, form)
            if read is None:
                self._refuse([MALFORMED])
                return
            saved = await self._load()
            outcome = await unit_registration.register_unit(actor=current_actor(), saved=saved, typed=read.typed())
            await self._settle_account(outcome)
            if isinstance(outcome, list) and face_checks.FACE_MISSING in outcome:
                self._show(await self._load())
                await self._opened()
                self.trouble = face_checks.FACE_MISSING.sentence
        except Exception:
            self.busy = False
            raise

    async def _opened(self) -> None:
        saved = await self._load()
        unit = saved.progress.answers.get("unit")
        self._fill(unit or {})
        if self.step != "face":
            return
        subject = unit_registration.subject_of(saved.progress)
        check = None
        if subject is not None:
            async with db.reading() as session:
                check = await face_checks.latest_check(
                    session, actor=current_actor(), purpose=FacePurpose.UNIT_REGISTRATION, subject=subject
                )
        if check is None:
            await self._start_face(saved)
        else:
            self._show_face(face_checks.view_check(check))

    def _fill(self, unit: Answers) -> None:
        """Prefill what is public and hint at what is personal."""
        self.uscc, self.unit_name = unit.get("uscc", ""), unit.get("unit_name", "")
        self.id_type = unit.get("id_type", "01")
        self.kept_agreement = bool(unit)
        if unit:
            number = masking.mask_document(DocumentType(unit["id_type"]), unit["id_number"])
            self.id_number_hint = f"已填写 {number}，不修改请留空"
            self.legal_name_hint = f"已填写 {masking.mask_name(unit['legal_name'])}，不修改请留空"
        else:
            self.id_number_hint = self.legal_name_hint = ""

    async def _start_face(self, saved: SavedProgress) -> None:
        outcome = await unit_registration.start_unit_face(gateways().face, actor=current_actor(), saved=saved)
        if isinstance(outcome, Refusal):
            self.face_state = "failed"
            self.qr, self.trouble = "", outcome.sentence
        else:
            self.trouble = ""
            self._show_face(outcome)

    def _show_face(self, view: FaceView) -> None:
        self.face_state = _SHOWN_AS[view.state]
        self.now_ms, self.face_until = epoch_ms(clock.now()), epoch_ms(view.expires_at)
        if view.state is FaceState.WAITING:
            self.qr = segno.make(view.address, error="m").svg_data_uri(scale=8, border=0)


def _with_kept(form: UnitForm, answers: dict[str, Answers]) -> UnitStep:
    """Fill blank personal fields with what this browser answered before: they were shown masked only."""
    kept = answers.get("unit", {})
    return UnitStep(
        uscc=form.uscc,
        unit_name=form.unit_name,
        id_type=form.id_type,
        id_number=form.id_number.strip() or kept.get("id_number", ""),
        legal_name=form.legal_name.strip() or kept.get("legal_name", ""),
        agreed=form.agreed == "yes",
    )

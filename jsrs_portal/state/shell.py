"""What every page's frame shows: who is signed in, and the message of the last action."""

import reflex as rx
import structlog
from reflex.state import BaseState
from reflex_base.constants.state import FIELD_MARKER

from jsrs_portal import clock, db
from jsrs_portal.access.actor import current_actor
from jsrs_portal.access.departure import depart
from jsrs_portal.access.policies import public, signed_in
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.notices import unread_words
from jsrs_portal.domain.sessions import Deadline, SessionEnd
from jsrs_portal.services import sessions
from jsrs_portal.services.frame_views import FrameView, view_counts, view_frame
from jsrs_portal.settings import get_settings
from jsrs_portal.state.forms import epoch_ms
from jsrs_portal.state.region import chosen_region

log = structlog.get_logger(__name__)

_LOADS_WITHIN_MS = 3000
"""So long after a page was opened its loading may still be waiting for its turn."""


class ShellState(rx.State):
    """The frame. Everything in it is masked by the service that made it."""

    loaded: bool = False
    is_signed_in: bool = False
    viewer_name: str = ""
    viewer_initial: str = ""
    viewer_mobile: str = ""
    viewer_role: str = ""
    unit_name: str = ""
    home: str = "/my"
    closing: str = ""
    region_name: str = ""
    message: str = ""
    message_kind: str = "info"
    unread: str = ""
    unread_count: int = 0
    waiting: int = 0
    bell_every: int = 0
    session_mark: str = ""
    session_end: int = 0
    session_now: int = 0
    session_final: bool = False
    _said_on: str = ""
    _said_ms: int = 0

    @rx.event
    @public(passive=True)
    async def load(self):
        """Fill the frame for whoever the cookie says; a visitor costs no query."""
        actor = current_actor()
        frame = FrameView()
        if actor.signed_in:
            async with db.reading() as session:
                frame = await view_frame(session, actor=actor)
        view, self.waiting = frame.viewer, frame.counts.waiting
        self._count(frame.counts.unread)
        self.bell_every = int(get_settings().notices_every_seconds * 1000)
        self._tell(actor, frame.deadline)
        self.is_signed_in = view is not None
        self.viewer_name = view.name if view else ""
        self.viewer_initial = view.initial if view else ""
        self.viewer_mobile = view.mobile if view else ""
        self.viewer_role = view.role if view else ""
        self.unit_name = view.unit_name if view else ""
        self.home = view.home if view else "/my"
        self.closing = view.closing if view else ""
        self.region_name = (await chosen_region(self)).short
        self.loaded = True
        if self.message_kind != "bad" and not self._just_said():  # what was done on another page
            self.message = ""

    def _just_said(self) -> bool:
        """Tell whether the message is of this page: somebody pressed before its loading had its turn."""
        return self._said_on == self.router.url.path and epoch_ms(clock.now()) - self._said_ms < _LOADS_WITHIN_MS

    @rx.event
    @public()
    def dismiss(self):
        """Take the message away."""
        self.message = ""

    @rx.event
    @signed_in(passive=True)
    async def look_at_notices(self):
        """Count anew what waits: unread notices, of which a new one is said (R-2.1.3), and reviews (R-2.6.7.1)."""
        before = self.unread_count
        async with db.reading() as session:
            counts = await view_counts(session, actor=current_actor())
        self._count(counts.unread)
        self.waiting = counts.waiting
        if self.unread_count > before and not self.message:
            self.message_kind, self.message = "info", "您有新的通知，请从页面上方的「通知」查看。"

    @rx.event
    @public()
    def show_failure(self, reference: str = ""):
        """Show that something failed on our side, with the number under which the log has it."""
        shown = reference if isinstance(reference, str) and reference.isalnum() and len(reference) <= 12 else "—"
        self.message, self.message_kind = _failure(shown), "bad"

    @rx.event
    @public(passive=True)
    def note_failure(self):
        """Note that a browser could not draw a page; what it says may be anything, so it is not asked."""
        log.warning("browser.failed")

    @rx.event
    @signed_in(passive=True)
    async def look_at_session(self):
        """Say again when the session ends: another tab may have prolonged it. Asking does not (R-2.4.8)."""
        async with db.reading() as session:
            self._tell(current_actor(), await sessions.view_deadline(session, actor=current_actor()))

    @rx.event
    @signed_in()
    async def stay(self):
        """「继续使用」: prolong the session, whatever this server remembers of its last activity."""
        actor = current_actor()
        async with db.unit_of_work() as session:
            await sessions.touch_session(session, session_id=actor.session_id, now=clock.now())
            self._tell(actor, await sessions.view_deadline(session, actor=actor))

    def _count(self, unread: int) -> None:
        """Show how many notices are unread."""
        self.unread_count, self.unread = unread, unread_words(unread)

    def _tell(self, actor: Actor, deadline: Deadline | None) -> None:
        """Tell the page when the session ends, by the server's clock; ``None`` when nobody is signed in."""
        self.session_mark = actor.session_id[:8] if deadline else ""
        self.session_end = epoch_ms(deadline.at) if deadline else 0
        self.session_now = epoch_ms(clock.now()) if deadline else 0
        self.session_final = bool(deadline and deadline.final)

    @rx.event
    @signed_in()
    async def log_out(self):
        """End this session (R-2.1.3 「退出登录」); the reload gives the browser a visitor's cookie."""
        actor = current_actor()
        async with db.unit_of_work() as session:
            await sessions.end_session(session, actor=actor, because=SessionEnd.LOGOUT)
        await depart("/session/ended")


async def say_on_page(state: BaseState, kind: str, sentence: str) -> None:
    """Show the message of what was just done on the page of ``state``."""
    shell = await state.get_state(ShellState)
    shell.message_kind, shell.message = kind, sentence
    shell._said_on, shell._said_ms = shell.router.url.path, epoch_ms(clock.now())


async def say_state_lost(state: BaseState) -> None:
    """Say on the page that is about to be loaded anew that what was pressed on it was not done."""
    shell = await state.get_state(ShellState)
    shell.message, shell.message_kind = "页面已重新载入，刚才的操作没有执行，请核对内容后重新提交。", "bad"


def _failure(reference: str) -> str:
    return f"系统暂时出现故障，您已填写的内容没有丢失，请稍后再试。如仍有问题，请告知客服编号 {reference}。"


def failure_delta(reference: str) -> dict[str, dict[str, str]]:
    """Return the update that says a failure where no event can: :meth:`ShellState.show_failure` needs the state."""
    said = {f"message{FIELD_MARKER}": _failure(reference), f"message_kind{FIELD_MARKER}": "bad"}
    return {ShellState.get_full_name(): said}

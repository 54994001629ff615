"""The policy every event handler and route declares. Without one it is refused (rule 1)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from jsrs_portal.domain.authority import Actor, Permission

_ATTRIBUTE = "__access_policy__"
Handler = TypeVar("Handler", bound=Callable[..., Any])


@dataclass(frozen=True)
class Policy:
    """Who may call: anybody with a session cookie, somebody signed in, or a holder of ``permission``.

    ``officers`` is what lets an officer of the bureau call as well. ``passive`` calls (polls, loading a page) do not
    prolong the session (R-2.4.8).
    """

    signed_in: bool = False
    permission: Permission | None = None
    passive: bool = False
    officers: Permission | None = None

    def admits(self, actor: Actor) -> bool:
        """Tell whether ``actor`` may call."""
        if actor.staff_id and self.officers is not None:
            return actor.may(self.officers)
        if self.permission is not None:
            return actor.may(self.permission)
        return actor.signed_in or not self.signed_in


def _declare(policy: Policy) -> Callable[[Handler], Handler]:
    def mark(handler: Handler) -> Handler:
        setattr(handler, _ATTRIBUTE, policy)
        return handler

    return mark


def public(*, passive: bool = False) -> Callable[[Handler], Handler]:
    """Anybody may call, with or without an account."""
    return _declare(Policy(passive=passive))


def signed_in(*, passive: bool = False) -> Callable[[Handler], Handler]:
    """Only somebody who has logged in may call."""
    return _declare(Policy(signed_in=True, passive=passive))


def requires(
    permission: Permission, *, passive: bool = False, officers: Permission | None = None
) -> Callable[[Handler], Handler]:
    """Only somebody whose role carries ``permission`` may call, and officers with the permission ``officers``."""
    return _declare(Policy(signed_in=True, permission=permission, passive=passive, officers=officers))


def policy_of(handler: Callable[..., Any]) -> Policy | None:
    """Return the policy declared on a handler, or ``None``: then nobody may call it."""
    found = getattr(handler, _ATTRIBUTE, None)
    return found if isinstance(found, Policy) else None

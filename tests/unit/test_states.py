"""Every state can be kept by another process: with several servers Redis holds them as pickles (rule 9)."""

from collections.abc import Iterator

import pytest
from reflex.state import BaseState, State

import jsrs_portal.jsrs_portal  # noqa: F401  # registers every state


def _below(state: BaseState) -> Iterator[BaseState]:
    for one in state.substates.values():
        yield one
        yield from _below(one)


STATES = {one.get_full_name(): one for one in _below(State(_reflex_internal_init=True))}


@pytest.mark.parametrize("name", sorted(STATES))
def test_a_state_can_be_kept_by_redis(name: str) -> None:
    assert type(STATES[name])._deserialize(data=STATES[name]._serialize()) is not None

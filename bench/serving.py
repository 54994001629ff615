"""The portal and the bare app, each served by Granian with one worker, production builds, on ports of their own."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import bare
from tests.support.portal import Portal

_UNLIMITED = {"JSRS_EVENTS_PER_SECOND": "100000", "JSRS_CONNECTIONS_PER_ADDRESS": "5000"}
"""Limits on what one address may do: all clients of a measurement have the same."""


@dataclass(frozen=True)
class Sides:
    """Both, running."""

    portal: Portal
    floor: bare.Bare

    @property
    def ours(self) -> str:
        """The portal's address."""
        return self.portal.origin

    @property
    def bare(self) -> str:
        """The bare app's address."""
        return self.floor.origin


@contextmanager
def side_by_side(*, bcrypt_cost: int = 4) -> Iterator[Sides]:
    """Serve both. This process has the portal's environment, so that it may call our services on its database."""
    bare.build()
    with tempfile.TemporaryDirectory(prefix="jsrs-bench-") as folder:
        portal = Portal(Path(folder), extra={"JSRS_BCRYPT_COST": str(bcrypt_cost), **_UNLIMITED})
        os.environ.update(portal.environment)
        portal.prepare()
        try:
            portal.start()
            with bare.served() as floor:
                yield Sides(portal, floor)
        finally:
            portal.stop()

"""A real OpenID Connect provider that checks PKCE: nanoidp in a process of its own, with the demo people."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

import httpx
import yaml
from pydantic import SecretStr

from jsrs_portal.gateways.business_registry.sandbox_units import BY_USCC, DemoUnit
from jsrs_portal.gateways.identity import sandbox_persons as persons
from jsrs_portal.gateways.identity.sandbox_persons import DemoPerson
from jsrs_portal.settings import Settings

CLIENT, SECRET, PASSWORD = "jsrs-portal", "nano-secret-+/=%:", "nano-password"
OTHER_CLIENT, OTHER_SECRET = "another-portal", "another-secret"


def attributes(person: DemoPerson, unit: DemoUnit | None) -> dict[str, str]:
    """Return what the provider knows of somebody beside the account."""
    known = {"name": person.name, "id_number": person.id_number}
    if unit:
        known |= {"uscc": unit.uscc, "unit_name": unit.name, "legal_name": unit.legal_rep.name}
        known["legal_id_number"] = unit.legal_rep.id_number
    return known


WANGCHAO = BY_USCC["91320000134791231T"]
SOFTWARE = BY_USCC["91320100MA1X0TE58J"]
USERS = {
    "legal": attributes(persons.SUN_LIYAN, WANGCHAO),
    "unregistered": attributes(persons.LU_ZHIYUAN, SOFTWARE),
    "alone": attributes(persons.GU_CHENGPING, None),
}


@dataclass
class NanoIdp:
    """A running provider."""

    port: int
    issuer: str
    process: subprocess.Popen[bytes]

    @property
    def origin(self) -> str:
        return f"http://localhost:{self.port}"

    def settings(self, settings: Settings) -> Settings:
        """Return ``settings`` with this provider as the province's."""
        return settings.model_copy(update=self.changes())

    def changes(self) -> dict[str, Any]:
        """Return the settings that lead to this provider: its claims have to be asked for by name."""
        return {
            "sso_issuer": self.issuer,
            "sso_client_id": CLIENT,
            "sso_client_secret": SecretStr(SECRET),
            "sso_client_auth": "client_secret_post",
            "sso_scope": "openid profile",
            "sso_request_claims": True,
        }

    def environment(self) -> dict[str, str]:
        """Return :meth:`changes` as an operator writes them."""
        return {
            "JSRS_SSO_ISSUER": self.issuer,
            "JSRS_SSO_CLIENT_ID": CLIENT,
            "JSRS_SSO_CLIENT_SECRET": SECRET,
            "JSRS_SSO_CLIENT_AUTH": "client_secret_post",
            "JSRS_SSO_SCOPE": "openid profile",
            "JSRS_SSO_REQUEST_CLAIMS": "true",
        }

    def rotate(self) -> None:
        """Make the provider sign with a new key."""
        httpx.post(f"{self.origin}/api/keys/rotate", trust_env=False).raise_for_status()

    def log_in(self, address: str, user: str) -> dict[str, str]:
        """Log in at the provider as its user's browser would; return the query with which it comes back."""
        with httpx.Client(trust_env=False, follow_redirects=False, timeout=10) as browser:
            answer = browser.get(address)
            form = {"username": user, "password": PASSWORD}
            found = re.search(r'name="transaction_id" value="([^"]+)"', answer.text)
            if found:
                form["transaction_id"] = unescape(found[1])
            answer = browser.post(urljoin(address, str(answer.url)), data=form)
            for _ in range(5):
                target = urljoin(str(answer.url), answer.headers.get("location", ""))
                if answer.status_code in (302, 303) and not target.startswith(self.origin):
                    return dict(parse_qsl(urlsplit(target).query))
                answer = browser.get(target)
        raise AssertionError(f"the provider did not send the browser back: {answer.status_code} {answer.text[:500]}")

    def stop(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(10)


def start(folder: Path, redirect_uris: tuple[str, ...], issuer: str = "") -> NanoIdp:
    """Start the provider, called ``issuer``, with its configuration in ``folder`` and wait until it answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    issuer = issuer or f"http://localhost:{port}"
    folder.mkdir(parents=True, exist_ok=True)
    clients = [
        {
            "client_id": name,
            "client_secret": secret,
            "redirect_uris": list(redirect_uris),
            "token_endpoint_auth_method": "client_secret_post",
        }
        for name, secret in ((CLIENT, SECRET), (OTHER_CLIENT, OTHER_SECRET))
    ]
    settings = {
        "config_version": 1,
        "server": {"host": "127.0.0.1", "port": port},
        "oauth": {"issuer": issuer, "audience": "jsrs", "clients": clients},
        "security_profile": "oauth21",
    }
    users = {
        name: {"password": PASSWORD, "email": f"{name}@example.org", "roles": ["USER"], "attributes": known}
        for name, known in USERS.items()
    }
    (folder / "settings.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    (folder / "users.yaml").write_text(json.dumps({"config_version": 1, "users": users}), encoding="utf-8")
    with (folder / "nanoidp.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "nanoidp", "--config", str(folder), "--strict-config", "--profile", "oauth21"],
            cwd=folder,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    found = NanoIdp(port, issuer, process)
    for _ in range(200):
        with contextlib.suppress(httpx.TransportError):
            address = f"{found.origin}/.well-known/openid-configuration"
            if httpx.get(address, trust_env=False, timeout=5).status_code == 200:
                return found
        if process.poll() is not None:
            break
        time.sleep(0.1)
    found.stop()
    raise RuntimeError((folder / "nanoidp.log").read_text(encoding="utf-8")[-2000:])

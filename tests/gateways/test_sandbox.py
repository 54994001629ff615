"""The simulators as a program: not in production, safe when several start, unharmed by a kill, plain pages."""

import asyncio
import multiprocessing
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from jsrs_portal import clock
from jsrs_portal.gateways import build_gateways
from jsrs_portal.gateways.demo_keys import load_demo_keys
from jsrs_portal.gateways.sandbox import NotInProduction, create_app
from jsrs_portal.gateways.simulation.store import Store
from jsrs_portal.settings import Settings

from .conftest import ROOT, Sandbox, free_port, kill, start_sandbox

PAGES = ("/", "/sms/outbox", "/registry", "/identity", "/ca")


def test_production_refuses_the_simulators(tmp_path: Path) -> None:
    with pytest.raises(NotInProduction):
        create_app(Settings(_env_file=None, environment="production", var_dir=tmp_path))
    ended = subprocess.run(
        [sys.executable, "-m", "jsrs_portal.gateways.sandbox"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT), "JSRS_ENVIRONMENT": "production"},
        capture_output=True,
        timeout=20,
    )
    assert ended.returncode != 0
    assert "生产环境" in ended.stderr.decode()


def test_a_second_server_on_the_same_port_fails_at_once(sandbox: Sandbox, tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "jsrs_portal.gateways.sandbox"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT), "JSRS_SANDBOX_PORT": str(sandbox.settings.sandbox_port)},
        capture_output=True,
        timeout=20,
    )
    assert ended.returncode != 0
    assert "已被占用" in ended.stderr.decode()


def _modulus(var_dir: Path) -> tuple[int, int]:
    keys = load_demo_keys(var_dir)
    return keys.app.private_numbers().p, keys.alipay.private_numbers().p


def test_processes_starting_together_agree_on_the_demo_keys(tmp_path: Path) -> None:
    with multiprocessing.get_context("fork").Pool(4) as pool:
        found = pool.map(_modulus, [tmp_path] * 4, chunksize=1)
    assert len(set(found)) == 1
    files = sorted((tmp_path / "demo-keys").iterdir())
    assert [file.name for file in files] == ["alipay.pem", "app.pem"]
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in files)


async def test_what_was_accepted_survives_a_kill(tmp_path: Path) -> None:
    port = free_port()
    settings = Settings(_env_file=None, sandbox_port=port, var_dir=tmp_path)
    process = start_sandbox(port, tmp_path)
    try:
        face = build_gateways(settings).face
        order = await face.initialize(
            order_no=clock.new_id(),
            name="陆知远",
            id_type="01",
            id_number="320106199003070012",
            return_url="",
        )
        await build_gateways(settings).sms.send(
            phone="13812345678", template_code="SMS_100000001", params={"code": "123456"}, out_id="1"
        )
    finally:
        kill(process)
    process = start_sandbox(port, tmp_path)
    try:
        assert not (await build_gateways(settings).face.query(order.certify_id)).passed
        async with httpx.AsyncClient(trust_env=False) as client:
            outbox = (await client.get(f"{settings.sandbox_origin}/sms/outbox.json")).json()
        assert [message["phone"] for message in outbox] == ["13812345678"]
    finally:
        kill(process)


async def test_a_nonce_is_new_for_exactly_one_of_many(tmp_path: Path) -> None:
    stores = [Store(tmp_path / "x.db"), Store(tmp_path / "x.db")]
    await stores[0].use_nonce("sms", "warm")
    results = await asyncio.gather(*(stores[i % 2].use_nonce("sms", "same") for i in range(20)))
    assert results.count(True) == 1
    assert await stores[0].use_nonce("registry", "same")
    for store in stores:
        await store.close()


async def test_a_failed_transaction_leaves_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path / "x.db")

    async def fail_half_way() -> None:
        async with store.transaction() as connection:
            await connection.execute("INSERT INTO nonces VALUES ('a', 'b', 1)")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail_half_way()
    assert await store.rows("SELECT * FROM nonces") == []
    await store.close()


@pytest.mark.parametrize("path", PAGES)
async def test_pages_are_self_contained_and_closed(sandbox: Sandbox, path: str) -> None:
    async with sandbox.http() as client:
        answer = await client.get(path)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["cache-control"] == "no-store"
    assert '<html lang="zh-CN">' in answer.text
    assert 'name="viewport"' in answer.text
    assert len(re.findall("<h1>", answer.text)) == 1
    assert not re.search(r"""<script|(?:src|href|action)=["']?https?://|\son\w+=""", answer.text)


async def test_the_index_leads_to_every_page(sandbox: Sandbox) -> None:
    async with sandbox.http() as client:
        index = (await client.get("/")).text
        for path in PAGES[1:]:
            assert f'href="{path}"' in index
        assert (await client.get("/_health")).json() == {"status": "ok"}

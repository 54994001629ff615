"""Settings: production refuses to start with anything of the demonstration, and says what (rule 5)."""

import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from jsrs_portal.production import refusals
from jsrs_portal.settings import ROOT, Settings

LONG = "a-secret-nobody-knows-0123456789-abcdef"
PRODUCTION = {
    "environment": "production",
    "public_url": "https://hall.example",
    "trusted_proxy_hops": 1,
    "secret_key": LONG,
    "data_keys": {"k1": LONG},
    "data_key_id": "k1",
    "index_key": LONG,
    "password_peppers": {"k1": LONG},
    "password_pepper_id": "k1",
    "face_gateway_url": "https://face.example/gateway.do",
    "face_app_private_key": "PEM",
    "face_alipay_public_key": "PEM",
    "sms_endpoint": "https://sms.example",
    "sms_access_key_secret": LONG,
    "registry_url": "https://registry.example",
    "registry_secret": LONG,
    "identity_url": "https://identity.example",
    "identity_secret": LONG,
    "ca_trust": ROOT / "pyproject.toml",
}


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch):
    for name in [known for known in os.environ if known.startswith("JSRS_") or known == "PORT"]:
        monkeypatch.delenv(name)


def settings(**values) -> Settings:
    return Settings(_env_file=None, **values)


def production(**changed) -> list[str]:
    return refusals(settings(**PRODUCTION | changed))


def test_the_defaults_are_the_demonstration_and_may_start():
    made = settings()
    assert made.demo
    assert refusals(made) == []
    assert (made.origin, made.sandbox_origin) == ("http://localhost:3000", "http://localhost:3001")
    assert made.sqlalchemy_url == f"sqlite+aiosqlite:///{ROOT / 'var' / 'portal.db'}"
    assert len(made.sandboxed) == 4


def test_a_complete_production_configuration_may_start():
    assert production() == []


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"face_gateway_url": ""}, "JSRS_FACE_GATEWAY_URL"),
        ({"sms_endpoint": ""}, "JSRS_SMS_ENDPOINT"),
        ({"registry_url": ""}, "JSRS_REGISTRY_URL"),
        ({"identity_url": ""}, "JSRS_IDENTITY_URL"),
        ({"secret_key": "session-signing-demo-only-0123456789"}, "JSRS_SECRET_KEY"),
        ({"secret_key": "x" * 31}, "JSRS_SECRET_KEY"),
        ({"data_keys": {"k1": LONG, "old": "short"}}, "JSRS_DATA_KEYS"),
        ({"index_key": "index-demo-only"}, "JSRS_INDEX_KEY"),
        ({"password_peppers": {"k1": "short"}}, "JSRS_PASSWORD_PEPPERS"),
        ({"sms_access_key_secret": "short"}, "JSRS_SMS_ACCESS_KEY_SECRET"),
        ({"registry_secret": "short"}, "JSRS_REGISTRY_SECRET"),
        ({"identity_secret": "short"}, "JSRS_IDENTITY_SECRET"),
        ({"app_secrets": {"jszhrs": "short"}}, "JSRS_APP_SECRETS"),
        ({"face_gateway_url": "http://face.example/gateway.do"}, "JSRS_FACE_GATEWAY_URL"),
        ({"sms_endpoint": "http://sms.example"}, "JSRS_SMS_ENDPOINT"),
        ({"registry_url": "http://registry.example"}, "JSRS_REGISTRY_URL"),
        ({"identity_url": "//identity.example"}, "JSRS_IDENTITY_URL"),
        ({"sms_tencent_endpoint": "https://sms2.example"}, "JSRS_SMS_TENCENT_SECRET_KEY"),
        ({"ca_trust": ROOT / "no such file"}, "JSRS_CA_TRUST"),
        ({"face_app_private_key": ""}, "JSRS_FACE_APP_PRIVATE_KEY"),
        ({"face_alipay_public_key": ""}, "JSRS_FACE_ALIPAY_PUBLIC_KEY"),
        ({"public_url": ""}, "JSRS_PUBLIC_URL"),
        ({"public_url": "http://hall.example"}, "JSRS_PUBLIC_URL"),
        ({"public_url": "https://*.example"}, "JSRS_PUBLIC_URL"),
        ({"public_url": "*"}, "JSRS_PUBLIC_URL"),
        ({"workers": 2, "redis_url": "redis://cache"}, "SQLite"),
        ({"workers": 2, "database_url": "postgresql+psycopg://db/hall"}, "JSRS_REDIS_URL"),
        ({"app_download_url": "http://app.example"}, "JSRS_APP_DOWNLOAD_URL"),
        ({"bcrypt_cost": 11}, "JSRS_BCRYPT_COST"),
    ],
)
def test_every_reason_to_refuse_has_one_sentence_that_names_the_setting(changed, named):
    (sentence,) = production(**changed)
    assert named in sentence
    assert sentence.endswith("。")


@pytest.mark.parametrize(
    "changed",
    [
        {"data_keys": {}},
        {"data_key_id": "missing"},
        {"password_pepper_id": "missing"},
        {"password_peppers": {}},
    ],
)
def test_a_current_key_without_a_secret_is_refused_with_a_sentence(changed):
    """Otherwise the portal starts and fails at the first row it has to encrypt."""
    assert production(**changed)


def test_the_app_is_downloaded_from_where_the_settings_say():
    assert settings().app_download_address == settings().sandbox_origin + "/app"
    assert settings(app_download_url="https://app.example").app_download_address == "https://app.example"
    assert settings(**PRODUCTION).app_download_address == ""


def test_several_workers_are_right_with_postgresql_and_redis():
    assert production(workers=2, redis_url="redis://cache", database_url="postgresql+psycopg://db/hall") == []


def test_everything_wrong_is_said_at_once():
    found = refusals(settings(environment="production"))
    assert len(found) == len(set(found)) >= 12


def test_no_sentence_holds_a_secret():
    secret = "too-short-but-secret"
    assert secret not in "".join(production(secret_key=secret, data_keys={"k1": secret}, index_key=secret))


def test_secrets_are_not_shown_when_settings_are_printed():
    assert LONG not in repr(settings(**PRODUCTION))


@pytest.mark.parametrize(
    "changed",
    [
        {"environment": "staging"},
        {"workers": 0},
        {"bcrypt_cost": 3},
        {"trusted_proxy_hops": -1},
        {"data_cipher": "rot13"},
        {"mac_digest": "md5"},
    ],
)
def test_impossible_values_are_refused(changed):
    with pytest.raises(ValidationError):
        settings(**changed)


def test_values_come_from_the_environment(monkeypatch):
    monkeypatch.setenv("PORT", "8080")
    monkeypatch.setenv("JSRS_VAR_DIR", "/srv/hall")
    monkeypatch.setenv("JSRS_DATA_KEYS", f'{{"k9": "{LONG}"}}')
    made = settings()
    assert (made.port, made.sandbox_origin) == (8080, "http://localhost:8081")
    assert made.sqlalchemy_url == "sqlite+aiosqlite:////srv/hall/portal.db"
    assert made.data_keys["k9"].get_secret_value() == LONG


@pytest.mark.parametrize(
    ("url", "origins", "https"),
    [
        ("", ("http://localhost:3000", "http://127.0.0.1:3000"), False),
        ("https://hall.example/", ("https://hall.example",), True),
        ("http://hall.example", ("http://hall.example",), False),
    ],
)
def test_only_our_own_origin_may_open_the_websocket(url, origins, https):
    made = settings(public_url=url)
    assert made.allowed_origins == origins
    assert made.https is https


def test_the_example_lists_every_setting():
    example = Path(ROOT / ".env.example").read_text(encoding="utf-8")
    for name, field in Settings.model_fields.items():
        variable = str(field.validation_alias) if field.validation_alias else f"JSRS_{name.upper()}"
        assert f"{variable}=" in example, variable


OIDC = {"sso_issuer": "https://sso.example", "sso_client_secret": LONG}
JIS = {
    "sso_kind": "jis",
    "sso_jis_url": "https://sso.example/interface.do",
    "sso_jis_login_url": "https://sso.example/login",
    "sso_jis_appword": "k7Wq2ZtR9bXc4VnM",
}
LICENCE = {"licence_url": "https://licence.example", "licence_secret": LONG, "licence_public_keys": ["00" * 64]}


@pytest.mark.req("R-2.4.6")
def test_a_province_without_these_ways_in_may_start_and_offers_none():
    made = settings(**PRODUCTION)
    assert (made.sso_address, made.licence_address) == ("", "")
    assert settings().sso_address == "http://localhost:3001/sso"
    assert settings(sso_kind="jis").sso_address == "http://localhost:3001/jis/interface.do"
    assert settings().licence_address == "http://localhost:3001/elicence/api"


@pytest.mark.req("R-2.4.6")
@pytest.mark.parametrize("way", [OIDC, JIS, LICENCE, OIDC | LICENCE])
def test_ways_in_that_are_set_up_may_start(way):
    assert production(**way) == []
    made = settings(**PRODUCTION | way)
    assert bool(made.sso_address) is ("sso_issuer" in way or "sso_jis_url" in way)
    assert made.sso_redirect_uris == ("https://hall.example/sso/callback",)


@pytest.mark.req("R-2.4.6")
@pytest.mark.parametrize(
    ("way", "changed", "named"),
    [
        (OIDC, {"sso_issuer": "http://sso.example"}, "JSRS_SSO_ISSUER"),
        (OIDC, {"sso_client_secret": "sso-demo-only-0123456789"}, "JSRS_SSO_CLIENT_SECRET"),
        (OIDC, {"sso_client_secret": "short"}, "JSRS_SSO_CLIENT_SECRET"),
        (OIDC, {"sso_scope": "profile"}, "JSRS_SSO_SCOPE"),
        (JIS, {"sso_jis_url": "http://sso.example"}, "JSRS_SSO_JIS_URL"),
        (JIS, {"sso_jis_login_url": ""}, "JSRS_SSO_JIS_LOGIN_URL"),
        (JIS, {"sso_jis_login_url": "http://sso.example"}, "JSRS_SSO_JIS_LOGIN_URL"),
        (JIS, {"sso_jis_appword": "jis-demo-only-16"}, "JSRS_SSO_JIS_APPWORD"),
        (JIS, {"sso_jis_appword": "x" * 33}, "JSRS_SSO_JIS_APPWORD"),
        (LICENCE, {"licence_url": "http://licence.example"}, "JSRS_LICENCE_URL"),
        (LICENCE, {"licence_secret": "licence-demo-only-012345"}, "JSRS_LICENCE_SECRET"),
        (LICENCE, {"licence_public_keys": []}, "JSRS_LICENCE_PUBLIC_KEYS"),
    ],
)
def test_a_way_in_that_is_half_set_up_is_refused_by_name(way, changed, named):
    (refusal,) = production(**way | changed)
    assert named in refusal
    assert refusal.endswith("。")


@pytest.mark.req("R-2.6.3.3")
def test_files_need_a_folder_one_may_write_to(tmp_path):
    assert production(files_dir=tmp_path) == []
    assert production(files_dir=tmp_path / "to be made") == []
    file = tmp_path / "file"
    file.write_text("x")
    for wrong in (file, file / "below"):
        assert [said.partition(" ")[0] for said in production(files_dir=wrong)] == ["JSRS_FILES_DIR"]


@pytest.mark.req("R-2.6.3.3")
@pytest.mark.parametrize(("host", "refused"), [("", 0), ("127.0.0.1", 0), ("/run/clamd.sock", 0), ("clamd.example", 1)])
def test_files_do_not_cross_the_network_to_be_scanned(host, refused):
    assert len(production(clamd_host=host)) == refused

"""Every setting of the product: its name, its default, its check.

Values come from the environment (prefix ``JSRS_``) or from ``.env``; ``.env.example`` lists them all.
The defaults are the demonstration on one machine; :mod:`jsrs_portal.production` says why they may not serve a province.
"""

from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
DEMO_MARK = "demo-only"
"""Every default secret contains this, so that production can refuse it by looking."""
CA_PAGES = ("/login", "/login/ca-driver")
"""The pages that speak to the driver of a CA's key on the visitor's computer; no other page may reach it."""


class Settings(BaseSettings):
    """All settings. A list is written as JSON, a duration in seconds unless its name says otherwise."""

    model_config = SettingsConfigDict(
        env_prefix="JSRS_", env_file=".env", extra="ignore", frozen=True, hide_input_in_errors=True
    )

    environment: str = Field("demo", pattern="^(demo|production)$", description="demo | production")
    port: int = Field(3000, ge=1, le=65535, validation_alias="PORT", description="the portal's port")
    public_url: str = Field("", description="how browsers reach the portal, e.g. https://rs.example.gov.cn")
    bind_host: str = Field("127.0.0.1", description="the address the server listens on")
    workers: int = Field(1, ge=1, le=8, description="server processes; more than one needs Redis and PostgreSQL")
    trusted_proxy_hops: int = Field(0, ge=0, le=5, description="reverse proxies in front that set X-Forwarded-For")
    var_dir: Path = Field(ROOT / "var", description="where SQLite files and build stamps live")

    files_dir: Path | None = Field(None, description="where files of cases lie, encrypted; empty: files under var_dir")
    files_reserve_mb: int = Field(512, ge=0, description="MiB of that disk which uploads leave free")
    clamd_host: str = Field(
        "", description="ClamAV's clamd: this machine's address or the path of its socket; empty: no scan of files"
    )
    clamd_port: int = Field(3310, ge=1, le=65535, description="its TCP port")
    clamd_timeout: float = Field(10.0, gt=0, le=60, description="seconds until it counts as hanging")

    web_dir: Path = Field(ROOT / ".web", description="where Reflex builds the frontend")
    database_url: str = Field("", description="SQLAlchemy async URL; empty: SQLite under var_dir")
    redis_url: str = Field("", description="shared browser state for several workers; empty: memory")

    database_connect_timeout: int = Field(5, ge=1, le=60, description="seconds until PostgreSQL counts as away")
    database_pool_timeout: float = Field(10.0, gt=0, description="seconds to wait for a free connection of the pool")
    database_lock_timeout: float = Field(10.0, gt=0, description="seconds to wait for a row or table another holds")
    database_statement_timeout: float = Field(15.0, gt=0, description="seconds one statement may take")
    database_idle_timeout: float = Field(30.0, gt=0, description="seconds an open transaction may do nothing")
    redis_connect_timeout: float = Field(3.0, gt=0, description="seconds until Redis counts as away")
    request_deadline: float = Field(15.0, gt=0, description="seconds one HTTP request of our own routes may take")
    event_deadline: float = Field(20.0, gt=0, description="seconds one websocket event may take, waiting included")

    secret_key: SecretStr = Field(SecretStr("session-signing-" + DEMO_MARK), description="signs anonymous sessions")
    data_keys: dict[str, SecretStr] = Field(
        {"d1": SecretStr("data-" + DEMO_MARK)}, description="key id → secret of personal data at rest"
    )
    data_key_id: str = Field("d1", description="the data key new rows are written with")
    data_cipher: str = Field("aes", pattern="^(aes|sm4)$", description="aes (AES-256-GCM) | sm4 (SM4-GCM); may change")
    mac_digest: str = Field(
        "sha256", pattern="^(sha256|sm3)$", description="sha256 | sm3; chosen at installation, indexes depend on it"
    )
    index_key: SecretStr = Field(SecretStr("index-" + DEMO_MARK), description="key of the blind indexes; never rotated")
    password_peppers: dict[str, SecretStr] = Field(
        {"p1": SecretStr("pepper-" + DEMO_MARK)}, description="pepper id → secret mixed into password hashes"
    )
    password_pepper_id: str = Field("p1", description="the pepper new passwords are hashed with")
    bcrypt_cost: int = Field(12, ge=4, le=15, description="bcrypt work factor; at least 12 in production")

    sandbox_port: int = Field(0, description="port of the simulated outside systems; 0: PORT + 1")
    face_gateway_url: str = Field("", description="Alipay gateway.do; empty: sandbox")
    face_app_id: str = Field("2026000000000001", description="Alipay app_id")
    face_app_private_key: SecretStr = Field(SecretStr(""), description="our RSA key, PEM; empty: the demo key")
    face_alipay_public_key: str = Field("", description="Alipay's RSA public key, PEM; empty: the demo key")
    sms_endpoint: str = Field("", description="Aliyun Dysms endpoint; empty: sandbox")
    sms_access_key_id: str = Field("demo-access-key", description="Aliyun AccessKey id")
    sms_access_key_secret: SecretStr = Field(SecretStr("sms-" + DEMO_MARK), description="Aliyun AccessKey secret")
    sms_sign_name: str = Field("江苏人社", description="the approved SMS signature")
    sms_template_code: str = Field("SMS_100000001", description="approved template of verification codes")
    sms_template_notice: str = Field("SMS_100000002", description="approved template of notices")
    sms_per_hour: int = Field(
        3000, ge=1, description="messages to all phones together in an hour: what an attack costs"
    )
    sms_per_day: int = Field(30000, ge=1, description="messages to all phones together in a day")
    registry_url: str = Field("", description="business registry （企业登记库） base URL; empty: sandbox")
    registry_app_id: str = Field("jsrs-portal", description="our id at the business registry")
    registry_secret: SecretStr = Field(SecretStr("registry-" + DEMO_MARK), description="shared HMAC secret")
    identity_url: str = Field("", description="real-name check （实名核验） base URL; empty: sandbox")
    identity_app_id: str = Field("jsrs-portal", description="our id at the real-name check")
    identity_secret: SecretStr = Field(SecretStr("identity-" + DEMO_MARK), description="shared HMAC secret")
    sso_kind: str = Field("oidc", pattern="^(oidc|jis)$", description="省政务登录： oidc (OpenID Connect) | jis")
    sso_issuer: str = Field("", description="OpenID Connect issuer as it writes itself; empty: sandbox, or off")
    sso_client_id: str = Field("jsrs-portal", description="our client_id there")
    sso_client_secret: SecretStr = Field(SecretStr("sso-" + DEMO_MARK), description="our client_secret there")
    sso_client_auth: str = Field(
        "client_secret_basic",
        pattern="^client_secret_(basic|post)$",
        description="how we are registered there: client_secret_basic | client_secret_post",
    )
    sso_scope: str = Field("openid profile corp", description="scopes asked for; openid is one of them")
    sso_claims: dict[str, str] = Field(
        {}, description="our fact → the claim that says it, where it differs; see docs/provincial-login.md"
    )
    sso_id_types: dict[str, str] = Field({}, description="the provider's word for a document type → our two digits")
    sso_prompt: str = Field("login", description="prompt there: who was logged in before does not get in; empty: none")
    sso_request_claims: bool = Field(False, description="name the claims in the request (OIDC Core 5.5)")
    sso_jis_url: str = Field("", description="JIS interface.do; empty: sandbox, or off. Unverified for Jiangsu")
    sso_jis_login_url: str = Field("", description="JIS login page the browser is sent to")
    sso_jis_appmark: str = Field("jsrsdemo", description="our appmark there")
    sso_jis_appword: SecretStr = Field(SecretStr("jis-" + DEMO_MARK + "-16"), description="our appword, 16 characters")
    sso_jis_subject: str = Field("uuid", description="the field that names an account there, for ever")
    licence_url: str = Field("", description="电子营业执照 interface, base URL; empty: sandbox, or off. Unverified")
    licence_app_id: str = Field("jsrs-portal", description="our id there")
    licence_secret: SecretStr = Field(SecretStr("licence-" + DEMO_MARK), description="shared SM3-HMAC secret there")
    licence_public_keys: list[str] = Field(
        [], description="SM2 keys its results are signed with: 128 hex digits, or a PEM key or certificate, each"
    )
    licence_fields: dict[str, str] = Field(
        {}, description="our name of a field → theirs, where it differs; see docs/provincial-login.md"
    )
    licence_words: dict[str, str] = Field({}, description="their word for a state or a holder → ours")
    licence_normal: list[str] = Field(
        ["NORMAL", "1", "存续", "在业", "开业"], description="what they call a licence in force"
    )
    kuaidi100_url: str = Field(
        "", description="快递100, e.g. https://poll.kuaidi100.com; empty: sandbox, or parcels are not tracked"
    )
    kuaidi100_customer: str = Field("3F0000000000000000000000000000AA", description="our customer （授权码） there")
    kuaidi100_key: SecretStr = Field(SecretStr("kuaidi100-" + DEMO_MARK), description="our key there")
    sf_url: str = Field(
        "", description="顺丰 丰桥， e.g. https://sfapi.sf-express.com/std/service; empty: sandbox, or kuaidi100 alone"
    )
    sf_partner_id: str = Field("JSRSDEMO", description="our partnerID （顾客编码） there")
    sf_checkword: SecretStr = Field(SecretStr("sf-" + DEMO_MARK), description="our checkword （校验码） there")
    gateway_timeout: float = Field(8.0, gt=0, le=60, description="seconds until an outside system counts as hanging")

    holidays: str = Field("", description="YAML file of holidays for limits in working days; empty: the one shipped")

    legacy_systems: str = Field("", description="YAML file of the old systems to upgrade from; empty: the one shipped")
    legacy_urls: dict[str, str] = Field({}, description="key of an old system → base URL of its check; {}: sandbox")
    legacy_app_id: str = Field("jsrs-portal", description="our id at the old systems")
    legacy_secrets: dict[str, SecretStr] = Field({}, description="key of an old system → shared HMAC secret")

    app_secrets: dict[str, SecretStr] = Field(
        {}, description="app id → secret of the apps that may scan for their users, e.g. 江苏智慧人社； empty: none"
    )
    app_download_url: str = Field(
        "",
        pattern=r"^(https?://\S+)?$",
        description="where that app is downloaded, as a QR code; empty: its name, to look for in the phone's store",
    )

    ca_trust: Path | None = Field(
        None,
        description="YAML file of the CAs that are trusted (docs/ca-login.md); empty: the demo CA, in production none",
    )
    ca_driver_port: int = Field(
        51111, ge=1024, le=65535, description="the port of the CA's driver on the user's computer"
    )
    ca_driver_least: str = Field(
        "1.0.0", pattern=r"^\d+(\.\d+){0,2}$", description="the oldest version of that driver that will do"
    )

    face_product: str = Field(
        "open",
        pattern="^(open|h5)$",
        description="open （支付宝身份验证， in Alipay） | h5 (H5 人脸核身， any browser)",
    )
    sms_tencent_endpoint: str = Field(
        "", description="Tencent Cloud SMS, the provider to fall over to; empty: none, or sandbox"
    )
    sms_tencent_secret_id: str = Field("demo-secret-id", description="Tencent Cloud SecretId")
    sms_tencent_secret_key: SecretStr = Field(
        SecretStr("sms-tencent-" + DEMO_MARK), description="Tencent Cloud SecretKey"
    )
    sms_tencent_region: str = Field("ap-guangzhou", description="Tencent Cloud region")
    sms_tencent_app_id: str = Field("1400000001", description="Tencent Cloud SmsSdkAppId")
    sms_tencent_template_code: str = Field("1000001", description="template there for JSRS_SMS_TEMPLATE_CODE")
    sms_tencent_template_notice: str = Field("1000002", description="template there for JSRS_SMS_TEMPLATE_NOTICE")
    gateway_breaker_failures: int = Field(5, ge=1, description="failures in a row after which a system is left alone")
    gateway_breaker_window: float = Field(60.0, gt=0, description="seconds within which those failures must lie")
    gateway_breaker_pause: float = Field(15.0, gt=0, description="seconds until one call tries the system again")

    session_idle_minutes: int = Field(30, ge=1, description="R-2.4.8: a session ends after so many idle minutes")
    notices_every_seconds: float = Field(60.0, ge=0.5, description="R-2.1.3: open pages look for new notices so often")
    progress_every_seconds: float = Field(20.0, ge=0.5, description="R-2.6.3.2: pages of cases look for news so often")
    session_absolute_hours: int = Field(12, ge=1, description="R-2.4.8: and after so many hours in all")
    events_per_second: int = Field(30, ge=1, description="websocket messages per second and connection")
    connections_per_address: int = Field(60, ge=1, description="open websockets per client address")

    metrics_token: SecretStr = Field(SecretStr(""), description="bearer token of /metrics; empty: no such page")
    otel_endpoint: str = Field("", description="OTLP/HTTP collector, e.g. http://collector:4318; empty: no traces")
    otel_service_name: str = Field("jsrs-portal", description="service.name of the traces")
    audit_kept_days: int = Field(1096, ge=183, description="days audit entries stay before `jsrs audit archive`")

    bureau_name: str = Field("江苏省人力资源和社会保障厅", description="first line of the header")
    hall_name: str = Field("网上办事服务大厅", description="second line of the header")
    bureau_site: str = Field("https://jshrss.jiangsu.gov.cn", description="「省人社门户网站」")
    site_code: str = Field("3200000000", description="网站标识码")
    icp_number: str = Field("苏ICP备00000000号", description="ICP备案号")
    police_number: str = Field("苏公网安备00000000000000号", description="公安备案号")
    contact_phone: str = Field("12333", description="联系电话")

    @property
    def demo(self) -> bool:
        """Whether this is the demonstration: the 「演示环境」 bar and the demo credentials are shown."""
        return self.environment == "demo"

    @property
    def origin(self) -> str:
        """The portal's own address, without a trailing slash."""
        return (self.public_url or f"http://localhost:{self.port}").rstrip("/")

    @property
    def allowed_origins(self) -> tuple[str, ...]:
        """Origins that may open the websocket: our own, and in the demonstration 127.0.0.1 as well."""
        return (self.origin,) if self.public_url else (self.origin, f"http://127.0.0.1:{self.port}")

    @property
    def ca_driver_origin(self) -> str:
        """Where the driver of a CA's key answers, on the user's own computer."""
        return f"http://127.0.0.1:{self.ca_driver_port}"

    @property
    def https(self) -> bool:
        """Whether browsers reach us by HTTPS, which decides on `__Host-` and Secure."""
        return urlsplit(self.origin).scheme == "https"

    @property
    def sandbox_origin(self) -> str:
        """Where the simulated outside systems answer."""
        return f"http://localhost:{self.sandbox_port or self.port + 1}"

    @property
    def sms_tencent_url(self) -> str:
        """Where the second SMS provider answers, "" for none; a simulated one stands behind a simulated one only."""
        simulated = "" if self.sms_endpoint else self.sandbox_origin + "/sms/tencent/"
        return self.sms_tencent_endpoint or simulated

    @property
    def sso_address(self) -> str:
        """The issuer of 省政务登录, or its JIS interface; "" when there is none, and nobody is offered it."""
        own = self.sso_issuer if self.sso_kind == "oidc" else self.sso_jis_url
        simulated = "/sso" if self.sso_kind == "oidc" else "/jis/interface.do"
        return own or (self.sandbox_origin + simulated if self.demo else "")

    @property
    def licence_address(self) -> str:
        """The licence system's interface; "" when there is none, and nobody is offered it."""
        return self.licence_url or (self.sandbox_origin + "/elicence/api" if self.demo else "")

    @property
    def kuaidi100_address(self) -> str:
        """Where kuaidi100 answers; "" when nobody is asked about parcels."""
        return self.kuaidi100_url or (self.sandbox_origin + "/kuaidi100" if self.demo else "")

    @property
    def sf_address(self) -> str:
        """Where SF answers about its own parcels; "" for none. A simulated one stands behind a simulated one only."""
        simulated = "" if self.kuaidi100_url or not self.demo else self.sandbox_origin + "/sf/std/service"
        return self.sf_url or simulated

    @property
    def sso_redirect_uris(self) -> tuple[str, ...]:
        """Where the province's platform may send browsers back to; the first one is what we ask for."""
        return tuple(f"{origin}/sso/callback" for origin in self.allowed_origins)

    @property
    def files_folder(self) -> Path:
        """Where the files of cases lie."""
        return self.files_dir or self.var_dir / "files"

    @property
    def sqlalchemy_url(self) -> str:
        """The database's URL, SQLite under :attr:`var_dir` by default."""
        return self.database_url or f"sqlite+aiosqlite:///{self.var_dir / 'portal.db'}"

    @property
    def redis_address(self) -> str:
        """Redis' URL with the deadlines its client reads from there; "" for none.

        A limit on answers is none of them: it would end the subscriptions too, which wait for news as long as it takes.
        """
        if not self.redis_url:
            return ""
        limits = f"socket_connect_timeout={self.redis_connect_timeout:g}&socket_keepalive=true"
        return f"{self.redis_url}{'&' if '?' in self.redis_url else '?'}{limits}&health_check_interval=30"

    @property
    def apps(self) -> dict[str, SecretStr]:
        """The apps that may scan for their users; the demonstration has a simulated one."""
        return self.app_secrets or ({"jszhrs": SecretStr("app-" + DEMO_MARK)} if self.demo else {})

    @property
    def app_download_address(self) -> str:
        """Where the scanning app is downloaded; "" when only its name is known. The demonstration's is simulated."""
        return self.app_download_url or (f"{self.sandbox_origin}/app" if self.demo else "")

    def legacy_connection(self, key: str) -> tuple[str, str]:
        """Return where the old system ``key`` is asked, and the secret; ("", "") where production knows no such."""
        secret = self.legacy_secrets.get(key, SecretStr("legacy-" + DEMO_MARK if self.demo else "")).get_secret_value()
        url = self.legacy_urls.get(key, f"{self.sandbox_origin}/legacy/{key}" if self.demo else "")
        return (url, secret) if url and secret else ("", "")

    @property
    def sandboxed(self) -> tuple[str, ...]:
        """The outside systems that are simulated, by the setting that would make each real."""
        return tuple(name for name, url in self.outside.items() if not url)

    @property
    def outside(self) -> dict[str, str]:
        """The outside systems' addresses by the setting that holds each."""
        return {
            "JSRS_FACE_GATEWAY_URL": self.face_gateway_url,
            "JSRS_SMS_ENDPOINT": self.sms_endpoint,
            "JSRS_REGISTRY_URL": self.registry_url,
            "JSRS_IDENTITY_URL": self.identity_url,
        }


@lru_cache
def get_settings() -> Settings:
    """Return the settings of this process, read once."""
    return Settings()  # pyright: ignore[reportCallIssue]

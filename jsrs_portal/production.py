"""Why production may not start: what must be set, and set otherwise than in the demonstration (rule 5)."""

import os
from urllib.parse import urlsplit

from pydantic import SecretStr

from jsrs_portal.settings import DEMO_MARK, Settings

_HERE = ("127.0.0.1", "::1", "localhost")


def require_ready(settings: Settings) -> None:
    """End the process with every reason why production may not start; every process calls it first (rule 5)."""
    found = refusals(settings)
    if found:
        raise SystemExit("不能以生产方式启动：\n" + "\n".join(f"  · {sentence}" for sentence in found))


def refusals(settings: Settings) -> list[str]:
    """Return why production may not start with these settings, a sentence each; empty when it may (rule 5)."""
    if settings.demo:
        return []
    found = [f"{name} 未设置：生产环境不能使用模拟的外部系统。" for name in settings.sandboxed]
    addresses = settings.outside | {"JSRS_SMS_TENCENT_ENDPOINT": settings.sms_tencent_endpoint}
    addresses |= {f"JSRS_LEGACY_URLS（{key}）": url for key, url in settings.legacy_urls.items()}
    found += [
        f"{name} 必须是 https 地址：个人信息不能明文传输。"
        for name, url in addresses.items()
        if url and urlsplit(url).scheme != "https"
    ]
    secrets = {
        "JSRS_SECRET_KEY": [settings.secret_key],
        "JSRS_DATA_KEYS": list(settings.data_keys.values()),
        "JSRS_INDEX_KEY": [settings.index_key],
        "JSRS_PASSWORD_PEPPERS": list(settings.password_peppers.values()),
        "JSRS_REGISTRY_SECRET": [settings.registry_secret],
        "JSRS_IDENTITY_SECRET": [settings.identity_secret],
        "JSRS_APP_SECRETS": list(settings.app_secrets.values()),
        "JSRS_LEGACY_SECRETS": [settings.legacy_secrets.get(key, SecretStr("")) for key in settings.legacy_urls],
    }
    for name, values in secrets.items():
        if any(DEMO_MARK in v.get_secret_value() or len(v.get_secret_value()) < 32 for v in values):
            found.append(f"{name} 仍是默认值或不足 32 个字符：请设置足够长的随机密钥。")
    # Providers choose the length of theirs; Aliyun's have 30 characters.
    if DEMO_MARK in (key := settings.sms_access_key_secret.get_secret_value()) or len(key) < 24:
        found.append("JSRS_SMS_ACCESS_KEY_SECRET 仍是默认值或过短：请填写阿里云的 AccessKey Secret。")
    tencent_key = settings.sms_tencent_secret_key.get_secret_value()
    if settings.sms_tencent_endpoint and (DEMO_MARK in tencent_key or len(tencent_key) < 24):
        found.append("JSRS_SMS_TENCENT_SECRET_KEY 仍是默认值或不足 32 个字符：请填写腾讯云的 SecretKey。")
    if not settings.face_app_private_key.get_secret_value() or not settings.face_alipay_public_key:
        found.append("JSRS_FACE_APP_PRIVATE_KEY、JSRS_FACE_ALIPAY_PUBLIC_KEY 未设置：不能使用演示密钥。")
    if settings.ca_trust is not None and not settings.ca_trust.is_file():
        found.append("JSRS_CA_TRUST 所指的文件不存在：请填写CA信任配置文件的路径。")
    found += _refused_ways_in(settings)
    found += _refused_couriers(settings)
    found += _refused_file_store(settings)
    if settings.data_key_id not in settings.data_keys:
        found.append("JSRS_DATA_KEYS 中没有 JSRS_DATA_KEY_ID 所指的密钥：请补充。")
    if settings.password_pepper_id not in settings.password_peppers:
        found.append("JSRS_PASSWORD_PEPPERS 中没有 JSRS_PASSWORD_PEPPER_ID 所指的密钥：请补充。")
    if not settings.public_url:
        found.append("JSRS_PUBLIC_URL 未设置：请填写用户访问门户的完整地址。")
    elif "*" in settings.public_url or not settings.https:
        found.append("JSRS_PUBLIC_URL 必须是一个 https 地址，不能包含通配符。")
    if settings.app_download_url and urlsplit(settings.app_download_url).scheme != "https":
        found.append("JSRS_APP_DOWNLOAD_URL 必须是 https 地址：否则下载的 APP 可能被替换。")
    if settings.trusted_proxy_hops == 0:
        found.append("JSRS_TRUSTED_PROXY_HOPS 未设置：请填写前置代理的层数，否则限流会把所有用户当作一个来源。")
    if settings.workers > 1 and settings.sqlalchemy_url.startswith("sqlite"):
        found.append("JSRS_WORKERS 大于 1 时不能使用 SQLite：请设置 PostgreSQL 的 JSRS_DATABASE_URL。")
    if settings.workers > 1 and not settings.redis_url:
        found.append("JSRS_WORKERS 大于 1 时必须设置 JSRS_REDIS_URL。")
    if settings.bcrypt_cost < 12:
        found.append("JSRS_BCRYPT_COST 不能小于 12。")
    return found


def _refused_file_store(settings: Settings) -> list[str]:
    """Return what is wrong with where files of cases are kept, and with who looks into them."""
    found: list[str] = []
    folder = settings.files_folder
    made = next((one for one in (folder, *folder.parents) if one.exists()), folder)
    if not made.is_dir() or not os.access(made, os.W_OK | os.X_OK):
        found.append("JSRS_FILES_DIR 所指的文件夹不可写：请先建立并授予运行账号写入权限，多台服务器共用同一文件夹。")
    if settings.clamd_host and not settings.clamd_host.startswith("/") and settings.clamd_host not in _HERE:
        found.append("JSRS_CLAMD_HOST 必须是本机地址或套接字路径：文件内容不能明文经过网络。")
    return found


def _refused_ways_in(settings: Settings) -> list[str]:
    """Return what is wrong with the ways in that lead through an outside party; one without address is off."""
    found: list[str] = []
    oidc, jis = settings.sso_kind == "oidc" and settings.sso_issuer, settings.sso_kind == "jis" and settings.sso_jis_url
    addresses = {
        "JSRS_SSO_ISSUER": settings.sso_issuer if oidc else "",
        "JSRS_SSO_JIS_URL": settings.sso_jis_url if jis else "",
        "JSRS_SSO_JIS_LOGIN_URL": settings.sso_jis_login_url if jis else "",
        "JSRS_LICENCE_URL": settings.licence_url,
    }
    found += [
        f"{name} 必须是 https 地址：登录凭据不能明文传输。"
        for name, url in addresses.items()
        if url and urlsplit(url).scheme != "https"
    ]
    if jis and not settings.sso_jis_login_url:
        found.append("JSRS_SSO_JIS_LOGIN_URL 未设置：请填写统一身份认证登录页的地址。")
    if jis and (_weak(settings.sso_jis_appword, 16) or len(settings.sso_jis_appword.get_secret_value().encode()) > 32):
        found.append("JSRS_SSO_JIS_APPWORD 仍是默认值或长度不符：请填写统一身份认证分配的口令。")
    if oidc and _weak(settings.sso_client_secret, 16):
        found.append("JSRS_SSO_CLIENT_SECRET 仍是默认值或不足 16 个字符：请填写省政务服务平台分配的密钥。")
    if oidc and "openid" not in settings.sso_scope.split():
        found.append("JSRS_SSO_SCOPE 中没有 openid：请补充，否则没有可以验证的登录结果。")
    if settings.licence_url and _weak(settings.licence_secret, 16):
        found.append("JSRS_LICENCE_SECRET 仍是默认值或不足 16 个字符：请填写电子营业执照系统分配的密钥。")
    if settings.licence_url and not settings.licence_public_keys:
        found.append("JSRS_LICENCE_PUBLIC_KEYS 未设置：请填写电子营业执照系统的 SM2 公钥或证书。")
    return found


def _refused_couriers(settings: Settings) -> list[str]:
    """Return what is wrong with who is asked about parcels; one without address is not asked."""
    addresses = {"JSRS_KUAIDI100_URL": settings.kuaidi100_url, "JSRS_SF_URL": settings.sf_url}
    found = [
        f"{name} 必须是 https 地址：收件人的手机尾号不能明文传输。"
        for name, url in addresses.items()
        if url and urlsplit(url).scheme != "https"
    ]
    if settings.kuaidi100_url and _weak(settings.kuaidi100_key, 8):
        found.append("JSRS_KUAIDI100_KEY 仍是默认值或过短：请填写快递100分配的密钥。")
    if settings.sf_url and _weak(settings.sf_checkword, 8):
        found.append("JSRS_SF_CHECKWORD 仍是默认值或过短：请填写丰桥分配的校验码。")
    return found


def _weak(secret: SecretStr, least: int) -> bool:
    """Tell whether a secret is the demonstration's or too short."""
    return DEMO_MARK in (text := secret.get_secret_value()) or len(text) < least

"""The registration wizards and the agreements they ask consent to (R-2.2.1 to R-2.2.8)."""

from jsrs_portal.domain.wizards import Answers, Step, WizardSpec

UNIT_REGISTRATION = WizardSpec(
    key="unit-registration",
    title="法人注册",
    steps=(
        Step("unit", "填写单位信息", invalidates=("face",)),
        Step("face", "法定代表人认证", requires=("unit",), invalidates=("account",), revisited=False),
        Step("account", "填写账户信息", requires=("unit", "face")),
        Step("done", "完成注册", requires=("unit", "face", "account")),
    ),
)
"""单位注册: what is filled in, who proves it, how they will log in (R-2.2.1, R-2.2.3, R-2.2.4, R-2.2.6)."""

PERSON_REGISTRATION = WizardSpec(
    key="person-registration",
    title="个人用户注册",
    steps=(
        Step("identity", "实名核验", invalidates=("account",)),
        Step("account", "填写账户信息", requires=("identity",)),
        Step("done", "完成注册", requires=("identity", "account")),
    ),
)
"""个人用户注册 (R-2.2.7)."""

UNIT_AGREEMENT = ("unit-agreement", "2026-11")
"""《法人用户注册协议》: its key and the version now in force."""
PERSON_AGREEMENT = ("person-agreement", "2026-11")
"""《个人用户注册协议》."""

PERSON_KNOWN = (
    "您已在本大厅登记为个人用户，请直接登录。忘记密码，或从未设置过密码和手机号的（如单位历史用户升级时登记的法定代表人），"
    "请在登录页点「忘记密码?」，通过人脸识别设置。"
)
"""The same for all who are enrolled: it does not tell who has never shown their face (R-2.2.7, R-2.3.4)."""


_NO_FIELDS = ("source", "written_name")


def proven_fields(given: Answers) -> dict[str, str]:
    """Return the fields of a first step that were proven from outside (:mod:`~jsrs_portal.domain.assertions`)."""
    return {name: str(value) for name, value in given.items() if name not in _NO_FIELDS}


def unit_number(serial: int) -> str:
    """Return the 单位编号 for the ``serial``-th unit: 32 (Jiangsu), nine digits, and a Luhn check digit."""
    body = f"32{serial:09d}"
    total = 0
    for position, digit in enumerate(reversed(body)):
        value = int(digit) * (2 if position % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return f"{body}{-total % 10}"

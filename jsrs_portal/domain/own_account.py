"""账号设置: the wizard by which a phone is changed, and what is said about the password (R-2.6.8)."""

from datetime import timedelta

from jsrs_portal.domain.wizards import Step, WizardSpec

PHONE_CHANGE = WizardSpec(
    key="phone-change",
    title="修改手机",
    steps=(
        Step("face", "人脸识别", invalidates=("phone",), revisited=False),
        Step("phone", "新手机号", requires=("face",)),
        Step("done", "完成修改", requires=("face", "phone")),
    ),
    life=timedelta(hours=1),
)
"""R-2.6.8.2: the face first, whatever password opened the session; then the new phone, proven by a code."""

PASSWORD_ADVICE = "为了账户安全，建议您定期更换密码。"
NO_PASSWORD = "本次登录没有使用密码，也就不能在这里修改。如需设置或重设密码，请退出后通过登录页的「忘记密码?」办理。"
UNSET = "该登录尚未设置密码。如需设置，请退出后通过登录页的「忘记密码?」办理。"
WRONG_OLD = "原密码不正确，请重新输入。"
SAME_PHONE = "新手机号与现在的手机号相同，请填写新的手机号。"
MOBILE_TAKEN = "该手机号已被其他用户使用，请更换手机号。"

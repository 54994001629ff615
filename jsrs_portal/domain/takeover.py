"""法定代表人变更: the registry says who leads a unit now, and that person takes its account over (R-2.6.2.4)."""

from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.wizards import Step, WizardSpec

TAKEOVER = WizardSpec(
    key="takeover",
    title="法定代表人变更",
    steps=(
        Step("unit", "填写单位信息", invalidates=("face",)),
        Step("face", "新法定代表人认证", requires=("unit",), invalidates=("account",), revisited=False),
        Step("account", "填写账户信息", requires=("unit", "face")),
        Step("done", "完成变更", requires=("unit", "face", "account")),
    ),
)
"""As a registration: what is filled in, who proves it, how they will log in. The unit is there already."""

NOT_REGISTERED = Refusal("该单位尚未在本大厅注册，请办理法人注册。", "uscc", "not_registered")
SAME = Refusal(
    "您已是该单位在本大厅的法定代表人，无需变更，请直接登录；忘记密码的，请在登录页找回。", code="same_person"
)
"""Said only to who has shown their face: nobody else learns who leads a unit's account."""
NOT_ACTIVE = Refusal("您的账号目前不能使用，请拨打 12333 咨询。", code="not_active")

"""The rules around failed logins (R-2.4.7)."""

from datetime import timedelta

FAILURES_UNTIL_LOCK = 5
LOCK = timedelta(minutes=15)
ADDRESS_WINDOW = timedelta(minutes=15)
FAILURES_PER_ADDRESS = 50
"""A whole office may sit behind one address; a guessing machine may too, and gets this many tries in 15 minutes."""

WRONG = "账号、证件号码（手机号）或密码不正确，请核对后重新输入。"
WRONG_PERSON = "证件号码（手机号）或密码不正确，请核对后重新输入。"
LOCKED = "登录失败次数过多，该账号已暂时锁定，请 15 分钟后再试，或通过「忘记密码?」重新设置。"
THROTTLED = "当前网络登录失败次数过多，请 15 分钟后再试。"
"""The same sentences whether or not the account exists."""

"""What a person hears whose login failed: the same sentences whether or not the account exists (R-2.4.7)."""

WRONG = "账号、证件号码（手机号）或密码不正确，请核对后重新输入。"
WRONG_PERSON = "证件号码（手机号）或密码不正确，请核对后重新输入。"

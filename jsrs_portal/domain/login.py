"""What a person hears whose login failed: the same sentences whether or not the account exists (R-2.4.7)."""

WRONG = "账号、证件号码（移动电话）或密码不正确，请核对后重新输入。"
VOID = "初始密码已超过 7 天未使用，已经失效。请联系单位的法定代表人或管理员，在「机构管理」中重置。"
DISABLED = "机构已停用，暂时不能登录办事。请联系所属单位的法定代表人或管理员，在「机构管理」中恢复使用。"
"""Both are said only to whoever typed the password right."""
WRONG_PASSWORD = "密码不正确，请核对后重新输入。"
"""Whoever is signed in and goes to another role types nothing else."""
WRONG_PERSON = "证件号码（移动电话）或密码不正确，请核对后重新输入。"

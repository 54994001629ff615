"""省政务登录 (R-2.4.6): the port, OpenID Connect, the JIS protocol, and a simulator of each."""

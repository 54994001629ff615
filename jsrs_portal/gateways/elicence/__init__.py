"""电子营业执照登录 (R-2.4.6): the port, a client whose words are settings, and its simulator."""

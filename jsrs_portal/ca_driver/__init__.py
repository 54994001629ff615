"""The driver of a CA's key: a program on the user's computer that a page asks for certificates and signatures.

It imports nothing of the portal, so that it can be handed out by itself (``api/ca_driver.py``). docs/ca-login.md.
"""

VERSION = "1.0.0"
PACKAGE = f"jsrs_ca_driver-{VERSION}-py3-none-any.whl"
"""The file in which it is handed out."""

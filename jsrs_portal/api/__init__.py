"""ASGI around Reflex: documents with cookie and CSP, the session's routes, health, the websocket's guard."""

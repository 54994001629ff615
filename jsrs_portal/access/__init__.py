"""Who is asking, and may they: policies on handlers, the session cookie, the middleware, the limits (rules 1 and 2)."""

"""What the product does, one named operation per write, one module per business area (rule 6).

An operation that takes ``session`` runs inside the caller's unit of work and never commits. One that asks an outside
system takes no session: it opens its own units of work before and after the call, never around it.
"""

"""Old systems whose users are upgraded (R-2.3): the port, the signed-JSON client and its simulator."""

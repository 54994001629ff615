"""Short messages (短信): the port, the Alibaba Cloud client and its simulator."""

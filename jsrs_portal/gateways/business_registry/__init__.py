"""Business registry (企业登记库): the port, the signed-JSON client and its simulator."""

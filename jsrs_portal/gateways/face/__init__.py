"""Face check (人脸识别): the port, the Alipay open platform's client and its simulator."""

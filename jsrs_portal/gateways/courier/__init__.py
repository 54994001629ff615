"""Courier tracking (快递查询): the port, kuaidi100 and SF Express, who is asked for which company, the simulator."""

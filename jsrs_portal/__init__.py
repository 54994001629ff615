"""网上办事服务大厅: the online service hall for employers."""

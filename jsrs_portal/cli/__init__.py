"""``jsrs …``: what an operator does at a shell; a module for each group of commands."""

import os

import typer

from jsrs_portal.cli import audit, ca_driver, catalog, database, demo_ca, keys, legacy, outbox, staff
from jsrs_portal.production import require_ready
from jsrs_portal.settings import get_settings

app = typer.Typer(no_args_is_help=True, add_completion=False, help="网上办事服务大厅的运维命令")
app.command()(database.demo)
app.command(hidden=True)(database.prepare)
app.command()(database.backup)
app.command()(database.restore)
app.command("ca-driver")(ca_driver.ca_driver)
app.add_typer(audit.commands, name="audit")
app.add_typer(catalog.commands, name="catalog")
app.add_typer(demo_ca.commands, name="demo-ca")
app.add_typer(keys.commands, name="keys")
app.add_typer(legacy.commands, name="legacy")
app.add_typer(outbox.commands, name="outbox")
app.add_typer(staff.commands, name="staff")


@app.callback()
def start() -> None:
    """Refuse what production may not do, and keep what is written to ourselves."""
    os.umask(0o077)
    require_ready(get_settings())

"""legacy accounts: until when they are kept; unit numbers as they are compared

Revision: 0019_legacy_kept, after 0018_favourites_by_role
"""

import sqlalchemy as sa
from alembic import op

from jsrs_portal.domain.identifiers import normalise

revision = '0019_legacy_kept'
down_revision = '0018_favourites_by_role'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('legacy_accounts') as table:
        table.add_column(sa.Column('imported_at', sa.DateTime(timezone=True), nullable=True))
    op.execute('UPDATE legacy_accounts SET imported_at = created_at')
    with op.batch_alter_table('legacy_accounts') as table:
        table.alter_column('imported_at', existing_type=sa.DateTime(timezone=True), nullable=False)
        table.create_index(op.f('ix_legacy_accounts_imported_at'), ['imported_at'])
    for name in ('legacy_units', 'legacy_upgrades'):
        rows = sa.table(name, sa.column('id', sa.String), sa.column('number', sa.String))
        for key, number in op.get_bind().execute(sa.select(rows.c.id, rows.c.number)).all():
            if normalise(number) not in ('', number):
                op.execute(rows.update().where(rows.c.id == key).values(number=normalise(number)[:40]))


def downgrade() -> None:
    with op.batch_alter_table('legacy_accounts') as table:
        table.drop_index(op.f('ix_legacy_accounts_imported_at'))
        table.drop_column('imported_at')

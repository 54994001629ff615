"""favourites by role: each unit and institution that somebody acts for has a list of its own

Revision: 0018_favourites_by_role, after 0017_account
"""

import sqlalchemy as sa
from alembic import op

revision = '0018_favourites_by_role'
down_revision = '0017_account'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('favourites') as table:
        table.add_column(sa.Column('whom', sa.String(length=32), nullable=False, server_default=''))
        table.drop_constraint('pk_favourites', type_='primary')
        table.create_primary_key('pk_favourites', ['person_id', 'whom', 'matter_id'])
    with op.batch_alter_table('favourites') as table:
        table.alter_column('whom', server_default=None)


def downgrade() -> None:
    op.execute("DELETE FROM favourites WHERE whom <> ''")
    with op.batch_alter_table('favourites') as table:
        table.drop_constraint('pk_favourites', type_='primary')
        table.create_primary_key('pk_favourites', ['person_id', 'matter_id'])
        table.drop_column('whom')

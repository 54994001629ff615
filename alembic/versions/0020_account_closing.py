"""account closing: when an account is closed unless its person takes that back; old changes of units are found

Revision: 0020_account_closing, after 0019_legacy_kept
"""

import sqlalchemy as sa
from alembic import op

revision = '0020_account_closing'
down_revision = '0019_legacy_kept'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('persons') as table:
        table.add_column(sa.Column('closing_at', sa.DateTime(timezone=True), nullable=True))
        table.create_index(op.f('ix_persons_closing_at'), ['closing_at'])
    op.create_index('ix_unit_changes_created_at', 'unit_changes', ['created_at'])


def downgrade() -> None:
    op.drop_index('ix_unit_changes_created_at', 'unit_changes')
    with op.batch_alter_table('persons') as table:
        table.drop_index(op.f('ix_persons_closing_at'))
        table.drop_column('closing_at')

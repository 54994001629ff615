"""staff accounts: let in by a second administrator, enrolled at the first login, first passwords with an end

Revision: 0009_staff_accounts, after 0008_staff
"""

import sqlalchemy as sa
from alembic import op

revision = '0009_staff_accounts'
down_revision = '0008_staff'
branch_labels = None
depends_on = None


def upgrade() -> None:
    for flag in ('authorised', 'enrolled'):  # whoever is there was made at a shell, with both
        op.add_column('staff', sa.Column(flag, sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column('staff', sa.Column('activation', sa.String(length=64), nullable=False, server_default=''))
    op.add_column('staff', sa.Column('void_after', sa.DateTime(timezone=True), nullable=True))
    op.add_column('staff_sessions', sa.Column('totp_cipher', sa.LargeBinary(), nullable=True))
    op.add_column('staff_tickets', sa.Column('staff_version', sa.Integer(), nullable=False, server_default='0'))


def downgrade() -> None:
    op.drop_column('staff_tickets', 'staff_version')
    op.drop_column('staff_sessions', 'totp_cipher')
    for column in ('void_after', 'activation', 'enrolled', 'authorised'):
        op.drop_column('staff', column)

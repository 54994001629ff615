"""the beginning of the audit chain, once its oldest entries are in an archive

Revision: 0002_audit_archive, after 0001
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = '0002_audit_archive'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('audit_head', schema=None) as batch_op:
        batch_op.add_column(sa.Column('archived_position', sa.Integer(), nullable=False, server_default='0'))
        batch_op.add_column(
            sa.Column(
                'archived_seal', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False, server_default=''
            )
        )
        batch_op.add_column(
            sa.Column(
                'archived_proof', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False, server_default=''
            )
        )
    # An existing chain gets the default; from now on the product says what it means.
    with op.batch_alter_table('audit_head', schema=None) as batch_op:
        batch_op.alter_column('archived_position', server_default=None)
        batch_op.alter_column('archived_seal', server_default=None)
        batch_op.alter_column('archived_proof', server_default=None)


def downgrade() -> None:
    with op.batch_alter_table('audit_head', schema=None) as batch_op:
        batch_op.drop_column('archived_proof')
        batch_op.drop_column('archived_seal')
        batch_op.drop_column('archived_position')

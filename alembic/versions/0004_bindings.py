"""face checks say what they are about; a password hash is bound to its person and realm

Revision: 0004_bindings, after 0003_catalog
"""

import sqlalchemy as sa
from alembic import op

from jsrs_portal import crypto

revision = '0004_bindings'
down_revision = '0003_catalog'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('face_checks', schema=None) as batch_op:
        batch_op.add_column(sa.Column('about_cipher', sa.LargeBinary(), nullable=True))
    with op.batch_alter_table('credentials', schema=None) as batch_op:
        batch_op.add_column(sa.Column('binding', sa.String(length=64), nullable=False, server_default=''))
    # Hashes written before there were bindings are believed once, now.
    credentials = sa.table(
        'credentials',
        *(sa.column(name, sa.String) for name in ('id', 'person_id', 'realm', 'password_hash', 'binding')),
    )
    connection = op.get_bind()
    for row in connection.execute(sa.select(credentials)).mappings().all():
        binding = crypto.bind_hash(row['password_hash'], person=row['person_id'], realm=row['realm'])
        connection.execute(credentials.update().where(credentials.c.id == row['id']).values(binding=binding))
    with op.batch_alter_table('credentials', schema=None) as batch_op:
        batch_op.alter_column('binding', server_default=None)


def downgrade() -> None:
    with op.batch_alter_table('credentials', schema=None) as batch_op:
        batch_op.drop_column('binding')
    with op.batch_alter_table('face_checks', schema=None) as batch_op:
        batch_op.drop_column('about_cipher')

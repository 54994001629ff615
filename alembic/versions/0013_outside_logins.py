"""outside logins: browsers on their way through the province's platform and the licence system

Revision: 0013_outside_logins, after 0012_certificates
"""

import sqlalchemy as sa
from alembic import op

revision = '0013_outside_logins'
down_revision = '0012_certificates'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'sso_logins',
        sa.Column('id', sa.String(length=32), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('owner', sa.String(length=64), nullable=False),
        sa.Column('state_hash', sa.String(length=64), nullable=False),
        sa.Column('nonce_cipher', sa.LargeBinary(), nullable=False),
        sa.Column('verifier_cipher', sa.LargeBinary(), nullable=False),
        sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_sso_logins')),
        sa.UniqueConstraint('state_hash', name=op.f('uq_sso_logins_state_hash')),
    )
    op.create_index(op.f('ix_sso_logins_owner'), 'sso_logins', ['owner'])
    op.create_index(op.f('ix_sso_logins_expires_at'), 'sso_logins', ['expires_at'])
    op.create_table(
        'licence_logins',
        sa.Column('id', sa.String(length=32), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('owner', sa.String(length=64), nullable=False),
        sa.Column('serial', sa.String(length=64), nullable=False),
        sa.Column('state', sa.String(length=16), nullable=False),
        sa.Column('problem', sa.String(length=40), nullable=False),
        sa.Column('asked_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('result_cipher', sa.LargeBinary(), nullable=True),
        sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_licence_logins')),
        sa.UniqueConstraint('serial', name=op.f('uq_licence_logins_serial')),
    )
    op.create_index(op.f('ix_licence_logins_owner'), 'licence_logins', ['owner'])
    op.create_index(op.f('ix_licence_logins_expires_at'), 'licence_logins', ['expires_at'])


def downgrade() -> None:
    op.drop_table('licence_logins')
    op.drop_table('sso_logins')

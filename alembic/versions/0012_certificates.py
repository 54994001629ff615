"""certificates: texts to be signed by a CA's key, and the revocation lists that were fetched

Revision: 0012_certificates, after 0011_proven_units
"""

import sqlalchemy as sa
from alembic import op

revision = '0012_certificates'
down_revision = '0011_proven_units'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'ca_challenges',
        sa.Column('id', sa.String(length=32), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('owner', sa.String(length=64), nullable=False),
        sa.Column('text', sa.String(length=400), nullable=False),
        sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_ca_challenges')),
    )
    op.create_index(op.f('ix_ca_challenges_owner'), 'ca_challenges', ['owner'])
    op.create_index(op.f('ix_ca_challenges_expires_at'), 'ca_challenges', ['expires_at'])
    op.create_table(
        'ca_lists',
        sa.Column('url', sa.String(length=500), nullable=False),
        sa.Column('digest', sa.String(length=64), nullable=False),
        sa.Column('number', sa.String(length=60), nullable=False),
        sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('next_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('fetched_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('content', sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint('url', name=op.f('pk_ca_lists')),
    )


def downgrade() -> None:
    op.drop_table('ca_lists')
    op.drop_table('ca_challenges')

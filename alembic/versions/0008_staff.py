"""staff: officers' accounts, their sessions and login tickets; the audit log is read newest first

Revision: 0008_staff, after 0007_grants
"""

import sqlalchemy as sa
from alembic import op

revision = '0008_staff'
down_revision = '0007_grants'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'staff',
        sa.Column('id', sa.String(length=32), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('login', sa.String(length=32), nullable=False),
        sa.Column('name_cipher', sa.LargeBinary(), nullable=False),
        sa.Column('role', sa.String(length=16), nullable=False),
        sa.Column('region', sa.String(length=6), nullable=False),
        sa.Column('password_hash', sa.String(length=128), nullable=False),
        sa.Column('binding', sa.String(length=64), nullable=False),
        sa.Column('totp_cipher', sa.LargeBinary(), nullable=False),
        sa.Column('totp_last_step', sa.Integer(), nullable=False),
        sa.Column('status', sa.String(length=16), nullable=False),
        sa.Column('must_change', sa.Boolean(), nullable=False),
        sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_staff')),
        sa.UniqueConstraint('login', name=op.f('uq_staff_login')),
    )
    op.create_table(
        'staff_sessions',
        sa.Column('id', sa.String(length=32), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('token_hash', sa.String(length=64), nullable=False),
        sa.Column('staff_id', sa.String(length=32), nullable=False),
        sa.Column('last_active_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('ended_because', sa.String(length=24), nullable=False),
        sa.Column('address', sa.String(length=45), nullable=False),
        sa.Column('device', sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_staff_sessions_staff_id_staff')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_staff_sessions')),
        sa.UniqueConstraint('token_hash', name=op.f('uq_staff_sessions_token_hash')),
    )
    op.create_index(op.f('ix_staff_sessions_staff_id'), 'staff_sessions', ['staff_id'])
    op.create_index(op.f('ix_staff_sessions_expires_at'), 'staff_sessions', ['expires_at'])
    op.create_table(
        'staff_tickets',
        sa.Column('id', sa.String(length=32), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('ticket_hash', sa.String(length=64), nullable=False),
        sa.Column('anonymous_key', sa.String(length=64), nullable=False),
        sa.Column('staff_id', sa.String(length=32), nullable=False),
        sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_staff_tickets_staff_id_staff')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_staff_tickets')),
        sa.UniqueConstraint('ticket_hash', name=op.f('uq_staff_tickets_ticket_hash')),
    )
    op.create_index(op.f('ix_staff_tickets_expires_at'), 'staff_tickets', ['expires_at'])
    op.create_index('ix_audit_entries_newest', 'audit_entries', ['created_at', 'id'])


def downgrade() -> None:
    op.drop_index('ix_audit_entries_newest', table_name='audit_entries')
    op.drop_table('staff_tickets')
    op.drop_table('staff_sessions')
    op.drop_table('staff')

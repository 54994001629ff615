"""announcements: pinned until a day, and the files that go with them

Revision: 0006_announcement_files, after 0005_favourites
"""

import sqlalchemy as sa
from alembic import op

revision = '0006_announcement_files'
down_revision = '0005_favourites'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('announcements', sa.Column('pinned_until', sa.Date(), nullable=True))
    op.create_index('ix_announcements_pinned', 'announcements', ['pinned_until'])
    op.create_table(
        'announcement_files',
        sa.Column('announcement_id', sa.String(length=32), nullable=False),
        sa.Column('number', sa.Integer(), nullable=False, autoincrement=False),
        sa.Column('file_name', sa.String(length=64), nullable=False),
        sa.Column('digest', sa.String(length=64), nullable=False),
        sa.Column('size', sa.Integer(), nullable=False),
        sa.Column('content', sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ['announcement_id'], ['announcements.id'], name=op.f('fk_announcement_files_announcement_id_announcements')
        ),
        sa.PrimaryKeyConstraint('announcement_id', 'number', name=op.f('pk_announcement_files')),
    )


def downgrade() -> None:
    op.drop_table('announcement_files')
    op.drop_index('ix_announcements_pinned', table_name='announcements')
    op.drop_column('announcements', 'pinned_until')

"""matters that a person keeps at hand

Revision: 0005_favourites, after 0004_bindings
"""

import sqlalchemy as sa
from alembic import op

revision = '0005_favourites'
down_revision = '0004_bindings'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'favourites',
        sa.Column('person_id', sa.String(length=32), nullable=False),
        sa.Column('matter_id', sa.String(length=32), nullable=False),
        sa.Column('kept_at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_favourites_person_id_persons')),
        sa.ForeignKeyConstraint(['matter_id'], ['matters.id'], name=op.f('fk_favourites_matter_id_matters')),
        sa.PrimaryKeyConstraint('person_id', 'matter_id', name=op.f('pk_favourites')),
    )
    op.create_index(op.f('ix_favourites_matter_id'), 'favourites', ['matter_id'])


def downgrade() -> None:
    op.drop_index(op.f('ix_favourites_matter_id'), table_name='favourites')
    op.drop_table('favourites')

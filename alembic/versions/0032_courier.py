"""courier: where results are sent, parcels and what became of them, the shipments of cases

Revision: 0032_courier, after 0031_results
"""

import sqlalchemy as sa
from alembic import op

revision = '0032_courier'
down_revision = '0031_results'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'parcels',
        sa.Column('id', sa.String(length=32), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('company', sa.String(length=24), nullable=False),
        sa.Column('number', sa.String(length=32), nullable=False),
        sa.Column('state', sa.String(length=16), nullable=False),
        sa.Column('moved_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('asked_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('heard_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('subscribed_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('phone_cipher', sa.LargeBinary(), nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_parcels')),
        sa.UniqueConstraint('company', 'number', name=op.f('uq_parcels_company_number')),
    )
    op.create_index(op.f('ix_parcels_due_at'), 'parcels', ['due_at'])

    op.create_table(
        'parcel_events',
        sa.Column('id', sa.String(length=32), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('parcel_id', sa.String(length=32), nullable=False),
        sa.Column('happened_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('state', sa.String(length=16), nullable=False),
        sa.Column('digest', sa.String(length=64), nullable=False),
        sa.Column('text_cipher', sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(['parcel_id'], ['parcels.id'], name=op.f('fk_parcel_events_parcel_id_parcels')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_parcel_events')),
        sa.UniqueConstraint('parcel_id', 'digest', name=op.f('uq_parcel_events_parcel_id_digest')),
    )
    op.create_index('ix_parcel_events_parcel_id_happened_at', 'parcel_events', ['parcel_id', 'happened_at'])

    op.create_table(
        'case_deliveries',
        sa.Column('id', sa.String(length=32), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('case_id', sa.String(length=32), nullable=False),
        sa.Column('person_id', sa.String(length=32), nullable=False),
        sa.Column('address_id', sa.String(length=32), nullable=False),
        sa.Column('division', sa.String(length=6), nullable=False),
        sa.Column('name_cipher', sa.LargeBinary(), nullable=False),
        sa.Column('mobile_cipher', sa.LargeBinary(), nullable=False),
        sa.Column('detail_cipher', sa.LargeBinary(), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_case_deliveries_case_id_cases')),
        sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_case_deliveries_person_id_persons')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_case_deliveries')),
        sa.UniqueConstraint('case_id', name=op.f('uq_case_deliveries_case_id')),
    )
    op.create_table(
        'shipments',
        sa.Column('id', sa.String(length=32), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('case_id', sa.String(length=32), nullable=False),
        sa.Column('parcel_id', sa.String(length=32), nullable=False),
        sa.Column('direction', sa.String(length=12), nullable=False),
        sa.Column('number', sa.String(length=32), nullable=False),
        sa.Column('house_id', sa.String(length=32), nullable=True),
        sa.Column('institution_id', sa.String(length=32), nullable=True),
        sa.Column('owner_id', sa.String(length=32), nullable=True),
        sa.Column('person_id', sa.String(length=32), nullable=True),
        sa.Column('staff_id', sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_shipments_case_id_cases')),
        sa.ForeignKeyConstraint(['house_id'], ['units.id'], name=op.f('fk_shipments_house_id_units')),
        sa.ForeignKeyConstraint(['institution_id'], ['institutions.id'], name=op.f('fk_shipments_institution_id_institutions')),
        sa.ForeignKeyConstraint(['owner_id'], ['persons.id'], name=op.f('fk_shipments_owner_id_persons')),
        sa.ForeignKeyConstraint(['parcel_id'], ['parcels.id'], name=op.f('fk_shipments_parcel_id_parcels')),
        sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_shipments_person_id_persons')),
        sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_shipments_staff_id_staff')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_shipments')),
        sa.UniqueConstraint('case_id', 'parcel_id', 'direction', name=op.f('uq_shipments_case_id_parcel_id_direction')),
    )
    op.create_index('ix_shipments_house', 'shipments', ['house_id', 'created_at', 'id'])
    op.create_index('ix_shipments_institution', 'shipments', ['institution_id', 'created_at', 'id'])
    op.create_index('ix_shipments_owner', 'shipments', ['owner_id', 'created_at', 'id'])
    op.create_index('ix_shipments_parcel_id', 'shipments', ['parcel_id'])

    op.create_table(
        'shipment_milestones',
        sa.Column('id', sa.String(length=32), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('shipment_id', sa.String(length=32), nullable=False),
        sa.Column('case_id', sa.String(length=32), nullable=False),
        sa.Column('state', sa.String(length=16), nullable=False),
        sa.Column('happened_at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_shipment_milestones_case_id_cases')),
        sa.ForeignKeyConstraint(['shipment_id'], ['shipments.id'], name=op.f('fk_shipment_milestones_shipment_id_shipments')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_shipment_milestones')),
        sa.UniqueConstraint('shipment_id', 'state', name=op.f('uq_shipment_milestones_shipment_id_state')),
    )
    op.create_index(op.f('ix_shipment_milestones_case_id'), 'shipment_milestones', ['case_id'])



def downgrade() -> None:
    op.drop_table('shipment_milestones')
    op.drop_table('shipments')
    op.drop_table('case_deliveries')
    op.drop_table('parcel_events')
    op.drop_table('parcels')

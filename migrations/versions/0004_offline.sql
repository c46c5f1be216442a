-- Frozen: later changes are migrations of their own.

ALTER TABLE desktop.workstation
    ADD COLUMN renamed_at timestamp(3),
    ADD COLUMN enrolled_at timestamp(3),
    ADD COLUMN enrolled_by text,
    ADD COLUMN generation bigint NOT NULL DEFAULT 0,
    ADD COLUMN old_copy_at timestamp(3),
    ADD COLUMN revoked_by text;

ALTER TABLE desktop.applied_command ADD COLUMN adopted_by text;

CREATE TABLE desktop.discarded_command (
    id text NOT NULL,
    clinic_id text NOT NULL,
    user_id text NOT NULL,
    kind text NOT NULL,
    workstation text NOT NULL,
    occurred_at timestamp(3) NOT NULL,
    discarded_at timestamp(3) NOT NULL,
    discarded_by text NOT NULL,
    reason text NOT NULL,
    CONSTRAINT discarded_command_pkey PRIMARY KEY (id)
);
CREATE INDEX discarded_command_clinic_id_discarded_at_idx ON desktop.discarded_command (clinic_id, discarded_at);

CREATE TABLE desktop.slot_lease (
    slot_id text NOT NULL,
    clinic_id text NOT NULL,
    workstation_id text NOT NULL,
    leased_at timestamp(3) NOT NULL,
    CONSTRAINT slot_lease_pkey PRIMARY KEY (slot_id),
    CONSTRAINT slot_lease_slot_id_fkey FOREIGN KEY (slot_id) REFERENCES public.visit_slots (id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT slot_lease_clinic_id_fkey FOREIGN KEY (clinic_id) REFERENCES public.clinics (id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT slot_lease_workstation_id_fkey FOREIGN KEY (workstation_id) REFERENCES desktop.workstation (id) ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX slot_lease_clinic_id_idx ON desktop.slot_lease (clinic_id);
CREATE INDEX slot_lease_workstation_id_idx ON desktop.slot_lease (workstation_id);

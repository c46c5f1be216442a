-- Our own tables. Frozen: later changes are migrations of their own.

CREATE TABLE desktop.access_event (
    id text NOT NULL,
    clinic_id text NOT NULL,
    user_id text NOT NULL,
    patient_id text NOT NULL,
    at timestamp(3) NOT NULL,
    kind text NOT NULL,
    reason text,
    workstation text NOT NULL,
    CONSTRAINT access_event_pkey PRIMARY KEY (id)
);
CREATE INDEX access_event_clinic_id_at_idx ON desktop.access_event (clinic_id, at);
CREATE INDEX access_event_patient_id_at_idx ON desktop.access_event (patient_id, at);

CREATE TABLE desktop.account_log (
    id bigint GENERATED ALWAYS AS IDENTITY,
    at timestamp(3) NOT NULL,
    by_role text NOT NULL,
    clinic_id text,
    what text NOT NULL,
    target text,
    CONSTRAINT account_log_pkey PRIMARY KEY (id)
);
CREATE INDEX account_log_clinic_id_at_idx ON desktop.account_log (clinic_id, at);

CREATE TABLE desktop.applied_command (
    id text NOT NULL,
    clinic_id text NOT NULL,
    user_id text NOT NULL,
    kind text NOT NULL,
    workstation text NOT NULL,
    occurred_at timestamp(3) NOT NULL,
    applied_at timestamp(3) NOT NULL,
    outcome jsonb,
    xid bigint,
    CONSTRAINT applied_command_pkey PRIMARY KEY (id)
);
CREATE INDEX applied_command_clinic_id_applied_at_idx ON desktop.applied_command (clinic_id, applied_at);
CREATE INDEX applied_command_user_id_applied_at_idx ON desktop.applied_command (user_id, applied_at);

CREATE TABLE desktop.audit (
    seq bigint GENERATED ALWAYS AS IDENTITY,
    at timestamp(3) NOT NULL,
    xid xid8 NOT NULL,
    who text NOT NULL,
    user_id text,
    clinic_id text,
    workstation text,
    command_id text,
    on_behalf_of text,
    table_name text NOT NULL,
    row_id text NOT NULL,
    op text NOT NULL,
    before jsonb,
    after jsonb,
    chain_seq bigint,
    prev_hash bytea,
    hash bytea,
    CONSTRAINT audit_pkey PRIMARY KEY (seq),
    CONSTRAINT audit_op_check CHECK (op IN ('I', 'U', 'D', 'T'))
);
CREATE UNIQUE INDEX audit_chain_seq_key ON desktop.audit (chain_seq) WHERE chain_seq IS NOT NULL;
CREATE INDEX audit_unsealed_idx ON desktop.audit (xid, seq) WHERE chain_seq IS NULL;
CREATE INDEX audit_clinic_id_at_idx ON desktop.audit (clinic_id, at);
CREATE INDEX audit_command_id_idx ON desktop.audit (command_id) WHERE command_id IS NOT NULL;
CREATE INDEX audit_table_name_row_id_seq_idx ON desktop.audit (table_name, row_id, seq);

CREATE TABLE desktop.change (
    seq bigint GENERATED ALWAYS AS IDENTITY,
    xid xid8 NOT NULL,
    at timestamp(3) NOT NULL,
    clinic_id text,
    table_name text NOT NULL,
    row_id text NOT NULL,
    op text NOT NULL,
    CONSTRAINT change_pkey PRIMARY KEY (seq),
    CONSTRAINT change_op_check CHECK (op IN ('I', 'U', 'D', 'T'))
);
CREATE INDEX change_xid_seq_idx ON desktop.change (xid, seq);

CREATE TABLE desktop.installation (
    one boolean NOT NULL DEFAULT true,
    schema_version integer NOT NULL,
    min_client integer NOT NULL,
    epoch text NOT NULL,
    system_identifier text NOT NULL,
    pruned_before bigint NOT NULL DEFAULT 0,
    clock_offset_seconds bigint NOT NULL DEFAULT 0,
    is_demo boolean NOT NULL DEFAULT false,
    scripts_hash text NOT NULL,
    CONSTRAINT installation_pkey PRIMARY KEY (one),
    CONSTRAINT installation_one_check CHECK (one)
);

CREATE TABLE desktop.appointment_type (
    id text NOT NULL,
    clinic_id text NOT NULL,
    name text NOT NULL,
    short_name text NOT NULL,
    minutes integer NOT NULL,
    visit_mode text,
    color text NOT NULL,
    active boolean NOT NULL DEFAULT true,
    sort_order integer NOT NULL DEFAULT 0,
    updated_at timestamp(3) NOT NULL,
    CONSTRAINT appointment_type_pkey PRIMARY KEY (id),
    CONSTRAINT appointment_type_clinic_id_fkey FOREIGN KEY (clinic_id) REFERENCES public.clinics (id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT appointment_type_visit_mode_check CHECK (visit_mode IN ('VIRTUAL', 'IN_PERSON')),
    CONSTRAINT appointment_type_minutes_check CHECK (minutes BETWEEN 1 AND 1440)
);
CREATE INDEX appointment_type_clinic_id_idx ON desktop.appointment_type (clinic_id);

CREATE TABLE desktop.clinic_settings (
    clinic_id text NOT NULL,
    timezone text NOT NULL,
    locale text NOT NULL DEFAULT 'en',
    slot_minutes integer NOT NULL DEFAULT 20,
    horizon_days integer NOT NULL DEFAULT 90,
    hold_minutes integer NOT NULL DEFAULT 5,
    auto_lock_minutes integer NOT NULL DEFAULT 5,
    late_after_minutes integer NOT NULL DEFAULT 10,
    wait_warn_minutes integer NOT NULL DEFAULT 15,
    wait_limit_minutes integer NOT NULL DEFAULT 30,
    phone_region text NOT NULL DEFAULT 'US',
    room_url_template text,
    settings jsonb NOT NULL DEFAULT '{}',
    updated_at timestamp(3) NOT NULL,
    CONSTRAINT clinic_settings_pkey PRIMARY KEY (clinic_id),
    CONSTRAINT clinic_settings_clinic_id_fkey FOREIGN KEY (clinic_id) REFERENCES public.clinics (id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT clinic_settings_slot_minutes_check CHECK (slot_minutes BETWEEN 1 AND 1440)
);

CREATE TABLE desktop.household (
    id text NOT NULL,
    clinic_id text NOT NULL,
    name text NOT NULL,
    updated_at timestamp(3) NOT NULL,
    CONSTRAINT household_pkey PRIMARY KEY (id),
    CONSTRAINT household_clinic_id_fkey FOREIGN KEY (clinic_id) REFERENCES public.clinics (id) ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX household_clinic_id_idx ON desktop.household (clinic_id);

CREATE TABLE desktop.import_link (
    id text NOT NULL,
    clinic_id text NOT NULL,
    system text NOT NULL,
    type text NOT NULL,
    source_id text NOT NULL,
    table_name text NOT NULL,
    row_id text NOT NULL,
    content_hash text NOT NULL,
    updated_at timestamp(3) NOT NULL,
    CONSTRAINT import_link_pkey PRIMARY KEY (id),
    CONSTRAINT import_link_clinic_id_fkey FOREIGN KEY (clinic_id) REFERENCES public.clinics (id) ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE UNIQUE INDEX import_link_clinic_id_system_type_source_id_table_name_key ON desktop.import_link (clinic_id, system, type, source_id, table_name);
CREATE INDEX import_link_table_name_row_id_idx ON desktop.import_link (table_name, row_id);

CREATE TABLE desktop.import_run (
    id text NOT NULL,
    clinic_id text NOT NULL,
    kind text NOT NULL,
    started_at timestamp(3) NOT NULL,
    finished_at timestamp(3),
    by_user text NOT NULL,
    summary jsonb NOT NULL DEFAULT '{}',
    CONSTRAINT import_run_pkey PRIMARY KEY (id),
    CONSTRAINT import_run_clinic_id_fkey FOREIGN KEY (clinic_id) REFERENCES public.clinics (id) ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX import_run_clinic_id_started_at_idx ON desktop.import_run (clinic_id, started_at);

CREATE TABLE desktop.room (
    id text NOT NULL,
    clinic_id text NOT NULL,
    name text NOT NULL,
    sort_order integer NOT NULL DEFAULT 0,
    active boolean NOT NULL DEFAULT true,
    CONSTRAINT room_pkey PRIMARY KEY (id),
    CONSTRAINT room_clinic_id_fkey FOREIGN KEY (clinic_id) REFERENCES public.clinics (id) ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX room_clinic_id_idx ON desktop.room (clinic_id);

CREATE TABLE desktop.rule_clinic (
    rule_id text NOT NULL,
    clinic_id text NOT NULL,
    CONSTRAINT rule_clinic_pkey PRIMARY KEY (rule_id),
    CONSTRAINT rule_clinic_rule_id_fkey FOREIGN KEY (rule_id) REFERENCES public.clinical_rules (id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT rule_clinic_clinic_id_fkey FOREIGN KEY (clinic_id) REFERENCES public.clinics (id) ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX rule_clinic_clinic_id_idx ON desktop.rule_clinic (clinic_id);

CREATE TABLE desktop.search_name (
    clinic_id text NOT NULL,
    name text COLLATE "C" NOT NULL,
    uses integer NOT NULL,
    CONSTRAINT search_name_pkey PRIMARY KEY (clinic_id, name),
    CONSTRAINT search_name_clinic_id_fkey FOREIGN KEY (clinic_id) REFERENCES public.clinics (id) ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX search_name_name_idx ON desktop.search_name USING gin (name gin_trgm_ops);

CREATE TABLE desktop.sign_in_event (
    id text NOT NULL,
    clinic_id text NOT NULL,
    user_id text,
    workstation text NOT NULL,
    at timestamp(3) NOT NULL,
    kind text NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    CONSTRAINT sign_in_event_pkey PRIMARY KEY (id),
    CONSTRAINT sign_in_event_clinic_id_fkey FOREIGN KEY (clinic_id) REFERENCES public.clinics (id) ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX sign_in_event_clinic_id_at_idx ON desktop.sign_in_event (clinic_id, at);

CREATE TABLE desktop.workstation (
    id text NOT NULL,
    clinic_id text NOT NULL,
    name text NOT NULL,
    created_at timestamp(3) NOT NULL,
    last_seen_at timestamp(3) NOT NULL,
    revoked_at timestamp(3),
    CONSTRAINT workstation_pkey PRIMARY KEY (id),
    CONSTRAINT workstation_clinic_id_fkey FOREIGN KEY (clinic_id) REFERENCES public.clinics (id) ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX workstation_clinic_id_idx ON desktop.workstation (clinic_id);

CREATE TABLE desktop.draft (
    id text NOT NULL,
    user_id text NOT NULL,
    clinic_id text NOT NULL,
    kind text NOT NULL,
    subject text,
    body jsonb NOT NULL,
    updated_at timestamp(3) NOT NULL,
    CONSTRAINT draft_pkey PRIMARY KEY (id),
    CONSTRAINT draft_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users (id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT draft_clinic_id_fkey FOREIGN KEY (clinic_id) REFERENCES public.clinics (id) ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX draft_user_id_kind_subject_idx ON desktop.draft (user_id, kind, subject);
CREATE INDEX draft_clinic_id_idx ON desktop.draft (clinic_id);

CREATE TABLE desktop.login (
    rolname text NOT NULL,
    user_id text NOT NULL,
    clinic_id text NOT NULL,
    email text NOT NULL,
    display_name text NOT NULL,
    roles text[] NOT NULL,
    disabled_at timestamp(3),
    must_change_password boolean NOT NULL DEFAULT false,
    created_at timestamp(3) NOT NULL,
    updated_at timestamp(3) NOT NULL,
    CONSTRAINT login_pkey PRIMARY KEY (rolname),
    CONSTRAINT login_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users (id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT login_clinic_id_fkey FOREIGN KEY (clinic_id) REFERENCES public.clinics (id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT login_roles_check CHECK (roles <@ ARRAY['PROVIDER', 'MEDICAL_ASSISTANT', 'ADMIN'])
);
CREATE UNIQUE INDEX login_user_id_key ON desktop.login (user_id);
CREATE INDEX login_clinic_id_idx ON desktop.login (clinic_id);

CREATE TABLE desktop.saved_view (
    id text NOT NULL,
    clinic_id text NOT NULL,
    user_id text,
    name text NOT NULL,
    kind text NOT NULL,
    body jsonb NOT NULL,
    sort_order integer NOT NULL DEFAULT 0,
    updated_at timestamp(3) NOT NULL,
    CONSTRAINT saved_view_pkey PRIMARY KEY (id),
    CONSTRAINT saved_view_clinic_id_fkey FOREIGN KEY (clinic_id) REFERENCES public.clinics (id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT saved_view_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users (id) ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX saved_view_clinic_id_kind_idx ON desktop.saved_view (clinic_id, kind);
CREATE INDEX saved_view_user_id_idx ON desktop.saved_view (user_id);

CREATE TABLE desktop.day_closure (
    id text NOT NULL,
    clinic_id text NOT NULL,
    provider_id text NOT NULL,
    start_time timestamp(3) NOT NULL,
    end_time timestamp(3) NOT NULL,
    reason text NOT NULL,
    created_by text NOT NULL,
    created_at timestamp(3) NOT NULL,
    reopened_at timestamp(3),
    CONSTRAINT day_closure_pkey PRIMARY KEY (id),
    CONSTRAINT day_closure_clinic_id_fkey FOREIGN KEY (clinic_id) REFERENCES public.clinics (id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT day_closure_provider_id_fkey FOREIGN KEY (provider_id) REFERENCES public.providers (id) ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX day_closure_clinic_id_start_time_idx ON desktop.day_closure (clinic_id, start_time);
CREATE INDEX day_closure_provider_id_start_time_idx ON desktop.day_closure (provider_id, start_time);

CREATE TABLE desktop.household_member (
    id text NOT NULL,
    household_id text NOT NULL,
    patient_id text NOT NULL,
    relation text NOT NULL,
    guardian boolean NOT NULL DEFAULT false,
    left_at timestamp(3),
    updated_at timestamp(3) NOT NULL,
    CONSTRAINT household_member_pkey PRIMARY KEY (id),
    CONSTRAINT household_member_household_id_fkey FOREIGN KEY (household_id) REFERENCES desktop.household (id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT household_member_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES public.patients (id) ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE UNIQUE INDEX household_member_household_id_patient_id_key ON desktop.household_member (household_id, patient_id);
CREATE INDEX household_member_patient_id_idx ON desktop.household_member (patient_id);

CREATE TABLE desktop.patient_detail (
    patient_id text NOT NULL,
    identity_to_confirm boolean NOT NULL DEFAULT false,
    contact_email text,
    merged_into text,
    merged_at timestamp(3),
    updated_at timestamp(3) NOT NULL,
    CONSTRAINT patient_detail_pkey PRIMARY KEY (patient_id),
    CONSTRAINT patient_detail_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES public.patients (id) ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX patient_detail_merged_into_idx ON desktop.patient_detail (merged_into);

CREATE TABLE desktop.patient_merge (
    id text NOT NULL,
    clinic_id text NOT NULL,
    kept_id text NOT NULL,
    dropped_id text NOT NULL,
    merged_at timestamp(3) NOT NULL,
    merged_by text NOT NULL,
    details jsonb NOT NULL DEFAULT '{}',
    undone_at timestamp(3),
    undone_by text,
    CONSTRAINT patient_merge_pkey PRIMARY KEY (id),
    CONSTRAINT patient_merge_clinic_id_fkey FOREIGN KEY (clinic_id) REFERENCES public.clinics (id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT patient_merge_kept_id_fkey FOREIGN KEY (kept_id) REFERENCES public.patients (id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT patient_merge_dropped_id_fkey FOREIGN KEY (dropped_id) REFERENCES public.patients (id) ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX patient_merge_clinic_id_merged_at_idx ON desktop.patient_merge (clinic_id, merged_at);
CREATE INDEX patient_merge_kept_id_idx ON desktop.patient_merge (kept_id);
CREATE INDEX patient_merge_dropped_id_idx ON desktop.patient_merge (dropped_id);

CREATE TABLE desktop.patient_merge_row (
    merge_id text NOT NULL,
    table_name text NOT NULL,
    row_id text NOT NULL,
    clinic_id text NOT NULL,
    followed boolean NOT NULL DEFAULT false,
    CONSTRAINT patient_merge_row_pkey PRIMARY KEY (merge_id, table_name, row_id),
    CONSTRAINT patient_merge_row_merge_id_fkey FOREIGN KEY (merge_id) REFERENCES desktop.patient_merge (id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT patient_merge_row_clinic_id_fkey FOREIGN KEY (clinic_id) REFERENCES public.clinics (id) ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX patient_merge_row_clinic_id_idx ON desktop.patient_merge_row (clinic_id);

CREATE TABLE desktop.patient_search (
    patient_id text NOT NULL,
    clinic_id text NOT NULL,
    folded text COLLATE "C" NOT NULL,
    sort_key text COLLATE "C" NOT NULL,
    birth_date date,
    phones text COLLATE "C" NOT NULL DEFAULT '',
    mrn text COLLATE "C" NOT NULL DEFAULT '',
    CONSTRAINT patient_search_pkey PRIMARY KEY (patient_id),
    CONSTRAINT patient_search_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES public.patients (id) ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX patient_search_clinic_id_sort_key_patient_id_idx ON desktop.patient_search (clinic_id, sort_key, patient_id);
CREATE INDEX patient_search_clinic_id_birth_date_idx ON desktop.patient_search (clinic_id, birth_date);
CREATE INDEX patient_search_clinic_id_mrn_idx ON desktop.patient_search (clinic_id, mrn);
CREATE INDEX patient_search_folded_idx ON desktop.patient_search USING gin (folded gin_trgm_ops);
CREATE INDEX patient_search_phones_idx ON desktop.patient_search USING gin (phones gin_trgm_ops);

CREATE TABLE desktop.provider_settings (
    provider_id text NOT NULL,
    slot_minutes integer,
    short_name text NOT NULL,
    sort_order integer NOT NULL DEFAULT 0,
    active boolean NOT NULL DEFAULT true,
    updated_at timestamp(3) NOT NULL,
    CONSTRAINT provider_settings_pkey PRIMARY KEY (provider_id),
    CONSTRAINT provider_settings_provider_id_fkey FOREIGN KEY (provider_id) REFERENCES public.providers (id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT provider_settings_slot_minutes_check CHECK (slot_minutes BETWEEN 1 AND 1440)
);

CREATE TABLE desktop.waiting_list_entry (
    id text NOT NULL,
    clinic_id text NOT NULL,
    patient_id text NOT NULL,
    provider_id text,
    visit_mode text,
    appointment_type_id text,
    minutes integer NOT NULL,
    earliest date NOT NULL,
    latest date NOT NULL,
    time_from time without time zone,
    time_to time without time zone,
    note text NOT NULL DEFAULT '',
    status text NOT NULL DEFAULT 'WAITING',
    created_by text NOT NULL,
    created_at timestamp(3) NOT NULL,
    updated_at timestamp(3) NOT NULL,
    CONSTRAINT waiting_list_entry_pkey PRIMARY KEY (id),
    CONSTRAINT waiting_list_entry_clinic_id_fkey FOREIGN KEY (clinic_id) REFERENCES public.clinics (id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT waiting_list_entry_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES public.patients (id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT waiting_list_entry_provider_id_fkey FOREIGN KEY (provider_id) REFERENCES public.providers (id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT waiting_list_entry_appointment_type_id_fkey FOREIGN KEY (appointment_type_id) REFERENCES desktop.appointment_type (id) ON DELETE SET NULL ON UPDATE CASCADE,
    CONSTRAINT waiting_list_entry_visit_mode_check CHECK (visit_mode IN ('VIRTUAL', 'IN_PERSON')),
    CONSTRAINT waiting_list_entry_status_check CHECK (status IN ('WAITING', 'OFFERED', 'BOOKED', 'REMOVED'))
);
CREATE INDEX waiting_list_entry_clinic_id_status_earliest_idx ON desktop.waiting_list_entry (clinic_id, status, earliest);
CREATE INDEX waiting_list_entry_patient_id_idx ON desktop.waiting_list_entry (patient_id);
CREATE INDEX waiting_list_entry_provider_id_idx ON desktop.waiting_list_entry (provider_id);
CREATE INDEX waiting_list_entry_appointment_type_id_idx ON desktop.waiting_list_entry (appointment_type_id);

CREATE TABLE desktop.slot_claim (
    slot_id text NOT NULL,
    provider_id text NOT NULL,
    during tsrange NOT NULL,
    overbook boolean NOT NULL,
    holder text,
    CONSTRAINT slot_claim_pkey PRIMARY KEY (slot_id),
    CONSTRAINT slot_claim_slot_id_fkey FOREIGN KEY (slot_id) REFERENCES public.visit_slots (id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT slot_claim_during_check CHECK (NOT isempty(during)),
    -- Checked at the end of each statement, so that swapping two slots in one statement works.
    CONSTRAINT no_double_booking EXCLUDE USING gist (provider_id WITH =, during WITH &&)
        WHERE (NOT overbook) DEFERRABLE INITIALLY IMMEDIATE
);
-- The constraint's own index has the claims that are not overbooked.
CREATE INDEX slot_claim_overbook_idx ON desktop.slot_claim USING gist (provider_id, during) WHERE overbook;

CREATE TABLE desktop.slot_detail (
    slot_id text NOT NULL,
    origin text NOT NULL,
    grid_end timestamp(3),
    reason text,
    overbook boolean NOT NULL DEFAULT false,
    held_by text,
    held_name text,
    workstation text,
    covered_by text,
    copied_from text,
    batch_id text,
    updated_at timestamp(3) NOT NULL,
    CONSTRAINT slot_detail_pkey PRIMARY KEY (slot_id),
    CONSTRAINT slot_detail_slot_id_fkey FOREIGN KEY (slot_id) REFERENCES public.visit_slots (id) ON DELETE CASCADE ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT slot_detail_origin_check CHECK (origin IN ('grid', 'adopted', 'made', 'history', 'retired'))
);
CREATE INDEX slot_detail_covered_by_idx ON desktop.slot_detail (covered_by);
CREATE INDEX slot_detail_copied_from_idx ON desktop.slot_detail (copied_from);
CREATE INDEX slot_detail_batch_id_idx ON desktop.slot_detail (batch_id);

CREATE TABLE desktop.contact_attempt (
    id text NOT NULL,
    clinic_id text NOT NULL,
    patient_id text NOT NULL,
    visit_id text,
    at timestamp(3) NOT NULL,
    by_user text NOT NULL,
    channel text NOT NULL,
    outcome text NOT NULL,
    note text,
    CONSTRAINT contact_attempt_pkey PRIMARY KEY (id),
    CONSTRAINT contact_attempt_clinic_id_fkey FOREIGN KEY (clinic_id) REFERENCES public.clinics (id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT contact_attempt_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES public.patients (id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT contact_attempt_visit_id_fkey FOREIGN KEY (visit_id) REFERENCES public.visits (id) ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX contact_attempt_clinic_id_idx ON desktop.contact_attempt (clinic_id);
CREATE INDEX contact_attempt_patient_id_at_idx ON desktop.contact_attempt (patient_id, at);
CREATE INDEX contact_attempt_visit_id_idx ON desktop.contact_attempt (visit_id);

CREATE TABLE desktop.request_visit (
    request_id text NOT NULL,
    visit_id text NOT NULL,
    CONSTRAINT request_visit_pkey PRIMARY KEY (request_id),
    CONSTRAINT request_visit_request_id_fkey FOREIGN KEY (request_id) REFERENCES public.visit_requests (id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT request_visit_visit_id_fkey FOREIGN KEY (visit_id) REFERENCES public.visits (id) ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX request_visit_visit_id_idx ON desktop.request_visit (visit_id);

CREATE TABLE desktop.visit_detail (
    visit_id text NOT NULL,
    appointment_type_id text,
    minutes integer,
    room text,
    flow text,
    cancel_kind text,
    cancel_reason text,
    confirmed_at timestamp(3),
    booked_by text,
    follow_up jsonb,
    updated_at timestamp(3) NOT NULL,
    CONSTRAINT visit_detail_pkey PRIMARY KEY (visit_id),
    CONSTRAINT visit_detail_visit_id_fkey FOREIGN KEY (visit_id) REFERENCES public.visits (id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT visit_detail_appointment_type_id_fkey FOREIGN KEY (appointment_type_id) REFERENCES desktop.appointment_type (id) ON DELETE SET NULL ON UPDATE CASCADE,
    CONSTRAINT visit_detail_flow_check CHECK (flow IN ('READY', 'TO_CHECK_OUT'))
);
CREATE INDEX visit_detail_appointment_type_id_idx ON desktop.visit_detail (appointment_type_id);

CREATE TABLE desktop.visit_event (
    id text NOT NULL,
    visit_id text NOT NULL,
    status text NOT NULL,
    at timestamp(3) NOT NULL,
    by_user text,
    reason text,
    command_id text,
    CONSTRAINT visit_event_pkey PRIMARY KEY (id),
    CONSTRAINT visit_event_visit_id_fkey FOREIGN KEY (visit_id) REFERENCES public.visits (id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT visit_event_status_check CHECK (
        status IN ('PLANNED', 'CHECKED_IN', 'IN_PROGRESS', 'COMPLETED', 'CANCELLED', 'NO_SHOW'))
);
CREATE INDEX visit_event_visit_id_at_idx ON desktop.visit_event (visit_id, at);

CREATE TABLE desktop.walk_in (
    id text NOT NULL,
    clinic_id text NOT NULL,
    patient_id text NOT NULL,
    reason text NOT NULL,
    arrived_at timestamp(3) NOT NULL,
    status text NOT NULL DEFAULT 'WAITING',
    provider_id text,
    visit_id text,
    created_by text NOT NULL,
    updated_at timestamp(3) NOT NULL,
    CONSTRAINT walk_in_pkey PRIMARY KEY (id),
    CONSTRAINT walk_in_clinic_id_fkey FOREIGN KEY (clinic_id) REFERENCES public.clinics (id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT walk_in_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES public.patients (id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT walk_in_provider_id_fkey FOREIGN KEY (provider_id) REFERENCES public.providers (id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT walk_in_visit_id_fkey FOREIGN KEY (visit_id) REFERENCES public.visits (id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT walk_in_status_check CHECK (status IN ('WAITING', 'PLACED', 'LEFT'))
);
CREATE INDEX walk_in_clinic_id_status_arrived_at_idx ON desktop.walk_in (clinic_id, status, arrived_at);
CREATE INDEX walk_in_patient_id_idx ON desktop.walk_in (patient_id);
CREATE INDEX walk_in_provider_id_idx ON desktop.walk_in (provider_id);
CREATE INDEX walk_in_visit_id_idx ON desktop.walk_in (visit_id);

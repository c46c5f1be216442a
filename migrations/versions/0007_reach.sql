-- What requests, conversations and rules have beside the shared tables.

CREATE TABLE desktop.request_detail (
    request_id text NOT NULL,
    clinic_id text NOT NULL,
    owner_user text,
    note text NOT NULL DEFAULT '',
    triaged_by text,
    triaged_at timestamp(3),
    proposed_by text,
    proposed_at timestamp(3),
    proposal_ends_at timestamp(3),
    closed_by text,
    close_reason text,
    updated_at timestamp(3) NOT NULL,
    CONSTRAINT request_detail_pkey PRIMARY KEY (request_id),
    CONSTRAINT request_detail_request_id_fkey FOREIGN KEY (request_id) REFERENCES public.visit_requests (id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT request_detail_clinic_id_fkey FOREIGN KEY (clinic_id) REFERENCES public.clinics (id) ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX request_detail_clinic_id_idx ON desktop.request_detail (clinic_id);
CREATE INDEX request_detail_owner_user_idx ON desktop.request_detail (owner_user);

CREATE TABLE desktop.thread_detail (
    thread_id text NOT NULL,
    clinic_id text NOT NULL,
    owner_user text,
    owner_role text,
    closed_at timestamp(3),
    closed_by text,
    updated_at timestamp(3) NOT NULL,
    CONSTRAINT thread_detail_pkey PRIMARY KEY (thread_id),
    CONSTRAINT thread_detail_thread_id_fkey FOREIGN KEY (thread_id) REFERENCES public.message_threads (id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT thread_detail_clinic_id_fkey FOREIGN KEY (clinic_id) REFERENCES public.clinics (id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT thread_detail_owner_role_check CHECK (owner_role IN ('PATIENT', 'PROVIDER', 'MEDICAL_ASSISTANT', 'ADMIN'))
);
CREATE INDEX thread_detail_clinic_id_idx ON desktop.thread_detail (clinic_id);
CREATE INDEX thread_detail_owner_user_idx ON desktop.thread_detail (owner_user);

CREATE TABLE desktop.message_template (
    id text NOT NULL,
    clinic_id text NOT NULL,
    name text NOT NULL,
    body text NOT NULL,
    locale text NOT NULL DEFAULT 'en',
    active boolean NOT NULL DEFAULT true,
    sort_order integer NOT NULL DEFAULT 0,
    updated_at timestamp(3) NOT NULL,
    CONSTRAINT message_template_pkey PRIMARY KEY (id),
    CONSTRAINT message_template_clinic_id_fkey FOREIGN KEY (clinic_id) REFERENCES public.clinics (id) ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX message_template_clinic_id_idx ON desktop.message_template (clinic_id);

CREATE TABLE desktop.rule_version (
    id text NOT NULL,
    clinic_id text NOT NULL,
    rule_id text NOT NULL,
    number integer NOT NULL,
    body jsonb NOT NULL,
    back_test jsonb,
    by_user text NOT NULL,
    at timestamp(3) NOT NULL,
    CONSTRAINT rule_version_pkey PRIMARY KEY (id),
    CONSTRAINT rule_version_clinic_id_fkey FOREIGN KEY (clinic_id) REFERENCES public.clinics (id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT rule_version_rule_id_fkey FOREIGN KEY (rule_id) REFERENCES public.clinical_rules (id) ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX rule_version_clinic_id_idx ON desktop.rule_version (clinic_id);
CREATE UNIQUE INDEX rule_version_rule_id_number_key ON desktop.rule_version (rule_id, number);

CREATE TABLE desktop.rule_run (
    id text NOT NULL,
    clinic_id text NOT NULL,
    state text NOT NULL DEFAULT 'RUNNING',
    run_at timestamp(3) NOT NULL,
    scheduled_for timestamp(3),
    started_at timestamp(3) NOT NULL,
    finished_at timestamp(3),
    by_user text,
    patients integer NOT NULL DEFAULT 0,
    figures jsonb,
    CONSTRAINT rule_run_pkey PRIMARY KEY (id),
    CONSTRAINT rule_run_clinic_id_fkey FOREIGN KEY (clinic_id) REFERENCES public.clinics (id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT rule_run_state_check CHECK (state IN ('RUNNING', 'DONE', 'FAILED'))
);
CREATE UNIQUE INDEX rule_run_clinic_id_scheduled_for_key ON desktop.rule_run (clinic_id, scheduled_for);
CREATE INDEX rule_run_clinic_id_started_at_idx ON desktop.rule_run (clinic_id, started_at);

CREATE TABLE desktop.rule_run_rule (
    id text NOT NULL,
    clinic_id text NOT NULL,
    run_id text NOT NULL,
    rule_id text NOT NULL,
    version integer NOT NULL DEFAULT 0,
    state text NOT NULL,
    patients integer NOT NULL DEFAULT 0,
    triggered integer NOT NULL DEFAULT 0,
    raised integer NOT NULL DEFAULT 0,
    unreadable integer NOT NULL DEFAULT 0,
    limit_patients integer NOT NULL DEFAULT 0,
    rows jsonb,
    decided_by text,
    decided_at timestamp(3),
    CONSTRAINT rule_run_rule_pkey PRIMARY KEY (id),
    CONSTRAINT rule_run_rule_clinic_id_fkey FOREIGN KEY (clinic_id) REFERENCES public.clinics (id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT rule_run_rule_run_id_fkey FOREIGN KEY (run_id) REFERENCES desktop.rule_run (id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT rule_run_rule_rule_id_fkey FOREIGN KEY (rule_id) REFERENCES public.clinical_rules (id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT rule_run_rule_state_check CHECK (state IN ('RAISED', 'HELD', 'DROPPED', 'WITHDRAWN'))
);
CREATE INDEX rule_run_rule_clinic_id_idx ON desktop.rule_run_rule (clinic_id);
CREATE UNIQUE INDEX rule_run_rule_run_id_rule_id_key ON desktop.rule_run_rule (run_id, rule_id);

CREATE TABLE desktop.held_message (
    id text NOT NULL,
    clinic_id text NOT NULL,
    patient_id text NOT NULL,
    rule_id text,
    run_id text,
    subject text NOT NULL DEFAULT '',
    body text NOT NULL,
    state text NOT NULL DEFAULT 'WAITING',
    message_id text,
    decided_by text,
    decided_at timestamp(3),
    created_at timestamp(3) NOT NULL,
    CONSTRAINT held_message_pkey PRIMARY KEY (id),
    CONSTRAINT held_message_clinic_id_fkey FOREIGN KEY (clinic_id) REFERENCES public.clinics (id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT held_message_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES public.patients (id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT held_message_rule_id_fkey FOREIGN KEY (rule_id) REFERENCES public.clinical_rules (id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT held_message_run_id_fkey FOREIGN KEY (run_id) REFERENCES desktop.rule_run (id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT held_message_state_check CHECK (state IN ('WAITING', 'SENT', 'DROPPED'))
);
CREATE INDEX held_message_clinic_id_state_idx ON desktop.held_message (clinic_id, state);
CREATE INDEX held_message_patient_id_idx ON desktop.held_message (patient_id);

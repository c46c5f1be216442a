-- Notes, tasks, reviews of results and papers: what the chart has beside the shared tables.

CREATE TABLE desktop.visit_note (
    id text NOT NULL,
    clinic_id text NOT NULL,
    patient_id text NOT NULL,
    visit_id text,
    provider_id text,
    author_id text NOT NULL,
    status text NOT NULL DEFAULT 'DRAFT',
    reason text NOT NULL DEFAULT '',
    history text NOT NULL DEFAULT '',
    findings text NOT NULL DEFAULT '',
    assessment text NOT NULL DEFAULT '',
    plan text NOT NULL DEFAULT '',
    signed_at timestamp(3),
    signed_by text,
    created_at timestamp(3) NOT NULL,
    updated_at timestamp(3) NOT NULL,
    CONSTRAINT visit_note_pkey PRIMARY KEY (id),
    CONSTRAINT visit_note_clinic_id_fkey FOREIGN KEY (clinic_id) REFERENCES public.clinics (id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT visit_note_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES public.patients (id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT visit_note_visit_id_fkey FOREIGN KEY (visit_id) REFERENCES public.visits (id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT visit_note_provider_id_fkey FOREIGN KEY (provider_id) REFERENCES public.providers (id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT visit_note_status_check CHECK (status IN ('DRAFT', 'SIGNED'))
);
CREATE INDEX visit_note_author_id_status_idx ON desktop.visit_note (author_id, status);
CREATE INDEX visit_note_clinic_id_status_idx ON desktop.visit_note (clinic_id, status);
CREATE INDEX visit_note_patient_id_created_at_idx ON desktop.visit_note (patient_id, created_at);
CREATE INDEX visit_note_visit_id_idx ON desktop.visit_note (visit_id);

CREATE TABLE desktop.visit_note_addendum (
    id text NOT NULL,
    clinic_id text NOT NULL,
    note_id text NOT NULL,
    body text NOT NULL,
    by_user text NOT NULL,
    at timestamp(3) NOT NULL,
    CONSTRAINT visit_note_addendum_pkey PRIMARY KEY (id),
    CONSTRAINT visit_note_addendum_clinic_id_fkey FOREIGN KEY (clinic_id) REFERENCES public.clinics (id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT visit_note_addendum_note_id_fkey FOREIGN KEY (note_id) REFERENCES desktop.visit_note (id) ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX visit_note_addendum_clinic_id_idx ON desktop.visit_note_addendum (clinic_id);
CREATE INDEX visit_note_addendum_note_id_at_idx ON desktop.visit_note_addendum (note_id, at);

CREATE TABLE desktop.task (
    id text NOT NULL,
    clinic_id text NOT NULL,
    patient_id text,
    visit_id text,
    kind text NOT NULL,
    title text NOT NULL,
    detail text NOT NULL DEFAULT '',
    owner_user text,
    owner_role text,
    due_on date,
    due_at timestamp(3),
    window_days integer NOT NULL DEFAULT 0,
    source_table text,
    source_id text,
    status text NOT NULL DEFAULT 'OPEN',
    outcome text,
    payload jsonb,
    created_by text NOT NULL,
    created_at timestamp(3) NOT NULL,
    done_by text,
    done_at timestamp(3),
    updated_at timestamp(3) NOT NULL,
    CONSTRAINT task_pkey PRIMARY KEY (id),
    CONSTRAINT task_clinic_id_fkey FOREIGN KEY (clinic_id) REFERENCES public.clinics (id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT task_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES public.patients (id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT task_visit_id_fkey FOREIGN KEY (visit_id) REFERENCES public.visits (id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT task_kind_check CHECK (kind IN ('CALL_BACK', 'TELL_RESULT', 'BOOK_FOLLOW_UP', 'MOVE_VISIT', 'PROPOSE_MERGE', 'REVIEW')),
    CONSTRAINT task_owner_role_check CHECK (owner_role IN ('PATIENT', 'PROVIDER', 'MEDICAL_ASSISTANT', 'ADMIN')),
    CONSTRAINT task_status_check CHECK (status IN ('OPEN', 'DONE', 'CANCELLED'))
);
CREATE INDEX task_clinic_id_status_due_on_idx ON desktop.task (clinic_id, status, due_on);
CREATE INDEX task_owner_user_status_idx ON desktop.task (owner_user, status);
CREATE INDEX task_patient_id_status_idx ON desktop.task (patient_id, status);
CREATE INDEX task_source_id_idx ON desktop.task (source_id);

CREATE TABLE desktop.lab_review (
    order_id text NOT NULL,
    clinic_id text NOT NULL,
    patient_id text NOT NULL,
    state text NOT NULL DEFAULT 'WAITING',
    owner_user text,
    resulted_at timestamp(3) NOT NULL,
    critical boolean NOT NULL DEFAULT false,
    abnormal boolean NOT NULL DEFAULT false,
    partial boolean NOT NULL DEFAULT false,
    corrected boolean NOT NULL DEFAULT false,
    history boolean NOT NULL DEFAULT false,
    signed_at timestamp(3),
    signed_by text,
    next_step text,
    released_text text NOT NULL DEFAULT '',
    updated_at timestamp(3) NOT NULL,
    CONSTRAINT lab_review_pkey PRIMARY KEY (order_id),
    CONSTRAINT lab_review_order_id_fkey FOREIGN KEY (order_id) REFERENCES public.lab_orders (id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT lab_review_clinic_id_fkey FOREIGN KEY (clinic_id) REFERENCES public.clinics (id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT lab_review_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES public.patients (id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT lab_review_state_check CHECK (state IN ('WAITING', 'SIGNED')),
    CONSTRAINT lab_review_next_step_check CHECK (next_step IN ('NOTHING', 'MESSAGE', 'CALL', 'VISIT', 'REPEAT'))
);
CREATE INDEX lab_review_clinic_id_state_critical_resulted_at_idx ON desktop.lab_review (clinic_id, state, critical, resulted_at);
CREATE INDEX lab_review_owner_user_state_idx ON desktop.lab_review (owner_user, state);
CREATE INDEX lab_review_patient_id_state_idx ON desktop.lab_review (patient_id, state);

CREATE TABLE desktop.lab_signature (
    id text NOT NULL,
    clinic_id text NOT NULL,
    order_id text NOT NULL,
    by_user text NOT NULL,
    at timestamp(3) NOT NULL,
    for_user text,
    results_hash text NOT NULL,
    next_step text NOT NULL,
    note text NOT NULL DEFAULT '',
    CONSTRAINT lab_signature_pkey PRIMARY KEY (id),
    CONSTRAINT lab_signature_clinic_id_fkey FOREIGN KEY (clinic_id) REFERENCES public.clinics (id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT lab_signature_order_id_fkey FOREIGN KEY (order_id) REFERENCES public.lab_orders (id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT lab_signature_next_step_check CHECK (next_step IN ('NOTHING', 'MESSAGE', 'CALL', 'VISIT', 'REPEAT'))
);
CREATE INDEX lab_signature_clinic_id_idx ON desktop.lab_signature (clinic_id);
CREATE INDEX lab_signature_order_id_at_idx ON desktop.lab_signature (order_id, at);

CREATE TABLE desktop.lab_result_history (
    id text NOT NULL,
    clinic_id text NOT NULL,
    order_id text NOT NULL,
    code text NOT NULL,
    item jsonb,
    reason text NOT NULL DEFAULT '',
    replaced_at timestamp(3) NOT NULL,
    by_user text,
    CONSTRAINT lab_result_history_pkey PRIMARY KEY (id),
    CONSTRAINT lab_result_history_clinic_id_fkey FOREIGN KEY (clinic_id) REFERENCES public.clinics (id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT lab_result_history_order_id_fkey FOREIGN KEY (order_id) REFERENCES public.lab_orders (id) ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX lab_result_history_clinic_id_idx ON desktop.lab_result_history (clinic_id);
CREATE INDEX lab_result_history_order_id_replaced_at_idx ON desktop.lab_result_history (order_id, replaced_at);

CREATE TABLE desktop.lab_order_detail (
    order_id text NOT NULL,
    clinic_id text NOT NULL,
    priority text NOT NULL DEFAULT 'ROUTINE',
    fasting boolean NOT NULL DEFAULT false,
    diagnosis text NOT NULL DEFAULT '',
    laboratory text NOT NULL DEFAULT '',
    placer_id text,
    filler_id text,
    collected_at timestamp(3),
    cancel_reason text,
    repeat_of text,
    updated_at timestamp(3) NOT NULL,
    CONSTRAINT lab_order_detail_pkey PRIMARY KEY (order_id),
    CONSTRAINT lab_order_detail_order_id_fkey FOREIGN KEY (order_id) REFERENCES public.lab_orders (id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT lab_order_detail_clinic_id_fkey FOREIGN KEY (clinic_id) REFERENCES public.clinics (id) ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX lab_order_detail_clinic_id_filler_id_idx ON desktop.lab_order_detail (clinic_id, filler_id);
CREATE INDEX lab_order_detail_clinic_id_placer_id_idx ON desktop.lab_order_detail (clinic_id, placer_id);

CREATE TABLE desktop.lab_message (
    id text NOT NULL,
    clinic_id text NOT NULL,
    received_at timestamp(3) NOT NULL,
    source text NOT NULL,
    content_hash text NOT NULL,
    kind text NOT NULL,
    sender text NOT NULL,
    control_id text NOT NULL,
    state text NOT NULL,
    reason text NOT NULL DEFAULT '',
    person jsonb,
    body text NOT NULL,
    patient_id text,
    order_ids jsonb,
    handled_by text,
    handled_at timestamp(3),
    updated_at timestamp(3) NOT NULL,
    CONSTRAINT lab_message_pkey PRIMARY KEY (id),
    CONSTRAINT lab_message_clinic_id_fkey FOREIGN KEY (clinic_id) REFERENCES public.clinics (id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT lab_message_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES public.patients (id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT lab_message_state_check CHECK (state IN ('APPLIED', 'UNMATCHED', 'REFUSED'))
);
CREATE UNIQUE INDEX lab_message_clinic_id_content_hash_key ON desktop.lab_message (clinic_id, content_hash);
CREATE INDEX lab_message_clinic_id_sender_control_id_idx ON desktop.lab_message (clinic_id, sender, control_id);
CREATE INDEX lab_message_clinic_id_state_received_at_idx ON desktop.lab_message (clinic_id, state, received_at);
CREATE INDEX lab_message_patient_id_idx ON desktop.lab_message (patient_id);

CREATE TABLE desktop.order_set (
    id text NOT NULL,
    clinic_id text NOT NULL,
    name text NOT NULL,
    tests jsonb NOT NULL,
    active boolean NOT NULL DEFAULT true,
    sort_order integer NOT NULL DEFAULT 0,
    updated_at timestamp(3) NOT NULL,
    CONSTRAINT order_set_pkey PRIMARY KEY (id),
    CONSTRAINT order_set_clinic_id_fkey FOREIGN KEY (clinic_id) REFERENCES public.clinics (id) ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX order_set_clinic_id_sort_order_idx ON desktop.order_set (clinic_id, sort_order);

CREATE TABLE desktop.referral_detail (
    referral_id text NOT NULL,
    clinic_id text NOT NULL,
    letter text NOT NULL DEFAULT '',
    recipient jsonb,
    attachments jsonb,
    sent_by text,
    accepted_at timestamp(3),
    appointment_on date,
    answer text NOT NULL DEFAULT '',
    cancel_reason text,
    updated_at timestamp(3) NOT NULL,
    CONSTRAINT referral_detail_pkey PRIMARY KEY (referral_id),
    CONSTRAINT referral_detail_referral_id_fkey FOREIGN KEY (referral_id) REFERENCES public.referrals (id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT referral_detail_clinic_id_fkey FOREIGN KEY (clinic_id) REFERENCES public.clinics (id) ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX referral_detail_clinic_id_idx ON desktop.referral_detail (clinic_id);

CREATE TABLE desktop.excuse_note_detail (
    note_id text NOT NULL,
    clinic_id text NOT NULL,
    code text NOT NULL,
    show_reason boolean NOT NULL DEFAULT false,
    corrects text,
    drafted_by text,
    signed_by text,
    signed_at timestamp(3),
    withdrawn_at timestamp(3),
    withdrawn_by text,
    withdrawn_reason text,
    updated_at timestamp(3) NOT NULL,
    CONSTRAINT excuse_note_detail_pkey PRIMARY KEY (note_id),
    CONSTRAINT excuse_note_detail_note_id_fkey FOREIGN KEY (note_id) REFERENCES public.excuse_notes (id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT excuse_note_detail_clinic_id_fkey FOREIGN KEY (clinic_id) REFERENCES public.clinics (id) ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX excuse_note_detail_clinic_id_idx ON desktop.excuse_note_detail (clinic_id);
CREATE UNIQUE INDEX excuse_note_detail_code_key ON desktop.excuse_note_detail (code);

CREATE TABLE desktop.cover (
    id text NOT NULL,
    clinic_id text NOT NULL,
    for_user text NOT NULL,
    by_user text NOT NULL,
    starts_at timestamp(3) NOT NULL,
    ends_at timestamp(3) NOT NULL,
    may_sign boolean NOT NULL DEFAULT false,
    created_by text NOT NULL,
    created_at timestamp(3) NOT NULL,
    updated_at timestamp(3) NOT NULL,
    CONSTRAINT cover_pkey PRIMARY KEY (id),
    CONSTRAINT cover_clinic_id_fkey FOREIGN KEY (clinic_id) REFERENCES public.clinics (id) ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX cover_by_user_idx ON desktop.cover (by_user);
CREATE INDEX cover_clinic_id_ends_at_idx ON desktop.cover (clinic_id, ends_at);

CREATE TABLE desktop.care_plan_template (
    id text NOT NULL,
    clinic_id text NOT NULL,
    name text NOT NULL,
    phases jsonb NOT NULL,
    active boolean NOT NULL DEFAULT true,
    updated_at timestamp(3) NOT NULL,
    CONSTRAINT care_plan_template_pkey PRIMARY KEY (id),
    CONSTRAINT care_plan_template_clinic_id_fkey FOREIGN KEY (clinic_id) REFERENCES public.clinics (id) ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX care_plan_template_clinic_id_idx ON desktop.care_plan_template (clinic_id);

CREATE TABLE desktop.care_task_mark (
    id text NOT NULL,
    clinic_id text NOT NULL,
    patient_id text NOT NULL,
    plan_id text NOT NULL,
    plan_task text NOT NULL,
    day date NOT NULL,
    done boolean NOT NULL DEFAULT true,
    by_user text NOT NULL,
    updated_at timestamp(3) NOT NULL,
    CONSTRAINT care_task_mark_pkey PRIMARY KEY (id),
    CONSTRAINT care_task_mark_clinic_id_fkey FOREIGN KEY (clinic_id) REFERENCES public.clinics (id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT care_task_mark_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES public.patients (id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT care_task_mark_plan_id_fkey FOREIGN KEY (plan_id) REFERENCES public.care_plans (id) ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX care_task_mark_clinic_id_idx ON desktop.care_task_mark (clinic_id);
CREATE INDEX care_task_mark_patient_id_day_idx ON desktop.care_task_mark (patient_id, day);
CREATE UNIQUE INDEX care_task_mark_plan_id_plan_task_day_key ON desktop.care_task_mark (plan_id, plan_task, day);

CREATE TABLE desktop.alert_detail (
    alert_id text NOT NULL,
    clinic_id text NOT NULL,
    owner_user text,
    snoozed_until timestamp(3),
    escalated_at timestamp(3),
    closed_by text,
    closed_at timestamp(3),
    close_reason text,
    updated_at timestamp(3) NOT NULL,
    CONSTRAINT alert_detail_pkey PRIMARY KEY (alert_id),
    CONSTRAINT alert_detail_alert_id_fkey FOREIGN KEY (alert_id) REFERENCES public.alerts (id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT alert_detail_clinic_id_fkey FOREIGN KEY (clinic_id) REFERENCES public.clinics (id) ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX alert_detail_clinic_id_idx ON desktop.alert_detail (clinic_id);
CREATE INDEX alert_detail_owner_user_idx ON desktop.alert_detail (owner_user);

ALTER TABLE desktop.contact_attempt ADD COLUMN task_id text
    CONSTRAINT contact_attempt_task_id_fkey REFERENCES desktop.task (id) ON DELETE CASCADE ON UPDATE CASCADE;
CREATE INDEX contact_attempt_task_id_idx ON desktop.contact_attempt (task_id);

-- Schema public as the backend's Prisma makes it. Frozen: a migrated database must match it to the letter.

CREATE TYPE "VisitMode" AS ENUM ('VIRTUAL', 'IN_PERSON');
CREATE TYPE "VisitType" AS ENUM ('WALK_IN', 'SCHEDULED');
CREATE TYPE "RequestType" AS ENUM ('WALK_IN', 'SCHEDULED');
CREATE TYPE "SeverityLevel" AS ENUM ('GREEN', 'YELLOW', 'ORANGE', 'RED');
CREATE TYPE "SlotStatus" AS ENUM ('FREE', 'HELD', 'BOOKED', 'BLOCKED');
CREATE TYPE "RequestStatus" AS ENUM ('NEW', 'TRIAGED', 'AWAITING_PATIENT_CONFIRMATION', 'CONVERTED_TO_VISIT', 'CANCELLED');
CREATE TYPE "VisitStatus" AS ENUM ('PLANNED', 'CHECKED_IN', 'IN_PROGRESS', 'COMPLETED', 'CANCELLED', 'NO_SHOW');
CREATE TYPE "TelemedStatus" AS ENUM ('NOT_STARTED', 'WAITING', 'ACTIVE', 'ENDED');
CREATE TYPE "AvailabilityStatus" AS ENUM ('ACTIVE', 'PAUSED');
CREATE TYPE "DeviceProvider" AS ENUM ('APPLE', 'OURA', 'FITBIT', 'GARMIN', 'WITHINGS');
CREATE TYPE "HRVContext" AS ENUM ('SLEEP', 'REST', 'WORKOUT', 'UNKNOWN');
CREATE TYPE "LabOrderStatus" AS ENUM ('ORDERED', 'IN_PROGRESS', 'COMPLETED', 'CANCELLED');
CREATE TYPE "ReferralPriority" AS ENUM ('ROUTINE', 'URGENT', 'STAT');
CREATE TYPE "ReferralStatus" AS ENUM ('PENDING', 'SENT', 'ACCEPTED', 'COMPLETED', 'CANCELLED');
CREATE TYPE "ExcuseNoteType" AS ENUM ('WORK', 'SCHOOL', 'GENERAL');
CREATE TYPE "ExcuseNoteStatus" AS ENUM ('DRAFT', 'SENT', 'EXPIRED');

CREATE TABLE users (
    id text NOT NULL,
    email text NOT NULL,
    password_hash text NOT NULL,
    role text NOT NULL,
    clinic_id text,
    patient_id text,
    provider_id text,
    created_at timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at timestamp(3) NOT NULL,
    CONSTRAINT users_pkey PRIMARY KEY (id)
);

CREATE TABLE clinics (
    id text NOT NULL,
    name text NOT NULL,
    branding_config jsonb,
    created_at timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at timestamp(3) NOT NULL,
    CONSTRAINT clinics_pkey PRIMARY KEY (id)
);

CREATE TABLE patients (
    id text NOT NULL,
    user_id text NOT NULL,
    clinic_id text NOT NULL,
    first_name text,
    last_name text,
    date_of_birth timestamp(3),
    height_cm double precision,
    demographics jsonb,
    flags text[],
    created_at timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at timestamp(3) NOT NULL,
    CONSTRAINT patients_pkey PRIMARY KEY (id)
);

CREATE TABLE providers (
    id text NOT NULL,
    name text NOT NULL,
    specialties text[],
    "telemedEnabled" boolean NOT NULL DEFAULT true,
    user_id text,
    clinic_id text,
    created_at timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at timestamp(3) NOT NULL,
    CONSTRAINT providers_pkey PRIMARY KEY (id)
);

CREATE TABLE measurements (
    id text NOT NULL,
    patient_id text NOT NULL,
    type text NOT NULL,
    value jsonb NOT NULL,
    timestamp timestamp(3) NOT NULL,
    source text NOT NULL,
    metadata jsonb,
    created_at timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT measurements_pkey PRIMARY KEY (id)
);

CREATE TABLE care_plans (
    id text NOT NULL,
    patient_id text NOT NULL,
    phases jsonb NOT NULL,
    created_at timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at timestamp(3) NOT NULL,
    CONSTRAINT care_plans_pkey PRIMARY KEY (id)
);

CREATE TABLE alerts (
    id text NOT NULL,
    patient_id text NOT NULL,
    severity text NOT NULL,
    type text NOT NULL,
    title text NOT NULL,
    body text NOT NULL,
    payload jsonb,
    status text NOT NULL DEFAULT 'ACTIVE',
    created_at timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    resolved_at timestamp(3),
    CONSTRAINT alerts_pkey PRIMARY KEY (id)
);

CREATE TABLE visit_requests (
    id text NOT NULL,
    patient_id text NOT NULL,
    "requestType" "RequestType" NOT NULL,
    "visitMode" "VisitMode" NOT NULL,
    requested_date timestamp(3),
    window_start timestamp(3),
    window_end timestamp(3),
    reason_text text NOT NULL,
    reason_category text,
    severity "SeverityLevel" NOT NULL DEFAULT 'GREEN',
    status "RequestStatus" NOT NULL DEFAULT 'NEW',
    proposed_slot_id text,
    created_at timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at timestamp(3) NOT NULL,
    CONSTRAINT visit_requests_pkey PRIMARY KEY (id)
);

CREATE TABLE visit_slots (
    id text NOT NULL,
    provider_id text NOT NULL,
    start_time timestamp(3) NOT NULL,
    end_time timestamp(3) NOT NULL,
    visit_mode "VisitMode" NOT NULL,
    status "SlotStatus" NOT NULL DEFAULT 'FREE',
    held_until timestamp(3),
    created_at timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at timestamp(3) NOT NULL,
    CONSTRAINT visit_slots_pkey PRIMARY KEY (id)
);

CREATE TABLE visits (
    id text NOT NULL,
    patient_id text NOT NULL,
    provider_id text NOT NULL,
    slot_id text NOT NULL,
    visit_type "VisitType" NOT NULL,
    visit_mode "VisitMode" NOT NULL,
    reason_text text NOT NULL,
    status "VisitStatus" NOT NULL DEFAULT 'PLANNED',
    created_at timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at timestamp(3) NOT NULL,
    CONSTRAINT visits_pkey PRIMARY KEY (id)
);

CREATE TABLE virtual_visit_sessions (
    id text NOT NULL,
    visit_id text NOT NULL,
    room_id text NOT NULL,
    status "TelemedStatus" NOT NULL DEFAULT 'NOT_STARTED',
    patient_joined_at timestamp(3),
    provider_joined_at timestamp(3),
    ended_at timestamp(3),
    created_at timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at timestamp(3) NOT NULL,
    CONSTRAINT virtual_visit_sessions_pkey PRIMARY KEY (id)
);

CREATE TABLE device_connections (
    id text NOT NULL,
    patient_id text NOT NULL,
    provider "DeviceProvider" NOT NULL,
    external_id text NOT NULL,
    access_token text NOT NULL,
    refresh_token text,
    expires_at timestamp(3),
    created_at timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at timestamp(3) NOT NULL,
    CONSTRAINT device_connections_pkey PRIMARY KEY (id)
);

CREATE TABLE vital_readings (
    id text NOT NULL,
    patient_id text NOT NULL,
    timestamp timestamp(3) NOT NULL,
    source "DeviceProvider" NOT NULL,
    heart_rate integer,
    spo2 integer,
    respiration integer,
    systolic_bp integer,
    diastolic_bp integer,
    created_at timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT vital_readings_pkey PRIMARY KEY (id)
);

CREATE TABLE hrv_readings (
    id text NOT NULL,
    patient_id text NOT NULL,
    timestamp timestamp(3) NOT NULL,
    source "DeviceProvider" NOT NULL,
    rmssd_ms double precision NOT NULL,
    sdnn_ms double precision,
    context "HRVContext" NOT NULL DEFAULT 'UNKNOWN',
    created_at timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT hrv_readings_pkey PRIMARY KEY (id)
);

CREATE TABLE bmi_readings (
    id text NOT NULL,
    patient_id text NOT NULL,
    timestamp timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    weight_kg double precision NOT NULL,
    height_cm double precision NOT NULL,
    bmi double precision NOT NULL,
    created_at timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT bmi_readings_pkey PRIMARY KEY (id)
);

CREATE TABLE lab_orders (
    id text NOT NULL,
    patient_id text NOT NULL,
    visit_id text,
    provider_id text NOT NULL,
    tests text[],
    notes text,
    status "LabOrderStatus" NOT NULL DEFAULT 'ORDERED',
    ordered_at timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    completed_at timestamp(3),
    results jsonb,
    created_at timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at timestamp(3) NOT NULL,
    CONSTRAINT lab_orders_pkey PRIMARY KEY (id)
);

CREATE TABLE referrals (
    id text NOT NULL,
    patient_id text NOT NULL,
    visit_id text,
    provider_id text NOT NULL,
    specialty text NOT NULL,
    reason text NOT NULL,
    priority "ReferralPriority" NOT NULL DEFAULT 'ROUTINE',
    status "ReferralStatus" NOT NULL DEFAULT 'PENDING',
    referred_to text,
    notes text,
    sent_at timestamp(3),
    completed_at timestamp(3),
    created_at timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at timestamp(3) NOT NULL,
    CONSTRAINT referrals_pkey PRIMARY KEY (id)
);

CREATE TABLE excuse_notes (
    id text NOT NULL,
    patient_id text NOT NULL,
    visit_id text,
    provider_id text NOT NULL,
    type "ExcuseNoteType" NOT NULL,
    start_date timestamp(3) NOT NULL,
    end_date timestamp(3) NOT NULL,
    reason text NOT NULL,
    restrictions text,
    status "ExcuseNoteStatus" NOT NULL DEFAULT 'DRAFT',
    sent_at timestamp(3),
    created_at timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at timestamp(3) NOT NULL,
    CONSTRAINT excuse_notes_pkey PRIMARY KEY (id)
);

CREATE TABLE message_threads (
    id text NOT NULL,
    patient_id text NOT NULL,
    clinic_id text,
    participants jsonb NOT NULL,
    subject text,
    last_message_at timestamp(3),
    created_at timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at timestamp(3) NOT NULL,
    CONSTRAINT message_threads_pkey PRIMARY KEY (id)
);

CREATE TABLE messages (
    id text NOT NULL,
    thread_id text NOT NULL,
    sender_id text NOT NULL,
    content text NOT NULL,
    attachments jsonb,
    read boolean NOT NULL DEFAULT false,
    read_at timestamp(3),
    created_at timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT messages_pkey PRIMARY KEY (id)
);

CREATE TABLE clinical_rules (
    id text NOT NULL,
    name text NOT NULL,
    description text,
    metric text NOT NULL,
    "windowDays" integer NOT NULL DEFAULT 7,
    condition jsonb NOT NULL,
    severity text NOT NULL,
    action text NOT NULL,
    "actionParams" jsonb,
    enabled boolean NOT NULL DEFAULT true,
    priority integer NOT NULL DEFAULT 0,
    created_at timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at timestamp(3) NOT NULL,
    CONSTRAINT clinical_rules_pkey PRIMARY KEY (id)
);

CREATE TABLE rule_executions (
    id text NOT NULL,
    rule_id text NOT NULL,
    patient_id text NOT NULL,
    triggered boolean NOT NULL DEFAULT false,
    result jsonb,
    executed_at timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT rule_executions_pkey PRIMARY KEY (id)
);

CREATE TABLE provider_availability (
    id text NOT NULL,
    provider_id text NOT NULL,
    date timestamp(3),
    day_of_week integer,
    start_time timestamp(3) NOT NULL,
    end_time timestamp(3) NOT NULL,
    visit_mode "VisitMode" NOT NULL,
    location text,
    status "AvailabilityStatus" NOT NULL DEFAULT 'ACTIVE',
    created_at timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at timestamp(3) NOT NULL,
    CONSTRAINT provider_availability_pkey PRIMARY KEY (id)
);

CREATE TABLE weekly_summaries (
    id text NOT NULL,
    patient_id text NOT NULL,
    week_start timestamp(3) NOT NULL,
    week_end timestamp(3) NOT NULL,
    summary jsonb NOT NULL,
    created_at timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT weekly_summaries_pkey PRIMARY KEY (id)
);

CREATE TABLE refresh_tokens (
    id text NOT NULL,
    user_id text NOT NULL,
    token text NOT NULL,
    expires_at timestamp(3) NOT NULL,
    created_at timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT refresh_tokens_pkey PRIMARY KEY (id)
);

CREATE UNIQUE INDEX users_email_key ON users (email);
CREATE UNIQUE INDEX users_patient_id_key ON users (patient_id);
CREATE UNIQUE INDEX users_provider_id_key ON users (provider_id);
CREATE UNIQUE INDEX patients_user_id_key ON patients (user_id);
CREATE UNIQUE INDEX providers_user_id_key ON providers (user_id);
CREATE UNIQUE INDEX visits_slot_id_key ON visits (slot_id);
CREATE UNIQUE INDEX virtual_visit_sessions_visit_id_key ON virtual_visit_sessions (visit_id);
CREATE UNIQUE INDEX device_connections_patient_id_provider_external_id_key ON device_connections (patient_id, provider, external_id);
CREATE UNIQUE INDEX weekly_summaries_patient_id_week_start_key ON weekly_summaries (patient_id, week_start);
CREATE UNIQUE INDEX refresh_tokens_token_key ON refresh_tokens (token);

CREATE INDEX measurements_patient_id_type_timestamp_idx ON measurements (patient_id, type, timestamp);
CREATE INDEX measurements_patient_id_timestamp_idx ON measurements (patient_id, timestamp);
CREATE INDEX alerts_patient_id_status_idx ON alerts (patient_id, status);
CREATE INDEX alerts_status_created_at_idx ON alerts (status, created_at);
CREATE INDEX visit_requests_patient_id_status_idx ON visit_requests (patient_id, status);
CREATE INDEX visit_requests_status_created_at_idx ON visit_requests (status, created_at);
CREATE INDEX visit_slots_provider_id_start_time_idx ON visit_slots (provider_id, start_time);
CREATE INDEX visit_slots_status_start_time_idx ON visit_slots (status, start_time);
CREATE INDEX visit_slots_held_until_idx ON visit_slots (held_until);
CREATE INDEX visits_patient_id_status_idx ON visits (patient_id, status);
CREATE INDEX visits_provider_id_status_idx ON visits (provider_id, status);
CREATE INDEX visits_status_created_at_idx ON visits (status, created_at);
CREATE INDEX virtual_visit_sessions_room_id_idx ON virtual_visit_sessions (room_id);
CREATE INDEX virtual_visit_sessions_status_idx ON virtual_visit_sessions (status);
CREATE INDEX device_connections_patient_id_idx ON device_connections (patient_id);
CREATE INDEX device_connections_provider_external_id_idx ON device_connections (provider, external_id);
CREATE INDEX vital_readings_patient_id_timestamp_idx ON vital_readings (patient_id, timestamp);
CREATE INDEX vital_readings_patient_id_source_timestamp_idx ON vital_readings (patient_id, source, timestamp);
CREATE INDEX hrv_readings_patient_id_timestamp_idx ON hrv_readings (patient_id, timestamp);
CREATE INDEX hrv_readings_patient_id_source_timestamp_idx ON hrv_readings (patient_id, source, timestamp);
CREATE INDEX bmi_readings_patient_id_timestamp_idx ON bmi_readings (patient_id, timestamp);
CREATE INDEX lab_orders_patient_id_status_idx ON lab_orders (patient_id, status);
CREATE INDEX lab_orders_provider_id_status_idx ON lab_orders (provider_id, status);
CREATE INDEX lab_orders_status_ordered_at_idx ON lab_orders (status, ordered_at);
CREATE INDEX referrals_patient_id_status_idx ON referrals (patient_id, status);
CREATE INDEX referrals_provider_id_status_idx ON referrals (provider_id, status);
CREATE INDEX referrals_status_created_at_idx ON referrals (status, created_at);
CREATE INDEX excuse_notes_patient_id_status_idx ON excuse_notes (patient_id, status);
CREATE INDEX excuse_notes_provider_id_status_idx ON excuse_notes (provider_id, status);
CREATE INDEX excuse_notes_status_created_at_idx ON excuse_notes (status, created_at);
CREATE INDEX message_threads_patient_id_idx ON message_threads (patient_id);
CREATE INDEX message_threads_clinic_id_idx ON message_threads (clinic_id);
CREATE INDEX messages_thread_id_created_at_idx ON messages (thread_id, created_at);
CREATE INDEX messages_sender_id_idx ON messages (sender_id);
CREATE INDEX clinical_rules_metric_enabled_idx ON clinical_rules (metric, enabled);
CREATE INDEX clinical_rules_enabled_priority_idx ON clinical_rules (enabled, priority);
CREATE INDEX rule_executions_rule_id_executed_at_idx ON rule_executions (rule_id, executed_at);
CREATE INDEX rule_executions_patient_id_executed_at_idx ON rule_executions (patient_id, executed_at);
CREATE INDEX provider_availability_provider_id_status_idx ON provider_availability (provider_id, status);
CREATE INDEX weekly_summaries_patient_id_week_start_idx ON weekly_summaries (patient_id, week_start);
CREATE INDEX refresh_tokens_user_id_idx ON refresh_tokens (user_id);
CREATE INDEX refresh_tokens_token_idx ON refresh_tokens (token);

ALTER TABLE users ADD CONSTRAINT users_clinic_id_fkey FOREIGN KEY (clinic_id) REFERENCES clinics (id) ON DELETE SET NULL ON UPDATE CASCADE;
ALTER TABLE patients ADD CONSTRAINT patients_clinic_id_fkey FOREIGN KEY (clinic_id) REFERENCES clinics (id) ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE patients ADD CONSTRAINT patients_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE providers ADD CONSTRAINT providers_clinic_id_fkey FOREIGN KEY (clinic_id) REFERENCES clinics (id) ON DELETE SET NULL ON UPDATE CASCADE;
ALTER TABLE providers ADD CONSTRAINT providers_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE SET NULL ON UPDATE CASCADE;
ALTER TABLE measurements ADD CONSTRAINT measurements_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES patients (id) ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE care_plans ADD CONSTRAINT care_plans_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES patients (id) ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE alerts ADD CONSTRAINT alerts_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES patients (id) ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE visit_requests ADD CONSTRAINT visit_requests_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES patients (id) ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE visit_slots ADD CONSTRAINT visit_slots_provider_id_fkey FOREIGN KEY (provider_id) REFERENCES providers (id) ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE visits ADD CONSTRAINT visits_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES patients (id) ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE visits ADD CONSTRAINT visits_provider_id_fkey FOREIGN KEY (provider_id) REFERENCES providers (id) ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE visits ADD CONSTRAINT visits_slot_id_fkey FOREIGN KEY (slot_id) REFERENCES visit_slots (id) ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE virtual_visit_sessions ADD CONSTRAINT virtual_visit_sessions_visit_id_fkey FOREIGN KEY (visit_id) REFERENCES visits (id) ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE device_connections ADD CONSTRAINT device_connections_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES patients (id) ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE vital_readings ADD CONSTRAINT vital_readings_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES patients (id) ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE hrv_readings ADD CONSTRAINT hrv_readings_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES patients (id) ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE bmi_readings ADD CONSTRAINT bmi_readings_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES patients (id) ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE lab_orders ADD CONSTRAINT lab_orders_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES patients (id) ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE lab_orders ADD CONSTRAINT lab_orders_visit_id_fkey FOREIGN KEY (visit_id) REFERENCES visits (id) ON DELETE SET NULL ON UPDATE CASCADE;
ALTER TABLE referrals ADD CONSTRAINT referrals_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES patients (id) ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE referrals ADD CONSTRAINT referrals_visit_id_fkey FOREIGN KEY (visit_id) REFERENCES visits (id) ON DELETE SET NULL ON UPDATE CASCADE;
ALTER TABLE excuse_notes ADD CONSTRAINT excuse_notes_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES patients (id) ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE excuse_notes ADD CONSTRAINT excuse_notes_visit_id_fkey FOREIGN KEY (visit_id) REFERENCES visits (id) ON DELETE SET NULL ON UPDATE CASCADE;
ALTER TABLE message_threads ADD CONSTRAINT message_threads_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES patients (id) ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE messages ADD CONSTRAINT messages_thread_id_fkey FOREIGN KEY (thread_id) REFERENCES message_threads (id) ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE rule_executions ADD CONSTRAINT rule_executions_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES patients (id) ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE rule_executions ADD CONSTRAINT rule_executions_rule_id_fkey FOREIGN KEY (rule_id) REFERENCES clinical_rules (id) ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE provider_availability ADD CONSTRAINT provider_availability_provider_id_fkey FOREIGN KEY (provider_id) REFERENCES providers (id) ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE weekly_summaries ADD CONSTRAINT weekly_summaries_patient_id_fkey FOREIGN KEY (patient_id) REFERENCES patients (id) ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE refresh_tokens ADD CONSTRAINT refresh_tokens_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE ON UPDATE CASCADE;

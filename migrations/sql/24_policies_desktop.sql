-- What staff may do with the program's own tables. Everything that is a record of what was done is append-only, and
-- appended to by triggers and functions.

GRANT SELECT ON desktop.installation TO mha_staff;
SELECT desktop.staff_policy('desktop.installation', 'SELECT', '{here} IS NOT NULL');

-- The settings of the clinic are its ADMINs'.
GRANT SELECT ON desktop.clinic_settings, desktop.appointment_type, desktop.provider_settings, desktop.room TO mha_staff;
GRANT UPDATE (timezone, locale, slot_minutes, horizon_days, hold_minutes, proposal_hours, auto_lock_minutes, late_after_minutes,
    wait_warn_minutes, wait_limit_minutes, phone_region, room_url_template, settings, updated_at)
    ON desktop.clinic_settings TO mha_admin;
GRANT INSERT, UPDATE (name, short_name, minutes, visit_mode, color, active, sort_order, updated_at)
    ON desktop.appointment_type TO mha_admin;
GRANT INSERT, UPDATE (slot_minutes, short_name, sort_order, active, updated_at) ON desktop.provider_settings TO mha_admin;
GRANT INSERT, UPDATE (name, sort_order, active) ON desktop.room TO mha_admin;
SELECT desktop.staff_policy(name, 'SELECT', 'clinic_id = {here}'),
       desktop.staff_policy(name, 'INSERT, UPDATE', 'clinic_id = {here} AND {admin}')
FROM unnest(ARRAY['desktop.clinic_settings', 'desktop.appointment_type', 'desktop.room']::regclass[]) name;
SELECT desktop.staff_policy('desktop.provider_settings', 'SELECT', 'provider_id = {providers}'),
       desktop.staff_policy('desktop.provider_settings', 'INSERT, UPDATE', 'provider_id = {providers} AND {admin}');

-- Everybody sees their colleagues; accounts change through the functions of 30_accounts.sql only.
GRANT SELECT ON desktop.login TO mha_staff;
GRANT SELECT ON desktop.sign_in_event, desktop.account_log, desktop.access_event, desktop.audit TO mha_admin;
SELECT desktop.staff_policy('desktop.login', 'SELECT', 'clinic_id = {here}');
SELECT desktop.staff_policy(name, 'SELECT', 'clinic_id = {here} AND {admin}')
FROM unnest(ARRAY['desktop.sign_in_event', 'desktop.account_log', 'desktop.access_event', 'desktop.audit']::regclass[]) name;

-- A workstation announces itself and says that it is there; naming it is an ADMIN's. 45_offline.sql does the rest.
GRANT SELECT (id, clinic_id, name, created_at, last_seen_at, revoked_at, renamed_at, enrolled_at, enrolled_by,
    generation, old_copy_at, revoked_by), INSERT (id, clinic_id, name, created_at, last_seen_at, renamed_at),
    UPDATE (last_seen_at) ON desktop.workstation TO mha_staff;
GRANT UPDATE (name, renamed_at) ON desktop.workstation TO mha_admin;
SELECT desktop.staff_policy('desktop.workstation', 'SELECT, INSERT, UPDATE', 'clinic_id = {here}');

-- What is kept for a workstation everybody sees; what was discarded its author and the ADMIN.
GRANT SELECT ON desktop.slot_lease, desktop.discarded_command TO mha_staff;
SELECT desktop.staff_policy('desktop.slot_lease', 'SELECT', 'clinic_id = {here}'),
       desktop.staff_policy('desktop.discarded_command', 'SELECT', 'clinic_id = {here} AND (user_id = {me} OR {admin})');

-- The feed: rows whose clinic is unknown (cascades) go to all.
GRANT SELECT ON desktop.change, desktop.applied_command TO mha_staff;
SELECT desktop.staff_policy('desktop.change', 'SELECT',
           'clinic_id = {here} OR (clinic_id IS NULL AND {here} IS NOT NULL)'),
       desktop.staff_policy('desktop.applied_command', 'SELECT', 'clinic_id = {here} AND (user_id = {me} OR {admin})');

-- Half-written text is its author's alone, and so is a view with somebody's name: an ADMIN reaches them within the
-- transaction of a command that they adopted, where the author can't any more. It stays the author's.
GRANT SELECT, INSERT, UPDATE (kind, subject, body, updated_at), DELETE ON desktop.draft TO mha_staff;
SELECT desktop.staff_policy('desktop.draft', 'SELECT, INSERT, UPDATE, DELETE',
           'user_id = {author} AND clinic_id = {here}');

GRANT SELECT, INSERT, UPDATE (name, kind, body, sort_order, updated_at), DELETE ON desktop.saved_view TO mha_staff;
SELECT desktop.staff_policy('desktop.saved_view', 'SELECT', 'clinic_id = {here} AND (user_id = {author} OR user_id IS NULL)'),
       desktop.staff_policy('desktop.saved_view', 'INSERT, UPDATE, DELETE',
           'clinic_id = {here} AND (user_id = {author} OR (user_id IS NULL AND {admin}))');

-- An assistant imports lists of patients, a provider what laboratories sent, an ADMIN everything.
GRANT SELECT ON desktop.import_run, desktop.import_link TO mha_staff;
GRANT INSERT, UPDATE (finished_at, summary) ON desktop.import_run TO mha_staff;
GRANT INSERT, UPDATE (row_id, content_hash, updated_at) ON desktop.import_link TO mha_assistant, mha_admin;
SELECT desktop.staff_policy(name, 'SELECT', 'clinic_id = {here}'),
       desktop.staff_policy(name, 'UPDATE', 'clinic_id = {here} AND ({admin} OR {assistant}' || own || ')')
FROM (VALUES ('desktop.import_run'::regclass, $$ OR ({provider} AND kind = 'hl7')$$),
             ('desktop.import_link'::regclass, '')) t (name, own);
SELECT desktop.staff_policy('desktop.import_run', 'INSERT',
           $$clinic_id = {here} AND by_user = {me} AND ({admin} OR {assistant} OR ({provider} AND kind = 'hl7'))$$),
       desktop.staff_policy('desktop.import_link', 'INSERT', 'clinic_id = {here} AND ({admin} OR {assistant})');

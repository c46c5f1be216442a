-- What staff may do with clinics, accounts, patients and providers.

GRANT SELECT ON public.clinics TO mha_staff;
GRANT UPDATE (name, branding_config, updated_at) ON public.clinics TO mha_admin;
SELECT desktop.staff_policy('public.clinics', 'SELECT', 'id = {here}'),
       desktop.staff_policy('public.clinics', 'UPDATE', 'id = {here} AND {admin}');

-- Staff make accounts for patients only, which nobody can sign in to; staff accounts come from desktop.create_staff.
-- The e-mail is changed only while nobody can sign in with it: else it would be a way into somebody's account.
GRANT SELECT (id, email, role, clinic_id, patient_id, provider_id, created_at, updated_at) ON public.users TO mha_staff;
GRANT INSERT, UPDATE (email, updated_at) ON public.users TO mha_staff;
SELECT desktop.staff_policy('public.users', 'SELECT', 'clinic_id = {here} OR id = {me}'),
       desktop.staff_policy('public.users', 'INSERT',
           $$clinic_id = {here} AND role = 'PATIENT' AND left(password_hash, 1) = '!' AND patient_id IS NOT NULL
             AND provider_id IS NULL AND desktop.patient_id_is_free(users.patient_id, users.id)$$),
       desktop.staff_policy('public.users', 'UPDATE',
           $$clinic_id = {here} AND role = 'PATIENT' AND left(password_hash, 1) = '!'$$);

GRANT SELECT, INSERT ON public.patients TO mha_staff;
GRANT UPDATE (first_name, last_name, date_of_birth, height_cm, demographics, flags, updated_at) ON public.patients
    TO mha_staff;
SELECT desktop.staff_policy('public.patients', 'SELECT, UPDATE', 'clinic_id = {here}'),
       desktop.staff_policy('public.patients', 'INSERT',
           $$clinic_id = {here} AND (SELECT true FROM public.users u WHERE u.id = patients.user_id
             AND u.role = 'PATIENT' AND u.clinic_id = patients.clinic_id AND u.patient_id = patients.id)$$);

-- A provider gets an account through desktop.create_staff.
GRANT SELECT ON public.providers TO mha_staff;
GRANT INSERT, UPDATE (name, specialties, "telemedEnabled", updated_at) ON public.providers TO mha_admin;
SELECT desktop.staff_policy('public.providers', 'SELECT', 'clinic_id = {here}'),
       desktop.staff_policy('public.providers', 'INSERT', 'clinic_id = {here} AND user_id IS NULL AND {admin}'),
       desktop.staff_policy('public.providers', 'UPDATE', 'clinic_id = {here} AND {admin}');

-- Web and phone sessions: an ADMIN sees whose they are, never the token; desktop.end_sessions ends them.
GRANT SELECT (id, user_id, expires_at, created_at) ON public.refresh_tokens TO mha_admin;
SELECT desktop.staff_policy('public.refresh_tokens', 'SELECT',
           '{admin} AND (SELECT true FROM public.users u WHERE u.id = refresh_tokens.user_id)');

-- Merging patients has its own function, so merged_into and merged_at are not written here.
GRANT SELECT, INSERT (patient_id, identity_to_confirm, contact_email, updated_at),
    UPDATE (identity_to_confirm, contact_email, updated_at) ON desktop.patient_detail TO mha_staff;
SELECT desktop.staff_policy('desktop.patient_detail', 'SELECT, INSERT, UPDATE', '{patient}');

GRANT SELECT, INSERT, UPDATE (name, updated_at) ON desktop.household TO mha_staff;
SELECT desktop.staff_policy('desktop.household', 'SELECT, INSERT, UPDATE', 'clinic_id = {here}');

GRANT SELECT, INSERT, UPDATE (relation, guardian, left_at, updated_at) ON desktop.household_member TO mha_staff;
SELECT desktop.staff_policy('desktop.household_member', 'SELECT, INSERT, UPDATE',
           '{patient} AND (SELECT true FROM desktop.household h WHERE h.id = household_member.household_id)');

-- Kept by triggers; read by desktop.search_patients.
GRANT SELECT ON desktop.patient_search, desktop.search_name TO mha_staff;
SELECT desktop.staff_policy('desktop.patient_search', 'SELECT', 'clinic_id = {here}'),
       desktop.staff_policy('desktop.search_name', 'SELECT', 'clinic_id = {here}');

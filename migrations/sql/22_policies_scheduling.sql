-- What staff may do with time and visits. Which step follows which is the state guard's business (triggers).

-- A provider keeps their own hours, an ADMIN everybody's.
GRANT SELECT ON public.provider_availability TO mha_staff;
GRANT INSERT, DELETE, UPDATE (date, day_of_week, start_time, end_time, visit_mode, location, status, updated_at)
    ON public.provider_availability TO mha_provider, mha_admin;
SELECT desktop.staff_policy('public.provider_availability', 'SELECT', 'provider_id = {providers}'),
       desktop.staff_policy('public.provider_availability', 'INSERT, UPDATE, DELETE',
           'provider_id = {providers} AND ({admin} OR ({provider} AND provider_id = {own_provider}))');

-- Never deleted by staff: a booked slot would take its visit along. desktop.remove_free_slots looks first.
GRANT SELECT, INSERT, UPDATE (start_time, end_time, visit_mode, status, held_until, updated_at) ON public.visit_slots
    TO mha_staff;
SELECT desktop.staff_policy('public.visit_slots', 'SELECT, INSERT, UPDATE', 'provider_id = {providers}');

-- A visit's slot is its provider's own. New ones begin at the beginning; only an ADMIN's import brings history.
GRANT SELECT, INSERT, UPDATE (provider_id, slot_id, visit_type, visit_mode, reason_text, status, updated_at)
    ON public.visits TO mha_staff;
SELECT desktop.staff_policy('public.visits', 'SELECT', 'provider_id = {providers} AND {patient}'),
       desktop.staff_policy('public.visits', 'INSERT',
           $$provider_id = {providers} AND {patient} AND (status IN ('PLANNED', 'CHECKED_IN') OR {admin})
             AND (SELECT true FROM public.visit_slots s
                         WHERE s.id = visits.slot_id AND s.provider_id = visits.provider_id)$$),
       desktop.staff_policy('public.visits', 'UPDATE', 'provider_id = {providers} AND {patient}',
           $$provider_id = {providers} AND {patient} AND (SELECT true FROM public.visit_slots s
                         WHERE s.id = visits.slot_id AND s.provider_id = visits.provider_id)$$);

GRANT SELECT, INSERT, UPDATE (status, patient_joined_at, provider_joined_at, ended_at, room_id, updated_at)
    ON public.virtual_visit_sessions TO mha_staff;
SELECT desktop.staff_policy('public.virtual_visit_sessions', 'SELECT, INSERT, UPDATE', '{visit}');

-- proposed_slot_id has no foreign key; its slot must be the clinic's all the same.
GRANT SELECT, INSERT, UPDATE ("requestType", "visitMode", requested_date, window_start, window_end, reason_text,
    reason_category, severity, status, proposed_slot_id, updated_at) ON public.visit_requests TO mha_staff;
SELECT desktop.staff_policy('public.visit_requests', 'SELECT', '{patient}'),
       desktop.staff_policy('public.visit_requests', 'INSERT, UPDATE', '{patient}',
           $${patient} AND (proposed_slot_id IS NULL
             OR (SELECT true FROM public.visit_slots s WHERE s.id = visit_requests.proposed_slot_id))$$);

-- A detail may come before its slot. What it names must not be another clinic's.
GRANT SELECT, INSERT (slot_id, origin, grid_end, reason, held_by, held_name, workstation, covered_by, copied_from,
        batch_id, freed_at, updated_at),
    UPDATE (origin, grid_end, reason, held_by, held_name, workstation, covered_by, copied_from, batch_id, freed_at,
        updated_at)
    ON desktop.slot_detail TO mha_staff;
SELECT desktop.staff_policy('desktop.slot_detail', 'SELECT', '{slot} OR NOT desktop.slot_exists(slot_detail.slot_id)'),
       desktop.staff_policy('desktop.slot_detail', 'INSERT, UPDATE',
           '{slot} OR NOT desktop.slot_exists(slot_detail.slot_id)',
           $$NOT desktop.slot_is_foreign(slot_detail.slot_id)
             AND (held_by IS NULL OR (SELECT true FROM public.users u WHERE u.id = slot_detail.held_by))
             AND (covered_by IS NULL OR NOT desktop.slot_is_foreign(slot_detail.covered_by))
             AND (copied_from IS NULL OR NOT desktop.slot_is_foreign(slot_detail.copied_from))$$);

-- Kept by triggers.
GRANT SELECT ON desktop.slot_claim, desktop.visit_event TO mha_staff;
SELECT desktop.staff_policy('desktop.slot_claim', 'SELECT', 'provider_id = {providers}'),
       desktop.staff_policy('desktop.visit_event', 'SELECT', '{visit}');

GRANT SELECT, INSERT, UPDATE (appointment_type_id, minutes, room, flow, cancel_kind, cancel_reason, confirmed_at,
    booked_by, follow_up, updated_at, series_id) ON desktop.visit_detail TO mha_staff;
SELECT desktop.staff_policy('desktop.visit_detail', 'SELECT', '{visit}'),
       desktop.staff_policy('desktop.visit_detail', 'INSERT, UPDATE', '{visit}',
           $${visit} AND (booked_by IS NULL OR (SELECT true FROM public.users u WHERE u.id = visit_detail.booked_by))
             AND (appointment_type_id IS NULL OR (SELECT true FROM desktop.appointment_type a
                                                         WHERE a.id = visit_detail.appointment_type_id))$$);

GRANT SELECT, INSERT, UPDATE (start_time, end_time, reason, reopened_at) ON desktop.day_closure TO mha_staff;
SELECT desktop.staff_policy('desktop.day_closure', 'SELECT, UPDATE', 'clinic_id = {here} AND provider_id = {providers}'),
       desktop.staff_policy('desktop.day_closure', 'INSERT',
           'clinic_id = {here} AND provider_id = {providers} AND created_by = {author}');

-- What was tried stays as it was said.
GRANT SELECT, INSERT ON desktop.contact_attempt TO mha_staff;
SELECT desktop.staff_policy('desktop.contact_attempt', 'SELECT', 'clinic_id = {here}'),
       desktop.staff_policy('desktop.contact_attempt', 'INSERT',
           'clinic_id = {here} AND by_user = {author} AND {patient} AND (visit_id IS NULL OR {visit})
           AND (task_id IS NULL OR (SELECT true FROM desktop.task t WHERE t.id = contact_attempt.task_id))');

GRANT SELECT, INSERT, UPDATE (provider_id, visit_mode, appointment_type_id, minutes, earliest, latest, time_from,
    time_to, note, status, updated_at) ON desktop.waiting_list_entry TO mha_staff;
SELECT desktop.staff_policy('desktop.waiting_list_entry', 'SELECT', 'clinic_id = {here}');
SELECT desktop.staff_policy('desktop.waiting_list_entry', v.verb, 'clinic_id = {here}',
           v.who || $$clinic_id = {here} AND {patient} AND (provider_id IS NULL OR provider_id = {providers})
             AND (appointment_type_id IS NULL OR (SELECT true FROM desktop.appointment_type a
                                                         WHERE a.id = waiting_list_entry.appointment_type_id))$$)
FROM (VALUES ('INSERT', 'created_by = {author} AND '), ('UPDATE', '')) v(verb, who);

GRANT SELECT, INSERT, UPDATE (reason, arrived_at, status, provider_id, visit_id, updated_at) ON desktop.walk_in
    TO mha_staff;
SELECT desktop.staff_policy('desktop.walk_in', 'SELECT', 'clinic_id = {here}');
SELECT desktop.staff_policy('desktop.walk_in', v.verb, 'clinic_id = {here}',
           v.who || $$clinic_id = {here} AND {patient} AND (provider_id IS NULL OR provider_id = {providers})
             AND (visit_id IS NULL OR {visit})$$)
FROM (VALUES ('INSERT', 'created_by = {author} AND '), ('UPDATE', '')) v(verb, who);

-- The visit that a request became is the same patient's.
GRANT SELECT, INSERT ON desktop.request_visit TO mha_staff;
SELECT desktop.staff_policy('desktop.request_visit', 'SELECT',
           '(SELECT true FROM public.visit_requests r WHERE r.id = request_visit.request_id)'),
       desktop.staff_policy('desktop.request_visit', 'INSERT',
           $$(SELECT true FROM public.visit_requests r JOIN public.visits v ON v.patient_id = r.patient_id
             WHERE r.id = request_visit.request_id AND v.id = request_visit.visit_id)$$);

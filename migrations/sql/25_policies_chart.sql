-- What staff may do with notes, tasks, reviews of results and papers (86 and later say what their triggers keep).

GRANT SELECT ON desktop.visit_note, desktop.visit_note_addendum, desktop.task, desktop.lab_review, desktop.lab_signature,
    desktop.lab_order_detail, desktop.order_set, desktop.referral_detail, desktop.excuse_note_detail, desktop.cover,
    desktop.care_plan_template, desktop.care_task_mark, desktop.alert_detail TO mha_staff;
GRANT SELECT (id, clinic_id, order_id, code, reason, replaced_at, by_user) ON desktop.lab_result_history TO mha_staff;
GRANT SELECT (item) ON desktop.lab_result_history TO mha_provider, mha_admin;
GRANT SELECT ON desktop.lab_message TO mha_provider, mha_admin;
SELECT desktop.staff_policy(name, 'SELECT', 'clinic_id = {here}')
FROM unnest(ARRAY['desktop.visit_note', 'desktop.visit_note_addendum', 'desktop.task', 'desktop.lab_review',
                  'desktop.lab_signature', 'desktop.lab_result_history', 'desktop.lab_order_detail',
                  'desktop.order_set', 'desktop.referral_detail', 'desktop.excuse_note_detail', 'desktop.cover', 'desktop.care_plan_template',
                  'desktop.care_task_mark', 'desktop.alert_detail']::regclass[]) name;
SELECT desktop.staff_policy('desktop.lab_message', 'SELECT', 'clinic_id = {here} AND ({provider} OR {admin})');

-- A note is written by its author; a visit's provider may sign what somebody else began.
GRANT INSERT, UPDATE (visit_id, provider_id, status, reason, history, findings, assessment, plan, signed_at, signed_by,
    updated_at) ON desktop.visit_note TO mha_provider;
GRANT INSERT ON desktop.visit_note_addendum TO mha_provider;
SELECT desktop.staff_policy('desktop.visit_note', v.verb, 'clinic_id = {here} AND {provider}',
           v.who || $$clinic_id = {here} AND {provider} AND {patient} AND (visit_id IS NULL OR {visit})
             AND (provider_id IS NULL OR provider_id = {providers}) AND {user signed_by}$$)
FROM (VALUES ('INSERT', 'author_id = {author} AND '), ('UPDATE', '')) v(verb, who);
SELECT desktop.staff_policy('desktop.visit_note_addendum', 'INSERT',
           $$clinic_id = {here} AND {provider} AND by_user = {author}
             AND (SELECT true FROM desktop.visit_note n WHERE n.id = visit_note_addendum.note_id)$$);

GRANT INSERT, UPDATE (patient_id, visit_id, title, detail, owner_user, owner_role, due_on, due_at, window_days,
    source_table, source_id, status, outcome, payload, done_by, done_at, updated_at) ON desktop.task TO mha_staff;
SELECT desktop.staff_policy('desktop.task', v.verb, 'clinic_id = {here}',
           v.who || $$clinic_id = {here} AND (patient_id IS NULL OR {patient}) AND (visit_id IS NULL OR {visit})
             AND {user owner_user} AND {user done_by}$$)
FROM (VALUES ('INSERT', 'created_by = {author} AND '), ('UPDATE', '')) v(verb, who);

-- Who is to sign, who signed, and what stood there before.
GRANT INSERT, UPDATE (state, owner_user, resulted_at, critical, abnormal, partial, corrected, history, signed_at,
    signed_by, next_step, released_text, updated_at) ON desktop.lab_review TO mha_provider;
GRANT INSERT ON desktop.lab_signature, desktop.lab_result_history TO mha_provider;
GRANT INSERT, UPDATE (priority, fasting, diagnosis, laboratory, placer_id, filler_id, collected_at, cancel_reason,
    repeat_of, updated_at) ON desktop.lab_order_detail TO mha_provider;
GRANT UPDATE (collected_at, updated_at) ON desktop.lab_order_detail TO mha_assistant;
SELECT desktop.staff_policy('desktop.lab_review', 'INSERT, UPDATE', 'clinic_id = {here} AND {provider}',
           $$clinic_id = {here} AND {provider} AND (SELECT true FROM public.lab_orders o
             WHERE o.id = lab_review.order_id AND o.patient_id = lab_review.patient_id)
             AND {user owner_user} AND {user signed_by}$$),
       desktop.staff_policy('desktop.lab_signature', 'INSERT',
           $$clinic_id = {here} AND {provider} AND by_user = {author}
             AND (SELECT true FROM public.lab_orders o WHERE o.id = lab_signature.order_id) AND {user for_user}$$),
       desktop.staff_policy('desktop.lab_result_history', 'INSERT',
           $$clinic_id = {here} AND {provider} AND (by_user IS NULL OR by_user = {author})
             AND (SELECT true FROM public.lab_orders o WHERE o.id = lab_result_history.order_id)$$),
       desktop.staff_policy('desktop.lab_order_detail', 'INSERT',
           $$clinic_id = {here} AND {provider}
             AND (SELECT true FROM public.lab_orders o WHERE o.id = lab_order_detail.order_id)$$),
       desktop.staff_policy('desktop.lab_order_detail', 'UPDATE', 'clinic_id = {here} AND ({provider} OR {assistant})',
           $$clinic_id = {here} AND ({provider} OR {assistant})
             AND (SELECT true FROM public.lab_orders o WHERE o.id = lab_order_detail.order_id)$$);

GRANT INSERT, UPDATE (state, reason, patient_id, order_ids, handled_by, handled_at, updated_at) ON desktop.lab_message
    TO mha_provider, mha_admin;
SELECT desktop.staff_policy('desktop.lab_message', 'INSERT, UPDATE', 'clinic_id = {here} AND ({provider} OR {admin})',
           'clinic_id = {here} AND ({provider} OR {admin}) AND (patient_id IS NULL OR {patient}) AND {user handled_by}');

GRANT INSERT, UPDATE (name, tests, active, sort_order, updated_at) ON desktop.order_set TO mha_admin;
GRANT INSERT, UPDATE (name, phases, active, updated_at) ON desktop.care_plan_template TO mha_provider, mha_admin;
GRANT INSERT, UPDATE (done, by_user, updated_at) ON desktop.care_task_mark TO mha_provider;
SELECT desktop.staff_policy('desktop.order_set', 'INSERT, UPDATE', 'clinic_id = {here} AND {admin}'),
       desktop.staff_policy('desktop.care_plan_template', 'INSERT, UPDATE',
           'clinic_id = {here} AND ({provider} OR {admin})'),
       desktop.staff_policy('desktop.care_task_mark', 'INSERT, UPDATE', 'clinic_id = {here} AND {provider}',
           $$clinic_id = {here} AND {provider} AND by_user = {author} AND (SELECT true FROM public.care_plans p
             WHERE p.id = care_task_mark.plan_id AND p.patient_id = care_task_mark.patient_id)$$);

-- A provider writes the letter and sends it; an assistant keeps track of what came back.
GRANT INSERT, UPDATE (letter, recipient, attachments, sent_by, accepted_at, appointment_on, answer, cancel_reason,
    updated_at) ON desktop.referral_detail TO mha_provider;
GRANT UPDATE (attachments, accepted_at, appointment_on, answer, updated_at) ON desktop.referral_detail TO mha_assistant;
SELECT desktop.staff_policy('desktop.referral_detail', 'INSERT',
           $$clinic_id = {here} AND {provider}
             AND (SELECT true FROM public.referrals r WHERE r.id = referral_detail.referral_id) AND {user sent_by}$$),
       desktop.staff_policy('desktop.referral_detail', 'UPDATE', 'clinic_id = {here} AND ({provider} OR {assistant})',
           $$clinic_id = {here} AND ({provider} OR {assistant})
             AND (SELECT true FROM public.referrals r WHERE r.id = referral_detail.referral_id) AND {user sent_by}$$);

GRANT INSERT, UPDATE (show_reason, signed_by, signed_at, withdrawn_at, withdrawn_by, withdrawn_reason, updated_at)
    ON desktop.excuse_note_detail TO mha_provider;
GRANT INSERT, UPDATE (show_reason, updated_at) ON desktop.excuse_note_detail TO mha_assistant;
SELECT desktop.staff_policy('desktop.excuse_note_detail', 'INSERT, UPDATE',
           'clinic_id = {here} AND ({provider} OR {assistant})',
           $$clinic_id = {here} AND ({provider} OR ({assistant} AND signed_at IS NULL AND withdrawn_at IS NULL))
             AND (SELECT true FROM public.excuse_notes n WHERE n.id = excuse_note_detail.note_id)
             AND {user drafted_by} AND {user signed_by} AND {user withdrawn_by}$$);

-- Everybody says who stands in for them, an ADMIN for all.
GRANT INSERT, UPDATE (starts_at, ends_at, may_sign, updated_at) ON desktop.cover TO mha_staff;
SELECT desktop.staff_policy('desktop.cover', v.verb, 'clinic_id = {here} AND ({admin} OR for_user = {author})',
           v.who || $$clinic_id = {here} AND ({admin} OR for_user = {author})
             AND (SELECT true FROM public.users u WHERE u.id = cover.for_user)
             AND (SELECT true FROM public.users u WHERE u.id = cover.by_user)$$)
FROM (VALUES ('INSERT', 'created_by = {author} AND '), ('UPDATE', '')) v(verb, who);

GRANT INSERT, UPDATE (owner_user, snoozed_until, escalated_at, closed_by, closed_at, close_reason, updated_at)
    ON desktop.alert_detail TO mha_assistant, mha_provider;
SELECT desktop.staff_policy('desktop.alert_detail', 'INSERT, UPDATE', 'clinic_id = {here} AND ({provider} OR {assistant})',
           $$clinic_id = {here} AND ({provider} OR {assistant})
             AND (SELECT true FROM public.alerts a WHERE a.id = alert_detail.alert_id) AND {user owner_user} AND {user closed_by}$$);

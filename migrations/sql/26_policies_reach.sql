-- What staff may do with the details of requests and conversations, with templates and with what rules did.

GRANT SELECT ON desktop.request_detail, desktop.thread_detail, desktop.message_template, desktop.rule_version,
    desktop.rule_run, desktop.rule_run_rule, desktop.held_message TO mha_staff;
SELECT desktop.staff_policy(name, 'SELECT', 'clinic_id = {here}')
FROM unnest(ARRAY['desktop.request_detail', 'desktop.thread_detail', 'desktop.message_template', 'desktop.rule_version',
                  'desktop.rule_run', 'desktop.rule_run_rule', 'desktop.held_message']::regclass[]) name;

GRANT INSERT, UPDATE (owner_user, note, triaged_by, triaged_at, proposed_by, proposed_at, proposal_ends_at, closed_by,
    close_reason, updated_at) ON desktop.request_detail TO mha_staff;
GRANT INSERT, UPDATE (owner_user, owner_role, closed_at, closed_by, updated_at) ON desktop.thread_detail TO mha_staff;
SELECT desktop.staff_policy('desktop.request_detail', 'INSERT, UPDATE', 'clinic_id = {here}',
           $$clinic_id = {here} AND (SELECT true FROM public.visit_requests r WHERE r.id = request_detail.request_id)
             AND {user owner_user} AND {user triaged_by} AND {user proposed_by} AND {user closed_by}$$),
       desktop.staff_policy('desktop.thread_detail', 'INSERT, UPDATE', 'clinic_id = {here}',
           $$clinic_id = {here} AND (SELECT true FROM public.message_threads t WHERE t.id = thread_detail.thread_id)
             AND {user owner_user} AND {user closed_by}$$);

GRANT INSERT, UPDATE (name, body, locale, active, sort_order, updated_at) ON desktop.message_template TO mha_admin;
SELECT desktop.staff_policy('desktop.message_template', 'INSERT, UPDATE', 'clinic_id = {here} AND {admin}');

-- Runs and what they hold back are written by the rules' definer functions.
GRANT INSERT ON desktop.rule_version TO mha_admin;
SELECT desktop.staff_policy('desktop.rule_version', 'INSERT',
           $$clinic_id = {here} AND {admin} AND by_user = {author}
             AND (SELECT true FROM desktop.rule_clinic c WHERE c.rule_id = rule_version.rule_id)$$);

-- What nobody has read is looked up by functions alone; the policy says that this is so, and is looked for at start.
SELECT desktop.staff_policy('desktop.unread_message', 'SELECT', 'false');

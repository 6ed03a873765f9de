//! What the database refuses, to a person with a login and psql: the whole matrix of duties.

mod chain;
mod support;

use std::collections::BTreeSet;

use baton::domain::operator::Duty;
use baton::store::cluster::ADMIN;
use chain::{approved, owner, pushed, run, small, up_to};
use support::{Bank, baton};

/// Every function that changes state and that an operator may call at all, whose duty it asks for, and a call that
/// gets past that question (and may fail later).
const STEPS: &[(&str, Duty, &str)] = &[
    ("segment_save", Duty::Strategist, "select baton.segment_save('SG-M', 'm', 'true')"),
    (
        "snapshot_seal",
        Duty::Strategist,
        "select baton.snapshot_seal(gen_random_uuid(), 'SG-ST-1', 1)",
    ),
    ("segment_give", Duty::Strategist, "select baton.segment_give('SG-ST-1', 'li.strategist')"),
    ("snapshot_export", Duty::Strategist, "select baton.snapshot_export(1)"),
    (
        "list_seal",
        Duty::Strategist,
        "select baton.list_seal(gen_random_uuid(), 'L', 'customer_id', 'f')",
    ),
    (
        "strategy_new",
        Duty::Strategist,
        "select baton.strategy_new('ST-M', 'm', 'SG-ST-1', 1, 0, 0, 'p', '', 's')",
    ),
    ("strategy_shelve", Duty::Strategist, "select baton.strategy_shelve('ST-M', true)"),
    ("strategy_submit", Duty::Strategist, "select baton.strategy_submit('ST-M')"),
    (
        "strategy_test_push",
        Duty::Strategist,
        "select baton.strategy_test_push('ST-M', 1, 'S1', '[{}]')",
    ),
    ("strategy_test_end", Duty::Strategist, "select baton.strategy_test_end(1)"),
    ("test_push_answer", Duty::Branch, "select baton.test_push_answer(1, 'x')"),
    ("strategy_approve", Duty::Approver, "select baton.strategy_approve('ST-M', sha256(''))"),
    (
        "strategy_send_back",
        Duty::Approver,
        "select baton.strategy_send_back('ST-M', sha256(''), 'c')",
    ),
    (
        "delegate",
        Duty::Approver,
        "select baton.delegate('li.strategist', '2026-01-01', '2026-01-02')",
    ),
    ("delegation_end", Duty::Approver, "select baton.delegation_end(1)"),
    ("push_plan", Duty::Strategist, "select baton.push_plan('ST-1', 1, 1)"),
    ("push_apply", Duty::Strategist, "select baton.push_apply(1)"),
    ("push_exclude", Duty::Strategist, "select baton.push_exclude('ST-1', 1, 'x')"),
    ("push_plan_replace", Duty::Strategist, "select baton.push_plan_replace('ST-1', 1)"),
    ("review_close", Duty::Approver, "select baton.review_close(1, 'stop', 'x', '{}')"),
    ("push_sweep", Duty::Loader, "select baton.push_sweep()"),
    ("push_archive", Duty::Loader, "select baton.push_archive()"),
    ("push_sign", Duty::Branch, "select baton.push_sign(1, 'S1')"),
    ("push_recall", Duty::Strategist, "select baton.push_recall(1)"),
    ("push_recall_undo", Duty::Strategist, "select baton.push_recall_undo(1)"),
    ("push_remind", Duty::Strategist, "select baton.push_remind(1)"),
    ("push_extend", Duty::Strategist, "select baton.push_extend(1, '2027-01-01')"),
    ("task_assign", Duty::Branch, "select baton.task_assign(1, '{1}', null)"),
    ("task_return", Duty::Branch, "select baton.task_return(1, 1, 'm')"),
    ("task_outcome", Duty::Branch, "select baton.task_outcome(1, 1, 'sold')"),
    (
        "task_refer",
        Duty::Branch,
        "select baton.task_refer(1, 1, 'S2', null, '2026-11-25', 50, null)",
    ),
    ("task_answer", Duty::Branch, "select baton.task_answer(1, 1, true)"),
    ("push_feedback", Duty::Branch, "select baton.push_feedback(1, 'list', null)"),
    ("outcome_take", Duty::Loader, "select baton.outcome_take(gen_random_uuid())"),
    ("outcome_inbox_take", Duty::Loader, "select baton.outcome_inbox_take(1)"),
    ("outcome_inbox_left", Duty::Loader, "select baton.outcome_inbox_left(0)"),
    ("outcome_inbox_retry", Duty::Loader, "select baton.outcome_inbox_retry()"),
    ("board_mend", Duty::Loader, "select baton.board_mend(1)"),
    ("import_begin", Duty::Loader, "select baton.import_begin('[]')"),
    ("import_end", Duty::Loader, "select baton.import_end()"),
    ("import_apply", Duty::Loader, "select baton.import_apply('{}')"),
    ("import_analyze", Duty::Loader, "select baton.import_analyze()"),
    ("stage_table", Duty::Loader, "select baton.stage_table('m', '{a}')"),
    ("stage_done", Duty::Loader, "select baton.stage_done('m')"),
    ("load_done", Duty::Loader, "select baton.load_done('customer')"),
    ("attribute_map", Duty::Loader, "select baton.attribute_map('{}')"),
    ("attribute_unmap", Duty::Loader, "select baton.attribute_unmap('m')"),
    ("attribute_refresh", Duty::Loader, "select baton.attribute_refresh()"),
    ("manifest_rows", Duty::Loader, "select baton.manifest_rows('select 1')"),
    ("calendar_put", Duty::Loader, "select baton.calendar_put('{}', '{}', '{}', '{}')"),
    ("list_checked", Duty::Strategist, "select baton.list_checked('L', 'customer_id', 'f', 0, 0)"),
    ("moment_save", Duty::Strategist, "select baton.moment_save('M', 'm', 'true', 'finding')"),
    ("moment_tested", Duty::Strategist, "select baton.moment_tested('M', '', '[]', 0, 0)"),
    ("moment_enable", Duty::Strategist, "select baton.moment_enable('M')"),
    ("moment_disable", Duty::Strategist, "select baton.moment_disable('M')"),
    ("moment_claim", Duty::Loader, "select baton.moment_claim('M')"),
    ("channel_round", Duty::Loader, "select baton.channel_round(10)"),
    ("message_claim", Duty::Loader, "select baton.message_claim(1, 60)"),
    ("message_renew", Duty::Loader, "select baton.message_renew(1, 60)"),
    ("message_release", Duty::Loader, "select baton.message_release(1)"),
    ("message_texts", Duty::Loader, "select baton.message_texts(1, '{}')"),
    ("message_done", Duty::Loader, "select baton.message_done(1, '{}')"),
    ("message_inbox", Duty::Loader, "select baton.message_inbox(1, '{}')"),
    ("message_failed", Duty::Loader, "select baton.message_failed(1, '{}', 'x', '{}', false)"),
    ("message_refused", Duty::Loader, "select baton.message_refused(1, '{}', 'x', '{}', false, 0)"),
    ("message_untried", Duty::Loader, "select baton.message_untried(1, '{}', 0)"),
    ("outcome_message_sweep", Duty::Loader, "select baton.outcome_message_sweep()"),
    ("message_replay", Duty::Loader, "select baton.message_replay(null, null)"),
    ("delivery_sweep", Duty::Loader, "select baton.delivery_sweep()"),
    (
        "moment_take",
        Duty::Loader,
        "select baton.moment_take('M', 1, '2026-11-20', 1, gen_random_uuid())",
    ),
    (
        "metric_define",
        Duty::Loader,
        "select baton.metric_define('m', 't', 'o', 'end', false, null)",
    ),
    (
        "finding_new",
        Duty::Strategist,
        "select baton.finding_new(null, 'HQ', null, null, '2026-11-20', 1, 'number', 't', null)",
    ),
    ("score_card_load", Duty::Strategist, "select baton.score_card_load('n', 'b')"),
    (
        "coaching_new",
        Duty::Strategist,
        "select baton.coaching_new('S1', null, null, 'a', 'b', '2026-11-25')",
    ),
    ("coaching_recheck", Duty::Strategist, "select baton.coaching_recheck(1, 'kept', 'x', null)"),
    ("finding_close", Duty::Strategist, "select baton.finding_close(1, 't')"),
    (
        "alert_save",
        Duty::Strategist,
        "select baton.alert_save('A', 'n', 'm', 'threshold', 'above', 1, null, null, 'branch')",
    ),
    ("task_asks", Duty::Branch, "select baton.task_asks(1, 1, '{}')"),
    ("alert_switch", Duty::Strategist, "select baton.alert_switch('A', 'off')"),
    ("alert_mute", Duty::Strategist, "select baton.alert_mute('A', null)"),
    ("alert_own", Duty::Strategist, "select baton.alert_own('A', 'li.strategist')"),
    ("alert_claim", Duty::Loader, "select baton.alert_claim('A')"),
    (
        "alert_take",
        Duty::Loader,
        "select baton.alert_take('A', 1, '2026-11-20', 0, '{}', '{}', '{}', '{}')",
    ),
];

/// What several duties may do: see `a_card_is_opened_by_those_who_work_with_customers` and
/// `a_list_of_customers_is_seen_by_those_who_may_open_a_card`.
const CARDS: &str = "customer_card customer_explain snapshot_members snapshot_moves moment_hits push_parts push_members plan_parts plan_members snapshot_movers snapshot_moved moment_members task_list task_look task_outcomes task_returns task_channel_at task_benefit task_give_again notice_read push_reassign push_reassign_count board_check";

/// What both strategists and approvers may do, for it stops: `..._who_works_with_strategies_may_stop_them` in `tests/life_brakes.rs`.
const BRAKES: &str = "strategy_pause strategy_pause_all strategy_resume strategy_resume_all";

/// What everybody may ask, for it tells of himself and of the bank only; and what notes the table that he has saved.
const OPEN: &str = "has_duty engine_ticket sees_all scope scope_units seen_units own_staff rm_customers guest task_todo bank_day table_exported outcome_inbox_counts review_standing balance_day event_day holding_day customer_day metric_first_day looked_back looked_back_until audited_operators attribute_values score_units score_rms mart_days plan_cost plan_walls offers_waiting wave_waits events_since moment_test_of";

const ONE: &str = "zhao.viewer";
const EVERY: &str = "strategist,approver,auditor,viewer,loader,branch";

/// A ticket for the engine is every operator's, whatever his duty: `tests/engine_process.rs`.
#[test]
fn the_matrix_names_every_function_that_an_operator_may_call() {
    let bank = small();
    let callable = bank.sql(
        ONE,
        "select p.proname from pg_proc p where p.pronamespace = 'baton'::regnamespace
             and has_function_privilege('baton_operator', p.oid, 'execute') and (p.prosecdef or p.provolatile = 'v')
             order by 1",
    );
    let callable: BTreeSet<String> = callable.into_iter().map(|mut row| row.remove(0)).collect();
    let steps = STEPS
        .iter()
        .map(|(name, ..)| *name)
        .chain(CARDS.split_whitespace())
        .chain(BRAKES.split_whitespace())
        .chain(OPEN.split_whitespace());
    let known: BTreeSet<String> = steps.map(str::to_owned).collect();
    assert_eq!(callable, known);
}

#[test]
fn every_duty_does_its_own_steps_and_no_other() {
    let bank = small();
    approved(&bank, "ST-1", &up_to(50), "0.1", 7);
    run(&bank, "li.strategist", &["push", "plan", "ST-1"]);
    for duty in Duty::ALL {
        bank.operator(ONE, duty.code(), (duty == Duty::Branch).then_some("S1"));
        for (name, needed, call) in STEPS {
            // Rolled back, so that a step that is allowed does not change what the next duty finds.
            let tried = bank.try_sql(ONE, &format!("begin; {call}; rollback"));
            let code = tried.as_ref().err().and_then(sqlx::Error::as_database_error);
            let code =
                code.and_then(sqlx::error::DatabaseError::code).unwrap_or_default().into_owned();
            if duty == *needed {
                assert!(
                    !matches!(code.as_str(), "BT001" | "42501"),
                    "{} may {name}: {tried:?}",
                    duty.code()
                );
            } else {
                assert_eq!(code, "BT001", "{} may not {name}: {tried:?}", duty.code());
            }
        }
    }
}

/// The functions lock and then read: in a transaction whose eyes were open before the lock, the read would be of old.
#[test]
fn no_step_runs_where_a_read_may_be_older_than_its_lock() {
    let bank = small();
    bank.operator(ONE, EVERY, None);
    for level in ["repeatable read", "serializable"] {
        for (name, _, call) in STEPS {
            let code = bank.refuses(ONE, &format!("begin isolation level {level}; {call}"));
            assert_eq!(code, "BT008", "{name} in {level}");
        }
    }
    let url = format!("{}&options=-c default_transaction_isolation=serializable", bank.url_as(ONE));
    let save = ["segment", "save", "SG-A", "--name", "a", "--rule", "true"];
    support::Baton::bare().args(["--database-url", &url]).args(save).json();
}

#[test]
fn only_who_has_every_duty_is_without_a_unit() {
    let bank = small();
    approved(&bank, "ST-1", &up_to(500), "0.1", 7);
    pushed(&bank, "ST-1");
    for duties in
        ["branch", "branch,viewer", "branch,branch", "branch,viewer,loader,auditor,strategist"]
    {
        let add = |lang| {
            let add = ["--lang", lang, "operator", "add", ONE, "--duty", duties];
            bank.program(ADMIN).args(add).refused()
        };
        assert!(add("en").contains("signs for one unit: name it with --org"), "{duties}");
        assert!(add("zh-CN").contains("请用 --org"), "{duties}");
    }
    let put = |duties: &str, org: &str| {
        format!("set role baton_owner; select baton.operator_put('{ONE}', array[{duties}], {org})")
    };
    for duties in [
        "'branch'",
        "'branch', 'branch'",
        "'branch', 'viewer'",
        "'branch', 'viewer', 'viewer', 'viewer', 'viewer', 'viewer'",
    ] {
        assert_eq!(
            bank.refuses(ADMIN, &put(duties, "null")),
            "branch_operator_has_org",
            "{duties}"
        );
    }
    bank.sql(ADMIN, &put("'viewer', 'branch', 'viewer', 'branch'", "'S1'"));
    let duties = format!("select duties from baton.operator where name = '{ONE}'");
    assert_eq!(bank.sql(ONE, &duties), [["{viewer,branch}"]]);
    // A unit that is closed stays the operator's own: he is nobody's and everybody's less than before.
    let sign = |org: &str| format!("select baton.push_sign(1, '{org}')");
    owner(&bank, "update baton.org_unit set closed_on = '2026-11-20' where code = 'S1'");
    assert_eq!(bank.refuses(ONE, &sign("S2")), "BT007");
    assert_eq!(bank.refuses(ADMIN, &put("'branch'", "'S1'")), "BT003");
    bank.operator(ONE, EVERY, None);
    bank.sql(ONE, &sign("S2"));
}

#[test]
fn a_viewer_reads_and_is_told_which_duty_a_step_needs() {
    let bank: Bank = small();
    let refused = |args: &[&str]| baton(&bank).as_(ONE).args(args).refused();
    assert!(
        refused(&["segment", "save", "SG-A", "--name", "a", "--rule", "true"])
            .contains("strategist")
    );
    let said = baton(&bank)
        .as_(ONE)
        .args(["--lang", "zh-CN", "segment", "save", "SG-A", "--name", "a", "--rule", "true"]);
    assert!(said.refused().contains("策略"));
    run(&bank, ONE, &["segment", "list"]);
    run(&bank, ONE, &["strategy", "list"]);
    run(&bank, ONE, &["push", "list"]);
}

//! Words that have to be said can be seen, by whatever function they come; and what is named to be read is a file, of a size
//! that such a file has.
#![expect(clippy::disallowed_methods, reason = "tests write files and start programs")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod branch;
mod chain;
mod support;

use std::any::TypeId;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use baton::cli::Cli;
use baton::store::cluster::ADMIN;
use branch::{BRANCH, LI, held, out};
use chain::{owner, run, strategy_file, text, up_to};
use clap::CommandFactory as _;
use support::{Bank, baton};

const LOADER: &str = "sun.auditor";
const WANG: &str = "wang.approver";

/// What is drawn as nothing.
const UNSEEN: &str = "\u{200b}";

/// What becomes of words that cannot be seen.
enum Then {
    /// They are refused, by this.
    Refused(&'static str),
    /// Nobody had to say anything: nothing is kept. The query counts what is.
    Nothing(&'static str),
}
use Then::{Nothing, Refused};

/// Who says it; the function and its parameter; the call, with `{}` for the words and `{task}` for a customer of S1 who is
/// somebody else in every call; and what becomes of it. In an order in which each can be called.
const SAID: &[(&str, &str, &str, Then)] = &[
    (LI, "push_exclude.note", "push_exclude('ST-1', 7, '{}')", Refused("strategy_exclusion_note")),
    (
        LI,
        "segment_save.name",
        "segment_save('SG-W', '{}', 'true')",
        Refused("segment_version_name"),
    ),
    (
        LI,
        "segment_save.note",
        "segment_save('SG-V', 'n', 'true', '{}')",
        Refused("segment_version_note"),
    ),
    (
        LI,
        "strategy_new.name",
        "strategy_new('ST-A', '{}', 'SG-W', 9, 0, 1, 'p', '', 's')",
        Refused("strategy_version_name"),
    ),
    (
        LI,
        "strategy_new.product",
        "strategy_new('ST-B', 'n', 'SG-W', 9, 0, 1, '{}', '', 's')",
        Refused("strategy_version_product"),
    ),
    (
        LI,
        "strategy_new.script",
        "strategy_new('ST-C', 'n', 'SG-W', 9, 0, 1, 'p', '', '{}')",
        Refused("strategy_version_script"),
    ),
    (
        LI,
        "moment_save.name",
        "moment_save('MO-A', '{}', 'events(''x'', interval ''1 day'') > 0', 'finding')",
        Refused("moment_version_name"),
    ),
    (
        LI,
        "moment_save.note",
        "moment_save('MO-B', 'n', 'events(''x'', interval ''1 day'') > 0', 'finding', null, '{}')",
        Refused("moment_version_note"),
    ),
    (
        LI,
        "alert_save.name",
        "alert_save('AL', '{}', 'aum', 'threshold', 'above', 1, null, null, 'branch')",
        Refused("alert_name"),
    ),
    (
        LI,
        "finding_new.text",
        "finding_new('aum', 'HQ', null, null, '2026-11-20', 1, 'number', '{}', null)",
        Refused("finding_text"),
    ),
    (
        LI,
        "finding_close.closing",
        "finding_close((select min(id) from baton.finding), '{}')",
        Refused("finding_closing"),
    ),
    (
        LI,
        "coaching_new.seen",
        "coaching_new('S1', null, '2026-11-20', '{}', 'x', '2026-11-25')",
        Refused("coaching_seen"),
    ),
    (
        LI,
        "coaching_new.agreed",
        "coaching_new('S1', null, '2026-11-20', 'x', '{}', '2026-11-25')",
        Refused("coaching_agreed"),
    ),
    (
        LI,
        "coaching_recheck.said",
        "coaching_recheck((select min(id) from baton.coaching), 'kept', '{}', null)",
        Refused("coaching_said"),
    ),
    (LI, "score_card_load.name", "score_card_load('{}', 'b')", Refused("score_card_name")),
    (
        LOADER,
        "metric_define.text",
        "metric_define('aum', '{}', 'o', 'end', false, null)",
        Refused("metric_definition_text"),
    ),
    (
        LOADER,
        "metric_define.owner",
        "metric_define('aum', 't', '{}', 'end', false, null)",
        Refused("metric_definition_owner"),
    ),
    (
        LOADER,
        "calendar_put.names",
        "calendar_put('{2027-01-01}', '{2027-01-02}', '{blackout}', array['{}'])",
        Refused("blackout_reason"),
    ),
    (
        WANG,
        "strategy_send_back.comment",
        "strategy_send_back('ST-2', HASH, '{}')",
        Refused("send_back_comment"),
    ),
    (BRANCH, "test_push_answer.words", "test_push_answer(1, '{}')", Refused("test_push_answer")),
    (
        BRANCH,
        "push_feedback.words",
        "push_feedback(1, 'other', '{}')",
        Refused("feedback_other_says_what"),
    ),
    (BRANCH, "task_return.reason", "task_return(1, {task}, '{}')", Refused("BT405")),
    (
        BRANCH,
        "task_outcome.note",
        "task_outcome(1, {task}, 'no_answer', null, null, '{}')",
        Nothing("select count(*) from baton.outcome where note is not null"),
    ),
    (
        BRANCH,
        "task_refer.note",
        "task_refer(1, {task}, 'S2', null, '2026-11-25', 50, '{}')",
        Nothing("select count(*) from baton.referral where note is not null"),
    ),
    (
        "zhao.viewer",
        "task_answer.reason",
        "task_answer(1, {offered}, false, '{}')",
        Nothing("select count(*) from baton.referral where reason is not null"),
    ),
    (LI, "strategy_pause.reason", "strategy_pause('ST-1', '{}')", Refused("pause_reason")),
    (LI, "strategy_resume.reason", "strategy_resume('ST-1', '{}')", Refused("resume_reason")),
    (LI, "strategy_pause_all.reason", "strategy_pause_all('{}')", Refused("pause_reason")),
    (LI, "strategy_resume_all.reason", "strategy_resume_all('{}')", Refused("resume_reason")),
];

/// Words of which the database knows each, words of machines, and those whose step needs a review that is due: its wall is
/// asked for by name.
const OTHERS: [&str; 9] = [
    "message_failed.reason",
    "message_refused.reason",
    "metric_define.closing",
    "moment_save.action",
    "push_feedback.reason",
    "review_close.remark",
    "stage_done.name",
    "stage_table.name",
    "strategy_new.benefit",
];

/// A bank with whatever one can say something of.
fn talkative() -> (Bank, String) {
    let bank = out();
    bank.operator(LOADER, "auditor,loader,strategist", None);
    bank.operator("zhao.viewer", "branch", Some("S2"));
    owner(
        &bank,
        "insert into baton.metric (code, zh, en, kind, unit, ordinal) values ('aum', 'AUM', 'AUM', 'stock', 'money', 1)",
    );
    run(&bank, LI, &["segment", "save", "SG-T", "--name", "T", "--rule", &up_to(400)]);
    let file = strategy_file(&text("ST-2", "SG-T", "0.1", 7));
    run(&bank, LI, &["strategy", "new", file.to_str().unwrap()]);
    run(&bank, LI, &["strategy", "test-push", "ST-2", "--org", "S1"]);
    let hash = run(&bank, LI, &["strategy", "submit", "ST-2"])["hash"].as_str().unwrap().to_owned();
    (bank, hash)
}

#[test]
fn every_function_that_takes_words_takes_none_that_cannot_be_seen() {
    let (bank, hash) = talkative();
    let mut tasks = held(&bank, "u.code = 'S1' and t.rm_id is not null").into_iter();
    let mut offered = 0;
    for (who, what, call, then) in SAID {
        // The test push is over as soon as its strategy is sent back.
        let task = if call.contains("{task}") { tasks.next().unwrap() } else { 0 };
        if *what == "task_refer.note" {
            offered = task;
        }
        let with = |words: &str| {
            let call = call
                .replace("{}", words)
                .replace("{task}", &task.to_string())
                .replace("{offered}", &offered.to_string())
                .replace("HASH", &format!("decode('{hash}', 'hex')"));
            format!("select baton.{call}")
        };
        match then {
            Refused(why) => {
                assert_eq!(bank.refuses(who, &with(UNSEEN)), *why, "{what}");
                bank.sql(who, &with("词"));
            }
            Nothing(kept) => {
                bank.sql(who, &with(UNSEEN));
                assert_eq!(bank.sql(ADMIN, kept), [["0"]], "{what}");
            }
        }
    }
    let wall = "select pg_get_constraintdef(oid) ~ 'is_blank' from pg_constraint where conname = 'review_remark'";
    assert_eq!(bank.sql(ADMIN, wall), [["t"]]);
}

#[test]
fn no_function_that_takes_words_is_left_out() {
    let bank = Bank::empty();
    let asked = bank.sql(
        ADMIN,
        "select distinct p.proname || '.' || a.name from pg_proc p
         cross join lateral unnest(p.proargnames[1:p.pronargs], p.proargtypes::oid[]) a (name, type)
         where p.pronamespace = 'baton'::regnamespace and has_function_privilege('baton_operator', p.oid, 'execute')
             and p.provolatile = 'v' and a.type in ('text'::regtype, 'text[]'::regtype)
             and a.name in ('action', 'agreed', 'benefit', 'closing', 'comment', 'name', 'names', 'note', 'product', 'reason', 'remark',
                 'said', 'script', 'seen', 'text', 'words', 'owner')
             and p.proname || '.' || a.name not in ('alert_own.owner', 'finding_new.owner', 'segment_give.owner')",
    );
    let asked: BTreeSet<String> = asked.concat().into_iter().collect();
    let known = SAID.iter().map(|said| said.1).chain(OTHERS).map(str::to_owned).collect();
    assert_eq!(asked, known);
}

#[test]
fn by_command_they_are_refused_with_the_reason() {
    let (bank, hash) = talkative();
    let task = held(&bank, "u.code = 'S1'")[0].to_string();
    let said = |who: &str, args: &[&str]| branch::refused(&bank, who, args);
    for (who, args, why) in [
        (BRANCH, vec!["task", "return", "1", &task, "--reason", UNSEEN], "say why"),
        (
            LI,
            vec![
                "coaching",
                "new",
                "--org",
                "S1",
                "--seen",
                UNSEEN,
                "--agreed",
                "x",
                "--due",
                "2026-12-01",
            ],
            "seen",
        ),
        (BRANCH, vec!["strategy", "test-answer", "1", "--words", UNSEEN], "say"),
        (LI, vec!["push", "exclude", "ST-1", "--customer", &task, "--note", UNSEEN], "note"),
        (WANG, vec!["strategy", "send-back", "ST-2", "--hash", &hash, "--comment", UNSEEN], "say"),
    ] {
        let said = said(who, &args);
        assert!(said.to_lowercase().contains(why), "{args:?}: {said}");
        assert!(!said.contains("SQLSTATE") && !said.contains("constraint"), "{said}");
    }
    // A branch's message of nobody whom one can see stays, and is counted.
    let ids = held(&bank, "u.code = 'S1'");
    bank.sql(
        baton::store::cluster::INTERNAL,
        &format!(
            "set role baton_branch_system;
             insert into baton.outcome_inbox (source, message_id, push_id, customer_id, outcome, at)
             values ('{UNSEEN}', 'm1', 1, {a}, 'no_answer', '2026-11-20 12:00+08'),
                    ('crm', '{UNSEEN}', 1, {b}, 'no_answer', '2026-11-20 12:00+08')",
            a = ids[1],
            b = ids[2]
        ),
    );
    let worked = baton(&bank).args(["worker", "--once"]).json();
    assert_eq!(worked["outcomes"]["left_out"], 2, "{worked}");
    let file = strategy_file(&format!(
        "push,customer_id,outcome,at,amount,note,source,message_id\n1,{},no_answer,2026-11-20,,{UNSEEN},crm,1\n1,{},no_answer,2026-11-20,,,{UNSEEN},2\n",
        ids[3], ids[4]
    ));
    let read = baton(&bank).as_(LOADER).args(["outcome", "import", file.to_str().unwrap()]).json();
    assert_eq!((&read["accepted"], &read["rejected"]), (&1.into(), &1.into()), "{read}");
    let notes = "select count(*) from baton.outcome where note is not null";
    assert_eq!(bank.sql(ADMIN, notes), [["0"]]);
}

/// Commands that read a file, without its name: those that read one whole that is small.
const WHOLE: [&[&str]; 5] = [
    &["strategy", "new"],
    &["moment", "new"],
    &["score", "load"],
    &["import", ".", "--manifest"],
    &["calendar", "import"],
];

/// Those whose file may be large: rows of customers, and numbers to be reckoned with.
const ROWS: [&[&str]; 9] = [
    &["outcome", "import"],
    &["segment", "upload", "--key", "customer_id", "--name", "U", "SG-U"],
    &["calc", "lmdi"],
    &["calc", "shapley", "--formula", "a*b"],
    &["calc", "mix-rate"],
    &["calc", "price-volume"],
    &["calc", "adtributor"],
    &["calc", "cuped"],
    &["calc", "welch"],
];

#[test]
fn what_is_no_file_or_larger_than_any_is_not_read() {
    let bank = Bank::empty();
    bank.operator(LOADER, "auditor,loader,strategist", None);
    let home = tempfile::tempdir().unwrap();
    let pipe = home.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let large = home.path().join("large");
    std::fs::write(&large, "x".repeat((8 << 20) + 1)).unwrap();
    let said = |of: &[&str], what: &Path| {
        let args = ["--lang", "en"].into_iter().chain(of.iter().copied());
        let who = if of[0] == "calendar" || of[0] == "import" { ADMIN } else { LOADER };
        bank.program(who).args(args).args([what]).fails(1)
    };
    for of in WHOLE.into_iter().chain(ROWS) {
        for what in [Path::new("/dev/zero"), home.path(), &pipe] {
            let said = said(of, what);
            assert!(said.contains("is no file"), "{of:?} {}: {said}", what.display());
        }
    }
    for of in WHOLE {
        let said = said(of, &large);
        assert!(said.contains("more than 8 MB"), "{of:?}: {said}");
    }
    // The manifest that a directory has by its name, too.
    std::os::unix::fs::symlink("/dev/zero", home.path().join("baton-import.toml")).unwrap();
    assert!(said(&["import"], home.path()).contains("is no file"));
}

/// Every command's arguments that are a path, by command.
fn paths(command: &clap::Command, above: &str, all: &mut BTreeSet<String>) {
    for argument in command.get_arguments() {
        if argument.get_value_parser().type_id() == TypeId::of::<PathBuf>() {
            all.insert(format!("{above}{}", argument.get_id()));
        }
    }
    for below in command.get_subcommands() {
        paths(below, &format!("{above}{} ", below.get_name()), all);
    }
}

#[test]
fn no_command_that_reads_a_file_is_left_out() {
    let mut all = BTreeSet::new();
    paths(&Cli::command(), "", &mut all);
    for of in WHOLE.into_iter().chain(ROWS) {
        let name = of[..if of[0] == "import" { 1 } else { 2 }].join(" ");
        let of_it: Vec<String> =
            all.iter().filter(|path| path.starts_with(&format!("{name} "))).cloned().collect();
        // `moment new` takes a code or a file.
        assert!(!of_it.is_empty() || name == "moment new", "{name}");
        all.retain(|path| !of_it.contains(path));
    }
    // What is left is written, or a directory.
    let left: Vec<&str> = all.iter().map(String::as_str).collect();
    assert_eq!(left, ["data_dir", "into", "segment export out"]);
}

#[test]
fn the_brake_of_the_whole_bank_asks_for_its_reason_though_nothing_runs() {
    let bank = chain::small();
    for (step, refused) in
        [("strategy_pause_all", "pause_reason"), ("strategy_resume_all", "resume_reason")]
    {
        assert_eq!(bank.refuses(LI, &format!("select baton.{step}('{UNSEEN}')")), refused);
        assert_eq!(bank.sql(LI, &format!("select baton.{step}('fire drill')")), [["0"]]);
    }
}

//! The tree of a rule, and what keys do to it.

use proptest::prelude::*;

use super::trees::tree;
use super::{bank, read};
use crate::domain::rule::{EventFilter, Joint, Of, Path, Piece, Rule, TreeKind, Turn};

/// The tree as it is shown, a row a line.
fn shown(rule: &Rule) -> Vec<String> {
    let rows = rule.rows().into_iter().map(|row| {
        let text = match row.kind {
            TreeKind::Group(Joint::And) => "and".to_owned(),
            TreeKind::Group(Joint::Or) => "or".to_owned(),
            TreeKind::Not => "not".to_owned(),
            TreeKind::Leaf(..) | TreeKind::Inner(_) => row.shown,
            TreeKind::Events(Turn::First, _) => format!("first {}", row.shown),
            TreeKind::Events(Turn::Then, _) => format!("then {}", row.shown),
        };
        format!("{}{text}", "  ".repeat(row.path.len()))
    });
    rows.collect()
}

/// What an edit makes of a rule, and the condition that the cursor is on then.
fn made(edited: Option<(Rule, Path)>) -> (String, String) {
    let (rule, path) = edited.unwrap();
    let on = rule.of(rule.part(&path).unwrap());
    (rule.canonical(), on.canonical())
}

#[test]
fn a_tree_is_shown_from_top_to_bottom() {
    let rule = read("payroll and (age < 30 or not (tier = 'gold' and housing)) and not VIP");
    assert_eq!(
        shown(&rule),
        [
            "and",
            "  payroll",
            "  or",
            "    age < 30",
            "    not",
            "      and",
            "        tier = 'gold'",
            "        housing",
            "  not",
            "    \"VIP\"",
        ]
    );
    let leaves = rule.rows().into_iter().filter_map(|row| match row.kind {
        TreeKind::Leaf(at, text) => Some((at, text)),
        _ => None,
    });
    let texts: Vec<String> = leaves
        .enumerate()
        .map(|(n, (at, text))| {
            assert_eq!(n, at);
            text
        })
        .collect();
    let own: Vec<String> = rule.leaves().into_iter().map(|leaf| leaf.text).collect();
    assert_eq!(texts, own);
}

#[test]
fn a_condition_is_joined_beside_the_cursor() {
    let new = || read("housing").expr;
    let rule = read("payroll and (age < 30 or age > 60)");
    let joined = |path: &[usize], joint| made(rule.joined(path, joint, new())).0;
    assert_eq!(joined(&[0], Joint::And), "payroll and housing and (age < 30 or age > 60)");
    assert_eq!(joined(&[0], Joint::Or), "(payroll or housing) and (age < 30 or age > 60)");
    assert_eq!(joined(&[1], Joint::Or), "payroll and (age < 30 or age > 60 or housing)");
    assert_eq!(joined(&[1, 0], Joint::Or), "payroll and (age < 30 or housing or age > 60)");
    assert_eq!(joined(&[1, 0], Joint::And), "payroll and (age < 30 and housing or age > 60)");
    assert_eq!(joined(&[], Joint::Or), "payroll and (age < 30 or age > 60) or housing");
    assert_eq!(made(rule.joined(&[1, 0], Joint::And, new())).1, "housing");
    assert_eq!(made(read("true").joined(&[], Joint::And, new())).0, "housing");
    assert!(rule.joined(&[7], Joint::And, new()).is_none());
}

#[test]
fn a_part_is_replaced_removed_and_negated() {
    let rule = read("payroll and (age < 30 or not housing)");
    let new = read("age < 35 and tier = 'gold'").expr;
    assert_eq!(
        made(rule.replaced(&[1, 0], new.clone())).0,
        "payroll and (age < 35 and tier = 'gold' or not housing)"
    );
    assert_eq!(
        made(rule.replaced(&[0], new)).0,
        "age < 35 and tier = 'gold' and (age < 30 or not housing)"
    );
    let (rest, on) = made(rule.removed(&[1, 1, 0]));
    assert_eq!((rest.as_str(), on.as_str()), ("payroll and age < 30", "age < 30"));
    assert_eq!(made(rule.removed(&[0])).0, "age < 30 or not housing");
    assert!(rule.removed(&[]).is_none() && read("payroll").removed(&[]).is_none());
    assert!(read("not payroll").removed(&[0]).is_none());
    let (negated, on) = made(rule.negated(&[1]));
    assert_eq!(negated, "payroll and not (age < 30 or not housing)");
    assert_eq!(on, "not (age < 30 or not housing)");
    assert_eq!(made(rule.negated(&[1, 1])).0, "payroll and (age < 30 or housing)");
    assert_eq!(made(rule.negated(&[1, 1, 0])).0, "payroll and (age < 30 or housing)");
}

#[test]
fn a_group_is_flipped_and_becomes_one_with_what_it_stands_in() {
    let rule = read("payroll and (age < 30 or housing)");
    let (flipped, on) = made(rule.flipped(&[1]));
    assert_eq!(flipped, "payroll and age < 30 and housing");
    assert_eq!(on, "age < 30");
    assert_eq!(made(rule.flipped(&[0])).0, "payroll or age < 30 or housing");
    assert!(read("payroll").flipped(&[]).is_none());
}

#[test]
fn a_part_moves_past_its_neighbour_into_groups_and_out_of_them() {
    let rule = read("payroll and (age < 30 or housing) and \"VIP\"");
    let moved = |path: &[usize], down| rule.moved(path, down).map(|m| made(Some(m)));
    assert_eq!(
        moved(&[0], true).unwrap(),
        ("(payroll or age < 30 or housing) and \"VIP\"".into(), "payroll".into())
    );
    assert_eq!(moved(&[2], false).unwrap().0, "payroll and (age < 30 or housing or \"VIP\")");
    assert_eq!(moved(&[1, 0], true).unwrap().0, "payroll and (housing or age < 30) and \"VIP\"");
    assert_eq!(moved(&[1, 0], false).unwrap().0, "payroll and age < 30 and housing and \"VIP\"");
    assert_eq!(moved(&[1], true).unwrap().0, "payroll and \"VIP\" and (age < 30 or housing)");
    assert!(moved(&[0], false).is_none() && moved(&[2], true).is_none());
    let not = read("payroll and not housing");
    assert_eq!(made(not.moved(&[1, 0], false)).0, "not housing and payroll");
}

#[test]
fn what_stands_within_a_function_is_shown_below_it() {
    let rule = read(
        "payroll and related('family', tier = 'gold' or events('login', amount > 5 and detail is null) > 2) \
         and followed_by('login', events('transfer_out', interval '9 days', not amount < 3), interval '1 day')",
    );
    assert_eq!(
        shown(&rule),
        [
            "and",
            "  payroll",
            "  related('family', ..)",
            "    or",
            "      tier = 'gold'",
            "      events('login', ..) > 2",
            "        and",
            "          amount > 5",
            "          detail is null",
            "  followed_by('login', events('transfer_out', interval '9 days', ..), interval '1 day')",
            "    first 'login'",
            "    then events('transfer_out', interval '9 days', ..)",
            "      not",
            "        amount < 3",
        ]
    );
    let of = |path: &[usize]| rule.of_what(path);
    assert_eq!(
        [of(&[1]), of(&[1, 0, 0]), of(&[1, 0, 1, 0, 0])],
        [Of::Customer, Of::Related, Of::Event]
    );
    let turns = [of(&[2, 0]), of(&[2, 1])];
    assert_eq!(turns, [Of::Sequence(Turn::First), Of::Sequence(Turn::Then)]);
    assert_eq!([of(&[2, 1, 0]), of(&[2, 1, 0, 0])], [Of::Event, Of::Event]);
    assert!(rule.at(&[2, 0, 0]).is_none(), "the first has no condition");
    let leaves = rule.rows().into_iter().filter(|row| matches!(row.kind, TreeKind::Leaf(..)));
    assert_eq!(leaves.count(), rule.leaves().len(), "only the customer's own are counted");
}

#[test]
fn what_stands_within_a_function_is_edited_by_the_same_keys() {
    let event = |text: &str| Rule::parse_event(text, &bank()).unwrap();
    let rule = read("payroll and events('login', amount > 5) > 2");
    let own = |edited: Option<(Rule, Path)>| edited.unwrap().0.canonical();
    let (more, at) = rule.joined(&[1, 0], Joint::And, event("detail = 'atm'")).unwrap();
    assert_eq!(more.canonical(), "payroll and events('login', amount > 5 and detail = 'atm') > 2");
    assert_eq!(at, [1, 0, 1], "the cursor is on what is new");
    assert_eq!(
        own(more.flipped(&at)),
        "payroll and events('login', amount > 5 or detail = 'atm') > 2"
    );
    assert_eq!(
        own(more.negated(&at)),
        "payroll and events('login', amount > 5 and not detail = 'atm') > 2"
    );
    assert_eq!(
        own(more.moved(&at, false)),
        "payroll and events('login', detail = 'atm' and amount > 5) > 2"
    );
    assert_eq!(own(more.removed(&at)), "payroll and events('login', amount > 5) > 2");
    assert_eq!(own(rule.removed(&[1, 0])), "payroll and events('login') > 2");
    assert_eq!(
        own(rule.replaced(&[1, 0], event("amount between 1 and 2"))),
        "payroll and events('login', amount between 1 and 2) > 2"
    );
    // Nothing leaves its function, and nothing of another kind comes in.
    assert!(rule.moved(&[1, 0], true).is_none() && more.moved(&at, true).is_none());
    assert!(rule.flipped(&[1, 0]).is_none(), "the `and` outside is not its group");
    assert!(rule.joined(&[1, 0], Joint::And, read("housing").expr).is_none());
    assert!(rule.joined(&[0], Joint::And, event("amount > 5")).is_none());

    let rule = read("related('family', tier = 'gold')");
    let (more, at) = rule.joined(&[0], Joint::Or, read("events('login') > 2").expr).unwrap();
    assert_eq!(more.canonical(), "related('family', tier = 'gold' or events('login') > 2)");
    assert_eq!(at, [0, 1]);
    assert!(rule.removed(&[0]).is_none(), "a relation goes with the last that it asks");
    let both = read("payroll and related('family', not tier = 'gold')");
    assert_eq!(own(both.removed(&[1, 0, 0])), "payroll");
    assert!(Rule::parse_event("amount > 1) > 0 or events('login'", &bank()).is_err());
    assert!(Rule::parse_event("aum > 1", &bank()).is_err());
}

#[test]
fn the_events_of_a_sequence_are_given_windows_and_conditions() {
    let event = |text: &str| Rule::parse_event(text, &bank()).unwrap();
    let events = |text: &str| Rule::parse_events(text, &bank()).unwrap();
    let rule = read("payroll and followed_by('login', 'transfer_out', interval '7 days')");
    let (more, at) = rule.joined(&[1, 1], Joint::And, event("amount > 5")).unwrap();
    assert_eq!(
        more.canonical(),
        "payroll and followed_by('login', events('transfer_out', amount > 5), interval '7 days')"
    );
    assert_eq!(at, [1, 1, 0], "the cursor is on what is new");
    let (more, at) = more.joined(&[1, 1], Joint::Or, event("detail = 'atm'")).unwrap();
    assert_eq!(
        more.written(&[1, 1]).unwrap(),
        "events('transfer_out', amount > 5 or detail = 'atm')"
    );
    assert_eq!(at, [1, 1, 0, 1]);
    let (windowed, at) =
        more.replaced(&[1, 0], events("events('login', interval '30 days')")).unwrap();
    assert_eq!(
        windowed.canonical(),
        "payroll and followed_by(events('login', interval '30 days'), \
         events('transfer_out', amount > 5 or detail = 'atm'), interval '7 days')"
    );
    assert_eq!(at, [1, 0]);
    // The condition goes alone; a sequence goes with either of its events.
    let (without, at) = windowed.removed(&[1, 1, 0, 0]).unwrap();
    assert_eq!(without.written(&[1, 1]).unwrap(), "events('transfer_out', detail = 'atm')");
    assert_eq!(without.removed(&at).unwrap().0.written(&[1, 1]).unwrap(), "'transfer_out'");
    assert_eq!(windowed.removed(&[1, 0]).unwrap().0.canonical(), "payroll");
    // Events are nothing that is denied, moved or flipped, and hold conditions on events alone.
    assert!(rule.negated(&[1, 0]).is_none() && rule.moved(&[1, 0], true).is_none());
    assert!(rule.flipped(&[1, 0]).is_none());
    assert!(rule.joined(&[1, 0], Joint::And, read("housing").expr).is_none());
    assert!(rule.replaced(&[1, 0], event("amount > 5")).is_none());
    for wrong in ["followed_by", "'logon'", "events('login') > 3", "sum_events('login')", "login"] {
        assert!(Rule::parse_events(wrong, &bank()).is_err(), "{wrong}");
    }
}

/// One of all edits, somewhere in the tree.
fn edited(rule: &Rule, (which, at): (usize, usize), new: &Rule) -> Option<(Rule, Path)> {
    let rows = rule.rows();
    let path = rows[at % rows.len()].path.clone();
    let new: Piece = match rule.of_what(&path) {
        Of::Sequence(_) if which == 2 => {
            Rule::parse_events("events('login', interval '9 days')", &bank()).unwrap().into()
        }
        Of::Event | Of::Sequence(_) => {
            EventFilter::Detail { negated: false, values: vec!["atm".to_owned()] }.into()
        }
        _ => new.expr.clone().into(),
    };
    match which {
        0 => rule.joined(&path, Joint::And, new),
        1 => rule.joined(&path, Joint::Or, new),
        2 => rule.replaced(&path, new),
        3 => rule.removed(&path),
        4 => rule.negated(&path),
        5 => rule.flipped(&path),
        6 => rule.moved(&path, true),
        _ => rule.moved(&path, false),
    }
}

proptest! {
    /// Whatever is done to a tree, its text is read again as the same tree.
    #[test]
    fn every_edit_of_a_tree_prints_to_text_that_parses(
        start in tree(),
        edits in prop::collection::vec((0..8_usize, 0..40_usize, 0..4_usize), 1..12),
    ) {
        let new = ["housing", "not payroll", "age < 30 or aum > 5", "tier = 'gold' and \"VIP\""];
        let mut rule = read("true").of(&start);
        for (which, at, with) in edits {
            let Some((next, path)) = edited(&rule, (which, at), &read(new[with])) else { continue };
            prop_assert!(next.at(&path).is_some(), "the cursor is on a part");
            let text = next.canonical();
            let again = Rule::parse(&text, &bank());
            if let Err(error) = &again {
                // The console does not take an edit after which a rule holds for nobody.
                let nobody = error.reason.is_nobody();
                prop_assert!(nobody, "{}: {}", text, error);
                continue;
            }
            prop_assert_eq!(again.as_ref(), Ok(&next), "{}", text);
            rule = next;
        }
    }
}

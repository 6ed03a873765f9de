//! Screens of the branch side: its tasks, one of them, the form of its outcome; and what the mid-office does with orders.

use crate::app::action::Refusal;
use crate::app::effect::Slot;
use crate::app::fixtures::tasks::{
    at_task, at_tasks, limited, listed, manager, offered, opened, returned, shown, taken,
};
use crate::app::fixtures::{self, Console, tasks};
use crate::domain::benefit::{PushBenefit, Quotas, UnitBenefit};
use crate::domain::delivery::Counts;
use crate::domain::message::Message;
use crate::domain::outcome::Outcome;
use crate::domain::strategy::body::FormField;
use crate::domain::strategy::word::FieldType;
use crate::domain::task::{Mine, TaskState};
use crate::msg;
use crate::text::Lang;
use crate::ui::glyphs::GlyphSet;

/// Every one of them, by name.
pub(super) fn branch() -> Vec<(&'static str, Console)> {
    let refused = || Refusal::because(msg!("task.state.recalled"));
    vec![
        ("tasks", at_tasks()),
        ("tasks_reading", manager().keys("3 Enter Enter")),
        ("tasks_refused", manager().keys("3 Enter Enter").refused(Slot::Tasks, refused())),
        (
            "tasks_of_an_order",
            Console::strategist().keys("3 Enter t").answered(Slot::Tasks, listed()),
        ),
        ("task", at_task()),
        ("task_reading", at_tasks().keys("j Enter")),
        ("task_refused", at_tasks().keys("j Enter").refused(Slot::Task, refused())),
        ("task_offered", at_tasks().keys("Enter").answered(Slot::Task, opened(offered()))),
        ("task_limited", at_tasks().keys("j Enter").answered(Slot::Task, opened(limited()))),
        ("push_limited", push_limited()),
        ("push_told", told()),
        ("task_offered_on", offered_on()),
        ("task_taken", at_tasks().keys("j Enter").answered(Slot::Task, opened(taken()))),
        ("outcome_day", refused_day()),
        ("task_returned", at_tasks().keys("j Enter").answered(Slot::Task, opened(returned()))),
        ("task_shown", at_tasks().keys("j Enter").answered(Slot::Task, opened(shown()))),
        ("outcome", at_task().keys("o")),
        ("outcome_filled", at_task().keys("o 5 Enter Enter 1200 Enter 好 Tab Tab Down")),
        ("outcome_wrong", at_task().keys("o 6 C-o")),
        ("outcome_unshown", at_task().keys("o 6 Tab Tab Tab Tab Tab 1 C-o")),
        ("outcome_long", long_form().keys("o")),
        ("outcome_long_end", long_form().keys("o BTab")),
        ("pick_rm", at_task().keys("a")),
        ("pick_other_rm", at_task().keys("A")),
        ("pick_feedback", at_task().keys("w")),
        ("prompt_feedback", at_task().keys("w Enter")),
        ("prompt_give_back", at_task().keys("b")),
        ("prompt_refer_to", at_task().keys("f")),
        ("prompt_refer_due", at_task().keys("f B0302 Enter")),
        ("prompt_refer_credit", at_task().keys("f B0302 Enter Enter")),
        ("prompt_refer_note", at_task().keys("f B0302 Enter Enter Enter")),
        ("prompt_extend", Console::strategist().keys("3 Enter e")),
        ("confirm_accept", at_tasks().keys("+")),
        ("confirm_decline", at_tasks().keys("-")),
        ("confirm_recall", Console::strategist().keys("3 Enter j R")),
        ("confirm_undo_recall", recalled().keys("U")),
        ("confirm_remind", Console::strategist().keys("3 Enter m")),
    ]
}

/// The order of a branch that has signed it, with messages and benefits: all that is told of an order at once.
fn told() -> Console {
    let mut console = manager();
    let mut rows = push_limited().state.pushes.all().to_vec();
    let order = &mut rows[0].orders[0];
    order.signed_at = Some(fixtures::now());
    order.signed_by = Some("nancheng.branch".to_owned());
    order.delivery = Some(Counts { dead: 1, ..Counts::default() });
    rows[0].orders.truncate(1);
    let freshness = console.state.pushes.freshness;
    console.state.pushes.replace(rows, freshness);
    console.keys("3 Enter")
}

/// A task that its RM has offered to another unit.
fn offered_on() -> Console {
    let mut task = offered();
    (task.state, task.mine) = (TaskState::Offered, Some(Mine::Held));
    at_tasks().keys("j Enter").answered(Slot::Task, opened(task))
}

/// An outcome of a day that has not come.
fn refused_day() -> Console {
    let ahead = Message::new(msg!("task.refused.at-ahead")).with("detail", "2026-11-20");
    let sent = at_task().keys("o 2 Enter C-u 2026-12-25 Enter Enter 好 C-o");
    sent.refused(Slot::Change, Refusal::because(ahead))
}

#[test]
fn on_the_smallest_screen_everything_that_is_told_of_an_order_is_there() {
    for lang in Lang::ALL {
        let skin = super::skin(lang, GlyphSet::Ascii, false);
        let shown = super::text(&super::drawn(&told().state, &skin, 80, 24));
        for outcome in Outcome::ALL {
            let name = crate::text::render(&Message::new(outcome.label()), lang);
            assert!(shown.contains(&name), "{lang}: no {name} in\n{shown}");
        }
        // Of many orders some stay above them.
        let console = {
            let mut console = push_limited();
            let mut rows = console.state.pushes.all().to_vec();
            let one = rows[0].orders[0].clone();
            rows[0].orders = vec![one; 30];
            let freshness = console.state.pushes.freshness;
            console.state.pushes.replace(rows, freshness);
            console
        };
        let shown = super::text(&super::drawn(&console.state, &skin, 80, 24));
        assert!(shown.matches("B0301").count() >= 3, "{lang}:\n{shown}");
    }
}

/// A push of whose benefits there are so many only.
fn push_limited() -> Console {
    let mut console = Console::strategist();
    let mut rows = fixtures::pushes();
    let unit = |org: &str, given, short| UnitBenefit {
        org: org.to_owned(),
        given,
        short,
        quota: Some(51),
        drawn_on: Some(("B03".to_owned(), Some(51))),
    };
    rows[0].benefit = Some(PushBenefit {
        stock: Some(60),
        quotas: Quotas { each: Some(40), named: vec![("B03".to_owned(), 51)] },
        whole: true,
        units: vec![unit("B0301", 40, 3), unit("B0303", 11, 0)],
    });
    let freshness = console.state.pushes.freshness;
    console.state.pushes.replace(rows, freshness);
    console.keys("3 Enter")
}

/// A task whose form has more fields than a small screen, with names that do not fit.
fn long_form() -> Console {
    let mut task = tasks::detail();
    task.strategy.text.body.fields = (1..=18)
        .map(|at| FormField {
            code: format!("f{at}"),
            label: Some(format!("客户目前在他行持有的主要理财产品及其到期日说明之第 {at} 项")),
            kind: FieldType::Text,
            required: at % 3 == 0,
            choices: vec![],
        })
        .collect();
    at_tasks().keys("j Enter").answered(Slot::Task, opened(task))
}

/// A push whose second order was recalled.
fn recalled() -> Console {
    let mut console = Console::strategist();
    let mut rows = fixtures::pushes();
    rows[0].orders[0].recalled_at = Some(fixtures::now());
    rows[0].orders[0].open = 0;
    let freshness = console.state.pushes.freshness;
    console.state.pushes.replace(rows, freshness);
    console.keys("3 Enter")
}

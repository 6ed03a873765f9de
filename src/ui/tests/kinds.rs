//! What the list of screens must have: each kind of page, overlay, step, finding and question, and no name twice.

use super::screens::screens;
use crate::app::command::{CommandId, Risk, TABLE};
use crate::app::state::picker::PickStep;
use crate::app::state::rule::Beside;
use crate::app::state::{Confirm, Link, Overlay, Page, Pane, PlanStep, PromptFor, State};
use crate::app::study::Finding;
use crate::domain::rule::{Ask, What};
use crate::text::Lang;

/// The kinds that a value can be of, each with its name: the match is whole by the compiler, and the names are listed.
macro_rules! kinds {
    ($all:ident, $of:ident: $type:ty { $($pattern:pat => $name:literal,)+ }) => {
        const $all: &[&str] = &[$($name),+];

        fn $of(value: &$type) -> &'static str {
            match value {
                $($pattern => $name,)+
            }
        }
    };
}

kinds!(PAGES, page: Page {
    Page::Segment(_) => "segment",
    Page::Rule(_) => "rule",
    Page::Strategy(_) => "strategy",
    Page::Leaflet(_) => "leaflet",
    Page::Form(_) => "form",
    Page::Plan(_) => "plan",
    Page::Push(_) => "push",
    Page::BranchTasks(_) => "tasks",
    Page::Task(_) => "task",
    Page::Outcome(_) => "outcome",
    Page::Explain(_) => "explain",
    Page::Study(_) => "study",
    Page::Attribute { .. } => "attribute",
    Page::Dictionary => "dictionary",
    Page::Moments => "moments",
    Page::Coaching(_) => "coaching form",
    Page::Home => "home",
});

kinds!(STEPS, step: PlanStep {
    PlanStep::Planning => "planning",
    PlanStep::Planned(_) => "planned",
    PlanStep::Pushing(_) => "pushing",
    PlanStep::Done(..) => "done",
    PlanStep::Refused(_) => "refused",
});

kinds!(OVERLAYS, overlay: Overlay {
    Overlay::Palette { .. } => "palette",
    Overlay::Help { .. } => "help",
    Overlay::Filter => "filter",
    Overlay::Axes(_) => "axes",
    Overlay::Prompt(_) => "prompt",
    Overlay::Confirm(_) => "confirm",
    Overlay::Pick(_) => "pick",
});

kinds!(CHOICES, choice: PickStep {
    PickStep::Column => "column",
    PickStep::Part(Ask { what: What::Subject, .. }) => "subject",
    PickStep::Part(Ask { what: What::Word(..), .. }) => "word",
    PickStep::Part(Ask { what: What::Back(_), .. }) => "back",
    PickStep::Part(Ask { what: What::Number(..), .. }) => "number",
    PickStep::Part(Ask { what: What::Size(_), .. }) => "size",
    PickStep::Part(Ask { what: What::Field { .. }, .. }) => "field",
    PickStep::Part(Ask { what: What::Operator(_), .. }) => "operator",
    PickStep::Part(Ask { what: What::Values(..), .. }) => "values",
    PickStep::Text => "text",
    PickStep::Template => "template",
    PickStep::Rm => "rm",
    PickStep::OtherRm => "other-rm",
    PickStep::Feedback => "feedback",
    PickStep::Recheck => "recheck",
    PickStep::Reviewed => "reviewed",
});

kinds!(BESIDE, beside: Beside {
    Beside::Together => "together",
    Beside::Units => "units",
    Beside::Attribute => "attribute",
    Beside::Leaves => "leaves",
});

kinds!(PROMPTS, prompt: PromptFor {
    PromptFor::Outcomes => "outcomes",
    PromptFor::Dates => "dates",
    PromptFor::Export => "export",
    PromptFor::Table => "table",
    PromptFor::ListFile => "list-file",
    PromptFor::ListKey => "list-key",
    PromptFor::ListCode => "list-code",
    PromptFor::Cell => "cell",
    PromptFor::ExplainBy => "explain-by",
    PromptFor::Finding => "finding",
    PromptFor::Closing => "closing",
    PromptFor::Mute => "mute",
    PromptFor::AlertName => "alert-name",
    PromptFor::AlertText => "alert-text",
    PromptFor::AlertOwner => "alert-owner",
    PromptFor::Feedback => "feedback",
    PromptFor::GiveBack => "give-back",
    PromptFor::ReferTo => "refer-to",
    PromptFor::ReferDue => "refer-due",
    PromptFor::ReferCredit => "refer-credit",
    PromptFor::ReferNote => "refer-note",
    PromptFor::Extend => "extend",
    PromptFor::Verdict => "verdict",
    PromptFor::VerdictText => "verdict-text",
    PromptFor::Report => "report",
    PromptFor::Comment => "comment",
    PromptFor::Reason => "reason",
    PromptFor::KillReason => "kill-reason",
    PromptFor::KillWord => "kill-word",
    PromptFor::Delegate => "delegate",
    PromptFor::ResumeAll => "resume-all",
    PromptFor::LeaveOff => "leave-off",
    PromptFor::TestUnit => "test-unit",
    PromptFor::TestAnswer => "test-answer",
    PromptFor::RecheckText => "recheck-text",
    PromptFor::RecheckDue => "recheck-due",
});

kinds!(FINDINGS, finding: Finding {
    Finding::Overlap(_) => "overlap",
    Finding::Portrait(_) => "portrait",
    Finding::Grid(_) => "grid",
    Finding::History(_) => "history",
    Finding::Compare(_) => "compare",
    Finding::Push(_) => "push",
    Finding::Board(_) => "board",
    Finding::Hits(_) => "hits",
    Finding::Deliveries(_) => "deliveries",
    Finding::Tests(_) => "tests",
    Finding::Policies(..) => "policies",
    Finding::Desk(_) => "desk",
    Finding::Calendar(_) => "calendar",
    Finding::Diff(_) => "diff",
    Finding::Members(_) => "members",
    Finding::Card(_) => "card",
    Finding::Why(_) => "why",
    Finding::Metric(_) => "metric",
    Finding::Heat(_) => "heat",
    Finding::Noted(_) => "noted",
    Finding::Alerts(_) => "alerts",
    Finding::AlertHits(_) => "alert-hits",
    Finding::Touching(_) => "touching",
    Finding::Review(..) => "review",
    Finding::Scores(_) => "scores",
    Finding::Score(_) => "score",
    Finding::Coaching(_) => "coaching",
});

kinds!(LINKS, link: Link {
    Link::Connecting => "connecting",
    Link::Online(_) => "online",
    Link::Offline(..) => "offline",
});

#[test]
fn every_kind_of_screen_is_in_the_list() {
    let screens = screens(Lang::En);
    let whole = |all: &[&'static str], found: Vec<&'static str>| {
        let missing: Vec<_> = all.iter().filter(|kind| !found.contains(kind)).collect();
        assert!(missing.is_empty(), "no screen shows {missing:?}");
    };
    let states = || screens.iter().map(|(_, state)| state);
    let overlays = || states().filter_map(|state| state.overlay.as_ref());
    whole(PAGES, states().filter_map(|state| state.page().map(page)).collect());
    whole(OVERLAYS, overlays().map(overlay).collect());
    whole(LINKS, states().map(|state| link(&state.session.link)).collect());
    let steps = states().filter_map(|state| match state.page() {
        Some(Page::Plan(page)) => Some(step(&page.step)),
        _ => None,
    });
    whole(STEPS, steps.collect());
    let prompts = overlays().filter_map(|overlay| match overlay {
        Overlay::Prompt(asked) => Some(prompt(&asked.of)),
        _ => None,
    });
    whole(PROMPTS, prompts.collect());
    let choices = overlays().filter_map(|overlay| match overlay {
        Overlay::Pick(picker) => Some(choice(&picker.step)),
        _ => None,
    });
    whole(CHOICES, choices.collect());
    let ruled = states().filter_map(|state| match state.page() {
        Some(Page::Rule(page)) => Some(beside(&page.beside)),
        _ => None,
    });
    whole(BESIDE, ruled.collect());
    let found = states().filter_map(|state| match state.page() {
        Some(Page::Study(page)) => page.finding.as_ref().map(finding),
        _ => None,
    });
    whole(FINDINGS, found.collect());
    for pane in Pane::ALL {
        let alone = |state: &State| state.focus == pane && state.pages.is_empty();
        assert!(states().any(alone), "no screen shows {pane:?}");
    }
}

#[test]
fn every_question_before_a_command_is_in_the_list() {
    let screens = screens(Lang::En);
    let binding = TABLE.iter().filter(|row| row.risk == Risk::Binds).map(|row| row.id);
    for id in binding.chain([CommandId::Quit]) {
        let asks = |state: &State| matches!(&state.overlay, Some(Overlay::Confirm(Confirm { command, .. })) if *command == id);
        assert!(screens.iter().any(|(_, state)| asks(state)), "no screen asks before {id:?}");
    }
}

#[test]
fn no_two_screens_have_one_name() {
    let mut names: Vec<_> = screens(Lang::En).into_iter().map(|(name, _)| name).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}

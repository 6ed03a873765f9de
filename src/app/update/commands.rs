//! What each command of the table does.

use crate::app::command::{
    self, Command, CommandId as Id, Context, Risk, available, chosen, search,
};
use chrono::{DateTime, Utc};

use super::{
    alerts, branch, calendar, coaching, deliveries, desks, editors, explain, exports, home, jobs,
    leaving, life, looking, metrics, moments, moves, open, overlays, picker, reading, reviews,
    rules, strategies, study, test_pushes, tree,
};
use crate::app::effect::{Effect, Request};
use crate::app::key::{Code, Key};
use crate::app::state::picker::PickFor;
use crate::app::state::study::StudyPage;
use crate::app::state::{Confirm, Overlay, Page, PlanStep, State, Tone};
use crate::app::study::Study;
use crate::domain::message::Message;
use crate::msg;

/// Does what an available command does, or asks first if it binds people.
pub(super) fn run(state: &mut State, row: &Command, press: Key, now: DateTime<Utc>) -> Vec<Effect> {
    if matches!(row.id, Id::Submit | Id::Approve | Id::SendBack) {
        // Nobody binds himself to a text that is not on his screen.
        open::strategy_page(state);
    }
    // Tab goes round, as it does among fields; the arrows stop at the ends.
    if row.id == Id::PartAfter && press.code == Code::Tab && study::at_last_part(state) {
        return study::beside(state, isize::MIN);
    }
    if row.risk == Risk::Binds
        && let Some(question) = overlays::question(state, row.id)
    {
        overlays::ask_first(state, row.id, question);
        return vec![];
    }
    act(state, row.id, press, now)
}

fn act(state: &mut State, id: Id, press: Key, now: DateTime<Utc>) -> Vec<Effect> {
    match id {
        Id::Home => home::show(state),
        Id::Focus(pane) => {
            let effects = leaving::close_pages(state);
            state.focus = pane;
            effects
        }
        Id::FocusNext => moves::focus(state, 1),
        Id::FocusPrevious => moves::focus(state, -1),
        Id::FocusLeft | Id::FocusRight => moves::focus_beside(state),
        Id::Zoom => {
            state.zoomed = !state.zoomed;
            vec![]
        }
        Id::Up => moves::step(state, -1),
        Id::Down => moves::step(state, 1),
        Id::PageUp => moves::step(state, -state.page_rows()),
        Id::PageDown => moves::step(state, state.page_rows()),
        Id::First => moves::step(state, isize::MIN / 2),
        Id::Last => moves::step(state, isize::MAX / 2),
        Id::Open => enter(state),
        Id::Back => back(state, press),
        Id::Filter => {
            state.overlay = Some(Overlay::Filter);
            vec![]
        }
        Id::Sort => moves::sort(state),
        Id::Reload => reload(state),
        Id::Copy => open::copy(state),
        Id::Palette => overlays::palette(state),
        Id::Help => overlays::help(state),
        Id::Quit => quit(state),
        Id::GoSegment => open::go_segment(state),
        Id::GoStrategy => open::go_strategy(state),
        Id::GoTasks => open::go_tasks(state),
        Id::GoKpi => open::go_kpi(state),
        Id::GoDictionary => open::dictionary(state),
        Id::GoMoments => moments::show(state),
        Id::NewTest | Id::EndTest | Id::AnswerTest => test_pushes::act(state, id, now),
        Id::GoDeliveries | Id::ReplayDead | Id::ReplayAll => deliveries::act(state, id, now),
        id if DESKS.contains(&id) => desks::act(state, id, now),
        Id::NewMoment | Id::EditMoment => moments::write(state, id == Id::NewMoment),
        Id::TestMoment | Id::EnableMoment | Id::DisableMoment => moments::change(state, id, now),
        Id::GoApprovers => approvers(state),
        Id::OpenDraft => open::draft(state),
        Id::DropDraft => drop_draft(state),
        Id::Freeze | Id::Submit | Id::Approve | Id::Sign => change(state, id, now),
        Id::PlanPush => open::plan(state),
        Id::ApplyPush => apply(state, now),
        Id::Outcomes => overlays::ask_outcomes(state),
        Id::Dates => overlays::ask_dates(state),
        Id::ByFactor => explain::toggle(state),
        Id::UnitUp => explain::up(state),
        Id::SwitchAlert => metrics::switch(state, now),
        Id::NextField => editors::step(state, 1),
        Id::PreviousField => editors::step(state, -1),
        Id::Save => editors::save(state, now),
        Id::Accept => accept(state, now),
        Id::Yes => yes(state, press, now),
        Id::CloneStrategy => strategies::copy(state),
        Id::Archive => strategies::shelve(state, now),
        Id::SendBack | Id::Brake | Id::KillSwitch | Id::Delegate => life::ask(state, id),
        id if BRANCH.contains(&id) => branch::act(state, id, now),
        id => begin(state, id).unwrap_or_else(|| look(state, id)),
    }
}

/// Begins a segment or a strategy, or the next version of one; nothing for other commands.
fn begin(state: &mut State, id: Id) -> Option<Vec<Effect>> {
    Some(match id {
        Id::NewSegment => open::new_segment(state),
        Id::EditSegment => open::edit_segment(state),
        Id::SegmentOfAttribute => open::segment_of_attribute(state),
        Id::SegmentOfUnit => open::segment_of_unit(state),
        Id::StartStrategy => open::start_strategy(state),
        Id::NewStrategy => strategies::ask_template(state),
        Id::NextVersion => open::next_version(state),
        _ => return None,
    })
}

/// The commands of what was laid aside.
const DESKS: [Id; 9] = [
    Id::GoInbox,
    Id::RetryInbox,
    Id::GoShelf,
    Id::TakeOut,
    Id::GoDelegations,
    Id::EndDelegation,
    Id::ResumeAll,
    Id::LeaveOff,
    Id::ListAgain,
];

/// The commands of the calendar.
const CALENDAR: [Id; 7] = [
    Id::GoCalendar,
    Id::DayBefore,
    Id::DayAfter,
    Id::WeekBefore,
    Id::WeekAfter,
    Id::MonthBefore,
    Id::MonthAfter,
];

/// The commands of the branch side, and those that watch what is out.
const BRANCH: [Id; 18] = [
    Id::OpenTasks,
    Id::WriteOutcome,
    Id::AssignTask,
    Id::Reassign,
    Id::ReferTask,
    Id::GiveBack,
    Id::AcceptTask,
    Id::DeclineTask,
    Id::TasksAfter,
    Id::TasksBefore,
    Id::Feedback,
    Id::ReadNotices,
    Id::Recall,
    Id::UndoRecall,
    Id::Remind,
    Id::Extend,
    Id::ChoiceAfter,
    Id::ChoiceBefore,
];

/// Opens what is under the cursor of the page on top.
fn enter(state: &mut State) -> Vec<Effect> {
    match state.page() {
        Some(Page::Study(_)) => study::open(state),
        Some(Page::Push(_)) if chosen::is_branch(state) => branch::tasks(state),
        Some(Page::Push(_)) => study::order(state),
        Some(Page::BranchTasks(_)) => branch::open(state),
        Some(Page::Plan(_)) => study::of_plan(state),
        Some(Page::Moments) => study::hits(state),
        Some(Page::Home) => home::open_row(state),
        Some(Page::Dictionary) => open::attribute(state),
        Some(Page::Attribute { .. }) => open::go_segment(state),
        _ => open::open(state),
    }
}

fn drop_draft(state: &mut State) -> Vec<Effect> {
    let Some(at) =
        state.drafts.iter().position(|draft| Some(draft) == available::shown_draft(state))
    else {
        return vec![];
    };
    vec![Effect::DropDraft(state.drafts.remove(at).key)]
}

/// Says who may approve.
fn approvers(state: &mut State) -> Vec<Effect> {
    let names = available::approvers(state, msg!("console.approvers"));
    state.say(Tone::Info, names);
    vec![]
}

/// Looks into segments and their customers.
fn look(state: &mut State, id: Id) -> Vec<Effect> {
    match id {
        id if CALENDAR.contains(&id) => calendar::act(state, id),
        Id::SplitOtherwise => explain::ask_by(state),
        Id::CompareWith => metrics::compare(state),
        Id::AboutMetric => metrics::about(state),
        Id::SegmentOfSentence => open::segment_of_sentence(state),
        Id::Note | Id::FindingOfReview => metrics::note(state),
        Id::Touching => metrics::touching(state),
        Id::HeatKind => metrics::kind(state),
        Id::HeatSort => metrics::sort(state),
        Id::HeatBefore => metrics::beside(state, -1),
        Id::HeatAfter => metrics::beside(state, 1),
        Id::CloseFinding => metrics::close(state),
        Id::AllFindings => metrics::all_findings(state),
        Id::MuteAlert => metrics::mute(state),
        Id::NewAlert => alerts::new(state),
        Id::EditAlert => alerts::edit(state),
        Id::OwnAlert => alerts::own(state),
        Id::GoHeat => metrics::heat(state),
        Id::GoFindings => metrics::findings(state),
        Id::GoAlerts => metrics::alerts(state),
        Id::MarkSegment => study::mark_segment(state),
        Id::Overlap => study::overlap(state),
        Id::Portrait => study::portrait(state),
        Id::Split => study::ask_axes(state),
        Id::History => study::history(state),
        Id::Compare => study::compare(state),
        Id::Board => study::board(state),
        Id::Members => study::members(state),
        Id::Export => study::ask_export(state),
        Id::ExportTable => exports::ask(state),
        Id::Upload => study::ask_upload(state),
        Id::MarkRow => on_study(state, |page| {
            page.marked = (page.marked != Some(page.row)).then_some(page.row);
        }),
        Id::Shares => on_study(state, |page| page.shares = !page.shares),
        Id::PartBefore => study::beside(state, -1),
        Id::PartAfter => study::beside(state, 1),
        Id::SegmentOfCell => study::segment_of_cell(state),
        Id::StrategyOfCell => study::strategy_of_cell(state),
        Id::Why => study::why(state),
        Id::MembersAfter => study::turn(state, true),
        Id::MembersBefore => study::turn(state, false),
        Id::MarkAxis => study::mark_axis(state),
        Id::CellMetric => picker::metric(state),
        Id::MartDays => looking::mart_days(state),
        Id::Waves => strategies::waves(state),
        Id::PreviewWave => strategies::preview(state),
        Id::Tests => test_pushes::show(state),
        Id::GoPolicies => looking::look(state, Study::Policies),
        Id::Scripts => strategies::scripts(state),
        Id::Sample => strategies::sample(state),
        Id::Versions => strategies::compare(state),
        Id::VersionBefore => strategies::turn(state, (-1, 0)),
        Id::VersionAfter => strategies::turn(state, (1, 0)),
        Id::OtherBefore => strategies::turn(state, (0, -1)),
        Id::OtherAfter => strategies::turn(state, (0, 1)),
        Id::TakeBase => strategies::take_base(state),
        Id::GoReview => reviews::show(state),
        Id::NextOfReview => reviews::next_version(state),
        Id::Verdict => reviews::ask_verdict(state),
        Id::ReportFile => reviews::ask_report(state),
        Id::WeekReport => exports::ask_week(state),
        Id::WholeStrategy => reviews::ask_which(state),
        id => write(state, id),
    }
}

/// Writes a rule, as text or as a tree.
fn write(state: &mut State, id: Id) -> Vec<Effect> {
    match id {
        Id::Undo => tree::undo(state, false),
        Id::Redo => tree::undo(state, true),
        Id::Tree => rules::turn(state),
        Id::SplitBy => picker::split_by(state),
        Id::Beside => rules::beside(state),
        Id::FiguresAfter => rules::turn_figures(state, true),
        Id::FiguresBefore => rules::turn_figures(state, false),
        Id::AddAnd | Id::AddOr | Id::EditPart => picker::part(state, id),
        Id::RemovePart | Id::NotPart | Id::FlipGroup | Id::PartUp | Id::PartDown => {
            tree::act(state, id)
        }
        Id::TakeWord => rules::take_word(state),
        Id::Mark => {
            if let Some(Overlay::Pick(picker)) = &mut state.overlay {
                picker.mark();
            }
            vec![]
        }
        Id::StepBack => picker::back(state),
        id => coaching::act(state, id),
    }
}

fn on_study(state: &mut State, change: impl FnOnce(&mut StudyPage)) -> Vec<Effect> {
    if let Some(Page::Study(page)) = state.pages.last_mut() {
        change(page);
    }
    vec![]
}

/// One step back: out of what lies over the screen, out of a page, out of a filter; then out of the program.
fn back(state: &mut State, press: Key) -> Vec<Effect> {
    match state.overlay.take() {
        Some(Overlay::Filter) => {
            moves::clear_filter(state);
            return vec![];
        }
        Some(_) => return vec![],
        None => {}
    }
    if let Some(page) = rules::page(state) {
        match page.context() {
            Context::Tree => return rules::turn(state),
            Context::Complete => {
                page.completing = None;
                rules::say(state);
                return vec![];
            }
            _ => {}
        }
    }
    if let Some(effect) = state.cancel_change() {
        state.say(Tone::Info, msg!("console.cancelling"));
        return vec![effect];
    }
    if matches!(
        state.page(),
        Some(
            Page::Dictionary
                | Page::Moments
                | Page::Home
                | Page::Explain(_)
                | Page::Study(_)
                | Page::BranchTasks(_)
                | Page::Plan(_)
                | Page::Push(_)
        )
    ) && moves::clear_filter(state)
    {
        return vec![];
    }
    if !state.pages.is_empty() {
        return leaving::close_page(state);
    }
    if moves::clear_filter(state) {
        return vec![];
    }
    if state.zoomed {
        state.zoomed = false;
    } else if press.typed().is_some() {
        let question = match state.drafts.len() {
            0 => Message::new(msg!("console.ask.quit")),
            count => Message::new(msg!("console.ask.quit-drafts")).with("count", count),
        };
        overlays::ask_first(state, Id::Quit, question);
    }
    vec![]
}

/// Takes what was typed or chosen.
fn accept(state: &mut State, now: DateTime<Utc>) -> Vec<Effect> {
    match state.overlay.take() {
        Some(Overlay::Palette { field, cursor, from }) => {
            let found = search::here(&state.words, field.text(), from).get(cursor).copied();
            let Some(row) = found.map(command::row) else { return vec![] };
            match (row.available)(state) {
                Ok(()) => run(state, row, Key::plain(Code::Enter), now),
                Err(reason) => {
                    state.say(Tone::Refused, reason);
                    vec![]
                }
            }
        }
        Some(Overlay::Prompt(prompt)) => overlays::answer(state, prompt, now),
        Some(Overlay::Pick(picker)) if picker.of == PickFor::Template => {
            strategies::begin(state, &picker)
        }
        Some(Overlay::Pick(picker)) if matches!(picker.of, PickFor::Recheck(_)) => {
            coaching::picked(state, &picker)
        }
        Some(Overlay::Pick(picker)) if picker.of == PickFor::Reviewed => {
            reviews::picked(state, &picker)
        }
        Some(Overlay::Pick(picker))
            if matches!(picker.of, PickFor::Rm | PickFor::AllOf(_) | PickFor::Feedback) =>
        {
            branch::picked(state, &picker, now)
        }
        Some(Overlay::Pick(picker)) => picker::accept(state, picker),
        Some(Overlay::Axes(axes)) => study::split(state, &axes),
        // The filter stays; the keys go to its rows.
        _ => vec![],
    }
}

/// A confirmed command is judged again: the state may have changed while the question stood.
fn yes(state: &mut State, press: Key, now: DateTime<Utc>) -> Vec<Effect> {
    let Some(Overlay::Confirm(Confirm { command, then, .. })) = state.overlay.take() else {
        return vec![];
    };
    match (command::row(command).available)(state) {
        Ok(()) if command == Id::Quit => leaving::leave(state),
        Ok(()) => match then {
            Some(then) => {
                let (request, title) = *then;
                jobs::begin(state, title, request, now)
            }
            None => act(state, command, press, now),
        },
        Err(reason) => {
            state.say(Tone::Refused, reason);
            vec![]
        }
    }
}

fn change(state: &mut State, id: Id, now: DateTime<Utc>) -> Vec<Effect> {
    let Some((title, request)) = changed(state, id) else { return vec![] };
    jobs::begin(state, title, request, now)
}

fn changed(state: &State, id: Id) -> Option<(Message, Request)> {
    Some(match id {
        Id::Freeze => {
            let code = chosen::segment(state)?.code.clone();
            let title = Message::new(msg!("console.job.freeze")).with("code", code.as_str());
            (title, Request::Freeze { code })
        }
        Id::Submit => {
            let code = chosen::strategy(state)?.text.code.clone();
            let title = Message::new(msg!("console.job.submit")).with("code", code.as_str());
            (title, Request::Submit { code })
        }
        Id::Approve => {
            let row = chosen::strategy(state)?;
            let (code, hash) = (row.text.code.clone(), row.hash?);
            let title = Message::new(msg!("console.job.approve")).with("code", code.as_str());
            (title, Request::Approve { code, hash })
        }
        Id::Sign => {
            let (push, order) = (chosen::push(state)?.push, chosen::order(state)?);
            let title = Message::new(msg!("console.job.sign")).with("org", order.name.as_str());
            (title, Request::Sign { push, org: order.org.clone() })
        }
        _ => return None,
    })
}

fn apply(state: &mut State, now: DateTime<Utc>) -> Vec<Effect> {
    let Some(Page::Plan(page)) = state.pages.last_mut() else { return vec![] };
    let PlanStep::Planned(plan) = page.step.clone() else { return vec![] };
    let title = Message::new(msg!("console.job.apply"))
        .with("code", plan.strategy.as_str())
        .with("customers", plan.treated)
        .with("orders", plan.orders.len());
    let request = Request::Apply { code: plan.strategy.clone(), plan: plan.plan };
    page.step = PlanStep::Pushing(plan);
    jobs::begin(state, title, request, now)
}

fn reload(state: &mut State) -> Vec<Effect> {
    if state.session.online() { reading::reload_all(state) } else { vec![Effect::Reconnect] }
}

/// Leaves, unless something is being changed: then that is cancelled, and the next time leaves.
fn quit(state: &mut State) -> Vec<Effect> {
    match state.cancel_change() {
        Some(effect) => {
            state.say(Tone::Info, msg!("console.cancelling"));
            vec![effect]
        }
        None => leaving::leave(state),
    }
}

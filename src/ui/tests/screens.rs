//! The list of screens: every page, overlay and step of the console has one, each come to by keys and answers.

use crate::app::action::{Action, Answer, Refusal};
use crate::app::effect::Slot;
use crate::app::fixtures::{
    self, Console, by_tier, cards, count, count_of_many, dictionary, done, draft, held,
    leaf_counts, marts, plan, pushes, studies, vocabulary, wrong_rule,
};
use crate::app::state::State;
use crate::app::study::Finding;
use crate::domain::message::Message;
use crate::domain::operator::Duty;
use crate::domain::strategy::StrategyState;
use crate::domain::worklist::WorkRow;
use crate::msg;
use crate::text::Lang;
use crate::ui::{names, words};

/// A screen and its name.
pub(super) type Screen = (&'static str, State);

/// Every screen of the console, by name.
pub(super) fn screens(lang: Lang) -> Vec<Screen> {
    let consoles = [
        panes(),
        first_steps(),
        segments(),
        attributes(),
        strategies(),
        super::strategies::deeper(),
        super::branch::branch(),
        super::deliveries::deliveries_of(),
        super::desks::desks_of(),
        super::calendar::calendars(),
        pushing(),
        super::metrics::numbers(),
        studied(),
        super::reviews::asked(),
        super::reviews::reviewed(),
        super::scores::scored(),
        super::moments::moments(),
    ];
    let named = |(name, console): (&'static str, Console)| (name, console.state);
    let mut screens: Vec<Screen> = consoles.into_iter().flatten().map(named).collect();
    screens.push(("first_paint", State::default()));
    // What is found by name is found in the operator's language: those begin with the words.
    screens.extend(found_by_name(lang).into_iter().chain(rules(lang)).map(named));
    for (_, state) in &mut screens {
        state.words = words(lang);
    }
    screens
}

type Consoles = Vec<(&'static str, Console)>;

pub(super) fn console() -> Console {
    Console::strategist()
}

pub(super) fn offline(console: Console) -> Console {
    console.acted(Action::Unlinked(msg!("console.reason.not-connected").into()))
}

fn panes() -> Consoles {
    let empty = || Console::of_empty("li.strategist", &Duty::ALL);
    vec![
        ("panes", console()),
        ("panes_strategies", console().keys("2 j")),
        ("panes_tasks", console().keys("3")),
        ("panes_kpi", console().keys("4 j")),
        ("panes_branch", Console::of("nancheng.branch", &[Duty::Branch]).keys("3")),
        ("panes_filter", console().keys("/ lcf")),
        ("panes_filter_none", console().keys("/ zzzz Enter")),
        ("panes_sorted", console().keys("4 o")),
        ("panes_which_key", console().keys("g")),
        ("panes_zoomed", console().keys("2 z")),
        ("panes_refused", console().keys("2 j a")),
        ("panes_offline", offline(console())),
        ("panes_overtaken", console().acted(Action::Overtaken)),
        ("home", home(fixtures::work())),
        ("home_late", home(fixtures::work()).acted(Action::DraftFound(draft())).keys("j")),
        ("home_empty", home(vec![])),
        ("prompt_week", home(fixtures::work()).keys("w")),
        ("panes_empty", empty()),
        ("panes_empty_strategies", empty().keys("2")),
        ("panes_empty_tasks", empty().keys("3")),
        ("panes_empty_kpi", empty().keys("4")),
        ("job_elsewhere", console().keys("j f 4")),
        ("job_cancelling", console().keys("j f Esc")),
    ]
}

fn home(rows: Vec<WorkRow>) -> Console {
    console().keys("0").answered(Slot::Work, Answer::Work(rows))
}

/// Before there is anything to see.
fn first_steps() -> Consoles {
    let no_bank = Refusal::because(msg!("cluster.no-bank"));
    vec![
        ("no_bank", Console::linked().refused(Slot::Session, no_bank)),
        ("first_offline", offline(Console::linked())),
        ("draft_offered", console().acted(Action::DraftFound(draft()))),
        ("draft_opened", console().acted(Action::DraftFound(draft())).keys("D")),
        ("confirm_drop", console().acted(Action::DraftFound(draft())).keys("X")),
        ("confirm_quit", console().keys("q")),
        ("confirm_quit_draft", console().keys("j e x Esc q")),
    ]
}

/// The list after the mart of the second one has lost a column.
fn with_broken(console: Console) -> Console {
    let mut rows = fixtures::segments();
    rows[1].broken = Some(marts::unread().message());
    console.acted(Action::Rewritten).answered(Slot::Segments, Answer::Segments(rows))
}

fn segments() -> Consoles {
    let counted = |console: Console| console.answered(Slot::Count, Answer::Count(count(12_408)));
    let opened = || console().keys("j Enter");
    vec![
        ("segment", opened().answered(Slot::Split, Answer::Count(count(12_408)))),
        (
            "segment_marts",
            opened().answered(Slot::Split, Answer::Count(marts::counted(count(12_408)))),
        ),
        (
            "leaflet_marts",
            opened().answered(Slot::Split, Answer::Count(marts::counted(count(12_408)))).keys("M"),
        ),
        ("segment_held", opened().answered(Slot::Split, Answer::Count(held(154)))),
        ("segment_reading", opened()),
        ("segments_broken", with_broken(console())),
        ("segment_broken", with_broken(opened())),
        ("segment_refused", opened().refused(Slot::Split, wrong_rule())),
        ("rule", counted(console().keys("j e"))),
        ("rule_new", console().keys("n")),
        ("rule_counting", console().keys("j e x")),
        ("rule_wrong", counted(console().keys("j e")).keys("x").refused(Slot::Count, wrong_rule())),
        ("rule_unnamed", console().keys("n Tab Tab age_>_30 C-o")),
        ("rule_offline", offline(counted(console().keys("j e")))),
    ]
}

/// What these keys open, with the bank's words.
fn with_words(lang: Lang, keys: &str) -> Console {
    let mut console = console();
    console.state.names = names(lang).into();
    console.keys(keys).answered(Slot::Words, Answer::Words(vocabulary()))
}

/// A rule that reads marts, split by an attribute of another one.
fn split_marts(lang: Lang) -> Console {
    let counted = Answer::Count(marts::counted(count(12_408)));
    let console = with_words(lang, "j e").answered(Slot::Count, counted);
    let split = Answer::SplitBy(marts::split(by_tier()));
    console.keys("C-g t i e r Enter").answered(Slot::By, split)
}

/// The rule editor with the bank's words and all figures.
fn rules(lang: Lang) -> Consoles {
    let read = |keys: &str| with_words(lang, keys);
    let known = || {
        read("j e")
            .answered(Slot::Count, Answer::Count(count(12_408)))
            .answered(Slot::Leaves, Answer::Leaves(leaf_counts()))
    };
    let split = || known().keys("C-g t i e r Enter").answered(Slot::By, Answer::SplitBy(by_tier()));
    // A bank has more branches than a screen has rows.
    let many_units = |keys: &str| {
        let counted = read("j e").answered(Slot::Count, Answer::Count(count_of_many()));
        counted.answered(Slot::Leaves, Answer::Leaves(leaf_counts())).keys(keys)
    };
    let tree = || split().keys("C-t");
    // A relation that asks two things, one of them a function with a condition on the event.
    let inside = || {
        tree()
            .keys("j a related Enter family Enter aum Enter Enter 5 0 0 0 Enter j")
            .keys("a events Enter transfer Enter 3 0 Enter Down Enter Down Enter 1 0 0 0 Enter Enter 2 Enter j")
    };
    vec![
        ("rule_figures", known()),
        ("rule_split", split()),
        ("rule_split_marts", split_marts(lang)),
        ("rule_units", split().keys("C-n")),
        ("rule_attribute", split().keys("C-n C-n")),
        ("rule_leaves", split().acted(Action::Resized(80, 24)).keys("C-n C-n")),
        ("rule_cut", many_units("")),
        ("rule_turned", many_units("C-n PgDn PgDn PgDn")),
        ("rule_wrong_twice", read("j e").keys("Home zzz_>_1_and_yyy_<_3_and_")),
        ("rule_long", read("j e").keys("C-t a age Enter Enter 1 8 Enter C-t")),
        ("rule_old", split().keys("_or_")),
        ("rule_marked", known().keys("Home x Right")),
        ("rule_unsaid", known().keys("_and_agee").answered(Slot::Pause, Answer::Paused)),
        ("rule_words", read("n Tab Tab").keys("pa")),
        ("rule_values", known().keys("_and_tier_=_ Down")),
        ("tree", tree().keys("j j")),
        ("tree_empty", read("n").keys("C-t")),
        ("tree_grouped", tree().keys("j o loan Enter Enter 5 0 0 Enter n")),
        ("tree_sequence", tree().keys("a followed_by Enter login Enter 3 0 Enter Down Enter Down Enter 1 0 0 0 Enter transfer Enter Enter Enter 7 Enter j j")),
        ("tree_inside", inside()),
        ("pick_inside", inside().keys("a")),
        ("pick_wanted", tree().keys("j a events Enter Enter Enter Enter Enter - 1 Enter")),
        ("pick_column", tree().keys("j a j o b")),
        ("pick_split", known().keys("C-g t i")),
        ("pick_function", tree().keys("j a events")),
        ("pick_event", tree().keys("j a events Enter")),
        ("pick_channel", tree().keys("j a consent Enter d x")),
        ("pick_back", tree().keys("j a events Enter zhuanchu Enter")),
        ("pick_back_typed", tree().keys("j a sum_events Enter Down Enter 4 5")),
        ("pick_field", tree().keys("j a events Enter Enter Down Down Enter")),
        ("pick_count", tree().keys("j a events Enter Down Enter Down Down Enter Enter Enter")),
        (
            "pick_kept",
            tree().keys(
                "j a events Enter Enter Enter Enter Enter 2 Enter Enter Enter Enter Enter Enter",
            ),
        ),
        ("pick_related", tree().keys("j a related Enter Enter")),
        ("pick_related_value", tree().keys("j a related Enter Enter aum Enter Enter")),
        ("pick_version", tree().keys("j a segment Enter Enter")),
        ("pick_size", tree().keys("j a within Enter Down Enter x")),
        ("pick_none", tree().keys("j a list Enter")),
        ("pick_text", read("j e").keys("_and_aum_*_2_>_5 C-t j j j j Enter")),
        ("pick_operator", tree().keys("j a job Enter")),
        ("pick_values", tree().keys("j a job Enter Down Down Enter Tab Down Tab")),
        ("pick_typed", tree().keys("j a age Enter Down Down Down Down Enter 3 0 Enter")),
        ("pick_refused", tree().keys("j a loan Enter Enter x Enter")),
    ]
}

fn attributes() -> Consoles {
    let read =
        || console().keys("g d").answered(Slot::Dictionary, Answer::Dictionary(dictionary()));
    vec![
        ("dictionary", read().keys("j j j")),
        ("dictionary_money", read()),
        ("dictionary_stale", read().keys("j")),
        ("dictionary_unread", read().keys("G")),
        ("dictionary_filter", read().keys("/ fxdj")),
        ("dictionary_none", read().keys("/ zzzz Enter")),
        ("attribute", read().keys("Enter")),
        ("attribute_unused", read().keys("j j j Enter")),
        ("dictionary_reading", console().keys("g d")),
        ("dictionary_offline", offline(read())),
    ]
}

pub(super) fn found(console: Console, finding: Finding) -> Console {
    console.answered(Slot::Study, Answer::Found(Box::new(finding)))
}

/// The same in a bank with marts of its own.
fn of_marts(console: Console, finding: Finding) -> Console {
    found(console, marts::of_marts(finding))
}

fn hit() -> Console {
    hit_of(console())
}

fn hit_of(console: Console) -> Console {
    let rows = Answer::Moments(fixtures::moments());
    console.keys("g m").answered(Slot::Moments, rows).keys("Enter")
}

/// A list under the code of a rule: the sentence is longer than a narrow window.
fn list_refused() -> Console {
    let why = Message::new(msg!("segment.upload.not-a-list"))
        .with("code", "SG-NEAR")
        .with("rule", "aum between 400000 and 500000 and org under 'B03' and not payroll");
    let asked = console().keys("i vips.csv Enter Enter C-u SG-NEAR Enter");
    asked.refused(Slot::Change, Refusal::because(why))
}

/// An operator who sees a branch's customers only.
fn held_to() -> Console {
    let mut console = console();
    console.state.session.who.as_mut().unwrap().scope = held(1).scope;
    console
}

fn hit_nobody() -> Console {
    let none = crate::domain::people::HitDays { days: vec![] };
    found(hit(), Finding::Hits(none))
}

/// A push that loses its customers at a step.
fn broken() -> Console {
    let mut rows = pushes();
    rows[0].broken = Some(crate::domain::board::Step::Reached);
    let mut console = console().keys("3");
    let freshness = console.state.pushes.freshness;
    console.state.pushes.replace(rows, freshness);
    console
}

fn compare_left() -> Console {
    let history = found(console().keys("j v"), studies::history());
    let compared = found(history.keys("x"), studies::comparison());
    found(compared.keys("j Enter"), studies::members(0, 3))
}

/// What is looked into about segments and their customers.
fn studied() -> Consoles {
    let overlap = |n| found(console().keys("Space Space x"), studies::overlap(n));
    let history = || found(console().keys("j v"), studies::history());
    let members = || found(console().keys("j c"), studies::members(0, 3));
    let card = || found(members().keys("Enter"), cards::card());
    let refusal = Refusal::because(msg!("console.reason.one-snapshot"));
    let board = || found(console().keys("3 Enter b"), studies::board());
    vec![
        ("overlap", overlap(2).keys("l")),
        ("overlap_many", overlap(20).keys("j j l l l l l l l l l l l l b")),
        ("portrait", found(console().keys("j p"), studies::portrait()).keys("j")),
        ("portrait_reading", console().keys("j p")),
        ("portrait_empty", found(console().keys("j p"), studies::portrait_of_nobody())),
        ("grid", found(console().keys("j m Enter"), studies::grid()).keys("j")),
        ("history", history().keys("Space j")),
        ("history_versions", history().keys("Tab Space j")),
        ("compare", found(history().keys("x"), studies::comparison())),
        ("compare_refused", console().keys("j Enter x").refused(Slot::Study, refusal)),
        ("diff", found(history().keys("Tab x"), studies::diff())),
        ("diff_same", found(history().keys("Tab x"), studies::same())),
        ("compare_units", found(history().keys("x"), studies::comparison()).keys("Tab j")),
        ("compare_left", compare_left()),
        ("push_parts", found(console().keys("3 c"), studies::push_parts()).keys("j")),
        ("panes_broken", broken()),
        ("board", board().keys("j j")),
        ("board_rms", board().keys("Tab")),
        ("board_days", board().keys("Tab Tab j")),
        ("board_young", found(console().keys("3 b"), studies::board_young())),
        ("push_members", found(console().keys("3 Enter Enter"), studies::push_members()).keys("j")),
        ("hit_days", found(hit(), studies::hit_days()).keys("j")),
        ("hit_days_none", hit_nobody()),
        ("members", members().keys("j")),
        ("members_none", found(console().keys("j c"), studies::members(0, 0))),
        ("card", card()),
        ("card_attributes", card().keys("Tab")),
        ("card_events", card().keys("Tab Tab")),
        ("card_contacts", card().keys("Tab Tab Tab")),
        ("card_around", card().keys("Tab Tab Tab Tab")),
        (
            "card_around_marts",
            of_marts(members().keys("Enter"), cards::card()).keys("Tab Tab Tab Tab"),
        ),
        ("card_bare", found(members().keys("Enter"), cards::bare_card())),
        ("card_offline", offline(card())),
        ("why", found(card().keys("x"), cards::why(false))),
        ("why_marts", of_marts(card().keys("x"), cards::why(true))),
        ("portrait_marts", of_marts(console().keys("j p"), studies::portrait())),
        ("grid_marts", of_marts(console().keys("j m Enter"), studies::grid())),
        ("overlap_marts", of_marts(console().keys("Space Space x"), studies::overlap(2))),
        ("prompt_list_refused", list_refused()),
        ("overlap_held", found(held_to().keys("Space Space x"), studies::overlap(2))),
        ("grid_held", found(held_to().keys("j m Enter"), studies::grid())),
        ("portrait_held", found(held_to().keys("j p"), studies::portrait())),
        ("hit_days_held", found(hit_of(held_to()), studies::hit_days())),
        (
            "compare_held",
            found(
                found(held_to().keys("j v"), studies::history()).keys("x"),
                studies::comparison(),
            ),
        ),
        ("why_member", found(members().keys("x"), cards::why(true))),
    ]
}

/// The first strategy is live, and the mart of its guard's rule has lost the column.
fn broken_guard() -> Console {
    let mut rows = fixtures::strategies();
    rows[0].state = StrategyState::Live;
    let told = Message::new(msg!("strategy.broken")).with("key", "guard[1].rule");
    rows[0].broken = Some(told.with("why", marts::unread().message()));
    console().acted(Action::Rewritten).answered(Slot::Strategies, Answer::Strategies(rows))
}

fn strategies() -> Consoles {
    vec![
        ("strategy", console().keys("2 j Enter")),
        ("strategy_draft", console().keys("2 j j Enter")),
        ("strategies_broken", broken_guard().keys("2")),
        ("strategy_broken", broken_guard().keys("2 Enter")),
        ("form", console().keys("j t C-o")),
        ("form_next_version", console().keys("2 e")),
        ("confirm_submit", console().keys("2 j j u")),
        ("confirm_approve", console().keys("2 j j j a")),
    ]
}

fn pushing() -> Consoles {
    let planned = || console().keys("2 p").answered(Slot::Plan, Answer::Plan(plan()));
    let pushed = || planned().keys("Y").answered(Slot::Change, Answer::Pushed(done()));
    let push = || console().keys("3 Enter").answered(Slot::Push, Answer::Push(pushes().remove(0)));
    let refusal = Refusal::because(msg!("push.empty-list"));
    vec![
        ("plan", planned()),
        ("plan_rms", planned().keys("Right")),
        ("plan_left_off", planned().keys("Right Right j")),
        ("plan_overlap", planned().keys("Right Right Right Right")),
        ("plan_filter", planned().keys("/ xgzh")),
        ("plan_filter_none", planned().keys("/ zzzz Enter")),
        ("plan_planning", console().keys("2 p")),
        ("plan_refused", console().keys("2 p").refused(Slot::Plan, refusal.clone())),
        ("plan_pushing", planned().keys("Y")),
        ("plan_not_pushed", planned().keys("Y").refused(Slot::Change, refusal)),
        ("plan_done", pushed()),
        ("push", push()),
        ("push_reading", console().keys("3 Enter")),
        ("confirm_sign", push().keys("j s")),
        ("prompt_outcomes", push().keys("i outcomes.csv")),
        ("prompt_dates", console().keys("4 d x Enter")),
    ]
}

fn found_by_name(lang: Lang) -> Consoles {
    let console = || {
        let mut console = console();
        console.state.words = words(lang);
        console
    };
    vec![
        ("palette", console().keys(": e")),
        ("palette_none", console().keys(": zzzz")),
        ("help", console().keys("?")),
        ("help_found", console().keys("? C-k c-o")),
        ("help_end", console().keys("? PgDn PgDn PgDn")),
    ]
}

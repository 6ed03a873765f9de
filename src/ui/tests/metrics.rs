//! Screens of metrics: why one moved, the heat grid, findings, alerts.

use crate::app::action::{Action, Answer, Refusal};
use crate::app::effect::Slot;
use crate::app::fixtures::{Console, by_factor, explanation, kpi, kpi_of_periods, watch};
use crate::app::study::{Finding, MetricFound};
use crate::domain::message::Message;
use crate::msg;

fn console() -> Console {
    Console::strategist()
}

fn offline(console: Console) -> Console {
    console.acted(Action::Unlinked(msg!("console.reason.not-connected").into()))
}

fn found(console: Console, finding: Finding) -> Console {
    console.answered(Slot::Study, Answer::Found(Box::new(finding)))
}

/// Every one of them, by name.
pub(super) fn numbers() -> Vec<(&'static str, Console)> {
    let opened = || console().keys("4 Enter");
    let explained = || opened().answered(Slot::Explain, Answer::Explained(explanation()));
    let message = Message::new(msg!("kpi.not-additive")).with("metric", "aum");
    let refusal = Refusal::because(message);
    vec![
        ("explain", explained().keys("j")),
        (
            "explain_who",
            explained().answered(Slot::Headline, Answer::Headline(Box::new(watch::headline()))),
        ),
        ("explain_reading", opened()),
        (
            "explain_factor",
            explained().keys("b").answered(Slot::Explain, Answer::Explained(by_factor())),
        ),
        (
            "explain_down",
            explained().keys("Enter").answered(Slot::Explain, Answer::Explained(explanation())),
        ),
        (
            "explain_both",
            explained().keys("b b").answered(Slot::Explain, Answer::Explained(watch::by_both())),
        ),
        (
            "explain_plan",
            opened().keys("c c c c").answered(Slot::Explain, Answer::Explained(explanation())),
        ),
        ("explain_by", explained().keys("a")),
        (
            "explain_periods",
            explained()
                .keys("d C-u 2026-10_2026-11 Enter")
                .answered(Slot::Explain, Answer::Explained(watch::between_periods())),
        ),
        ("prompt_periods", explained().keys("d C-u 2026-10_2026-11-20 Enter")),
        (
            "heat_many",
            found(console().keys("g h"), Finding::Heat(watch::heat_of_many())).keys("l l l"),
        ),
        ("heat_class", found(console().keys("g h b"), Finding::Heat(watch::classed())).keys("l")),
        ("explain_note", explained().keys("n")),
        ("metric", about(watch::about())),
        ("metric_targets", about(watch::about()).keys("Tab j")),
        ("metric_definitions", about(watch::about()).keys("Tab Tab")),
        ("metric_undefined", undefined()),
        ("heat", found(console().keys("g h"), heat()).keys("l")),
        ("findings", found(console().keys("g f"), noted()).keys("j")),
        ("findings_none", found(console().keys("g f"), Finding::Noted(vec![]))),
        ("finding_closing", found(console().keys("g f"), noted()).keys("x")),
        ("alerts", found(console().keys("g w"), Finding::Alerts(watch::alerts())).keys("j")),
        ("alerts_none", found(console().keys("g w"), Finding::Alerts(vec![]))),
        ("alert_name", found(console().keys("g w"), Finding::Alerts(watch::alerts())).keys("n")),
        ("alert_owner", found(console().keys("g w"), Finding::Alerts(watch::alerts())).keys("o")),
        (
            "alert_new",
            found(console().keys("g w"), Finding::Alerts(watch::alerts()))
                .keys("n AUM Enter much Enter"),
        ),
        ("alert_hits", raised()),
        ("alert_mute", found(console().keys("g w"), Finding::Alerts(watch::alerts())).keys("m")),
        ("touching", found(console().keys("4 t"), Finding::Touching(watch::touching()))),
        ("panes_kpi_beside", console().keys("4 z c").answered(Slot::Kpi, Answer::Kpi(kpi()))),
        ("explain_refused", opened().refused(Slot::Explain, refusal)),
        ("explain_offline", offline(explained())),
    ]
    .into_iter()
    .chain(of_periods(explained()))
    .chain(narrowed())
    .collect()
}

/// Those whose rows are narrowed, whose customers are not all the operator's to see, and whose parts take each other back.
fn narrowed() -> Vec<(&'static str, Console)> {
    let opened = || console().keys("4 Enter");
    let explained = || opened().answered(Slot::Explain, Answer::Explained(explanation()));
    vec![
        ("explain_filter", explained().keys("/ ncfh")),
        ("explain_filter_none", explained().keys("/ zzzz Enter")),
        ("heat_filter", found(console().keys("g h"), heat()).keys("/ ncfh")),
        ("findings_filter", found(console().keys("g f"), noted()).keys("/ xgzh Enter")),
        (
            "alerts_filter_none",
            found(console().keys("g w"), Finding::Alerts(watch::alerts())).keys("/ zzzz Enter"),
        ),
        (
            "explain_unseen",
            explained()
                .keys("a C-u attribute:payroll Enter")
                .answered(Slot::Explain, Answer::Explained(watch::of_groups())),
        ),
        (
            "explain_cancels",
            opened().answered(Slot::Explain, Answer::Explained(watch::cancelling())),
        ),
    ]
}

/// Those that say of which periods their figures are.
fn of_periods(explained: Console) -> Vec<(&'static str, Console)> {
    vec![
        (
            "panes_kpi_periods",
            console().keys("4 z c").answered(Slot::Kpi, Answer::Kpi(kpi_of_periods())),
        ),
        (
            "panes_kpi_flow",
            console().keys("4 c c c c").answered(Slot::Kpi, Answer::Kpi(kpi_of_periods())),
        ),
        (
            "panes_kpi_plan",
            console().keys("4 c c c").answered(Slot::Kpi, Answer::Kpi(kpi_of_periods())),
        ),
        (
            "panes_kpi_ytd",
            console().keys("4 c c j").answered(Slot::Kpi, Answer::Kpi(kpi_of_periods())),
        ),
        (
            "explain_months",
            explained.keys("c").answered(Slot::Explain, Answer::Explained(watch::of_months())),
        ),
        ("heat_sorted", found(console().keys("g h"), heat()).keys("l o o")),
        (
            "finding_change",
            found(console().keys("g f"), Finding::Noted(watch::noted_with_change())),
        ),
        ("finding_since", found(console().keys("g f"), Finding::Noted(watch::noted_since()))),
    ]
}

fn about(of: MetricFound) -> Console {
    found(console().keys("4 i"), Finding::Metric(Box::new(of)))
}

fn undefined() -> Console {
    let mut of = watch::about();
    (of.value.definition, of.definitions, of.gaps) = (None, vec![], vec![]);
    about(of).keys("Tab")
}

fn heat() -> Finding {
    Finding::Heat(watch::heat())
}

fn noted() -> Finding {
    Finding::Noted(watch::noted())
}

fn raised() -> Console {
    let alerts = found(console().keys("g w"), Finding::Alerts(watch::alerts()));
    found(alerts.keys("Enter"), Finding::AlertHits(watch::raised()))
}

//! Choosing a condition, or what to split by, step by step.

use super::{looking, rules, tree};
use crate::app::command::{CommandId, rule_available};
use crate::app::effect::Effect;
use crate::app::field::Field;
use crate::app::state::picker::{PickFor, PickRow, PickStep, Picked, Picker};
use crate::app::state::rule::{Beside, SplitBy};
use crate::app::state::{Overlay, State};
use crate::app::study::Study;
use crate::domain::message::Message;
use crate::domain::rule::{
    Called, Column, Expr, Function, Joint, Operator, Path, Rule, Term, TreeKind, Values, Vocabulary,
};
use crate::msg;

/// So many values are listed at most; another is typed.
const LISTED: usize = 2_000;

fn row(picked: Picked, code: &str, called: Called) -> PickRow {
    PickRow { picked, code: code.to_owned(), called, marked: false }
}

/// Lists rows, each with what it can be found by.
fn listed(state: &State, of: PickFor, step: PickStep, rows: Vec<PickRow>) -> Picker {
    let found = |row: PickRow| {
        let hay = state.hay(&row.code, &row.called);
        (row, hay)
    };
    Picker::new(of, step, rows.into_iter().map(found).collect())
}

fn show(state: &mut State, picker: Picker) -> Vec<Effect> {
    state.overlay = Some(Overlay::Pick(Box::new(picker)));
    vec![]
}

/// Asks which column.
fn columns(state: &mut State, of: PickFor) -> Vec<Effect> {
    let Some(vocabulary) = state.vocabulary.clone() else { return vec![] };
    let summed =
        |column: &Column| of != PickFor::Metric || looking::METRICS.contains(&column.kind());
    let columns = vocabulary.columns().into_iter();
    let columns = columns.filter(summed);
    let mut rows: Vec<PickRow> = columns
        .map(|column| {
            let (code, called) = (column.code().to_owned(), column.called());
            row(Picked::Column(column), &code, called)
        })
        .collect();
    if matches!(of, PickFor::Join(..) | PickFor::Replace(_)) {
        rows.extend(Function::ALL.into_iter().map(|function| {
            row(Picked::Text(function.template()), function.name(), Called::Key(function.key()))
        }));
    }
    let picker = listed(state, of, PickStep::Column, rows);
    show(state, picker)
}

fn operators(state: &mut State, of: PickFor, column: Column) -> Vec<Effect> {
    let operators = Operator::of(column.kind()).iter();
    let rows: Vec<PickRow> = operators
        .map(|operator| {
            row(Picked::Operator(*operator), operator.sign(), Called::Key(operator.key()))
        })
        .collect();
    let picker = listed(state, of, PickStep::Operator(column), rows);
    show(state, picker)
}

fn values(state: &mut State, of: PickFor, column: Column, operator: Operator) -> Vec<Effect> {
    let Some(vocabulary) = state.vocabulary.clone() else { return vec![] };
    let choices = match operator {
        Operator::Like => vec![],
        _ => vocabulary.choices(&column),
    };
    let choices = choices.into_iter().take(LISTED);
    let rows: Vec<PickRow> = choices
        .map(|choice| row(Picked::Value(choice.code.clone()), &choice.code, choice.called))
        .collect();
    let picker = listed(state, of, PickStep::Values(column, operator), rows);
    show(state, picker)
}

fn text(state: &mut State, of: PickFor, text: &str) -> Vec<Effect> {
    let mut picker = listed(state, of, PickStep::Text, vec![]);
    picker.field = Field::new(text);
    show(state, picker)
}

/// Edits the condition there: one on a column is chosen anew, any other is a text.
fn edit(state: &mut State, path: Path) -> Vec<Effect> {
    let Some(page) = rules::page(state) else { return vec![] };
    let Some(TreeKind::Leaf(_, written)) = page.part().map(|row| row.kind) else { return vec![] };
    let column = page.rule.as_ref().and_then(|rule| column_of(rule.part(&path)?).cloned());
    let of = PickFor::Replace(path);
    match column {
        Some(column) => operators(state, of, column),
        None => text(state, of, &written),
    }
}

/// The column that a condition is about, if it is about one and a value.
fn column_of(expr: &Expr) -> Option<&Column> {
    match expr {
        Expr::Under { .. } => Some(&Column::Org),
        Expr::Flag(column)
        | Expr::Like { column, .. }
        | Expr::Compare { left: Term::Column(column), right: Term::Literal(_), .. }
        | Expr::Between { term: Term::Column(column), .. }
        | Expr::In { term: Term::Column(column), .. }
        | Expr::IsNull { term: Term::Column(column), .. } => Some(column),
        _ => None,
    }
}

/// Takes what is under the cursor or was typed, and goes on to the next step or to the end.
pub(super) fn accept(state: &mut State, mut picker: Box<Picker>) -> Vec<Effect> {
    let of = picker.of.clone();
    match picker.step.clone() {
        PickStep::Column => match picker.chosen().map(|row| row.picked.clone()) {
            Some(Picked::Column(column)) if of == PickFor::Split => split(state, &column),
            Some(Picked::Column(column)) if of == PickFor::Metric => measure(state, &column),
            Some(Picked::Column(column)) => operators(state, of, column),
            Some(Picked::Text(written)) => text(state, of, &written),
            _ => again(state, picker),
        },
        PickStep::Operator(column) => match picker.chosen().map(|row| row.picked.clone()) {
            Some(Picked::Operator(operator)) if operator.values() == Values::None => {
                finish(state, picker, &operator.condition(&column, &[]))
            }
            Some(Picked::Operator(operator)) => values(state, of, column, operator),
            _ => again(state, picker),
        },
        PickStep::Values(column, operator) => {
            let chosen = picker.values();
            let missing = match operator.values() {
                Values::Two => chosen.len() != 2,
                _ => chosen.is_empty(),
            };
            if missing {
                picker.error = Some(match operator.values() {
                    Values::Two => msg!("console.pick.two").into(),
                    _ => msg!("console.pick.one").into(),
                });
                return again(state, picker);
            }
            finish(state, picker, &operator.condition(&column, &chosen))
        }
        PickStep::Text => {
            let written = picker.field.text().to_owned();
            finish(state, picker, &written)
        }
        // Whoever opened that list takes it.
        PickStep::Template
        | PickStep::Rm
        | PickStep::OtherRm
        | PickStep::Feedback
        | PickStep::Recheck
        | PickStep::Reviewed => again(state, picker),
    }
}

fn again(state: &mut State, picker: Box<Picker>) -> Vec<Effect> {
    state.overlay = Some(Overlay::Pick(picker));
    vec![]
}

/// One step back; from the first, out.
pub(super) fn back(state: &mut State, picker: Picker) -> Vec<Effect> {
    match picker.step {
        PickStep::Values(column, _) => operators(state, picker.of, column),
        PickStep::Operator(_) if !matches!(picker.of, PickFor::Replace(_)) => {
            columns(state, picker.of)
        }
        _ => vec![],
    }
}

/// The condition is chosen: it goes into the tree, or it is said why it cannot.
fn finish(state: &mut State, mut picker: Box<Picker>, condition: &str) -> Vec<Effect> {
    let Some(vocabulary) = state.vocabulary.clone() else { return vec![] };
    let rule = rules::page(state).and_then(|page| page.rule.clone());
    match grown(rule.as_ref(), &picker.of, condition, &vocabulary) {
        Ok((text, path)) => tree::write(state, &text, &path),
        Err(error) => {
            picker.error = Some(error);
            again(state, picker)
        }
    }
}

/// The rule with the condition in it, and where it stands.
fn grown(
    rule: Option<&Rule>,
    of: &PickFor,
    condition: &str,
    vocabulary: &Vocabulary,
) -> Result<(String, Path), Message> {
    let new = Rule::parse(condition, vocabulary).map_err(|error| error.message())?;
    let grown = match (rule, of) {
        (Some(rule), PickFor::Join(path, joint)) => rule.joined(path, *joint, new.expr.clone()),
        (Some(rule), PickFor::Replace(path)) => rule.replaced(path, new.expr.clone()),
        _ => None,
    };
    let (rule, path) = grown.unwrap_or_else(|| (new, Path::new()));
    Ok((tree::checked(&rule, vocabulary)?, path))
}

/// Asks what to split by.
pub(super) fn split_by(state: &mut State) -> Vec<Effect> {
    columns(state, PickFor::Split)
}

/// Asks which figure each cell of the grid has.
pub(super) fn metric(state: &mut State) -> Vec<Effect> {
    columns(state, PickFor::Metric)
}

/// The cells have figures of this column from now on; of none if it is the one that they have.
fn measure(state: &mut State, column: &Column) -> Vec<Effect> {
    if let Some(page) = looking::page(state)
        && let Study::Grid { metric, .. } = &mut page.study
    {
        let written = column.written();
        *metric = (*metric != Some(written.clone())).then_some(written);
    }
    looking::ask(state).into_iter().collect()
}

fn split(state: &mut State, column: &Column) -> Vec<Effect> {
    let narrow = state.size.0 < rule_available::ROOM;
    let Some(page) = rules::page(state) else { return vec![] };
    page.by = Some(SplitBy { name: column.written(), called: column.called() });
    if page.beside != Beside::Together || narrow {
        page.beside = Beside::Attribute;
    }
    page.figure = 0;
    rules::split(state).into_iter().collect()
}

/// Chooses a condition beside the part of the tree under the cursor, or in its place.
pub(super) fn part(state: &mut State, id: CommandId) -> Vec<Effect> {
    let Some(page) = rules::page(state) else { return vec![] };
    let path = page.part().map_or_else(Path::new, |row| row.path);
    match id {
        CommandId::AddAnd => columns(state, PickFor::Join(path, Joint::And)),
        CommandId::AddOr => columns(state, PickFor::Join(path, Joint::Or)),
        _ => edit(state, path),
    }
}

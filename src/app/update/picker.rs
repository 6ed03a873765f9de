//! Choosing a condition, or what to split by, step by step.

use super::{looking, rules, tree};
use crate::app::command::{CommandId, rule_available};
use crate::app::effect::Effect;
use crate::app::field::{self, Field};
use crate::app::key::{Code, Key as KeyPress};
use crate::app::state::picker::{PickFor, PickRow, PickStep, Picked, Picker};
use crate::app::state::rule::{Beside, LINE, SplitBy};
use crate::app::state::{Overlay, State};
use crate::app::study::Study;
use crate::domain::message::{Key, Message};
use crate::domain::rule::{
    About, Answer, Ask, Called, Column, Draft, Expr, Function, Joint, Kind, Of, Operator, Part,
    Path, Piece, Rule, RuleError, Term, Values, Vocabulary, What,
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
    let columns = vocabulary.columns().into_iter().filter(summed);
    let rows = columns.map(|column| {
        let (code, called) = (column.code().to_owned(), column.called());
        row(Picked::Column(column), &code, called)
    });
    let rows = rows.collect();
    let picker = listed(state, of, PickStep::Column, rows);
    show(state, picker)
}

/// Asks for what is missing in the condition.
fn ask(state: &mut State, of: PickFor, draft: Draft, next: Ask) -> Vec<Effect> {
    let Some(vocabulary) = state.vocabulary.clone() else { return vec![] };
    let rows = match &next.what {
        What::Values(about, operator) => values(&vocabulary, about, *operator),
        _ => offers(&vocabulary, &next, &draft),
    };
    let mut picker = listed(state, of, PickStep::Part(next), rows);
    picker.draft = draft;
    picker.recall();
    show(state, picker)
}

fn values(vocabulary: &Vocabulary, about: &About, operator: Operator) -> Vec<PickRow> {
    let choices = match (about, operator) {
        (_, Operator::Like) => vec![],
        (About::Column(column), _) => vocabulary.choices(column),
        _ => vec![],
    };
    let choices = choices.into_iter().take(LISTED);
    choices
        .map(|choice| row(Picked::Value(choice.code.clone()), &choice.code, choice.called))
        .collect()
}

/// What is offered, and what was answered there before if that is not among it.
fn offers(vocabulary: &Vocabulary, ask: &Ask, draft: &Draft) -> Vec<PickRow> {
    let mut offers = vocabulary.offers(ask);
    if let Some(known @ (Answer::Back(_) | Answer::Size(_) | Answer::Kept(_))) =
        draft.known(ask.slot)
        && offers.iter().all(|offer| offer.answer != *known)
    {
        offers.insert(
            usize::from(ask.what.is_optional()),
            vocabulary.offer(&ask.what, known.clone()),
        );
    }
    let offers = offers.into_iter().take(LISTED);
    offers.map(|one| row(Picked::Answer(one.answer), &one.code, one.called)).collect()
}

/// What was typed has changed: the list goes by it.
pub(super) fn refilter(state: &mut State) {
    let vocabulary = state.vocabulary.clone();
    let Some(Overlay::Pick(picker)) = &mut state.overlay else { return };
    let typed = picker.ask().zip(vocabulary).and_then(|(ask, vocabulary)| {
        let answer = ask.what.typed(picker.field.text())?;
        let one = vocabulary.offer(&ask.what, answer);
        Some(row(Picked::Answer(one.answer), &one.code, one.called))
    });
    picker.refilter(typed);
}

fn text(state: &mut State, of: PickFor, text: &str) -> Vec<Effect> {
    let mut picker = listed(state, of, PickStep::Text, vec![]);
    picker.field = Field::new(text);
    show(state, picker)
}

/// Edits the condition there: one that can be chosen by the steps that would have made it, any other is a text.
fn edit(state: &mut State, path: Path) -> Vec<Effect> {
    let Some(page) = rules::page(state) else { return vec![] };
    let Some(rule) = page.rule.as_ref() else { return vec![] };
    // What a `not` is about is edited; a whole group of it as a text.
    let mut within = path.clone();
    while rule.at(&within).is_some_and(Part::is_not) {
        within.push(0);
    }
    let path = if rule.at(&within).is_some_and(Part::is_group) { path } else { within };
    let Some(written) = rule.written(&path) else { return vec![] };
    let draft = rule.at(&path).filter(|part| part.is_condition()).and_then(|part| {
        let of = rule.of_what(&path);
        let about = || match part {
            Part::Customer(expr) => column_of(expr).cloned().map(|column| Draft::about(column, of)),
            Part::Event(..) | Part::Events(..) => None,
        };
        Draft::of(part, of, rule.currency).or_else(about)
    });
    let of = PickFor::Replace(path);
    match draft.map(|draft| (draft.condition(), draft)) {
        Some((Err(next), draft)) => ask(state, of, draft, next),
        _ => text(state, of, &written),
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
            _ => again(state, picker),
        },
        PickStep::Part(asked) => match answer(&picker, &asked) {
            Ok(answer) => {
                let mut draft = picker.draft.clone();
                draft.answer(asked.slot, answer);
                match draft.condition() {
                    Ok(condition) => finish(state, picker, &condition),
                    Err(next) => ask(state, of, draft, next),
                }
            }
            Err(missing) => {
                picker.error = Some(missing);
                again(state, picker)
            }
        },
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

/// What was chosen or typed for a part of a condition.
fn answer(picker: &Picker, ask: &Ask) -> Result<Answer, Message> {
    let What::Values(_, operator) = &ask.what else {
        if is_wrong_number(picker, ask) {
            return Err(expected(&ask.what).into());
        }
        return match picker.chosen().map(|row| row.picked.clone()) {
            Some(Picked::Answer(answer)) => Ok(answer),
            _ => Err(expected(&ask.what).into()),
        };
    };
    let chosen = picker.values();
    match operator.values() {
        Values::Two if chosen.len() != 2 => Err(msg!("console.pick.two").into()),
        _ if chosen.is_empty() => Err(msg!("console.pick.one").into()),
        _ if chosen.iter().any(|value| ask.what.is_no_count(value)) => {
            Err(wanted(&ask.what, &chosen).unwrap_or_else(|| msg!("console.pick.one").into()))
        }
        _ => Ok(Answer::Values(chosen.into_iter().map(|value| ask.what.value(value)).collect())),
    }
}

/// Whether a time or a size was typed that cannot be one. Digits also find rows (`0` the one of 10 kilometres), and whoever
/// types a number means it.
fn is_wrong_number(picker: &Picker, ask: &Ask) -> bool {
    let typed = picker.field.text().trim();
    picker.cursor == 0
        && matches!(ask.what, What::Back(_) | What::Size(_))
        && typed.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c))
        && ask.what.typed(typed).is_none()
}

/// What may stand there, for one who typed something else.
fn expected(what: &What) -> Key {
    match what {
        What::Back(Function::Falling) => msg!("console.pick.months"),
        What::Back(_) => msg!("console.pick.back"),
        What::Size(Function::Within) => msg!("console.pick.kilometres"),
        What::Size(_) => msg!("console.pick.percent"),
        _ => msg!("console.pick.listed"),
    }
}

/// What is to be typed, for one who typed a value that can be none; nothing if all of them can.
fn wanted(what: &What, values: &[String]) -> Option<Message> {
    let What::Values(about, _) = what else { return None };
    let found = values.iter().find(|value| !what.is_value(value))?;
    let key = match about {
        About::Function(Function::Events | Function::ProductCount) => {
            msg!("console.pick.want-count")
        }
        About::Function(Function::Change | Function::Drift) => msg!("console.pick.want-share"),
        about if about.kind() == Kind::MONEY => msg!("console.pick.want-money"),
        about if about.kind() == Kind::DATE => msg!("console.pick.want-day"),
        _ => msg!("console.pick.want-number"),
    };
    Some(Message::new(key).with("found", found.as_str()))
}

fn again(state: &mut State, picker: Box<Picker>) -> Vec<Effect> {
    state.overlay = Some(Overlay::Pick(picker));
    vec![]
}

/// Takes the last letter that was typed away; where nothing is typed, goes one step back.
pub(super) fn back(state: &mut State) -> Vec<Effect> {
    let Some(Overlay::Pick(picker)) = &mut state.overlay else { return vec![] };
    if picker.field.input(KeyPress::plain(Code::Backspace), field::LINE) {
        refilter(state);
        return vec![];
    }
    let (of, mut draft) = (picker.of.clone(), picker.draft.clone());
    if !draft.back() {
        return vec![];
    }
    match draft.condition() {
        Err(next) => ask(state, of, draft, next),
        Ok(_) => vec![],
    }
}

/// The condition is chosen: it goes into the tree, or it is said why it cannot.
fn finish(state: &mut State, mut picker: Box<Picker>, condition: &str) -> Vec<Effect> {
    let Some(vocabulary) = state.vocabulary.clone() else { return vec![] };
    let Some(page) = rules::page(state) else { return vec![] };
    let (rule, code) = (page.rule.clone(), page.code.text().trim().to_owned());
    // A segment that comes round to itself is refused where it is chosen.
    let own = (page.moment.is_none() && !code.is_empty()).then_some(code);
    match grown(rule.as_ref(), &picker.of, condition, (&vocabulary, own.as_deref())) {
        Ok((text, path)) => tree::write(state, &text, &path),
        Err(error) => {
            // A place says something to whoever has written the text; whoever has typed a value wants to know which.
            picker.error = Some(match &picker.step {
                PickStep::Text => error.message(),
                PickStep::Part(asked) if !error.reason.is_nobody() => {
                    let wanted = wanted(&asked.what, &picker.values());
                    wanted.unwrap_or_else(|| error.reason.message())
                }
                _ => error.reason.message(),
            });
            again(state, picker)
        }
    }
}

/// The rule with the condition in it, and where it stands; of the segment of that code, if it is one's.
fn grown(
    rule: Option<&Rule>,
    of: &PickFor,
    condition: &str,
    (vocabulary, own): (&Vocabulary, Option<&str>),
) -> Result<(String, Path), RuleError> {
    let place = match of {
        PickFor::Join(path, _) | PickFor::Replace(path) => rule.map(|rule| rule.of_what(path)),
        _ => None,
    };
    let (new, whole) = match (place, of) {
        (Some(Of::Sequence(_)), PickFor::Replace(_)) => {
            (Piece::Events(Rule::parse_events(condition, vocabulary)?), None)
        }
        (Some(Of::Event | Of::Sequence(_)), _) => {
            (Piece::Event(Rule::parse_event(condition, vocabulary)?), None)
        }
        _ => {
            let read = Rule::parse(condition, vocabulary)?;
            (Piece::Customer(read.expr.clone()), Some(read))
        }
    };
    let grown = match (rule, of) {
        (Some(rule), PickFor::Join(path, joint)) => rule.joined(path, *joint, new),
        (Some(rule), PickFor::Replace(path)) => rule.replaced(path, new),
        _ => None,
    };
    let (rule, path) = match (grown, whole) {
        (Some(grown), _) => grown,
        (None, Some(whole)) => (whole, Path::new()),
        // The tree has gone from under the picker: nothing of it changes.
        (None, None) => return Ok((rule.map_or_else(String::new, Rule::canonical), Path::new())),
    };
    let text = rule.canonical();
    let checked = match own {
        Some(code) => Rule::parse_of_segment(&text, vocabulary, code)?,
        None => Rule::parse(&text, vocabulary)?,
    };
    Ok((checked.pretty(LINE), path))
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

/// Begins a condition of that kind with nothing.
fn begin(state: &mut State, of: PickFor, what: Of) -> Vec<Effect> {
    let draft = Draft::new(what);
    match draft.condition() {
        Err(next) => ask(state, of, draft, next),
        Ok(_) => vec![],
    }
}

/// Chooses a condition beside the part of the tree under the cursor, or in its place.
pub(super) fn part(state: &mut State, id: CommandId) -> Vec<Effect> {
    let Some(page) = rules::page(state) else { return vec![] };
    let path = page.part().map_or_else(Path::new, |row| row.path);
    let what = page.rule.as_ref().map_or(Of::Customer, |rule| rule.of_what(&path));
    // To the events of a sequence a condition on each of them is joined.
    let what = if matches!(what, Of::Sequence(_)) { Of::Event } else { what };
    match id {
        CommandId::AddAnd => begin(state, PickFor::Join(path, Joint::And), what),
        CommandId::AddOr => begin(state, PickFor::Join(path, Joint::Or), what),
        _ => edit(state, path),
    }
}

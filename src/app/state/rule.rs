//! The rule editor: code, name, rule as text or as a tree, and the figures that follow it.

use crate::app::action::Refusal;
use crate::app::command::name::Context;
use crate::app::draft::{Draft, DraftKey, DraftOf};
use crate::app::editor::Editor;
use crate::app::field::Field;
use crate::domain::attribute::MartDay;
use crate::domain::event_rule::{MomentRow, USUAL_DAYS};
use crate::domain::rule::{Called, Completions, Path, Rule, TreeRow};
use crate::domain::segment::grid::Grid;
use crate::domain::segment::{LeafCounts, SegmentCount, SegmentRow};

/// The shortest and the longest that a count waits for the next key, in milliseconds.
const WAITS: (u64, u64) = (20, 300);

/// What the keys go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleFocus {
    /// The rule.
    Rule,
    /// The segment's code.
    Code,
    /// The segment's name.
    Name,
    /// The strategy that an event rule finds candidates for.
    Strategy,
    /// Over how many days it is back-tested.
    Days,
    /// What is said of it beside its name.
    Note,
}

/// How the rule is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleView {
    /// As text.
    Text,
    /// As a tree.
    Tree,
}

/// How long a line of a rule is made: it fits into half of a wide terminal and into a narrow one.
pub const LINE: usize = 54;

/// Which figures stand beside the rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beside {
    /// All of them, where there is room; else by unit.
    Together,
    /// By unit.
    Units,
    /// By the chosen attribute.
    Attribute,
    /// Condition by condition.
    Leaves,
}

impl Beside {
    /// Those that can stand alone.
    pub const ALONE: [Self; 3] = [Self::Units, Self::Attribute, Self::Leaves];

    /// What stands there after it, with room for all of them or without.
    #[must_use]
    pub fn after(self, room: bool) -> Self {
        match (self, room) {
            (Self::Together, true) | (Self::Leaves, false) => Self::Units,
            (Self::Together, false) | (Self::Units, _) => Self::Attribute,
            (Self::Attribute, _) => Self::Leaves,
            (Self::Leaves, true) => Self::Together,
        }
    }
}

/// An attribute that the members are split by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SplitBy {
    /// As rules write it.
    pub name: String,
    /// What people call it.
    pub called: Called,
}

/// What may stand where one types.
#[derive(Clone, Debug)]
pub struct Completing {
    /// What is offered.
    pub offered: Completions,
    /// Which of it the cursor is on.
    pub cursor: usize,
}

/// What an event rule says beside its code, its name and its rule.
#[derive(Clone, Debug)]
pub struct MomentForm {
    /// The strategy that it finds candidates for; blank where each day becomes a finding.
    pub strategy: Field,
    /// Over how many days it is back-tested.
    pub days: Field,
    /// Why it stands, whom to ask.
    pub note: Field,
}

/// The rule editor.
#[derive(Clone, Debug)]
pub struct RulePage {
    /// Which form this is, for its draft.
    pub key: DraftKey,
    /// The rule's text.
    pub editor: Editor,
    /// The segment's code.
    pub code: Field,
    /// The segment's name.
    pub name: Field,
    /// What the keys go to.
    pub focus: RuleFocus,
    /// How the rule is shown.
    pub view: RuleView,
    /// The rule of the text on screen, if it is one and the bank's words are known.
    pub rule: Option<Rule>,
    /// Which row of the tree the cursor is on.
    pub row: usize,
    /// The latest count, and the text it belongs to.
    pub count: Option<(String, SegmentCount)>,
    /// The latest counts of the conditions, and the text they belong to.
    pub leaves: Option<(String, LeafCounts)>,
    /// What the members are split by beside their unit.
    pub by: Option<SplitBy>,
    /// The latest such split, and the text and the name it belongs to.
    pub split: Option<(String, String, Grid)>,
    /// Which figures stand beside the rule.
    pub beside: Beside,
    /// Which row of them is in sight.
    pub figure: usize,
    /// What is offered for the word under the caret.
    pub completing: Option<Completing>,
    /// What is wrong with the text on screen.
    pub refusal: Option<Refusal>,
    /// The same while the word is still being typed: not said before a pause.
    pub unsaid: Option<Refusal>,
    /// The rule is that of an event rule, and this stands beside it.
    pub moment: Option<MomentForm>,
    /// It is known already: saving makes its next version.
    pub known: bool,
    /// The version that it was made from, and its code; a save finds nothing else there, or writes nothing.
    pub made_from: Option<(String, i32)>,
    /// The text is the operator's own or was laid out in lines: it stays as it is.
    pub laid_out: bool,
    /// Something was typed since it was opened or saved.
    pub touched: bool,
}

impl RulePage {
    /// An editor for a rule; the keys go to the first field that must still be filled in.
    #[must_use]
    pub fn new(code: &str, name: &str, rule: &str, known: bool) -> Self {
        Self {
            key: DraftKey { of: DraftOf::Segment, form: code.to_owned() },
            editor: Editor::new(rule),
            code: Field::new(code),
            name: Field::new(name),
            focus: match (code.trim().is_empty(), name.trim().is_empty()) {
                (true, _) => RuleFocus::Code,
                (_, true) => RuleFocus::Name,
                _ => RuleFocus::Rule,
            },
            view: RuleView::Text,
            rule: None,
            row: 0,
            count: None,
            leaves: None,
            by: None,
            split: None,
            beside: Beside::Together,
            figure: 0,
            completing: None,
            refusal: None,
            unsaid: None,
            moment: None,
            known,
            made_from: None,
            laid_out: false,
            touched: false,
        }
    }

    /// An editor for the next version of a segment; with its comments, where it has some.
    #[must_use]
    pub fn of_segment(row: &SegmentRow) -> Self {
        let text = row.source.as_deref().unwrap_or(&row.rule);
        Self {
            made_from: Some((row.code.clone(), row.version)),
            laid_out: row.source.is_some(),
            ..Self::new(&row.code, &row.name, text, true)
        }
    }

    /// The version that must stand there when `code` is saved: none under a code that was typed anew.
    #[must_use]
    pub fn base(&self, code: &str) -> i32 {
        self.made_from.as_ref().filter(|(of, _)| of == code).map_or(0, |(_, base)| *base)
    }

    /// An editor for an event rule; of one that stands, for its next version.
    #[must_use]
    pub fn of_moment(row: Option<&MomentRow>) -> Self {
        let days = USUAL_DAYS.to_string();
        let Some(row) = row else { return Self::new("", "", "", false).with_moment("", &days, "") };
        let tested = row.test.as_ref().map_or(days, |test| test.days.len().to_string());
        let (strategy, note) = (row.strategy.as_deref(), row.note.as_deref());
        let text = row.source.as_deref().unwrap_or(&row.rule);
        Self {
            made_from: Some((row.code.clone(), row.version)),
            laid_out: row.source.is_some(),
            ..Self::new(&row.code, &row.name, text, true).with_moment(
                strategy.unwrap_or_default(),
                &tested,
                note.unwrap_or_default(),
            )
        }
    }

    fn with_moment(mut self, strategy: &str, days: &str, note: &str) -> Self {
        self.key.of = DraftOf::Moment;
        let (strategy, days, note) = (Field::new(strategy), Field::new(days), Field::new(note));
        self.moment = Some(MomentForm { strategy, days, note });
        self
    }

    /// What the keys can go to, in order.
    #[must_use]
    pub fn stops(&self) -> &'static [RuleFocus] {
        use RuleFocus::{Code, Days, Name, Note, Rule, Strategy};
        if self.moment.is_some() {
            &[Code, Name, Strategy, Days, Note, Rule]
        } else {
            &[Code, Name, Rule]
        }
    }

    /// The line that has the keys; none while they go to the rule.
    pub fn line(&mut self) -> Option<&mut Field> {
        let form = self.moment.as_mut();
        match self.focus {
            RuleFocus::Rule => None,
            RuleFocus::Code => Some(&mut self.code),
            RuleFocus::Name => Some(&mut self.name),
            RuleFocus::Strategy => form.map(|form| &mut form.strategy),
            RuleFocus::Days => form.map(|form| &mut form.days),
            RuleFocus::Note => form.map(|form| &mut form.note),
        }
    }

    /// Which rows of the table of commands hold here.
    #[must_use]
    pub fn context(&self) -> Context {
        match (self.focus, self.view) {
            (RuleFocus::Rule, RuleView::Tree) => Context::Tree,
            (RuleFocus::Rule, RuleView::Text) if self.completing.is_some() => Context::Complete,
            _ => Context::Rule,
        }
    }

    /// True if the text on screen is blank.
    #[must_use]
    pub fn blank(&self) -> bool {
        self.editor.lines().iter().all(|line| line.trim().is_empty())
    }

    /// True if the count on screen belongs to the text on screen.
    #[must_use]
    pub fn counted(&self) -> bool {
        self.count.as_ref().is_some_and(|(text, _)| *text == self.editor.text())
    }

    /// The conditions' counts, and whether they belong to the text on screen.
    #[must_use]
    pub fn leaf_counts(&self) -> Option<(&LeafCounts, bool)> {
        let (text, counts) = self.leaves.as_ref()?;
        Some((counts, *text == self.editor.text()))
    }

    /// The split by the chosen attribute, and whether it belongs to the text on screen.
    #[must_use]
    pub fn split_by(&self) -> Option<(&Grid, bool)> {
        let (text, name, grid) = self.split.as_ref()?;
        let by = self.by.as_ref()?;
        (by.name == *name).then(|| (grid, *text == self.editor.text()))
    }

    /// The bank's own marts behind the figures beside the rule: those that the rule reads, and the one by which it is split.
    #[must_use]
    pub fn marts(&self) -> Vec<MartDay> {
        let count = self.count.iter().flat_map(|(_, count)| &count.refreshed);
        let split = self.split_by().into_iter().flat_map(|(grid, _)| &grid.refreshed);
        MartDay::merged(count.chain(split).cloned())
    }

    /// How many rows of figures are turned over at once: never more than are on screen, so that none is passed over.
    #[must_use]
    pub fn figures_a_turn(&self, size: (u16, u16), room: bool) -> usize {
        let height = usize::from(size.1.saturating_sub(3));
        let high = height >= 24;
        let rows = match (room, self.beside) {
            (false, _) => height.saturating_sub((height * 11 / 20).max(7) + 7),
            (true, Beside::Together) if high && self.by.is_some() => (height - 5) / 2 - 3,
            (true, Beside::Together) if high => height - 9,
            (true, Beside::Together) => (height * 3 / 10).saturating_sub(5),
            (true, _) => height.saturating_sub(7),
        };
        rows.max(1)
    }

    /// How many rows the figures have that are turned over.
    #[must_use]
    pub fn figures(&self) -> usize {
        match self.beside {
            Beside::Together | Beside::Units => {
                let units = self.count.as_ref().and_then(|(_, count)| count.by_org.as_ref());
                units.map_or(0, Vec::len)
            }
            Beside::Attribute => {
                let axis = self.split_by().and_then(|(grid, _)| grid.axes.first());
                axis.map_or(0, |axis| axis.bins.len())
            }
            Beside::Leaves => self.leaf_counts().map_or(0, |(counts, _)| counts.leaves.len()),
        }
    }

    /// How long a count waits for the next key, in milliseconds: about as long as the last one took, so that a fast
    /// bank answers every key and a slow one is not asked for what nobody reads.
    #[must_use]
    pub fn pause(&self) -> u64 {
        let last = self.count.as_ref().map_or(0, |(_, count)| count.ms);
        last.clamp(WAITS.0, WAITS.1)
    }

    /// The rows of the tree; none while the text is no rule.
    #[must_use]
    pub fn rows(&self) -> Vec<TreeRow> {
        self.rule.as_ref().map_or_else(Vec::new, Rule::rows)
    }

    /// The row of the tree under the cursor.
    #[must_use]
    pub fn part(&self) -> Option<TreeRow> {
        let mut rows = self.rows();
        (self.row < rows.len()).then(|| rows.swap_remove(self.row))
    }

    /// Puts the cursor on the row of the tree at `path`.
    pub fn put_cursor(&mut self, path: &Path) {
        let rows = self.rows();
        let found = rows.iter().position(|row| row.path == *path);
        self.row = found.unwrap_or(self.row).min(rows.len().saturating_sub(1));
    }

    /// A group is under the cursor, a `not` before one, or what stands in one.
    #[must_use]
    pub fn grouped(&self) -> bool {
        let path = self.part().map(|part| part.path);
        let rule = self.rule.as_ref();
        rule.zip(path).is_some_and(|(rule, path)| rule.group_of(&path).is_some())
    }

    /// The form as typed.
    #[must_use]
    pub fn draft(&self) -> Draft {
        let mut fields = vec![self.code.text().into(), self.name.text().into(), self.editor.text()];
        if let Some(MomentForm { strategy, days, note }) = &self.moment {
            fields.extend([strategy, days, note].map(|field| field.text().to_owned()));
        }
        let (code, base) = self.made_from.clone().unwrap_or_default();
        fields.extend([code, base.to_string()]);
        Draft { key: self.key.clone(), fields }
    }

    /// The form of a draft; missing fields are empty.
    #[must_use]
    pub fn from_draft(draft: &Draft) -> Self {
        let field = |i: usize| draft.fields.get(i).map_or("", String::as_str);
        let mut page = Self::new(field(0), field(1), field(2), false);
        let mut last = 3;
        if draft.key.of == DraftOf::Moment {
            page = page.with_moment(field(3), field(4), field(5));
            last = 6;
        }
        let base = field(last + 1).parse().ok().filter(|base| *base > 0);
        let made_from = base.map(|base| (field(last).to_owned(), base));
        Self { key: draft.key.clone(), laid_out: true, touched: true, made_from, ..page }
    }
}

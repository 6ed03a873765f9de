//! The signs that screens are drawn with, in three sets.
//!
//! `ascii` draws with ASCII. `safe` has no East-Asian-Ambiguous character, because a terminal that is set up for
//! Chinese may draw those two cells wide and every column after them is off; braille patterns are not ambiguous, so
//! its curves are finer than ASCII's (its bars are not: many fonts lack the patterns, and a row of boxes says
//! nothing). `box` draws lines and blocks. In the first two, text from outside goes through [`Glyphs::show`]; copying keeps the original.

use std::borrow::Cow;
use std::fmt::Write as _;

use unicode_normalization::UnicodeNormalization as _;

use crate::text::Lang;
use crate::text::width::is_ambiguous;

/// Which of the three sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GlyphSet {
    /// ASCII only.
    Ascii,
    /// Nothing that a Chinese terminal draws wide.
    Safe,
    /// Line drawing and blocks.
    Box,
}

impl GlyphSet {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Ascii, Self::Safe, Self::Box];

    /// The word of `--glyphs`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Ascii => "ascii",
            Self::Safe => "safe",
            Self::Box => "box",
        }
    }

    /// The set of a word.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|set| set.code() == code)
    }

    /// What a language uses unless the operator says otherwise.
    #[must_use]
    pub fn of_language(lang: Lang) -> Self {
        match lang {
            Lang::ZhCn => Self::Safe,
            Lang::En => Self::Box,
        }
    }

    /// The signs of the set.
    #[must_use]
    pub fn glyphs(self) -> &'static Glyphs {
        match self {
            Self::Ascii => &ASCII,
            Self::Safe => &SAFE,
            Self::Box => &BOX,
        }
    }
}

/// The lines around a pane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Border {
    /// `-`
    pub horizontal: &'static str,
    /// `|`
    pub vertical: &'static str,
    /// Upper left corner.
    pub top_left: &'static str,
    /// Upper right corner.
    pub top_right: &'static str,
    /// Lower left corner.
    pub bottom_left: &'static str,
    /// Lower right corner.
    pub bottom_right: &'static str,
}

/// How small curves are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Curve {
    /// One value a cell, from the lowest to the highest sign.
    Levels(&'static [&'static str]),
    /// Two values a cell, four heights each, in braille dots.
    Braille,
}

/// One set of signs. Every sign is one cell wide, unless its comment says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Glyphs {
    /// Which set this is.
    pub set: GlyphSet,
    /// Ends what was cut; one or two cells.
    pub cut: &'static str,
    /// Stands before the selected row and the focused title.
    pub marker: &'static str,
    /// The lines around panes.
    pub border: Border,
    /// A filled cell of a bar.
    pub bar_full: &'static str,
    /// The last, partly filled cell of a bar, from the least to the most; empty if the set has none.
    pub bar_parts: &'static [&'static str],
    /// An empty cell of a bar.
    pub bar_empty: &'static str,
    /// A cell of a bar that stands for a fall, so that it is seen without colour.
    pub bar_fallen: &'static str,
    /// Small curves.
    pub curve: Curve,
    /// The line through zero of a waterfall.
    pub axis: &'static str,
    /// A child that has siblings below it; three cells, and so are the next three.
    pub tree_child: &'static str,
    /// The last child.
    pub tree_last: &'static str,
    /// Past an ancestor that has siblings below.
    pub tree_line: &'static str,
    /// Past the last ancestor.
    pub tree_blank: &'static str,
    /// More to see on the left, or above.
    pub more_before: &'static str,
    /// More to see on the right, or below.
    pub more_after: &'static str,
    /// Sorted upwards, or risen.
    pub up: &'static str,
    /// Sorted downwards, or fallen.
    pub down: &'static str,
    /// Leads to; two cells at most.
    pub leads_to: &'static str,
    /// Done, signed, good.
    pub done: &'static str,
    /// Not done yet.
    pub open: &'static str,
    /// Wants attention.
    pub warn: &'static str,
    /// Failed.
    pub bad: &'static str,
    /// Between two things on one line; three cells.
    pub separator: &'static str,
}

const PLAIN_BORDER: Border = Border {
    horizontal: "-",
    vertical: "|",
    top_left: "+",
    top_right: "+",
    bottom_left: "+",
    bottom_right: "+",
};

/// ASCII only.
pub const ASCII: Glyphs = Glyphs {
    set: GlyphSet::Ascii,
    cut: "..",
    marker: ">",
    border: PLAIN_BORDER,
    bar_full: "=",
    bar_parts: &["-"],
    bar_empty: " ",
    bar_fallen: "-",
    curve: Curve::Levels(&["_", ".", "-", "=", "+", "*", "#"]),
    axis: "|",
    tree_child: "|- ",
    tree_last: "`- ",
    tree_line: "|  ",
    tree_blank: "   ",
    more_before: "<",
    more_after: ">",
    up: "^",
    down: "v",
    leads_to: "->",
    done: "+",
    open: "-",
    warn: "!",
    bad: "x",
    separator: " | ",
};

/// Nothing that a Chinese terminal may draw wide.
pub const SAFE: Glyphs = Glyphs { set: GlyphSet::Safe, curve: Curve::Braille, ..ASCII };

/// Lines and blocks.
pub const BOX: Glyphs = Glyphs {
    set: GlyphSet::Box,
    cut: "…",
    marker: "▸",
    border: Border {
        horizontal: "─",
        vertical: "│",
        top_left: "┌",
        top_right: "┐",
        bottom_left: "└",
        bottom_right: "┘",
    },
    bar_full: "█",
    bar_parts: &["▏", "▎", "▍", "▌", "▋", "▊", "▉"],
    bar_empty: " ",
    bar_fallen: "▒",
    curve: Curve::Levels(&["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]),
    axis: "│",
    tree_child: "├─ ",
    tree_last: "└─ ",
    tree_line: "│  ",
    tree_blank: "   ",
    more_before: "‹",
    more_after: "›",
    up: "▲",
    down: "▼",
    leads_to: "→",
    done: "✓",
    open: "·",
    warn: "!",
    bad: "✗",
    separator: " │ ",
};

impl Glyphs {
    /// `text` as this set may show it. `box` shows everything; the others replace what is ambiguous: by the table
    /// below, else by its plain form (`á` as `a`, `Ⅳ` as `IV`), else by its number (`<U+0416>`). No set shows
    /// the skin tone of an emoji, because half of the terminals give it two cells of its own.
    #[must_use]
    pub fn show<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let stays = |c: char| !is_skin_tone(c) && (self.set == GlyphSet::Box || !is_ambiguous(c));
        if text.is_ascii() || text.chars().all(stays) {
            return Cow::Borrowed(text);
        }
        let mut shown = String::with_capacity(text.len() + 8);
        for c in text.chars().filter(|c| !is_skin_tone(*c)) {
            if stays(c) {
                shown.push(c);
            } else if let Some(plain) = substitute(c) {
                shown.push_str(plain);
            } else {
                decompose(c, &mut shown);
            }
        }
        Cow::Owned(shown)
    }
}

fn is_skin_tone(c: char) -> bool {
    matches!(c, '\u{1f3fb}'..='\u{1f3ff}')
}

fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

fn decompose(c: char, shown: &mut String) {
    if is_mark(c) {
        return;
    }
    let plain: String = std::iter::once(c)
        .nfkd()
        .filter(|p| !is_mark(*p))
        .map(|p| if p == '\u{2044}' { '/' } else { p })
        .collect();
    if plain.trim().is_empty() || plain.chars().any(is_ambiguous) {
        // Writing into a String cannot fail.
        let _ = write!(shown, "<U+{:04X}>", u32::from(c));
    } else {
        shown.push_str(&plain);
    }
}

/// What people would type instead of any of the signs on the left.
const PLAIN: &[(&str, &str)] = &[
    ("…‥⋯", ".."),
    ("·‧•∙⋅・", "."),
    ("“”„‟″〝〞¨", "\""),
    ("‘’‚‛′´", "'"),
    ("—–―‐‑−\u{ad}─━┄┅", "-"),
    ("‖", "||"),
    ("│┃", "|"),
    ("×", "x"),
    ("÷", "/"),
    ("±", "+/-"),
    ("°", "deg"),
    ("→⇒", "->"),
    ("←", "<-"),
    ("↔⇔", "<->"),
    ("↑▲△", "^"),
    ("↓▼▽", "v"),
    ("▶▷", ">"),
    ("◀◁", "<"),
    ("≤≦", "<="),
    ("≥≧", ">="),
    ("≠", "<>"),
    ("≈≒", "~="),
    ("√", "sqrt"),
    ("∞", "inf"),
    ("∑", "sum"),
    ("℃", "degC"),
    ("℉", "degF"),
    ("‰", "o/oo"),
    ("§", "S."),
    ("¶", "P."),
    ("®", "(R)"),
    ("¡", "!"),
    ("¿\u{fffd}", "?"),
    ("€", "EUR"),
    ("●○◎◯◉ø", "o"),
    ("■□▣◆◇▪▫◼◻█▓▒░", "#"),
    ("★☆※", "*"),
    ("ß", "ss"),
    ("æ", "ae"),
    ("Æ", "AE"),
    ("Ø", "O"),
    ("đð", "d"),
    ("Ð", "D"),
    ("ł", "l"),
    ("Ł", "L"),
    ("œ", "oe"),
    ("Œ", "OE"),
    ("þ", "th"),
    ("Þ", "Th"),
    ("ı", "i"),
];

fn substitute(c: char) -> Option<&'static str> {
    match c {
        '\u{2500}'..='\u{257f}' if !"─━┄┅│┃".contains(c) => Some("+"),
        '\u{2580}'..='\u{259f}' => Some("#"),
        _ => PLAIN.iter().find(|(signs, _)| signs.contains(c)).map(|(_, plain)| *plain),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::width::cells;
    use proptest::prelude::*;

    fn signs(glyphs: &Glyphs) -> Vec<&'static str> {
        let b = glyphs.border;
        let mut all = vec![
            glyphs.cut,
            glyphs.marker,
            b.horizontal,
            b.vertical,
            b.top_left,
            b.top_right,
            b.bottom_left,
            b.bottom_right,
            glyphs.bar_full,
            glyphs.bar_empty,
            glyphs.bar_fallen,
            glyphs.axis,
            glyphs.tree_child,
            glyphs.tree_last,
            glyphs.tree_line,
            glyphs.tree_blank,
            glyphs.more_before,
            glyphs.more_after,
            glyphs.up,
            glyphs.down,
            glyphs.leads_to,
            glyphs.done,
            glyphs.open,
            glyphs.warn,
            glyphs.bad,
            glyphs.separator,
        ];
        all.extend(glyphs.bar_parts);
        match glyphs.curve {
            Curve::Levels(levels) => all.extend(levels),
            Curve::Braille => all.extend(["⠀", "⣿"]),
        }
        all
    }

    #[test]
    fn each_set_holds_what_it_promises() {
        assert!(signs(&ASCII).iter().all(|s| s.is_ascii()));
        for sign in signs(&SAFE) {
            assert!(!sign.chars().any(is_ambiguous), "{sign}");
        }
    }

    #[test]
    fn signs_are_one_cell_wide() {
        for glyphs in [&ASCII, &SAFE, &BOX] {
            for sign in signs(glyphs) {
                let wide = [
                    glyphs.tree_child,
                    glyphs.tree_last,
                    glyphs.tree_line,
                    glyphs.tree_blank,
                    glyphs.separator,
                ];
                let limit = if wide.contains(&sign) { 3 } else { 1 };
                let two = [glyphs.cut, glyphs.leads_to].contains(&sign);
                assert!(cells(sign) == limit || two && cells(sign) <= 2, "{sign:?}");
            }
        }
    }

    #[test]
    fn outside_text_is_shown_by_what_people_would_type() {
        for (text, shown) in [
            ("Česká banka", "Česka banka"),
            ("“加息” … 2×3 ±1 —", "\"加息\" .. 2x3 +/-1 -"),
            ("张·三", "张.三"),
            ("① Ⅳ ½ ™ ℃", "1 IV 1/2 TM degC"),
            ("Жα", "<U+0416><U+03B1>"),
            ("e\u{301}", "e"),
        ] {
            assert_eq!(SAFE.show(text), shown);
            assert_eq!(BOX.show(text), text);
        }
    }

    #[test]
    fn an_emoji_takes_the_cells_that_every_terminal_gives_it() {
        assert_eq!(BOX.show("好👍🏽…"), "好👍…");
        assert_eq!(ASCII.show("好👍🏽…"), "好👍..");
    }

    proptest! {
        #[test]
        fn nothing_ambiguous_is_shown(text in any::<String>()) {
            prop_assert!(!SAFE.show(&text).chars().any(is_ambiguous), "{}", SAFE.show(&text));
        }
    }
}

//! What each part of a screen looks like, by role and never by colour in the drawing code.
//!
//! A theme is a file of styles. The default one uses the terminal's own sixteen colours; a theme with 24-bit
//! colours is used only where the terminal says that it has them. Without colour everything stays usable, because
//! every difference that matters is bold, reverse, underline or dim too: a theme that forgets it is given it.

mod read;

pub use read::ThemeError;

use ratatui::style::{Color, Modifier, Style};

macro_rules! styles {
    ($($(#[$doc:meta])* $role:ident),* $(,)?) => {
        /// A style for each role.
        #[derive(Clone, Debug, PartialEq, Eq, Default)]
        pub struct Theme {
            /// The name it was asked for by.
            pub name: String,
            $($(#[$doc])* pub $role: Style,)*
        }

        impl Theme {
            /// The roles, as a theme file names them.
            pub const ROLES: &'static [&'static str] = &[$(stringify!($role)),*];

            fn role(&mut self, name: &str) -> Option<&mut Style> {
                match name {
                    $(stringify!($role) => Some(&mut self.$role),)*
                    _ => None,
                }
            }

            fn all(&mut self) -> impl Iterator<Item = &mut Style> {
                [$(&mut self.$role),*].into_iter()
            }
        }
    };
}

styles! {
    /// What is simply said.
    text,
    /// Data that are no longer current.
    stale,
    /// The line at the top: bank, operator, day.
    header,
    /// Lines around panes.
    border,
    /// Title of a pane.
    title,
    /// Title of the pane that has the focus, and the tab that is shown.
    title_focused,
    /// Heading of a table's column.
    column,
    /// Marker and code of the selected row.
    selected,
    /// The same in a pane without the focus.
    selected_unfocused,
    /// What should catch the eye.
    accent,
    /// Good news.
    good,
    /// Wants attention.
    warn,
    /// Bad news.
    bad,
    /// Bars and curves.
    bar,
    /// Bars of what is less than zero.
    bar_negative,
    /// A key that can be pressed.
    key,
    /// A command that is not available now.
    disabled,
    /// The part of a text that a filter matched.
    matched,
    /// A word of the grammar in a rule.
    keyword,
    /// A function in a rule.
    function,
    /// A text or a number in a rule.
    literal,
}

const BUILT_IN: &[(&str, &str)] = &[
    ("default", include_str!("../../../themes/default.toml")),
    ("ink", include_str!("../../../themes/ink.toml")),
];

impl Theme {
    /// The names of the built-in themes.
    pub fn names() -> impl Iterator<Item = &'static str> {
        BUILT_IN.iter().map(|(name, _)| *name)
    }

    /// A theme of the program.
    ///
    /// # Errors
    /// [`ThemeError::Unknown`] if it has none of that name.
    pub fn built_in(name: &str) -> Result<Self, ThemeError> {
        let (_, text) = BUILT_IN.iter().find(|(known, _)| *known == name).ok_or_else(|| {
            ThemeError::Unknown { name: name.to_owned(), known: Self::names().collect() }
        })?;
        Self::read(name, &format!("{name}.toml"), text)
    }

    /// The theme of a file's `text`; `file` is how errors name it. Roles that it leaves out look like the default's.
    ///
    /// # Errors
    /// [`ThemeError`] names the file, the line and what is wrong there.
    pub fn read(name: &str, file: &str, text: &str) -> Result<Self, ThemeError> {
        let mut theme = Self { name: name.to_owned(), ..Self::default() };
        if name != "default" {
            theme = Self { name: name.to_owned(), ..Self::built_in("default")? };
        }
        read::read(&mut theme, file, text)?;
        Ok(theme.kept_apart())
    }

    /// What this terminal can show of the theme: without 24-bit colours a theme that uses them gives way to the
    /// default one, and without colour only bold, reverse, underline and dim stay: none of these is a colour.
    #[must_use]
    pub fn for_terminal(mut self, truecolor: bool, color: bool) -> Self {
        if !color {
            self.all().for_each(|style| *style = colourless(*style));
            return self.kept_apart();
        }
        if !truecolor && self.uses_rgb() {
            return Self::built_in("default").unwrap_or_default();
        }
        self
    }

    fn uses_rgb(&mut self) -> bool {
        self.all().any(|s| [s.fg, s.bg].into_iter().flatten().any(|c| matches!(c, Color::Rgb(..))))
    }

    /// Gives focus and selection a mark of their own beside colour, where a theme has not.
    fn kept_apart(mut self) -> Self {
        let shape = Modifier::BOLD | Modifier::REVERSED | Modifier::UNDERLINED;
        for style in [&mut self.selected, &mut self.title_focused] {
            if !style.add_modifier.intersects(Modifier::REVERSED | Modifier::UNDERLINED) {
                *style = style.add_modifier(Modifier::REVERSED);
            }
        }
        if !self.selected_unfocused.add_modifier.intersects(shape) {
            self.selected_unfocused = self.selected_unfocused.add_modifier(Modifier::BOLD);
        }
        self
    }
}

fn colourless(style: Style) -> Style {
    let kept = Modifier::BOLD | Modifier::REVERSED | Modifier::UNDERLINED | Modifier::DIM;
    Style::new().add_modifier(style.add_modifier.intersection(kept))
}

/// Whether `COLORTERM` says that the terminal has 24-bit colours.
#[must_use]
pub fn has_truecolor(colorterm: Option<&str>) -> bool {
    matches!(colorterm, Some("truecolor" | "24bit"))
}

/// Whether a terminal of this name (`TERM`, empty if it has none) can show a screen: write at a place, and take it away again.
#[must_use]
pub fn can_be_addressed(term: &str) -> bool {
    !matches!(term, "" | "dumb" | "unknown")
}

/// Whether colour is wanted: not with `--no-color` or `NO_COLOR`, not on a dumb terminal.
#[must_use]
pub fn wants_color(no_color: bool, term: Option<&str>) -> bool {
    !no_color && term != Some("dumb")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_themes_name_every_role() {
        for (name, text) in BUILT_IN {
            Theme::built_in(name).unwrap();
            for role in Theme::ROLES {
                assert!(text.contains(&format!("\n{role} = ")), "{name} lacks {role}");
            }
        }
    }

    #[test]
    fn the_default_theme_uses_the_terminals_own_colours() {
        assert!(!Theme::built_in("default").unwrap().uses_rgb());
        assert!(Theme::built_in("ink").unwrap().uses_rgb());
    }

    #[test]
    fn an_rgb_theme_gives_way_where_the_terminal_has_no_such_colours() {
        let ink = Theme::built_in("ink").unwrap();
        assert_eq!(ink.clone().for_terminal(true, true), ink);
        assert_eq!(ink.for_terminal(false, true), Theme::built_in("default").unwrap());
    }

    #[test]
    fn without_colour_focus_and_selection_still_differ() {
        for name in Theme::names() {
            let mut theme = Theme::built_in(name).unwrap().for_terminal(true, false);
            assert!(theme.all().all(|s| s.fg.is_none() && s.bg.is_none()));
            assert_ne!(theme.selected, theme.text);
            assert_ne!(theme.selected, theme.selected_unfocused);
            assert_ne!(theme.selected_unfocused, theme.text);
            assert_ne!(theme.title_focused, theme.title);
            assert!(
                theme.stale.add_modifier.contains(Modifier::DIM),
                "{name}: old data are dimmed"
            );
        }
        let plain = Theme::read(
            "x",
            "x.toml",
            "selected = {}\ntitle_focused = {}\nselected_unfocused = {}",
        );
        let plain = plain.unwrap().for_terminal(true, false);
        assert_ne!(plain.selected, plain.text);
        assert_ne!(plain.selected, plain.selected_unfocused);
    }

    #[test]
    fn what_has_no_cursor_shows_no_screen() {
        assert!(can_be_addressed("xterm-256color") && can_be_addressed("linux"));
        assert!(!can_be_addressed("dumb") && !can_be_addressed(""));
    }

    #[test]
    fn colour_is_left_out_where_it_is_not_wanted() {
        assert!(wants_color(false, Some("xterm")));
        assert!(wants_color(false, None));
        assert!(!wants_color(true, Some("xterm")));
        assert!(!wants_color(false, Some("dumb")));
    }
}

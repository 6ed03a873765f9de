//! Words, numbers and widths: what turns a [`Message`] into a line that an operator reads.
//!
//! The inner modules say what is meant, by key; here stand the two catalogues that say it. Nothing here reads
//! the environment: the caller passes the words of `--lang`, `LC_ALL` and `LANG` in.

pub mod catalogue;
pub mod customer;
pub mod lang;
pub mod number;
pub mod review;
pub mod score;
pub mod weekly;
pub mod width;

pub use lang::Lang;

use crate::domain::message::{Arg, Message};

/// `message` in the operator's language.
///
/// A key that no catalogue has is shown as the key itself, and a placeholder without a value as `{name}`: an
/// operator can still report it, and the catalogue's test finds it first.
#[must_use]
pub fn render(message: &Message, lang: Lang) -> String {
    let Some(template) = catalogue::template(message.key, lang) else {
        return message.key.0.to_owned();
    };
    let mut line = String::with_capacity(template.len() + 16);
    let given = |name: &str| message.args.iter().find(|(given, _)| *given == name);
    for part in catalogue::parts(template) {
        match part {
            catalogue::Part::Words(words) => line.push_str(words),
            catalogue::Part::Placeholder(name) => match given(name) {
                Some((_, value)) => line.push_str(&argument(value, lang)),
                None => line.extend(["{", name, "}"]),
            },
            catalogue::Part::Number { name, one, many } => {
                // A figure that was put into words already is text.
                let single = given(name).is_some_and(|(_, value)| argument(value, lang) == "1");
                line.push_str(if single { one } else { many });
            }
        }
    }
    line
}

/// The one of a bank's own two names that the operator reads.
#[must_use]
pub fn label<'a>(zh: &'a str, en: &'a str, lang: Lang) -> &'a str {
    match lang {
        Lang::En => en,
        Lang::ZhCn => zh,
    }
}

/// One value as it stands inside a sentence: money exact, because a sentence is where one looks it up.
fn argument(value: &Arg, lang: Lang) -> String {
    match value {
        Arg::Text(text) => text.clone(),
        Arg::Count(count) => number::count(*count),
        Arg::Money(amount, currency) => number::money_exact(*amount, *currency),
        Arg::Moved(amount, money) => number::moved(*amount, *money, lang),
        Arg::Decimal(text) => number::decimal(text),
        Arg::Date(day) => number::date(*day),
        Arg::Label { zh, en } => label(zh, en, lang).to_owned(),
        Arg::Message(message) => render(message, lang),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::message::Key;
    use crate::domain::money::{Currency, Minor};

    #[test]
    fn a_missing_key_is_shown_as_itself() {
        assert_eq!(render(&Message::new(Key("no.such-key")), Lang::En), "no.such-key");
    }

    #[test]
    fn values_are_written_as_bankers_write_them() {
        let cny = Currency::from_code("CNY").unwrap();
        assert_eq!(argument(&Arg::Count(12_408), Lang::ZhCn), "12,408");
        assert_eq!(argument(&Arg::Money(Minor(-123_456), cny), Lang::En), "-1,234.56");
        let day = chrono::NaiveDate::from_ymd_opt(1994, 3, 31).unwrap();
        assert_eq!(argument(&Arg::Date(day), Lang::En), "1994-03-31");
    }

    #[test]
    fn one_task_is_not_one_tasks() {
        let asked = |tasks: i64| {
            let message = Message::new(crate::msg!("console.ask.sign"));
            let message = message.with("org", "B0301").with("tasks", tasks).with("deadline", "x");
            render(&message, Lang::En)
        };
        assert!(asked(1).contains("1 task until"), "{}", asked(1));
        assert!(asked(2).contains("2 tasks until"), "{}", asked(2));
    }

    #[test]
    fn a_message_within_a_message_is_in_the_same_language() {
        let inner = Arg::from(Message::new(crate::msg!("common.yes")));
        assert_eq!(argument(&inner, Lang::En), "yes");
        assert_eq!(argument(&inner, Lang::ZhCn), "是");
    }
}

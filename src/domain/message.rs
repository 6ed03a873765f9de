//! What is to be said, apart from the words that say it.
//!
//! The inner modules never hold text for people: they name a [`Key`] of the catalogue and its arguments.
//! `text` turns a [`Message`] into words in the operator's language. A test reads the sources for every
//! `msg!("...")` and checks that both catalogues have it with the same arguments.

/// The name of a message in the catalogues, such as `push.plan.title`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(pub &'static str);

/// A [`Key`], written so that the catalogue's test finds it.
#[macro_export]
macro_rules! msg {
    ($key:literal) => {
        $crate::domain::message::Key($key)
    };
}

/// One value put into a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arg {
    /// Text as it stands; already clean.
    Text(String),
    /// A whole number, grouped as the language does.
    Count(i64),
    /// Money in minor units with the currency's digits.
    Money(super::money::Minor, super::money::Currency),
    /// What something has moved by, with its sign: money in minor units with its currency, else a count. People read it as
    /// short as lists have it.
    Moved(i64, Option<super::money::Currency>),
    /// A number with decimals as the database writes it; people read it in groups and rounded, programs as it is.
    Decimal(String),
    /// A day.
    Date(chrono::NaiveDate),
    /// A name that the bank gives in both languages, such as an attribute's.
    Label {
        /// Chinese, clean.
        zh: String,
        /// English, clean.
        en: String,
    },
    /// Another message, rendered in the same language.
    Message(Message),
}

/// A message of the catalogue with its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Which sentence.
    pub key: Key,
    /// Values by placeholder name.
    pub args: Vec<(&'static str, Arg)>,
}

impl Message {
    /// A message without arguments.
    #[must_use]
    pub fn new(key: Key) -> Self {
        Self { key, args: Vec::new() }
    }

    /// The same message with `name` filled by `value`.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Arg>) -> Self {
        self.args.push((name, value.into()));
        self
    }
}

impl Message {
    /// These one after the other, as the language strings names together: `a, b` and `甲、乙`. Nothing of nothing.
    #[must_use]
    pub fn list(items: impl IntoIterator<Item = impl Into<Arg>>) -> Arg {
        let all = items.into_iter().map(Into::into).reduce(|before, next| {
            Self::new(msg!("common.list")).with("before", before).with("next", next).into()
        });
        all.unwrap_or_else(|| Arg::Text(String::new()))
    }
}

impl From<Key> for Message {
    fn from(key: Key) -> Self {
        Self::new(key)
    }
}

impl From<String> for Arg {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<&str> for Arg {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<&String> for Arg {
    fn from(value: &String) -> Self {
        Self::Text(value.clone())
    }
}

impl From<chrono::NaiveDate> for Arg {
    fn from(value: chrono::NaiveDate) -> Self {
        Self::Date(value)
    }
}

impl From<Message> for Arg {
    fn from(value: Message) -> Self {
        Self::Message(value)
    }
}

impl From<Key> for Arg {
    fn from(value: Key) -> Self {
        Self::Message(value.into())
    }
}

macro_rules! count {
    ($($int:ty),*) => {$(
        impl From<$int> for Arg {
            fn from(value: $int) -> Self {
                Self::Count(i64::try_from(value).unwrap_or(i64::MAX))
            }
        }
    )*};
}
count!(i16, i32, i64, u16, u32, u64, usize);

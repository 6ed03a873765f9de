//! A row of a manifest's result, as `baton.manifest_rows` writes it: a JSON object, in the query's order of columns.

use std::borrow::Cow;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::check::Reason;
use super::columns::Slot;
use super::destination::Destination;

/// The names of a result's columns.
pub(super) struct Header(pub(super) Vec<String>);

/// The values of one row, in the order of the header.
pub(super) struct Row<'a>(pub(super) Vec<&'a RawValue>);

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Names;
        impl<'de> Visitor<'de> for Names {
            type Value = Header;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Header, M::Error> {
                let mut names = Vec::new();
                while let Some((name, _)) = map.next_entry::<String, IgnoredAny>()? {
                    names.push(name);
                }
                Ok(Header(names))
            }
        }
        deserializer.deserialize_map(Names)
    }
}

impl<'de> Deserialize<'de> for Row<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Values;
        impl<'de> Visitor<'de> for Values {
            type Value = Row<'de>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Row<'de>, M::Error> {
                let mut values = Vec::with_capacity(map.size_hint().unwrap_or(16));
                while let Some((_, value)) = map.next_entry::<IgnoredAny, &'de RawValue>()? {
                    values.push(value);
                }
                Ok(Row(values))
            }
        }
        deserializer.deserialize_map(Values)
    }
}

/// The text of a value; nothing for null. Numbers keep every digit.
pub(super) fn text(value: &RawValue) -> Result<Option<Cow<'_, str>>, Reason> {
    let raw = value.get();
    match raw.as_bytes().first() {
        Some(b'n') => Ok(None),
        Some(b'{' | b'[') | None => Err(Reason::NotPlain),
        Some(b'"') if raw.contains('\\') => serde_json::from_str::<String>(raw)
            .map(|text| Some(text.into()))
            .map_err(|_| Reason::NotPlain),
        Some(b'"') => Ok(Some(raw[1..raw.len() - 1].into())),
        Some(_) => Ok(Some(raw.into())),
    }
}

/// The customer of a row of customers, if the row says one.
pub(super) fn customer(into: Destination, slots: &[Slot], values: &[&RawValue]) -> Option<i64> {
    let at = slots.iter().position(|slot| slot.name == "customer_id")?;
    let told = text(values.get(at)?).ok()??;
    let id = told.split('.').next()?.trim().parse().ok()?;
    (into == Destination::Customer).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_keep_their_order_and_every_digit() {
        let line =
            r#"{"b":123456789012345678901234567890.10,"a":null,"b":"x\n\u5f20","c":true,"d":[1]}"#;
        let header: Header = serde_json::from_str(line).unwrap();
        assert_eq!(header.0, ["b", "a", "b", "c", "d"]);
        let row: Row<'_> = serde_json::from_str(line).unwrap();
        let texts: Vec<_> = row.0.iter().map(|v| text(v).map(|t| t.map(Cow::into_owned))).collect();
        assert_eq!(texts[0], Ok(Some("123456789012345678901234567890.10".into())));
        assert_eq!(texts[1], Ok(None));
        assert_eq!(texts[2], Ok(Some("x\n张".into())));
        assert_eq!(texts[3], Ok(Some("true".into())));
        assert_eq!(texts[4], Err(Reason::NotPlain));
    }
}

//! Uploads of lists: the keys of a file become customers, and the segment of the list's code becomes that list.
//!
//! The keys go into `list_intake`, which nobody reads, and `list_seal` finds the customers: so a phone is compared
//! within the database and shown to nobody. All of it is one transaction.

use std::io::{self, Read};

use encoding_rs::Encoding;
use futures_util::TryStreamExt as _;
use sqlx::{Connection as _, PgConnection};

pub use super::upload_error::UploadError;

use super::decoding::Decoding;
use super::written::Lines;
use super::{LIST_LIMIT, SegmentError, Words, save_as, show};
use crate::domain::attribute::AttributeType;
use crate::domain::clean::clean;
use crate::domain::code::{NAME_MAX, is_code};
use crate::domain::message::Message;
use crate::domain::rule::{Rule, written_text};
use crate::domain::segment::list::{UploadFault, UploadReport};
use crate::store::records::Records;
use crate::store::reject_file::RejectFile;
use crate::store::{attribute, dynamic, line};

/// Bytes that go to the database at a time.
const CHUNK: usize = 256 * 1024;
/// The longest key, in bytes.
const LONGEST: usize = 200;

/// The heading of a reject file.
pub const REJECT_HEADER: [&str; 3] = ["line", "key", "reason"];

/// What is to be uploaded.
#[derive(Clone, Copy, Debug)]
pub struct Upload<'a> {
    /// The list's code, and the segment's.
    pub code: &'a str,
    /// What people call the segment; without it the name that stands, else the file's.
    pub name: Option<&'a str>,
    /// `customer_id`, `phone`, or an attribute that tells every customer from the others.
    pub key: &'a str,
    /// The file's column with the key; without it, the one that is called like the key.
    pub column: Option<&'a str>,
    /// The file's name, for the record.
    pub file: &'a str,
    /// What the file is written in.
    pub encoding: &'static Encoding,
    /// What stands between two fields.
    pub delimiter: u8,
}

/// A line that gave no customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadReject {
    /// Its number in the file.
    pub line: i64,
    /// The key as it came, clean.
    pub key: String,
    /// Why.
    pub fault: UploadFault,
}

/// As [`upload`], with the lines that gave no customer in `rejects`, each with its reason as `say` puts it; gives the
/// file's name if it has any. Where nothing was taken, no file is left either.
///
/// # Errors
/// [`UploadError`]; nothing has been taken then.
pub async fn upload_or_reject(
    db: &mut PgConnection,
    asked: Upload<'_>,
    file: impl Read + Send,
    mut rejects: RejectFile,
    say: &(dyn Fn(&Message) -> String + Sync),
) -> Result<(UploadReport, Option<String>), UploadError> {
    let mut on_reject = |reject: &UploadReject| {
        let reason = say(&reject.fault.message());
        rejects.write(&[&reject.line.to_string(), &reject.key, &reason])
    };
    match upload(db, asked, file, &mut on_reject).await {
        Ok(report) => {
            let path = rejects.finish().map_err(|error| UploadError::rejects(&error))?;
            Ok((report, path))
        }
        Err(error) => {
            rejects.discard();
            Err(error)
        }
    }
}

/// Takes a file's keys as the next upload of its list, and makes the segment of that code this list; `on_reject` hears
/// of each line that gave no customer, in the file's order.
///
/// # Errors
/// [`UploadError`]; nothing has been taken then.
pub async fn upload(
    db: &mut PgConnection,
    asked: Upload<'_>,
    file: impl Read + Send,
    on_reject: &mut (dyn FnMut(&UploadReject) -> io::Result<()> + Send),
) -> Result<UploadReport, UploadError> {
    let mut tx = db.begin().await?;
    let report = take(&mut tx, asked, file, on_reject).await?;
    if report.matched == 0 {
        return Err(UploadError::Nobody { read: report.read });
    }
    tx.commit().await?;
    Ok(report)
}

/// What [`upload`] would give, and nothing is taken; but that it was looked at stays in the audit.
///
/// # Errors
/// [`UploadError`].
pub async fn check(
    db: &mut PgConnection,
    asked: Upload<'_>,
    file: impl Read + Send,
) -> Result<UploadReport, UploadError> {
    let mut tx = db.begin().await?;
    let report = take(&mut tx, asked, file, &mut |_| Ok(())).await?;
    tx.rollback().await?;
    sqlx::query!(
        "select baton.list_checked($1, $2, $3, $4, $5)",
        asked.code,
        asked.key,
        clean(asked.file).into_owned(),
        report.read,
        report.matched
    )
    .execute(db)
    .await?;
    Ok(report)
}

async fn take(
    tx: &mut PgConnection,
    asked: Upload<'_>,
    file: impl Read + Send,
    on_reject: &mut (dyn FnMut(&UploadReject) -> io::Result<()> + Send),
) -> Result<UploadReport, UploadError> {
    if !is_code(asked.code) {
        return Err(SegmentError::NotACode { code: asked.code.to_owned() }.into());
    }
    may_be_key(tx, asked.key).await?;
    let mut keys = Keys::open(file, asked)?;
    may_be_list(tx, asked.code).await?;
    line::allow(tx, LIST_LIMIT).await?;
    let intake = sqlx::query_scalar!(r#"select gen_random_uuid()::text as "intake!""#)
        .fetch_one(&mut *tx)
        .await?;
    pour(tx, &intake, &mut keys).await?;
    seal(tx, &intake, asked, on_reject).await?;
    let counts = sqlx::query!(
        "select upload, read, matched, unmatched, doubled from baton.list_upload
         where code = $1 order by upload desc limit 1",
        asked.code
    )
    .fetch_one(&mut *tx)
    .await?;
    if counts.read == 0 {
        return Err(UploadError::Empty);
    }
    let version = save_list(tx, asked, counts.upload).await?;
    Ok(UploadReport {
        upload: counts.upload,
        version,
        read: counts.read,
        matched: counts.matched,
        unmatched: counts.unmatched,
        doubled: counts.doubled,
    })
}

/// What every customer is known by, beside attributes.
const OWN_KEYS: [&str; 2] = ["customer_id", "phone"];

/// Refuses what is no key at all, before the file is looked at for a column of that name. Whether an attribute tells customers
/// apart is seen when the list is sealed.
async fn may_be_key(tx: &mut PgConnection, key: &str) -> Result<(), UploadError> {
    if OWN_KEYS.contains(&key) {
        return Ok(());
    }
    let attributes = attribute::list(tx).await?;
    match attributes.iter().find(|one| one.code == key) {
        Some(one) if matches!(one.kind, AttributeType::Category | AttributeType::Number) => Ok(()),
        Some(one) => {
            let kind = one.kind.code().to_owned();
            Err(SegmentError::KeyType { key: one.code.clone(), kind }.into())
        }
        None => {
            // Those of which the last measuring has seen no value twice.
            let unique = sqlx::query_scalar!(
                "select d.code from baton.attribute d join baton.attribute_stat s on s.attribute = d.code
                 where d.type in ('category', 'number') and s.known > 0 and s.distinct_values = s.known
                 order by d.code limit 10"
            )
            .fetch_all(tx)
            .await?;
            let own = OWN_KEYS.into_iter().map(str::to_owned);
            let unique = unique.iter().map(|code| clean(code).into_owned());
            Err(UploadError::NoKey {
                key: clean(key).into_owned(),
                keys: own.chain(unique).collect(),
            })
        }
    }
}

/// Refuses a segment that somebody has written a rule for.
async fn may_be_list(tx: &mut PgConnection, code: &str) -> Result<(), UploadError> {
    match show(tx, code).await {
        Ok(row) if is_own_list(&row.rule, code) => Ok(()),
        Ok(row) => Err(UploadError::NotAList { code: row.code, rule: row.rule }),
        Err(SegmentError::Unknown { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Whether a rule is `list('CODE', n)` and nothing else.
fn is_own_list(rule: &str, code: &str) -> bool {
    let own = format!("list({}, ", written_text(code));
    let number = rule.strip_prefix(&own).and_then(|rest| rest.strip_suffix(')'));
    number.is_some_and(|number| number.bytes().all(|b| b.is_ascii_digit()))
}

/// Copies the keys into the intake.
async fn pour<R: Read + Send>(
    tx: &mut PgConnection,
    intake: &str,
    keys: &mut Keys<'_, R>,
) -> Result<(), UploadError> {
    let mut copy =
        dynamic::copy_in(tx, "baton", "list_intake", &["intake", "line", "value"]).await?;
    let mut out = String::with_capacity(CHUNK + 4096);
    loop {
        let next = match keys.next() {
            Ok(next) => next,
            Err(error) => {
                copy.abort("the file is at fault").await?;
                return Err(error);
            }
        };
        let Some((line, key)) = next else { break };
        out.push_str(intake);
        out.push('\t');
        out.push_str(&line.to_string());
        out.push('\t');
        escape(key, &mut out);
        out.push('\n');
        if out.len() >= CHUNK {
            copy.send(out.as_bytes()).await?;
            out.clear();
        }
    }
    copy.send(out.as_bytes()).await?;
    copy.finish().await?;
    Ok(())
}

/// Text as COPY reads it back; a zero byte, which no text of the database has, becomes a sign that nobody's key has.
fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
}

async fn seal(
    tx: &mut PgConnection,
    intake: &str,
    asked: Upload<'_>,
    on_reject: &mut (dyn FnMut(&UploadReject) -> io::Result<()> + Send),
) -> Result<(), UploadError> {
    let mut rejects = sqlx::query!(
        r#"select line as "line!", verdict as "verdict!", value as "value!"
           from baton.list_seal($1::text::uuid, $2, $3, $4)"#,
        intake,
        asked.code,
        asked.key,
        clean(asked.file).into_owned()
    )
    .fetch(tx);
    while let Some(row) = rejects.try_next().await? {
        let fault = match UploadFault::from_code(&row.verdict) {
            UploadFault::Unknown if asked.key == "customer_id" && !is_number(&row.value) => {
                UploadFault::NotANumber
            }
            fault => fault,
        };
        let reject = UploadReject { line: row.line, key: clean(&row.value).into_owned(), fault };
        on_reject(&reject).map_err(|error| UploadError::rejects(&error))?;
    }
    Ok(())
}

/// Whether a key can be a customer's number.
fn is_number(key: &str) -> bool {
    let digits = key.strip_prefix('-').unwrap_or(key);
    (1..=18).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
}

/// Makes the segment of the list's code this upload; its number in the rule keeps it from moving with the next one.
async fn save_list(
    tx: &mut PgConnection,
    asked: Upload<'_>,
    upload: i32,
) -> Result<i32, SegmentError> {
    let vocabulary = attribute::vocabulary(tx).await?;
    let text = format!("list({}, {upload})", written_text(asked.code));
    let rule = Rule::parse(&text, &vocabulary)
        .map_err(|error| SegmentError::of_rule(asked.code, error))?;
    let name = match asked.name {
        Some(name) => name.to_owned(),
        None => match show(tx, asked.code).await {
            Ok(row) => row.name,
            Err(SegmentError::Unknown { .. }) => clean(asked.file).chars().take(NAME_MAX).collect(),
            Err(error) => return Err(error),
        },
    };
    let note = format!("{} #{upload}", clean(asked.file));
    let words = Words { note: Some(&note), ..Words::named(&name) };
    save_as(tx, asked.code, words, &rule).await.map(|row| row.version)
}

/// The keys of a file, one by one.
struct Keys<'a, R> {
    records: Records<Decoding<Lines<R>>>,
    /// A first line that is no heading is a key.
    waiting: bool,
    place: usize,
    asked: Upload<'a>,
}

impl<'a, R: Read> Keys<'a, R> {
    fn open(file: R, asked: Upload<'a>) -> Result<Self, UploadError> {
        let lines = Decoding::new(Lines::new(file), asked.encoding);
        let mut records = Records::new(lines, asked.delimiter);
        if !advance(&mut records, asked)? {
            return Err(UploadError::Empty);
        }
        let names: Vec<String> =
            records.record().iter().map(|name| text(name).trim().to_lowercase()).collect();
        // One column that begins with a number is a list of numbers, and has no heading.
        let bare = names.len() == 1
            && asked.column.is_none()
            && !names[0].is_empty()
            && names[0].bytes().all(|b| b.is_ascii_digit());
        let column = asked.column.unwrap_or(asked.key).to_lowercase();
        let place = if bare { Some(0) } else { names.iter().position(|name| *name == column) };
        let place = place.ok_or_else(|| UploadError::MissingColumn {
            column: clean(&column).into_owned(),
            columns: clean(&names.join(", ")).into_owned(),
        })?;
        Ok(Self { records, waiting: bare, place, asked })
    }

    fn next(&mut self) -> Result<Option<(u64, &str)>, UploadError> {
        if !std::mem::take(&mut self.waiting) && !advance(&mut self.records, self.asked)? {
            return Ok(None);
        }
        let line = self.records.line();
        let key = text(self.records.record().get(self.place).unwrap_or_default()).trim();
        if key.len() > LONGEST {
            return Err(UploadError::LongKey { line });
        }
        Ok(Some((line, key)))
    }
}

/// Decoded text is UTF-8, and the reader cuts it at ASCII characters only.
fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

fn advance<R: Read>(
    records: &mut Records<Decoding<Lines<R>>>,
    asked: Upload<'_>,
) -> Result<bool, UploadError> {
    records.advance().map_err(|error| match error.kind() {
        csv::ErrorKind::Io(io) if io.kind() == io::ErrorKind::InvalidData => {
            UploadError::Encoding { encoding: asked.encoding.name(), line: records.reached() }
        }
        csv::ErrorKind::Io(io) if io.kind() == io::ErrorKind::FileTooLarge => UploadError::LongLine,
        _ => UploadError::File(clean(&error.to_string()).into_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(column: Option<&'static str>) -> Upload<'static> {
        Upload {
            code: "L",
            name: None,
            key: "customer_id",
            column,
            file: "f.csv",
            encoding: encoding_rs::UTF_8,
            delimiter: b',',
        }
    }

    fn keys(file: &[u8], column: Option<&'static str>) -> Result<Vec<(u64, String)>, UploadError> {
        let mut keys = Keys::open(file, asked(column))?;
        let mut found = Vec::new();
        while let Some((line, key)) = keys.next()? {
            found.push((line, key.to_owned()));
        }
        Ok(found)
    }

    #[test]
    fn keys_stand_in_their_column() {
        let file = b"\xef\xbb\xbfName,Customer_ID\r\nx, 7 \r\n\r\n\"y\ny\",8\n";
        assert_eq!(keys(file, None).unwrap(), [(2, "7".to_owned()), (4, "8".to_owned())]);
        assert_eq!(keys(b"nr\n\n\n5", Some("NR")).unwrap(), [(4, "5".to_owned())]);
        assert_eq!(keys(b"7\n8\n", None).unwrap(), [(1, "7".to_owned()), (2, "8".to_owned())]);
    }

    #[test]
    fn a_file_without_its_column_is_refused_with_those_it_has() {
        let Err(UploadError::MissingColumn { column, columns }) = keys(b"a,b\n1,2\n", None) else {
            panic!("it has no customer_id");
        };
        assert_eq!((column.as_str(), columns.as_str()), ("customer_id", "a, b"));
        assert!(matches!(keys(b"", None), Err(UploadError::Empty)));
        let long = format!("customer_id\n{}\n", "9".repeat(201));
        assert!(matches!(keys(long.as_bytes(), None), Err(UploadError::LongKey { line: 2 })));
        assert!(matches!(
            keys(b"customer_id\n\xff\n", None),
            Err(UploadError::Encoding { encoding: "UTF-8", .. })
        ));
    }

    #[test]
    fn only_a_segment_that_is_the_list_itself_takes_the_next_upload() {
        assert!(is_own_list("list('L', 12)", "L") && is_own_list("list('o''x', 1)", "o'x"));
        for rule in
            ["list('M', 1)", "list('L', 1) or list('L', 2)", "aum > 5", "list('L', 1) and (vip)"]
        {
            assert!(!is_own_list(rule, "L"), "{rule}");
        }
    }

    #[test]
    fn a_customer_number_is_digits() {
        assert!(is_number("10000001") && is_number("-5"));
        for key in ["", "-", "abc", "1e7", "１０", "1 2", "9999999999999999999"] {
            assert!(!is_number(key), "{key}");
        }
    }

    #[test]
    fn a_key_cannot_end_its_line_of_copy() {
        let mut out = String::new();
        escape("a\tb\\N\n\0", &mut out);
        assert_eq!(out, "a\\tb\\\\N\\n\u{fffd}");
    }
}
